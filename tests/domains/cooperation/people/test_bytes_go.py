"""What has ended leaves the node's files within days, by the same machinery as what has had its life."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.domains.cooperation.people.conftest import FIELD, MAIL, NAME, SHE, STEWARD, does, presented
from tests.support import nodes
from tests.support.erasing import holds
from tests.support.nodes import follow, rows
from tests.support.registry import registry

from birlik import assembly
from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import erasing, upkeep
from birlik.kernel.node import Node


def days_pass(node: Node, n: int) -> None:
    """Each with an act of somebody else: the day is told by what comes in, not by the clock alone."""
    for day in range(n):
        assert isinstance(node.clock, SetClock)
        node.clock.advance(timedelta(days=1))
        does(
            node,
            "say",
            STEWARD,
            entity_id="com:01",
            property="evidence",
            value=f"seen on day {day}",
            source="https://a.example",
        )
    follow(node)


def over(node: Node) -> None:
    while (order := erasing.over(node)) is not None:
        erasing.end_lives(node, order)
        follow(node)


def opener(clock: SetClock) -> Any:
    return lambda at, **more: assembly.open_node(at, declared=(DOMAIN,), clock=clock, **nodes.SMALL, **more)


KEPT = ("cooperation_private", "cooperation_person", "cooperation_claim")


@pytest.mark.parametrize("how", ["withdrawn", "expired", "taken back"])
def test_bytes_of_what_has_ended_go_within_nine_days_and_all_else_stays(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "node"
    with registry(folder) as node:
        presented(node)
        follow(node)
        told = {row["property"]: row for row in rows(node, "cooperation_private")}
        if how == "withdrawn":
            does(node, "consent_withdraw", SHE, consent_id=told["email"]["consent_id"])
        if how == "taken back":
            does(node, "take_back", SHE, private_id=told["email"]["private_id"])
        follow(node)
        assert {text for _, text in holds(folder, (MAIL,))} == {MAIL}
        days_pass(node, 6 + (10 if how == "expired" else 0))
        assert erasing.over(node) is None
        before = {name: rows(node, name) for name in KEPT}
        days_pass(node, 5)
        over(node)
        assert holds(folder, (MAIL,)) == set()
        assert {text for _, text in holds(folder, (NAME, FIELD))} == {NAME, FIELD}
        live = {name: rows(node, name) for name in before}
        assert all(row in live[name] for name, was in before.items() for row in was)
        clock = node.clock
    assert isinstance(clock, SetClock)
    for left in folder.glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(folder, opener(clock))
    assert holds(folder, (MAIL,)) == set()
    with nodes.opened(folder, declared=(DOMAIN,), clock=clock) as again:
        follow(again)
        assert {name: rows(again, name) for name in live} == live


def test_what_waits_of_a_person_for_a_steward_goes_after_a_year_and_others_words_stay(node: Node) -> None:
    told = {"source": "https://a.example", "note": "heard in Turkistan"}
    does(node, "send", STEWARD, entity_id="person:tokayev", property="name", value="Qasym Zhomart", **told)
    does(node, "send", STEWARD, entity_id="com:01", property="evidence", value="a photograph", **told)
    for _ in range(75):
        node.clock.advance(timedelta(days=5))  # type: ignore[attr-defined]
        does(node, "say", STEWARD, entity_id="com:02", property="evidence", value="seen", source="https://a.example")
    follow(node)
    # The present moves by two days at most with each day on which something comes.
    for _ in range(160):
        node.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
        does(node, "say", STEWARD, entity_id="com:02", property="evidence", value="seen", source="https://a.example")
    over(node)
    assert [row["value"] for row in rows(node, "cooperation_held")] == ["a photograph"]
    assert holds(node.store.folder, ("Qasym Zhomart",)) == set()
