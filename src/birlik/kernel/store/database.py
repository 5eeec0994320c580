"""The only room that opens a database: one file, one process, a cursor a thread."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from birlik.errors import StoreUnavailable
from birlik.kernel.indicators import Indicator
from birlik.kernel.priority import behind
from birlik.kernel.store.budget import ended_after
from birlik.kernel.store.engine_log import connected
from birlik.kernel.store.gate import Gate
from birlik.kernel.store.places import add_space
from birlik.kernel.store.sought import fields_of
from birlik.kernel.store.system import BEGIN, HIDDEN, LASTING, SYSTEM_TABLES, WAS, carried_of, changes_of, state_of
from birlik.kernel.tables import SYSTEM, VERSION, Derived, Field, Table, Type

log = logging.getLogger("birlik")

SQL_TYPE = {
    Type.TEXT: "VARCHAR",
    Type.INT: "BIGINT",
    Type.FLOAT: "DOUBLE",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMPTZ",
    Type.JSON: "VARCHAR",
    Type.DAY: "BIGINT",
    Type.ID: "BIGINT",
}
SHOWN_TYPE = SQL_TYPE | {Type.TIME: "TIMESTAMP WITH TIME ZONE"}
"""As the engine names them when it is asked."""
CHECKPOINT_BYTES = 128_000_000
"""Of its own log, after which the engine writes all into its file. At its usual 16 MB a fifth of a busy node's time
goes into that; a start after a crash reads the log again, at about 100 MB a second."""
LATEST_BYTES = 1_000_000_000
"""The same where somebody does it beside (`writing_out.py`): only for where they can't for long."""
PAGE_ROWS = 2_048
"""Of a question for so many rows at most the engine first finds which they are, and then opens their other columns.
At its usual 50 a page of a wide table unpacks all its rows, and the time for that tells of those that are hidden."""
_SAID = (
    ("Could not set lock", "another process holds this node's store; talk to that one, or end it first"),
    ("Conflicting lock", "another process holds this node's store; talk to that one, or end it first"),
    ("No space left", "the disk is full; make room and send again"),
    ("could not write all", "the disk is full; make room and send again"),
    ("Permission denied", "the folder may not be written by this user"),
    ("Read-only file system", "the folder lies on a read-only file system"),
    ("read-only", "the folder may not be written by this user"),
    ("not a valid DuckDB database", "the store's file is damaged; make it again: birlik rebuild"),
    ("could not read enough bytes", "the store's file is damaged; make it again: birlik rebuild"),
    ("database has been invalidated", "the store stopped itself after a failed write; it opens again by itself"),
    ("Corrupt", "the store's file is damaged; make it again: birlik rebuild"),
    ("checksum", "the store's file is damaged; make it again: birlik rebuild"),
)


class Busy(StoreUnavailable):
    """Two transactions changed the same rows; nothing of this one is there, and it may be tried again at once."""


def said(error: Exception) -> StoreUnavailable:
    """The engine's words as ours: what, and the way out."""
    text = str(error)
    if isinstance(error, duckdb.TransactionException) and "conflict" in text.lower():
        return Busy("another change of the same rows came first; try again")
    for sign, words in _SAID:
        if sign.lower() in text.lower():
            return StoreUnavailable(words)
    return StoreUnavailable(f"the store failed: {text.splitlines()[0] if text else type(error).__name__}")


ENGINE_ERRORS = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.OutOfMemoryException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.ConnectionException,
    duckdb.TransactionException,
)


@contextlib.contextmanager
def world() -> Iterator[None]:
    """Turn what the disk did to the engine into StoreUnavailable; a wrong query stays loud."""
    try:
        yield
    except ENGINE_ERRORS as error:
        raise said(error) from error


class Database:
    def __init__(self, file: Path, *, memory_limit: str, threads: int = 0) -> None:
        config: dict[str, Any] = {
            "memory_limit": memory_limit,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(file.parent / "spill"),
            "checkpoint_threshold": _bytes(CHECKPOINT_BYTES),
            "late_materialization_max_rows": PAGE_ROWS,
        }
        if threads:
            config["threads"] = threads
        self.file, self._config = file, config
        self._opening = threading.RLock()
        self.gate = Gate()
        self._cursors: dict[int, Any] = {}
        self._ended = False
        self.changes = 0
        """How many transactions were committed: while it stands still, so does what anyone may see."""
        with world():
            self._connection, self.mended = connected(file, self._connect)
        add_space(self._connection)
        for said_of_it in self.mended:
            log.warning("%s", said_of_it)

    def _connect(self) -> Any:
        """The engine's own threads work for whoever asks: they go behind the one that writes."""
        return behind(lambda: duckdb.connect(str(self.file), config=self._config))

    def let_log_grow(self) -> None:
        """From now on somebody else looks how long it is, and has it written out. Raises StoreUnavailable."""
        self._config["checkpoint_threshold"] = _bytes(LATEST_BYTES)
        with self.world():
            self.cursor().execute(f"SET GLOBAL checkpoint_threshold = '{_bytes(LATEST_BYTES)}'")

    def log_bytes(self) -> int:
        """How long the engine's own log is: what isn't in its file yet."""
        try:
            return self.file.with_name(f"{self.file.name}.wal").stat().st_size
        except FileNotFoundError:
            return 0

    def cursor(self) -> Any:
        """This thread's own cursor: results of two threads never mix."""
        if self._ended:
            self._reopen()
        cursor = self._cursors.get(threading.get_ident())
        if cursor is None:
            with self._opening, self.world():
                cursor = self._connection.cursor()
                cursor.execute("SET TimeZone = 'UTC'")
                self._cursors[threading.get_ident()] = cursor
        return cursor

    @contextlib.contextmanager
    def world(self, *, reading_on: bool = False) -> Iterator[None]:
        """Like `world`, and note where the engine has stopped itself: from then on it answers nothing.

        reading_on: what is read inside may be read by other threads too, and take long.
        """
        try:
            with world(), self.gate.reading_on() if reading_on else self.gate.inside():
                yield
        except StoreUnavailable as error:
            why = error.__cause__
            if isinstance(why, duckdb.FatalException) or "has been invalidated" in str(why):
                self._ended = True
            raise

    def _reopen(self) -> None:
        """Open the file anew; what was committed comes back from the engine's own log. Raises StoreUnavailable."""
        with self._opening:
            if not self._ended:
                return
            # The engine shares one instance a process: while one cursor lives, the stopped one would come back.
            for connection in (*self._cursors.values(), self._connection):
                with contextlib.suppress(duckdb.Error):
                    connection.close()
            self._cursors.clear()
            with world():
                self._connection, _ = connected(self.file, self._connect)
            add_space(self._connection)
            self._ended = False

    def replaced(self, put: Callable[[], None]) -> None:
        """Have `put` lay another file in the place of this one, while nobody reads or writes, and go on with that one.

        Raises StoreUnavailable where somebody reads for long: nothing was done then.
        """
        with self.gate.shut(), self._opening:
            # All of them: the engine shares one instance a process, and the old one would come back.
            for connection in (*self._cursors.values(), self._connection):
                connection.close()
            self._cursors.clear()
            try:
                put()
            finally:
                with world():
                    self._connection, _ = connected(self.file, self._connect)
                add_space(self._connection)
                self.changes += 1

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Rows as an Arrow table. Raises StoreUnavailable for what the disk did; a wrong query stays loud."""
        with self.world():
            return fetch(self.cursor(), sql, parameters)

    @contextlib.contextmanager
    def own_cursor(self) -> Iterator[Any]:
        """A cursor beside this thread's, which ends with the block."""
        self.cursor()  # opens the file anew where the engine had stopped itself
        with self._opening:
            cursor = self._connection.cursor()
        try:
            cursor.execute("SET TimeZone = 'UTC'")
            yield cursor
        finally:
            cursor.close()

    def batches(
        self, sql: str, parameters: Sequence[Any] = (), *, rows: int = 65_536, seconds: float | None = None
    ) -> Iterator[Any]:
        """Record batches of up to `rows` rows as they are found: what is read is of one moment, however long it takes.

        It has a cursor of its own, so that this thread may ask other things meanwhile; close the iterator to end it.
        Raises TooCostly where it takes longer than `seconds`.
        """
        with self.world(reading_on=True), self.own_cursor() as cursor, ended_after(cursor, seconds):
            reader = cursor.sql(sql, params=list(parameters)).to_arrow_reader(rows)
            yield reader.schema
            yield from reader

    def within(self, sql: str, parameters: Sequence[Any], seconds: float) -> Any:
        """Rows as an Arrow table. Raises TooCostly where it takes longer."""
        with self.world(), self.own_cursor() as cursor, ended_after(cursor, seconds):
            return fetch(cursor, sql, parameters)

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows as tuples, for small answers. Raises as `arrow` does."""
        with self.world():
            rows: list[tuple[Any, ...]] = self.cursor().execute(sql, list(parameters)).fetchall()
            return rows

    @contextlib.contextmanager
    def transaction(self, *, quiet: bool = False) -> Iterator[Any]:
        """All or nothing, and on the disk when it ends. Raises StoreUnavailable.

        quiet: nobody can see that anything changed.
        """
        with self.world():
            cursor = self.cursor()
            cursor.execute("BEGIN")
            try:
                yield cursor
                cursor.execute("COMMIT")
                self.changes += not quiet
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file; cursors of other threads end with it."""
        self._connection.close()

    def create(self, tables: Sequence[Table], derived: Sequence[Derived], indicators: Sequence[Indicator]) -> None:
        """Make what is declared and not there yet; add fields that a declaration gained.

        What follows from rows gets the columns that are declared now, and is made again by the next step.
        """
        with self.transaction() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS birlik_state (key VARCHAR, value VARCHAR)")
            there = _columns(cursor)
            for table in (*SYSTEM_TABLES, *tables):
                _make(cursor, there, table.name, stored_fields(table))
                if table.rule is not None:
                    lasting = LASTING if table.rule.expires else ()
                    _remake(cursor, there, state_of(table.name), (*stored_fields(table), *lasting))
                    changes = (*table.fields, SYSTEM[0], SYSTEM[2], WAS, *lasting)
                    _remake(cursor, there, changes_of(table.name), changes)
            for follows in derived:
                _remake(cursor, there, follows.name, (*follows.fields, SYSTEM[2], *fields_of(follows)))
                if follows.carried is not None:
                    _remake(cursor, there, carried_of(follows.name), (*follows.states, BEGIN, SYSTEM[2]))
            for indicator in indicators:
                fields = (*indicator.fields, *FIGURE_HIDDEN)
                _retype(cursor, there, indicator.table, fields)
                if "method_version" in _make(cursor, there, indicator.table, fields):
                    cursor.execute(f"UPDATE {indicator.table} SET method_version = {FIRST_METHOD}")
            _make(cursor, there, "birlik_outbox", OUTBOX)

    def outgrown(self, tables: Sequence[Table]) -> str | None:
        """What of the rows that came doesn't fit into the columns as they are declared now; None where all does."""
        columns = _columns(self.cursor())
        for table in (*SYSTEM_TABLES, *tables):
            there = columns.get(table.name, {})
            for field in stored_fields(table) if there else ():
                if field.name not in there and not field.nullable:
                    return f"{table.name} has gained {field.name}, which every row has"
                if there.get(field.name, SHOWN_TYPE[field.type]) != SHOWN_TYPE[field.type]:
                    return f"{table.name}.{field.name} was {there[field.name]} and is {field.type.value}"
        return None

    def form(self) -> int | None:
        """The number of the layout that lies in the file; None where it is new."""
        if not self.all("SELECT 1 FROM information_schema.tables WHERE table_name = 'birlik_state'"):
            return None
        written = self.all("SELECT value FROM birlik_state WHERE key = 'format'")
        return int(written[0][0]) if written else None


def stored_fields(table: Table) -> tuple[Field, ...]:
    """A table's own columns, those of the system, and those that are never shown."""
    return (*table.fields, *SYSTEM, *(VERSION if table.is_kept else ()), *fields_of(table), *HIDDEN.get(table.name, ()))


def _bytes(n: int) -> str:
    """As the engine's settings have it."""
    return f"{n // 1_000_000}MB"


FIGURE_HIDDEN = (
    Field(name="view", type=Type.INT, nullable=False, description="The view it was computed for."),
    Field(name="pinned", type=Type.BOOL, description="A permalink points at it: keep it when it changes."),
)
OUTBOX = (
    Field(name="outbox_id", type=Type.TEXT, nullable=False, description="Subscriber and message."),
    Field(name="url", type=Type.TEXT, nullable=False, description="Where it goes."),
    Field(name="message_id", type=Type.TEXT, nullable=False, description="The CAP message."),
    Field(name="attempts", type=Type.INT, nullable=False, description="Tries so far."),
    Field(name="due_time", type=Type.TIME, nullable=False, description="When to try next."),
    Field(name="status", type=Type.TEXT, nullable=False, description="waiting, sent, given up."),
    Field(name="said", type=Type.TEXT, description="The last failure, in words."),
)


FIRST_METHOD = 1
"""Figures that came from before methods were numbered."""


_Columns: TypeAlias = Mapping[str, Mapping[str, str]]
"""By table the columns that lie in the file, with their types."""


def _make(cursor: Any, there: _Columns, name: str, fields: Sequence[Field]) -> list[str]:
    """Make a table, or add the columns that it has not; returns those."""
    if name not in there:
        columns = ", ".join(f'"{f.name}" {SQL_TYPE[f.type]}' for f in fields)
        cursor.execute(f'CREATE TABLE IF NOT EXISTS "{name}" ({columns})')
        return []
    gained = [field for field in fields if field.name not in there[name]]
    for field in gained:
        cursor.execute(f'ALTER TABLE "{name}" ADD COLUMN "{field.name}" {SQL_TYPE[field.type]}')
    return [field.name for field in gained]


def _remake(cursor: Any, there: _Columns, name: str, fields: Sequence[Field]) -> None:
    """Make a table that can be made again, anew where its columns are others than those that lie there."""
    if there.get(name) == {f.name: SHOWN_TYPE[f.type] for f in fields}:
        return
    if name in there:
        cursor.execute(f'DROP TABLE "{name}"')
    _make(cursor, {}, name, fields)


def _retype(cursor: Any, there: _Columns, name: str, fields: Sequence[Field]) -> None:
    """Figures are versions that can't be made again: a measure of another type takes over what its type can hold."""
    for field in fields:
        if there.get(name, {}).get(field.name, SHOWN_TYPE[field.type]) != SHOWN_TYPE[field.type]:
            kind = SQL_TYPE[field.type]
            using = f'TRY_CAST("{field.name}" AS {kind})'
            cursor.execute(f'ALTER TABLE "{name}" ALTER COLUMN "{field.name}" SET DATA TYPE {kind} USING {using}')


def _columns(cursor: Any) -> _Columns:
    """Asked once for all: each question of what lies there takes the engine a millisecond or two."""
    sql = (
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() ORDER BY table_name, column_index"
    )
    made: dict[str, dict[str, str]] = {}
    for table, name, kind in cursor.execute(sql).fetchall():
        made.setdefault(table, {})[name] = kind
    return made


def fetch(cursor: Any, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Rows as an Arrow table, without the copy that `execute` makes."""
    return cursor.sql(sql, params=list(parameters)).to_arrow_table()


def literal(text: str) -> str:
    """Text as SQL has it, where no parameter can stand. Raises UnicodeEncodeError for a file's name that is no text."""
    text.encode()  # the engine would fail at it in words of its own
    return "'" + text.replace("'", "''") + "'"


def quoted(names: Sequence[str]) -> str:
    """Names as a list of SQL identifiers. They are declared, never a reader's."""
    return ", ".join(f'"{name}"' for name in names)
