"""What waits to be committed: single records before documents, each among its like in the order of arrival.

A tracker that waits for its answer would else wait for all documents that came before its fix, and once that takes
longer than the pause to its next fix, ever longer.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

AT_ONCE = 2_000
"""Single records in one commit at most; and as many others."""
BULK_BYTES = 1024 * 1024
"""Of documents in one commit, but for one that is larger by itself: who comes meanwhile waits for no more."""
NEXT_S = 0.01
"""Until who had to wait, and has his answer, sends the next: a tracker that is late sends one fix after the other."""


class Full(Exception):
    """More waits than may, or nothing is written any more."""


class Waiting(Generic[Item]):
    """A bounded queue of many senders and one writer, who shares its time: where single records had to wait for
    documents, they may have as long for themselves before the next documents come.

    clock: seconds, of any beginning.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._singles: deque[Item] = deque()
        self._others: deque[tuple[Item, int, bool]] = deque()
        self._there = threading.Condition()
        self._ended = False
        self._only_singles = False
        self._gave_others, self._gave_at = False, clock()
        self._owed_s = 0.0
        """So long single records may still be alone."""

    def __len__(self) -> int:
        return len(self._singles) + len(self._others)

    def put(self, item: Item, size_bytes: int, *, is_single: bool = False, is_alone: bool = False) -> None:
        """is_single: one record, whose sender waits. is_alone: nothing else is to be in its commit. Raises Full."""
        with self._there:
            if self._ended or len(self) >= self._most:
                raise Full
            if is_single:
                self._singles.append(item)
            else:
                self._others.append((item, size_bytes, is_alone))
            self._there.notify()

    def end(self) -> None:
        """Nothing comes any more; what waits is still given out."""
        with self._there:
            self._ended = True
            self._there.notify()

    @contextlib.contextmanager
    def only_singles(self) -> Iterator[None]:
        """Documents wait meanwhile, as long as more may come; single records don't."""
        self._only_singles = True
        try:
            yield
        finally:
            with self._there:
                self._only_singles = False
                self._there.notify()

    def batch(self) -> list[Item]:
        """Wait for what is to be committed next; empty at the end. Whoever asks has committed what was given before."""
        with self._there:
            self._count()
            if self._others and not self._gave_others and self._owed_s > 0:
                self._there.wait_for(lambda: self._singles or self._ended, min(NEXT_S, self._owed_s))
            self._there.wait_for(lambda: self._singles or (self._others and not self._are_held()) or self._ended)
            made = [self._singles.popleft() for _ in range(min(len(self._singles), AT_ONCE))]
            self._gave_others = not (made and self._owed_s > 0) and self._add_others(made)
            self._gave_at = self._clock()
            return made

    def _count(self) -> None:
        took = self._clock() - self._gave_at
        self._owed_s = took if self._gave_others else self._owed_s - took

    def _add_others(self, made: list[Item]) -> bool:
        """True where any were added."""
        before, size = len(made), 0
        while self._others and not self._are_held() and len(made) < before + AT_ONCE and size < BULK_BYTES:
            item, size_bytes, is_alone = self._others[0]
            if (is_alone and made) or (size and size + size_bytes > BULK_BYTES):
                break
            self._others.popleft()
            made.append(item)
            size += size_bytes
            if is_alone:
                break
        return len(made) > before

    def _are_held(self) -> bool:
        return self._only_singles and not self._ended
