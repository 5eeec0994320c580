"""Aggregates and references of what a view sees, in the kernel."""

import pytest
from tests.kernel.test_kept import FOR_MEMBERS, say
from tests.support.aviary import AVIARY, BIRD, CAGE, change
from tests.support.nodes import HIDDEN, opened, principal

from birlik.errors import BadRequest
from birlik.kernel.filtering import read
from birlik.kernel.query import Grouping


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Three cages, one of them hidden, and a bird in each."""
    with opened(tmp_path_factory.mktemp("node"), declared=(AVIARY,)) as made:
        for i, (area, labels) in enumerate(((2.0, FOR_MEMBERS), (4.0, FOR_MEMBERS), (600.0, HIDDEN))):
            say(made, change(CAGE, cage_id=f"c{i}", name=("north", "south")[i % 2], area_m2=area), labels=labels)
            say(made, change(BIRD, bird_id=f"b{i}", name="Ada", species="owl", cage_id=f"c{i}"), labels=HIDDEN)
            say(made, change(BIRD, bird_id=f"b{i}", name="Ada", species="owl", cage_id=f"c{i}"), labels=FOR_MEMBERS)
        yield made


def test_figures_of_groups_are_of_the_rows_that_the_reader_sees(node):
    figures = (Grouping("count"), Grouping("mean", "area_m2"), Grouping("max", "area_m2"), Grouping("distinct", "name"))
    seen = {}
    for view in ("own", "members", "public"):
        reader = node.reader(principal(node, view))
        seen[view] = [tuple(row.values()) for row in reader.grouped(CAGE.name, ("name",), figures).to_pylist()]
    assert seen["own"] == [("north", 2, 301.0, 600.0, 1), ("south", 1, 4.0, 4.0, 1)]
    assert seen["members"] == [("north", 1, 2.0, 2.0, 1), ("south", 1, 4.0, 4.0, 1)]
    assert seen["public"] == []


def test_figures_of_all_are_one_row_and_follow_an_expression(node):
    reader = node.reader(principal(node, "own"))
    made = reader.grouped(
        CAGE.name, figures=(Grouping("count"), Grouping("sum", "area_m2")), where=[read("area_m2 < 9")]
    )
    assert made.to_pylist() == [{"count": 2, "sum_area_m2": 6.0}]


@pytest.mark.parametrize(
    "asked", [Grouping("median", "area_m2"), Grouping("sum", "name"), Grouping("mean"), Grouping("min", "views")]
)
def test_what_cannot_be_summed_is_said(node, asked):
    with pytest.raises(BadRequest):
        node.reader(principal(node, "own")).grouped(CAGE.name, figures=(asked,))


def test_a_reference_into_what_is_hidden_reads_as_null(node):
    reader = node.reader(principal(node, "members"))
    assert reader.count(BIRD.name) == 3
    assert reader.count(BIRD.name, where=[read("cage_id.area_m2 > 0")]) == 2
    assert reader.count(BIRD.name, where=[read("cage_id.name IS NULL")]) == 1
    assert node.reader(principal(node, "own")).count(BIRD.name, where=[read("cage_id.name IS NULL")]) == 0
