"""A domain that no state has, of what changes: cages, birds in them, sightings of each, and who says what of them.

Everything in it is a kept table. A message is a JSON list of changes.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from birlik.clock import utc
from birlik.errors import Conflict, Malformed
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.domain import (
    Act,
    Decoded,
    Deletion,
    Delivery,
    Derived,
    Doing,
    Domain,
    Done,
    Field,
    Filter,
    Intake,
    Kept,
    Lookup,
    Missing,
    Page,
    Reference,
    Rows,
    RowTable,
    Search,
    Source,
    Table,
    Type,
)
from birlik.kernel.editing import edits_of
from birlik.kernel.members import Role
from birlik.kernel.policy import Labels, Marking

MEDIA_TYPE = "application/vnd.aviary.changes+json"


def text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


def chirped(word: str) -> str:
    """Birds don't tell K from Q, nor how long a vowel is: the key of a word here."""
    return re.sub(r"([aeiouäöü])\1+", r"\1", word.casefold().replace("q", "k"))


CHANGED = Field(name="changed_time", type=Type.TIME, nullable=False, description="When its keeper wrote it down.")

CAGE = Table(
    name="aviary_cage",
    title="Cages",
    description="Where birds live.",
    key=("cage_id",),
    sought=("name", "cage_id"),
    time="changed_time",
    kept=Kept(time="changed_time"),
    fields=(
        text("cage_id", "The cage.", nullable=False),
        text("name", "Its name.", nullable=False),
        Field(name="area_m2", type=Type.FLOAT, unit="m2", description="Its floor."),
        CHANGED,
    ),
)
BIRD = Table(
    name="aviary_bird",
    title="Birds",
    description="Who lives here.",
    key=("bird_id",),
    time="changed_time",
    kept=Kept(time="changed_time"),
    search=Search(texts=("name", "bird_id"), facets=("species",), key=chirped, meaning=True),
    fields=(
        text("bird_id", "The bird.", nullable=False),
        text("name", "Its name."),
        text("species", "Its kind.", codes=("finch", "owl", "crane")),
        text(
            "cage_id",
            "Where it lives.",
            of=Reference(table="aviary_cage", missing=Missing.REFUSE, deletion=Deletion.REFUSE, inverse="birds"),
        ),
        CHANGED,
    ),
)
RING = Table(
    name="aviary_ring",
    title="Rings",
    description="What a bird wears.",
    key=("ring_id",),
    time="changed_time",
    kept=Kept(time="changed_time"),
    fields=(
        text("ring_id", "The ring.", nullable=False),
        text(
            "bird_id",
            "Who wears it.",
            of=Reference(table="aviary_bird", missing=Missing.REFUSE, deletion=Deletion.CASCADE, inverse="rings"),
        ),
        text("colour", "Its colour."),
        CHANGED,
    ),
)
MASS = Table(
    name="aviary_mass",
    title="Masses",
    description="What is said of a bird's mass, and by whom.",
    key=("bird_id",),
    sought=("source_id",),
    time="changed_time",
    kept=Kept(time="changed_time", sayers=("source_id",), rank="basis", order=("measured", "reported", "estimated")),
    fields=(
        text("bird_id", "The bird.", nullable=False, of=Reference(table="aviary_bird", inverse="masses")),
        text("source_id", "Who says it.", nullable=False),
        text("basis", "How it is known.", nullable=False, codes=("measured", "reported", "estimated")),
        Field(name="mass_g", type=Type.FLOAT, unit="g", description="How heavy it is."),
        CHANGED,
    ),
)
TENURE = Table(
    name="aviary_tenure",
    title="Keepers",
    description="Who keeps a cage, and since when.",
    key=("cage_id", "since_time"),
    time="since_time",
    kept=Kept(time="changed_time", since="since_time"),
    fields=(
        text("cage_id", "The cage.", nullable=False),
        Field(name="since_time", type=Type.TIME, nullable=False, description="From when on."),
        text("keeper", "Who keeps it."),
        CHANGED,
    ),
)
TABLES = (CAGE, BIRD, RING, MASS, TENURE)
BY_NAME = {table.name: table for table in TABLES}


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    try:
        told = orjson.loads(delivery.body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is no JSON: {error}") from None
    by_table: dict[str, list[Change]] = {}
    seen_by: dict[str, list[Labels | None]] = {}
    for item in told:
        table = BY_NAME[item["table"]]
        row = {
            name: utc(value) if value is not None and table.by_name[name].type is Type.TIME else value
            for name, value in item["row"].items()
        }
        by_table.setdefault(table.name, []).append(Change(table.name, row, Says(item.get("says", "whole"))))
        own = Labels(marking=Marking.GREEN, audience=tuple(item["audience"])) if "audience" in item else None
        seen_by.setdefault(table.name, []).append(own)
    rows = {name: versions(BY_NAME[name], changes) for name, changes in by_table.items()}
    return Decoded(rows=rows, seen_by=seen_by)


INTAKE = Intake(
    name="aviary", title="Changes", media_type=MEDIA_TYPE, decode=_decode, tables=tuple(BY_NAME), example="[…]"
)

CROWD = Derived(
    name="aviary_crowd",
    title="Crowding",
    description="How many birds a cage holds, by what both are now.",
    fields=(
        text("cage_id", "The cage.", nullable=False),
        text("name", "Its name."),
        Field(name="birds_n", type=Type.INT, nullable=False, description="How many."),
    ),
    key=("cage_id",),
    sought=("name",),
    by="cage_id",
    sources=(
        Source(table="aviary_cage", columns=("cage_id", "name"), by="cage_id"),
        Source(table="aviary_bird", columns=("bird_id", "cage_id"), by="cage_id"),
    ),
    look_back_days=None,
    function=lambda tables: _crowd(tables),
)


def _crowd(tables: Mapping[str, Rows]) -> Rows:
    birds = tables["aviary_bird"].column("cage_id").to_pylist()
    made = [
        {"cage_id": row["cage_id"], "name": row["name"], "birds_n": birds.count(row["cage_id"])}
        for row in tables["aviary_cage"].to_pylist()
    ]
    return pa.Table.from_pylist(made, schema=CROWD.schema)


def _move(doing: Doing) -> Done:
    """Both at once, or neither: every bird of a cage goes to another."""
    where = [Filter(column="cage_id", operator="=", value=doing.values["cage_id"])]
    birds = doing.reader.rows(BIRD.name, where=where, order=("bird_id",)).to_pylist()
    if not birds:
        raise Conflict("nobody lives there")
    return Done(
        changes=[
            Change(BIRD.name, {"bird_id": bird["bird_id"], "cage_id": doing.values["to_cage_id"]}, Says.PART)
            for bird in birds
        ],
        about={"cage_id": doing.values["cage_id"]},
    )


MOVE = Act(
    role=Role.OPERATOR,
    name="aviary_move",
    title="Move all",
    description="All birds of a cage go to another.",
    parameters=(
        text("cage_id", "From here.", nullable=False),
        text("to_cage_id", "To there.", nullable=False, of=Reference(table="aviary_cage")),
    ),
    table="aviary_cage",
    subject=("cage_id",),
    do=_move,
)
ACTS = (
    *edits_of(CAGE),
    *edits_of(BIRD),
    *edits_of(RING, names_itself=True),
    *edits_of(TENURE, names_itself=True),
    MOVE,
)
PAGE = Page(
    name="cages",
    title="Cages and birds",
    question="Who lives where?",
    panels=(
        RowTable(
            name="cages",
            title="Cages",
            table=CAGE.name,
            text_empty="Nobody has told of a cage yet.",
        ),
        RowTable(name="birds", title="Birds", table=BIRD.name, text_empty="Nobody has told of a bird yet."),
        RowTable(name="crowd", title="Crowding", table=CROWD.name, text_empty="Nothing follows yet."),
    ),
)
AVIARY = Domain(
    role=Role.READER,
    name="aviary",
    title="Aviary",
    tables=TABLES,
    derived=(CROWD,),
    intakes=(INTAKE,),
    acts=ACTS,
    pages=(PAGE,),
    catalogue=Path(__file__).parent / "locale" / "aviary",
)


def changes(items: Iterable[Mapping[str, Any]]) -> bytes:
    """A message."""
    return orjson.dumps(list(items), option=orjson.OPT_UTC_Z)


def moment(minute: int) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minute)


def change(table: Table, says: str = "whole", /, *, minute: int = 0, **row: Any) -> dict[str, Any]:
    """One change, as it stands in a message."""
    return {"table": table.name, "says": says, "row": {"changed_time": moment(minute), **row}}
