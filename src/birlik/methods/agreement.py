"""How far coders agree, beyond what chance would give."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange
from birlik.methods.bootstrap import Interval, tail_of
from birlik.methods.quantiles import quantiles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WITHHELD_BELOW, MARKED_BELOW = 0.667, 0.8
"""Krippendorff, Content Analysis (2004), p. 241: below the first nothing is concluded, below the second tentatively."""
MOST_UNITS = 10_000
RESAMPLES = 999
FEWEST_DEFINED = 0.5
"""No interval where fewer of the resamples than this have an alpha: too little varies."""


class Level(StrEnum):
    """What the codes mean, and so how far apart two of them are."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


class Undefined(StrEnum):
    """Why there is no coefficient."""

    NO_PAIR = "no unit has two codes"
    NO_VARIATION = "no unit varies from another"


class Verdict(StrEnum):
    """What may be shown of figures on codes that agree so far."""

    SHOWN = "shown"
    MARKED = "marked"
    WITHHELD = "withheld"
    UNDEFINED = "undefined"
    ONCE = "coded once"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient without unit: 1 is perfect, 0 what chance gives, below 0 worse. None has its reason."""

    value: float | None
    reason: Undefined | None
    interval: Interval
    n: int
    """Units that two coders at least have coded; others tell nothing."""
    codes: int
    """Codes in these units."""
    coders: int
    """Coders with a code at all, in whichever unit."""

    @property
    def verdict(self) -> Verdict:
        """By the value alone; the interval stands beside it."""
        if self.coders < 2:
            return Verdict.ONCE
        if self.value is None:
            return Verdict.UNDEFINED
        if self.value < WITHHELD_BELOW:
            return Verdict.WITHHELD
        return Verdict.MARKED if self.value < MARKED_BELOW else Verdict.SHOWN


def krippendorff_alpha(
    codes: NDArray[np.generic], level: Level, *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Agreement:
    """Krippendorff's alpha of any number of coders, some of whose codes are missing.

    codes: (coders, units), real numbers; NaN is missing. Nominal codes are any numbers; ordinal ones rank by size.
    confidence, resamples, seed: of the interval; whole units are drawn again with replacement (percentiles). Draws in
    which nothing varies are left out, and there is no interval where they are more than half. No resamples: none.
    Returns: a value of at most 1, or why there is none. Neither the order of coders nor that of units changes it.
    Raises: OutOfRange for another shape, infinite codes, codes below 0 on a ratio scale, 1 to 99 resamples.

    Source: Krippendorff, Computing Krippendorff's alpha-reliability (2011); the ordinal distance there is that of
    mid-ranks, so that it is the interval metric over them. Bootstrap over units: Zapf et al., Measuring inter-rater
    reliability for nominal data: which coefficients and confidence intervals are appropriate? (2016).
    >>> krippendorff_alpha(np.array([[1.0, 2, 3, 3, np.nan], [1.0, 2, 3, 2, 4]]), Level.NOMINAL).value
    0.6666666666666667
    """
    given = _checked(codes, level)
    values, counts = _counts(given)
    coders = int((~np.isnan(given)).any(axis=1).sum())

    def alpha(weights: Floats) -> float | None:
        return _alpha(counts, weights, values, level)

    found = alpha(np.ones(len(counts)))
    reason = None if found is not None else Undefined.NO_VARIATION if len(counts) else Undefined.NO_PAIR
    interval = _interval(alpha, len(counts), found, confidence, resamples, seed)
    return Agreement(found, reason, interval, len(counts), int(counts.sum()), coders)


def cohen_kappa(
    table: NDArray[np.generic], *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Agreement:
    """Cohen's kappa of two coders who have both coded each unit on a nominal scale.

    table: (codes, codes), whole numbers: units to which the first gave the row's code and the second the column's.
    Returns: a value of at most 1; none without units, and none where both gave one and the same code throughout.
    Raises: OutOfRange for a table that isn't square, whole, or not negative.
    Source: Cohen, A coefficient of agreement for nominal scales (1960); interval as `krippendorff_alpha`.
    >>> cohen_kappa(np.array([[20, 5], [10, 15]])).value
    0.4
    """
    cells = np.asarray(table)
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1] or cells.dtype.kind not in "iu" or (cells < 0).any():
        raise OutOfRange("table: must be square, of whole numbers from 0")
    n = int(cells.sum())
    row, column = np.divmod(np.repeat(np.arange(cells.size), cells.ravel()), max(len(cells), 1))

    def kappa(weights: Floats) -> float | None:
        drawn = np.zeros(cells.shape)
        np.add.at(drawn, (row, column), weights)
        return _kappa(drawn)

    found = kappa(np.ones(n))
    reason = None if found is not None else Undefined.NO_VARIATION if n else Undefined.NO_PAIR
    return Agreement(found, reason, _interval(kappa, n, found, confidence, resamples, seed), n, 2 * n, 2 if n else 0)


def paired(first: NDArray[np.generic], second: NDArray[np.generic]) -> Ints:
    """The table of `cohen_kappa` from two coders' codes of n units, NaN where missing; units with both count."""
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise OutOfRange("codes: must be two axes of as many units")
    both = ~(np.isnan(one) | np.isnan(other))
    values, place = np.unique(np.concatenate([one[both], other[both]]), return_inverse=True)
    table = np.zeros((values.size, values.size), dtype=np.int64)
    np.add.at(table, (place[: both.sum()], place[both.sum() :]), 1)
    return table


def _checked(codes: NDArray[np.generic], level: Level) -> Floats:
    given = np.asarray(codes, dtype=np.float64)
    if given.ndim != 2:
        raise OutOfRange("codes: must be coders by units")
    if given.shape[1] > MOST_UNITS:
        raise OutOfRange(f"codes: {given.shape[1]} units are more than {MOST_UNITS}")
    if np.isinf(given).any():
        raise OutOfRange("codes: must be finite, or NaN where missing")
    if level is Level.RATIO and (given < 0).any():
        raise OutOfRange("codes: on a ratio scale nothing is below 0")
    return given


def _counts(given: Floats) -> tuple[Floats, Floats]:
    """The values that occur (V), and how often in each unit that can be paired (units, V)."""
    there = ~np.isnan(given)
    pairable = there.sum(axis=0) >= 2
    there, given = there[:, pairable], given[:, pairable]
    values, place = np.unique(given[there], return_inverse=True)
    counts = np.zeros((given.shape[1], values.size))
    np.add.at(counts, (np.nonzero(there)[1], place), 1)
    # In one order, whatever the order of units: so that the drawn units are the same.
    return values, counts[np.lexsort(counts.T)] if values.size else counts


def _alpha(counts: Floats, weights: Floats, values: Floats, level: Level) -> float | None:
    """Each unit as often as its weight says."""
    totals = weights @ counts
    n = totals.sum()
    distance = _distances(values, totals, level)
    expected = totals @ distance @ totals
    if not expected > 0:
        return None
    of_unit = counts.sum(axis=1)
    observed = np.einsum("uv,vw,uw->u", counts, distance, counts, optimize=True) / (of_unit - 1)
    return float(1 - (n - 1) * (weights @ observed) / expected)


def _distances(values: Floats, totals: Floats, level: Level) -> Floats:
    """(V, V), the squared distance of each value to each."""
    match level:
        case Level.NOMINAL:
            return 1 - np.eye(values.size)
        case Level.ORDINAL:
            rank = np.cumsum(totals) - totals / 2
            return np.subtract.outer(rank, rank) ** 2
        case Level.INTERVAL:
            return np.subtract.outer(values, values) ** 2
        case Level.RATIO:
            sums = np.add.outer(values, values)
            return (np.subtract.outer(values, values) / np.where(sums > 0, sums, 1)) ** 2


def _kappa(table: Floats) -> float | None:
    n = table.sum()
    by_chance = table.sum(axis=0) @ table.sum(axis=1)
    if not n * n > by_chance:
        return None
    # In counts, not shares: whole numbers leave no rounding behind.
    return float((n * np.trace(table) - by_chance) / (n * n - by_chance))


def _interval(
    statistic: Callable[[Floats], float | None],
    units: int,
    found: float | None,
    confidence: float,
    resamples: int,
    seed: int,
) -> Interval:
    tail = tail_of(confidence)
    if resamples == 0:
        return Interval(None, None, "none: not asked for")
    if resamples < 100:
        raise OutOfRange(f"resamples: {resamples} is not at least 100")
    if found is None or units < 2:
        return Interval(None, None, "none: fewer than two units, or none varies")
    drawn = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), size=resamples)
    told = [value for value in map(statistic, drawn.astype(np.float64)) if value is not None]
    if len(told) < FEWEST_DEFINED * resamples:
        return Interval(None, None, "none: too little varies")
    low, high = quantiles(np.array(told), (tail, 1 - tail))
    return Interval(low, high, "bootstrap of units, percentiles")
