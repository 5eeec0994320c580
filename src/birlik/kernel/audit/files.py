"""The audit log's files: `audit/` in the data folder, for the node's user only.

    lines    a frame a line; only ever appended to
    clear    what the commitments were made of; may be blanked
    index    for each line where it ends in both, and its hash; made again where it is lost
    heads    signed heads; `key` signs them and is in no backup
    state    how far all that is known to be whole, so that a start needn't read everything

A line counts when it and what lies beside it are on the disk. A frame that a crash tore was never acknowledged: it is
set aside, cut off, and said. What a signed head knows is never cut.
"""

import contextlib
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from birlik.errors import OutOfRange, StoreUnavailable
from birlik.kernel.audit import heads, lines
from birlik.kernel.audit.lines import Leaf
from birlik.kernel.store import disk
from birlik.standards.merkle import SIZE, Frontier, leaf_hash

FOLDER = "audit"
LINES, CLEAR, INDEX, HEADS, KEY, STATE, AGAIN = "lines", "clear", "index", "heads", "key", "state", "again"
ENTRY = struct.Struct(f"<QQ{SIZE}s")
BLOCK = 1 << 20


class State(msgspec.Struct, kw_only=True):
    """What was whole when a head was signed."""

    size: int = 0
    lines_end: int = 0
    clear_end: int = 0
    parts: list[bytes] = []
    epoch: int = 0
    key: bytes = b""
    """By which the epoch's heads are signed."""
    noted: dict[str, str] = {}
    """By what is watched, the digest that the last line about it says."""


class Again(msgspec.Struct, kw_only=True):
    """Why the next start begins a new epoch; left by who made this folder out of another."""

    why: str
    epoch: int = 0
    """The last that is known."""


def damaged(folder: Path, said: str) -> StoreUnavailable:
    """The refusal of a log that lacks what was signed, with the ways out."""
    return StoreUnavailable(
        f"the audit log in {folder} is damaged: {said}. `birlik audit verify` tells more. Restore a backup, or have it "
        "set aside and a new epoch begun: birlik audit renew DATA_DIR"
    )


def split(file: Path, offset: int) -> Iterator[tuple[bytes, int]]:
    """(a line with its end, where it ends), from a byte on; at last what has no end."""
    held, at = b"", offset
    with contextlib.suppress(FileNotFoundError), file.open("rb") as source:
        source.seek(offset)
        while block := source.read(BLOCK):
            *found, held = (held + block).split(b"\n")
            for each in found:
                at += len(each) + 1
                yield each + b"\n", at
    if held:
        yield held, at + len(held)


class Files:
    """One writer. What has been appended is on the disk when `append` returns."""

    def __init__(self, folder: Path) -> None:
        """Find where all ends, and mend what a crash tore. Raises StoreUnavailable where it is damaged."""
        self.folder = folder
        self.torn = 0
        """Bytes that a crash left, and that were set aside."""
        self.last: Leaf | None = None
        self._open: list[int] = []
        self._syncing = ThreadPoolExecutor(1, "birlik audit sync")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self.head = heads.last(self.path(HEADS))
            """The last that was signed."""
            self._lines, self._clear, self._index = (self._opened(name) for name in (LINES, CLEAR, INDEX))
            self.state, self.frontier = self._known()
            self._read_on()
            disk.sync(folder)
        except OSError as error:
            self.close()
            raise StoreUnavailable(f"{error.filename or folder}: {error.strerror}") from error
        except BaseException:
            self.close()
            raise

    def path(self, name: str) -> Path:
        """Of one of the files named above."""
        return self.folder / name

    def _opened(self, name: str) -> int:
        self._open.append(os.open(self.path(name), os.O_RDWR | os.O_CREAT, 0o600))
        return self._open[-1]

    @property
    def size(self) -> int:
        """Lines."""
        return self.frontier.size

    def _known(self) -> tuple[State, Frontier]:
        """What the state says, where it fits to the last head and what lies there; else that nothing is known."""
        head = self.head
        try:
            state = msgspec.json.decode(self.path(STATE).read_bytes(), type=State)
            frontier = Frontier(state.size, state.parts)
        except (OSError, OutOfRange, *lines.UNREADABLE):
            return State(), Frontier()
        fits = head is not None and (head.size, head.root, head.epoch) == (state.size, frontier.root(), state.epoch)
        entry = os.pread(self._index, ENTRY.size, (state.size - 1) * ENTRY.size) if state.size else b""
        ends = os.fstat(self._lines).st_size, os.fstat(self._clear).st_size
        fits = fits and ends[0] >= state.lines_end and ends[1] >= state.clear_end
        if not fits or len(entry) < ENTRY.size or ENTRY.unpack(entry)[:2] != (state.lines_end, state.clear_end):
            return State(), Frontier()
        return state, frontier

    def _read_on(self) -> None:
        """Take in the lines that the state doesn't know of yet, up to the last whole one."""
        entries = list[bytes]()
        begin, known = self.size, self.head.size if self.head is not None else 0
        clear = self._beside()
        at = self.state.lines_end
        for text, end in split(self.path(LINES), at):
            leaf = lines.whole(text)
            told = lines.read(leaf) if leaf is not None else None
            if leaf is None or told is None or told.n != self.size + 1:
                break
            at, self.last = end, told
            self.state.clear_end = clear.get(told.n, self.state.clear_end)
            self.frontier.append(leaf_hash(leaf))
            entries.append(ENTRY.pack(at, self.state.clear_end, leaf_hash(leaf)))
            if self.head is not None and self.size == known and self.frontier.root() != self.head.root:
                raise damaged(
                    self.folder, f"its first {known:,} lines are not those of the head signed {self.head.time}"
                )
            self._noticed(told)
        if self.size < known:
            raise damaged(self.folder, f"line {self.size + 1:,} of {known:,} that were signed can't be read")
        self._cut(at)
        os.ftruncate(self._clear, self.state.clear_end)
        os.pwrite(self._index, b"".join(entries), begin * ENTRY.size)
        os.ftruncate(self._index, self.size * ENTRY.size)
        self.state.lines_end = at

    def _beside(self) -> dict[int, int]:
        """By line, where what lies beside it ends."""
        found: dict[int, int] = {}
        for text, end in split(self.path(CLEAR), self.state.clear_end):
            if (told := lines.beside(text)) is not None and text.endswith(b"\n"):
                found[told.n] = end
        return found

    def _noticed(self, told: Leaf) -> None:
        self.state.epoch, self.state.key = told.epoch, told.key or self.state.key
        if told.mark:
            name, _, digest = told.mark.partition(" ")
            self.state.noted[name] = digest

    def _cut(self, end: int) -> None:
        """Set what stands behind the last whole line aside, then cut it off: nobody was told that it is there."""
        size = os.fstat(self._lines).st_size
        self.torn = size - end
        if self.torn:
            disk.written(self.path(f"torn-{end}"), os.pread(self._lines, self.torn, end))
            os.ftruncate(self._lines, end)
            os.fsync(self._lines)

    def append(self, made: Sequence[tuple[bytes, bytes]]) -> None:
        """Write lines and what lies beside them, durably.

        Where that fails they don't count, and the files are to be opened anew. Raises StoreUnavailable.
        """
        state, entries = self.state, list[bytes]()
        beside = b"".join(clear + b"\n" for _, clear in made)
        frames = [lines.framed(leaf) for leaf, _ in made]
        hashes = [leaf_hash(leaf) for leaf, _ in made]
        at, clear_at = state.lines_end, state.clear_end
        for frame, (_, clear), hashed in zip(frames, made, hashes, strict=True):
            at, clear_at = at + len(frame), clear_at + len(clear) + 1
            entries.append(ENTRY.pack(at, clear_at, hashed))
        try:
            _write_all(self._clear, beside, state.clear_end)
            _write_all(self._index, b"".join(entries), self.size * ENTRY.size)
            _write_all(self._lines, b"".join(frames), state.lines_end)
            # Both at once: one after the other they take twice as long, and only together they count.
            other = self._syncing.submit(os.fdatasync, self._clear)
            os.fdatasync(self._lines)
            other.result()
        except OSError as error:
            os.ftruncate(self._lines, state.lines_end)
            raise StoreUnavailable(
                f"the audit log can't be written: {error.strerror}; make room, then try again"
            ) from error
        state.lines_end, state.clear_end = at, clear_at
        for hashed in hashes:
            self.frontier.append(hashed)

    def blank(self, named: Callable[[str], bool]) -> int:
        """Have the texts go that name somebody, and their salts; the lines and their proofs stay. Returns how many.

        Raises StoreUnavailable.
        """
        n = 0
        try:
            for text, end in split(self.path(CLEAR), 0):
                told = lines.beside(text)
                if told is None or end > self.state.clear_end:
                    continue
                gone = {name: None for name in lines.COMMITTED if (kept := getattr(told, name)) and named(kept.text)}
                if gone:
                    blanked = lines.without(text, msgspec.structs.replace(told, **gone))
                    _write_all(self._clear, blanked, end - len(text))
                    n += len(gone)
            os.fdatasync(self._clear)
        except OSError as error:
            raise StoreUnavailable(f"the audit log can't be written: {error.strerror}") from error
        return n

    def signed(self, head: heads.Head) -> None:
        """Keep a head, and how far all is whole. Raises StoreUnavailable."""
        try:
            os.fdatasync(self._index)
            heads.appended(self.path(HEADS), [head])
        except OSError as error:
            raise StoreUnavailable(f"{self.path(HEADS)}: {error.strerror}") from error
        self.head = head
        self.state.size, self.state.parts = self.size, list(self.frontier.parts)
        disk.written(self.path(STATE), msgspec.json.encode(self.state))

    def ends(self) -> dict[str, int]:
        """By file, how much of it is whole and belongs together, once a head was signed over all of it."""
        beside = {name: self.path(name).stat().st_size for name in (HEADS, STATE)}
        return {LINES: self.state.lines_end, CLEAR: self.state.clear_end, INDEX: self.size * ENTRY.size, **beside}

    def close(self) -> None:
        """Nothing is written here: what was acknowledged is on the disk."""
        self._syncing.shutdown()
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()


def prefix(source: Path, target: Path, end: int) -> None:
    """Copy the first bytes of a file; the copy is on the disk, and its user's only. Raises OSError."""
    with source.open("rb") as read, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as write:
        while end and (block := read.read(min(end, BLOCK))):
            write.write(block)
            end -= len(block)
        write.flush()
        os.fsync(write.fileno())


def _write_all(descriptor: int, payload: bytes, offset: int) -> None:
    view = memoryview(payload)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
