"""How long something takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds; by `time.process_time` those of this process's CPU."""
    return timed_with(work, clock)[0]


def timed_with(work: Callable[[], Made], clock: Callable[[], float] = time.perf_counter) -> tuple[float, Made]:
    """The same, and what came of it."""
    started = clock()
    made = work()
    return clock() - started, made
