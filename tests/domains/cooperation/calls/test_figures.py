"""Calls in figures: how many are open, how many apply, from where, and how long a decision takes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.forum import Forum, forum

from birlik.domains.cooperation.model.applicants import together


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Forum]:
    with forum(tmp_path / "node") as made:
        yield made


def figures(at: Forum, name: str, **only: str) -> list[dict[str, Any]]:
    at.follow()
    answer = at.steward.get(f"/api/v1/indicators/{name}", params=only)
    assert answer.status_code == 200, answer.text
    made: list[dict[str, Any]] = answer.json()["data"]
    return made


def test_calls_and_applications_are_counted_exactly_and_by_whom_is_not_told(at: Forum) -> None:
    for title in ("One", "Two"):
        at.applies(title=title)
    (open_,) = figures(at, "calls_open")
    assert (open_["value"], open_["n"], open_["soon_n"]) == (2, 2, 2)
    (sent,) = figures(at, "applications_sent")
    assert (sent["value"], sent["low"], sent["high"], sent["call_title"]) == (2, 2, 2, "Water in the steppe")
    assert "zhibek" not in str(sent).lower()
    at.clock.at += timedelta(hours=1)
    at.other.done("cooperation_call_close", call_id=at.others, closed_because="nobody came")
    assert figures(at, "calls_open")[0]["value"] == 0


def test_applicants_by_state_are_told_from_five_on(at: Forum) -> None:
    for n in range(4):
        at.applies(title=f"Talk {n}")
    assert figures(at, "applicants_by_state") == []
    for n in range(4, 7):
        at.applies(title=f"Talk {n}")
    at.applies(title="From afar", from_state="TUR")
    told = {row["from_state"]: row["value"] for row in figures(at, "applicants_by_state")}
    assert told == {"other": 8}, "one from elsewhere would be told from the whole"


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"KAZ": 9, "TUR": 5, "UZB": 4, "AZE": 1}, {"KAZ": 9, "TUR": 5, "other": 5}),
        ({"KAZ": 9, "TUR": 5, "UZB": 4}, {"KAZ": 9, "other": 9}),
        ({"KAZ": 9, "": 3}, {"other": 12}),
        ({"KAZ": 5}, {"KAZ": 5}),
        ({"KAZ": 2, "TUR": 2}, {}),
        ({}, {}),
    ],
)
def test_no_count_below_five_can_be_told_from_the_whole(counts: dict[str, int], told: dict[str, int]) -> None:
    assert together(counts) == told


def test_how_long_a_decision_takes_has_n_and_an_interval_and_nothing_below_five(at: Forum) -> None:
    keys = [at.applies(title=f"Talk {n}") for n in range(5)]
    at.over()
    for key in keys[:4]:
        at.host.done("cooperation_decide", application_id=key, verdict="declined", reasons="the hall is small")
    (wait,) = figures(at, "decision_wait")
    assert (wait["n"], wait["pending_n"]) == (5, 1)
    assert 0 < wait["low"] <= wait["value"]
    assert wait["value"] == pytest.approx(30 / 60 / 24, rel=0.01)


def test_a_figure_that_is_a_median_is_called_one(at: Forum) -> None:
    for n in range(5):
        at.applies(title=f"Talk {n}")
    figures(at, "decision_wait")
    for lang, word in (("en", "median, d"), ("kk", "медиана")):
        page = at.steward.get(f"/cooperation/calls_figures?whole=1&lang={lang}").text
        wait = page[page.index('id="wait"') :]
        assert word in wait
        assert "mean, d" not in wait
