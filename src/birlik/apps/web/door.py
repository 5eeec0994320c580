"""What signing in needs beside a node: lanes, delays, what browsers have begun, other sign-ins."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from birlik.errors import BadRequest, OperatorError, StoreUnavailable, Unknown
from birlik.kernel.access import sessions
from birlik.kernel.access.begun import HOLDS, Begun
from birlik.kernel.access.browsers import LASTS, Browser, Browsers
from birlik.kernel.access.delays import Delays
from birlik.kernel.access.discovery import Client, over_the_network
from birlik.kernel.access.keyfile import KeyFile, beside
from birlik.kernel.access.lanes import Lanes
from birlik.kernel.access.oidc import Provider
from birlik.kernel.access.passkeys import Site
from birlik.kernel.access.people import People
from birlik.kernel.access.tables import PRINCIPAL
from birlik.kernel.node import Node

log = logging.getLogger("birlik")

SIGN_IN, BY = "/sign-in", "/sign-in/by"
KNOWN, SECOND, PASSKEY, AWAY = "known", "second", "passkey", "away"
"""Cookies beside the session's: of a browser that is known; and what was begun: after a password, a passkey, a way to
another sign-in and back."""
LARGEST = 64 * 1024


@dataclass
class Door:
    """One for an application."""

    node: Node
    client: Client = over_the_network
    """By which other sign-ins are asked."""
    lanes: Lanes = field(default_factory=Lanes)
    delays: Delays = field(default_factory=Delays)
    begun: Begun = field(default_factory=Begun)
    people: People = field(init=False)
    providers: Mapping[str, Provider] = field(init=False)
    site: Site | None = field(init=False)

    def __post_init__(self) -> None:
        settings, folder = self.node.settings, self.node.store.folder
        file = KeyFile(Path(settings.key_file) if settings.key_file else beside(folder))
        self.people = People(
            self.node.store.vault,
            file,
            settings.title,
            breached=Path(settings.breached_passwords) if settings.breached_passwords else None,
        )
        self.providers = {
            each.name: Provider(each, f"{self.address}{BY}/{each.name}/back", self.client) for each in settings.issuers
        }
        self.site = Site.of(self.address, settings.title)
        self._secure = sessions.is_secure(settings)
        self._forget()
        self._cookie = sessions.cookie_name(settings)

    def _forget(self) -> None:
        """Of accounts that have ended, and of issuers that are believed no more, nothing is kept."""
        vault, told = self.node.store.vault, {each.issuer for each in self.node.settings.issuers}
        rows = self.node.reader(self.node.operator).rows(PRINCIPAL.name, columns=["principal_id"])
        self.people.forget_all_but(rows.column("principal_id").to_pylist())
        for key, said in vault.all(sessions.SESSION).items():
            if said["issuer"] and said["issuer"] not in told:
                sessions.end(vault, said["principal_id"], key)

    @property
    def address(self) -> str:
        """By which people call this node; without one, from its own machine."""
        settings = self.node.settings
        return settings.address or f"http://localhost:{settings.port}"

    @cached_property
    def browsers(self) -> Browsers:
        """By a key that is made when somebody signs in for the first time."""
        return Browsers(_key_of(self.people.file))

    @property
    def now(self) -> datetime:
        """The latest moment that the clock has shown."""
        return self.node.access.now

    def provider(self, name: str) -> Provider:
        """Raises Unknown."""
        if (found := self.providers.get(name)) is None:
            raise Unknown(f"no other sign-in is called {name!r} here")
        return found

    def browser(self, request: Request) -> Browser:
        """As it says by what we signed."""
        text = self.read(request, KNOWN)
        return self.browsers.read(text, self.now) if text else Browser()

    # --- cookies --------------------------------------------------------------------------------------------------

    def read(self, request: Request, name: str) -> str | None:
        """What a browser has kept of us under a name."""
        return request.cookies.get(f"{self._cookie}-{name}")

    def keep(self, answer: Response, name: str, text: str, lasts_s: float) -> None:
        """Have a browser keep it: for us only, and not for its scripts."""
        answer.set_cookie(
            f"{self._cookie}-{name}", text, max_age=int(lasts_s), path="/", secure=self._secure, httponly=True,
            samesite="lax",
        )  # fmt: skip

    def drop(self, answer: Response, *names: str) -> None:
        """Have a browser forget it."""
        for name in names:
            answer.delete_cookie(f"{self._cookie}-{name}", path="/", secure=self._secure, httponly=True)

    def begin(self, answer: Response, kind: str, value: Mapping[str, Any]) -> None:
        """Have a browser keep what it must bring back to end it."""
        self.keep(answer, kind, self.begun.sealed(kind, value, self.now), HOLDS.total_seconds())

    def knows(self, answer: Response, request: Request, principal_id: str) -> None:
        """From now on this browser is one in which this person has signed in."""
        browser = self.browser(request).after(principal_id)
        self.keep(answer, KNOWN, self.browsers.text(browser, self.now), LASTS.total_seconds())


def address_of(request: Request) -> str:
    """Who calls, as the door knows it."""
    return request.client.host if request.client else ""


async def json_of(request: Request) -> Any:
    """A small body. Raises BadRequest."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise BadRequest(f"at most {LARGEST} bytes")
    try:
        return orjson.loads(bytes(body))
    except orjson.JSONDecodeError:
        raise BadRequest("the body is no JSON") from None


def _key_of(file: KeyFile) -> bytes:
    """Where the key file can't be used, browsers are known until the next start; what needs it says what is wrong."""
    try:
        return file.derived("browsers")
    except (StoreUnavailable, OperatorError) as error:
        log.warning("browsers in which somebody has signed in are known until the next start only: %s", error)
        return secrets.token_bytes(32)
