"""A page of the orchard on which one moves how heavy a basket may be, and sees which rows of trees are picked first."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
from tests.support.harvest import ROW
from tests.support.orchard import ORCHARD

from birlik.errors import OutOfRange
from birlik.kernel.domain import Field, Page, Parameter, Plan, Read, Rows, Type, Weights
from birlik.kernel.plans import Progress

MOST_KG = 60.0


def baskets(tables: Mapping[str, Rows], values: Mapping[str, Any], tell: Progress) -> Rows:
    """The whole way; here it is the quick one."""
    return baskets_at_once(tables, values)


def baskets_at_once(tables: Mapping[str, Rows], values: Mapping[str, Any]) -> Rows:
    """The heaviest rows, as many as the basket holds, by mass and by how often they were picked."""
    if values["mass"] == values["often"] == 0:
        raise OutOfRange("what counts for nothing chooses nothing")
    told: dict[str, tuple[float, int]] = {}
    for row in tables["orchard_picking"].to_pylist():
        kg, n = told.get(row["row"], (0.0, 0))
        told[row["row"]] = (kg + (row["mass_kg"] or 0.0), n + 1)
    order = sorted(told, key=lambda name: (-values["mass"] * told[name][0] - values["often"] * told[name][1], name))
    made = [
        {"row": name, "mass_kg": told[name][0], "is_first": place < values["baskets"]}
        for place, name in enumerate(order)
    ]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in BASKETS.fields]))


def _knob(name: str, usual: float, most: float, kind: Type = Type.FLOAT, **more: Any) -> Parameter:
    field = Field(name=name, type=kind, unit="1", title=name, description=f"How much {name} counts.")
    return Parameter(field=field, usual=usual, least=0, most=most, **more)


BASKETS = Plan(
    name="orchard_baskets",
    title="Which rows first",
    question="Which rows of trees are picked first?",
    method="The heaviest first.",
    parameters=(
        _knob("mass", 1.0, 10.0, begins=True),
        _knob("often", 0.0, 10.0),
        _knob("baskets", 1, 1_000, Type.INT),
    ),
    reads=(Read(table="orchard_picking", columns=("tree_id_orchard", "row", "phenomenon_time", "mass_kg")),),
    compute=baskets,
    at_once=baskets_at_once,
    fields=(
        ROW,
        Field(name="mass_kg", type=Type.FLOAT, unit="kg", title="mass", description="What was picked."),
        Field(name="is_first", type=Type.BOOL, title="first", description="It is picked first."),
    ),
    key=("row",),
)
PANEL = Weights(
    name="first",
    title="Which rows first",
    plan=BASKETS.name,
    moved=("mass", "often", "baskets"),
    chosen="is_first",
    columns=("row", "mass_kg"),
    text_empty="Nothing was picked.",
)
PAGE = Page(name="baskets", title="Baskets", question="Which rows first?", panels=(PANEL,))
BASKETED = replace(ORCHARD, plans=(*ORCHARD.plans, BASKETS), pages=(*ORCHARD.pages, PAGE), catalogue=None)
