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
"""What is shown of a score, beside what all pairs begin with.

`among`: how many records there are, and how few of the pairs that are compared are the same, against those that weights
were fitted on. A register with fewer duplicates needs more; one with more of them is given nothing for it.
"""
FIRM = 300
"""Pairs as those fitted that are added to those at hand, so that a few don't speak for themselves."""
STEPS = 500
CLOSE = 1e-8


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
    for chosen, share in ((is_person, persons.share), (~is_person, bodies.share)):
        shift = min(0.0, among(total[chosen], share))
        parts[chosen, PARTS.index("among")] += shift
        total[chosen] += shift
    return Scored(compared.pairs, total, parts, bias, ~compared.forbidden & (~is_person | compared.shares_outer))


def among(score: Floats, share: float) -> float:
    """What is to be added to log-odds where another share of pairs is the same than where they were fitted.

    score: of the pairs that are compared here; -inf is none. share: of the pairs fitted on that were the same, 0 to 1.
    Returns: log-odds; 0 where too few pairs say anything else. Nobody need know which pairs are the same.
    Source: Saerens, Latinne & Decaestecker, Adjusting the outputs of a classifier to new a priori probabilities
    (2002), equation 2.2, with as many pairs as FIRM that are as those fitted.
    """
    finite = score[np.isfinite(score)]
    now, shift = share, 0.0
    for _ in range(STEPS):
        shift = float(np.log(now / (1 - now)) - np.log(share / (1 - share)))
        chances = 1 / (1 + np.exp(-np.clip(finite + shift, -500, 500)))
        then, now = now, float((chances.sum() + FIRM * share) / (finite.size + FIRM))
        if abs(now - then) < CLOSE:
            break
    return shift
