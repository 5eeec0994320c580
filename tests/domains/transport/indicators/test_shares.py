"""Turned back, and passages found, on rows worked out by hand."""

from datetime import timedelta

import pytest
from tests.domains.transport.indicators.episodes import DAY, episode, figure, figures

from birlik.domains.transport.indicators.shares import PASSAGES, TURNED_BACK
from birlik.methods.bootstrap import proportion_interval


def visits(n, status="finished", **changes):
    return [episode(DAY + timedelta(days=d % 20), 2, status=status, **changes) for d in range(n)]


def test_the_share_is_of_turned_back_finished_and_lost():
    # 6 of 6 + 30 + 4; eight villagers and two of whom too little is known are in no share.
    rows = [*visits(6, "turned_back"), *visits(30), *visits(4, "lost"), *visits(8, "local"), *visits(2, "undetermined")]
    made = figure(TURNED_BACK, rows)
    assert (made["value"], made["n"], made["n_local"], made["lost_n"]) == (0.15, 40, 8, 4)
    assert made["undetermined_n"] == 2
    assert made["low"] <= proportion_interval(6, 40).low
    assert made["high"] >= proportion_interval(6, 40).high


def test_who_is_silent_for_too_long_is_lost_by_the_rows_and_not_by_the_clock():
    # The newest row is of the 12th, 02:00. One inside was last heard 7 h before, one 5 h; the limit is 6 h.
    newest = DAY + timedelta(days=2, hours=2)
    rows = [episode(DAY + timedelta(days=2), 2) for _ in range(8)]
    rows += [episode(DAY, None, last_time=newest - timedelta(hours=h)) for h in (7, 5)]
    made = figure(TURNED_BACK, rows, now=DAY + timedelta(days=300))
    assert (made["n"], made["lost_n"]) == (9, 1)


def test_turn_backs_that_may_be_of_locals_make_an_estimate():
    sure = [*visits(6, "turned_back"), *visits(60)]
    assert figure(TURNED_BACK, sure)["basis"] == "measured"
    made = figure(TURNED_BACK, [*visits(6, "turned_back", provisional=True), *visits(60)])
    assert (made["basis"], made["provisional_n"]) == ("estimated", 6)


def test_passages_found_are_those_with_both_ends():
    rows = [*visits(45), *visits(3, "entry_unknown"), *visits(1, "lost"), *visits(1, "undetermined")]
    made = figure(PASSAGES, [*rows, *visits(7, "turned_back"), *visits(7, "local")])
    assert (made["value"], made["n"], made["found_n"]) == (0.9, 50, 45)


def test_each_supplier_and_interval_by_itself():
    rows = [*visits(10), *visits(5, interval_class="> 1 h"), *visits(5, "lost", interval_class="> 1 h")]
    made = {r["interval_class"]: r["value"] for r in figures(PASSAGES, rows)}
    assert made == {"≤ 15 min": 1.0, "> 1 h": pytest.approx(0.5)}
