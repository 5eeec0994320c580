"""A real node behind a real server on a free loopback port, and EPCIS messages to send it."""

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from birlik import assembly, settings
from birlik.apps.api.app import create_app
from birlik.clock import SetClock
from birlik.domains.transport.events import TABLES
from birlik.domains.transport.exports import ENDPOINTS as EXPORTS
from birlik.domains.transport.intake import epcis_capture
from birlik.domains.transport.intake.epcis import EPCIS
from birlik.domains.transport.settings import TransportSettings
from birlik.kernel.domain import Domain
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.service import Service

TRANSPORT = Domain(
    role=Role.READER,
    name="transport",
    settings=TransportSettings,
    title="Transport",
    tables=TABLES,
    intakes=(EPCIS,),
    endpoints=(*epcis_capture.ENDPOINTS, *EXPORTS),
)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
JSON = {"content-type": "application/json"}
CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"


def open_node(folder: Path, clock: SetClock | None = None, **overrides: Any) -> Node:
    if not (folder / settings.FILE).exists():
        settings.write_new(folder, "KAZ")
    return assembly.open_node(folder, declared=(TRANSPORT,), clock=clock or SetClock(NOW), **overrides)


@contextlib.contextmanager
def served(folder: Path, clock: SetClock | None = None, **overrides: Any) -> Iterator[httpx.Client]:
    """A client of a running node. Its transport does not follow redirects, nor decode what it sends."""
    node = open_node(folder, clock, **overrides)
    app = create_app(Service(node), start=True)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/epcis/v2", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
        node.close()


def event(**changes: Any) -> dict[str, Any]:
    """A wagon arrives at Dostyk; a test names only what it is about. `None` takes a field away."""
    given = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:11111111-0000-4000-8000-000000000001",
        "eventTime": "2026-03-01T12:00:00+05:00",
        "eventTimeZoneOffset": "+05:00",
        "epcList": ["urn:birlik:object:wagon_1520:52687431"],
        "action": "OBSERVE",
        "bizStep": "arriving",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:birlik:place:unlocode:KZDOS"},
        "bizLocation": {"id": "urn:birlik:place:unlocode:KZDOS"},
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def document(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T12:00:00Z",
        "epcisBody": {"eventList": list(events)},
    } | changes


def numbered(n: int, **changes: Any) -> list[dict[str, Any]]:
    """Events a minute apart, each with its own id."""
    return [
        event(
            eventID=f"urn:uuid:22222222-0000-4000-8000-{i:012d}",
            eventTime=f"2026-03-01T{i // 60:02d}:{i % 60:02d}:00Z",
            **changes,
        )
        for i in range(n)
    ]


def capture(client: httpx.Client, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/capture", content=content, headers=JSON | {k.replace("_", "-"): v for k, v in headers.items()})


def job_of(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = client.get(answer.headers["location"]).raise_for_status().json()
    return job


def events_in(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


RECORDED = "2026-11-24T12:00:00Z"
"""`NOW`, as the node says it."""


def recorded(sent: dict[str, Any], **given: Any) -> dict[str, Any]:
    """What a node answers of an event that was sent: the node's recordTime in the place of the sender's."""
    return {**{name: value for name, value in sent.items() if name != "@context"}, **given, "recordTime": RECORDED}
