"""What has ended by `kept_days`, and how a journal without it takes the place of the one with it.

All that is to come is made in a folder of its own (`retaining`), a whole node; only then it is marked as ready, and its
files take their places. Killed before the mark, nothing has happened; killed behind it, the next start goes on.
"""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import zstandard

from birlik.clock import date_of
from birlik.errors import StoreUnavailable
from birlik.kernel.store import attached, disk, forgotten, mark, passing, sealing
from birlik.kernel.store.database import Database
from birlik.kernel.store.frames import Record, Unreadable, packed, refusal, scan
from birlik.kernel.store.journal import LOCK, locked
from birlik.kernel.store.searching import file as searched
from birlik.kernel.tables import Table

STAGED, READY = "retaining", "ready"
ERASING = "erasing"
"""The folder of what is made without what is erased, likewise."""
A_DAY = timedelta(days=1)
EVER = 500_000
"""Days; longer than anything has been written down."""
STEP_DAYS = 2
"""By so much at most a day with deliveries moves the present on: a clock that jumps ahead for an hour ends nothing."""
SLACK_DAYS = 2
"""Rows stay so much longer than they have to, which is what such a clock could take."""

Flags = npt.NDArray[np.bool_]
"""By number of a message, whether it goes."""
Kept = Mapping[str, int]
"""By table, how many days its rows are kept; one that isn't named keeps them for ever."""


def kept(tables: Mapping[str, Table], said: Kept) -> Kept:
    """By what the settings say, else by what is declared; rows that lead to others' go with those."""
    found: dict[str, int] = {}
    for name, table in tables.items():
        days = said.get(name, table.kept_days)
        if table.life_days is not None and (days is None or days > table.life_days):
            days = table.life_days
        if days is None and table.beside in tables:
            days = said.get(table.beside, tables[table.beside].kept_days)
        if days is not None and not table.is_kept:
            found[name] = days
    return found


def present(database: Database, since: date | None) -> date | None:
    """The day that it is, as the days tell on which messages came; None where none did.

    since: the present when rows were last removed.
    """
    day = since
    for (n,) in database.all("SELECT DISTINCT received_day FROM birlik_message ORDER BY 1"):
        came = date_of(n)
        if day is None or came > day:
            day = came if day is None else min(came, day + STEP_DAYS * A_DAY)
    return day


def ended(
    database: Database,
    tables: Mapping[str, Table],
    days: Kept,
    by_intake: Mapping[str, tuple[str, ...]],
    today: date,
    passed: passing.Passed,
) -> Flags:
    """Messages all of whose rows have ended. What has one row that is kept stays as a whole.

    by_intake: by media type, the tables that it may bring rows to; they decide for a message that brought none.
    """
    brought = " UNION ALL ".join(
        f'SELECT DISTINCT message_no, {days.get(name, "NULL")}::BIGINT AS days FROM "{name}"' for name in tables
    )
    bare = {
        media_type: max(days[name] for name in named)
        for media_type, named in by_intake.items()
        if named and all(name in days for name in named)
    }
    left = [piece.segment for piece in passed.pieces]
    numbers = database.arrow(
        f"WITH brought AS (SELECT message_no, CASE WHEN bool_and(days IS NOT NULL) THEN max(days) ELSE {EVER} END "
        f"AS days FROM ({brought}) GROUP BY 1), bare AS (SELECT unnest(?::VARCHAR[]) AS media_type, "
        "unnest(?::BIGINT[]) AS days) SELECT m.message_no FROM birlik_message m LEFT JOIN brought USING (message_no) "
        f"LEFT JOIN bare USING (media_type) WHERE NOT list_contains(?::BIGINT[], m.segment) AND m.received_time "
        f"< ?::TIMESTAMPTZ - to_days(coalesce(brought.days, bare.days, {EVER})::INTEGER)",
        [list(bare), list(bare.values()), left, limit(today, 0)],
    )
    found = numbers.column(0).to_numpy()
    gone = np.zeros(int(found.max(initial=0)) + 1, np.bool_)
    gone[found] = True
    return gone


def limit(today: date, days: int) -> datetime:
    """What came before this has ended."""
    return _moment(today - (days + SLACK_DAYS) * A_DAY)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def oldest(database: Database, days: Kept) -> Mapping[str, datetime]:
    """By table with an end, when the oldest of its rows came."""
    found: dict[str, datetime] = {}
    for name in days:
        rows = database.all(
            f'SELECT received_time FROM birlik_message WHERE message_no = (SELECT min(message_no) FROM "{name}")'
        )
        found |= {name: rows[0][0]} if rows else {}
    return found


def stage(folder: Path, gone: Flags) -> Path:
    """A folder with the settings, and the journal without some messages. Raises StoreUnavailable for a damaged one."""
    staged = folder / STAGED
    shutil.rmtree(staged, ignore_errors=True)
    journal = staged / "journal"
    journal.mkdir(mode=0o700, parents=True)
    disk.copied(folder / "birlik.toml", staged / "birlik.toml")
    for name in (mark.FILE, passing.FILE, sealing.FILE, forgotten.DONE):
        if (folder / "journal" / name).is_file():
            disk.copied(folder / "journal" / name, journal / name)
    attached.copy(folder, staged)
    passed, last = passing.read(folder / "journal"), 0
    for path in sorted((folder / "journal").glob("*.journal")):
        last = int(path.stem)
        if passed.of(last) or not _trim(path, journal / path.name, gone):
            try:
                os.link(path, journal / path.name)
            except OSError:  # there are file systems without links
                disk.copied(path, journal / path.name)
    # What is written from now on begins a file of its own: what stands is another name of the same bytes.
    disk.written(journal / f"{max(last, passed.last) + 1:08d}.journal", b"")
    return staged


def _trim(path: Path, target: Path, gone: Flags) -> bool:
    """Write a file of the journal without some messages; False where it has none of them, and nothing was written."""
    if not any(_goes(r, gone) for f in scan(path) if not isinstance(f, Unreadable) for r in f.records):
        return False
    compressor = zstandard.ZstdCompressor(level=3)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for found in scan(path):
            if isinstance(found, Unreadable):
                raise refusal(path, found.at.offset, found.fault)
            if left := [r for r in found.records if not _goes(r, gone)]:
                file.writelines(packed(found.seq, left, compressor))
        file.flush()
        os.fsync(file.fileno())
    return True


def _goes(record: Record, gone: Flags) -> bool:
    return record.message_no < gone.size and bool(gone[record.message_no])


def finish(folder: Path) -> None:
    """Go on with what a kill interrupted, or take away what had not come so far. Nothing where somebody is at it."""
    names = [name for name in (STAGED, ERASING) if (folder / name).is_dir()]
    if not names:
        return
    try:
        lock = locked(folder / "journal" / LOCK)
    except StoreUnavailable:
        return
    try:
        for name in names:
            put_in_place(folder, name)
    finally:
        os.close(lock)


def put_in_place(folder: Path, name: str = STAGED) -> None:
    """What is ready takes its place; what isn't is taken away. Whoever calls holds the journal's lock."""
    staged, journal = folder / name, folder / "journal"
    if (staged / READY).is_file():
        for path in sorted((staged / "journal").glob("*")):
            if path.name in (sealing.FILE, forgotten.DONE) or path.suffix == ".journal":
                os.replace(path, journal / path.name)
        disk.sync(journal)
        if (staged / "store.duckdb").is_file():
            (folder / "store.duckdb.wal").unlink(missing_ok=True)
            searched.forget(folder)
            os.replace(staged / "store.duckdb", folder / "store.duckdb")
            disk.sync(folder)
        (staged / READY).unlink()
        disk.sync(staged)
    shutil.rmtree(staged)
    disk.sync(folder)
