"""Signing in by a ministry's own sign-in, in a browser: a real provider, a real node, both on this machine."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from tests.support.nodes import opened
from tests.support.orchard import ORCHARD
from tests.support.people import House, closed
from tests.support.provider import CLIENT, SECRET, Liar, Person, provider

from birlik.apps.serve import application
from birlik.apps.web.door import Door
from birlik.clock import Clock, SetClock, SystemClock
from birlik.kernel.access.asking import ASKED
from birlik.kernel.access.oidc import Provider
from birlik.kernel.domain import Domain
from birlik.kernel.members import Role
from birlik.kernel.service import Service

PATIENCE_S = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@dataclass
class Both:
    """A node and its ministry's provider."""

    at: House
    issuer: str
    by: str = "/sign-in/by/ministry"

    def signs_in(self, person: Person, to: str = "") -> httpx.Response:
        """From the button on our page to the answer of ours after the provider's own pages."""
        begun = person.browser.get(f"{self.at.base}{self.by}{to}")
        assert begun.status_code == 303, begun.text
        back = person.signs_in(begun.headers["location"], self.at.base)
        return person.browser.get(back)

    def waiting(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.at.node.reader(self.at.node.operator).rows(ASKED.name).to_pylist()
        return rows

    def lets_in(self, name: str, role: str = "reader") -> None:
        (row,) = [row for row in self.waiting() if row["subject"] == name]
        self.at.does("access_let_in", asked_id=row["asked_id"], principal_id=name, role=role)

    def sees(self, person: Person) -> int:
        return person.browser.get(f"{self.at.base}/account").status_code


@contextmanager
def running(
    folder: Path,
    port: int,
    issuer: str,
    name: str = "127.0.0.1",
    declared: Sequence[Domain] = (ORCHARD,),
    clock: Clock | None = None,
    meaning: Any = None,
    **more: Any,
) -> Iterator[House]:
    told = {"name": "ministry", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "state": "KAZ",
            "roles": ["reader", "operator"], "title": "The ministry", **more}  # fmt: skip
    base = f"http://{name}:{port}"
    with opened(
        folder,
        declared=declared,
        address=base,
        issuers=[told],
        open=False,
        clock=clock or SystemClock(),
        meaning=meaning,
    ) as node:
        service = Service(node)
        app = application(service, start=True)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(0.005)
            yield House(node, service, app, base)
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    port = free_port()
    here = f"http://127.0.0.1:{port}/sign-in/by/ministry"
    told = {"backchannel": f"{here}/left", "leaving": f"http://127.0.0.1:{port}/sign-in"}
    with provider(f"{here}/back", **told) as issuer, running(tmp_path_factory.mktemp("n") / "node", port, issuer) as at:
        yield Both(at, issuer)


def test_who_is_unknown_waits_without_access_until_an_administrator_lets_them_in(both: Both) -> None:
    aida = Person("aida")
    answer = both.signs_in(aida)
    assert answer.status_code == 403
    assert "The ministry says that you are Name of aida" in answer.text
    assert both.sees(aida) == 303
    (row,) = both.waiting()
    assert (row["name"], row["issuer"], row["state"]) == ("Name of aida", both.issuer, "KAZ")
    both.signs_in(aida)
    assert len(both.waiting()) == 1, "who comes twice waits once"
    both.lets_in("aida", "operator")
    assert both.waiting() == []
    answer = both.signs_in(aida, "?next=/about")
    assert (answer.status_code, answer.headers["location"]) == (303, "/about")
    said = aida.browser.get(f"{both.at.base}/account").text
    assert "The ministry" in said
    assert "operator" in said
    assert "New password" not in said, "what they change, they change there"
    assert aida.browser.get(f"{both.at.base}/about").status_code == 200
    session = next(iter(both.at.node.store.vault.all("session", of="aida").values()))
    lasts_h = (SystemClock().now().fromisoformat(session["ends"]) - both.at.door.now).total_seconds() / 3_600
    assert lasts_h <= 8


def test_who_is_put_aside_has_no_access_and_may_ask_again(both: Both) -> None:
    dina = Person("dina")
    both.signs_in(dina)
    (row,) = both.waiting()
    both.at.does("access_dismiss", asked_id=row["asked_id"])
    assert both.waiting() == []
    assert both.signs_in(dina).status_code == 403
    both.at.does("access_dismiss", asked_id=row["asked_id"])


def test_they_leave_there_and_are_gone_here(both: Both) -> None:
    """Back-channel logout: the provider tells the node itself."""
    bek, cem = Person("bek"), Person("cem")
    for person in (bek, cem):
        both.signs_in(person)
        both.lets_in(person.name)
        both.signs_in(person)
        assert both.sees(person) == 200
    assert bek.leaves(f"{both.issuer}/session/end?client_id={CLIENT}").status_code in (200, 303)
    assert both.sees(bek) == 303
    assert both.sees(cem) == 200


def test_who_signs_out_here_is_led_to_the_page_where_one_leaves_there(both: Both) -> None:
    erk = Person("erk")
    both.signs_in(erk)
    both.lets_in("erk")
    both.signs_in(erk)
    token = erk.browser.get(f"{both.at.base}/account").text.split('name="birlik-form" content="')[1].split('"')[0]
    out = erk.browser.post(f"{both.at.base}/sign-out", data={"-form": token})
    assert out.headers["location"] == "/sign-in?left=ministry"
    assert f"{both.by}/leave" in erk.browser.get(f"{both.at.base}/sign-in?left=ministry").text
    there = erk.browser.get(f"{both.at.base}{both.by}/leave").headers["location"]
    assert there.startswith(f"{both.issuer}/session/end?client_id={CLIENT}")


def test_a_callback_is_for_the_browser_that_began_it_and_once(both: Both) -> None:
    fay, thief = Person("fay"), Person("thief")
    begun = fay.browser.get(f"{both.at.base}{both.by}")
    back = fay.signs_in(begun.headers["location"], both.at.base)
    answer = thief.browser.get(back)
    assert answer.status_code == 403
    assert "not begun in this browser" in answer.text
    assert fay.browser.get(back).status_code == 403, "it is fay's; she is unknown and waits"
    assert [row["subject"] for row in both.waiting()] == ["fay"]
    assert "ended already" in fay.browser.get(back).text or "not begun" in fay.browser.get(back).text


def test_another_sites_page_begins_no_sign_in(both: Both) -> None:
    answer = httpx.get(
        f"{both.at.base}{both.by}", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    )
    assert answer.headers["location"] == "/sign-in"
    assert not answer.cookies


def test_its_discovery_is_down_and_people_stay_signed_in(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    gul = Person("gul")
    both.signs_in(gul)
    both.lets_in("gul")
    both.signs_in(gul)
    down = Liar(is_down=True)
    monkeypatch.setattr(both.at.door.providers["ministry"], "client", down.client)
    monkeypatch.setattr(both.at.door.providers["ministry"].known, "client", down.client)
    assert both.sees(gul) == 200
    other = Person("other")
    answer = other.browser.get(f"{both.at.base}{both.by}")
    assert answer.status_code == 303, "its document was read before"
    monkeypatch.setattr(both.at.door.providers["ministry"].known, "_described", None)
    monkeypatch.setattr(both.at.door.providers["ministry"].known, "_tried", None)
    answer = other.browser.get(f"{both.at.base}{both.by}")
    assert answer.status_code == 503
    assert both.sees(gul) == 200


# --- with a liar ------------------------------------------------------------------------------------------------


MINISTRY = {"name": "ministry", "issuer": Liar().issuer, "client_id": CLIENT, "client_secret": SECRET, "state": "TUR",
            "roles": ["reader"]}  # fmt: skip


@pytest.fixture(params=["TUR"])
def lied(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[House, Liar]]:
    """The issuer's state is the parameter."""
    liar = Liar()
    with closed(tmp_path / "node", issuers=[{**MINISTRY, "state": request.param}]) as at:
        settings = at.node.settings.issuers[0]
        at.door.providers = {"ministry": Provider(settings, "http://localhost:8080/back", liar.client)}
        liar.now = at.node.clock.now()
        yield at, liar


def comes(at: House, liar: Liar, **changes: str) -> Any:
    browser = at.browser()
    url = browser.get("/sign-in/by/ministry").headers["location"]
    return browser, browser.get("/sign-in/by/ministry/back", params=liar.answers(url, **changes))


def test_an_issuer_speaks_for_one_state_and_its_people_read_what_that_state_may(lied: tuple[House, Liar]) -> None:
    at, liar = lied
    comes(at, liar)
    (row,) = at.node.reader(at.node.operator).rows(ASKED.name).to_pylist()
    with pytest.raises(Exception, match="people of this issuer can be reader here"):
        at.does("access_let_in", asked_id=row["asked_id"], principal_id="sel", role="operator")
    at.does("access_let_in", asked_id=row["asked_id"], principal_id="sel", role="reader")
    browser, answer = comes(at, liar)
    assert answer.status_code == 303
    assert browser.is_in
    principal = at.node.access.of("sel")
    assert principal is not None
    assert at.node.views.names[principal.view] == "members", "Türkiye is a member; the node is Kazakhstan's"


def test_what_an_issuer_may_grant_holds_also_for_what_was_granted_before(
    lied: tuple[House, Liar], tmp_path: Path
) -> None:
    at, liar = lied
    comes(at, liar)
    (row,) = at.node.reader(at.node.operator).rows(ASKED.name).to_pylist()
    at.does("access_let_in", asked_id=row["asked_id"], principal_id="sel", role="reader")
    comes(at, liar)
    assert at.node.store.vault.all("session", of="sel")
    for issuers, roles in (([dict(MINISTRY, roles=["operator"])], []), ([], []), ([MINISTRY], ["reader"])):
        at.node.access._issued = {i["issuer"]: frozenset(map(Role, i["roles"])) for i in issuers}
        at.node.access.changed()
        principal = at.node.access.of("sel")
        assert principal is not None
        assert [right.role.value for right in principal.held] == roles
    at.node.settings.__dict__["issuers"] = ()
    Door(at.node)
    assert not at.node.store.vault.all("session", of="sel"), "nobody vouches for them any more"


def test_the_same_subject_of_another_issuer_is_another_person(lied: tuple[House, Liar]) -> None:
    at, liar = lied
    comes(at, liar)
    (row,) = at.node.reader(at.node.operator).rows(ASKED.name).to_pylist()
    at.does("access_let_in", asked_id=row["asked_id"], principal_id="sel", role="reader")
    assert at.node.access.of_subject("https://other.example", "s1") is None
    assert at.node.access.of_subject(liar.issuer, "s1") == "sel"


def test_they_have_no_password_here_and_can_set_none(lied: tuple[House, Liar]) -> None:
    at, liar = lied
    comes(at, liar)
    (row,) = at.node.reader(at.node.operator).rows(ASKED.name).to_pylist()
    at.does("access_let_in", asked_id=row["asked_id"], principal_id="sel", role="reader")
    browser, _ = comes(at, liar)
    good = "кереует тұман 81 шелек"
    assert browser.post("/account/password", {"password": good, "again": good}).status_code == 403
    assert browser.post("/account/codes").status_code == 403
    at.door.people.set_password("sel", good, [], at.door.now)
    assert at.browser().signs_in("sel").status_code == 422, "nor would one be taken"


@pytest.mark.parametrize("lied", ["KAZ"], indirect=True)
def test_who_was_let_in_there_hours_ago_is_not_fresh_here(lied: tuple[House, Liar]) -> None:
    at, liar = lied
    comes(at, liar)
    (row,) = at.node.reader(at.node.operator).rows(ASKED.name).to_pylist()
    at.does("access_let_in", asked_id=row["asked_id"], principal_id="sel", role="reader")
    browser, _ = comes(at, liar)
    told = {"label": "mine", "-token": "t"}
    assert browser.post("/birlik/act/birlik_my_key_add", told).status_code == 403
    page = browser.get("/sign-in?again=1&next=/account").text
    assert 'href="/sign-in/by/ministry?next=%2Faccount&amp;again=1"' in page
    url = browser.get("/sign-in/by/ministry?next=%2Faccount&again=1").headers["location"]
    assert "max_age=600" in url
    liar.claims = {"auth_time": int(at.door.now.timestamp()) - 5}
    answer = browser.get("/sign-in/by/ministry/back", params=liar.answers(url))
    assert answer.headers["location"] == "/account"
    assert browser.post("/birlik/act/birlik_my_key_add", told).status_code == 200


def test_a_lie_lets_nobody_in_and_is_said(lied: tuple[House, Liar]) -> None:
    at, liar = lied
    liar.claims = {"aud": "another"}
    browser, answer = comes(at, liar)
    assert answer.status_code == 403
    assert "for somebody else" in answer.text
    assert not browser.is_in
    assert at.node.reader(at.node.operator).rows(ASKED.name).num_rows == 0


def test_a_message_that_somebody_has_left_which_is_not_believed_ends_nothing(lied: tuple[House, Liar]) -> None:
    at, _ = lied
    answer = at.browser().client.post("/sign-in/by/ministry/left", data={"logout_token": "a.b.c"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


def test_an_issuer_that_is_none_of_ours_is_404(lied: tuple[House, Liar]) -> None:
    at, _ = lied
    assert at.browser().get("/sign-in/by/other").status_code == 404
    assert json.dumps(sorted(at.door.providers)) == '["ministry"]'
    assert isinstance(at.door, Door)
    assert isinstance(at.node.clock, SetClock)
