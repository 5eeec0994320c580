"""Which index is whose. The views of a table are parted into sets that see the same of it, and each set has an index.

A label that comes for the first time may part a set: each part then goes on with a copy of what both had. Sets are
never joined again: an index too many costs room, one too few would tell of hidden rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import apsw

from birlik.kernel.store.searching.file import rows

_TABLES = """
CREATE TABLE doc_{no} (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, title TEXT NOT NULL, body TEXT NOT NULL, facets TEXT NOT NULL,
  marks TEXT NOT NULL
);
CREATE VIRTUAL TABLE fts_{no} USING fts5(words, content='', tokenize='ascii', detail=none, columnsize=0);
INSERT INTO fts_{no} (fts_{no}, rank) VALUES ('secure-delete', 1);
INSERT INTO fts_{no} (fts_{no}, rank) VALUES ('hashsize', 16777216);
CREATE TABLE word_{no} (term TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE vector_{no} (no INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL UNIQUE, vector BLOB NOT NULL);
CREATE TABLE meant_{no} (id INTEGER PRIMARY KEY, language TEXT NOT NULL, text TEXT NOT NULL);
"""
"""Rows as they are compared, the newest last; in which of them each word is; in how many; what they mean, under a
number that never comes again; and what those say whose meaning isn't made yet."""
INDEXED = "title || ' ' || body || ' ' || marks"
"""SQL: what the index has of a row."""
_COUNTS = "next_id, texts_n, title_words_n, body_words_n"


@dataclass(frozen=True, slots=True)
class Part:
    """The index of one set of views."""

    no: int
    views: int

    @property
    def bit(self) -> int:
        """One of its views: all see the same."""
        return self.views & -self.views


def parts_of(connection: apsw.Connection, table: str) -> list[Part]:
    """Those of a table that are ready."""
    asked = "SELECT no, views FROM part WHERE tbl = ? AND ready ORDER BY no"
    return [Part(*row) for row in rows(connection, asked, [table])]


def begun(connection: apsw.Connection, table: str, views: int, *, ready: bool = False) -> Part:
    """An empty one."""
    sql = f"INSERT INTO part (tbl, views, ready, {_COUNTS}) VALUES (?, ?, ?, 1, 0, 0, 0) RETURNING no"
    ((no,),) = rows(connection, sql, (table, views, ready))
    part = Part(no, views)
    connection.execute(_TABLES.format(no=part.no))
    return part


def parted(sets: Iterable[int], masks: Iterable[int]) -> list[int]:
    """Sets of views, parted so that none has some views within one of the masks and some outside of it.

    >>> parted([0b11111], [0b00001, 0b00111])
    [1, 6, 24]
    """
    made = list(sets)
    for mask in sorted(set(masks)):
        made = [piece for each in made for piece in (each & mask, each & ~mask) if piece]
    return sorted(made)


def split(connection: apsw.Connection, table: str, masks: Iterable[int]) -> list[Part]:
    """The indexes of a table, after sets were parted that these masks tell apart."""
    known = set(masks)
    for part in parts_of(connection, table):
        first, *others = parted([part.views], known)
        if others:
            connection.execute("UPDATE part SET views = ? WHERE no = ?", (first, part.no))
            for views in others:
                _copied(connection, table, part, views)
    return parts_of(connection, table)


def _copied(connection: apsw.Connection, table: str, part: Part, views: int) -> None:
    made = begun(connection, table, views, ready=True)
    connection.execute(
        f"UPDATE part SET ({_COUNTS}) = (SELECT {_COUNTS} FROM part WHERE no = ?) WHERE no = ?", (part.no, made.no)
    )
    connection.execute(f"INSERT INTO doc_{made.no} SELECT * FROM doc_{part.no} ORDER BY id")
    connection.execute(f"INSERT INTO word_{made.no} SELECT * FROM word_{part.no}")
    connection.execute(f"INSERT INTO fts_{made.no} (rowid, words) SELECT id, {INDEXED} FROM doc_{part.no} ORDER BY id")
    connection.execute(f"INSERT INTO vector_{made.no} SELECT * FROM vector_{part.no} ORDER BY no")
    connection.execute(f"INSERT INTO meant_{made.no} SELECT * FROM meant_{part.no} ORDER BY id")
