"""Keeping a node: make its store again, bring it back from a backup, say what is wrong with it.

Nothing here is on the way of the data. Everything reads the journal, which is the node; the store is its fold.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from birlik.errors import NotANode, StoreUnavailable
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery
from birlik.kernel.node import Node
from birlik.kernel.store import FILE
from birlik.kernel.store.database import Database, quoted
from birlik.kernel.store.inserting import insert
from birlik.kernel.store.journal import Record, frames
from birlik.kernel.store.store import JOURNAL
from birlik.kernel.store.system import ALERT, CAP_MESSAGE, QUARANTINE
from birlik.kernel.store.writer import progress as reached_by

SERVING = "serving.json"
"""In the folder while the node is served: {"url", "pid"}."""
AGAIN = "store.rebuild.duckdb"
"""The new store until it takes the old one's place."""
CARRIED = (ALERT.name, CAP_MESSAGE.name, "birlik_outbox")
"""What the journal can't tell: when alerts were opened, what was sent of them, what still waits."""

Open = Callable[..., Node]
"""`assembly.open_node` of the folder; takes `store_file` and `progress`."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    messages: int
    carried: bool
    """Alerts, sent messages and versions of figures were taken over from the old store."""
    notices: Sequence[str]


def address_of(folder: Path) -> str | None:
    """Where the node of this folder is served, if it is."""
    try:
        told = json.loads((folder / SERVING).read_text(encoding="utf-8"))
        os.kill(int(told["pid"]), 0)
        return str(told["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no note, or one that a killed process left behind


def rebuild(folder: Path, opened: Open, progress: Callable[[int], None] = lambda messages: None) -> Rebuilt:
    """Make all tables again from the journal into a new file, then let it take the store's place at once.

    Figures that come out the same keep their version and its date. Until the last moment the old store is untouched.
    Raises NotANode where the node runs; StoreUnavailable where the journal is damaged.
    """
    if (url := address_of(folder)) is not None:
        raise NotANode(f"the node of {folder} is served at {url}; end it first, then rebuild")
    notices: list[str] = []
    _remove(folder / AGAIN)
    old = _old_store(folder / FILE, notices)
    try:
        node = opened(folder, store_file=AGAIN, progress=progress)
        try:
            _must_be_whole(old, node)
            if old is not None:
                _carry_over(old, node, notices)
            pipeline.follow(node)
            messages = node.store.writer.next_message - 1
        finally:
            node.close()
    except BaseException:
        _remove(folder / AGAIN)
        raise
    finally:
        if old is not None:
            old.close()  # writes its log into its file, so that no log is left to be read into the new one
    (folder / f"{FILE}.wal").unlink(missing_ok=True)
    os.replace(folder / AGAIN, folder / FILE)
    _sync(folder)
    return Rebuilt(messages, old is not None, notices)


def _old_store(file: Path, notices: list[str]) -> Database | None:
    """The old store, held so that nobody else opens it meanwhile; None where there is none that can be read."""
    if not file.is_file():
        notices.append("there is no old store; alerts and versions of figures begin anew")
        return None
    old = None
    try:
        old = Database(file, memory_limit="1GB")
        reached_by(old)
    except Exception as error:
        if old is not None:
            old.close()
        if "another process" in str(error):
            raise
        said = str(error) if isinstance(error, StoreUnavailable) else type(error).__name__
        notices.append(f"the old store can't be read ({said}); alerts and versions of figures begin anew")
        return None
    return old


def _must_be_whole(old: Database | None, node: Node) -> None:
    """A journal that ends before what the old store had is damaged: its end is lost, and the store is all there is."""
    if old is None:
        return
    had = reached_by(old).position
    if had is not None and node.store.journal.end < had:
        raise StoreUnavailable(
            f"the journal ends at byte {node.store.journal.end.offset} of file {node.store.journal.end.segment}, but "
            f"the store had it up to byte {had.offset} of file {had.segment}: restore the journal from a backup"
        )


def _carry_over(old: Database, node: Node, notices: list[str]) -> None:
    figures = [i.table for i in node.store.catalogue.indicators.values() if not i.live]
    for name in (*CARRIED, *figures):
        try:
            _copy(old, node.store.database, name)
        except Exception as error:  # noqa: BLE001 - a damaged block makes the engine say anything
            notices.append(f"{name} of the old store can't be read ({type(error).__name__}); it begins anew")
    _carry_quarantine(old, node.store.database, notices)


def _copy(old: Database, new: Database, name: str) -> None:
    columns = [c for c in _columns(new, name) if c in set(_columns(old, name))]
    if columns:
        rows = old.arrow(f'SELECT {quoted(columns)} FROM "{name}"')
        with new.transaction() as cursor:
            cursor.execute(f'DELETE FROM "{name}"')
            insert(cursor, name, rows)


def _columns(database: Database, name: str) -> list[str]:
    return [
        str(row[0])
        for row in database.all(
            "SELECT column_name FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position", [name]
        )
    ]


def _carry_quarantine(old: Database, new: Database, notices: list[str]) -> None:
    try:
        rows = old.arrow(f"SELECT quarantine_id, status, resolved_time FROM {QUARANTINE.name} WHERE status <> 'open'")
        with new.transaction() as cursor:
            cursor.register("settled", rows)
            try:
                cursor.execute(
                    f"UPDATE {QUARANTINE.name} SET status = s.status, resolved_time = s.resolved_time FROM settled s "
                    f"WHERE {QUARANTINE.name}.quarantine_id = s.quarantine_id AND {QUARANTINE.name}.status = 'open'"
                )
            finally:
                cursor.unregister("settled")
    except Exception as error:  # noqa: BLE001 - as above
        notices.append(f"the old quarantine can't be read ({type(error).__name__}); its acts are those of the journal")


def restore(backup: Path, folder: Path) -> int:
    """Make a node of a backup; returns its bytes. Raises NotANode where there is none, or the target isn't empty."""
    if not (backup / "birlik.toml").is_file() or not (backup / JOURNAL).is_dir():
        raise NotANode(f"{backup} holds no backup (birlik.toml and {JOURNAL}/ belong to one)")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotANode(f"{folder} is not empty; name a new folder, so that nothing is overwritten")
    staged = folder.with_name(f"{folder.name}.restoring")
    try:
        if staged.exists():
            shutil.rmtree(staged)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(backup, staged, ignore=shutil.ignore_patterns(SERVING, "spill", AGAIN))
        if folder.exists():
            folder.rmdir()
        os.replace(staged, folder)
        _sync(folder.parent)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise StoreUnavailable(f"the backup could not be copied: {error.strerror or error}") from error
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _remove(file: Path) -> None:
    for path in (file, file.with_name(f"{file.name}.wal")):
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def read_journal(folder: Path, *, running: bool, progress: Callable[[int], None] = lambda by: None) -> JournalState:
    """Read every frame and compare every message with its hash. Only reads, so that a running node may go on.

    `running`: the last file may end within a frame that is just being written.
    """
    messages = n = size = 0
    faults: list[str] = []
    paths = sorted((folder / JOURNAL).glob("*.journal"))
    for path in paths:
        whole = 0
        # The size first: a running node writes on, and what it adds meanwhile is no fault.
        there = path.stat().st_size
        size += there
        for end, _, records in frames(path, strict=False):
            faults += [f"message {r.message_no} in {path.name} differs from its hash" for r in records if _differs(r)]
            n, messages = n + 1, messages + len(records)
            progress(end.offset - whole)
            whole = end.offset
        if whole < there and not (running and path == paths[-1]):
            faults.append(f"{path.name} is damaged at byte {whole} of {there}")
    return JournalState(messages, n, size, faults)


def _differs(record: Record) -> bool:
    if record.size_bytes != len(record.body):
        return False  # over the limit: only its hash was kept
    delivery = Delivery(
        body=record.body,
        media_type=record.media_type,
        source_id=record.source_id,
        received_time=record.received_time,
        parameters=record.parameters,
    )
    return pipeline.digest_of(delivery) != record.sha256


def disk(folder: Path) -> tuple[int, int]:
    """(free, total) bytes of the disk that the folder lies on."""
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total
