"""Columns of text to columns of numbers, a whole column at once where all is well, cell by cell where not."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from birlik.standards.sheets.text import Ints, Mask, mask_of

__all__ = ["Floats", "Ints", "Mask", "empty_cells", "in_one_unit", "mask_of", "number_of", "numbers"]

Floats = NDArray[np.float64]


def empty_cells(cells: Any) -> Mask:
    return mask_of(pc.equal(cells, ""))


def number_of(cell: str, *, decimal_comma: bool = False) -> float | None:
    """A finite number as tables write it, or None. Python's own `1_000`, `nan` and `inf` are none."""
    if "_" in cell or not cell.isascii():
        return None
    try:
        value = float(cell.replace(",", ".") if decimal_comma else cell)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def numbers(cells: Any, *, decimal_comma: bool = False) -> tuple[Floats, Mask]:
    """(values, bad) of a column of trimmed text. An empty cell is NaN and not bad; a bad one is NaN too."""
    empty = empty_cells(cells)
    text = pc.replace_substring(cells, ",", ".") if decimal_comma else cells
    if empty.any():
        text = pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), text)
    try:
        values = np.asarray(text.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except pa.ArrowInvalid:
        read = [np.nan if not c else number_of(c) for c in text.to_pylist()]
        values = np.array([np.nan if v is None else v for v in read], dtype=np.float64)
    bad = ~np.isfinite(values) & ~empty
    return np.where(bad, np.nan, values), bad


def in_one_unit(cells: Any, units: Mapping[str, float], *, decimal_comma: bool = False) -> Any:
    """Cells that say their own unit, as numbers in ours, still text; one without a unit that we know is no number.

    >>> in_one_unit(pa.array(["36 km/h", "10m/s", "9"]), {"km/h": 1 / 3.6, "m/s": 1.0}).to_pylist()
    ['10.0', '10.0', '9 (no unit)']
    """
    longest_first = [(unit, unit.casefold(), units[unit]) for unit in sorted(units, key=len, reverse=True)]
    encoded = pc.dictionary_encode(cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells)
    ours = [_in_ours(cell, longest_first, decimal_comma) for cell in encoded.dictionary.to_pylist()]
    return pa.array(ours, pa.string()).take(encoded.indices)


def _in_ours(cell: str, units: Sequence[tuple[str, str, float]], decimal_comma: bool) -> str:
    folded = cell.casefold()
    for unit, end, factor in units:
        if folded.endswith(end):
            number = number_of(cell[: -len(unit)].strip(), decimal_comma=decimal_comma)
            if number is not None:
                text = repr(number * factor)
                return text.replace(".", ",") if decimal_comma else text
    return f"{cell} (no unit)" if cell else cell
