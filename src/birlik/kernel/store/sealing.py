"""Figures whose rows have ended: as they stood, in the journal's folder, and in the store for good.

`sealed.zip` beside the journal's files has them, by indicator, with the day up to which its periods are sealed. It is
part of the journal: a store that is made again takes it over, and nothing that is computed later takes the place of
what it says.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from birlik.clock import day_number
from birlik.errors import StoreUnavailable
from birlik.kernel.indicators import Indicator
from birlik.kernel.store.database import Database, fetch, quoted
from birlik.kernel.store.disk import written
from birlik.kernel.store.inserting import insert
from birlik.kernel.store.writer import set_state, state
from birlik.kernel.tables import Rows, Type

FILE = "sealed.zip"
STATE, UNTIL = "sealed", "sealed:"
"""Keys of the state: the digest of the file that the store has taken over; by indicator, up to when it is sealed."""
_SAID, _FIGURES = "sealed.json", ".parquet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seals:
    """What the file says."""

    present: date
    """The day that it was when rows were last removed, as the deliveries told it."""
    removed_to: date
    """No row of a table with an end that came before this is left, but for those that are kept longer."""
    until: Mapping[str, str] = field(default_factory=dict)
    """By indicator, `2026-03-14`: periods that began up to then are sealed."""
    figures: Mapping[str, Rows] = field(default_factory=dict)
    """By indicator, all versions of those periods; of one without periods, versions that ended when rows were
    removed."""


def read(journal: Path, *, figures: bool = True) -> Seals | None:
    """None where nothing was ever removed; without its figures where they aren't asked for.

    Raises StoreUnavailable where the file can't be read.
    """
    file = journal / FILE
    if not file.is_file():
        return None
    try:
        with zipfile.ZipFile(file) as packed:
            said = json.loads(packed.read(_SAID))
            found = {
                name.removesuffix(_FIGURES): pq.read_table(io.BytesIO(packed.read(name)))
                for name in packed.namelist()
                if name.endswith(_FIGURES) and figures
            }
        return Seals(
            present=date.fromisoformat(said["present"]),
            removed_to=date.fromisoformat(said["removed_to"]),
            until=dict(said["until"]),
            figures=found,
        )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, pa.ArrowException) as error:
        raise StoreUnavailable(f"{file} can't be read: restore it from a backup") from error


def write(journal: Path, seals: Seals) -> None:
    """Put it beside the journal's files, on the disk before this returns."""
    made = io.BytesIO()
    said = {
        "present": seals.present.isoformat(),
        "removed_to": seals.removed_to.isoformat(),
        "until": dict(seals.until),
    }
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(zipfile.ZipInfo(_SAID), json.dumps(said, indent=1))
        for name, rows in seals.figures.items():
            body = io.BytesIO()
            pq.write_table(rows, body, compression="zstd")
            packed.writestr(zipfile.ZipInfo(name + _FIGURES), body.getvalue())
    written(journal / FILE, made.getvalue())


def digest(journal: Path) -> str:
    """Of the file; empty where there is none."""
    file = journal / FILE
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def is_sealed(indicator: Indicator, until: str, alias: str = "") -> str:
    """SQL: is a figure of a period that began up to then? `2026-03` began before `2026-03-14`."""
    column = f'{alias}."{indicator.period}"' if alias else f'"{indicator.period}"'
    day = date.fromisoformat(until)
    kind = next(d.type for d in indicator.dimensions if d.name == indicator.period)
    if kind is Type.DAY:
        return f"coalesce({column} <= {day_number(day)}, FALSE)"
    return f"coalesce(left(CAST({column} AS VARCHAR), 10) <= '{day.isoformat()}', FALSE)"


def until(cursor: Any, indicator: Indicator) -> str | None:
    """Up to when an indicator is sealed in this store, as a step finds it."""
    if not indicator.period:
        return None
    found = cursor.execute("SELECT value FROM birlik_state WHERE key = ?", [UNTIL + indicator.name]).fetchall()
    return str(found[0][0]) if found else None


def take_over(database: Database, journal: Path, indicators: Sequence[Indicator], *, again: bool = False) -> None:
    """Let the store say what the file says, where it does not yet. Raises StoreUnavailable.

    again: also where it has taken the file over before; something else was put over it since.
    """
    must_be_there(journal, had=has_any(database))
    known, there = state(database).get(STATE, ""), digest(journal)
    if not there or (known == there and not again):
        return
    seals = read(journal)
    assert seals is not None
    with database.transaction() as cursor:
        for indicator in indicators:
            if indicator.name in seals.figures:
                put(cursor, indicator, seals.figures[indicator.name], seals.until.get(indicator.name))
        cursor.execute("DELETE FROM birlik_state WHERE starts_with(key, ?)", [UNTIL])
        set_state(cursor, **{STATE: there}, **{UNTIL + name: day for name, day in seals.until.items()})


def has_any(database: Database) -> bool:
    """Whether a store has taken over sealed figures."""
    return bool(state(database).get(STATE))


def must_be_there(journal: Path, *, had: bool) -> None:
    """Raises StoreUnavailable where a store has taken over what is no more: its figures would come out otherwise."""
    if had and not (journal / FILE).is_file():
        raise StoreUnavailable(f"{journal / FILE} is missing: restore it from a backup")


def put(cursor: Any, indicator: Indicator, rows: Rows, day: str | None) -> None:
    """Put figures in the place of those of the sealed periods, or, without periods, beside those that are there."""
    table = indicator.table
    there = [str(row[0]) for row in cursor.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()]
    rows = rows.select([name for name in there if name in rows.column_names])
    if day is not None and indicator.period:
        cursor.execute(f"DELETE FROM {table} WHERE {is_sealed(indicator, day)}")
        insert(cursor, table, rows)
        return
    names = [*indicator.dimension_names, "view", "valid_from", "valid_to"]
    same = " AND ".join(f'f."{n}" IS NOT DISTINCT FROM s."{n}"' for n in names)
    cursor.register("sealed_rows", rows)
    try:
        sql = f"SELECT {quoted(rows.column_names)} FROM sealed_rows s WHERE NOT EXISTS (FROM {table} f WHERE {same})"
        missing = fetch(cursor, sql)
    finally:
        cursor.unregister("sealed_rows")
    insert(cursor, table, missing)


def sealed(
    old: Database, made: Database, indicator: Indicator, seals: Seals, edge: str, *, without: str = "FALSE"
) -> Seals:
    """With the figures of an indicator that would come out otherwise than they stood.

    old, made: the store as it was, and without what went. edge: the day up to which periods may be sealed.
    without: SQL, which of the figures that stood are not to stay.
    """
    rows, name = old.arrow(f"SELECT * FROM {indicator.table} WHERE NOT {without}"), indicator.name
    said = quoted([*indicator.dimension_names, *(m.name for m in indicator.measures), "withheld", "view"])
    within = is_sealed(indicator, edge) if indicator.period else "TRUE"
    cursor = made.cursor()
    cursor.register("stood", rows)
    try:
        where = f"WHERE valid_to IS NULL AND {within}"
        ours, theirs = f"SELECT {said} FROM {indicator.table} {where}", f"SELECT {said} FROM stood {where}"
        differs = f"SELECT 1 FROM (({ours} EXCEPT {theirs}) UNION ALL ({theirs} EXCEPT {ours})) LIMIT 1"
        if not cursor.execute(differs).fetchall():
            return seals
        if not indicator.period:
            # It has no end, and goes on with the rows that are left; what it said of the others is a version now.
            same = " AND ".join(
                f'f."{n}" IS NOT DISTINCT FROM s."{n}"' for n in (*indicator.dimension_names, "view", "valid_from")
            )
            ended = fetch(
                cursor,
                f"SELECT f.* FROM {indicator.table} f WHERE f.valid_to IS NOT NULL AND EXISTS "
                f"(SELECT 1 FROM stood s WHERE s.valid_to IS NULL AND {same})",
            )
            before = [seals.figures[name]] if name in seals.figures else []
            whole = pa.concat_tables([*before, ended], promote_options="default")
            return replace(seals, figures={**seals.figures, name: whole})
        edge = max(edge, seals.until.get(name, ""))
        stood = fetch(cursor, f"SELECT * FROM stood WHERE {is_sealed(indicator, edge)}")
    finally:
        cursor.unregister("stood")
    until = {**seals.until, name: edge}
    return replace(seals, until=until, figures={**seals.figures, name: stood})


def only(database: Database, rows: Rows, without: str) -> Rows:
    """Those of some figures that a condition, in SQL, isn't true of."""
    with database.world():
        cursor = database.cursor()
        cursor.register("sealed_rows", rows)
        try:
            return fetch(cursor, f"SELECT * FROM sealed_rows WHERE NOT {without}")
        finally:
            cursor.unregister("sealed_rows")
