"""Projects in figures: how far they are, what money is missing, how long a gate takes, how late, and what is firm."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from birlik.clock import day_number
from birlik.domains.cooperation.events import WORLD
from birlik.domains.cooperation.indicators.making import Row, by, count, exact, figures
from birlik.domains.cooperation.model.choosing.firmness import DRAWS, Firm
from birlik.domains.cooperation.model.priorities import BUDGET_M, CHOICE, IN, LEFT_OUT
from birlik.domains.cooperation.model.standing import CURRENCY, GATE, PASSING, STAND
from birlik.kernel.domain import Field, Indicator, Rows, Type
from birlik.methods.bootstrap import median_interval
from birlik.methods.quantiles import quantile
from birlik.methods.survival import kaplan_meier, median
from birlik.quantity import Quantity

OURS = "This registry's own definition."
EXACT = "none: a count of the register is exact"
FEWEST = 5


def _millions(name: str, description: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", description=description)


def _firm(rows: Rows, now: datetime) -> Rows:
    return figures(PROJECTS_FIRM, [{"world": world, **_firm_of(of)} for (world,), of in by(rows, "world").items()])


def _firm_of(rows: Sequence[Row]) -> dict[str, Any]:
    core = [row for row in rows if row["firm"] == Firm.CORE]
    costed = sum(row["firm"] != LEFT_OUT for row in rows)
    missing = [row["missing_m"] for row in core if row["missing_m"] is not None]
    return {
        **exact(float(len(core)), len(rows)),
        "chosen_n": sum(bool(row["is_picked"]) for row in rows),
        "swing_n": sum(row["firm"] == Firm.SWING for row in rows),
        "costed_n": costed,
        "uncosted_n": len(rows) - costed or None,
        "missing_m": sum(missing) if missing else None,
        "missing_known_n": len(missing),
        "awaiting_n": sum(row["acts_next"] is not None for row in core),
    }


PROJECTS_FIRM = Indicator(
    name="projects_firm",
    code="FIRM",
    title="Projects that are firm",
    unit="1",
    quantity=Quantity.COUNT,
    source=CHOICE.name,
    columns=("firm", "is_picked", "missing_m", "acts_next"),
    dimensions=(WORLD,),
    function=_firm,
    further=(
        count("chosen_n", "How many are chosen where all criteria weigh alike."),
        count("swing_n", "How many are chosen with some weights and not with others."),
        count("costed_n", f"Of how many the cost is known in {IN}: among these it is chosen."),
        count("uncosted_n", "How many are left out since it isn't; empty where none."),
        _millions("missing_m", f"Of those that are firm, millions of {IN} that are missing, where it is known."),
        count("missing_known_n", "Of how many of these that is known."),
        count("awaiting_n", "Of how many of these somebody says who must act next."),
    ),
    method=f"Of a budget of {BUDGET_M:.0f} million {IN}, with which the page begins and which is nobody's, projects "
    f"are chosen {DRAWS} times: with weights of the criteria drawn evenly from all that there could be, and what isn't "
    f"known "
    "drawn evenly out of its range. A project that is chosen in nine of ten choices or more is firm. Each choice "
    "has the greatest sum of scores that the budget allows, or nearly: it is made by dynamic programming, of more "
    "than 128 projects by value for money; the plan *Priority projects* makes it exactly, and with floors and "
    "ceilings. What is missing is what a project costs less what is committed, where sources say both in one "
    "currency. Product complexity, relatedness and trade fit are criteria where a whole year of trade is loaded that "
    "tells any two projects apart; else they are left out.",
    reference="Criteria, draws and words: this registry's own. Value for money: Dantzig, Discrete-variable extremum "
    "problems (1957); dynamic programming: Kellerer, Pferschy and Pisinger, Knapsack Problems (2004), 2.3",
    interval="none: it is a count; each project has the interval of its share",
    minimum_n=1,
)


def _by_gate(rows: Rows, now: datetime) -> Rows:
    made = []
    for (gate, world), of in by(rows, "gate", "world").items():
        left = [row for row in of if not row["is_finished"]]
        told = {"finished_n": len(of) - len(left), "awaiting_n": sum(row["acts_next"] is not None for row in left)}
        told["late_n"] = sum(row["gate_due_time"] is not None and row["gate_due_time"] < now for row in left)
        made.append({"gate": gate, "world": world, **exact(float(len(of)), len(of)), **told})
    return figures(PROJECTS_BY_GATE, made)


PROJECTS_BY_GATE = Indicator(
    name="projects_by_gate",
    code="GATES",
    title="Projects by the furthest gate that they have passed",
    unit="1",
    quantity=Quantity.COUNT,
    source=STAND.name,
    columns=("is_finished", "acts_next", "gate_due_time"),
    dimensions=(GATE, WORLD),
    function=_by_gate,
    further=(
        count("awaiting_n", "Of how many somebody says who must act next."),
        count("late_n", "Of how many the date has passed on which they were to pass the next gate."),
        count("finished_n", "How many are over: completed, cancelled."),
    ),
    method="Projects that the reader may see, by the furthest gate of which a source says when it was passed; where "
    "none says that, by the least that their stage says (OC4IDS). `unknown` is where nobody says either.",
    reference=OURS,
    interval=EXACT,
    minimum_n=1,
    live=True,
)


def _missing(rows: Rows, now: datetime) -> Rows:
    made = []
    for (currency, world), of in by(rows, "currency", "world").items():
        known = [row for row in of if row["missing_m"] is not None]
        told = {"uncommitted_n": len(of) - len(known), "cost_m": sum(row["cost_m"] for row in of)}
        value = sum(row["missing_m"] for row in known) if known else None
        ends = {"value": value, "low": value, "high": value}
        made.append({"currency": currency, "world": world, **ends, "n": len(known), "basis": "reported", **told})
    return figures(MONEY_MISSING, made)


MONEY_MISSING = Indicator(
    name="money_missing",
    code="MISSING",
    title="Money that is missing, millions",
    unit="1",
    called="sum",
    source=STAND.name,
    columns=("missing_m", "cost_m"),
    only={"is_costed": True, "is_finished": False},
    dimensions=(CURRENCY, WORLD),
    function=_missing,
    further=(
        count("uncommitted_n", "Of how many it isn't known what is committed: they aren't in the sum."),
        _millions("cost_m", "What all of them cost, in millions of the currency."),
    ),
    method="Of projects that aren't over and whose cost is known with its currency: what they cost less what is "
    "committed, each as the source says it that stands first, in millions of that currency. None is converted. "
    "Where nobody says what is committed it isn't known, which isn't nothing.",
    reference=OURS,
    interval="none: a sum of what is said",
    minimum_n=0,
)


def _time(rows: Rows, now: datetime) -> Rows:
    today = day_number(now.date())
    made = []
    for (gate, world), of in by(rows, "gate", "world").items():
        lasted = [each for row in of if (each := _lasted(row, today)) is not None]
        told: dict[str, Any] = {"value": None, "n": len(lasted), "low": None, "high": None, "basis": "reported"}
        told["through_n"] = sum(is_passed for _, is_passed in lasted)
        if len(lasted) >= FEWEST:
            days, ended = (np.array(column) for column in zip(*lasted, strict=True))
            middle = median(kaplan_meier(days.astype(np.float64), ended.astype(np.bool_)))
            told |= {"value": middle.value, "low": middle.low, "high": middle.high}
        made.append({"gate": gate, "world": world, **told})
    return figures(GATE_TIME, made)


def _lasted(row: Row, today: int) -> tuple[float, bool] | None:
    """(days from the gate before, is it passed); None where it isn't known when that was passed."""
    if row["before_on"] is None:
        return None
    until = row["passed_on"] if row["is_passed"] else today
    return (float(until - row["before_on"]), bool(row["is_passed"])) if until >= row["before_on"] else None


GATE_TIME = Indicator(
    name="gate_time",
    code="GATETIME",
    title="Time until a gate is passed",
    unit="d",
    source=PASSING.name,
    called="median",
    columns=("before_on", "passed_on", "is_passed"),
    dimensions=(PASSING.by_name["gate"], WORLD),
    function=_time,
    further=(count("through_n", "How many of them have passed it."),),
    method="Kaplan–Meier from the day on which the gate before was passed to that on which this one was; what hasn't "
    "passed it yet counts for as long as it has waited. A date that is a month or a year is taken at its middle. The "
    "value is the median, empty while half haven't passed.",
    reference="Kaplan & Meier, Nonparametric estimation from incomplete observations (1958); median: Brookmeyer & "
    "Crowley (1982)",
    interval="Brookmeyer–Crowley, from Greenwood's variance on the log-log scale",
    minimum_n=FEWEST,
    live=True,
)


def _delay(rows: Rows, now: datetime) -> Rows:
    made = []
    for (gate, world), of in by(rows, "gate", "world").items():
        days = np.array([row["delay_d"] for row in of if row["delay_d"] is not None], np.float64)
        ends = median_interval(days)
        told = {"value": quantile(days, 0.5), "low": ends.low, "high": ends.high, "n": days.size, "basis": "reported"}
        late = {"late_n": int((days > 0).sum()), "undated_n": len(of) - days.size}
        made.append({"gate": gate, "world": world, **told, **late})
    return figures(GATE_DELAY, made)


GATE_DELAY = Indicator(
    name="gate_delay",
    code="DELAY",
    title="How late gates are passed",
    unit="d",
    source=PASSING.name,
    called="median",
    columns=("delay_d",),
    dimensions=(PASSING.by_name["gate"], WORLD),
    function=_delay,
    further=(
        count("late_n", "How many passed it later than was planned."),
        count("undated_n", "Of how many either date isn't known."),
    ),
    method="Of projects that have passed a gate of which it was said beforehand when it was to be passed: the "
    "median of the days between, earlier is below nought. A date that is a month or a year is taken at its middle. "
    "Those that haven't passed yet, and may be the latest, are not in it.",
    reference="David & Nagaraja, Order Statistics (2003), 7.1",
    interval="between two order statistics; none of fewer than six",
    minimum_n=FEWEST,
)
PROJECT_FIGURES = (PROJECTS_FIRM, PROJECTS_BY_GATE, MONEY_MISSING, GATE_TIME, GATE_DELAY)
