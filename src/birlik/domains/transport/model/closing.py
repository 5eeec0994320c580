"""What becomes of a queue while a crossing is closed: vehicles as a stream, hour by hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.kernel.tables import Rows
from birlik.methods.clearance import WEEK_H, queue_of, usual_exits

Floats = NDArray[np.float64]

COLUMNS = (
    *("crossing_id", "direction", "mode", "status", "interval_class"),
    *("entry_time", "exit_time", "entry_hour_of_week_local"),
)
ENOUGH = 50
"""Finished passages."""
LONGEST_H = 21 * 24
"""So far ahead a queue is followed."""
ALIKE_N = 1.0
"""A queue that is longer than usual by less than one vehicle is as usual."""
ONE_OF_A_STREAM = 1e-3
"""Who joins, of a stream: little enough to have left as soon as it flows."""
H_US = 3_600_000_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stream:
    """One crossing, direction and mode. arrivals, exits: float64, 168, vehicles in each hour of the week, on the
    crossing's own clock: those that come on average, and those that can leave."""

    key: Mapping[str, str]
    arrivals: Floats
    exits: Floats
    passages_n: int


def queues(episodes: Rows) -> list[Stream]:
    """episodes: rows with COLUMNS. One stream for each crossing, direction and mode with enough finished passages, of
    the family (told or tracked) that has more of them."""
    rows = episodes.to_pydict()
    entry, exit_ = (_hours(episodes, name) for name in ("entry_time", "exit_time"))
    families: dict[tuple[str, str, str], dict[bool, list[int]]] = {}
    for i, (crossing, direction, mode) in enumerate(
        zip(rows["crossing_id"], rows["direction"], rows["mode"], strict=True)
    ):
        if rows["status"][i] == "finished" and rows["entry_hour_of_week_local"][i] is not None:
            told = rows["interval_class"][i] == "told"
            families.setdefault((crossing, direction, mode), {}).setdefault(told, []).append(i)
    made = []
    for key, family in sorted(families.items()):
        chosen = max(family.values(), key=len)
        if len(chosen) >= ENOUGH:
            at = np.array(chosen)
            local = np.array([rows["entry_hour_of_week_local"][i] for i in chosen], np.int64)
            made.append(_stream(key, entry[at], exit_[at], local))
    return made


def _hours(episodes: Rows, name: str) -> Floats:
    """Hours since 1970; NaN where it is empty."""
    column = episodes.column(name).to_numpy().astype("datetime64[us]")
    return np.asarray(np.where(np.isnat(column), np.nan, column.astype(np.int64) / H_US)).astype(np.float64)


def _stream(key: Sequence[str], entry_h: Floats, exit_h: Floats, local: NDArray[np.int64]) -> Stream:
    first = int(np.floor(entry_h.min()))
    hours = int(np.ceil(np.nanmax(exit_h))) - first + 1
    # What the clock shows beside UTC, as most entries have it: it may have been changed meanwhile.
    ahead = np.bincount((local - np.floor(entry_h).astype(np.int64)) % WEEK_H, minlength=WEEK_H).argmax()
    began = int((first + ahead) % WEEK_H)
    queue = queue_of(entry_h, exit_h, first, hours, began)
    came = np.bincount((np.floor(entry_h).astype(np.int64) - first), minlength=hours)[:hours]
    seen = np.bincount(queue.hour_of_week, minlength=WEEK_H)
    total = np.bincount(queue.hour_of_week, came, minlength=WEEK_H)
    arrivals = np.divide(total, seen, out=np.zeros(WEEK_H), where=seen > 0)
    return Stream(
        key=dict(zip(("crossing_id", "direction", "mode"), key, strict=True)),
        arrivals=arrivals,
        exits=_able(usual_exits(queue), arrivals),
        passages_n=len(entry_h),
    )


def _able(exits: Floats, arrivals: Floats) -> Floats:
    """Over a week at least as many can leave as come: else there would be no usual queue, but one that grows."""
    short = float(arrivals.sum()) / max(float(exits.sum()), 1e-9)
    return exits * max(1.0, 1.02 * short)


def closed(stream: Stream, *, closed_h: float, open_share: float, from_hour: int) -> dict[str, Any]:
    """What comes of it. Waits in hours; None where a queue isn't as usual again within three weeks.

    >>> even = Stream(key={}, arrivals=np.full(168, 1.0), exits=np.full(168, 3.0), passages_n=99)
    >>> closed(even, closed_h=10.0, open_share=0.0, from_hour=0)
    {'longest_queue_n': 10, 'longest_wait_h': 10.0, 'recovered_h': 15.0}
    >>> closed(even, closed_h=0.0, open_share=0.0, from_hour=0)
    {'longest_queue_n': 0, 'longest_wait_h': 0.0, 'recovered_h': 0.0}
    """
    hour = (from_hour + np.arange(LONGEST_H)) % WEEK_H
    arrivals, able = stream.arrivals[hour], stream.exits[hour]
    shut = np.clip(closed_h - np.arange(LONGEST_H), 0.0, 1.0)
    begin = _steady(stream, from_hour)
    usual = _queue(begin, arrivals, able)
    then_able = able * (1 - shut * (1 - open_share))
    queue = _queue(begin, arrivals, then_able)
    waits = _waits(begin, queue, then_able)
    more = np.flatnonzero(queue - usual >= ALIKE_N)
    # At the end of that hour it is still longer; an hour later it isn't.
    over = 0.0 if not more.size else float(more[-1] + 2)
    return {
        "longest_queue_n": round(float(queue.max())),
        "longest_wait_h": round(float(waits.max()), 2),
        "recovered_h": None if over >= LONGEST_H else over,
    }


def _queue(begin: float, arrivals: Floats, able: Floats) -> Floats:
    """How many wait at the end of each hour."""
    made = np.empty(arrivals.size)
    for i, (came, left) in enumerate(zip(arrivals, able, strict=True)):
        begin = max(0.0, begin + came - left)
        made[i] = begin
    return made


def _steady(stream: Stream, from_hour: int) -> float:
    """How many wait at an hour of a usual week: after a few of them, whatever the first began with."""
    hour = (from_hour + np.arange(4 * WEEK_H)) % WEEK_H
    return float(_queue(0.0, stream.arrivals[hour], stream.exits[hour])[-1])


def _waits(begin: float, queue: Floats, able: Floats) -> Floats:
    """Hours until who joins at the beginning of each hour has left: behind all who stand there then."""
    ahead = np.concatenate(([begin], queue[:-1]))
    left = np.concatenate(([0.0], np.cumsum(able)))
    at = np.arange(queue.size)
    # The moment by which as many more could leave as stand ahead.
    rising = left + 1e-9 * np.arange(left.size)
    until = np.interp(left[at] + ahead + ONE_OF_A_STREAM, rising, np.arange(left.size))
    return np.asarray(np.maximum(until - at, 0.0))
