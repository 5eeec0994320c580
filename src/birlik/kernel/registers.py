"""Intakes that every node has: an operator's edit of a register, an act upon the quarantine, and the last resort.

All go through the journal like any delivery, so that a rebuild finds them again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from birlik.clock import utc
from birlik.errors import Malformed, OutOfRange, Where
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup
from birlik.kernel.policy import Views, atoms
from birlik.kernel.tables import WHOLE, Derived, Field, Table, Type, arrow_schema
from birlik.said import Said

ROWS = "application/vnd.birlik.rows+json"
ACT = "application/vnd.birlik.act+json"
UNKNOWN = "application/vnd.birlik.unknown"
"""Of a file that no intake takes: it goes to quarantine with its bytes, and the reason says what was seen."""
HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Trial:
    """On what an edit is tried before it is taken. Once taken, what can't be used would stop all that follows."""

    derived: Sequence[Derived]
    schemas: Mapping[str, Any]
    """Of their sources, by name."""
    standing: Callable[[], Mapping[str, Any]]
    """Each register as it stands, with `views`."""
    views: Views


def built_in(
    registers: Mapping[str, Table], declared: Sequence[Intake] = (), trial: Trial | None = None
) -> tuple[Intake, ...]:
    """The intakes of a node with these registers, beside the declared ones."""

    def rows(delivery: Delivery, lookup: Lookup) -> Decoded:
        decoded = _rows(registers, delivery)
        for name, edited in decoded.rows.items():
            if trial is not None:
                tried(registers[name], edited, trial, trial.views.of(delivery.labels))
        return decoded

    edit = Intake(
        name="rows",
        title="Rows of a register",
        media_type=ROWS,
        decode=rows,
        tables=tuple(registers),
        in_order=True,
        example='{"table": "…", "rows": [{…}]}',
    )
    act = Intake(
        name="act",
        title="What becomes of entries of the quarantine",
        media_type=ACT,
        decode=lambda delivery, lookup: Decoded(),
        tables=(),
    )

    return (edit, act, unknown(declared))


def unknown(declared: Sequence[Intake]) -> Intake:
    """The last resort: refuses what no intake takes, and says why."""
    return Intake(
        name="unknown",
        title="A form that no intake takes",
        media_type=UNKNOWN,
        decode=partial(_refused, declared),
        tables=(),
        apart=True,
    )


def _refused(declared: Sequence[Intake], delivery: Delivery, lookup: Lookup) -> Decoded:
    raise Malformed(why_not(declared, delivery.body, delivery.filename or ""))


def recognised(
    declared: Sequence[Intake], body: bytes, filename: str, parameters: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """(media type, the parameters that were read off the file); UNKNOWN where nobody takes it."""
    for intake in declared:
        if intake.claims is not None and intake.claims(parameters):
            return intake.media_type, {}
    seen = _seen(body)
    for intake in declared:
        if intake.sniff is not None and (found := intake.sniff(seen, filename)) is not None:
            return intake.media_type, found
    return UNKNOWN, {}


def why_not(declared: Sequence[Intake], body: bytes, filename: str) -> str:
    """One sentence, from the intake that has most to say of the file."""
    if not body:
        return Said("the file is empty")
    said = [intake.why_not(_seen(body), filename) for intake in declared if intake.why_not is not None]
    names = ", ".join(intake.name for intake in declared)
    return next((text for text in said if text), Said("no intake knows this form; there are {names}", names=names))


def _seen(body: bytes) -> bytes:
    return body if body.startswith(b"PK") else body[:HEAD_BYTES]


def _rows(registers: Mapping[str, Table], delivery: Delivery) -> Decoded:
    """{"table": name, "rows": [{field: value}]}: all right, or all refused, since half an edit is another edit."""
    try:
        told = orjson.loads(delivery.body)
    except orjson.JSONDecodeError as error:
        raise Malformed(
            Said("this is no JSON: {error}", error=error), where=Where(line=error.lineno, column=error.colno)
        ) from None
    if not isinstance(told, dict) or not isinstance(told.get("rows"), list):
        raise Malformed(Said('an edit is {"table": name, "rows": [{field: value}]}'), where=Where(pointer=""))
    table = registers.get(str(told.get("table")))
    if table is None:
        raise Malformed(Said("table is one of {names}", names=", ".join(registers)), where=Where(pointer="/table"))
    made = rows_told(table, told["rows"])
    return Decoded(rows={table.name: pa.Table.from_pylist(made, schema=table.schema)})


def rows_told(table: Table, told: Sequence[Any]) -> list[dict[str, Any]]:
    """Whole rows out of JSON. Raises Malformed with the place of what is wrong."""
    made = [_row(table, row, i) for i, row in enumerate(told)]
    seen: dict[tuple[Any, ...], int] = {}
    for i, row in enumerate(made):
        key = tuple(row[k] for k in table.key)
        if key in seen:
            raise Malformed(Said("the same key as row {row}", row=seen[key]), where=Where(pointer=f"/rows/{i}"))
        seen[key] = i
    return made


def tried(table: Table, edited: Any, trial: Trial, mask: int | None = None) -> None:
    """Try an edit on whatever looks its register up, without rows, as each view would have it. mask: the set of views
    that see it; None is everyone.

    Raises Malformed with the reason of the one that can't use it.
    """
    mask = trial.views.everyone if mask is None else mask
    followers = [d for d in trial.derived if table.name in {s.table for s in d.sources} and d.expression is None]
    standing = dict(trial.standing()) if followers else {}
    if table.name not in standing:
        return
    standing[table.name] = _edited(table, standing[table.name], edited, mask)
    for follower in followers:
        looked_up = {s.table: standing[s.table] for s in follower.sources if s.by is None and s.table in standing}
        masks = {m for rows in looked_up.values() for m in rows.column("views").unique().to_pylist()}
        for atom in atoms(masks, trial.views.everyone):
            seen = pa.scalar(atom & -atom, pa.int64())
            tables = {
                s.table: looked_up[s.table].filter(pc.not_equal(pc.bit_wise_and(looked_up[s.table]["views"], seen), 0))
                if s.table in looked_up
                else trial.schemas[s.table].empty_table()
                for s in follower.sources
            }
            try:
                _run(follower, {s.table: tables[s.table].select(s.columns) for s in follower.sources})
            except OutOfRange as error:
                hidden = "" if atom & 1 else "for readers who may not see every edit of the registers: "
                raise Malformed(f"{hidden}{error}", where=Where(pointer="/rows")) from error


def _run(follower: Derived, tables: Mapping[str, Any]) -> None:
    """Without rows, so that it only looks up."""
    if follower.function is not None:
        follower.function(tables)
    if follower.carried is not None:
        follower.carried.function(arrow_schema(follower.states).empty_table(), tables)


def _edited(table: Table, standing: Any, edited: Any, mask: int) -> Any:
    """A register, with `views`, after rows that those of `mask` may see."""
    replaced = _has_key_of(table, standing, edited)
    views = standing.column("views")
    left = pc.if_else(replaced, pc.bit_wise_and(views, pa.scalar(~mask, pa.int64())), views)
    before = standing.set_column(standing.schema.get_field_index("views"), "views", left)
    if "says" in edited.column_names:  # those that end aren't there any more
        edited = edited.filter(pc.equal(edited.column("says"), WHOLE))
    edited = edited.select(table.schema.names)
    now = edited.append_column("views", pa.repeat(pa.scalar(mask, pa.int64()), edited.num_rows))
    return pa.concat_tables(
        [before.filter(pc.not_equal(left, 0)), now.select(before.column_names)], promote_options="permissive"
    )


def _has_key_of(table: Table, standing: Any, edited: Any) -> Any:
    """Which rows of a register have the key of one that is edited."""
    alike = pa.array(np.ones(standing.num_rows, np.bool_))
    for name in table.key:
        values = edited.column(name).combine_chunks().cast(standing.schema.field(name).type)
        alike = pc.and_(alike, pc.is_in(standing.column(name).combine_chunks(), value_set=values))
    if len(table.key) == 1:
        return alike
    # Each part of the key occurs; now whether they occur together, for the few of which that is so.
    keys = {tuple(row[k] for k in table.key) for row in edited.select(table.key).to_pylist()}
    found = np.flatnonzero(alike.to_numpy(zero_copy_only=False))
    same = [tuple(row[k] for k in table.key) in keys for row in standing.take(found).select(table.key).to_pylist()]
    flags = np.zeros(standing.num_rows, np.bool_)
    flags[found] = same
    return pa.array(flags)


def _row(table: Table, told: Any, i: int) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise Malformed(Said("a row is an object"), where=Where(pointer=f"/rows/{i}"))
    for name in told:
        if name not in table.by_name:
            known = ", ".join(table.by_name)
            raise Malformed(
                Said("no field {name!r}; there are {known}", name=name, known=known),
                where=Where(pointer=f"/rows/{i}/{name}"),
            )
    return {f.name: checked(f, told.get(f.name), Where(pointer=f"/rows/{i}/{f.name}")) for f in table.fields}


def checked(field: Field, value: Any, where: Where) -> Any:
    """A JSON value as the field's own. Raises Malformed."""
    if value is None and field.nullable:
        return None
    if value is None or (value == "" and not field.nullable):
        raise Malformed(Said("a value is needed"), where=where)
    if field.type is Type.TIME:
        return _time(value, where)
    if field.type is Type.DAY and isinstance(value, str):
        return _day(value, where)
    if not isinstance(value, _PYTHON[field.type]) or (isinstance(value, bool) and field.type is not Type.BOOL):
        raise Malformed(Said("{value} is no {type}", value=repr(value), type=field.type.value), where=where)
    if field.type is Type.INT and not -(2**63) <= value < 2**63:
        raise Malformed(Said("{value} does not fit into 64 bits", value=repr(value)), where=where)
    if field.codes and value not in field.codes:
        raise Malformed(
            Said("{value} is none of {codes}", value=repr(value), codes=", ".join(field.codes)), where=where
        )
    return float(value) if field.type is Type.FLOAT else value


_PYTHON: Mapping[Type, Any] = {
    Type.TEXT: str,
    Type.JSON: str,
    Type.INT: int,
    Type.FLOAT: (int, float),
    Type.BOOL: bool,
    Type.DAY: int,
    Type.ID: int,
}


def _time(value: Any, where: Where) -> datetime:
    try:
        return utc(value)
    except (TypeError, ValueError):
        raise Malformed(Said("{value} is no ISO 8601 time", value=repr(value)), where=where) from None


def _day(value: str, where: Where) -> int:
    """A day as readers are shown one; its number is taken, too."""
    try:
        return (date.fromisoformat(value) - date(1970, 1, 1)).days
    except ValueError:
        raise Malformed(Said("{value} is no day, as 2026-03-01 is", value=repr(value)), where=where) from None
