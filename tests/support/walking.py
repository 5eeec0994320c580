"""Everything that can be asked of a node by GET: out of its OpenAPI, its declarations, and what it answers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.testclient import TestClient
from tests.support.nodes import principal

from birlik.apps.serve import application
from birlik.kernel.domain import Bars, Domain, Heat, Series
from birlik.kernel.node import Node
from birlik.kernel.policy import OWN, Principal, Right
from birlik.kernel.service import Service

VIEW = "x-view-of-the-test"
FORMATS = ("json", "csv", "ndjson", "parquet", "geojson")
NOT_WALKED = frozenset({"/osmand", "/api/v1/events"})
"""A GET that writes, and a stream that never ends."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Walk:
    """One reader's walk through one node; `answers` by address and headers."""

    client: TestClient
    view: str
    answers: dict[str, Answered] = field(default_factory=dict)

    def get(self, address: str, **headers: str) -> Answered:
        name = address + "".join(f" [{k}: {v}]" for k, v in headers.items())
        if name not in self.answers:
            got = self.client.get(address, headers={VIEW: self.view, **headers}, follow_redirects=False)
            self.answers[name] = Answered(got.status_code, dict(got.headers), got.content)
        return self.answers[name]


def client_of(node: Node) -> TestClient:
    """The whole application; who asks is said by a header. Nothing follows by itself."""

    def authenticate(request: Request) -> Principal:
        who = principal(node, request.headers.get(VIEW, "own"))
        return who if who.view == OWN else replace(who, rights=(Right(role=who.role),))  # sends for nobody

    app = application(Service(node), authenticate=authenticate)
    return TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))


def walk(node: Node, client: TestClient, view: str, known: Mapping[str, Sequence[str]]) -> Walk:
    """`known`: values of path parameters, one of them unknown to the node."""
    made = Walk(client, view)
    for address in (*_addresses(node, client, view, known), *_pages(node, known)):
        first = made.get(address)
        if (tag := first.headers.get("etag")) is not None:
            assert made.get(address, **{"if-none-match": tag}).status == 304, address
        _follow_links(made, first)
    return made


def _addresses(node: Node, client: TestClient, view: str, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    paths = client.get("/openapi.json").json()["paths"]
    for path in sorted(p for p, methods in paths.items() if "get" in methods and p not in NOT_WALKED):
        yield from _filled(path, known)
    for declared in (*node.store.catalogue.tables.values(), *node.store.catalogue.derived.values()):
        base = f"/api/v1/tables/{declared.name}"
        yield from (f"{base}?format={form}" for form in FORMATS)
        # Five pages; that the reader sees as many rows in both worlds is part of what is shown.
        who = principal(node, view)
        may_read = node.store.catalogue.may_read(who, declared.name)
        part = node.reader(who).rows(declared.name).num_rows // 5 + 1 if may_read else 1
        yield from (
            f"{base}?limit={part}",
            f"{base}?limit=0",
            f"{base}?no=such",
            f"{base}?order=-{declared.time or 'no'}",
        )
        if declared.time:
            yield f"{base}?from=2026-03-05T00:00:00Z&to=2026-03-06T00:00:00Z"
        for name in list(declared.by_name)[:3]:
            yield from (f"{base}?fields={name}&order=-{name}&limit={part}", f"{base}?{name}__like=%25hidden%25")
    for indicator in node.store.catalogue.indicators:
        base = f"/api/v1/indicators/{indicator}"
        yield from (f"{base}?format={form}" for form in FORMATS)
        yield from (f"{base}?limit=3", f"{base}?as_of=2026-03-14T00:30:00Z", f"{base}?n__gt=5", f"{base}?order=-n")
    yield from (f"/api/v1/search{part}?q={q}" for part in ("", "/suggest") for q in ("khorgos", "hidden", "kz"))
    yield from ("/-/doors/-tags", "/-/doors/nowhere")
    yield from ("/", "/search?q=khorgos", "/search?q=hidden", "/no/such", "/api/v1/no-such", "/metrics")
    yield from (f"/api/v1/sources?{q}" for q in ("", "no=such"))
    yield from (f"/api/v1/quarantine?{q}" for q in ("", "limit=1"))


def _filled(path: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """A path with each known value of its parameters, and with one that nobody knows."""
    names = re.findall(r"{(\w+)(?::\w+)?}", path)
    filled = [path]
    for name in names:
        values = [*known.get(name, ()), "no-such-thing"]
        filled = [re.sub(rf"{{{name}(:\w+)?}}", quote(v, safe=""), f) for f in filled for v in values]
    return filled


def _pages(node: Node, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for domain in node.domains:
        yield f"/{domain.name}"
        for door in domain.doors:
            yield from (f"/{door.name}", f"/-/doors/{door.name}")
        for page in domain.pages:
            yield from _page(domain, page.name, known)
    for indicator in node.store.catalogue.indicators:
        yield f"/method/{indicator}"


def _page(domain: Domain, name: str, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    page = next(p for p in domain.pages if p.name == name)
    pattern = f"/{domain.name}/{page.name}" + "".join(f"/{{{p}}}" for p in page.parameters)
    for address in _filled(pattern, known):
        yield address
        values = address.split("/")[3:]
        query = "&".join(f"{n}={v}" for n, v in zip(page.parameters, values, strict=False))
        base = f"/{domain.name}/{page.name}/-"
        yield f"{base}/tags/all?{query}"
        for panel in page.panels:
            yield f"{base}/panel/{panel.name}?{query}"
            if isinstance(panel, (Series, Heat, Bars)):
                yield f"{base}/chart/{panel.name}?{query}"


def _follow_links(made: Walk, answer: Answered) -> None:
    """Every page behind the first."""
    while (link := re.search(r'<([^>]+)>; *rel="next"', answer.headers.get("link", ""))) is not None:
        answer = made.get(link[1])


def differences(one: Walk, other: Walk) -> list[str]:
    """Addresses that are answered otherwise, in status, headers or bytes, or by one world only."""
    names = {*one.answers, *other.answers}
    return sorted(n for n in names if one.answers.get(n) != other.answers.get(n))
