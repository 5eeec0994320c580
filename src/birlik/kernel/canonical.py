"""Equal rows as equal bytes."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.tables import Rows


def canonical(rows: Rows) -> Rows:
    """The same rows with noughts behind what is null, where the engine leaves what lay there: so that equal rows are
    equal bytes."""
    return pa.Table.from_arrays([_cleared(column) for column in rows.columns], schema=rows.schema)


def _cleared(column: Any) -> Any:
    kind, is_time = column.type, pa.types.is_timestamp(column.type)
    if not column.null_count or not (is_time or pa.types.is_primitive(kind)):
        return column
    nothing = pc.is_null(column).to_numpy(zero_copy_only=False)
    numbers = pc.cast(column, pa.int64()) if is_time else column
    filled = pc.fill_null(numbers, pa.scalar(0, pa.int64()).cast(numbers.type)).to_numpy(zero_copy_only=False)
    return pa.array(filled, numbers.type, mask=nothing).cast(kind)
