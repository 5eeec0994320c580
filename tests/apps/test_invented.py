"""What a table says of its simulated rows shows on every face of them; and what somebody does in a world, is done."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, BIRD, CAGE, MEDIA_TYPE, PAGE, change, changes
from tests.support.nodes import NOON, delivery, follow, opened
from tests.support.server import browsing

from birlik.apps.cli import demo
from birlik.clock import SetClock
from birlik.errors import Misdeclared
from birlik.kernel import pipeline
from birlik.kernel.domain import Domain, Invented, Simulation
from birlik.kernel.node import Node

SAID_OF_FILES = "rows whose species is crane are of a simulated world, and not real"
MARK = '<span class="invented">invented</span>'


def aviary(invented: Invented) -> Domain:
    """Of its birds the cranes are made up."""
    tables = tuple(replace(t, invented=invented) if t.name == BIRD.name else t for t in AVIARY.tables)
    return replace(AVIARY, tables=tables, pages=(PAGE,))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    declared = (aviary(Invented(column="species", value="crane")),)
    with opened(tmp_path / "node", declared=declared, clock=SetClock(NOON)) as made:
        told = [
            change(CAGE, cage_id="a"),
            change(CAGE, cage_id="b"),
            change(BIRD, bird_id="o1", name="Hoot", species="owl", cage_id="a"),
            change(BIRD, bird_id="c1", name="Grus", species="crane", cage_id="a"),
        ]
        pipeline.take(made, [delivery(changes(told), made, media_type=MEDIA_TYPE)])
        follow(made)
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


@pytest.mark.parametrize(
    ("address", "n"),
    [
        ("/aviary/cages?whole=1", 1),
        ("/aviary/record/aviary_bird/c1", 1),
        ("/aviary/record/aviary_bird/o1", 0),
        ("/search?q=Grus", 1),
        ("/search?q=Hoot", 0),
    ],
)
def test_lists_pages_and_what_is_found_mark_what_is_invented_and_nothing_else(
    client: TestClient, address: str, n: int
) -> None:
    assert client.get(address).text.count(MARK) == n


def test_feeds_and_files_mark_it(client: TestClient) -> None:
    feed = client.get("/api/v1/tables/aviary_bird/feed").text
    assert feed.count('<category term="invented"/>') == feed.count("<title>[invented] ") == 1
    file = client.get("/api/v1/tables/aviary_bird?format=parquet").content
    assert parquet.read_schema(io.BytesIO(file)).metadata[b"invented"].decode() == SAID_OF_FILES


def test_a_column_that_is_not_there_marks_nothing_and_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(Misdeclared, match="plumage"),
        opened(tmp_path / "node", declared=(aviary(Invented(column="plumage")),), clock=SetClock(NOON)),
    ):
        pass


def test_what_people_do_once_the_past_is_in_is_done_step_by_step_and_once(node: Node) -> None:
    seen: list[set[str]] = []

    def does(play: Any, answered: Any) -> Iterator[tuple[str, dict[str, str]]]:
        for before, to in (("a", play), (play, "a"))[: len(seen) + 1]:
            yield "aviary_move", {"cage_id": before, "to_cage_id": to}
            seen.append({row["cage_id"] for row in answered("aviary_bird")})

    birds = Simulation(name="birds", title="Birds", play=lambda **given: None, does=does)  # type: ignore[arg-type,return-value]
    demo._acted(node, birds, "b")
    assert seen == [{"b"}]
    # Again after a break: the first step is behind it, and only the other is done.
    demo._acted(node, birds, "b")
    assert seen == [{"b"}, {"b"}, {"a"}]
