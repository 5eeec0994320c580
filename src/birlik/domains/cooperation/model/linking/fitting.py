"""Weights out of labelled pairs: logistic regression, drawn towards what is known before."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking.parts import MEASURES
from birlik.domains.cooperation.model.linking.weights import Weights
from birlik.errors import OutOfRange

STEPS = 100
CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class Known:
    """What a weight is taken to be before any pair is seen, and how firmly: the inverse of its variance."""

    weight: float
    firmness: float


BEFORE: Mapping[str, Known] = {
    "numbers_differ": Known(-3.0, 1e4),  # school 17 isn't school 18, however few worlds have them
    "among": Known(-0.5, 1e4),  # more records, more chances; sizes beyond those fitted must not loosen the rule
}
LOOSE = Known(0.0, 1.0)


def fit(measures: NDArray[np.float64], same: NDArray[np.bool_], before: Mapping[str, Known] | None = None) -> Weights:
    """The weights under which these labels are likeliest, drawn towards `before`.

    measures: (pairs, measures) as `compare` has them. same: (pairs,).
    Raises: OutOfRange where not both labels occur.
    Source: Hosmer, Lemeshow & Sturdivant, Applied Logistic Regression (2013), 1.2, by Newton's steps; the sum of
    log-odds is that of Fellegi & Sunter, A theory for record linkage (1969), its weights not taken to be independent.
    """
    if same.all() or not same.any():
        raise OutOfRange("same: needs pairs of both kinds")
    known = [LOOSE, *((BEFORE if before is None else before).get(measure, LOOSE) for measure in MEASURES)]
    centre, firm = np.array([k.weight for k in known]), np.array([k.firmness for k in known])
    firm[0] = 1e-6
    design = np.column_stack([np.ones(len(measures)), measures])
    found = centre.copy()
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -500, 500)))
        slope = design.T @ (same - chance) - firm * (found - centre)
        bend = (design.T * (chance * (1 - chance))) @ design + np.diag(firm)
        step = np.linalg.solve(bend, slope)
        found = found + step / max(1.0, float(np.abs(step).max()) / 5)
        if np.abs(step).max() < CLOSE:
            break
    told = {measure: round(float(w), 3) for measure, w in zip(MEASURES, found[1:], strict=True)}
    return Weights(round(float(found[0]), 3), told, round(float(same.mean()), 5))
