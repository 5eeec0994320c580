"""Where the journal's bytes live: blobs in the store, or zstd segments beside it with offsets in the store."""

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bench.result import Result
from birlik.kernel.store.journal import Journal, Record

COMMITS, EACH = 200, 60


def _records(commit: int) -> list[Record]:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    made = []
    for k in range(EACH):
        n = commit * EACH + k
        body = b"id=35693803560%d&lat=43.%05d&lon=70.%05d&timestamp=%d&speed=31.2&bearing=90" % (
            k,
            n,
            n,
            1790000000 + n,
        )
        made.append(Record(n, os.urandom(32), "gps", "x", None, now, {}, "AMBER+STRICT", (), len(body), body))
    return made


def run() -> list[Result]:
    batches = [_records(k) for k in range(COMMITS)]
    with tempfile.TemporaryDirectory() as folder:
        blobs_s, blobs_mb = _blobs(Path(folder) / "blobs.duckdb", batches)
        segments_s, segments_mb = _segments(Path(folder), batches)
    return [
        Result(
            name="journal as segments, commits",
            value=COMMITS / segments_s,
            unit="commits/s",
            yardstick=f"blobs in the store, {COMMITS / blobs_s:.4g}/s",
            ratio=blobs_s / segments_s,
            target=">= 1",
            reached=segments_s <= blobs_s,
        ),
        Result(
            name="journal as segments, size",
            value=segments_mb,
            unit="MB",
            yardstick=f"blobs in the store, {blobs_mb:.4g} MB",
            ratio=segments_mb / blobs_mb,
            target="",
            reached=True,
        ),
    ]


def _insert(connection: Any, batch: list[Record], more: dict[str, list[Any]]) -> None:
    columns = {
        "n": [r.message_no for r in batch],
        "sha": [r.sha256 for r in batch],
        "source": [r.source_id for r in batch],
        "t": [r.received_time for r in batch],
    }
    connection.register("incoming", pa.table(columns | more))
    connection.execute("INSERT INTO m BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")


def _blobs(file: Path, batches: list[list[Record]]) -> tuple[float, float]:
    connection = duckdb.connect(str(file))
    connection.execute("CREATE TABLE m (n BIGINT, sha BLOB, source VARCHAR, t TIMESTAMPTZ, body BLOB)")
    started = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN")
        _insert(connection, batch, {"body": [r.body for r in batch]})
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.execute("CHECKPOINT")
    connection.close()
    return seconds, file.stat().st_size / 1e6


def _segments(folder: Path, batches: list[list[Record]]) -> tuple[float, float]:
    """The bytes in segments, and the index with offsets in the store: both are paid for, as in a node."""
    journal = Journal(folder / "journal", 256 * 1024 * 1024)
    file = folder / "index.duckdb"
    connection = duckdb.connect(str(file))
    columns = "n BIGINT, sha BLOB, source VARCHAR, t TIMESTAMPTZ, segment BIGINT, frame BIGINT"
    connection.execute(f"CREATE TABLE m ({columns})")
    started = time.perf_counter()
    for seq, batch in enumerate(batches):
        start = journal.end
        journal.append(seq, batch)
        connection.execute("BEGIN")
        _insert(connection, batch, {"segment": [start.segment] * EACH, "frame": [start.offset] * EACH})
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.execute("CHECKPOINT")
    connection.close()
    journal.close()
    size = sum(p.stat().st_size for p in (folder / "journal").iterdir()) + file.stat().st_size
    return seconds, size / 1e6
