"""Which keys a store may hold: "no" is certain, "maybe" has to be asked of it.

Nearly all that arrives is new. To learn that from the tables costs a scan that grows with them, at every commit; a
filter in memory says it in microseconds, and only what it doubts is looked up.

Source: B. Bloom (1970), "Space/time trade-offs in hash coding with allowable errors"; A. Kirsch and M. Mitzenmacher
(2006), "Less hashing, same performance", for two hashes in the place of eight.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from birlik.errors import StoreUnavailable
from birlik.kernel.priority import give_way
from birlik.kernel.store.database import Database, quoted

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

PROBES, BITS_A_KEY = 8, 24
"""One key in about 100,000 is doubted for nothing."""
SMALLEST = 250_000
"""Keys that a filter holds at least before it has to grow."""
AT_ONCE = 200_000
"""Rows that are read while a commit waits; more are read beside it, and until then everything is doubted."""
PIECE = 4_096
"""Keys entered in one go: other threads wait no longer than for these."""

log = logging.getLogger("birlik")

Question = tuple[str, tuple[str, ...]]
"""(table, the columns whose values together are the key)"""


class Bloom:
    """A set of 64-bit hashes that never denies what it holds."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.n = capacity, 0
        bits = 1 << (capacity * BITS_A_KEY - 1).bit_length()
        self._bytes = np.zeros(bits >> 3, np.uint8)
        self._mask = np.uint64(bits - 1)

    def _bits(self, hashes: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        """(byte, bit in it) of each probe of each hash."""
        steps = (hashes >> np.uint64(32)) | np.uint64(1)
        at = (hashes[:, None] + np.arange(PROBES, dtype=np.uint64) * steps[:, None]) & self._mask
        return (at >> np.uint64(3)).astype(np.int64), np.uint8(1) << (at & np.uint64(7)).astype(np.uint8)

    def add(self, hashes: Hashes) -> None:
        """hashes: uint64, n. Beyond `capacity` it answers as before, only more often in vain."""
        where, bit = self._bits(hashes)
        np.bitwise_or.at(self._bytes, where.ravel(), bit.ravel())
        self.n += hashes.size

    def may_hold(self, hashes: Hashes) -> Flags:
        """hashes: uint64, n. Returns n flags: False is certain, True is a maybe."""
        where, bit = self._bits(hashes)
        held: Flags = ((self._bytes[where] & bit) != 0).all(axis=1)
        return held


@dataclass
class _Watched:
    """One question's filter: `ready` answers, `coming` is being made of what stands and takes what is added."""

    ready: Bloom | None = None
    coming: Bloom | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Seen:
    """The filters of one store. Only the writer calls `doubted`, `begin` and `note`; the making of them goes beside."""

    def __init__(self, database: Database, hashed: Mapping[Question, str] = MappingProxyType({})) -> None:
        """hashed: the questions whose keys are hashes already, with the SQL that gives them."""
        self._database, self._hashed = database, hashed
        self._watched: dict[Question, _Watched] = {}
        self._closing = threading.Event()
        self._makers: list[threading.Thread] = []

    def doubted(self, question: Question, hashes: Hashes) -> Flags:
        """Which of these keys the store may hold. It begins to watch a question when it is first asked."""
        watched = self._watched.get(question) or self._watch(question)
        if watched.ready is None:
            return np.ones(hashes.size, np.bool_)
        return watched.ready.may_hold(hashes)

    def begin(self, questions: Iterable[Question]) -> None:
        """Watch these before anyone asks: until a filter is made, each commit asks the store itself, which is slow."""
        for question in questions:
            if question not in self._watched and self._database.all(f'SELECT 1 FROM "{question[0]}" LIMIT 1'):
                self._watch(question)

    def note(self, question: Question, hashes: Hashes) -> None:
        """These are about to be stored. Where that fails they are doubted for nothing, no more."""
        watched = self._watched.get(question)
        if watched is None:
            return
        ready = watched.ready
        if ready is not None:
            # What it has already must not make it grow: suppliers send the same again and again.
            after = ready.n + int(np.count_nonzero(~ready.may_hold(hashes)))
            if watched.coming is None and after > ready.capacity:
                # First, so that the larger one is told of these as well: they are in no table yet.
                self._make(question, watched, after)
        with watched.lock:
            for bloom in (watched.ready, watched.coming):
                if bloom is not None:
                    # Each by its own light: what one holds by chance the other may not.
                    bloom.add(hashes[~bloom.may_hold(hashes)])

    def watched(self, table: str) -> list[Question]:
        """The questions that new rows of a table have to be noted for."""
        return [question for question in self._watched if question[0] == table]

    def key(self, question: Question) -> str:
        """SQL: a row's key as 64 bits."""
        return self._hashed.get(question) or f"hash({quoted(question[1])})"

    def close(self) -> None:
        """Wait for filters that are being made, and end their thread."""
        self._closing.set()
        for maker in self._makers:
            maker.join()

    def _watch(self, question: Question) -> _Watched:
        rows = int(self._database.all(f'SELECT count(*) FROM "{question[0]}"')[0][0])
        watched = self._watched[question] = _Watched()
        try:
            self._make(question, watched, rows)
        except BaseException:
            self._forget(question, watched)
            raise
        return watched

    def _forget(self, question: Question, watched: _Watched) -> None:
        """What could not be made is made again when it is next asked for, or grown into."""
        with watched.lock:
            watched.coming = None
            if watched.ready is None:
                self._watched.pop(question, None)

    def _make(self, question: Question, watched: _Watched, rows: int) -> None:
        watched.coming = Bloom(max(SMALLEST, 2 * rows))
        if rows <= AT_ONCE:
            self._fill(question, watched)
            return
        self._makers = [maker for maker in self._makers if maker.is_alive()]
        maker = threading.Thread(target=self._fill_beside, args=(question, watched), name="birlik seen", daemon=True)
        self._makers.append(maker)
        maker.start()

    def _fill_beside(self, question: Question, watched: _Watched) -> None:
        give_way()
        try:
            self._fill(question, watched)
        except Exception:
            # Until it is made again the store itself is asked.
            log.exception("what the store holds of %s can't be read", question[0])
            self._forget(question, watched)

    def _fill(self, question: Question, watched: _Watched) -> None:
        """Enter what stands. What commits meanwhile is either in the snapshot that is read or noted by the writer."""
        assert watched.coming is not None
        try:
            with self._database.world():
                found = self._database.cursor().sql(f'SELECT {self.key(question)} AS h FROM "{question[0]}"')
                for batch in found.to_arrow_reader(AT_ONCE):
                    self._enter(watched, batch.column(0).to_numpy().view(np.uint64))
                    if self._closing.is_set():
                        return
        except (OSError, pa.ArrowException) as error:
            # What the engine says while it streams comes through Arrow.
            raise StoreUnavailable(f"the store can't be read: {error}") from error
        with watched.lock:
            watched.ready, watched.coming = watched.coming, None

    def _enter(self, watched: _Watched, hashes: Hashes) -> None:
        for start in range(0, hashes.size, PIECE):
            with watched.lock:
                assert watched.coming is not None
                watched.coming.add(hashes[start : start + PIECE])
