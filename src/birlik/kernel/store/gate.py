"""Many go through at a time; and now and then one who needs all of them gone."""

import contextlib
import threading
import time
from collections.abc import Iterator

from birlik.errors import StoreUnavailable

PATIENCE_S = 20.0
"""How long who needs all gone waits for them; while it waits, nobody new comes in."""


class Gate:
    """Who is inside may go in once more; who reads piece by piece counts until that ends, whichever thread it is in."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._shut = False
        self._mine = threading.local()
        self.shut_s = 0.0
        """How long it was shut, the last time."""

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Around short work of one thread."""
        depth = getattr(self._mine, "depth", 0)
        if depth == 0:
            self._enter()
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth -= 1
            if depth == 0:
                self._leave()

    @contextlib.contextmanager
    def reading_on(self) -> Iterator[None]:
        """Around what is read piece by piece, perhaps by several threads."""
        is_inside = getattr(self._mine, "depth", 0) > 0
        self._enter(again=is_inside)
        try:
            yield
        finally:
            self._leave()

    @contextlib.contextmanager
    def shut(self, patience_s: float = PATIENCE_S) -> Iterator[None]:
        """Alone. Raises StoreUnavailable where somebody stays inside: it may be tried again."""
        begun = time.monotonic()
        with self._changed:
            self._shut = True
            try:
                if not self._changed.wait_for(lambda: self._inside == 0, patience_s):
                    raise StoreUnavailable("somebody reads the store for long; it is tried again")
            except BaseException:
                self._open()
                raise
        self._mine.depth = 1  # who has shut it goes through
        try:
            yield
        finally:
            self._mine.depth = 0
            with self._changed:
                self.shut_s = time.monotonic() - begun
                self._open()

    def _open(self) -> None:
        self._shut = False
        self._changed.notify_all()

    def _enter(self, *, again: bool = False) -> None:
        with self._changed:
            if not again:
                self._changed.wait_for(lambda: not self._shut)
            self._inside += 1

    def _leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()
