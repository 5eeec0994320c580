"""Who writes goes before who computes and who answers."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.apps.api.conftest import calling, opened

from birlik.kernel.priority import BEHIND, behind
from birlik.kernel.store.database import Database


def nice_here() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def nice_by_thread() -> dict[int, int]:
    made: dict[int, int] = {}
    for task in map(int, os.listdir("/proc/self/task")):
        with suppress(ProcessLookupError):  # it may end while they are listed
            made[task] = os.getpriority(os.PRIO_PROCESS, task)
    return made


def test_what_is_done_behind_gives_way_and_who_asked_for_it_stays_where_it_was() -> None:
    before = nice_here()
    assert behind(nice_here) == BEHIND
    assert nice_here() == before


def test_an_error_behind_is_told_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        behind(lambda: 1 // 0)


def test_the_engines_own_threads_give_way(tmp_path: Path) -> None:
    before = nice_by_thread()
    database = Database(tmp_path / "store.duckdb", memory_limit="200MB", threads=3)
    began = [nice for task, nice in nice_by_thread().items() if task not in before]
    database.close()
    # One or two may begin here meanwhile that are none of the engine's: of tests before this one.
    assert began.count(BEHIND) > 2 * (len(began) - began.count(BEHIND))


def test_answers_are_made_behind_and_a_commit_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, int] = {}

    def noting(what: str, work: Any) -> Any:
        def noted(*given: Any, **named: Any) -> Any:
            seen.setdefault(what, nice_here())
            return work(*given, **named)

        return noted

    with opened(tmp_path / "node") as node, calling(node) as client:
        monkeypatch.setattr(node.store, "commit", noting("writing", node.store.commit))
        monkeypatch.setattr(node, "reader", noting("answering", node.reader))
        client.post("/api/v1/deliveries", content=b"[]", headers={"content-type": "application/vnd.toy+json"})
        client.get("/api/v1/tables/toy_sighting")
    assert seen == {"writing": nice_here(), "answering": BEHIND}
