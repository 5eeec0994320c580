"""A page of another port or another site, in a real Chromium, tries every way to write a fix; none is written."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import absent
from tests.support.nodes import opened
from tests.support.server import serving

from birlik import assembly

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

FIX = "/osmand?id={id}&lat=44.2&lon=80.4"
PAGE = """<!doctype html><title>foreign</title>
<img src="{node}/osmand?id=img&lat=44.2&lon=80.4">
<link rel="stylesheet" href="{node}/osmand?id=style&lat=44.2&lon=80.4">
<script src="{node}/osmand?id=script&lat=44.2&lon=80.4"></script>
<iframe name="a" src="{node}/osmand?id=iframe&lat=44.2&lon=80.4"></iframe>
<iframe name="b"></iframe><iframe name="c"></iframe>
<form id="get" target="b" action="{node}/osmand"><input name="id" value="form-get">
<input name="lat" value="44.2"><input name="lon" value="80.4"></form>
<form id="post" target="c" method="post" action="{node}/osmand"><input name="id" value="form-post">
<input name="lat" value="44.2"><input name="lon" value="80.4"></form>
<a id="link" href="{node}/osmand?id=link&lat=44.2&lon=80.4">a link</a>
<script type="module">
document.getElementById("get").submit(); document.getElementById("post").submit();
const send = (id, more) => fetch("{node}/osmand?id=" + id + "&lat=44.2&lon=80.4", more).catch(() => 0);
await Promise.all([
  send("fetch-get", {{mode: "no-cors"}}),
  send("fetch-post", {{mode: "no-cors", method: "POST", body: "x=1"}}),
  send("fetch-cors", {{}}),
  send("fetch-hidden", {{mode: "no-cors", referrerPolicy: "no-referrer"}}),
]);
navigator.sendBeacon("{node}/osmand?id=beacon&lat=44.2&lon=80.4", "x");
document.title = "tried";
</script>"""

WAYS = 12


def refused(url: str) -> int:
    """How often the node refused, as it counts."""
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(int(line.split()[-1]) for line in lines if 'status="403"' in line)


@pytest.fixture
def foreign() -> Iterator[Any]:
    """A server of other people's pages on this machine; `page` is what it shows."""

    class Shown(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(self.server.page.encode())  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Shown) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"], ids=["another port", "another site"])
def test_a_foreign_page_writes_nothing_whatever_it_tries(foreign: Any, tmp_path: Path, name: str) -> None:
    executable = os.environ.get("BIRLIK_CHROMIUM", "/usr/bin/chromium")
    if not Path(executable).is_file():
        absent(f"no Chromium at {executable}: set BIRLIK_CHROMIUM, or run tools/system.sh chromium")
    with opened(tmp_path / "node", declared=assembly.domains()) as node, serving(node) as url:
        foreign.page = PAGE.format(node=url)
        tried: list[str] = []
        with playwright_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=["--headless", "--no-sandbox"])
            page = browser.new_page()
            page.on("request", lambda r: tried.append(r.url) if "/osmand" in r.url else None)
            page.goto(f"http://{name}:{foreign.server_address[1]}/")
            page.wait_for_function("document.title == 'tried'")
            page.wait_for_load_state("networkidle")
            page.click("#link")
            page.wait_for_load_state("networkidle")
            browser.close()
        assert len(tried) == WAYS, tried
        assert refused(url) == WAYS
        rows = httpx.get(f"{url}/api/v1/tables/transport_movement").json()["data"]
        assert rows == []
        assert httpx.get(url + FIX.format(id="tracker")).status_code == 200
        assert len(httpx.get(f"{url}/api/v1/tables/transport_movement").json()["data"]) == 1
