"""What one vehicle does in a world: where it is at any second, and which passages it truly made."""

from dataclasses import dataclass, field

import numpy as np

from birlik.domains.transport.simulate.harsh.borders import Border, services
from birlik.domains.transport.simulate.harsh.roads import Floats, Road

H = 3600.0
HALF_POST_KM = 0.12
NEAR_KM = 12.0
"""Within it everyone drives slower."""


@dataclass(slots=True)
class Passage:
    """A true passage or visit. Seconds from the beginning of the record."""

    direction: str
    status: str
    entry_s: float
    exit_s: float
    told: list[tuple[float, str, str]] = field(default_factory=list)
    """What customs would write: second, side (`a` or `b`), activity."""
    silent: tuple[float, float] | None = None
    """From when to when this vehicle's tracker would say nothing, were it one of those."""


@dataclass(slots=True)
class Vehicle:
    """One vehicle, and the line of its way. knots: (second, km along the road, km beside it)."""

    home: str
    """`a` or `b`: on which side it lives."""
    speed_km_h: float
    rng: np.random.Generator
    road: Road
    rests: bool
    t: list[float] = field(default_factory=list)
    km: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    depots: list[tuple[float, float]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.t[-1]

    def be(self, t: float, km: float, beside: float | None = None) -> None:
        """Be there then; the way from where it was is straight along the road."""
        self.t.append(max(t, self.t[-1] if self.t else t))
        self.km.append(km)
        self.beside.append(beside if beside is not None else (self.beside[-1] if self.beside else 0.0))

    def stand(self, seconds: float) -> None:
        self.be(self.now + seconds, self.km[-1])

    def legs_to(self, km: float) -> list[tuple[float, float]]:
        """How it would drive there: (seconds, km at their end), stops as those of no way."""
        here = self.km[-1]
        sign = 1.0 if km > here else -1.0
        way, legs, driven = abs(km - here), [], 0.0
        spread = 0.15 if self.rests else 0.06
        tea = float(self.rng.exponential(130.0)) if self.rests else np.inf
        sleep = way * self.rng.uniform(0.2, 0.97) if self.rests and way > 380 and self.rng.random() < 0.6 else np.inf
        while driven < way - 1e-6:
            step = min(float(self.rng.uniform(20, 60)), way - driven)
            at = here + sign * (driven + step)
            border = min(abs(at), abs(at - self.road.between_km))
            if border < NEAR_KM:
                step = min(step, max(1.0, (NEAR_KM - border) / 3 + 1.0))
                at = here + sign * (driven + min(step, way - driven))
            driven = abs(at - here)
            factor = float(np.exp(self.rng.normal(0, spread))) * (0.75 if border < NEAR_KM else 1.0)
            speed = min(85.0, max(22.0, self.speed_km_h * factor))
            legs.append((step / speed * H, at))
            if driven >= tea:
                legs.append((float(self.rng.uniform(10, 50)) * 60, at))
                tea = driven + float(self.rng.exponential(130.0)) + 15.0
            if driven >= sleep:
                legs.append((float(self.rng.uniform(9, 11.5)) * H, at))
                sleep = np.inf
        return legs

    def drive(self, km: float, legs: list[tuple[float, float]] | None = None) -> None:
        for seconds, at in self.legs_to(km) if legs is None else legs:
            self.be(self.now + seconds, at, 0.0)
        if abs(self.km[-1] - km) > 1e-3:
            self.be(self.now + 60 + abs(self.km[-1] - km) / 40 * H, km, 0.0)

    def depot(self, until: float, beside: float) -> None:
        """Stand away from the road until then."""
        self.be(self.now + 600, self.km[-1], beside)
        begun = self.now
        self.be(max(until, begun + 600), self.km[-1])
        self.depots.append((begun, self.now))
        self.be(self.now + 600, self.km[-1], 0.0)


@dataclass(frozen=True, slots=True)
class Way:
    """The same road seen in one direction: p is 0 at the first post's middle and rises onwards."""

    road: Road
    a_to_b: bool

    def km(self, p: float) -> float:
        return p if self.a_to_b else self.road.between_km - p


def queue_and_pass(vehicle: Vehicle, way: Way, border: Border, faults: frozenset[str], fate: str) -> Passage:
    """From the tail of the queue, where it is now, out of the second post, or back. fate: `passes`, `turns`, `refused`.

    The vehicle must stand where the queue's tail is, or at the first post's gate.
    """
    rng, between = vehicle.rng, way.road.between_km
    near, far = ("a", "b") if way.a_to_b else ("b", "a")
    joined = vehicle.now
    lane, service_a, drive, service_b, hold = services(border.leg, faults, rng, 1)[0].tolist()
    full_wait = border.wait_h(joined / H)
    wait = full_wait * lane
    tail = vehicle.km[-1] if way.a_to_b else between - vehicle.km[-1]
    told = [(joined, near, "queue")]
    if fate == "turns" and rng.random() < 0.55 and wait > 0.8:
        # Gives up in the queue.
        stays = rng.uniform(0.4, min(wait, 20.0)) * H
        _creep(vehicle, way, tail, -HALF_POST_KM, joined + wait * H, until=joined + stays)
        return _turned(vehicle, way, joined, told)
    _creep(vehicle, way, tail, -HALF_POST_KM, joined + wait * H)
    told += [(vehicle.now + 60, near, "arrive"), (vehicle.now + 400, near, "documents")]
    at_a = float(rng.uniform(-0.09, 0.09))
    vehicle.be(vehicle.now + 60, way.km(at_a), float(rng.normal(0, 0.03)))
    held_a = hold if rng.random() < 0.4 else 0.0
    leaves = border.worked_until(vehicle.now / H, service_a + held_a) * H
    vehicle.be(leaves, vehicle.km[-1])
    if fate == "turns":
        return _turned(vehicle, way, joined, told)
    told.append((leaves, near, "depart"))
    vehicle.be(leaves + 60, way.km(HALF_POST_KM), 0.0)
    slow = max(0.0, between - 2 * HALF_POST_KM) / 20.0 * H
    vehicle.be(vehicle.now + slow, way.km(between - HALF_POST_KM - 0.05))
    vehicle.stand(drive * H)
    told += [(vehicle.now + 60, far, "arrive"), (vehicle.now + 500, far, "documents")]
    vehicle.be(vehicle.now + 60, way.km(between + float(rng.uniform(-0.09, 0.07))), float(rng.normal(0, 0.03)))
    leaves = border.worked_until(vehicle.now / H, service_b + hold - held_a) * H
    if fate == "refused":
        leaves = border.worked_until(vehicle.now / H, float(rng.uniform(0.8, 18))) * H
        vehicle.be(leaves, vehicle.km[-1])
        vehicle.be(vehicle.now + slow + 300, way.km(HALF_POST_KM), 0.0)
        vehicle.be(vehicle.now + 60, way.km(float(rng.uniform(-0.08, 0.08))))
        vehicle.stand(float(rng.uniform(0.2, 2.0)) * H)
        return _turned(vehicle, way, joined, told)
    vehicle.be(leaves, vehicle.km[-1])
    vehicle.be(vehicle.now + 60, way.km(between + HALF_POST_KM), 0.0)
    told.append((vehicle.now, far, "depart"))
    made = Passage("a_to_b" if way.a_to_b else "b_to_a", "finished", joined, vehicle.now, told)
    vehicle.passages.append(made)
    return made


def _turned(vehicle: Vehicle, way: Way, joined: float, told: list[tuple[float, str, str]]) -> Passage:
    made = Passage("a_to_b" if way.a_to_b else "b_to_a", "turned_back", joined, vehicle.now, told)
    vehicle.passages.append(made)
    return made


def _creep(vehicle: Vehicle, way: Way, from_p: float, to_p: float, called: float, until: float | None = None) -> None:
    """Stand in the queue and move up now and then, until called (or until it has had enough)."""
    begun, end = vehicle.now, called if until is None else until
    if until is None and (called - begun < 60 or abs(to_p - from_p) / (called - begun) * H > 4):
        # Beside the queue, or where there is hardly one: it drives on, at 40 km/h at most.
        vehicle.be(max(called, begun + abs(to_p - from_p) / 40 * H), way.km(to_p))
        return
    gap = float(vehicle.rng.uniform(900, 3000))
    at = begun
    while at + gap < min(end, called - 120):
        at += gap * float(vehicle.rng.uniform(0.6, 1.4))
        if at >= min(end, called - 120):
            break
        p = from_p + (to_p - from_p) * (at - begun) / (called - begun)
        vehicle.be(at, vehicle.km[-1])
        vehicle.be(vehicle.now + max(10.0, abs(way.km(p) - vehicle.km[-1]) / 12 * H * 0.9), way.km(p))
    if until is not None:
        vehicle.be(until, vehicle.km[-1])
        return
    left = abs(way.km(to_p) - vehicle.km[-1])
    vehicle.be(max(vehicle.now, called - max(20.0, left / 15 * H)), vehicle.km[-1])
    vehicle.be(max(called, vehicle.now + left / 30 * H), way.km(to_p))


def silence(
    vehicle: Vehicle, way: Way, from_knot: int, ended_s: float, before_km: float, behind_km: float
) -> tuple[float, float]:
    """When it came within `before_km` of the first post, and was out again: `behind_km` past the second, or back.

    from_knot: the first knot of the visit. ended_s: when its passage had ended.
    """
    t, km = np.array(vehicle.t[from_knot:]), np.array(vehicle.km[from_knot:])
    p: Floats = km if way.a_to_b else way.road.between_km - km
    gone = np.flatnonzero(p >= -before_km)
    back = np.flatnonzero((p >= way.road.between_km + behind_km) | ((t > ended_s) & (p < -before_km)))
    begin = float(t[gone[0]]) if gone.size else float(t[0])
    return begin, float(t[back[0]]) if back.size else float(t[-1])
