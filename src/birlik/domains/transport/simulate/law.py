"""The stated process: how long a passage takes, so that its mean is known before anyone measures.

For one crossing in one direction, a customer (a truck, or a train of wagons) comes by a Poisson process of `per_day`
a day, joins one queue, is served alone in the order of arrival, then passes stages that don't wait for one another:

    dwell = drive + W + S + Σ B_k X_k

W: waiting. S: service, log-normal with mean `service_mean_h` and coefficient of variation `service_cv`. B_k: whether
stage k befalls it, with probability p_k. X_k: its log-normal length. All are independent. By Pollaczek and Khinchine
    E[W] = λ E[S²] / (2 (1 - λ E[S])),   E[S²] = E[S]² (1 + cv²),
so the law's mean is drive + E[W] + E[S] + Σ p_k E[X_k].

Traffic has hours of the week, and a queue with a varying intensity has no such formula. Therefore the post is staffed
by the same rhythm: arrivals and service both run on an operating clock Λ(t) that gains a week a week and goes faster
when more come. On that clock the queue is the plain one. A wait from u to u + w lasts Λ⁻¹(u + w) - Λ⁻¹(u) hours of
real time; Λ⁻¹(u) - u repeats every week, and arrivals are uniform on the operating clock, so the mean over a week is
exactly w. The law's mean holds for any rhythm.

Source: Cox & Smith, Queues (1961), 2.6 (Pollaczek–Khinchine); Çinlar, Introduction to Stochastic Processes (1975), 4.7
(a Poisson process by change of time); Lindley, The theory of queues with a single server (1952), for the recursion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from birlik.errors import OutOfRange

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WEEK_H = 168.0
WARM_UP_WEEKS = 1
"""The queue starts empty so long before the period: at these loads it has forgotten that after a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Something that takes time beside the queue at the barrier."""

    activity: str
    """What the post writes when it begins: a word of ACTIVITIES that starts a cause."""
    side: str
    """`queue`: before the first post, until its slot comes; `near`: at that post; `far`: at the other one."""
    mean_h: float
    cv: float = 0.6
    probability: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LegLaw:
    """One crossing in one direction."""

    crossing_id: str
    direction: str
    mode: str
    per_day: float
    """Customers a day: trucks, or trains."""
    service_mean_h: float
    """Documents at the barrier, one customer after the other; by day and night the mean."""
    service_cv: float
    stages: tuple[Stage, ...]
    drive_h: float
    """From the edge of the queue zone to the last barrier without any stop."""
    batch: int = 1
    """Objects a customer: wagons of a train share its wait and service."""
    amplitude: float = 0.3
    """How far the intensity swings with the hour of the day, of its mean; weekends have 15 % less."""
    utc_offset_h: float = 0.0

    @property
    def load(self) -> float:
        return self.per_day / 24 * self.service_mean_h

    @property
    def wait_mean_h(self) -> float:
        """E[W] by Pollaczek and Khinchine, hours."""
        second_moment = self.service_mean_h**2 * (1 + self.service_cv**2)
        return self.per_day / 24 * second_moment / (2 * (1 - self.load))

    @property
    def mean_h(self) -> float:
        """E[dwell], hours."""
        stages = sum(stage.probability * stage.mean_h for stage in self.stages)
        return self.drive_h + self.wait_mean_h + self.service_mean_h + stages

    def scaled(self, rate: float) -> "LegLaw":
        """`rate` times the traffic with as many more lanes: the same load, so a shorter wait by 1/rate."""
        return replace(self, per_day=self.per_day * rate, service_mean_h=self.service_mean_h / rate)


@dataclass(frozen=True, slots=True)
class Law:
    legs: tuple[LegLaw, ...]

    def leg(self, crossing_id: str, direction: str) -> LegLaw:
        """Raises: OutOfRange for a crossing or direction that this law doesn't hold."""
        for leg in self.legs:
            if (leg.crossing_id, leg.direction) == (crossing_id, direction):
                return leg
        raise OutOfRange(f"no law for {crossing_id}, {direction}")

    def mean_h(self, crossing_id: str, direction: str) -> float:
        """The mean dwell that was put in, in hours; what degrades on purpose is not in it."""
        return self.leg(crossing_id, direction).mean_h


@dataclass(frozen=True, slots=True)
class OperatingClock:
    """Λ and its inverse. Hours; both zero at the same Monday midnight, local time."""

    real: Floats
    operating: Floats

    def real_of(self, operating_h: Floats) -> Floats:
        weeks = np.floor(operating_h / WEEK_H)
        inside: Floats = np.interp(operating_h - weeks * WEEK_H, self.operating, self.real)
        return inside + weeks * WEEK_H

    def operating_of(self, real_h: Floats) -> Floats:
        weeks = np.floor(real_h / WEEK_H)
        inside: Floats = np.interp(real_h - weeks * WEEK_H, self.real, self.operating)
        return inside + weeks * WEEK_H


def operating_clock(amplitude: float) -> OperatingClock:
    """The rhythm of the week: a day's wave with its crest at 15 h, and quieter weekends. Its mean is one."""
    hours = np.arange(WEEK_H)
    rhythm = (1 + amplitude * np.cos(2 * np.pi * (hours % 24 - 15) / 24)) * np.where(hours < 120, 1.0, 0.85)
    grown = np.concatenate(([0.0], np.cumsum(rhythm)))
    return OperatingClock(np.arange(WEEK_H + 1), grown * (WEEK_H / grown[-1]))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Passages of one leg, in the order of arrival at the queue. n objects, k stages."""

    joined_h: Floats
    """When the queue was joined, hours after the start of the period."""
    wait_h: Floats
    service_h: Floats
    stage_h: Floats
    """n × k; 0 where a stage did not befall it."""
    random: npt.NDArray[np.uint32]
    """n seeds, so that what is drawn for one passage later does not hang on the others."""


def draw(leg: LegLaw, *, start: datetime, weeks: int, seed: tuple[int, ...]) -> Drawn:
    """Play the queue from the start of the period for so many weeks, after a warm-up.

    Each week has a stream of its own: a longer play begins with the very passages of a shorter one.
    """
    clock = operating_clock(leg.amplitude)
    shift_h = start.weekday() * 24 + start.hour + start.minute / 60 + start.second / 3600 + leg.utc_offset_h
    begin = float(clock.operating_of(np.array([shift_h]))[0])
    chunks = [_week(leg, week, seed) for week in range(-WARM_UP_WEEKS, weeks)]
    arrival, service, stage_h, random = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    arrival += begin
    wait = waits(arrival, service)
    joined = clock.real_of(arrival)
    called = clock.real_of(arrival + wait)
    served = clock.real_of(arrival + wait + service)
    kept = joined - shift_h >= 0
    each = np.repeat(np.flatnonzero(kept), leg.batch)
    wagons = np.repeat(kept, leg.batch)
    return Drawn(
        joined_h=(joined - shift_h)[each],
        wait_h=(called - joined)[each],
        service_h=(served - called)[each],
        stage_h=stage_h[wagons],
        random=random[wagons],
    )


def _week(leg: LegLaw, week: int, seed: tuple[int, ...]) -> tuple[Floats, Floats, Floats, npt.NDArray[np.uint32]]:
    rng = np.random.default_rng((*seed, week + WARM_UP_WEEKS))
    n = rng.poisson(leg.per_day * 7)
    arrival = np.sort(rng.uniform(0, WEEK_H, n)) + week * WEEK_H
    service = log_normal(rng, leg.service_mean_h, leg.service_cv, n)
    objects = n * leg.batch
    columns = [
        log_normal(rng, stage.mean_h, stage.cv, objects) * (rng.random(objects) < stage.probability)
        for stage in leg.stages
    ]
    stages = np.stack(columns, axis=1) if columns else np.zeros((objects, 0))
    return arrival, service, stages, rng.integers(0, 2**32, objects, dtype=np.uint32)


def waits(arrival: Floats, service: Floats) -> Floats:
    """Waits of one queue with one server, first come first served, from empty (Lindley).

    >>> waits(np.array([0.0, 1.0, 5.0]), np.array([3.0, 1.0, 1.0]))
    array([0., 2., 0.])
    """
    walk = np.concatenate(([0.0], np.cumsum(service[:-1] - np.diff(arrival)))) if arrival.size else np.zeros(0)
    waited: Floats = walk - np.minimum.accumulate(walk)
    return waited


def log_normal(rng: np.random.Generator, mean: float, cv: float, n: int) -> Floats:
    sigma2 = np.log1p(cv**2)
    return rng.lognormal(np.log(mean) - sigma2 / 2, np.sqrt(sigma2), n)


def draw_dwells(leg: LegLaw, days: int, rate: float, seed: int) -> tuple[Ints, Ints]:
    """Durations of one leg in its stationary state: whoever joins in `days` days, followed to the end.

    Returns: dwell_s and exit_day, the two that an interval for the mean is made of. Nothing degrades here.
    """
    from datetime import UTC

    scaled = leg.scaled(rate)
    drawn = draw(scaled, start=datetime(2026, 3, 2, tzinfo=UTC), weeks=-(-days // 7), seed=(seed,))
    dwell_h = scaled.drive_h + drawn.wait_h + drawn.service_h + drawn.stage_h.sum(axis=1)
    inside = drawn.joined_h < days * 24
    dwell_s = np.rint(dwell_h[inside] * 3600).astype(np.int64)
    exit_day = ((drawn.joined_h + dwell_h)[inside] // 24).astype(np.int64)
    return dwell_s, exit_day


def _road(slot: float, inspected: float, inspection: float, permit: float, far: float) -> tuple[Stage, ...]:
    return (
        Stage(activity="queue", side="queue", mean_h=slot, cv=0.8),
        Stage(activity="inspect", side="near", mean_h=inspection, cv=0.8, probability=inspected),
        Stage(activity="permit", side="near", mean_h=3.0, cv=0.8, probability=permit),
        Stage(activity="documents", side="far", mean_h=far, cv=0.6),
        Stage(activity="inspect", side="far", mean_h=0.5 * inspection, cv=0.8, probability=0.5 * inspected),
        Stage(activity="hold", side="far", mean_h=0.3, cv=0.7),
    )


def _rail(documents: float, locomotive: float, inspection: float, far: float, transload: float) -> tuple[Stage, ...]:
    return (
        Stage(activity="documents", side="near", mean_h=documents, cv=0.5),
        Stage(activity="inspect", side="near", mean_h=inspection, cv=0.7, probability=0.4),
        Stage(activity="hold", side="near", mean_h=locomotive, cv=0.6),
        Stage(activity="documents", side="far", mean_h=far, cv=0.5),
        Stage(activity="transload", side="far", mean_h=6.0, cv=0.5, probability=transload),
    )


_KHORGOS = "kz-nurzholy--cn-khorgos--road"
_RED_BRIDGE = "az-krasny-most--ge-tsiteli-khidi--road"
_SARPI = "ge-sarpi--tr-sarp--road"
_GARDABANI = "az-boyuk-kesik--ge-gardabani--rail"

_ROWS = (
    (_KHORGOS, "a_to_b", "road", 32.0, 0.30, 0.6, _road(0.7, 0.20, 1.2, 0.03, 1.2), 1, 5.0),
    (_KHORGOS, "b_to_a", "road", 36.0, 0.30, 0.6, _road(2.6, 0.35, 3.0, 0.10, 3.8), 1, 5.0),
    (_RED_BRIDGE, "a_to_b", "road", 30.0, 0.34, 0.6, _road(0.5, 0.20, 1.5, 0.04, 1.2), 1, 4.0),
    (_RED_BRIDGE, "b_to_a", "road", 30.0, 0.36, 0.6, _road(1.2, 0.30, 2.5, 0.06, 2.4), 1, 4.0),
    (_SARPI, "a_to_b", "road", 34.0, 0.30, 0.6, _road(0.8, 0.25, 2.0, 0.08, 1.8), 1, 3.0),
    (_SARPI, "b_to_a", "road", 28.0, 0.36, 0.6, _road(0.2, 0.15, 1.0, 0.02, 0.7), 1, 3.0),
    (_GARDABANI, "a_to_b", "rail", 4.0, 2.2, 0.5, _rail(8.0, 7.0, 6.0, 6.0, 0.10), 5, 4.0),
    (_GARDABANI, "b_to_a", "rail", 4.0, 2.0, 0.5, _rail(5.0, 4.0, 5.0, 5.0, 0.05), 5, 4.0),
)

DEMO_CROSSINGS = (_KHORGOS, _RED_BRIDGE, _SARPI, _GARDABANI)
"""The Khorgos–Kars corridor's."""

DRIVES_H: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {"road": (0.1, 0.1, 0.15, 0.05), "rail": (0.0, 0.0, 1.2, 0.0)}
)
"""By mode, hours: edge of the queue zone to the queue, queue to the barrier, one post to the other, out of its zone.
A wagon's passage is told by its stations: it begins with the arrival and ends with the departure."""


def demo_law(crossings: tuple[str, ...] = DEMO_CROSSINGS, rate: float = 1.0) -> Law:
    """Levels as CPMM has reported them for such crossings: 2 to 12 h at the road, 20 to 40 h at the rail.

    Raises: OutOfRange for a crossing without a law, or a rate that is not above zero.
    """
    if not rate > 0:
        raise OutOfRange(f"rate: {rate} is not above 0")
    known = {row[0] for row in _ROWS}
    if strangers := sorted(set(crossings) - known):
        raise OutOfRange(f"no law for {', '.join(strangers)}; there are {', '.join(sorted(known))}")
    legs = (
        LegLaw(
            crossing_id=crossing, direction=direction, mode=mode, per_day=per_day, service_mean_h=service,
            service_cv=cv, stages=stages, drive_h=sum(DRIVES_H[mode]), batch=batch, utc_offset_h=offset,
        )
        for crossing, direction, mode, per_day, service, cv, stages, batch, offset in _ROWS
        if crossing in crossings
    )  # fmt: skip
    return Law(tuple(leg.scaled(rate) for leg in legs))
