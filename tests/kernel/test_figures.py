"""Figures: withheld below the minimum n, corrected by a new version, read as they stood."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from tests.support.nodes import FOR_MEMBERS, HIDDEN, NOON, figures, follow, opened, principal, take
from tests.support.orchard import MEAN_GAP, line, mean_gap

from birlik.clock import SetClock
from birlik.kernel.store.figures import grouped_by, grouped_rows, suppressed


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path) as made:
        yield made


def pickings(*hours, tree="ash-1"):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [line(tree, (start + timedelta(hours=h)).isoformat()) for h in hours]


def only(node, view="own", **more):
    (figure,) = figures(node, "picking_gap", view, **more)
    return figure


def test_below_the_minimum_n_nothing_is_shown_but_that(node):
    take(node, pickings(0, 2))
    follow(node)
    figure = only(node)
    assert figure["withheld"] == "n < 2"
    assert [figure[k] for k in ("value", "n", "low", "high")] == [None] * 4
    assert figure["basis"] == "measured"


def test_suppression_looks_at_n_alone():
    import pyarrow as pa

    rows = pa.Table.from_pylist([{"row": "north", "month": "2026-03", "gap_s": s} for s in (3600, 7200)])
    made = suppressed(MEAN_GAP, mean_gap(rows, NOON)).to_pylist()
    assert (made[0]["value"], made[0]["n"], made[0]["withheld"]) == (1.5, 2, None)


def test_a_message_three_weeks_late_corrects_the_past_and_the_figure_says_so(node):
    take(node, pickings(0, 2, 4))
    said = follow(node)
    assert (only(node)["value"], only(node)["version"]) == (2.0, 1)
    node.clock.advance(timedelta(weeks=3))
    take(node, pickings(10))
    corrected = follow(node)

    now = only(node)
    assert (now["value"], now["n"], now["version"]) == (pytest.approx(10 / 3), 3, 2)
    assert (now["valid_from"], now["valid_to"]) == (corrected, None)
    then = only(node, as_of=said)
    assert (then["value"], then["n"], then["version"]) == (2.0, 2, 1)
    assert (then["valid_from"], then["valid_to"]) == (said, corrected)
    assert only(node, as_of=corrected - timedelta(seconds=1)) == then
    assert only(node, as_of=corrected) == now
    assert figures(node, "picking_gap", as_of=said - timedelta(seconds=1)) == []


def test_what_stood_less_than_an_hour_is_overwritten(node):
    take(node, pickings(0, 2, 4))
    first = follow(node)
    take(node, pickings(6))
    follow(node, minutes=5)
    assert (only(node)["version"], only(node)["valid_from"], only(node)["n"]) == (1, first, 3)


def test_a_figure_to_which_a_permalink_points_is_kept_however_short_it_stood(node):
    take(node, pickings(0, 2, 4))
    follow(node)
    moment = node.store.pin(node.operator)
    before = only(node)
    take(node, pickings(6))
    follow(node, minutes=5)
    assert only(node, as_of=moment)["value"] == before["value"]
    assert (only(node)["n"], only(node)["version"]) == (3, 2)


def test_a_figure_that_comes_out_the_same_is_not_published_again(node):
    take(node, pickings(0, 2, 4))
    follow(node)
    before = only(node)
    node.clock.advance(timedelta(days=1))
    take(node, pickings(1, tree="pear-1"))  # the same group, one picking: no gap
    follow(node)
    assert only(node) == before


def test_a_hidden_correction_makes_no_version_for_those_who_may_not_see_it(node):
    take(node, pickings(0, 2, 4), labels=FOR_MEMBERS)
    follow(node)
    before = only(node, "members")
    node.clock.advance(timedelta(weeks=3))
    take(node, pickings(10), labels=HIDDEN)
    follow(node)
    assert only(node, "members") == before
    assert only(node, "own")["version"] == 2


def test_another_declaration_makes_everything_again_at_start(tmp_path):
    import dataclasses

    from tests.support.orchard import ORCHARD

    with opened(tmp_path) as node:
        take(node, pickings(0, 2, 4))
        follow(node)
        assert only(node)["withheld"] is None
    stricter = dataclasses.replace(ORCHARD, indicators=(dataclasses.replace(MEAN_GAP, minimum_n=5),))
    with opened(tmp_path, declared=(stricter,), clock=SetClock(NOON + timedelta(days=1))) as node:
        follow(node)
        assert only(node)["withheld"] == "n < 5"


def test_figures_of_a_view_that_sees_nothing_are_not_there(node):
    take(node, pickings(0, 2, 4))
    follow(node)
    assert node.reader(principal(node, "public")).figures("picking_gap").num_rows == 0


def test_a_row_is_in_the_groups_of_both_its_columns():
    indicator = replace(MEAN_GAP, also={"month": "entry_month"})
    fields = [pa.field("month", pa.string(), nullable=False), pa.field("entry_month", pa.string())]
    rows = pa.table(
        {"month": ["04", "04", "04"], "entry_month": ["04", "03", None], "n": [1, 2, 3]},
        schema=pa.schema([*fields, pa.field("n", pa.int64())]),
    )
    made = grouped_rows(indicator, rows).sort_by("month").select(["month", "n"]).to_pylist()
    assert made == [{"month": "03", "n": 2}, *({"month": "04", "n": n} for n in (1, 2, 3))]
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        sql = f"SELECT month, n FROM {grouped_by(indicator, 'rows')} ORDER BY month, n"
        assert connection.execute(sql).fetchall() == [(r["month"], r["n"]) for r in made]
