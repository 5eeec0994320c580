"""What came of an act, as the journal keeps it: who did what, and the versions of rows that it made."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from birlik.clock import isoformat, utc
from birlik.errors import Malformed, Where
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup, Relabel
from birlik.kernel.own import ACT
from birlik.kernel.tables import Table, Type, rows_of
from birlik.said import Said

MEDIA_TYPE = "application/vnd.birlik.changes+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Changeset:
    """All of it is taken, or nothing."""

    act_id: str
    act: str
    by: str
    acted_time: datetime
    table: str
    about: Mapping[str, Any]
    """The key of the row that the act was about."""
    changes: Sequence[tuple[Change, Sequence[str]]]
    """Each with the names of the views that may see it."""
    relabels: Sequence[Relabel]
    touched_n: int
    """Rows that it touched, in whatever way."""


STEP_BYTES = 8_192


def written(made: Changeset, *, veiled: bool = False) -> bytes:
    """The journal's form of it.

    veiled: of rows that no role reads. A message's size and digest are shown to more than these are, so it is filled up
    to a round length, and has a word in it by which no guess at its content can be tried.
    """
    told = _told(made)
    if veiled:
        told |= {"salt": secrets.token_hex(16), "filling": ""}
        told["filling"] = " " * (-len(orjson.dumps(told, option=orjson.OPT_UTC_Z)) % STEP_BYTES)
    return orjson.dumps(told, option=orjson.OPT_UTC_Z)


def _told(made: Changeset) -> dict[str, Any]:
    return {
        "act_id": made.act_id,
        "act": made.act,
        "by": made.by,
        "acted_time": isoformat(made.acted_time),
        "table": made.table,
        "about": made.about,
        "touched_n": made.touched_n,
        "relabels": [{"table": r.table, "key": r.key, "seen_by": list(r.seen_by)} for r in made.relabels],
        "changes": [
            {"table": c.table, "says": c.says.value, "row": c.row, "seen_by": list(seen_by)}
            for c, seen_by in made.changes
        ],
    }


def intake(tables: Mapping[str, Table]) -> Intake:
    """Takes what `written` has written, into the kept tables of a node; rows of any get other labels by it."""
    kept = [name for name, table in tables.items() if table.is_kept]
    return Intake(
        name="changes",
        title="What came of an act",
        media_type=MEDIA_TYPE,
        decode=partial(_decoded, tables),
        tables=(ACT.name, *kept),
        counted=ACT.name,
        checked=True,
    )


def _decoded(tables: Mapping[str, Table], delivery: Delivery, lookup: Lookup) -> Decoded:
    told = orjson.loads(delivery.body)
    by_table: dict[str, list[Change]] = {}
    seen_by: dict[str, list[tuple[str, ...]]] = {}
    for i, each in enumerate(told["changes"]):
        table = tables.get(each["table"])
        if table is None:
            raise Malformed(
                Said("this birlik has no table {table}", table=each["table"]),
                where=Where(pointer=f"/changes/{i}/table"),
            )
        row = {name: _value(table, name, value) for name, value in each["row"].items() if name in table.by_name}
        by_table.setdefault(table.name, []).append(Change(table.name, row, Says(each["says"])))
        seen_by.setdefault(table.name, []).append(tuple(each["seen_by"]))
    act = {
        "act_id": told["act_id"],
        "act": told["act"],
        "by": told["by"],
        "acted_time": utc(told["acted_time"]),
        "table": told["table"] or None,
        "about": orjson.dumps(told["about"]).decode(),
        "changes_n": told.get("touched_n", len(told["changes"])),
    }
    rows = {name: versions(tables[name], changes) for name, changes in by_table.items()}
    relabels = [_relabel(tables, each) for each in told.get("relabels", ())]
    return Decoded(rows={**rows, ACT.name: rows_of(ACT, [act])}, seen_by=seen_by, relabels=relabels)


def _relabel(tables: Mapping[str, Table], told: Mapping[str, Any]) -> Relabel:
    table = tables.get(told["table"])
    if table is None:
        raise Malformed(Said("this birlik has no table {table}", table=told["table"]))
    key = {name: _value(table, name, value) for name, value in told["key"].items()}
    return Relabel(table=table.name, key=key, seen_by=tuple(told["seen_by"]))


def _value(table: Table, name: str, value: Any) -> Any:
    return utc(value) if value is not None and table.by_name[name].type is Type.TIME else value
