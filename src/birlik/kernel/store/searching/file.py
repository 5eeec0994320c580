"""The file of the indexes: opened when it is first needed, and begun anew where it can't be read.

It is written by whoever follows, and read by any thread. Its commits are numbered; the store notes the number of the
one that belongs to each step. So what the file lacks after a crash, or has before the store does, is known.
"""

import contextlib
import logging
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from birlik.errors import StoreUnavailable

FILE = "search.sqlite"
FORM = "3"
"""Another number where the tables within are others."""
_FIRST = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
PRAGMA cache_size = -65536;
PRAGMA temp_store = MEMORY;
PRAGMA wal_autocheckpoint = 4000;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
  no INTEGER PRIMARY KEY, tbl TEXT NOT NULL, views INTEGER NOT NULL, ready INTEGER NOT NULL,
  next_id INTEGER NOT NULL, texts_n INTEGER NOT NULL, title_words_n INTEGER NOT NULL, body_words_n INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS last (tbl TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
"""
_READING = "PRAGMA query_only = ON; PRAGMA cache_size = -16384;"
WAIT_MS, SHORT_MS = 10_000, 50
DAMAGED = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError)
"""What says that the file is none of ours, or no more."""

log = logging.getLogger("birlik")


def files(folder: Path) -> list[Path]:
    """All that lies there of it."""
    return [folder / f"{FILE}{ending}" for ending in ("", "-wal", "-shm", "-journal")]


def forget(folder: Path) -> None:
    """Take it away; whoever opens the folder next makes it again."""
    for path in files(folder):
        path.unlink(missing_ok=True)


class SearchFile:
    """One writer, any number of readers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged = False
        """A reader has found so; the next step begins it anew."""
        self.to_clear = False
        """Something was taken out that its log still has."""
        self._lock = threading.Lock()
        self._writer: apsw.Connection | None = None
        self._idle: list[apsw.Connection] = []
        self._generation = 0

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / FILE

    @property
    def writer(self) -> apsw.Connection:
        """The connection of who follows. Raises StoreUnavailable for what the disk does."""
        if self._writer is None:
            with world():
                try:
                    self._writer = self._opened()
                except DAMAGED as error:
                    self.begin_anew(str(error))
                    self._writer = self._opened()
        return self._writer

    def _opened(self) -> apsw.Connection:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = apsw.Connection(str(self.path))
        try:
            connection.set_busy_timeout(WAIT_MS)
            rows(connection, _FIRST)
            if said(connection, "form") not in (None, FORM):
                raise apsw.FormatError("it is laid out as by another birlik")
            say(connection, form=FORM)
            if said(connection, "id") is None:
                say(connection, id=secrets.token_hex(8), n="0")
            for (no,) in rows(connection, "SELECT no FROM part WHERE NOT ready"):
                drop(connection, no)  # a crash came while it was made
        except BaseException:
            connection.close()
            raise
        return connection

    def begin_anew(self, why: str) -> None:
        """Throw it away."""
        log.warning("%s is thrown away and made again: %s", FILE, why)
        self.close()
        forget(self.folder)
        self.damaged = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[apsw.Connection | None]:
        """A connection that sees one moment of it; None where there is nothing to read. Raises StoreUnavailable."""
        with self._lock:
            generation, connection = self._generation, self._idle.pop() if self._idle else None
        if connection is None:
            if not self.path.is_file():
                yield None
                return
            with world():
                connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
                connection.set_busy_timeout(WAIT_MS)
                rows(connection, _READING)
        try:
            with world():
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    connection.execute("ROLLBACK")
        except DAMAGED as error:
            log.warning("%s can't be read: %s", FILE, error)
            self.damaged = True
            connection.close()
            raise StoreUnavailable("what is searched is made again; ask once more in a moment") from error
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if generation == self._generation:
                self._idle.append(connection)
                return
        connection.close()

    def clear_log(self) -> None:
        """What was taken out of the file is taken out of its log too, unless somebody reads: then the next time."""
        connection = self._writer
        if connection is not None and self.to_clear:
            connection.set_busy_timeout(SHORT_MS)
            try:
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
                self.to_clear = False
            except apsw.BusyError:
                pass  # somebody reads: it is tried again with the next commit
            finally:
                connection.set_busy_timeout(WAIT_MS)

    def close(self) -> None:
        """Nobody reads or writes it any more."""
        with self._lock:
            connections, self._idle = self._idle, []
            self._generation += 1
        if self._writer is not None:
            connections.append(self._writer)
            self._writer = None
        for connection in connections:
            connection.close()


def rows(connection: apsw.Connection, sql: str, given: Sequence[Any] = ()) -> list[Any]:
    """All that a question finds, as tuples; their types are the question's."""
    return list(connection.execute(sql, given))


def said(connection: apsw.Connection, name: str) -> str | None:
    """What is noted under a name."""
    found = rows(connection, "SELECT said FROM meta WHERE name = ?", [name])
    return str(found[0][0]) if found else None


def say(connection: apsw.Connection, **told: str) -> None:
    """Note it."""
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(told.items()))


def drop(connection: apsw.Connection, no: int) -> None:
    """Take an index away."""
    for name in ("doc", "fts", "word", "vector", "meant"):
        connection.execute(f"DROP TABLE IF EXISTS {name}_{no}")
    connection.execute("DELETE FROM part WHERE no = ?", (no,))


@contextlib.contextmanager
def world() -> Iterator[None]:
    """Turn what the disk did into StoreUnavailable; a damaged file, and a wrong question, stay what they are."""
    try:
        yield
    except (apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.BusyError) as error:
        raise StoreUnavailable(f"what is searched ({FILE}) can't be reached: {error}") from error
