"""Rows into an index, and out of it: what is taken out is overwritten."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import apsw

from birlik.kernel.meaning.texts import LONGEST, Spoken
from birlik.kernel.search import Keyed, Search
from birlik.kernel.store.searching.entries import MARK, Entry, key_of, marks, text_of
from birlik.kernel.store.searching.file import rows
from birlik.kernel.store.searching.parts import INDEXED, Part
from birlik.kernel.tables import Rows


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a table's rows for its index."""

    key: tuple[str, ...]
    search: Search
    keyed: Keyed
    is_meant: bool = False
    """What its rows mean is made too."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that an index is made of: where a row comes out the same in these, nothing changed."""
        return tuple(dict.fromkeys((*self.key, *self.search.columns)))

    def entries(self, given: Rows) -> list[Entry]:
        """Of rows with `columns`."""
        title, *others = (list(map(self.keyed.text, given.column(name).to_pylist())) for name in self.search.texts)
        bodies = [" ".join(filter(None, each)) for each in zip(*others, strict=True)] if len(others) > 1 else None
        body = bodies or (others[0] if others else [""] * len(title))
        keys = map(key_of, zip(*(given.column(name).to_pylist() for name in self.key), strict=True))
        narrowed = [list(map(text_of, given.column(name).to_pylist())) for name in self.search.narrowed]
        values = zip(*narrowed, strict=True) if narrowed else [()] * len(title)
        said: dict[tuple[str | None, ...], tuple[str, str]] = {}
        made = []
        for key, t, b, each in zip(keys, title, body, values, strict=True):
            if each not in said:  # many rows have the same few
                said[each] = (key_of(each), " ".join(marks(each)))
            made.append(Entry(key, t, b, *said[each]))
        return made

    def meant(self, given: Rows, entries: Sequence[Entry]) -> dict[Entry, Spoken]:
        """What rows say as they are written, by their entries; nothing where their meaning isn't made."""
        if not self.is_meant:
            return {}
        texts = [given.column(name).to_pylist() for name in self.search.texts]
        language = self.search.language
        languages = given.column(language).to_pylist() if language else [""] * len(entries)
        made = {}
        for entry, tongue, each in zip(entries, languages, zip(*texts, strict=True), strict=True):
            if text := "\n".join(filter(None, each))[:LONGEST].strip():
                made[entry] = Spoken(tongue or "", text)
        return made


def put(
    connection: apsw.Connection,
    part: Part,
    entries: Iterable[Entry],
    meant: Mapping[Entry, Spoken],
    *,
    counted: bool = True,
) -> int:
    """Let rows take the place of those with their keys. What says the same stays where it is, and isn't new.

    meant, counted: as `add`. Returns how many were taken out for it.
    """
    wanted = {entry.key: entry for entry in entries}
    there = stored(connection, part, wanted)
    new = [entry for key, entry in wanted.items() if key not in there or there[key][1] != entry]
    old = [there[entry.key] for entry in new if entry.key in there]
    _take_out(connection, part, old, counted=counted)
    add(connection, part, new, meant, counted=counted)
    return len(old)


def take(connection: apsw.Connection, part: Part, keys: Iterable[str]) -> int:
    """Take rows out; returns how many were there."""
    found = list(stored(connection, part, keys).values())
    _take_out(connection, part, found)
    return len(found)


def add(
    connection: apsw.Connection,
    part: Part,
    entries: Sequence[Entry],
    meant: Mapping[Entry, Spoken],
    *,
    counted: bool = True,
) -> None:
    """Rows whose keys are not there. counted: False where all is counted afterwards (`count_anew`).

    meant: what rows say whose meaning is to be made.
    """
    if not entries:
        return
    ((first,),) = rows(connection, "SELECT next_id FROM part WHERE no = ?", [part.no])
    doc = f"INSERT INTO doc_{part.no} VALUES (?, ?, ?, ?, ?, ?)"
    connection.executemany(doc, ((i, *entry) for i, entry in enumerate(entries, start=first)))
    connection.execute(
        f"INSERT INTO fts_{part.no} (rowid, words) SELECT id, {INDEXED} FROM doc_{part.no} WHERE id >= ? ORDER BY id",
        (first,),
    )
    said = [(i, *meant[entry]) for i, entry in enumerate(entries, start=first) if entry in meant]
    connection.executemany(f"INSERT INTO meant_{part.no} VALUES (?, ?, ?)", said)
    connection.execute("UPDATE part SET next_id = ? WHERE no = ?", (first + len(entries), part.no))
    if counted:
        _count(connection, part, entries, 1)


def count_anew(connection: apsw.Connection, part: Part) -> None:
    """In how many rows each word is, and how long they are, from what the index has."""
    word, vocabulary = f"word_{part.no}", f"vocabulary_{part.no}"
    connection.execute(f"CREATE VIRTUAL TABLE temp.{vocabulary} USING fts5vocab (main, fts_{part.no}, row)")
    connection.execute(
        f"DELETE FROM {word}; INSERT INTO {word} SELECT term, doc FROM temp.{vocabulary} WHERE term NOT GLOB '{MARK}*'"
    )
    connection.execute(f"DROP TABLE temp.{vocabulary}")
    lengths = ", ".join(f"coalesce(sum({_LENGTH.format(text=text)}), 0)" for text in ("title", "body"))
    ((n, title, body),) = rows(connection, f"SELECT count(*), {lengths} FROM doc_{part.no}")
    counts = "texts_n = ?, title_words_n = ?, body_words_n = ?"
    connection.execute(f"UPDATE part SET {counts} WHERE no = ?", (n, title, body, part.no))


_LENGTH = "length({text}) - length(replace({text}, ' ', '')) + ({text} <> '')"
"""SQL: how many words a text has."""


def stored(connection: apsw.Connection, part: Part, keys: Iterable[str]) -> dict[str, tuple[int, Entry]]:
    """By key, what the index has, with its number."""
    asked = f"SELECT id, key, title, body, facets, marks FROM doc_{part.no} WHERE key = ?"
    found: dict[str, tuple[int, Entry]] = {}
    there: Iterator[Any] = connection.executemany(asked, [(key,) for key in keys])
    for row in there:
        found[row[1]] = (row[0], Entry(*row[1:]))
    return found


def _take_out(
    connection: apsw.Connection, part: Part, found: Sequence[tuple[int, Entry]], *, counted: bool = True
) -> None:
    if not found:
        return
    fts, numbers = f"fts_{part.no}", [(i,) for i in sorted(i for i, _ in found)]
    deleted = f"INSERT INTO {fts} ({fts}, rowid, words) SELECT 'delete', id, {INDEXED} FROM doc_{part.no} WHERE id = ?"
    connection.executemany(deleted, numbers)
    for name in ("doc", "vector", "meant"):
        connection.executemany(f"DELETE FROM {name}_{part.no} WHERE id = ?", numbers)
    if counted:
        _count(connection, part, [entry for _, entry in found], -1)


def _count(connection: apsw.Connection, part: Part, entries: Sequence[Entry], sign: int) -> None:
    """In how many rows each word is, and how long they are."""
    words = Counter(chain.from_iterable(entry.words for entry in entries))
    counted, word = [(term, sign * n) for term, n in sorted(words.items())], f"word_{part.no}"
    connection.executemany(f"INSERT INTO {word} VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", counted)
    if sign < 0:
        connection.executemany(f"DELETE FROM {word} WHERE term = ? AND n <= 0", ((term,) for term, _ in counted))
    title = sum(entry.title.count(" ") + bool(entry.title) for entry in entries)
    body = sum(entry.body.count(" ") + bool(entry.body) for entry in entries)
    connection.execute(
        "UPDATE part SET texts_n = texts_n + ?, title_words_n = title_words_n + ?, body_words_n = body_words_n + ? "
        "WHERE no = ?",
        (sign * len(entries), sign * title, sign * body, part.no),
    )
