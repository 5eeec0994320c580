"""Tracing: events of one thing, parent, transaction, place or disposition among a million, while others come in.

Beside the queries, 1,000 events a second are captured and a tracker sends fixes. The yardstick is an answer of the same
node at the same time that reads nothing.
"""

import http.client
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote

from bench.epcis_capture import NOW, document, opened, track, tracker_beside
from bench.result import Result
from bench.servers import node, quantile
from birlik.domains.transport.intake.epcis import EPCIS
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery
from birlik.kernel.memory import keep_what_start_up_made

EVENTS, SIZE = 1_000_000, 5_000
EACH = 60
"""Queries of each kind."""
TARGET_S = 0.1
INTO, EVERY_S = 100, 0.1
"""Events in a document that comes in meanwhile, and how often one does: 1,000 events a second."""
PLACES = 40


def _event(n: int, event_id: str) -> dict[str, object]:
    """A container is put on one of 20,000 wagons, at one of forty stations, under one of 50,000 consignment notes."""
    place = {"id": f"urn:birlik:place:esr:{700_000 + n % PLACES}"}
    return {
        "type": "AggregationEvent",
        "eventID": event_id,
        "eventTime": f"2026-0{1 + n % 2}-{1 + n // 7 % 28:02d}T{n % 24:02d}:{n % 60:02d}:{n // 60 % 60:02d}Z",
        "eventTimeZoneOffset": "+05:00",
        "parentID": f"urn:birlik:object:wagon_1520:{n % 20_000:08d}",
        "childEPCs": [f"urn:epc:id:sgtin:4012345.011111.{n % 200_000}"],
        "action": "ADD",
        "bizStep": "loading",
        "disposition": "in_transit" if n % 50 else "damaged",
        "readPoint": place,
        "bizLocation": place,
        "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:birlik:document:smgs:{n % 50_000:08d}"}],
    }


def _document(first: int, size: int, name: str) -> bytes:
    events = [_event(n, f"urn:x:{name}:{n}") for n in range(first, first + size)]
    return document(events)


ASKED = {
    "EPC": lambda i: f"MATCH_anyEPC=urn:epc:id:sgtin:4012345.011111.{i * 977 % 200_000}",
    "parent": lambda i: f"MATCH_parentID=urn:birlik:object:wagon_1520:{i * 97 % 20_000:08d}",
    "transaction": lambda i: f"EQ_bizTransaction_po=urn:birlik:document:smgs:{i * 89 % 50_000:08d}",
    "location": lambda i: f"EQ_bizLocation=urn:birlik:place:esr:{700_000 + i % PLACES}",
    "disposition": lambda i: "EQ_disposition=damaged",
}


def filled(folder: Path, events: int) -> None:
    made = opened(folder)
    keep_what_start_up_made()
    parameters = {"content_type": "application/json", "behaviour": "rollback", "expects": "document"}
    for first in range(0, events, SIZE):
        body = _document(first, SIZE, "old")
        [receipt] = pipeline.take(
            made,
            [
                Delivery(
                    body=body,
                    media_type=EPCIS.media_type,
                    source_id="railway",
                    received_time=NOW,
                    parameters=parameters,
                )
            ],
        )
        assert receipt.result.new_n == SIZE
    made.close()


def feed(port: int, ending: Path) -> int:
    """Capture documents at their hours until a file says to stop; how many events that were a second."""
    connection, sent = http.client.HTTPConnection("127.0.0.1", port), 0
    began = time.perf_counter()
    while not ending.exists():
        time.sleep(max(0.0, began + sent * EVERY_S - time.perf_counter()))
        body = _document(sent * INTO, INTO, "new")
        connection.request("POST", "/epcis/v2/capture", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 202, answer.status
        sent += 1
    connection.close()
    return int(sent * INTO / (time.perf_counter() - began))


def ask(port: int, addresses: list[str], *, must_find: bool = True) -> list[float]:
    """The seconds of each answer, sorted."""
    connection, seconds = http.client.HTTPConnection("127.0.0.1", port), []
    for address in addresses:
        started = time.perf_counter()
        connection.request("GET", address)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:200])
        assert not must_find or "events?" not in address or b'"eventID"' in body
        seconds.append(time.perf_counter() - started)
    connection.close()
    return sorted(seconds)


def run(events: int = EVENTS, each: int = EACH) -> list[Result]:
    with tempfile.TemporaryDirectory() as base, ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        folder = Path(base) / "node"
        filled(folder, events)
        with node(folder) as server:
            ask(server.port, [f"/epcis/v2/events?{quote(one(0), safe='=')}" for one in ASKED.values()])
            # Processes of their own, and started before the clock is.
            assert [warmed.result() for warmed in [pool.submit(ask, server.port, []) for _ in range(2)]] == [[], []]
            ending = Path(base) / "ending"
            feeding, tracking = pool.submit(feed, server.port, ending), pool.submit(track, server.port, ending)
            time.sleep(5)
            found = {
                kind: ask(server.port, [f"/epcis/v2/events?{quote(one(i), safe='=')}" for i in range(each)])
                for kind, one in ASKED.items()
            }
            bare = quantile(ask(server.port, ["/epcis/v2/eventTypes/ObjectEvent"] * each), 0.95)
            ending.touch()
            beside, rate = quantile(tracking.result(), 0.99), feeding.result()
    results = [
        Result(
            name=f"tracing one {kind} among a million events, p95",
            value=(p95 := quantile(seconds, 0.95)),
            unit="s",
            yardstick=f"an answer that reads nothing, p95 {bare:.4f} s; {events} events, {rate}/s coming in",
            ratio=p95 / bare,
            target=f"< {TARGET_S} s",
            reached=p95 < TARGET_S,
        )
        for kind, seconds in found.items()
    ]
    return [
        *results,
        tracker_beside("tracing", beside),
    ]
