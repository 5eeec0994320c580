"""An audit log with lines in it, and what somebody who owns the machine could do to it."""

import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from birlik.clock import SetClock
from birlik.kernel.audit import Audit, Line
from birlik.kernel.audit.files import CLEAR, ENTRY, HEADS, INDEX, KEY, LINES, STATE
from birlik.kernel.audit.heads import key_of, parsed
from birlik.kernel.audit.lines import CRC
from birlik.standards.merkle import Frontier, leaf_hash

NAME = "birlik/KAZ"
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def written(
    folder: Path, n: int, *, clock: SetClock | None = None, every: int = 10, outside: Sequence[Path] = ()
) -> None:
    """A log with `n` acts more, a head signed every so many, closed at the end."""
    clock = clock or SetClock(NOON)
    audit = Audit(folder, clock, name=NAME, outside=outside)
    audit.begin()
    for begin in range(0, n, every):
        clock.advance(timedelta(seconds=1))
        some = [
            Line(act="birlik_grant", who=f"admin{i % 3}", on=f"birlik_grant {i}", address="192.0.2.7")
            for i in range(begin, min(begin + every, n))
        ]
        audit.submit(*some).result()
        audit.head()
    audit.close()


def frames(folder: Path) -> list[bytes]:
    """Lines as they stand in the file."""
    return (folder / LINES).read_bytes().splitlines(keepends=True)


def put(folder: Path, lines: Sequence[bytes]) -> None:
    (folder / LINES).write_bytes(b"".join(lines))


def changed(frame: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A line with another content and the checksum that fits."""
    leaf = change(frame[CRC:-1])
    return b"%08x %b\n" % (zlib.crc32(leaf), leaf)


def indexed_anew(folder: Path) -> None:
    """Make the index say what the lines say: all that follows from them, but no head."""
    clear, at, clear_at, made = (folder / CLEAR).read_bytes().splitlines(keepends=True), 0, 0, b""
    for frame, beside in zip(frames(folder), clear, strict=False):
        at, clear_at = at + len(frame), clear_at + len(beside)
        made += ENTRY.pack(at, clear_at, leaf_hash(frame[CRC:-1]))
    (folder / INDEX).write_bytes(made)
    (folder / STATE).unlink(missing_ok=True)


def signed_anew(folder: Path) -> None:
    """Sign every head again, over what stands there now: with the node's own key, which lies beside."""
    key, _ = key_of(folder / KEY)
    heads = [head for head in parsed((folder / HEADS).read_text()) if not isinstance(head, str)]
    frontier, roots = Frontier(), {}
    for frame in frames(folder):
        frontier.append(leaf_hash(frame[CRC:-1]))
        roots[frontier.size] = frontier.root()
    made = [
        key.sign(name=h.name, size=h.size, root=roots[h.size], epoch=h.epoch, time=h.time)
        for h in heads
        if h.size in roots
    ]
    (folder / HEADS).write_text("".join(f"{head.note}\n" for head in made))
