"""What the engine has only in its own log goes into its file: while only what is small comes, not in somebody's commit.

Left to itself the engine does it in that commit with which the log grows too long, whose sender then waits as long as
it takes, and all behind them: a second, after a few large documents.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import duckdb

from birlik.errors import BirlikError
from birlik.kernel.priority import give_way
from birlik.kernel.store.database import CHECKPOINT_BYTES, Database
from birlik.kernel.store.store import Store
from birlik.kernel.store.writer import set_state

LOOK_S = 1.0
"""Between two looks how long the log is."""
QUIET_BYTES = 1_000_000
"""Where it grew by no more between two looks, nobody is in a hurry."""
IN_A_ROW = 16
"""So often at most it is written out beside others: that doesn't give back the room of rows that went."""
_KEY = "written_out"

log = logging.getLogger("birlik")

Alone = Callable[[], AbstractContextManager[None]]


@dataclass
class Looking:
    """One look after the other. alone: around it, nobody commits but who brings a single record.

    Who brings rows to a table while it is written out would wait for that, and every other commit behind them.
    """

    store: Store
    alone: Alone
    had_bytes: int = 0
    in_a_row: int = 0

    def look(self) -> bool:
        """Write a log out that has grown long; False where it hasn't, or can't be now. Raises StoreUnavailable."""
        database = self.store.database
        there = database.log_bytes()
        grew, self.had_bytes = there - self.had_bytes, there
        if there <= CHECKPOINT_BYTES:
            return False
        is_beside = grew > QUIET_BYTES and self.in_a_row < IN_A_ROW
        self.in_a_row = self.in_a_row + 1 if is_beside else 0
        with self.store.still(), self.alone():
            with self.store.held_up():  # a commit that has begun ends first
                pass
            return write_out(database) if is_beside else write_out_alone(database)


def serve(store: Store, stop: threading.Event, alone: Alone) -> None:
    """Look until `stop`, behind everybody who waits for something."""
    give_way()
    store.database.let_log_grow()
    looking = Looking(store, alone)
    while not stop.wait(LOOK_S):
        try:
            looking.look()
        except BirlikError as error:
            log.info("the engine's log stays as it is for now: %s", error)
        except Exception:
            log.exception("writing the engine's log into the store's file failed; it is tried again")


def write_out(database: Database) -> bool:
    """Write the log into the file; False where it cannot be now, since a transaction that changed rows goes on.

    The engine lets others begin meanwhile only where somebody still reads what stood before the last commit; else it
    has the store for itself until it is done. So we are that reader.
    """
    with database.world(), database.own_cursor() as cursor, database.own_cursor() as reading:
        reading.execute("BEGIN")
        reading.execute("SELECT 1 FROM birlik_state LIMIT 1").fetchall()
        with database.transaction(quiet=True) as writing:
            set_state(writing, **{_KEY: database.changes})
        return _done(cursor)


def write_out_alone(database: Database) -> bool:
    """The same while, as a rule, everybody waits; of the tables that changed the room of rows that went comes back."""
    with database.world(), database.own_cursor() as cursor:
        return _done(cursor)


def _done(cursor: duckdb.DuckDBPyConnection) -> bool:
    with contextlib.suppress(duckdb.TransactionException):
        cursor.execute("CHECKPOINT")
        return True
    return False
