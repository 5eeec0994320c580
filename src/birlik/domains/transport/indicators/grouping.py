"""Groups of episodes of one family, and the arrays and columns that every figure needs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model.grouping import Groups, grouped
from birlik.kernel.tables import Field, Rows
from birlik.methods.bootstrap import Intervals

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

H = 3600.0
DAY_S = 86_400
BASES = ("measured", "reported", "estimated")


@dataclass(frozen=True, slots=True)
class Family:
    """Groups of rows of one family each, and its name: text, one a group."""

    groups: Groups
    names: Any


def one_family(rows: Rows, dimensions: tuple[Field, ...]) -> Family:
    """In each group the rows that count, of the family with more finished ones (with more rows, if equal)."""
    groups = grouped(rows.filter(pc.equal(rows.column("counts"), 1)), names(dimensions))
    told, finished = groups.is_equal("family", "told"), groups.is_equal("status", "finished")
    ahead = summed(np.where(told, 1, -1) * finished, groups.offsets)
    more = summed(np.where(told, 1, -1), groups.offsets)
    is_told = np.where(ahead == 0, more > 0, ahead > 0)
    kept = told == np.repeat(is_told, np.diff(groups.offsets))
    chosen = Groups(groups.rows.filter(pa.array(kept)), groups.keys, groups.cut(kept))
    return Family(chosen, pa.array(np.where(is_told, "told", "tracked").tolist(), pa.string()))


def names(fields: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(field.name for field in fields)


def summed(values: npt.NDArray[Any], offsets: Ints) -> Ints:
    """Sum of whole numbers by group."""
    return np.diff(np.concatenate(([0], np.cumsum(values, dtype=np.int64)))[offsets])


def seconds(groups: Groups, column: str, instead: str = "") -> Ints:
    """Seconds since 1970 of a time; of another one where it is null."""
    values = groups.rows.column(column)
    if instead:
        values = pc.coalesce(values, groups.rows.column(instead))
    whole = pc.fill_null(pc.cast(values, pa.int64()), 0)
    return np.asarray(whole.combine_chunks().to_numpy(), np.int64) // 1_000_000


def known(groups: Groups, column: str) -> Bools:
    return np.asarray(pc.is_valid(groups.rows.column(column)).combine_chunks().to_numpy(zero_copy_only=False), np.bool_)


def same(groups: Groups, column: str, other: str) -> Bools:
    """Whether two texts of a row are the same."""
    equal = pc.fill_null(pc.equal(groups.rows.column(column), groups.rows.column(other)), False)
    return np.asarray(equal.combine_chunks().to_numpy(zero_copy_only=False), np.bool_)


def flags(groups: Groups, column: str) -> Bools:
    filled = pc.fill_null(groups.rows.column(column), False)
    return np.asarray(filled.combine_chunks().to_numpy(zero_copy_only=False), np.bool_)


def zone_offset_h(entry_s: Ints, entry_hour_of_week: Ints) -> Ints:
    """Hours that the clock of each row's entry is ahead of UTC: what the hour of the week at intake tells of it."""
    # 1970-01-01 was a Thursday, three days after a Monday.
    there = (entry_s // 3600 + 72) % 168
    return (entry_hour_of_week - there + 84) % 168 - 84


def mean_h(values_s: Ints, offsets: Ints) -> Floats:
    """Whole seconds are summed, and divided once: the same bits on every engine."""
    n = np.diff(offsets)
    return np.where(n > 0, summed(values_s, offsets) / np.maximum(n, 1) / H, np.nan)


def floats(values: Floats) -> Any:
    """NaN is no figure."""
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def ints(values: npt.NDArray[Any]) -> Any:
    return pa.array(values, pa.int64())


def shares(part: Bools, offsets: Ints) -> Floats:
    n = np.diff(offsets)
    return np.where(n > 0, summed(part, offsets) / np.maximum(n, 1), np.nan)


def main_basis(groups: Groups, kept: Bools, offsets: Ints) -> Ints:
    """What most of a group's kept rows are: an index into BASES, one a group."""
    counts = [summed(groups.is_equal("basis", basis)[kept], offsets) for basis in BASES]
    most: Ints = np.argmax(np.stack(counts), axis=0)
    return most


def basis_words(basis: Ints, doubted: Bools) -> Any:
    """As words; `estimated` where a group is doubted, whatever its rows say."""
    return pa.array([BASES[2] if doubt else BASES[b] for b, doubt in zip(basis, doubted, strict=True)], pa.string())


def in_hours(interval: Intervals, low: str = "low", high: str = "high") -> dict[str, Any]:
    return {low: floats(interval.low / H), high: floats(interval.high / H)}
