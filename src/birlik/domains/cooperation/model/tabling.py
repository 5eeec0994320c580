"""What the derived tables of this room share: columns that count, and columns to a table."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from birlik.kernel.domain import Derived, Field, Rows, Type


def count(name: str, description: str) -> Field:
    """A column that counts, and is never empty."""
    return Field(name=name, type=Type.INT, unit="1", nullable=False, description=description)


def table_of(declared: Derived, made: Mapping[str, Any]) -> Rows:
    """Columns by name, of Arrow or numpy and as long as each other, as a table is declared."""
    arrays = {f.name: pa.chunked_array([_array(made[f.name])]).cast(f.type.arrow) for f in declared.fields}
    return pa.table(arrays, schema=declared.schema)


def _array(column: Any) -> Any:
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks()
    return column if isinstance(column, pa.Array) else pa.array(column)
