"""Answers as a page holds them, and what tells them apart."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from birlik.kernel.canonical import canonical


@dataclass(frozen=True, slots=True)
class Few:
    """A few rows as they came; what an Arrow table of them would cost is more than they do."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]

    @property
    def digest(self) -> str:
        """Of their content."""
        return hashlib.blake2b(repr((self.columns, self.rows)).encode(), digest_size=16).hexdigest()

    def to_pylist(self) -> list[dict[str, Any]]:
        """By name of its column each value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def digest_of(table: Any) -> str:
    """Of an Arrow table's content, whatever chunks it came in."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    told = canonical(table.combine_chunks())
    with pa.ipc.new_stream(sink, told.schema) as out:
        out.write_table(told)
    return hashlib.blake2b(sink.getvalue(), digest_size=16).hexdigest()
