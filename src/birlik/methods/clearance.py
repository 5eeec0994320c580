"""How a queue clears: the wait of who joins it, how far past forecasts were off, and the alarm of a slow one.

Source: the definitions of `transport`, sections 3 and 4; the parts are named where they stand.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WEEK_H = 168
CROWD = 6
"""Only while so many wait do exits tell how fast a queue clears: else they tell who came."""
DAY_H = 24
FADES_H = 72.0
LONGEST_H = 21 * 24.0
"""A forecast is never longer."""
ALIKE = 120
"""Past forecasts whose errors make the band."""
ALIKE_AT_LEAST = 20
ALL_DAYS = 4.0
"""Weeks of one hour of the week are few: the mean of that hour on all days weighs as if it were so many."""
PRIOR_EXITS = 2.0
"""As usual: so few exits alone say nothing of the clearance."""
BAND = (0.08, 0.5, 0.92)
"""Of their errors: with 10 and 90 % a band held 74 of 100 on queues of another law, since what is alike drifts."""
SLOW = 0.6
"""What the alarm looks for: six exits where ten are usual."""
FADES = 0.98
"""Of the alarm's sum, an hour in which few wait."""
OPENS_AFTER_H, CLOSES_AFTER_H, CLOSES_BELOW = 2, 6, 0.6
FALSE_ALARMS_A_WEEK = 0.1
"""That are accepted: one in ten weeks."""


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """One queue hour by hour, ascending without gaps; the last hour may still run.

    hour_of_week: int64, 0 to 167 on the queue's own clock. exits: float64, how many left in the hour. inside: float64,
    how many stood in it when the hour began.
    """

    hour_of_week: Ints
    exits: Floats
    inside: Floats

    @property
    def crowded(self) -> NDArray[np.bool_]:
        """bool, n hours: at least `CROWD` stood in it when the hour began."""
        return self.inside >= CROWD


def queue_of(entry_h: Floats, exit_h: Floats, first_h: int, hours: int, hour_of_week: int) -> Queue:
    """Count a queue from its passages.

    entry_h, exit_h: n hours each since any moment; NaN has not left. first_h: the first hour; hour_of_week: its own.
    hours: how many. Who came before the first hour and left in it or later is counted.
    """
    ends = np.where(np.isnan(exit_h), np.inf, exit_h)
    moments = first_h + np.arange(hours)
    inside = np.searchsorted(np.sort(entry_h), moments, side="left") - np.searchsorted(
        np.sort(ends), moments, side="left"
    )
    left = np.floor(ends[np.isfinite(ends)]).astype(np.int64) - first_h
    exits = np.bincount(left[(left >= 0) & (left < hours)], minlength=hours).astype(np.float64)
    return Queue((hour_of_week + np.arange(hours)) % WEEK_H, exits, inside.astype(np.float64))


def usual_exits(queue: Queue) -> Floats:
    """Mean exits in each hour of the week in which six or more waited: float64, 168, exits an hour.

    An hour of the week is drawn towards the mean of that hour on all days, as if that had been seen four times more;
    where six have never waited, hours in which anyone did count instead.
    """
    n, total = _tally(queue)
    made: Floats = _drawn_together(n.sum(axis=0)[None], total.sum(axis=0)[None])[0]
    return made


def usual_exits_elsewhere(queue: Queue) -> tuple[Floats, Ints]:
    """As `usual_exits`, without a week itself: what a past forecast of that week may know.

    Returns: float64, weeks x 168, and the row of each hour. With the week's own exits in it a past forecast would be
    better than one of now can be, and the band too narrow.
    """
    n, total = _tally(queue)
    rows = _drawn_together(n.sum(axis=0) - n, total.sum(axis=0) - total)
    return rows, np.arange(queue.exits.size) // WEEK_H


def _tally(queue: Queue) -> tuple[Floats, Floats]:
    """How many hours counted, and how many left in them, by week of the record and hour of the week."""
    counted = queue.crowded.copy()
    counted[-1:] = False  # the running hour isn't whole
    if not counted.any():
        counted = queue.inside > 0
        counted[-1:] = False
    weeks = -(-queue.exits.size // WEEK_H)
    cell = np.arange(queue.exits.size) // WEEK_H * WEEK_H + queue.hour_of_week
    weights = counted.astype(np.float64)
    n = np.bincount(cell, weights, minlength=weeks * WEEK_H).astype(np.float64)
    total = np.bincount(cell, weights * queue.exits, minlength=weeks * WEEK_H).astype(np.float64)
    return n.reshape(weeks, WEEK_H), total.reshape(weeks, WEEK_H)


def _drawn_together(n: Floats, total: Floats) -> Floats:
    """n, total: rows x 168. Returns: means, as many."""
    day_n, day_total = (v.reshape(-1, 7, DAY_H).sum(axis=1) for v in (n, total))
    every_n, every = n.sum(axis=1, keepdims=True), total.sum(axis=1, keepdims=True)
    all_hours = np.divide(every, every_n, out=np.zeros_like(every), where=every_n > 0)
    hour_of_day = np.where(day_n > 0, day_total / np.maximum(day_n, 1), all_hours)
    return (total + ALL_DAYS * np.tile(hour_of_day, (1, 7))) / (n + ALL_DAYS)


def clearances(queue: Queue, usual: Floats) -> Floats:
    """Exits over usual ones (one an hour) in the crowded hours of the day before each hour began; 1 is usual."""
    counted = queue.crowded

    def day_before(values: Floats) -> Floats:
        sums = np.concatenate(([0.0], np.cumsum(np.where(counted, values, 0.0))))
        at = np.arange(values.size)
        return np.asarray(sums[at] - sums[np.maximum(at - DAY_H, 0)])

    return (day_before(queue.exits) + PRIOR_EXITS) / (day_before(usual) + PRIOR_EXITS)


def waits_ahead(
    queue: Queue, hour: Ints | None = None, inside: Floats | None = None, part: Floats | None = None
) -> Floats:
    """Hours until those inside have left, seen from the beginning of each hour, or from given moments: float64.

    hour: n rows of the queue's hours; inside: n numbers who stood there; part: n shares of the hour that were over.
    Mean exits of each hour of the week (of other weeks) times the clearance of the day before, which fades to 1 within
    three days.
    """
    usual, week = usual_exits_elsewhere(queue)
    cleared = clearances(queue, usual[week, queue.hour_of_week])
    if hour is None or inside is None or part is None:
        hour, inside, part = np.arange(queue.exits.size), queue.inside, np.zeros(queue.exits.size)
    return wait_from(usual, week[hour], queue.hour_of_week[hour], cleared[hour], inside, part)


def wait_now(queue: Queue, usual: Floats, inside: float, part: float) -> float:
    """Hours until `inside` have left, seen from within the last hour, of which `part` is over."""
    cleared = clearances(queue, usual[queue.hour_of_week])[-1:]
    last = queue.hour_of_week[-1:]
    made = wait_from(usual[None], np.zeros(1, np.int64), last, cleared, np.array([inside]), np.array([part]))
    return float(made[0])


def wait_from(usual: Floats, row: Ints, hour_of_week: Ints, clearance: Floats, inside: Floats, part: Floats) -> Floats:
    """As `waits_ahead`, from any moments: `row` of usual (rows x 168) holds; `part` of the hour is over."""
    from birlik.methods._clearing import run_forward

    made: Floats = run_forward(usual, row, hour_of_week, clearance, inside, part, FADES_H, LONGEST_H)
    return made


@dataclass(frozen=True, slots=True)
class Expected:
    """The wait of who joins now, in hours: the middle, and a band that holds 80 of 100."""

    wait_h: float
    low_h: float
    high_h: float
    alike: int
    """Past forecasts that the band rests on."""
    shift_h: float
    """What the middle of their errors adds to a forecast."""


def expected_wait(forecast_h: float, past_forecast_h: Floats, came_h: Floats) -> Expected | None:
    """A forecast mended by what came of the past ones most like it.

    past_forecast_h, came_h: n past forecasts, latest last, and the wait that came. The 120 nearest (by the logarithm of
    hours and one, later ones first) give their errors: their median moves the forecast, their 8 and 92 %
    quantiles are the band. Returns: None where there are fewer than 20.
    Raises: OutOfRange where the two aren't as many.
    """
    if past_forecast_h.shape != came_h.shape:
        raise OutOfRange("past_forecast_h and came_h must be as many")
    if past_forecast_h.size < ALIKE_AT_LEAST:
        return None
    away = np.abs(np.log1p(past_forecast_h) - np.log1p(forecast_h))
    nearest = np.lexsort((-np.arange(away.size), np.round(away, 6)))[:ALIKE]
    low, middle, high = np.quantile(came_h[nearest] - past_forecast_h[nearest], BAND)
    lower, wait, upper = (max(forecast_h + float(e), 0.0) for e in (low, middle, high))
    return Expected(wait, lower, upper, int(nearest.size), float(middle))


def usual_waits(hour_of_week: Ints, waits: NDArray[np.generic], hours: int = WEEK_H) -> tuple[Floats, Ints]:
    """The median wait of those who joined in each class, and how many they were: float64 and int64, one a class.

    hour_of_week: n classes from 0 to hours - 1: the weekday and hour of joining, or the weekday (hours = 7).
    waits: n numbers in any unit. A class that nobody joined in has NaN.
    """
    order = np.lexsort((waits, hour_of_week))
    cuts = np.searchsorted(hour_of_week[order], np.arange(hours + 1))
    n = np.diff(cuts)
    ordered = np.append(np.asarray(waits, np.float64)[order], np.nan)
    below, above = cuts[:-1] + np.maximum(n - 1, 0) // 2, cuts[:-1] + n // 2
    middle = (ordered[np.minimum(below, waits.size)] + ordered[np.minimum(above, waits.size)]) / 2
    return np.where(n > 0, middle, np.nan), n.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Alarm:
    """The alarm of a slow queue. level: its sum over its threshold. open_h: whole hours that it is open, 0 if not."""

    level: float
    open_h: int


def slow_alarm(queue: Queue, usual: Floats, *, known: int | None = None) -> Alarm:
    """Whether a queue clears slower than it usually does.

    Each hour c = max(0, c + D ln 0.6 + 0.4 m), D exits and m the usual ones, while six or more wait; else c fades by
    2 %. It opens after two hours above its threshold and closes after six below 0.6 of it, all from the hours
    themselves. known: how many hours are whole and told; None is all but the last.
    Source: CUSUM of a Poisson rate, Lucas, Counted data CUSUM's (1985): the likelihood ratio of 0.6 m against m.
    """
    from birlik.methods._clearing import cusum, state

    upto = queue.exits.size - 1 if known is None else known
    m, crowded, exits = usual[queue.hour_of_week[:upto]], queue.crowded[:upto], queue.exits[:upto]
    if not crowded.any():
        return Alarm(0.0, 0)
    c = cusum(exits, m, crowded, SLOW, FADES)
    threshold = alarm_threshold(float(m[crowded].mean()), float(crowded.mean()), dispersion(exits[crowded], m[crowded]))
    return Alarm(float(c[-1]) / threshold, int(state(c, threshold, OPENS_AFTER_H, CLOSES_AFTER_H, CLOSES_BELOW)[-1]))


def dispersion(exits: Floats, usual: Floats) -> float:
    """Variance over mean of exits about the usual ones: 1 for Poisson's law, less for booths that work steadily.

    Within 0.4 to 4; 1 where fewer than two days are known.

    From the middle of the squares of hour to hour differences, so that a slow episode doesn't count as spread.
    """
    kept = usual > 0
    if np.count_nonzero(kept) < 2 * DAY_H:
        return 1.0
    scaled = (exits[kept] - usual[kept]) / np.sqrt(usual[kept])
    # Half the mean square of differences: a level that shifts once adds one square among many.
    squares = np.sort(np.diff(scaled) ** 2)[: -max(scaled.size // 100, 1)]
    return float(np.clip(squares.mean() / 2, 0.4, 4.0))


def alarm_threshold(mean: float, crowded: float, spread: float) -> float:
    """The threshold at which a queue that clears as usual raises one false alarm in ten weeks.

    mean: usual exits an hour while six wait. crowded: share of hours in which they do. spread: `dispersion`.
    By simulation of 400 weeks on a grid of thresholds, with what is given rounded: the same for queues alike.
    """
    size = 10.0 ** (np.floor(np.log10(max(mean, 0.01))) - 1)
    return _threshold(max(round(mean / size) * size, 0.01), max(round(crowded, 1), 0.1), round(spread, 1))


@lru_cache(maxsize=4096)
def _threshold(mean: float, crowded: float, spread: float) -> float:
    from birlik.methods._clearing import cusum, openings, quiet_hours

    weeks = 400
    hours = int(weeks * WEEK_H * crowded)
    exits = quiet_hours(hours, mean, spread, 1)
    c = cusum(exits, np.full(hours, mean), np.ones(hours, np.bool_), SLOW, FADES)
    grid = np.exp(np.linspace(np.log(0.5), np.log(60.0), 60))
    alarms = openings(c, grid, OPENS_AFTER_H, CLOSES_AFTER_H, CLOSES_BELOW)
    few = np.flatnonzero(alarms <= FALSE_ALARMS_A_WEEK * weeks)
    # The first from which on all are few: at very low ones the alarm never closes, and so opens but once.
    many = np.flatnonzero(alarms > FALSE_ALARMS_A_WEEK * weeks)
    at = int(many[-1]) + 1 if many.size else int(few[0])
    return float(grid[min(at, grid.size - 1)])
