"""An edit of a register is tried on what looks it up before it is taken: what can't be used would stop the node."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery, Receipt
from birlik.kernel.node import Node
from birlik.kernel.registers import ROWS, edit_of

NOW = datetime(2026, 3, 12, tzinfo=UTC)
POST = "kz-nurzholy:post"
RIGHT = "POLYGON((80.385 44.203, 80.396 44.203, 80.396 44.211, 80.385 44.211, 80.385 44.203))"
CROSSED = "POLYGON((80.385 44.203, 80.396 44.211, 80.396 44.203, 80.385 44.211, 80.385 44.203))"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings.write_new(tmp_path / "node", "KAZ")
    opened = assembly.open_node(tmp_path / "node", clock=SetClock(NOW))
    yield opened
    opened.close()


def edit(node: Node, **changes: object) -> Receipt:
    table = node.store.catalogue.tables["transport_geofence"]
    rows = [{"geofence_id": POST, "source": "a cadastre", "basis": "reported", **changes}]
    body = edit_of(table, rows, node.reader(node.operator).rows(table.name).to_pylist())
    return pipeline.take(node, [Delivery(body=body, media_type=ROWS, source_id="operator", received_time=NOW)])[0]


def standing(node: Node) -> str:
    fences = node.store.registers()["transport_geofence"].to_pylist()
    return next(str(fence["polygon_wkt"] or "") for fence in fences if fence["geofence_id"] == POST)


def test_a_polygon_that_is_right_takes_the_circles_place(node: Node) -> None:
    assert edit(node, polygon_wkt=RIGHT).failed is None
    pipeline.follow(node)
    assert standing(node) == RIGHT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"polygon_wkt": CROSSED}, "Self-intersection", id="a polygon that crosses itself"),
        pytest.param({"polygon_wkt": "POLYGON((80 44"}, POST, id="a polygon that is cut off"),
        pytest.param({"radius_m": 0.0}, "radius above 0", id="a circle without a size"),
        pytest.param({"place_id": "nowhere"}, "in no register", id="a place that nobody knows"),
    ],
)
def test_an_edit_that_cannot_be_used_is_refused_and_the_node_goes_on(
    node: Node, changes: dict[str, object], said: str
) -> None:
    before = standing(node)
    receipt = edit(node, **changes)
    assert receipt.failed is not None
    assert said in receipt.failed.reason
    assert standing(node) == before
    assert pipeline.follow(node) == NOW
