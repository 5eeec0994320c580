"""Who may be inside, and with what chance: the rows behind *waiting now*."""

from dataclasses import dataclass

import numpy as np

from birlik.domains.transport.indicators.grouping import Bools, Floats, H, Ints, known, seconds
from birlik.domains.transport.model.grouping import Groups

HEARD_INTERVALS = 2.2
"""Of its own: heard within so many, it is still where it was."""
SURE = 0.9
"""Who is told and inside with less than this chance is not named as the one who waits longest."""
UNKNOWN_INTERVAL_S = 900
APPROACHES_H = 12.0
"""Who was on its way there when last heard longer ago has gone elsewhere."""
MUST_HAVE_LEFT_S = 86_400
"""Beyond twice the longest passage: then it has left, told or not."""
UNSEEN_TERMS = 24
"""So many small chances stand for those inside of whom nothing is known: near enough to Poisson's law."""
TAIL = 1.5
"""Of the mean of finished passages: the mean that one more, not yet seen, is given, so that no age is impossible."""


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The rows of one group that may be inside now. All arrays have one entry a row."""

    chance: Floats
    """That it is inside."""
    entry_s: Ints
    last_s: Ints
    heard: Bools
    """Lately enough to be sure."""
    silent: Bools
    """Not heard for longer than it is ever silent."""
    approaching: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of all groups, as arrays."""

    entry_s: Ints
    exit_s: Ints
    last_s: Ints
    exit_high_s: Ints
    dwell_s: Ints
    own_s: Ints
    beat_s: Ints
    silent_s: Ints
    hour_of_week: Ints
    finished: Bools
    open: Bools
    approaching: Bools
    lost: Bools
    untold: Bools
    """A visit of which the beginning or the end is not known."""


def columns_of(groups: Groups) -> Columns:
    return Columns(
        entry_s=seconds(groups, "entry_time"),
        exit_s=seconds(groups, "exit_time", "last_time"),
        last_s=seconds(groups, "last_time"),
        exit_high_s=np.where(known(groups, "exit_high_time"), seconds(groups, "exit_high_time", "last_time"), 0),
        dwell_s=groups.ints("dwell_s"),
        own_s=groups.ints("own_interval_s", UNKNOWN_INTERVAL_S),
        beat_s=groups.ints("heartbeat_s"),
        silent_s=groups.ints("silent_after_s"),
        hour_of_week=groups.ints("entry_hour_of_week_local"),
        finished=groups.is_equal("status", "finished"),
        open=groups.is_equal("status", "open"),
        approaching=groups.is_equal("status", "approaching"),
        lost=groups.is_equal("status", "lost"),
        untold=groups.is_equal("status", "undetermined") | groups.is_equal("status", "entry_unknown"),
    )


def survival(lasted_s: Ints, ages_s: Ints) -> Floats:
    """The share of passages that last longer, with one more than were seen: never nought. Below nothing all last."""
    ordered = np.sort(lasted_s)
    n = ordered.size
    ages = np.maximum(ages_s, 0)
    longer = n - np.searchsorted(ordered, ages, side="right")
    scale = TAIL * float(ordered.mean()) if n and ordered[-1] > 0 else 6 * H
    return (longer + np.exp(-ages / scale)) / (n + 1)


def inside(columns: Columns, rows: slice, now_s: int, *, told: bool) -> Inside:
    """Who may be inside of one group. told: of the family that agencies tell.

    Who is tracked and was heard within 2.2 of its intervals or its heartbeat is inside; else with P = S(now - entry) /
    S(last heard - entry), S the survival of the group's finished passages. Who was last heard on its way there is
    inside with S since it would have come. Who is told stays inside until it is told to leave, which some never are:
    P = s / (s + u (1 - s)), s the same ratio, u the share of departures that nobody tells.
    """
    finished, is_open, coming = columns.finished[rows], columns.open[rows], columns.approaching[rows]
    lasted = columns.dwell_s[rows][finished]
    may = np.flatnonzero(is_open | (coming & (now_s - columns.last_s[rows] <= APPROACHES_H * H)))
    entry, last = columns.entry_s[rows][may], columns.last_s[rows][may]
    approaching = coming[may]
    quiet = np.maximum(now_s - last, 0)
    own, beat, limit = (v[rows][may] for v in (columns.own_s, columns.beat_s, columns.silent_s))
    since = np.where(approaching, 0, np.maximum(last - entry, 0))
    lasts = np.minimum(survival(lasted, now_s - entry) / survival(lasted, since), 1.0)
    heard = ~approaching & (quiet <= np.maximum(HEARD_INTERVALS * own, beat))
    if told:
        untold = _untold(columns, rows, now_s, lasted)
        chance = lasts / (lasts + untold * (1 - lasts))
        heard = ~approaching & (chance >= SURE)
    else:
        chance = np.where(heard, 1.0, lasts)
    chance = np.where(approaching & (entry > now_s), 0.0, chance)
    kept = ~approaching | (entry <= now_s)
    silent = ~approaching & (quiet > limit)
    return Inside(chance[kept], entry[kept], last[kept], heard[kept], silent[kept], approaching[kept])


def doubt(columns: Columns, rows: slice) -> float:
    """Share of visits of which the beginning or the end was not seen: so often who is inside isn't seen to be."""
    unseen = int(np.count_nonzero(columns.untold[rows]))
    return unseen / max(unseen + int(np.count_nonzero(columns.finished[rows])), 1)


def chances(who: Inside, doubted: float) -> Floats:
    """The chances whose sum is how many are inside. doubted: share of visits that are seen in part only.

    Half of the doubt is that one of whom we hear isn't waiting; as many may wait of whom we don't hear.
    """
    if doubted == 0:
        return who.chance
    sure = who.chance * (1 - doubted / 2)
    return np.concatenate((sure, np.full(UNSEEN_TERMS, min((who.chance.sum() - sure.sum()) / UNSEEN_TERMS, 1.0))))


def _untold(columns: Columns, rows: slice, now_s: int, lasted: Ints) -> float:
    """Share of departures that nobody tells: of those who must have left, the ones never told to have."""
    beyond = 2 * int(lasted.max(initial=0)) + MUST_HAVE_LEFT_S
    gone = columns.open[rows] & (now_s - columns.entry_s[rows] > beyond)
    missing = np.count_nonzero(gone) + np.count_nonzero(columns.lost[rows])
    return float((missing + 0.1) / (missing + lasted.size + 1.0))
