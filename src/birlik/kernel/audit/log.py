"""Writing the audit log: many ask, one thread writes, and all who wait at a moment share the disk's answer."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from birlik.clock import Clock, isoformat
from birlik.errors import BirlikError, StoreUnavailable
from birlik.kernel.audit import epochs, lines
from birlik.kernel.audit.elsewhere import Elsewhere, kept_heads
from birlik.kernel.audit.files import AGAIN, KEY, LINES, Files, prefix
from birlik.kernel.audit.heads import Head, Key, key_of
from birlik.kernel.audit.lines import DONE, Line
from birlik.kernel.audit.proving import Proofs
from birlik.kernel.audit.rate import Unknown
from birlik.kernel.audit.reading import Reading
from birlik.kernel.audit.verifying import HEAD_S
from birlik.kernel.store import disk

HEAD_LINES = 1_000
"""A head is signed after so many lines, or HEAD_S after the first line since the last."""
MOST = 2_048
"""Asks that are answered at a time."""
CHANGED, MENDED = "audit_watched", "audit_mended"
log = logging.getLogger("birlik")


@dataclass(frozen=True, slots=True, eq=False)
class _Ask:
    given: Sequence[Line] = ()
    work: Callable[[], Any] | None = None
    """Done by the thread that writes, after the lines; what it gives is the answer."""
    answer: "Future[Any]" = field(default_factory=Future)


class Audit:
    """The audit log of one node. Nothing is opened, and no file made, before it is asked for something."""

    def __init__(
        self, folder: Path, clock: Clock, *, name: str, outside: Sequence[Path] = (), syslog: str = ""
    ) -> None:
        """folder: `audit/` of the data folder. name: of the log, as its heads say it.

        outside: files beside the node's disk, where heads are kept. syslog: the address of a collector.
        """
        self.folder, self.name, self._clock = folder, name, clock
        self._outside, self._syslog = tuple(outside), syslog
        self._asks: list[_Ask] = []
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._has_ended = False
        self._unsigned_since: float | None = None
        self._unknown = {is_done: Unknown() for is_done in (True, False)}
        self._unknown_lock = threading.Lock()
        self._watched: Mapping[str, bytes] = {}
        self._files: Files | None = None
        self._key: Key | None = None
        self._elsewhere: Elsewhere | None = None
        self.proofs = Proofs(folder)

    # --- asking -------------------------------------------------------------------------------------------

    def submit(self, *given: Line) -> "Future[list[int]]":
        """The numbers of these lines, once they are on the disk; StoreUnavailable where they can't be."""
        return self._ask(_Ask(given))

    def write(self, line: Line) -> int:
        """Its number, once it is on the disk. Raises StoreUnavailable: what it is about is refused then."""
        return self.submit(line).result()[0]

    def asked_by(self, line: Line, *, known: bool) -> "Future[list[int]] | None":
        """Of a refusal, or of a file that is given. known: who asked is somebody; else there is one line of each an
        address and minute, and None between them."""
        if known:
            return self.submit(line)
        with self._unknown_lock:
            due = self._unknown[line.outcome == DONE].due(line.address, self._clock.now())
        if due is None:
            return None
        address, more = due
        said = f"{more} more in the minute before" if more else line.said
        return self.submit(replace(line, address=address, said=said))

    def watch(self, contents: Mapping[str, bytes]) -> None:
        """Contents by name, settings for one: where one differs from what the last line about it says, the next that
        is asked for is preceded by a line. Of a content only a keyed digest is kept."""
        self._watched = dict(contents)

    def begin(self) -> None:
        """Open it, and write what is to be said at a start. Raises StoreUnavailable."""
        self._ask(_Ask(work=lambda: None)).result()

    def blank(self, named: Callable[[str], bool]) -> int:
        """Make what stands beside lines as meaningless as erasure wants it: persons, addresses and objects whose text
        names somebody. Returns how many. Raises StoreUnavailable."""

        def work() -> int:
            return self._files.blank(named) if self._files is not None else 0

        if self._files is None and not (self.folder / LINES).exists():
            return 0
        found: int = self._ask(_Ask(work=work)).result()
        return found

    def head(self) -> Head:
        """Signed now, where lines have come since the last. Raises StoreUnavailable."""
        found: Head = self._ask(_Ask(work=self._signed)).result()
        return found

    def reading(self) -> Reading:
        """What there is to read now. Close it. Raises StoreUnavailable."""
        self.begin()
        return Reading(self.folder, self.size)

    def copied(self, target: Path) -> None:
        """Copy what was written up to now into a folder that isn't there yet; the key is left out. Raises OSError.

        A log in which nothing was ever written has nothing to copy.
        """
        if self._files is None and not (self.folder / LINES).exists():
            return
        ends: Mapping[str, int] = self._ask(_Ask(work=self._ends)).result()
        target.mkdir(mode=0o700)
        for name, end in ends.items():
            # What is only ever appended to may go on behind where the copy ends.
            prefix(self.folder / name, target / name, end)
        disk.sync(target)

    def _ends(self) -> Mapping[str, int]:
        """By file, how much of it belongs together."""
        assert self._files is not None
        if self._files.size:
            self._signed()
        return self._files.ends()

    @property
    def size(self) -> int:
        """Lines, once it has been opened."""
        return self._files.size if self._files is not None else 0

    @property
    def epoch(self) -> int:
        """The epoch that it writes in, once it has been opened."""
        return self._files.state.epoch if self._files is not None else 0

    @property
    def trouble(self) -> Mapping[str, str]:
        """By place elsewhere, why nothing gets there."""
        return dict(self._elsewhere.trouble) if self._elsewhere is not None else {}

    def close(self) -> None:
        """Sign what isn't, and end."""
        with self._wake:
            self._has_ended = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(60)

    def _ask(self, ask: _Ask) -> "Future[Any]":
        with self._wake:
            if self._has_ended:
                raise StoreUnavailable("the audit log is closed: the node has ended")
            self._asks.append(ask)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="birlik audit", daemon=True)
                self._thread.start()
            self._wake.notify()
        return ask.answer

    # --- the thread that writes ---------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._wake:
                if not self._asks and not self._has_ended:
                    self._wake.wait(self._until_head())
                asks, self._asks = self._asks[:MOST], self._asks[MOST:]
                ends = self._has_ended and not asks
            if ends:
                break
            self._answer(asks)
            self._sign_when_due()
        self._end()

    def _until_head(self) -> float | None:
        if self._unsigned_since is None:
            return None
        return max(0.0, self._unsigned_since + HEAD_S - time.monotonic())

    def _answer(self, asks: Sequence[_Ask]) -> None:
        try:
            self._opened()
            numbers = self._append([line for ask in asks for line in ask.given])
        except Exception as error:
            self._drop()
            told = error if isinstance(error, BirlikError) else StoreUnavailable(f"the audit log failed: {error}")
            if told is not error:
                log.exception("the audit log failed")
            for ask in asks:
                ask.answer.set_exception(told)
            return
        for ask in asks:
            if ask.work is None:
                ask.answer.set_result([next(numbers) for _ in ask.given])
                continue
            try:
                ask.answer.set_result(ask.work())
            except BirlikError as error:
                ask.answer.set_exception(error)

    def _opened(self) -> Files:
        if self._files is not None:
            return self._files
        found = Files(self.folder)
        try:
            self._key, _ = key_of(found.path(KEY))
            self._files = found
            if self._elsewhere is None and (self._outside or self._syslog):
                self._elsewhere = Elsewhere(self.folder, self.name, self._outside, self._syslog)
            self._append(self._first())
            found.path(AGAIN).unlink(missing_ok=True)
        except BaseException:
            self._drop()
            raise
        return found

    def _first(self) -> list[Line]:
        """What is to be said before all else: a new epoch, a torn end, settings that have changed."""
        assert self._files is not None
        assert self._key is not None
        files, public, said = self._files, self._key.public, list[Line]()
        if files.torn:
            said.append(Line(act=MENDED, said=f"{files.torn} bytes that a crash tore were set aside"))
        begun = epochs.begins(files, public, self.name, kept_heads(self._outside))
        if begun is not None:
            files.state.epoch, files.state.key = begun.epoch, public
            said.insert(0, epochs.line(begun, public, self.name))
            if files.size:
                log.warning("audit: epoch %d begins: %s", begun.epoch, begun.why)
        for name, content in self._watched.items():
            digest = self._key.keyed(content)
            if files.state.noted.get(name) != digest:
                was = "are other than at the last start" if name in files.state.noted else "are first seen"
                files.state.noted[name] = digest
                said.append(Line(act=CHANGED, said=f"{name} {was}", mark=f"{name} {digest}"))
        return said

    def _append(self, given: Sequence[Line]) -> Any:
        assert self._files is not None
        files, now = self._files, isoformat(self._clock.now())
        first, epoch = files.size + 1, files.state.epoch
        if given:
            files.append([lines.made(line, n=n, time=now, epoch=epoch) for n, line in enumerate(given, first)])
            self._unsigned_since = self._unsigned_since or time.monotonic()
            if self._elsewhere is not None:
                self._elsewhere.lines([(line, n, now, epoch) for n, line in enumerate(given, first)])
        return iter(range(first, first + len(given)))

    def _sign_when_due(self) -> None:
        if self._files is None or self._unsigned_since is None:
            return
        signed = self._files.head.size if self._files.head is not None else 0
        if self._files.size - signed >= HEAD_LINES or self._until_head() == 0.0:
            try:
                self._signed()
            except BirlikError as error:
                # The lines are there. A head is signed with the next.
                self._unsigned_since = time.monotonic()
                log.warning("audit: no head can be signed: %s", error)

    def _signed(self) -> Head:
        assert self._files is not None
        assert self._key is not None
        files = self._files
        if files.head is None or files.head.size != files.size:
            head = self._key.sign(
                name=self.name,
                size=files.size,
                root=files.frontier.root(),
                epoch=files.state.epoch,
                time=isoformat(self._clock.now()),
            )
            files.signed(head)
            self._unsigned_since = None
            if self._elsewhere is not None:
                self._elsewhere.head(head)
        assert files.head is not None
        return files.head

    def _drop(self) -> None:
        """After a failure what lies on the disk is to be read anew."""
        if self._files is not None:
            self._files.close()
        self._files = None

    def _end(self) -> None:
        if self._files is not None:
            try:
                self._signed()
            except BirlikError as error:
                log.warning("audit: no last head can be signed: %s", error)
        if self._elsewhere is not None:
            self._elsewhere.close()
        self._drop()
