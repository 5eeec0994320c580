"""Above which score records are linked by rule, and above which a person is asked; and how good that is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.methods.bootstrap import Interval, proportion_interval

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PRECISION = 0.995
"""Of what is linked by rule so much must be right, by the lower end of its interval."""
QUESTIONS_A_RECORD = 0.15
TRUE_SHARE = 0.5
"""Of what is asked so much must be the same, or people stop reading."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Log-odds: linked by rule from `upper` on, asked from `lower` on, left below."""

    upper: float
    lower: float


@dataclass(frozen=True, slots=True)
class Measured:
    """How good a choice of pairs is, against known truth."""

    precision: float | None
    precision_interval: Interval
    recall: float | None
    recall_interval: Interval
    n_chosen: int
    n_true: int


def upper_from(score: Floats, same: Bools, *, precision: float = PRECISION) -> float:
    """The lowest score from which on a rule may link.

    score, same: of pairs that a rule may link and of which the truth is known. Of all from the bound on, the lower end
    of the 95 % interval of precision is at least `precision`. Infinite where no score holds that.
    """
    order = np.argsort(-score, kind="stable")
    return _lowest(score[order], _precise(same[order], precision))


def lower_from(score: Floats, same: Bools, n_records: int) -> float:
    """The lowest score from which on people are asked.

    score, same: of the questions that there would be without a bound, likeliest first, as `link` tells them: at most
    QUESTIONS_A_RECORD of them are asked, TRUE_SHARE of which are the same.
    """
    asked_n = np.arange(1, score.size + 1)
    worth = (np.cumsum(same) >= TRUE_SHARE * asked_n) & (asked_n <= QUESTIONS_A_RECORD * n_records)
    return _lowest(score, worth)


def measured(right: int, n_chosen: int, found: int, n_true: int) -> Measured:
    """Precision: `right` of `n_chosen` pairs are the same. Recall: `found` of `n_true` true pairs are found."""
    return Measured(
        right / n_chosen if n_chosen else None,
        proportion_interval(right, n_chosen),
        found / n_true if n_true else None,
        proportion_interval(found, n_true),
        n_chosen,
        n_true,
    )


def _precise(same: Bools, precision: float) -> Bools:
    """Where the lower end of Wilson's interval at 95 % of all up to there is high enough."""
    n = np.arange(1, same.size + 1)
    share, z2 = np.cumsum(same) / n, 1.959964**2
    low = (share + z2 / (2 * n) - np.sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n)) / (1 + z2 / n)
    return np.asarray(low >= precision)


def _lowest(descending: Floats, holds: Bools) -> float:
    """The lowest score up to which `holds`, all of one score together."""
    if not descending.size:
        return float("inf")
    last = np.append(descending[1:] != descending[:-1], True)
    at = np.flatnonzero(holds & last)
    return float(descending[at[-1]]) if at.size else float("inf")
