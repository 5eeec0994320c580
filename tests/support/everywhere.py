"""A reader's walk through everything that a node's application has: what `walking` asks for, what its routes have
beside, what pages lead to, and what can be sent. Routes that nobody came by are named.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.routing import Match, Mount, Route
from starlette.testclient import TestClient
from tests.support.walking import VIEW, Answered, Walk

from birlik.apps.serve import application
from birlik.apps.web import naming
from birlik.kernel.domain import Bars, Domain, Heat, Page, Series, Table
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.service import Service

API = "/api/v1"
BY_JOBS = ("POST /cooperation/plan/",)
"""Refused while another job of the same reader runs: whether it does still is a matter of time, and of no row."""
NOTHING = "no-such-thing"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
STREAM = f"{API}/events"
LEADS, FEW, PAGES = 4, 12, 5
FORMS = ("json", "csv", "ndjson", "parquet", "geojson", "xlsx")
NOT_WALKED = frozenset({"/osmand", STREAM})
"""A GET that writes, and a stream that never ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Names of what is shown, of what is hidden, and words that a reader looks for."""

    paths: Mapping[str, Sequence[str]]
    """By parameter of a path."""
    keys: Mapping[str, Sequence[str]]
    """By kept table."""
    words: Sequence[str] = ()


def client_of(node: Node, kinds: Mapping[str, Principal], *, start: bool = False) -> TestClient:
    """The whole application; a header says who asks. Nothing follows by itself; start: what is sent is written."""

    def authenticate(request: Request) -> Principal:
        return kinds[request.headers[VIEW]]

    app = application(Service(node), authenticate=authenticate, start=start)
    return TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))


def walked(node: Node, client: TestClient, who: str, known: Known) -> Walk:
    """All that can be asked; then all that can be sent."""
    made = Walk(client, who)
    for address in _asked(node, client, known):
        _got(made, address)
    for address in _in_pages(node, made):
        _got(made, address)
    for address in [a for a in made.answers if "/-/panel/" in a]:
        for leads in _leads(made.answers[address])[:LEADS]:
            made.get(leads)
    for address in [a for a in made.answers if "format=parquet" in a or "format=csv" in a][::FEW]:
        made.get(address, range="bytes=0-40")
    made.answers[STREAM] = first_event(client, who)
    for method, address, body in _sends(node, known):
        send(made, method, address, body)
    return made


def again(client: TestClient, who: str, before: Walk) -> Walk:
    """Another reader's: of each route what first gave something, and what first gave nothing; and every table."""
    made, there = Walk(client, who), set()
    for name, answer in before.answers.items():
        if name.startswith(UNSAFE) or name == STREAM or "[" in name:
            continue
        kind = (_route(client, "GET", re.split(r"[?]", name)[0]), answer.status)
        if kind not in there or (name.startswith(f"{API}/tables/") and name.endswith("format=json")):
            there.add(kind)
            _got(made, name)
    made.answers[STREAM] = first_event(client, who)
    return made


def _got(made: Walk, address: str) -> None:
    answer = made.get(address)
    if (tag := answer.headers.get("etag")) is not None and "/api/" in address:
        made.get(address, **{"if-none-match": tag})
    while (link := re.search(r'<([^>]+)>; *rel="next"', answer.headers.get("link", ""))) is not None:
        answer = made.get(link[1])


def send(made: Walk, method: str, address: str, body: bytes | Mapping[str, Any], **headers: str) -> Answered:
    """What a send is answered, kept under its method and address."""
    given: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
    got = made.client.request(method, address, headers={VIEW: made.view, **headers}, follow_redirects=False, **given)
    number = sum(name.startswith(f"{method} {address}") for name in made.answers)
    # A cookie that ends says when it was ended, by the machine's clock, which no node's is.
    told = {name: re.sub(r"expires=[^;]*GMT", "expires", value) for name, value in got.headers.items()}
    answer = Answered(got.status_code, told, got.content)
    made.answers[f"{method} {address} #{number}"] = answer
    return answer


def first_event(client: TestClient, who: str) -> Answered:
    """The head and the first event of a stream that never ends, in the loop that the application lives in."""
    said: list[Any] = []

    async def listen() -> None:
        asked, heard = [{"type": "http.request", "body": b"", "more_body": False}], asyncio.Event()

        async def receive() -> dict[str, Any]:
            if asked:
                return asked.pop()
            await heard.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            said.append(message)
            if message.get("body"):
                heard.set()

        headers = [(b"host", b"127.0.0.1:8080"), (VIEW.encode(), who.encode())]
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": STREAM}
        scope |= {"raw_path": STREAM.encode(), "query_string": b"", "headers": headers, "scheme": "http"}
        scope |= {"client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8080), "root_path": ""}
        running = asyncio.ensure_future(client.app(scope, receive, send))
        await asyncio.wait({running, asyncio.ensure_future(heard.wait())}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert client.portal is not None
    client.portal.call(listen)
    head = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answered(said[0]["status"], head, said[1].get("body", b""))


def not_walked(client: TestClient, made: Walk) -> list[str]:
    """`METHOD /path` of every route of the application that no request of a walk was answered by."""
    there = {f"{method} {route.path}" for route in client.app.routes for method in _methods(route)}
    came: set[str] = set()
    for name in made.answers:
        method, _, address = name.partition(" ") if name.startswith(UNSAFE) else ("GET", "", name)
        path = re.split(r"[?\[ ]", address)[0]
        came.add(f"{method} {_route(client, method, path)}")
    return sorted(there - came)


def _methods(route: Any) -> set[str]:
    if isinstance(route, Mount):
        return {"GET"}
    assert isinstance(route, Route)
    return set(route.methods or ()) - {
        "HEAD",
        "OPTIONS",
    }  # the first is a GET without its body; the second asks nothing


def _route(client: TestClient, method: str, path: str) -> str:
    scope = {"type": "http", "method": method, "path": unquote(path), "headers": [], "root_path": ""}
    for route in client.app.routes:
        if route.matches(scope)[0] is Match.FULL:
            return str(route.path)
    return ""


# --- what can be asked ------------------------------------------------------------------------------------------


def _asked(node: Node, client: TestClient, known: Known) -> Iterator[str]:
    # An operator looks first: what was made ready for one reader is nobody else's.
    paths = client.get("/openapi.json", headers={VIEW: "own"}).json()["paths"]
    for path in sorted(p for p, methods in paths.items() if "get" in methods and p not in NOT_WALKED):
        yield from _filled(path, known)
    yield from _rows(node)
    yield from _records(node, known)
    yield from _figures(node)
    for domain in node.domains:
        yield from (f"/{domain.name}", f"/{domain.name}/")
        for door in domain.doors:
            yield from (f"/{door.name}", f"/{door.name}/", f"/-/doors/{door.name}", f"/-/doors/{door.name}?lang=kk")
        for page in naming.pages_of(domain):
            yield from _page(domain, page, known)
        yield from (f"/{domain.name}/form/{act.name}" for act in domain.acts if act.by_anyone and not act.subject)
        for plan in domain.plans:
            base = f"/{domain.name}/plan/{plan.name}"
            yield from (
                base,
                f"{base}?lang=kk",
                f"{base}?saved={NOTHING}",
                f"{base}?from={NOTHING}",
                f"{base}/{NOTHING}",
            )
        yield from (f"/{domain.name}/no/such", f"/{domain.name}/act/{NOTHING}", f"/{domain.name}/record/{NOTHING}")
        yield f"/{domain.name}/record/{NOTHING}/{NOTHING}"
    yield from _searches(node, known)
    yield from ("/-/doors/-tags", f"/-/doors/{NOTHING}")
    yield from (f"/form/{NOTHING}", f"/form/{NOTHING}/{NOTHING}")
    yield from (f"/try/sheet/{NOTHING}/{NOTHING}.csv", f"/try/sheet/{NOTHING}/{NOTHING}.xlsx")
    yield from ("/", "/about", "/api", "/try", "/no/such", "/metrics", "/openapi.json", f"{API}/no-such")
    yield from ("/static/x/tokens.css", "/static/x/borders.json", "/static/birlik.svg", "/account", "/sign-in")
    yield from ("/sign-in/second", "/sign-in/by/x", "/sign-in/by/x/back", "/sign-in/by/x/leave", f"/link/{NOTHING}")
    yield from ("/see-as", "/birlik/mail", "/birlik/audit", f"/birlik/audit?object={NOTHING}", f"{API}/mine/{NOTHING}")


def _searches(node: Node, known: Known) -> Iterator[str]:
    """Words that are shown, hidden and nowhere: in all and in each table, its facets, its pages, its suggestions."""
    base = f"{API}/search"
    for word in (*known.words, NOTHING):
        yield from (f"/search?q={quote(word)}", f"{base}?q={quote(word)}", f"{base}?q={quote(word)}&limit=2")
        yield f"{base}/suggest?q={quote(word[:3])}"
        for name, table in node.store.catalogue.searched.items():
            yield from (f"{base}?q={quote(word)}&table={name}", f"/search?q={quote(word)}&table={name}")
            assert table.search is not None
            for facet in table.search.narrowed:
                yield f"{base}?q={quote(word)}&{facet}={NOTHING}"
    yield from (base, f"{base}/suggest", f"{base}?q=x&no=such", f"{base}?q=x&after=no", f"{base}?q=x&table={NOTHING}")
    yield f"{base}/suggest?q=x&table={NOTHING}"


def nothing_of(table: Table) -> str:
    """A key of the table that no world has."""
    return ",".join([NOTHING] * len(table.key))


def _filled(path: str, known: Known) -> list[str]:
    """A path with each known value of its parameters, and with one that nobody knows."""
    filled = [path]
    for name in re.findall(r"{(\w+)(?::\w+)?}", path):
        values = [*known.paths.get(name, ()), NOTHING]
        filled = [re.sub(rf"{{{name}(:\w+)?}}", quote(v, safe=""), f) for f in filled for v in values]
    return filled


def _rows(node: Node) -> Iterator[str]:
    """Every table in every form, filtered, grouped, through its references."""
    catalogue = node.store.catalogue
    for declared in (*catalogue.tables.values(), *catalogue.derived.values()):
        base, first = f"{API}/tables/{declared.name}", declared.fields[0].name
        yield from (f"{base}?format={form}" for form in FORMS)
        yield from (f"{base}?no=such", f"{base}/schema")
        yield from (f"{base}/aggregate", f"{base}/aggregate?by={first}&measure=count,distinct({first})")
        yield f"{base}?filter=" + quote(f"{first} LIKE '%hidden%'")
        for field in declared.fields:
            if field.of is not None:
                target = catalogue.declared(field.of.table)
                yield f"{base}?filter=" + quote(f"{field.name}.{target.fields[-1].name} IS NOT NULL")
                yield f"{base}?{field.name}={NOTHING}"  # and what is nearest to it
        yield f"{API}/mine/{declared.name}"
        yield f"{API}/mine/{declared.name}?format=csv"
    yield from (f"{API}/quarantine?limit=1", f"{API}/sources?no=such", f"{API}/tables/{NOTHING}")


def _in_pages(node: Node, made: Walk) -> Iterator[str]:
    """Every table in a few pages, by itself and in the order of its first column."""
    catalogue = node.store.catalogue
    for declared in (*catalogue.tables.values(), *catalogue.derived.values()):
        base, first = f"{API}/tables/{declared.name}", declared.fields[0].name
        lines = made.answers[f"{base}?format=ndjson"].body.count(b"\n")
        limit = max(4, lines // PAGES + 1)
        yield from (f"{base}?limit={limit}", f"{base}?order=-{first}&fields={first}&limit={limit}")


def _records(node: Node, known: Known) -> Iterator[str]:
    for domain in node.domains:
        for table in naming.kept_of(domain):
            base = f"{API}/tables/{table.name}"
            yield from (f"{base}?as_of=2026-04-01T12:15:00Z", f"{base}?holds_at=2026-03-01T01:00:00Z")
            yield from (f"{base}/feed", f"{base}/feed?limit=3&since=2026-04-01T12:10:00Z", f"{base}/feed?no=such")
            yield f"/{domain.name}/record/{table.name}"
            for key in (*known.keys.get(table.name, ()), nothing_of(table)):
                yield from (
                    f"{base}/rows/{key}",
                    f"{base}/rows/{key}?as_of=2026-04-01T12:15:00Z",
                    f"{base}/history/{key}",
                )
                yield f"/{domain.name}/record/{table.name}/{key}"
        for act in domain.acts:
            for key in (*known.keys.get(act.table, ())[:2], NOTHING):
                yield f"/{domain.name}/act/{act.name}?key={key}"


def _figures(node: Node) -> Iterator[str]:
    for name in (*node.store.catalogue.indicators, NOTHING):
        base = f"{API}/indicators/{name}"
        yield from (f"{base}?format={form}" for form in FORMS)
        yield from (f"{base}?limit=2", f"{base}?as_of=2026-04-01T12:30:00Z", f"{base}?order=no", f"{base}/method")
        yield from (f"/method/{name}", f"{API}/mine/{name}")


def _page(domain: Domain, page: Page, known: Known) -> Iterator[str]:
    base = f"/{domain.name}/{page.name}"
    values = [known.paths.get(name, [NOTHING])[0] for name in page.parameters]
    query = "&".join(f"{n}={quote(v)}" for n, v in zip(page.parameters, values, strict=True))
    yield "/".join((base, *map(quote, values)))
    yield f"{base}/-/tags/all?{query}"
    yield f"{base}/-/cite/page?{query}"
    for panel in page.panels:
        yield f"{base}/-/panel/{panel.name}?{query}"
        if isinstance(panel, (Series, Heat, Bars)):
            yield f"{base}/-/panel/{panel.name}?{query}&lang=kk&span=30d"
            yield from (f"{base}/-/chart/{panel.name}?{query}", f"{base}/-/picture/{panel.name}.svg?{query}")
    yield from (f"{base}/-/{part}/{NOTHING}?{query}" for part in ("panel", "chart", "picture", "text", "cite"))


def _leads(answer: Answered) -> list[str]:
    """Where a panel leads to, on this node."""
    found = re.findall(r'(?:href|hx-get)="(/[^"#]*)', answer.body.decode("utf-8", "replace"))
    return sorted({unescape(address) for address in found if not address.startswith("/static/")})[:30]


# --- what can be sent -------------------------------------------------------------------------------------------


def _sends(node: Node, known: Known) -> Iterator[tuple[str, str, Mapping[str, Any] | bytes]]:
    """Every path that takes something: of a thing that is seen, of one that is hidden and of one that is not there."""
    for domain in node.domains:
        for table in naming.kept_of(domain):
            base = f"{API}/tables/{table.name}/rows"
            for key in (*known.keys.get(table.name, ()), NOTHING):
                named = dict(zip(table.key, key.split(","), strict=False))
                yield from (("POST", base, named), ("PATCH", f"{base}/{key}", {}), ("DELETE", f"{base}/{key}", {}))
            yield ("PUT", f"{API}/registers/{table.name}/rows", {"rows": [dict.fromkeys(table.by_name)]})
        for act in domain.acts:
            for key in (*known.keys.get(act.table, ())[:2], NOTHING):
                given = {p.name: key for p in act.parameters}
                yield ("POST", f"{API}/acts/{act.name}", given)
            yield ("POST", f"/{domain.name}/act/{act.name}", given)
            if act.by_anyone and not act.subject:
                yield ("POST", f"/{domain.name}/form/{act.name}", {})
                yield from (("POST", f"/form/{NOTHING}/{what}", {}) for what in ("confirm", "forget", "quiet"))
        yield ("POST", f"/{domain.name}/act/{NOTHING}", {})
        for plan in domain.plans:
            yield ("POST", f"{API}/plans/{plan.name}/jobs", {"parameters": {}})
            base = f"/{domain.name}/plan/{plan.name}"
            yield from (
                ("POST", f"{base}{part}", {}) for part in ("", "/save", f"/{NOTHING}/cancel", f"/{NOTHING}/save")
            )
    yield from (("POST", f"{API}/{path}", {}) for path in (f"plans/{NOTHING}/jobs", f"jobs/{NOTHING}/cancel"))
    for entry in (*known.paths.get("id", ()), NOTHING):
        yield from (("POST", f"{API}/quarantine/{entry}/{what}", {}) for what in ("resend", "dismiss"))
    alike = {"source_id": "keeper", "kind": "Malformed", "about": "x"}
    yield from (("POST", f"{API}/quarantine/dismiss", alike), ("POST", f"{API}/deliveries?source=keeper", b"x"))
    yield from (("POST", f"{API}/node/{what}", {}) for what in ("backup", "archive", "attach", "detach"))
    for path in (
        "/try",
        "/sign-in",
        "/sign-in/second",
        "/sign-in/passkey",
        "/sign-in/passkey/ask",
        "/sign-in/by/x/left",
    ):
        yield ("POST", path, {})
    for path in (
        "password",
        "codes",
        "codes/confirm",
        "codes/end",
        "passkeys/end",
        "sessions/end",
        "view",
        "mailbox",
        "mailbox/confirm",
        "mailbox/end",
        "passkeys",
    ):
        yield ("POST", f"/account/{path}", {})
    yield from (("POST", path, {}) for path in ("/account/passkeys/ask", f"/link/{NOTHING}", "/see-as", f"{API}/pin"))
    yield from (("POST", f"{API}/person", {"key": key}) for key in ("keeper", NOTHING))
    yield from (("POST", f"/form/{NOTHING}/{NOTHING}", {}), ("POST", "/sign-out", {}))


def rows_seen(node: Node, who: Principal) -> int:
    """How many rows of all tables somebody sees: what can be betrayed."""
    reader, catalogue = node.reader(who), node.store.catalogue
    names = [name for name in (*catalogue.tables, *catalogue.derived) if catalogue.may_read(who, name)]
    return sum(reader.count(name) for name in names)
