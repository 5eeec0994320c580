"""What rows mean, set of views by set of views: made beside the steps, kept with the rows' words, and asked whole.

A row whose meaning isn't made yet waits in its index with what it says. A vector and what waits go with their row, in
the same commit; an index that is thrown away takes all of them along.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import apsw
import numpy as np
import orjson
from numpy.typing import NDArray

from birlik.kernel.meaning.apart import Vectors
from birlik.kernel.meaning.texts import Meaning, Spoken
from birlik.kernel.search import MEANING, Ranked, Ranking
from birlik.kernel.store.searching.entries import mark
from birlik.kernel.store.searching.file import rows, said
from birlik.kernel.store.searching.parts import Part

AT_ONCE = 8
"""Rows whose meaning is made in one go."""
NEAREST = 50
"""Rows of a table that are found by meaning at most."""
LOOKED_UP = 500
"""Of the nearest so many at a time, until enough of them are there and have what is asked."""
MOST_HELD = 400_000
"""Vectors that are held in memory, of all indexes together: 1.5 kB each."""
MOST_ASKED = 200_000
"""Of one index: of more, the newest are asked."""
DEAD = 1_000
"""Vectors in memory whose rows have gone, before an index is read anew."""


@dataclass(slots=True)
class _Held:
    """Vectors of an index, in the order in which they were made."""

    numbers: NDArray[np.int64]
    vectors: Vectors
    n: int = 0
    last: int = 0
    """The last number that was looked at."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row whose meaning isn't made yet."""

    no: int
    id: int
    said: Spoken


class Nearest:
    """Which rows are near a question. Thread-safe; what was read of an index stays in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, int], _Held] = OrderedDict()

    def ranking(
        self,
        connection: apsw.Connection,
        table: str,
        bit: int,
        vector: Vectors,
        least: float,
        facets: Sequence[tuple[int, tuple[str, ...]]],
    ) -> Ranking:
        """The rows that a view sees and that mean what is asked, the nearest first. least: the cosine of what is near
        enough."""
        found = rows(
            connection, "SELECT no, views FROM part WHERE tbl = ? AND ready AND (views & ?) <> 0", (table, bit)
        )
        if not found:
            return Ranking()
        part = Part(*found[0])
        ((n,),) = rows(connection, f"SELECT count(*) FROM vector_{part.no}")
        numbers, near = self._near(connection, part, vector, n)
        kept = _nearest(connection, part, numbers[near >= least], near[near >= least], facets)
        return Ranking(
            ranked=tuple(
                Ranked(tuple(orjson.loads(key)), cosine, share=0.0, by=MEANING, is_near=True) for cosine, key, _ in kept
            ),
            facets=tuple(tuple(orjson.loads(values)) for _, _, values in kept),
            is_cut=n > MOST_ASKED,
        )

    def _near(
        self, connection: apsw.Connection, part: Part, vector: Vectors, n: int
    ) -> tuple[NDArray[np.int64], Vectors]:
        """Numbers of vectors, and how near each is."""
        key = (said(connection, "id") or "", part.no)
        with self._lock:
            held = self._held.pop(key, None)
            if held is None or held.n - n > max(DEAD, n // 10):
                held = _Held(np.empty(0, np.int64), np.empty((0, len(vector)), np.float32))
            _read_on(connection, part, held, len(vector))
            self._held[key] = held
            while len(self._held) > 1 and sum(each.n for each in self._held.values()) > MOST_HELD:
                self._held.popitem(last=False)
            numbers, vectors = held.numbers[: held.n], held.vectors[: held.n]
        return numbers, vectors @ vector

    def forget(self) -> None:
        """Hold nothing: what was erased isn't in memory either."""
        with self._lock:
            self._held.clear()


def _read_on(connection: apsw.Connection, part: Part, held: _Held, dimensions: int) -> None:
    """What was made since."""
    newest = f"SELECT no, vector FROM vector_{part.no} WHERE no > ? ORDER BY id DESC LIMIT ?"
    new = rows(connection, f"SELECT no, vector FROM ({newest}) ORDER BY no", (held.last, MOST_ASKED))
    ((last,),) = rows(connection, f"SELECT coalesce(max(no), 0) FROM vector_{part.no}")
    held.last = max(held.last, last)
    if not new:
        return
    made = np.frombuffer(b"".join(v for _, v in new), np.float16).reshape(len(new), dimensions).astype(np.float32)
    n = held.n + len(new)
    if n > len(held.numbers):
        room = max(1_000, n + n // 4)
        numbers, vectors = np.empty(room, np.int64), np.empty((room, dimensions), np.float32)
        numbers[: held.n], vectors[: held.n] = held.numbers[: held.n], held.vectors[: held.n]
        held.numbers, held.vectors = numbers, vectors
    held.numbers[held.n : n], held.vectors[held.n : n] = [no for no, _ in new], made
    held.n = n


def _nearest(
    connection: apsw.Connection,
    part: Part,
    numbers: NDArray[np.int64],
    near: Vectors,
    facets: Sequence[tuple[int, tuple[str, ...]]],
) -> list[tuple[float, str, str]]:
    """(cosine, key, facets) of the nearest that are there and have a value of each facet; of equals in the order of
    keys. They are looked up some at a time, since a question may be near to thousands."""
    cosines = np.round(near.astype(np.float64), 6)
    order = np.argsort(-cosines, kind="stable")
    found: list[tuple[float, str, str]] = []
    start = 0
    while start < len(order) and len(found) < NEAREST:
        # Equals stay together: which of them come first is told by their keys alone.
        last = cosines[order[min(start + LOOKED_UP, len(order)) - 1]]
        end = int(np.searchsorted(-cosines[order], -last, side="right"))
        these = dict(zip(numbers[order[start:end]].tolist(), cosines[order[start:end]].tolist(), strict=True))
        found += [(these[no], key, values) for no, key, values in _rows(connection, part, these, facets)]
        start = end
    return sorted(found, key=lambda row: (-row[0], row[1]))[:NEAREST]


def _rows(
    connection: apsw.Connection, part: Part, numbers: Iterable[int], facets: Sequence[tuple[int, tuple[str, ...]]]
) -> list[tuple[int, str, str]]:
    """(number, key, facets) of those that are there, and have a value of each facet."""
    narrowed = " ".join("AND (" + " OR ".join("instr(marks, ?) > 0" for _ in values) + ")" for _, values in facets)
    given = [mark(position, value) for position, values in facets for value in values]
    sql = (
        f"SELECT v.no, d.key, d.facets FROM vector_{part.no} v JOIN doc_{part.no} d ON d.id = v.id "
        f"WHERE v.no IN (SELECT value FROM json_each(?)) {narrowed}"
    )
    return rows(connection, sql, (orjson.dumps(list(numbers)).decode(), *given))


# --- made beside the steps ----------------------------------------------------------------------------------------


def waiting(connection: apsw.Connection, most: int) -> list[Waiting]:
    """Some of the rows whose meaning isn't made yet, of each index the newest: what comes isn't held up by what is made
    anew, nor one view by another, and what several of them see is mostly made once."""
    made: list[Waiting] = []
    for (no,) in rows(connection, "SELECT no FROM part WHERE ready ORDER BY no"):
        asked = f"SELECT id, language, text FROM meant_{no} ORDER BY id DESC LIMIT ?"
        made += [Waiting(no, i, Spoken(*each)) for i, *each in rows(connection, asked, (most,))]
    return made


def waiting_n(connection: apsw.Connection, table: str, bit: int) -> int:
    """How many rows of a table that a view sees have no meaning yet."""
    sql = "SELECT no FROM part WHERE tbl = ? AND ready AND (views & ?) <> 0"
    return sum(
        int(rows(connection, f"SELECT count(*) FROM meant_{no}")[0][0]) for (no,) in rows(connection, sql, (table, bit))
    )


def made(meaning: Meaning, waits: Sequence[Waiting]) -> list[bytes]:
    """Their vectors, float16; what several say is made once."""
    texts = list(dict.fromkeys(each.said for each in waits))
    vectors = dict(zip(texts, meaning.of_rows(texts).astype(np.float16), strict=True))
    return [vectors[each.said].tobytes() for each in waits]


def keep(connection: apsw.Connection, waits: Sequence[Waiting], vectors: Sequence[bytes]) -> None:
    """Of those that still wait and say the same."""
    for each, vector in zip(waits, vectors, strict=True):
        sql = f"DELETE FROM meant_{each.no} WHERE id = ? AND language = ? AND text = ? RETURNING id"
        if rows(connection, sql, (each.id, *each.said)):
            connection.execute(f"INSERT INTO vector_{each.no} (id, vector) VALUES (?, ?)", (each.id, vector))
