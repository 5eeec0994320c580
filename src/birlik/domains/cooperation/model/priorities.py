"""Which projects first, as things stand: the choice of everybody's first page, made again when a project changes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.events import ENTITY_ID, WORLD
from birlik.domains.cooperation.model.choosing.criteria import scaled, scores
from birlik.domains.cooperation.model.choosing.firmness import DRAWS, Firm
from birlik.domains.cooperation.model.choosing.projects import criteria_of
from birlik.domains.cooperation.model.choosing.quick import chosen, firmness_at_once
from birlik.domains.cooperation.model.standing import COST, CURRENCY, GATE, MISSING, STAND, TITLE
from birlik.domains.cooperation.model.trading.made import COLUMNS as OF_MADE
from birlik.domains.cooperation.model.trading.made import MADE, joined
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Source, Type
from birlik.quantity import Quantity

BUDGET_M, IN = 100.0, "USD"
"""With what a choice begins. It is nobody's budget."""
LEFT_OUT = "left_out"


def _share(name: str, title: str, description: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", quantity=Quantity.SHARE, title=title, description=description)


IS_PICKED = Field(name="is_picked", type=Type.BOOL, title="chosen", description="With these weights.")
FIRMNESS = (
    _share("chosen_share", "share of choices",
           f"Of {DRAWS} choices, the weights drawn evenly: in how many it is."),
    _share("chosen_low", "share of choices, at least", "Lower end of the 95 % interval."),
    _share("chosen_high", "share of choices, at most", "Upper end of the 95 % interval."),
    Field(name="firm", type=Type.TEXT, title="how firm", codes=(*Firm, LEFT_OUT),
          description="In nine of ten choices or more (core), in some, in none; or left out, its cost not being "
          "known."),
)  # fmt: skip
_OF_STAND = (
    "entity_id", "title", "state", "sector", "gate", "acts_next", "acts_since", "cost_m", "currency", "missing_m",
    "ready_low", "ready_high", "publishers_n", "jobs", "is_finished", "world",
)  # fmt: skip
CHOICE = Derived(
    name="cooperation_choice",
    title="Which projects first",
    description=f"The choice with which the page begins: of a budget of {BUDGET_M:.0f} million {IN}, all criteria "
    "weighing alike, and how firm each project is in it. Invented projects are chosen apart.",
    fields=(
        ENTITY_ID,
        TITLE,
        STAND.by_name["state"],
        STAND.by_name["sector"],
        GATE,
        STAND.by_name["acts_next"],
        STAND.by_name["acts_since"],
        COST,
        CURRENCY,
        MISSING,
        IS_PICKED,
        *FIRMNESS,
        WORLD,
    ),
    key=("entity_id",),
    by="world",
    sources=(
        Source(table=STAND.name, columns=_OF_STAND, by="world", in_order=False),
        Source(table=MADE.name, columns=OF_MADE, by="world", in_order=False),
    ),
    look_back_days=None,
    named=Named(name="title"),
    invented=Invented(column="world", value="invented"),
    function=lambda tables: _choices(tables[STAND.name], tables[MADE.name]),
)


def _choices(stands: Rows, made_of: Rows) -> Rows:
    by_world: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in joined(stands.to_pylist(), made_of.to_pylist()):
        if not row["is_finished"]:
            by_world[row["world"]].append(row)
    made = [row for _, of in sorted(by_world.items()) for row in _choice(of)]
    return pa.Table.from_pylist(made, schema=CHOICE.schema)


def _choice(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(rows, key=lambda row: row["entity_id"])
    told = [{name: row[name] for name in CHOICE.by_name if name in row} | unchosen() for row in ordered]
    at = [i for i, row in enumerate(ordered) if costed(row, IN)]
    made = at_once([ordered[i] for i in at], BUDGET_M) if at else []
    for i, row in zip(at, made, strict=True):
        told[i] |= row
    return told


def unchosen() -> dict[str, Any]:
    """Of a project whose cost isn't known in the currency."""
    return {"firm": LEFT_OUT, "is_picked": None, "chosen_share": None}


def costed(row: Mapping[str, Any], currency: str) -> bool:
    """Is its cost known in a currency?"""
    return row["cost_m"] is not None and row["currency"] == currency


def at_once(
    rows: Sequence[Mapping[str, Any]], budget: float, weights: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """Of each of these projects, whose costs are known, whether it is chosen and how firmly. rows: of `STAND`, with
    what trade says of them. weights: by criterion; all alike where none are given."""
    cost = np.array([row["cost_m"] for row in rows], np.float64)
    told = criteria_of(rows)
    criteria = scaled(told.low, told.high)
    best = chosen(cost, scores(criteria.middle, told.weights(weights))[None, :], budget)[0]
    firm = firmness_at_once(cost, criteria, budget)
    low, high = firm.interval()
    return [
        {
            "is_picked": bool(best[i]),
            "chosen_share": float(firm.share[i]),
            "chosen_low": float(low[i]),
            "chosen_high": float(high[i]),
            "firm": word.value,
        }
        for i, word in enumerate(firm.words())
    ]
