"""CSV positions, from bytes to durable rows, beside pyarrow's own CSV reader on the same bytes."""

import io
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from pyarrow import csv

from bench.result import Result
from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery

ROWS = 1_000_000


def file_of(rows: int, seed: int = 3) -> bytes:
    draw = np.random.default_rng(seed)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    latitude, longitude = draw.uniform(40, 45, rows), draw.uniform(45, 80, rows)
    lines = ["id,time,lat,lon,speed,course"]
    lines += [
        f"truck{i % 5000},{(start + timedelta(seconds=i // 40)).isoformat()},"
        f"{latitude[i]:.6f},{longitude[i]:.6f},62.5,90"
        for i in range(rows)
    ]
    return ("\n".join(lines) + "\n").encode()


def run() -> list[Result]:
    raw = file_of(ROWS)
    started = time.perf_counter()
    csv.read_csv(io.BytesIO(raw))
    bare = ROWS / (time.perf_counter() - started)
    clock = SetClock(datetime(2026, 3, 9, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        settings.write_new(Path(folder), "KAZ")
        node = assembly.open_node(Path(folder), clock=clock)
        small = Delivery(
            body=file_of(100, seed=4),
            media_type="application/vnd.birlik.positions",
            source_id="warm",
            received_time=clock.now(),
        )
        pipeline.take(node, [small])
        delivery = Delivery(
            body=raw, media_type="application/vnd.birlik.positions", source_id="bench", received_time=clock.now()
        )
        started = time.perf_counter()
        receipt = pipeline.take(node, [delivery])[0]
        ours = receipt.accepted / (time.perf_counter() - started)
        node.close()
    return [
        Result(
            name="CSV positions, bytes to durable rows",
            value=ours,
            unit="rows/s",
            yardstick=f"pyarrow.csv alone, {bare:.3g} rows/s",
            ratio=ours / bare,
            target=">= 200000 rows/s",
            reached=ours >= 200_000,
        )
    ]
