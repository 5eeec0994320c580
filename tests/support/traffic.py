"""Traffic at one border, small and seeded: what suppliers send, and who may see it.

Twelve days at Nur Zholy – Khorgos. Two worlds are made of it: one with everything, and one with nothing but what
`members` may see.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.support.nodes import FOR_MEMBERS, HIDDEN

from birlik.kernel.policy import Labels

POSITIONS = "application/vnd.birlik.positions"
SINCE = datetime(2026, 3, 2, tzinfo=UTC)
LATITUDE, FAR_WEST, SIDE_A, SIDE_B, FAR_EAST = 44.21, 80.20, 80.39, 80.41, 80.60


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One message: when it comes, what it is, and whether the members may see it."""

    at: datetime
    intake: str
    """Name of the intake that takes it."""
    body: bytes
    source_id: str
    shown: bool
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> Labels:
        return FOR_MEMBERS if self.shown else HIDDEN


def fixes(truck: str, start: datetime, hours: float, dice: random.Random, every_min: int = 20) -> list[str]:
    """A truck comes from the west, waits `hours` from the queue to the far post, and goes on: lines of positions."""
    lines, at = [], start
    legs = (
        (FAR_WEST, SIDE_A - 0.12, 1.0),
        (SIDE_A - 0.02, SIDE_A, hours * 0.6),
        (SIDE_B, SIDE_B, hours * 0.4),
        (SIDE_B + 0.12, FAR_EAST, 1.0),
    )
    for begin, end, lasts in legs:
        steps = max(2, round(lasts * 60 / every_min))
        for step in range(steps):
            longitude = begin + (end - begin) * step / (steps - 1) + dice.gauss(0, 2e-4)
            latitude = LATITUDE + dice.gauss(0, 2e-4)
            if len(lines) == 5:
                longitude += 1.0  # one jump of the receiver
            lines.append(f"{truck},{at.isoformat()},{latitude:.6f},{longitude:.6f},{abs(dice.gauss(5, 3)):.1f}")
            at += timedelta(hours=lasts / steps)
    return lines


HEAD = "object_id,time,latitude,longitude,speed_km_h"


def positions(lines: list[str]) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


def epcis(event_id: str, at: datetime, step: str) -> bytes:
    event = {
        "type": "ObjectEvent",
        "eventID": event_id,
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+05:00",
        "epcList": ["urn:birlik:object:wagon_1520:52687431"],
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": "in_transit",
        "readPoint": {"id": "urn:birlik:place:unlocode:KZDOS"},
        "bizLocation": {"id": "urn:birlik:place:unlocode:KZDOS"},
    }
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(),
        "epcisHeader": {"epcisMasterData": {"vocabularyList": [{"type": "urn:epcglobal:epcis:vtype:ReadPoint"}]}},
        "epcisBody": {"eventList": [event]},
    }
    return json.dumps(document).encode()


def _trucks(dice: random.Random) -> Iterator[Sent]:
    for i in range(36):
        start = SINCE + timedelta(hours=8 * i)
        # Some are heard often enough for their speed without stops.
        lines = fixes(f"truck-{i:02}", start, 2 + dice.random() * 4, dice, every_min=4 if i % 3 == 1 else 20)
        came = start + timedelta(hours=9)
        if i % 3 == 0:
            # The same object partly hidden: every second fix, and the whole second half, in hidden messages.
            half = len(lines) // 2
            yield Sent(at=came, intake="positions", body=positions(lines[:half:2]), source_id="gps", shown=True)
            hidden = positions(lines[1:half:2] + lines[half:])
            yield Sent(at=came, intake="positions", body=hidden, source_id="gps", shown=False)
        else:
            yield Sent(at=came, intake="positions", body=positions(lines), source_id="gps", shown=True)
        # Whole objects hidden, sorting before and after those that are seen.
        name, source = (f"a-hidden-{i:02}", "gps") if i % 2 else (f"zz-hidden-{i:02}", "a-hidden-source")
        lines = fixes(name, start + timedelta(minutes=7), 2 + dice.random() * 6, dice, every_min=25)
        yield Sent(at=came, intake="positions", body=positions(lines), source_id=source, shown=False)


def _heartbeats() -> Iterator[Sent]:
    """Feeds that go quiet at the end: one that the members see, one that they do not."""
    for i in range(16):
        at = SINCE + timedelta(days=12, minutes=10 * i)
        for source, shown in (("beacon", True), ("b-hidden-beacon", False)):
            line = f"{source},{at.isoformat()},43.{i:02},76.9,0"
            yield Sent(at=at, intake="positions", body=positions([line]), source_id=source, shown=shown)


def _odd(dice: random.Random) -> Iterator[Sent]:
    """What is late, wrong, repeated, and the same event told otherwise to others."""
    late = SINCE + timedelta(days=12, hours=1)
    for i, shown in ((1, True), (4, False), (7, False)):
        lines = fixes(f"truck-{i:02}", SINCE + timedelta(hours=8 * i + 3, minutes=3), 9, dice, every_min=30)
        yield Sent(at=late, intake="positions", body=positions(lines), source_id="late", shown=shown)
    for shown in (True, False):
        wrong = positions(["truck-00,yesterday,44.2,80.3,1", f"truck-00,{SINCE.isoformat()},99,80.3,1"])
        wrong = wrong if shown else wrong + b"\ntruck-00,tomorrow,1,1,1"
        yield Sent(at=late, intake="positions", body=wrong, source_id="gps", shown=shown)
    names = "NOM_VAG,DATE_OP,KOP_VMD,STAN_OP,INDEX_POEZD,VES_GRZ"
    row = "52687431,2026-03-0{day} 05:00:00,02,708507,7085-023-7077,64500"
    for day, shown in ((2, True), (3, False), (4, True)):
        body = f"{names}\n{row.format(day=day)}".encode()
        yield Sent(at=late, intake="dislocation", body=body, source_id="railway", shown=shown)
    border = "object_id,time,place,activity"
    for i in range(18):
        start = SINCE + timedelta(hours=12 * i)
        told = [("own:kz-nurzholy", "arrive", 0), ("own:kz-nurzholy", "inspect", 1), ("own:kz-nurzholy", "depart", 3)]
        told += [("own:cn-khorgos", "arrive", 4), ("own:cn-khorgos", "depart", 6)]
        lines = [f"KZ 1{i:02} ABC 02,{(start + timedelta(hours=h)).isoformat()},{p},{a}" for p, a, h in told]
        body = "\n".join((border, *lines)).encode()
        yield Sent(at=late, intake="border_events", body=body, source_id="agency", shown=i % 2 == 0)
    first = "urn:uuid:11111111-0000-4000-8000-00000000000"
    for i, (number, step, shown) in enumerate(
        ((1, "departing", False), (1, "arriving", True), (2, "arriving", True), (3, "arriving", False))
    ):
        body = epcis(f"{first}{number}", SINCE + timedelta(hours=i), step)
        yield Sent(at=late, intake="epcis", body=body, source_id="shipper", shown=shown)


def worlds() -> tuple[list[Sent], list[Sent]]:
    """(everything, what the members may see), in the order in which it comes."""
    dice = random.Random(20260302)
    sent = sorted([*_trucks(dice), *_heartbeats(), *_odd(dice)], key=lambda s: s.at)
    return sent, [s for s in sent if s.shown]
