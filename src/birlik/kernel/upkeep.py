"""Keeping a node: make its store again, bring it back from a backup, say what is wrong with it.

Nothing here is on the way of the data. Everything reads the journal, which is the node; the store is its fold.
"""

import contextlib
import logging
import os
import shutil
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from birlik.clock import SystemClock
from birlik.errors import NotANode, StoreUnavailable
from birlik.kernel import left, pipeline, serving
from birlik.kernel.access import keyfile
from birlik.kernel.access.acts import LINK, RESTORED
from birlik.kernel.access.sessions import SESSION
from birlik.kernel.audit import HERE, Line, epochs
from birlik.kernel.audit import files as audit_files
from birlik.kernel.intake import Delivery
from birlik.kernel.node import Node
from birlik.kernel.store import FILE, disk, engine_log, forgotten, mark, passing, retiring, sealing
from birlik.kernel.store.carrying import carry_lost, carry_over
from birlik.kernel.store.database import Database
from birlik.kernel.store.frames import Fault, Position, Record, Unreadable, scan
from birlik.kernel.store.searching import file as searched
from birlik.kernel.store.store import JOURNAL
from birlik.kernel.store.vault import FILE as VAULT
from birlik.kernel.store.vault import Vault
from birlik.kernel.store.writer import progress as reached_by

log = logging.getLogger("birlik")
SAID_EVERY_S = 10.0
"""How often a log hears how far it is."""

AGAIN = "store.rebuild.duckdb"
"""The new store until it takes the old one's place."""

Open = Callable[..., Node]
"""`assembly.open_node` of the folder; takes `store_file`, `had` and `progress`."""
Progress = Callable[[int, int | None], None]
"""Told how many messages were taken, and of how many where that is known."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    messages: int
    carried: bool
    """Alerts, sent messages and versions of figures were taken over from the old store."""
    notices: Sequence[str]


def keep_private(folder: Path) -> None:
    """What lies in a node's folder, and what this process makes from now on, is its user's only."""
    disk.private()
    disk.tighten(folder)


def open_to_others(folder: Path) -> Sequence[Path]:
    """What lies in a node's folder and others may read."""
    return disk.open_to_others(folder)


def must_not_be_newer(folder: Path) -> None:
    """Raises NotANode, before anything is opened or written, where a newer birlik wrote the folder."""
    mark.must_not_be_newer(folder / JOURNAL)


def will_be_renewed(folder: Path) -> bool:
    """Whether an older birlik wrote this folder, so that the next start makes its store again."""
    found = mark.read(folder / JOURNAL)
    return (folder / FILE).is_file() and (found is None or found.format < mark.FORMAT)


def rebuild(
    folder: Path,
    opened: Open,
    progress: Progress = lambda messages, of: None,
    *,
    past_damage: bool = False,
    following: Callable[[str, int, int], None] = lambda *_: None,
) -> Rebuilt:
    """Make all tables again from the journal into a new file, then let it take the store's place at once.

    Figures that come out the same keep their version and its date. Until the last moment the old store is untouched,
    and nothing of the journal is cut that it had.
    following: told of each derived table how many pieces of it are made, and of how many.
    past_damage: what of the journal can't be read is left as it is and noted; its rows come from the old store.
    Raises NotANode where the node runs or a newer birlik wrote it; StoreUnavailable where the journal is damaged.
    """
    if (url := serving.served_at(folder)) is not None:
        raise NotANode(f"the node of {folder} is served at {url}; end it first, then rebuild")
    must_not_be_newer(folder)
    retiring.finish(folder)
    notices: list[str] = []
    _remove(folder / AGAIN)
    old = _old_store(folder / FILE, notices)
    try:
        had, of = _reached(old, notices)
        if old is not None and not past_damage:
            _must_have_seals(folder, old, notices)
        known = passing.read(folder / JOURNAL)
        passed = passing.survey(folder / JOURNAL, had) if past_damage else known
        _keep_lost(folder, old, passed, notices)
        if passed.pieces != known.pieces:
            passing.write(folder / JOURNAL, passed)
            notices.append(f"passed over, and left as they are: {'; '.join(map(str, passed.pieces))}")
        taken = opened(
            folder, store_file=AGAIN, had=had or Position(0, 0), progress=lambda messages, _: progress(messages, of)
        )
        with contextlib.closing(taken) as node:
            node.audit.write(Line(act="rebuild", who=node.operator.name, address=HERE))
            if old is not None:
                indicators = list(node.store.catalogue.indicators.values())
                carry_over(old, node.store.database, indicators, notices)
                sealing.take_over(node.store.database, folder / JOURNAL, indicators, again=True)
            pipeline.follow(node, progress=following)
            messages = node.store.writer.next_message - 1
            if had is not None and len(list(islice(node.store.journal.read(had), 2))) > 1:
                notices.append(pipeline.behind(had))
    except BaseException:
        _remove(folder / AGAIN)
        raise
    finally:
        if old is not None:
            old.close()  # writes its log into its file, so that no log is left to be read into the new one
    # First: from here on an older birlik would not know what it sees.
    mark.write(folder / JOURNAL)
    (folder / f"{FILE}.wal").unlink(missing_ok=True)
    searched.forget(folder)
    os.replace(folder / AGAIN, folder / FILE)
    engine_log.mended(folder / FILE)
    disk.sync(folder)
    return Rebuilt(messages, old is not None, notices)


def renew(folder: Path, opened: Open, why: str, progress: Progress) -> None:
    """`rebuild`, by itself, where an older birlik left a store that this one can't go on with: said in the log."""
    log.warning("%s: it is made again from its journal, which takes a while; alerts and versions are kept", why)
    said = [time.monotonic()]

    def say(line: str) -> None:
        if time.monotonic() - said[0] > SAID_EVERY_S:
            said[0] = time.monotonic()
            log.warning("%s", line)

    def told(messages: int, of: int | None) -> None:
        progress(messages, of)
        say(f"{messages:,} of {of or 'an unknown number of'} messages taken again")

    def following(name: str, pieces: int, of: int) -> None:
        say(f"{name} is made again: {pieces} of {of} pieces")

    made = rebuild(folder, opened, told, following=following)
    for notice in made.notices:
        log.warning("%s", notice)
    log.warning("%s messages were taken again; the node goes on", f"{made.messages:,}")


def _reached(old: Database | None, notices: list[str]) -> tuple[Position | None, int | None]:
    """(how far the old store had the journal, messages in it); None where there is none to ask, or it can't say."""
    if old is None:
        return None, None
    try:
        return reached_by(old).position, int(old.all("SELECT count(*) FROM birlik_message")[0][0])
    except Exception as error:  # noqa: BLE001 - a damaged block makes the engine say anything
        notices.append(f"how far the old store had the journal can't be read ({type(error).__name__})")
        return None, None


def _must_have_seals(folder: Path, old: Database, notices: list[str]) -> None:
    """Raises StoreUnavailable where figures that were sealed would come out otherwise."""
    try:
        had = sealing.has_any(old)
    except Exception as error:  # noqa: BLE001 - a damaged block makes the engine say anything
        notices.append(f"whether figures were sealed can't be read ({type(error).__name__})")
        return
    sealing.must_be_there(folder / JOURNAL, had=had)


def finish_retaining(folder: Path) -> None:
    """Go on with a removal of what has ended that was interrupted when it was ready."""
    retiring.finish(folder)


def _keep_lost(folder: Path, old: Database | None, passed: passing.Passed, notices: list[str]) -> None:
    """Put what the old store has of the frames that can't be read any more into the new one, before all others."""
    if not passed.pieces:
        return
    saved = 0
    if old is not None:
        new = Database(folder / AGAIN, memory_limit="1GB")
        try:
            saved = carry_lost(old, new, passed)
        finally:
            new.close()
    notices.append(f"of what was passed over {saved:,} messages were in the old store: their rows are kept")


def _old_store(file: Path, notices: list[str]) -> Database | None:
    """The old store, held so that nobody else opens it meanwhile; None where there is none that can be read."""
    if not file.is_file():
        notices.append("there is no old store; alerts and versions of figures begin anew")
        return None
    old = None
    try:
        old = Database(file, memory_limit="1GB")
        form = old.form()
    except Exception as error:
        if old is not None:
            old.close()
        if "another process" in str(error):
            raise
        said = str(error) if isinstance(error, StoreUnavailable) else type(error).__name__
        notices.append(f"the old store can't be read ({said}); alerts and versions of figures begin anew")
        return None
    if form is not None and form > mark.FORMAT:
        old.close()
        raise mark.newer(file.parent, form)
    notices += old.mended
    return old


def restore(backup: Path, folder: Path, *, erasures: Path | None = None, without_erasures: bool = False) -> int:
    """Make a node of a backup; returns its bytes. All of it is on the disk before this returns.

    erasures: the list of what was erased here, where it doesn't lie where the backup says. It is copied to where the
    restored node looks for it, which erases once more whatever the backup has of it.
    without_erasures: there is none any more, by an operator's word.
    Raises NotANode where there is no backup, the target isn't empty, or the list isn't there; BadRequest for what is
    wrong with a path.
    """
    with disk.to_a_path(backup, "backup"):
        if not (backup / "birlik.toml").is_file() or not (backup / JOURNAL).is_dir():
            raise NotANode(f"{backup} holds no backup (birlik.toml and {JOURNAL}/ belong to one)")
    with disk.to_a_path(folder, "data_dir"):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise NotANode(f"{folder} is not empty; name a new folder, so that nothing is overwritten")
        must_not_be_newer(backup)
        found = _list_of(backup, folder, erasures, without=without_erasures)
        staged = folder.with_name(f"{folder.name}.restoring")
        try:
            if staged.exists():
                shutil.rmtree(staged)
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Contents only: a backup may have come by a way that kept no modes, or others' ones.
            # And no key: who has a backup can't sign in the node's name.
            ignored = shutil.ignore_patterns(serving.NOTE, "spill", AGAIN, audit_files.KEY, forgotten.NOTE)
            shutil.copytree(backup, staged, ignore=ignored, copy_function=shutil.copyfile)
            _hold_who_gets_in(staged)
            for path in (staged, *staged.rglob("*")):
                path.chmod(0o700 if path.is_dir() else 0o600)
            if found is not None:
                forgotten.copy_list(found, _list_at(backup, folder))
            said = "a backup was restored"
            epochs.note(staged, f"{said}, without the list of what was erased" if without_erasures else said)
            disk.sync_tree(staged)
            if folder.exists():
                folder.rmdir()
            os.replace(staged, folder)
            disk.sync(folder.parent)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _list_at(backup: Path, folder: Path) -> Path:
    """Where the restored node looks for the list of what was erased."""
    told = tomllib.loads((backup / "birlik.toml").read_text(encoding="utf-8")).get("key_file")
    return forgotten.beside(Path(told) if told else keyfile.beside(folder))


def _list_of(backup: Path, folder: Path, told: Path | None, *, without: bool) -> Path | None:
    """The list of what was erased. Raises NotANode where there has to be one and none is found."""
    noted = forgotten.noted(backup)
    for path in (told, _list_at(backup, folder), noted):
        if path is not None and path.is_file():
            return path
    if told is not None or (noted is not None and not without):
        raise NotANode(
            f"{told or noted} isn't there: it says what was erased since the backup was made, and would come back. "
            "Bring it (--erasures FILE); where it is lost for good, say so: --without-erasures"
        )
    return None


def _hold_who_gets_in(folder: Path) -> None:
    """What was withdrawn since the backup was made must not hold again: sessions and links end, grants and keys wait
    for an administrator's word."""
    if not (folder / VAULT).is_file():
        return
    with contextlib.closing(Vault(folder)) as vault:
        for kind in (SESSION, LINK):
            vault.drop(kind)
        vault.put(RESTORED, "", {"before": SystemClock().now().isoformat()})


def _remove(file: Path) -> None:
    for path in (file, file.with_name(f"{file.name}.wal")):
        path.unlink(missing_ok=True)


# --- what is wrong --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    ok: bool
    said: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class JournalState:
    messages: int
    frames: int
    size_bytes: int
    faults: Sequence[str]
    passed: Sequence[str]
    """What an operator has had passed over; no fault any more."""


def read_journal(folder: Path, *, running: bool, progress: Callable[[int], None] = lambda by: None) -> JournalState:
    """Read every frame and compare every message with its hash. Only reads, so that a running node may go on.

    `running`: the last file may end within a frame that is just being written.
    """
    messages = n = size = 0
    faults: list[str] = []
    passed = passing.read(folder / JOURNAL)
    try:
        sealing.read(folder / JOURNAL)
    except StoreUnavailable as error:
        faults.append(str(error))
    paths = sorted((folder / JOURNAL).glob("*.journal"))
    for path in paths:
        at = 0
        # The size first: a running node writes on, and what it adds meanwhile is no fault.
        there = path.stat().st_size
        size += there
        for found in scan(path, 0, passed.of(int(path.stem))):
            if isinstance(found, Unreadable):
                if found.at.offset < there and not (running and path == paths[-1] and found.fault is not Fault.NEWER):
                    faults.append(f"{path.name} {_said(found)} at byte {found.at.offset} of {there}")
                break
            faults += [
                f"message {r.message_no} in {path.name} differs from its hash" for r in found.records if _differs(r)
            ]
            n, messages = n + 1, messages + len(found.records)
            progress(found.end.offset - at)
            at = found.end.offset
    return JournalState(messages, n, size, faults, [str(piece) for piece in passed.pieces])


def _said(found: Unreadable) -> str:
    return "was written by a newer birlik" if found.fault is Fault.NEWER else "is damaged"


def _differs(record: Record) -> bool:
    if record.size_bytes != len(record.body):
        return False  # over the limit: only its hash was kept
    if left.DIGEST in record.parameters:
        return not left.is_whole(record.body, record.parameters)
    delivery = Delivery(
        body=record.body,
        media_type=record.media_type,
        source_id=record.source_id,
        received_time=record.received_time,
        parameters=record.parameters,
    )
    return pipeline.digest_of(delivery) != record.sha256


def erasures(folder: Path) -> tuple[Path, int, int]:
    """(where the list of what was erased is looked for, how many erasures were done in this journal, how many of them
    the list doesn't have). Raises StoreUnavailable where either can't be read."""
    at, done = _list_at(folder, folder), set(forgotten.done(folder / JOURNAL))
    return at, len(done), len(done - set(forgotten.Erasures(at).all))


def room(folder: Path) -> tuple[int, int]:
    """(free, total) bytes of the disk that the folder lies on."""
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total
