"""EPCIS capture, 100 events a document, with ids, validated and durable, beside the bare pieces in one thread.

The ceiling is orjson, jsonschema-rs with the same schema, and an Arrow append of the events to a DuckDB file that is
made durable after each group: no ids, no identity, no movements, no journal, no labels.
"""

import http.client
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa

from bench.result import Result
from bench.servers import followed, node, quantile
from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.domains.transport.domain import DOMAIN
from birlik.domains.transport.exports import ENDPOINTS as EXPORTS
from birlik.domains.transport.intake import epcis_capture
from birlik.domains.transport.intake.epcis import EPCIS
from birlik.domains.transport.settings import TransportSettings
from birlik.domains.transport.wire.epcis_validator import Validator
from birlik.kernel import pipeline
from birlik.kernel.domain import Domain
from birlik.kernel.intake import Delivery
from birlik.kernel.memory import keep_what_start_up_made
from birlik.kernel.node import Node

DOCUMENTS, EVENTS = 300, 100
GROUP = 20
"""Documents in one commit: what queues while the disk is busy."""
CLIENTS = 8
TURNS = 3
NOW = datetime(2026, 3, 9, tzinfo=UTC)
TARGET = 0.5


LARGE_DOCUMENTS, LARGE_EVENTS, LARGE_CLIENTS = 60, 2_000, 3
LARGE_TARGET = 30_000
TRACKER_EVERY_S, TRACKER_TARGET_S = 0.05, 0.2


def documents(n: int = DOCUMENTS, size: int = EVENTS) -> list[bytes]:
    """Arrivals and departures of wagons, each event with its own id."""
    return [_document(number, size) for number in range(n)]


def _document(number: int, size: int) -> bytes:
    return document([_event(number * size + i) for i in range(size)])


def document(events: list[dict[str, object]]) -> bytes:
    """An EPCIS document of these events."""
    return orjson.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-08T00:00:00Z",
            "epcisBody": {"eventList": events},
        }
    )


def _event(n: int) -> dict[str, object]:
    place = {"id": f"urn:birlik:place:unlocode:{'KZDOS' if n % 2 else 'KZALT'}"}
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{n:012d}",
        "eventTime": f"2026-03-0{1 + n % 8}T{n % 24:02d}:{n % 60:02d}:{n // 60 % 60:02d}Z",
        "eventTimeZoneOffset": "+05:00",
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{n}"],
        "action": "OBSERVE",
        "bizStep": "arriving" if n % 2 else "departing",
        "disposition": "in_transit",
        "readPoint": place,
        "bizLocation": place,
        "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:birlik:document:smgs:{n:08d}"}],
    }


def ceiling(bodies: list[bytes], folder: Path, size: int = EVENTS) -> float:
    """Events a second of the bare pieces."""
    validator = Validator()
    store = duckdb.connect(str(folder / "bare.duckdb"))
    store.execute("CREATE TABLE event (event_id VARCHAR, event_time VARCHAR, event VARCHAR)")
    started = time.perf_counter()
    for at in range(0, len(bodies), GROUP):
        parts = []
        for body in bodies[at : at + GROUP]:
            value = orjson.loads(body)
            assert validator.is_valid(value)
            events = value["epcisBody"]["eventList"]
            columns = [
                [event["eventID"] for event in events],
                [event["eventTime"] for event in events],
                [orjson.dumps(event).decode() for event in events],
            ]
            parts.append(pa.table(columns, names=["event_id", "event_time", "event"]))
        store.register("incoming", pa.concat_tables(parts))
        store.execute("INSERT INTO event SELECT * FROM incoming")
        store.unregister("incoming")
    took = time.perf_counter() - started
    store.close()
    return len(bodies) * size / took


def opened(folder: Path) -> Node:
    settings.write_new(folder, "KAZ")
    transport = Domain(
        name="transport",
        role=DOMAIN.role,
        settings=TransportSettings,
        title="Transport",
        tables=DOMAIN.tables,
        intakes=(EPCIS,),
        endpoints=(*epcis_capture.ENDPOINTS, *EXPORTS),
    )
    return assembly.open_node(folder, declared=(transport,), clock=SetClock(NOW))


def in_process(bodies: list[bytes], folder: Path) -> float:
    """Events a second through `pipeline.take`, `GROUP` documents a commit."""
    made = opened(folder)
    keep_what_start_up_made()
    parameters = {"content_type": "application/json", "behaviour": "rollback", "expects": "document"}
    deliveries = [
        Delivery(body=body, media_type=EPCIS.media_type, source_id="railway", received_time=NOW, parameters=parameters)
        for body in bodies
    ]
    pipeline.take(made, deliveries[:1])
    started = time.perf_counter()
    taken = 0
    for at in range(1, len(deliveries), GROUP):
        receipts = pipeline.take(made, deliveries[at : at + GROUP])
        taken += sum(receipt.result.new_n for receipt in receipts)
    took = time.perf_counter() - started
    made.close()
    assert taken == (len(bodies) - 1) * EVENTS
    return taken / took


def over_http(bodies: list[bytes]) -> float:
    """Events a second that `CLIENTS` clients get acknowledged by a served node, which follows meanwhile."""
    with node() as server, ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as pool:
        # The clients are processes of their own, and started before the clock is.
        list(pool.map(_send, [(server.port, [])] * CLIENTS))
        _send((server.port, bodies[:1]))
        followed(server.port)
        rest = bodies[1:]
        started = time.perf_counter()
        sent = sum(pool.map(_send, [(server.port, rest[i::CLIENTS]) for i in range(CLIENTS)]))
        return sent * EVENTS / (time.perf_counter() - started)


def _send(work: tuple[int, list[bytes]]) -> int:
    """Send documents one after the other; returns how many were acknowledged."""
    port, bodies = work
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for body in bodies:
        connection.request("POST", "/epcis/v2/capture", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 202, answer.status
    connection.close()
    return len(bodies)


def large_over_http(bodies: list[bytes]) -> tuple[float, float]:
    """(events a second, seconds until a tracker's fix is durable meanwhile, p99)."""
    with node() as server, ProcessPoolExecutor(LARGE_CLIENTS + 1, mp_context=get_context("spawn")) as pool:
        list(pool.map(_send, [(server.port, [])] * (LARGE_CLIENTS + 1)))
        _send((server.port, bodies[:2]))
        followed(server.port)
        rest = bodies[2:]
        assert server.folder is not None
        ending = server.folder.parent / "ending"
        tracker = pool.submit(track, server.port, ending)
        started = time.perf_counter()
        sent = sum(pool.map(_send, [(server.port, rest[i::LARGE_CLIENTS]) for i in range(LARGE_CLIENTS)]))
        took = time.perf_counter() - started
        ending.touch()
        return sent * LARGE_EVENTS / took, quantile(tracker.result(), 0.99)


def track(port: int, ending: Path) -> list[float]:
    """Send fixes at their hours until a file says to stop: the seconds until each was acknowledged, sorted.

    A fix that is late waits with those behind it, so their seconds count from when they were due.
    """
    connection, seconds = http.client.HTTPConnection("127.0.0.1", port), []
    began = time.perf_counter()
    while not ending.exists():
        due = began + len(seconds) * TRACKER_EVERY_S
        time.sleep(max(0.0, due - time.perf_counter()))
        fix = f"id=356938035643809&lat=43.5&lon=70.{len(seconds):05d}&timestamp={int(time.time() * 1000)}&speed=30"
        connection.request("GET", f"/osmand?{fix}")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        seconds.append(time.perf_counter() - due)
    connection.close()
    return sorted(seconds)


def large() -> list[Result]:
    bodies = documents(LARGE_DOCUMENTS, LARGE_EVENTS)
    bare, ours = [], []
    with tempfile.TemporaryDirectory() as base:
        for turn in range(TURNS):
            folder = Path(base) / str(turn)
            folder.mkdir()
            bare.append(ceiling(bodies, folder, LARGE_EVENTS))
            ours.append(large_over_http(bodies))
    best, (rate, beside) = max(bare), max(ours)
    return [
        Result(
            name=f"EPCIS capture over HTTP, {LARGE_EVENTS} events a document, read in workers",
            value=rate,
            unit="events/s",
            yardstick=f"orjson + jsonschema-rs + Arrow append, bare, one thread: {best:.0f} events/s",
            ratio=rate / best,
            target=f">= {LARGE_TARGET} events/s",
            reached=rate >= LARGE_TARGET,
        ),
        tracker_beside("that", beside),
    ]


def tracker_beside(what: str, p99_s: float) -> Result:
    """How long a tracker waited meanwhile."""
    return Result(
        name=f"a tracker beside {what}, seconds until durable, p99",
        value=p99_s,
        unit="s",
        yardstick="",
        ratio=None,
        target=f"<= {TRACKER_TARGET_S} s",
        reached=p99_s <= TRACKER_TARGET_S,
    )


def run() -> list[Result]:
    return [*small(), *large()]


def small() -> list[Result]:
    bodies = documents()
    bare, inside, http_ = [], [], []
    with tempfile.TemporaryDirectory() as base:
        # In turns and the best of each, since other work on the machine must not decide the ratio.
        for turn in range(TURNS):
            folder = Path(base) / str(turn)
            folder.mkdir()
            bare.append(ceiling(bodies, folder))
            inside.append(in_process(bodies, folder / "inside"))
            http_.append(over_http(bodies))
    best = max(bare)
    ways = (("in process", max(inside)), ("over HTTP", max(http_)))
    yardstick = f"orjson + jsonschema-rs + Arrow append, bare, one thread: {best:.0f} events/s"
    return [
        Result(
            name=f"EPCIS capture {way}, {EVENTS} events a document, with ids, validated and durable",
            value=ours,
            unit="events/s",
            yardstick=yardstick,
            ratio=ours / best,
            target=f">= {TARGET:g} of the yardstick",
            reached=ours / best >= TARGET,
        )
        for way, ours in ways
    ]
