"""A closed node and everybody who comes to it: each has got in by acts, and asks as a browser or a program would."""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.support.nodes import SMALL

from birlik import assembly, settings
from birlik.apps.api.endpoints import Front
from birlik.apps.api.guard import SOCKET
from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.kernel.access import sessions
from birlik.kernel.domain import Domain
from birlik.kernel.node import Node
from birlik.kernel.service import Service

ADDRESS = "https://localhost:8443"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE, THEIRS = "azer", "kazakh"
"""What the supplier sends for, and what another does."""
DEVICE_ID = "truck-17"
FIX = "lat=44.2&lon=80.4&timestamp=1772442000"
ACTS = "/api/v1/acts"


class Client(TestClient):
    """One browser, or one program with its key."""

    has_page = False
    """Does it send from a page of ours, which knows the token of its session?"""

    def request(self, *told: Any, **more: Any) -> httpx.Response:
        if self.has_page:
            more["headers"] = {"birlik-form": self.form_token, **(more.get("headers") or {})}
        return super().request(*told, **more)

    @property
    def form_token(self) -> str:
        return sessions.form_token(self.cookie)

    def acts(self, name: str, /, **told: Any) -> httpx.Response:
        """By the API; a browser's script brings the token of its page."""
        return self.post(f"{ACTS}/{name}", json={k: v for k, v in told.items() if v is not None})

    def done(self, name: str, /, **told: Any) -> dict[str, Any]:
        answer = self.acts(name, **told)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    @property
    def cookie(self) -> str:
        """The session's token."""
        return next(str(value) for name, value in self.cookies.items() if "birlik-KAZ" in name)

    def rows(self, table: str, **only: str) -> list[dict[str, Any]]:
        answer = self.get(f"/api/v1/tables/{table}", params=only)
        assert answer.status_code == 200, answer.text
        made: list[dict[str, Any]] = answer.json()["data"]
        return made


@dataclass(repr=False)
class House:
    """A node, and a client of everybody."""

    node: Node
    app: Starlette
    front: Any
    within: TestClient
    service: Service
    people: dict[str, Client] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Client:
        with contextlib.suppress(KeyError):
            return self.people[name]
        raise AttributeError(name)

    def stranger(self, *, address: str = "192.0.2.7", owner: bool = False, **headers: str) -> Client:
        """A client that has shown nothing yet."""
        front = _ByOwner(self.front) if owner else self.front
        made = Client(front, base_url=ADDRESS, client=(address, 5000), headers=headers, follow_redirects=False,
                      raise_server_exceptions=True)  # fmt: skip
        made.portal = self.within.portal
        return made

    def by_key(self, key: str, **more: Any) -> Client:
        return self.stranger(**more, authorization=f"Bearer {key}")

    def signed_in(self, link: str) -> Client:
        """Somebody's browser, who has pressed the button of a one-time link."""
        made = self.stranger()
        answer = made.post(link)
        assert answer.status_code == 303, answer.text
        made.has_page = True
        return made

    def name(self, begin: str) -> str:
        """That nobody had yet."""
        self._names += 1
        return f"{begin}{self._names}"

    def person(self, name: str, role: str | None = None, *, state: str = "KAZ", **granted: Any) -> Client:
        """Somebody new, who has signed in. Made an administrator, they are confirmed by whoever owns the machine."""
        by = self.people["owner"] if role == "administrator" else self.people["administrator"]
        by.done("birlik_principal_add", principal_id=name, name=name.title(), kind="person", state=state)
        if role is not None:
            by.done("birlik_grant_add", principal_id=name, role=role, **granted)
        self.people[name] = self.signed_in(by.done("birlik_link_make", principal_id=name)["once"]["link"])
        return self.people[name]

    def machine(self, name: str, role: str, *, granted: dict[str, Any] | None = None, **scope: Any) -> Client:
        """A machine with a key of this scope."""
        by = self.people["administrator"]
        by.done("birlik_principal_add", principal_id=name, name=name, kind="machine")
        by.done("birlik_grant_add", principal_id=name, role=role, **(granted or {}))
        self.keys[name] = by.done("birlik_key_add", principal_id=name, label=name, **scope)["once"]["key"]
        self.people[name] = self.by_key(self.keys[name])
        return self.people[name]

    def grant_of(self, name: str) -> str:
        return str(self.people["administrator"].rows("birlik_grant", principal_id=name)[0]["grant_id"])

    _names: int = 0


class _ByOwner:
    """As the socket's server marks what comes by it: no request can say that of itself."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app({**scope, SOCKET: True}, receive, send)


@contextmanager
def house(folder: Path, *, declared: tuple[Domain, ...] | None = None, **overrides: Any) -> Iterator[House]:
    """A closed node with an administrator, a steward, an operator, a reader, a foreign reader, a supplier's machine, a
    device and nobody."""
    settings.write_new(folder, "KAZ")
    told = {"open": False, "address": ADDRESS, "follow_every_s": 3_600.0, "reads_per_s": 0.0, **SMALL, **overrides}
    node = assembly.open_node(folder, declared=declared, clock=SetClock(NOW), **told)
    service = Service(node)
    try:
        app = application(service, start=True)
        front = Front(app)
        with TestClient(front, base_url=ADDRESS) as within:
            made = House(node, app, front, within, service)
            _settle(made)
            yield made
    finally:
        node.close()


def _settle(at: House) -> None:
    at.people["nobody"] = at.stranger()
    at.people["owner"] = at.stranger(owner=True)
    at.person("administrator", "administrator")
    at.person("steward", "steward", sources="*")
    at.person("operator", "operator", sources="*")
    at.person("reader", "reader")
    at.person("foreign", "reader", state="HUN")
    made = at.administrator.done("birlik_supplier_add", principal_id="azer.rail", name="Railway", sources=SOURCE)
    at.keys["supplier"] = made["once"]["key"]
    at.people["supplier"] = at.by_key(at.keys["supplier"])
    card = at.supplier.done("birlik_devices_add", source_id=SOURCE, devices=DEVICE_ID)["once"]["devices"][0]
    at.keys["device"] = card["key"]
    at.people["device"] = at.by_key(card["key"])


ROLES = ("administrator", "steward", "operator", "reader", "foreign", "supplier", "device", "nobody")
Attack = Callable[[House], bool]
"""Says whether it has succeeded."""
Weaken = Callable[[pytest.MonkeyPatch], None]
"""A patch of the test's own, by which the node lacks what holds the attack off."""


def each(attacks: Sequence[tuple[Attack, Weaken]]) -> pytest.MarkDecorator:
    """A case for each attack, called as it is."""
    return pytest.mark.parametrize(("attack", "weaken"), attacks, ids=[attack.__name__ for attack, _ in attacks])


KEY = re.compile(r"birlik_[a-z0-9]{10}_[0-9A-Za-z]{38}")
