"""A domain that no state has: one table, one derived, one indicator, one rule, one page, one intake, one plan.

Pickings of apple trees. What is derived needs the order of rows (the gap since the picking before), so that a row
which must not be seen would show at once if it took part.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa
from tests.support.harvest import HARVEST

from birlik.clock import utc
from birlik.errors import DeliveryError, Malformed, Where
from birlik.kernel.domain import (
    AlertRule,
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
    Search,
    Series,
    Signal,
    Situation,
    Source,
    Table,
    Type,
)
from birlik.kernel.members import Role

MEDIA_TYPE = "text/vnd.orchard.pickings"

TREE = Field(name="tree_id_orchard", type=Type.TEXT, nullable=False, description="The tree.")
ROW = Field(name="row", type=Type.TEXT, nullable=False, description="The row that it stands in.")
MONTH = Field(name="month", type=Type.TEXT, nullable=False, description="Month, UTC.")

PICKING = Table(
    name="orchard_picking",
    title="Pickings",
    description="What was picked from which tree when.",
    key=("tree_id_orchard", "phenomenon_time"),
    time="phenomenon_time",
    search=Search(texts=("tree_id_orchard", "row"), facets=("row",)),
    fields=(
        TREE,
        ROW,
        Field(name="phenomenon_time", type=Type.TIME, nullable=False, description="When it was picked."),
        Field(name="mass_kg", type=Type.FLOAT, unit="kg", description="How much."),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
    ),
)

GAP_FIELDS = (
    TREE,
    ROW,
    MONTH,
    Field(name="start_time", type=Type.TIME, nullable=False, description="The picking before."),
    Field(name="end_time", type=Type.TIME, nullable=False, description="This picking."),
    Field(name="gap_s", type=Type.INT, unit="s", nullable=False, description="Between the two."),
    Field(name="mass_kg", type=Type.FLOAT, unit="kg", description="How much was picked at its end."),
)


def gaps(tables: Mapping[str, Rows]) -> Rows:
    """Two pickings of one tree that follow upon each other make a gap."""
    made = []
    for before, after in pairwise(tables["orchard_picking"].to_pylist()):
        if before["tree_id_orchard"] != after["tree_id_orchard"]:
            continue
        start, end = before["phenomenon_time"], after["phenomenon_time"]
        gap_s = int((end - start).total_seconds())
        made.append(
            {
                "tree_id_orchard": after["tree_id_orchard"],
                "row": after["row"],
                "month": f"{end:%Y-%m}",
                "start_time": start,
                "end_time": end,
                "gap_s": gap_s,
                "mass_kg": after["mass_kg"],
            }
        )
    return pa.Table.from_pylist(made, schema=GAP.schema)


GAP = Derived(
    name="orchard_gap",
    title="Gaps",
    description="The time between two pickings of a tree.",
    fields=GAP_FIELDS,
    key=("tree_id_orchard", "end_time"),
    sources=(
        Source(
            table="orchard_picking",
            columns=("tree_id_orchard", "row", "phenomenon_time", "mass_kg"),
            by="tree_id_orchard",
            time="phenomenon_time",
        ),
    ),
    by="tree_id_orchard",
    time="end_time",
    function=gaps,
)


def mean_gap(rows: Rows, now: datetime) -> Rows:
    groups: dict[tuple[str, str], list[float]] = {}
    for row in rows.to_pylist():
        groups.setdefault((row["row"], row["month"]), []).append(row["gap_s"] / 3600)
    made = [
        {
            "row": row,
            "month": month,
            "value": fmean(sorted(values)),
            "n": len(values),
            "low": min(values),
            "high": max(values),
            "basis": "measured",
        }
        for (row, month), values in groups.items()
    ]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in MEAN_GAP.fields[:7]]))


MEAN_GAP = Indicator(
    name="picking_gap",
    code="GAP",
    title="Mean time between pickings",
    unit="h",
    source="orchard_gap",
    columns=("gap_s",),
    dimensions=(ROW, MONTH),
    function=mean_gap,
    method="The mean of the gaps that ended in the month.",
    reference="This test.",
    interval="the range",
    minimum_n=2,
    period="month",
)


def much_picked(situation: Situation) -> Iterable[Signal]:
    pickings = situation.table("orchard_picking", columns=("tree_id_orchard", "mass_kg")).to_pylist()
    mass: dict[str, float] = {}
    for picking in pickings:
        tree = picking["tree_id_orchard"]
        mass[tree] = mass.get(tree, 0.0) + (picking["mass_kg"] or 0.0)
    for tree, kg in sorted(mass.items()):
        yield Signal(key=tree, level=kg, values={"tree": tree})


MUCH_PICKED = AlertRule(
    name="much_picked",
    title="Much picked",
    judge=much_picked,
    opens_at=100.0,
    closes_at=50.0,
    severities=((100.0, "Minor"),),
    event="Much picked",
    headline="Much was picked from {tree}",
)


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Lines of `tree,row,time,kg`. A line that is not so is refused by itself."""
    rows: list[tuple[Any, ...]] = []
    refused: list[DeliveryError] = []
    for line, raw in enumerate(delivery.body.splitlines(), start=1):
        try:
            tree, row, time, kg = raw.decode().split(",")
            rows.append((tree, row, utc(time), float(kg) if kg else None, delivery.source_id))
        except ValueError as error:
            refused.append(Malformed(f"not tree,row,time,kg: {error}", raw=raw, where=Where(line=line)))
    return Decoded(rows={"orchard_picking": rows}, refused=refused)


def sniff(head: bytes, filename: str) -> Mapping[str, str] | None:
    return {} if filename.endswith(".pickings") else None


PICKINGS = Intake(
    name="pickings",
    title="Pickings as lines",
    media_type=MEDIA_TYPE,
    decode=decode,
    tables=("orchard_picking",),
    sniff=sniff,
    example="ash-1,north,2026-03-01T08:00:00Z,12.5",
)

PAGE = Page(
    name="row",
    title="A row of trees",
    question="How often is a tree of this row picked?",
    parameters=("row",),
    panels=(
        Series(name="gap", title="Time between pickings", indicator="picking_gap"),
        FigureTable(name="figures", title="By month", indicator="picking_gap"),
        RowTable(name="pickings", title="Pickings", table="orchard_picking"),
    ),
)

ORCHARD = Domain(
    role=Role.READER,
    name="orchard",
    title="Orchard",
    tables=(PICKING,),
    derived=(GAP,),
    indicators=(MEAN_GAP,),
    alert_rules=(MUCH_PICKED,),
    pages=(PAGE,),
    intakes=(PICKINGS,),
    plans=(HARVEST,),
    catalogue=Path(__file__).parent / "locale" / "orchard",
)


def line(tree: str, time: str, kg: float | None = 1.0, row: str = "north") -> str:
    """One picking as it comes over the wire."""
    return f"{tree},{row},{time},{'' if kg is None else kg}"
