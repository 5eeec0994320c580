"""How the registry is tended: how long what was sent waits for a steward; in which languages its works are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from birlik.domains.cooperation.events import HELD, INVENTED, WORLD
from birlik.domains.cooperation.indicators.making import Row, by, count, exact, figures
from birlik.domains.cooperation.indicators.resting import EXACT, OURS
from birlik.domains.cooperation.model.works import WORK
from birlik.kernel.domain import Field, Indicator, Role, Rows, Type
from birlik.methods.survival import kaplan_meier, median
from birlik.quantity import Quantity

ANSWERED = frozenset({"published", "returned"})


def _wait(rows: Rows, now: datetime) -> Rows:
    made = [{"is_invented": world, **_wait_of(of, now)} for (world,), of in by(rows, "is_invented").items()]
    return figures(MODERATION_WAIT, made)


def _wait_of(rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    known = [row for row in rows if row["held_time"] is not None]
    waiting = [row for row in known if row["state"] == "held"]
    hours = np.array([_hours(row, now) for row in known], dtype=np.float64)
    ended = np.array([row["state"] in ANSWERED for row in known], dtype=np.bool_)
    made: dict[str, Any] = {
        "value": None,
        "n": len(known),
        "low": None,
        "high": None,
        "basis": "measured",
        "published_n": sum(row["state"] == "published" for row in known),
        "returned_n": sum(row["state"] == "returned" for row in known),
        "withdrawn_n": sum(row["state"] == "withdrawn" for row in known),
        "undecided_n": sum(row["state"] == "held" for row in rows),
        "oldest_h": max((_hours(row, now) for row in waiting), default=None),
        "left_n": len(rows) - len(known),
        "wait_note": "",
    }
    if not known:
        return made | {"wait_note": NOT_TIMED}
    middle = median(kaplan_meier(hours, ended))
    note = "" if middle.value is not None else NOT_HALF
    return made | {"value": middle.value, "low": middle.low, "high": middle.high, "wait_note": note}


NOT_TIMED = "When these were sent isn't known, so neither is how long they wait."
NOT_HALF = "Fewer than half have been answered yet, so the middle wait isn't known."


def _hours(row: Row, now: datetime) -> float:
    """How long it waited; what waits still, until now."""
    until = now if row["state"] == "held" else row["changed_time"]
    lasted: timedelta = until - row["held_time"]
    return max(lasted / timedelta(hours=1), 0.0)


MODERATION_WAIT = Indicator(
    name="moderation_wait",
    code="WAIT",
    title="How long what is sent waits for a steward",
    unit="h",
    called="median",
    source=HELD.name,
    columns=("state", "held_time", "changed_time"),
    dimensions=(INVENTED,),
    role=Role.STEWARD,
    function=_wait,
    further=(
        count("published_n", "How many of them were published."),
        count("returned_n", "How many were returned with a reason."),
        count("withdrawn_n", "How many their senders took back first."),
        count("undecided_n", "How many wait now."),
        Field(name="oldest_h", type=Type.FLOAT, unit="h", description="How long the oldest of these has waited."),
        count("left_n", "Of how many it isn't known when they were sent."),
        Field(name="wait_note", type=Type.TEXT, description="What is to be known of the figure."),
    ),
    notes=("wait_note",),
    method="Kaplan–Meier from the moment at which something was sent to that at which a steward published or returned "
    "it. What waits still counts for as long as it has waited, and what its sender took back until then: left out, the "
    "figure would be better than the wait is. The value is the median, empty while half haven't been answered.",
    reference="Kaplan & Meier, Nonparametric estimation from incomplete observations (1958); median: Brookmeyer & "
    "Crowley (1982)",
    interval="Brookmeyer–Crowley, from Greenwood's variance on the log-log scale",
    minimum_n=0,
    live=True,
)


# --- works ------------------------------------------------------------------------------------------------------------


def _works(rows: Rows, now: datetime) -> Rows:
    counted = rows.group_by(["tongue", "world"]).aggregate([("entity_id", "count")])
    made = counted.sort_by([("world", "ascending"), ("tongue", "ascending")]).to_pylist()
    told = [
        {"tongue": row["tongue"], "world": row["world"], **exact(float(row["entity_id_count"]), row["entity_id_count"])}
        for row in made
    ]
    return figures(WORKS_BY_LANGUAGE, told)


WORKS_BY_LANGUAGE = Indicator(
    name="works_by_language",
    code="LANGUAGES",
    title="Works by language",
    unit="1",
    quantity=Quantity.COUNT,
    source=WORK.name,
    columns=("entity_id",),
    only={"is_head": True},
    dimensions=(WORK.by_name["tongue"], WORLD),
    function=_works,
    method="Works of which a claim stands that the reader may see, by the language that their record says they are in; "
    "records that were said to be of one work are one. What says no language is `und`: it isn't known, and counts for "
    "none.",
    reference=f"{OURS}; languages after BCP 47 (RFC 5646), `und` after ISO 639-2.",
    interval=EXACT,
    minimum_n=1,
    live=True,
)
