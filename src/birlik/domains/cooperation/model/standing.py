"""How projects stand: gates and money as they are said, who must act next, and what each source says of the money."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.clock import day_number
from birlik.domains.cooperation.events import DISPUTED_N, ENTITY_ID, LAST_SAID, SOURCES_N, WORLD, WORLDS
from birlik.domains.cooperation.model import partial_dates
from birlik.domains.cooperation.model.choosing.projects import COLUMNS, Claim, Project, projects
from birlik.domains.cooperation.model.said import ORIGIN, ORIGIN_ID, SAID
from birlik.domains.cooperation.vocabulary.gates import GATES, STANDING, Gate, passed, planned
from birlik.domains.cooperation.vocabulary.money import money
from birlik.domains.cooperation.vocabulary.words import Kind, is_many
from birlik.errors import Malformed
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Source, Type
from birlik.periods import Period
from birlik.quantity import Quantity

MILLION = 1e6
READ = Source(table=SAID.name, columns=COLUMNS, by="first_id", in_order=False)


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


def _number(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", description=description, **more)


def _is(name: str, description: str) -> Field:
    return Field(name=name, type=Type.BOOL, nullable=False, description=description)


TITLE = _text("title", "What it is called.")
COST = _number("cost_m", "What it costs, in millions of its currency; empty where no source says it with a currency.")
CURRENCY = _text("currency", "The currency of its cost (ISO 4217). None is converted.")
MISSING = _number(
    "missing_m",
    "In millions, what it costs less what is committed, both in one currency; empty where either isn't known.",
)
GATE = _text("gate", "The furthest gate that it has passed.", codes=STANDING, nullable=False)

STAND = Derived(
    name="cooperation_stand",
    title="How projects stand",
    description="Of each project the furthest gate that it has passed, what is missing, and who must act next, each as "
    "the source says it that stands first.",
    fields=(
        ENTITY_ID,
        TITLE,
        _text("state", "Its state, where it is known."),
        _text("sector", "Its sector, where it is known."),
        _text("stage", "How far it is, in the words of its standard."),
        GATE,
        _text("gate_on", "When that gate was passed, as exact as its source has it."),
        _text("gate_next", "The gate after that.", codes=tuple(GATES)),
        _text("gate_due", "Until when that one is to be passed, as exact as its source has it."),
        Field(
            name="gate_due_time", type=Type.TIME, description="The last instant of that, on the last clock on Earth."
        ),
        _text("acts_next", "Who must act next, as a source says."),
        _text("acts_since", "Since when, as exact as its source has it; else when that was said."),
        COST,
        CURRENCY,
        _number("committed_m", "In millions of that currency, what is said to be committed."),
        MISSING,
        _text("financiers", "Who gives money, with commas between."),
        _number("jobs", "Jobs that are said to come."),
        _text("product", "What it would make: a code of HS."),
        _number("ready_low", "The share of the six gates that it has passed, at least.", quantity=Quantity.SHARE),
        _number("ready_high", "The same, at most.", quantity=Quantity.SHARE),
        Field(name="publishers_n", type=Type.INT, unit="1", nullable=False, description="Publishers who speak of it."),
        _is("is_finished", "Its stage says that nothing is left to choose."),
        _is("is_costed", "What it costs is known, with its currency."),
        SOURCES_N,
        DISPUTED_N,
        LAST_SAID,
        WORLD,
    ),
    key=("entity_id",),
    by="entity_id",
    sources=(READ,),
    look_back_days=None,
    named=Named(name="title"),
    invented=Invented(column="world", value="invented"),
    function=lambda tables: stand(tables[SAID.name]),
)
PASSING = Derived(
    name="cooperation_gate",
    title="Gates of projects",
    description="Of each project of which anybody says when it is to pass a gate or has passed one: each of the six "
    "gates, as the source says it that stands first.",
    fields=(
        ENTITY_ID,
        TITLE,
        Field(name="gate_n", type=Type.INT, unit="1", nullable=False, description="The place of the gate, from 1."),
        _text("gate", "The gate.", codes=tuple(GATES), nullable=False),
        _text("planned", "When it is to be passed, as exact as its source has it."),
        _text("passed", "When it was passed, as exact as its source has it."),
        _text("shown_at", "Where it is said that it was passed."),
        _number(
            "delay_d", "Days from the one to the other, each taken at the middle of what is said; earlier: negative."
        ),
        Field(name="planned_time", type=Type.TIME, description="The last instant on which it is to be passed."),
        Field(name="passed_on", type=Type.DAY, description="When it was passed, at the middle of what is said."),
        Field(name="before_on", type=Type.DAY, description="When the gate before it was passed, the same way."),
        _is("is_passed", "Somebody says when it was passed."),
        WORLD,
    ),
    key=("entity_id", "gate"),
    by="entity_id",
    sources=(READ,),
    look_back_days=None,
    invented=Invented(column="world", value="invented"),
    function=lambda tables: passings(tables[SAID.name]),
)
MONEY = Derived(
    name="cooperation_money",
    title="Money of projects, by source",
    description="What each source says that a project costs and that is committed, side by side: none is converted, "
    "none is made up.",
    fields=(
        ENTITY_ID,
        TITLE,
        ORIGIN_ID,
        ORIGIN,
        _text("cost", "What it costs, as the source writes it."),
        _text("committed", "What is committed, as the source writes it."),
        COST,
        CURRENCY,
        MISSING,
        _text("said", "The date on which it was said."),
        WORLD,
    ),
    key=("entity_id", "origin_id"),
    by="entity_id",
    sources=(READ,),
    look_back_days=None,
    invented=Invented(column="world", value="invented"),
    function=lambda tables: moneys(tables[SAID.name]),
)
Row = dict[str, Any]


def stand(said: Rows) -> Rows:
    """`STAND` out of rows of `SAID`."""
    return _each(STAND.schema, said, _stands)


def passings(said: Rows) -> Rows:
    """`PASSING` out of rows of `SAID`."""
    return _each(PASSING.schema, said, _gates)


def moneys(said: Rows) -> Rows:
    """`MONEY` out of rows of `SAID`."""
    return _each(MONEY.schema, said, _money)


def _each(schema: Any, said: Rows, rows_of: Callable[[Project], Sequence[Row]]) -> Rows:
    of = said.filter(pc.equal(said.column("kind"), Kind.PROJECT.value))
    made = []
    for project in projects(of):
        told = {
            "entity_id": project.entity_id,
            "title": project.value("name"),
            "world": WORLDS[0] if project.is_invented else WORLDS[1],
        }
        made += [{**told, **row} for row in rows_of(project)]
    return pa.Table.from_pylist(made, schema=schema)


# --- how it stands ----------------------------------------------------------------------------------------------------


def _stands(project: Project) -> Sequence[Row]:
    furthest = GATES.index(Gate(project.gate)) if project.gate in tuple(GATES) else -1
    to_come = None if project.is_over or furthest + 1 >= len(GATES) else GATES[furthest + 1]
    due = project.value(planned(to_come)) if to_come is not None else None
    cost, committed = project.sum_of("budget"), project.sum_of("committed")
    one = cost is not None and committed is not None and cost[1] == committed[1]
    low, high = project.ready
    return [
        {
            **{name: project.value(name) for name in ("state", "sector", "stage", "product", "acts_next")},
            "gate": project.gate,
            "gate_on": None if project.last is None else project.value(passed(project.last)),
            "gate_next": to_come,
            "gate_due": due,
            "gate_due_time": partial_dates.due(_period(due), ()),
            "acts_since": _since(project),
            "cost_m": None if cost is None else cost[0] / MILLION,
            "currency": None if cost is None else cost[1],
            "committed_m": committed[0] / MILLION if committed is not None and (cost is None or one) else None,
            "missing_m": _missing(cost, committed),
            "financiers": _listed(project, "financier"),
            "jobs": _known(project.jobs),
            "ready_low": _known(low),
            "ready_high": _known(high),
            "publishers_n": len(project.publishers),
            "is_finished": project.is_over,
            "is_costed": cost is not None,
            "sources_n": len({each["origin_id"] for each in project.claims}),
            "disputed_n": _disputed(project),
            "changed_time": max(each["changed_time"] for each in project.claims),
        }
    ]


def _since(project: Project) -> str | None:
    """Since when somebody must act: as is said, else from when it was said that they must."""
    if "acts_next" not in project.first:
        return None
    return project.value("acts_since") or project.first["acts_next"]["said"]


def _missing(cost: tuple[float, str] | None, committed: tuple[float, str] | None) -> float | None:
    if cost is None or committed is None or cost[1] != committed[1]:
        return None
    return max(cost[0] - committed[0], 0.0) / MILLION


def _listed(project: Project, name: str) -> str | None:
    said = sorted((each["order_n"], each["value"]) for each in project.claims if each["property"] == name)
    return ", ".join(dict.fromkeys(value for _, value in said)) or None


def _disputed(project: Project) -> int:
    values: dict[str, set[str]] = {}
    for each in project.claims:
        values.setdefault(each["property"], set()).add(each["value"])
    return sum(len(of) > 1 and not is_many(name) for name, of in values.items())


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def _period(text: str | None) -> Period | None:
    """None where it is no date: forms of others are not held against ours."""
    try:
        return partial_dates.read(text or "")
    except Malformed:
        return None


# --- gates ------------------------------------------------------------------------------------------------------------


def _gates(project: Project) -> Sequence[Row]:
    dates = {gate: (project.value(planned(gate)), project.value(passed(gate))) for gate in GATES}
    if not any(each for pair in dates.values() for each in pair):
        return []
    return [_gate(project, i, gate, dates) for i, gate in enumerate(GATES)]


def _gate(project: Project, i: int, gate: Gate, dates: Mapping[Gate, tuple[str | None, str | None]]) -> Row:
    (to_be, was), middle = dates[gate], [_middle(text) for text in dates[gate]]
    # Where a later gate was passed, this one was too: when, nobody says, so it tells of no time at a gate.
    is_behind = middle[1] is None and any(dates[later][1] for later in GATES[i + 1 :])
    before = _middle(dates[GATES[i - 1]][1]) if i and not is_behind else None
    shown: Claim = project.first.get(passed(gate), {})
    delay = (middle[1] - middle[0]).days if middle[0] is not None and middle[1] is not None else None
    return {
        "gate_n": i + 1,
        "gate": gate.value,
        "planned": to_be,
        "passed": was,
        "shown_at": shown.get("origin"),
        "delay_d": delay,
        "planned_time": partial_dates.due(_period(to_be), ()),
        "passed_on": _day(middle[1]),
        "before_on": _day(before),
        "is_passed": middle[1] is not None,
    }


def _middle(text: str | None) -> date | None:
    """Of a month or a year the day in its middle, which errs to neither side."""
    period = _period(text)
    return None if period is None else period.first + timedelta(days=(period.last - period.first).days // 2)


def _day(on: date | None) -> int | None:
    return None if on is None else day_number(on)


# --- money ------------------------------------------------------------------------------------------------------------


def _money(project: Project) -> Sequence[Row]:
    said: dict[str, dict[str, Claim]] = {}
    for each in sorted(project.claims, key=lambda claim: -claim["order_n"]):
        if each["property"] in ("budget", "committed"):
            said.setdefault(each["origin_id"], {})[each["property"]] = each
    return [_of_source(origin_id, of) for origin_id, of in sorted(said.items())]


def _of_source(origin_id: str, of: Mapping[str, Claim]) -> Row:
    texts = {name: claim["value"] for name, claim in of.items()}
    cost, committed = (money(texts.get(name, "")) for name in ("budget", "committed"))
    known = cost if cost is not None and cost[1] else None
    return {
        "origin_id": origin_id,
        "origin": next(iter(of.values()))["origin"],
        "cost": texts.get("budget"),
        "committed": texts.get("committed"),
        "cost_m": None if known is None else known[0] / MILLION,
        "currency": None if known is None else known[1],
        "missing_m": _missing(known, committed),
        "said": max((claim["said"] for claim in of.values() if claim["said"]), default=None),
    }
