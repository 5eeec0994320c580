"""A node with three weeks of invented traffic at two crossings, its pages in process, and the same served."""

import dataclasses
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from starlette.requests import Request
from starlette.testclient import TestClient

import birlik
from birlik import assembly, settings
from birlik.apps.api.app import create_app
from birlik.apps.serve import application
from birlik.apps.web.app import mount
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Domain
from birlik.kernel.intake import Delivery
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import PUBLIC, Principal
from birlik.kernel.service import Service

NOW = datetime(2026, 3, 23, 12, tzinfo=UTC)
CROSSING = "kz-nurzholy--cn-khorgos--road"
QUIET = "kz-tazhen--uz-dautota--road"
STEPS = ((0.0, 0, "queue"), (0.4, 0, "documents"), (0.6, 0, "inspect"), (0.7, 0, "depart"), (0.8, 1, "arrive"))


def events(days: int = 21) -> bytes:
    """Border events of trucks at two crossings, both ways; the last lines are wrong."""
    chance, lines = random.Random(7), []
    for posts, mean_h, a_day in ((("kz-nurzholy", "cn-khorgos"), 9.0, 16), (("kz-kordai", "kg-akzhol"), 2.0, 9)):
        for sides, share in ((posts, 1.0), (posts[::-1], 0.3)):
            for i in range(int(days * a_day * share)):
                entered = NOW - timedelta(days=days * chance.random())
                stay_h = mean_h * chance.lognormvariate(0, 0.4)
                plate = f"plate:KZ {100 + i % 900} {posts[0][3:6].upper()} {i % 90 + 10}"
                for part, side, activity in (*STEPS, (1.0, 1, "depart")):
                    moment = entered + timedelta(hours=part * stay_h)
                    if moment < NOW:
                        lines.append((moment, f"{plate},{moment.isoformat()},own:{sides[side]},{activity}"))
    right = [line for _, line in sorted(lines)]
    return "\n".join(["object,time,place,event", *right, "plate:KZ 1,<b>no time</b>,own:kz-nurzholy,queue"]).encode()


def domains() -> tuple[Domain, ...]:
    """The real ones, each with its words."""
    rooms = Path(birlik.__file__).parent / "domains"
    return tuple(dataclasses.replace(d, catalogue=d.catalogue or rooms / d.name / "locale") for d in assembly.domains())


@pytest.fixture(scope="session")
def web_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("web") / "node"
    settings.write_new(folder, "KAZ", "Kazakhstan")
    node = assembly.open_node(folder, clock=SetClock(NOW), declared=domains())
    media_type = next(i.media_type for i in node.intakes.values() if i.name.startswith("border"))
    delivery = Delivery(
        body=events(),
        media_type=media_type,
        source_id="border-guard",
        received_time=NOW,
        filename="events.csv",
        parameters={"profile": "border_events"},
    )
    receipt = pipeline.take(node, [delivery])[0]
    assert receipt.accepted > 1_000
    pipeline.follow(node)
    yield node
    node.close()


@pytest.fixture(scope="session")
def pages(web_node: Node) -> TestClient:
    """API and pages of the operator, in process."""
    return TestClient(application(Service(web_node)), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))


@pytest.fixture(scope="session")
def public_pages(web_node: Node) -> TestClient:
    """The same pages for the public, which may see none of these rows."""
    service = Service(web_node)
    app = create_app(service)

    def principal_of(request: Request) -> Principal:
        return Principal(name="anyone", role=Role.READER, view=PUBLIC)

    mount(app, service, principal_of, app.state.described)
    return TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))


@pytest.fixture(scope="session")
def served(web_node: Node) -> Iterator[str]:
    """The address of the node, really served."""
    app = application(Service(web_node), start=True)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        threading.Event().wait(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    app.state.closing.set()
    server.should_exit = True
    thread.join(timeout=10)
