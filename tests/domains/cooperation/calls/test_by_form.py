"""Applying without an account: a form, and a link that shows, changes and withdraws until the deadline."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from tests.domains.cooperation.test_by_anyone import link_of
from tests.support.forum import APPLICATION, CALL
from tests.support.nodes import follow
from tests.support.people import ADDRESS, Browser, House, house
from tests.support.registry import registry

from birlik.clock import SetClock, utc
from birlik.kernel import acting
from birlik.kernel.policy import Labels, Marking

PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with registry(tmp_path / "node", address=ADDRESS, open=False) as node, house(node) as made:
        made.does("public_open")
        for name in ("gulnar", "sagat"):
            made.person(name, "steward" if name == "sagat" else "reader")
        made.does("grant_add", principal_id="gulnar", role="reader", duty="cooperation_host")
        follow(node)
        yield made


def opened(at: House) -> str:
    told = {**CALL, "deadline": "2027-03-01 23:59"}
    gulnar = at.node.access.of("gulnar")
    assert gulnar is not None
    made = at.service.act_now(acting.asked(at.node.acts["cooperation_call_open"], told, gulnar, labels=PUBLIC)).result
    follow(at.node)
    return str(made["about"]["call_id"])


def fills_in(browser: Browser, at: str, /, **said: str) -> httpx.Response:
    """As it stands on the page, with the name that it gives itself."""
    page = browser.get(at)
    assert page.status_code == 200, page.text
    form = re.search(r'<form class="act" method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.S)
    assert form
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    return browser.client.post(unescape(form[1]), data={**hidden, **said})


def applied(at: House, call_id: str) -> str:
    """The link."""
    address = f"/cooperation/form/cooperation_apply?call_id={call_id}"
    said = {name: str(value) for name, value in APPLICATION.items()} | {"call_id": call_id}
    return link_of(fills_in(at.browser(), address, **said))


def signed_in(at: House, name: str) -> Browser:
    made = at.browser("192.0.2.99")
    made.signs_in(name)
    return made


def test_whoever_sees_the_call_applies_and_the_link_shows_what_became_of_it(at: House) -> None:
    call_id = opened(at)
    page = at.browser().get(f"/cooperation/call/{call_id}?whole=1").text
    assert f"/cooperation/form/cooperation_apply?call_id={call_id.replace(':', '%3A')}" in page
    link = applied(at, call_id)
    assert APPLICATION["title"] in at.browser("198.51.100.4").get(link).text
    desk = signed_in(at, "gulnar").get(f"/cooperation/call_desk/{call_id}?whole=1").text
    assert APPLICATION["address"] in desk
    for name in ("sagat",):
        hidden = signed_in(at, name).get(f"/cooperation/call_desk/{call_id}?whole=1").text
        assert APPLICATION["address"] not in hidden
        assert APPLICATION["title"] not in hidden


def test_by_the_link_it_is_changed_until_the_deadline_and_withdrawn(at: House) -> None:
    call_id = opened(at)
    link, browser = applied(at, call_id), at.browser()
    said = {name: str(value) for name, value in APPLICATION.items()}
    (change, withdraw) = re.findall(r'href="(/form/[^"]*cooperation_application[^"]*)"', browser.get(link).text)
    fills_in(browser, unescape(change), **{**said, "title": "A well that forgets"})
    assert "A well that forgets" in browser.get(link).text
    clock = at.node.clock
    assert isinstance(clock, SetClock)
    clock.at = utc("2027-03-01T18:59:01+00:00")
    late = fills_in(browser, unescape(change), **{**said, "title": "Too late"})
    assert late.status_code != 303
    assert "2027-03-01 23:59 (Asia/Almaty)" in late.text
    fills_in(browser, unescape(withdraw), reason="I am ill")
    assert "Too late" not in browser.get(link).text
