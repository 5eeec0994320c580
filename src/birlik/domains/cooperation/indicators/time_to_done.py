"""How long promises take to be done, those that aren't yet counted for as long as they have stood."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from birlik.domains.cooperation.events import WORLD
from birlik.domains.cooperation.indicators.coding import COUNTED, NOTES, may_be_told, note
from birlik.domains.cooperation.indicators.making import Row, by, count, figures
from birlik.domains.cooperation.model.coded import CODED
from birlik.domains.cooperation.model.partial_dates import read
from birlik.domains.cooperation.vocabulary.words import Axis, Progress
from birlik.kernel.domain import Field, Indicator, Rows, Type
from birlik.methods.survival import Curve, band, kaplan_meier, median
from birlik.quantity import Quantity

YEARS = {"year_1": 365.0, "year_2": 730.0}


def _time(rows: Rows, now: datetime) -> Rows:
    return figures(TIME_TO_DONE, [_time_of(world, of, now) for (world,), of in by(rows, "world").items()])


def _time_of(world: str, rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    verdict = may_be_told(rows)
    followed = [lasted for row in rows if (lasted := _lasted(row, now)) is not None]
    days = np.array([each for each, _ in followed], dtype=np.float64)
    ended = np.array([is_done for _, is_done in followed], dtype=np.bool_)
    made: dict[str, Any] = {
        "world": world,
        "value": None,
        "n": len(followed),
        "low": None,
        "high": None,
        "basis": "reported",
        "ended_n": int(ended.sum()),
        "left_n": len(rows) - len(followed),
        "coding_note": NOTES[verdict],
    }
    if verdict not in COUNTED or not followed:
        return made
    curve = kaplan_meier(days, ended)
    middle = median(curve)
    made |= {"value": middle.value, "low": middle.low, "high": middle.high}
    for name, at in YEARS.items():
        made |= _done_by(curve, name, at if at <= days.max() else None)
    return made


def _done_by(curve: Curve, name: str, at: float | None) -> dict[str, Any]:
    """The share done by an age, with its interval; none beyond what anybody was followed for."""
    if at is None:
        return {}
    lower, upper = band(curve)
    index = int(np.searchsorted(curve.times, at, side="right")) - 1
    ends = (1.0, 1.0) if index < 0 else (float(lower[index]), float(upper[index]))
    return {name: 1 - curve.at(at), f"{name}_low": 1 - ends[1], f"{name}_high": 1 - ends[0]}


def _lasted(row: Row, now: datetime) -> tuple[float, bool] | None:
    """(days, is it done) of a promise; None where what became of it isn't settled or known, or a date is missing."""
    settled, made = row["settled_code"], _middle(row["made_on"])
    if made is None or settled in (None, Progress.UNKNOWN) or not (row["first_code"] and row["second_code"]):
        return None
    done = _middle(row["done_on"])
    if settled == Progress.DONE:
        return None if done is None else (float(max((done - made).days, 0)), True)
    until = (now.date() - made).days
    return (float(until), False) if until >= 0 else None


def _middle(text: str | None) -> date | None:
    """Of a month or a year the day in its middle, which errs to neither side."""
    period = read(text or "")
    return None if period is None else period.first + timedelta(days=(period.last - period.first).days // 2)


def _shares(name: str, title: str) -> tuple[Field, ...]:
    words = {"": title, "_low": "Lower end of its 95 % interval.", "_high": "Upper end of its 95 % interval."}
    return tuple(
        Field(name=f"{name}{end}", type=Type.FLOAT, unit="1", quantity=Quantity.SHARE, description=said)
        for end, said in words.items()
    )


TIME_TO_DONE = Indicator(
    name="commitments_time_to_done",
    code="TIME",
    title="Time until a promise is done",
    unit="d",
    called="median",
    source=CODED.name,
    columns=(
        "entity_id",
        "first_coder",
        "second_coder",
        "first_code",
        "second_code",
        "settled_code",
        "made_on",
        "done_on",
    ),
    only={"axis": Axis.PROGRESS.value},
    dimensions=(WORLD,),
    function=_time,
    further=(
        count("ended_n", "How many of them are done."),
        count("left_n", "How many can't be counted: coded once, not settled, unknown, or without a date."),
        *_shares("year_1", "Share done within 365 days."),
        *_shares("year_2", "Share done within 730 days."),
        note(),
    ),
    notes=("coding_note",),
    method="Kaplan–Meier over promises that two coders have coded and of which it is settled what became: from the day "
    "on which it was promised to the day on which it was done; what isn't done, what was dropped included, counts for "
    "as long as it has stood. A date that is a month or a year is taken at its middle. The value is the median, empty "
    "while half aren't done. It is told only where alpha on progress is 0.667 at least.",
    reference="Kaplan & Meier, Nonparametric estimation from incomplete observations (1958); median: Brookmeyer & "
    "Crowley (1982); log-log band: Kalbfleisch & Prentice (2002), 1.4",
    interval="Brookmeyer–Crowley, log-log band; of the shares the band itself",
    minimum_n=0,
    live=True,
)
