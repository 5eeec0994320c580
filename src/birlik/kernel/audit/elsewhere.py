"""What of the audit log lies elsewhere: signed heads on other disks, lines at a collector.

A thread of its own writes there, so that a disk that hangs or a collector that is gone keeps nobody waiting. What can't
be delivered is said in the node's log and in `trouble`.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from birlik.kernel.audit import heads, syslog
from birlik.kernel.audit.files import ENTRY, INDEX
from birlik.kernel.audit.heads import Head
from birlik.kernel.audit.lines import Line
from birlik.standards.merkle import SIZE

MOST_LINES, MOST_HEADS = 10_000, 100
"""What waits at most: of lines the newest, of heads the newest."""
ENDING_S = 5.0
AGAIN_S = 10.0
"""After a failure it is tried again with the next head or line, or then."""
log = logging.getLogger("birlik")

Sent = tuple[Line, int, str, int]
"""A line, its number, time and epoch."""


def kept_heads(paths: Sequence[Path]) -> list[tuple[Path, Head]]:
    """The last head that each of these files has; a file that can't be read is passed over, and said."""
    found = []
    for path in paths:
        try:
            last = heads.last(path)
        except OSError as error:
            log.warning("audit_heads: %s can't be read (%s)", path, error.strerror)
            continue
        if last is not None:
            found.append((path, last))
    return found


def leaves_beside(path: Path, epoch: int) -> Path:
    """Where the hashes of an epoch's lines lie beside the heads kept in `path`: 32 bytes a line, at its place."""
    return path.with_name(f"{path.name}.leaves-{epoch}")


class Elsewhere:
    """Takes what is to be delivered and returns at once."""

    def __init__(self, folder: Path, name: str, outside: Sequence[Path], collector: str) -> None:
        """Raises UnknownSetting for a collector's address that is none."""
        self._folder, self._name, self._outside = folder, name, tuple(outside)
        self._sender = syslog.Sender(syslog.collector(collector)) if collector else None
        self._lines: deque[Sent] = deque()
        self._heads: deque[Head] = deque(maxlen=MOST_HEADS)
        self._lost = 0
        self._wake = threading.Condition()
        self._ending = False
        self.trouble: dict[str, str] = {}
        """By place, why nothing gets there at the moment."""
        self._thread = threading.Thread(target=self._run, name="birlik audit elsewhere", daemon=True)
        self._thread.start()

    def lines(self, sent: Sequence[Sent]) -> None:
        """For the collector; where it doesn't keep up, the oldest are left out, and counted."""
        if self._sender is None:
            return
        with self._wake:
            self._lines.extend(sent)
            while len(self._lines) > MOST_LINES:
                self._lines.popleft()
                self._lost += 1
            self._wake.notify()

    def head(self, head: Head) -> None:
        """For the other disks."""
        if not self._outside:
            return
        with self._wake:
            self._heads.append(head)
            self._wake.notify()

    def close(self) -> None:
        """Deliver what waits, as far as it goes in a few seconds."""
        with self._wake:
            self._ending = True
            self._wake.notify()
        self._thread.join(ENDING_S)

    def _run(self) -> None:
        waiting: list[Head] = []
        while True:
            with self._wake:
                if not self._ending and (self.trouble or not (self._lines or self._heads)):
                    self._wake.wait(AGAIN_S if self.trouble else None)
                ending = self._ending
            while self._heads:
                waiting.append(self._heads.popleft())
            delivered = [self._kept(path, waiting) for path in self._outside] if waiting else []
            if all(delivered):
                waiting.clear()
            del waiting[:-MOST_HEADS]
            self._send()
            if ending:
                break
        if self._sender is not None:
            self._sender.close()

    def _kept(self, path: Path, waiting: Sequence[Head]) -> bool:
        try:
            last = heads.last(path)
            newer = [h for h in waiting if last is None or (h.epoch, h.size) > (last.epoch, last.size)]
            for head in newer:
                self._leaves(path, head, last)
            if newer:
                heads.appended(path, newer)
        except OSError as error:
            self._failed(str(path), f"heads can't be kept there ({error.strerror})")
            return False
        self.trouble.pop(str(path), None)
        return True

    def _leaves(self, path: Path, head: Head, last: Head | None) -> None:
        """The hashes of the lines up to a head, so that who verifies can name the line that differs."""
        begin = last.size if last is not None and last.epoch == head.epoch else 0
        with open(os.open(leaves_beside(path, head.epoch), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            with (self._folder / INDEX).open("rb") as index:
                index.seek(begin * ENTRY.size)
                file.seek(begin * SIZE)
                for _ in range(begin, head.size):
                    file.write(ENTRY.unpack(index.read(ENTRY.size))[2])
            file.flush()
            os.fsync(file.fileno())

    def _send(self) -> None:
        while self._sender is not None and self._lines:
            line, n, time, epoch = self._lines[0]
            try:
                self._sender.send(syslog.message(line, n=n, time=time, epoch=epoch, name=self._name))
            except OSError as error:
                self._failed("syslog", f"the collector can't be reached ({error.strerror or error})")
                return
            with self._wake:
                if self._lines and self._lines[0][1] == n:
                    self._lines.popleft()
            if self.trouble.pop("syslog", None) and self._lost:
                log.warning("audit: the collector is back; %d lines were not sent to it", self._lost)
                self._lost = 0

    def _failed(self, place: str, why: str) -> None:
        if place not in self.trouble:
            log.warning("audit: %s: %s; it is tried again", place, why)
        self.trouble[place] = why
