"""Registering for an event without an account: places by order of arrival, a waiting list, badges, and who is told."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.attending import PURPOSE, asks, badges, does, forum, organiser, registers, states
from tests.support.guests import fills, leads
from tests.support.nodes import follow, rows
from tests.support.people import Browser, House

from birlik.clock import SetClock

Here = tuple[House, str]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with forum(tmp_path / "node") as made:
        yield made


def page(browser: Browser, entity_id: str) -> str:
    answer = browser.get(f"/cooperation/event/{entity_id}?whole=1")
    assert answer.status_code == 200, answer.text
    return answer.text


def follows(browser: Browser, link: str, act: str, **said: str) -> int:
    """Does what the link's page offers."""
    (address,) = [each for each in leads(browser, link) if f"/cooperation_{act}?" in each]
    return fills(browser, address, said).status_code


def passes(at: House, hours: float) -> None:
    assert isinstance(at.node.clock, SetClock)
    at.node.clock.advance(timedelta(hours=hours))


def test_the_page_of_an_event_says_what_is_kept_for_what_and_leads_to_the_form(here: Here) -> None:
    at, entity_id = here
    follow(at.node)
    said = page(at.browser(), entity_id)
    assert "there are places" in said
    assert PURPOSE in said
    assert f"/cooperation/form/cooperation_register?entity_id={entity_id.replace(':', '%3A')}" in said


def test_the_first_have_places_and_badges_and_the_next_wait(here: Here) -> None:
    at, entity_id = here
    for n, name in enumerate(("Aida", "Omar", "Kim", "Leyla")):
        registers(at.browser(f"192.0.2.{n}"), entity_id, name)
    assert states(at.node) == {"Aida": "placed", "Omar": "placed", "Kim": "waiting", "Leyla": "waiting"}
    assert badges(at.node) == {"Aida", "Omar"}
    follow(at.node)
    assert "who registers now waits" in page(at.browser(), entity_id)


def test_without_consent_or_with_no_address_nobody_is_registered(here: Here) -> None:
    at, entity_id = here
    assert asks(at.browser(), entity_id, "Aida", may_keep="false").status_code == 422
    assert asks(at.browser(), entity_id, "Aida", mail="nowhere").status_code == 422
    assert states(at.node) == {}


def test_the_last_place_goes_to_one_however_many_ask_at_once(here: Here) -> None:
    at, entity_id = here
    browsers = [at.browser(f"198.51.100.{n}") for n in range(10)]
    with ThreadPoolExecutor(6) as pool:
        links = list(pool.map(lambda pair: registers(pair[1], entity_id, f"Guest{pair[0]}"), enumerate(browsers)))
    assert len(links) == 10
    told = list(states(at.node).values())
    assert (told.count("placed"), told.count("waiting")) == (2, 8)
    assert len(badges(at.node)) == 2
    came = sorted(rows(at.node, "cooperation_registration"), key=lambda row: row["arrived_time"])
    assert [row["state"] for row in came] == ["placed"] * 2 + ["waiting"] * 8


def test_a_freed_place_is_kept_for_the_next_and_taken_by_them_alone(here: Here) -> None:
    at, entity_id = here
    links = {name: registers(at.browser(f"192.0.2.{n}"), entity_id, name)
             for n, name in enumerate(("Aida", "Omar", "Kim", "Leyla"))}  # fmt: skip
    assert follows(at.browser(), links["Aida"], "registration_withdraw") == 303
    assert badges(at.node) == {"Omar"}
    assert follows(at.browser(), links["Leyla"], "place_take") == 422
    shown = at.browser().get(links["Kim"]).text
    assert "a place is kept until" in shown
    assert follows(at.browser(), links["Kim"], "place_take") == 303
    assert states(at.node) == {"Aida": "withdrawn", "Omar": "placed", "Kim": "placed", "Leyla": "waiting"}
    assert badges(at.node) == {"Omar", "Kim"}


def test_after_48_hours_it_is_kept_for_the_one_behind(here: Here) -> None:
    at, entity_id = here
    links = {name: registers(at.browser(f"192.0.2.{n}"), entity_id, name)
             for n, name in enumerate(("Aida", "Omar", "Kim", "Leyla"))}  # fmt: skip
    follows(at.browser(), links["Omar"], "registration_withdraw")
    passes(at, 49)
    assert follows(at.browser(), links["Kim"], "place_take") == 422
    assert follows(at.browser(), links["Leyla"], "place_take") == 303
    assert states(at.node) == {"Aida": "placed", "Omar": "withdrawn", "Kim": "lapsed", "Leyla": "placed"}


def test_who_has_been_refused_frees_a_place_and_is_told_why(here: Here) -> None:
    at, entity_id = here
    links = {name: registers(at.browser(f"192.0.2.{n}"), entity_id, name)
             for n, name in enumerate(("Aida", "Omar", "Kim"))}  # fmt: skip
    (aida,) = [row for row in rows(at.node, "cooperation_registration") if row["name"] == "Aida"]
    does(organiser(at), "registration_refuse", registration_id=aida["registration_id"], reason="registered twice")
    assert "registered twice" in at.browser().get(links["Aida"]).text
    assert follows(at.browser(), links["Kim"], "place_take") == 303


def test_more_places_are_offered_to_who_waits_and_nobody_comes_before_them(here: Here) -> None:
    at, entity_id = here
    links = {name: registers(at.browser(f"192.0.2.{n}"), entity_id, name)
             for n, name in enumerate(("Aida", "Omar", "Kim"))}  # fmt: skip
    does(organiser(at), "registration_open", entity_id=entity_id, places_n=3, purpose=PURPOSE, zone="Asia/Almaty")
    registers(at.browser("192.0.2.9"), entity_id, "Leyla")
    assert states(at.node)["Leyla"] == "waiting"
    assert follows(at.browser(), links["Kim"], "place_take") == 303


def test_closed_it_takes_nobody_and_says_so(here: Here) -> None:
    at, entity_id = here
    does(organiser(at), "registration_close", entity_id=entity_id)
    answer = asks(at.browser(), entity_id, "Aida")
    assert answer.status_code == 422
    assert "registration is closed" in answer.text


def test_only_who_has_said_so_is_listed_and_goes_at_once_when_they_say_otherwise(here: Here) -> None:
    at, entity_id = here
    link = registers(at.browser("192.0.2.1"), entity_id, "Aida")
    registers(at.browser("192.0.2.2"), entity_id, "Omar", may_list="false")
    follow(at.node)
    assert "Aida" not in page(at.browser(), entity_id)
    does(organiser(at), "participants_list", entity_id=entity_id)
    follow(at.node)
    said = page(at.browser(), entity_id)
    assert "Aida" in said
    assert "Omar" not in said
    assert "aida@example.kz" not in said
    listed = at.node.clock.now()
    passes(at, 1)
    assert follows(at.browser(), link, "registration_change", may_list="false", name="Aida", mail="a@b.kz") == 303
    follow(at.node)
    assert "Aida" not in page(at.browser(), entity_id)
    for query in ("", f"&as_of={listed:%Y-%m-%dT%H:%M:%SZ}"):
        told = at.browser().get(f"/api/v1/tables/cooperation_participant?format=json{query}")
        assert told.status_code == 200, told.text
        assert "Aida" not in told.text


def test_who_has_an_account_registers_once_and_finds_it_among_what_is_theirs(here: Here) -> None:
    at, entity_id = here
    dana = organiser(at, "dana")
    told = {"entity_id": entity_id, "name": "Dana", "mail": "dana@example.kz", "may_list": False, "may_keep": True}
    assert does(dana, "register", **told).json()["changes_n"] == 1
    assert "you have registered already" in does(dana, "register", fails=409, **told).text
    assert "dana@example.kz" in dana.get("/cooperation/my_registrations?whole=1").text


def test_an_organiser_has_badges_as_a_file_and_nobody_else_has(here: Here) -> None:
    at, entity_id = here
    registers(at.browser("192.0.2.1"), entity_id, "Aida")
    follow(at.node)
    address = f"/api/v1/mine/cooperation_badge?entity_id={entity_id}&format="
    desk = organiser(at)
    assert "Aida" in desk.get(f"{address}csv").text
    assert desk.get(f"{address}xlsx").content[:2] == b"PK"
    for who in (at.browser(), organiser(at, "dana"), organiser(at, "other")):
        assert "Aida" not in who.get(f"{address}csv").text
        for way in ("mine", "tables"):
            assert "aida@example.kz" not in who.get(f"/api/v1/{way}/cooperation_registration?format=csv").text
        assert "Aida" not in who.get(f"/cooperation/event_desk/{entity_id}?whole=1").text


def test_who_organises_another_event_sees_nobody_and_does_nothing_of_this_one(here: Here) -> None:
    at, entity_id = here
    registers(at.browser("192.0.2.1"), entity_id, "Aida")
    (aida,) = rows(at.node, "cooperation_registration")
    other = organiser(at, "other")
    told = {"entity_id": entity_id, "places_n": 1, "purpose": PURPOSE, "zone": "UTC"}
    for act, said in (
        ("registration_open", told),
        ("registration_close", {"entity_id": entity_id}),
        ("participants_list", {"entity_id": entity_id}),
        ("event_organiser_name", {"entity_id": entity_id, "organiser": "other"}),
    ):
        does(other, act, fails=403, **said)
    refused = {"registration_id": aida["registration_id"], "reason": "no"}
    does(other, "registration_refuse", fails=404, **refused)
    does(organiser(at), "event_organiser_name", entity_id=entity_id, organiser="other")
    assert "aida@example.kz" in other.get("/api/v1/mine/cooperation_registration?format=csv").text
    does(other, "registration_refuse", **refused)
    assert states(at.node) == {"Aida": "refused"}


def test_who_organises_takes_back_nothing_in_anothers_name(here: Here) -> None:
    at, entity_id = here
    registers(at.browser("192.0.2.1"), entity_id, "Aida")
    (aida,) = rows(at.node, "cooperation_registration")
    said = {"registration_id": aida["registration_id"]}
    for act in ("registration_withdraw", "registration_change"):
        does(organiser(at), act, fails=404, **said)
    assert states(at.node) == {"Aida": "placed"}


def test_counts_below_five_are_withheld_from_the_organisers_picture(here: Here) -> None:
    at, entity_id = here
    registers(at.browser("192.0.2.1"), entity_id, "Aida")
    follow(at.node)
    said = organiser(at).get(f"/cooperation/event_desk/{entity_id}?whole=1").text
    assert "fewer than 5" in said
    assert re.search(r"placed: \d", said) is None
