"""The faults of reality, in three levels, and the fixes of the trackers with these faults in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.simulate.corridor import (
    BACK,
    CALLED,
    ENTRY,
    EXIT,
    FORMS,
    GONE,
    KM_PER_DEG,
    PARKED,
    QUEUED,
    Passages,
    knots_km,
    uniform,
    way_of,
)  # fmt: skip
from birlik.domains.transport.simulate.law import Floats, Ints

NEAR_S = 1800
"""So long before the queue zone and behind the last post a tracker sends as often as inside."""
NEAR_STEP_S = (120.0, 900.0)
ROAD_STEP_S = (1200.0, 2400.0)
HEARTBEATS_S = (18_000.0, 36_000.0, 54_000.0, 72_000.0)
"""A resting tracker says where it is so long before its trip and after it: without that, an hour without a network
at the departure would be a gap of all the days of rest, which is no fault that a level states."""
LATEST_S = 21 * 86_400
SWAP_EAST_OF = 62.0
"""Only there does swapping latitude and longitude leave the region, and show."""

SOUND, SWAPPED, EPOCH, TRUNCATED = range(4)
"""What is wrong with a fix: all but SOUND must end in quarantine."""
FAULTS = ("", "swapped coordinates", "date of 1970", "truncated JSON")


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """Shares are of passages unless said otherwise; lengths are (least, most)."""

    jitter_m: tuple[float, float] = (0.0, 0.0)
    lost_share: float = 0.0
    """Offline, and what was seen meanwhile is gone."""
    lost_s: tuple[float, float] = (1800.0, 3 * 3600.0)
    buffered_share: float = 0.0
    """Offline, and all of it comes in one batch afterwards."""
    buffered_s: tuple[float, float] = (3600.0, 10 * 3600.0)
    late_share: float = 0.0
    """Comes days late, up to three weeks."""
    clock_s: float = 0.0
    """Standard deviation of a device's clock offset."""
    clock_wild_share: float = 0.0
    clock_wild_s: float = 600.0
    customs_clock_s: float = 0.0
    """By how much the clock of every other border agency runs ahead."""
    shuffled_s: float = 0.0
    """A fix arrives up to so much later than it could: out of order."""
    duplicate_share: float = 0.0
    """Of fixes and of rows."""
    swapped_share: float = 0.0
    """Of fixes; likewise the next two."""
    epoch_share: float = 0.0
    truncated_share: float = 0.0
    """Of JSON messages. A fix is lost; an EPCIS document is sent again."""
    wrong_digit_share: float = 0.0
    """Of rows about wagons; the row is lost."""
    unknown_place_share: float = 0.0
    """Of rows of border events: one more row, at a post that no register holds."""
    missing_side_share: float = 0.0
    """Of passages known by events: the second post never tells of it."""


LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "none": Level(),
        "default": Level(
            jitter_m=(5.0, 50.0), lost_share=0.06, buffered_share=0.10, late_share=0.01, clock_s=20.0,
            clock_wild_share=0.02, customs_clock_s=120.0, shuffled_s=240.0, duplicate_share=0.02, swapped_share=0.001,
            epoch_share=0.001, truncated_share=0.01, wrong_digit_share=0.005, unknown_place_share=0.002,
            missing_side_share=0.02,
        ),
        "harsh": Level(
            jitter_m=(5.0, 50.0), lost_share=0.30, lost_s=(3600.0, 10 * 3600.0), buffered_share=0.30,
            buffered_s=(3600.0, 48 * 3600.0), late_share=0.05, clock_s=120.0, clock_wild_share=0.10,
            clock_wild_s=3600.0, customs_clock_s=900.0, shuffled_s=1800.0, duplicate_share=0.10, swapped_share=0.01,
            epoch_share=0.01, truncated_share=0.05, wrong_digit_share=0.03, unknown_place_share=0.02,
            missing_side_share=0.15,
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fixes:
    """What the trackers send, in the order of passages and of time; seconds after the start of the period."""

    passage: Ints
    time_s: Floats
    """What the tracker's clock said."""
    latitude: Floats
    longitude: Floats
    speed_m_s: Floats
    course_deg: Floats
    accuracy_m: Floats
    arrival_s: Floats
    """When the fix can reach the one that it is sent to."""
    fault: Ints

    def take(self, chosen: npt.NDArray[np.generic]) -> "Fixes":
        return Fixes(
            self.passage[chosen], self.time_s[chosen], self.latitude[chosen], self.longitude[chosen],
            self.speed_m_s[chosen], self.course_deg[chosen], self.accuracy_m[chosen], self.arrival_s[chosen],
            self.fault[chosen],
        )  # fmt: skip


def fixes(world: Passages, level: Level, rng: np.random.Generator) -> Fixes:
    """The fixes of all trucks with a tracker, faults included."""
    tracked = np.flatnonzero(np.isin(world.form, [FORMS.index(f) for f in ("single", "fleet", "plates")]))
    moments = _moments(world, tracked, rng)
    true = seen_at(world, *moments)
    return _spoil(world, true, level, rng)


def _moments(world: Passages, tracked: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """When each tracker takes a fix: every 2 to 15 minutes near the border, sparser on the road. Phases are free, so
    that halfway between two fixes is right on average."""
    time_s = world.time_s[tracked].astype(np.float64)
    near, road = (
        low + (high - low) * uniform(world.random[tracked], nth)
        for (low, high), nth in ((NEAR_STEP_S, 2), (ROAD_STEP_S, 3))
    )
    first = np.maximum(time_s[:, ENTRY] - NEAR_S, time_s[:, PARKED])
    last = np.minimum(time_s[:, EXIT] + NEAR_S, time_s[:, GONE])
    spans = ((time_s[:, PARKED], first, road), (first, last, near), (last, time_s[:, GONE], road))
    parts = [_grid(begin, end, step, rng) for begin, end, step in spans]
    everyone = np.arange(tracked.size)
    for away_s in HEARTBEATS_S:
        for rest in (time_s[:, PARKED] - away_s, time_s[:, GONE] + away_s):
            parts.append((everyone, rest + rng.uniform(0, 900, tracked.size)))
    which, moment = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((moment, which))
    order = order[moment[order] >= 0]
    return tracked[which[order]], moment[order]


def _grid(begin: Floats, end: Floats, step: Floats, rng: np.random.Generator) -> tuple[Ints, Floats]:
    phase = rng.random(begin.size)
    counts = np.maximum(np.floor((end - begin) / step - phase) + 1, 0).astype(np.int64)
    which = np.repeat(np.arange(begin.size), counts)
    nth = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    moment = begin[which] + (phase[which] + nth + rng.uniform(-0.2, 0.2, which.size)) * step[which]
    return which, np.clip(moment, begin[which], end[which])


def seen_at(world: Passages, passage: Ints, moment: Floats) -> Fixes:
    """Where each truck truly is: no jitter, a perfect clock, no delay."""
    latitude, longitude, speed, course = (np.zeros(moment.size) for _ in range(4))
    for number, leg in enumerate(world.legs):
        way = way_of(leg)
        mine = np.flatnonzero(world.leg[passage] == number)
        if way is None or not mine.size:
            continue
        whose = passage[mine]
        times = world.time_s[whose]
        km = knots_km(way, times[:, CALLED] - times[:, QUEUED])
        knot = np.clip((times <= moment[mine, None]).sum(axis=1) - 1, 0, times.shape[1] - 2)
        rows = np.arange(mine.size)
        begin, end = times[rows, knot], times[rows, knot + 1]
        lasted = np.maximum(end - begin, 1)
        share = np.clip((moment[mine] - begin) / lasted, 0, 1)
        here = km[rows, knot] + share * (km[rows, knot + 1] - km[rows, knot])
        latitude[mine] = np.interp(here, way.km, way.latitude)
        longitude[mine] = np.interp(here, way.km, way.longitude)
        speed[mine] = (km[rows, knot + 1] - km[rows, knot]) / lasted * 1000
        piece = np.clip(np.searchsorted(way.km, here, side="right") - 1, 0, way.km.size - 2)
        east = np.diff(way.longitude)[piece] * np.cos(np.radians(latitude[mine]))
        course[mine] = np.degrees(np.arctan2(east, np.diff(way.latitude)[piece])) % 360
    accuracy = np.full(moment.size, 5.0)
    return Fixes(
        passage, moment, latitude, longitude, speed, course, accuracy, moment.copy(), np.zeros(moment.size, np.int64)
    )


def _spoil(world: Passages, true: Fixes, level: Level, rng: np.random.Generator) -> Fixes:
    n = true.time_s.size
    passages_n = world.leg.size
    jitter_m = rng.uniform(*level.jitter_m, passages_n)[true.passage]
    # A fix is off by jitter_m in the root of the mean square of its distance.
    north, east = (rng.normal(0, 1, n) * jitter_m / np.sqrt(2) / 1000 / KM_PER_DEG for _ in range(2))
    clock = rng.normal(0, 1, passages_n) * level.clock_s
    wild = rng.random(passages_n) < level.clock_wild_share
    clock = np.where(wild, rng.uniform(-level.clock_wild_s, level.clock_wild_s, passages_n), clock)
    lost, _ = _offline(world, true, level.lost_share, level.lost_s, rng)
    buffered, until = _offline(world, true, level.buffered_share, level.buffered_s, rng)
    late_s = (rng.random(passages_n) < level.late_share) * rng.uniform(86_400, LATEST_S, passages_n)
    arrival = (
        np.where(buffered, until, true.time_s)
        + rng.uniform(1, 6, n)
        + rng.uniform(0, level.shuffled_s, n) * (rng.random(n) < 0.1)
    )
    fault = np.where(rng.random(n) < level.epoch_share, EPOCH, SOUND)
    swapped = (rng.random(n) < level.swapped_share) & (true.longitude > SWAP_EAST_OF)
    spoilt = Fixes(
        true.passage,
        np.rint(true.time_s + clock[true.passage]),
        true.latitude + north,
        true.longitude + east / np.cos(np.radians(true.latitude)),
        true.speed_m_s,
        true.course_deg,
        np.maximum(np.rint(jitter_m), 4.0),
        arrival + late_s[true.passage],
        np.where(swapped, SWAPPED, fault),
    ).take(np.flatnonzero(~lost))
    again = np.flatnonzero(rng.random(spoilt.time_s.size) < level.duplicate_share)
    return spoilt.take(np.sort(np.concatenate((np.arange(spoilt.time_s.size), again))))


def _offline(
    world: Passages, true: Fixes, share: float, length_s: tuple[float, float], rng: np.random.Generator
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which fixes fall into their passage's time without a network, and when that ends."""
    n = world.leg.size
    begin = world.time_s[:, PARKED] + rng.random(n) * (world.time_s[:, BACK] - world.time_s[:, PARKED])
    end = begin + rng.uniform(*length_s, n)
    hit = (rng.random(n) < share)[true.passage]
    inside = hit & (begin[true.passage] <= true.time_s) & (true.time_s < end[true.passage])
    return inside, end[true.passage]
