"""A closed node where everybody reads what is public, with a steward; and what is posted there."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.nodes import follow, rows
from tests.support.people import ADDRESS, Browser, House, house
from tests.support.registry import registry

from birlik.kernel import acting

OFFER: Mapping[str, str] = {
    "side": "offer",
    "what": "capital",
    "title": "Patient money for clean water",
    "words": "We fund firms that clean brackish water in dry steppes. We stay for seven years.",
    "lang": "en",
    "sector": "water",
    "phase": "pilot",
    "amount_least": "200000",
    "amount_most": "900000",
    "currency": "USD",
    "from_state": "TUR",
    "closes_day": "2027-03-01",
}
NEED: Mapping[str, str] = {
    **OFFER,
    "side": "need",
    "title": "A pilot that takes salt out of wells",
    "words": "Our membranes take salt out of well water by sunlight. We look for money to build ten of them.",
    "amount_least": "100000",
    "amount_most": "300000",
    "from_state": "KAZ",
}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with registry(tmp_path / "node", address=ADDRESS, open=False) as node, house(node) as made:
        made.does("public_open")
        made.person("sagat", "steward")
        for name in ("gulnar", "timur", "omar"):
            made.person(name, "reader")
        follow(node)
        yield made


def does(at: House, by: str, name: str, **told: Any) -> Mapping[str, Any]:
    who = at.node.access.of(by)
    assert who is not None
    act = at.node.acts[name if name.startswith("birlik_") else f"cooperation_{name}"]
    made = at.service.act_now(acting.asked(act, told, who)).result
    follow(at.node)
    about: Mapping[str, Any] = made["about"]
    return about


def posted(at: House, by: str, said: Mapping[str, str] = OFFER, **changed: str) -> str:
    """The id of what waits."""
    told = {name: int(value) if value.isdigit() else value for name, value in {**said, **changed}.items()}
    return str(does(at, by, "offer_post", **told)["posting_id"])


def published(at: House, by: str, said: Mapping[str, str] = OFFER, **changed: str) -> str:
    """The id of what everybody sees."""
    does(at, "sagat", "offer_publish", posting_id=(posting_id := posted(at, by, said, **changed)))
    (row,) = [r for r in mine(at, by, "cooperation_posting") if r["posting_id"] == posting_id]
    return str(row["offer_id"])


def mine(at: House, who: str, table: str) -> list[dict[str, Any]]:
    principal = at.node.access.of(who)
    assert principal is not None
    made: list[dict[str, Any]] = at.node.reader(principal).mine(table).to_pylist()
    return made


def fills_in(browser: Browser, address: str, /, **said: str) -> httpx.Response:
    """As it stands on the page, with the name that it gives itself."""
    page = browser.get(address)
    assert page.status_code == 200, page.text
    form = re.search(r'<form class="act" method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.S)
    assert form
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    return browser.client.post(unescape(form[1]), data={**hidden, **said})


def link_of(answer: httpx.Response) -> str:
    found = re.search(rf'<code class="secret">{re.escape(ADDRESS)}(/form/[^<]+)</code>', answer.text)
    assert found, answer.text
    return found[1]


def signed_in(at: House, name: str) -> Browser:
    made = at.browser("192.0.2.99")
    made.signs_in(name)
    return made


def rows_of(at: House, view: str, table: str) -> list[dict[str, Any]]:
    return rows(at.node, table, view)
