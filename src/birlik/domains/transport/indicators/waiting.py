"""Waiting now: how many are inside, how long who joins now will wait, and whether that is usual."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.transport.indicators.grouping import (
    BASES,
    Bools,
    Floats,
    H,
    Ints,
    main_basis,
    names,
    one_family,
    zone_offset_h,
)
from birlik.domains.transport.indicators.inside import Columns, Inside, chances, columns_of, doubt, inside
from birlik.domains.transport.indicators.words import (
    ABOUT_USUAL_H,
    ABOUT_USUAL_SHARE,
    BY_CROSSING,
    EPISODE,
    FAMILY,
    FAMILY_TEXT,
    OURS,
    count,
    hours,
)
from birlik.kernel.indicators import Indicator, Usual
from birlik.kernel.tables import Field, Rows, Type
from birlik.methods.clearance import (
    WEEK_H,
    Alarm,
    Queue,
    expected_wait,
    queue_of,
    slow_alarm,
    usual_exits,
    usual_waits,
    wait_now,
    waits_ahead,
)
from birlik.methods.counts import poisson_binomial
from birlik.quantity import Quantity

WINDOW_DAYS = 56
MINIMUM_USUAL = 5
TREND_H = 3
WIDE_SHARE, WIDE = 0.15, 2.0
"""An interval that is wider either way than this share of the count, and than two: an estimate."""
KNOWN_SHARE, KNOWN_H = 0.8, 6
"""The alarm waits until four in five exits are known, at most six hours."""
STALE_H = 3.0
STALE_GAPS = 10
"""Without a record for so long, and so many usual gaps, nothing is said of the clearance."""


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """The hours of the window, and where in them a group stands."""

    now_s: int

    @property
    def hours(self) -> int:
        """All whole ones of eight weeks, and the one that runs."""
        return WINDOW_DAYS * 24 + 1

    @property
    def first_h(self) -> int:
        return self.now_s // 3600 - WINDOW_DAYS * 24

    @property
    def part(self) -> float:
        """Of the running hour that is over."""
        return self.now_s % 3600 / H


@dataclass(frozen=True, slots=True)
class Outlook:
    """The wait of who joins now, in hours, and how it stands to the usual. None is not known."""

    expected_wait_h: float | None = None
    expected_wait_low_h: float | None = None
    expected_wait_high_h: float | None = None
    usual_h: float | None = None
    usual_n: int = 0
    slower_h: float | None = None
    slower_since_s: int | None = None
    trend_h: float | None = None


def _waiting(rows: Rows, now: datetime) -> Rows:
    family = one_family(rows, BY_CROSSING)
    groups, columns, clock = family.groups, columns_of(family.groups), Clock(int(now.timestamp()))
    made: dict[str, list[Any]] = {field.name: [] for field in (*MEASURES, *FURTHER)}
    told = family.names.to_pylist()
    usual_basis = main_basis(groups, np.ones(groups.rows.num_rows, np.bool_), groups.offsets)
    for g, (a, b) in enumerate(pairwise(groups.offsets.tolist())):
        figure = _figure(columns, slice(a, b), clock, told=told[g] == "told")
        wide = max(figure["high"] - figure["value"], figure["value"] - figure["low"])
        estimated = wide > max(WIDE, WIDE_SHARE * figure["value"])
        figure["basis"] = BASES[2] if estimated else BASES[usual_basis[g]]
        figure["family"] = told[g]
        for name, values in made.items():
            values.append(figure[name])
    types = {field.name: field.type.arrow for field in (*MEASURES, *FURTHER)}
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in names(BY_CROSSING)},
            **{name: pa.array(values, types[name]) for name, values in made.items()},
        }
    )


def _figure(columns: Columns, rows: slice, clock: Clock, *, told: bool) -> dict[str, Any]:
    who = inside(columns, rows, clock.now_s, told=told)
    number = poisson_binomial(chances(who, 0.0 if told else doubt(columns, rows)))
    oldest = int(who.entry_s[who.heard].min()) if who.heard.any() else None
    moments = np.unique(np.concatenate((columns.last_s[rows], columns.exit_s[rows][columns.finished[rows]])))
    newest = int(moments[-1])
    gap = float(np.median(np.diff(moments))) if moments.size > 2 else None
    entries, exits = _passages(columns, rows, who)
    start = _hour_of_week(columns, rows, clock.first_h)
    queue = queue_of(entries, exits, clock.first_h, clock.hours, start)
    usual = usual_exits(queue)
    stale = clock.now_s - newest > max(STALE_H * H, STALE_GAPS * (gap or 0.0))
    joined = _joined(columns, rows, entries, exits, clock)
    look = _outlook(joined, queue, usual, number.mean, clock)
    alarm = None if stale else _alarm(columns, rows, queue, usual)
    return {
        "value": number.mean,
        "n": who.chance.size,
        "low": float(number.low),
        "high": float(number.high),
        "n_heard": int(np.count_nonzero(who.heard)),
        "n_lost": int(np.count_nonzero(who.silent)),
        "n_approaching": int(np.count_nonzero(who.approaching)),
        "oldest_h": None if oldest is None else max(clock.now_s - oldest, 0) / H,
        "oldest_since": _micro(oldest),
        "expected_wait_h": look.expected_wait_h,
        "expected_wait_low_h": look.expected_wait_low_h,
        "expected_wait_high_h": look.expected_wait_high_h,
        "usual_h": look.usual_h,
        "usual_n": look.usual_n,
        "usual_all_h": float(np.median(joined.lasted_h)) if joined.lasted_h.size else None,
        "slower_h": look.slower_h,
        "slower_since": _micro(look.slower_since_s),
        "trend_h": look.trend_h,
        "last_time": _micro(newest),
        "usual_gap_s": gap,
        "slow_level": None if alarm is None else alarm.level,
        "slow_open_h": None if alarm is None else alarm.open_h,
    }


def _micro(time_s: int | None) -> int | None:
    return None if time_s is None else time_s * 1_000_000


def _passages(columns: Columns, rows: slice, who: Inside) -> tuple[Floats, Floats]:
    """Hours of entry and exit (NaN: still inside) of who finished, who is lost, and who stands inside with a chance."""
    finished, gone = columns.finished[rows], columns.lost[rows]
    entry, exit_ = columns.entry_s[rows], columns.exit_s[rows]
    # Who is more likely gone than not left after it was last heard; the rest stand until now.
    present = ~who.approaching
    left = np.where(who.chance[present] < 0.5, np.maximum(who.last_s[present], who.entry_s[present]) / H, np.nan)
    entries = np.concatenate((entry[finished] / H, entry[gone] / H, who.entry_s[present] / H))
    exits = np.concatenate((exit_[finished] / H, columns.last_s[rows][gone] / H, left))
    return entries, exits


def _hour_of_week(columns: Columns, rows: slice, hour: int) -> int:
    """Of an hour since 1970, on the clock of the side that the group comes from, as its latest row tells it."""
    latest = int(np.argmax(columns.entry_s[rows]))
    ahead = zone_offset_h(columns.entry_s[rows], columns.hour_of_week[rows])[latest]
    return int((hour + 72 + ahead) % WEEK_H)


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The passages of the window that have finished, in the order in which they joined: one entry a passage."""

    hour_of_week: Ints
    lasted_h: Floats
    hour: Ints
    """Row of the queue's hours in which it joined."""
    part: Floats
    ahead: Floats
    """How many stood inside when it joined."""
    past: Bools
    """It can tell how far a forecast was off."""


def _joined(columns: Columns, rows: slice, entries: Floats, exits: Floats, clock: Clock) -> Joined:
    finished = np.flatnonzero(columns.finished[rows])
    joined_s, lasted_s = columns.entry_s[rows][finished], columns.dwell_s[rows][finished]
    order = np.lexsort((lasted_s, joined_s))
    at = joined_s[order] / H
    lasted = lasted_s[order] / H
    inside = np.searchsorted(np.sort(entries), at) - np.searchsorted(np.sort(exits[~np.isnan(exits)]), at)
    hour = joined_s[order] // 3600 - clock.first_h
    # Who joined so lately that the slow ones of the same hour still stand would make the band too short.
    settled = np.quantile(lasted, 0.95) if lasted.size else 0.0
    past = (hour >= 24) & (hour < clock.hours - 1) & (at + settled <= clock.now_s / H)
    how = columns.hour_of_week[rows][finished][order]
    return Joined(how, lasted, hour, at - np.floor(at), inside.astype(np.float64), past)


def _outlook(joined: Joined, queue: Queue, usual: Floats, inside_now: float, clock: Clock) -> Outlook:
    medians, n = usual_waits(joined.hour_of_week, joined.lasted_h)
    here = int(queue.hour_of_week[-1])
    usual_h = float(medians[here]) if int(n[here]) >= MINIMUM_USUAL else None
    now_h = wait_now(queue, usual, inside_now, clock.part)
    past = joined.past
    ahead = waits_ahead(queue, joined.hour[past], joined.ahead[past], joined.part[past])
    found = expected_wait(now_h, ahead, joined.lasted_h[past])
    if found is None:
        return Outlook(usual_h=usual_h, usual_n=int(n[here]))
    series = np.maximum(waits_ahead(queue) + found.shift_h, 0.0)
    return Outlook(
        expected_wait_h=found.wait_h,
        expected_wait_low_h=found.low_h,
        expected_wait_high_h=found.high_h,
        usual_h=usual_h,
        usual_n=int(n[here]),
        slower_h=None if usual_h is None else found.wait_h - usual_h,
        slower_since_s=_slower_since(series, queue, medians, n, found.wait_h, usual_h, clock),
        trend_h=found.wait_h - float(series[-1 - TREND_H]),
    )


def _slower_since(
    series: Floats, queue: Queue, medians: Floats, n: Any, wait_h: float, usual_h: float | None, clock: Clock
) -> int | None:
    """Since when the expected wait has been above the usual of its hour, without a pause; None where it isn't now."""
    if usual_h is None or wait_h - usual_h <= max(ABOUT_USUAL_SHARE * usual_h, ABOUT_USUAL_H):
        return None
    then = medians[queue.hour_of_week]
    # An hour of the week in which too few join has no usual, and ends nothing.
    margin = np.maximum(ABOUT_USUAL_SHARE * then, ABOUT_USUAL_H)
    calm = (n[queue.hour_of_week] >= MINIMUM_USUAL) & (series - then <= margin)
    before = np.flatnonzero(calm[:-1])
    return (clock.first_h + (int(before[-1]) + 1 if before.size else 0)) * 3600


def _alarm(columns: Columns, rows: slice, queue: Queue, usual: Floats) -> Alarm:
    finished = columns.finished[rows]
    late_s = np.maximum(columns.exit_high_s[rows][finished] - columns.exit_s[rows][finished], 0)
    lag = float(np.quantile(late_s, KNOWN_SHARE)) / H if late_s.size else 0.0
    return slow_alarm(queue, usual, known=queue.exits.size - 1 - min(int(np.ceil(lag)), KNOWN_H))


MEASURES = (
    Field(name="value", type=Type.FLOAT, description="Expected number inside."),
    count("n", "How many may be inside."),
    Field(name="low", type=Type.FLOAT, description="Lower end of the 97 % interval."),
    Field(name="high", type=Type.FLOAT, description="Upper end of the 97 % interval."),
    Field(name="basis", type=Type.TEXT, description="measured, reported or estimated."),
)
FURTHER = (
    count("n_heard", "Of them, heard lately enough to be sure."),
    count("n_lost", "Of them, silent for longer than they ever are; each counts with its chance."),
    count("n_approaching", "Of them, last heard on their way there."),
    hours("oldest_h", "How long the oldest has waited of whom we hear."),
    Field(name="oldest_since", type=Type.TIME, description="When that one came."),
    hours("expected_wait_h", "How long who joins now will take."),
    hours("expected_wait_low_h", "Lower end of the band that holds 80 of 100."),
    hours("expected_wait_high_h", "Upper end of the band that holds 80 of 100."),
    hours("usual_h", "Median of those who joined at this weekday and hour in the last eight weeks."),
    count("usual_n", f"How many they were; below {MINIMUM_USUAL} there is no usual yet."),
    hours("usual_all_h", "Median of all who joined in the last eight weeks and have left."),
    hours("slower_h", "Expected less usual."),
    Field(
        name="slower_since", type=Type.TIME, description="Since when it has been slower than usual, without a pause."
    ),
    hours("trend_h", f"Expected now less expected {TREND_H} h ago."),
    Field(name="last_time", type=Type.TIME, description="Newest record."),
    Field(name="usual_gap_s", type=Type.FLOAT, unit="s", description="Usual time between two records."),
    Field(name="slow_level", type=Type.FLOAT, description="The alarm of slow clearance: its sum over its threshold."),
    count("slow_open_h", "For how many hours that alarm has been open; 0 is closed."),
    FAMILY,
)

METHOD = (
    "Who may be inside is everyone not seen to leave, and who was last heard driving there within 12 h. One heard"
    " within 2.2 of its own reporting intervals, or within its longest usual silence, is inside. Any other counts"
    " with the share of finished passages that last to its age now, of those that last to its age when it was "
    "last heard. Where a share of the visits is seen in part only, each chance is lower by half that share, and "
    "as much is added for those of whom nothing is heard. The figure is the sum of these chances, and the "
    "interval that of the Poisson-binomial law. The oldest is among those heard.\n\n"
    "The **expected wait** is made from mean exits by hour of the week (eight weeks, hours in which six or more "
    "wait), times the clearance now (exits over that mean in the last day, fading to 1 within three days), run "
    "forward until those inside have left. The middle of the errors of the 120 past forecasts most like it is "
    "added; their 8 and 92 % quantiles are the band. **Usual** is the median of those who joined at this weekday "
    "and hour in the last eight weeks."
)

WAITING_NOW = Indicator(
    name="waiting_now",
    code="waiting now",
    title="Waiting now",
    unit="1",
    quantity=Quantity.COUNT,
    source=EPISODE,
    columns=(
        "status", "entry_time", "exit_time", "exit_high_time", "last_time", "dwell_s", "own_interval_s", "heartbeat_s",
        "silent_after_s", "entry_hour_of_week_local", "basis", "family", "counts",
    ),
    dimensions=BY_CROSSING,
    only={
        "status": ("finished", "open", "lost", "approaching", "undetermined", "entry_unknown"), "counts": 1,
    },
    window_days=WINDOW_DAYS,
    window_time="last_time",
    function=_waiting,
    further=FURTHER,
    method=METHOD + FAMILY_TEXT,
    method_version=2,
    method_since="Version 2: each counts with its chance of being inside, instead of all heard within three days.",
    reference=OURS,
    interval="97 %, Poisson-binomial; of the expected wait 80 %, from the errors of past forecasts",
    minimum_n=0,
    live=True,
    against=Usual(difference="slower_h", usual="usual_h", least=ABOUT_USUAL_H, share=ABOUT_USUAL_SHARE),
)  # fmt: skip
