"""The engine's own log goes into its file beside those who send single records, and never in a commit of theirs."""

import contextlib
import random
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from tests.support.nodes import opened, rows, take
from tests.support.orchard import line
from tests.support.server import ROOT, environment

from birlik.kernel.node import Node
from birlik.kernel.store import database, writing_out
from birlik.kernel.store.writing_out import Looking, write_out

LARGE = "INSERT INTO large SELECT i, repeat(md5(i::VARCHAR), 12) FROM range(120000) t(i)"
"""What documents brought: some 46 MB in the log."""

MIDWAY = """
import sys
import threading
from pathlib import Path
from tests.kernel.test_writing_out import LARGE, pick
from tests.support.nodes import opened
from birlik.kernel.store.writing_out import write_out
folder, first = Path(sys.argv[1]), int(sys.argv[2])

def acknowledged():
    for n in range(first, first + 100_000):
        pick(node, n)
        print(n, flush=True)

with opened(folder) as node:
    node.store.database.let_log_grow()
    node.store.database.all("CREATE TABLE IF NOT EXISTS large (i BIGINT, text VARCHAR)")
    node.store.database.all(LARGE)
    threading.Thread(target=acknowledged, daemon=True).start()
    while write_out(node.store.database):
        node.store.database.all(LARGE)
"""
"""Writes out again and again what is large, while small commits go on; each is told when it is done."""


@pytest.fixture
def node(tmp_path) -> Iterator[Node]:
    with opened(tmp_path / "node") as made:
        made.store.database.let_log_grow()
        made.store.database.all("CREATE TABLE large (i BIGINT, text VARCHAR)")
        made.store.database.all(LARGE)
        assert made.store.database.log_bytes() > 40_000_000
        yield made


def pick(node: Node, n: int) -> None:
    take(node, [line(f"ash-{n}", "2026-03-01T08:00:00Z")])


def test_commits_of_what_is_small_go_on_while_what_is_large_is_written_out(node):
    pick(node, 0)
    done = []
    beside = threading.Thread(target=lambda: done.append(write_out(node.store.database)))
    beside.start()
    n = 1
    while beside.is_alive():
        pick(node, n)
        n += 1
    beside.join()
    assert done == [True]
    assert n > 5, "each commit waited for all that is written out"
    assert node.store.database.log_bytes() < 1_000_000
    assert len(rows(node, "orchard_picking")) == n


def test_what_was_written_out_is_there_when_the_node_opens_again(tmp_path):
    with opened(tmp_path) as node:
        pick(node, 1)
        before = rows(node, "orchard_picking"), rows(node, "birlik_message")
        assert write_out(node.store.database)
        assert node.store.database.log_bytes() < 1_000
    with opened(tmp_path) as node:
        assert before == (rows(node, "orchard_picking"), rows(node, "birlik_message"))


def test_killed_midway_nothing_that_was_acknowledged_is_lost_or_there_twice(tmp_path):
    folder, told, dice = tmp_path / "node", [], random.Random(1)
    for turn in range(3):
        command = [sys.executable, "-W", "ignore", "-c", MIDWAY, str(folder), str(turn * 100_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment()) as process:
            told += [int(process.stdout.readline()) for _ in range(dice.randint(1, 30))]
            process.kill()
            told += [int(n) for n in process.stdout.read().split()]
    with opened(folder) as node:
        there = sorted(int(row["tree_id_orchard"].removeprefix("ash-")) for row in rows(node, "orchard_picking"))
        ((n, distinct),) = node.store.database.all("SELECT count(*), count(DISTINCT i) FROM large")
    assert set(told) <= set(there)
    assert len(there) <= len(told) + 3, "at most one of each turn was stored and not told"
    assert len(there) == len(set(there))
    assert n % distinct == 0, "what was written out at once is there as a whole"


def test_the_room_of_rows_that_went_is_given_back_where_it_grows_slowly_and_else_now_and_then(node, monkeypatch):
    monkeypatch.setattr(writing_out, "CHECKPOINT_BYTES", 1_000_000)
    monkeypatch.setattr(writing_out, "IN_A_ROW", 3)
    looking = Looking(node.store, contextlib.nullcontext)
    used = []
    for _ in range(4):
        node.store.database.all("DELETE FROM large")
        node.store.database.all(LARGE)
        assert looking.look()
        used += node.store.database.all("SELECT used_blocks FROM pragma_database_size()")
        assert not looking.look()
    (first,), (second,), (third,), (fourth,) = used
    assert first < second < third, "others might have written"
    assert fourth < second


def test_while_somebody_changes_rows_for_long_it_says_so_and_nothing_is_lost(node):
    with node.store.database.own_cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE large SET text = 'x' WHERE i < 10")
        assert not write_out(node.store.database)
        cursor.execute("COMMIT")
    assert write_out(node.store.database)
    assert node.store.database.all("SELECT count(*) FROM large WHERE text = 'x'") == [(10,)]


def test_who_serves_looks_by_itself_while_nothing_follows_and_no_document_is_committed(node, monkeypatch):
    monkeypatch.setattr(writing_out, "LOOK_S", 0.01)
    monkeypatch.setattr(writing_out, "CHECKPOINT_BYTES", 1_000_000)
    stop, seen = threading.Event(), []

    @contextlib.contextmanager
    def alone() -> Iterator[None]:
        assert node.store._following.locked()
        seen.append(node.store.database.log_bytes())
        yield
        seen.append(node.store.database.log_bytes())
        stop.set()

    serving = threading.Thread(target=writing_out.serve, args=(node.store, stop, alone))
    serving.start()
    serving.join(60)
    assert not serving.is_alive()
    before, after = seen
    assert before > 40_000_000 > 1_000_000 > after


def test_a_node_that_does_not_serve_leaves_it_to_the_engine(tmp_path):
    with opened(tmp_path) as node:
        (limit,) = node.store.database.all("SELECT current_setting('checkpoint_threshold')")[0]
        node.store.database.let_log_grow()
        (grown,) = node.store.database.all("SELECT current_setting('checkpoint_threshold')")[0]
    assert limit.startswith("122")  # MiB
    assert grown.startswith("953")
    assert database.CHECKPOINT_BYTES < database.LATEST_BYTES
