"""What border agencies and railways write of each passage, faults included, as columns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.simulate.corridor import (
    AT_FAR,
    AT_NEAR,
    ENTRY,
    EXIT,
    FORMS,
    FROM_FAR,
    FROM_NEAR,
    Passages,
)  # fmt: skip
from birlik.domains.transport.simulate.faults import LATEST_S, Level
from birlik.domains.transport.simulate.law import Floats, Ints
from birlik.domains.transport.simulate.suppliers import SUPPLIERS, UNKNOWN_PLACE, source_of_event
from birlik.domains.transport.vocabulary import ACTIVITIES, places

UPSTREAM_S = 12 * 86_400
"""A wagon for the west passed Almaty so long before: four days to Aktau, the ferry, and the wait for it."""
UPSTREAM_STOP_S = 8 * 3600
NEXT_STATION = {"az-boyuk-kesik": ("az-baku", 14 * 3600), "ge-gardabani": ("ge-tbilisi", 3 * 3600)}
"""The next station that tells of wagons, away from the border, and how long the train takes."""


@dataclass(frozen=True, slots=True)
class Events:
    """One row a line that some supplier writes. Seconds after the start of the period."""

    passage: Ints
    time_s: Ints
    """By the supplier's clock."""
    place_id: npt.NDArray[np.str_]
    activity: Ints
    """Index in ACTIVITIES."""
    source: npt.NDArray[np.str_]
    arrival_s: Floats
    """From when on the supplier can send it."""
    wrong_digit: npt.NDArray[np.bool_]

    def take(self, chosen: npt.NDArray[np.generic]) -> "Events":
        return Events(
            self.passage[chosen], self.time_s[chosen], self.place_id[chosen], self.activity[chosen],
            self.source[chosen], self.arrival_s[chosen], self.wrong_digit[chosen],
        )  # fmt: skip


Part = tuple[Ints, Ints, npt.NDArray[np.str_], str]


def events(world: Passages, level: Level, rng: np.random.Generator) -> Events:
    """The events of all objects that customs or a railway know, in the order of time."""
    told = np.isin(world.form, [FORMS.index(form) for form in ("plates", "paper", "wagon")])
    parts: list[Part] = []
    for number, leg in enumerate(world.legs):
        mine = np.flatnonzero(told & (world.leg == number))
        parts += _told_of(world, mine, [(stage.activity, stage.side) for stage in leg.stages], leg.mode == "rail")
    passage = np.concatenate([part[0] for part in parts])
    time_s = np.concatenate([part[1] for part in parts])
    place_id = np.concatenate([part[2] for part in parts])
    activity = np.concatenate([np.full(part[0].size, ACTIVITIES.index(part[3])) for part in parts])
    source = _sources(world, passage, place_id, activity)
    late_s = (rng.random(world.leg.size) < level.late_share) * rng.uniform(86_400, LATEST_S, world.leg.size)
    ahead = np.array([SUPPLIERS[name].clock_ahead for name in source.tolist()]) * level.customs_clock_s
    missing = (rng.random(world.leg.size) < level.missing_side_share)[passage] & (place_id == world.far[passage])
    wagons = world.form[passage] == FORMS.index("wagon")
    in_table = np.array([SUPPLIERS[name].form != "epcis" for name in source.tolist()])
    wrong = wagons & in_table & (rng.random(passage.size) < level.wrong_digit_share)
    arrival = time_s + 60.0 + late_s[passage]
    found = Events(passage, (time_s + ahead).astype(np.int64), place_id, activity, source, arrival, wrong)
    kept = np.flatnonzero(~missing & (time_s >= 0))
    found = found.take(kept)
    again = np.flatnonzero((rng.random(kept.size) < level.duplicate_share) & ~found.wrong_digit)
    strange = np.flatnonzero(
        (rng.random(kept.size) < level.unknown_place_share) & np.char.startswith(found.source, "cn-")
    )
    extra = found.take(strange)
    elsewhere = Events(
        extra.passage, extra.time_s + 60, np.full(strange.size, UNKNOWN_PLACE, found.place_id.dtype), extra.activity,
        extra.source, extra.arrival_s, extra.wrong_digit,
    )  # fmt: skip
    whole = _joined(found, found.take(again), elsewhere)
    return whole.take(np.argsort(whole.time_s, kind="stable"))


def _told_of(world: Passages, mine: Ints, stages: list[tuple[str, str]], rail: bool) -> list[Part]:
    times, near, far = world.time_s[mine], world.near[mine], world.far[mine]
    parts: list[Part] = [
        (mine, times[:, ENTRY], near, "arrive" if rail else "queue"),
        (mine, times[:, AT_NEAR], near, "documents"),
        (mine, times[:, FROM_NEAR], near, "depart"),
        (mine, times[:, AT_FAR], far, "arrive"),
        (mine, times[:, FROM_FAR], far, "clear"),
        (mine, times[:, EXIT], far, "depart"),
    ]
    if not rail:
        parts.append((mine, times[:, AT_NEAR], near, "arrive"))
    for side, place, end in (("near", near, FROM_NEAR), ("far", far, FROM_FAR)):
        after = np.zeros(mine.size, np.int64)
        # The last stage of a post ends when it is left: count back from there.
        for i in reversed([i for i, stage in enumerate(stages) if stage[1] == side]):
            after = after + world.stage_s[mine, i]
            had = world.stage_s[mine, i] > 0
            parts.append((mine[had], (times[:, end] - after)[had], place[had], stages[i][0]))
    if rail:
        for post, (station, away_s) in NEXT_STATION.items():
            came, went = near == post, far == post
            parts.append((mine[came], times[came, ENTRY] - away_s, np.full(int(came.sum()), station), "depart"))
            parts.append((mine[went], times[went, EXIT] + away_s, np.full(int(went.sum()), station), "arrive"))
        # Only of a wagon that is new here: one that comes back was at the border twelve days ago.
        west = (near == "az-boyuk-kesik") & _first(world)[mine]
        arrived = times[west, ENTRY] - UPSTREAM_S
        almaty = np.full(arrived.size, "kz-almaty", world.near.dtype)
        parts.append((mine[west], arrived, almaty, "arrive"))
        parts.append((mine[west], arrived + UPSTREAM_STOP_S, almaty, "depart"))
    return parts


def _first(world: Passages) -> npt.NDArray[np.bool_]:
    """Which passages are the first of their object."""
    order = np.argsort(world.time_s[:, ENTRY], kind="stable")
    first = np.zeros(order.size, np.bool_)
    first[order[np.unique(world.object_id[order], return_index=True)[1]]] = True
    return first


def _sources(world: Passages, passage: Ints, place_id: npt.NDArray[np.str_], activity: Ints) -> npt.NDArray[np.str_]:
    country = {place.place_id: place.country for place in places()}
    rail = world.form[passage] == FORMS.index("wagon")
    keys = list(zip(place_id.tolist(), activity.tolist(), rail.tolist(), strict=True))
    known = {
        (place, doing, is_rail): source_of_event(place, ACTIVITIES[doing], rail=is_rail, country=country)
        for place, doing, is_rail in set(keys)
    }
    return np.array([known[key] for key in keys])


def _joined(*parts: Events) -> Events:
    return Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in Events.__dataclass_fields__))
