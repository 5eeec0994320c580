"""What a process that runs for months asks of its allocators: few arenas, and that what is free goes back.

Each of a node's threads would get an arena of its own (64 MB of addresses each), which keeps what it once needed at
its peak; so does Arrow's pool. On the demo's node that was half of all it held.
"""

import ctypes
import time

import pyarrow as pa

ARENAS = 2
"""As many as there are threads of ours that work at the same time: they hold the interpreter most of it."""
EVERY_S = 20.0
_M_ARENA_MAX = -8
"""Of mallopt(3)."""


def keep_few_arenas() -> None:
    """Before threads are started. Does nothing where the C library is not GNU's."""
    if (mallopt := _of_libc("mallopt")) is not None:
        mallopt(_M_ARENA_MAX, ARENAS)


class GivingBack:
    """Gives what is free back to the machine, at most every `EVERY_S`; asked between two pieces of work."""

    def __init__(self) -> None:
        self._due = 0.0

    def when_due(self) -> None:
        """Takes a few milliseconds, without the interpreter's lock."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_S
        pa.default_memory_pool().release_unused()
        if (trim := _of_libc("malloc_trim")) is not None:
            trim(0)


def _of_libc(name: str) -> "ctypes._NamedFuncPointer | None":
    return getattr(ctypes.CDLL(None), name, None)
