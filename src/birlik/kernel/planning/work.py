"""The process in which one job is done: it gets rows and parameters, tells how far it is, and gives back rows.

It goes behind everything else that the machine does, has one core and so much memory; its end costs one job.
"""

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import pyarrow as pa

from birlik.errors import BirlikError, OutOfRange
from birlik.kernel import pipes
from birlik.kernel.plans import MOST_BYTES, MOST_ROWS, TODAY, Compute, Progress
from birlik.kernel.tables import Rows
from birlik.said import Said

BEHIND = 19
"""How much nicer than who writes; threads that answer are at 10. Where the system has a class for idle time, in that:
at 15 a job still took a quarter of a core from who answers on it."""
MEMORY_BYTES = 3 * 1024**3
SPENT = 137
"""With this it ends when memory is spent, as if the system had ended it."""
TELL_EVERY_S = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """All that it needs."""

    compute: Compute
    tables: Mapping[str, Rows]
    values: Mapping[str, Any]
    usual: Mapping[str, Any]
    schema: Any
    """Of what the computation gives."""
    key: tuple[str, ...]


def work(fd: int) -> None:
    """Do one task, then end. The other end is told ("so far", share), then ("made", rows) or ("failed", why)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the node, which then ends us
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, BEHIND)
        if sys.platform == "linux":
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    pa.set_cpu_count(1)
    with Connection(fd) as pipe:
        task: Task = pipes.received(pipe)
        try:
            said: tuple[str, Any] = ("made", made(task, _Telling(pipe)))
        except BirlikError as error:
            said = ("failed", error.args[0])
        except MemoryError:
            sys.exit(SPENT)
        pipes.send(pipe, said)


def made(task: Task, tell: Progress) -> Rows:
    """What comes of it, beside what is today. Raises OutOfRange where that is more than a result may be."""
    cases = [task.usual] if task.values == task.usual else [task.usual, task.values]
    rows = [_case(task, values, _Part(tell, i, len(cases))) for i, values in enumerate(cases)]
    whole = beside(rows[-1], rows[0], task.key)
    if whole.num_rows > MOST_ROWS or whole.nbytes > MOST_BYTES:
        raise OutOfRange(Said("the result has {n} rows: more than can be kept", n=whole.num_rows))
    return whole


def _case(task: Task, values: Mapping[str, Any], tell: Progress) -> Rows:
    return task.compute(task.tables, values, tell).select(task.schema.names).cast(task.schema)


def beside(rows: Rows, today: Rows, key: Sequence[str]) -> Rows:
    """Each row with its measures, and those of its fellow of today; what is there today only comes last.

    >>> then, now = pa.table({"k": ["a", "b"], "n": [1, 2]}), pa.table({"k": ["b", "c"], "n": [3, 4]})
    >>> beside(then, now, ["k"]).to_pydict()
    {'k': ['a', 'b', 'c'], 'n': [1, 2, None], 'today_n': [None, 3, 4]}
    """
    here, places = _keys(rows, key), {k: i for i, k in enumerate(_keys(today, key))}
    known = set(here)
    rest = [i for k, i in places.items() if k not in known]
    of_today = pa.array([*(places.get(k) for k in here), *rest], pa.int64())
    gone = pa.array(rest, pa.int64())
    columns: dict[str, Any] = {}
    for name in rows.column_names:
        then, now = rows.column(name).combine_chunks(), today.column(name).combine_chunks()
        if name in key:
            columns[name] = pa.concat_arrays([then, now.take(gone)])
        else:
            columns[name] = pa.concat_arrays([then, pa.nulls(len(rest), then.type)])
            columns[f"{TODAY}{name}"] = now.take(of_today)
    return pa.table(columns)


def _keys(rows: Rows, key: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(rows.column(name).to_pylist() for name in key), strict=True))


@dataclass(frozen=True, slots=True)
class _Part:
    """Progress within one of several cases."""

    tell: Progress
    at: int
    of: int

    def __call__(self, done: int, of: int) -> None:
        steps = max(of, 1)
        self.tell(self.at * steps + min(max(done, 0), steps), self.of * steps)


class _Telling:
    """Says it on, not more often than somebody can see."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._due = pipe, 0.0

    def __call__(self, done: int, of: int) -> None:
        if (now := time.monotonic()) >= self._due:
            self._due = now + TELL_EVERY_S
            pipes.send(self._pipe, ("so far", done / of))
