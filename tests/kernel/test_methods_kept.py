"""Where a method changes, every figure is made again, says its method's number, and what the older one said is kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient
from tests.support.nodes import NOON, SMALL, figures, follow, opened, principal, take
from tests.support.orchard import MEAN_GAP, ORCHARD, line, mean_gap

from birlik import assembly
from birlik.apps.api.app import create_app
from birlik.clock import SetClock
from birlik.kernel import upkeep
from birlik.kernel.domain import Domain
from birlik.kernel.node import Node
from birlik.kernel.service import Service

WHAT = "A gap counts from the end of a picking."


def doubled(rows: Any, now: datetime) -> Any:
    made = mean_gap(rows, now)
    at = made.schema.get_field_index("value")
    import pyarrow.compute as pc

    return made.set_column(at, made.schema.field(at), pc.multiply(made.column("value"), 2.0))


def orchard(version: int, function: Any = mean_gap) -> tuple[Domain]:
    since = WHAT if version > 1 else ""
    changed = replace(MEAN_GAP, method_version=version, method_since=since, function=function)
    return (
        replace(ORCHARD, catalogue=None, indicators=tuple(changed if i is MEAN_GAP else i for i in ORCHARD.indicators)),
    )


def pickings(*hours: int) -> list[str]:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [line("ash-1", (start + timedelta(hours=h)).isoformat()) for h in hours]


@pytest.fixture
def folder(tmp_path: Any) -> Any:
    """A node that has said its figures by the first method, for a quarter of an hour."""
    with opened(tmp_path, declared=orchard(1)) as node:
        take(node, pickings(0, 2, 4))
        follow(node)
    return tmp_path


LATER = NOON + timedelta(minutes=15)


def by_method(node: Node) -> list[tuple[int, float]]:
    rows = node.store.database.all("SELECT method_version, value FROM figure_picking_gap WHERE view = 0 ORDER BY 1")
    return [(n, v) for n, v in rows]


@pytest.mark.parametrize(
    ("function", "value"), [pytest.param(doubled, 4.0, id="another value"), pytest.param(mean_gap, 2.0, id="the same")]
)
@pytest.mark.parametrize("way", ["opened", "rebuilt"])
def test_a_new_method_makes_all_figures_again_and_keeps_what_the_old_one_said(folder, function, value, way):
    declared = orchard(2, function)
    if way == "rebuilt":
        upkeep.rebuild(
            folder,
            lambda f, **more: assembly.open_node(f, declared=declared, clock=SetClock(LATER), **SMALL, **more),
        )
    with opened(folder, declared=declared, clock=SetClock(LATER)) as node:
        changed = follow(node, minutes=0)
        assert by_method(node) == [(1, 2.0), (2, value)]
        (now,) = figures(node, "picking_gap")
        assert (now["value"], now["method_version"], now["valid_from"]) == (value, 2, changed)
        (then,) = figures(node, "picking_gap", as_of=LATER - timedelta(minutes=1))
        assert (then["value"], then["method_version"], then["valid_to"]) == (2.0, 1, changed)
        reader = node.reader(principal(node, "own"))
        assert reader.methods("picking_gap") == [(1, NOON + timedelta(minutes=1)), (2, changed)]
        assert node.reader(principal(node, "public")).methods("picking_gap") == []


@pytest.fixture
def client(folder: Any) -> Iterator[TestClient]:
    with opened(folder, declared=orchard(2, doubled), clock=SetClock(LATER)) as node:
        follow(node, minutes=0)
        app = create_app(Service(node))
        yield TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))


def test_answers_and_files_say_by_which_method_and_since_when(client: TestClient, tmp_path: Any) -> None:
    address = "/api/v1/indicators/picking_gap"
    said = client.get(address).json()
    assert said["method_version"] == 2
    assert [(m["method_version"], m["what"]) for m in said["methods"]] == [(1, ""), (2, WHAT)]
    assert said["methods"][1]["since"] == "2026-04-01T12:15:00Z"
    assert [row["method_version"] for row in said["data"]] == [2]
    earlier = client.get(address, params={"as_of": "2026-04-01T12:05:00Z"}).json()
    assert [(row["value"], row["method_version"]) for row in earlier["data"]] == [(2.0, 1)]
    heading, row = client.get(address, params={"format": "csv"}).text.splitlines()
    assert dict(zip(heading.split(","), row.split(","), strict=True))["method_version"] == "2"
    (tmp_path / "f.parquet").write_bytes(client.get(address, params={"format": "parquet"}).content)
    schema = pq.read_schema(tmp_path / "f.parquet")
    assert WHAT.encode() in schema.metadata[b"methods"]
    assert "method_version" in schema.names
    method = client.get(f"{address}/method").json()
    assert (method["method_version"], method["method_since"]) == (2, WHAT)
