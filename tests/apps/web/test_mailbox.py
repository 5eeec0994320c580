"""The address at which somebody with an account is written to: given on their page, confirmed by a mail, forgotten."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.people import Browser, House, closed
from tests.support.post import Post, post, text_of

from birlik.clock import SetClock
from birlik.kernel import mailing
from birlik.kernel.access import mailboxes

ADDRESS = "aida@example.kz"


@pytest.fixture
def at_post() -> Iterator[Post]:
    with post() as made:
        yield made


@pytest.fixture
def at(tmp_path: Path, at_post: Post, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr("birlik.kernel.service.mailing.serve", lambda node, stop: None)  # the test is that thread
    with closed(tmp_path / "node", mail=at_post.settings()) as made:
        for name in ("aida", "bek"):
            made.person(name, "operator")
        yield made


def signed_in(at: House, name: str = "aida") -> Browser:
    browser = at.browser()
    browser.signs_in(name)
    return browser


def link_of(at: House, at_post: Post) -> str:
    """In the mail that came last, without where the node is."""
    mailing.send_due(at.node)
    found = re.search(r"http://localhost:8080(/account\?confirm=\S+)", text_of(at_post.taken[-1]))
    assert found is not None
    return found[1]


def test_an_address_is_given_confirmed_by_the_mail_shown_and_forgotten(at: House, at_post: Post) -> None:
    browser = signed_in(at)
    sent = browser.post("/account/mailbox", {"address": " Aida@Example.KZ"})
    assert sent.headers["location"] == "/account?did=mailbox-asked"
    assert "Aida@example.kz waits to be confirmed" in browser.get("/account").text
    link = link_of(at, at_post)
    page = browser.get(link).text
    assert "Confirm Aida@example.kz" in page
    assert mailboxes.of(at.node.store.vault, at.node.key_file, "aida") is None  # to look is not to confirm
    code = re.search(r'name="confirm" value="([^"]+)"', page)
    assert code is not None
    done = browser.post("/account/mailbox/confirm", {"confirm": code[1]})
    assert done.headers["location"] == "/account?did=mailbox"
    assert "<strong>Aida@example.kz</strong>" in browser.get("/account").text
    browser.post("/account/mailbox/end")
    assert "Aida@example.kz" not in browser.get("/account").text


def test_who_opens_the_link_signed_out_signs_in_and_comes_back_to_it(at: House, at_post: Post) -> None:
    signed_in(at).post("/account/mailbox", {"address": ADDRESS})
    link, browser = link_of(at, at_post), at.browser()
    asked = browser.get(link)
    assert asked.status_code == 303
    assert browser.signs_in("aida", to=link).headers["location"] == link
    assert f"Confirm {ADDRESS}" in browser.get(link).text


def test_the_link_in_somebody_elses_hands_does_nothing(at: House, at_post: Post) -> None:
    signed_in(at).post("/account/mailbox", {"address": ADDRESS})
    code = link_of(at, at_post).partition("=")[2]
    other = signed_in(at, "bek")
    assert "was confirmed before" in other.post("/account/mailbox/confirm", {"confirm": code}).text
    for who in ("aida", "bek"):
        assert mailboxes.of(at.node.store.vault, at.node.key_file, who) is None
    assert ADDRESS not in other.get(f"/account?confirm={code}").text


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "ä@example.kz", "a@example.kz\nBcc: b@example.kz"])
def test_what_is_no_address_is_said_at_it(at: House, at_post: Post, address: str) -> None:
    answer = signed_in(at).post("/account/mailbox", {"address": address})
    assert answer.status_code == 422
    assert "e-mail address" in answer.text or "before the @" in answer.text
    mailing.send_due(at.node)
    assert at_post.taken == []


def test_more_than_three_in_a_day_are_not_written_to(at: House, at_post: Post) -> None:
    browser = signed_in(at)
    for n in range(3):
        assert browser.post("/account/mailbox", {"address": f"stranger{n}@example.kz"}).status_code == 303
    refused = browser.post("/account/mailbox", {"address": "stranger3@example.kz"})
    assert refused.status_code == 429
    assert "tomorrow" in refused.text
    assert isinstance(at.node.clock, SetClock)
    at.node.clock.advance(timedelta(hours=25))
    assert signed_in(at).post("/account/mailbox", {"address": "stranger3@example.kz"}).status_code == 303


def test_only_the_last_address_that_was_asked_for_is_written_to(at: House, at_post: Post) -> None:
    browser = signed_in(at)
    browser.post("/account/mailbox", {"address": "wrong@example.kz"})
    browser.post("/account/mailbox", {"address": ADDRESS})
    mailing.send_due(at.node)
    assert [mail["to"] for mail in at_post.taken] == [ADDRESS]


def test_no_form_of_it_has_force_without_the_token_of_its_page(at: House) -> None:
    browser = signed_in(at)
    for path in ("mailbox", "mailbox/confirm", "mailbox/end"):
        assert browser.client.post(f"/account/{path}", data={"address": ADDRESS}).status_code == 403


def test_where_the_node_sends_no_mail_there_is_nothing_to_give(tmp_path: Path) -> None:
    with closed(tmp_path / "node") as at:
        at.person("aida", "operator")
        browser = signed_in(at)
        assert "mailbox" not in browser.get("/account").text
        assert browser.post("/account/mailbox", {"address": ADDRESS}).status_code == 404
