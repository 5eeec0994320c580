"""Blind codes in two worlds: the first coder has said what they read in one of them. Nobody else can tell."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient
from tests.support import toy_worlds
from tests.support.everywhere import BY_JOBS, Known, again, client_of, not_walked, walked
from tests.support.nodes import NOON, opened
from tests.support.walking import VIEW, Walk, differences

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.events import CLAIM, CODING, ROUND
from birlik.kernel import acting, pipeline
from birlik.kernel.intake import Receipt
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import NOBODY, OWN, Principal, Right

pytestmark = pytest.mark.two_worlds
API = "/api/v1"
PROMISE = "com:01"
FIRST, SECOND = "aigul", "bek"
CODE = "cooperation_code_progress"
OF_THE_RUN = (f"{API}/node", "/metrics")
"""What an operator is told of the folder, the run and the memory, which no two nodes share; of counters below."""
LOOK = ("own", "steward", "administrator", "reader", "members", "anyone")
"""Who asks what the other coder was answered otherwise each time."""


def kinds(node: Node) -> Mapping[str, Principal]:
    def one(name: str, role: Role, view: int = OWN, **more: Any) -> Principal:
        right = Right(role=role, **more)
        return Principal(name=name, role=role, view=view, views=(view,), rights=(right,))

    members = node.views.index("members")
    return {
        "own": node.operator,
        FIRST: one(FIRST, Role.READER),
        SECOND: one(SECOND, Role.READER),
        "steward": one("steward", Role.STEWARD, sources=None),
        "administrator": one("administrator", Role.ADMINISTRATOR),
        "reader": one("reader", Role.READER),
        "members": one("members", Role.READER, members),
        "anyone": NOBODY,
    }


def asked(node: Node) -> None:
    """A steward asks two to code."""
    for name in (FIRST, SECOND):
        does(node, "birlik_principal_add", principal_id=name, name=name.title(), kind="person", state="KAZ")
    told = {"entity_id": PROMISE, "axis": "progress", "first_coder": FIRST, "second_coder": SECOND}
    does(node, "cooperation_round_open", **told)
    pipeline.follow(node)


def does(node: Node, name: str, /, **told: Any) -> None:
    """By a name of its own, so that both worlds' rows are called the same."""
    sent_as = f"{name} {told}"
    made = acting.prepared(node, acting.asked(node.acts[name], told, node.operator, sent_as=sent_as))
    assert not isinstance(made, Receipt)
    node.store.commit([made])


def coding_of(node: Node, who: str) -> str:
    principal = kinds(node)[who]
    (row,) = node.reader(principal).mine(CODING.name).to_pylist()
    return str(row["coding_id"])


def said_by_api(client: TestClient, node: Node, value: str) -> int:
    told = {"coding_id": coding_of(node, FIRST), "progress": value, "source": "https://press.example/1"}
    return client.post(f"{API}/acts/{CODE}", json=told, headers={VIEW: FIRST}).status_code


def said_by_form(client: TestClient, node: Node, value: str) -> int:
    address = f"/cooperation/act/{CODE}?key={coding_of(node, FIRST)}"
    told = {"progress": value, "source": "https://press.example/1"}
    return client.post(address, data=told, headers={VIEW: FIRST}, follow_redirects=False).status_code


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[Node, TestClient], ...]]:
    """(node, client) where the first coder has coded, and where nobody has."""
    folder = tmp_path_factory.mktemp("rounds")
    with toy_worlds.equal_nonces(), pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr("birlik.kernel.audit.lines.os", SimpleNamespace(urandom=lambda n: b"s" * n))  # salts of the log
        made = []
        for name in ("one", "two"):  # of equal length: a backup tells where it was made
            told = {"declared": (DOMAIN,), "clock": SetClock(NOON), "follow_every_s": 3_600.0}
            node = stack.enter_context(opened(folder / name, **told))
            asked(node)
            client = stack.enter_context(client_of(node, kinds(node), start=True))
            made.append((node, client))
        assert said_by_api(made[0][1], made[0][0], "done") == 200
        assert said_by_form(made[0][1], made[0][0], "dropped") == 303
        yield tuple(made)


def known(node: Node) -> Known:
    (round_id,) = node.reader(node.operator).rows(ROUND.name).column("round_id").to_pylist()
    codings = [coding_of(node, who) for who in (FIRST, SECOND)]
    return Known(
        paths={"entity_id": [PROMISE], "name": [ROUND.name, CODING.name, CLAIM.name, "coding_agreement"],
               "key": [round_id, *codings], "id": ["none"], "act": [CODE]},
        keys={ROUND.name: (round_id,), CODING.name: codings, CLAIM.name: ()},
        words=("informal", "dropped", "Aigul"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def walks(worlds: Any) -> Mapping[str, tuple[Walk, Walk]]:
    made: dict[str, list[Walk]] = {}
    for node, client in worlds:
        numbers = count()
        with pytest.MonkeyPatch.context() as patch:  # what is done in both is called the same
            patch.setattr(acting, "uuid4", lambda numbers=numbers: UUID(int=next(numbers)))
            made.setdefault(SECOND, []).append(walked(node, client, SECOND, known(node)))
        for who in LOOK:
            made.setdefault(who, []).append(again(client, who, made[SECOND][-1]))
    return {who: (one, other) for who, (one, other) in made.items()}


def test_the_first_coder_has_coded_in_one_world_and_not_in_the_other(worlds: Any) -> None:
    said = [node.unsaid(CODE, coding_of(node, FIRST), FIRST) for node, _ in worlds]
    assert said[0] is not None
    assert said[0]["progress"] == "dropped"
    assert said[1] is None


@pytest.mark.parametrize("who", [SECOND, *LOOK])
def test_every_answer_to_everybody_else_is_the_same_byte_for_byte(
    walks: Mapping[str, tuple[Walk, Walk]], who: str
) -> None:
    assert sum(answer.status == 200 for answer in walks[who][0].answers.values()) > (40 if who != "anyone" else 4)
    told = [address for address in differences(*walks[who]) if not address.startswith((*OF_THE_RUN, *BY_JOBS))]
    assert told == []


def test_every_route_was_asked(worlds: Any, walks: Mapping[str, tuple[Walk, Walk]]) -> None:
    assert not_walked(worlds[0][1], walks[SECOND][0]) == []


def test_what_is_counted_of_requests_tells_nothing(worlds: Any) -> None:
    """An operator who reads `/metrics` every second, beside the acts that have a line."""
    counted = [client.get("/metrics", headers={VIEW: "own"}).text for _, client in worlds]
    lines = [[line for line in text.splitlines() if not line.startswith("process_")] for text in counted]
    assert any("birlik_http_requests_total" in line for line in lines[0])
    assert lines[0] == lines[1]


def test_a_backup_is_as_large(worlds: Any, tmp_path: Path) -> None:
    sizes = []
    for n, (node, _) in enumerate(worlds):
        at = tmp_path / str(n)
        node.backup(at)
        sizes.append(
            {
                str(file.relative_to(at)): file.stat().st_size
                for file in sorted(at.rglob("*"))
                if file.is_file() and file.name != "heads"  # the log's head is signed each minute that passes here
            }
        )
    assert len(sizes[0]) > 3
    assert sizes[0] == sizes[1]


def test_it_would_show_if_the_word_were_a_row_of_its_coder(worlds: Any) -> None:
    """The walk of the coder themself differs: what they said stands in their form."""
    address = f"/cooperation/act/{CODE}?key="
    told = [client.get(address + coding_of(node, FIRST), headers={VIEW: FIRST}).text for node, client in worlds]
    assert told[0] != told[1]
