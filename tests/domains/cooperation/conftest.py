"""What tests of the registry share: a node with what ships, and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.nodes import follow
from tests.support.registry import registry
from tests.support.server import browsing

from birlik.kernel.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with registry(tmp_path / "node") as made:
        follow(made)
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made
