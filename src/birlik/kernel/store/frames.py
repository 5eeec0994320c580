"""The journal's frames: how one is written and read, and what is said of one that can't be read.

A file is a row of frames: `BLJ1`, length, CRC-32, then zstd over a msgpack list of records. Nothing here writes.
"""

import enum
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from birlik.errors import StoreUnavailable

HEAD = struct.Struct("<4sII")
MAGIC = b"BLJ1"
OTHERS_MAGIC = MAGIC[:3]
"""What every release's frames begin with; the fourth byte says whose."""


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


class Fault(enum.Enum):
    """Why what stands at a byte is no frame of ours."""

    TORN = "the file ends before the frame does, as after a power cut"
    DAMAGED = "it is neither whole nor torn"
    NEWER = "another birlik wrote it: it is whole, but not in our form"


@dataclass(frozen=True, slots=True)
class Frame:
    end: Position
    seq: int
    records: list[Record]


@dataclass(frozen=True, slots=True)
class Unreadable:
    at: Position
    fault: Fault


Range = tuple[int, int]
"""Bytes of a file, from and up to."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, list[Record]])


def packed(seq: int, records: Sequence[Record], compressor: zstandard.ZstdCompressor) -> tuple[bytes, bytes]:
    """(head, payload) of a frame."""
    payload = compressor.compress(_encoder.encode((seq, records)))
    return HEAD.pack(MAGIC, len(payload), zlib.crc32(payload)), payload


def scan(path: Path, offset: int = 0, passed: Sequence[Range] = ()) -> Iterator[Frame | Unreadable]:
    """The frames of one file from `offset` on, up to the first that can't be read, which is the last thing said.

    passed: ranges that an operator has had passed over; they are left out.
    """
    segment = int(path.stem)
    ends = dict(passed)
    size = path.stat().st_size
    with path.open("rb") as file:
        while True:
            while offset in ends:
                offset = ends[offset]
            if offset >= size:
                return
            file.seek(offset)
            found = _one(file, segment, offset)
            if found is None:
                return
            yield found
            if isinstance(found, Unreadable):
                return
            offset = found.end.offset


def _one(file: BinaryIO, segment: int, offset: int) -> Frame | Unreadable | None:
    here = Position(segment, offset)
    head = file.read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        ours = MAGIC.startswith(head[:4]) or head.startswith(MAGIC) or not any(head)
        return Unreadable(here, Fault.TORN if ours else Fault.DAMAGED)
    magic, length, crc = HEAD.unpack(head)
    if magic != MAGIC:
        if not any(head) and not any(iter(lambda: any(file.read(1 << 20)), False)):
            return Unreadable(here, Fault.TORN)
        other = magic.startswith(OTHERS_MAGIC) and magic[3:].isalnum()
        return Unreadable(here, Fault.NEWER if other else Fault.DAMAGED)
    payload = file.read(length)
    if len(payload) < length:
        return Unreadable(here, Fault.TORN)
    if not payload or zlib.crc32(payload) != crc:
        return Unreadable(here, Fault.DAMAGED)
    try:
        seq, records = _decoder.decode(zstandard.ZstdDecompressor().decompress(payload))
    except (zstandard.ZstdError, msgspec.MsgspecError):
        # Its checksum holds: it is as somebody wrote it.
        return Unreadable(here, Fault.NEWER)
    return Frame(Position(segment, offset + HEAD.size + length), seq, records)


def next_whole(path: Path, offset: int) -> int | None:
    """Where the next whole frame begins behind a byte that begins none; None where there is no more."""
    tail = path.read_bytes()[offset:]
    at = tail.find(OTHERS_MAGIC, 1)
    while at >= 0:
        first = next(scan(path, offset + at), None)
        if isinstance(first, Frame) or (first is not None and first.fault is Fault.NEWER and _is_whole(tail[at:])):
            return offset + at
        at = tail.find(OTHERS_MAGIC, at + 1)
    return None


def _is_whole(tail: bytes) -> bool:
    """Whether a frame of another release's, with a head like ours, stands here with its checksum."""
    if len(tail) < HEAD.size:
        return False
    _, length, crc = HEAD.unpack_from(tail)
    payload = tail[HEAD.size : HEAD.size + length]
    return 0 < len(payload) == length and bool(zlib.crc32(payload) == crc)


def refusal(path: Path, offset: int, fault: Fault) -> StoreUnavailable:
    """What to say of a frame that can't be read, with the way out."""
    if fault is Fault.NEWER:
        return StoreUnavailable(
            f"{path} was written by a newer birlik at byte {offset}: open the folder with that one; "
            "nothing of it was changed"
        )
    return StoreUnavailable(
        f"{path} is damaged at byte {offset}: restore it from a backup; where there is none, "
        f"birlik rebuild {path.parent.parent} --past-damage leaves it as it is and takes the rest"
    )
