"""Bytes of EPCIS JSON to a document whose events are as they came."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
import orjson

from birlik.domains.transport.wire.epcis_tree import Node
from birlik.errors import Malformed, TooLarge, Where
from birlik.said import Said

DOCUMENT_KINDS = ("EPCISDocument", "EPCISQueryDocument")

_SHOWN = 200
"""Bytes of a broken message that its error carries."""


_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[msgspec.Raw])
_NAME_APART = re.compile(rb'"[ \t\r\n]+:')


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    kind: str
    """`EPCISDocument`, `EPCISQueryDocument`, or the type of a bare event; empty where there is none."""
    value: Any
    """The whole message, for the schema."""
    context: object
    """The document's `@context` as it came; for a bare event, the event's own."""
    events: list[dict[str, Any]]
    """Their values; `written` gives them as they came."""
    header: Mapping[str, Any] | None
    creation_date: str | None
    schema_version: str | None
    pointers: str
    """The JSON pointer of the list of events, or of the only one that stands without a list; empty if it is bare."""
    trees: tuple[Node, ...] = ()
    """Only of XML: each event's tree for the hash, beside `events`."""
    text: bytes = b""
    """Only of JSON: the message."""
    xml_header: bytes | None = None
    """Only of XML: the header, where it has master data."""

    def written(self) -> Sequence[bytes]:
        """Each event as it came but for white space, beside `events`: names in their order, numbers byte for byte.

        For what fulfils the schema. Those of XML are written as JSON.
        """
        if not self.text:
            return [orjson.dumps(event) for event in self.events]
        there = _written_at(self.text.strip(), self.pointers)
        listed = _items.decode(there) if self.pointers.endswith("List") else [there]
        return [msgspec.json.format(bytes(each), indent=-1) for each in listed]

    def written_header(self) -> bytes | None:
        """The header as it came, where it has master data."""
        if not self.text:
            return self.xml_header
        if self.header is None or "epcisMasterData" not in self.header:
            return None
        return bytes(_written_at(self.text, "/epcisHeader"))

    def pointer(self, index: int) -> str:
        """Where event `index` stands in the message."""
        return f"{self.pointers}/{index}" if self.pointers.endswith("List") else self.pointers


def parse_document(raw: bytes, *, max_depth: int, max_events: int) -> Document:
    """Read a document, a query document or a bare event; the schema is not looked at.

    Raises Malformed with line and column where it isn't JSON, with a pointer where it nests deeper than
    `max_depth` or says one name twice; TooLarge where it holds more than `max_events` events.
    """
    text = raw.removeprefix(codecs.BOM_UTF8)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _not_json(text, error) from None
    if not isinstance(value, dict):
        raise Malformed(Said("an EPCIS message is a JSON object"), raw=raw[:_SHOWN], where=Where(pointer=""))
    if _may_say_twice(text, value, max_depth):
        names_n = _names_in(value, max_depth)
        if names_n is None:
            raise Malformed(
                Said("nested deeper than {max_depth} levels", max_depth=max_depth),
                raw=raw[:_SHOWN],
                where=Where(pointer=""),
            )
        # As many names as colons behind quotes: none can stand twice. More, and one does, or a text looks like a name.
        if _colons_behind_quotes(text) != names_n:
            _refuse_twice(text)
    return document_of(value, max_events=max_events, text=text)


def _may_say_twice(text: bytes, value: Any, limit: int) -> bool:
    """Whether a name may stand twice in one object, or `limit` levels be exceeded: what is left to a slow look.

    Written again, a value has every name once. Where the message has as many colons behind quotes, and no quote or
    colon that is written as its number (which the second writing would spell out), it said none twice.
    """
    if b"\\u00" in text:
        return True
    try:
        again = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError:  # nests deeper than it writes
        return True
    return b"\n" + b"  " * limit in again or _colons_behind_quotes(text) != again.count(b'":')


def _colons_behind_quotes(text: bytes) -> int:
    # One byte is found many times as fast as two: most messages have no space, or none of most kinds.
    is_apart = any(space in text and space + b":" in text for space in (b" ", b"\t", b"\r", b"\n"))
    apart = len(_NAME_APART.findall(text)) if is_apart else 0
    return text.count(b'":') + apart


def document_of(value: dict[str, Any], *, max_events: int, trees: tuple[Node, ...] = (), text: bytes = b"") -> Document:
    """A parsed message by its parts. What the schema would refuse gives no events rather than an error."""
    kind = value["type"] if isinstance(value.get("type"), str) else ""
    pointers = _event_list_of(value) if kind in DOCUMENT_KINDS else ""
    found = _at(value, pointers) if pointers or kind not in DOCUMENT_KINDS else []
    events = found if isinstance(found, list) else [found]
    if len(events) > max_events:
        raise TooLarge(
            Said("{n} events, at most {max_events} are taken", n=len(events), max_events=max_events),
            where=Where(pointer=pointers),
        )
    header = value.get("epcisHeader")
    return Document(
        kind=kind,
        value=value,
        context=value.get("@context"),
        events=events if all(isinstance(event, dict) for event in events) else [],
        header=header if isinstance(header, dict) else None,
        creation_date=_text(value.get("creationDate")),
        schema_version=_text(value.get("schemaVersion")),
        pointers=pointers,
        trees=trees,
        text=text,
    )


def _event_list_of(value: dict[str, Any]) -> str:
    places = ("/epcisBody/eventList", "/epcisBody/queryResults/resultsBody/eventList")
    listed = next((place for place in places if isinstance(_at(value, place), list)), "")
    return listed or ("/epcisBody/event" if isinstance(_at(value, "/epcisBody/event"), dict) else "")


def _at(value: Any, pointer: str) -> Any:
    for key in pointer.split("/")[1:]:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _written_at(text: bytes | msgspec.Raw, pointer: str) -> bytes | msgspec.Raw:
    for key in pointer.split("/")[1:]:
        text = _members.decode(text)[key]
    return text


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _names_in(value: Any, limit: int) -> int | None:
    """How many names its objects have; None where it nests deeper than `limit`.

    Level by level, since a walk that calls itself would run out of stack before it found out.
    """
    level, names_n = [value], 0
    for _ in range(limit):
        below = []
        for parent in level:
            if type(parent) is dict:
                names_n += len(parent)
                children = parent.values()
            else:
                children = parent
            below += [child for child in children if type(child) is dict or type(child) is list]
        if not below:
            return names_n
        level = below
    return None


class _Twice(dict[str, Any]):
    """An object that says `name` more than once."""

    name = ""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    twice = _Twice(made)
    seen: set[str] = set()
    twice.name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return twice


def _refuse_twice(text: bytes) -> None:
    """Raises Malformed where an object says a name twice, with its place. Slow: only for what looks like it."""
    value = json.loads(text, object_pairs_hook=_pairs)
    todo: list[tuple[str, Any]] = [("", value)]
    while todo:
        pointer, here = todo.pop()
        if isinstance(here, _Twice):
            _refuse(f"{pointer}/{_step(here.name)}", here)
        inside = here.items() if isinstance(here, dict) else enumerate(here)
        below = [(f"{pointer}/{_step(str(k))}", v) for k, v in inside if isinstance(v, (dict, list))]
        todo += reversed(below)


def _refuse(pointer: str, here: _Twice) -> NoReturn:
    raise Malformed(
        Said("the name {name} stands twice in one object", name=here.name),
        raw=json.dumps(here, ensure_ascii=False).encode(errors="replace")[:_SHOWN],
        where=Where(pointer=pointer),
    )


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _not_json(text: bytes, error: orjson.JSONDecodeError) -> Malformed:
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        line, column = _line_column(text, wrong.start)
        reason = Said("not UTF-8: byte {start} is 0x{byte:02x}", start=wrong.start, byte=text[wrong.start])
        return Malformed(reason, raw=_around(text, wrong.start), where=Where(line=line, column=column))
    offset = len(error.doc[: error.pos].encode()) if isinstance(error.doc, str) else error.pos
    line, column = error.lineno, error.colno
    return Malformed(
        Said("not JSON: {error}", error=_in_words(error.msg)),
        raw=_around(text, offset),
        where=Where(line=line, column=column),
    )


def _in_words(message: str) -> str:
    """The parser's own words without the position, which stands in `where`."""
    return message.partition(": line ")[0]


def _line_column(text: bytes, offset: int) -> tuple[int, int]:
    """From 1; the column counts characters where they can be read, else bytes."""
    start = text.rfind(b"\n", 0, offset) + 1
    return text.count(b"\n", 0, offset) + 1, len(text[start:offset].decode(errors="replace")) + 1


def _around(text: bytes, offset: int) -> bytes:
    return text[max(0, offset - _SHOWN // 2) : offset + _SHOWN // 2]
