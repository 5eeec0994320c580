"""Calls for proposals in figures: how many are open, how many apply, from where, and how long a decision takes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from birlik.domains.cooperation.events import INVENTED
from birlik.domains.cooperation.events.forums import APPLICATION, CALL, CALL_ID, CALL_TITLE
from birlik.domains.cooperation.indicators.making import Row, by, count, exact, figures
from birlik.domains.cooperation.model.applicants import APPLICANTS, FEWEST
from birlik.domains.cooperation.vocabulary.calls import Stage, Standing
from birlik.kernel.domain import Indicator, Rows
from birlik.methods.survival import kaplan_meier, median
from birlik.quantity import Quantity

OURS = "This registry's own definition."
EXACT = "none: a count of the register is exact"
SOON = timedelta(days=7)
DECIDED = frozenset({Stage.ACCEPTED, Stage.DECLINED})
OF_CALL = (CALL_ID, CALL_TITLE)


def _open(rows: Rows, now: datetime) -> Rows:
    made = []
    for (world,), of in by(rows, "is_invented").items():
        left = [r["deadline_time"] - now for r in of if r["state"] == Standing.OPEN and r["deadline_time"] >= now]
        soon = sum(each <= SOON for each in left)
        made.append({"is_invented": world, **exact(float(len(left)), len(of)), "soon_n": soon or None})
    return figures(CALLS_OPEN, made)


CALLS_OPEN = Indicator(
    name="calls_open",
    code="CALLS",
    title="Calls that are open",
    unit="1",
    quantity=Quantity.COUNT,
    source=CALL.name,
    columns=("state", "deadline_time"),
    dimensions=(INVENTED,),
    function=_open,
    further=(count("soon_n", "How many of them for a week at most; empty where none."),),
    method="Calls that the reader may see, that nobody has closed and whose deadline is ahead, counted. `n` is all "
    "calls that were ever opened.",
    reference=OURS,
    interval=EXACT,
    minimum_n=1,
    live=True,
)


def _sent(rows: Rows, now: datetime) -> Rows:
    made = []
    for (call_id, title), of in by(rows, "call_id", "call_title").items():
        states = [row["state"] for row in of]
        told = {"decided_n": sum(s in DECIDED for s in states), "admitted_n": states.count(Stage.ACCEPTED.value)}
        told["withdrawn_n"] = states.count(Stage.WITHDRAWN.value)
        made.append({"call_id": call_id, "call_title": title, **exact(float(len(of)), len(of)), **told})
    return figures(APPLICATIONS, made)


APPLICATIONS = Indicator(
    name="applications_sent",
    code="APPLICATIONS",
    title="Applications by call",
    unit="1",
    quantity=Quantity.COUNT,
    source=APPLICATION.name,
    columns=("state",),
    dimensions=OF_CALL,
    function=_sent,
    further=(
        count("decided_n", "How many of them are decided."),
        count("admitted_n", "How many were accepted."),
        count("withdrawn_n", "How many their senders have withdrawn."),
    ),
    method="All that was sent for a call, counted, also what was withdrawn. It is exact. Who applied it doesn't say; "
    "figures that could are told from five on.",
    reference=OURS,
    interval=EXACT,
    minimum_n=1,
)


def _states(rows: Rows, now: datetime) -> Rows:
    told = ("call_id", "call_title", "from_state")
    made = [
        {**{name: row[name] for name in told}, **exact(float(row["applications_n"]), row["applications_n"])}
        for row in rows.to_pylist()
    ]
    return figures(APPLICANTS_BY_STATE, made)


APPLICANTS_BY_STATE = Indicator(
    name="applicants_by_state",
    code="APPLICANTS",
    title="Applicants by state",
    unit="1",
    quantity=Quantity.COUNT,
    source=APPLICANTS.name,
    columns=("applications_n",),
    dimensions=(*OF_CALL, APPLICANTS.by_name["from_state"]),
    function=_states,
    method="Applications for a call that nobody has withdrawn, by the state that their sender named. States with fewer "
    "than five are counted together, with the next smallest where they would still be too few: so no small count can "
    "be told from the whole.",
    reference=OURS,
    interval=EXACT,
    minimum_n=FEWEST,
)


def _waited(rows: Rows, now: datetime) -> Rows:
    made = [{"is_invented": world, **_wait_of(of, now)} for (world,), of in by(rows, "is_invented").items()]
    return figures(DECISION_WAIT, made)


def _wait_of(rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    known = [row for row in rows if row["state"] != Stage.WITHDRAWN]
    days = np.array([_days(row, now) for row in known], dtype=np.float64)
    ended = np.array([row["state"] in DECIDED for row in known], dtype=np.bool_)
    made: dict[str, Any] = {"value": None, "n": len(known), "low": None, "high": None, "basis": "measured"}
    made["pending_n"] = int((~ended).sum())
    if len(known) < FEWEST:
        return made
    middle = median(kaplan_meier(days, ended))
    return made | {"value": middle.value, "low": middle.low, "high": middle.high}


def _days(row: Row, now: datetime) -> float:
    """From the first word to the decision; of what waits still, until now."""
    until = row["decided_time"] if row["state"] in DECIDED else now
    lasted: timedelta = until - row["applied_time"]
    return max(lasted / timedelta(days=1), 0.0)


DECISION_WAIT = Indicator(
    name="decision_wait",
    code="DECISION",
    title="How long a decision takes",
    unit="d",
    called="median",
    source=APPLICATION.name,
    columns=("state", "applied_time", "decided_time"),
    dimensions=(INVENTED,),
    function=_waited,
    further=(count("pending_n", "How many wait for a decision now."),),
    method="Kaplan–Meier from the moment at which an application was sent to that of the decision; what isn't decided "
    "yet counts for as long as it waits, and what was withdrawn isn't counted. The value is the median, empty while "
    "half haven't been decided.",
    reference="Kaplan & Meier, Nonparametric estimation from incomplete observations (1958); median: Brookmeyer & "
    "Crowley (1982)",
    interval="Brookmeyer–Crowley, from Greenwood's variance on the log-log scale",
    minimum_n=FEWEST,
    live=True,
)
CALL_FIGURES = (CALLS_OPEN, APPLICATIONS, APPLICANTS_BY_STATE, DECISION_WAIT)
