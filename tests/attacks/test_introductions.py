"""Somebody who wants to know what waits to be published, or who is introduced to whom: a reader, a steward,
and who looks through the eyes of one of the two."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.strangers import Client, House, house

from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.store.catalogue import Catalogue

Patch = pytest.MonkeyPatch
API = "/api/v1"
OFFERED = {
    "side": "offer", "what": "capital", "title": "Money for the quiet well", "words": "We fund one well.",
    "closes_day": "2026-06-01",
}  # fmt: skip
HELD, SAID, ADDRESS = "Money that nobody knows of yet", "Ten membranes stand ready", "timur@wells.example"
EVERYWHERE = (
    "/", "/cooperation/innovation?whole=1", "/cooperation/offers?whole=1", "/cooperation/offers_held?whole=1",
    "/cooperation/my_offers?whole=1", "/cooperation/introductions_came?whole=1", "/cooperation/queue?whole=1",
    "/search?q=membranes", "/search?q=money", f"{API}/tables/cooperation_posting", f"{API}/tables/cooperation_offer",
    f"{API}/tables/cooperation_fit", f"{API}/tables/cooperation_introduction", f"{API}/mine/cooperation_posting",
    f"{API}/mine/cooperation_introduction", f"{API}/mine/cooperation_introduction?format=csv",
    f"{API}/tables/birlik_act", f"{API}/tables/birlik_message", "/birlik/acts?whole=1",
)  # fmt: skip


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    """Gulnar has posted; Timur asks for an introduction, and they agree; something of Gulnar's waits still."""
    with house(tmp_path / "node", declared=(DOMAIN,)) as made:
        for name in ("gulnar", "timur", "omar"):
            made.person(name, "reader")
        people = made.people
        posting = people["gulnar"].done("cooperation_offer_post", **OFFERED)["about"]["posting_id"]
        made.steward.done("cooperation_offer_publish", posting_id=posting)
        (row,) = people["timur"].rows("cooperation_offer")
        told = {"offer_id": row["offer_id"], "message": SAID, "my_address": ADDRESS}
        asked = people["timur"].done("cooperation_introduction_ask", **told)["about"]["introduction_id"]
        told = {"introduction_id": asked, "box": "received", "my_address": "gulnar@funds.example"}
        people["gulnar"].done("cooperation_introduction_agree", **told)
        people["gulnar"].done("cooperation_offer_post", **{**OFFERED, "title": HELD})
        yield made


def _reads(who: Client, *words: str) -> bool:
    return any(word in who.get(address).text for address in EVERYWHERE for word in words)


def held_is_told_to_another_reader(at: House) -> bool:
    return _reads(at.people["omar"], HELD)


def held_is_told_to_who_is_introduced(at: House) -> bool:
    return _reads(at.people["timur"], HELD)


def introduction_is_told_to_another_reader(at: House) -> bool:
    return _reads(at.people["omar"], SAID, ADDRESS, "gulnar@funds.example")


def introduction_is_told_to_a_steward(at: House) -> bool:
    return _reads(at.steward, SAID, ADDRESS, "gulnar@funds.example")


def introduction_is_told_to_who_looks_through_ones_eyes(at: House) -> bool:
    at.steward.post("/see-as", data={"who": "timur", "-form": at.steward.form_token})
    return _reads(at.steward, SAID, ADDRESS)


def any_role_reads(patch: Patch) -> None:
    patch.setattr(Catalogue, "may_read", lambda *told: True)


ATTACKS: tuple[tuple[Callable[[House], bool], Callable[[Patch], None] | None], ...] = (
    (held_is_told_to_another_reader, any_role_reads),
    (held_is_told_to_who_is_introduced, any_role_reads),
    (introduction_is_told_to_another_reader, any_role_reads),
    (introduction_is_told_to_a_steward, any_role_reads),
    (introduction_is_told_to_who_looks_through_ones_eyes, None),
)
NAMES = [attack.__name__ for attack, _ in ATTACKS]


@pytest.mark.parametrize("attack", [attack for attack, _ in ATTACKS], ids=NAMES)
def test_it_fails(at: House, attack: Callable[[House], bool]) -> None:
    assert not attack(at)


@pytest.mark.parametrize(("attack", "weaken"), [one for one in ATTACKS if one[1] is not None])
def test_it_would_succeed_without_what_stands_against_it(
    at: House, monkeypatch: Patch, attack: Callable[[House], bool], weaken: Callable[[Patch], None]
) -> None:
    weaken(monkeypatch)
    assert attack(at)


def test_the_two_and_the_steward_see_what_is_theirs(at: House) -> None:
    """Else the attacks would show nothing."""
    assert _reads(at.people["gulnar"], HELD)
    assert _reads(at.steward, HELD)
    assert _reads(at.people["gulnar"], ADDRESS)
