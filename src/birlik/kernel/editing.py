"""The three acts that every kept table can have: begin a row, change some of it, end it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from birlik.errors import BadRequest, Conflict, Outdated, Unknown
from birlik.kernel.acts import Act, Doing, Done, tag_of
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Filter
from birlik.kernel.members import Role
from birlik.kernel.tables import Table, Whose
from birlik.said import Said

BEGIN, CHANGE, END = "begin", "change", "end"


def edits_of(table: Table, *, role: Role = Role.OPERATOR, names_itself: bool = False) -> tuple[Act, Act, Act]:
    """Acts for a kept table. The time of a version is the moment of the act, and no parameter.

    names_itself: who begins a row gives its key; else the node does, by a name that tells nothing.
    Raises ValueError for a table that isn't kept.
    """
    if not table.is_kept:
        raise ValueError(f"{table.name} is no kept table")
    time = table.rule.time if table.rule else ""
    fields = tuple(f for f in table.fields if f.name != time)
    named = tuple(f for f in fields if f.name in table.key)
    rest = tuple(f for f in fields if f.name not in table.key)
    return (
        Act(
            name=f"{table.name}_{BEGIN}",
            title="Begin",
            description="Begin a row; what is left out is empty.",
            parameters=fields if names_itself else rest,
            table=table.name,
            role=role,
            do=lambda doing: _begun(table, doing, names_itself=names_itself),
        ),
        Act(
            name=f"{table.name}_{CHANGE}",
            title="Change",
            description="Change a row; what isn't said stays as it is.",
            parameters=(*named, *(replace(f, nullable=True) for f in rest)),
            table=table.name,
            subject=table.key,
            role=role,
            do=lambda doing: _changed(table, doing),
        ),
        Act(
            name=f"{table.name}_{END}",
            title="End",
            description="End a row. Its past stays.",
            parameters=named,
            table=table.name,
            subject=table.key,
            role=role,
            is_final=True,
            do=lambda doing: _ended(table, doing),
        ),
    )


def is_edit(act: Act) -> bool:
    """Is it one of these three? Their words are the kernel's own."""
    return act.name in {f"{act.table}_{what}" for what in (BEGIN, CHANGE, END)}


def standing(table: Table, doing: Doing, *, whose: Whose | None = None) -> Mapping[str, Any]:
    """The row that an act is about, as who acts sees it. Raises Unknown; Outdated where it isn't what they saw.

    whose: one whose party they are, by their name or by a duty, whatever they may read.
    """
    where = [Filter(column=name, operator="=", value=doing.values[name]) for name in table.key]
    rows = (
        doing.reader.rows(table.name, where=where, limit=1)
        if whose is None
        else doing.reader.mine(table.name, where=where, whose=whose)
    )
    found = rows.to_pylist()
    if not found:
        raise Unknown(Said("no such row in {table}, or none that you may see", table=table.name))
    row: dict[str, Any] = found[0]
    if doing.expected is not None and doing.expected != tag_of(row):
        raise Outdated("the row has changed since you saw it: look at it again, then say what is still to change")
    return row


def _key(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in table.key}


def _begun(table: Table, doing: Doing, *, names_itself: bool) -> Done:
    row = dict(doing.values)
    if not names_itself:
        row |= {name: doing.new_id(i) for i, name in enumerate(table.key) if name not in row}
    where = [Filter(column=name, operator="=", value=row[name]) for name in table.key]
    if names_itself and doing.reader.rows(table.name, where=where, limit=1).num_rows:
        raise Conflict(Said("{table} has such a row already: change it instead", table=table.name))
    return Done(changes=[Change(table.name, row)], about=_key(table, row))


def _changed(table: Table, doing: Doing) -> Done:
    before = standing(table, doing)
    changed = {n: v for n, v in doing.values.items() if n not in table.key and before[n] != v}
    for name, value in changed.items():
        if value is None and not table.by_name[name].nullable:
            needed = Said("{field}: {reason}", field=name, reason=Said("a value is needed"))
            raise BadRequest(needed, parameter=name)
    key = _key(table, before)
    return Done(changes=[Change(table.name, {**key, **changed}, Says.PART)] if changed else [], about=key)


def _ended(table: Table, doing: Doing) -> Done:
    key = _key(table, standing(table, doing))
    return Done(changes=[Change(table.name, key, Says.END)], about=key)
