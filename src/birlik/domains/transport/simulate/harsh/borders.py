"""The law of a border: how long a passage takes, and why.

The queue is one of all traffic, of which a world plays a part. It is fluid: on a grid of ten minutes,

    Q(t + dt) = max(0, Q(t) + (a(t) − c(t)) dt),      a = rhythm(t) e^X(t),   c = capacity · open(t) e^Y(t),

X and Y are stationary autoregressions of hours (traffic; staff, systems), of weeks with `memory`.
Who joins at t waits until the capacity after t has served what stood before it: ∫ c = Q(t). So nobody overtakes, a
queue has memory, and after a closure it takes days to clear. A passage is then

    wait · lane + service A + drive (with a short wait before B) + service B + hold,

services log-normal on the hours that a post is open, holds (with `lanes`) log-normal up to six days.

Source: Newell, Applications of Queueing Theory (1982), ch. 2 (fluid queues); Prado & Raadik, CAREC CPMM annual
reports (levels, tails, causes); Kazakhstan's and China's notices on hours of road posts (closing at night, on Sundays).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
H = 3600.0
GRID_H = 1 / 6
BEFORE_H, AFTER_H = 12 * 24.0, 14 * 24.0
"""The queue is played so long before the record begins, and after it ends."""
LONGEST_HOLD_H = 144.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """One crossing in one direction. Hours."""

    crossing_id: str
    direction: str
    load: float
    """Mean traffic over mean capacity."""
    unrest: float
    """Standard deviation of ln c."""
    service_a_h: float
    service_b_h: float
    offset_h: float
    """Of the first post's clock from UTC."""


LEGS: Mapping[tuple[str, str], Leg] = MappingProxyType(
    {
        (crossing, direction): Leg(
            crossing_id=crossing,
            direction=direction,
            load=load,
            unrest=unrest,
            service_a_h=a,
            service_b_h=b,
            offset_h=offset,
        )
        for crossing, direction, load, unrest, a, b, offset in (
            ("kz-nurzholy--cn-khorgos--road", "a_to_b", 0.64, 0.3, 1.2, 1.8, 5),
            ("kz-nurzholy--cn-khorgos--road", "b_to_a", 0.70, 0.35, 2.6, 4.0, 8),
            ("az-krasny-most--ge-tsiteli-khidi--road", "a_to_b", 0.63, 0.25, 1.1, 1.5, 4),
            ("az-krasny-most--ge-tsiteli-khidi--road", "b_to_a", 0.69, 0.3, 1.8, 2.4, 4),
            ("ge-sarpi--tr-sarp--road", "a_to_b", 0.67, 0.35, 1.4, 2.2, 4),
            ("ge-sarpi--tr-sarp--road", "b_to_a", 0.63, 0.2, 0.9, 1.2, 3),
            ("kz-kordai--kg-akzhol--road", "a_to_b", 0.66, 0.3, 1.0, 1.2, 5),
            ("kz-kordai--kg-akzhol--road", "b_to_a", 0.69, 0.3, 1.5, 1.8, 6),
            ("uz-yallama--kz-konysbayeva--road", "a_to_b", 0.68, 0.3, 1.7, 1.6, 5),
            ("uz-yallama--kz-konysbayeva--road", "b_to_a", 0.65, 0.25, 1.0, 1.3, 5),
        )
    }
)
CLOSED: Mapping[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        # Hours of the week from Monday midnight, on the clock of the first post.
        "kz-nurzholy--cn-khorgos--road": ((140.0, 168.0), (0.0, 8.0)),
        "az-krasny-most--ge-tsiteli-khidi--road": tuple((24.0 * d, 24.0 * d + 6.0) for d in range(7)),
        "ge-sarpi--tr-sarp--road": ((144.0, 166.0),),
        "kz-kordai--kg-akzhol--road": tuple((24.0 * d + 22.0, 24.0 * d + 24.0) for d in range(7)),
        "uz-yallama--kz-konysbayeva--road": ((144.0, 168.0),),
    }
)


def hour_weights() -> Floats:
    """How traffic spreads over the 168 hours of a week, local time; the mean is one."""
    hours = np.arange(168)
    weights = (1 + 0.8 * np.cos(2 * np.pi * (hours % 24 - 14) / 24)) * np.where(hours < 120, 1.0, 0.75)
    weights /= weights.mean()
    return np.asarray(weights, np.float64)


def autoregression(rng: np.random.Generator, shape: tuple[int, int], step_h: float, memory_h: float) -> Floats:
    """Standard normal and stationary, with a correlation of e^(−t/memory); one path a row."""
    from scipy.signal import lfilter

    keep = np.exp(-step_h / memory_h)
    shocks = rng.standard_normal(shape)
    shocks[:, 1:] *= np.sqrt(1 - keep**2)
    path: Floats = lfilter([1.0], [1.0, -keep], shocks, axis=1)
    return path


@dataclass(frozen=True, slots=True)
class Border:
    """One leg as played. Hours from the beginning of the record; the grid is GRID_H."""

    leg: Leg
    faults: frozenset[str]
    grid_h: Floats
    waits_h: Floats
    """Of who joins at each point of the grid."""
    opened_h: Floats
    """Hours that the posts were open until then."""
    queue_km_per_h: float
    queue_km_max: float

    def wait_h(self, at_h: float) -> float:
        return float(np.interp(at_h, self.grid_h, self.waits_h))

    def queue_km(self, wait_h: float) -> float:
        """How far back the tail stands from which one waits so long."""
        return min(self.queue_km_max, self.queue_km_per_h * wait_h)

    def worked_until(self, from_h: float, work_h: float) -> float:
        """When work of so many hours ends that begins then: a post works in its opening hours."""
        if "closing_hours" not in self.faults and "closure" not in self.faults:
            return from_h + work_h
        done = float(np.interp(from_h, self.grid_h, self.opened_h)) + work_h
        return max(float(np.interp(done, self.opened_h, self.grid_h)), from_h + work_h)


def paths(
    leg: Leg, faults: frozenset[str], days: int, weekday_h: float, closed_from_h: float, rng: np.random.Generator,
    n: int, slow_h: tuple[float, float] | None = None,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """n paths of the queue: the grid, the waits (n × grid) and the open hours so far.

    weekday_h: UTC hour of the week in which the record begins. closed_from_h: when the closure begins. slow_h: from
    when until when a fifth of the capacity is left, whatever the faults.
    """
    grid = np.arange(-BEFORE_H, days * 24 + AFTER_H, GRID_H)
    local = (grid + weekday_h + leg.offset_h) % 168
    hour = local.astype(np.int64)
    shape = (n, grid.size)
    traffic = 0.3 * autoregression(rng, shape, GRID_H, 4.0)
    staff = leg.unrest * autoregression(rng, shape, GRID_H, 6.0)
    slow = 0.2 * autoregression(rng, shape, GRID_H, 15 * 24.0)
    traffic_variance, load = 0.3**2, leg.load
    if "memory" in faults:
        # At the same load a queue that varies over weeks would be without bound: there is more capacity.
        traffic, traffic_variance, load = traffic + slow, traffic_variance + 0.2**2, leg.load * 0.95
    is_open = np.ones(grid.size)
    if "closing_hours" in faults:
        for a, b in CLOSED[leg.crossing_id]:
            is_open[(local >= a) & (local < b)] = 0.0
    capacity = is_open / is_open.mean() / load
    if "closure" in faults:
        shut = (grid >= closed_from_h) & (grid < closed_from_h + 48)
        is_open = np.where(shut, 0.0, is_open)
        # Afterwards both sides work double shifts for some days.
        capacity = np.where(shut, 0.0, capacity) * np.where(
            (grid >= closed_from_h + 48) & (grid < closed_from_h + 168), 1.35, 1.0
        )
    if slow_h is not None:
        capacity = np.where((grid >= slow_h[0]) & (grid < slow_h[1]), 0.2 * capacity, capacity)
    inflow = hour_weights()[hour] * np.exp(traffic - traffic_variance / 2) * GRID_H
    served = capacity * np.exp(staff - leg.unrest**2 / 2) * GRID_H
    walk = np.cumsum(inflow - served, axis=1)
    backlog = walk - np.minimum(np.minimum.accumulate(walk, axis=1), 0.0)
    capacity_so_far = np.cumsum(served, axis=1)
    waits = np.empty(shape)
    for i in range(n):
        # A flat stretch (closed) has many times of one capacity: the latest is when the next truck moves.
        rising = capacity_so_far[i] + np.arange(grid.size) * 1e-9
        waits[i] = np.interp(capacity_so_far[i] + backlog[i], rising, grid) - grid
        shut_now = served[i] <= 0
        if shut_now.any():
            opens = np.where(~shut_now, grid, np.inf)
            opens = np.minimum.accumulate(opens[::-1])[::-1]
            waits[i] = np.where(shut_now, np.maximum(waits[i], np.minimum(opens - grid, 96.0)), waits[i])
    return grid, np.maximum(waits, 0.0), np.cumsum(is_open) * GRID_H


def border(
    leg: Leg, faults: frozenset[str], days: int, weekday_h: float, closed_from_h: float, rng: np.random.Generator,
    slow_h: tuple[float, float] | None = None,
) -> Border:  # fmt: skip
    """Play one leg's queue once."""
    grid, waits, opened = paths(leg, faults, days, weekday_h, closed_from_h, rng, 1, slow_h)
    long = "long_queues" in faults
    pace, most = rng.uniform(1.2, 2.2), rng.uniform(16, 25)
    usual = rng.uniform(0.25, 0.5), rng.uniform(4.0, 5.5)
    km_per_h, km_max = (pace, most) if long else usual
    return Border(leg, faults, grid, waits[0], opened, km_per_h, km_max)


def services(leg: Leg, faults: frozenset[str], rng: np.random.Generator, n: int) -> Floats:
    """What befalls n passages beside the queue; n × 5: lane (share of the wait), A, between, B, hold. Hours."""
    lane = np.ones(n)
    a, b = log_normal(rng, leg.service_a_h, 0.7, n), log_normal(rng, leg.service_b_h, 0.8, n)
    between = rng.uniform(0.05, 0.3, n)
    hold = np.zeros(n)
    kind, held = rng.random(n), np.minimum(rng.lognormal(np.log(26), 0.85, n), LONGEST_HOLD_H)
    if "lanes" in faults:
        green = kind < 0.14
        lane[green] = 0.06
        a[green], b[green] = a[green] * 0.3, b[green] * 0.3
        hold = np.where(kind > 0.94, held, 0.0)
    return np.stack((lane, a, between, b, hold), axis=1)


def log_normal(rng: np.random.Generator, mean: float, cv: float, n: int) -> Floats:
    sigma2 = np.log1p(cv**2)
    return rng.lognormal(np.log(mean) - sigma2 / 2, np.sqrt(sigma2), n)


def joining_hours(rng: np.random.Generator, n: int) -> Floats:
    """Local hours of the day at which vehicles join, by the day's rhythm."""
    weights = hour_weights()[:24]
    return rng.choice(24, n, p=weights / weights.sum()) + rng.random(n)


LAWS = frozenset({"memory", "closing_hours", "closure", "lanes"})
"""The faults that are the border's own: no other one changes how long a passage takes."""


@lru_cache(maxsize=256)
def law_means_h(
    leg: Leg, faults: frozenset[str], days: int, weekday_h: float, closed_from_h: float,
    month_ends_h: tuple[float, ...], runs: int = 240,
) -> tuple[float, ...]:  # fmt: skip
    """E[duration] of those who leave in each month (and of all, last), over worlds alike: the mean of many plays.

    faults: those of LAWS. The drive from post to post is not in it.
    """
    rng = np.random.default_rng((17, int(leg.load * 1000), runs))
    grid, waits, opened = paths(leg, faults, days, weekday_h, closed_from_h, rng, runs)
    each = 400
    joined = rng.uniform(0, days * 24, (runs, each))
    weights = hour_weights()[((joined + weekday_h + leg.offset_h) % 168).astype(np.int64)]
    wait = np.stack([np.interp(joined[i], grid, waits[i]) for i in range(runs)])
    drawn = services(leg, faults, rng, runs * each).reshape(runs, each, 5)
    at = joined + wait * drawn[..., 0]
    for work, drive in ((drawn[..., 1], drawn[..., 2]), (drawn[..., 3] + drawn[..., 4], 0.0)):
        if "closing_hours" in faults or "closure" in faults:
            done = np.interp(at, grid, opened) + work
            at = np.maximum(np.interp(done, opened, grid), at + work) + drive
        else:
            at = at + work + drive
    duration = at - joined
    edges = (0.0, *month_ends_h)
    inside = [(at >= a) & (at < b) for a, b in pairwise(edges)]
    inside.append(at < days * 24)
    return tuple(float((duration * weights * m).sum() / max((weights * m).sum(), 1e-9)) for m in inside)
