"""What an EPCIS event says of movement: one row an object, to be indexed beside the event.

Objects, places, steps and documents of the corridors that GS1 has no words for are written as URNs of our own:
`urn:birlik:object:wagon_1520:52687431`, `urn:birlik:place:unlocode:KZDOS`, `urn:birlik:bizstep:gauge_change`,
`urn:birlik:document:smgs:0123456`. Sources of the others: EPC Tag Data Standard 2.0 (BIC, IMOVN, SGLN), RFC 5870 (geo).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote

from birlik.domains.transport.vocabulary import ACTIVITIES
from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.check_digits import container_iso6346
from birlik.domains.transport.wire.epcis_digital_link import ROOT, canonical
from birlik.domains.transport.wire.epcis_time import instant
from birlik.domains.transport.wire.objects import KIND_OF_AGENCY, PLACE_AGENCIES, object_of

OBJECT_URN = "urn:birlik:object:"
PLACE_URN = "urn:birlik:place:"
STEP_URN = "urn:birlik:bizstep:"
DOCUMENT_URN = "urn:birlik:document:"
DOCUMENT_KINDS = ("cmr", "ecmr", "smgs", "cim", "cim_smgs", "tir", "etir", "permit", "epermit", "t1", "waybill")


class MovementRow(NamedTuple):
    """One object in one event. Times are UTC."""

    object_id: str
    """With its agency: `wagon_1520:52687431`, `container_iso6346:CSQU3054383`, else `epc:` and the EPC."""
    object_kind: str
    phenomenon_time: datetime
    utc_offset_min: int | None
    latitude: float | None
    longitude: float | None
    place_code: str | None
    """`unlocode:KZDOS`, `esr:707701`, `gln:4012345000054`, else `own:` and the URI."""
    activity: str
    documents: str | None
    """`cmr:123 smgs:456`; what we have no kind for keeps its CBV type: `po:…`."""


ACTIVITY_OF_STEP: Mapping[str, str] = MappingProxyType(
    {
        "arriving": "arrive",
        "receiving": "arrive",
        "departing": "depart",
        "shipping": "depart",
        "inspecting": "inspect",
        "loading": "load",
        "unloading": "unload",
        "holding": "hold",
        "entering_exiting": "pass",
        **{STEP_URN + activity: activity for activity in ACTIVITIES if activity != "position"},
    }
)
"""By the bare word of a CBV step, or by the URN of one of ours. Any other step is `other`."""

_KIND_OF_SCHEME = MappingProxyType({"sscc": "consignment", "ginc": "consignment", "gsin": "consignment"})
_KIND_OF_LINK = MappingProxyType({"00": "consignment", "401": "consignment", "402": "consignment"})

_LISTS_OF_EPCS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")


class Indexer:
    """Makes the rows of many events. It remembers what ids and places mean, so keep one for a delivery, not longer."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[str, str]] = {}
        self._places: dict[str, str] = {}

    def rows(self, event: Mapping[str, Any], time: datetime | None = None) -> list[MovementRow]:
        """The rows of a valid event: one for each EPC, the parent's too. `time` is its eventTime, where it was read.

        An event that declares an earlier one wrong is the same event with the declaration: its rows take those back.
        None where nothing moved: an event about quantities only, or one of somebody's own type, of which the schema
        knows too little. Raises Implausible for a time out of reach.
        """
        if event["type"] not in cbv.EVENT_TYPES:
            return []
        place_code, latitude, longitude = self._place(event)
        time = time or instant(event["eventTime"], pointer="/eventTime")
        offset = _offset_min(event["eventTimeZoneOffset"])
        activity = "void" if "errorDeclaration" in event else activity_of(event.get("bizStep"))
        documents = _documents(event.get("bizTransactionList"))
        return [
            MovementRow(*self._object(epc), time, offset, latitude, longitude, place_code, activity, documents)
            for epc in dict.fromkeys(epcs_of(event))
        ]

    def _object(self, epc: str) -> tuple[str, str]:
        return self._objects.get(epc) or self._objects.setdefault(epc, object_of_epc(epc))

    def _place(self, event: Mapping[str, Any]) -> tuple[str | None, float | None, float | None]:
        """(place_code, latitude, longitude): the business location, else the read point; a position from either."""
        code: str | None = None
        position: tuple[float | None, float | None] = (None, None)
        for name in ("bizLocation", "readPoint"):
            uri = event[name]["id"] if name in event else ""
            if uri.startswith("geo:"):
                position = _position(uri) or position
            elif uri and code is None:
                code = self._places.get(uri) or self._places.setdefault(uri, place_code_of_uri(uri))
        return code, *position


def index_rows(event: Mapping[str, Any]) -> list[MovementRow]:
    """`Indexer.rows` of one event by itself."""
    return Indexer().rows(event)


def epcs_of(event: Mapping[str, Any]) -> list[str]:
    """Every instance that an event names, the parent first."""
    found = [event["parentID"]] if event.get("parentID") else []
    for name in _LISTS_OF_EPCS:
        if name in event:
            found += event[name]
    return found


_TRACED = frozenset(("parentID", *_LISTS_OF_EPCS, "transformationID"))
_TRACED_INSIDE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), "epcClass"),
        "bizTransactionList": "bizTransaction",
        "sourceList": "source",
        "destinationList": "destination",
    }
)
"""By the name of a list, the field of its items."""


def traced_in(event: Mapping[str, Any]) -> list[str]:
    """Every identifier by which an event is traced, as it came: EPCs, classes, parent, transactions, parties.

    Of an event of somebody's own type too, in which anything may stand anywhere.
    """
    found: list[Any] = []
    for name, value in event.items():
        if name in _TRACED:
            found += value if isinstance(value, list) else [value]
        elif name in _TRACED_INSIDE:
            field = _TRACED_INSIDE[name]
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict) and field in item:
                    inner = item[field]
                    found += inner if isinstance(inner, list) else [inner]
    return [each if isinstance(each, str) else str(each) for each in found if not isinstance(each, (dict, list))]


def activity_of(step: str | None) -> str:
    """What an object did, by the bizStep in any of its writings."""
    if step is None:
        return "other"
    return ACTIVITY_OF_STEP.get(step) or ACTIVITY_OF_STEP.get(cbv.BIZ_STEPS.bare(step), "other")


def object_of_epc(epc: str) -> tuple[str, str]:
    """(id, kind) of an EPC. An id whose check digit doesn't hold stays the EPC that it is.

    >>> object_of_epc("urn:birlik:object:wagon_1520:52687431")
    ('wagon_1520:52687431', 'wagon')
    >>> object_of_epc("urn:epc:id:bic:CSQU3054383")
    ('container_iso6346:CSQU3054383', 'container')
    >>> object_of_epc("urn:epc:id:sscc:4012345.3111111111")
    ('epc:urn:epc:id:sscc:4012345.3111111111', 'consignment')
    """
    if epc.startswith("urn:birlik:"):
        agency, _, number = epc.removeprefix(OBJECT_URN).removeprefix("urn:birlik:").partition(":")
        if agency in KIND_OF_AGENCY and (value := object_of(unquote(number), agency)[1].value):
            return f"{agency}:{value}", KIND_OF_AGENCY[agency]
    elif epc.startswith("urn:epc:id:"):
        scheme, _, rest = epc.removeprefix("urn:epc:id:").partition(":")
        if scheme == "bic" and (value := container_iso6346(rest).value):
            return f"container_iso6346:{value}", "container"
        if scheme == "imovn":
            return f"imo:{rest}", "vessel"
        return f"epc:{epc}", _KIND_OF_SCHEME.get(scheme, "unknown")
    elif epc.startswith("http") and (link := canonical(epc)):
        return f"epc:{link}", _KIND_OF_LINK.get(link.removeprefix(ROOT).partition("/")[0], "unknown")
    return f"epc:{epc}", "unknown"


def place_code_of_uri(uri: str) -> str:
    """The place with its agency.

    >>> place_code_of_uri("urn:birlik:place:unlocode:KZDOS"), place_code_of_uri("urn:epc:id:sgln:4012345.00005.0")
    ('unlocode:KZDOS', 'gln:4012345000054')
    """
    if uri.startswith(PLACE_URN):
        agency, colon, code = uri.removeprefix(PLACE_URN).partition(":")
        if colon and agency in PLACE_AGENCIES:
            return f"{agency}:{unquote(code)}"
    link = canonical(uri)
    if link and link.startswith(ROOT + "414/"):
        return "gln:" + link.removeprefix(ROOT + "414/")[:13]
    return f"own:{uri}"


def _position(uri: str) -> tuple[float, float] | None:
    latitude, _, longitude = uri[4:].partition(";")[0].partition(",")
    try:
        point = float(latitude), float(longitude.partition(",")[0])
    except ValueError:
        return None
    return point if -90 <= point[0] <= 90 and -180 <= point[1] <= 180 else None


def _offset_min(offset: str) -> int:
    """`+05:30` in minutes."""
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return -minutes if offset[0] == "-" else minutes


def _documents(transactions: list[dict[str, str]] | None) -> str | None:
    return " ".join(_document(t.get("type", ""), t["bizTransaction"]) for t in transactions) if transactions else None


@lru_cache(maxsize=1_024)
def _document_kind(kind: str) -> str:
    word = kind.rpartition(":")[2].rpartition("/")[2]
    return word if word in DOCUMENT_KINDS else cbv.TRANSACTION_TYPES.bare(kind) or "document"


def _document(kind: str, uri: str) -> str:
    """`kind:number`, without blanks, so that several stand apart in one text."""
    number = uri
    if uri.startswith(DOCUMENT_URN):
        given, _, number = uri.removeprefix(DOCUMENT_URN).partition(":")
        kind = given if given in DOCUMENT_KINDS else kind
    elif uri.startswith("urn:epcglobal:cbv:bt:"):
        number = uri.rpartition(":")[2]
    kind = _document_kind(kind)
    return f"{kind}:{unquote(number) if '%' in number else number}".replace(" ", "_")
