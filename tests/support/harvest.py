"""A plan of the orchard: what a row would give if trees bore otherwise, over many drawn summers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.errors import OutOfRange
from birlik.kernel.domain import Field, Parameter, Plan, Read, Rows, Type
from birlik.kernel.plans import Progress

ROW = Field(name="row", type=Type.TEXT, nullable=False, description="The row that it stands in.", title="row of trees")
EVER = 1_000_000_000
"""Summers that nobody waits for."""


def harvest(tables: Mapping[str, Rows], values: Mapping[str, Any], tell: Progress) -> Rows:
    """The mean over as many summers as are asked for; the first of them is as it was."""
    if values["share"] == 0.0:
        raise OutOfRange("a tree that bears nothing is no tree")
    masses: dict[str, list[float]] = {}
    for row in tables["orchard_picking"].to_pylist():
        if (row["mass_kg"] or 0.0) >= values["lightest_kg"]:
            masses.setdefault(row["row"], []).append(row["mass_kg"])
    summers, rng = 0.0, np.random.default_rng(7)
    for done in range(values["summers"]):
        summers += 1.0 if done == 0 else float(rng.normal(1.0, 0.1))
        tell(done + 1, values["summers"])
    factor = values["share"] * summers / values["summers"]
    made = [{"row": row, "mass_kg": factor * sum(kg), "pickings_n": len(kg)} for row, kg in sorted(masses.items())]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in HARVEST.fields]))


def _number(name: str, kind: Type, unit: str, description: str, title: str) -> Field:
    return Field(name=name, type=kind, unit=unit, description=description, title=title)


HARVEST = Plan(
    name="orchard_harvest",
    title="Another harvest",
    question="What would each row give if trees bore otherwise?",
    method="All pickings that are heavy enough, times the share, times the mean of the drawn summers.",
    parameters=(
        Parameter(
            field=_number("share", Type.FLOAT, "1", "Of what trees bear today.", "share borne"),
            usual=1.0,
            least=0.0,
            most=2.0,
        ),
        Parameter(
            field=_number("lightest_kg", Type.FLOAT, "kg", "Lighter pickings are left.", "lightest picking"),
            usual=0.0,
            least=0.0,
            most=100.0,
        ),
        Parameter(
            field=_number("summers", Type.INT, "1", "How many summers are drawn.", "summers"),
            usual=1,
            least=1,
            most=EVER,
        ),
    ),
    reads=(Read(table="orchard_picking", columns=("tree_id_orchard", "row", "phenomenon_time", "mass_kg")),),
    compute=harvest,
    fields=(
        ROW,
        _number("mass_kg", Type.FLOAT, "kg", "What is picked.", "mass picked"),
        _number("pickings_n", Type.INT, "1", "Pickings.", "pickings that count"),
    ),
    key=("row",),
)
