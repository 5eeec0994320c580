"""Forms of who has no account where the node has mail: confirmed by the link in it, and told of what became of them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support import toy_worlds
from tests.support.guests import FORM, does, fills, form, guesthouse, keeper, leads
from tests.support.nodes import NOON, follow, rows
from tests.support.people import Browser, House
from tests.support.post import Post, link_in, post, text_of

from birlik.clock import SetClock
from birlik.kernel.access import forms
from birlik.kernel.mailing import send_due, state

AIGUL, WORDS = "aigul@example.kz", "It was quiet."
THREAD = "birlik.kernel.service.mailing.serve"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def at_post() -> Iterator[Post]:
    with post() as made:
        yield made


@pytest.fixture
def at(tmp_path: Path, clock: SetClock, at_post: Post, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Its mail goes when the test says so."""
    monkeypatch.setattr(THREAD, lambda node, stop: None)
    with guesthouse(tmp_path / "node", clock, mail=at_post.settings()) as made:
        yield made


def writes(guest: Browser, words: str = WORDS, to: str = AIGUL, address: str = FORM) -> str:
    answer = fills(guest, address, {"room": "blue", "words": words, "-mail": to})
    assert answer.status_code == 200, answer.text
    return answer.text


def link_of(at: House, post: Post) -> str:
    """Of the mail that comes next."""
    assert send_due(at.node) == 1
    return link_in(post.taken[-1])


def press(guest: Browser, link: str, name: str = "confirm") -> int:
    return guest.client.post(f"{link}/{name}", data={}).status_code


def show(at: House) -> None:
    (note,) = [row for row in rows(at.node, "guestbook_note") if row["state"] == "waits"]
    does(keeper(at), "guestbook_show", note_id=note["note_id"])
    follow(at.node)


def test_a_form_is_confirmed_by_mail_and_its_sender_told_that_it_was_published(at: House, at_post: Post) -> None:
    guest = at.browser()
    held = writes(guest)
    assert AIGUL in held
    assert "/form/" + "0" not in held
    assert rows(at.node, "guestbook_note") == []
    link = link_of(at, at_post)
    assert WORDS in guest.get(link).text
    assert rows(at.node, "guestbook_note") == []
    assert press(guest, link) == 303
    assert [row["state"] for row in rows(at.node, "guestbook_note")] == ["waits"]
    assert WORDS in keeper(at).get("/guestbook/waiting?whole=1").text
    show(at)
    assert send_due(at.node) == 1
    last = at_post.to(AIGUL)[-1]
    assert last["subject"] == "It is shown"
    assert "The keeper shows what you wrote in blue." in text_of(last)
    assert link_in(last) == link
    assert "shown" in guest.get(link).text


def test_the_link_stands_in_the_mail_only(at: House, at_post: Post) -> None:
    """Who has typed the address of somebody else doesn't get what they get."""
    assert not re.search(r"/form/[0-9a-f]{16}-", writes(at.browser()))


def test_what_is_returned_is_told_with_the_reason(at: House, at_post: Post) -> None:
    guest = at.browser()
    writes(guest)
    assert press(guest, link_of(at, at_post)) == 303
    (note,) = rows(at.node, "guestbook_note")
    does(keeper(at), "guestbook_send_back", note_id=note["note_id"], why="not of this house")
    assert send_due(at.node) == 1
    assert "The keeper shows it not: not of this house." in text_of(at_post.taken[-1])


def test_an_address_is_needed_and_what_is_wrong_with_it_is_said_at_its_field(at: House) -> None:
    for wrong in ("", "aigul", "a@b", "a b@example.kz", "aigul@example.kz\r\nBcc: all@example.kz", "@example.kz"):
        answer = fills(at.browser(), FORM, {"room": "blue", "words": WORDS, "-mail": wrong})
        assert answer.status_code == 422
        assert re.search(r'id="error-guestbook_write--mail"[^>]*>[^<]+', answer.text)
        assert WORDS in answer.text
    assert at.node.store.vault.all(forms.FORM) == {}


def test_what_would_be_wrong_with_the_act_is_said_before_anybody_is_written_to(at: House) -> None:
    answer = fills(at.browser(), FORM, {"room": "blue", "words": " ", "-mail": AIGUL})
    assert answer.status_code == 422
    assert f'value="{AIGUL}"' in answer.text
    assert send_due(at.node) == 0


def test_scanners_confirm_nothing(at: House, at_post: Post) -> None:
    guest = at.browser()
    writes(guest)
    link = link_of(at, at_post)
    for address in (link, f"{link}/confirm", f"{link}/forget", f"{link}/quiet"):
        guest.get(address)
        guest.client.head(address)
    assert rows(at.node, "guestbook_note") == []
    assert press(guest, link) == 303


def test_confirmed_again_it_is_there_once(at: House, at_post: Post) -> None:
    guest = at.browser()
    writes(guest)
    link = link_of(at, at_post)
    assert [press(guest, link) for _ in range(3)] == [303] * 3
    assert len(rows(at.node, "guestbook_note")) == 1


def test_a_kill_after_the_act_and_before_its_note_makes_no_second_row(
    at: House, at_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = at.browser()
    writes(guest)
    link = link_of(at, at_post)
    with monkeypatch.context() as killed:
        killed.setattr(forms, "confirmed", lambda *_: None)
        assert press(guest, link) == 303
    assert press(guest, link) == 303
    assert len(rows(at.node, "guestbook_note")) == 1
    assert "shown" not in guest.get(link).text


def test_what_is_not_confirmed_within_24_hours_goes(at: House, at_post: Post, clock: SetClock) -> None:
    guest = at.browser()
    writes(guest)
    clock.advance(timedelta(hours=20))
    link = link_of(at, at_post)
    clock.advance(timedelta(hours=23))
    assert guest.get(link).status_code == 200, "its time begins when its mail has gone"
    clock.advance(timedelta(hours=2))
    assert guest.get(link).status_code == 404
    assert press(guest, link) == 404
    at.node.store.vault.drop_over(clock.now())
    assert [at.node.store.vault.all(kind) for kind in (forms.FORM, forms.UNCONFIRMED, forms.FROM)] == [{}, {}, {}]
    assert rows(at.node, "guestbook_note") == []


def test_who_says_that_it_was_not_them_is_not_written_to_again(at: House, at_post: Post) -> None:
    guest = at.browser()
    writes(guest)
    link = link_of(at, at_post)
    assert press(at.browser("198.51.100.9"), link, "forget") == 200
    assert guest.get(link).status_code == 404
    assert AIGUL in writes(at.browser("198.51.100.10"), "Once more."), "the page tells nothing of what they said"
    assert send_due(at.node) == 0
    assert rows(at.node, "guestbook_note") == []


def test_who_withdraws_is_written_to_no_more(at: House, at_post: Post) -> None:
    guest = at.browser()
    writes(guest)
    link = link_of(at, at_post)
    press(guest, link)
    assert "a…@example.kz" in guest.get(link).text
    (_, tear_out) = [each for each in leads(guest, link) if "key=" in each]
    assert fills(guest, tear_out, {}).status_code == 303
    assert "a…@example.kz" not in guest.get(link).text
    assert "mail" not in at.node.store.vault.all(forms.FORM)[link[6:22]]


def test_who_wants_no_mail_has_the_address_forgotten_and_keeps_the_link(at: House, at_post: Post) -> None:
    guest = at.browser()
    writes(guest)
    link = link_of(at, at_post)
    press(guest, link)
    assert press(guest, link, "quiet") == 303
    show(at)
    assert send_due(at.node) == 0
    assert "shown" in guest.get(link).text


def test_a_form_in_kazakh_is_answered_in_kazakh(at: House, at_post: Post) -> None:
    writes(at.browser(), address=f"{FORM}?lang=kk")
    assert send_due(at.node) == 1
    mail = at_post.taken[-1]
    assert mail["content-language"] == "kk"
    assert mail["subject"] == "Жібергеніңізді растаңыз"
    assert "24 сағат" in text_of(mail)


def test_the_steward_sees_how_many_wait_to_be_confirmed_and_nothing_else_of_them(at: House, at_post: Post) -> None:
    before = at.browser("198.51.100.9").get("/guestbook/book/blue?whole=1").text
    for n in range(3):
        writes(at.browser(f"192.0.2.{n + 20}"), f"Secret {n}", f"guest{n}@example.kz")
    page = keeper(at).get("/guestbook/waiting?whole=1").text
    assert "3 more wait for their senders to confirm them" in page
    assert "Secret" not in page
    assert at.browser("198.51.100.9").get("/guestbook/book/blue?whole=1").text == before


def test_in_a_flood_what_has_nothing_in_common_with_others_is_asked_first(at: House, at_post: Post) -> None:
    """What a queue would settle together waits behind, though each came to a mailbox of its own."""
    for n in range(8):
        writes(at.browser("192.0.2.50"), f"Buy {n}", f"spam{n}@mail{n}.example")
    writes(at.browser("198.51.100.4"), "Genuine.")
    assert send_due(at.node) == 9
    assert AIGUL in [mail["to"] for mail in at_post.taken[:2]], "beside the first of them"


ASKED = (
    "/guestbook/book/blue?whole=1",
    "/guestbook/mine?whole=1",
    "/guestbook/waiting?whole=1",
    "/guestbook/records/guestbook_note?whole=1",
    "/birlik/mail",
    "/search?q=secret",
    FORM,
    "/form/0123456789abcdef-" + "A" * 32,
    *(f"/api/v1/tables/{name}" for name in ("guestbook_shown", "guestbook_room", "guestbook_note", "birlik_act")),
    "/api/v1/search?q=secret",
    "/api/v1/mine/guestbook_note",
)


def test_what_is_not_confirmed_changes_no_byte_of_what_anyone_else_is_answered(at: House, at_post: Post) -> None:
    """Forms that wait, one whose mail went, one that was not theirs."""
    with toy_worlds.equal_nonces_of_pages():
        at.person("botagoz", "reader")
        reader, visitor = at.browser("203.0.113.1"), at.browser("203.0.113.2")
        reader.signs_in("botagoz")

        def answers() -> dict[tuple[str, str], tuple[int, str]]:
            got = {(who, a): b.get(a) for who, b in (("anyone", visitor), ("reader", reader)) for a in ASKED}
            return {key: (answer.status_code, answer.text.replace(reader.token, "")) for key, answer in got.items()}

        before = answers()
        for n in range(4):
            writes(at.browser(f"198.51.100.{n}"), f"Secret {n}", f"guest{n}@example.kz")
        send_due(at.node)
        press(at.browser(), link_in(at_post.taken[0]), "forget")
        after = answers()
        assert [key for key in before if before[key] != after[key]] == []
        assert {200, 403, 404} <= {status for status, _ in before.values()}


def test_a_form_sent_twice_is_one_mail(at: House, at_post: Post) -> None:
    guest = at.browser()
    to, hidden = form(guest, FORM)
    for _ in range(2):
        guest.client.post(to, data={**hidden, "room": "blue", "words": WORDS, "-mail": AIGUL})
    assert send_due(at.node) == 1
    assert send_due(at.node) == 0
    assert state(at.node).waiting_n == 0


def test_where_the_node_has_no_mail_the_form_asks_for_no_address(tmp_path: Path) -> None:
    with guesthouse(tmp_path / "node") as at:
        assert 'name="-mail"' not in at.browser().get(FORM).text
