"""What stands first of each property of each entity, and whether what is said of it differs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fold:
    """One entry for each pair of an entity and a property, in order of both codes."""

    entity: Codes
    property: Codes
    first: Codes
    """The row that stands first."""
    start: Codes
    """Where the rows of the pair begin in `rows`."""
    rows: Codes
    """All rows, in order of entity, property and the order in which they stand."""
    values_n: Codes
    """How many different values there are."""


def codes_of(column: Any) -> tuple[Codes, Any]:
    """(a code for each row, the values in order of codes) of an Arrow column; what is null is a value of its own."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    encoded = encoded.combine_chunks() if hasattr(encoded, "combine_chunks") else encoded
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary


def fold(entity: Codes, prop: Codes, order: Codes, value: Codes) -> Fold:
    """entity, prop, order, value: as long as each other; the lowest order of a pair stands first.

    Two rows of one pair with one order stand in order of their value's code.

    >>> made = fold(*(np.array(x) for x in ([0, 0, 0, 1], [0, 0, 1, 0], [5, 3, 1, 1], [7, 8, 9, 9])))
    >>> made.first.tolist(), made.values_n.tolist()
    ([1, 2, 3], [2, 1, 1])
    """
    rows = np.lexsort((value, order, prop, entity))
    starts = _starts(entity[rows], prop[rows])
    by_value = np.lexsort((value, prop, entity))
    e, p, v = entity[by_value], prop[by_value], value[by_value]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (e[1:] != e[:-1]) | (p[1:] != p[:-1]) | (v[1:] != v[:-1])
    values_n = np.add.reduceat(new.astype(np.int64), starts) if len(starts) else np.empty(0, np.int64)
    first = rows[starts]
    return Fold(entity[first], prop[first], first, starts, rows, values_n)


def _starts(entity: Codes, prop: Codes) -> Codes:
    """Where a new pair begins in rows that are in order of both."""
    new = np.ones(len(entity), np.bool_)
    new[1:] = (entity[1:] != entity[:-1]) | (prop[1:] != prop[:-1])
    return np.flatnonzero(new)


def distinct(group: Codes, value: Codes, groups_n: int) -> Codes:
    """How many different values each group has."""
    values_n = int(value.max(initial=0)) + 1
    return np.bincount(np.unique(group * values_n + value) // values_n, minlength=groups_n).astype(np.int64)
