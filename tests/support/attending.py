"""A closed node of the registry with an event, its organiser, and visitors who register by the form."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.support.guests import fills, link_of
from tests.support.nodes import follow, rows
from tests.support.people import ADDRESS, Browser, House, house
from tests.support.registry import registry

from birlik.kernel.access.sessions import form_token
from birlik.kernel.node import Node

FORM = "/cooperation/form/cooperation_register"
ANNOUNCED = {
    "name": "Forum of the Steppe",
    "place": "Turkistan",
    "theme": "water and songs",
    "begins_time": "2027-03-01T04:00:00Z",
    "finish_time": "2027-03-02T13:00:00Z",
    "zone": "Asia/Almaty",
}
PURPOSE = "to admit you and to write to you about the forum"


@contextmanager
def forum(folder: Path, *, places_n: int = 2, **more: Any) -> Iterator[tuple[House, str]]:
    """(the house, the id of its event): everybody may read what is public, and one can register."""
    with registry(folder, address=ADDRESS, open=False, **more) as node, house(node) as made:
        made.does("public_open")
        made.person("sagat", "steward")
        made.person("dana", "reader")
        made.person("other", "steward")
        entity_id = announced(made)
        does(organiser(made), "registration_open", entity_id=entity_id, places_n=places_n, purpose=PURPOSE,
             zone="Asia/Almaty")  # fmt: skip
        yield made, entity_id


def announced(at: House, **said: str) -> str:
    """The id of an event that everybody sees."""
    answer = does(organiser(at), "event_announce", public=True, **{**ANNOUNCED, **said})
    follow(at.node)
    return str(answer.json()["about"]["entity_id"])


def organiser(at: House, name: str = "sagat") -> Browser:
    made = at.browser("192.0.2.99")
    made.signs_in(name)
    return made


def does(browser: Browser, act: str, /, *, public: bool = False, fails: int = 200, **told: Any) -> httpx.Response:
    """By somebody who has signed in. public: what begins is for everybody."""
    cookie = browser.cookie()
    assert cookie is not None
    headers = {"birlik-form": form_token(cookie)}
    headers |= {"birlik-marking": "CLEAR", "birlik-audience": "public"} if public else {}
    answer = browser.client.post(f"/api/v1/acts/cooperation_{act}", json=told, headers=headers)
    assert answer.status_code == fails, answer.text
    return answer


def registers(browser: Browser, entity_id: str, name: str, **said: str) -> str:
    """By the form, as anybody does; returns the link."""
    answer = asks(browser, entity_id, name, **said)
    assert answer.status_code == 200, answer.text
    return link_of(answer)


def asks(browser: Browser, entity_id: str, name: str, **said: str) -> httpx.Response:
    mail = f"{name.split()[0].lower()}@example.kz"
    told = {"entity_id": entity_id, "name": name, "mail": mail, "affiliation": "Taraz"}
    return fills(browser, FORM, {**told, "may_list": "true", "may_keep": "true", **said})


def states(node: Node) -> dict[str, str]:
    """By name, what has become of each registration."""
    return {row["name"]: row["state"] for row in rows(node, "cooperation_registration")}


def badges(node: Node) -> set[str]:
    return {row["name"] for row in rows(node, "cooperation_badge")}
