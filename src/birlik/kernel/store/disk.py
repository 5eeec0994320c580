"""Files of a node on the disk: for its own user only, and there before anyone is told so."""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from birlik.errors import BadRequest, BirlikError, StoreUnavailable

OTHERS = 0o077
"""What group and others may do with a file of a node: nothing."""
_WORLDS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ESTALE})
"""What a path can't be blamed for."""


def private() -> None:
    """From now on, whatever this process makes is its own user's: the engine makes files too, and asks nobody."""
    os.umask(OTHERS)


def open_to_others(folder: Path) -> list[Path]:
    """Files and folders of a node that others than its user may read, write or enter."""
    return [p for p in (folder, *sorted(folder.rglob("*"))) if not p.is_symlink() and p.stat().st_mode & OTHERS]


def tighten(folder: Path) -> None:
    """Take from others what an older release, or a copy, gave them. What is another user's stays as it is."""
    for path in open_to_others(folder):
        with contextlib.suppress(PermissionError, FileNotFoundError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """All files of a folder, and then its folders, the innermost first, and its own name."""
    paths = [p for p in folder.rglob("*") if not p.is_symlink()]
    for path in (*(p for p in paths if p.is_file()), *sorted((p for p in paths if p.is_dir()), reverse=True)):
        sync(path)
    sync(folder)
    sync(folder.parent)


def copied(source: Path, target: Path) -> None:
    """A copy that is on the disk, and its user's only. Its name is not yet: sync the folder."""
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    shutil.copyfile(source, target)
    target.chmod(0o600)
    sync(target)


def written(file: Path, content: bytes) -> None:
    """Put a small file in its place at once. Raises StoreUnavailable."""
    made = file.with_name(f"{file.name}.new")
    try:
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(made, file)
        sync(file.parent)
    except OSError as error:
        raise StoreUnavailable(f"{file}: {error.strerror}") from error


@contextlib.contextmanager
def to_a_path(path: Path, parameter: str) -> Iterator[None]:
    """Around work on a path that somebody named: what is wrong with it is theirs, a full disk is the world's.

    Raises BadRequest, naming the way out; StoreUnavailable.
    """
    try:
        yield
    except BirlikError:
        raise
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno in _WORLDS:
            raise StoreUnavailable(f"{path}: {error.strerror}; make room, or name another disk") from error
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no name of a file"
        at = f" ({error.filename})" if isinstance(error, OSError) and error.filename not in (None, str(path)) else ""
        said = f"{str(path)!r} can't be used: {why}{at}; name a folder that the node's user may read and write"
        raise BadRequest(said, parameter=parameter) from error
