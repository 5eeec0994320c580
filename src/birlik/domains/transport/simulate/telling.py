"""What one state's node is told of: Kazakhstan's own trackers wherever they go, its own customs, its railway.

A vehicle that lives in Kazakhstan is followed by its tracker on both sides of the border; one from abroad is known by
its plate where Kazakhstan's customs see it, and nowhere else. So the truth that the node can be held against is that
of its own vehicles, and of wagons.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.domains.transport.simulate import railway
from birlik.domains.transport.simulate.harsh.trackers import on_side
from birlik.domains.transport.simulate.harsh.world import Crossed, crossed, micros, plate_of, truth_of
from birlik.domains.transport.simulate.suppliers import (
    EPOCH,
    SOUND,
    SWAP_NORTH_OF,
    SWAPPED,
    TRUNCATED,
    UNKNOWN_PLACE,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

STATE = "KAZ"
FLEETS: Mapping[str, str] = MappingProxyType(
    {
        "kz-nurzholy--cn-khorgos--road": "khorgos-fleet",
        "kz-kordai--kg-akzhol--road": "kordai-fleet",
        "uz-yallama--kz-konysbayeva--road": "konysbayev-fleet",
    }
)
"""By road crossing: the forwarder whose files its vehicles' fixes come in."""
CUSTOMS: Mapping[str, str] = MappingProxyType(
    {"kz-nurzholy": "kz-customs", "kz-kordai": "kz-customs-south", "kz-konysbayeva": "kz-customs-south"}
)
QUEUE_OPERATOR, PLATES, TRACKERS = "kz-queue", "steppe-cargo", "trackers"
RAILWAYS: Mapping[str, str] = MappingProxyType({railway.SIDE_A: "kz-railway", railway.SIDE_B: "cis-railways"})
JSON_EVERY = 10
"""Every tenth tracker speaks JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Faults of the wire: shares of fixes, files or rows. All but those of trackers themselves, see `harsh.faults`."""

    epoch_share: float = 0.0
    truncated_share: float = 0.0
    repeated_share: float = 0.0
    """Of files: the very same bytes again."""
    wrong_digit_share: float = 0.0
    unknown_place_share: float = 0.0
    missing_side_share: float = 0.0
    """Of wagons: the other railway never tells."""


LEVELS: Mapping[str, tuple[tuple[str, ...], Level]] = MappingProxyType(
    {
        "none": ((), Level()),
        "default": (
            ("all",),
            Level(
                epoch_share=0.0005, truncated_share=0.01, repeated_share=0.02, wrong_digit_share=0.005,
                unknown_place_share=0.002, missing_side_share=0.02,
            ),
        ),
        "harsh": (
            ("all",),
            Level(
                epoch_share=0.005, truncated_share=0.05, repeated_share=0.10, wrong_digit_share=0.03,
                unknown_place_share=0.02, missing_side_share=0.10,
            ),
        ),
    }
)  # fmt: skip
"""By name: the harsh world's faults, and those of the wire."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Fixes as told, in the order of arrival. Seconds from the beginning of the record."""

    object_id: npt.NDArray[np.str_]
    source: npt.NDArray[np.str_]
    """Whose files it comes in, unless it comes by itself."""
    alone: Mask
    """Its tracker could send by itself."""
    time_s: Floats
    latitude: Floats
    longitude: Floats
    speed_m_s: Floats
    arrival_s: Floats
    fault: Ints

    def take(self, rows: npt.NDArray[np.generic]) -> "Positions":
        return Positions(*(getattr(self, name)[rows] for name in self.__slots__))

    @property
    def as_json(self) -> Mask:
        """Which come in the JSON of newer clients, where they come one by one."""
        names, which = np.unique(self.object_id, return_inverse=True)
        return np.asarray([int(name[-3:], 36) % JSON_EVERY == 0 for name in names.tolist()], np.bool_)[which]


@dataclass(frozen=True, slots=True)
class Events:
    """What border agencies and railways write, in the order of arrival."""

    object_id: npt.NDArray[np.str_]
    source: npt.NDArray[np.str_]
    time_s: Floats
    place_id: npt.NDArray[np.str_]
    activity: npt.NDArray[np.str_]
    arrival_s: Floats
    wrong_digit: Mask

    def take(self, rows: npt.NDArray[np.generic]) -> "Events":
        return Events(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Told:
    """All that a node is told over the whole span, and what is true of it."""

    positions: Positions
    events: Events
    truth: pa.Table


def told_of(
    crossings: Iterable[str], faults: frozenset[str], level: Level, *, start: datetime, days: int, seed: int,
    rate: float, singles: float, slow: Mapping[str, tuple[str, float, float]],
) -> Told:  # fmt: skip
    """Play the crossings. singles: share of the vehicles whose fixes come one by one."""
    rng = np.random.default_rng((seed, 5))
    positions, events, truths = [], [], []
    for n, crossing_id in enumerate(crossings):
        if crossing_id == railway.CROSSING:
            written, truth = _wagons(days, seed, level, rng, start)
        else:
            one = crossed(crossing_id, (seed, n), faults, days=days, rate=rate, start=start, slow=slow.get(crossing_id))
            own = [v.home == ("a" if one.scene.road.country_a == STATE else "b") for v in one.vehicles]
            positions.append(_fixes(one, np.array(own), singles, level, rng))
            written = _customs(one, own, level, rng)
            mine = {f"{one.number}:{i}" for i, is_own in enumerate(own) if is_own}
            truth = truth_of(one, start, days)
            truth = truth.filter(pa.array([v in mine for v in truth["vehicle_id"].to_pylist()]))
        events.append(written)
        truths.append(truth)
    none = Positions(*(np.zeros(0, kind) for kind in ("U1", "U1", "?", "d", "d", "d", "d", "d", "i")))
    fixes = _joined(positions) if positions else none
    told = _joined(events)
    return Told(
        fixes.take(np.argsort(fixes.arrival_s, kind="stable")),
        told.take(np.argsort(told.arrival_s, kind="stable")),
        pa.concat_tables(truths),
    )


Part = TypeVar("Part", Positions, Events)


def _joined(parts: list[Part]) -> Part:
    kind = type(parts[0])
    return kind(*(np.concatenate([getattr(part, name) for part in parts]) for name in kind.__slots__))


def _fixes(one: Crossed, own: Mask, singles: float, level: Level, rng: np.random.Generator) -> Positions:
    """The fixes of this state's own vehicles. Gives each vehicle the name by which its supplier knows it."""
    way, all_told = one.scene.road, one.fixes
    # In a node's region every swapped fix shows, and is refused: a tenth of them is enough to look through.
    kept = own[all_told.vehicle] & ((all_told.latitude < SWAP_NORTH_OF) | (rng.random(all_told.latitude.size) < 0.1))
    fixes = all_told.take(np.flatnonzero(kept))
    chance = rng.random(own.size)
    by_plate = chance > 0.85
    source, alone = np.where(by_plate, PLATES, FLEETS[way.crossing_id]), (chance < singles) & ~by_plate
    for i in np.flatnonzero(by_plate).tolist():
        one.ids[i] = (plate_of(one, i),)
    first = np.array([ids[0] for ids in one.ids])
    renamed = [t.renamed and len(ids) > 1 for ids, t in zip(one.ids, one.trackers, strict=True)]
    second = np.array([ids[1] if other else ids[0] for ids, other in zip(one.ids, renamed, strict=True)])
    at_home = np.array([v.home == "a" for v in one.vehicles])
    abroad = on_side(way, fixes.km) != at_home[fixes.vehicle]
    # Where only a swap can have brought it, the node's region tells it from a place.
    fault = np.where(fixes.latitude > SWAP_NORTH_OF, SWAPPED, SOUND)
    fault = np.where((fault == SOUND) & (rng.random(fault.size) < level.epoch_share), EPOCH, fault)
    return Positions(
        np.where(abroad, second[fixes.vehicle], first[fixes.vehicle]), source[fixes.vehicle], alone[fixes.vehicle],
        fixes.told_s, fixes.latitude, fixes.longitude, fixes.speed_m_s, fixes.received_s, fault,
    )  # fmt: skip


def with_broken_json(fixes: Positions, single: Mask, level: Level, seed: int) -> Positions:
    """Of single fixes in JSON some arrive by half."""
    rng = np.random.default_rng((seed, 2))
    broken = single & fixes.as_json & (fixes.fault == SOUND) & (rng.random(single.size) < level.truncated_share)
    return replace(fixes, fault=np.where(broken, TRUNCATED, fixes.fault))


def _customs(one: Crossed, own: list[bool], level: Level, rng: np.random.Generator) -> Events:
    """What this state's customs and its queue's operator see: every vehicle from abroad, and some of its own."""
    way = one.scene.road
    side, place = ("a", way.side_a) if way.country_a == STATE else ("b", way.side_b)
    untold = 0.2 if "untold" in one.scene.faults else 0.0
    rows = []
    for i, (vehicle, is_own, t) in enumerate(zip(one.vehicles, own, one.trackers, strict=True)):
        if is_own and not (t.told or one.ids[i][0].startswith("plate:")):
            continue
        name = plate_of(one, i)
        for passage in vehicle.passages:
            for second, told_side, activity in passage.told:
                if told_side != side or second < 0 or (activity == "depart" and rng.random() < untold):
                    continue
                source = QUEUE_OPERATOR if activity == "queue" else CUSTOMS[place]
                rows.append((name, source, second, place, activity, second + float(rng.uniform(30, 1800))))
                if source == CUSTOMS["kz-kordai"] and rng.random() < level.unknown_place_share:
                    rows.append((name, source, second + 60, UNKNOWN_PLACE, activity, second + 2000))
    return _events(rows)


def _wagons(days: int, seed: int, level: Level, rng: np.random.Generator, start: datetime) -> tuple[Events, pa.Table]:
    """The railways' tables, and the truth of them."""
    made = railway.passages(days, seed)
    rows = []
    for wagon in made:
        told = wagon.told()
        if rng.random() < level.missing_side_share:
            told = told[:3]
        for second, place, activity in told:
            if second >= 0:
                arrival = second + float(rng.uniform(60, 1200))
                rows.append((wagon.object_id, RAILWAYS[place], second, place, activity, arrival))
    events = _events(rows)
    events = replace(events, wrong_digit=rng.random(events.time_s.size) < level.wrong_digit_share)
    kept = [w for w in made if w.left_s > 0 and w.arrived_s < days * 86_400]
    n = len(kept)
    truth = pa.table(
        {
            "vehicle_id": pa.array([w.object_id for w in kept], pa.string()),
            "crossing_id": pa.repeat(pa.scalar(railway.CROSSING), n),
            "direction": pa.array([w.direction for w in kept], pa.string()),
            "mode": pa.repeat(pa.scalar("rail"), n),
            "status": pa.array(["finished" if w.left_s <= days * 86_400 else "inside" for w in kept], pa.string()),
            "entry_time": micros(start, np.array([w.arrived_s for w in kept], np.float64)),
            "exit_time": micros(start, np.array([w.left_s for w in kept], np.float64)),
            "heard_a": pa.repeat(pa.scalar(True), n),
            "heard_b": pa.repeat(pa.scalar(True), n),
            "ids": pa.array([w.object_id for w in kept], pa.string()),
            "reporting_interval_s": pa.nulls(n, pa.float64()),
        }
    )
    return events, truth


def _events(rows: list[tuple[str, str, float, str, str, float]]) -> Events:
    object_id, source, second, place, activity, arrival = ([row[i] for row in rows] for i in range(6))
    return Events(
        np.array(object_id, np.str_), np.array(source, np.str_), np.rint(np.array(second, np.float64)),
        np.array(place, np.str_), np.array(activity, np.str_), np.array(arrival, np.float64),
        np.zeros(len(rows), np.bool_),
    )  # fmt: skip
