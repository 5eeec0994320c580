"""Rows ready to leave, with what the forms say of them; and values as a reader is shown them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, TypeAlias

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.shapes import Shape
from birlik.kernel.tables import Field, Rows, Type


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    name: str
    title: str
    fields: tuple[Field, ...]
    """Those that are shown. The rows may have columns beside them, for the geometry."""
    watermark: datetime
    next: str | None = None
    is_file: bool = False
    """A whole file by itself, which has to say of itself what the headers of a page do."""
    latitude: str | None = None
    longitude: str | None = None
    shape: Shape | None = None
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By key of the shape's register: longitude and latitude."""
    head: Mapping[str, Any] = field(default_factory=dict)
    """Members of the JSON document beside `data`."""
    each: Mapping[str, Any] = field(default_factory=dict)
    """Members of every JSON object: the unit of a figure."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What a file that has room for it says of itself: node, watermark, as_of, licence."""

    @property
    def names(self) -> list[str]:
        return [f.name for f in self.fields]


Write: TypeAlias = Callable[[Sheet, Iterable[Rows], BinaryIO], None]
"""(what is said of the rows, tables of rows one after the other, where to) -> the whole form."""


def told(rows: Rows, fields: Iterable[Field]) -> Rows:
    """Times as RFC 3339 text in UTC, to the microsecond where there is one, days as dates, ids as digits: a filter
    takes each back exactly."""
    for declared in fields:
        if (say := _TOLD.get(declared.type)) is not None:
            position = rows.column_names.index(declared.name)
            rows = rows.set_column(position, declared.name, say(rows.column(position)))
    return rows


def dates(column: Any) -> Any:
    """Days since 1970 as dates."""
    return column.cast(pa.int32()).cast(pa.date32())


def _times(column: Any) -> Any:
    text = pc.strftime(column.cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%SZ")
    return pc.replace_substring(text, ".000000Z", "Z")


_TOLD: Mapping[Type, Callable[[Any], Any]] = {
    Type.TIME: _times,
    Type.DAY: lambda column: dates(column).cast(pa.string()),
    Type.ID: lambda column: column.cast(pa.string()),
}


def records(sheet: Sheet, rows: Rows) -> list[dict[str, Any]]:
    """The shown fields of each row, as JSON has them."""
    rows = told(rows.select(sheet.names), sheet.fields)
    names = [*sheet.names, *sheet.each]
    columns = [_values(rows.column(f.name), f) for f in sheet.fields]
    columns += [[value] * rows.num_rows for value in sheet.each.values()]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _values(column: Any, declared: Field) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return [as_json(value, declared) for value in values] if declared.type is Type.JSON else values


def as_json(value: Any, declared: Field) -> Any:
    """A stored value as an answer has it: of a field that holds JSON, what that says."""
    if value is None or declared.type is not Type.JSON:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
