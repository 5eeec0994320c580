"""The page that shows the API: every operation, and what suppliers send, under the same policy as all pages."""

import re

import pytest
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def page(pages: TestClient) -> str:
    answer = pages.get("/api")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    return answer.text


def test_it_has_every_operation_and_nothing_inline(page: str, pages: TestClient) -> None:
    shown = set(re.findall(r"<summary><code>([A-Z]+) ([^<]+)</code>", page))
    document = pages.get("/openapi.json").json()
    assert shown == {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", page)


def test_it_shows_what_suppliers_send_field_by_field_with_an_example(page: str) -> None:
    osmand = page.partition("<code>POST /osmand</code>")[2].partition("</details>")[0]
    assert "location.coords.latitude" in osmand
    assert "phone-of-truck-17" in osmand
    capture = page.partition("<code>POST /epcis/v2/capture</code>")[2].partition("</details>")[0]
    assert "epcisBody.eventList[].eventTime" in capture


def test_every_page_leads_to_it_and_it_to_the_document(page: str, pages: TestClient) -> None:
    for path in ("/about", "/method/tfi1"):
        assert 'href="/api"' in pages.get(path).text
    assert 'href="/openapi.json"' in page
