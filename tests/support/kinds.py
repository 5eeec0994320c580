"""Every kind of write that a node acknowledges, as an endless supply of each; and how much of each message is there.

Each message is sent again until it is acknowledged, by whatever client was cut off, as suppliers do.
"""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tests.support.nodes import rows
from tests.support.server import Message
from tests.support.traffic import epcis, positions

from birlik.kernel.node import Node

ROWS_A_FILE = 30
JSON = {"content-type": "application/json"}
START = datetime(2026, 3, 1, tzinfo=UTC)
API = "/api/v1"


def fixes(client: int = 0) -> Iterator[Message]:
    """A tracker, by OsmAnd."""
    for i in itertools.count():
        query = {"id": f"t{client}", "lat": "44.21", "lon": "80.39", "timestamp": str(int(START.timestamp()) + 60 * i)}
        yield Message(f"fix/tracker:t{client}/{i}", lambda c, q=query: c.post("/osmand", params=q))


def files() -> Iterator[Message]:
    for i in itertools.count():
        at = [(START + timedelta(minutes=i * ROWS_A_FILE + k)).isoformat() for k in range(ROWS_A_FILE)]
        body = positions([f"file-{i},{t},44.2{k % 10},80.39,3" for k, t in enumerate(at)])
        yield _delivered(f"file/{i}", "f", body)


def tracks() -> Iterator[Message]:
    """GPX, whose object is named by its source and file."""
    for i in itertools.count():
        points = "".join(
            f'<trkpt lat="44.2{k}" lon="80.39"><time>{START + timedelta(minutes=3 * i + k):%Y-%m-%dT%H:%M:%SZ}</time>'
            "</trkpt>"
            for k in range(3)
        )
        head = '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
        body = f"{head}<trk><name>track-{i}</name><trkseg>{points}</trkseg></trk></gpx>".encode()
        yield _delivered(f"track/{i}", f"gpx-{i}", body, f"track-{i}.gpx")


def documents() -> Iterator[Message]:
    """EPCIS capture: three events in one document."""
    for i in itertools.count():
        made = [json.loads(epcis(f"urn:uuid:{i:08d}-0000-4000-8000-{n:012d}", START, "arriving")) for n in range(3)]
        made[0]["epcisBody"]["eventList"] = [e for d in made for e in d["epcisBody"]["eventList"]]
        body = json.dumps(made[0]).encode()
        yield Message(f"document/{i}", lambda c, b=body: c.post("/epcis/v2/capture", content=b, headers=JSON))


def edits() -> Iterator[Message]:
    """A place of our own: an edit of a register."""
    for i in itertools.count():
        row = {"place_id": f"kill-{i}", "kind": "city", "name_en": f"Kill {i}", "country": "KAZ", "source": "here"}
        row |= {"latitude": 44.0, "longitude": 70.0 + i / 1e4, "precision_km": 1.0, "zone_tz": "Asia/Almaty"}
        row |= {"basis": "reported"}
        told = {"rows": [row]}
        yield Message(f"edit/{i}", lambda c, t=told: c.put(f"{API}/registers/transport_place/rows", json=t))


def corrections() -> Iterator[Message]:
    """A file with a wrong line, and then its entry of the quarantine corrected."""
    for i in itertools.count():
        right = positions([f"right-{i},{START.isoformat()},44.2,80.39,3"])
        yield Message(f"correction/{i}", lambda c, i=i, b=right: _settled(c, i, "wrong", "resend", b))


def acts() -> Iterator[Message]:
    """The same, and its entry dismissed."""
    for i in itertools.count():
        yield Message(f"act/{i}", lambda c, i=i: _settled(c, i, "odd", "dismiss", b""))


def _delivered(name: str, source: str, body: bytes, filename: str = "f.csv") -> Message:
    query = f"source={source}&filename={filename}"
    return Message(name, lambda c: c.post(f"{API}/deliveries?{query}", content=body))


def _settled(client: httpx.Client, i: int, kind: str, act: str, body: bytes) -> httpx.Response:
    wrong = positions([f"{kind}-{i},{START.isoformat()},99.2,80.39,3"])
    sent = client.post(f"{API}/deliveries?source={kind}-{i}&filename=f.csv", content=wrong)
    if not sent.is_success:
        return sent
    (entry,) = client.get(f"{API}/quarantine?source_id={kind}-{i}").json()["data"]
    return client.post(f"{API}/quarantine/{entry['quarantine_id']}/{act}", content=body)


KINDS: Mapping[str, Callable[[], Iterator[Message]]] = {
    "fix": fixes,
    "file": files,
    "track": tracks,
    "document": documents,
    "edit": edits,
    "correction": corrections,
    "act": acts,
}
WHOLE = {"fix": 1, "file": ROWS_A_FILE, "track": 3, "document": 3, "edit": 1, "correction": 1, "act": 1}
"""Rows that each message of a kind makes."""


def stored(node: Node) -> Counter[str]:
    """How many rows of each message are there: a row that is there twice is counted twice."""
    counts: Counter[str] = Counter()
    for row in rows(node, "transport_movement"):
        if (name := _moved(row)) is not None:
            counts[name] += 1
    for row in rows(node, "transport_epcis_event"):
        counts[f"document/{int(row['event_id'].split(':')[2][:8])}"] += 1
    for row in rows(node, "transport_place"):
        kind, _, number = str(row["place_id"]).partition("kill-")
        if not kind and number:
            counts[f"edit/{number}"] += 1
    for row in rows(node, "birlik_quarantine"):
        kind, _, number = row["source_id"].partition("-")
        if kind == "odd" and row["status"] == "dismissed":
            counts[f"act/{number}"] += 1
    return counts


def _moved(row: Mapping[str, Any]) -> str | None:
    kind, _, name = row["object_id"].partition(":")
    part, _, number = name.rpartition("-")
    if row["source_id"].startswith("gpx-"):
        return f"track/{row['source_id'].removeprefix('gpx-')}"
    if part in ("file", "right"):
        return f"{'file' if part == 'file' else 'correction'}/{number}"
    if kind == "tracker":
        return f"fix/{row['object_id']}/{int((row['phenomenon_time'] - START).total_seconds()) // 60}"
    return None
