"""Rows of one set of views lie together, so that a question opens those that its view sees and leaves the others shut.

What comes is put behind what is there, whoever may see it. From time to time the rows that came since are laid anew, a
run of them at a time: set by set, and within a set as they came. A run is laid together with the runs before it while
those aren't much larger, so that there are few, and a row is moved a few times only.

Readers see the same rows before and after, and none of them twice: all of it is one transaction. The writer waits for
its end only, not while the rows are put in order.
"""

import contextlib
import json
import logging
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from birlik.errors import BirlikError
from birlik.kernel.priority import give_way
from birlik.kernel.store.database import Database
from birlik.kernel.store.writer import set_state, state

SHARE, LEAST = 512, 8_192
"""So small a part of a table may lie as it came, or so few rows. The newest few always do: a first page finds its rows
there, whoever may see them, and need not look at the newest of each set."""
FACTOR = 4
"""A run is laid anew with one that is not so many times as large."""
MOST = 1 << 21
"""Rows of a run. What is asked of one month should not open the whole table: a set's rows are in order within a run."""
LOOK_S = 20.0
"""Between two looks whether enough came to be laid together."""
SEVERAL = 0
"""In the place of the set of views, where a run has several."""
_KEY = "gathered:"

log = logging.getLogger("birlik")


def serve(gather: Callable[[], object], stop: threading.Event, quiet: threading.Lock) -> None:
    """Until `stop`: lay together what came, now and then, behind everybody who waits for something."""
    give_way()
    while not stop.wait(LOOK_S):
        try:
            with quiet:
                gather()
        except BirlikError as error:
            log.info("rows lie as they came for now: %s", error)
        except Exception:
            # One that ended with its first bug would end its work for good, unseen.
            log.exception("laying rows together failed; it is tried again")


@dataclass(frozen=True, slots=True)
class Run:
    """Rows that lie set by set: those of the commits up to `seq`, and behind the run before."""

    seq: int
    rows: int
    views: int
    """The one set of views that they have, or SEVERAL."""


@dataclass(frozen=True, slots=True)
class _Plan:
    kept: Sequence[Run]
    """Runs that stay."""
    made: Run
    """What lies behind them, laid as one."""

    @property
    def after(self) -> int:
        return self.kept[-1].seq if self.kept else -1


@dataclass(frozen=True, slots=True)
class Gathering:
    database: Database
    writing: threading.Lock
    """Held by who commits."""

    def gather(self, table: str) -> int:
        """Lay what came since as it should lie, where it is enough. Returns how many rows were moved.

        Raises Busy where somebody has relabelled one of them meanwhile: nothing has happened, it may be tried again.
        """
        plan = self._plan(table)
        if plan is None:
            return 0
        if plan.made.views != SEVERAL:  # they lie together as they are
            with self.database.transaction(quiet=True) as cursor:
                _note(cursor, table, [*plan.kept, plan.made])
            return 0
        return self._laid(table, plan)

    def _plan(self, table: str) -> _Plan | None:
        runs = _runs(state(self.database).get(_KEY + table))
        after = runs[-1].seq if runs else -1
        newest = self.database.all(
            f'SELECT seq FROM "{table}" WHERE seq > ? ORDER BY seq DESC LIMIT 1 OFFSET {LEAST}', [after]
        )
        if not newest:
            return None
        seq = newest[0][0]
        ((n, lowest, highest),) = self.database.all(
            f'SELECT count(*), min(views), max(views) FROM "{table}" WHERE seq > ? AND seq <= ?', [after, seq]
        )
        if n < max(LEAST, (sum(run.rows for run in runs) + n) // SHARE):
            return None
        made = Run(seq, n, lowest if lowest == highest else SEVERAL)
        while runs and _together(runs[-1], made):
            before = runs.pop()
            made = Run(seq, before.rows + made.rows, made.views if made.views == before.views else SEVERAL)
        return _Plan(runs, made)

    def _laid(self, table: str, plan: _Plan) -> int:
        with self.database.world(), self.database.own_cursor() as cursor, _transaction(cursor):
            (last,) = cursor.execute(f'SELECT max(rowid) FROM "{table}"').fetchall()[0]
            made, after = [], plan.after
            for seq in self._ends(cursor, table, plan):
                rows = f'FROM "{table}" WHERE seq > {after} AND seq <= {seq} AND rowid <= {last}'
                moved = cursor.execute(f'INSERT INTO "{table}" SELECT * {rows} ORDER BY views, rowid').fetchall()
                made.append(Run(seq, int(moved[0][0]), SEVERAL))
                after = seq
            with self.writing:
                old = f"seq > {plan.after} AND seq <= {after} AND rowid <= {last}"
                cursor.execute(f'DELETE FROM "{table}" WHERE {old}')
                _note(cursor, table, [*plan.kept, *made])
                cursor.execute("COMMIT")
                self._last_again(table, after)
        return sum(run.rows for run in made)

    def _ends(self, cursor: Any, table: str, plan: _Plan) -> Sequence[int]:
        """The last commit of each run: what came at once, an import say, may be too many rows for one."""
        pieces = math.ceil(plan.made.rows / MOST)
        if pieces == 1:
            return [plan.made.seq]
        parts = [k / pieces for k in range(1, pieces)]
        between = f'FROM "{table}" WHERE seq > {plan.after} AND seq <= {plan.made.seq}'
        found = cursor.execute(f"SELECT quantile_disc(seq, {parts}) {between}").fetchall()[0][0]
        return sorted({*found, plan.made.seq})

    def _last_again(self, table: str, after: int) -> None:
        """The newest rows lie before the run; they came later, and have to lie behind it."""
        with self.database.transaction(quiet=True) as cursor:
            (last,) = cursor.execute(f'SELECT max(rowid) FROM "{table}"').fetchall()[0]
            rows = f'FROM "{table}" WHERE seq > {after} AND rowid <= {last}'
            if cursor.execute(f'INSERT INTO "{table}" SELECT * {rows} ORDER BY rowid').fetchall()[0][0]:
                cursor.execute(f"DELETE {rows}")


def _together(before: Run, made: Run) -> bool:
    if made.views != SEVERAL and before.views == made.views:
        return True
    return before.rows < FACTOR * made.rows and before.rows + made.rows <= MOST


def _runs(text: str | None) -> list[Run]:
    return [Run(*run) for run in json.loads(text)] if text else []


def forget(cursor: Any) -> None:
    """What lies together is to be found out again."""
    cursor.execute("DELETE FROM birlik_state WHERE starts_with(key, ?)", [_KEY])


def _note(cursor: Any, table: str, runs: Sequence[Run]) -> None:
    set_state(cursor, **{_KEY + table: json.dumps([(run.seq, run.rows, run.views) for run in runs])})


@contextlib.contextmanager
def _transaction(cursor: Any) -> Iterator[None]:
    """The block commits; where it fails, nothing has happened."""
    cursor.execute("BEGIN")
    try:
        yield
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            cursor.execute("ROLLBACK")
        raise
