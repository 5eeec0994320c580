"""Reading the audit log: the newest lines first, with what was committed to as long as it is there."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from birlik.errors import StoreUnavailable, Unknown
from birlik.kernel.audit import lines
from birlik.kernel.audit.files import CLEAR, ENTRY, INDEX, LINES
from birlik.kernel.audit.lines import COMMITTED, Clear, Leaf

BLOCK = 1_000
MOST_READ = 200_000
"""Lines that one question reads; where it finds too few, what follows is asked for with `next`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Which lines. Texts are compared whole, an act and an outcome by how they begin; times are RFC 3339 in UTC."""

    who: str = ""
    act: str = ""
    on: str = ""
    address: str = ""
    outcome: str = ""
    begin: str = ""
    end: str = ""
    """Before this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A line as its reader sees it."""

    leaf: Leaf
    who: str | None
    on: str | None
    address: str | None
    erased: tuple[str, ...]
    """Fields of which nothing but the commitment is left."""
    altered: tuple[str, ...]
    """Fields beside which something else stands than was committed to."""

    def as_json(self) -> dict[str, Any]:
        """For an answer: `line` is its number, from 1."""
        leaf = self.leaf
        return {
            "line": leaf.n,
            "time": leaf.time,
            "epoch": leaf.epoch,
            "who": self.who,
            "act": leaf.act,
            "on": self.on,
            "from": self.address,
            "outcome": leaf.outcome,
            "said": leaf.said or None,
            "erased": list(self.erased),
            "altered": list(self.altered),
        }


class Reading:
    """The lines that there were when it was made. Close it."""

    def __init__(self, folder: Path, size: int) -> None:
        """size: as the writer knows it. Raises StoreUnavailable."""
        self.size = size
        self._open: list[int] = []
        try:
            for name in (LINES, CLEAR, INDEX):
                self._open.append(os.open(folder / name, os.O_RDONLY))
        except OSError as error:
            self.close()
            raise StoreUnavailable(f"{error.filename}: {error.strerror}") from error

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the files back."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()

    def leaf(self, n: int) -> bytes:
        """The bytes of a line that the tree covers. Raises Unknown."""
        ((leaf, _),) = self._between(n, n)
        return leaf

    def shown(self, n: int) -> Shown:
        """One line. Raises Unknown."""
        ((leaf, beside),) = self._between(n, n)
        return _shown(leaf, beside)

    def _between(self, first: int, last: int) -> list[tuple[bytes, bytes]]:
        """(leaf, what lies beside it) of these lines. Raises Unknown, StoreUnavailable."""
        if not 1 <= first <= last <= self.size:
            raise Unknown(f"there is no line {first}; there are {self.size}")
        begin, n = max(first - 2, 0), last - max(first - 2, 0)
        index = os.pread(self._open[2], n * ENTRY.size, begin * ENTRY.size)
        if len(index) < n * ENTRY.size:
            raise StoreUnavailable("the audit log's index is too short; end the node, remove it, and start again")
        ends = [(0, 0)] * (first == 1) + [(at, beside) for at, beside, _ in ENTRY.iter_unpack(index)]
        (at, beside), (to, beside_to) = ends[0], ends[-1]
        text = os.pread(self._open[0], to - at, at)
        clear = os.pread(self._open[1], beside_to - beside, beside)
        return [
            (text[one[0] - at + lines.CRC : other[0] - at - 1], clear[one[1] - beside : other[1] - beside])
            for one, other in pairwise(ends)
        ]

    def newest(self, where: Where, limit: int, before: int | None = None) -> tuple[list[Shown], int | None]:
        """(at most so many lines, the newest first; before which line to ask for more, None where there is none)."""
        found: list[Shown] = []
        last = min(self.size, before - 1 if before is not None else self.size)
        stop = max(0, last - MOST_READ)
        while last > stop:
            first = max(stop, last - BLOCK) + 1
            for shown in self._matching(where, first, last):
                found.append(shown)
                if len(found) == limit:
                    return found, shown.leaf.n if shown.leaf.n > 1 else None
            last = first - 1
        return found, last + 1 if last else None

    def _matching(self, where: Where, first: int, last: int) -> Iterator[Shown]:
        for leaf, beside in reversed(self._between(first, last)):
            told = lines.read(leaf)
            if told is not None and _fits(told, where):
                shown = _shown(leaf, beside)
                if all(getattr(where, name) in ("", getattr(shown, name)) for name in COMMITTED):
                    yield shown


def _fits(leaf: Leaf, where: Where) -> bool:
    return (
        leaf.act.startswith(where.act)
        and leaf.outcome.startswith(where.outcome)
        and leaf.time >= where.begin
        and (not where.end or leaf.time < where.end)
    )


def _shown(text: bytes, beside: bytes) -> Shown:
    leaf, clear = lines.read(text), lines.beside(beside)
    if leaf is None:
        raise StoreUnavailable("a line of the audit log can't be read: birlik audit verify tells more")
    texts, erased, altered = judged(leaf, clear)
    return Shown(leaf=leaf, erased=erased, altered=altered, **texts)


def judged(leaf: Leaf, clear: Clear | None) -> tuple[dict[str, str | None], tuple[str, ...], tuple[str, ...]]:
    """(the texts of a line's commitments, those that are erased, those beside which something else stands)."""
    texts: dict[str, str | None] = dict.fromkeys(COMMITTED)
    erased, altered = list[str](), list[str]()
    for name in COMMITTED:
        committed, kept = getattr(leaf, name), getattr(clear, name) if clear is not None else None
        if committed is None:
            continue
        if kept is None:
            erased.append(name)
        elif clear is None or clear.n != leaf.n or lines.commitment(name, kept) != committed:
            altered.append(name)
        else:
            texts[name] = kept.text
    return texts, tuple(erased), tuple(altered)
