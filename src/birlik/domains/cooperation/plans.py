"""What can be tried here beside what is: which projects first."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.events import WORLD
from birlik.domains.cooperation.model.choosing.criteria import scaled, scores
from birlik.domains.cooperation.model.choosing.firmness import Firm, firmness
from birlik.domains.cooperation.model.choosing.portfolio import Problem, alike, choose, price_of_balance
from birlik.domains.cooperation.model.choosing.projects import COLUMNS, CRITERIA, Project, criteria_of, projects
from birlik.domains.cooperation.model.said import SAID
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.errors import OutOfRange
from birlik.kernel.plans import Parameter, Plan, Progress, Read
from birlik.kernel.query import Filter
from birlik.kernel.tables import Field, Rows, Type, arrow_schema
from birlik.quantity import Quantity
from birlik.said import Said

MILLION = 1e6
LEFT_OUT = "left_out"
STEPS_BESIDE = 16
"""Of progress: what is done beside the many choices."""


def _weight(name: str, title: str, description: str) -> Parameter:
    said = Field(name=f"weight_{name}", type=Type.FLOAT, unit="1", title=title, description=description)
    return Parameter(field=said, usual=1.0, least=0.0, most=10.0)


def _share(name: str, title: str, description: str, usual: float) -> Parameter:
    said = Field(name=name, type=Type.FLOAT, unit="1", quantity=Quantity.SHARE, title=title, description=description)
    return Parameter(field=said, usual=usual, least=0.0, most=1.0)


PARAMETERS = (
    Parameter(
        field=Field(
            name="budget_m", type=Type.FLOAT, unit="1", title="budget, millions",
            description="What there is to be given out, in millions of the currency.",
        ),
        usual=100.0, least=0.0, most=1_000_000.0,
    ),
    Parameter(
        field=Field(
            name="currency", type=Type.TEXT, title="currency", codes=("USD", "EUR", "KZT", "UZS", "AZN", "TRY", "KGS"),
            description="Projects whose budget is known in another one are left out: no rate is made up.",
        ),
        usual="USD",
    ),
    _weight("readiness", "weight of readiness", "How much it counts that gates were passed."),
    _weight("backing", "weight of backing", "How much it counts that independent publishers speak of it."),
    _weight("jobs", "weight of jobs", "How much the jobs count that are said to come."),
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


def _text(name: str, title: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, title=title, description=description, **more)


def _number(name: str, title: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", title=title, description=description, **more)


FIELDS = (
    _text("first_id", "project", "The project's id.", nullable=False),
    _text("project", "name", "What it is called."),
    _text("state", "state", "Its state, where it is known."),
    _text("sector", "sector", "Its sector, where it is known."),
    _number("cost_m", "cost, millions", "Its budget, in millions of the currency."),
    WORLD,
    Field(name="is_chosen", type=Type.BOOL, title="chosen", description="With these weights."),
    Field(name="is_alike", type=Type.BOOL, title="could be exchanged",
          description="Another choice without it, or with it, is as good."),
    _number("chosen_share", "share of choices", "Of 256 choices, the weights drawn evenly: in how many it is.",
            quantity=Quantity.SHARE),
    _number("chosen_low", "share of choices, at least", "Lower end of the 95 % interval.", quantity=Quantity.SHARE),
    _number("chosen_high", "share of choices, at most", "Upper end of the 95 % interval.", quantity=Quantity.SHARE),
    _text("firm", "how firm",
          "In nine of ten choices or more (core), in some, in none; or left out, its cost not being known.",
          codes=(*Firm, LEFT_OUT)),
    Field(name="is_chosen_free", type=Type.BOOL, title="chosen without balance",
          description="Without floors, ceilings and limits of sectors."),
    _number("balance_share", "price of balance", "What share of all scores the balance costs; alike in all rows.",
            quantity=Quantity.SHARE),
)  # fmt: skip
SCHEMA = arrow_schema(FIELDS)
KEY = ("first_id", "project", "state", "sector", "cost_m", "world")


def priority(tables: Mapping[str, Rows], values: Mapping[str, Any], tell: Progress) -> Rows:
    """A row a project that isn't over: chosen ones first, then the firmer before the less firm."""
    known = [each for each in projects(tables[SAID.name]) if not each.is_over]
    costs = np.array([each.cost(values["currency"]) for each in known], np.float64) / MILLION
    at: list[int] = np.flatnonzero(np.isfinite(costs)).tolist()
    rows = {i: _row(each, costs[i]) for i, each in enumerate(known)}
    if at:
        _chosen([known[i] for i in at], costs[at], values, tell, [rows[i] for i in at])
    ordered = sorted(rows.values(), key=lambda r: (not r["is_chosen"], -(r["chosen_share"] or 0), r["first_id"]))
    return pa.Table.from_pylist(ordered, schema=SCHEMA)


def _row(each: Project, cost_m: float) -> dict[str, Any]:
    return {
        "first_id": each.entity_id,
        "project": each.said.get("name"),
        "state": each.said.get("state"),
        "sector": each.said.get("sector"),
        "cost_m": cost_m if np.isfinite(cost_m) else None,
        "world": "invented" if each.is_invented else "real",
        "firm": LEFT_OUT,
        "is_chosen": None,
        "chosen_share": None,
    }


def _chosen(
    of: Sequence[Project], cost: Any, values: Mapping[str, Any], tell: Progress, rows: Sequence[dict[str, Any]]
) -> None:
    """Say of each of these projects whether it is chosen, and how firmly."""
    problem = _problem(of, cost, values)
    criteria = scaled(*criteria_of(of))
    score = scores(criteria.middle, [values[f"weight_{name}"] for name in CRITERIA])
    best = choose(problem, score)
    free, price = price_of_balance(problem, score, best)
    same = alike(problem, score, best)
    firm = firmness(problem, criteria, tell=lambda done, of: tell(done + STEPS_BESIDE, of + STEPS_BESIDE))
    low, high = firm.interval()
    for i, (row, word) in enumerate(zip(rows, firm.words(), strict=True)):
        row |= {
            "is_chosen": bool(best.chosen[i]),
            "is_alike": bool(same[i]),
            "chosen_share": float(firm.share[i]),
            "chosen_low": float(low[i]),
            "chosen_high": float(high[i]),
            "firm": word.value,
            "is_chosen_free": bool(free.chosen[i]),
            "balance_share": price,
        }


def _problem(of: Sequence[Project], cost: Any, values: Mapping[str, Any]) -> Problem:
    budget = values["budget_m"]
    states = [each.said.get("state", "") for each in of]
    sectors = [each.said.get("sector", "") for each in of]
    place = {each.entity_id: i for i, each in enumerate(of)}
    named = sorted(set(states) - {""})
    return Problem(
        cost=cost,
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
    "programme in noughts and ones, solved by HiGHS). A score is the weighted mean of criteria, each between the least "
    "and the most that is known of any project: readiness (gates passed, as the stage says), backing (publishers who "
    "speak of it) and jobs. What isn't known is a range, of which one choice takes the middle. How firm: 256 choices "
    "with weights drawn evenly, each with what isn't known drawn evenly from its range. Product complexity, distance "
    "and trade between states are left out until stewards have loaded them. Projects that are over are not among them; "
    "those whose cost isn't known in the currency are left out.",
    parameters=PARAMETERS,
    reads=(
        Read(
            table=SAID.name,
            columns=COLUMNS,
            where=(Filter(column="kind", operator="=", value=Kind.PROJECT.value),),
        ),
    ),
    compute=priority,
    fields=FIELDS,
    key=KEY,
)
PLANS = (PRIORITY,)
