"""What a node hears of what it is told, in the order in which it arrives: files, and fixes one by one."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.simulate.suppliers import (
    FAULTS,
    SOUND,
    SUPPLIERS,
    TRUNCATED,
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
from birlik.domains.transport.simulate.telling import PLATES, TRACKERS, Events, Ints, Level, Mask, Positions
from birlik.kernel.intake import Delivery

WRONG_DIGIT = "wrong check digit"
QUIET_SOURCE = "kz-customs-south"
QUIET_BEFORE_END_S = 10 * 3600
FILE_AFTER_S = 180
BROKEN_BEFORE_S = 120
REPEATED_AFTER_S = 30
LIVE_FLEET_S, LIVE_PLATES_S = 600, 3600
OUTAGES: tuple[tuple[str, float, float], ...] = (
    ("kz-customs", 0.31, 29.0), ("khorgos-fleet", 0.52, 17.0), ("kz-railway", 0.67, 40.0), ("trackers", 0.8, 6.0),
    ("kz-queue", 0.74, 22.0), ("kordai-fleet", 0.15, 33.0),
)  # fmt: skip
"""(source, share of the past after which it begins, hours): what is due meanwhile comes when it ends. Where the past
is shorter than three weeks none happens."""
OUTAGES_FROM_DAYS = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One file, not yet written."""

    arrival_s: float
    supplier: Supplier
    name: str
    encode: Callable[[], Message]
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What is told, how it is sent, and when the past ends. Seconds after the start."""

    start: datetime
    end_s: int
    fixes: Positions
    single: Mask
    """Which fixes come one by one."""
    events: Events
    level: Level
    happens: bool
    """Whether sources have outages, and one falls silent at the end."""
    seed: int

    def past(self) -> Iterator[Delivery]:
        """All that reaches the node until the end, in the order of arrival."""
        files = sorted((*self._position_files(), *self._event_files()), key=attrgetter("arrival_s"))
        return heapq.merge(
            self._one_by_one(np.flatnonzero(self.single), until_s=self.end_s),
            (self._delivery(batch) for batch in files),
            key=attrgetter("received_time"),
        )

    def live(self, since_s: float, per_second: float) -> Iterator[Delivery]:
        """The same from then on; of single fixes no more than `per_second`, the others are lost on the way."""
        files = sorted((b for b in self._live_files() if b.arrival_s > since_s), key=attrgetter("arrival_s"))
        ahead = np.flatnonzero(self.single & (self.fixes.arrival_s > since_s))
        span = float(np.ptp(self.fixes.arrival_s[ahead])) if ahead.size else 0.0
        every = max(1, int(ahead.size / max(span * per_second, 1.0)))
        return heapq.merge(
            self._one_by_one(ahead[::every]),
            (self._delivery(batch) for batch in files),
            key=attrgetter("received_time"),
        )

    def refused(self) -> dict[str, int]:
        """What of the past must end in quarantine, by kind."""
        counts = dict.fromkeys(FAULTS[1:], 0)
        filed = ~self.single & self._filed()
        for code, name in enumerate(FAULTS[1:], 1):
            counts[name] += int((filed & (self.fixes.fault == code)).sum())
        # A single fix sent twice is one message, known by its bytes: refused once.
        spoilt = np.flatnonzero(self.single & (self.fixes.fault != SOUND) & (self.arrivals() <= self.end_s))
        as_json = self.fixes.as_json[spoilt].tolist()
        messages = ((osmand(s, as_json=j), s.fault) for s, j in zip(self.seen(spoilt), as_json, strict=True))
        seen = {(message.body, message.parameters.get("query")): fault for message, fault in messages}
        for fault in seen.values():
            counts[FAULTS[fault]] += 1
        for batch in self._event_files():
            for kind, n in batch.refused.items():
                counts[kind] = counts.get(kind, 0) + n
        return counts

    def arrivals(self) -> npt.NDArray[np.float64]:
        """When each fix comes, were it sent by itself."""
        arrival = self.fixes.arrival_s
        back = self._back_after(TRACKERS, arrival)
        return np.where(self.single, back, arrival)

    def _back_after(self, source: str, arrival_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Arrivals with the outages of their source."""
        days = self.end_s / 86_400
        if not self.happens or days < OUTAGES_FROM_DAYS:
            return arrival_s
        for name, share, hours in OUTAGES:
            if name == source:
                begin, end = share * self.end_s, share * self.end_s + hours * 3600
                arrival_s = np.where(
                    (arrival_s >= begin) & (arrival_s < end), end + (arrival_s - begin) * 0.02, arrival_s
                )
        return arrival_s

    def _due(self, source: str, arrival_s: float) -> float:
        return float(self._back_after(source, np.array([arrival_s]))[0])

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

    def _one_by_one(self, rows: Ints, until_s: float = float("inf")) -> Iterator[Delivery]:
        arrivals = self.arrivals()
        rows = rows[arrivals[rows] <= until_s]
        rows = rows[np.argsort(arrivals[rows], kind="stable")]
        for first in range(0, rows.size, 5000):
            part = rows[first : first + 5000]
            as_json = self.fixes.take(part).as_json.tolist()
            for seen, arrival_s, is_json in zip(self.seen(part), arrivals[part].tolist(), as_json, strict=True):
                message = osmand(seen, as_json=is_json)
                yield Delivery(
                    body=message.body,
                    media_type=message.media_type,
                    source_id=TRACKERS,
                    received_time=instant(self.start, arrival_s),
                    parameters=message.parameters,
                )

    def seen(self, rows: Ints) -> list[Seen]:
        """Fixes as suppliers write them."""
        of = self.fixes
        speeds = [None if np.isnan(v) else 3.6 * v for v in of.speed_m_s[rows].tolist()]
        columns = (of.object_id, of.time_s, of.latitude, of.longitude)
        values = zip(*(column[rows].tolist() for column in columns), speeds, of.fault[rows].tolist(), strict=True)
        return [Seen(object_id, instant(self.start, time_s), *rest) for object_id, time_s, *rest in values]

    def told(self, rows: Ints) -> list[Event]:
        """Events as suppliers write them."""
        e = self.events
        columns = (e.object_id, e.wrong_digit, e.time_s, e.place_id, e.activity)
        return [
            Event(wrong_digit(i) if wrong else i, instant(self.start, time_s), place_id, activity)
            for i, wrong, time_s, place_id, activity in zip(*(c[rows].tolist() for c in columns), strict=True)
        ]

    def _filed(self) -> Mask:
        """Which fixes had come to their forwarder when the last file of the past was made."""
        filed: Mask = self.fixes.arrival_s <= self.end_s
        return filed

    def _position_files(self) -> Iterator[Batch]:
        """By forwarder, at its own pace; what lies there at the end comes with the end."""
        rows = np.flatnonzero(~self.single & self._filed())
        yield from self._files(rows, None, float(self.end_s))

    def _files(self, rows: Ints, every_s: int | None, last_s: float) -> Iterator[Batch]:
        sources = self.fixes.source[rows]
        for source in np.unique(sources).tolist():
            supplier, mine = SUPPLIERS[source], rows[sources == source]
            pace = every_s or supplier.every_s
            turn = (self.fixes.arrival_s[mine] // pace).astype(np.int64)
            for n in np.unique(turn).tolist():
                due = (n + 1) * pace + FILE_AFTER_S
                yield Batch(
                    arrival_s=min(self._due(source, due) if every_s is None else due, last_s),
                    supplier=supplier,
                    name=self._stamp(n * pace),
                    encode=partial(_positions, self, supplier, mine[turn == n]),
                )

    def _stamp(self, seconds: float) -> str:
        return f"{instant(self.start, seconds):%Y%m%d-%H%M}"

    def _event_files(self) -> Iterator[Batch]:
        """Every supplier at its own pace; some broken first, some twice."""
        rng = np.random.default_rng((self.seed, 3))
        for source, supplier in SUPPLIERS.items():
            mine = np.flatnonzero((self.events.source == source) & (self.events.arrival_s <= self.end_s))
            turn = (self.events.arrival_s[mine] // max(supplier.every_s, 1)).astype(np.int64)
            for n in np.unique(turn).tolist():
                rows = mine[turn == n]
                arrival = self._file_time(supplier, n)
                breaks, repeats = rng.random(2) < (self.level.truncated_share, self.level.repeated_share)
                if not self._comes(source, arrival):
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

    def _file_time(self, supplier: Supplier, turn: int) -> float:
        return self._due(supplier.source_id, float((turn + 1) * supplier.every_s + FILE_AFTER_S))

    def _comes(self, source: str, arrival_s: float) -> bool:
        """Whether a file of events is of the past: one that is still being filled at its end is not."""
        silent_from = self.end_s - QUIET_BEFORE_END_S if self.happens and source == QUIET_SOURCE else self.end_s
        return arrival_s + REPEATED_AFTER_S <= silent_from

    def _live_files(self) -> Iterator[Batch]:
        ahead = ~self.single & ~self._filed()
        plates = self.fixes.source == PLATES
        yield from self._files(np.flatnonzero(ahead & plates), LIVE_PLATES_S, float("inf"))
        yield from self._files(np.flatnonzero(ahead & ~plates), LIVE_FLEET_S, float("inf"))
        e = self.events
        for i in range(e.time_s.size):
            supplier = SUPPLIERS[str(e.source[i])]
            silent = self.happens and supplier.source_id == QUIET_SOURCE
            came = self._comes(
                supplier.source_id, self._file_time(supplier, int(e.arrival_s[i] // max(supplier.every_s, 1)))
            )
            if silent or (came and e.arrival_s[i] <= self.end_s):
                continue
            # What the file that was being filled at the end would have held comes at once.
            arrival = float(max(e.arrival_s[i], self.end_s + 1))
            encode = partial(_events, self, supplier, np.array([i]), arrival)
            yield Batch(arrival_s=arrival, supplier=supplier, name=f"live-{i}", encode=encode)


def chosen_singles(fixes: Positions, most: int, end_s: float, seed: int) -> Mask:
    """Fixes of whole trackers that send by themselves, drawn by lot until `most` of the past are reached."""
    own = fixes.alone
    names, which = np.unique(fixes.object_id[own], return_inverse=True)
    past = np.bincount(which, weights=fixes.arrival_s[own] <= end_s, minlength=names.size)
    order = np.random.default_rng((seed, 4)).permutation(names.size)
    kept = np.zeros(names.size, np.bool_)
    kept[order[np.cumsum(past[order]) <= most]] = True
    chosen = np.zeros(own.size, np.bool_)
    chosen[own] = kept[which]
    return chosen


def _positions(hearing: Hearing, supplier: Supplier, rows: Ints) -> Message:
    return encode_positions(supplier, hearing.seen(rows))


def _events(hearing: Hearing, supplier: Supplier, rows: Ints, arrival_s: float) -> Message:
    return encode_events(supplier, hearing.told(rows), instant(hearing.start, arrival_s))


def _broken(encode: Callable[[], Message]) -> Message:
    return truncated(encode())
