"""Which threads of a node wait for which: who writes goes before who computes and who answers.

A commit is a dozen short pieces of work, each of which waits for a processor. Beside queries that keep every processor
busy it would get its share of them; what a sender waits for would grow with what readers ask.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")

BEHIND = 10
"""How much nicer than who writes (setpriority(2)): about a tenth of its share where both want a processor."""


def give_way() -> None:
    """This thread goes behind those that write. Where the system has no priorities of threads, nothing changes."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)


def behind(work: Callable[[], Made]) -> Made:
    """Do it in a thread that gives way, so that the threads which it starts do so too."""
    with ThreadPoolExecutor(1, "birlik behind", initializer=give_way) as pool:
        return pool.submit(work).result()
