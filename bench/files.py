"""Parquet of five million rows to a client, beside the engine's bare COPY of the same rows; and what both take."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from bench.result import Result
from bench.servers import Server, node
from birlik import assembly, settings
from birlik.kernel import pipeline

ROWS = int(os.environ.get("BENCH_FILE_ROWS", "5000000"))
TABLE = "transport_movement"
FILL = f"""
INSERT INTO {TABLE} BY NAME SELECT 'tracker:truck-' || (range % 5000) AS object_id,
  (hash(range % 5000) >> 1)::BIGINT AS object_key, 'vehicle' AS object_kind,
  TIMESTAMPTZ '2026-03-01 00:00:00+00' + INTERVAL 1 SECOND * (range // 40) AS phenomenon_time,
  TIMESTAMPTZ '2026-03-01 00:00:05+00' + INTERVAL 1 SECOND * (range // 40) AS received_time,
  40 + 5 * random() AS latitude, 45 + 35 * random() AS longitude, round(30 * random(), 1) AS speed_m_s,
  floor(random() * 360) AS course_deg, 'position' AS activity, 'measured' AS basis, 'fleet-a' AS source_id,
  0 AS seq, 0 AS message_no, -1 AS views FROM range(?)
"""
CLIENT = ("table", "show", TABLE, "--out")


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = _filled(folder / "node", folder / "bare.parquet")
        out = folder / "out.parquet"
        with node(folder / "node") as server:
            seconds, client_mb = _fetched(server, out)
            node_mb = _peak_mb(server.pid)
        rows = pq.ParquetFile(out).metadata.num_rows
    ours, peak = rows / seconds, max(client_mb, node_mb)
    return [
        Result(
            name=f"Parquet of {ROWS / 1e6:g} M rows to a client",
            value=ours,
            unit="rows/s",
            yardstick=f"bare COPY of the same rows, {ROWS / bare:.3g} rows/s",
            ratio=ours * bare / ROWS,
            target=">= 0.3 of the yardstick",
            reached=rows == ROWS and ours * bare / ROWS >= 0.3,
        ),
        Result(
            name="memory for that, node or client, the larger",
            value=peak,
            unit="MB",
            yardstick=f"node {node_mb:.0f}, client {client_mb:.0f}",
            ratio=None,
            target="< 1000 MB",
            reached=peak < 1000,
        ),
    ]


def _filled(folder: Path, bare: Path) -> float:
    """Fill a node, and copy the rows as the engine does by itself: the seconds of that."""
    settings.write_new(folder, "KAZ")
    own = assembly.open_node(folder)
    try:
        fields = ", ".join(f'"{name}"' for name in own.store.catalogue.tables[TABLE].by_name)
        pipeline.follow(own)  # what follows from nothing is made: the rows below are not news
        with own.store.database.transaction() as cursor:
            cursor.execute(FILL, [ROWS])
        cursor = own.store.database.cursor()
        cursor.execute("CHECKPOINT")
        started = time.perf_counter()
        cursor.execute(f"COPY (SELECT {fields} FROM {TABLE}) TO '{bare}' (FORMAT parquet)")
        return time.perf_counter() - started
    finally:
        own.close()


def _fetched(server: Server, out: Path) -> tuple[float, float]:
    """Seconds from the command line's start to its end, and the most that it took, in MB."""
    command = [sys.executable, "-m", "birlik", *CLIENT, str(out), "--url", f"http://127.0.0.1:{server.port}"]
    started, peak = time.perf_counter(), 0.0
    with subprocess.Popen(command) as client:
        while client.poll() is None:
            peak = max(peak, _peak_mb(client.pid))
            time.sleep(0.02)
    if client.returncode:
        raise RuntimeError(f"the client ended with {client.returncode}")
    return time.perf_counter() - started, peak


def _peak_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    print(run())
