"""How likely it is that two records are of the same, as a sum of log-odds whose parts can be shown."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking.parts import MEASURES, PART_OF, Compared
from birlik.domains.cooperation.model.linking.records import Records
from birlik.domains.cooperation.model.linking.weights import BODIES, PERSONS, Weights

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

PARTS = ("name", "domain", "place", "year", "outer id", "among")
"""What is shown of a score, beside what all pairs begin with."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """pairs: (pairs, 2), rows of records. score: log-odds, -inf where two ids of one kind differ.

    parts: (pairs, PARTS), which add up to the score with `bias`. by_rule: no person need be asked if it is high.
    """

    pairs: Ints
    score: Floats
    parts: Floats
    bias: Floats
    by_rule: Bools

    def told(self, row: int) -> Mapping[str, float]:
        """The parts of one pair's score, by name."""
        return dict(zip(PARTS, self.parts[row].tolist(), strict=True))


def scored(records: Records, compared: Compared, bodies: Weights = BODIES, persons: Weights = PERSONS) -> Scored:
    """The score of each pair. Persons are linked by rule only where they share an outer id."""
    is_person = records.is_person[compared.pairs[:, 0]]
    weights = np.where(is_person[:, None], persons.vector(), bodies.vector())
    weighed = compared.measures * weights
    part = np.array([PARTS.index(PART_OF[measure]) for measure in MEASURES])
    parts = np.stack([weighed[:, part == i].sum(axis=1) for i in range(len(PARTS))], axis=1)
    bias = np.where(is_person, persons.bias, bodies.bias)
    total = np.where(compared.forbidden, -np.inf, bias + parts.sum(axis=1))
    return Scored(compared.pairs, total, parts, bias, ~compared.forbidden & (~is_person | compared.shares_outer))
