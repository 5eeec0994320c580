"""Sources: how much rests on each, of what kind it is, when it last said something, and where others differ from it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa

from birlik.domains.cooperation.events import CLAIM, WORLD, WORLDS
from birlik.domains.cooperation.model.backing import DISPUTE
from birlik.domains.cooperation.model.said import ORIGIN, ORIGIN_ID, SAID
from birlik.domains.cooperation.model.tabling import count
from birlik.domains.cooperation.vocabulary.words import NOT_READ, PLACES
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Source, Type

READ = ("origin_id", "origin", "publisher", "first_id", "source_kind", "check", "said", "changed_time", "world")
DISPUTED = ("origin_id", "entity_id", "property")

SOURCE = Derived(
    name="cooperation_source",
    title="Sources",
    description="Where what stands is said: how many claims and entities rest on each source, of what kind it is, the "
    "newest date on which it said something, and in how much others differ from it.",
    fields=(
        ORIGIN_ID,
        ORIGIN,
        SAID.by_name["publisher"],
        CLAIM.by_name["source_kind"],
        count("claims_n", "How many claims that stand rest on it."),
        count("entities_n", "How many entities: records of the same are one."),
        count("unread_n", "How many of the claims nobody has read in it."),
        count("undated_n", "Of how many of the claims it isn't known when they were said."),
        count("disputed_n", "In how many properties of entities another source differs from it."),
        Field(name="newest", type=Type.TEXT, description="The newest date on which it says something."),
        Field(
            name="days",
            type=Type.JSON,
            nullable=False,
            description="How many claims by the date on which they were said, as exact as the source has it.",
        ),
        Field(name="changed_time", type=Type.TIME, nullable=False, description="When this node was told last."),
        WORLD,
    ),
    key=("origin_id",),
    by="origin_id",
    sources=(
        Source(table=SAID.name, columns=READ, by="origin_id", in_order=False),
        Source(table=DISPUTE.name, columns=DISPUTED, by="origin_id", in_order=False),
    ),
    look_back_days=None,
    named=Named(name="origin", notes=("source_kind",)),
    invented=Invented(column="world", value="invented"),
    function=lambda tables: _sources(tables[SAID.name], tables[DISPUTE.name]),
)


def _sources(said: Rows, disputes: Rows) -> Rows:
    counted = Counter(
        origin for origin, *_ in set(zip(*(disputes.column(n).to_pylist() for n in DISPUTED), strict=True))
    )
    # Alike in all that is told of a source, rows are counted once: a file may bring a million.
    alike = said.group_by([*READ[:-2], "world"]).aggregate([("changed_time", "count"), ("changed_time", "max")])
    grouped: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in alike.to_pylist():
        grouped[row["origin_id"]].append(row)
    made = [_source(rows, counted[origin]) for origin, rows in sorted(grouped.items())]
    return pa.Table.from_pylist(made, schema=SOURCE.schema)


def _source(rows: Sequence[Mapping[str, Any]], disputed_n: int) -> dict[str, Any]:
    days: Counter[str] = Counter()
    for row in rows:
        days[row["said"] or ""] += row["changed_time_count"]
    unread = [row for row in rows if row["check"] in NOT_READ]
    kinds = {row["source_kind"] for row in rows if row["check"] not in NOT_READ} or {"general"}
    return {
        "origin_id": rows[0]["origin_id"],
        "origin": rows[0]["origin"],
        "publisher": max(row["publisher"] or "" for row in rows) or None,
        "source_kind": min(kinds, key=lambda kind: PLACES[kind]),
        "claims_n": days.total(),
        "entities_n": len({row["first_id"] for row in rows}),
        "unread_n": sum(row["changed_time_count"] for row in unread),
        "undated_n": days[""],
        "disputed_n": disputed_n,
        "newest": max(filter(None, days), default=None),
        "days": orjson.dumps(dict(sorted(days.items()))).decode(),
        "changed_time": max(row["changed_time_max"] for row in rows),
        "world": WORLDS[0] if any(row["world"] == WORLDS[0] for row in rows) else WORLDS[1],
    }
