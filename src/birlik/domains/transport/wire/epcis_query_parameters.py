"""Each parameter of the simple event query as a test of one event.

A name is looked up in the table of fixed names, else read by the patterns of those that hold a field, type or unit.
Source: EPCIS 2.0, section 8.2.7.1, and its REST binding's query schema.
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.epcis_digital_link import canonical, canonical_or_same
from birlik.domains.transport.wire.epcis_time import instant_or_none
from birlik.domains.transport.wire.epcis_tree import clark
from birlik.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as a test sees it."""

    event: Mapping[str, Any]
    prefixes: Mapping[str, str]
    record_time: datetime | None


Test = Callable[[Seen], bool]
Build = Callable[[str, list[str]], Test]
Get = Callable[[Seen], Iterable[Any]]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}


_OF_MASTER_DATA = ("HASATTR_", "EQATTR_", "EQ_ATTR_", "WD_")
"""Attributes of what an event names, and what lies within a place: only master data tell them."""


def test_of(name: str, values: list[str], prefixes: Mapping[str, str]) -> Test:
    """The test that a parameter asks for.

    prefixes: of extension fields in its name, where they are known. Raises BadRequest.
    """
    if not values or not all(values):
        if not name.startswith("EXISTS_"):
            raise BadRequest(f"{name} takes a value", parameter=name)
        values = ["true"]
    if name in _FIXED:
        return _FIXED[name](name, values)
    if name.startswith(_OF_MASTER_DATA):
        raise BadRequest(
            f"{name} needs master data, which is kept here and not used in queries yet; name the places and things "
            "themselves, such as EQ_bizLocation, EQ_readPoint or MATCH_anyEPC",
            parameter=name,
        )
    for pattern, build in _PATTERNS:
        if found := pattern.fullmatch(name):
            return build(name, values, found, prefixes)
    close = get_close_matches(name, _FIXED, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise BadRequest(f"{name} is no parameter of an event query{hint}", parameter=name)


# --- values ------------------------------------------------------------------------------------------


def as_words(words: cbv.CodeList, values: Iterable[str]) -> frozenset[str]:
    return frozenset(words.bare(value) for value in values)


def as_time(name: str, values: list[str]) -> datetime:
    time = _time_or_none(values[0]) if len(values) == 1 else None
    if time is None:
        raise BadRequest(
            f"{name} takes one date and time with its offset, such as 2026-03-01T12:00:00Z", parameter=name
        )
    return time


def _time_or_none(text: object) -> datetime | None:
    """Aware; None where it is no time or has no offset. A `+` that a query string made a blank is read all the same."""
    return instant_or_none(re.sub(r" (\d\d:?\d\d)$", r"+\1", str(text)))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadRequest(f"{name} takes a number, not {text!r}", parameter=name) from None


def _true(name: str, values: list[str]) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if len(values) != 1 or values[0].lower() not in known:
        raise BadRequest(f"{name} takes true or false", parameter=name)
    return known[values[0].lower()]


# --- where they stand in an event --------------------------------------------------------------------


def _at(*path: str) -> Get:
    """Whatever stands at this path, through lists."""
    return lambda seen: _walk(seen.event, path)


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _walk(value[path[0]], path[1:])


def _any(*gets: Get) -> Get:
    return lambda seen: (value for get in gets for value in get(seen))


def _sensor(field: str) -> Get:
    return _any(_at("sensorElementList", "sensorMetadata", field), _at("sensorElementList", "sensorReport", field))


def _record_time(seen: Seen) -> Iterable[Any]:
    return [seen.record_time] if seen.record_time else _walk(seen.event, ("recordTime",))


_QUANTITY_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def _epcs(*names: str) -> Get:
    return _any(*(_at(name) for name in names))


def _classes(*names: str) -> Get:
    return _any(*(_at(name, "epcClass") for name in names))


# --- kinds of test -----------------------------------------------------------------------------------


def _one_of(get: Get, normal: Callable[[str], str] = str) -> Build:
    def build(_: str, values: list[str]) -> Test:
        wanted = frozenset(normal(value) for value in values)
        return lambda seen: any(isinstance(value, str) and normal(value) in wanted for value in get(seen))

    return build


def _enumerated(get: Get, allowed: tuple[str, ...]) -> Build:
    def build(name: str, values: list[str]) -> Test:
        for value in values:
            if value not in allowed:
                raise BadRequest(f"{name} takes {', '.join(allowed)}, not {value!r}", parameter=name)
        return _one_of(get)(name, values)

    return build


def _when(get: Get) -> Build:
    def build(name: str, values: list[str]) -> Test:
        compare, bound = _COMPARE[name[:2]], as_time(name, values)
        return lambda seen: any(
            time is not None and compare(time, bound)
            for value in get(seen)
            for time in [value if isinstance(value, datetime) else _time_or_none(value)]
        )

    return build


def _amount(get: Get) -> Build:
    def build(name: str, values: list[str]) -> Test:
        compare, bounds = _COMPARE[name[:2]], [_number(name, value) for value in values]
        return lambda seen: any(
            compare(value, bound) for value in get(seen) if isinstance(value, int | float) for bound in bounds
        )

    return build


def _boolean(get: Get) -> Build:
    def build(name: str, values: list[str]) -> Test:
        wanted = _true(name, values)
        return lambda seen: any(value is wanted for value in get(seen))

    return build


def _exists(get: Get) -> Build:
    def build(name: str, values: list[str]) -> Test:
        wanted = _true(name, values)
        return lambda seen: not wanted or any(True for _ in get(seen))

    return build


def _matching(get: Get) -> Build:
    """EPCs and classes by URI or by pattern, in which `*` stands for any part (EPCIS 2.0, section 8.2.7.1.1)."""

    def build(_: str, values: list[str]) -> Test:
        exact = frozenset(canonical_or_same(value) for value in values)
        globs = [_glob(value) for value in values if "*" in value]
        stems = tuple(f"{link}/" for v in values if v.startswith("urn:epc:idpat:") and (link := canonical(v)))

        def test(seen: Seen) -> bool:
            return any(
                (key := canonical_or_same(value)) in exact
                or (stems and key.startswith(stems))
                or any(glob.fullmatch(value) for glob in globs)
                for value in get(seen)
                if isinstance(value, str)
            )

        return test

    return build


def _glob(pattern: str) -> re.Pattern[str]:
    """`urn:epc:idpat:sgtin:4012345.*.*` finds both the EPCs and the classes under that prefix."""
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.compile(".*".join(parts).replace("urn:epc:idpat:", "urn:epc:(?:id|idpat|class):"))


_PLACES = ("readPoint", "bizLocation")

_FIXED: Mapping[str, Build] = {
    "eventType": _one_of(_at("type")),
    "EQ_action": _enumerated(_at("action"), ("ADD", "OBSERVE", "DELETE")),
    "EQ_bizStep": _one_of(_at("bizStep"), cbv.BIZ_STEPS.bare),
    "EQ_disposition": _one_of(_at("disposition"), cbv.DISPOSITIONS.bare),
    "EQ_persistentDisposition_set": _one_of(_at("persistentDisposition", "set"), cbv.DISPOSITIONS.bare),
    "EQ_persistentDisposition_unset": _one_of(_at("persistentDisposition", "unset"), cbv.DISPOSITIONS.bare),
    **{f"EQ_{place}": _one_of(_at(place, "id"), canonical_or_same) for place in _PLACES},
    "EQ_transformationID": _one_of(_at("transformationID"), canonical_or_same),
    "EQ_eventID": _one_of(_at("eventID")),
    "MATCH_epc": _matching(_epcs("epcList", "childEPCs")),
    "MATCH_parentID": _matching(_at("parentID")),
    "MATCH_inputEPC": _matching(_at("inputEPCList")),
    "MATCH_outputEPC": _matching(_at("outputEPCList")),
    "MATCH_anyEPC": _matching(_epcs("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList")),
    "MATCH_epcClass": _matching(_classes("quantityList", "childQuantityList")),
    "MATCH_inputEPCClass": _matching(_classes("inputQuantityList")),
    "MATCH_outputEPCClass": _matching(_classes("outputQuantityList")),
    "MATCH_anyEPCClass": _matching(_classes(*_QUANTITY_LISTS)),
    **{f"{how}_quantity": _amount(_any(*(_at(name, "quantity") for name in _QUANTITY_LISTS))) for how in _COMPARE},
    "EXISTS_errorDeclaration": _exists(_at("errorDeclaration")),
    "EQ_errorReason": _one_of(_at("errorDeclaration", "reason"), cbv.ERROR_REASONS.bare),
    "EQ_correctiveEventID": _one_of(_at("errorDeclaration", "correctiveEventIDs")),
    **{f"{how}_eventTime": _when(_at("eventTime")) for how in ("GE", "LT")},
    **{f"{how}_recordTime": _when(_record_time) for how in ("GE", "LT")},
    **{
        f"{how}_{name}": _when(_at("errorDeclaration", "declarationTime"))
        for how in ("GE", "LT")
        for name in ("errorDeclarationTime", "errorDeclaration_Time")
    },
    **{f"{how}_{name}": _when(_sensor(name)) for how in ("GE", "LT") for name in ("time", "startTime", "endTime")},
    "EXISTS_sensorElementList": _exists(_at("sensorElementList")),
    "EQ_type": _one_of(_at("sensorElementList", "sensorReport", "type"), cbv.MEASUREMENTS.bare),
    **{
        f"EQ_{name}": _one_of(_sensor(name), canonical_or_same)
        for name in (
            *("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "uriValue"),
            *("microorganism", "chemicalSubstance", "coordinateReferenceSystem"),
        )
    },
    "EQ_stringValue": _one_of(_sensor("stringValue")),
    "EQ_hexBinaryValue": _one_of(_sensor("hexBinaryValue"), str.lower),
    "EQ_booleanValue": _boolean(_sensor("booleanValue")),
    **{f"{how}_percRank": _amount(_sensor("percRank")) for how in _COMPARE},
}


# --- names that hold a field, a type or a unit -------------------------------------------------------

Found = re.Match[str]
_TYPED: Mapping[str, tuple[str, cbv.CodeList]] = {
    "bizTransaction": ("bizTransactionList", cbv.TRANSACTION_TYPES),
    "source": ("sourceList", cbv.PARTY_TYPES),
    "destination": ("destinationList", cbv.PARTY_TYPES),
}
_INSIDE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "": ((),),
    "ILMD_": (("ilmd",),),
    "ERROR_DECLARATION_": (("errorDeclaration",),),
    "readPoint_": (("readPoint",),),
    "bizLocation_": (("bizLocation",),),
    "SENSORELEMENT_": (("sensorElementList",),),
    "SENSORMETADATA_": (("sensorElementList", "sensorMetadata"),),
    "SENSORREPORT_": (("sensorElementList", "sensorReport"),),
}
"""Where an extension field stands, by the word in the parameter's name."""


def _typed(_: str, values: list[str], found: Found, prefixes: Mapping[str, str]) -> Test:
    field = found["field"]
    held, words = _TYPED[field]
    kind = words.bare(found["kind"])
    wanted = frozenset(canonical_or_same(value) for value in values)
    return lambda seen: any(
        words.bare(str(item.get("type", ""))) == kind and canonical_or_same(str(item.get(field, ""))) in wanted
        for item in _walk(seen.event, (held,))
        if isinstance(item, Mapping)
    )


def _measured(name: str, values: list[str], found: Found, _: Mapping[str, str]) -> Test:
    """An amount in a unit: of quantity elements, or of sensor reports."""
    field, unit = found["field"], found["unit"]
    holders = (
        _any(*(_at(held) for held in _QUANTITY_LISTS))
        if field == "quantity"
        else _at("sensorElementList", "sensorReport")
    )

    def get(seen: Seen) -> Iterator[Any]:
        for held in holders(seen):
            if isinstance(held, Mapping) and held.get("uom") == unit and field in held:
                yield held[field]

    return _amount(get)(name, values)


def _extension(name: str, values: list[str], found: Found, prefixes: Mapping[str, str]) -> Test:
    field = found["field"]
    namespace, hash_mark, local = field.rpartition("#")
    full = f"{{{namespace}}}{local}" if hash_mark else clark(field, prefixes)
    inner = found["inner"] is not None
    paths = _INSIDE[found["inside"] or ""]

    def get(seen: Seen) -> Iterator[Any]:
        for path in paths:
            for holder in _walk(seen.event, path):
                yield from _fields(holder, field, full, seen.prefixes, inner=inner, top=not path)

    if found["how"] == "EXISTS":
        return _exists(get)(name, values)
    return _compared(name, values, found["how"], get)


_STANDARD = frozenset({"ilmd", "errorDeclaration", "sensorElementList", "readPoint", "bizLocation", "@context"})


def _fields(
    holder: Any, field: str, full: str, prefixes: Mapping[str, str], *, inner: bool, top: bool
) -> Iterator[Any]:
    """Values of an extension field: of the holder itself, or if `inner`, of what lies at any depth in it."""
    if isinstance(holder, list):
        for item in holder:
            yield from _fields(item, field, full, prefixes, inner=inner, top=top)
    elif isinstance(holder, Mapping):
        for key, value in holder.items():
            if top and key in _STANDARD:
                continue
            if key == field or clark(key, prefixes) == full:
                yield from value if isinstance(value, list) else [value]
            if inner and isinstance(value, list | dict):
                yield from _fields(value, field, full, prefixes, inner=True, top=False)


def _compared(name: str, values: list[str], how: str, get: Get) -> Test:
    """Numbers as numbers, times as times, the rest as text, which has no order."""
    wanted = [_comparable(value) for value in values]
    if how != "EQ" and any(isinstance(value, str) for value in wanted):
        raise BadRequest(f"{name} takes a number, or a date and time with its offset", parameter=name)
    compare = _COMPARE[how]
    return lambda seen: any(
        type(value) is type(bound) and compare(value, bound)
        for value in map(_comparable, get(seen))
        for bound in wanted
    )


def _comparable(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return float(value)
    except (TypeError, ValueError):
        return _time_or_none(value) or str(value)


_HOW = "(?P<how>EQ|GT|GE|LT|LE)"
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str, list[str], Found, Mapping[str, str]], Test]], ...] = (
    (re.compile(r"EQ_(?P<field>bizTransaction|source|destination)_(?P<kind>.*)"), _typed),
    (
        re.compile(
            _HOW + r"_(?P<field>quantity|value|minValue|maxValue|meanValue|sDev|percValue)_(?P<unit>[A-Z0-9]{2,4})"
        ),
        _measured,
    ),
    (
        re.compile(
            r"(?P<how>EQ|GT|GE|LT|LE|EXISTS)_(?P<inner>INNER_)?"
            r"(?P<inside>ILMD_|ERROR_DECLARATION_|readPoint_|bizLocation_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_)?"
            r"(?P<field>\S+[:#]\S+)"
        ),
        _extension,
    ),
)
