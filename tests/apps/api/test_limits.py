"""A reader who asks too fast is told to wait, and nobody else is; large answers are few at a time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.support.nodes import opened

from birlik.apps.api import steps
from birlik.apps.api.problems import TooMany
from birlik.apps.serve import application
from birlik.kernel.access.rate import Heavy
from birlik.kernel.members import Role
from birlik.kernel.policy import Principal
from birlik.kernel.service import Service


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with opened(tmp_path / "node", reads_per_s=1) as node:

        def who(request: Request) -> Principal:
            name = request.headers.get("who", "")
            return Principal(name=name, role=Role.READER, view=0) if name else node.operator

        app = application(Service(node), authenticate=who, start=True)
        with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)) as made:
            yield made


def test_who_asks_too_fast_waits_and_the_others_do_not(client: TestClient) -> None:
    answers = [client.get("/api/v1/node", headers={"who": "hasty"}) for _ in range(14)]
    assert [a.status_code for a in answers[:10]] == [200] * 10
    last = answers[-1]
    assert (last.status_code, last.headers["retry-after"]) == (429, "1")
    assert client.get("/api/v1/node", headers={"who": "calm"}).status_code == 200
    assert {client.get("/api/v1/node").status_code for _ in range(30)} == {200}, "who owns the machine has no limit"


def test_large_answers_are_few_at_a_time_for_each() -> None:
    heavy = Heavy(2)
    with heavy.held("one"), heavy.held("one"):
        with heavy.held("other"):
            pass
        with pytest.raises(TooMany), heavy.held("one"):
            pass
    with heavy.held("one"):
        pass


def test_an_answer_to_whom_rows_are_hidden_leaves_at_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def waits_s(took_s: float, first_s: float) -> float:
        waited.append(steps.waits_s(took_s, first_s))
        return 0.0

    monkeypatch.setattr("birlik.apps.api.guard.waits_s", waits_s)
    with opened(tmp_path / "node", answer_step_s=10.0) as node:

        def who(request: Request) -> Principal:
            return Principal(name="r", role=Role.READER, view=int(request.headers["view"]))

        app = application(Service(node), authenticate=who, start=True)
        with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)) as client:
            client.get("/api/v1/node", headers={"view": "0"})
            assert waited == [], "who sees all waits for nothing"
            client.get("/api/v1/node", headers={"view": "1"})
    assert len(waited) == 1
    assert 5 < waited[0] <= 10
