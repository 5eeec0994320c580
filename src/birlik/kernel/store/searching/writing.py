"""Rows into an index, and out of it: what is taken out is overwritten."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import apsw

from birlik.kernel.search import Keyed, Search
from birlik.kernel.store.searching.entries import Entry, key_of, text_of
from birlik.kernel.store.searching.file import rows
from birlik.kernel.store.searching.parts import Part
from birlik.kernel.tables import Rows


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a table's rows for its index."""

    key: tuple[str, ...]
    search: Search
    keyed: Keyed

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that an index is made of: where a row comes out the same in these, nothing changed."""
        return tuple(dict.fromkeys((*self.key, *self.search.columns)))

    def entries(self, given: Rows) -> list[Entry]:
        """Of rows with `columns`."""
        title, *others = (self._keyed(given, name) for name in self.search.texts)
        bodies = [" ".join(filter(None, each)) for each in zip(*others, strict=True)] if others else [""] * len(title)
        narrowed = [[*map(text_of, given.column(name).to_pylist())] for name in self.search.narrowed]
        facets = list(zip(*narrowed, strict=True)) if narrowed else [()] * len(title)
        keys = zip(*(given.column(name).to_pylist() for name in self.key), strict=True)
        made = zip(keys, title, bodies, facets, strict=True)
        return [Entry(key_of(key), t, b, key_of(f)) for key, t, b, f in made]

    def _keyed(self, given: Rows, name: str) -> list[str]:
        return [self.keyed.text(text) for text in given.column(name).to_pylist()]


def put(connection: apsw.Connection, part: Part, entries: Iterable[Entry]) -> int:
    """Let rows take the place of those with their keys. What says the same stays where it is, and isn't new.

    Returns how many were taken out for it.
    """
    wanted = {entry.key: entry for entry in entries}
    there = stored(connection, part, wanted)
    new = [entry for key, entry in wanted.items() if key not in there or there[key][1] != entry]
    old = [there[entry.key] for entry in new if entry.key in there]
    _take_out(connection, part, old)
    add(connection, part, new)
    return len(old)


def take(connection: apsw.Connection, part: Part, keys: Iterable[str]) -> int:
    """Take rows out; returns how many were there."""
    found = list(stored(connection, part, keys).values())
    _take_out(connection, part, found)
    return len(found)


def add(connection: apsw.Connection, part: Part, entries: Sequence[Entry]) -> None:
    """Rows whose keys are not there."""
    if not entries:
        return
    ((first,),) = rows(connection, "SELECT next_id FROM part WHERE no = ?", [part.no])
    numbered = list(enumerate(entries, start=first))
    connection.executemany(
        f"INSERT INTO doc_{part.no} VALUES (?, ?, ?, ?, ?)",
        ((i, e.key, e.title, e.body, e.facets) for i, e in numbered),
    )
    connection.executemany(
        f"INSERT INTO fts_{part.no} (rowid, words) VALUES (?, ?)", ((i, e.indexed) for i, e in numbered)
    )
    _count(connection, part, entries, 1)


def stored(connection: apsw.Connection, part: Part, keys: Iterable[str]) -> dict[str, tuple[int, Entry]]:
    """By key, what the index has, with its number."""
    asked = f"SELECT id, key, title, body, facets FROM doc_{part.no} WHERE key = ?"
    found: dict[str, tuple[int, Entry]] = {}
    there: Iterator[Any] = connection.executemany(asked, [(key,) for key in keys])
    for row in there:
        found[row[1]] = (row[0], Entry(*row[1:]))
    return found


def _take_out(connection: apsw.Connection, part: Part, found: Sequence[tuple[int, Entry]]) -> None:
    if not found:
        return
    fts = f"fts_{part.no}"
    old = sorted(found, key=lambda each: each[0])
    connection.executemany(
        f"INSERT INTO {fts} ({fts}, rowid, words) VALUES ('delete', ?, ?)", ((i, e.indexed) for i, e in old)
    )
    connection.executemany(f"DELETE FROM doc_{part.no} WHERE id = ?", ((i,) for i, _ in old))
    _count(connection, part, [entry for _, entry in old], -1)


def _count(connection: apsw.Connection, part: Part, entries: Sequence[Entry], sign: int) -> None:
    """In how many rows each word is, and how long they are."""
    words = Counter(chain.from_iterable(entry.words for entry in entries))
    counted, word = [(term, sign * n) for term, n in sorted(words.items())], f"word_{part.no}"
    connection.executemany(f"INSERT INTO {word} VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", counted)
    if sign < 0:
        connection.executemany(f"DELETE FROM {word} WHERE term = ? AND n <= 0", ((term,) for term, _ in counted))
    title = sum(entry.title.count(" ") + bool(entry.title) for entry in entries)
    body = sum(entry.body.count(" ") + bool(entry.body) for entry in entries)
    n = len(entries)
    connection.execute(
        "UPDATE part SET next_id = next_id + ?, texts_n = texts_n + ?, title_words_n = title_words_n + ?, "
        "body_words_n = body_words_n + ? WHERE no = ?",
        (n if sign > 0 else 0, sign * n, sign * title, sign * body, part.no),
    )
