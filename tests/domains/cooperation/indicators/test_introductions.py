"""Figures of introductions: what the two say is the judge, small numbers are withheld, shares have their interval."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from birlik.domains.cooperation.indicators.introductions import (
    EXPOSURE,
    INTRODUCTIONS,
    PRECISION_AT_5,
    came_of,
)

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def two(n: int, asked: str | None, received: str | None, rank: int | None = 1) -> list[dict[str, Any]]:
    shared = {"introduction_id": f"i{n}", "state": "agreed", "rank_n": rank, "is_invented": False}
    return [
        {**shared, "box": "asked", "my_outcome": asked},
        {**shared, "box": "received", "my_outcome": received},
    ]


def told(indicator: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = indicator.function(pa.Table.from_pylist(rows), NOW).to_pylist()
    return made


@pytest.mark.parametrize(
    ("asked", "received", "made"),
    [(None, None, None), ("met", None, "met"), ("met", "met", "met"), (None, "not_met", "not_met"),
     ("met", "not_met", "differ")],
)  # fmt: skip
def test_what_came_of_it_is_what_the_two_say(asked: str | None, received: str | None, made: str | None) -> None:
    assert came_of(two(0, asked, received)) == made


def test_precision_is_of_the_first_five_of_which_it_is_known() -> None:
    rows = [*(r for n in range(6) for r in two(n, "met", None)), *two(7, None, "not_met"), *two(8, "met", "not_met"),
            *two(9, None, None), *two(10, "not_met", None, rank=6), *two(11, "not_met", None, rank=None)]  # fmt: skip
    (row,) = told(PRECISION_AT_5, rows)
    assert (row["value"], row["n"]) == (pytest.approx(6 / 7), 7)
    assert (row["low"], row["high"]) == (pytest.approx(0.487, abs=0.001), pytest.approx(0.974, abs=0.001))
    assert PRECISION_AT_5.minimum_n == 5


def test_where_nobody_has_spoken_it_is_not_known_and_not_nought() -> None:
    (row,) = told(PRECISION_AT_5, two(0, None, None))
    assert (row["value"], row["n"]) == (None, 0)


def test_introductions_are_counted_once_for_both() -> None:
    rows = [*two(0, "met", "met"), *two(1, "met", "not_met"), *two(2, None, None)]
    (row,) = told(INTRODUCTIONS, rows)
    assert (row["value"], row["met_n"], row["differ_n"], row["agreed_n"]) == (3, 1, 1, 3)


def test_of_a_state_with_fewer_than_five_places_nothing_is_told_and_no_sum_either() -> None:
    states = ["KAZ"] * 9 + ["TUR"] * 6 + ["UZB"] * 2 + [None]
    rows = [
        {"is_invented": False, "other_from_state": s, "rank_n": 1, "closing_time": NOW + timedelta(days=1)}
        for s in states
    ]
    rows += [{**rows[0], "rank_n": 6}, {**rows[0], "closing_time": NOW}]
    made = told(EXPOSURE, rows)
    assert {row["other_from_state"]: row["n"] for row in made} == {"KAZ": 9, "TUR": 6, "UZB": 2, None: 1}
    assert EXPOSURE.minimum_n == 5
    assert EXPOSURE.further == ()
