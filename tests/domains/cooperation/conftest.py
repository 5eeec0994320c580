"""What tests of the registry share: a node with what ships, and a client of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.nodes import follow, opened
from tests.support.server import browsing

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.node import Node

TODAY = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(DOMAIN,), clock=SetClock(TODAY), follow_every_s=3600) as made:
        follow(made)
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made
