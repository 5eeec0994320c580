"""What a node hears of a world, in the order in which it arrives: files, and fixes one by one."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.simulate.corridor import FORMS, GONE, KM_PER_DEG, PARKED, Passages, uniform
from birlik.domains.transport.simulate.events import Events
from birlik.domains.transport.simulate.faults import FAULTS, SOUND, TRUNCATED, Fixes, Level, seen_at
from birlik.domains.transport.simulate.law import Ints
from birlik.domains.transport.simulate.suppliers import (
    FLEET_OF_CROSSING,
    SUPPLIERS,
    Event,
    Message,
    Seen,
    Supplier,
    encode_events,
    encode_positions,
    instant,
    osmand,
    truncated,
    wrong_digit,
)
from birlik.domains.transport.vocabulary import ACTIVITIES
from birlik.kernel.intake import Delivery

Mask = npt.NDArray[np.bool_]

TRACKERS = "trackers"
PLATES = "bosphorus-cargo"
WRONG_DIGIT = "wrong check digit"
QUIET_SOURCE = "tr-customs"
QUIET_BEFORE_END_S = 10 * 3600
DAY_S = 86_400
DAY_FILE_AFTER_S = 1200
HOUR_FILE_AFTER_S = 180
BROKEN_BEFORE_S = 120
REPEATED_AFTER_S = 30
LIVE_FILES_S = 3600
LIVE_BLOCK_S = 300
LIVE_LEAST_STEP_S = 10.0
JSON_EVERY = 10
"""Every tenth tracker speaks JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One file, not yet written."""

    arrival_s: float
    supplier: Supplier
    name: str
    encode: Callable[[], Message]
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Fixes and events of a world, how they are sent, and when the past ends. Seconds after the start."""

    start: datetime
    end_s: int
    world: Passages
    fixes: Fixes
    single: Mask
    """Which fixes come one by one."""
    events: Events
    level: Level
    quiet: bool
    seed: int

    def past(self) -> Iterator[Delivery]:
        files = sorted((*self._position_files(), *self._event_files()), key=attrgetter("arrival_s"))
        return heapq.merge(
            self._one_by_one(self.fixes, np.flatnonzero(self.single & self._arrived())),
            (self._delivery(batch) for batch in files),
            key=attrgetter("received_time"),
        )

    def live(self, since_s: float, per_second: float) -> Iterator[Delivery]:
        files = sorted((b for b in self._live_files() if b.arrival_s > since_s), key=attrgetter("arrival_s"))
        own = self._fleet(self.fixes.passage) != PLATES
        caught_up = own & (self.fixes.arrival_s > since_s) & (self.fixes.time_s <= self.end_s)
        return heapq.merge(
            self._live_fixes(since_s, per_second),
            self._one_by_one(self.fixes, np.flatnonzero(caught_up)),
            (self._delivery(batch) for batch in files),
            key=attrgetter("received_time"),
        )

    def refused(self) -> dict[str, int]:
        """What of the past must end in quarantine, by kind."""
        # A single fix sent twice is one message, known by its bytes: refused once.
        arrived = self._arrived() & ~(self.single & self._again())
        counts = {name: int((arrived & (self.fixes.fault == code)).sum()) for code, name in enumerate(FAULTS) if code}
        for batch in self._event_files():
            for kind, n in batch.refused.items():
                counts[kind] = counts.get(kind, 0) + n
        return counts

    def _again(self) -> Mask:
        """Which fixes repeat the one before; duplicates stand side by side."""
        of = self.fixes
        again = np.zeros(of.time_s.size, np.bool_)
        columns = (of.passage, of.time_s, of.latitude, of.fault)
        again[1:] = np.logical_and.reduce([np.diff(column) == 0 for column in columns])
        return again

    def _arrived(self) -> Mask:
        arrived: Mask = self.fixes.arrival_s <= self.end_s
        return arrived

    def _delivery(self, batch: Batch) -> Delivery:
        message = batch.encode()
        return Delivery(
            body=message.body,
            media_type=message.media_type,
            source_id=batch.supplier.source_id,
            received_time=instant(self.start, batch.arrival_s),
            filename=f"{batch.supplier.source_id}-{batch.name}.{message.extension}",
            parameters=message.parameters,
        )

    def _one_by_one(self, of: Fixes, rows: Ints) -> Iterator[Delivery]:
        rows = rows[np.argsort(of.arrival_s[rows], kind="stable")]
        for first in range(0, rows.size, 5000):
            part = rows[first : first + 5000]
            as_json = (of.passage[part] % JSON_EVERY == 0).tolist()
            for seen, arrival_s, is_json in zip(self.seen(of, part), of.arrival_s[part].tolist(), as_json, strict=True):
                message = osmand(seen, as_json=is_json)
                yield Delivery(
                    body=message.body,
                    media_type=message.media_type,
                    source_id=TRACKERS,
                    received_time=instant(self.start, arrival_s),
                    parameters=message.parameters,
                )

    def seen(self, of: Fixes, rows: Ints) -> list[Seen]:
        columns = (of.time_s, of.latitude, of.longitude, of.speed_m_s * 3.6, of.course_deg, of.accuracy_m, of.fault)
        ids = self.world.object_id[of.passage[rows]].tolist()
        values = zip(ids, *(column[rows].tolist() for column in columns), strict=True)
        return [Seen(object_id, instant(self.start, time_s), *numbers) for object_id, time_s, *numbers in values]

    def told(self, supplier: Supplier, rows: Ints) -> list[Event]:
        e = self.events
        ids = self.world.object_id[e.passage[rows]].tolist()
        columns = (column[rows].tolist() for column in (e.wrong_digit, e.time_s, e.place_id, e.activity))
        return [
            Event(wrong_digit(i) if wrong else i, instant(self.start, time_s), place_id, ACTIVITIES[activity])
            for i, wrong, time_s, place_id, activity in zip(ids, *columns, strict=True)
        ]

    def _fleet(self, passage: Ints) -> npt.NDArray[np.str_]:
        """Whose file a fix comes in, unless it comes by itself."""
        by_leg = np.array([FLEET_OF_CROSSING.get(leg.crossing_id, TRACKERS) for leg in self.world.legs])
        plates = self.world.form[passage] == FORMS.index("plates")
        return np.where(plates, PLATES, by_leg[self.world.leg[passage]])

    def _position_files(self) -> Iterator[Batch]:
        """By day and forwarder; the last, broken day comes at the end."""
        rows = np.flatnonzero(~self.single & self._arrived())
        return self._files(rows, DAY_S, float(self.end_s))

    def _files(self, rows: Ints, every_s: int, last_s: float) -> Iterator[Batch]:
        rows = rows[np.argsort(self.fixes.arrival_s[rows], kind="stable")]
        sources = self._fleet(self.fixes.passage[rows])
        turn = (self.fixes.arrival_s[rows] // every_s).astype(np.int64)
        for source in np.unique(sources).tolist():
            for n in np.unique(turn[sources == source]).tolist():
                supplier, chosen = SUPPLIERS[source], rows[(sources == source) & (turn == n)]
                yield Batch(
                    arrival_s=min((n + 1) * every_s + DAY_FILE_AFTER_S, last_s),
                    supplier=supplier,
                    name=self._stamp(n * every_s),
                    encode=partial(_positions, self, supplier, chosen),
                )

    def _stamp(self, seconds: float) -> str:
        return f"{instant(self.start, seconds):%Y%m%d-%H%M}"

    def _event_files(self) -> Iterator[Batch]:
        """Every supplier at its own pace; some broken first, some twice."""
        rng = np.random.default_rng((self.seed, 3))
        for source, supplier in SUPPLIERS.items():
            mine = np.flatnonzero(self.events.source == source)
            turn = (self.events.arrival_s[mine] // max(supplier.every_s, 1)).astype(np.int64)
            for n in np.unique(turn).tolist():
                rows = mine[turn == n]
                arrival = self._due(supplier, n * supplier.every_s)
                breaks, repeats = rng.random(2) < (self.level.truncated_share, self.level.duplicate_share)
                if not self._open(source, arrival):
                    continue
                whole = Batch(
                    arrival_s=arrival,
                    supplier=supplier,
                    name=self._stamp(n * supplier.every_s),
                    encode=partial(_events, self, supplier, rows, arrival),
                    refused={WRONG_DIGIT: int(self.events.wrong_digit[rows].sum())},
                )
                if breaks and supplier.form == "epcis":
                    yield replace(
                        whole,
                        arrival_s=arrival - BROKEN_BEFORE_S,
                        name=whole.name + "-broken",
                        encode=partial(_broken, whole.encode),
                        refused={FAULTS[TRUNCATED]: 1},
                    )
                yield whole
                if repeats:
                    # The very same bytes: known by their hash, so nothing of them is refused again.
                    yield replace(whole, arrival_s=arrival + REPEATED_AFTER_S, refused={})

    def _due(self, supplier: Supplier, arrival_s: float) -> float:
        return float((arrival_s // supplier.every_s + 1) * supplier.every_s + HOUR_FILE_AFTER_S)

    def _open(self, source: str, arrival_s: float) -> bool:
        silent_from = self.end_s - QUIET_BEFORE_END_S if self.quiet and source == QUIET_SOURCE else self.end_s
        return arrival_s + REPEATED_AFTER_S <= silent_from

    def _live_files(self) -> Iterator[Batch]:
        plates = self._fleet(self.fixes.passage) == PLATES
        yield from self._files(np.flatnonzero(plates & ~self._arrived()), LIVE_FILES_S, float("inf"))
        for i in range(self.events.passage.size):
            supplier = SUPPLIERS[str(self.events.source[i])]
            silent = self.quiet and supplier.source_id == QUIET_SOURCE
            if silent or self._open(supplier.source_id, self._due(supplier, float(self.events.arrival_s[i]))):
                continue
            # What the file that was being filled at the end would have held comes at once.
            arrival = float(max(self.events.arrival_s[i], self.end_s + 1))
            encode = partial(_events, self, supplier, np.array([i]), arrival)
            yield Batch(arrival_s=arrival, supplier=supplier, name=f"live-{i}", encode=encode)

    def _live_fixes(self, since_s: float, per_second: float) -> Iterator[Delivery]:
        tracked = np.isin(self.world.form, [FORMS.index("single"), FORMS.index("fleet")])
        begins, ends = self.world.time_s[:, PARKED], self.world.time_s[:, GONE]
        rng = np.random.default_rng((self.seed, 4))
        for block in range(round(since_s), int(begins.max(initial=0)), LIVE_BLOCK_S):
            on = np.flatnonzero(tracked & (begins <= block) & (ends > block))
            times = max(int(LIVE_BLOCK_S / max(LIVE_LEAST_STEP_S, on.size / per_second)), 1)
            turns = np.repeat(np.arange(times), on.size) + np.tile(rng.random(on.size), times)
            moment = np.rint(block + turns * (LIVE_BLOCK_S / times))
            yield from self._one_by_one(
                _jittered(seen_at(self.world, np.tile(on, times), moment), rng), np.arange(moment.size)
            )


def chosen_singles(world: Passages, seen: Fixes, most: int) -> Mask:
    """Fixes of whole passages of trackers that send by themselves, drawn by lot until `most` are reached."""
    own = np.flatnonzero(world.form == FORMS.index("single"))
    own = own[np.argsort(uniform(world.random[own], 6), kind="stable")]
    grown = np.cumsum(np.bincount(seen.passage, minlength=world.leg.size)[own])
    chosen: Mask = np.isin(seen.passage, own[grown <= most])
    return chosen


def with_broken_json(seen: Fixes, single: Mask, level: Level, rng: np.random.Generator) -> Fixes:
    broken = single & (seen.passage % JSON_EVERY == 0) & (rng.random(single.size) < level.truncated_share)
    return replace(seen, fault=np.where(broken & (seen.fault == SOUND), TRUNCATED, seen.fault))


def _positions(heard: Heard, supplier: Supplier, rows: Ints) -> Message:
    return encode_positions(supplier, heard.seen(heard.fixes, rows))


def _events(heard: Heard, supplier: Supplier, rows: Ints, arrival_s: float) -> Message:
    return encode_events(supplier, heard.told(supplier, rows), instant(heard.start, arrival_s))


def _broken(encode: Callable[[], Message]) -> Message:
    return truncated(encode())


def _jittered(of: Fixes, rng: np.random.Generator) -> Fixes:
    north, east = (rng.normal(0, 10 / 1000 / KM_PER_DEG, of.time_s.size) for _ in range(2))
    return replace(
        of,
        latitude=of.latitude + north,
        longitude=of.longitude + east,
        accuracy_m=np.full(of.time_s.size, 15.0),
        arrival_s=of.arrival_s + 1,
    )
