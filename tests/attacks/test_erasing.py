"""Bringing back what was erased, or erasing alone: each succeeds only against a node that the test has weakened."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.erasing import KEY, MARKED, NOTE, act, agreed, done, holds, lived, opened, steward, take
from tests.support.library import BEGIN, loan
from tests.support.nodes import rows
from tests.support.strangers import house

from birlik.clock import SetClock
from birlik.errors import BirlikError
from birlik.kernel import erasure, pipeline, upkeep
from birlik.kernel.policy import Right, Role
from birlik.kernel.store.forgotten import Erasures

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Place:
    """A node of which a person is to be erased, a backup from before, and room to try things."""

    folder: Path
    before: Path
    room: Path
    clock: SetClock


@pytest.fixture
def place(tmp_path: Path) -> Place:
    at = Place(tmp_path / "node", tmp_path / "before", tmp_path / "room", SetClock(BEGIN + timedelta(days=10)))
    with opened(at.folder, clock=at.clock) as node:
        lived(node)
        node.backup(at.before)
    at.clock.advance(timedelta(hours=1))
    at.room.mkdir()
    return at


def erased(at: Place) -> None:
    with opened(at.folder, clock=at.clock) as node:
        agreed(node)
        done(node)
    at.clock.advance(timedelta(days=1))


# --- attacks: true where they succeed -----------------------------------------------------------------------------


def one_steward_erases_alone(at: Place) -> bool:
    with opened(at.folder, clock=at.clock) as node:
        told = act(node, "birlik_erasure_propose", steward("mal"), people="library_reader", key=KEY, ground="none")
        try:
            act(node, "birlik_erasure_confirm", steward("mal"), erasure_id=told["about"]["erasure_id"])
        except BirlikError:
            return False
        return bool(done(node))


def who_has_an_old_backup_brings_it_back_by_hiding_the_list(at: Place) -> bool:
    erased(at)
    (at.folder.parent / "node.erasures").rename(at.room / "hidden")
    try:
        upkeep.restore(at.before, at.room / "restored")
    except BirlikError:
        return False
    return bool(holds(at.room / "restored"))


def who_copies_an_old_backup_over_the_folder_brings_it_back(at: Place) -> bool:
    """Without the command, by hand: the list lies beside the folder still."""
    if not (at.folder.parent / "node.erasures").read_bytes().count(b"\n") > 1:
        erased(at)
    shutil.rmtree(at.folder)
    shutil.copytree(at.before, at.folder)
    with opened(at.folder, clock=at.clock) as node:
        return any(row["reader_id"] == KEY for row in rows(node, "library_loan"))


def a_supplier_sends_it_once_more(at: Place) -> bool:
    erased(at)
    with opened(at.folder, clock=at.clock) as node:
        take(node, [loan("l1", KEY, note=NOTE)], source_id="another")
    return bool(holds(at.folder, MARKED))


def who_takes_the_node_home_tries_out_what_a_message_was(at: Place) -> bool:
    """The message was short, and all of it but a card's number is known: SHA-256 would tell which it was."""
    body = loan("l4", KEY, day=1, note=NOTE).encode()
    erased(at)
    with opened(at.folder, clock=at.clock) as node:
        held = {row["message_id"] for row in rows(node, "birlik_message")}
    return hashlib.sha256(body).hexdigest() in held


Attack = Callable[[Place], bool]
Weaken = Callable[[Patch], None]
EACH: tuple[tuple[Attack, Weaken], ...] = (
    (
        one_steward_erases_alone,
        lambda patch: patch.setattr(erasure, "EVERY_RIGHT", (Right(role=Role.STEWARD, sources=None),)),
    ),
    (
        who_has_an_old_backup_brings_it_back_by_hiding_the_list,
        lambda patch: patch.setattr(upkeep, "_list_of", lambda *args, **more: None),
    ),
    (
        who_copies_an_old_backup_over_the_folder_brings_it_back,
        lambda patch: patch.setattr(Erasures, "all", {}),
    ),
    (
        a_supplier_sends_it_once_more,
        lambda patch: patch.setattr(pipeline.left, "without_erased", lambda made, *args: made),
    ),
    (
        who_takes_the_node_home_tries_out_what_a_message_was,
        lambda patch: patch.setattr(Erasures, "salted", lambda self, erasure_id, digest: digest),
    ),
)
NAMES = [attack.__name__ for attack, _ in EACH]


@pytest.mark.parametrize(("attack", "weaken"), EACH, ids=NAMES)
def test_it_fails(place: Place, attack: Attack, weaken: Weaken) -> None:
    assert not attack(place)


@pytest.mark.parametrize(("attack", "weaken"), EACH, ids=NAMES)
def test_it_succeeds_against_a_node_that_was_weakened(
    place: Place, attack: Attack, weaken: Weaken, monkeypatch: Patch
) -> None:
    if attack is who_copies_an_old_backup_over_the_folder_brings_it_back:
        erased(place)  # by a whole node; only then it forgets its list
    weaken(monkeypatch)
    assert attack(place)


def test_only_a_steward_asks_what_is_kept_of_somebody_or_has_them_erased(tmp_path: Path) -> None:
    with house(tmp_path / "node") as at:
        asked = {
            name: client.post("/api/v1/person", json={"key": "somebody"}).status_code
            for name, client in (
                ("steward", at.person("s.one", "steward")),
                ("operator", at.person("o.one", "operator")),
                ("reader", at.person("r.one", "reader")),
                ("administrator", at.administrator),
                ("nobody", at.stranger()),
            )
        }
        assert asked == {"steward": 200, "operator": 403, "reader": 403, "administrator": 403, "nobody": 401}
        told = {"people": "library_reader", "key": "somebody", "ground": "a wish"}
        assert at.person("o.two", "operator").acts("birlik_erasure_propose", **told).status_code == 403
