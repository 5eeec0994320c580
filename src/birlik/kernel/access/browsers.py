"""Browsers in which somebody has signed in before: they have a lane of their own, and delays of their own.

Such a browser keeps a cookie that we have signed (OWASP, Device Cookies). It lets nobody in: who has it still needs the
password. It says only that whoever guesses at this name elsewhere shall not make this browser wait.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

LASTS = timedelta(days=180)
MOST = 5
"""People that one browser is known for; of more, the latest."""


@dataclass(frozen=True, slots=True)
class Browser:
    """name: random, and the same for as long as it is known."""

    name: str = ""
    people: tuple[str, ...] = ()

    def known_as(self, principal_id: str) -> str:
        """Its name, where this person has signed in in it before; else empty."""
        return self.name if principal_id in self.people else ""

    def after(self, principal_id: str) -> "Browser":
        """As it is after this person has signed in in it."""
        people = (principal_id, *(each for each in self.people if each != principal_id))[:MOST]
        return replace(self, name=self.name or secrets.token_urlsafe(12), people=people)


@dataclass(frozen=True, slots=True)
class Browsers:
    key: bytes

    def text(self, browser: Browser, now: datetime) -> str:
        """A cookie's."""
        said: Sequence[object] = (browser.name, browser.people, int((now + LASTS).timestamp()))
        body = base64.urlsafe_b64encode(orjson.dumps(said)).decode().rstrip("=")
        return f"{body}.{self._signature(body)}"

    def read(self, text: str | None, now: datetime) -> Browser:
        """One that nobody knows, where the text is not ours or too old."""
        body, _, signature = (text or "").partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return Browser()
        name, people, until = orjson.loads(base64.urlsafe_b64decode(body + "=="))
        return Browser(name, tuple(people)) if now.timestamp() < until else Browser()

    def _signature(self, body: str) -> str:
        made = hmac.digest(self.key, body.encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")
