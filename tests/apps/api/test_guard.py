"""Who is let in: this machine's own operator, and nobody by way of a foreign page."""

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.apps.api.conftest import calling

from birlik.apps.api.app import create_app
from birlik.errors import Refused, TooMany
from birlik.kernel.access.rate import Buckets
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import MEMBERS, Principal
from birlik.kernel.service import Service

OTHER_MEMBER = Principal(name="other", role=Role.READER, view=MEMBERS)


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "testclient"])
def test_any_other_address_is_refused(node: Node, address: str) -> None:
    client = TestClient(create_app(Service(node)), base_url="http://127.0.0.1", client=(address, 4000))
    answer = client.get("/api/v1/tables")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "its own machine" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8080"}, 200),
        ({"host": "[::1]:8080"}, 200),
        ({"host": "LOCALHOST"}, 200),
        ({"host": "rebound.example"}, 403),
        ({"host": "127.0.0.1.rebound.example"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ({"x-forwarded-for": "192.0.2.7"}, 403),
    ],
    ids=str,
)
def test_a_foreign_name_or_page_is_refused(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.get("/api/v1/tables", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8080", 200),
        ("http://127.0.0.1:3000", 403),
        ("https://evil.example", 403),
        ("null", 403),
        (None, 200),
    ],
)
def test_only_our_own_pages_may_write(client: TestClient, origin: str | None, status: int) -> None:
    headers = {"origin": origin} if origin else {}
    assert client.post("/api/v1/pin", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"user-agent": "Dalvik/2.1.0"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
        ({"origin": "http://127.0.0.1:3000"}, 403),
        ({"referer": "http://127.0.0.1:3000/page"}, 403),
        ({"referer": "http://127.0.0.1:8080/page"}, 200),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_but_ours_may_cause_what_a_tracker_does(
    client: TestClient, method: str, headers: dict[str, str], status: int
) -> None:
    fix = {"toy_id": "a", "seen_time": "2026-01-01T00:00:00Z", "shelf_id": "s1"}
    answer = client.request(method, "/toys/see/attic", params=fix, headers=headers)
    assert answer.status_code == status, answer.text
    assert len(client.get("/api/v1/tables/toy_sighting").json()["data"]) == (status == 200)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/deliveries"),
        ("POST", "/api/v1/node/backup"),
        ("PUT", "/api/v1/registers/toy_shelf/rows"),
        ("POST", "/api/v1/quarantine/x/resend"),
        ("POST", "/api/v1/quarantine/x/dismiss"),
        ("GET", "/api/v1/quarantine/x/raw"),
        ("GET", "/metrics"),
    ],
)
def test_a_reader_may_not_act(node: Node, method: str, path: str) -> None:
    with calling(node, authenticate=lambda request: OTHER_MEMBER) as client:
        assert client.request(method, path).status_code == 403


def test_who_authenticates_may_refuse(node: Node) -> None:
    def nobody(request: Request) -> Principal:
        raise Refused("nobody today")

    with calling(node, authenticate=nobody) as client:
        assert client.get("/health").json()["detail"] == "nobody today"


def test_every_answer_carries_the_headers_that_keep_browsers_careful(client: TestClient) -> None:
    for path in ("/api/v1/tables", "/nothing", "/health"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "cache-control" in headers


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nothing", 404, None),
        ("DELETE", "/api/v1/tables", 405, {"GET", "HEAD"}),
        ("GET", "/api/v1/pin", 405, {"POST"}),
        ("PATCH", "/toys/see/attic", 405, {"GET", "HEAD", "POST"}),
    ],
)
def test_no_such_address_or_method(
    client: TestClient, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (set(answer.headers["allow"].split(", ")) if allow else None) == allow


def test_a_bug_shows_no_stack(node: Node) -> None:
    def broken(request: Request) -> Principal:
        raise ZeroDivisionError("the secret inside")

    with calling(node, authenticate=broken) as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["kind"]) == (500, "Bug")
    assert "secret" not in answer.text


def test_a_source_that_sends_too_fast_is_told_how_long_to_wait() -> None:
    moment = [0.0]
    buckets = Buckets(2.0, lambda: moment[0])
    buckets.take("fast")
    buckets.take("fast")
    with pytest.raises(TooMany) as refused:
        buckets.take("fast")
    assert refused.value.wait_s == 1
    buckets.take("other")
    moment[0] = 0.5
    buckets.take("fast")
