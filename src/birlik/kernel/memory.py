"""What a process that runs for months asks of its allocators: few arenas, and that what is free goes back.

Each of a node's threads would get an arena of its own (64 MB of addresses each), which keeps what it once needed at
its peak; so does Arrow's own pool, also when it is asked to release.
"""

import ctypes
import gc
import time

import pyarrow as pa

from birlik.lean import without

ARENAS = 2
"""As many as there are threads of ours that work at the same time: they hold the interpreter most of it."""
EVERY_S = 20.0
_M_ARENA_MAX = -8
_M_MMAP_THRESHOLD = -3
"""Of mallopt(3)."""
LARGE_BYTES = 1 << 18
"""What is larger lies in a mapping of its own, which goes back when it is free. Left alone, the limit would rise."""


def be_frugal() -> None:
    """Before threads are started and rows are read. What the C library doesn't offer is left as it is."""
    if (mallopt := _of_libc("mallopt")) is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
    pa.set_memory_pool(pa.system_memory_pool())
    without("pandas")


def keep_what_start_up_made() -> None:
    """Take what lives as long as the process out of the garbage collector's sight, and let it look less often.

    Decoding makes many short-lived objects, and at each of its rounds the collector would walk through all modules,
    declarations and compiled functions: two fifths of the time of a large document.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class GivingBack:
    """Gives what is free back to the machine, at most every `EVERY_S`; asked between two pieces of work."""

    def __init__(self) -> None:
        self._due = 0.0

    def when_due(self) -> None:
        """Takes some ten milliseconds: the collector looks seldom while a node serves, and circles hold rows."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_S
        gc.collect()
        if (trim := _of_libc("malloc_trim")) is not None:
            trim(0)


def _of_libc(name: str) -> "ctypes._NamedFuncPointer | None":
    return getattr(ctypes.CDLL(None), name, None)
