"""Versions of kept tables out of what people and protocols say: a whole row, some of its fields, or its end."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from birlik.clock import utc
from birlik.errors import BadRequest
from birlik.kernel.tables import ENDED, WHOLE, Derived, Field, Rows, Table, Type


class Says(StrEnum):
    """How much of a row a change says."""

    WHOLE = "whole"
    """All of it: what is left out is null."""
    PART = "part"
    """The fields that are named; the others stay as they are."""
    END = "end"
    """That it has ended."""


@dataclass(frozen=True, slots=True)
class Change:
    table: str
    row: Mapping[str, Any]
    """The key, and what is said of it, as the table's own values."""
    says: Says = Says.WHOLE
    views: int | None = None
    """The set of views that are to see it; None: as they see the row."""


def key_text(table: Table | Derived, row: Mapping[str, Any]) -> str:
    """A row's key as one word of an address: its parts between commas; a comma within a part has a backslash."""
    return ",".join(_part(row[name]) for name in table.key)


def _part(value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text.replace("\\", "\\\\").replace(",", "\\,")


def key_of(table: Table, text: str) -> dict[str, Any]:
    """`key_text` backwards. Raises BadRequest."""
    parts = [re.sub(r"\\(.)", r"\1", part) for part in _SPLIT.findall(text + ",")]
    if len(parts) != len(table.key):
        raise BadRequest(f"the key of {table.name} is {', '.join(table.key)}, with commas between", parameter="key")
    return {name: _read(table.by_name[name], part) for name, part in zip(table.key, parts, strict=True)}


_SPLIT = re.compile(r"((?:[^,\\]|\\.)*),")


def _read(field: Field, text: str) -> Any:
    try:
        match field.type:
            case Type.INT | Type.ID | Type.DAY:
                return int(text)
            case Type.TIME:
                return utc(text)
            case _:
                return text
    except ValueError:
        raise BadRequest(f"{field.name}: {text!r} is no {field.type.value}", parameter="key") from None


def versions(table: Table, changes: Iterable[Change]) -> Rows:
    """The rows of an intake or act for a kept table: its fields, and `says`.

    Raises KeyError where a part of the key is missing, or a field is none of the table's.
    """
    names = list(table.by_name)
    bits = {name: 1 << i for i, name in enumerate(names)}
    rows, says = [], []
    for change in changes:
        missing = [name for name in table.key if change.row.get(name) is None]
        unknown = [name for name in change.row if name not in bits]
        if missing or unknown:
            raise KeyError(f"{table.name}: {', '.join(missing or unknown)}")
        rows.append({name: change.row.get(name) for name in names})
        part = sum(bits[name] for name in {*change.row, *table.key})
        says.append({Says.WHOLE: WHOLE, Says.END: ENDED, Says.PART: part}[change.says])
    made = pa.Table.from_pylist(rows, schema=table.version)
    return made.append_column("says", pa.array(says, pa.int64()))
