"""Offers and introductions in two worlds, which differ only in what waits for a steward, and in what one person says to
another who agrees to be introduced.

Nobody but the sender and the stewards can tell the worlds apart by what waits, and nobody but the two by the rest.
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
from tests.support.everywhere import BY_JOBS, Known, again, client_of, walked
from tests.support.nodes import NOON, opened
from tests.support.walking import VIEW, Walk, differences

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.events.introductions import INTRODUCTION
from birlik.domains.cooperation.events.offers import OFFER, POSTING
from birlik.kernel import acting, pipeline
from birlik.kernel.intake import Receipt
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import NOBODY, OWN, Principal, Right

pytestmark = [pytest.mark.two_worlds, pytest.mark.timeout(900)]
API = "/api/v1"
OFFERED = {"side": "offer", "what": "capital", "title": "Money for wells", "words": "We fund wells.", "lang": "en"}
HELD = ("Money for the quiet well", "Silver of the hidden spring")
SAID = ("Ten membranes stand ready", "We dig for what nobody saw")
ADDRESS = ("timur@wells.example", "timur@other.example")
OF_THE_RUN = (f"{API}/node", "/metrics")
BY_DIGEST = (f"{API}/tables/birlik_message", f"{API}/messages", "/birlik/sources", "/birlik/mine/-/")
"""Where messages stand by their digests, or in the order of these."""
LOOK = ("reader", "members", "anyone")


def kinds(node: Node) -> Mapping[str, Principal]:
    def one(name: str, role: Role = Role.READER, view: int = OWN, **more: Any) -> Principal:
        return Principal(name=name, role=role, view=view, views=(view,), rights=(Right(role=role, **more),))

    return {
        "own": node.operator,
        "gulnar": one("gulnar"),
        "timur": one("timur"),
        "steward": one("steward", Role.STEWARD, sources=None),
        "reader": one("reader"),
        "members": one("members", view=node.views.index("members")),
        "anyone": NOBODY,
    }


def does(node: Node, by: str, name: str, /, sent_as: str = "", **told: Any) -> Any:
    """By a name of its own, so that both worlds' rows are called the same."""
    who = node.operator if by == "owner" else kinds(node)[by]
    made = acting.prepared(node, acting.asked(node.acts[name], told, who, sent_as=sent_as or f"{by} {name}"))
    assert not isinstance(made, Receipt)
    node.store.commit([made])
    pipeline.follow(node)


def furnished(node: Node, world: int) -> None:
    """Something that is published; somebody asks, and they agree; and something that waits."""
    for name in ("gulnar", "timur"):
        told = {"principal_id": name, "name": name.title(), "kind": "person", "state": "KAZ"}
        does(node, "owner", "birlik_principal_add", sent_as=name, **told)
    day = (NOON.date().toordinal() - 719_163) + 60
    does(node, "gulnar", "cooperation_offer_post", closes_day=day, **OFFERED)
    (posting,) = node.reader(node.operator).rows(POSTING.name).column("posting_id").to_pylist()
    does(node, "owner", "cooperation_offer_publish", posting_id=posting)
    (offer,) = node.reader(node.operator).rows(OFFER.name).column("offer_id").to_pylist()
    told = {"offer_id": offer, "message": SAID[world], "my_address": ADDRESS[world]}
    does(node, "timur", "cooperation_introduction_ask", **told)
    (row,) = node.reader(kinds(node)["gulnar"]).mine(INTRODUCTION.name).to_pylist()
    told = {"introduction_id": row["introduction_id"], "box": "received", "my_address": "gulnar@funds.example"}
    does(node, "gulnar", "cooperation_introduction_agree", **told)
    waits = {**OFFERED, "title": HELD[world], "closes_day": day}
    does(node, "gulnar", "cooperation_offer_post", sent_as="held", **waits)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[Node, TestClient], ...]]:
    folder = tmp_path_factory.mktemp("offers")
    with toy_worlds.equal_nonces(), pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr("birlik.kernel.audit.lines.os", SimpleNamespace(urandom=lambda n: b"s" * n))
        made = []
        for world, name in enumerate(("one", "two")):
            told = {"declared": (DOMAIN,), "clock": SetClock(NOON), "follow_every_s": 3_600.0}
            node = stack.enter_context(opened(folder / name, **told))
            furnished(node, world)
            made.append((node, stack.enter_context(client_of(node, kinds(node), start=True))))
        yield tuple(made)


def known(node: Node) -> Known:
    (offer,) = node.reader(node.operator).rows(OFFER.name).column("offer_id").to_pylist()
    postings = node.reader(node.operator).rows(POSTING.name).column("posting_id").to_pylist()
    (row,) = node.reader(kinds(node)["gulnar"]).mine(INTRODUCTION.name).to_pylist()
    introduction = f"{row['introduction_id']},received"
    tables = [t.name for t in (OFFER, POSTING, INTRODUCTION)]
    return Known(
        paths={"offer_id": [offer], "name": [*tables, "cooperation_fit", "offers_open", "introductions"],
               "key": [offer, *postings, introduction], "id": ["none"], "act": ["cooperation_offer_post"]},
        keys={OFFER.name: (offer,), POSTING.name: postings, INTRODUCTION.name: (introduction,)},
        words=("wells", "quiet", "spring", "membranes", "timur"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def walks(worlds: Any) -> Mapping[str, tuple[Walk, Walk]]:
    made: dict[str, list[Walk]] = {}
    for node, client in worlds:
        numbers = count()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(acting, "uuid4", lambda numbers=numbers: UUID(int=next(numbers)))
            made.setdefault("reader", []).append(walked(node, client, "reader", known(node)))
        for who in LOOK[1:]:
            made.setdefault(who, []).append(again(client, who, made["reader"][-1]))
    return {who: (one, other) for who, (one, other) in made.items()}


@pytest.mark.parametrize("who", LOOK)
def test_every_answer_to_who_is_no_party_is_the_same_byte_for_byte(
    walks: Mapping[str, tuple[Walk, Walk]], who: str
) -> None:
    assert sum(answer.status == 200 for answer in walks[who][0].answers.values()) > (40 if who != "anyone" else 4)
    told = [a for a in differences(*walks[who]) if not a.startswith((*OF_THE_RUN, *BY_DIGEST, *BY_JOBS))]
    assert told == []


def test_a_steward_sees_what_waits_and_nothing_of_who_is_introduced(worlds: Any) -> None:
    for world, (_, client) in enumerate(worlds):
        ask = {VIEW: "steward"}
        assert HELD[world] in client.get("/cooperation/offers_held?whole=1", headers=ask).text
        for address in (f"{API}/tables/{INTRODUCTION.name}", f"{API}/mine/{INTRODUCTION.name}",
                        f"{API}/tables/birlik_act", f"{API}/tables/birlik_message"):  # fmt: skip
            told = client.get(address, headers=ask).text
            assert SAID[world] not in told
            assert ADDRESS[world] not in told


@pytest.mark.parametrize("who", ["gulnar", "timur"])
def test_each_of_the_two_sees_their_own(worlds: Any, who: str) -> None:
    """Else the walks would show nothing."""
    for world, (_, client) in enumerate(worlds):
        told = client.get(f"{API}/mine/{INTRODUCTION.name}", headers={VIEW: who}).text
        assert SAID[world] in told
        assert ADDRESS[world] in told
