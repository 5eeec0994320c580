"""birlik: shared knowledge from unshared data, a node a state."""

import hashlib
import os
from pathlib import Path

__version__ = "0.1.0"


def _may_be_written(root: Path) -> Path:
    """Beside the sources, or in the folder that systemd or a container gives a service that may not write there."""
    given = os.environ.get("CACHE_DIRECTORY")
    return Path(given) if given else root / "__pycache__"


def _compiled_beside(root: Path) -> str:
    """The folder for numba's compiled functions: another one for other code.

    numba asks only whether the file of a function itself has changed, not those of the functions that it calls: after
    an upgrade in place it would go on with pieces of two releases, and crash. So the folder's name holds the state of
    every file that can be part of one.
    """
    states = [
        f"{path.relative_to(root)} {(stat := path.stat()).st_size} {stat.st_mtime_ns}"
        for folder in ("methods", "domains")
        for path in sorted((root / folder).rglob("*.py"))
        if folder == "methods" or path.parent.name == "model"
    ]
    return str(_may_be_written(root) / f"numba-{hashlib.sha256(chr(10).join(states).encode()).hexdigest()[:16]}")


# Before any module with a compiled function is imported; numba reads it from nowhere else.
os.environ.setdefault("NUMBA_CACHE_DIR", _compiled_beside(Path(__file__).parent))
