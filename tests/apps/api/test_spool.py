"""Files that are made once: whoever asks while one is made waits for that one."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from birlik.apps.api.spool import Make, Outcome, Spool

WAIT_S = 30


class Gate:
    """A file that is begun at once, and finished when it may be."""

    def __init__(self) -> None:
        self.begun, self.may_end, self.n = threading.Event(), threading.Event(), 0

    def make(self, content: str) -> Make:
        def make(path: Path, most_bytes: int) -> Outcome:
            self.n += 1
            self.begun.set()
            assert self.may_end.wait(WAIT_S)
            path.write_text(content)
            return Outcome(digest=content, watermark=datetime(2026, 1, 1, tzinfo=UTC))

        return make


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", most_bytes=1_000, kept_s=3_600)


def at(changes: int) -> Callable[[], int]:
    return lambda: changes


def test_who_comes_while_a_newer_file_is_made_waits_for_it_though_an_older_one_ends(spool: Spool) -> None:
    older, newer, never = Gate(), Gate(), Gate()
    first = spool.made("q", at(1), older.make("old"))
    assert older.begun.wait(WAIT_S)
    second = spool.made("q", at(2), newer.make("new"))
    assert newer.begun.wait(WAIT_S)
    older.may_end.set()
    assert first.result(WAIT_S).path.read_text() == "old"
    assert spool.made("q", at(2), never.make("again")) is second
    newer.may_end.set()
    assert second.result(WAIT_S).path.read_text() == "new"
    assert never.n == 0
    spool.close()


def test_what_does_not_fit_goes_the_longest_unread_first(spool: Spool) -> None:
    made = []
    for i in range(4):
        gate = Gate()
        gate.may_end.set()
        made.append(spool.made(f"q{i}", at(1), gate.make(str(i) * 400)).result(WAIT_S))
    assert [one.path.exists() for one in made] == [False, False, True, True]
    assert spool.tagged("q0", {made[0].tag}) is None
    assert spool.tagged("q3", {made[3].tag}) == made[3]
    spool.close()
