"""What is left of a message of which something was erased: its other rows, as they were taken, in place of its bytes.

No domain can write its own forms back. So what stands in the journal then is a form of the kernel's: the rows that the
message brought and that are still somebody else's, with who sees them, and its other entries of the quarantine. A
rebuild takes them as they are.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Any

import msgspec
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from birlik.errors import DeliveryError, Malformed
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup
from birlik.kernel.policy import Views
from birlik.kernel.store.forgotten import Erasures
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.system import QUARANTINE
from birlik.kernel.tables import WHOLE, Rows, Table
from birlik.said import Said

MEDIA_TYPE = "application/vnd.birlik.left"
DIGEST = "left"
"""Parameter of a message that was written anew: the digest of what stands in the journal now."""
KEPT = ("resends", "dismisses", "dismisses_alike")
"""Parameters that it keeps: by them it acts upon the quarantine, and they name no person."""
AGAIN = "again"
"""In the place of an erasure's id, where something that was erased is sent once more."""
ENTRY = ("message_id", "seq", "message_no")
"""Columns of an entry that the commit fills."""


def not_taken() -> DeliveryError:
    """The refusal of what was erased before. It tells nothing of it."""
    return Malformed(Said("a part of this is not taken here"))


class _Body(msgspec.Struct):
    tables: dict[str, bytes] = {}
    seen_by: dict[str, list[str]] = {}
    """By set of views, as the store had it, their names."""
    entries: bytes = b""
    refused: bool = False


def written(
    rows: Mapping[str, Rows], views: Views, *, entries: Rows | None = None, refused: bool = False
) -> tuple[bytes, Mapping[str, str]]:
    """(body, parameters). rows: by table, its fields, `views`, and of a kept one `says`."""
    parts = [r for r in (*rows.values(), entries) if r is not None]
    masks = {int(mask) for each in parts for mask in pc.unique(each.column("views")).to_pylist()}
    body = msgspec.msgpack.encode(
        _Body(
            tables={name: _packed(each) for name, each in rows.items() if each.num_rows},
            seen_by={str(mask): list(views.names_of(mask)) for mask in sorted(masks)},
            entries=_packed(entries) if entries is not None and entries.num_rows else b"",
            refused=refused,
        )
    )
    return body, {DIGEST: digest_of(body)}


def digest_of(body: bytes) -> str:
    """By which `is_whole` knows it."""
    return hashlib.sha256(body).hexdigest()


def _packed(rows: Rows) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpacked(body: bytes) -> Rows:
    return pa.ipc.open_stream(body).read_all()


def is_whole(body: bytes, parameters: Mapping[str, str]) -> bool:
    """Is a message that was written anew still what was written?"""
    return digest_of(body) == parameters[DIGEST]


def intake(tables: Mapping[str, Table]) -> Intake:
    """Takes what `written` has written."""
    return Intake(
        name="left",
        title="What is left of a message",
        media_type=MEDIA_TYPE,
        decode=partial(_decoded, tables),
        tables=tuple(tables),
        checked=True,
    )


def _decoded(tables: Mapping[str, Table], delivery: Delivery, lookup: Lookup) -> Decoded:
    told = msgspec.msgpack.decode(delivery.body, type=_Body)
    names = {int(mask): tuple(each) for mask, each in told.seen_by.items()}
    rows: dict[str, Rows] = {}
    seen_by: dict[str, Sequence[tuple[str, ...]]] = {}
    for name, packed in told.tables.items():
        if (table := tables.get(name)) is None:
            continue  # its domain is none of this node's any more
        found = _unpacked(packed)
        seen_by[name] = [names[mask] for mask in found.column("views").to_pylist()]
        rows[name] = _fitting(found, table)
    entries = _unpacked(told.entries) if told.entries else None
    refused = [not_taken()] if told.refused else []
    return Decoded(rows=rows, seen_by=seen_by, refused=refused, entries=entries)


def _fitting(found: Rows, table: Table) -> Rows:
    """With the columns that are declared now."""
    schema = table.version if table.is_kept else table.schema
    columns = [
        found.column(f.name).cast(f.type) if f.name in found.column_names else pa.nulls(found.num_rows, f.type)
        for f in schema
    ]
    made = pa.Table.from_arrays(columns, schema=schema)
    return made.append_column("says", found.column("says")) if table.is_kept else made


# --- what is sent once more -------------------------------------------------------------------------------------------


def without_erased(made: Prepared, erasures: Erasures, tables: Mapping[str, Table], views: Views) -> Prepared:
    """A delivery without what was erased before, and then without its bytes; as it is where it has nothing of that."""
    is_known = erasures.knows_message(made.digest)
    rows: dict[str, Any] = {}
    for name, each in made.decoded.rows.items():
        gone = _erased(each, tables[name], erasures) if name in tables else None
        if gone is not None:
            is_known = True
            rows[name] = each.filter(pc.invert(gone)) if isinstance(each, pa.Table) else _unflagged(each, gone)
    if not is_known:
        return made
    decoded = made.decoded
    kept: Mapping[str, Any] = {} if decoded.asks is not None else {**decoded.rows, **rows}
    whole = {name: _whole(each, tables[name], made.views) for name, each in kept.items() if len(each)}
    body, parameters = written(whole, views, refused=True)
    known = {name: value for name, value in made.delivery.parameters.items() if name in KEPT}
    delivery = replace(
        made.delivery, body=body, media_type=MEDIA_TYPE, filename=None, parameters={**known, **parameters}
    )
    left = Decoded(rows=whole, refused=(not_taken(),), notices=decoded.notices)
    return replace(
        made,
        delivery=delivery,
        decoded=left,
        digest=erasures.salted(AGAIN, made.digest),
        single=False,
        counted="",
        size_bytes=len(body),
        checked=made.checked,
    )


def _erased(rows: Any, table: Table, erasures: Erasures) -> Any:
    """Flags of those that were; None where none was."""
    whose = table.whose
    if whose is None or not erasures.has_people(whose.of):
        return None
    named = [flags for name in whose.columns if (flags := _known(rows, table, name, erasures)) is not None]
    if not named:
        return None
    theirs = reduce(pc.or_, named)
    flags = [bool(flag) and erasures.knows_row(erasures.row(table, _row(rows, table, i))) for i, flag in _each(theirs)]
    return pa.array(flags, pa.bool_()) if any(flags) else None


def _known(rows: Any, table: Table, name: str, erasures: Erasures) -> Any:
    """Flags of rows that name in a column somebody of whom something was erased; None where none does."""
    whose = table.whose
    assert whose is not None
    column = (
        rows.column(name)
        if isinstance(rows, pa.Table)
        else pa.array([row[table.schema.get_field_index(name)] for row in rows])
    )
    people = [p for p in pc.unique(column).to_pylist() if p is not None and str(p).startswith(whose.begins)]
    known = [p for p in people if erasures.knows_person(whose.of, erasures.who(whose.of, p))]
    return pc.fill_null(pc.is_in(column, value_set=pa.array(known, column.type)), fill_value=False) if known else None


def _each(flags: Any) -> Any:
    return enumerate(flags.to_pylist())


def _row(rows: Any, table: Table, i: int) -> Mapping[str, Any]:
    if isinstance(rows, pa.Table):
        row: dict[str, Any] = rows.slice(i, 1).to_pylist()[0]
        return row
    return dict(zip(table.by_name, rows[i], strict=True))


def _unflagged(rows: Sequence[Any], gone: Any) -> list[Any]:
    return [row for row, is_gone in zip(rows, gone.to_pylist(), strict=True) if not is_gone]


def _whole(rows: Any, table: Table, mask: int) -> Rows:
    """Rows of an intake as an Arrow table, with `views` and, of a kept one, `says`."""
    if not isinstance(rows, pa.Table):
        named = [dict(zip(table.by_name, row, strict=True)) for row in rows]
        rows = pa.Table.from_pylist(named, schema=table.version if table.is_kept else table.schema)
    n = rows.num_rows
    if "views" in rows.column_names:
        at = rows.schema.get_field_index("views")
        rows = rows.set_column(at, "views", rows.column("views").fill_null(mask))
    else:
        rows = rows.append_column("views", pa.repeat(pa.scalar(mask, pa.int64()), n))
    if table.is_kept and "says" not in rows.column_names:
        rows = rows.append_column("says", pa.repeat(pa.scalar(WHOLE, pa.int64()), n))
    return rows


# --- what people did --------------------------------------------------------------------------------------------------


def changeset_without(
    body: bytes, is_gone: Callable[[str, Mapping[str, Any]], bool], named: Callable[[str], bool]
) -> bytes:
    """The journal's form of an act (`changesets.written`) without the rows that go, and without what it was about where
    that names them."""
    told = orjson.loads(body)
    told["changes"] = [each for each in told["changes"] if not is_gone(each["table"], each["row"])]
    told["relabels"] = [each for each in told.get("relabels", ()) if not is_gone(each["table"], each["key"])]
    if named(orjson.dumps(told["about"]).decode()):
        told["about"] = {}
    return orjson.dumps(told)


def entries_left(rows: Rows) -> Rows:
    """Entries of the quarantine as a message keeps them."""
    return rows.select([f.name for f in QUARANTINE.fields if f.name not in ENTRY] + ["views"])
