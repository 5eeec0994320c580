"""Reading what is large or packed in a process of its own, which may be killed.

Decoding in Python holds the interpreter: of a file of a few hundred kB that unpacks to many, every tracker would feel
it. A worker gets the bytes and gives back Arrow; it runs below us in priority, has a time limit, and its end costs one
delivery. What an intake needs for it: `Intake.apart`.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

from birlik.errors import DeliveryError, TooLarge
from birlik.kernel import pipes
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup, listed
from birlik.kernel.memory import keep_what_start_up_made
from birlik.kernel.registers import recognised, unknown
from birlik.said import Said

SMALL_BYTES = 64 * 1024
"""A larger delivery is read apart, if its intake can be."""
PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ")
"""How zip (XLSX), gzip, zstd, bzip2 and xz begin: a few bytes of these can become very many."""
WORKERS = 2
BYTES_A_LIMIT = 16 * 1024 * 1024
"""Each so many bytes may take the time limit once more."""
SPENT = 137
"""With this it ends when memory is spent, as if the system had ended it."""
ENDING_S = 10


def is_heavy(body: bytes) -> bool:
    """May reading it take long enough for others to feel it?"""
    return len(body) > SMALL_BYTES or body.startswith(PACKED)


class Unread(TooLarge):
    """It was not read to its end, within the time or at all: nothing is known of what it holds."""


class Workers:
    """Processes that read. They start when they are first needed. Thread-safe; callers wait for one to be free."""

    def __init__(self, declared: Sequence[Intake], limit_s: float) -> None:
        self._declared, self._limit_s = declared, limit_s
        self._room = threading.Semaphore(WORKERS)
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._closed = False

    def decode(self, intake: Intake, delivery: Delivery, lookup: Lookup) -> Decoded:
        """What `intake.decode` gives or raises. Raises Unread where it took too long, or ended the worker."""
        made: Decoded = self._asked(("decode", intake.media_type, _without_body(delivery), lookup), delivery.body)
        return made

    def recognise(self, body: bytes, filename: str, parameters: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
        """As `registers.recognised`. Raises Unread."""
        made: tuple[str, Mapping[str, str]] = self._asked(("recognise", filename, dict(parameters)), body)
        return made

    def close(self) -> None:
        """End the idle workers; those at work end by themselves when their question is answered."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _asked(self, question: tuple[Any, ...], body: bytes) -> Any:
        with self._room:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            worker = worker or _Worker(self._declared)
            limit_s = self._limit_s * (1 + len(body) // BYTES_A_LIMIT)
            try:
                right, made = worker.asked(question, body, limit_s)
            except BaseException:
                worker.kill()
                raise
            with self._lock:
                if not self._closed:
                    self._idle.append(worker)
                    worker = None
            if worker is not None:
                worker.kill()
        if not right:
            raise made
        return made


def _without_body(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__ if name != "body"}


class _Worker:
    """One process. Not thread-safe: it has one owner at a time."""

    def __init__(self, declared: Sequence[Intake]) -> None:
        self.process, self.pipe = pipes.begun(__name__)
        pipes.send(self.pipe, tuple(declared))

    def asked(self, question: tuple[Any, ...], body: bytes, limit_s: float) -> tuple[bool, Any]:
        """(was it right, what was made, or what is to be raised). Raises Unread."""
        until = time.monotonic() + limit_s
        try:
            pipes.send(self.pipe, question)
            self.pipe.send_bytes(body)
            if not self.pipe.poll(max(0.0, until - time.monotonic())):
                raise Unread(Said("reading it took longer than {limit_s:.0f} s: send it in parts", limit_s=limit_s))
            made: tuple[bool, Any] = pipes.received(self.pipe)
        except (EOFError, OSError):
            if self.process.wait(ENDING_S) == 1:
                raise RuntimeError("a bug ended the worker; what it said stands above in the log") from None
            raise Unread(Said("reading it needed more memory than there is: send it in parts")) from None
        return made

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.pipe.close()


# --- in the worker --------------------------------------------------------------------------------------------


def work(fd: int) -> None:
    """Answer until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the node, which then closes our pipe
    with contextlib.suppress(OSError):
        os.nice(5)
    with Connection(fd) as pipe, contextlib.suppress(EOFError, OSError):
        declared = pipes.received(pipe)
        intakes = {intake.media_type: intake for intake in (unknown(declared), *declared)}
        keep_what_start_up_made()
        while True:
            question, body = pipes.received(pipe), pipe.recv_bytes()
            try:
                made = True, _answer(declared, intakes, question, body)
            except DeliveryError as error:
                made = False, error
            except MemoryError:
                sys.exit(SPENT)
            pipes.send(pipe, made)


def _answer(declared: Sequence[Intake], intakes: Mapping[str, Intake], question: tuple[Any, ...], body: bytes) -> Any:
    match question:
        case ("decode", media_type, rest, lookup):
            return listed(intakes[media_type].decode(Delivery(body=body, **rest), lookup))
        case ("recognise", filename, parameters):
            return recognised(declared, body, filename, parameters)
    raise AssertionError(f"no such question: {question[0]}")
