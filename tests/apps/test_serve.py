"""The real server on a real port: it is found, streams, and ends cleanly with what it took on the disk."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.apps.api.conftest import opened

from birlik.apps import serve
from birlik.errors import UnknownSetting
from birlik.kernel import serving
from birlik.kernel.service import Service

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path
from birlik import assembly
from birlik.apps import serve
from birlik.kernel.service import Service
from tests.apps.api.toy import DOMAIN
node = assembly.open_node(Path(sys.argv[1]), declared=(DOMAIN,), port=0)
try:
    serve.serve(Service(node), ready=lambda url: print(url, flush=True))
finally:
    node.close()
print("closed", flush=True)
"""


@contextmanager
def served(folder: Path, program: str = PROGRAM) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-c", program, str(folder)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with opened(tmp_path / "node"):
        pass
    return tmp_path / "node"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_even_with_a_listener(folder: Path, number: signal.Signals) -> None:
    fix = {"toy_id": "a", "seen_time": "2026-01-01T00:00:00Z", "shelf_id": "s1"}
    with served(folder) as (url, process), httpx.Client(base_url=url, timeout=30) as client:
        run = client.get("/api/v1/node").json()["run"]
        assert json.loads((folder / serving.NOTE).read_text()) == {"url": url, "run": run}
        assert client.get("/toys/see/attic", params=fix).json()["accepted"] == 1
        assert client.get("/health").json()["status"] == "ok"
        with client.stream("GET", "/api/v1/events") as events:
            lines = events.iter_lines()
            told = [next(line for line in lines if line.startswith("data:")) for _ in range(3)]
            assert len(set(told)) >= 2
            process.send_signal(number)
            assert not any(line.startswith("error") for line in lines)  # the stream ends; it is not cut
        assert process.stdout is not None
        assert process.stdout.readline() == "closed\n"
        assert process.wait(30) == 0
    assert not (folder / serving.NOTE).exists()
    with served(folder) as (url, _):
        assert len(httpx.get(f"{url}/api/v1/tables/toy_sighting").json()["data"]) == 1


def test_the_short_way_to_a_protocol_has_the_same_door(folder: Path) -> None:
    with served(folder) as (url, _), httpx.Client(base_url=url, timeout=30) as client:
        assert client.post("/toys/see", content=b"[]").json()["accepted"] == 0
        answers = {
            "wrong": client.post("/toys/see", content=b"no json"),
            "foreign": client.post("/toys/see", content=b"[]", headers={"origin": "https://evil.example"}),
            "rebound": client.post("/toys/see", content=b"[]", headers={"host": "rebound.example"}),
            "method": client.delete("/toys/see"),
            "bug": client.post("/toys/see", content=b"[1]"),
        }
        assert {name: a.status_code for name, a in answers.items()} == {
            "wrong": 400,
            "foreign": 403,
            "rebound": 403,
            "method": 405,
            "bug": 500,
        }
        for answer in answers.values():
            assert answer.headers["content-type"] == "application/problem+json"
        assert answers["wrong"].headers["x-content-type-options"] == "nosniff"
        # Another connection: the server may close one on which it met a bug.
        assert 'route="/toys/see",status="400"} 1' in httpx.get(f"{url}/metrics", timeout=30).text


def test_pages_and_api_stand_side_by_side(folder: Path) -> None:
    with served(folder) as (url, _):
        page = httpx.get(f"{url}/toy/shelves", headers={"accept": "text/html"}, follow_redirects=True)
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
        metrics = httpx.get(f"{url}/metrics").text
        assert 'birlik_http_requests_total{method="GET",route="/toy/shelves",status="200"} 1' in metrics


@pytest.mark.parametrize(("host", "said"), [("0.0.0.0", "this machine only"), ("192.0.2.1", "this machine only")])
def test_an_open_node_listens_on_this_machine_only(tmp_path: Path, host: str, said: str) -> None:
    with opened(tmp_path / "node", host=host) as node, pytest.raises(UnknownSetting, match=said):
        serve.serve(Service(node))


def test_a_port_that_is_taken_is_named(tmp_path: Path, folder: Path) -> None:
    with served(folder) as (url, _):
        port = int(url.rpartition(":")[2])
        with opened(tmp_path / "second", port=port) as node, pytest.raises(UnknownSetting, match=str(port)):
            serve.serve(Service(node))


def test_a_backup_is_made_of_a_running_node(folder: Path, tmp_path: Path) -> None:
    with served(folder) as (url, _):
        target = tmp_path / "copy"
        answer = httpx.post(f"{url}/api/v1/node/backup", json={"folder": str(target)})
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        assert answer.json() == {"folder": str(target), "size_bytes": size}
        assert (target / "store.duckdb").is_file()
        again = httpx.post(f"{url}/api/v1/node/backup", json={"folder": str(target)})
        assert (again.status_code, again.json()["kind"]) == (409, "NotANode")
        assert httpx.post(f"{url}/api/v1/node/backup", json={"folder": "near"}).status_code == 400


def test_who_computes_in_a_served_node_hands_the_interpreter_over_ten_times_as_soon_as_python_would(
    folder: Path,
) -> None:
    """Else each of a commit's calls to the engine would wait for a step of following."""
    with served(folder, PROGRAM.replace("print(url", "print(sys.getswitchinterval()")) as (told, process):
        assert float(told) == pytest.approx(sys.getswitchinterval() / 10)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
