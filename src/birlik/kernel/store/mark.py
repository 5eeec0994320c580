"""The mark of a data folder: which birlik wrote it, and in what form. A newer one's is never touched.

It lies in the journal's folder, since the journal is the node. Its two fields keep their names and meanings in every
release to come: by them a release tells that a folder is newer than itself, whatever else lies in there.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from birlik import __version__
from birlik.errors import NotANode
from birlik.kernel.store.disk import written

FORMAT = 2
"""Of journal and store together. A folder of a lower one is made again from its journal at the first start; one of a
higher one is refused. 1 was 0.1.0, which wrote no mark."""
FILE = "format.json"


@dataclass(frozen=True, slots=True)
class Mark:
    format: int
    birlik: str
    """The release that wrote here last."""


def read(journal: Path) -> Mark | None:
    """None where there is none: a new folder, or one of 0.1.0. Raises NotANode where it says nothing that we know."""
    file = journal / FILE
    if not file.exists():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Mark(int(told["format"]), str(told["birlik"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotANode(
            f"{file} can't be understood by birlik {__version__}: a newer birlik wrote the folder, or the file is "
            "damaged. Open it with the newest birlik that served it, or restore a backup; nothing of it was changed"
        ) from error


def must_not_be_newer(journal: Path) -> None:
    """Raises NotANode, before anything is opened or written, where a newer birlik wrote the folder."""
    mark = read(journal)
    if mark is not None and (mark.format > FORMAT or _release(mark.birlik) > _release(__version__)):
        raise newer(journal.parent, mark.format, f"birlik {mark.birlik}")


def newer(folder: Path, form: int, by: str = "a newer birlik") -> NotANode:
    """The refusal of a folder that a newer release wrote, with the way out."""
    return NotANode(
        f"{folder} was written by {by} (format {form}); this is birlik {__version__} (format {FORMAT}), which can't go "
        "back. Open it with that release, or restore a backup that this one made; nothing of it was changed"
    )


def write(journal: Path) -> None:
    """Say that this release writes here from now on."""
    mark = Mark(FORMAT, __version__)
    if read(journal) != mark:
        written(journal / FILE, json.dumps({"format": mark.format, "birlik": mark.birlik}).encode())


def _release(version: str) -> tuple[int, ...]:
    """`1.10.0` as numbers; of one that isn't written so the format alone decides."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else (0,)
