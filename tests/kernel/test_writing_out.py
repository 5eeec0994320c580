"""The engine's own log goes into its file beside those who send single records, and never in a commit of theirs."""

import contextlib
import threading
from collections.abc import Iterator

import pytest
from tests.support.nodes import opened, rows, take
from tests.support.orchard import line

from birlik.kernel.node import Node
from birlik.kernel.store import database, writing_out
from birlik.kernel.store.writing_out import Looking, write_out

LARGE = "INSERT INTO large SELECT i, repeat(md5(i::VARCHAR), 12) FROM range(120000) t(i)"
"""What documents brought: some 46 MB in the log."""


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
