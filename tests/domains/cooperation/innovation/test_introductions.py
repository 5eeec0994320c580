"""Introductions: both agree, or nobody is told anything; each of the two sees their own row, and nobody else any."""

import re
from html import unescape
from typing import Any

import pytest
from tests.domains.cooperation.innovation.conftest import (
    NEED,
    OFFER,
    does,
    fills_in,
    link_of,
    mine,
    published,
    signed_in,
)
from tests.support.nodes import follow, rows
from tests.support.people import House

from birlik.domains.cooperation.acts.introductions import ACTS
from birlik.domains.cooperation.vocabulary.introductions import MOST_A_DAY
from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.members import Role
from birlik.kernel.policy import Principal, Right

TABLE = "cooperation_introduction"
MINE, THEIRS = "timur@wells.example", "+90 000 000 00 00"
SAID = {"message": "Ten membranes stand ready.", "my_address": MINE}


@pytest.fixture
def offer(at: House) -> str:
    """Gulnar's."""
    return published(at, "gulnar")


@pytest.fixture
def need(at: House) -> str:
    """Timur's."""
    return published(at, "timur", NEED)


def asked(at: House, offer: str, by: str = "timur", **more: str) -> str:
    told = {**SAID, "offer_id": offer, **more}
    return str(does(at, by, "introduction_ask", **told)["introduction_id"])


def box(at: House, who: str) -> dict[str, Any]:
    (row,) = mine(at, who, TABLE)
    return row


def test_who_is_asked_reads_what_is_said_and_no_address_nor_name(at: House, offer: str) -> None:
    asked(at, offer)
    read = box(at, "gulnar")
    assert (read["message"], read["state"], read["box"]) == (SAID["message"], "waits", "received")
    assert MINE not in str(read)
    assert "timur" not in str({**read, "my_address": ""})


def test_addresses_pass_only_when_both_agree(at: House, offer: str) -> None:
    made = asked(at, offer)
    assert box(at, "timur")["their_address"] is None
    does(at, "gulnar", "introduction_agree", introduction_id=made, box="received", my_address=THEIRS)
    assert box(at, "timur")["their_address"] == THEIRS
    assert box(at, "gulnar")["their_address"] == MINE
    assert {row["state"] for who in ("timur", "gulnar") for row in mine(at, who, TABLE)} == {"agreed"}


def test_who_is_declined_is_told_why_and_nothing_else(at: House, offer: str) -> None:
    made = asked(at, offer)
    does(at, "gulnar", "introduction_decline", introduction_id=made, box="received", reason="we fund no pilots now")
    row = box(at, "timur")
    assert (row["state"], row["reason"], row["their_address"]) == ("declined", "we fund no pilots now", None)
    assert row["my_address"] is None  # nobody sees it any more
    with pytest.raises(Conflict):
        does(at, "gulnar", "introduction_agree", introduction_id=made, box="received", my_address=THEIRS)


def test_either_withdraws_and_no_address_is_kept(at: House, offer: str) -> None:
    made = asked(at, offer)
    does(at, "gulnar", "introduction_agree", introduction_id=made, box="received", my_address=THEIRS)
    does(at, "gulnar", "introduction_withdraw", introduction_id=made, box="received", reason="enough")
    said = str([row for who in ("timur", "gulnar") for row in mine(at, who, TABLE)])
    assert MINE not in said
    assert THEIRS not in said


def test_who_asked_agrees_to_nothing_themself(at: House, offer: str) -> None:
    made = asked(at, offer)
    with pytest.raises(Conflict, match="who was asked"):
        does(at, "timur", "introduction_agree", introduction_id=made, box="asked", my_address=THEIRS)
    for other in ("timur", "omar", "sagat"):
        with pytest.raises(Unknown):
            does(at, other, "introduction_agree", introduction_id=made, box="received", my_address=THEIRS)


def test_one_asks_once_and_not_of_oneself_and_not_for_many_within_a_day(at: House, offer: str) -> None:
    asked(at, offer)
    with pytest.raises(Conflict, match="already"):
        asked(at, offer)
    with pytest.raises(BadRequest, match="yours"):
        asked(at, offer, by="gulnar")
    for n in range(MOST_A_DAY - 1):
        asked(at, published(at, "gulnar", title=f"Money {n}"))
    with pytest.raises(Refused, match="tomorrow"):
        asked(at, published(at, "gulnar", title="one more"))


def test_what_is_closed_or_withdrawn_or_hidden_is_asked_for_no_more(at: House, offer: str) -> None:
    with pytest.raises(Unknown):
        asked(at, "offer:no-such-one")
    (posting,) = rows(at.node, "cooperation_posting")
    does(at, "gulnar", "offer_withdraw", posting_id=posting["posting_id"], reason="spent")
    with pytest.raises(Conflict, match="open"):
        asked(at, offer)


def test_the_rank_that_it_had_is_kept_where_it_is_asked_from_ones_own(at: House, offer: str, need: str) -> None:
    asked(at, offer, own_id=need)
    assert box(at, "timur")["rank_n"] == 1
    assert box(at, "gulnar")["own_title"] == NEED["title"]
    with pytest.raises(BadRequest):
        asked(at, offer, by="omar", own_id=need)


def test_each_says_for_themself_what_came_of_it(at: House, offer: str) -> None:
    made = asked(at, offer)
    with pytest.raises(Conflict):
        does(at, "timur", "introduction_outcome", introduction_id=made, box="asked", my_outcome="met")
    does(at, "gulnar", "introduction_agree", introduction_id=made, box="received", my_address=THEIRS)
    does(at, "timur", "introduction_outcome", introduction_id=made, box="asked", my_outcome="met", my_why="in Astana")
    does(at, "gulnar", "introduction_outcome", introduction_id=made, box="received", my_outcome="not_met")
    assert (box(at, "timur")["my_outcome"], box(at, "gulnar")["my_outcome"]) == ("met", "not_met")
    assert box(at, "gulnar")["my_why"] is None


@pytest.mark.parametrize("role", list(Role))
def test_no_role_reads_introductions(at: House, offer: str, role: Role) -> None:
    asked(at, offer)
    who = Principal(name="other", role=role, rights=(Right(role=role),))
    with pytest.raises(Refused):
        at.node.reader(who).rows(TABLE)
    assert at.node.reader(who).mine(TABLE).num_rows == 0


def test_nothing_of_it_stands_in_the_lines_of_acts(at: House, offer: str) -> None:
    asked(at, offer)
    page = signed_in(at, "sagat").get("/birlik/acts?whole=1").text
    assert MINE not in page
    assert SAID["message"] not in page
    assert {act.is_unsigned for act in ACTS} == {True}


# --- without an account -----------------------------------------------------------------------------------------------


@pytest.fixture
def by_form(at: House) -> tuple[str, str]:
    """(the link of who has posted without an account, the id of what is published)."""
    link = link_of(fills_in(at.browser(), "/cooperation/form/cooperation_offer_post", **OFFER))
    (held,) = rows(at.node, "cooperation_posting")
    does(at, "sagat", "offer_publish", posting_id=held["posting_id"])
    (row,) = rows(at.node, "cooperation_offer")
    return link, row["offer_id"]


def test_two_without_accounts_are_introduced_by_their_links(at: House, by_form: tuple[str, str]) -> None:
    owners, offer_id = by_form
    visitor = at.browser("198.51.100.4")
    page = visitor.get(f"/cooperation/offer/{offer_id}?whole=1").text
    assert "/cooperation/form/cooperation_introduction_ask" in page
    form = f"/cooperation/form/cooperation_introduction_ask?offer_id={offer_id}"
    askers = link_of(fills_in(visitor, form, **SAID, offer_id=offer_id))
    follow(at.node)
    seen = at.browser().get(owners).text
    assert SAID["message"] in seen
    assert MINE not in seen
    (agree,) = re.findall(r'href="(/form/[^"]*cooperation_introduction_agree[^"]*)"', seen)
    assert fills_in(at.browser(), unescape(agree), my_address=THEIRS).status_code == 303
    follow(at.node)
    assert MINE in at.browser().get(owners).text
    assert THEIRS in visitor.get(askers).text
    for who in (at.browser("203.0.113.9"), signed_in(at, "sagat")):
        for address in (f"/cooperation/offer/{offer_id}?whole=1", "/cooperation/innovation?whole=1"):
            assert THEIRS not in who.get(address).text


def test_by_the_link_of_ones_own_one_asks_for_what_fits_it(at: House, by_form: tuple[str, str]) -> None:
    link, offer_id = by_form
    need = published(at, "timur", NEED)
    (ask,) = re.findall(r'href="(/form/[^"]*cooperation_introduction_ask_for[^"]*)"', at.browser().get(link).text)
    assert fills_in(at.browser(), unescape(ask), **SAID, offer_id=need).status_code == 303
    follow(at.node)
    row = box(at, "timur")
    assert (row["box"], row["own_id"], row["rank_n"]) == ("received", offer_id, 1)


def test_one_place_asks_for_few_within_a_day_however_many_forms_it_fills_in(at: House) -> None:
    offers = [published(at, "gulnar", title=f"Money {n}") for n in range(MOST_A_DAY + 1)]
    form = "/cooperation/form/cooperation_introduction_ask"
    for offer_id in offers[:-1]:
        link_of(fills_in(at.browser(), form, **SAID, offer_id=offer_id))
    refused = fills_in(at.browser(), form, **SAID, offer_id=offers[-1])
    assert "ask again tomorrow" in unescape(refused.text)
    link_of(fills_in(at.browser("203.0.113.77"), form, **SAID, offer_id=offers[-1]))
