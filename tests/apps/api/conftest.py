"""A whole node with the toy domain, its service running, behind a client on loopback."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient
from tests.apps.api.toy import DOMAIN, INTAKE

from birlik import assembly, settings
from birlik.apps.api.app import create_app
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Delivery
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.service import Service

HERE = ("127.0.0.1", 50_000)
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))


def sightings(n: int, *, toy: str = "bear", dust_g: float = 0.5) -> list[dict[str, object]]:
    return [
        {
            "toy_id": f"{toy}-{i:03}",
            "seen_time": f"2026-01-01T{i // 60:02}:{i % 60:02}:00.000250Z",
            "shelf_id": f"s{i % 2 + 1}",
            "dust_g": dust_g + i / 100,
            "count_n": i,
            "whole": i % 3 == 0,
            "latitude": 43.0,
            "longitude": 76.0 + i / 10 if i else None,
            "notes": '{"by": "Ä"}' if i else None,
        }
        for i in range(n)
    ]


def deliver(node: Node, rows: list[dict[str, object]], *, source_id: str = "nursery", labels: Labels = PUBLIC) -> None:
    body = orjson.dumps(rows)
    delivery = Delivery(
        body=body, media_type=INTAKE.media_type, source_id=source_id, received_time=node.clock.now(), labels=labels
    )
    pipeline.take(node, [delivery])


@contextlib.contextmanager
def opened(folder: Path, **overrides: object) -> Iterator[Node]:
    settings.write_new(folder, "KAZ")
    node = assembly.open_node(folder, declared=(DOMAIN,), clock=SetClock(), **overrides)
    try:
        yield node
    finally:
        node.close()


@contextlib.contextmanager
def calling(node: Node, **options: object) -> Iterator[TestClient]:
    app = create_app(Service(node), start=True, **options)  # type: ignore[arg-type]
    with TestClient(app, base_url="http://127.0.0.1:8080", client=HERE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node") as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with calling(node) as client:
        yield client


@pytest.fixture
def filled(node: Node) -> Node:
    """Ten sightings that all may see, and figures of them."""
    deliver(node, sightings(10))
    node.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    pipeline.follow(node)
    return node
