"""What is told by mail to who has an account, and what is told because its time comes: once, and to nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.guestbook import GUESTBOOK, WATCH, WATCH_BEGINS
from tests.support.nodes import NOON, opened
from tests.support.post import Post, post, text_of

from birlik.clock import SetClock
from birlik.errors import TooMany
from birlik.kernel import acting, mailing
from birlik.kernel.access import mailboxes
from birlik.kernel.access.mailboxes import Mailbox
from birlik.kernel.access.people import People
from birlik.kernel.checking import faults
from birlik.kernel.intake import Receipt
from birlik.kernel.mailing import reminding
from birlik.kernel.mailing.reminding import TOLD
from birlik.kernel.node import Node

ADDRESS = "aigul@example.kz"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def at_post() -> Iterator[Post]:
    with post() as made:
        yield made


@pytest.fixture
def node(tmp_path: Path, clock: SetClock, at_post: Post) -> Iterator[Node]:
    told = {"declared": (GUESTBOOK,), "clock": clock, "address": "http://localhost:8080", "mail": at_post.settings()}
    with opened(tmp_path / "node", **told) as made:
        for name in ("aigul", "bek"):
            adds(made, name)
        yield made


def does(node: Node, act: str, /, **told: Any) -> None:
    sent_as = f"{act} {told} {node.clock.now()}"
    made = acting.prepared(node, acting.asked(node.acts[act], told, node.operator, sent_as=sent_as))
    assert not isinstance(made, Receipt)
    node.store.commit([made])


def adds(node: Node, name: str) -> None:
    does(node, "birlik_principal_add", principal_id=name, name=name.title(), kind="person", state="KAZ")


def has_address(node: Node, who: str = "aigul", address: str = ADDRESS, language: str = "en") -> None:
    vault, file, now = node.store.vault, node.key_file, node.access.now
    token, kept = mailboxes.ask(vault, file, who, Mailbox(address=address, language=language), now)
    vault.put_all(kept)
    assert mailboxes.confirm(vault, file, who, token, now) is not None


def watches(node: Node, room: str, warden: str, hours: float | None) -> None:
    begins = None if hours is None else (node.clock.now() + timedelta(hours=hours)).isoformat()
    told = {"room": room, "warden": warden, "begins_time": begins}
    does(node, "guestbook_watch", **{k: v for k, v in told.items() if v is not None})


def goes(node: Node) -> int:
    mailing.remind(node)
    return sum(mailing.send_due(node) for _ in range(5))


def subjects(at_post: Post, address: str = ADDRESS) -> list[str]:
    return [str(mail["subject"]) for mail in at_post.to(address)]


# --- who has an account -----------------------------------------------------------------------------------------------


def test_who_has_given_an_address_is_told_of_what_concerns_them_and_led_to_its_page(node: Node, at_post: Post) -> None:
    has_address(node)
    watches(node, "blue", "aigul", 100)
    assert goes(node) == 1
    (mail,) = at_post.to(ADDRESS)
    assert mail["subject"] == "A watch is yours"
    assert "You look after blue." in text_of(mail)
    assert "http://localhost:8080/guestbook/mine" in text_of(mail)
    assert "on an account's page" in text_of(mail)


def test_nobody_is_told_who_has_given_none_or_had_it_forgotten(node: Node, at_post: Post) -> None:
    watches(node, "blue", "aigul", 100)
    has_address(node)
    watches(node, "red", "bek", 100)
    mailboxes.forget(node.store.vault, "aigul")
    watches(node, "green", "aigul", 100)
    assert goes(node) == 0
    assert at_post.taken == []


def test_what_waits_for_an_address_that_was_forgotten_meanwhile_never_goes(node: Node, at_post: Post) -> None:
    has_address(node)
    watches(node, "blue", "aigul", 100)
    mailboxes.forget(node.store.vault, "aigul")
    assert goes(node) == 0
    has_address(node, address="other@example.kz")
    assert goes(node) == 0


def test_a_row_that_is_changed_tells_nobody_of_a_new_one(node: Node, at_post: Post) -> None:
    has_address(node)
    watches(node, "blue", "aigul", 100)
    watches(node, "blue", "aigul", 120)
    goes(node)
    assert subjects(at_post) == ["A watch is yours"]


def test_whoever_is_named_beside_what_changed_is_told_and_nobody_else(node: Node, at_post: Post) -> None:
    has_address(node)
    has_address(node, "bek", "bek@example.kz")
    watches(node, "blue", "aigul", 100)
    watches(node, "red", "bek", 100)
    goes(node)
    at_post.taken.clear()
    does(node, "guestbook_open", room="blue", name="Azure")
    does(node, "guestbook_open", room="green", name="Grass")
    watches(node, "blue", "aigul", None)
    goes(node)
    assert subjects(at_post) == ["A room that you look after is called otherwise"]
    assert at_post.to("bek@example.kz") == []
    does(node, "guestbook_open", room="blue", name="Navy")
    assert goes(node) == 0, "who looks after it no more is told no more"


def test_an_address_is_theirs_by_the_word_that_was_sent_there_and_by_no_other(node: Node, clock: SetClock) -> None:
    vault, file = node.store.vault, node.key_file
    token, kept = mailboxes.ask(vault, file, "aigul", Mailbox(address=ADDRESS, language="kk"), clock.now())
    vault.put_all(kept)
    assert mailboxes.of(vault, file, "aigul") is None
    assert mailboxes.confirm(vault, file, "bek", token, clock.now()) is None
    assert mailboxes.confirm(vault, file, "aigul", token[:-1], clock.now()) is None
    assert mailboxes.confirm(vault, file, "aigul", token, clock.now()) == Mailbox(address=ADDRESS, language="kk")
    assert mailboxes.confirm(vault, file, "aigul", token, clock.now()) is None
    assert mailboxes.of(vault, file, "aigul") == Mailbox(address=ADDRESS, language="kk")


def test_after_a_day_the_word_is_nobodys(node: Node, clock: SetClock) -> None:
    vault, file = node.store.vault, node.key_file
    token, kept = mailboxes.ask(vault, file, "aigul", Mailbox(address=ADDRESS, language="en"), clock.now())
    vault.put_all(kept)
    clock.advance(timedelta(hours=24))
    assert mailboxes.confirm(vault, file, "aigul", token, clock.now()) is None


def test_an_account_is_no_way_to_write_to_strangers(node: Node, clock: SetClock) -> None:
    def asks(n: int) -> None:
        box = Mailbox(address=f"stranger{n}@example.kz", language="en")
        _, kept = mailboxes.ask(node.store.vault, node.key_file, "aigul", box, clock.now())
        node.store.vault.put_all(kept)

    for n in range(3):
        asks(n)
    with pytest.raises(TooMany):
        asks(3)
    clock.advance(timedelta(hours=25))
    asks(3)


def test_no_address_stands_in_clear_in_the_vault(node: Node) -> None:
    has_address(node)
    assert ADDRESS.encode() not in b"".join(path.read_bytes() for path in node.store.vault.path.parent.glob("vault*"))


def test_with_an_account_its_address_goes(node: Node) -> None:
    has_address(node)
    has_address(node, "bek", "bek@example.kz")
    People(node.store.vault, node.key_file, "node").forget_all_but(["bek"])
    assert mailboxes.of(node.store.vault, node.key_file, "aigul") is None
    assert mailboxes.of(node.store.vault, node.key_file, "bek") is not None


# --- what is due ------------------------------------------------------------------------------------------------------


def test_what_is_due_soon_is_told_once(node: Node, clock: SetClock, at_post: Post) -> None:
    has_address(node)
    watches(node, "blue", "aigul", 30)
    goes(node)
    assert subjects(at_post) == ["A watch is yours"]
    clock.advance(timedelta(hours=7))
    for _ in range(3):
        goes(node)
        clock.advance(timedelta(minutes=10))
    assert subjects(at_post) == ["A watch is yours", "Your watch begins soon"]


def test_what_is_moved_is_told_anew_and_what_is_over_or_off_is_not(node: Node, clock: SetClock, at_post: Post) -> None:
    has_address(node)
    watches(node, "blue", "aigul", 20)
    goes(node)
    clock.advance(timedelta(days=2))  # three a day, and it is over
    watches(node, "blue", "aigul", 30)
    goes(node)
    clock.advance(timedelta(hours=10))
    goes(node)
    watches(node, "red", "aigul", None)
    clock.advance(timedelta(days=3))
    goes(node)
    assert sum(subject == "Your watch begins soon" for subject in subjects(at_post)) == 1
    assert any("2 messages" in subject for subject in subjects(at_post))


def test_it_is_told_once_though_the_node_is_stopped_between(tmp_path: Path, clock: SetClock, at_post: Post) -> None:
    told: dict[str, Any] = {
        "declared": (GUESTBOOK,), "clock": clock, "address": "http://localhost:8080", "mail": at_post.settings(),
    }  # fmt: skip
    with opened(tmp_path / "n", **told) as node:
        adds(node, "aigul")
        has_address(node)
        watches(node, "blue", "aigul", 3)
        mailing.remind(node)
    for _ in range(2):
        with opened(tmp_path / "n", **told) as node:
            mailing.remind(node)
            mailing.send_due(node)
    text = "".join(text_of(mail) for mail in at_post.to(ADDRESS))
    assert text.count("begins in a day at most") == 1


def test_of_what_somebody_was_reminded_nothing_is_kept_when_it_is_over(node: Node, clock: SetClock) -> None:
    has_address(node)
    watches(node, "blue", "aigul", 3)
    assert mailing.remind(node) == 1
    assert node.store.vault.count(TOLD) == 1
    clock.advance(timedelta(hours=4))
    node.store.vault.drop_over(clock.now())
    assert node.store.vault.count(TOLD) == 0


def test_who_can_be_written_to_is_told_however_many_before_them_can_not(
    node: Node, at_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "MOST", 2)
    for n in range(5):
        watches(node, f"room {n}", "bek", 2 + n)
    has_address(node)
    watches(node, "blue", "aigul", 20)
    goes(node)
    assert "begins in a day at most" in text_of(at_post.to(ADDRESS)[0])


def test_without_mail_nobody_is_reminded(tmp_path: Path) -> None:
    with opened(tmp_path / "n", declared=(GUESTBOOK,)) as node:
        assert mailing.remind(node) == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"due": "room"}, "'room' is no moment"),
        ({"due": "gone"}, "'gone' is no moment"),
        ({"notice": replace(WATCH_BEGINS.notice, page="nowhere")}, "has no page 'nowhere'"),
        (
            {"notice": replace(WATCH_BEGINS.notice, of="guestbook_room")},
            "say together by what rows of two tables agree",
        ),
        ({"notice": replace(WATCH_BEGINS.notice, of="guestbook_room", on="words")}, "guestbook_room"),
        ({"notice": replace(WATCH_BEGINS.notice, table="nothing")}, "it is about no kept table"),
        ({"notice": replace(WATCH_BEGINS.notice, text="{gone}")}, "{gone} is no column of " + WATCH.name),
    ],
)
def test_what_cannot_be_told_is_said_when_a_node_starts(change: dict[str, Any], fault: str) -> None:
    wrong = replace(GUESTBOOK, reminders=(replace(WATCH_BEGINS, **change),))
    assert any(fault in said for said in faults([wrong]))
