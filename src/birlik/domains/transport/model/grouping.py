"""Rows by group, whatever their order and however many groups: what every grouped function begins with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows sorted by their dimensions; group g is rows[offsets[g]:offsets[g + 1]]."""

    rows: Any
    keys: Any
    """The dimensions of each group, one row a group."""
    offsets: Ints

    def __len__(self) -> int:
        return self.offsets.size - 1

    def ints(self, column: str, absent: int = 0) -> Ints:
        return np.asarray(pc.fill_null(self.rows.column(column), absent).combine_chunks().to_numpy(), np.int64)

    def ints_of_time(self, column: str) -> Ints:
        """Microseconds since 1970."""
        return np.asarray(pc.cast(self.rows.column(column), pa.int64()).combine_chunks().to_numpy(), np.int64)

    def is_equal(self, column: str, value: str) -> npt.NDArray[np.bool_]:
        same = pc.fill_null(pc.equal(self.rows.column(column), value), False)
        return np.asarray(same.combine_chunks().to_numpy(zero_copy_only=False))

    def cut(self, kept: npt.NDArray[np.bool_]) -> Ints:
        """Offsets of the groups among the rows that are kept."""
        counted = np.concatenate(([0], np.cumsum(kept)))
        return np.asarray(counted[self.offsets], np.int64)


def grouped(rows: Any, dimensions: tuple[str, ...]) -> Groups:
    rows = rows.sort_by([(d, "ascending") for d in dimensions]).combine_chunks()
    changes = np.zeros(max(rows.num_rows - 1, 0), np.bool_)
    for name in dimensions:
        column = pc.dictionary_encode(rows.column(name).combine_chunks())
        changes |= np.diff(np.asarray(pc.fill_null(column.indices, -1).to_numpy())) != 0
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1)) if rows.num_rows else np.empty(0, np.int64)
    offsets = np.concatenate((starts, [rows.num_rows])).astype(np.int64)
    return Groups(rows, rows.select(dimensions).take(pa.array(starts, pa.int64())), offsets)
