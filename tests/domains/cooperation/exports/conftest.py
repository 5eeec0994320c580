"""What leaves is asked of a node with what ships, on a day of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.registry import registry

from birlik.kernel.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with registry(tmp_path / "node") as made:
        yield made
