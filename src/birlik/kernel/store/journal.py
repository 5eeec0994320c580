"""The journal: every delivery's bytes, in append-only files, before anything is made of them.

Frames describe themselves (`frames.py`), so that the whole node can be made again from these files alone, even where
the store is lost. The store knows up to which frame it is complete; what stands behind that is taken again at start.
Nothing here makes the journal shorter than what the store has taken from it, and what a start does cut off (a frame
that a power cut tore, of which nobody was told) is set aside in a file first.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import zstandard

from birlik.errors import StoreUnavailable
from birlik.kernel.store import passing
from birlik.kernel.store.disk import sync
from birlik.kernel.store.frames import (
    Fault,
    Frame,
    Position,
    Record,
    Unreadable,
    next_whole,
    packed,
    refusal,
    scan,
)

LOCK = "lock"
TRIES, PAUSE_S = 5, 0.02
"""Whoever asks only whether a node is served holds the lock for a moment too."""

__all__ = ["LOCK", "Journal", "Position", "Record", "locked"]


class Journal:
    """One writer; any number of readers, of what lies before the end."""

    def __init__(
        self, folder: Path, segment_bytes: int, complete_to: Position | None = None, *, certain: bool = True
    ) -> None:
        """`complete_to` is what a store knows to be whole: less than that on the disk is damage, not a torn end.

        certain: it never knew more. Else nothing but what the file's end tore off is taken for what nobody was told of.
        Raises StoreUnavailable where a frame can't be read; nothing was changed then.
        """
        self.folder, self.segment_bytes = folder, segment_bytes
        self.acknowledged = complete_to or Position(0, 0)
        """Nothing up to here is ever cut off."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = locked(folder / LOCK)
        try:
            self.passed = passing.read(folder)
            segments = self._segments()
            self._segment = segments[-1] if segments else 1
            self._compressor = zstandard.ZstdCompressor(level=3)
            whole = self._whole(known=certain and self.acknowledged > Position(0, 0))
            self._file = self._open(self._segment)
            self.end = Position(self._segment, self._mend(whole))
            if self.end < self.acknowledged or self.passed.ends_in(self.end):
                # Behind what is damaged nothing is written into the same file, nor into one that is missing.
                self._next_segment(max(self._segment, self.acknowledged.segment, self.passed.last))
        except BaseException:
            os.close(self._lock)
            raise

    def _segments(self) -> list[int]:
        return sorted(int(path.stem) for path in self.folder.glob("*.journal"))

    def _path(self, segment: int) -> Path:
        return self.folder / f"{segment:08d}.journal"

    def _open(self, segment: int) -> int:
        try:
            descriptor = os.open(self._path(segment), os.O_RDWR | os.O_CREAT, 0o600)
            sync(self.folder)
        except OSError as error:
            raise StoreUnavailable(f"{self._path(segment)}: {error.strerror}") from error
        return descriptor

    def _whole(self, *, known: bool) -> int:
        """Where the whole frames of the last file end; behind it stands at most a torn one. Only reads.

        known: the store has said how far it has the journal, so that what stands behind that was never acknowledged.
        """
        path, whole = self._path(self._segment), 0
        found, beyond = None, 0
        if path.is_file():
            for found in scan(path, 0, self.passed.of(self._segment)):
                if isinstance(found, Frame):
                    whole, beyond = found.end.offset, beyond + (found.end > self.acknowledged)
            whole = max(whole, self.passed.end(self._segment))
        lost = self.acknowledged > Position(self._segment, whole) and not self.passed.ends_in(self.acknowledged)
        if isinstance(found, Unreadable):
            # A crash leaves one frame in doubt. Where more stand behind what the store knows, it once knew more.
            torn = found.fault is Fault.TORN or (known and not beyond and found.fault is Fault.DAMAGED)
            if lost or not torn or next_whole(path, whole) is not None:
                raise refusal(path, whole, found.fault)
        elif lost:
            raise refusal(path, whole, Fault.DAMAGED)
        return whole

    def _mend(self, whole: int) -> int:
        """Set a torn last frame aside, then cut it off: it was never acknowledged. Returns the end of what is whole."""
        size = os.fstat(self._file).st_size
        if whole < size:
            passing.set_aside(self._path(self._segment), whole)
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        return whole

    def append(self, seq: int, records: list[Record]) -> Position:
        """Write one frame and have it on the disk before returning. On failure nothing of it stays."""
        head, payload = packed(seq, records, self._compressor)
        if self.end.offset >= self.segment_bytes:
            self._next_segment()
        try:
            os.pwrite(self._file, head, self.end.offset)
            _write_all(self._file, payload, self.end.offset + len(head))
            os.fdatasync(self._file)
        except OSError as error:
            self.cut_back(self.end)
            raise StoreUnavailable(f"the journal can't be written: {error.strerror}") from error
        self.end = Position(self._segment, self.end.offset + len(head) + len(payload))
        return self.end

    def cut_back(self, end: Position) -> None:
        """Take back a frame whose rows could not be stored; it was not acknowledged."""
        if end < self.acknowledged:
            raise StoreUnavailable(f"{self._path(end.segment)} would lose what was acknowledged; nothing was cut")
        try:
            if end.segment != self._segment:
                opened = self._open(end.segment)
                os.close(self._file)
                self._path(self._segment).unlink()
                self._segment, self._file = end.segment, opened
            os.ftruncate(self._file, end.offset)
            os.fsync(self._file)
        except OSError as error:
            raise StoreUnavailable(f"{self._path(self._segment)}: {error.strerror}") from error
        self.end = end

    def closed(self) -> int:
        """Let what is written from now on begin a file of its own; the number of the last that is written no more.

        To be called by who writes, between two commits.
        """
        if self.end.offset:
            self._next_segment()
            self.acknowledged = max(self.acknowledged, self.end)
        return self._segment - 1

    def _next_segment(self, last: int = 0) -> None:
        # The next file first: a closed number is soon another file's, and must never be written to.
        number = max(self._segment, last) + 1
        opened = self._open(number)
        os.close(self._file)
        self._segment, self._file = number, opened
        self.end = Position(self._segment, 0)

    def read(
        self, start: Position | None = None, until: Position | None = None
    ) -> Iterator[tuple[Position, int, list[Record]]]:
        """Frames after `start`, in order: (where it ends, seq, records). Raises StoreUnavailable on a broken frame.

        until: where the last of them ends, while somebody goes on writing behind it.
        """
        first = start.segment if start and start.segment else 1
        for segment in range(first, self._segment + 1):
            at = start.offset if start and segment == start.segment else 0
            if until is not None and Position(segment, at) >= until:
                return
            for frame in self._frames(segment, at):
                yield frame.end, frame.seq, frame.records
                if until is not None and frame.end >= until:
                    return

    def _frames(self, segment: int, offset: int) -> Iterator[Frame]:
        path = self._path(segment)
        if not path.is_file():
            if self.passed.misses(segment):
                return
            raise StoreUnavailable(
                f"{path} is missing: restore it from a backup; where there is none, "
                f"birlik rebuild {self.folder.parent} --past-damage takes the rest"
            )
        for found in scan(path, offset, self.passed.of(segment)):
            if isinstance(found, Unreadable):
                raise refusal(path, found.at.offset, found.fault)
            yield found

    def record(self, start: Position, message_no: int) -> Record | None:
        """The record `message_no` of the frame that begins at `start`; None if it is not in there."""
        if self.passed.begins_in(start):
            return None
        for frame in self._frames(start.segment, start.offset):
            return next((r for r in frame.records if r.message_no == message_no), None)
        return None

    def close(self) -> None:
        """Close the newest file and give the lock back."""
        os.close(self._file)
        os.close(self._lock)


def _write_all(descriptor: int, payload: bytes, offset: int) -> None:
    view = memoryview(payload)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def locked(path: Path) -> int:
    """Held until it is closed, or its process ends. The store has a lock of its own, but can be another file.

    Raises StoreUnavailable where another process holds it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if not left:
                os.close(descriptor)
                raise StoreUnavailable(
                    "another process holds this node's journal; talk to that one, or end it first"
                ) from error
            time.sleep(PAUSE_S)
    return descriptor
