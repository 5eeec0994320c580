"""`birlik retain`, what `doctor` says of it, and how an answer says that its figures are sealed."""

import json
import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient
from tests.support import traffic
from tests.support.nodes import delivery, figures, opened, rows
from tests.support.server import commanded, environment

from birlik.apps.cli import in_process
from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.service import Service

NOW = datetime.now(UTC).replace(microsecond=0)
MANY = "transport_movement"


def birlik(*words):
    return commanded(*words, env=environment(), timeout_s=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A node that took twelve days of traffic 150 days ago, and a position a day since."""
    folder = tmp_path_factory.mktemp("node") / "data"
    sent, _ = traffic.worlds()
    since = min(message.at for message in sent)
    clock = SetClock(NOW - timedelta(days=150))
    shift = clock.at - since
    with opened(folder, declared=None, clock=clock) as node:
        media_types = {intake.name: intake.media_type for intake in node.intakes.values()}
        for message in sent:
            if message.intake != "positions":
                continue
            clock.at = max(clock.at, message.at + shift)
            body = message.body.decode()
            for day in range(20):
                old, new = since + timedelta(days=day), since + timedelta(days=day) + shift
                body = body.replace(f"{old:%Y-%m-%d}T", f"@{new:%Y-%m-%d}T")
            made = delivery(
                body.replace("@", "").encode(),
                node,
                source_id=message.source_id,
                labels=message.labels,
                media_type=media_types["positions"],
            )
            pipeline.take(node, [made])
        while clock.at < NOW - timedelta(days=1):
            clock.advance(timedelta(days=1))
            line = f"lone,{clock.at.isoformat()},44.2,80.3,0"
            pipeline.take(node, [delivery(traffic.positions([line]), node, media_type=traffic.POSITIONS)])
        clock.at = NOW
        pipeline.follow(node)
        assert figures(node, "tfi1")
    return folder


def test_doctor_says_that_rows_are_overdue_the_command_removes_them_and_the_answer_says_sealed(folder):
    with (folder / "birlik.toml").open("a") as settings:
        settings.write(f'memory_limit = "400MB"\nthreads = 2\n[kept_days]\n{MANY} = 100\n')
    assert tomllib.loads((folder / "birlik.toml").read_text())["kept_days"] == {MANY: 100}
    overdue = json.loads(birlik("doctor", folder, "--json").stdout)
    kept = next(f for f in overdue["findings"] if f["check"] == "kept")
    assert not kept["ok"]
    assert MANY in kept["said"]
    assert "birlik retain" in kept["mend"]
    with opened(folder, declared=None, clock=SetClock(NOW)) as node:
        stood = figures(node, "tfi1")
        n = len(rows(node, MANY))

    said = json.loads(birlik("retain", folder, "--dry-run", "--json").stdout)
    assert said["messages"] > 20
    assert not said["removed"]
    made = birlik("retain", folder)
    assert made.returncode == 0, made.stderr
    assert f"{said['messages']:,} messages were removed" in made.stdout
    assert "sealed: " in made.stdout
    assert "tfi1" in made.stdout

    kept = next(f for f in json.loads(birlik("doctor", folder, "--json").stdout)["findings"] if f["check"] == "kept")
    assert kept["ok"]
    assert "was removed" in kept["said"]
    assert "tfi1 until" in kept["said"]
    with in_process.opened(folder) as client:
        answer = client.get("/api/v1/indicators/tfi1").json()
        unsealed = client.get("/api/v1/indicators/waiting_now").json()
    assert answer["sealed_until"] > f"{NOW - timedelta(days=100):%Y-%m-%d}"
    assert unsealed["sealed_until"] is None
    assert len(answer["data"]) == len(stood)
    with opened(folder, declared=None, clock=SetClock(NOW)) as node:
        assert figures(node, "tfi1") == stood
        assert 0 < len(rows(node, MANY)) < n
        pages = TestClient(application(Service(node)), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))
        crossing = stood[0]
        chosen = {name: crossing[name] for name in ("crossing_id", "direction", "mode")}
        shown = pages.get("/transport/crossing/-/panel/months", params=chosen)
        assert "sealed before" in shown.text
        assert "their figures stay" in shown.text


def test_a_clock_that_nobody_can_vouch_for_is_the_callers_to_answer(folder):
    refused = birlik("retain", folder, "--today", "2999-01-01")
    assert refused.returncode == 2
    assert "is to come" in refused.stderr
