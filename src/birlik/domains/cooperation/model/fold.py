"""What stands first of each property of each entity, and whether what is said of it differs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Coded: TypeAlias = Callable[[Codes], Codes]
"""Codes of the values of some rows, by their places: of the same value the same."""


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


def fold(entity: Codes, prop: Codes, order: Codes, values_of: Coded) -> Fold:
    """entity, prop, order: as long as each other; the lowest order of a pair stands first.

    Two rows of one pair with one order stand in order of their value's code. Of most pairs one row is all there is:
    values are asked of the others only.

    >>> value = np.array([7, 8, 9, 9])
    >>> made = fold(*(np.array(x) for x in ([0, 0, 0, 1], [0, 0, 1, 0], [5, 3, 1, 1])), value.take)
    >>> made.first.tolist(), made.values_n.tolist()
    ([1, 2, 3], [2, 1, 1])
    """
    pair = entity * (int(prop.max(initial=0)) + 1) + prop
    rows = np.argsort(pair)
    starts = _starts(pair[rows])
    counts = np.diff(np.append(starts, len(rows)))
    values_n = np.ones(len(starts), np.int64)
    among = np.repeat(counts > 1, counts)
    if among.any():
        several = np.sort(rows[among])
        code = values_of(several)
        at = np.lexsort((code, order[several], pair[several]))
        rows[among] = several[at]
        values_n[counts > 1] = _distinct_in_order(pair[several], code)
    first = rows[starts]
    return Fold(entity[first], prop[first], first, starts, rows.astype(np.int64, copy=False), values_n)


def _starts(group: Codes) -> Codes:
    """Where a new group begins in rows that are in order of their groups."""
    return np.flatnonzero(np.diff(group, prepend=-1)).astype(np.int64, copy=False)


def _distinct_in_order(group: Codes, value: Codes) -> Codes:
    """How many different values each group has that is there, in order of the groups."""
    at = np.lexsort((value, group))
    g, v = group[at], value[at]
    new = np.diff(g, prepend=-1) != 0
    new[1:] |= v[1:] != v[:-1]
    return np.add.reduceat(new.astype(np.int64), _starts(g)).astype(np.int64)


def distinct(group: Codes, value: Codes, groups_n: int) -> Codes:
    """How many different values each group has. Where the least is the greatest there is one."""
    least, greatest = np.full(groups_n, np.iinfo(np.int64).max), np.full(groups_n, -1, np.int64)
    np.minimum.at(least, group, value)
    np.maximum.at(greatest, group, value)
    counts = (greatest >= 0).astype(np.int64)
    several = least < greatest
    if several.any():
        among = several[group]
        counts[several] = _distinct_in_order(group[among], value[among])
    return counts
