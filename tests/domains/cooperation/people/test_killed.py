"""A person of the registry is erased, and the node is killed in the midst of it: the next start ends it whole."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.domains.cooperation.people.conftest import NAME, STEWARD, of
from tests.domains.cooperation.people.test_erasing import MARKS, lived, others
from tests.support import nodes
from tests.support.erasing import act, done, holds
from tests.support.killing import POINTS
from tests.support.nodes import follow, rows
from tests.support.registry import TODAY, registry
from tests.support.server import ROOT, environment

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.audit.verifying import verify
from birlik.kernel.members import Role

KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from tests.domains.cooperation.people.test_killed import agreed, reopened
from tests.support.erasing import done
from tests.support.killing import POINTS
from birlik.clock import SetClock

with reopened(Path(sys.argv[1]), SetClock(datetime.fromisoformat(sys.argv[2]))) as node:
    agreed(node, sys.argv[4:])
    POINTS[sys.argv[3]]()
    done(node)
"""


def reopened(folder: Path, clock: SetClock) -> Any:
    return nodes.opened(folder, declared=(DOMAIN,), clock=clock, follow_every_s=3600)


def agreed(node: Any, ids: list[str]) -> None:
    """All entries of the person are to go; the first of them is under way when the node is killed."""
    for key in ids:
        told = act(node, "birlik_erasure_propose", STEWARD, people="cooperation_person", key=key, ground="order 17")
        name = told["about"]["erasure_id"]
        act(node, "birlik_erasure_confirm", of("serik", Role.STEWARD), erasure_id=name)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...], Mapping[str, Any]]:
    """(the folder of a node in which she has left traces everywhere, her ids, by view all that is of others)."""
    folder = tmp_path_factory.mktemp("lived") / "node"
    with registry(folder) as node:
        ids = lived(node)
        stood = {view: others(node, ids, view) for view in ("own", "members")}
    return folder, ids, stood


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_ends_whole_and_nothing_of_her_is_left(
    before: tuple[Path, tuple[str, ...], Mapping[str, Any]], tmp_path: Path, point: str
) -> None:
    lay, ids, stood = before
    folder = tmp_path / "node"
    shutil.copytree(lay, folder)
    for beside in lay.parent.glob(f"{lay.name}.*"):
        shutil.copy(beside, tmp_path / beside.name)  # the key file, and what was erased before
    assert {text for _, text in holds(folder, MARKS)} == set(MARKS)
    clock = SetClock(TODAY + timedelta(hours=1))
    command = [sys.executable, "-c", KILLED, str(folder), clock.now().isoformat(), point, *ids]
    ended = subprocess.run(command, cwd=ROOT, env=environment(), check=False, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    clock.advance(timedelta(minutes=5))
    with reopened(folder, clock) as node:
        done(node)
        follow(node)
        assert [row["status"] for row in rows(node, "birlik_erasure")] == ["done"] * len(ids)
        assert {view: others(node, ids, view) for view in stood} == stood
        assert rows(node, "cooperation_private") == []
    assert {text for _, text in holds(folder, MARKS)} == {NAME}, "the work has its author still"
    assert not holds(folder, ids)
    assert not (folder / "erasing").exists()
    assert verify(folder / "audit", []).is_whole
