"""What trackers and customs tell of a vehicle: its sound fixes, and then all that goes wrong with them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.simulate.harsh.roads import KM_PER_DEG, Floats, Road
from birlik.domains.transport.simulate.harsh.trips import H, Vehicle

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

USUAL_S = ((30, 0.05), (60, 0.1), (120, 0.15), (300, 0.25), (600, 0.2), (900, 0.25))
SPARSE_S = ((1800, 0.4), (3600, 0.35), (7200, 0.25))
PARKED_S = 7200.0
"""So often a tracker reports at its depot, where its interval is not longer."""
STANDS_S = 480.0


@dataclass(frozen=True, slots=True)
class Tracker:
    """How one vehicle's tracker behaves in this world."""

    interval_s: float
    tells_speed: bool
    heartbeat_s: float
    """While it sleeps; infinite: never; 0: it doesn't sleep."""
    silent: bool
    own_state_only: bool
    renamed: bool
    told: bool
    """Customs tell of it by plate."""


@dataclass(slots=True)
class Fixes:
    """Fixes of all vehicles of one crossing. true_s, km: as it was; the rest as told. sound: it shows where it was."""

    vehicle: Ints
    true_s: Floats
    km: Floats
    latitude: Floats
    longitude: Floats
    speed_m_s: Floats
    sound: Bools
    told_s: Floats
    received_s: Floats

    def take(self, rows: npt.NDArray[np.generic]) -> "Fixes":
        return Fixes(*(getattr(self, name)[rows] for name in self.__slots__))


def tracker(faults: frozenset[str], rng: np.random.Generator) -> Tracker:
    """Draw a tracker. Each property draws whether or not its fault is there, so that worlds compare."""
    u = rng.random(8)
    kinds = SPARSE_S if "sparse" in faults and u[0] < 0.34 else USUAL_S
    interval = float(rng.choice([s for s, _ in kinds], p=[share for _, share in kinds]))
    heartbeat = float(rng.choice((3600, 7200, 14_400, 21_600, np.inf)))
    return Tracker(
        interval_s=interval,
        tells_speed=bool(u[1] < 0.8),
        heartbeat_s=heartbeat if "sleepers" in faults and u[2] < 0.5 else 0.0,
        silent="all_silent" in faults or ("silent" in faults and bool(u[3] < 0.33)),
        own_state_only="one_side" in faults and bool(u[4] < 0.2),
        renamed="new_ids" in faults and bool(u[5] < 0.1),
        told=bool({"twins", "untold"} & faults) and bool(u[6] < 0.4),
    )


def sound_fixes(vehicle: Vehicle, number: int, own: Tracker, until_s: float) -> Fixes:
    """Its fixes from the beginning of the record, before any fault but its own silence."""
    rng = vehicle.rng
    t, km, beside = np.array(vehicle.t), np.array(vehicle.km), np.array(vehicle.beside)
    spans, at = [], max(0.0, float(t[0]))
    for a, b in vehicle.depots:
        spans += [(at, a, own.interval_s), (max(a, at), b, max(PARKED_S, own.interval_s))]
        at = max(b, at)
    spans.append((at, float(t[-1]), own.interval_s))
    parts = [
        np.arange(a + rng.uniform(0, min(step, b - a)), min(b, until_s), step)
        for a, b, step in spans
        if min(b, until_s) > a
    ]
    s = np.concatenate(parts) if parts else np.zeros(0)
    s = np.rint(s + rng.uniform(-0.03, 0.03, s.size) * own.interval_s)
    s = np.unique(s[(s >= 0) & (s < until_s)])
    where, before = np.interp(s, t, km), np.interp(s - STANDS_S, t, km)
    keep = np.ones(s.size, np.bool_)
    if own.heartbeat_s:
        asleep = np.abs(where - before) < 0.005
        beats = (
            np.zeros(s.size, np.bool_)
            if not np.isfinite(own.heartbeat_s)
            else np.diff(np.floor(s / own.heartbeat_s), prepend=-1) > 0
        )
        keep &= ~asleep | beats
    if own.silent:
        for passage in vehicle.passages:
            if passage.silent:
                keep &= (s < passage.silent[0]) | (s > passage.silent[1])
    if own.own_state_only:
        spill = rng.uniform(-0.5, 3.0)
        limit = vehicle.road.between_km / 2
        keep &= where < limit + spill if vehicle.home == "a" else where > limit - spill
    s, where = s[keep], where[keep]
    off = np.interp(s, t, beside)
    ahead = np.interp(s + 15, t, km) - np.interp(s - 15, t, km)
    speed = np.abs(ahead) / 30 * 1000
    latitude, longitude = vehicle.road.at(where, off)
    noise = np.where(speed < 0.3, 18.0, 8.0) / 1000 / KM_PER_DEG
    latitude = latitude + rng.normal(0, 1, s.size) * noise
    longitude = longitude + rng.normal(0, 1, s.size) * noise / np.cos(np.radians(latitude))
    speed = np.maximum(0, speed + rng.normal(0, 0.25, s.size)) if own.tells_speed else np.full(s.size, np.nan)
    whole = np.ones(s.size, np.bool_)
    return Fixes(
        np.full(s.size, number), s, where, np.round(latitude, 6), np.round(longitude, 6), np.round(speed, 1), whole,
        s.copy(), s + rng.uniform(1, 40, s.size),
    )  # fmt: skip


def spoil(fixes: Fixes, faults: frozenset[str], vehicles: int, days: int, rng: np.random.Generator) -> Fixes:
    """All that goes wrong between the sky and the node. Rows are by vehicle and time."""
    n = fixes.true_s.size
    if "stuck" in faults:
        _stick(fixes, vehicles, days, rng)
    if "spikes" in faults:
        _jump(fixes, rng)
    if "swaps" in faults:
        swapped = rng.random(n) < 0.01
        fixes.latitude, fixes.longitude = (
            np.where(swapped, fixes.longitude, fixes.latitude), np.where(swapped, fixes.latitude, fixes.longitude),
        )  # fmt: skip
        fixes.sound &= ~swapped
    if "clocks" in faults:
        fixes.told_s = np.rint(fixes.told_s + _clock_off(fixes, vehicles, rng))
    if "batches" in faults:
        _hold_back(fixes, vehicles, days, rng)
    if "disorder" in faults:
        kind = rng.random(n)
        fixes.received_s += np.where(kind < 0.12, rng.exponential(1200, n), 0) + np.where(
            kind > 0.98, rng.exponential(4 * H, n), 0
        )
    if "duplicates" in faults:
        fixes = _repeat(fixes, rng)
    return fixes


def _jump(fixes: Fixes, rng: np.random.Generator) -> None:
    n = fixes.true_s.size
    begins = np.flatnonzero(rng.random(n) < 0.008)
    lasts = rng.choice((1, 2, 3), begins.size, p=(0.8, 0.13, 0.07))
    far, course = rng.lognormal(np.log(14), 0.9, begins.size), rng.uniform(0, 2 * np.pi, begins.size)
    for more in range(3):
        rows = begins + more
        hit = (lasts > more) & (rows < n)
        hit[hit] = fixes.vehicle[rows[hit]] == fixes.vehicle[begins[hit]]
        at = rows[hit]
        jitter = rng.normal(0, 0.1, (2, at.size))
        fixes.latitude[at] += (far[hit] * np.cos(course[hit]) + jitter[0]) / KM_PER_DEG
        east = (far[hit] * np.sin(course[hit]) + jitter[1]) / KM_PER_DEG
        fixes.longitude[at] += east / np.cos(np.radians(fixes.latitude[at]))
        fixes.sound[at] = False


def _stick(fixes: Fixes, vehicles: int, days: int, rng: np.random.Generator) -> None:
    bad = np.flatnonzero(rng.random(vehicles) < 0.15)
    for number in bad.tolist():
        first, end = np.searchsorted(fixes.vehicle, (number, number + 1))
        if end - first < 10:
            continue
        for _ in range(rng.poisson(days / 6)):
            begin = int(rng.integers(first, end))
            until = fixes.true_s[begin] + float(np.clip(rng.lognormal(np.log(2400), 1.0), 300, 6 * H))
            last = first + int(np.searchsorted(fixes.true_s[first:end], until))
            moved = np.abs(fixes.km[begin:last] - fixes.km[begin]) > 0.5
            fixes.latitude[begin:last], fixes.longitude[begin:last] = fixes.latitude[begin], fixes.longitude[begin]
            fixes.sound[begin:last] &= ~moved


def _clock_off(fixes: Fixes, vehicles: int, rng: np.random.Generator) -> Floats:
    kind = rng.random(vehicles)
    offset = np.where(kind < 0.12, np.clip(rng.normal(0, 480, vehicles), -1800, 1800), 0.0)
    drift = np.where(kind > 0.9, rng.choice((-1, 1), vehicles) * rng.uniform(10, 60, vehicles), 0.0)
    cycle_days, phase = rng.uniform(7, 20, vehicles), rng.uniform(0, 20, vehicles)
    own = fixes.vehicle
    since_set = (fixes.true_s / 86_400 + phase[own]) % cycle_days[own]
    return np.asarray(offset[own] + drift[own] * since_set)


def _hold_back(fixes: Fixes, vehicles: int, days: int, rng: np.random.Generator) -> None:
    """Offline spans: what falls in one arrives when it ends."""
    bad = np.flatnonzero(rng.random(vehicles) < 0.3)
    for number in bad.tolist():
        first, end = np.searchsorted(fixes.vehicle, (number, number + 1))
        for begin in rng.uniform(0, days * 86_400, rng.poisson(days / 4)).tolist():
            until = begin + float(np.clip(rng.lognormal(np.log(5 * H), 1.1), 1200, 72 * H))
            a, b = first + np.searchsorted(fixes.true_s[first:end], (begin, until))
            fixes.received_s[a:b] = np.maximum(fixes.received_s[a:b], until + rng.uniform(5, 200, b - a))


def _repeat(fixes: Fixes, rng: np.random.Generator) -> Fixes:
    n = fixes.true_s.size
    again = np.sort(np.concatenate((np.arange(n), np.flatnonzero(rng.random(n) < 0.03))))
    made = fixes.take(again)
    second = np.concatenate(([False], again[1:] == again[:-1]))
    made.received_s = made.received_s + np.where(second, rng.uniform(1, 900, again.size), 0)
    made.told_s = made.told_s + (second & (rng.random(again.size) < 0.3))
    return made


def customs(
    vehicles: list[Vehicle], own: list[Tracker], faults: frozenset[str], rng: np.random.Generator
) -> list[tuple[int, float, str, str, float]]:
    """(vehicle, second, side, activity, arrival) of all that customs write."""
    rows: list[tuple[int, float, str, str, float]] = []
    for number, (vehicle, kept) in enumerate(zip(vehicles, own, strict=True)):
        if not kept.told:
            continue
        for passage in vehicle.passages:
            for second, side, activity in passage.told:
                lost = "untold" in faults and activity == "depart" and rng.random() < 0.35
                if second >= 0 and not lost:
                    rows.append((number, float(round(second)), side, activity, second + float(rng.uniform(30, 3600))))
    return rows


def on_side(road: Road, km: Floats) -> Bools:
    """Whether points along the road are on side A."""
    return np.asarray(km < road.between_km / 2)
