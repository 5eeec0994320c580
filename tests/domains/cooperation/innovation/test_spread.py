"""Who is brought to whom: each need would go to its best offer; who can go on with one only is brought to one."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.domains.cooperation.innovation.conftest import NEED, does, posted, published
from tests.support.nodes import follow, principal
from tests.support.people import House

from birlik.domains.cooperation.plans.spreading import SPREAD
from birlik.errors import Unnamed
from birlik.kernel.planning import asking, reading
from birlik.kernel.policy import Principal

NEEDS = {"Wells": {"from_state": "TUR"}, "Springs": {"phase": "idea"}, "Rain": {"sector": "energy"}}


@pytest.fixture
def market(at: House) -> House:
    """One offer that all three needs like best, and one that fits them less."""
    published(at, "gulnar", title="The great fund")
    published(at, "omar", title="The small fund", sector="culture", phase="growing", capacity_n="5")
    for title, changed in NEEDS.items():
        published(at, "timur", NEED, title=title, **changed)
    return at


def spread(at: House, who: str, **moved: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    """By what is offered and what is sought, as that reader's job would compute it."""
    by = at.node.access.of(who)
    assert by is not None
    return told_to(at, by, **moved)


def told_to(at: House, by: Principal, **moved: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    asked = asking.asked(at.node, SPREAD.name, moved, by)
    made = SPREAD.compute(reading.found(at.node, asked).tables, asked.values, lambda done, of: None)
    return {(row["offered_title"], row["sought_title"]): row for row in made.to_pylist()}


def brought(told: Mapping[tuple[str, str], Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {pair for pair, row in told.items() if row["is_brought"]}


def test_the_one_whom_all_like_best_is_brought_to_one_and_the_others_to_their_next(market: House) -> None:
    told = spread(market, "gulnar")
    assert brought(told) == {("The great fund", "Wells"), ("The small fund", "Springs"), ("The small fund", "Rain")}
    assert {pair for pair, row in told.items() if row["is_best"]} == {("The great fund", title) for title in NEEDS}
    assert (told["The great fund", "Rain"]["best_n"], told["The great fund", "Rain"]["brought_n"]) == (3, 1)
    assert told["The small fund", "Rain"]["brought_n"] == 2
    (sums,) = {(row["brought_sum"], row["in_turn_sum"], row["best_sum"]) for row in told.values()}
    assert sums[2] > sums[0] >= sums[1] > 0


def test_who_has_not_said_with_how_many_can_be_taken_to_go_on_with_more(market: House) -> None:
    told = spread(market, "gulnar", unsaid_n=3)
    assert {("The great fund", title) for title in NEEDS} <= brought(told)


def test_pairs_that_fit_less_than_asked_are_left_out(market: House) -> None:
    assert brought(spread(market, "gulnar", least_sum=0.7)) == {("The great fund", "Wells")}
    assert spread(market, "gulnar", least_sum=1.0) == {}


def test_what_waits_or_is_hidden_changes_nobodys_pairs(market: House) -> None:
    before = told_to(market, principal(market.node, "public"))
    posted(market, "omar", NEED, title="The best of all", from_state="TUR")
    hidden = published(market, "omar", NEED, title="For few", from_state="TUR")
    does(market, "sagat", "birlik_relabel", table="cooperation_offer", key=hidden, marking="AMBER+STRICT", audience="")
    assert told_to(market, principal(market.node, "public")) == before
    assert "For few" in {need for _, need in spread(market, "gulnar")}


def test_what_has_closed_is_brought_to_nobody(market: House) -> None:
    published(market, "gulnar", title="Closes soon", from_state="KAZ", closes_day="2026-11-30")
    assert "Closes soon" in {offer for offer, _ in brought(spread(market, "gulnar", unsaid_n=5))}
    follow(market.node, minutes=7 * 24 * 60)
    assert {offer for offer, _ in spread(market, "gulnar", unsaid_n=5)} == {"The great fund", "The small fund"}


def test_two_who_both_seek_a_partner_are_none_of_its_pairs(at: House) -> None:
    for title in ("One", "Other"):
        published(at, "timur", NEED, what="partner", title=title)
    assert spread(at, "gulnar") == {}


def test_who_has_no_account_runs_none(at: House) -> None:
    nobody = at.node.access.anyone()
    with pytest.raises(Unnamed):
        asking.asked(at.node, SPREAD.name, {}, nobody)
