"""What an old store knows and no journal tells, taken over into the one that is made in its place."""

from collections.abc import Sequence

import pyarrow as pa

from birlik.kernel.indicators import Indicator
from birlik.kernel.store.database import FIRST_METHOD, Database, quoted
from birlik.kernel.store.frames import Position
from birlik.kernel.store.inserting import insert
from birlik.kernel.store.passing import Passed
from birlik.kernel.store.system import ALERT, CAP_MESSAGE, MESSAGE, QUARANTINE

CARRIED = (ALERT.name, CAP_MESSAGE.name, "birlik_outbox")
"""When alerts were opened, what was sent of them, what still waits."""


def carry_over(old: Database, new: Database, indicators: Sequence[Indicator], notices: list[str]) -> None:
    """Alerts, what was sent of them, the versions of figures, and how entries of the quarantine were settled."""
    for name in (*CARRIED, *(i.table for i in indicators if not i.live)):
        try:
            _copy(old, new, name)
            if name.startswith("figure_"):
                new.all(f'UPDATE "{name}" SET method_version = {FIRST_METHOD} WHERE method_version IS NULL')
        except Exception as error:  # noqa: BLE001 - a damaged block makes the engine say anything
            notices.append(f"{name} of the old store can't be read ({type(error).__name__}); it begins anew")
    _carry_quarantine(old, new, notices)


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


def carry_lost(old: Database, new: Database, passed: Passed) -> int:
    """The rows of the frames that can't be read any more, into a new and empty store; returns their messages.

    They are put in before the journal is read again: what repeats them later is a repetition, as it was.
    """
    messages = old.all(f"SELECT segment, frame_start, seq FROM {MESSAGE.name}")
    lost = sorted({seq for segment, start, seq in messages if passed.begins_in(Position(segment, start))})
    if not lost:
        return 0
    chosen = pa.table({"seq": pa.array(lost, pa.int64())})
    named = old.all("SELECT DISTINCT table_name FROM information_schema.columns WHERE column_name = 'seq' ORDER BY 1")
    for (name,) in named:
        cursor = old.cursor()
        cursor.register("lost", chosen)
        try:
            rows = old.arrow(f'SELECT * FROM "{name}" WHERE seq IN (SELECT seq FROM lost)')
        finally:
            cursor.unregister("lost")
        with new.transaction() as cursor:
            cursor.register("rows", rows)
            try:
                cursor.execute(f'CREATE TABLE "{name}" AS SELECT * FROM rows')
            finally:
                cursor.unregister("rows")
    return len([1 for segment, start, _ in messages if passed.begins_in(Position(segment, start))])
