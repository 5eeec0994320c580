"""Four months at two road crossings, small and seeded, with what makes engines disagree: ties, gaps, half-told rows."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from birlik.domains.transport.events import MOVEMENT
from birlik.domains.transport.vocabulary import places
from birlik.kernel.store.system import MESSAGE
from birlik.kernel.tables import Rows

START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TRUCKS, TRIPS = 36, 6
POINTS = {place.place_id: (place.latitude, place.longitude) for place in places()}
WAYS = (
    ("kz-almaty", "kz-nurzholy", "cn-khorgos", "cn-urumqi"),
    ("kg-bishkek", "kg-akzhol", "kz-kordai", "kz-almaty"),
)
"""From a city over one post and the other to a city."""
OWN, MEMBERS = 1, 2


def movements() -> Rows:
    """Out and back over a crossing; some turn back, some are still inside at the end, some are only told of."""
    draw = random.Random(20260105)
    rows = [row for truck in range(TRUCKS) for row in _truck(draw, truck)]
    rows += [row for n in range(4) for row in _driven(random.Random(n), TRUCKS + n, START + timedelta(days=30 + n))]
    draw.shuffle(rows)
    schema = MOVEMENT.schema.append(pa.field("views", pa.int64()))
    return pa.Table.from_pylist(rows, schema=schema)


def _truck(draw: random.Random, truck: int) -> list[dict[str, Any]]:
    way, at = WAYS[truck % 2], START + timedelta(hours=draw.uniform(0, 400))
    rows: list[dict[str, Any]] = []
    for trip in range(TRIPS):
        last = trip == TRIPS - 1
        end = "open" if last and truck % 3 == 0 else "back" if draw.random() < 0.12 else "over"
        if last and end == "open":
            at = NOW - timedelta(hours=draw.choice((6, 20, 40, 100)))
        rows += (made := _trip(draw, truck, way, at, end))
        at = made[-1]["phenomenon_time"] + timedelta(hours=draw.uniform(10, 560))
        way = way if end == "back" else way[::-1]
        if at > NOW - timedelta(days=6):
            break
    return rows


def _driven(draw: random.Random, truck: int, at: datetime) -> list[dict[str, Any]]:
    """From the city to the post, seen every four minutes but for a gap, so that moving is told from standing."""
    home, near, *_ = WAYS[truck % 2]
    (la, lo), (ga, go) = POINTS[home], POINTS[near]
    steps = int(max(abs(ga - la), abs(go - lo)) * 111 / 60 * 15)  # about 60 km/h
    made = []
    for step in range(-5, steps + 30):
        part = min(max(step, 0) / steps, 1.0)
        if not 20 < step < 28:
            point = (la + (ga - la) * part, lo + (go - lo) * part)
            made.append(_row(draw, truck, at + timedelta(minutes=4 * step), point, None, "position"))
    return made


def _trip(draw: random.Random, truck: int, way: tuple[str, ...], at: datetime, end: str) -> list[dict[str, Any]]:
    home, near, far, goal = way
    (la, lo), (ga, go) = POINTS[near], POINTS[home]
    length = max(abs(ga - la), abs(go - lo))
    queue = (la + (ga - la) / length * 0.05, lo + (go - lo) / length * 0.05)
    wild = ((la + ga) / 2, (lo + go) / 2)
    stops = [(POINTS[home], 0.5, ()), (wild, 3.0, ()), (queue, draw.lognormvariate(1.2, 0.8), ())]
    stops.append((POINTS[near], draw.lognormvariate(0.7, 0.9), ((near, ("arrive", "documents", "inspect", "clear")))))
    if end == "over":
        stops += [(POINTS[far], draw.lognormvariate(0.3, 0.9), (far, ("arrive", "documents", "depart")))]
        stops += [(POINTS[goal], 1.0, ())]
    elif end == "back":
        stops += [(wild, 1.0, ()), (POINTS[home], 1.0, ())]
    rows = []
    for point, hours, told in stops:
        until = at + timedelta(hours=hours)
        if told and truck % 4 == 0:  # this one also sends events, without a position
            place, names = told
            span = (until - at) / len(names)
            rows += [_row(draw, truck, at + span * i, (None, None), place, name) for i, name in enumerate(names)]
        if told and truck % 4 == 1:  # customs tell this one by its plate
            place, _ = told
            plate = {"object_id": f"plate:KZ {truck:03} ABC 02", "object_key": truck + 1, "object_kind": "vehicle"}
            rows.append(_row(draw, truck, at, (None, None), place, "arrive") | plate)
            rows.append(_row(draw, truck, until, (None, None), place, "depart") | plate)
        while at <= until:
            if draw.random() < 0.9:
                rows.append(_row(draw, truck, at, point, None, "position"))
            at += timedelta(minutes=draw.choice((12, 12, 20, 45, 200)))
        at = max(at, until) + timedelta(minutes=draw.uniform(5, 90))
    return rows


def _row(draw: random.Random, truck: int, at: datetime, point: Any, place: str | None, name: str) -> dict[str, Any]:
    kind = "vehicle" if truck % 5 else "container"
    return {
        "object_id": f"tracker:{truck:04}",
        "object_key": (truck * 0x9E3779B97F4A7C15) % 2**63,
        "object_kind": kind,
        "phenomenon_time": at if draw.random() < 0.8 else at.replace(microsecond=0),
        "received_time": at + timedelta(seconds=draw.choice((4, 90, 7200)), microseconds=1),
        "latitude": point[0],
        "longitude": point[1],
        "speed_m_s": None if draw.random() < 0.3 else draw.random() * 20,
        "place_id": place,
        "activity": name,
        "basis": draw.choice(("measured", "measured", "reported")),
        "source_id": f"supplier-{truck % 3}",
        "views": OWN | MEMBERS if truck % 4 else OWN,
    }


def messages() -> Rows:
    """What arrived from three sources in a fortnight, up to now."""
    draw = random.Random(20260421)
    rows = []
    for n in range(400):
        at = NOW - timedelta(days=14) * draw.random() ** 1.2
        rows.append(
            {
                "message_id": f"{n:064x}",
                "source_id": f"supplier-{n % 3}",
                "media_type": "text/csv",
                "received_time": at,
                "size_bytes": 1000 + n,
                "accepted_n": draw.choice((0, 1, 250, 4000)),
                "duplicate_n": draw.randrange(3),
                "refused_n": draw.randrange(3),
                "marking": "GREEN",
                "received_day": int(at.timestamp()) // 86400,
                "lateness_s": draw.choice((None, 3, 61, 7300)),
                "views": OWN | MEMBERS,
            }
        )
    return pa.Table.from_pylist(rows, schema=MESSAGE_SCHEMA)


MESSAGE_SCHEMA = MESSAGE.schema.append(pa.field("views", pa.int64()))

ROWS: Mapping[str, Callable[[], Rows]] = {MOVEMENT.name: movements, MESSAGE.name: messages}
"""Rows of every table that something follows from; a new domain adds its own."""
