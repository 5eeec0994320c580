"""What of a journal is damaged and was passed over, by an operator's word; and what a start cut off, set aside.

`damaged.json` in the journal's folder lists the ranges, so that every later reader leaves them out and `doctor` names
them. Their bytes stay where they are.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from birlik.errors import StoreUnavailable
from birlik.kernel.store.disk import written
from birlik.kernel.store.frames import Fault, Position, Range, Unreadable, next_whole, refusal, scan

FILE = "damaged.json"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one file that can't be read, or a file that isn't there."""

    segment: int
    start: int
    end: int
    missing: bool = False

    def __str__(self) -> str:
        name = f"{self.segment:08d}.journal"
        return f"{name} (missing)" if self.missing else f"bytes {self.start} to {self.end} of {name}"


@dataclass(frozen=True, slots=True)
class Passed:
    pieces: tuple[Piece, ...] = ()

    def of(self, segment: int) -> list[Range]:
        """(start, end) in bytes of what is passed over in a segment."""
        return [(p.start, p.end) for p in self.pieces if p.segment == segment and not p.missing]

    def end(self, segment: int) -> int:
        """The byte behind the last piece that is passed over in a segment; 0 where there is none."""
        return max((end for _, end in self.of(segment)), default=0)

    def misses(self, segment: int) -> bool:
        """Is the whole file of a segment gone?"""
        return any(p.missing and p.segment == segment for p in self.pieces)

    @property
    def last(self) -> int:
        """The highest segment with such a piece; 0 where there is none."""
        return max((p.segment for p in self.pieces), default=0)

    def beyond(self, position: Position) -> Position:
        """Where the first frame begins from `position` on that was not passed over."""
        ends = dict(self.of(position.segment))
        while position.offset in ends:
            position = Position(position.segment, ends[position.offset])
        return position

    def begins_in(self, position: Position) -> bool:
        """Whether the frame that begins at `position` was passed over."""
        within = any(start <= position.offset < end for start, end in self.of(position.segment))
        return within or self.misses(position.segment)

    def ends_in(self, position: Position) -> bool:
        """Whether the frame that ends at `position` was passed over."""
        within = any(start < position.offset <= end for start, end in self.of(position.segment))
        return within or self.misses(position.segment)


def read(folder: Path) -> Passed:
    """Raises StoreUnavailable where the list itself can't be read."""
    file = folder / FILE
    if not file.is_file():
        return Passed()
    try:
        return Passed(tuple(Piece(**entry) for entry in json.loads(file.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError) as error:
        raise StoreUnavailable(f"{file} can't be read: restore it from a backup") from error


def write(folder: Path, passed: Passed) -> None:
    """Note the pieces beside the journal, on the disk before this returns."""
    entries = [
        {"segment": p.segment, "start": p.start, "end": p.end, **({"missing": True} if p.missing else {})}
        for p in passed.pieces
    ]
    written(folder / FILE, json.dumps(entries, indent=1).encode())


def survey(folder: Path, had: Position | None) -> Passed:
    """All that can't be read in a journal, beyond what was passed over before. Only reads.

    had: how far a store had the journal. A torn frame behind that is no damage.
    Raises StoreUnavailable where a frame is another release's: that is no damage either.
    """
    known = read(folder)
    there = sorted(int(path.stem) for path in folder.glob("*.journal"))
    last = max([*there, had.segment if had else 0, *(p.segment for p in known.pieces)], default=0)
    pieces: list[Piece] = list(known.pieces)
    for segment in range(1, last + 1):
        if segment in there:
            pieces += _damage(folder / f"{segment:08d}.journal", known.of(segment), had, is_last=segment == there[-1])
        elif not known.misses(segment):
            pieces.append(Piece(segment, 0, 0, missing=True))
    return Passed(tuple(pieces))


def _damage(path: Path, passed: Sequence[Range], had: Position | None, *, is_last: bool) -> list[Piece]:
    segment, size = int(path.stem), path.stat().st_size
    pieces: list[Piece] = []
    offset, whole = 0, max((end for _, end in passed), default=0)
    while True:
        found = None
        for found in scan(path, offset, passed):
            if not isinstance(found, Unreadable):
                whole = max(whole, found.end.offset)
        if not isinstance(found, Unreadable):
            break
        if found.fault is Fault.NEWER:
            raise refusal(path, found.at.offset, found.fault)
        at, after = found.at.offset, next_whole(path, found.at.offset)
        torn = is_last and after is None and found.fault is Fault.TORN
        if torn and (had is None or had <= Position(segment, at)):
            return pieces
        if after is None:
            lost_to = had.offset if had is not None and had.segment == segment else 0
            return [*pieces, Piece(segment, at, max(size, lost_to))]
        pieces.append(Piece(segment, at, after))
        offset = after
    if had is not None and had.segment == segment and had.offset > max(whole, size):
        pieces.append(Piece(segment, size, had.offset))
    return pieces


def set_aside(path: Path, offset: int) -> Path:
    """Copy what stands behind `offset` into a file beside, for whoever wants to look; it is on the disk at return."""
    aside = path.with_name(f"{path.stem}-{offset}.torn")
    with path.open("rb") as file:
        file.seek(offset)
        written(aside, file.read())
    return aside
