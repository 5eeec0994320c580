"""An organiser makes a programme: rooms and hours, talks placed by a form, the rest proposed, published, subscribed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from tests.support.attending import announced, does, forum, organiser
from tests.support.nodes import follow, rows
from tests.support.people import Browser, House

from birlik.clock import SetClock

Here = tuple[House, str]
DAY = "2027-03-01T"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with forum(tmp_path / "node") as made:
        yield made


def hall(at: House, entity_id: str, room: str, opens: str = "04:00", closes: str = "06:00") -> None:
    told = {"opens_time": f"{DAY}{opens}:00Z", "closes_time": f"{DAY}{closes}:00Z", "zone": "Asia/Almaty"}
    does(organiser(at), "hall_open", entity_id=entity_id, room=room, **told)


def talk(at: House, entity_id: str, title: str, speakers: str = "", minutes: int = 60, **said: str) -> str:
    told = {"entity_id": entity_id, "title": title, "speakers": speakers, "minutes": minutes, **said}
    return str(does(organiser(at), "talk_add", **told).json()["about"]["talk_id"])


def place(at: House, talk_id: str, room: str, time: str, fails: int = 200) -> str:
    told = {"talk_id": talk_id, "room": room, "begins_time": f"{DAY}{time}:00Z"}
    return does(organiser(at), "talk_place", fails=fails, **told).text


def publish(at: House, entity_id: str, fails: int = 200) -> str:
    text = does(organiser(at), "programme_publish", fails=fails, entity_id=entity_id).text
    follow(at.node)
    return text


def talks(at: House) -> Mapping[str, Mapping[str, Any]]:
    return {row["title"]: row for row in rows(at.node, "cooperation_talk")}


def calendar(browser: Browser, entity_id: str) -> Mapping[str, Any]:
    """Its events by what they are called, as `icalendar` reads them."""
    answer = browser.get(f"/calendar/event/{entity_id}")
    assert answer.status_code == 200, answer.text
    read = icalendar.Calendar.from_ical(answer.content)
    return {str(each["summary"]): each for each in read.walk("VEVENT")}


# --- by the form --------------------------------------------------------------------------------------------------


def test_a_rule_that_a_place_breaks_is_named_with_the_talk_that_it_meets(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    hall(at, entity_id, "Green")
    salt, song = talk(at, entity_id, "On salt", "Aida Bek"), talk(at, entity_id, "On song", "aida bek; Omar")
    last = talk(at, entity_id, "On all of it", minutes=30, after_talk=song)
    place(at, salt, "Blue", "04:00")
    assert "Blue has “On salt” then, from 09:00 to 10:00" in place(at, song, "Blue", "04:30", 400)
    assert "aida bek speaks at “On salt” then, in Blue from 09:00 to 10:00" in place(at, song, "Green", "04:30", 400)
    assert "it is open: 2027-03-01 09:00–11:00" in place(at, song, "Green", "05:30", 400)
    assert "it comes after “On song”, which has no place yet" in place(at, last, "Green", "04:00", 400)
    place(at, song, "Green", "05:00")
    assert "which ends at 11:00" in place(at, last, "Blue", "05:00", 400)


def test_the_form_says_at_its_field_what_is_wrong(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    salt = talk(at, entity_id, "On salt")
    desk = organiser(at)
    address = f"/cooperation/act/cooperation_talk_place?key={salt}"
    answer = desk.post(address, {"room": "Red", "begins_time": "2027-03-01T09:00"})
    assert answer.status_code == 422
    assert "Red isn&#39;t open then" in answer.text


# --- proposed -----------------------------------------------------------------------------------------------------


def test_the_rest_is_proposed_and_what_finds_no_place_says_why(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    salt = talk(at, entity_id, "On salt", "Aida")
    place(at, salt, "Blue", "05:00")
    talk(at, entity_id, "On song", "Omar")
    talk(at, entity_id, "On sand", "Kim", minutes=300)
    talk(at, entity_id, "On wind", "Leyla", minutes=120)
    does(organiser(at), "programme_propose", entity_id=entity_id)
    made = talks(at)
    assert made["On salt"]["begins_time"] == datetime(2027, 3, 1, 5, tzinfo=UTC)
    assert (made["On song"]["room"], made["On song"]["begins_time"]) == ("Blue", datetime(2027, 3, 1, 4, tzinfo=UTC))
    assert (made["On sand"]["state"], made["On sand"]["kept_out_by"]) == ("unplaced", "too_long")
    assert made["On wind"]["kept_out_by"] == "room_taken"
    assert made["On wind"]["meets"] in ("On song", "On salt")
    follow(at.node)
    said = organiser(at).get(f"/cooperation/event_desk/{entity_id}?whole=1").text
    assert "no room is open" in said or "too long" in said


def test_without_rooms_nothing_can_be_proposed(here: Here) -> None:
    at, entity_id = here
    talk(at, entity_id, "On salt")
    assert "no room of this event is open" in does(
        organiser(at), "programme_propose", fails=400, entity_id=entity_id
    ).text  # fmt: skip


# --- published ----------------------------------------------------------------------------------------------------


def test_a_draft_is_the_organisers_and_what_is_published_is_everybodys(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    place(at, talk(at, entity_id, "On salt", "Aida"), "Blue", "04:00")
    follow(at.node)
    page = f"/cooperation/event/{entity_id}?whole=1"
    assert "On salt" not in at.browser().get(page).text
    assert "On salt" not in at.browser().get("/api/v1/tables/cooperation_talk").text
    assert "On salt" not in organiser(at, "dana").get("/api/v1/tables/cooperation_talk").text
    publish(at, entity_id)
    said = at.browser().get(page).text
    assert "On salt" in said
    assert "Blue" in said


def test_what_changes_later_is_a_version_with_the_next_number_in_calendars(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    salt, song = talk(at, entity_id, "On salt", "Aida"), talk(at, entity_id, "On song", "Omar")
    place(at, salt, "Blue", "04:00")
    place(at, song, "Blue", "05:00")
    publish(at, entity_id)
    before = calendar(at.browser(), entity_id)
    publish(at, entity_id)  # nothing has changed, so nothing is another version
    assert calendar(at.browser(), entity_id)["On salt"]["sequence"] == before["On salt"]["sequence"] == 0
    does(organiser(at), "talk_cancel", talk_id=song, reason="ill")
    place(at, salt, "Blue", "04:30")
    publish(at, entity_id)
    after = calendar(at.browser(), entity_id)
    assert (after["On salt"]["sequence"], after["On song"]["sequence"]) == (1, 1)
    assert after["On salt"]["uid"] == before["On salt"]["uid"]
    assert str(after["On song"]["status"]) == "CANCELLED"
    begins = after["On salt"].decoded("dtstart")
    assert begins == datetime(2027, 3, 1, 9, 30, tzinfo=ZoneInfo("Asia/Almaty"))
    assert begins.utcoffset() == timedelta(hours=5)  # Almaty is +05 since 1 March 2024


def test_what_was_cancelled_stays_for_a_year_and_no_longer(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    salt = talk(at, entity_id, "On salt")
    place(at, salt, "Blue", "04:00")
    publish(at, entity_id)
    does(organiser(at), "talk_unplace", talk_id=salt)
    publish(at, entity_id)
    assert isinstance(at.node.clock, SetClock)
    at.node.clock.advance(timedelta(days=364))
    assert str(calendar(at.browser(), entity_id)["On salt"]["status"]) == "CANCELLED"
    at.node.clock.advance(timedelta(days=2))
    assert "On salt" not in calendar(at.browser(), entity_id)


def test_a_room_that_is_taken_away_keeps_the_programme_from_being_published(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    place(at, talk(at, entity_id, "On salt"), "Blue", "04:00")
    (blue,) = rows(at.node, "cooperation_hall")
    does(organiser(at), "hall_end", hall_id=blue["hall_id"])
    assert "“On salt” can't stay where it is" in publish(at, entity_id, 409)


def test_an_event_of_which_only_the_month_is_known_is_listed_and_not_fed(here: Here) -> None:
    at, _ = here
    told = {"kind": "event", "property": "name", "value": "Fair of Songs", "source": "https://press.example/fair"}
    fair = does(organiser(at), "say", public=True, **told).json()["about"]["claim_id"]
    (claim,) = [row for row in rows(at.node, "cooperation_claim") if row["claim_id"] == fair]
    entity_id = claim["entity_id"]
    does(organiser(at), "say", public=True, **{**told, "entity_id": entity_id, "property": "start", "value": "2027-05"})
    follow(at.node)
    browser = at.browser()
    assert "Fair of Songs" in browser.get("/cooperation/events?whole=1").text
    assert "Fair of Songs" not in browser.get("/calendar/events.ics").text
    assert browser.get(f"/calendar/event/{entity_id}").status_code == 404
    assert browser.get(f"/cooperation/event/{entity_id}").status_code == 200


def test_what_is_on_now_and_next_stands_on_the_doors_first_page(here: Here) -> None:
    at, entity_id = here
    hall(at, entity_id, "Blue")
    place(at, talk(at, entity_id, "On salt"), "Blue", "04:00")
    place(at, talk(at, entity_id, "On song"), "Blue", "05:00")
    publish(at, entity_id)
    assert isinstance(at.node.clock, SetClock)
    at.node.clock.at = datetime(2027, 3, 1, 4, 30, tzinfo=UTC)
    follow(at.node)
    said = at.browser().get("/cooperation/forums/-/panel/now").text
    assert said.index("On salt") < said.index("On song")
    assert "next-word" in said


def test_the_door_says_how_many_lie_ahead_and_what_earlier_ones_led_to(here: Here) -> None:
    at, entity_id = here
    follow(at.node)
    front = at.browser().get("/-/doors/forums").text
    assert "lie ahead" in front or "lies ahead" in front
    said = at.browser().get("/cooperation/forums/-/panel/led").text
    assert "led to" in said
    assert announced(at, name="Second forum") != entity_id
