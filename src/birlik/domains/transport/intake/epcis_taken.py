"""What is taken of a document: its events judged against what the store holds under their ids.

Everything that reading made of a document is in `Candidates`, as Arrow and plain values, so that it can be handed from
a worker process to the node, and judged again there when the commit knows what the store holds.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.events import CAPTURE_JOB, EPCIS_EVENT, MASTER_DATA
from birlik.domains.transport.intake.epcis_identity import Event, Held, Verdict, judged
from birlik.domains.transport.wire.epcis_http import OtherContent, problem_of
from birlik.errors import DeliveryError, Implausible, Where
from birlik.kernel.intake import Asks, Decoded
from birlik.kernel.tables import Rows
from birlik.said import Said

ROLLBACK, PROCEED = "rollback", "proceed"

MOST_FAULTS = 1_000
"""Refused events that are told one by one; a document with more is told how many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What became of a document: the `result` of its receipt."""

    capture_id: str
    message: str
    event_ids: Sequence[str]
    """Of all its events, in their order."""
    new_n: int
    """Events that the store did not have; 0 too where all were rolled back."""
    faults: Sequence[DeliveryError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The events of a document that can be taken, should the store hold nothing against it."""

    message: str
    behaviour: str
    source_id: str
    received_time: Any
    has_job: bool
    events_n: int
    """Of the document, those with faults too."""
    pointers: Sequence[str]
    """Of each candidate, its place in the document."""
    ids: Sequence[str]
    hashes: Sequence[str]
    events: Rows
    """A row a candidate."""
    beside: Mapping[str, tuple[Rows, Any]]
    """By table: rows that come with events, and for each the number of its candidate."""
    faults: Sequence[DeliveryError]
    """Of the events that are none."""
    unmoved: Mapping[int, DeliveryError]
    """By number, what is wrong with the movements of a candidate."""
    master_data: tuple[object, ...] | None

    def event(self, number: int) -> Event:
        """A candidate as it is judged: only where something is held under its id."""
        text = self.events.column("event")[number].as_py()
        context = self.events.column("context")[number].as_py()
        time = self.events.column("event_time")[number].as_py()
        return Event(
            number,
            self.ids[number],
            self.hashes[number],
            time,
            orjson.loads(text),
            text.encode(),
            orjson.loads(context) if context else None,
        )


def decoded(read: Candidates) -> Decoded:
    """What is taken if the store holds nothing under these ids, and the question whether it does."""
    made = _decoded(read, {})
    if not read.ids:
        return made
    again = partial(judged_again, read)
    asks = Asks(table=EPCIS_EVENT.name, column="event_id", values=read.ids, again=again, own=True)
    return replace(made, asks=asks)


def judged_again(read: Candidates, rows: Sequence[Mapping[str, Any]]) -> Decoded:
    """The same given rows that the store holds under some of the ids."""
    return _decoded(read, _held(rows))


def _decoded(read: Candidates, held: Mapping[str, Sequence[Held]]) -> Decoded:
    taken, known_n, faults = _judged(read, held)
    if faults and read.behaviour == ROLLBACK:
        taken = []
    refused_n, faults = len(faults), _bounded(faults)
    capture = Capture(
        capture_id=capture_id(read.message, refused_n),
        message=read.message,
        event_ids=read.ids,
        new_n=len(taken),
        faults=faults,
    )
    made: dict[str, Any] = _rows(read, taken)
    if read.has_job:
        made[CAPTURE_JOB.name] = (_job_row(capture, read),)
    if read.master_data is not None:
        made[MASTER_DATA.name] = (read.master_data,)
    notices = (Said("events that were here already: {n}", n=known_n),) if known_n else ()
    return Decoded(rows=made, refused=faults, notices=notices, result=capture)


def _judged(read: Candidates, held: Mapping[str, Sequence[Held]]) -> tuple[Sequence[int], int, list[DeliveryError]]:
    """(numbers of the candidates that are taken, how many are known, what is wrong with others)."""
    faults = list(read.faults)
    if not held and not read.unmoved and len(set(read.ids)) == len(read.ids):
        return range(len(read.ids)), 0, faults
    taken: list[int] = []
    known_n = 0
    twice = {identity for identity, n in Counter(read.ids).items() if n > 1}
    earlier: dict[str, list[Event]] = {}
    for number, identity in enumerate(read.ids):
        event = read.event(number) if identity in held or identity in twice else None
        verdict = judged(event, held.get(identity, ()), earlier.get(identity, ())) if event else Verdict.NEW
        if verdict is Verdict.KNOWN:
            known_n += 1
        elif verdict is Verdict.CONFLICT:
            faults.append(_conflict(read, number))
        elif number in read.unmoved:
            faults.append(read.unmoved[number])
        else:
            taken.append(number)
            if event is not None:
                earlier.setdefault(identity, []).append(event)
    return taken, known_n, faults


def _rows(read: Candidates, taken: Sequence[int]) -> dict[str, Any]:
    if not taken:
        return {}
    if len(taken) == len(read.ids):
        return {EPCIS_EVENT.name: read.events, **{name: rows for name, (rows, _) in read.beside.items()}}
    numbers = pa.array(taken, pa.int64())
    made = {EPCIS_EVENT.name: read.events.take(numbers)}
    for name, (rows, at) in read.beside.items():
        made[name] = rows.filter(pc.is_in(at, value_set=numbers))
    return made


def capture_id(message: str, refused_n: int) -> str:
    """What names the job of a message: a later try is another job, since it is made only where less is refused."""
    return sha256(f"{message} {refused_n}".encode()).hexdigest()[:32] if refused_n else message


def _held(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Held]]:
    held: dict[str, list[Held]] = {}
    for row in rows:
        held.setdefault(row["event_id"], []).append(Held(row["content_hash"], row["event"], row["context"]))
    return held


def _conflict(read: Candidates, number: int) -> OtherContent:
    return OtherContent(
        Said("eventID {event_id} is already that of an event with other content", event_id=read.ids[number]),
        raw=read.events.column("event")[number].as_py().encode(),
        where=Where(pointer=read.pointers[number]),
    )


def _bounded(faults: list[DeliveryError]) -> list[DeliveryError]:
    if len(faults) <= MOST_FAULTS:
        return faults
    rest = len(faults) - MOST_FAULTS
    return [
        *faults[:MOST_FAULTS],
        Implausible(Said("{n} more events are refused", n=rest), where=Where(pointer="")),
    ]


def _job_row(capture: Capture, read: Candidates) -> tuple[object, ...]:
    errors = [problem_of(fault) for fault in capture.faults]
    return (
        capture.capture_id,
        read.received_time,
        read.received_time,
        False,
        not capture.faults,
        read.behaviour,
        orjson.dumps(errors).decode(),
        read.events_n,
        capture.new_n,
        read.source_id,
        capture.message,
    )
