"""Offers and needs: posted without an account, held, published by a steward, seen by another visitor."""

import re
from html import unescape

import pytest
from tests.domains.cooperation.innovation.conftest import (
    NEED,
    OFFER,
    does,
    fills_in,
    link_of,
    mine,
    posted,
    published,
    signed_in,
)
from tests.support.nodes import follow, rows
from tests.support.people import House

from birlik.errors import BadRequest, Conflict, Refused, Unknown

FORM = "/cooperation/form/cooperation_offer_post"
FIRST = "/cooperation/innovation?whole=1"


def test_what_a_visitor_posts_is_seen_by_another_once_a_steward_has_published_it(at: House) -> None:
    visitor, other = at.browser(), at.browser("198.51.100.4")
    empty = visitor.get(FIRST).text
    assert "Post the first offer" in empty
    assert FORM in empty
    link = link_of(fills_in(visitor, FORM, **OFFER))
    follow(at.node)
    assert OFFER["title"] in visitor.get(link).text
    assert OFFER["title"] not in other.get(FIRST).text
    assert OFFER["title"] in signed_in(at, "sagat").get("/cooperation/offers_held?whole=1").text
    assert OFFER["title"] in signed_in(at, "sagat").get("/cooperation/queue?whole=1").text
    (held,) = rows(at.node, "cooperation_posting")
    does(at, "sagat", "offer_publish", posting_id=held["posting_id"])
    seen = other.get(FIRST).text
    assert OFFER["title"] in seen
    assert "offers and needs are open" in seen or "offer or need is open" in seen
    assert "published" in visitor.get(link).text


def test_by_the_link_it_is_changed_and_waits_again_while_the_old_stands(at: House) -> None:
    visitor, other = at.browser(), at.browser("198.51.100.4")
    link = link_of(fills_in(visitor, FORM, **OFFER))
    (held,) = rows(at.node, "cooperation_posting")
    does(at, "sagat", "offer_publish", posting_id=held["posting_id"])
    (change, withdraw) = re.findall(r'href="(/form/[^"]*cooperation_offer_[^"]*)"', visitor.get(link).text)
    fills_in(visitor, unescape(change), **{**OFFER, "title": "Patient money, twice"})
    follow(at.node)
    assert "Patient money, twice" not in other.get(FIRST).text
    assert OFFER["title"] in other.get(FIRST).text
    does(at, "sagat", "offer_publish", posting_id=held["posting_id"])
    assert "Patient money, twice" in other.get(FIRST).text
    assert len(rows(at.node, "cooperation_offer")) == 1
    fills_in(visitor, unescape(withdraw), reason="it is spent")
    follow(at.node)
    assert "Patient money" not in other.get(FIRST).text


def test_nobody_is_told_who_posted_what_is_published(at: House) -> None:
    published(at, "gulnar")
    (row,) = rows(at.node, "cooperation_offer")
    assert "gulnar" not in str(row)
    assert "sender" not in row


def test_what_is_held_is_its_senders_and_the_stewards(at: House) -> None:
    posting_id = posted(at, "gulnar")
    assert [row["title"] for row in mine(at, "gulnar", "cooperation_posting")] == [OFFER["title"]]
    assert mine(at, "timur", "cooperation_posting") == []
    with pytest.raises(Unknown):
        does(at, "timur", "offer_withdraw", posting_id=posting_id, reason="x")
    with pytest.raises(Refused):
        does(at, "timur", "offer_publish", posting_id=posting_id)
    for who in (at.browser(), signed_in(at, "timur")):
        assert OFFER["title"] not in who.get(FIRST).text
        assert who.get("/cooperation/offers_held?whole=1").status_code in (303, 403, 404)


def test_what_is_returned_goes_back_with_a_reason_and_waits_again_when_changed(at: House) -> None:
    posting_id = posted(at, "gulnar", NEED)
    does(at, "sagat", "offer_return", posting_id=posting_id, reason="say for what")
    (row,) = mine(at, "gulnar", "cooperation_posting")
    assert (row["state"], row["reason"]) == ("returned", "say for what")
    does(at, "gulnar", "offer_change", posting_id=posting_id, title="A pilot for salt wells")
    (row,) = mine(at, "gulnar", "cooperation_posting")
    assert (row["state"], row["reason"]) == ("held", None)


def test_a_hundred_that_say_the_same_go_back_at_once(at: House) -> None:
    ids = [posted(at, "gulnar", title=f"Cheap pills {n}", words=f"Buy {n} now") for n in range(3)]
    other = posted(at, "timur")
    does(at, "sagat", "offer_return_alike", posting_id=ids[0], reason="advertising")
    states = {row["posting_id"]: row["state"] for row in rows(at.node, "cooperation_posting")}
    assert [states[each] for each in (*ids, other)] == ["returned"] * 3 + ["held"]


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        pytest.param({"amount_least": "5", "amount_most": "4"}, "amount_least", id="least above most"),
        pytest.param({"currency": ""}, "currency", id="an amount of no currency"),
        pytest.param({"currency": "dollars"}, "currency", id="no currency's code"),
        pytest.param({"closes_day": "2026-11-01"}, "closes_day", id="closed before today"),
        pytest.param({"closes_day": "2029-01-01"}, "closes_day", id="open for years"),
        pytest.param({"opens_day": "2027-04-01"}, "opens_day", id="opens after it closes"),
        pytest.param({"states": "KAZ Turkey"}, "states", id="no state's code"),
        pytest.param({"capacity_n": "6"}, "capacity_n", id="more than five at once"),
        pytest.param({"words": "x" * 2_001}, "words", id="a long story"),
        pytest.param({"what": "wishes"}, "what", id="no kind of it"),
    ],
)
def test_what_cant_be_meant_is_said_at_its_field(at: House, changed: dict[str, str], parameter: str) -> None:
    with pytest.raises(BadRequest) as told:
        posted(at, "gulnar", **changed)
    assert told.value.parameter == parameter


def test_what_is_not_said_stays_unknown(at: House) -> None:
    told = {n: v for n, v in OFFER.items() if n in ("side", "what", "title", "words", "closes_day")}
    posted(at, "gulnar", told)
    (row,) = mine(at, "gulnar", "cooperation_posting")
    assert [row[n] for n in ("sector", "phase", "amount_least", "currency", "states")] == [None] * 5
    assert row["capacity_n"] is None


def test_a_withdrawn_one_stays_withdrawn(at: House) -> None:
    posting_id = posted(at, "gulnar")
    does(at, "gulnar", "offer_withdraw", posting_id=posting_id, reason="it is spent")
    with pytest.raises(Conflict):
        does(at, "sagat", "offer_publish", posting_id=posting_id)
    with pytest.raises(Conflict):
        does(at, "gulnar", "offer_change", posting_id=posting_id, title="again")
