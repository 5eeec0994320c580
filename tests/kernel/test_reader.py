"""The one way to rows: the predicate below everything, and pages that together are the whole."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.aviary import AVIARY, CAGE, change, changes
from tests.support.nodes import FOR_MEMBERS, HIDDEN, follow, opened, principal, rows, take
from tests.support.orchard import line

from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Filter

START = datetime(2026, 3, 1, tzinfo=UTC)
MASSES = (None, 1.0, 2.0, 2.0, None, 3.5)


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Forty pickings of three trees with ties and nulls, every third of them hidden."""
    with opened(tmp_path_factory.mktemp("node")) as made:
        lines: dict[bool, list[str]] = {True: [], False: []}
        for i in range(40):
            tree, row = f"ash-{i % 3}", ("north", "south")[i % 2]
            at = (START + timedelta(hours=i // 3)).isoformat()
            lines[i % 3 == 0].append(line(tree, at, MASSES[i % len(MASSES)], row))
        take(made, lines[True], labels=HIDDEN)
        take(made, lines[False], labels=FOR_MEMBERS)
        yield made


@pytest.fixture(scope="module")
def reader(node):
    return node.reader(principal(node, "members"))


def where(column, operator, value):
    return [Filter(column=column, operator=operator, value=value)]


orders = st.permutations(["mass_kg", "row", "tree_id_orchard", "phenomenon_time"]).flatmap(
    lambda names: st.tuples(*(st.sampled_from([n, f"-{n}"]) for n in names))
)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(order=orders, size=st.integers(1, 11))
def test_all_pages_together_are_the_whole(reader, order, size):
    whole = reader.rows("orchard_picking", order=order).to_pylist()
    pages, after = [], None
    while page := reader.rows("orchard_picking", order=order, limit=size, after=after).to_pylist():
        pages += page
        after = tuple(page[-1][name.removeprefix("-")] for name in order)
    assert pages == whole
    assert whole


def test_nulls_stand_last_whichever_way_one_goes(reader):
    for order in ("mass_kg", "-mass_kg"):
        values = reader.rows("orchard_picking", order=[order]).column("mass_kg").to_pylist()
        first = values.index(None)
        assert set(values[first:]) == {None}
        assert values[:first] == sorted(values[:first], reverse=order.startswith("-"))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        pytest.param(("mass_kg", "=", 2.0), lambda r: r["mass_kg"] == 2.0, id="equal"),
        pytest.param(("mass_kg", "=", None), lambda r: r["mass_kg"] is None, id="is null"),
        pytest.param(("mass_kg", "!=", 2.0), lambda r: r["mass_kg"] != 2.0, id="not equal, null included"),
        pytest.param(("mass_kg", "!=", None), lambda r: r["mass_kg"] is not None, id="is not null"),
        pytest.param(("mass_kg", ">", 1.0), lambda r: (r["mass_kg"] or 0) > 1, id="more"),
        pytest.param(("row", "in", ["south"]), lambda r: r["row"] == "south", id="one of"),
        pytest.param(("row", "in", []), lambda r: False, id="one of none"),
        pytest.param(("row", "like", "no%"), lambda r: r["row"] == "north", id="like"),
        pytest.param(("row", "=", "x' OR TRUE --"), lambda r: False, id="a value is never SQL"),
    ],
)
def test_a_filter_keeps_what_satisfies_it(node, reader, condition, holds):
    kept = reader.rows("orchard_picking", where=where(*condition)).num_rows
    assert kept == sum(holds(row) for row in rows(node, "orchard_picking", "members"))


def test_a_row_that_may_not_be_seen_is_not_there(node, reader):
    assert len(rows(node, "orchard_picking", "own")) == 40
    seen = reader.rows("orchard_picking")
    assert seen.num_rows == 26
    assert "ash-0" not in seen.column("tree_id_orchard").to_pylist()
    assert rows(node, "orchard_picking", "observers") == rows(node, "orchard_picking", "public") == []


def test_sources_count_what_the_reader_may_see(node, reader):
    (line_,) = reader.sources().to_pylist()
    assert (line_["messages_n"], line_["accepted_n"]) == (1, 26)
    assert node.reader(principal(node, "public")).sources().num_rows == 0


@pytest.mark.parametrize("name", ["views", "seq", "message_no", "views & 1) OR (1=1", 'x"; DROP TABLE y; --'])
def test_what_is_never_shown_is_no_field(reader, name):
    with pytest.raises(BadRequest, match="no field"):
        reader.rows("orchard_picking", columns=[name])
    with pytest.raises(BadRequest, match="no field"):
        reader.rows("orchard_picking", where=where(name, "=", 1))
    with pytest.raises(BadRequest, match="no field"):
        reader.rows("orchard_picking", order=[name])


def test_what_is_not_declared_is_unknown(reader):
    with pytest.raises(Unknown, match="no table 'orchard_pear'"):
        reader.rows("orchard_pear")
    with pytest.raises(Unknown, match="no table 'birlik_state'"):
        reader.rows("birlik_state")
    with pytest.raises(Unknown, match="no indicator 'pear'"):
        reader.figures("pear")


def test_rows_without_a_time_are_counted_with_no_first_and_last(tmp_path):
    with opened(tmp_path / "node", declared=(AVIARY,)) as made:
        housed = changes([change(CAGE, cage_id="c1", name="north")])
        take(made, housed, media_type=AVIARY.intakes[0].media_type)
        follow(made)
        counted = made.reader(principal(made, "own")).counts("aviary_crowd", ("birds_n",)).to_pylist()
    assert counted == [{"birds_n": 0, "n": 1, "first_time": None, "last_time": None}]
