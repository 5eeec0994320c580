"""Applications and reviews in two worlds, which differ only in who has applied, and in what one reviewer has said.

Nobody but the applicant and the organisers of that call can tell the worlds apart.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import count
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
from birlik.domains.cooperation.events.forums import APPLICATION, CALL, CONFLICT, PART, REVIEW, REVIEWERS
from birlik.domains.cooperation.vocabulary.calls import HOST, ORGANISER, REVIEWER
from birlik.kernel import acting, pipeline
from birlik.kernel.intake import Receipt
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import NOBODY, OWN, Labels, Marking, Principal, Right

pytestmark = [pytest.mark.two_worlds, pytest.mark.timeout(900)]
API = "/api/v1"
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
FIRST, SECOND = "anar", "baur"
APPLICANTS = ("Zhibek Invented", "Nurlan Imagined"), ("Institute of Steppe Water", "House of the Wandering")
"""By world, in words of equal length or not: who applies, and for which body."""
GIVE = "cooperation_review_give"
OF_THE_RUN = (f"{API}/node", "/metrics")
BY_DIGEST = (f"{API}/tables/birlik_message", f"{API}/messages", "/birlik/sources", "/birlik/mine/-/")
"""Where messages stand by their digests, or in the order of these, being of one moment. They are of salted bytes of a
round length: see the test of them below."""
LOOK = ("other", "steward", "members", "anyone")
SEES = ("host", "zhibek")


def call_id(node: Node, title: str = "Water") -> str:
    rows = node.reader(node.operator).rows(CALL.name).to_pylist()
    return next(str(row["call_id"]) for row in rows if row["title"] == title)


def kinds(node: Node) -> Mapping[str, Principal]:
    def one(name: str, role: Role = Role.READER, view: int = OWN, duties: Any = (), **more: Any) -> Principal:
        right = Right(role=role, **more)
        return Principal(name=name, role=role, view=view, views=(view,), rights=(right,), duties=frozenset(duties))

    rows = {row["title"]: row["call_id"] for row in node.reader(node.operator).rows(CALL.name).to_pylist()}
    ours, theirs = rows.get("Water", "none"), rows.get("Music", "none")
    return {
        "own": node.operator,
        "host": one("host", duties=[(HOST, ""), (ORGANISER, ours)]),
        "other": one("other", duties=[(HOST, ""), (ORGANISER, theirs)]),
        FIRST: one(FIRST, duties=[(REVIEWER, ours)]),
        SECOND: one(SECOND, duties=[(REVIEWER, ours)]),
        "zhibek": one("zhibek"),
        "steward": one("steward", Role.STEWARD, sources=None),
        "administrator": one("administrator", Role.ADMINISTRATOR),
        "reader": one("reader"),
        "members": one("members", view=node.views.index("members")),
        "anyone": NOBODY,
    }


def does(node: Node, by: str, name: str, /, labels: Labels | None = None, **told: Any) -> Any:
    """By a name of its own, so that both worlds' rows are called the same."""
    who = node.operator if by == "owner" else kinds(node)[by]
    sent_as = f"{by} {name} {told.get('call_id')} {told.get('title')} {told.get('reviewer')} {told.get('principal_id')}"
    made = acting.prepared(node, acting.asked(node.acts[name], told, who, sent_as=sent_as, labels=labels))
    if isinstance(made, Receipt):
        return made.result["about"]
    node.store.commit([made])
    return None


def furnished(node: Node, world: int) -> None:
    """Two calls, two reviewers, one application, which each of the two is asked to judge."""
    for name in ("host", "other", FIRST, SECOND, "zhibek"):
        does(node, "owner", "birlik_principal_add", principal_id=name, name=name.title(), kind="person", state="KAZ")
    told = {"is_blind": True, "deadline": "2026-12-31 23:59", "deadline_zone": "Asia/Almaty", "criteria": "use"}
    does(node, "host", "cooperation_call_open", PUBLIC, title="Water", **told)
    does(node, "other", "cooperation_call_open", PUBLIC, title="Music", **told)
    ours = call_id(node)
    for name in (FIRST, SECOND):
        does(node, "host", "cooperation_reviewer_name", call_id=ours, reviewer=name)
    said = {"title": "A well that remembers", "summary": "One well.", "from_state": ("KAZ", "TUR")[world]}
    said |= {"applicant": APPLICANTS[0][world], "organisation": APPLICANTS[1][world], "speakers": APPLICANTS[0][world]}
    said["address"] = ("zhibek@steppe.example", "nurlan@wander.example")[world]
    does(node, "zhibek", "cooperation_apply", call_id=ours, **said)
    does(node, "host", "cooperation_call_close", call_id=ours, closed_because="it is full")
    does(node, "host", "cooperation_review_ask_all", call_id=ours)
    pipeline.follow(node)


def part_of(node: Node, who: str) -> str:
    (row,) = node.reader(kinds(node)[who]).mine(PART.name).to_pylist()
    return str(row["part_id"])


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[Node, TestClient], ...]]:
    """(node, client) where one applies and the first reviewer has spoken, and where another does and nobody has."""
    folder = tmp_path_factory.mktemp("calls")
    with toy_worlds.equal_nonces(), pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr("birlik.kernel.audit.lines.os", SimpleNamespace(urandom=lambda n: b"s" * n))
        made = []
        for world, name in enumerate(("one", "two")):
            told = {"declared": (DOMAIN,), "clock": SetClock(NOON), "follow_every_s": 3_600.0}
            node = stack.enter_context(opened(folder / name, **told))
            furnished(node, world)
            client = stack.enter_context(client_of(node, kinds(node), start=True))
            made.append((node, client))
        node, client = made[0]
        said = {"part_id": part_of(node, FIRST), "score_1": "2", "words": "dull"}
        assert client.post(f"{API}/acts/{GIVE}", json=said, headers={VIEW: FIRST}).status_code == 200
        yield tuple(made)


def known(node: Node) -> Known:
    rows = node.reader(node.operator)
    parts = [part_of(node, who) for who in (FIRST, SECOND)]
    (application,) = rows.rows(APPLICATION.name).column("application_id").to_pylist()
    tables = [t.name for t in (CALL, APPLICATION, REVIEWERS, CONFLICT, PART, REVIEW)]
    return Known(
        paths={"call_id": [call_id(node)], "name": [*tables, "applications_sent", "applicants_by_state"],
               "key": [call_id(node), application, *parts], "id": ["none"], "act": [GIVE, "cooperation_apply"]},
        keys={CALL.name: (call_id(node),), APPLICATION.name: (application,), PART.name: parts},
        words=("well", "Zhibek", "Nurlan", "Steppe", "dull"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def walks(worlds: Any) -> Mapping[str, tuple[Walk, Walk]]:
    made: dict[str, list[Walk]] = {}
    for node, client in worlds:
        numbers = count()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(acting, "uuid4", lambda numbers=numbers: UUID(int=next(numbers)))
            made.setdefault(SECOND, []).append(walked(node, client, SECOND, known(node)))
        for who in LOOK:
            made.setdefault(who, []).append(again(client, who, made[SECOND][-1]))
    return {who: (one, other) for who, (one, other) in made.items()}


@pytest.mark.parametrize("who", [SECOND, *LOOK])
def test_every_answer_to_who_is_no_party_is_the_same_byte_for_byte(
    walks: Mapping[str, tuple[Walk, Walk]], who: str
) -> None:
    assert sum(answer.status == 200 for answer in walks[who][0].answers.values()) > (40 if who != "anyone" else 4)
    told = [a for a in differences(*walks[who]) if not a.startswith((*OF_THE_RUN, *BY_DIGEST, *BY_JOBS))]
    assert told == []


def test_every_route_was_asked(worlds: Any, walks: Mapping[str, tuple[Walk, Walk]]) -> None:
    assert not_walked(worlds[0][1], walks[SECOND][0]) == []


@pytest.mark.parametrize("who", SEES)
def test_who_is_a_party_sees_who_applies(worlds: Any, who: str) -> None:
    """Else the walks would show nothing."""
    for world, (_, client) in enumerate(worlds):
        told = client.get(f"{API}/mine/{APPLICATION.name}", headers={VIEW: who}).text
        assert APPLICANTS[0][world] in told
        assert APPLICANTS[0][1 - world] not in told


def test_the_organiser_cannot_tell_whether_one_reviewer_has_spoken(worlds: Any) -> None:
    told = [client.get(f"{API}/mine/{REVIEW.name}", headers={VIEW: "host"}).content for _, client in worlds]
    assert told[0] == told[1]


def test_it_would_show_if_the_table_were_read_by_a_role(worlds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("birlik.kernel.store.catalogue.Catalogue.may_read", lambda *told: True)
    told = [client.get(f"{API}/tables/{APPLICATION.name}", headers={VIEW: "steward"}).content for _, client in worlds]
    assert told[0] != told[1]


def test_of_the_messages_nothing_but_a_salted_digest_differs(worlds: Any) -> None:
    seen = []
    for _, client in worlds:
        rows = client.get(f"{API}/tables/birlik_message", headers={VIEW: "steward"}).json()["data"]
        told = [{name: value for name, value in row.items() if name != "message_id"} for row in rows]
        seen.append(sorted(told, key=str))  # of one moment, they stand in the order of their digests
    assert len(seen[0]) > 8
    assert seen[0] == seen[1]
    assert {row["source_id"] for row in seen[0] if row["size_bytes"] % 8_192 == 0} >= {"anyone"}
