"""A question under policy beside the same question of a table that holds nothing but what the view may see.

Ten million movements come with their sets of views mixed, row by row. Of each view, what it may see comes into a table
of its own, under one set of views and in the same order: nothing there has to be laid together, and it is asked without
the predicate. No store could do better under a policy. Both are asked in turns, by the node's own reader; what is told
is processor time, since other things go on on this machine.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.result import Result
from bench.world import commit, movements
from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.domains.transport.events import MOVEMENT
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.query import Filter, Grouping
from birlik.kernel.store.reader import StoreReader

ROWS, TURNS, SOURCES = 10_000_000, 31, 20
SHARES = {15: 0.01, 3: 0.49, 1: 0.50}
"""Of all rows, by their set of views: for the partners too, for the members too, the node's own."""
VIEWS = {"partners": 1, "members": 50, "own": 100}
"""What each of these sees, per cent."""
LIMIT = 1.3
NOON = datetime(2026, 1, 2, tzinfo=UTC)
ORDER = ("-phenomenon_time", *(k for k in MOVEMENT.key if k != "phenomenon_time"))
Question = Callable[[StoreReader], Any]


class Bare(StoreReader):
    """Asks without the policy."""

    @property
    def _seen(self) -> str:
        return "TRUE"


@dataclass(frozen=True, slots=True)
class Asked:
    """An object that the partners see, and a place within the rows where a page begins."""

    key: int
    after: Sequence[Any]


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Path(folder))


def _measured(folder: Path) -> list[Result]:
    whole = _node(folder / "whole", _mixed())
    made: list[Result] = []
    try:
        for view, per_cent in VIEWS.items():
            bit = 1 << whole.views.index(view)
            part = _node(folder / view, (_alone(rows, bit) for rows in _mixed()))
            try:
                made += _compared(whole, part, view, per_cent)
            finally:
                part.close()
    finally:
        whole.close()
    return made


def _alone(rows: Any, bit: int) -> Any:
    """What a view sees, under one set of views."""
    seen = rows.filter(pc.not_equal(pc.bit_wise_and(rows.column("views"), bit), 0))
    return seen.set_column(
        seen.schema.get_field_index("views"), "views", pa.repeat(pa.scalar(bit | 1, pa.int64()), seen.num_rows)
    )


def _mixed() -> Iterator[Any]:
    draw = np.random.default_rng(3)
    for rows in movements(ROWS):
        sources = np.array([f"source-{i:02}" for i in range(SOURCES)])[draw.integers(0, SOURCES, rows.num_rows)]
        place = rows.schema.get_field_index("source_id")
        views = draw.choice(list(SHARES), rows.num_rows, p=list(SHARES.values()))
        rows = rows.set_column(place, "source_id", pa.array(sources))
        yield rows.append_column("views", pa.array(views, pa.int64()))


def _node(folder: Path, batches: Iterator[Any]) -> Node:
    settings.write_new(folder, "KAZ")
    node = assembly.open_node(folder, clock=SetClock(NOON))
    for i, rows in enumerate(batches):
        at_once = rows.num_rows if i < ROWS // 1_000_000 - 1 else 1_000  # the newest came little by little
        for first in range(0, rows.num_rows, at_once):
            commit(node, rows.slice(first, at_once), b"bench %d %d" % (i, first))
    node.store.gather()
    return node


def _questions(asked: Asked) -> dict[str, Question]:
    day = datetime(2025, 1, 1, tzinfo=UTC)
    within = [
        Filter(column="phenomenon_time", operator=">=", value=day),
        Filter(column="phenomenon_time", operator="<", value=day + timedelta(days=1)),
    ]
    places = ("object_id", "phenomenon_time", "latitude", "longitude")
    one = [Filter(column="object_key", operator="=", value=asked.key)]
    north = [Filter(column="latitude", operator=">", value=42.0)]
    return {
        "count of all": lambda r: r.count(MOVEMENT.name),
        "count of some": lambda r: r.count(MOVEMENT.name, where=north),
        "mean by group": lambda r: r.grouped(
            MOVEMENT.name, ["source_id"], [Grouping("count"), Grouping("mean", "latitude")]
        ),
        "rows of one object": lambda r: r.rows(MOVEMENT.name, where=one, order=("phenomenon_time",)),
        "rows of one day": lambda r: r.rows(MOVEMENT.name, where=within, columns=places),
        "first page": lambda r: r.rows(MOVEMENT.name, order=ORDER, limit=101),
        "page in the midst": lambda r: r.rows(MOVEMENT.name, order=ORDER, limit=101, after=asked.after),
    }


def _compared(whole: Node, part: Node, view: str, per_cent: int) -> Iterator[Result]:
    principal = Principal(name=view, role=Role.READER, view=whole.views.index(view))
    ours = whole.store.reader(principal)
    bare = Bare(part.store.database, part.store.catalogue, principal, part.store.watermark)
    asked = _asked(bare)
    for name, question in _questions(asked).items():
        assert _size(question(ours)) == _size(question(bare)) > 0, f"{name}: not the same answer"
        took, least = _in_turns((lambda q=question: q(ours)), (lambda q=question: q(bare)))
        yield Result(
            name=f"{name} under policy, {per_cent} % visible of {ROWS:,} rows",
            value=took * 1e3,
            unit="ms",
            yardstick=f"the same without policy on a table of those rows only, {least * 1e3:.3g} ms",
            ratio=took / least,
            target=f"<= {LIMIT} x",
            reached=took / least <= LIMIT,
        )


def _size(answer: Any) -> int:
    return answer if isinstance(answer, int) else int(answer.num_rows)


def _asked(reader: StoreReader) -> Asked:
    middle = [Filter(column="phenomenon_time", operator="<", value=datetime(2025, 1, 1, tzinfo=UTC))]
    row = reader.rows(MOVEMENT.name, where=middle, order=ORDER, limit=1).to_pylist()[0]
    return Asked(row["object_key"], [row[name.removeprefix("-")] for name in ORDER])


def _in_turns(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """Medians, in seconds of processor."""
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(TURNS + 3):
        for which, question in enumerate((ours, theirs)):
            started = time.process_time()
            question()
            if turn >= 3:
                took[which].append(time.process_time() - started)
    return statistics.median(took[0]), statistics.median(took[1])


if __name__ == "__main__":
    for result in run():
        print(",".join(result.cells()), flush=True)
