"""The objects of the corridor: who passes where and when, and where each of them is at any second.

A truck parks in the city before the border, drives to the queue zone, waits before the first post, stands at it,
crosses to the other post, stands there, leaves, and parks in the city behind. The true entry is the second at which
its way cuts the queue zone of the first post, the true exit that at which it cuts the post of the second: the circles
of data/geofences.csv, both met at a right angle. A wagon is known by what its stations and customs write.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.simulate.law import DRIVES_H, Floats, Ints, Law, LegLaw, draw
from birlik.domains.transport.vocabulary import CAUSE_STARTED_BY, CAUSES, Crossing, crossings, geofences, places
from birlik.domains.transport.wire.check_digits import alternating_check_digit
from birlik.places import EARTH_RADIUS_KM, Place, Zone, distance_km

FORMS = ("single", "fleet", "plates", "paper", "wagon")
"""How an object is seen. single: its tracker sends fixes one by one. fleet: its tracker's fixes come in its forwarder's
files. plates: a forwarder's files by plate, and customs. paper: customs only. wagon: railway and customs."""

APPROACHES = {
    "kz-nurzholy--cn-khorgos--road": ("kz-almaty", None),
    "az-krasny-most--ge-tsiteli-khidi--road": ("az-ganja", "ge-tbilisi"),
    "ge-sarpi--tr-sarp--road": ("ge-batumi", "tr-hopa"),
}
"""Where the trucks park on side A and on side B; None: at no known place."""

KM_PER_DEG = EARTH_RADIUS_KM * np.pi / 180
GATE_KM = 10.0
OPEN_ROAD_KM = 60.0
ROAD_KM_H = 60.0
PARKED_S = 5400
REST_S = 86_400
RETURNS = 0.7
"""Share of passages that an object makes which has been on this side for a day: trucks come back."""
DEGRADED_BEFORE_END_H = 42.0
"""The slow spell begins so long before the end: 36 hours of it are seen at the exit."""
DEGRADED_FACTOR = 8.0
DEGRADED = ("az-krasny-most--ge-tsiteli-khidi--road", "b_to_a")

(PARKED, LEAVES, ENTRY, QUEUED, CALLED, AT_NEAR, FROM_NEAR, AT_FAR, FROM_FAR, EXIT, BACK, GONE) = range(12)
"""Knots of a passage, in the order of time; columns of `Passages.time_s`."""


@dataclass(frozen=True, slots=True)
class Way:
    """The line of one leg. km: along it, 0 at the first post; the rest as long."""

    km: Floats
    latitude: Floats
    longitude: Floats
    queue_km: float
    """Radius of the first post's queue zone."""
    between_km: float
    exit_km: float
    """Radius of the second post's own zone."""


@dataclass(frozen=True, slots=True)
class Passages:
    """All passages, each after those of its leg that entered before. n rows."""

    legs: tuple[LegLaw, ...]
    leg: Ints
    near: npt.NDArray[np.str_]
    far: npt.NDArray[np.str_]
    object_id: npt.NDArray[np.str_]
    form: Ints
    time_s: Ints
    """n × 12, whole seconds after the start of the period."""
    cause_s: Ints
    """n × CAUSES; they add up to the dwell."""
    stage_s: Ints
    """n × most stages of a leg: how long each lasted."""
    degraded: npt.NDArray[np.bool_]
    random: npt.NDArray[np.uint32]

    @property
    def dwell_s(self) -> Ints:
        return self.time_s[:, EXIT] - self.time_s[:, ENTRY]


def uniform(random: npt.NDArray[np.uint32], nth: int) -> Floats:
    """The nth number of each passage's own, 0 to 1 (splitmix64; Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        z = random.astype(np.uint64) + np.uint64(nth + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def passages(law: Law, *, start: datetime, days: int, horizon_days: int, seed: int, degrade: bool = True) -> Passages:
    """Play every leg from `start` to the horizon. A longer horizon begins with the very passages of a shorter one."""
    by_id = {crossing.crossing_id: crossing for crossing in crossings()}
    parts = [
        _leg(n, leg, by_id[leg.crossing_id], start, days, horizon_days, seed, degrade) for n, leg in enumerate(law.legs)
    ]
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    leg, near, far, form, time_s, cause_s, stage_s, degraded, random = joined
    ids = _identities(law.legs, leg, near, form, time_s, uniform(random, 1), far)
    return Passages(law.legs, leg, near, far, ids, form, time_s, cause_s, stage_s, degraded, random)


_MOST_STAGES = 6


def _leg(
    number: int, leg: LegLaw, crossing: Crossing, start: datetime, days: int, horizon_days: int, seed: int,
    degrade: bool,
) -> tuple[npt.NDArray[np.generic], ...]:  # fmt: skip
    drawn = draw(leg, start=start, weeks=-(-(days + horizon_days) // 7), seed=(seed, _stream(leg)))
    stage_h = drawn.stage_h.copy()
    slow = np.zeros(drawn.joined_h.size, np.bool_)
    if degrade and (leg.crossing_id, leg.direction) == DEGRADED:
        slow = drawn.joined_h > days * 24 - DEGRADED_BEFORE_END_H
        stage_h[slow, 0] *= DEGRADED_FACTOR
    sides = [stage.side for stage in leg.stages]
    before, at_near, at_far = (
        sum((stage_h[:, i] for i, side in enumerate(sides) if side == wanted), np.zeros(slow.size))
        for wanted in ("queue", "near", "far")
    )
    to_queue, to_barrier, across, out = DRIVES_H[leg.mode]
    steps_h = (
        to_queue, drawn.wait_h + before, to_barrier, drawn.service_h + at_near, across, at_far, out
    )  # fmt: skip
    way = way_of(leg)
    before_s, after_s = (0, 0) if way is None else _drive_s(way)
    time_h = drawn.joined_h - to_queue
    columns = [time_h]
    for step in steps_h:
        time_h = time_h + step
        columns.append(time_h)
    middle = np.rint(np.stack(columns, axis=1) * 3600).astype(np.int64)
    first, last = middle[:, :1], middle[:, -1:]
    time_s = np.hstack((
        first - before_s - PARKED_S, first - before_s, middle, last + after_s, last + after_s + PARKED_S,
    ))  # fmt: skip
    kept = (time_s[:, PARKED] >= 0) & (time_s[:, PARKED] < (days + horizon_days) * 86_400)
    stage_s = np.zeros((slow.size, _MOST_STAGES), np.int64)
    stage_s[:, : len(sides)] = np.rint(stage_h * 3600)
    near, far = (crossing.side_a, crossing.side_b)[:: 1 if leg.direction == "a_to_b" else -1]
    n = int(kept.sum())
    shares = np.minimum((uniform(drawn.random[kept], 0) * 4).astype(np.int64), 3)
    form = shares if leg.mode == "road" else np.full(n, FORMS.index("wagon"))
    return (
        np.full(n, number), np.full(n, near), np.full(n, far), form, time_s[kept],
        _causes(leg, time_s, stage_s)[kept], stage_s[kept], slow[kept], drawn.random[kept],
    )  # fmt: skip


def _stream(leg: LegLaw) -> int:
    """A number of each leg's own, whichever crossings are played beside it."""
    return int.from_bytes(f"{leg.crossing_id}{leg.direction}".encode()[-12:], "big") % 2**31 + len(leg.crossing_id)


def _causes(leg: LegLaw, time_s: Ints, stage_s: Ints) -> Ints:
    """Seconds by cause, as events would tell them; driving between and behind the posts stays unexplained."""
    causes = np.zeros((len(time_s), len(CAUSES)), np.int64)
    causes[:, CAUSES.index("queue")] = time_s[:, AT_NEAR] - time_s[:, ENTRY]
    at_near = stage_s[:, [i for i, stage in enumerate(leg.stages) if stage.side == "near"]].sum(axis=1)
    served = time_s[:, FROM_NEAR] - time_s[:, AT_NEAR] - at_near
    causes[:, CAUSES.index("documents")] = np.maximum(served, 0)
    for i, stage in enumerate(leg.stages):
        if stage.side != "queue":
            causes[:, CAUSES.index(CAUSE_STARTED_BY[stage.activity])] += stage_s[:, i]
    causes[:, CAUSES.index("unexplained")] = time_s[:, EXIT] - time_s[:, ENTRY] - causes.sum(axis=1)
    return causes


def way_of(leg: LegLaw) -> Way | None:
    """The road of a leg; None at the rail, where nothing is told by positions."""
    if leg.crossing_id not in APPROACHES:
        return None
    crossing = next(c for c in crossings() if c.crossing_id == leg.crossing_id)
    at = {place.place_id: place for place in places()}
    radius_m = {(fence.place_id, fence.zone): fence.radius_m or 0.0 for fence in geofences()}
    step = 1 if leg.direction == "a_to_b" else -1
    near, far = (at[crossing.side_a], at[crossing.side_b])[::step]
    cities = APPROACHES[leg.crossing_id][::step]
    from_city, to_city = (at[city] if city else None for city in cities)
    ahead = _line(near, far, from_city)[::-1]
    behind = _line(far, near, to_city)
    points = np.array([*ahead, *behind])
    lengths = [distance_km(*a, *b) for a, b in zip(points[:-1].tolist(), points[1:].tolist(), strict=True)]
    km = np.concatenate(([0.0], np.cumsum(lengths)))
    return Way(
        km - km[len(ahead) - 1], points[:, 0], points[:, 1],
        queue_km=radius_m[near.place_id, Zone.QUEUE] / 1000,
        between_km=lengths[len(ahead) - 1],
        exit_km=radius_m[far.place_id, Zone.POST] / 1000,
    )  # fmt: skip


def _line(post: Place, other: Place, city: Place | None) -> list[tuple[float, float]]:
    """From the post outwards: the post, the gate on the way to the city, the city; away from the other post without."""
    scale = np.cos(np.radians(post.latitude))
    if city is None:
        north, east = post.latitude - other.latitude, (post.longitude - other.longitude) * scale
        length = OPEN_ROAD_KM
    else:
        north, east = city.latitude - post.latitude, (city.longitude - post.longitude) * scale
        length = distance_km(post.latitude, post.longitude, city.latitude, city.longitude)
    norm = float(np.hypot(north, east))

    def at(km: float) -> tuple[float, float]:
        degrees = km / KM_PER_DEG
        return post.latitude + degrees * north / norm, post.longitude + degrees * east / norm / scale

    end = at(length) if city is None else (city.latitude, city.longitude)
    return [(post.latitude, post.longitude), at(min(GATE_KM, length / 2)), end]


def _drive_s(way: Way) -> tuple[int, int]:
    """Seconds from the first city to the queue zone, and from the second post's zone to the second city."""
    before = -float(way.km[0]) - way.queue_km
    after = float(way.km[-1]) - way.between_km - way.exit_km
    return round(before / ROAD_KM_H * 3600), round(after / ROAD_KM_H * 3600)


def knots_km(way: Way, wait_s: Ints) -> Floats:
    """Where a truck is at each knot, km along its way; n × 12. In the queue it creeps from 3 km to at best 1 km."""
    n = wait_s.size
    fixed = (float(way.km[0]), float(way.km[0]), -way.queue_km, -3.0, 0.0, 0.0, 0.0, way.between_km, way.between_km,
             way.between_km + way.exit_km, float(way.km[-1]), float(way.km[-1]))  # fmt: skip
    km = np.tile(np.array(fixed), (n, 1))
    km[:, CALLED] = -3.0 + 2.0 * np.minimum(1.0, wait_s / 3600)
    return km


def _identities(
    legs: tuple[LegLaw, ...], leg: Ints, near: npt.NDArray[np.str_], form: Ints, time_s: Ints, chance: Floats,
    far: npt.NDArray[np.str_],
) -> npt.NDArray[np.str_]:  # fmt: skip
    """Give each passage an object: one that rests on that side of that crossing, else a new one."""
    resting: dict[tuple[str, int, str], list[tuple[int, str]]] = {}
    names: dict[tuple[str, int], Iterator[str]] = {}
    chosen = [""] * leg.size
    for i in np.argsort(time_s[:, PARKED], kind="stable").tolist():
        crossing_id, kind = legs[leg[i]].crossing_id, int(form[i])
        here = resting.setdefault((crossing_id, kind, str(near[i])), [])
        if here and here[0][0] <= time_s[i, PARKED] and chance[i] < RETURNS:
            chosen[i] = heapq.heappop(here)[1]
        else:
            if (crossing_id, kind) not in names:
                names[crossing_id, kind] = _names(legs[leg[i]], kind)
            chosen[i] = next(names[crossing_id, kind])
        there = resting.setdefault((crossing_id, kind, str(far[i])), [])
        heapq.heappush(there, (int(time_s[i, GONE]) + REST_S, chosen[i]))
    return np.array(chosen)


_LETTERS = "ABCEHKMOPT"


def _names(leg: LegLaw, form: int) -> Iterator[str]:
    """Ids of one crossing's objects of one form, without end; the prefix keeps crossings apart."""
    ordinal = sorted(c.crossing_id for c in crossings()).index(leg.crossing_id)
    number = 0
    while True:
        number += 1
        if FORMS[form] == "wagon":
            body = f"{5400000 + ordinal * 10_000 + number:07d}"
            yield f"wagon_1520:{body}{alternating_check_digit(body)}"
        elif FORMS[form] in ("single", "fleet"):
            yield f"tracker:86{ordinal:03d}{form}{number:09d}"
        else:
            letters = "".join(_LETTERS[(number // 1000 // 10**i + ordinal) % 10] for i in range(3))
            yield f"plate:{number % 1000:03d} {letters} {10 * form + ordinal % 10:02d}"
