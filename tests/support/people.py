"""A closed node with people in it, and browsers that come to it from anywhere."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient
from tests.support.nodes import opened
from tests.support.orchard import ORCHARD

from birlik.apps.serve import application
from birlik.apps.web.door import Door
from birlik.kernel import acting
from birlik.kernel.access.passwords import Cost, Passwords
from birlik.kernel.node import Node
from birlik.kernel.service import Service

GOOD, OTHER = "кереует тұман 81 шелек", "қамқа бұлақ терезе шеге"
ADDRESS = "http://localhost:8080"


@dataclass
class House:
    """An application of an open node, and its doors."""

    node: Node
    service: Service
    app: Any
    base: str = ADDRESS
    door: Door = field(init=False)

    def __post_init__(self) -> None:
        self.door = self.app.state.door
        self.door.people.passwords = Passwords(Cost(memory_kib=64))  # else a test takes as long as its hashes

    def does(self, act: str, **told: Any) -> Mapping[str, Any]:
        """By who owns the machine."""
        result: Mapping[str, Any] = self.service.act_now(
            acting.asked(self.node.acts[f"birlik_{act}"], told, self.node.operator)
        ).result
        return result

    def person(self, name: str, *roles: str, password: str = GOOD, state: str | None = None) -> str:
        self.does(
            "principal_add", principal_id=name, kind="person", name=name.title(), **({"state": state} if state else {})
        )
        for role in roles:
            self.does("grant_add", principal_id=name, role=role)
        if password:
            self.door.people.set_password(name, password, [], self.door.now)
        return name

    def link(self, name: str) -> str:
        """The path of a one-time link."""
        return str(self.does("link_make", principal_id=name)["once"]["link"])

    def browser(self, address: str = "192.0.2.7", **headers: str) -> "Browser":
        told = {"origin": self.base, "sec-fetch-site": "same-origin", "user-agent": "Firefox/140 (Linux)"} | headers
        client = TestClient(self.app, base_url=self.base, client=(address, 5000), follow_redirects=False, headers=told)
        return Browser(client)


@dataclass
class Browser:
    """What a person does with pages. It sends forms as they stand on the page."""

    client: TestClient

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, told: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """A form of a page that this browser has loaded, so with its token."""
        form = {"-form": self.token, **(told or {})}
        return self.client.post(path, data=form, **more)

    @property
    def token(self) -> str:
        found = re.search(r'name="birlik-form" content="([^"]*)"', self.client.get("/sign-in").text)
        assert found is not None
        return found[1]

    def signs_in(self, name: str, password: str = GOOD, to: str = "") -> httpx.Response:
        return self.post("/sign-in", {"name": name, "password": password, **({"next": to} if to else {})})

    @property
    def is_in(self) -> bool:
        return self.client.get("/account").status_code == 200

    def cookie(self, name: str = "birlik-KAZ") -> str | None:
        return self.client.cookies.get(name)

    def heading(self, path: str = "/account") -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.client.get(path).text)
        return "" if found is None else re.sub(r"<[^>]+>", "", found[1])


@contextmanager
def closed(folder: Path, base: str = ADDRESS, **told: Any) -> Iterator[House]:
    """A small node that is open to nobody."""
    with opened(folder, declared=(ORCHARD,), address=base, open=False, **told) as node, house(node, base) as at:
        yield at


@contextmanager
def house(node: Node, base: str = ADDRESS) -> Iterator[House]:
    service = Service(node)
    app = application(service, start=True)
    with TestClient(app, base_url=base):  # for its life: the service begins and ends with it
        yield House(node, service, app, base)
