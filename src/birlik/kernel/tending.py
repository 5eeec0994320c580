"""Acts that look after the node: edit a register, keep the figures as they stand, copy the node."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from birlik.clock import isoformat
from birlik.errors import BadRequest, Malformed, Unknown
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change
from birlik.kernel.editing import standing
from birlik.kernel.members import Role
from birlik.kernel.query import Filter
from birlik.kernel.registers import rows_told
from birlik.kernel.tables import Field, Table, Type
from birlik.said import Said


def edit_of(
    table: Table, *, name: str, title: str, description: str, fields: Sequence[str], texts: tuple[str, ...] = ()
) -> Act:
    """An act that edits a row of a register: some of its fields. What isn't said stays as it is.

    Raises ValueError for a table that is no register.
    """
    if not table.is_register:
        raise ValueError(f"{table.name} is no register")
    named = tuple(table.by_name[key] for key in table.key)

    def do(doing: Doing) -> Done:
        told = {n: isoformat(v) if table.by_name[n].type is Type.TIME else v for n, v in doing.values.items()}
        key = {n: told[n] for n in table.key}
        standing(table, doing)  # or it is refused
        return Done(changes=_changes(table, [told], doing), about=key)

    return Act(
        name=name,
        title=title,
        description=description,
        parameters=(*named, *(table.by_name[n] for n in fields)),
        table=table.name,
        subject=table.key,
        texts=texts,
        is_beside=True,
        role=Role.STEWARD,
        do=do,
    )


def _row_with(table: Table, key: Mapping[str, Any], doing: Doing) -> dict[str, Any]:
    where = [Filter(column=name, operator="=", value=key[name]) for name in table.key]
    found: list[dict[str, Any]] = doing.reader.rows(table.name, where=where, limit=1).to_pylist()
    return found[0] if found else {}


def _changes(table: Table, told: Sequence[Any], doing: Doing) -> list[Change]:
    """Whole rows, so that a later change of the shipped facts can't alter an edit: what a row leaves out is taken from
    the one with its key. Raises Malformed."""
    whole = []
    for row in told:
        stands = row if isinstance(row, dict) and all(isinstance(row.get(k), str | int) for k in table.key) else None
        before = _row_with(table, stands, doing) if stands is not None else {}
        plain = {n: isoformat(v) if hasattr(v, "isoformat") else v for n, v in before.items()}
        whole.append({**plain, **row} if isinstance(row, dict) else row)
    return [Change(table.name, row) for row in rows_told(table, whole)]


def _edited(doing: Doing) -> Done:
    registers, name = doing.keeper.registers, doing.values["table"]
    if name not in registers:
        raise Unknown(Said("no register {name}; there are: {names}", name=repr(name), names=", ".join(registers)))
    try:
        told = orjson.loads(doing.values["rows"])
    except orjson.JSONDecodeError as error:
        raise Malformed(Said("this is no JSON: {error}", error=error)) from None
    if not isinstance(told, list) or not told or not all(isinstance(row, dict) for row in told):
        raise BadRequest('an edit is {"rows": [{field: value}, …]}', parameter="rows")
    return Done(changes=_changes(registers[name], told, doing), about={"table": name})


def _backed_up(doing: Doing) -> Done:
    folder = str(doing.values["folder"])
    if "\x00" in folder or not Path(folder).is_absolute():
        raise BadRequest(Said("folder is an absolute path, such as /srv/backup"), parameter="folder")
    keeper = doing.keeper
    return Done(about={"folder": folder}, work=lambda: {"size_bytes": keeper.backup(Path(folder))})


def _pinned(doing: Doing) -> Done:
    keeper, by = doing.keeper, doing.by
    return Done(work=lambda: {"as_of": isoformat(keeper.pin(by))})


ACTS = (
    Act(
        name="birlik_register_edit",
        title="Edit a register",
        description="Put rows of a register in the place of those with their keys. What a row leaves out stays as it "
        "is; all that follows is made again.",
        parameters=(
            Field(name="table", type=Type.TEXT, nullable=False, description="The register."),
            Field(name="rows", type=Type.JSON, nullable=False, description="A list of rows, each {field: value}."),
        ),
        is_beside=True,
        role=Role.STEWARD,
        do=_edited,
    ),
    Act(
        name="birlik_pin",
        title="Keep the figures as they stand",
        description="Keep the figures that you see now; the moment goes into as_of, where they are shown later.",
        role=Role.READER,
        is_beside=True,
        do=_pinned,
    ),
    Act(
        name="birlik_backup",
        title="Copy the node",
        description="Copy the running node into an empty folder of its machine: settings, journal and store.",
        parameters=(
            Field(
                name="folder",
                type=Type.TEXT,
                nullable=False,
                description="An absolute path; the folder is not there yet, or is empty.",
            ),
        ),
        is_beside=True,
        role=Role.ADMINISTRATOR,
        do=_backed_up,
    ),
)
