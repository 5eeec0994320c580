"""The journal: every delivery's bytes, in append-only files, before anything is made of them.

A file is a row of frames: `BLJ1`, length, CRC-32, then zstd over a msgpack list of records. Frames describe
themselves, so that the whole node can be made again from these files alone, even where the store is lost.
The store knows up to which frame it is complete; what stands behind that is taken again at start.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import zstandard

from birlik.errors import StoreUnavailable

_HEAD = struct.Struct("<4sII")
_MAGIC = b"BLJ1"
LOCK = "lock"


class Record(msgspec.Struct, array_like=True, frozen=True):
    """One delivery, as it came."""

    message_no: int
    sha256: bytes
    source_id: str
    media_type: str
    filename: str | None
    received_time: datetime
    parameters: Mapping[str, str]
    marking: str
    audience: tuple[str, ...]
    size_bytes: int
    body: bytes
    """Empty where the body was over the limit."""


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """Where a frame ends: file number and byte."""

    segment: int
    offset: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, list[Record]])


class Journal:
    """One writer; any number of readers, of what lies before the end."""

    def __init__(self, folder: Path, segment_bytes: int, complete_to: Position | None = None) -> None:
        """`complete_to` is what the store knows to be whole: less than that on the disk is damage, not a torn end."""
        self.folder, self.segment_bytes = folder, segment_bytes
        self._complete_to = complete_to or Position(0, 0)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder / LOCK)
        try:
            segments = self._segments()
            self._segment = segments[-1] if segments else 1
            self._file = self._open(self._segment)
            self._compressor = zstandard.ZstdCompressor(level=3)
            self.end = Position(self._segment, self._mend())
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
            _sync_folder(self.folder)
        except OSError as error:
            raise StoreUnavailable(f"{self._path(segment)}: {error.strerror}") from error
        return descriptor

    def _mend(self) -> int:
        """Cut a torn last frame off: it was never acknowledged. Returns the end of what is whole."""
        size = os.fstat(self._file).st_size
        whole = 0
        for position, _, _ in self._frames(self._segment, 0):
            whole = position.offset
        if self._complete_to > Position(self._segment, whole) or self._frame_after(whole):
            raise StoreUnavailable(f"{self._path(self._segment)} is damaged at byte {whole}: restore it from a backup")
        if whole < size:
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        return whole

    def _frame_after(self, offset: int) -> bool:
        """Is there a whole frame behind a broken one? Then the break is damage, and cutting would lose data."""
        tail = self._path(self._segment).read_bytes()[offset:]
        at = tail.find(_MAGIC, 1)
        while at >= 0:
            if any(True for _ in self._frames(self._segment, offset + at)):
                return True
            at = tail.find(_MAGIC, at + 1)
        return False

    def append(self, seq: int, records: list[Record]) -> Position:
        """Write one frame and have it on the disk before returning. On failure nothing of it stays."""
        payload = self._compressor.compress(_encoder.encode((seq, records)))
        if self.end.offset >= self.segment_bytes:
            self._next_segment()
        try:
            os.pwrite(self._file, _HEAD.pack(_MAGIC, len(payload), zlib.crc32(payload)), self.end.offset)
            _write_all(self._file, payload, self.end.offset + _HEAD.size)
            os.fdatasync(self._file)
        except OSError as error:
            self.cut_back(self.end)
            raise StoreUnavailable(f"the journal can't be written: {error.strerror}") from error
        self.end = Position(self._segment, self.end.offset + _HEAD.size + len(payload))
        return self.end

    def cut_back(self, end: Position) -> None:
        """Take back a frame whose rows could not be stored; it was not acknowledged."""
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

    def _next_segment(self) -> None:
        # The next file first: a closed number is soon another file's, and must never be written to.
        opened = self._open(self._segment + 1)
        os.close(self._file)
        self._segment, self._file = self._segment + 1, opened
        self.end = Position(self._segment, 0)

    def read(self, start: Position | None = None) -> Iterator[tuple[Position, int, list[Record]]]:
        """Frames after `start`, in order: (where it ends, seq, records). Raises StoreUnavailable on a broken frame."""
        first = start.segment if start and start.segment else 1
        for segment in range(first, self._segment + 1):
            if not self._path(segment).is_file():
                raise StoreUnavailable(f"{self._path(segment)} is missing: restore it from a backup")
            at = start.offset if start and segment == start.segment else 0
            yield from self._frames(segment, at, strict=segment != self._segment)

    def _frames(
        self, segment: int, offset: int, *, strict: bool = False
    ) -> Iterator[tuple[Position, int, list[Record]]]:
        yield from frames(self._path(segment), offset, strict=strict)

    def record(self, start: Position, message_no: int) -> Record | None:
        """The record `message_no` of the frame that begins at `start`; None if it is not in there."""
        for _, _, records in self._frames(start.segment, start.offset, strict=True):
            return next((r for r in records if r.message_no == message_no), None)
        return None

    def close(self) -> None:
        os.close(self._file)
        os.close(self._lock)


def frames(path: Path, offset: int = 0, *, strict: bool) -> Iterator[tuple[Position, int, list[Record]]]:
    """The whole frames of one file from `offset` on: (where it ends, seq, records). Only reads.

    A broken frame ends it, or where `strict` raises StoreUnavailable.
    """
    decompressor = zstandard.ZstdDecompressor()
    segment = int(path.stem)
    with path.open("rb") as file:
        file.seek(offset)
        while head := file.read(_HEAD.size):
            payload = b""
            if len(head) == _HEAD.size:
                magic, length, crc = _HEAD.unpack(head)
                payload = file.read(length)
            if len(head) < _HEAD.size or magic != _MAGIC or len(payload) < length or zlib.crc32(payload) != crc:
                if strict:
                    raise StoreUnavailable(f"{path} is damaged at byte {offset}: restore it from a backup")
                return
            offset += _HEAD.size + length
            seq, records = _decoder.decode(decompressor.decompress(payload))
            yield Position(segment, offset), seq, records


def _write_all(descriptor: int, payload: bytes, offset: int) -> None:
    view = memoryview(payload)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _locked(path: Path) -> int:
    """Held until it is closed, or its process ends. The store has a lock of its own, but can be another file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StoreUnavailable(
            "another process holds this node's journal; talk to that one, or end it first"
        ) from error
    return descriptor


def _sync_folder(folder: Path) -> None:
    """A new file's name must survive a power cut as well as its bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
