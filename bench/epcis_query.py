"""An EPCIS query of three conditions among a million events, over HTTP, beside bare DuckDB for the same rows."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from bench.epcis_tracing import ask, filled
from bench.result import Result
from bench.servers import node, quantile

EVENTS, EACH, TARGET = 1_000_000, 40, 2.0
_BARE = (
    "SELECT event_time, record_time, event_id, content_hash, event, context FROM transport_epcis_event WHERE {} "
    "ORDER BY event_time DESC, event_id, content_hash LIMIT 31"
)
ASKED = {
    "disposition, step and time": (
        "EQ_disposition=damaged&EQ_bizStep=loading&GE_eventTime=2026-01-10T00:00:00Z",
        "disposition = 'damaged' AND biz_step = 'loading' AND event_time >= TIMESTAMPTZ '2026-01-10T00:00:00Z'",
    ),
    "action, type and time": (
        "EQ_action=ADD&eventType=AggregationEvent&GE_eventTime=2026-02-10T00:00:00Z",
        "action = 'ADD' AND event_type = 'AggregationEvent' AND event_time >= TIMESTAMPTZ '2026-02-10T00:00:00Z'",
    ),
    "action that none has, step and time": (
        "EQ_action=DELETE&EQ_bizStep=loading&GE_eventTime=2026-01-01T00:00:00Z",
        "action = 'DELETE' AND biz_step = 'loading' AND event_time >= TIMESTAMPTZ '2026-01-01T00:00:00Z'",
    ),
}


def bare(file: Path, where: Sequence[str], each: int) -> list[float]:
    """Median seconds of each condition, in an engine that does nothing else."""
    connection: Any = duckdb.connect(str(file), read_only=True)
    connection.execute("SET TimeZone = 'UTC'")
    found = []
    for condition in where:
        seconds = []
        for _ in range(each + 1):
            started = perf_counter()
            connection.sql(_BARE.format(condition)).to_arrow_table()
            seconds.append(perf_counter() - started)
        found.append(quantile(sorted(seconds[1:]), 0.5))
    connection.close()
    return found


def run(events: int = EVENTS, each: int = EACH) -> list[Result]:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "node"
        filled(folder, events)
        [file] = folder.rglob("*.duckdb")
        yardsticks = bare(file, [condition for _, condition in ASKED.values()], each)
        with node(folder) as server:
            answers = [ask_any(server.port, query, each) for query, _ in ASKED.values()]
    load = os.getloadavg()[0]
    return [
        Result(
            name=f"EPCIS query by {name}, median",
            value=seconds,
            unit="s",
            yardstick=f"bare DuckDB for the same rows, {yardstick:.4f} s; {events} events, load {load:.0f}",
            ratio=seconds / yardstick,
            target=f"≤ {TARGET:g} x",
            reached=seconds <= TARGET * yardstick,
        )
        for name, seconds, yardstick in zip(ASKED, answers, yardsticks, strict=True)
    ]


def ask_any(port: int, query: str, each: int) -> float:
    """Median seconds of an answer, which may find nothing."""
    return quantile(ask(port, [f"/epcis/v2/events?{query}"] * (each + 1), must_find="DELETE" not in query), 0.5)
