"""A domain of three storeys over four sources, each of which touches keys in another way.

Crates are seen in zones; a register says to which gate a zone belongs; gates have rates; crates have tags.

    quay_visit   by crate: its weight at a gate a day   <- sightings (its own), zones (through sightings)
    quay_gate    by gate: all that was there            <- visits (its own, another key), rates (its own)
    quay_where   by crate: at which gates it was        <- sightings, zones (through visits)
    quay_bill    by crate: its share of its gates       <- visits, tags (its own), gates (through visits)

and, where a gate's level is carried from day to day:

    quay_level   by gate: what lies there               <- visits (its own), rates (its own)
    quay_peak    by crate: the most that lay beside it  <- visits, levels (through visits)
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from birlik.kernel.domain import (
    Carried,
    Decoded,
    Delivery,
    Derived,
    Domain,
    Field,
    FigureTable,
    Indicator,
    Intake,
    Lookup,
    Page,
    Rows,
    RowTable,
    Source,
    Table,
    Through,
    Type,
)
from birlik.kernel.members import Role

MEDIA_TYPE = "application/vnd.quay+json"
START = datetime(2026, 3, 1, tzinfo=UTC)


def text(name: str, *, nullable: bool = False) -> Field:
    return Field(name=name, type=Type.TEXT, nullable=nullable, description=f"The {name}.")


def whole(name: str, *, nullable: bool = False) -> Field:
    return Field(name=name, type=Type.INT, unit="1", nullable=nullable, description=f"The {name}.")


def moment(name: str) -> Field:
    return Field(name=name, type=Type.TIME, nullable=False, description=f"When: {name}.")


def table(name: str, *fields: Field, **more: Any) -> Table:
    """All that a row says is its key, so that no order of arrival decides which of two rows is kept."""
    return Table(name=name, title=name, description=name, fields=fields, key=tuple(f.name for f in fields), **more)


SIGHTING = table("quay_sighting", text("crate"), text("zone"), moment("at"), whole("weight"), time="at")
RATE = table("quay_rate", text("gate"), moment("at"), whole("rate"), time="at")
TAG = table("quay_tag", text("crate"), moment("at"), text("colour"), time="at")
ZONE_FIELDS = (text("zone"), text("name"), text("gate", nullable=True), whole("limit"))


def zones(**gates: str | None) -> Rows:
    rows = [{"zone": zone, "name": zone, "gate": gate, "limit": 9} for zone, gate in gates.items()]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([pa.field(f.name, f.type.arrow, f.nullable) for f in ZONE_FIELDS])
    )


ZONE = Table(
    name="quay_zone",
    title="Zones",
    description="To which gate a zone belongs.",
    fields=ZONE_FIELDS,
    key=("zone",),
    time="",
    facts=lambda: zones(z1="east", z2="east", z3="west"),
)


def visits(tables: Mapping[str, Rows]) -> Rows:
    """What a crate weighed at a gate on a day, at most its zone's limit at each sighting."""
    known = {row["zone"]: row for row in tables["quay_zone"].to_pylist()}
    made: dict[tuple[str, str, datetime], int] = defaultdict(int)
    for row in tables["quay_sighting"].to_pylist():
        zone = known.get(row["zone"])
        if zone is not None and zone["gate"] is not None:
            day = row["at"].replace(hour=0, minute=0)
            made[row["crate"], zone["gate"], day] += min(row["weight"], zone["limit"])
    rows = [{"crate": c, "gate": g, "day": d, "weight": w} for (c, g, d), w in made.items()]
    return pa.Table.from_pylist(rows, schema=VISIT.schema)


VISIT = Derived(
    name="quay_visit",
    title="Visits",
    description="A crate at a gate on a day.",
    fields=(text("crate"), text("gate"), moment("day"), whole("weight")),
    key=("crate", "gate", "day"),
    sources=(
        Source(table="quay_sighting", columns=("crate", "zone", "at", "weight"), by="crate", time="at"),
        Source(
            table="quay_zone",
            columns=("zone", "gate", "limit"),
            touches=Through(table="quay_sighting", on={"zone": "zone"}, key="crate"),
        ),
    ),
    by="crate",
    time="day",
    look_back_days=1,
    function=visits,
)


def gates(tables: Mapping[str, Rows]) -> Rows:
    """Of each gate how many crates were there, what they weighed, and its latest rate."""
    crates, weight, rate = defaultdict(set), defaultdict(int), {}
    for row in tables["quay_visit"].to_pylist():
        crates[row["gate"]].add(row["crate"])
        weight[row["gate"]] += row["weight"]
    for row in sorted(tables["quay_rate"].to_pylist(), key=lambda row: (row["at"], row["rate"])):
        rate[row["gate"]] = row["rate"]
    rows = [{"gate": g, "count": len(crates[g]), "weight": weight[g], "rate": rate.get(g)} for g in crates]
    return pa.Table.from_pylist(rows, schema=GATE.schema)


GATE = Derived(
    name="quay_gate",
    title="Gates",
    description="All that was at a gate.",
    fields=(text("gate"), whole("count"), whole("weight"), whole("rate", nullable=True)),
    key=("gate",),
    sources=(
        Source(table="quay_visit", columns=("crate", "gate", "weight"), by="gate"),
        Source(table="quay_rate", columns=("gate", "at", "rate"), by="gate", time="at"),
    ),
    by="gate",
    function=gates,
)


def bills(tables: Mapping[str, Rows]) -> Rows:
    """A crate's share of the weight of each gate that it was at, at the gate's rate, and its latest tag."""
    known = {row["gate"]: row for row in tables["quay_gate"].to_pylist()}
    tags = sorted(tables["quay_tag"].to_pylist(), key=lambda row: (row["at"], row["colour"]))
    colour = {row["crate"]: row["colour"] for row in tags}
    weight: dict[tuple[str, str], int] = defaultdict(int)
    for row in tables["quay_visit"].to_pylist():
        weight[row["crate"], row["gate"]] += row["weight"]
    rows = [
        {
            "crate": crate,
            "gate": gate,
            "colour": colour.get(crate),
            "of_weight": known[gate]["weight"],
            "due": known[gate]["rate"] and known[gate]["rate"] * mine,
        }
        for (crate, gate), mine in weight.items()
    ]
    return pa.Table.from_pylist(rows, schema=BILL.schema)


BILL = Derived(
    name="quay_bill",
    title="Bills",
    description="What a crate owes at a gate.",
    fields=(
        text("crate"),
        text("gate"),
        text("colour", nullable=True),
        whole("of_weight"),
        whole("due", nullable=True),
    ),
    key=("crate", "gate"),
    sources=(
        Source(table="quay_visit", columns=("crate", "gate", "weight"), by="crate"),
        Source(table="quay_tag", columns=("crate", "at", "colour"), by="crate", time="at"),
        Source(
            table="quay_gate",
            columns=("gate", "weight", "rate"),
            touches=Through(table="quay_visit", on={"gate": "gate"}, key="crate"),
        ),
    ),
    by="crate",
    function=bills,
)


def where(tables: Mapping[str, Rows]) -> Rows:
    """At which gates a crate was seen, as the register has them."""
    known = {row["zone"]: row["gate"] for row in tables["quay_zone"].to_pylist()}
    seen = {(row["crate"], known.get(row["zone"])) for row in tables["quay_sighting"].to_pylist()}
    rows = [{"crate": crate, "gate": gate} for crate, gate in sorted(seen, key=str) if gate is not None]
    return pa.Table.from_pylist(rows, schema=WHERE.schema)


WHERE = Derived(
    name="quay_where",
    title="Where",
    description="At which gates a crate was.",
    fields=(text("crate"), text("gate")),
    key=("crate", "gate"),
    sources=(
        Source(table="quay_sighting", columns=("crate", "zone"), by="crate"),
        # A zone that is taken from its gate takes its visits along: only those that were there tell whom it touched.
        Source(
            table="quay_zone",
            columns=("zone", "gate"),
            touches=Through(table="quay_visit", on={"gate": "gate"}, key="crate"),
        ),
    ),
    by="crate",
    function=where,
)


def levels(before: Rows, tables: Mapping[str, Rows]) -> tuple[Rows, Rows]:
    """Of what lay at a gate half is gone each day; what came is added, and charged at the rate that was said last."""
    states = {row["gate"]: row for row in before.to_pylist()}
    came, said = defaultdict(list), defaultdict(list)
    for row in tables["quay_visit"].to_pylist():
        came[row["gate"]].append(row)
    for row in tables["quay_rate"].to_pylist():
        said[row["gate"]].append(row)
    rows, after = [], []
    for gate in sorted({*came, *said}):
        at = min(row["day"] if "day" in row else row["at"] for row in (*came[gate], *said[gate]))
        day = at.replace(hour=0, minute=0)
        had = states.get(gate, {"level": 0.0, "rate": None, "day": day})
        level = had["level"] / 2 ** ((day - had["day"]).days) + sum(row["weight"] for row in came[gate])
        rate = said[gate][-1]["rate"] if said[gate] else had["rate"]
        if came[gate]:
            rows.append({"gate": gate, "day": day, "level": level, "charged": rate and rate * level})
        after.append({"gate": gate, "level": level, "rate": rate, "day": day})
    states_schema = pa.schema([pa.field(f.name, f.type.arrow) for f in LEVEL.states])
    return pa.Table.from_pylist(rows, schema=LEVEL.schema), pa.Table.from_pylist(after, schema=states_schema)


def number(name: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", description=f"The {name}.")


LEVEL = Derived(
    name="quay_level",
    title="Levels",
    description="What lies at a gate.",
    fields=(text("gate"), moment("day"), number("level"), number("charged")),
    key=("gate", "day"),
    sources=(
        Source(table="quay_visit", columns=("gate", "crate", "day", "weight"), by="gate", time="day"),
        Source(table="quay_rate", columns=("gate", "at", "rate"), by="gate", time="at"),
    ),
    by="gate",
    time="day",
    carried=Carried(function=levels, state=(number("level"), whole("rate", nullable=True), moment("day"))),
)


def peaks(tables: Mapping[str, Rows]) -> Rows:
    """The highest level of the gates where a crate was, on the days that it was there."""
    level = {(row["gate"], row["day"]): row["level"] for row in tables["quay_level"].to_pylist()}
    most: dict[str, float] = {}
    for row in tables["quay_visit"].to_pylist():
        most[row["crate"]] = max(most.get(row["crate"], 0.0), level[row["gate"], row["day"]])
    return pa.Table.from_pylist([{"crate": c, "level": v} for c, v in most.items()], schema=PEAK.schema)


PEAK = Derived(
    name="quay_peak",
    title="Peaks",
    description="The most that lay beside a crate.",
    fields=(text("crate"), number("level")),
    key=("crate",),
    sources=(
        Source(table="quay_visit", columns=("crate", "gate", "day"), by="crate"),
        Source(
            table="quay_level",
            columns=("gate", "day", "level"),
            touches=Through(table="quay_visit", on={"gate": "gate", "day": "day"}, key="crate"),
        ),
    ),
    by="crate",
    function=peaks,
)


def _mean_due(rows: Rows, now: datetime) -> Rows:
    due: dict[str, list[int]] = defaultdict(list)
    for row in rows.to_pylist():
        due[row["gate"]].append(row["due"] or 0)
    made = [
        {
            "gate": gate,
            "value": sum(mine) / len(mine),
            "n": len(mine),
            "low": min(mine),
            "high": max(mine),
            "basis": "measured",
        }
        for gate, mine in due.items()
    ]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in DUE.fields[:6]]))


DUE = Indicator(
    name="quay_due",
    code="DUE",
    title="Due",
    unit="1",
    source="quay_bill",
    columns=("due",),
    dimensions=(text("gate"),),
    only={"colour": ("red", "blue")},
    function=_mean_due,
    method="The mean of what tagged crates owe.",
    reference="This test.",
    interval="the range",
    minimum_n=1,
)


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """{table: [rows as lists]}; a time is the hours since START."""
    told = orjson.loads(delivery.body)
    rows = {}
    for declared in (SIGHTING, RATE, TAG):
        made = [dict(zip(declared.key, row, strict=True)) for row in told.get(declared.name, [])]
        for row in made:
            row["at"] = START + timedelta(hours=row["at"])
        if made:
            rows[declared.name] = pa.Table.from_pylist(made, schema=declared.schema)
    return Decoded(rows=rows)


TOLD = Intake(
    name="quay",
    title="Anything at the quay",
    media_type=MEDIA_TYPE,
    decode=decode,
    tables=("quay_sighting", "quay_rate", "quay_tag"),
    example="{}",
)

QUAY = Domain(
    role=Role.READER,
    name="quay",
    title="Quay",
    tables=(SIGHTING, RATE, TAG, ZONE),
    derived=(VISIT, GATE, BILL, WHERE),
    indicators=(DUE,),
    intakes=(TOLD,),
)
PAGE = Page(
    name="levels",
    title="What lies at the gates",
    question="How much lies at which gate, and who owes for it?",
    panels=(
        FigureTable(name="due", title="Owed by gate", indicator=DUE.name),
        RowTable(name="level", title="Levels", table=LEVEL.name),
        RowTable(name="peak", title="Peaks", table=PEAK.name),
    ),
)
CARRYING = replace(
    QUAY,
    derived=(*QUAY.derived, LEVEL, PEAK),
    pages=(PAGE,),
    catalogue=Path(__file__).parent / "locale" / "quay",
)
"""With what is carried from day to day, and what follows from it."""
