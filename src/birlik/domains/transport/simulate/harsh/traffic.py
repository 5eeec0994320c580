"""Who drives in a world: regulars who come back, others who pass once, and those who never pass."""

from dataclasses import dataclass

import numpy as np

from birlik.domains.transport.simulate.harsh.borders import Border, joining_hours
from birlik.domains.transport.simulate.harsh.roads import Road
from birlik.domains.transport.simulate.harsh.trips import (
    HALF_POST_KM,
    H,
    Passage,
    Vehicle,
    Way,
    queue_and_pass,
    silence,
)

DAY = 86_400.0
WARM_UP_S = 12 * DAY * 0.75
REGULARS, ONCE = 106, 92
"""By crossing, at the usual rate: vehicles that come back, and such that pass once."""
PARKERS, VILLAGERS = 12, 10


@dataclass(frozen=True, slots=True)
class Scene:
    """One crossing as played."""

    road: Road
    borders: dict[str, Border]
    """By direction."""
    faults: frozenset[str]
    days: int
    weekday_h: float
    sleeping_place_km: tuple[float, float]
    """How far before each post drivers sleep by the road."""


def vehicles(scene: Scene, rng: np.random.Generator, rate: float) -> list[Vehicle]:
    """All vehicles of one crossing with their whole way."""
    made = []
    for i in range(round(REGULARS * rate)):
        made.append(_regular(scene, _new(scene, rng, "ab"[i % 2])))
    for i in range(round(ONCE * rate)):
        made.append(_once(scene, _new(scene, rng, "ab"[i % 2])))
    if "parkers" in scene.faults:
        made += [_parker(scene, _new(scene, rng, "ab"[i % 2])) for i in range(round(PARKERS * rate))]
    if "villagers" in scene.faults:
        made += [_villager(scene, _new(scene, rng, "ab"[i % 2])) for i in range(round(VILLAGERS * rate))]
    return made


def _new(scene: Scene, rng: np.random.Generator, home: str) -> Vehicle:
    own = np.random.default_rng(rng.integers(0, 2**63))
    rests = "rests" in scene.faults
    speed = own.uniform(40, 85) if rests else own.uniform(58, 76)
    return Vehicle(home, float(speed), own, scene.road, rests)


def _depot_km(scene: Scene, rng: np.random.Generator, side: str) -> float:
    reach = scene.road.reach_a_km if side == "a" else scene.road.reach_b_km
    km = float(min(100 + rng.gamma(1.6, 90.0), 600.0, reach - 1.0))
    return -km if side == "a" else scene.road.between_km + km


def _end(scene: Scene) -> float:
    return (scene.days + 8) * DAY


def _regular(scene: Scene, vehicle: Vehicle) -> Vehicle:
    """Out, some days there, back, and weeks at home."""
    rng, side = vehicle.rng, vehicle.home
    vehicle.be(-WARM_UP_S, _depot_km(scene, rng, side))
    ready = -WARM_UP_S + float(rng.uniform(0, 17 * DAY))
    while ready < _end(scene):
        passed = _visit(scene, vehicle, side, ready)
        side = ("b" if side == "a" else "a") if passed else side
        if not passed and rng.random() < 0.5:
            ready = vehicle.now + float(rng.uniform(5, 40)) * H
        elif side == vehicle.home:
            ready = vehicle.now + float(np.clip(rng.lognormal(np.log(8.5), 0.7), 0.8, 40)) * DAY
        else:
            ready = vehicle.now + float(rng.uniform(0.5, 5)) * DAY
    return vehicle


def _once(scene: Scene, vehicle: Vehicle) -> Vehicle:
    rng = vehicle.rng
    at = float(rng.uniform(-3, scene.days + 1)) * DAY
    vehicle.be(at - 0.2 * DAY, _depot_km(scene, rng, vehicle.home))
    if not _visit(scene, vehicle, vehicle.home, at) and rng.random() < 0.6:
        _visit(scene, vehicle, vehicle.home, vehicle.now + float(rng.uniform(5, 30)) * H)
    return vehicle


def _visit(scene: Scene, vehicle: Vehicle, side: str, ready: float) -> bool:
    """Drive to the border and, mostly, through it and on; otherwise back. Returns: whether it passed."""
    rng, faults = vehicle.rng, scene.faults
    way = Way(scene.road, side == "a")
    border = scene.borders["a_to_b" if way.a_to_b else "b_to_a"]
    fate = "passes"
    chance = rng.random()
    if "turn_backs" in faults and chance < 0.06:
        fate = "turns"
    elif "refusals" in faults and chance > 0.97:
        fate = "refused"
    knot = len(vehicle.t)
    _approach(scene, vehicle, way, border, ready)
    knot = min(knot, len(vehicle.t) - 1)  # where the queue reached back beyond where it set out, knots were taken back
    made = queue_and_pass(vehicle, way, border, faults, fate)
    passed = made.status == "finished"
    if passed and "day_trips" in faults and rng.random() < 0.08:
        _day_trip(scene, vehicle, way)
        passed = False
    goes_to = side if not passed else ("b" if side == "a" else "a")
    if not passed and made.status == "turned_back" and rng.random() < 0.3:
        # Waits for another try in the next town.
        vehicle.drive(way.km(-float(rng.uniform(18, 50))))
    else:
        vehicle.drive(_depot_km(scene, rng, goes_to))
    before_km, behind_km = float(rng.uniform(0.5, 30)), float(rng.uniform(1, 50))
    made.silent = silence(vehicle, way, knot, made.exit_s, before_km, behind_km)
    return passed


def _approach(scene: Scene, vehicle: Vehicle, way: Way, border: Border, ready: float) -> None:
    """Leave so that the tail of the queue is reached at an hour at which vehicles come."""
    rng = vehicle.rng
    sleeps = 0.0
    place = scene.sleeping_place_km[0 if way.a_to_b else 1]
    if "parkers" in scene.faults and rng.random() < 0.12:
        sleeps = float(rng.uniform(3, 11)) * H
    legs = vehicle.legs_to(way.km(-place if sleeps else -8.0))
    takes = sum(seconds for seconds, _ in legs) + sleeps + 1300
    joins = _joining(scene, border, rng, ready + takes)
    vehicle.depot(joins - takes, float(rng.uniform(-3, 3)) if abs(vehicle.km[-1]) > 60 else 0.2)
    vehicle.drive(way.km(-place if sleeps else -8.0), legs)
    if sleeps:
        vehicle.be(vehicle.now + 120, vehicle.km[-1], 0.15)
        vehicle.stand(sleeps)
        vehicle.be(vehicle.now + 120, vehicle.km[-1], 0.0)
    # The tail stands where it stands when one comes to it.
    here = float(vehicle.km[-1] if way.a_to_b else scene.road.between_km - vehicle.km[-1])
    tail = -HALF_POST_KM - border.queue_km(border.wait_h(vehicle.now / H))
    if tail < here:
        # It reaches back beyond the place from which we looked: it was met on the way there.
        _shorten(vehicle, way, border)
        return
    vehicle.drive(way.km(tail))


def _shorten(vehicle: Vehicle, way: Way, border: Border) -> None:
    """Take back the last knots until the tail of the queue lies ahead, then drive up to it."""
    between = way.road.between_km
    while len(vehicle.t) > 2:
        p = vehicle.km[-1] if way.a_to_b else between - vehicle.km[-1]
        tail = -HALF_POST_KM - border.queue_km(border.wait_h(vehicle.now / H))
        if p <= tail:
            vehicle.drive(way.km(tail))
            return
        vehicle.t.pop()
        vehicle.km.pop()
        vehicle.beside.pop()


def _joining(scene: Scene, border: Border, rng: np.random.Generator, earliest: float) -> float:
    """The next second from `earliest` at which one of this rhythm comes."""
    shift = scene.weekday_h + border.leg.offset_h
    hour = float(joining_hours(rng, 1)[0])
    local = earliest / H + shift
    at = np.floor(local / 24) * 24 + hour
    if at < local:
        at += 24
    weekend = (at % 168) >= 120
    if weekend and rng.random() < 0.25:
        at += 24
    return float((at - shift) * H)


def _day_trip(scene: Scene, vehicle: Vehicle, way: Way) -> None:
    """A few hours on the other side, and back through the same border. Ends before the queue of its own side."""
    rng = vehicle.rng
    vehicle.drive(way.km(scene.road.between_km + float(rng.uniform(3, 45))))
    vehicle.be(vehicle.now + 120, vehicle.km[-1], 0.2)
    vehicle.stand(float(rng.uniform(1, 9)) * H)
    back = Way(scene.road, not way.a_to_b)
    border = scene.borders["b_to_a" if way.a_to_b else "a_to_b"]
    tail = -HALF_POST_KM - border.queue_km(border.wait_h(vehicle.now / H))
    here = float(vehicle.km[-1] if back.a_to_b else scene.road.between_km - vehicle.km[-1])
    vehicle.be(vehicle.now + 120, vehicle.km[-1], 0.0)
    vehicle.drive(back.km(max(tail, here)))
    queue_and_pass(vehicle, back, border, scene.faults, "passes")


def _parker(scene: Scene, vehicle: Vehicle) -> Vehicle:
    """A customer of the terminal before the post: comes, stands for a day or two, goes home; again and again."""
    rng = vehicle.rng
    way = Way(scene.road, vehicle.home == "a")
    yard = -float(rng.uniform(0.6, 6.0))
    home = way.km(-float(rng.uniform(20, 260)))
    vehicle.be(-WARM_UP_S, home)
    at = -WARM_UP_S + float(rng.uniform(0, 8)) * DAY
    while at < _end(scene):
        vehicle.depot(at, 0.5)
        vehicle.drive(way.km(yard))
        came = vehicle.now
        vehicle.be(vehicle.now + 120, vehicle.km[-1], 0.25)
        vehicle.stand(float(rng.uniform(4, 50)) * H)
        vehicle.be(vehicle.now + 120, vehicle.km[-1], 0.0)
        _local(vehicle, way, came)
        vehicle.drive(home)
        at = vehicle.now + float(rng.uniform(1.5, 8)) * DAY
    return vehicle


def _villager(scene: Scene, vehicle: Vehicle) -> Vehicle:
    """Lives near the post and drives about there by day."""
    rng = vehicle.rng
    way = Way(scene.road, vehicle.home == "a")
    home = way.km(-float(rng.uniform(1.5, 14)))
    vehicle.be(-WARM_UP_S * 0.2, home)
    day = -1
    while day < scene.days + 1:
        day += int(rng.integers(1, 4))
        vehicle.depot((day + float(rng.uniform(0.1, 0.4))) * DAY, 0.3)
        came = vehicle.now
        for _ in range(int(rng.integers(1, 4))):
            vehicle.drive(way.km(-float(rng.uniform(0.3, 20))))
            vehicle.stand(float(rng.uniform(0.1, 4)) * H)
        vehicle.drive(home)
        _local(vehicle, way, came)
    return vehicle


def _local(vehicle: Vehicle, way: Way, came: float) -> None:
    vehicle.passages.append(Passage("a_to_b" if way.a_to_b else "b_to_a", "local", came, vehicle.now))
