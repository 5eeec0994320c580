"""A flood of forms about a promise, a few of them genuine, and a steward who looks for these by the queue's page."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path

from tests.support.nodes import rows
from tests.support.people import ADDRESS, Browser, House, house
from tests.support.post import Post, link_in
from tests.support.registry import registry

from birlik.clock import SetClock
from birlik.kernel.mailing import send_due

FORM = "/cooperation/form/cooperation_evidence"
QUEUE = "/cooperation/queue?whole=1"
GENUINE = tuple(
    f"{who} {what}"
    for who in ("Our school", "The town's museum", "A carrier", "The chamber")
    for what in (
        "got the letter",
        "saw the signing",
        "took part in the talks",
        "paid no duty",
        "asked, and had no answer",
    )
)
"""Twenty texts that have no two alike."""
TEMPLATES = tuple(
    f"Buy {what} now, the best of {what} at" for what in ("watches", "pills", "followers", "loans", "bonus")
)
OWNED = "owned.example"
"""Where the flood's own mailboxes are: what is sent there, it confirms."""
_ROW = re.compile(r"<tr>(.*?)</tr>", re.S)
_SETTLE = re.compile(
    r'<form class="settle" method="post" action="([^"]+/act/cooperation_publish[^"]*)">(.*?)</form>', re.S
)
_GROUP = re.compile(r'href="([^"]+/act/cooperation_return_(?:alike|from)\?[^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@contextmanager
def besieged(folder: Path, post: Post | None, **more: object) -> Iterator[House]:
    """A closed node of the registry in which everybody may read; its steward is Sagat. Mail goes by `passes`."""
    mail = {} if post is None else {"mail": post.settings()}
    with registry(folder, address=ADDRESS, open=False, **mail, **more) as node, house(node) as at:
        at.does("public_open")
        at.person("sagat", "steward")
        yield at


def sends(at: House, n: int, value: str, address: str, mail: str) -> int:
    """As a program would: without looking at the page."""
    told = {"entity_id": "com:01", "value": value, "source": f"https://press.example/{n}", "-token": f"flood-{n}"}
    browser = at.browser(address)
    return browser.client.post(FORM, data={**told, **({"-mail": mail} if mail else {})}).status_code


def flood(at: House, n: int, *, networks: int, owned: float, has_mail: bool, seed: int = 11) -> None:
    """So many forms from so many networks, the genuine ones somewhere among them, each from a place of its own."""
    drawn = random.Random(seed)
    genuine = dict(zip(sorted(drawn.sample(range(n), len(GENUINE))), GENUINE, strict=True))
    for i in range(n):
        if (said := genuine.get(i)) is not None:
            status = sends(at, i, said, f"198.51.100.{list(genuine).index(i) + 1}", f"guest{i}@example.kz" * has_mail)
        else:
            net = i % networks
            host = OWNED if drawn.random() < owned else f"mail{i % 97}.example"
            value = f"{TEMPLATES[i % len(TEMPLATES)]} https://shop{i}.example"
            address = f"10.{net // 250}.{net % 250}.{1 + i // networks % 250}"
            status = sends(at, i, value, address, f"spam{i}@{host}" * has_mail)
        if status != 200:
            raise RuntimeError(f"form {i} was answered {status}")


def passes(at: House, post: Post, hours: int) -> int:
    """So many hours go by; genuine senders and the flood's own mailboxes confirm what they get. Returns in which hour
    the last genuine one was confirmed."""
    clock, last, read = at.node.clock, 0, 0
    assert isinstance(clock, SetClock)
    for hour in range(hours):
        while send_due(at.node):
            pass
        for mail in post.taken[read:]:
            if str(mail["to"]).startswith("guest") or str(mail["to"]).endswith(OWNED):
                at.browser("203.0.113.1").client.post(f"{link_in(mail)}/confirm", data={})
                last = hour if str(mail["to"]).startswith("guest") else last
        read = len(post.taken)
        clock.advance(timedelta(minutes=61))
    return last


@dataclass
class Steward:
    """Counts what they press, from the moment that they have signed in."""

    browser: Browser
    clicks: int = 0

    def look(self) -> str:
        self.clicks += 1
        return self.browser.get(QUEUE).text

    def press(self, action: str, form: str, **told: str) -> str:
        self.clicks += 1
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(form)}
        token = {"-form": self.browser.token} if hidden.get("-form") == "" else {}
        answer = self.browser.client.post(unescape(action), data={**hidden, **token, **told})
        if answer.status_code != 303:
            raise RuntimeError(f"{action}: {answer.status_code} {answer.text[-3000:]}")
        return self.browser.get(QUEUE).text


def publishes(at: House) -> tuple[int, int]:
    """A steward returns what stands in groups, and publishes what is genuine; returns (clicks, how many are out)."""
    browser = at.browser("192.0.2.99")
    browser.signs_in("sagat")
    steward = Steward(browser)
    page = steward.look()
    while group := _GROUP.search(page):
        steward.clicks += 1
        form = browser.get(unescape(group[1])).text
        page = steward.press(group[1], form, reason="advertising")
    while found := _genuine(page):
        page = steward.press(*found)
    published = [row for row in rows(at.node, "cooperation_held") if row["state"] == "published"]
    return steward.clicks, sum(row["value"] in GENUINE for row in published)


def _genuine(page: str) -> tuple[str, str] | None:
    for row in _ROW.findall(page):
        settle = _SETTLE.search(row)
        if settle and any(text in unescape(row) for text in GENUINE):
            return settle[1], settle[2]
    return None
