"""A person of the registry is erased: what came by any way goes from all files; their name on a work is the work's."""

import copy
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from tests.domains.cooperation.people.conftest import ANOTHER, FIELD, MAIL, NAME, STEWARD, does, of, presented
from tests.support import nodes
from tests.support.erasing import act, done, holds
from tests.support.nodes import everything, follow, rows
from tests.support.registry import registry, sent

from birlik import assembly
from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import upkeep
from birlik.kernel.audit.verifying import verify
from birlik.kernel.members import Role
from birlik.kernel.node import Node

OFFICE, QUOTE, NOTED = "Keeper of the Qyzylova Wells", "she keeps the seven wells", "found in the yellow gazette"
REASON, HELD_VALUE, HELD_REASON = "it was her grandmother", "Janar the elder", "no source as the blue leaf"
LETTER = "about the salt in the ninth well"
WHY, OTHER_NAME = "same hand and the same ink", "Жанар Қызылова"
MARKS = (NAME, MAIL, FIELD, OFFICE, QUOTE, NOTED, REASON, HELD_VALUE, HELD_REASON, WHY, OTHER_NAME, LETTER)
MADE_ONCE = ("birlik_message", "birlik_act", "birlik_erasure")
WORK = orjson.dumps(
    {
        "id": "https://openalex.org/W4711",
        "doi": "https://doi.org/10.5555/wells",
        "title": "Wells of the steppe",
        "type": "article",
        "authorships": [{"author": {"display_name": NAME}}, {"author": {"display_name": "A. Other"}}],
    }
)


def lived(node: Node) -> tuple[str, ...]:
    """She has an entry by her own word, and holds an office; each way in has left something. Returns her ids."""
    own = presented(node)
    does(node, "write", ANOTHER, entity_id=own, subject="Wells", words=LETTER)
    office = does(node, "office", STEWARD, name=OTHER_NAME, lang="kk", office=OFFICE, holder_of="KAZ", quote=QUOTE,
                  source="https://gov.example/wells")["entity_id"]  # fmt: skip
    told = {"entity_id": office, "property": "name", "lang": "en", "source": "https://press.example/1"}
    wrong = does(node, "say", STEWARD, **told, value="Zhanar of the Wells", note=NOTED)["claim_id"]
    does(node, "withdraw", STEWARD, claim_id=wrong, reason=REASON)
    held = does(node, "send", ANOTHER, **{**told, "value": HELD_VALUE})["held_id"]
    does(node, "return", STEWARD, held_id=held, reason=HELD_REASON)
    second = does(node, "office", STEWARD, name="Zh. Qyzylova", office="Member of the Council of Wells",
                  source="https://gov.example/council")["entity_id"]  # fmt: skip
    does(node, "judge", STEWARD, left_id=office, right_id=second, verdict="same", why=WHY)
    does(node, "say", STEWARD, entity_id="com:01", property="owner", value=office, source="https://gov.example/wells")
    does(
        node, "say", STEWARD, entity_id="com:02", property="evidence", value="a photograph", source="https://a.example"
    )
    assert sent(node, "openalex", WORK).accepted
    assert sent(node, "bibtex", f"@article{{k1, title={{Wells}}, author={{{NAME}}}, author={{X}}}}".encode()).refused
    assert sent(node, "bibtex", f"@article{{k2, title={{Of {MAIL}}}, title={{X}}}}".encode()).refused
    follow(node)
    return own, office, second


def erased(node: Node, key: str) -> None:
    told = act(node, "birlik_erasure_propose", STEWARD, people="cooperation_person", key=key, ground="order 17 of 2026")
    name = told["about"]["erasure_id"]
    act(node, "birlik_erasure_confirm", of("serik", Role.STEWARD), erasure_id=name)
    done(node)


COUNTED = ("cooperation_source", "cooperation_backing")
"""They count what is said by each source and of each thing: hers is no longer among it."""


def others(node: Node, ids: tuple[str, ...], view: str) -> Mapping[str, Any]:
    marks = (*ids, *MARKS)
    made = everything(node, view, without=MADE_ONCE)
    return {
        name: [
            {n: v for n, v in row.items() if n not in ("message_id", "claims_n", "sources_n", "changed_time")}
            for row in each
            if not any(mark in str(row) for mark in marks) and row.get("entity_id") != "com:01"
        ]
        for name, each in made.items()
        if not name.startswith("figures") and name not in COUNTED
    }


def opener(clock: SetClock) -> Any:
    return lambda at, **more: assembly.open_node(at, declared=(DOMAIN,), clock=clock, **nodes.SMALL, **more)


def in_works(folder: Path) -> set[str]:
    """Which of the marks stand in the files."""
    return {text for _, text in holds(folder, MARKS)}


def test_all_that_came_by_any_way_goes_but_the_name_on_a_work(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    with registry(folder) as node:
        ids = lived(node)
        clock = copy.copy(node.clock)
        assert in_works(folder) == set(MARKS)
        node.backup(tmp_path / "before")
        stood = {view: others(node, ids, view) for view in ("own", "members", "public")}
        work = rows(node, "cooperation_work")
        for key in ids:
            erased(node, key)
        follow(node)
        node.backup(tmp_path / "after")
        assert in_works(folder) == {NAME}
        assert in_works(tmp_path / "after") == {NAME}
        assert not {text for _, text in holds(folder, ids)}
        assert {view: others(node, ids, view) for view in stood} == stood
        assert [row["authors"] for row in rows(node, "cooperation_work")] == [row["authors"] for row in work]
        live = {name: rows(node, name) for name in ("cooperation_claim", "cooperation_record", "cooperation_decision")}
        assert live["cooperation_decision"] == []
    assert isinstance(clock, SetClock)
    clock.advance(timedelta(hours=1))
    assert verify(folder / "audit", []).is_whole
    for left in folder.glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(folder, opener(clock))
    assert in_works(folder) == {NAME}
    with nodes.opened(folder, declared=(DOMAIN,), clock=clock) as node:
        assert {name: rows(node, name) for name in live} == live


def test_a_backup_from_before_is_erased_once_more_before_it_answers(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    with registry(folder) as node:
        ids = lived(node)
        node.backup(tmp_path / "before")
        assert isinstance(node.clock, SetClock)
        node.clock.advance(timedelta(hours=1))
        for key in ids:
            erased(node, key)
        clock = node.clock
    assert in_works(tmp_path / "before") == set(MARKS)
    restored = tmp_path / "restored"
    upkeep.restore(tmp_path / "before", restored)
    clock.advance(timedelta(days=2))
    with nodes.opened(restored, declared=(DOMAIN,), clock=clock) as node:
        follow(node)
        assert rows(node, "cooperation_private") == []
        assert rows(node, "cooperation_decision") == []
    assert in_works(restored) == {NAME}
    assert not {text for _, text in holds(restored, ids)}
