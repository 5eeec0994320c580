"""A plan: which projects first, under a budget and limits, and how firm that is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.events import WORLD, WORLDS
from birlik.domains.cooperation.model.choosing.criteria import scaled, scores
from birlik.domains.cooperation.model.choosing.firmness import firmness
from birlik.domains.cooperation.model.choosing.portfolio import Problem, alike, choose, price_of_balance
from birlik.domains.cooperation.model.choosing.projects import CRITERIA, criteria_of
from birlik.domains.cooperation.model.priorities import (
    BUDGET_M,
    FIRMNESS,
    IN,
    IS_PICKED,
    at_once,
    costed,
    unchosen,
)
from birlik.domains.cooperation.model.standing import STAND
from birlik.domains.cooperation.model.trading.made import COLUMNS as OF_MADE
from birlik.domains.cooperation.model.trading.made import MADE, joined
from birlik.domains.cooperation.plans.fields import number, text
from birlik.errors import OutOfRange
from birlik.kernel.plans import Parameter, Plan, Progress, Read
from birlik.kernel.tables import Field, Rows, Type, arrow_schema
from birlik.quantity import Quantity
from birlik.said import Said

READ = (
    "entity_id", "title", "state", "sector", "cost_m", "world", "currency", "is_finished", "ready_low", "ready_high",
    "publishers_n", "jobs",
)  # fmt: skip
STEPS_BESIDE = 16
"""Of progress: what is done beside the many choices."""


def _weight(name: str, title: str, description: str) -> Parameter:
    said = Field(name=f"weight_{name}", type=Type.FLOAT, unit="1", title=title, description=description)
    return Parameter(field=said, usual=1.0, least=0.0, most=10.0, begins=True)


def _share(name: str, title: str, description: str, usual: float) -> Parameter:
    said = Field(name=name, type=Type.FLOAT, unit="1", quantity=Quantity.SHARE, title=title, description=description)
    return Parameter(field=said, usual=usual, least=0.0, most=1.0)


PARAMETERS = (
    Parameter(
        field=Field(
            name="budget_m", type=Type.FLOAT, unit="1", title="budget, millions",
            description="What there is to be given out, in millions of the currency.",
        ),
        usual=BUDGET_M, least=0.0, most=1_000_000.0, begins=True,
    ),
    Parameter(
        field=Field(
            name="currency", type=Type.TEXT, title="currency", codes=("USD", "EUR", "KZT", "UZS", "AZN", "TRY", "KGS"),
            description="Projects whose budget is known in another one are left out: no rate is made up.",
        ),
        usual=IN, begins=True,
    ),
    _weight("readiness", "weight of readiness", "How much it counts that gates were passed."),
    _weight("backing", "weight of backing", "How much it counts that independent publishers speak of it."),
    _weight("jobs", "weight of jobs", "How much the jobs count that are said to come."),
    _weight("complexity", "weight of complexity",
            "How much it counts that what it would make is complex. Of no account until trade is loaded."),
    _weight("relatedness", "weight of relatedness",
            "How much it counts that it is near to what its state sells. Of no account until trade is loaded."),
    _weight("trade_fit", "weight of trade fit",
            "How much it counts that other members buy what its state sells. Of no account until trade is loaded."),
    _share("floor_share", "least share of a state", "Of the budget, for each state that has a project.", 0.0),
    _share("ceiling_share", "greatest share of a state", "Of the budget, for each state.", 1.0),
    Parameter(
        field=Field(
            name="most_of_sector", type=Type.INT, unit="1", title="most of a sector",
            description="At most so many projects of one sector.",
        ),
        usual=1_000, least=0, most=1_000,
    ),
    Parameter(
        field=Field(
            name="either_or", type=Type.TEXT, title="either or",
            description="Ids with commas between: of these at most one; several such groups with semicolons between.",
        ),
        usual="",
    ),
    Parameter(
        field=Field(
            name="needs_first", type=Type.TEXT, title="needs first",
            description="Two ids with a comma between: the first only with the second; semicolons between several.",
        ),
        usual="",
    ),
)  # fmt: skip


BY_TRADE_ENDS = (
    number("complexity_low", "complexity, at least", "Of what it would make, by the newest whole year of trade."),
    number("complexity_high", "complexity, at most", "The same, at most."),
    number("relatedness_low", "relatedness, at least", "Of what it would make to what its state sells.",
            quantity=Quantity.SHARE),
    number("relatedness_high", "relatedness, at most", "The same, at most.", quantity=Quantity.SHARE),
    number("trade_fit_low", "trade fit, at least", "Of its state to the other member and observer states.",
            quantity=Quantity.SHARE),
    number("trade_fit_high", "trade fit, at most", "The same, at most.", quantity=Quantity.SHARE),
)  # fmt: skip
FIELDS = (
    text("entity_id", "project", "The project's id.", nullable=False),
    text("title", "name", "What it is called."),
    text("state", "state", "Its state, where it is known."),
    text("sector", "sector", "Its sector, where it is known."),
    number("cost_m", "cost, millions", "What it costs, in millions of the currency."),
    WORLD,
    IS_PICKED,
    Field(name="is_alike", type=Type.BOOL, title="could be exchanged",
          description="Another choice without it, or with it, is as good."),
    *FIRMNESS,
    Field(name="is_chosen_free", type=Type.BOOL, title="chosen without balance",
          description="Without floors, ceilings and limits of sectors."),
    number("balance_share", "price of balance", "What share of all scores the balance costs; alike in all rows.",
            quantity=Quantity.SHARE),
    *BY_TRADE_ENDS,
)  # fmt: skip
SCHEMA = arrow_schema(FIELDS)
KEY = ("entity_id", "title", "state", "sector", "cost_m", "world")
TRADE_ENDS = tuple(f.name for f in BY_TRADE_ENDS)
Row = Mapping[str, Any]


def priority(tables: Mapping[str, Rows], values: Mapping[str, Any], tell: Progress) -> Rows:
    """A row a project that isn't over: chosen ones first, then the firmer before the less firm."""
    return _told(tables, values, lambda of, costed: _chosen(of, values, tell, costed))


def priority_at_once(tables: Mapping[str, Rows], values: Mapping[str, Any]) -> Rows:
    """The same choice with nothing to keep to but the budget, as good as the best or nearly: what a page shows."""

    def choose_of(of: Sequence[Row], rows: Sequence[dict[str, Any]]) -> None:
        for row, made in zip(rows, at_once(of, values["budget_m"], _weights(values)), strict=True):
            row |= made

    return _told(tables, values, choose_of)


Chooses = Callable[[Sequence[Row], Sequence[dict[str, Any]]], None]
"""(projects whose cost is known, the rows that are told of each): says in these what is chosen."""


def _told(tables: Mapping[str, Rows], values: Mapping[str, Any], chooses: Chooses) -> Rows:
    """What is real and what is invented is chosen apart: nobody gives the same money to both."""
    ordered: list[dict[str, Any]] = []
    rows = joined(tables[STAND.name].to_pylist(), tables[MADE.name].to_pylist())
    for world in WORLDS:
        of = [row for row in rows if row["world"] == world and not row["is_finished"]]
        of.sort(key=lambda row: row["entity_id"])
        told = [{name: row.get(name) for name in (*KEY, *TRADE_ENDS)} | unchosen() for row in of]
        at = [i for i, row in enumerate(of) if costed(row, values["currency"])]
        for i, row in enumerate(told):
            row["cost_m"] = of[i]["cost_m"] if i in set(at) else None
        if at:
            chooses([of[i] for i in at], [told[i] for i in at])
        ordered += told
    ordered.sort(key=lambda r: (not r["is_picked"], -(r["chosen_share"] or 0), r["entity_id"]))
    return pa.Table.from_pylist(ordered, schema=SCHEMA)


def _chosen(of: Sequence[Row], values: Mapping[str, Any], tell: Progress, rows: Sequence[dict[str, Any]]) -> None:
    """Say of each of these projects whether it is chosen, and how firmly."""
    problem = _problem(of, values)
    told = criteria_of(of)
    criteria = scaled(told.low, told.high)
    score = scores(criteria.middle, told.weights(_weights(values)))
    best = choose(problem, score)
    free, price = price_of_balance(problem, score, best)
    same = alike(problem, score, best)
    firm = firmness(problem, criteria, tell=lambda done, of: tell(done + STEPS_BESIDE, of + STEPS_BESIDE))
    low, high = firm.interval()
    for i, (row, word) in enumerate(zip(rows, firm.words(), strict=True)):
        row |= {
            "is_picked": bool(best.chosen[i]),
            "is_alike": bool(same[i]),
            "chosen_share": float(firm.share[i]),
            "chosen_low": float(low[i]),
            "chosen_high": float(high[i]),
            "firm": word.value,
            "is_chosen_free": bool(free.chosen[i]),
            "balance_share": price,
        }


def _weights(values: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: values[f"weight_{name}"] for name in CRITERIA}


def _problem(of: Sequence[Row], values: Mapping[str, Any]) -> Problem:
    budget = values["budget_m"]
    states = [row["state"] or "" for row in of]
    sectors = [row["sector"] or "" for row in of]
    place = {row["entity_id"]: i for i, row in enumerate(of)}
    named = sorted(set(states) - {""})
    return Problem(
        cost=np.array([row["cost_m"] for row in of], np.float64),
        budget=budget,
        state=states,
        sector=sectors,
        floors=dict.fromkeys(named, values["floor_share"] * budget) if values["floor_share"] > 0 else {},
        ceilings=dict.fromkeys(named, values["ceiling_share"] * budget) if values["ceiling_share"] < 1 else {},
        most_of_sector=dict.fromkeys(sorted(set(sectors) - {""}), values["most_of_sector"]),
        either_or=_groups("either_or", values["either_or"], place),
        needs_first=[_pair(group) for group in _groups("needs_first", values["needs_first"], place)],
    )


def _groups(name: str, text: str, place: Mapping[str, int]) -> list[list[int]]:
    """Ids with commas between, groups with semicolons. Raises OutOfRange for one that can't be chosen."""
    groups = [[part.strip() for part in group.split(",") if part.strip()] for group in text.split(";")]
    unknown = [each for group in groups for each in group if each not in place]
    if unknown:
        raise OutOfRange(Said("{name}: {id} is none of the projects that can be chosen", name=name, id=unknown[0]))
    return [[place[each] for each in group] for group in groups if group]


def _pair(group: Sequence[int]) -> tuple[int, int]:
    if len(group) != 2:
        raise OutOfRange(Said("needs_first: it takes two ids, the one that needs and the one that is needed"))
    return group[0], group[1]


PRIORITY = Plan(
    name="cooperation_priority",
    title="Priority projects",
    question="Which projects first, under which budget, and how firm is that?",
    method="The choice of projects with the greatest sum of scores that keeps to the budget and all limits (a linear "
    "programme in noughts and ones, solved by HiGHS). What is real and what is invented is chosen apart. A score is "
    "the weighted mean of criteria, each between the least and the most that is known of any project: readiness "
    "(gates passed, as the stage says), backing (publishers who speak of it) and jobs. What isn't known is a range, "
    "of which one choice takes the middle. How firm: 256 choices with weights drawn evenly, each with what isn't "
    "known drawn evenly from its range. Product complexity, relatedness (1 less distance) and trade fit between states "
    "count where a year of trade of 100 states is loaded that tells any two of them apart; else they are left out. "
    "Projects that are over are not among them; those whose cost isn't known in the "
    "currency are left out.",
    parameters=PARAMETERS,
    reads=(
        Read(
            table=STAND.name,
            columns=READ,
        ),
        Read(table=MADE.name, columns=OF_MADE),
    ),
    compute=priority,
    named={"title": ("project", "entity_id")},
    at_once=priority_at_once,
    fields=FIELDS,
    key=KEY,
)
