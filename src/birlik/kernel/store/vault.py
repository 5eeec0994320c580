"""What must leave no history and go into no journal: hashes of keys and passwords, sessions, links, last uses.

One SQLite file beside the store, of the owner only. It is small and changes often, a row at a time, which the embedded
store is not made for. Each entry has a kind, a key, what is said of it, and perhaps an end.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from birlik.errors import StoreUnavailable
from birlik.kernel.acts import Entry

FILE = "vault.sqlite"
_FIRST = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS entry (
  kind TEXT NOT NULL, key TEXT NOT NULL, of TEXT NOT NULL, said BLOB NOT NULL, ends TEXT,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_of ON entry (of, kind);
"""


class Vault:
    """Any thread may ask and write. What is written is on the disk when the call returns."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreUnavailable."""
        path = folder / FILE
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self.path = path
        self._lock = threading.Lock()
        with _said("opened"):
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.executescript(_FIRST)

    def put(self, kind: str, key: str, said: Mapping[str, Any], *, of: str = "", ends: datetime | None = None) -> None:
        """Keep what is said, in the place of what was. of: whose it is, by which all of somebody's can be found."""
        self.put_all([(kind, key, said, of, ends)])

    def put_all(self, entries: Sequence[Entry]) -> None:
        """All or none."""
        self.exchange((), entries)

    def get(self, kind: str, key: str, now: datetime | None = None) -> dict[str, Any] | None:
        """What is said; None where nothing is, or its end has come by `now`."""
        with self._lock, _said("read"):
            row = self._database.execute("SELECT said, ends FROM entry WHERE kind = ? AND key = ?", (kind, key))
            found = row.fetchone()
        if found is None or (now is not None and _is_over(found[1], now)):
            return None
        made: dict[str, Any] = orjson.loads(found[0])
        return made

    def take(self, kind: str, key: str, now: datetime | None = None) -> dict[str, Any] | None:
        """As `get`; and it is there no more, so that of two who ask at once one gets it."""
        with self._writing():
            row = self._database.execute(
                "DELETE FROM entry WHERE kind = ? AND key = ? RETURNING said, ends", (kind, key)
            )
            found = row.fetchone()
        if found is None or (now is not None and _is_over(found[1], now)):
            return None
        made: dict[str, Any] = orjson.loads(found[0])
        return made

    def all(self, kind: str, *, of: str | None = None) -> dict[str, dict[str, Any]]:
        """By key; of everyone's, or somebody's."""
        where, given = ("AND of = ?", (kind, of)) if of is not None else ("", (kind,))
        with self._lock, _said("read"):
            rows = self._database.execute(f"SELECT key, said FROM entry WHERE kind = ? {where}", given).fetchall()
        return {key: orjson.loads(said) for key, said in rows}

    def first(
        self, kind: str, limit: int, *, key: str | None = None, of: str | None = None, before: str | None = None
    ) -> list[tuple[str, str, dict[str, Any]]]:
        """(key, of, said) of the first of a kind in the order of their keys. before: with lesser keys only."""
        clauses, given = _where(kind, key=key, of=of, before=before)
        sql = f"SELECT key, of, said FROM entry WHERE {clauses} ORDER BY key LIMIT ?"
        with self._lock, _said("read"):
            rows = self._database.execute(sql, (*given, limit)).fetchall()
        return [(key, whose, orjson.loads(said)) for key, whose, said in rows]

    def ends(self, kind: str, key: str) -> datetime | None:
        """When an entry goes."""
        with self._lock, _said("read"):
            row = self._database.execute("SELECT ends FROM entry WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return datetime.fromisoformat(row[0]) if row is not None and row[0] is not None else None

    def count(self, kind: str, *, of: str | None = None, since: str | None = None) -> int:
        """How many there are. since: with keys from there on."""
        clauses, given = _where(kind, of=of, since=since)
        with self._lock, _said("read"):
            return int(self._database.execute(f"SELECT count(*) FROM entry WHERE {clauses}", given).fetchone()[0])

    def exchange(self, gone: Sequence[tuple[str, str]], come: Sequence[Entry]) -> None:
        """Take away (kind, key) of each, and keep what comes: all or nothing."""
        rows = [(k, key, of, orjson.dumps(said), ends and ends.isoformat()) for k, key, said, of, ends in come]
        with self._writing():
            self._database.executemany("DELETE FROM entry WHERE kind = ? AND key = ?", gone)
            self._database.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)", rows)

    def drop(self, kind: str, key: str | None = None, *, of: str | None = None) -> int:
        """Take away one entry, or all of a kind, or all of somebody's of a kind; returns how many there were."""
        clauses, given = ["kind = ?"], [kind]
        for name, value in (("key", key), ("of", of)):
            if value is not None:
                clauses.append(f"{name} = ?")
                given.append(value)
        with self._writing():
            return self._database.execute(f"DELETE FROM entry WHERE {' AND '.join(clauses)}", given).rowcount

    def forget(self, kind: str, key: str) -> None:
        """Take away one entry, and what the engine keeps of it in its log."""
        self.drop(kind, key)
        with self._lock, _said("written"):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def drop_over(self, now: datetime) -> None:
        """Take away what has ended."""
        with self._writing():
            self._database.execute("DELETE FROM entry WHERE ends IS NOT NULL AND ends <= ?", (now.isoformat(),))

    def copy(self, path: Path) -> None:
        """A whole copy of it, while it is written to."""
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with self._lock, _said("copied"), contextlib.closing(sqlite3.connect(path)) as other:
            self._database.backup(other)

    def close(self) -> None:
        """Nobody asks any more."""
        with self._lock:
            self._database.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, _said("written"):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _where(
    kind: str,
    *,
    key: str | None = None,
    of: str | None = None,
    before: str | None = None,
    since: str | None = None,
) -> tuple[str, tuple[str, ...]]:
    """A condition, and what stands in the place of its marks."""
    said = (("kind = ?", kind), ("key = ?", key), ("of = ?", of), ("key < ?", before), ("key >= ?", since))
    told = [(clause, value) for clause, value in said if value is not None]
    return " AND ".join(clause for clause, _ in told), tuple(value for _, value in told)


def _is_over(ends: str | None, now: datetime) -> bool:
    return ends is not None and datetime.fromisoformat(ends) <= now


@contextlib.contextmanager
def _said(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the vault ({FILE}) can't be {what}: {error}") from error
