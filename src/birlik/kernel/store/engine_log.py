"""The engine's own log (`store.duckdb.wal`), where it is damaged beside a file that is whole.

The engine then opens nothing at all. What stands in the log before the damage can still be had, by cutting it there;
what stands behind is in the journal, and is taken again from it. The log is kept beside, as it was.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from birlik.kernel.store.disk import copied, sync

DAMAGED, MENDING = ".damaged", ".mending"
"""How a log that was set aside ends; the second until the store has again what it had."""
_AT = re.compile(r"entry at byte position (\d+)")


def connected(file: Path, connect: Callable[[], Any]) -> tuple[Any, Sequence[str]]:
    """(a connection, what was mended for it). Raises what the engine does where the log isn't what is wrong."""
    try:
        return connect(), ()
    except duckdb.Error as error:
        if "replaying WAL" not in str(error):
            raise
        at = int(found[1]) if (found := _AT.search(str(error))) else 0
    log = file.with_name(f"{file.name}.wal")
    aside = _set_aside(log)
    said = (
        f"the store's log {log} is damaged at byte {at}: it was set aside as {aside.stem}{DAMAGED}; what stands before "
        "the damage was read, and messages behind it are taken again from the journal. Alerts and versions of figures "
        "that only stood behind it are made anew",
    )
    for length in (at, 0):
        os.truncate(log, length)
        sync(log)
        try:
            return connect(), said
        except duckdb.Error as error:
            if "replaying WAL" not in str(error) or not length:
                raise
    raise AssertionError("the last length has no end")


def _set_aside(log: Path) -> Path:
    n = 1
    while list(log.parent.glob(f"{log.name}.{n}.*")):
        n += 1
    aside = log.with_name(f"{log.name}.{n}{MENDING}")
    copied(log, aside)
    sync(aside.parent)
    return aside


def is_mending(file: Path) -> bool:
    """Whether the store may once have known more of its journal than it does now."""
    return any(file.parent.glob(f"{file.name}.wal.*{MENDING}"))


def mended(file: Path) -> None:
    """The store has all of its journal again."""
    for aside in file.parent.glob(f"{file.name}.wal.*{MENDING}"):
        aside.rename(aside.with_suffix(DAMAGED))
