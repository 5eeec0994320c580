"""What pages are drawn with is asked for once, and again only when it has changed."""

import re

import pytest
from starlette.testclient import TestClient

from birlik.apps.web import assets
from birlik.apps.web.security import HEADERS


def addresses(pages: TestClient) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', pages.get("/transport/overview").text)


def test_every_file_of_a_page_is_kept_for_good(pages: TestClient) -> None:
    found = addresses(pages)
    assert len(found) > 6
    for address in found:
        answer = pages.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["cache-control"] == assets.FOR_GOOD
        assert answer.headers["etag"]
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_the_borders_are_kept_for_good_too(pages: TestClient) -> None:
    address = re.search(r'data-borders="([^"]+)"', pages.get("/transport/overview/-/panel/crossings").text)
    assert address is not None
    assert pages.get(address[1]).headers["cache-control"] == assets.FOR_GOOD


@pytest.mark.parametrize(
    "before", ["/static/", f"/static/{'0' * 16}/"], ids=["without a fingerprint", "of another release"]
)
@pytest.mark.parametrize("name", ["birlik.css", "main.js", "vendor/htmx.js"])
def test_other_addresses_are_asked_again_and_told_that_nothing_changed(
    pages: TestClient, before: str, name: str
) -> None:
    answer = pages.get(before + name)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == assets.ASK_AGAIN
    assert pages.get(before + name, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_no_page_or_module_names_a_file_by_an_address_that_may_be_stale() -> None:
    """A style sheet or module is found beside the one that names it, under the same fingerprint."""
    for file in [*assets.STATIC.glob("*.*"), *(assets.STATIC.parent / "templates").rglob("*.html")]:
        assert "/static/" not in file.read_text(encoding="utf-8"), file.name


def test_a_path_out_of_the_folder_is_not_served(pages: TestClient) -> None:
    for path in (f"/static/{assets.fingerprint()}/../app.py", "/static/..%2fapp.py"):
        assert pages.get(path).status_code == 404
