"""What two records have and don't have in common, as columns that a sum of log-odds weighs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking import likeness
from birlik.domains.cooperation.model.linking.records import NONE, Many, Records

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MEASURES = (
    "name_same", "name_near", "name_bent", "name_less", "name_more", "name_less_n", "name_more_n", "numbers_differ",
    "initials", "name_whole",
    "domain_same", "domain_differs", "state_same", "state_differs", "place_same", "place_differs",
    "year_same", "year_next", "year_differs", "outer_same", "among",
)  # fmt: skip
"""`among` is log n: of more records, more look alike by chance."""

PART_OF: Mapping[str, str] = {
    **{measure: measure.partition("_")[0] for measure in MEASURES},
    **{"numbers_differ": "name", "initials": "name", "state_same": "place", "state_differs": "place"},
    "outer_same": "outer id",
}
"""Under which of the parts that are shown a measure is told."""

PLACES_ALIKE = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """measures: float64, (pairs, measures), in the order of MEASURES. forbidden: two ids of one kind differ.

    shares_outer: an outer id is shared, which is all that links persons by rule. names: which names were compared.
    """

    pairs: Ints
    measures: Floats
    forbidden: Bools
    shares_outer: Bools
    names: Ints


def compare(records: Records, pairs: Ints) -> Compared:
    """Measure these pairs, (pairs, 2), rows of records. All statistics are of these records alone."""
    one, other = pairs[:, 0], pairs[:, 1]
    names, which = likeness.names_compared(records, pairs)
    measures = np.zeros((len(pairs), len(MEASURES)))
    measures[:, : likeness.COLUMNS] = names
    left = names[:, likeness.LEFT_LESS] + names[:, likeness.LEFT_MORE]
    column = {name: i for i, name in enumerate(MEASURES)}

    def put(name: str, values: NDArray[np.generic]) -> None:
        measures[:, column[name]] = values

    put("name_whole", (which[:, 0] != NONE) & (left == 0))
    rarest, both = _shared(records.domains, pairs, len(records))
    put("domain_same", np.where(np.isnan(rarest), 0, rarest))
    put("domain_differs", both & np.isnan(rarest))
    both = (records.state[one] != NONE) & (records.state[other] != NONE)
    same = records.state[one] == records.state[other]
    put("state_same", both & same)
    put("state_differs", both & ~same)
    alike = likeness.places_alike(records.places, records.place[one], records.place[other])
    put("place_same", np.nan_to_num(alike) >= PLACES_ALIKE)
    put("place_differs", ~np.isnan(alike) & (np.nan_to_num(alike) < PLACES_ALIKE))
    both = (records.year[one] != NONE) & (records.year[other] != NONE)
    apart = np.abs(records.year[one] - records.year[other])
    put("year_same", both & (apart == 0))
    put("year_next", both & (apart == 1))
    put("year_differs", both & (apart > 1))
    forbidden = np.zeros(len(pairs), dtype=np.bool_)
    shares = np.zeros(len(pairs), dtype=np.bool_)
    for many in records.outer.values():
        rarest, both = _shared(many, pairs, len(records))
        shares |= ~np.isnan(rarest)
        forbidden |= both & np.isnan(rarest)
    put("outer_same", shares)
    put("among", np.full(len(pairs), np.log(max(len(records), 1))))
    return Compared(pairs, measures, forbidden, shares, which)


def _shared(many: Many, pairs: Ints, n: int) -> tuple[Floats, Bools]:
    """Of each pair log(n / records) of the rarest value that both have, NaN if none; and whether both have any."""
    rarity = np.log(n / np.maximum(many.counts(), 1))
    starts = np.searchsorted(many.record, np.arange(n + 1))
    has = np.diff(starts) > 0
    both = has[pairs[:, 0]] & has[pairs[:, 1]]
    found = np.full(len(pairs), np.nan)
    most = int(np.diff(starts).max(initial=0))
    # Value by value of the first against value by value of the second: few have more than one.
    for i in range(most):
        for j in range(most):
            at_one, at_other = starts[pairs[:, 0]] + i, starts[pairs[:, 1]] + j
            there = (at_one < starts[pairs[:, 0] + 1]) & (at_other < starts[pairs[:, 1] + 1])
            rows = np.flatnonzero(there)
            met = rows[many.value[at_one[rows]] == many.value[at_other[rows]]]
            found[met] = np.fmax(found[met], rarity[many.value[at_one[met]]])
    return found, both
