"""A page offers what can be begun on it, and leads from what was sent to where it stands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support import guestbook, guests
from tests.support.guestbook import BOOK, GUESTBOOK, NOTE, ROOM, WRITE
from tests.support.guests import FORM, does, fills, guesthouse, keeper, writes
from tests.support.nodes import follow
from tests.support.people import Browser, House

from birlik.clock import SetClock
from birlik.kernel.domain import Begin

ROOMS = "/guestbook/book"
IN_AN_OPEN_ROOM = replace(
    BOOK,
    name="rooms",
    begins=(Begin(act=WRITE.name, table=ROOM.name, fixed={"name": ("open", "ajar")}),),
)
ONCE = replace(BOOK, name="once", begins=(Begin(act=WRITE.name, table=NOTE.name, mine=True, unless=True),))
SOON = replace(BOOK, name="soon", begins=(Begin(act=WRITE.name, table=ROOM.name, ahead="said_time"),))


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    toy = replace(GUESTBOOK, pages=(*guestbook.GUESTBOOK.pages, IN_AN_OPEN_ROOM, ONCE, SOON))
    monkeypatch.setattr(guests, "GUESTBOOK", toy)
    with guesthouse(tmp_path / "node") as made:
        does(keeper(made), "guestbook_open", room="red", name="ajar")
        made.person("botagoz", "reader")
        yield made


def reader(at: House) -> Browser:
    made = at.browser()
    made.signs_in("botagoz")
    return made


def test_what_a_row_does_not_allow_is_not_offered(at: House) -> None:
    assert f'href="{FORM}?room=red"' in at.browser().get("/guestbook/rooms/red").text
    assert FORM not in at.browser().get("/guestbook/rooms/blue").text
    assert isinstance(at.node.clock, SetClock)
    at.node.clock.advance(timedelta(hours=1))
    follow(at.node)
    assert FORM not in at.browser().get("/guestbook/soon/blue").text, "its time has passed"


def test_what_one_has_begun_oneself_is_not_offered_again(at: House) -> None:
    mine, other = reader(at), at.browser()
    assert "/guestbook/act/guestbook_write" in mine.get("/guestbook/once/blue").text
    does(mine, "guestbook_write", room="blue", words="By name.")
    assert "/guestbook/act/guestbook_write" not in mine.get("/guestbook/once/blue").text
    assert "/guestbook/act/guestbook_write" in mine.get("/guestbook/once/red").text
    assert FORM in other.get("/guestbook/once/blue").text, "and of what others have sent nobody is told"


def test_after_a_form_its_sender_is_led_to_what_was_sent(at: House) -> None:
    mine = reader(at)
    answer = fills(mine, f"/guestbook/act/guestbook_write?room=blue&back={ROOMS}/blue", {"room": "blue", "words": "Hi"})
    page = mine.get(answer.headers["location"]).text
    assert '<a href="/guestbook/mine#notes">Mine</a>' in page
    assert "See what was sent" in writes(at.browser()).text
