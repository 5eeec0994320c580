"""What a guest does who has no account: fills in the form as it stands on its page, and goes on by the link."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from tests.support.guestbook import GUESTBOOK
from tests.support.nodes import opened
from tests.support.people import ADDRESS, Browser, House, house

from birlik.clock import SetClock
from birlik.kernel.access.sessions import form_token

FORM = "/guestbook/form/guestbook_write"
_FORM = re.compile(r'<form class="act" method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.S)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@contextmanager
def guesthouse(folder: Path, clock: SetClock | None = None, **told: Any) -> Iterator[House]:
    """A closed node with a guest book, in which everybody may read what is public; its keeper is Sagat."""
    with opened(folder, declared=(GUESTBOOK,), address=ADDRESS, open=False, clock=clock, follow_every_s=3600,
                **told) as node, house(node) as at:  # fmt: skip
        at.does("public_open")
        at.person("sagat", "steward")
        does(keeper(at), "guestbook_open", room="blue", name="The blue room")
        yield at


def keeper(at: House) -> Browser:
    made = at.browser("192.0.2.99")
    made.signs_in("sagat")
    return made


def does(browser: Browser, act: str, /, **told: str) -> httpx.Response:
    """By somebody who has signed in."""
    cookie = browser.cookie()
    assert cookie is not None
    answer = browser.client.post(f"/api/v1/acts/{act}", json=told, headers={"birlik-form": form_token(cookie)})
    assert answer.status_code == 200, answer.text
    return answer


def form(browser: Browser, address: str) -> tuple[str, dict[str, str]]:
    """(where it is sent, its hidden fields)."""
    page = browser.get(address)
    assert page.status_code == 200, page.text
    found = _FORM.search(page.text)
    assert found, page.text
    return unescape(found[1]), {name: unescape(value) for name, value in _HIDDEN.findall(found[2])}


def fills(browser: Browser, address: str, said: Mapping[str, str]) -> httpx.Response:
    to, hidden = form(browser, address)
    return browser.client.post(to, data={**hidden, **said})


def writes(browser: Browser, words: str = "It was quiet.", address: str = FORM) -> httpx.Response:
    return fills(browser, address, {"room": "blue", "words": words})


def link_of(answer: httpx.Response) -> str:
    """The path of the link, as it is shown once."""
    found = re.search(rf'<code class="secret">{re.escape(ADDRESS)}(/form/[^<]+)</code>', answer.text)
    assert found, answer.text
    return found[1]


def leads(browser: Browser, link: str) -> list[str]:
    """Where what can be done by a link is done."""
    return [unescape(each) for each in re.findall(rf'href="({re.escape(link)}/[^"]+)"', browser.get(link).text)]
