"""The outbox: each mail once or it is said that nobody can know, few a mailbox and hour, and nothing of it in clear."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.support.certificates import certificate
from tests.support.guestbook import GUESTBOOK
from tests.support.nodes import NOON, opened
from tests.support.post import Post, free_port, link_in, post, text_of

from birlik.clock import SetClock
from birlik.errors import BadRequest, UnknownSetting
from birlik.kernel import mailing
from birlik.kernel.access import forms
from birlik.kernel.access.forms import Unconfirmed
from birlik.kernel.checking import faults
from birlik.kernel.mailing import letters, notices, outbox, sending
from birlik.kernel.mailing.addresses import who_of
from birlik.kernel.mailing.notices import _plain
from birlik.kernel.mailing.outbox import FAILED, HANDED, SENT, WAITS
from birlik.kernel.node import Node
from birlik.settings import Mail
from birlik.standards.mail_address import checked

WRITE = next(act for act in GUESTBOOK.acts if act.name == "guestbook_write")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def at_post() -> Iterator[Post]:
    with post() as made:
        yield made


@pytest.fixture
def node(tmp_path: Path, clock: SetClock, at_post: Post) -> Iterator[Node]:
    with nodes(tmp_path / "node", clock, at_post.settings()) as made:
        yield made


def nodes(folder: Path, clock: SetClock, mail: dict[str, Any]) -> Any:
    return opened(folder, declared=(GUESTBOOK,), clock=clock, address="http://localhost:8080", mail=mail)


def fills(node: Node, address: str, n: int = 0, origin: str = "here", language: str = "en") -> str:
    """A form that waits to be confirmed; returns its id."""
    form_id = forms.id_of(f"{address} {n}")
    said = Unconfirmed(act=WRITE.name, told={"room": "blue", "words": "x"}, sent_as=form_id, origin=origin)
    now, alike = node.access.now, {"door": origin}
    to, kept = forms.to_confirm(node.key_file, form_id, said, WRITE.table, (address, language), now, alike)
    rank = forms.like_it(node.store.vault, alike)
    node.store.vault.put_all([*kept, *mailing.confirm(node, WRITE, to, rank)])
    return form_id


def drained(node: Node, times: int = 20) -> int:
    return sum(mailing.send_due(node) for _ in range(times))


# --- once -------------------------------------------------------------------------------------------------------------


def test_what_waits_survives_a_restart_and_goes_once(tmp_path: Path, clock: SetClock, at_post: Post) -> None:
    with nodes(tmp_path / "node", clock, at_post.settings()) as node:
        fills(node, "a@example.kz")
    for _ in range(2):
        with nodes(tmp_path / "node", clock, at_post.settings()) as node:
            drained(node)
    assert len(at_post.taken) == 1


def test_a_kill_before_it_is_handed_over_leaves_it_waiting(
    node: Node, at_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    fills(node, "a@example.kz")
    killed_at(monkeypatch, node, "moved")
    assert drained(node) == 1
    assert len(at_post.taken) == 1
    assert node.store.vault.all(FAILED) == {}


def test_a_kill_after_the_server_has_it_hands_it_over_once_more_under_the_same_name(
    node: Node, at_post: Post, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can know whether the server has it: a mail too many is known by its Message-ID, one too few is lost."""
    fills(node, "a@example.kz")
    killed_at(monkeypatch, node, "ended")
    assert node.store.vault.count(HANDED) == 1
    assert drained(node) == 0, "not at once"
    clock.advance(timedelta(minutes=2))
    assert drained(node) == 1
    first, second = at_post.taken
    assert first["message-id"] == second["message-id"]
    assert [said["unsure"] for said in node.store.vault.all(SENT).values()] == [1]


def test_what_was_handed_over_twice_without_an_answer_is_given_up_and_said(
    node: Node, at_post: Post, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fills(node, "a@example.kz")
    for _ in range(2):
        killed_at(monkeypatch, node, "ended")
        assert drained(node) == 0
        clock.advance(timedelta(hours=1))
    assert [said["state"] for said in mailing.state(node).failed] == ["unknown"]
    assert len(at_post.taken) == 2


def killed_at(monkeypatch: pytest.MonkeyPatch, node: Node, step: str) -> None:
    """While mail goes, in front of a step."""

    def kill(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(outbox, step, kill)
        with pytest.raises(KeyboardInterrupt):
            mailing.send_due(node)


# --- the server is away, or says no -----------------------------------------------------------------------------------


def test_where_no_server_is_mails_wait_and_it_is_asked_less_and_less_often(
    tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    serve = sending._serve
    monkeypatch.setattr(sending, "_serve", lambda *told: asked.append(clock.now()) or serve(*told))
    with nodes(tmp_path / "node", clock, Post(port=free_port()).settings()) as node:
        fills(node, "a@example.kz")
        for _ in range(600):
            mailing.send_due(node)
            clock.advance(timedelta(seconds=10))
        pauses = [(b - a).total_seconds() for a, b in pairwise(asked)]
        assert pauses == [20, 30, 60, 120, 240, 480, 960, 1920]
        state = mailing.state(node)
        assert state.server is not None
        assert state.waiting_n == 1
        with post() as made:
            node.settings.__dict__["mail"] = Mail(**made.settings())
            clock.advance(timedelta(hours=2))
            fills(node, "b@example.kz")
            assert drained(node) == 2
            assert mailing.state(node).server is None


def test_one_that_is_refused_is_kept_with_what_was_said_and_keeps_nobody_waiting(node: Node, at_post: Post) -> None:
    at_post.answers["gone@"] = "550 5.1.1 <gone@example.kz>: no such user gone@example.kz here"
    fills(node, "gone@example.kz")
    fills(node, "a@example.kz")
    assert drained(node) == 1
    (failed,) = mailing.state(node).failed
    assert (failed["state"], failed["code"]) == ("refused", 550)
    assert "no such user" in failed["said"]
    assert "gone@" not in str(mailing.state(node))


def test_one_that_is_not_taken_now_is_tried_again_later(node: Node, at_post: Post, clock: SetClock) -> None:
    at_post.answers["grey@"] = "451 4.7.1 come again"
    fills(node, "grey@example.kz")
    assert drained(node) == 0
    at_post.answers.clear()
    assert drained(node) == 0
    clock.advance(timedelta(minutes=2))
    assert drained(node) == 1


def test_a_form_that_is_no_more_is_not_asked_for(node: Node, at_post: Post) -> None:
    forms.forgotten(node.store.vault, fills(node, "a@example.kz"))
    assert drained(node) == 0
    assert mailing.state(node).waiting_n == 0


# --- few --------------------------------------------------------------------------------------------------------------


def test_a_mailbox_gets_three_a_day_and_the_rest_is_gathered_into_the_next(
    node: Node, at_post: Post, clock: SetClock
) -> None:
    """Somebody fills in forms with a stranger's address from everywhere."""
    for n in range(3):
        fills(node, "Stranger@example.kz", n, f"net {n}")
        drained(node)
    for n in range(3, 15):
        fills(node, "Stranger@example.kz", n, f"net {n}")
        drained(node)
    assert len(at_post.taken) == 3
    clock.advance(timedelta(hours=23))
    for n in range(3, 15):
        forms.asked(node.store.vault, forms.id_of(f"Stranger@example.kz {n}"), clock.now())
    drained(node)
    assert len(at_post.taken) == 3
    clock.advance(timedelta(hours=2))
    drained(node)
    assert len(at_post.taken) == 4
    assert at_post.taken[-1]["subject"] == "12 messages on what you sent"
    assert text_of(at_post.taken[-1]).count("/form/") == 12


def test_two_spellings_of_a_mailbox_count_as_one_and_are_never_put_into_one_mail(
    node: Node, at_post: Post, clock: SetClock
) -> None:
    """Somewhere they are two people, and a link is a secret."""
    spelt = ["Stranger@example.kz"] * 3 + ["stranger+a@example.kz", "stranger+b@example.kz"]
    for n, address in enumerate(spelt):
        fills(node, address, n, f"net {n}")
        drained(node)
    assert len(at_post.taken) == 3
    clock.advance(timedelta(hours=23))
    for n, address in enumerate(spelt[3:], 3):
        forms.asked(node.store.vault, forms.id_of(f"{address} {n}"), clock.now())
    clock.advance(timedelta(hours=2))
    drained(node)
    assert {str(mail["to"]) for mail in at_post.taken[3:]} == set(spelt[3:])
    assert [text_of(mail).count("/form/") for mail in at_post.taken[3:]] == [1, 1]


def test_a_node_sends_so_many_an_hour(tmp_path: Path, clock: SetClock, at_post: Post) -> None:
    with nodes(tmp_path / "node", clock, at_post.settings(per_hour=5)) as node:
        for n in range(12):
            fills(node, f"guest{n}@example.kz", n, f"net {n}")
        sent = []
        for _ in range(3):
            sent.append(drained(node))
            clock.advance(timedelta(minutes=61))
        assert sent == [5, 5, 2]


def test_who_sends_many_waits_behind_who_sends_one(tmp_path: Path, clock: SetClock, at_post: Post) -> None:
    """Else a flood of forms from a few places would keep all others waiting for an hour's mails."""
    with nodes(tmp_path / "node", clock, at_post.settings(per_hour=5)) as node:
        for n in range(40):
            fills(node, f"flood{n}@example.kz", n, "one place")
        for n in range(4):
            fills(node, f"guest{n}@example.kz", n, f"net {n}")
        drained(node)
        assert sorted(str(mail["to"])[:5] for mail in at_post.taken) == ["flood", *["guest"] * 4]


# --- what can't be put into one ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        pytest.param("Aigul.T+x@Example.KZ", "Aigul.T+x@example.kz", id="the name before the @ is its server's"),
        pytest.param(" aigul@example.kz ", "aigul@example.kz", id="spaces around"),
        pytest.param("aigul@пошта.қаз", "aigul@xn--80a1acn3a.xn--80ao21a", id="a name in Cyrillic letters"),
        pytest.param("ali@örnek.com.tr", "ali@xn--rnek-4qa.com.tr", id="in Turkish ones"),
    ],
)
def test_an_address_is_taken_as_servers_have_it(typed: str, taken: str) -> None:
    assert checked(typed) == taken


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "@",
            "a@",
            "@b.kz",
            "a@b",
            "a@b.",
            "a@.kz",
            "a..b@c.kz",
            ".a@c.kz",
            "a@-c.kz",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
        ),
        *('"a b"@c.kz', "a@b@c.kz", "a b@c.kz", "<a@c.kz>", "A <a@c.kz>", "a@c.kz,b@c.kz", "a@c.kz;b@c.kz"),
        *("a@c.kz\nBcc: b@c.kz", "a@c.kz\r\nRCPT TO:<b@c.kz>", "a\x00@c.kz", "айгүл@c.kz", "a@c.kz\u2028"),
        *("x" * 65 + "@c.kz", "a@" + "x" * 64 + ".kz", "a@" + ".".join(["xxxxxxxxx"] * 30) + ".kz"),
    ],
)
def test_what_is_no_address_is_refused_in_words_that_repeat_nothing_of_it(typed: str) -> None:
    if typed.endswith("\u2028"):
        assert checked(typed) == "a@c.kz"
        return
    with pytest.raises(BadRequest) as refused:
        checked(typed)
    assert len(typed) < 4 or typed not in str(refused.value)


def test_a_value_makes_no_line_and_no_field_of_a_mail(node: Node, at_post: Post) -> None:
    evil = "no.\r\nBcc: all@example.kz\r\n\r\n{link} {0} {x!r} %s \x00\u2028end"
    assert _plain(evil) == "no. Bcc: all@example.kz {link} {0} {x!r} %s end"
    form_id = fills(node, "a@example.kz")
    (letter,) = outbox.read(node, WAITS, 5)
    item = replace(letter.items[0], text="Why: {reason}", values={"reason": _plain(evil)})
    outbox.moved(node, replace(letter, items=(item,)), WAITS, letter.place[1])
    assert drained(node) == 1
    (mail,) = at_post.taken
    assert mail["bcc"] is None
    assert "Why: no. Bcc: all@example.kz {link} {0} {x!r} %s end" in text_of(mail)
    assert link_in(mail).startswith(f"/form/{form_id}-")


def test_no_word_of_who_fills_in_a_form_is_in_the_mail_that_asks_to_confirm_it(node: Node, at_post: Post) -> None:
    fills(node, "a@example.kz")
    drained(node)
    assert "blue" not in text_of(at_post.taken[0])


def test_each_word_of_a_mail_is_said_in_kazakh_too(node: Node) -> None:
    said = letters.catalogue(node, "kk")
    own = (
        notices.CONFIRM_SUBJECT,
        notices.CONFIRM_TEXT,
        letters.SEVERAL,
        letters.SEE,
        letters.WHY,
        *letters.DO.values(),
    )
    assert [text for text in own if text not in said] == []


def test_no_machine_answers_it(node: Node, at_post: Post) -> None:
    fills(node, "a@example.kz")
    drained(node)
    (mail,) = at_post.taken
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["from"] == "KAZ <node@birlik.example>"


# --- nobody reads it --------------------------------------------------------------------------------------------------


def test_no_file_of_the_node_nor_its_log_has_an_address(
    tmp_path: Path, clock: SetClock, at_post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    at_post.answers["gone@"] = "550 no gone@example.kz here"
    with nodes(tmp_path / "node", clock, at_post.settings()) as node:
        fills(node, "aigul@example.kz")
        fills(node, "gone@example.kz")
        fills(node, "waits@example.kz", origin="there")
        drained(node)
        fills(node, "later@example.kz")
        node.backup(tmp_path / "backup")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 5
    for name in (b"aigul@", b"gone@", b"later@", b"waits@"):
        assert [str(file) for file in files if name in file.read_bytes()] == []
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]  # the test's own server
    assert [said for said in ours if "@example.kz" in said] == []


def test_one_mailbox_is_known_again_and_by_this_node_only(node: Node, tmp_path: Path) -> None:
    file = node.key_file
    same = {who_of(file, each) for each in ("a.b@c.kz", "A.B@C.kz", "a.b+x@c.kz")}
    assert len(same) == 1
    other = type(file)(tmp_path / "other.key")
    assert who_of(other, "a.b@c.kz") not in same


# --- the way to the server --------------------------------------------------------------------------------------------


def vouched_for(folder: Path) -> tuple[Path, Path]:
    (folder / "post").mkdir()
    return certificate(folder / "post", "127.0.0.1")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_under_tls_after_signing_in_and_the_password_is_nowhere(
    tmp_path: Path, clock: SetClock, security: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    pem, key = vouched_for(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    (tmp_path / "secret").write_text("кереует тұман 81\n", encoding="utf-8")
    seen = []

    def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        from aiosmtpd.smtp import AuthResult

        seen.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)

    more: dict[str, Any] = {"authenticator": authenticator, "auth_required": True}
    how = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    if security == "tls":
        more["auth_require_tls"] = False
    with post(**how, **more) as made:
        told = made.settings(security=security, ca=str(pem), user="node", password_file=str(tmp_path / "secret"))
        with nodes(tmp_path / "node", clock, told) as node:
            fills(node, "a@example.kz")
            assert drained(node) == 1
    assert seen == [("node", "кереует тұман 81")]
    assert [r for r in caplog.records if r.name != "mail.log" and "тұман" in r.getMessage()] == []
    assert "тұман" not in repr(told | {"mail": Mail(**told)})


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path, clock: SetClock) -> None:
    pem, key = vouched_for(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    with post(tls_context=context) as made, nodes(tmp_path / "node", clock, made.settings(security="starttls")) as node:
        fills(node, "a@example.kz")
        assert drained(node) == 0
        assert made.taken == []
        server = mailing.state(node).server
        assert server is not None
        assert "CERTIFICATE_VERIFY_FAILED" in server["said"]


def test_a_server_without_tls_gets_nothing_where_it_is_asked_for(tmp_path: Path, clock: SetClock) -> None:
    with post() as made, nodes(tmp_path / "node", clock, made.settings(security="starttls")) as node:
        fills(node, "a@example.kz")
        assert drained(node) == 0
        assert made.taken == []


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        pytest.param({"host": "mail.example.kz", "security": "none"}, "on this machine only", id="no TLS to elsewhere"),
        pytest.param({"sender": "node"}, "mail.sender", id="no address"),
        pytest.param({"password_file": "/nowhere"}, "there is no such file", id="no file"),
        pytest.param({"sender": "a@b.kz\nBcc: c@d.kz"}, "mail.sender", id="a line too many"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(tmp_path: Path, told: dict[str, str], fault: str) -> None:
    with (
        pytest.raises(UnknownSetting, match=fault),
        nodes(tmp_path / "node", SetClock(NOON), Post(port=25).settings(**told)),
    ):
        pass


def test_mail_needs_the_nodes_public_name(tmp_path: Path) -> None:
    with (
        pytest.raises(UnknownSetting, match="mails have links"),
        opened(tmp_path / "node", declared=(GUESTBOOK,), mail=Post(port=25).settings()),
    ):
        pass


# --- declared -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        pytest.param({"text": "Because of {nothing}."}, "is no column of guestbook_note", id="of no column"),
        pytest.param({"to": "nobody"}, "nobody", id="to whom no column names"),
        pytest.param({"table": "guestbook_shown"}, "has no party", id="of rows that are nobody's"),
    ],
)
def test_a_notice_that_can_not_be_meant_is_refused(changed: dict[str, str], fault: str) -> None:
    show = next(act for act in GUESTBOOK.acts if act.name == "guestbook_show")
    wrong = replace(show, tells=(replace(show.tells[0], **changed),))
    acts = tuple(wrong if act is show else act for act in GUESTBOOK.acts)
    assert any(fault in said for said in faults([replace(GUESTBOOK, acts=acts)]))
