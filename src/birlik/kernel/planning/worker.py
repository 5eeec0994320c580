"""One job's process, as its node sees it."""

import contextlib
import logging
import subprocess
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from birlik.errors import OutOfRange
from birlik.kernel import pipes
from birlik.kernel.planning import work
from birlik.kernel.planning.work import Task
from birlik.kernel.tables import Rows
from birlik.said import Said

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"),
}
"""One core. It has nothing else of the node's environment."""
LOOK_S = 0.2
"""How soon it is noticed that a job is to end."""
ENDING_S = 10.0
BUG = 1
log = logging.getLogger("birlik")


class Ended(Exception):
    """Somebody has ended it."""


class Worker:
    """A process for one task. `end` may be called from any thread, before it has begun too."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s, self._over = limit_s, threading.Event()

    def end(self) -> None:
        """It is ended; `done` raises Ended."""
        self._over.set()

    @property
    def is_ended(self) -> bool:
        """Has somebody ended it?"""
        return self._over.is_set()

    def done(self, task: Task, tell: Callable[[float], None]) -> Rows:
        """What comes of it. tell: what share of it is done. Raises Ended; OutOfRange, with why nothing came of it."""
        if self.is_ended:
            raise Ended
        # Its words are for the log; a library's own chatter must not come among what the node itself prints.
        process, ours = pipes.begun(work.__name__, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        try:
            return self._heard(ours, process, task, tell)
        finally:
            ours.close()
            process.kill()
            process.wait()

    def _heard(
        self, pipe: Connection, process: "subprocess.Popen[bytes]", task: Task, tell: Callable[[float], None]
    ) -> Rows:
        until = time.monotonic() + self._limit_s
        try:
            # Rows may be many, and who doesn't read them lets us wait: so somebody else looks whether it is to end.
            with _ending(process, self._over):
                pipes.send(pipe, task)
            while not self._over.is_set():
                if time.monotonic() > until:
                    raise OutOfRange(Said("it took longer than {limit_s:.0f} s", limit_s=self._limit_s))
                if not pipe.poll(LOOK_S):
                    continue
                kind, said = pipes.received(pipe)
                if kind == "made":
                    return said
                if kind == "failed":
                    raise OutOfRange(said)
                tell(said)
        except (EOFError, OSError):
            if not self._over.is_set():
                raise OutOfRange(_why(process)) from None
        raise Ended


def _why(process: "subprocess.Popen[bytes]") -> str:
    with contextlib.suppress(subprocess.TimeoutExpired):
        if process.wait(ENDING_S) == BUG:
            log.error("a bug ended a job; what it said stands above")
            return Said("this is a fault of birlik: the node's log has it")
    return Said("it needed more memory than a job may have, or was ended from outside")


@contextlib.contextmanager
def _ending(process: "subprocess.Popen[bytes]", over: threading.Event) -> Any:
    """Meanwhile the process is ended as soon as it is over."""
    sent = threading.Event()

    def look() -> None:
        while not sent.wait(LOOK_S):
            if over.is_set():
                process.kill()
                return

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        sent.set()
        looking.join()
