"""Chairs go by order of arrival: an act looks at what others asked for, and tells nobody of it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.fete import CHAIRS_N, FETE, LEAVE, SEATED
from tests.support.guests import fills, keeper, leads, link_of
from tests.support.nodes import opened, rows
from tests.support.people import ADDRESS, Browser, House, house
from tests.support.post import link_in, post

from birlik.errors import Misdeclared, Refused
from birlik.kernel import acting
from birlik.kernel.checking import faults
from birlik.kernel.mailing import send_due

FORM = "/fete/form/fete_sit"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "node"
    with (
        opened(folder, declared=(FETE,), address=ADDRESS, open=False, follow_every_s=3600) as node,
        house(node) as made,
    ):
        made.does("public_open")
        made.person("sagat", "steward")
        made.person("dana", "reader")
        yield made


def asks(browser: Browser, name: str) -> str:
    """Returns the link."""
    answer = fills(browser, FORM, {"name": name})
    assert answer.status_code == 200, answer.text
    return link_of(answer)


def chairs(at: House) -> dict[str, str]:
    return {row["name"]: row["state"] for row in rows(at.node, "fete_chair")}


def test_the_first_have_chairs_and_the_others_wait(at: House) -> None:
    links = [asks(at.browser(f"192.0.2.{n}"), f"Guest {n}") for n in range(4)]
    assert sorted(chairs(at).items()) == [(f"Guest {n}", "has" if n < CHAIRS_N else "waits") for n in range(4)]
    assert "waits" in at.browser().get(links[3]).text


def test_a_chair_that_is_left_goes_to_who_has_waited_longest(at: House) -> None:
    links = [asks(at.browser(f"192.0.2.{n}"), f"Guest {n}") for n in range(4)]
    (leave,) = leads(at.browser(), links[0])
    assert fills(at.browser(), leave, {}).status_code == 303
    assert chairs(at) == {"Guest 0": "left", "Guest 1": "has", "Guest 2": "has", "Guest 3": "waits"}


def test_of_many_who_ask_at_once_no_more_have_chairs_than_there_are(at: House) -> None:
    browsers = [at.browser(f"192.0.2.{n}") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: asks(pair[1], f"Guest {pair[0]}"), enumerate(browsers)))
    assert list(chairs(at).values()).count("has") == CHAIRS_N
    assert len(chairs(at)) == 12


def does(browser: Browser, act: str, **told: str) -> httpx.Response:
    from birlik.kernel.access.sessions import form_token

    cookie = browser.cookie()
    assert cookie is not None
    return browser.client.post(f"/api/v1/acts/{act}", json=told, headers={"birlik-form": form_token(cookie)})


def signed_in(at: House, name: str) -> Browser:
    made = at.browser("198.51.100.7")
    made.signs_in(name)
    return made


def test_who_leaves_is_not_told_that_somebody_else_sits_down(at: House) -> None:
    dana = signed_in(at, "dana")
    chair = does(dana, "fete_sit", name="Dana").json()["about"]["chair_id"]
    asks(at.browser("192.0.2.1"), "One")
    asks(at.browser("192.0.2.2"), "Two")
    answer = does(dana, "fete_leave", chair_id=chair).json()
    assert answer["changes_n"] == 1
    assert chairs(at) == {"Dana": "left", "One": "has", "Two": "has"}
    assert "Two" not in str(answer)


def test_what_it_would_do_is_not_shown_since_that_tells_of_others(at: House) -> None:
    ask = acting.asked(at.node.acts["fete_sit"], {"name": "Dana"}, at.node.operator)
    with pytest.raises(Refused, match="that would tell of what is others'"):
        at.service.preview_now(ask)
    assert re.search(r'name="-preview"', signed_in(at, "dana").get("/fete/act/fete_sit").text) is None


def test_an_act_sees_no_others_rows_but_of_tables_that_it_declares(at: House) -> None:
    with pytest.raises(Misdeclared, match="doesn't declare it"):
        at.service.act_now(acting.asked(at.node.acts["fete_peep"], {}, at.node.operator))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"beyond": ("orchard_tree",)}, "'orchard_tree' is no kept table of its domain"),
        ({"is_lasting": False}, "it looks at rows of others, so it is lasting"),
    ],
    ids=["of another domain", "could be undone"],
)
def test_what_cannot_be_meant_keeps_a_node_from_opening(change: dict[str, Any], fault: str) -> None:
    acts = tuple(replace(act, **change) if act is LEAVE else act for act in FETE.acts)
    said = list(faults((replace(FETE, acts=acts),)))
    assert any(fault in each for each in said), said


def test_the_keeper_sees_all_of_them(at: House) -> None:
    asks(at.browser(), "One")
    assert "One" in keeper(at).get("/fete/records/fete_chair?whole=1").text


def test_by_mail_only_those_are_told_whose_row_is_as_the_notice_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("birlik.kernel.service.mailing.serve", lambda node, stop: None)
    with (
        post() as at_post,
        opened(tmp_path / "node", declared=(FETE,), address=ADDRESS, open=False, follow_every_s=3600,
               mail=at_post.settings()) as node,
        house(node) as at,
    ):  # fmt: skip
        at.does("public_open")
        links = []
        for n in range(4):
            browser, address = at.browser(f"192.0.2.{n}"), f"g{n}@example.kz"
            assert fills(browser, FORM, {"name": f"Guest {n}", "-mail": address}).status_code == 200
            send_due(node)
            links.append(link_in(at_post.to(address)[-1]))
            assert browser.client.post(f"{links[-1]}/confirm", data={}).status_code == 303
        (leave,) = leads(at.browser(), links[0])
        assert fills(at.browser(), leave, {}).status_code == 303
        send_due(node)
        assert at_post.to("g2@example.kz")[-1]["subject"] == "A chair is yours"
        assert [len(at_post.to(f"g{n}@example.kz")) for n in (0, 1, 3)] == [1, 1, 1]


def test_a_notice_asks_for_columns_that_there_are() -> None:
    wrong = replace(LEAVE, tells=(replace(SEATED, when={"mood": ("good",)}),))
    acts = tuple(wrong if act is LEAVE else act for act in FETE.acts)
    assert any("fete_chair has no column 'mood'" in each for each in faults((replace(FETE, acts=acts),)))
