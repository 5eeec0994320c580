"""A harsh world, whole: what a node would get of it, row by row, and all that was true.

One call plays everything in memory. The same seed and faults give the same world to the bit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from birlik.domains.transport.events import CROSSING, EDGE, GEOFENCE, MOVEMENT, PLACE
from birlik.domains.transport.simulate.harsh import borders
from birlik.domains.transport.simulate.harsh.borders import LEGS
from birlik.domains.transport.simulate.harsh.faults import chosen
from birlik.domains.transport.simulate.harsh.roads import CROSSINGS, Road, road
from birlik.domains.transport.simulate.harsh.trackers import (
    Fixes,
    Tracker,
    customs,
    on_side,
    sound_fixes,
    spoil,
    tracker,
)
from birlik.domains.transport.simulate.harsh.traffic import Scene, vehicles
from birlik.domains.transport.simulate.harsh.trips import HALF_POST_KM, Vehicle
from birlik.domains.transport.vocabulary import places
from birlik.ids import key63

START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""
TIME = pa.timestamp("us", tz="UTC")
NEAR_KM = 60.0
"""A vehicle is heard on a side if it is told of within so many km of that side's post."""
LETTERS = "ABCEHKMOPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """One crossing of a world: its true road and queues, its vehicles and their trackers."""

    scene: Scene
    vehicles: list[Vehicle]
    trackers: list[Tracker]
    ids: list[tuple[str, ...]]
    """By vehicle: its tracker's id, and what else suppliers call it."""
    fixes: Fixes
    told: list[tuple[int, float, str, str, float]]
    """What customs tell, see `trackers.customs`."""
    seed: int
    number: int
    closed_from_h: float


@dataclass(frozen=True, kw_only=True)
class World:
    """What suppliers tell, and what was true."""

    seed: int
    faults: frozenset[str]
    start: datetime
    days: int
    movements: pa.Table
    """Rows of `transport_movement`, in the order of arrival, all that arrived before the end."""
    registers: Mapping[str, pa.Table]
    truth: pa.Table
    """One row a true passage or visit with its end after `start`, see `truth_of`."""
    crossed: tuple[Crossed, ...] = field(repr=False)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=self.days)

    def months(self, crossing_id: str, direction: str) -> dict[str, float]:
        """The hour after the start at which each month ends on the clock of the place of exit."""
        scene = next(c.scene for c in self.crossed if c.scene.road.crossing_id == crossing_id)
        zone = ZoneInfo(_zone(scene.road.side_b if direction == "a_to_b" else scene.road.side_a))
        at, ends = self.start.astimezone(zone), {}
        while at.astimezone(UTC) < self.end:
            following = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=zone)
            ends[f"{at:%Y-%m}"] = (min(following.astimezone(UTC), self.end) - self.start) / timedelta(hours=1)
            at = following
        return ends

    @cached_property
    def law_month_mean_h(self) -> Mapping[tuple[str, str, str], float]:
        """E[duration] by crossing, direction and month of exit, over all worlds of this law and these closures."""
        found: dict[tuple[str, str, str], float] = {}
        for crossed in self.crossed:
            for direction, border in crossed.scene.borders.items():
                key = crossed.scene.road.crossing_id, direction
                ends = self.months(*key)
                closed = crossed.closed_from_h if "closure" in self.faults else 0.0
                means = borders.law_means_h(
                    border.leg, self.faults & borders.LAWS, self.days, crossed.scene.weekday_h, closed,
                    tuple(ends.values()),
                )  # fmt: skip
                drive_h = _drive_h(crossed.scene.road)
                found |= {(*key, month): mean + drive_h for month, mean in zip((*ends, "all"), means, strict=True)}
        return found

    @property
    def law_mean_h(self) -> Mapping[tuple[str, str], float]:
        """The same over the whole record, by crossing and direction."""
        return {(c, d): mean for (c, d, month), mean in self.law_month_mean_h.items() if month == "all"}


def world(
    seed: int,
    *,
    faults: Iterable[str] = (),
    days: int = 45,
    crossings: int = 3,
    rate: float = 1.0,
    start: datetime = START,
    confirmed: bool = False,
) -> World:
    """Play a world.

    faults: names of FAULTS, alone or together, or `all`; none is the clean world. crossings: how many of CROSSINGS.
    rate: how many times the usual number of vehicles. confirmed: the registers hold fences that a steward drew around
    the true posts and queues. Raises: OutOfRange for a fault that there isn't.
    """
    wanted = chosen(faults)
    played = [
        crossed(crossing_id, (seed, n), wanted, days=days, rate=rate, start=start)
        for n, crossing_id in enumerate(CROSSINGS[:crossings])
    ]
    movements = pa.concat_tables([rows for one in played for rows in (_rows_of_fixes(one, start), _told(one, start))])
    order = np.argsort(movements["received_time"].cast(pa.int64()).to_numpy(), kind="stable")
    return World(
        seed=seed, faults=wanted, start=start, days=days, movements=movements.take(pa.array(order)),
        registers=_registers(played if confirmed else ()),
        truth=pa.concat_tables([truth_of(one, start, days) for one in played]), crossed=tuple(played),
    )  # fmt: skip


def crossed(
    crossing_id: str, seed: tuple[int, int], faults: frozenset[str], *, days: int, rate: float, start: datetime,
    slow: tuple[str, float, float] | None = None,
) -> Crossed:  # fmt: skip
    """Play one crossing. slow: a direction, and the hours from which until which it clears a fifth of the usual."""
    weekday_h = start.weekday() * 24 + start.hour + start.minute / 60
    rng = np.random.default_rng(seed)
    closed_h = float(rng.uniform(12, max(13, days - 10))) * 24
    way = road(crossing_id, faults, rng)
    played = {
        leg.direction: borders.border(
            leg, faults, days, weekday_h, closed_h, rng, slow[1:] if slow and slow[0] == leg.direction else None
        )
        for leg in LEGS.values()
        if leg.crossing_id == crossing_id
    }
    sleeping_place_km = float(rng.uniform(8.5, 14)), float(rng.uniform(8.5, 14))
    scene = Scene(way, played, faults, days, weekday_h, sleeping_place_km)
    crowd = vehicles(scene, rng, rate)
    own = [tracker(faults, np.random.default_rng((*seed, i))) for i in range(len(crowd))]
    end_s = days * 86_400.0
    heard = [sound_fixes(v, i, t, end_s) for i, (v, t) in enumerate(zip(crowd, own, strict=True))]
    joined = Fixes(*(np.concatenate([getattr(f, name) for f in heard]) for name in Fixes.__slots__))
    fixes = spoil(joined, faults, len(crowd), days, np.random.default_rng((*seed, 1, 1)))
    told = customs(crowd, own, faults, np.random.default_rng((*seed, 2, 2)))
    return Crossed(
        seed=seed[0], number=seed[1], scene=scene, vehicles=crowd, trackers=own, closed_from_h=closed_h,
        ids=[_ids(*seed, i, t) for i, t in enumerate(own)],
        fixes=fixes.take(fixes.received_s <= end_s), told=[row for row in told if row[4] <= end_s],
    )  # fmt: skip


def _drive_h(way: Road) -> float:
    """From the first post's middle out of the second's, beside the short wait there."""
    return max(0.0, way.between_km - 2 * HALF_POST_KM) / 20 + 240 / 3600


def _zone(place_id: str) -> str:
    return next(p.zone_tz for p in places() if p.place_id == place_id)


def _ids(seed: int, crossing: int, number: int, own: Tracker) -> tuple[str, ...]:
    """Its tracker's id, the one that it gets on the other side, and its plate."""
    made = [f"tracker:86{seed % 1000:03d}{crossing}{number:08d}"]
    if own.renamed:
        made.append(f"tracker:87{seed % 1000:03d}{crossing}{number:08d}")
    if own.told:
        made.append(_plate(seed, crossing, number))
    return tuple(made)


def _plate(seed: int, crossing: int, number: int) -> str:
    letters = "".join(LETTERS[(number // 1000 // 10**i + crossing + seed) % 10] for i in range(3))
    return f"plate:{number % 1000:03d} {letters} {crossing + 1:02d}"


def plate_of(one: Crossed, number: int) -> str:
    """The plate of a vehicle of this crossing, told by somebody or not."""
    return _plate(one.seed, one.number, number)


def micros(start: datetime, seconds: "np.typing.NDArray[np.float64]") -> pa.Array:
    """Seconds from the start as times, whole seconds."""
    base = round(start.timestamp())
    return pa.array((np.rint(seconds).astype(np.int64) + base) * 1_000_000).cast(TIME)


def _table(columns: Mapping[str, pa.Array], n: int) -> pa.Table:
    schema = MOVEMENT.schema
    return pa.table(
        [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(n, f.type) for f in schema], schema=schema
    )


def _rows_of_fixes(crossed: Crossed, start: datetime) -> pa.Table:
    fixes = crossed.fixes
    n = fixes.true_s.size
    way = crossed.scene.road
    renamed = np.array([t.renamed for t in crossed.trackers], np.bool_)
    at_home = np.array([v.home == "a" for v in crossed.vehicles], np.bool_)
    abroad = renamed[fixes.vehicle] & (on_side(way, fixes.km) != at_home[fixes.vehicle])
    names = [ids[0] for ids in crossed.ids]
    names += [ids[1] if t.renamed else ids[0] for ids, t in zip(crossed.ids, crossed.trackers, strict=True)]
    which = pa.array(fixes.vehicle + np.where(abroad, len(crossed.ids), 0))
    countries = [way.country_a if v.home == "a" else way.country_b for v in crossed.vehicles]
    sources = pa.array([f"{country.lower()}-trackers" for country in countries])
    speeds = pa.array(fixes.speed_m_s, from_pandas=True)
    return _table(
        {
            "object_id": pa.array(names).take(which),
            "object_key": pa.array([key63(name) for name in names], pa.int64()).take(which),
            "object_kind": pa.repeat(pa.scalar("vehicle"), n),
            "phenomenon_time": micros(start, fixes.told_s),
            "received_time": micros(start, fixes.received_s),
            "latitude": pa.array(fixes.latitude),
            "longitude": pa.array(fixes.longitude),
            "speed_m_s": speeds,
            "activity": pa.repeat(pa.scalar("position"), n),
            "basis": pa.repeat(pa.scalar("measured"), n),
            "source_id": sources.take(pa.array(fixes.vehicle)),
        },
        n,
    )


def _told(crossed: Crossed, start: datetime) -> pa.Table:
    told = crossed.told
    way = crossed.scene.road
    names = [crossed.ids[number][-1] for number, *_ in told]
    side = {"a": (way.side_a, way.country_a), "b": (way.side_b, way.country_b)}
    seconds, arrivals = np.array([row[1] for row in told]), np.array([row[4] for row in told])
    return _table(
        {
            "object_id": pa.array(names, pa.string()),
            "object_key": pa.array([key63(name) for name in names], pa.int64()),
            "object_kind": pa.array(["vehicle"] * len(told), pa.string()),
            "phenomenon_time": micros(start, seconds),
            "result_time": micros(start, seconds),
            "received_time": micros(start, arrivals),
            "place_id": pa.array([side[row[2]][0] for row in told], pa.string()),
            "place_code": pa.array([f"own:{side[row[2]][0]}" for row in told], pa.string()),
            "activity": pa.array([row[3] for row in told], pa.string()),
            "basis": pa.array(["reported"] * len(told), pa.string()),
            "source_id": pa.array([f"{side[row[2]][1].lower()}-customs" for row in told], pa.string()),
        },
        len(told),
    )


def truth_of(crossed: Crossed, start: datetime, days: int) -> pa.Table:
    """One row a passage: times as they were, also where the exit lies beyond the end (`inside`).

    heard_a, heard_b: under one and the same id it was told of within NEAR_KM of that side's post, from six hours
    before the entry to twelve after the exit; on the side where it leaves, behind the post.
    status: `local` are visits of those who never pass.
    """
    way, end_s, fixes = crossed.scene.road, days * 86_400.0, crossed.fixes
    events: dict[int, list[tuple[float, str]]] = {}
    for who, when, side, _, _ in crossed.told:
        events.setdefault(who, []).append((when, side))
    rows = []
    for i, (vehicle, own) in enumerate(zip(crossed.vehicles, crossed.trackers, strict=True)):
        first, last = np.searchsorted(fixes.vehicle, (i, i + 1))
        sound = fixes.sound[first:last]
        second, km = fixes.true_s[first:last][sound], fixes.km[first:last][sound]
        for p in vehicle.passages:
            if p.exit_s <= 0 or p.entry_s >= end_s:
                continue
            before, after = (second >= p.entry_s - 6 * 3600), (second <= p.exit_s + 12 * 3600)
            by_a, by_b = (km > -NEAR_KM) & on_side(way, km), (km < way.between_km + NEAR_KM) & ~on_side(way, km)
            # On the side where it leaves, only what shows it out of the post tells that it has passed.
            left = (second >= p.exit_s) & ((km < 0) | (km > way.between_km))
            a = bool((before & after & by_a & (left | (p.direction == "a_to_b"))).any())
            b = bool((before & after & by_b & (left | (p.direction == "b_to_a"))).any())
            plate = {s for t, s in events.get(i, ()) if p.entry_s - 60 <= t <= p.exit_s + 60}
            both = (a and b and not own.renamed) or plate == {"a", "b"}
            # Each side by another id: nobody can tell that it is one vehicle.
            heard = (a or "a" in plate, b or "b" in plate) if both or not (a and b) else (a, not a)
            status = "inside" if p.status != "local" and p.exit_s > end_s else p.status
            rows.append(
                (f"{crossed.number}:{i}", p.direction, status, p.entry_s, p.exit_s, *heard, crossed.ids[i], own)
            )
    column = list(zip(*rows, strict=True)) if rows else [()] * 9
    return pa.table(
        {
            "vehicle_id": pa.array(column[0], pa.string()),
            "crossing_id": pa.array([way.crossing_id] * len(rows), pa.string()),
            "direction": pa.array(column[1], pa.string()),
            "mode": pa.array(["road"] * len(rows), pa.string()),
            "status": pa.array(column[2], pa.string()),
            "entry_time": micros(start, np.array(column[3], np.float64)),
            "exit_time": micros(start, np.array(column[4], np.float64)),
            "heard_a": pa.array(column[5], pa.bool_()),
            "heard_b": pa.array(column[6], pa.bool_()),
            "ids": pa.array(["|".join(ids) for ids in column[7]], pa.string()),
            "reporting_interval_s": pa.array([own.interval_s for own in column[8]], pa.float64()),
        }
    )


def _registers(confirmed: Iterable[Crossed]) -> Mapping[str, pa.Table]:
    """The shipped registers; of confirmed crossings with the fences as a steward would draw them."""
    tables = {table.name: table.facts() for table in (PLACE, GEOFENCE, CROSSING, EDGE) if table.facts}
    drawn = [fence for crossed in confirmed for fence in _fences(crossed.scene)]
    if drawn:
        redrawn = {fence["geofence_id"] for fence in drawn}
        fences = tables["transport_geofence"]
        kept = [row for row in fences.to_pylist() if row["geofence_id"] not in redrawn]
        tables["transport_geofence"] = pa.Table.from_pylist(kept + drawn, schema=fences.schema)
    return tables


def _fences(scene: Scene) -> list[dict[str, str]]:
    """Polygons of the true posts and the longest queues, basis `measured`: a steward has seen them."""
    way, made = scene.road, []
    for place, middle, sign, direction in (
        (way.side_a, 0.0, -1.0, "a_to_b"), (way.side_b, way.between_km, 1.0, "b_to_a")
    ):  # fmt: skip
        reach = scene.borders[direction].queue_km(1e9) + 0.3
        for zone, ends in (
            ("post", (middle - HALF_POST_KM, middle + HALF_POST_KM)),
            ("queue", (middle + sign * HALF_POST_KM, middle + sign * reach)),
        ):
            km = np.linspace(*ends, max(3, int(abs(ends[1] - ends[0]) / 0.25)))
            left, right = (way.at(km, np.full(km.size, side)) for side in (-0.12, 0.12))
            ring = [*zip(left[1], left[0], strict=True), *list(zip(right[1], right[0], strict=True))[::-1]]
            ring.append(ring[0])
            text = ", ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in ring)
            made.append({
                "geofence_id": f"{place}:{zone}", "place_id": place, "zone": zone, "polygon_wkt": f"POLYGON (({text}))",
                "source": "drawn by a steward", "basis": "measured",
            })  # fmt: skip
    return made
