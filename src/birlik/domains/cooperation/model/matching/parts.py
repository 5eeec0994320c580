"""Of each part of the sum how much two have of it, 0 to 1; what isn't known is NaN, and never nought."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.vocabulary.offers import Phase, Sector

Row = Mapping[str, Any]
Reals = NDArray[np.float64]
WEIGHTS: Mapping[str, float] = {"near": 0.5, "same_sector": 0.2, "same_phase": 0.15, "same_place": 0.15}
"""What all of a part adds. They are said beside each part, so that whoever doubts a rank sees on what it rests."""
STEPS = {phase.value: float(n) for n, phase in enumerate(Phase)}
APART = 2.0
"""Stages that are so many steps apart have nothing in common."""
NAMED = 0.5
"""Of places that aren't the same, where one names the other's state as meant."""


def parts(rows: Sequence[Row]) -> Mapping[str, Reals]:
    """By name, (n, n) and symmetric: all but how near the texts are."""
    return {"same_sector": _sector(rows), "same_phase": _phase(rows), "same_place": _place(rows)}


def ranges(made: Mapping[str, Reals]) -> tuple[Reals, Reals]:
    """The least and the most that the sums can be: a part that isn't known is anything from nought to all of it."""
    low: Any = np.float64(0)
    high: Any = np.float64(0)
    for name, value in made.items():
        unknown = np.isnan(value)
        low = low + WEIGHTS[name] * np.where(unknown, 0.0, value)
        high = high + WEIGHTS[name] * np.where(unknown, 1.0, value)
    return np.asarray(low), np.asarray(high)


def _sector(rows: Sequence[Row]) -> Reals:
    said = np.array([row["sector"] or "" for row in rows])
    known = ~np.isin(said, ["", Sector.OTHER.value])
    return _where(known, (said[:, None] == said[None, :]).astype(np.float64))


def _phase(rows: Sequence[Row]) -> Reals:
    step = np.array([STEPS.get(row["phase"] or "", np.nan) for row in rows])
    made: Reals = np.clip(1 - np.abs(step[:, None] - step[None, :]) / APART, 0, 1)
    return made


def _place(rows: Sequence[Row]) -> Reals:
    home = np.array([row["from_state"] or "" for row in rows])
    wants = np.zeros((len(rows), len(rows)), dtype=bool)
    for i, row in enumerate(rows):
        wants[i] = np.isin(home, (row["states"] or "").split())
    named = (wants | wants.T) * NAMED
    return _where(home != "", np.where(home[:, None] == home[None, :], 1.0, named))


def _where(known: NDArray[np.bool_], made: Reals) -> Reals:
    told: Reals = np.where(known[:, None] & known[None, :], made, np.nan)
    return told
