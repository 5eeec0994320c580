"""Files that were made for readers, kept for a while: whoever asks again, or goes on, gets the same bytes."""

import hashlib
import os
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from birlik.errors import StoreUnavailable

FOLDER = "spool"
AT_ONCE = 2
"""Files that are made at the same time; others wait."""
MOST_WAITING = 32
REMEMBERED = 10_000
"""Addresses of which it is known what they once gave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a maker says of the file that it wrote."""

    digest: str
    """Of the rows in it."""
    watermark: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    path: Path
    tag: str
    """A strong entity tag: of the bytes."""
    size: int
    digest: str
    changes: int
    """The count of the store's changes before it was read."""
    watermark: datetime


Make = Callable[[Path, int], Outcome]
"""(where to, at most so many bytes)."""


@dataclass
class _Asked:
    """What is known of one question of one view."""

    made: list[Made] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    """Of all that it ever gave."""
    queued: "Future[Made] | None" = None
    """Not begun: whoever comes now may wait for it too."""
    running: "tuple[int, Future[Made]] | None" = None
    """Begun at this count of changes: whoever comes while it stands may wait for it."""


class Spool:
    """A folder of bounded size. Its methods may be called from any thread.

    most_bytes: what lies there at most; one file takes half of it. kept_s: how long a file lies unread.
    """

    def __init__(self, folder: Path, *, most_bytes: int, kept_s: float) -> None:
        self.folder, self.most_bytes, self.kept_s = folder, most_bytes, kept_s
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._read: dict[Path, float] = {}
        self._waiting = 0
        self._least = -1
        """What was read of the store before this count of its changes isn't kept."""
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="birlik spool")
        self._clean()

    def _clean(self) -> None:
        """What an earlier process left behind nobody can name any more."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for path in self.folder.iterdir():
            path.unlink()

    # --- asking -------------------------------------------------------------------------------------------

    def made(self, question: str, changes: Callable[[], int], make: Make) -> "Future[Made]":
        """The file of a question: the one that stands while nothing has changed, else a new one.

        changes: the count of the store's changes. Raises StoreUnavailable where too many wait already.
        """
        with self._lock:
            self._tidy()
            asked, now = self._known(question), changes()
            for made in asked.made:
                if made.changes == now:
                    self._read[made.path] = time.monotonic()
                    return _done(made)
            if asked.running is not None and asked.running[0] == now:
                return asked.running[1]
            if asked.queued is not None:
                return asked.queued
            if self._waiting >= MOST_WAITING:
                raise StoreUnavailable("many files are being made; ask again in a moment")
            self._waiting += 1
            asked.queued = self._pool.submit(self._make, question, changes, make)
            return asked.queued

    def _known(self, question: str) -> _Asked:
        asked = self._asked.setdefault(question, _Asked())
        self._asked.move_to_end(question)
        while len(self._asked) > REMEMBERED:
            _, forgotten = self._asked.popitem(last=False)
            for made in list(forgotten.made):
                self._drop(forgotten, made)
        return asked

    def tagged(self, question: str, tags: set[str]) -> Made | None:
        """A file of this question that has one of the tags and is still here."""
        with self._lock:
            self._tidy()
            for made in self._known(question).made:
                if made.tag in tags:
                    self._read[made.path] = time.monotonic()
                    return made
        return None

    def clear(self, changes: int) -> None:
        """Drop all files, and what is being made of the store as it was before this count of its changes."""
        with self._lock:
            self._least = changes
            for asked in self._asked.values():
                for made in list(asked.made):
                    self._drop(asked, made)

    def only(self, question: str) -> Made | None:
        """The file of this question, if it is the only one that there ever was."""
        with self._lock:
            self._tidy()
            asked = self._known(question)
            return asked.made[0] if len(asked.made) == len(asked.tags) == 1 else None

    # --- making -------------------------------------------------------------------------------------------

    def _make(self, question: str, changes: Callable[[], int], make: Make) -> Made:
        with self._lock:
            asked = self._known(question)
            before = changes()
            mine = (before, asked.queued) if asked.queued is not None else None
            asked.running, asked.queued = mine or asked.running, None
            self._waiting -= 1
            self._tidy()
        try:
            return self._kept(question, self._written(make, before))
        finally:
            with self._lock:
                if asked.running is mine:  # else another of this question has begun since
                    asked.running = None

    def _written(self, make: Make, changes: int) -> Made:
        path = self.folder / uuid.uuid4().hex
        try:
            outcome = make(path, self.most_bytes // 2)
            with path.open("rb") as file:
                tag = f'"{hashlib.file_digest(file, "sha256").hexdigest()[:32]}"'
            size = path.stat().st_size
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Made(path=path, tag=tag, size=size, digest=outcome.digest, changes=changes, watermark=outcome.watermark)

    def _kept(self, question: str, made: Made) -> Made:
        """Where the rows are those of a file that lies here, that one stands: who has begun it can go on."""
        with self._lock:
            if made.changes < self._least:
                made.path.unlink()
                raise StoreUnavailable("something was erased meanwhile; ask again")
            asked = self._known(question)
            for position, before in enumerate(asked.made):
                if before.digest == made.digest:
                    made.path.unlink()
                    asked.made[position] = replace(before, changes=made.changes, watermark=made.watermark)
                    self._read[before.path] = time.monotonic()
                    return asked.made[position]
            asked.made.append(made)
            asked.tags.add(made.tag)
            self._read[made.path] = time.monotonic()
            self._tidy(keep=made.path)
            return made

    def _tidy(self, keep: Path | None = None) -> None:
        """Drop what nobody has read for long, and then the longest unread until the rest fits."""
        now = time.monotonic()
        held = [(asked, made) for asked in self._asked.values() for made in asked.made]
        size = sum(made.size for _, made in held)
        for asked, made in sorted(held, key=lambda pair: self._read[pair[1].path]):
            if made.path != keep and (size > self.most_bytes or now - self._read[made.path] > self.kept_s):
                size -= made.size
                self._drop(asked, made)

    def _drop(self, asked: _Asked, made: Made) -> None:
        """Who reads it at the moment reads it to its end."""
        asked.made.remove(made)
        del self._read[made.path]
        made.path.unlink(missing_ok=True)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _done(made: Made) -> "Future[Made]":
    future: Future[Made] = Future()
    future.set_result(made)
    return future


def opened(made: Made) -> int:
    """A descriptor of the file. Raises FileNotFoundError where it was dropped meanwhile."""
    return os.open(made.path, os.O_RDONLY)
