"""The XML of CAP 1.2: one walk over the same order of elements for writing and for reading."""

import re
import shlex
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from lxml import etree

from birlik.errors import Malformed, OutOfRange, Where
from birlik.standards import cap

T = TypeVar("T")

ALERT = "identifier sender sent status msgType source scope restriction addresses code* note references incidents info*"
INFO = (
    "language category* event responseType* urgency severity certainty audience eventCode* effective onset expires "
    "senderName headline description instruction web contact parameter* resource* area*"
)
AREA = "areaDesc polygon* circle* geocode* altitude ceiling"
PAIR = "valueName value"
"""Elements in the schema's order; a star marks those that may occur more than once."""

_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_SPACES = re.compile(r"\s")


def to_xml(alert: cap.Alert) -> bytes:
    """The message as a UTF-8 XML document, valid against the standard's schema."""
    root = etree.Element(f"{{{cap.NAMESPACE}}}alert", nsmap={None: cap.NAMESPACE})  # type: ignore[dict-item]  # the stubs lack the default namespace
    _put(root, "identifier", alert.identifier)
    _put(root, "sender", alert.sender)
    _put(root, "sent", cap.cap_time(alert.sent))
    _put(root, "status", alert.status)
    _put(root, "msgType", alert.msg_type)
    _put(root, "source", alert.source)
    _put(root, "scope", alert.scope)
    _put(root, "restriction", alert.restriction)
    _put(root, "addresses", _joined(alert.addresses))
    _put(root, "code", *alert.codes)
    _put(root, "note", alert.note)
    _put(root, "references", " ".join(map(str, alert.references)) or None)
    _put(root, "incidents", _joined(alert.incidents))
    for info in alert.infos:
        _put_info(etree.SubElement(root, f"{{{cap.NAMESPACE}}}info"), info)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _put_info(parent: etree._Element, info: cap.Info) -> None:
    _put(parent, "language", info.language)
    _put(parent, "category", *info.categories)
    _put(parent, "event", info.event)
    _put(parent, "responseType", *info.response_types)
    _put(parent, "urgency", info.urgency)
    _put(parent, "severity", info.severity)
    _put(parent, "certainty", info.certainty)
    _put(parent, "audience", info.audience)
    _put_pairs(parent, "eventCode", info.event_codes)
    for name, time in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        _put(parent, name, None if time is None else cap.cap_time(time))
    _put(parent, "senderName", info.sender_name)
    _put(parent, "headline", info.headline)
    _put(parent, "description", info.description)
    _put(parent, "instruction", info.instruction)
    _put(parent, "web", info.web)
    _put(parent, "contact", info.contact)
    _put_pairs(parent, "parameter", info.parameters)
    for area in info.areas:
        _put_area(etree.SubElement(parent, f"{{{cap.NAMESPACE}}}area"), area)


def _put_area(parent: etree._Element, area: cap.Area) -> None:
    _put(parent, "areaDesc", area.description)
    for ring in area.polygons:
        _put(parent, "polygon", " ".join(f"{_number(lat)},{_number(lon)}" for lat, lon in ring))
    for c in area.circles:
        _put(parent, "circle", f"{_number(c.latitude)},{_number(c.longitude)} {_number(c.radius_km)}")
    _put_pairs(parent, "geocode", area.geocodes)
    _put(parent, "altitude", None if area.altitude_ft is None else _number(area.altitude_ft))
    _put(parent, "ceiling", None if area.ceiling_ft is None else _number(area.ceiling_ft))


def _put(parent: etree._Element, name: str, *texts: str | None) -> None:
    for text in texts:
        if text is not None:
            etree.SubElement(parent, f"{{{cap.NAMESPACE}}}{name}").text = str(text)


def _put_pairs(parent: etree._Element, name: str, pairs: Iterable[cap.Parameter]) -> None:
    for pair in pairs:
        element = etree.SubElement(parent, f"{{{cap.NAMESPACE}}}{name}")
        _put(element, "valueName", pair.name)
        _put(element, "value", pair.value)


def _joined(texts: tuple[str, ...]) -> str | None:
    """Space between them; quotation marks around what holds a space itself (3.2.1, `addresses` and `incidents`)."""
    return " ".join(f'"{text}"' if _SPACES.search(text) else text for text in texts) or None


def _number(number: float) -> str:
    """Decimal, never with an exponent, which xs:decimal doesn't know; the shortest that reads back the same."""
    import numpy as np

    return np.format_float_positional(number, trim="-")


def parse(xml: bytes) -> cap.Alert:
    """Read a message; nothing outside it is fetched or expanded.

    Raises: Malformed for bytes that are not XML, another namespace, elements missing, too many or out of order, or a
    value that the standard does not allow; it names the line and the element.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Malformed(f"not XML: {error.msg}", raw=xml[:1000], where=Where(line=line, column=column)) from error
    if root.tag != f"{{{cap.NAMESPACE}}}alert":
        raise _fault(root, f"{root.tag} is not an alert of {cap.NAMESPACE}")
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs lack it
        raise _fault(root, "CAP has no document type; entities would be a way in for files of ours")
    parts = _Parts(root, ALERT)
    return _made(
        root,
        lambda: cap.Alert(
            identifier=parts.text("identifier"),
            sender=parts.text("sender"),
            sent=parts.one("sent", _time),
            status=parts.one("status", cap.Status),
            msg_type=parts.one("msgType", cap.MsgType),
            source=parts.maybe("source", str),
            scope=parts.one("scope", cap.Scope),
            restriction=parts.maybe("restriction", str),
            addresses=parts.maybe("addresses", _split) or (),
            codes=parts.all("code", str),
            note=parts.maybe("note", str),
            references=parts.maybe("references", _references) or (),
            incidents=parts.maybe("incidents", _split) or (),
            infos=tuple(_info(element) for element in parts.elements("info")),
        ),
    )


def _info(element: etree._Element) -> cap.Info:
    parts = _Parts(element, INFO)
    return _made(
        element,
        lambda: cap.Info(
            language=parts.maybe("language", str.strip) or "en-US",
            categories=parts.all("category", cap.Category),
            event=parts.text("event"),
            response_types=parts.all("responseType", cap.ResponseType),
            urgency=parts.one("urgency", cap.Urgency),
            severity=parts.one("severity", cap.Severity),
            certainty=parts.one("certainty", cap.Certainty),
            audience=parts.maybe("audience", str),
            event_codes=parts.pairs("eventCode"),
            effective=parts.maybe("effective", _time),
            onset=parts.maybe("onset", _time),
            expires=parts.maybe("expires", _time),
            sender_name=parts.maybe("senderName", str),
            headline=parts.maybe("headline", str),
            description=parts.maybe("description", str),
            instruction=parts.maybe("instruction", str),
            web=parts.maybe("web", str),
            contact=parts.maybe("contact", str),
            parameters=parts.pairs("parameter"),
            areas=tuple(_area(area) for area in parts.elements("area")),
        ),
    )


def _area(element: etree._Element) -> cap.Area:
    parts = _Parts(element, AREA)
    return _made(
        element,
        lambda: cap.Area(
            description=parts.text("areaDesc"),
            polygons=parts.all("polygon", _ring),
            circles=parts.all("circle", _circle),
            geocodes=parts.pairs("geocode"),
            altitude_ft=parts.maybe("altitude", _decimal),
            ceiling_ft=parts.maybe("ceiling", _decimal),
        ),
    )


class _Parts:
    """The children of an element, held against the order and the counts that the schema allows."""

    def __init__(self, parent: etree._Element, order: str) -> None:
        self.parent = parent
        self.found: dict[str, list[etree._Element]] = {}
        names = order.replace("*", "").split()
        many = {name.rstrip("*") for name in order.split() if name.endswith("*")}
        place = 0
        for child in parent:
            tag = str(child.tag)
            if tag.startswith(_SIGNATURE):
                continue
            name = tag.removeprefix(f"{{{cap.NAMESPACE}}}")
            if name not in names:
                raise _fault(child, f"{tag} is not an element of CAP 1.2 here")
            if names.index(name) < place:
                raise _fault(child, f"{name} must stand before {names[place]}")
            place = names.index(name)
            if name in self.found and name not in many:
                raise _fault(child, f"{name} may occur once only")
            self.found.setdefault(name, []).append(child)

    def elements(self, name: str) -> list[etree._Element]:
        return self.found.get(name, [])

    def all(self, name: str, read: Callable[[str], T]) -> tuple[T, ...]:
        return tuple(_value(element, read) for element in self.elements(name))

    def maybe(self, name: str, read: Callable[[str], T]) -> T | None:
        return next(iter(self.all(name, read)), None)

    def one(self, name: str, read: Callable[[str], T]) -> T:
        if not self.elements(name):
            raise _fault(self.parent, f"{name} is missing")
        return self.all(name, read)[0]

    def text(self, name: str) -> str:
        return self.one(name, str)

    def pairs(self, name: str) -> tuple[cap.Parameter, ...]:
        return tuple(_pair(element) for element in self.elements(name))


def _pair(element: etree._Element) -> cap.Parameter:
    parts = _Parts(element, PAIR)
    return _made(element, lambda: cap.Parameter(name=parts.text("valueName"), value=parts.text("value")))


def _value(element: etree._Element, read: Callable[[str], T]) -> T:
    if len(element):
        raise _fault(element, "holds elements where the standard has text")
    try:
        return read(element.text or "")
    except (ValueError, OutOfRange) as error:
        raise _fault(element, f"{(element.text or '')[:100]!r} is not allowed ({error})") from error


def _made(element: etree._Element, make: Callable[[], T]) -> T:
    try:
        return make()
    except OutOfRange as error:
        raise _fault(element, str(error)) from error


def _fault(element: etree._Element, reason: str) -> Malformed:
    name = etree.QName(element).localname
    return Malformed(reason, raw=etree.tostring(element)[:1000], where=Where(line=_line(element), field=name))


def _line(element: etree._Element) -> int | None:
    line: object = element.sourceline
    return line if isinstance(line, int) else None


def _time(text: str) -> datetime:
    # XML schema collapses the space around a dateTime, and around nothing else here.
    if not _TIME.fullmatch(text.strip()):
        raise ValueError("a time is like 2026-03-01T12:00:00+05:00, never with Z or fractions")
    return datetime.fromisoformat(text.strip())


def _references(text: str) -> tuple[cap.Reference, ...]:
    found = []
    for reference in text.split():
        parts = reference.split(",")
        if len(parts) != 3:
            raise ValueError("a reference is sender,identifier,sent")
        sender, identifier, sent = parts
        found.append(cap.Reference(sender=sender, identifier=identifier, sent=_time(sent)))
    return tuple(found)


def _split(text: str) -> tuple[str, ...]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.quotes, lexer.escape = True, "", '"', ""
    return tuple(lexer)


def _ring(text: str) -> tuple[cap.Point, ...]:
    return tuple(_point(pair) for pair in text.split())


def _circle(text: str) -> cap.Circle:
    centre, radius = text.split()
    latitude, longitude = _point(centre)
    return cap.Circle(latitude=latitude, longitude=longitude, radius_km=_decimal(radius))


def _point(pair: str) -> cap.Point:
    latitude, longitude = pair.split(",")
    return _decimal(latitude), _decimal(longitude)


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text.strip()):
        raise ValueError("a number is like -12.5, without an exponent")
    return float(text)
