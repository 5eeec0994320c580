"""Acts for anyone: by a form without an account, then by its link; held until somebody whose task it is looks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support import guestbook, guests, toy_worlds
from tests.support.guestbook import GUESTBOOK
from tests.support.guests import FORM, does, fills, form, guesthouse, keeper, leads, link_of, writes
from tests.support.nodes import NOON, follow, rows
from tests.support.people import House

from birlik.clock import SetClock
from birlik.kernel.access import forms
from birlik.kernel.checking import faults

BOOK = "/guestbook/book/blue?whole=1"
WORDS = "It was quiet."


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with guesthouse(tmp_path / "node") as made:
        yield made


def show(at: House) -> None:
    (note,) = rows(at.node, "guestbook_note")
    does(keeper(at), "guestbook_show", note_id=note["note_id"])
    follow(at.node)


def test_a_page_leads_to_the_form_and_fills_in_what_it_is_about(at: House) -> None:
    assert f'href="{FORM}?room=blue"' in at.browser().get(BOOK).text
    assert 'value="blue"' in at.browser().get(f"{FORM}?room=blue").text


def test_what_a_guest_writes_is_read_by_others_once_the_keeper_has_shown_it(at: House) -> None:
    guest, other = at.browser(), at.browser("198.51.100.4")
    link = link_of(writes(guest))
    follow(at.node)
    assert WORDS in guest.get(link).text
    assert WORDS not in other.get(BOOK).text
    assert WORDS in keeper(at).get("/guestbook/waiting?whole=1").text
    show(at)
    assert WORDS in other.get(BOOK).text
    assert "shown" in guest.get(link).text


def test_who_holds_the_link_changes_it_and_it_waits_again(at: House) -> None:
    guest = at.browser()
    link = link_of(writes(guest))
    (change, _) = leads(guest, link)
    answer = fills(guest, change, {"words": "It was loud."})
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, link)
    assert "It was loud." in guest.get(link).text


def test_who_holds_the_link_withdraws_also_what_was_published(at: House) -> None:
    guest = at.browser()
    link = link_of(writes(guest))
    show(at)
    (_, tear_out) = leads(guest, link)
    assert fills(guest, tear_out, {}).status_code == 303
    follow(at.node)
    assert WORDS not in at.browser("198.51.100.4").get(BOOK).text
    (note,) = rows(at.node, "guestbook_note")
    assert note["state"] == "torn_out"


def test_to_open_a_link_changes_nothing_and_it_can_be_opened_again(at: House) -> None:
    """Mail scanners open links, and all that they lead to."""
    guest = at.browser()
    link = link_of(writes(guest))
    before = rows(at.node, "guestbook_note")
    for _ in range(3):
        for address in (link, *leads(guest, link)):
            assert guest.get(address).status_code == 200
            assert guest.client.head(address).status_code == 200
    assert rows(at.node, "guestbook_note") == before


def test_a_link_opens_what_came_by_its_own_form_only(at: House) -> None:
    guest, other = at.browser(), at.browser("198.51.100.4")
    mine, theirs = link_of(writes(guest)), link_of(writes(other, "Theirs."))
    (change, _) = leads(other, theirs)
    foreign = mine + change.removeprefix(theirs)
    assert "Theirs." not in guest.get(mine).text
    assert guest.get(foreign).status_code == 404
    assert guest.client.post(foreign, data={"words": "Mine now."}).status_code == 404
    assert sorted(row["words"] for row in rows(at.node, "guestbook_note")) == [WORDS, "Theirs."]


@pytest.mark.parametrize("act", ["guestbook_show", "guestbook_send_back", "guestbook_open", "birlik_public_close"])
def test_a_link_is_no_account(at: House, act: str) -> None:
    guest = at.browser()
    link = link_of(writes(guest))
    (note,) = rows(at.node, "guestbook_note")
    for answer in (
        guest.get(f"{link}/{act}?key={note['note_id']}"),
        guest.client.post(f"{link}/{act}?key={note['note_id']}", data={"why": "x", "room": "red"}),
    ):
        assert answer.status_code == 403
    assert rows(at.node, "guestbook_note") == [note]


def test_by_the_api_nothing_is_done_without_an_account(at: House) -> None:
    """All of those would be one party, and each see what is the others'."""
    told = {"room": "blue", "words": WORDS}
    assert at.browser().client.post("/api/v1/acts/guestbook_write", json=told).status_code == 401
    assert rows(at.node, "guestbook_note") == []


@pytest.mark.parametrize("wrong", ["", "0", "0123456789abcdef-" + "A" * 32, "x" * 2_000])
def test_a_link_that_is_none_tells_nothing(at: House, wrong: str) -> None:
    link = link_of(writes(at.browser()))
    asked = [f"/form/{wrong or link[6:-1] + ('A' if link[-1] != 'A' else 'B')}"]
    for address in asked:
        answer = at.browser().get(address)
        assert answer.status_code == 404
        assert "this link opens nothing" in answer.text


def test_a_link_ends(tmp_path: Path) -> None:
    clock = SetClock(NOON)
    with guesthouse(tmp_path / "node", clock) as at:
        link = link_of(writes(at.browser()))
        clock.at = NOON + forms.LASTS - timedelta(minutes=1)
        assert at.browser().get(link).status_code == 200
        clock.at = NOON + forms.LASTS + timedelta(minutes=1)
        assert at.browser().get(link).status_code == 404


def test_a_form_sent_twice_is_there_once_and_its_last_link_opens_it(at: House) -> None:
    guest = at.browser()
    to, hidden = form(guest, FORM)
    first, second = (guest.client.post(to, data={**hidden, "room": "blue", "words": WORDS}) for _ in range(2))
    assert len(rows(at.node, "guestbook_note")) == 1
    assert guest.get(link_of(first)).status_code == 404
    assert WORDS in guest.get(link_of(second)).text
    other = guest.client.post(to, data={**hidden, "room": "blue", "words": "Went back, and wrote this."})
    assert "Went back" in guest.get(link_of(other)).text
    assert WORDS in guest.get(link_of(second)).text


def test_what_is_wrong_is_said_at_the_field_and_nothing_is_kept(at: House) -> None:
    answer = writes(at.browser(), "  ")
    assert answer.status_code == 422
    assert re.search(r'id="error-guestbook_write-words"[^>]*>[^<]+needed', answer.text)
    assert rows(at.node, "guestbook_note") == []
    assert at.node.store.vault.all(forms.FORM) == {}


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"headers": {"sec-fetch-site": "cross-site"}}, id="by another site"),
        pytest.param({"headers": {"origin": "https://evil.example"}}, id="of another origin"),
    ],
)
def test_no_page_of_another_site_sends_a_form(at: House, sent: dict[str, dict[str, str]]) -> None:
    guest = at.browser()
    to, hidden = form(guest, FORM)
    answer = guest.client.post(to, data={**hidden, "room": "blue", "words": WORDS}, **sent)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert rows(at.node, "guestbook_note") == []


def test_a_form_that_is_too_long_is_refused(at: House) -> None:
    assert writes(at.browser(), "x" * 70_000).status_code == 400
    assert rows(at.node, "guestbook_note") == []


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", "192.0.2.8", id="one address"),
        pytest.param("2001:db8:1:2::7", "2001:db8:1:2:ffff::1", "2001:db8:1:3::7", id="a network of 64 bits"),
    ],
)
def test_who_sends_many_waits_and_is_told_how_long(tmp_path: Path, one: str, same: str, another: str) -> None:
    with guesthouse(tmp_path / "node", forms_per_hour=6) as at:
        statuses = [writes(at.browser(one), f"Words {n}").status_code for n in range(4)]
        answer = writes(at.browser(same), "Once more")
        assert (statuses, answer.status_code) == ([200, 200, 200, 429], 429)
        assert 0 < int(answer.headers["retry-after"]) <= 600
        assert "send this one again in" in answer.text
        assert writes(at.browser(another), "From elsewhere").status_code == 200


def test_where_nobody_may_read_without_an_account_the_form_asks_to_sign_in(at: House) -> None:
    link = link_of(writes(at.browser()))
    at.does("public_close")
    guest = at.browser()
    answer = guest.get(f"{FORM}?room=blue")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")
    assert guest.client.post(FORM, data={"room": "blue", "words": WORDS}).headers["location"].startswith("/sign-in")
    assert WORDS in guest.get(link).text, "who sent something sees what is theirs"
    assert len(rows(at.node, "guestbook_note")) == 1


def test_who_has_an_account_sends_by_it_and_needs_no_link(at: House) -> None:
    at.person("botagoz", "reader")
    reader = at.browser()
    reader.signs_in("botagoz")
    answer = reader.get(f"{FORM}?room=blue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/guestbook/act/guestbook_write?room=blue")
    does(reader, "guestbook_write", room="blue", words="By name.")
    assert "By name." in reader.get("/guestbook/mine?whole=1").text


def test_what_came_from_one_place_is_settled_by_one_act(at: House) -> None:
    for n in range(4):
        writes(at.browser("192.0.2.200"), f"Buy {n}")
    writes(at.browser("198.51.100.4"), "Genuine.")
    page = keeper(at).get("/guestbook/waiting?whole=1").text
    (group,) = re.findall(r'<td data-heading="number">(\d+)</td>', page)
    assert group == "4"
    (address,) = re.findall(r'href="(/guestbook/act/guestbook_send_all_back\?[^"]+)"', page)
    oldest = re.search(r"key=(\w+)", address)
    assert oldest
    does(keeper(at), "guestbook_send_all_back", note_id=oldest[1], why="advertising")
    states = [row["state"] for row in rows(at.node, "guestbook_note")]
    assert sorted(states) == ["sent_back"] * 4 + ["waits"]


@pytest.mark.parametrize(
    ("domain", "fault"),
    [
        pytest.param(replace(GUESTBOOK, pages=GUESTBOOK.pages[:2]), "no queue shows its rows", id="nowhere to be seen"),
        pytest.param(
            replace(GUESTBOOK, tables=(replace(guestbook.NOTE, party=None), *GUESTBOOK.tables[1:])),
            "no column of its table names a principal",
            id="nobody's",
        ),
    ],
)
def test_what_can_not_be_meant_is_refused(domain, fault) -> None:  # type: ignore[no-untyped-def]
    assert any(fault in said for said in faults([domain]))


def test_the_link_stands_in_no_file_of_the_node(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with guesthouse(tmp_path / "node") as at:
        guest = at.browser()
        link = link_of(writes(guest))
        (change, _) = leads(guest, link)
        fills(guest, change, {"words": "It was loud."})
        guest.get(link + "x")
        follow(at.node)
    secret = link.rpartition("-")[2] if link.count("-") == 1 else link.partition("-")[2]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 5
    assert [file.name for file in files if secret.encode() in file.read_bytes()] == []
    assert [file.name for file in files if b"192.0.2.7" in file.read_bytes() and "audit" not in str(file)] == []
    assert secret not in caplog.text


ASKED = (
    BOOK,
    FORM,
    "/guestbook/mine?whole=1",
    "/guestbook/waiting?whole=1",
    "/guestbook/records/guestbook_note?whole=1",
    "/search?q=quiet",
    *(f"/api/v1/tables/{name}" for name in ("guestbook_shown", "guestbook_room", "guestbook_note", "birlik_act")),
    "/api/v1/search?q=quiet",
    "/api/v1/tables/guestbook_shown/feed",
    "/api/v1/mine/guestbook_note",
)


def test_what_waits_changes_no_byte_of_what_anyone_else_is_answered(tmp_path: Path) -> None:
    """Two worlds: in one of them forms wait, one was sent back, and one was withdrawn."""
    answers = []
    for name, sends in (("whole", True), ("part", False)):
        with toy_worlds.equal_nonces_of_pages(), guesthouse(tmp_path / name, SetClock(NOON)) as at:
            at.person("botagoz", "reader")
            if sends:
                links = [link_of(writes(at.browser(f"198.51.100.{n}"), f"It was quiet {n}.")) for n in range(4)]
                first = rows(at.node, "guestbook_note")[0]
                does(keeper(at), "guestbook_send_back", note_id=first["note_id"], why="unfit")
                guest = at.browser()
                fills(guest, leads(guest, links[-1])[-1], {})
            follow(at.node)
            reader, visitor = at.browser("203.0.113.1"), at.browser("203.0.113.2")
            reader.signs_in("botagoz")
            got = {(who, a): b.get(a) for who, b in (("anyone", visitor), ("reader", reader)) for a in ASKED}
            token = reader.token
            answers.append({k: (r.status_code, r.text.replace(token, "")) for k, r in got.items()})
    one, other = answers
    assert [key for key in one if one[key] != other[key]] == []
    assert {200, 403} <= {status for status, _ in one.values()}


def test_the_comparison_would_see_what_a_weakened_node_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of what waits, read by whoever reads the rest: then a form shows."""
    open_note = replace(guestbook.NOTE, role=None)
    weak = replace(GUESTBOOK, tables=(open_note, *GUESTBOOK.tables[1:]))
    monkeypatch.setattr(guests, "GUESTBOOK", weak)
    with guesthouse(tmp_path / "node") as at:
        at.person("botagoz", "reader")
        writes(at.browser())
        follow(at.node)
        reader = at.browser()
        reader.signs_in("botagoz")
        assert WORDS in reader.get("/api/v1/tables/guestbook_note").text
