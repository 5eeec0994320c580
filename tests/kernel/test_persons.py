"""Rows of persons where several columns name them, or not every row is one's; and what is forgotten when it ends."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support import clubs, nodes
from tests.support.clubs import BEGIN, CLUBS, KNOWS, MEMBER, NOTE, TOLD, lines
from tests.support.erasing import agreed, done, holds, steward
from tests.support.nodes import FOR_MEMBERS, follow, rows
from tests.support.server import browsing

from birlik import assembly
from birlik.clock import SetClock
from birlik.errors import BadRequest, Misdeclared
from birlik.kernel import checking, erasing, upkeep
from birlik.kernel.domain import Kept, Persons
from birlik.kernel.node import Node
from birlik.kernel.own import OWN
from birlik.kernel.store.moments import At

SHE, NAME, ALIAS = "member:4711", "Zhanar Qyzylova", "the red fox"
MARKS = (SHE, NAME, ALIAS, "met her at the well", "she asked for it", "plays the kobyz", "is told no more")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with nodes.opened(tmp_path / "node", declared=(CLUBS,), clock=SetClock(BEGIN)) as made:
        yield made


def take(node: Node, *said: Any, **more: Any) -> None:
    receipt = nodes.take(node, lines(*said), media_type=clubs.MEDIA_TYPE, **more)
    assert not receipt.refused


def lived(node: Node) -> None:
    until = (BEGIN + timedelta(days=30)).isoformat()
    take(
        node,
        (MEMBER, {"member_id": SHE, "name": NAME, "login": "zhanar"}),
        (MEMBER, {"member_id": "member:1", "name": "Aset", "login": "aset"}),
        (KNOWS, {"one": "member:1", "other": SHE, "how": "met her at the well"}),
        (KNOWS, {"one": "member:1", "other": "house:3", "how": "lives in it"}),
        (NOTE, {"note_id": "n1", "about": SHE, "sort": "alias", "words": ALIAS}),
        (NOTE, {"note_id": "n2", "about": "house:3", "sort": "alias", "words": "the blue door"}),
        labels=FOR_MEMBERS,
    )
    node.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    take(
        node,
        (NOTE, {"note_id": "n1", "reason": "she asked for it"}, "part"),
        (NOTE, {"note_id": "n2", "reason": "painted anew"}, "part"),
        labels=FOR_MEMBERS,
    )
    take(node, (TOLD, {"told_id": "t1", "member_id": SHE, "words": "plays the kobyz", "until_time": until}))
    take(node, (TOLD, {"told_id": "t2", "member_id": "member:1", "words": "keeps bees", "until_time": None}))
    follow(node)


def others(node: Node) -> dict[str, Any]:
    return {
        name: [row for row in rows(node, name) if not any(mark in str(row) for mark in MARKS)] for name in clubs.TABLES
    }


@pytest.mark.parametrize(
    ("table", "said"),
    [
        pytest.param(replace(NOTE, persons=Persons(of="clubs_none", columns=("about",))), "clubs_none", id="no table"),
        pytest.param(replace(NOTE, persons=Persons(of=MEMBER.name, columns=("of",))), "no column 'of'", id="no column"),
        pytest.param(replace(NOTE, person="about"), "either one column says", id="twice"),
        pytest.param(replace(NOTE, persons=None), "no person says whose row it is", id="nobody's"),
        pytest.param(replace(NOTE, kept=Kept(forgets=True)), "nothing says when that is", id="forgets never"),
    ],
)
def test_what_is_declared_of_persons_holds_together(table: Any, said: str) -> None:
    with pytest.raises(Misdeclared, match=said):
        checking.check((replace(CLUBS, tables=(MEMBER, KNOWS, table, TOLD)), OWN))


def test_an_erasure_takes_a_row_by_each_column_and_with_it_what_was_said_of_it_by_its_key_alone(
    node: Node, tmp_path: Path
) -> None:
    lived(node)
    take(node, (NOTE, {"note_id": "n3", "about": "house:3", "sort": "plain", "words": f"asked for {SHE}"}))
    follow(node)
    before = others(node)
    assert {text for _, text in holds(node.store.folder, MARKS[:-1])} == set(MARKS[:-1])
    agreed(node, SHE, MEMBER.name)
    (made,) = done(node)
    follow(node)
    assert made.gone.rows_n == 5  # herself, whom she knows, a note and a part of it, what she let be told
    assert others(node) == before
    left = {text for _, text in holds(node.store.folder, MARKS)}
    assert left == {SHE}  # in the words of a note on a house, which nobody declared as hers
    assert {row["note_id"]: row["reason"] for row in rows(node, NOTE.name)} == {"n2": "painted anew", "n3": None}
    with pytest.raises(BadRequest, match="'house:3' is no person: their keys begin with member:"):
        agreed(node, "house:3", MEMBER.name)


def test_a_rebuild_does_not_bring_it_back_nor_does_the_same_message(node: Node) -> None:
    lived(node)
    agreed(node, SHE, MEMBER.name)
    done(node)
    receipt = nodes.take(
        node,
        lines((KNOWS, {"one": "member:1", "other": SHE, "how": "met her at the well"})),
        media_type=clubs.MEDIA_TYPE,
        labels=FOR_MEMBERS,
    )
    assert [each.reason for each in receipt.refused] == ["a part of this is not taken here"]
    follow(node)
    assert holds(node.store.folder, MARKS) == set()


def test_what_forgets_is_shown_at_no_moment_once_it_has_ended(node: Node) -> None:
    lived(node)
    then = node.clock.now()
    reader = node.reader(node.operator)
    assert {row["words"] for row in rows(node, TOLD.name)} == {"plays the kobyz", "keeps bees"}
    assert reader.rows(TOLD.name, at=At(as_of=then)).num_rows == 2
    assert reader.history(TOLD, {"told_id": "t1"}).num_rows == 1
    follow(node, minutes=31 * 24 * 60)
    reader = node.reader(node.operator)
    for at in (At(), At(as_of=then), At(holds=then)):
        assert [row["words"] for row in reader.rows(TOLD.name, at=at).to_pylist()] == ["keeps bees"]
    assert reader.history(TOLD, {"told_id": "t1"}).num_rows == 0
    assert [row["told_id"] for row in reader.changes(TOLD).to_pylist()] == ["t2"]
    with browsing(node) as client:
        assert client.get("/api/v1/search", params={"q": "kobyz"}).json()["data"] == []
        told = client.post("/api/v1/person", json={"key": SHE}).json()
    (of,) = [each for each in told["tables"] if each["table"] == TOLD.name]
    assert (of["rows"], of["forgotten_n"]) == ([], 1)


def test_what_has_ended_leaves_the_files_within_days_and_a_rebuild_has_it_no_more(tmp_path: Path) -> None:
    folder, clock = tmp_path / "node", SetClock(BEGIN)
    with nodes.opened(folder, declared=(CLUBS,), clock=clock) as node:
        lived(node)
        for _ in range(30 + 10):
            clock.advance(timedelta(days=1))
            take(node, (NOTE, {"note_id": "n2", "reason": f"painted on {clock.now().date()}"}, "part"))
        order = erasing.over(node)
        assert order is not None
        erasing.end_lives(node, order)
        follow(node)
        live = {name: rows(node, name) for name in clubs.TABLES}
        assert erasing.over(node) is None
        assert {text for _, text in holds(folder, MARKS)} == set(MARKS) - {"plays the kobyz", "is told no more"}
    for left in folder.glob("store.duckdb*"):
        left.unlink()
    opener = lambda at, **more: assembly.open_node(at, declared=(CLUBS,), clock=clock, **nodes.SMALL, **more)  # noqa: E731
    upkeep.rebuild(folder, opener)
    with nodes.opened(folder, declared=(CLUBS,), clock=clock) as node:
        assert {name: rows(node, name) for name in clubs.TABLES} == live


def test_a_person_is_told_all_that_is_kept_of_them_and_nothing_of_others(node: Node) -> None:
    lived(node)
    ((key, found),) = erasing.kept_of_own(node, replace(steward("zhanar"), view=node.views.index("members")))
    by_table = {each.table.name: each for each in found}
    assert key == SHE
    assert by_table[MEMBER.name].rows[0]["name"] == NAME
    assert by_table[TOLD.name].rows[0]["words"] == "plays the kobyz"
    assert [row["words"] for row in by_table[NOTE.name].rows if row["words"]] == [ALIAS]
    assert (list(by_table[KNOWS.name].rows), by_table[KNOWS.name].others_n) == ([], 1)
    assert erasing.kept_of_own(node, steward("nobody")) == []
