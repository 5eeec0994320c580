"""From a page of somebody else's: forms, frames, scripts and sockets of another site or port; addresses that lead away;
headers that say who called, and what a server is called."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from tests.support.strangers import ADDRESS, DEVICE_ID, FIX, Attack, Client, House, Weaken, each, house

from birlik.apps import listening
from birlik.apps.api import endpoints, guard, who
from birlik.apps.web import doing
from birlik.kernel.access import sessions

Patch = pytest.MonkeyPatch
SITES = {
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "another port": {"origin": "https://localhost:9999", "sec-fetch-site": "same-site"},
    "another scheme": {"origin": "http://localhost:8443", "sec-fetch-site": "cross-site"},
    "a frame that is nobody's": {"origin": "null", "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe"},
    "an older browser": {"origin": "https://evil.example"},
    "one that says only from where": {"referer": "https://evil.example/page"},
}
"""What browsers say of a request that a page of somebody else's has caused."""
BODIES = {
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "a form with files": {"content-type": "multipart/form-data; boundary=x"},
    "a form as text": {"content-type": "text/plain"},
    "a script": {"content-type": "application/json"},
}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("crossing") / "node") as made:
        yield made


def _routes(routes: list[BaseRoute]) -> list[Route]:
    made = []
    for route in routes:
        made += _routes(list(route.routes or [])) if isinstance(route, Mount) else []
        made += [route] if isinstance(route, Route) else []
    return made


def _filled(path: str) -> str:
    """An address of a route: whatever its parts are, nobody looks at them before it is known who asks."""
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}x{rest.partition('}')[2]}"
    return path


def writing(at: House) -> list[tuple[str, str]]:
    """(method, address) of all that may write: every route that takes more than to be read, and every act by name."""
    made = [
        (method, _filled(route.path))
        for route in _routes(at.app.routes)
        for method in sorted((route.methods or set()) - guard.SAFE)
    ]
    made += [("POST", f"/api/v1/acts/{name}") for name in at.node.acts]
    made += [("POST", f"/{d.name}/act/{act.name}") for d in at.node.domains for act in d.acts]
    return made


def browser(at: House, person: str) -> Client:
    """Somebody's browser, which sends their cookie and nothing else of its own."""
    made = at.stranger()
    made.cookies = at.people[person].cookies
    return made


def test_there_are_routes_that_write_and_no_sockets(at: House) -> None:
    assert len(writing(at)) > 2 * len(at.node.acts) + 20
    assert not [route for route in at.app.routes if isinstance(route, WebSocketRoute)]


@pytest.mark.parametrize("site", SITES)
def test_no_page_of_somebody_else_writes_by_any_address(at: House, site: str) -> None:
    """The browser of each of five roles is signed in; all methods, all kinds of bodies that a page can send."""
    for person in ("administrator", "steward", "operator", "reader", "foreign"):
        client = browser(at, person)
        for method, path in writing(at):
            for kind in BODIES.values():
                answer = client.request(method, path, headers={**SITES[site], **kind}, content=b"x")
                assert answer.status_code == 403, (person, method, path, kind, answer.status_code)
            if person != "administrator":
                break
    assert at.administrator.get("/account").status_code == 200


def test_without_the_token_of_its_page_nothing_is_written_where_a_browser_says_nothing_of_itself(at: House) -> None:
    client = browser(at, "administrator")
    for method, path in writing(at):
        if path.startswith("/sign-in"):  # that is for whoever comes: `test_sign_in` tries it
            continue
        for kind in BODIES.values():
            answer = client.request(method, path, headers=kind, content=b"")
            assert answer.status_code in (403, 404, 405), (method, path, kind, answer.status_code)


@pytest.mark.parametrize("site", SITES)
def test_a_tracker_s_address_in_a_picture_or_a_frame_sends_nothing(at: House, site: str) -> None:
    answer = browser(at, "operator").get(f"/osmand?id=1&{FIX}", headers={**SITES[site], "sec-fetch-mode": "no-cors"})
    assert answer.status_code == 403


def test_no_answer_may_stand_in_a_frame_or_be_read_by_another_site(at: House) -> None:
    for path in ("/", "/transport/overview", "/api/v1/acts", "/account", "/sign-in", "/nothing", "/osmand", "/health"):
        answer = browser(at, "operator").get(path, headers={"origin": "https://evil.example"})
        said = answer.headers
        assert "frame-ancestors 'none'" in said["content-security-policy"], path
        assert not [name for name in said if name.startswith("access-control-")], path
        assert said["x-content-type-options"] == "nosniff", path
        assert said["cross-origin-resource-policy"] == "same-origin", path
        assert said["strict-transport-security"] == "max-age=31536000", path


# --- attacks that need a weakened node to be seen at work -------------------------------------------------------------


def a_form_of_another_site(at: House) -> bool:
    name = at.name("m")
    form = {"principal_id": name, "name": name, "kind": "machine"}
    browser(at, "administrator").post("/birlik/act/birlik_principal_add", data=form, headers=SITES["another site"])
    return at.node.access.of(name) is not None


def a_script_of_another_port(at: House) -> bool:
    name = at.name("m")
    told = {"principal_id": name, "name": name, "kind": "machine"}
    path = "/api/v1/acts/birlik_principal_add"
    browser(at, "administrator").post(path, json=told, headers=SITES["another port"])
    return at.node.access.of(name) is not None


def a_frame_sends_a_fix(at: House) -> bool:
    headers = {**SITES["another site"], "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    return browser(at, "operator").get(f"/osmand?id=1&{FIX}", headers=headers).status_code == 200


LEADING_AWAY = ("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
                "/\t/evil.example", "javascript:alert(1)", "///evil.example", "/%0d%0aset-cookie:a=b\n")  # fmt: skip


def _leads_away(answer: object) -> bool:
    to = str(answer.headers.get("location", "/")).replace("\t", "").replace("\n", "")  # type: ignore[attr-defined]
    return not to.startswith("/") or to.startswith(("//", "/\\"))


def a_form_that_leads_back_to_another_site(at: House) -> bool:
    for address in LEADING_AWAY:
        name = at.name("m")
        form = {"principal_id": name, "name": name, "kind": "machine", "-back": address, "back": address,
                "-form": at.administrator.form_token}  # fmt: skip
        done = at.administrator.post("/birlik/act/birlik_principal_add", data=form, params={"back": address})
        if _leads_away(done):
            return True
    return False


def any_route_leads_away(at: House) -> bool:
    """Every address that is read, with every name by which others are led; as a path, too."""
    for client in (at.nobody, at.operator):
        for route in _routes(at.app.routes):
            if "GET" not in (route.methods or ()) or "events" in route.path:
                continue
            path = _filled(route.path)
            for address in ("//evil.example", "https://evil.example"):
                told = dict.fromkeys(("next", "back", "to", "url", "return", "redirect_uri", "did"), address)
                if _leads_away(client.get(path, params=told)):
                    return True
        for path in ("//evil.example", "//evil.example/..", "/%2f%2fevil.example", "/\\evil.example"):
            if _leads_away(client.get(f"{ADDRESS}{path}")):
                return True
    return False


def a_host_of_somebody_else(at: House) -> bool:
    """By which a page's own address, or a link in it, would be theirs."""
    told = [("evil.example",), ("localhost:8443", "evil.example"), ("evil.example", "localhost:8443"), ("",),
            ("localhost:8443@evil.example",), ("localhost.evil.example",)]  # fmt: skip
    for hosts in told:
        request = at.nobody.build_request("GET", "/sign-in")
        request.headers = type(request.headers)([("host", host) for host in hosts])
        if at.nobody.send(request).status_code == 200:
            return True
    return False


def a_caller_who_says_it_is_the_machine(at: House) -> bool:
    """That it calls from here, or by the socket: in every header that proxies write."""
    headers = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1;proto=https", "x-real-ip": "127.0.0.1",
               "x-forwarded-proto": "https", "x-forwarded-host": "127.0.0.1", "birlik-socket": "1", "via": "1.1 x",
               "birlik.socket": "true", "x-original-url": "/api/v1/acts", "x-rewrite-url": "/api/v1/acts",
               "x-http-method-override": "DELETE"}  # fmt: skip
    here = at.stranger(address="127.0.0.1", **headers)
    return here.get("/api/v1/acts").status_code == 200 or here.get("/metrics").status_code == 200


# --- how a node is weakened -------------------------------------------------------------------------------------------


def any_page(patch: Patch) -> None:
    patch.setattr(guard, "refuse_foreign", lambda *told, **more: None)
    patch.setattr(endpoints, "refuse_foreign", lambda *told, **more: None)
    patch.setattr("birlik.apps.web.given.form_token", lambda token: "")
    patch.setattr(who, "is_own", lambda *told: True)


def any_address(patch: Patch) -> None:
    patch.setattr(doing, "local", lambda address: address)


def led_by_the_path(patch: Patch) -> None:
    patch.setattr("birlik.apps.web.letting.SIGN_IN", "//evil.example")


def any_name(patch: Patch) -> None:
    patch.setattr(who.Closed, "_must_be_meant", lambda *told: None)


def loopback_is_the_machine(patch: Patch) -> None:
    real = who.Closed.__call__

    def call(self: who.Closed, scope: object) -> object:
        client = scope["client"]  # type: ignore[index]
        return self.node.operator if client[0] == "127.0.0.1" else real(self, scope)  # type: ignore[arg-type]

    patch.setattr(who.Closed, "__call__", call)


ATTACKS: tuple[tuple[Attack, Weaken], ...] = (
    (a_form_of_another_site, any_page),
    (a_script_of_another_port, any_page),
    (a_frame_sends_a_fix, any_page),
    (a_form_that_leads_back_to_another_site, any_address),
    (any_route_leads_away, led_by_the_path),
    (a_host_of_somebody_else, any_name),
    (a_caller_who_says_it_is_the_machine, loopback_is_the_machine),
)


@each(ATTACKS)
def test_it_fails(at: House, attack: Attack, weaken: Weaken) -> None:
    assert not attack(at)


@each(ATTACKS)
def test_it_succeeds_against_a_node_that_is_weakened(
    at: House, attack: Attack, weaken: Weaken, monkeypatch: Patch
) -> None:
    weaken(monkeypatch)
    assert attack(at)


# --- by the bytes, through the real server ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(at: House) -> Iterator[int]:
    """Of the same application behind the real server, which trusts the proxy 192.0.2.1 and nobody else."""
    app = listening.behind_proxies(at.front, ["192.0.2.1"])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", proxy_headers=False,
                            server_header=False)  # fmt: skip
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        while not running.started and thread.is_alive():
            thread.join(0.005)
        yield running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(30)


def said(port: int, *lines: str, body: str = "") -> bytes:
    """All that is answered to these bytes, until the server ends it."""
    text = "\r\n".join((*lines, "", body))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        made = b""
        while chunk := connection.recv(65_536):
            made += chunk
    return made


HOST, CLOSE = "Host: localhost", "Connection: close"


@pytest.mark.parametrize(
    "lines",
    [
        ("GET /metrics HTTP/1.1", HOST, "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", CLOSE),
        ("GET /metrics HTTP/1.1", HOST, "Host: evil.example", CLOSE),
        ("GET /metrics HTTP/1.1", "Host: evil.example", HOST, CLOSE),
        ("GET http://evil.example/metrics HTTP/1.1", HOST, CLOSE),
        ("GET http://localhost/metrics HTTP/1.1", "Host: evil.example", CLOSE),
        ("GET //evil.example/metrics HTTP/1.1", HOST, CLOSE),
        ("GET /static/../metrics HTTP/1.1", HOST, CLOSE),
        ("GET /static/%2e%2e/%2e%2e/%2e%2e/birlik.toml HTTP/1.1", HOST, CLOSE),
        ("GET /static/..%5c..%5cbirlik.toml HTTP/1.1", HOST, CLOSE),
        ("GET /metrics%00 HTTP/1.1", HOST, CLOSE),
        ("GET /osmand/../metrics HTTP/1.1", HOST, CLOSE),
        ("TRACE /metrics HTTP/1.1", HOST, CLOSE),
        ("CONNECT evil.example:80 HTTP/1.1", HOST, CLOSE),
        ("OPTIONS * HTTP/1.1", HOST, CLOSE),
        ("GET /metrics HTTP/1.1", HOST, "Birlik.Socket: true", "Cookie: birlik-KAZ=; birlik-KAZ=x", CLOSE),
        ("GET /metrics HTTP/1.1", HOST, "Authorization: Bearer x", "Authorization: Bearer y", CLOSE),
        ("GET /metrics HTTP/1.0", CLOSE),
        ("GET /metrics HTTP/1.1", HOST, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: https://evil.example"),
        ("GET /api/v1/events HTTP/1.1", HOST, "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings",
         "HTTP2-Settings: AAMAAABkAAQAAP__", CLOSE),
    ],
    ids=lambda lines: " | ".join(lines)[:60],
)  # fmt: skip
def test_no_trick_of_the_address_or_the_headers_gets_anybody_in(port: int, lines: tuple[str, ...]) -> None:
    answer = said(port, *lines)
    status = answer.split(b" ", 2)[1] if answer else b"none"
    assert status in (b"303", b"400", b"401", b"403", b"404", b"405", b"none"), answer[:300]
    assert b"birlik_http_requests" not in answer
    assert b"member = " not in answer


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 60"),
        ("Transfer-Encoding : chunked", "Content-Length: 60"),
        ("Transfer-Encoding: xchunked", "Content-Length: 60"),
        ("Transfer-Encoding: chunked, identity",),
        ("Content-Length: +5",),
        ("Content-Length: 0x5",),
    ],
    ids=" and ".join,
)
def test_no_second_request_is_smuggled_within_the_body_of_the_first(
    port: int, headers: tuple[str, ...], at: House
) -> None:
    """Two ways to say how long a body is: where a proxy takes the one and we the other, what it took for a body
    would be a request. What differs is refused, or ends the connection; never are two answered."""
    hidden = f"0\r\n\r\nGET /osmand/{at.keys['device']}?id={DEVICE_ID}&{FIX} HTTP/1.1\r\n{HOST}\r\n\r\n"
    answer = said(port, "POST /api/v1/deliveries HTTP/1.1", HOST, *headers, body=hidden)
    assert b" 200 " not in answer, answer[:500]


def test_the_form_token_is_no_part_of_the_cookie(at: House) -> None:
    cookie = at.operator.cookie
    assert sessions.form_token(cookie) not in cookie
    assert cookie not in at.operator.get("/account").text


def test_templates_hold_no_form_that_is_sent_elsewhere() -> None:
    folder = Path(doing.__file__).parent / "templates"
    forms = [line for file in folder.glob("*.html") for line in file.read_text(encoding="utf-8").split("<form")[1:]]
    assert forms
    assert not [form for form in forms if 'action="http' in form or 'action="//' in form]


def test_a_page_that_breaks_logs_no_address(at: House, monkeypatch: Patch, caplog: pytest.LogCaptureFixture) -> None:
    """A one-time link is an address; and who asks could write lines of their own into the log."""

    def broken(*told: object) -> None:
        raise RuntimeError("broken")

    link = at.administrator.done("birlik_link_make", principal_id="reader")["once"]["link"]
    monkeypatch.setattr("birlik.kernel.store.Vault.get", broken)
    client = at.stranger()
    assert client.get(link).status_code == 500
    assert client.get("/link/a%0aERROR%20all%20is%20well").status_code == 500
    logged = caplog.text
    assert "broken" in logged
    assert link.rpartition("/")[2] not in logged
    assert "all is well" not in logged
