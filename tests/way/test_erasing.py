"""Erasing in a real node: while suppliers send, over HTTP, killed at any point."""

import subprocess
import sys
import threading
import time
from datetime import timedelta

import httpx
import pytest
from tests.support.erasing import KEY, MARKED, NOTE, done, holds, lived, opened, others
from tests.support.killing import POINTS
from tests.support.library import BEGIN, loan
from tests.support.nodes import follow, rows
from tests.support.server import ROOT, environment

from birlik import settings
from birlik.clock import SetClock

# --- killed -------------------------------------------------------------------------------------------------------

KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from tests.support.erasing import agreed, done, opened
from tests.support.killing import POINTS
from birlik.clock import SetClock

with opened(Path(sys.argv[1]), clock=SetClock(datetime.fromisoformat(sys.argv[3]))) as node:
    if not list(node.reader(node.operator).rows("birlik_erasure").to_pylist()):
        agreed(node)
    POINTS[sys.argv[2]]()
    done(node)
"""


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_ends_whole_and_others_keep_theirs(tmp_path, point):
    folder, clock = tmp_path / "node", SetClock(BEGIN + timedelta(days=10))
    with opened(folder, clock=clock) as node:
        lived(node)
        stood = others(node)
    command = [sys.executable, "-c", KILLED, str(folder), point, clock.now().isoformat()]
    ended = subprocess.run(command, cwd=ROOT, env=environment(), check=False, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    clock.advance(timedelta(minutes=5))
    with opened(folder, clock=clock) as node:
        done(node)
        follow(node)
        assert others(node) == stood
        assert [row["status"] for row in rows(node, "birlik_erasure")] == ["done"]
    assert holds(folder) == set()
    assert not (folder / "erasing").exists()


# --- while it is served -------------------------------------------------------------------------------------------

SERVED = """
import sys
from pathlib import Path
from birlik.apps import serve
serve.run(Path(sys.argv[1]), port=0, ready=lambda url: print(url, flush=True), threads=2, memory_limit="400MB",
          follow_every_s=0.2, open=True)
"""


@pytest.fixture
def served(tmp_path):
    """A real server on a library's folder: (its address, the folder)."""
    folder = tmp_path / "node"
    settings.write_new(folder, "KAZ")
    with (folder / settings.FILE).open("a") as file:
        file.write('domains = ["tests.support.library:LIBRARY"]\n')
    command = [sys.executable, "-c", SERVED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment()) as process:
        try:
            yield process.stdout.readline().strip(), folder
        finally:
            process.terminate()


def send(client, lines):
    answer = client.post("/api/v1/deliveries", params={"intake": "library", "source": "desk"}, content="\n".join(lines))
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def act(client, name, **told):
    answer = client.post(f"/api/v1/acts/{name}", json=told)
    assert answer.is_success, answer.text
    return answer.json()


def test_what_is_sent_meanwhile_is_acknowledged_and_there(served):
    url, folder = served
    taken, stop = [], threading.Event()

    def sending():
        with httpx.Client(base_url=url, timeout=60) as other:
            while not stop.is_set():
                name = f"m{len(taken)}"
                assert send(other, [loan(name, "card-1", day=len(taken) % 300)])["accepted"] == 1
                taken.append(name)

    with httpx.Client(base_url=url, timeout=60) as client:
        for day in range(20):
            send(client, [loan(f"k{day}", KEY, day=day, note=NOTE), loan(f"o{day}", "card-2", day=day)])
        thread = threading.Thread(target=sending)
        thread.start()
        told = act(client, "birlik_erasure_propose", people="library_reader", key=KEY, ground="order 17")
        act(client, "birlik_erasure_confirm", erasure_id=told["about"]["erasure_id"])
        until = time.monotonic() + 120
        while status(client) != "done":
            assert time.monotonic() < until
            time.sleep(0.1)
        during = len(taken)
        stop.set()
        thread.join()
        assert during > 0
        rows_there = client.get("/api/v1/tables/library_loan", params={"limit": 10_000}).json()["data"]
    there = {row["loan_id"] for row in rows_there}
    assert there == {*taken, *(f"o{day}" for day in range(20))}
    assert {(name, text) for name, text in holds(folder) if text in MARKED and name != "asked"} == set()


def status(client):
    return client.get("/api/v1/tables/birlik_erasure").json()["data"][0]["status"]
