"""An edit of a register is tried on what looks it up before it is taken: what can't be used would stop the node."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.edits import edit_of

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery, Receipt
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.registers import ROWS

NOW = datetime(2026, 3, 12, tzinfo=UTC)
POST = "kz-nurzholy:post"
CROSSING = "kz-nurzholy--cn-khorgos--road"
RIGHT = "POLYGON((80.385 44.203, 80.396 44.203, 80.396 44.211, 80.385 44.211, 80.385 44.203))"
CROSSED = "POLYGON((80.385 44.203, 80.396 44.211, 80.396 44.203, 80.385 44.211, 80.385 44.203))"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings.write_new(tmp_path / "node", "KAZ")
    opened = assembly.open_node(tmp_path / "node", clock=SetClock(NOW))
    yield opened
    opened.close()


def edit(
    node: Node,
    register: str = "transport_geofence",
    key: str = POST,
    labels: Labels = Labels(),  # noqa: B008 frozen
    **changes: object,
) -> Receipt:
    table = node.store.catalogue.tables[register]
    rows = [{table.key[0]: key, "source": "a cadastre", "basis": "reported", **changes}]
    body = edit_of(table, rows, node.reader(node.operator).rows(table.name).to_pylist())
    sent = Delivery(body=body, media_type=ROWS, source_id="operator", received_time=NOW, labels=labels)
    return pipeline.take(node, [sent])[0]


def positions(*points: tuple[float, float]) -> bytes:
    """Fixes of one truck, ten minutes apart."""
    lines = [f"T1,2026-03-10T{8 + i // 6:02d}:{i % 6}0:00Z,{lat},{lon}" for i, (lat, lon) in enumerate(points)]
    return "\n".join(["device_id,time,latitude,longitude", *lines]).encode()


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


@pytest.mark.parametrize(
    ("register", "key", "changes", "said"),
    [
        pytest.param("transport_place", "kz-nurzholy", {"zone_tz": "Mars/Olympus"}, "no time zone", id="no zone"),
        pytest.param("transport_place", "kz-nurzholy", {"latitude": 144.2}, "no point on Earth", id="no point"),
        pytest.param("transport_crossing", CROSSING, {"side_b": "nowhere"}, "no register of places", id="no such side"),
    ],
)
def test_a_place_or_crossing_that_cannot_be_used_is_refused(
    node: Node, register: str, key: str, changes: dict[str, object], said: str
) -> None:
    receipt = edit(node, register, key, **changes)
    assert receipt.failed is not None
    assert said in receipt.failed.reason
    assert pipeline.follow(node) == NOW


def test_an_edit_that_others_could_not_use_without_a_hidden_one_is_refused(node: Node) -> None:
    """A place that only own operators know can't be a side of a crossing that members are told of."""
    gate = {"name_en": "Gate", "country": "KAZ", "kind": "border_post", "zone_tz": "Asia/Almaty", "precision_km": 1.0}
    assert edit(node, "transport_place", "gate", latitude=44.5, longitude=80.2, **gate).failed is None
    sides = {"name_en": "Gate", "side_a": "gate", "side_b": "cn-khorgos", "mode": "road", "status": "operating"}
    for_members = Labels(marking=Marking.GREEN, audience=("members",))
    receipt = edit(node, "transport_crossing", "gate", for_members, **sides)
    assert receipt.failed is not None
    assert receipt.failed.reason.startswith("for readers who may not see every edit")
    assert edit(node, "transport_crossing", "gate", **sides).failed is None
    assert pipeline.follow(node) == NOW


def test_a_place_that_is_moved_takes_its_episodes_along(node: Node) -> None:
    """Everything that follows is made again: a truck that stood where the post is now was at the post."""
    there = [(44.4, 79.5), *[(44.7, 80.0)] * 3, *[(44.4, 79.5)] * 3]
    intake, read = node.recognise(positions(*there), "fixes.csv", {})
    sent = Delivery(
        body=positions(*there),
        media_type=intake.media_type,
        source_id="fleet",
        received_time=NOW,
        filename="fixes.csv",
        parameters=read,
    )
    assert pipeline.take(node, [sent])[0].accepted == 7
    episodes = node.reader(node.operator).rows
    pipeline.follow(node)
    assert episodes("transport_crossing_episode").num_rows == 0
    assert edit(node, "transport_place", "kz-nurzholy", latitude=44.7, longitude=80.0).failed is None
    pipeline.follow(node)
    (episode,) = episodes("transport_crossing_episode").to_pylist()
    assert (episode["crossing_id"], episode["post_a_s"]) == (CROSSING, 1800)
    assert edit(node, "transport_crossing", CROSSING, status="planned").failed is None
    pipeline.follow(node)
    assert episodes("transport_crossing_episode").num_rows == 0


def test_a_place_that_is_added_later_is_found_by_its_code_in_what_came_before(node: Node) -> None:
    """A post reports by the code of a place that no register holds yet; once there is one, its past counts."""
    events = [
        ("2026-03-10T08:00:00Z", "own:new-gate", "arrive"),
        ("2026-03-10T09:00:00Z", "own:new-gate", "depart"),
        ("2026-03-10T09:30:00Z", "own:cn-khorgos", "arrive"),
        ("2026-03-10T11:00:00Z", "own:cn-khorgos", "depart"),
    ]
    lines = ["object,time,place,event", *(f"plate:KZ 1,{time},{place},{event}" for time, place, event in events)]
    body = "\n".join(lines).encode()
    intake, read = node.recognise(body, "events.csv", {})
    sent = Delivery(
        body=body, media_type=intake.media_type, source_id="post", received_time=NOW, filename="e.csv", parameters=read
    )
    receipt = pipeline.take(node, [sent])[0]
    assert receipt.accepted == 4
    assert "own:new-gate" in receipt.notices[-1]
    pipeline.follow(node)
    episodes = node.reader(node.operator).rows
    assert all(e["crossing_id"] != "new" for e in episodes("transport_crossing_episode").to_pylist())
    gate = {"name_en": "New Gate", "country": "KAZ", "kind": "border_post", "zone_tz": "Asia/Almaty"}
    assert (
        edit(node, "transport_place", "new-gate", latitude=44.5, longitude=80.2, precision_km=1.0, **gate).failed
        is None
    )
    sides = {"name_en": "New Gate", "side_a": "new-gate", "side_b": "cn-khorgos", "mode": "road", "status": "operating"}
    assert edit(node, "transport_crossing", "new", **sides).failed is None
    pipeline.follow(node)
    (episode,) = [e for e in episodes("transport_crossing_episode").to_pylist() if e["crossing_id"] == "new"]
    assert (episode["status"], episode["dwell_s"]) == ("finished", 3 * 3600)
