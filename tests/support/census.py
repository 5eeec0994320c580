"""A plan of the aviary: how crowded each cage would be with more birds."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from tests.support.aviary import CAGE

from birlik.kernel.domain import Field, Parameter, Plan, Read, Rows, Type
from birlik.kernel.plans import Progress

COUNT = Field(name="birds_n", type=Type.INT, unit="1", description="Birds in it.", title="birds")


def census(tables: Mapping[str, Rows], values: Mapping[str, Any], tell: Progress) -> Rows:
    """A row a cage."""
    n = Counter(row["cage_id"] for row in tables["aviary_bird"].to_pylist())
    made = [{"called": f"cage {cage}", "cage_id": cage, "birds_n": each + values["more"]} for cage, each in n.items()]
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in CENSUS.fields]))


CENSUS = Plan(
    name="aviary_census",
    title="A census",
    question="How many birds would there be?",
    method="They are counted.",
    parameters=(Parameter(field=Field(name="more", type=Type.INT, unit="1", description="More birds."), usual=0),),
    reads=(Read(table="aviary_bird", columns=("cage_id",)),),
    compute=census,
    fields=(
        Field(name="called", type=Type.TEXT, description="What it is called.", title="called"),
        CAGE.by_name["cage_id"],
        COUNT,
    ),
    key=("called", "cage_id"),
    named={"called": ("cage", "cage_id")},
)
