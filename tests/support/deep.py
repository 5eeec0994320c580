"""The aviary's deep wire: a cage with its birds, each with its rings, new ones and known ones, in one message.

`{"name": "north", "birds": [{"name": "Bek", "rings": [{"colour": "red"}]}, {"@id": "b1", "rings": [{"@id": "r1"}]}]}`

What bears an `@id` is there already and goes under its new parent; all else begins. Each level is asked for when the
one above is known, so a document of three levels asks three times.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson
from tests.support.aviary import AVIARY, BIRD, CAGE, RING
from tests.support.tongue import BIRDS

from birlik.errors import Dangling, Malformed, Where
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.domain import Decoded, Delivery, Intake, Lookup, Table
from birlik.kernel.intake import Asks

MEDIA_TYPE = "application/vnd.aviary.deep+json"


@dataclass(frozen=True)
class Level:
    table: Table
    parent: str
    """Its field that names the row above."""
    inside: str
    """Under which name its rows stand in the row above."""


LEVELS = (Level(CAGE, "", ""), Level(BIRD, "cage_id", "birds"), Level(RING, "bird_id", "rings"))
INSIDE = frozenset(level.inside for level in LEVELS)


@dataclass(frozen=True)
class Node:
    """An entity of the document."""

    said: Mapping[str, Any]
    place: str
    key: str
    above: str

    @property
    def is_there(self) -> bool:
        return "@id" in self.said


def _nodes(delivery: Delivery, document: Mapping[str, Any], depth: int) -> Iterator[Node]:
    if depth == 0:
        yield _node(delivery, document, "", "")
        return
    name = LEVELS[depth].inside
    for parent in _nodes(delivery, document, depth - 1):
        for i, said in enumerate(parent.said.get(name, ())):
            yield _node(delivery, said, f"{parent.place}/{name}/{i}", parent.key)


def _node(delivery: Delivery, said: Any, place: str, above: str) -> Node:
    if not isinstance(said, dict):
        raise Malformed("an entity is an object", where=Where(pointer=place))
    made = hashlib.sha256(delivery.body + place.encode()).hexdigest()[:16]
    return Node(said, place, str(said.get("@id", made)), above)


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    try:
        document = orjson.loads(delivery.body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is no JSON: {error}") from None
    return _level(delivery, document, (), 0)


def _level(delivery: Delivery, document: Any, taken: tuple[Change, ...], depth: int) -> Decoded:
    """Ask for what a level says to be there; below the last, all rows."""
    if depth == len(LEVELS):
        by_table = {level.table.name: [c for c in taken if c.table == level.table.name] for level in LEVELS}
        return Decoded(rows={level.table.name: versions(level.table, by_table[level.table.name]) for level in LEVELS})
    nodes = list(_nodes(delivery, document, depth))
    again = partial(_known, delivery, document, taken, depth, nodes)
    there = [node.key for node in nodes if node.is_there]
    table = LEVELS[depth].table
    return Decoded(asks=Asks(table=table.name, column=table.key[0], values=there, again=again, none_too=True))


def _known(
    delivery: Delivery,
    document: Any,
    taken: tuple[Change, ...],
    depth: int,
    nodes: Sequence[Node],
    found: Sequence[Mapping[str, Any]],
) -> Decoded:
    level, key = LEVELS[depth], LEVELS[depth].table.key[0]
    known = {row[key] for row in found}
    for node in nodes:
        if node.is_there and node.key not in known:
            raise Dangling(f"there is no {key} {node.key!r}", where=Where(pointer=f"{node.place}/@id"))
    return _level(delivery, document, (*taken, *(_change(delivery, level, node) for node in nodes)), depth + 1)


def _change(delivery: Delivery, level: Level, node: Node) -> Change:
    said = {n: v for n, v in node.said.items() if n != "@id" and n not in INSIDE}
    if unknown := [name for name in said if name not in level.table.by_name]:
        raise Malformed(f"no field {unknown[0]!r}", where=Where(pointer=f"{node.place}/{unknown[0]}"))
    above = {level.parent: node.above} if level.parent else {}
    row = {**said, **above, level.table.key[0]: node.key, "changed_time": delivery.received_time}
    return Change(level.table.name, row, Says.PART if node.is_there else Says.WHOLE)


DEEP = Intake(
    name="aviary_deep",
    title="A cage with all that is in it",
    media_type=MEDIA_TYPE,
    decode=_decode,
    tables=tuple(level.table.name for level in LEVELS),
    example='{"name": "north", "birds": [{"name": "Bek", "rings": [{"colour": "red"}]}]}',
)
DEEP_AVIARY = replace(AVIARY, intakes=(*AVIARY.intakes, DEEP), endpoints=(BIRDS,))
"""The aviary with its deep wire, and with the filter language that it speaks."""
