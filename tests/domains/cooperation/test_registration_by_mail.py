"""Where the node has mail: who registers confirms it, and is told when a place is kept for them; nobody else is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.domains.cooperation.test_programme import hall, place, publish, talk
from tests.support.attending import asks, does, forum, organiser, states
from tests.support.guests import fills, leads
from tests.support.nodes import rows
from tests.support.people import House
from tests.support.post import Post, link_in, post, text_of

from birlik.kernel.mailing import send_due


@pytest.fixture
def at_post() -> Iterator[Post]:
    with post() as made:
        yield made


@pytest.fixture
def here(tmp_path: Path, at_post: Post, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[House, str]]:
    monkeypatch.setattr("birlik.kernel.service.mailing.serve", lambda node, stop: None)
    with forum(tmp_path / "node", places_n=1, mail=at_post.settings()) as made:
        yield made


def registers(at: House, post_: Post, entity_id: str, name: str, n: int) -> str:
    browser, address = at.browser(f"192.0.2.{n}"), f"{name.lower()}@example.kz"
    assert asks(browser, entity_id, name, **{"-mail": address}).status_code == 200
    assert name not in states(at.node)  # not before it is confirmed
    send_due(at.node)
    link = link_in(post_.to(address)[-1])
    assert browser.client.post(f"{link}/confirm", data={}).status_code == 303
    return link


def test_who_is_next_is_told_that_a_place_is_kept_and_nobody_else_is(here: tuple[House, str], at_post: Post) -> None:
    at, entity_id = here
    links = {name: registers(at, at_post, entity_id, name, n) for n, name in enumerate(("Aida", "Omar", "Kim"))}
    (address,) = [each for each in leads(at.browser(), links["Aida"]) if "registration_withdraw" in each]
    assert fills(at.browser(), address, {}).status_code == 303
    send_due(at.node)
    assert [each["subject"] for each in at_post.to("omar@example.kz")][-1] == "A place is kept for you"
    assert links["Omar"] in text_of(at_post.to("omar@example.kz")[-1])
    for name in ("aida", "kim"):
        assert len(at_post.to(f"{name}@example.kz")) == 1


def test_who_is_refused_is_told_why(here: tuple[House, str], at_post: Post) -> None:
    at, entity_id = here
    registers(at, at_post, entity_id, "Aida", 1)
    (aida,) = rows(at.node, "cooperation_registration")
    does(organiser(at), "registration_refuse", registration_id=aida["registration_id"], reason="registered twice")
    send_due(at.node)
    assert "registered twice" in text_of(at_post.to("aida@example.kz")[-1])


def test_who_comes_or_waits_is_told_once_when_the_programme_is_another(here: tuple[House, str], at_post: Post) -> None:
    at, entity_id = here
    links = {name: registers(at, at_post, entity_id, name, n) for n, name in enumerate(("Aida", "Omar", "Kim"))}
    (address,) = [each for each in leads(at.browser(), links["Kim"]) if "registration_withdraw" in each]
    fills(at.browser(), address, {})
    at_post.taken.clear()
    hall(at, entity_id, "Main")
    for title, time in (("Salt", "04:00"), ("Steel", "05:00")):
        place(at, talk(at, entity_id, title), "Main", time)
    assert at_post.taken == []  # what is placed and not published is nobody's to know
    publish(at, entity_id)
    for _ in range(3):
        send_due(at.node)
    assert sorted((str(mail["to"]), str(mail["subject"])) for mail in at_post.taken) == [
        ("aida@example.kz", "The programme has changed"), ("omar@example.kz", "The programme has changed"),
    ]  # fmt: skip
    assert links["Aida"] in text_of(at_post.to("aida@example.kz")[0])
