"""Verifying the audit log: everything is read, and held against itself and against heads that were kept elsewhere.

Whoever owns the machine has the key beside the log: a whole rewrite agrees with itself. What can't be known without a
head from elsewhere is said, too.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from birlik.errors import NotANode
from birlik.kernel.audit import heads, lines
from birlik.kernel.audit.elsewhere import leaves_beside
from birlik.kernel.audit.files import CLEAR, ENTRY, HEADS, INDEX, LINES, split
from birlik.kernel.audit.heads import Head
from birlik.kernel.audit.lines import Clear, Leaf
from birlik.kernel.audit.reading import judged
from birlik.standards.merkle import SIZE, Frontier, leaf_hash

HEAD_S = 60.0
"""Within which a running node signs what it wrote."""
MOST = 20
"""Findings of a kind that are told one by one."""
STEP = 10_000
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was signed, or not as it should be."""

    line: int | None
    """The first line that it is about."""
    said: str


@dataclass
class Report:
    """What is known of a log, and what isn't."""

    size: int = 0
    epochs: dict[int, int] = field(default_factory=dict)
    """By epoch, its first line."""
    heads_n: int = 0
    outside_n: int = 0
    """Heads of its own that fit, and such from elsewhere."""
    faults: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    """What is no fault, and ought to be known."""
    unknown: list[str] = field(default_factory=list)
    """What can't be known by what was given."""
    erased: int = 0
    """Lines of which somebody had something erased."""

    @property
    def is_whole(self) -> bool:
        """Nothing that was given says otherwise."""
        return not self.faults

    @property
    def first(self) -> int | None:
        """The first line that is not as it was."""
        return min((fault.line for fault in self.faults if fault.line is not None), default=None)


@dataclass
class _Read:
    """What one pass over the lines finds."""

    hashes: bytearray = field(default_factory=bytearray)
    roots: dict[int, bytes] = field(default_factory=dict)
    keys: dict[int, bytes] = field(default_factory=dict)
    """By epoch, the key that its first line names."""
    why: dict[int, str] = field(default_factory=dict)
    epoch: int = 0
    time: str = ""


def verify(folder: Path, outside: Sequence[Path] = (), progress: Progress = lambda lines: None) -> Report:
    """Read everything in `audit/` of a data folder; the node may run. outside: files of heads that were kept elsewhere.

    Raises NotANode where there is no log; BadRequest for a file that holds no heads.
    """
    if not (folder / LINES).is_file():
        raise NotANode(f"{folder} holds no audit log; one is made when the node is first served, or something is done")
    given = [(path, head) for path in outside for head in heads.read(path)]
    # Before the lines: a running node may sign more meanwhile, of lines that weren't there yet.
    own = list(heads.parsed(_text(folder / HEADS)))
    report, read = Report(), _Read()
    sizes = {head.size for head in own if isinstance(head, Head)} | {head.size for _, head in given}
    _lines(folder, sizes, read, report, progress)
    _own_heads(own, read, report)
    names = {head.name for head in own if isinstance(head, Head)}
    ours = [(path, head) for path, head in given if not names or head.name in names]
    for path in dict.fromkeys(path for path, head in given if names and head.name not in names):
        report.faults.append(Finding(None, f"{path.name} holds heads of another log: give each node a file of its own"))
    good = _outside(ours, read, report)
    _say_unknown(given, good, read, report)
    report.faults.sort(key=lambda fault: (fault.line is None, fault.line or 0))
    return report


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


# --- the lines ------------------------------------------------------------------------------------------------


def _lines(folder: Path, sizes: set[int], read: _Read, report: Report, progress: Progress) -> None:
    """One pass: each line by itself, in its place, and beside what it was committed to."""
    frontier, n = Frontier(), 0
    beside, index = _Beside(folder / CLEAR), _index(folder / INDEX)
    for n, (text, _) in enumerate(split(folder / LINES, 0), 1):
        leaf = lines.whole(text)
        if leaf is None and not text.endswith(b"\n"):
            said = f"{len(text)} bytes at the end are no whole line: a crash tore it, or it is being written"
            report.notes.append(Finding(n, said))
            n -= 1
            break
        covered = leaf if leaf is not None else text[lines.CRC : -1]
        hashed = leaf_hash(covered)
        frontier.append(hashed)
        read.hashes += hashed
        if n in sizes:
            read.roots[n] = frontier.root()
        noted = next(index, None)
        if leaf is None or (told := lines.read(leaf)) is None:
            _fault(report, n, "it can't be read, or was changed: it differs from its own checksum")
        else:
            if noted is not None and noted != hashed:
                _fault(report, n, "it is another than the one that was written: its hash was noted then")
            _consistent(n, told, beside.of(n), read, report)
        if n % STEP == 0:
            progress(STEP)
    report.size = n
    read.roots[0], read.roots[n] = Frontier().root(), frontier.root()


def _consistent(n: int, told: Leaf, clear: Clear | None, read: _Read, report: Report) -> None:
    if told.n != n:
        _fault(report, n, f"in its place stands line {told.n}: lines were taken out, put in, or changed places")
    if told.epoch != read.epoch:
        if told.epoch < read.epoch:
            _fault(report, n, f"it belongs to epoch {told.epoch}, after epoch {read.epoch} had begun")
        elif not told.key:
            _fault(report, n, f"epoch {told.epoch} begins without saying by which key it is signed")
        report.epochs.setdefault(told.epoch, n)
        read.keys[told.epoch], read.why[told.epoch] = told.key, told.said
        read.epoch = told.epoch
    if told.time < read.time:
        _note(report, n, f"it says {told.time}, the line before it {read.time}: the clock was set back")
    read.time = told.time
    _, erased, altered = judged(told, clear)
    report.erased += bool(erased)
    if altered:
        _fault(report, n, f"what is said beside it ({', '.join(altered)}) is not what it was committed to")


class _Beside:
    """What lies beside the lines, read along with them."""

    def __init__(self, file: Path) -> None:
        self._read = (told for text, _ in split(file, 0) if (told := lines.beside(text)) is not None)
        self._held = next(self._read, None)

    def of(self, n: int) -> Clear | None:
        while self._held is not None and self._held.n < n:
            self._held = next(self._read, None)
        return self._held if self._held is not None and self._held.n == n else None


def _index(file: Path) -> Iterator[bytes]:
    """The hashes that were noted when the lines were written."""
    with contextlib.suppress(FileNotFoundError), file.open("rb") as source:
        while len(entry := source.read(ENTRY.size)) == ENTRY.size:
            yield ENTRY.unpack(entry)[2]


def _fault(report: Report, line: int, said: str) -> None:
    if len(report.faults) < MOST:
        report.faults.append(Finding(line, said))


def _within(report: Report, good: int, size: int) -> int:
    """The first line known to differ between these, else the first that may."""
    known = (fault.line for fault in report.faults if fault.line is not None and good < fault.line <= size)
    return min(known, default=good + 1)


def _note(report: Report, line: int | None, said: str) -> None:
    if len(report.notes) < MOST:
        report.notes.append(Finding(line, said))


# --- heads ----------------------------------------------------------------------------------------------------


def _own_heads(own: Sequence[Head | str], read: _Read, report: Report) -> None:
    good = 0
    for each in own:
        if isinstance(each, str):
            report.faults.append(Finding(None, f"among its heads stands what is none: {each[:60]!r}"))
            continue
        known = f"the head of {each.time} over {each.size:,} lines"
        if not _is_ours(each, known, read, report):
            continue
        if each.size > report.size:
            said = f"it and all up to line {each.size:,} are missing: {known} has them"
            report.faults.append(Finding(report.size + 1, said))
            break
        if read.roots[each.size] != each.root:
            said = f"between here and line {each.size:,} the log is not what was signed: {known}"
            report.faults.append(Finding(_within(report, good, each.size), said))
            break  # what follows it differs with it
        good, report.heads_n = max(good, each.size), report.heads_n + 1
    else:
        if good < report.size:
            said = f"the lines from here on are not signed yet: a node that runs signs within {HEAD_S:.0f} s"
            _note(report, good + 1, f"{said}; of one that doesn't, it crashed, or heads were taken away")


def _is_ours(head: Head, known: str, read: _Read, report: Report) -> bool:
    """Whether it is signed, and by the key that the log itself names for its epoch."""
    if not head.is_signed:
        report.faults.append(Finding(None, f"{known} is not signed by the key that it names"))
        return False
    ours = read.keys.get(head.epoch)
    if ours is not None and ours != head.key:
        began = report.epochs[head.epoch]
        said = f"epoch {head.epoch} begins with another key than that of {known}: it was written anew"
        report.faults.append(Finding(began, said))
        return False
    return True


def _outside(given: Sequence[tuple[Path, Head]], read: _Read, report: Report) -> int:
    """How many lines the longest head from elsewhere covers that fits."""
    good: dict[int, int] = {}
    bad: set[tuple[Path, int]] = set()
    longest = {(path, head.epoch): head for path, head in sorted(given, key=lambda each: each[1].size)}
    for path, head in given:
        if (path, head.epoch) in bad:
            continue  # what follows one that differs, differs with it
        known = _named(path, head)
        last = _last_of(head.epoch, report)
        if not _is_ours(head, known, read, report):
            fault = None
        elif last is None:
            said = f"epoch {head.epoch}, of {known}, is missing: an older state was put back"
            fault = Finding(report.size + 1, said)
        elif head.size > last:
            fault = _lost(path, longest[path, head.epoch], last, read, report)
        elif read.roots[head.size] != head.root:
            fault = _differs(path, head, good.get(head.epoch, 0), known, read, report)
        else:
            good[head.epoch], report.outside_n = head.size, report.outside_n + 1
            continue
        bad.add((path, head.epoch))
        report.faults += [fault] if fault is not None else []
    return max(good.values(), default=0)


def _named(path: Path, head: Head) -> str:
    return f"the head of {head.time} over {head.size:,} lines, kept in {path.name}"


def _last_of(epoch: int, report: Report) -> int | None:
    """The last line of an epoch; None where the log has none like it."""
    if epoch not in report.epochs:
        return None
    return min((first - 1 for other, first in report.epochs.items() if other > epoch), default=report.size)


def _lost(path: Path, head: Head, last: int, read: _Read, report: Report) -> Finding:
    known = _named(path, head)
    after = min((e for e in report.epochs if e > head.epoch), default=None)
    if after is None:
        return Finding(last + 1, f"it and all up to line {head.size:,} are missing: {known} has them")
    said = f"lines up to {head.size:,} of epoch {head.epoch} are lost: {known} has them; here begins {read.why[after]}"
    return Finding(last + 1, said)


def _differs(path: Path, head: Head, good: int, known: str, read: _Read, report: Report) -> Finding:
    """The line itself where the hashes of lines were kept beside the head; else between which it lies."""
    ours, theirs = read.hashes, _kept(leaves_beside(path, head.epoch))
    for at in range(good * SIZE, min(head.size * SIZE, len(theirs)), SIZE):
        if theirs[at : at + SIZE] != ours[at : at + SIZE]:
            return Finding(at // SIZE + 1, f"it is not the line that was written: {known} has another")
    said = f"between here and line {head.size:,} the log is not what was signed: {known}"
    return Finding(_within(report, good, head.size), said)


def _kept(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _say_unknown(given: Sequence[tuple[Path, Head]], good: int, read: _Read, report: Report) -> None:
    if not report.heads_n and report.size:
        report.unknown.append("no head of its own fits: where one was signed, it was taken away")
    if not given:
        report.unknown.append(
            "the key lies beside the log, so who owns the machine could have written all of it anew, or cut it "
            "together with its heads: only a head that was kept elsewhere would tell. Give one: --head FILE"
        )
    elif good < report.size:
        report.unknown.append(
            f"lines {good + 1:,} to {report.size:,} are under no head kept elsewhere that fits: of them only what the "
            "machine itself says is known"
        )
