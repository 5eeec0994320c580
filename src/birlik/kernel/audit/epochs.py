"""Epochs: a log that isn't the continuation of what was last known begins a new one, and says why.

Who makes a folder out of a backup leaves a note in it. A copy that was put in place by hand has no key, or stands
behind a head that is kept elsewhere; that is seen too, as far as it can be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from birlik.kernel.audit import files, heads, lines
from birlik.kernel.audit.files import AGAIN, FOLDER, Again, Files
from birlik.kernel.audit.heads import Head, verifier_of
from birlik.kernel.audit.lines import Line
from birlik.kernel.store import disk

ACT = "audit_epoch"


@dataclass(frozen=True, slots=True)
class Begins:
    """An epoch, and why it begins."""

    epoch: int
    why: str


def begins(files: Files, public: bytes, name: str, elsewhere: Sequence[tuple[Path, Head]]) -> Begins | None:
    """None where the log goes on as it was left. elsewhere: the last heads that are kept outside, and where."""
    again = noted(files.folder)
    theirs = [(path, head) for path, head in elsewhere if head.name == name]
    last = max([files.state.epoch, again.epoch if again else 0, *(head.epoch for _, head in theirs)])
    ahead = [(path, head) for path, head in theirs if (head.epoch, head.size) > (files.state.epoch, files.size)]
    if again is not None:
        return Begins(last + 1, again.why)
    if ahead:
        path, head = max(ahead, key=lambda each: (each[1].epoch, each[1].size))
        return Begins(
            last + 1,
            f"a head kept in {path.name} knows {head.size} lines in epoch {head.epoch}, of {head.time}; here are "
            f"{files.size} in epoch {files.state.epoch}: an older state was put back",
        )
    if not files.size:
        return Begins(last + 1, "the log begins")
    if public != files.state.key:
        return Begins(
            last + 1, "the key of the epoch before is not there: a copy was put in place, or the key was lost"
        )
    return None


def line(begun: Begins, public: bytes, name: str) -> Line:
    """What an epoch begins with."""
    said = f"epoch {begun.epoch}: {begun.why}; heads are signed by {verifier_of(name, public)}"
    return Line(act=ACT, said=said, key=public)


def noted(folder: Path) -> Again | None:
    """What who made this folder left in it; None where it is nobody's copy."""
    try:
        return msgspec.json.decode((folder / AGAIN).read_bytes(), type=Again)
    except FileNotFoundError:
        return None
    except lines.UNREADABLE:
        return Again(why="a note that can't be read asks for it")


def note(data: Path, why: str, epoch: int = 0) -> None:
    """Have the next start of the node in a data folder begin a new epoch. Raises StoreUnavailable, OSError."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    disk.written(folder / AGAIN, msgspec.json.encode(Again(why=why, epoch=epoch)))


def renew(data: Path, why: str) -> Path:
    """Set the log of a node that doesn't run aside, whatever is wrong with it; the next start begins a new one.

    Returns where it lies now. Raises StoreUnavailable, OSError.
    """
    folder = data / FOLDER
    head = heads.last(folder / files.HEADS)
    aside = next(p for n in range(1, 10_000) if not (p := data / f"{FOLDER}-set-aside-{n}").exists())
    folder.rename(aside)
    disk.sync(data)
    known = f", of which {head.size} lines were signed at {head.time}" if head is not None else ""
    note(data, f"{why}: the log before was set aside as {aside.name}{known}", head.epoch if head is not None else 0)
    return aside
