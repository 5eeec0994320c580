"""Times to an end that some have not reached yet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A survival curve, one entry a distinct time at which something ended.

    times: float64, ascending, in the unit of the durations. survival: share still going just after that time.
    at_risk: int64, how many were followed up to that time. variance: Greenwood's, of `survival`.
    """

    times: Floats
    survival: Floats
    at_risk: Ints
    variance: Floats
    n: int
    """All durations, ended or not."""
    ended: int

    def at(self, time: float) -> float:
        """The share still going after `time`; 1 before the first end. Beyond the last duration it is only a bound."""
        index = int(np.searchsorted(self.times, time, side="right"))
        return float(self.survival[index - 1]) if index else 1.0


@dataclass(frozen=True, slots=True)
class Median:
    """The median and its interval in the unit of the durations; None is `not reached yet`, so unbounded above."""

    value: float | None
    low: float | None
    high: float | None
    method: str = "Kaplan-Meier; Brookmeyer-Crowley, log-log"


def kaplan_meier(
    durations: NDArray[np.generic], finished: NDArray[np.bool_], since: NDArray[np.generic] | None = None
) -> Curve:
    """The product-limit estimate of how long things last, counting what is still going for what it tells.

    durations: n numbers from 0 up, any unit and order; up to the end, or up to now where there is none yet.
    finished: n booleans; False is censored. A tie counts the end before the censoring.
    since: n numbers, the age at which each came under watch (delayed entry); None is from nothing on. Who came at an
    age is at risk after it: one that had ended before would not have been seen.
    Raises: OutOfRange for a negative or non-finite duration, a watch that begins after it ends, or other shapes.
    Source: Kaplan & Meier, Nonparametric estimation from incomplete observations (1958), equation 2b; variance:
    Greenwood (1926), as equation 3b there; delayed entry: Klein & Moeschberger, Survival Analysis (2003), 4.6.
    >>> kaplan_meier(np.array([1, 2, 2, 3]), np.array([True, True, False, False])).survival
    array([0.75, 0.5 ])
    """
    lasted, ended = _checked(durations, finished)
    times, deaths = np.unique(lasted[ended], return_counts=True)
    at_risk = lasted.size - np.searchsorted(np.sort(lasted), times, side="left")
    if since is not None:
        came = np.asarray(since, dtype=np.float64)
        if came.shape != lasted.shape or not (came <= lasted).all():
            raise OutOfRange("since: one a duration, and none beyond it")
        # Who came at or after a time wasn't at risk then; what was never at risk can't end.
        at_risk = at_risk - np.count_nonzero(came > 0) + np.searchsorted(np.sort(came[came > 0]), times, side="left")
        # Where the last of very few ends before others come, the product would be 0 for good.
        told = (at_risk > deaths) | (times == times.max(initial=0.0))
        times, deaths, at_risk = times[told], deaths[told], at_risk[told]
    survival: Floats = np.cumprod(1.0 - deaths / at_risk, dtype=np.float64)
    left = at_risk - deaths
    # Once none is left survival is 0, and so is its variance.
    terms = np.divide(deaths, at_risk * left, out=np.zeros(times.size), where=left > 0)
    variance = survival**2 * np.cumsum(terms)
    return Curve(times, survival, at_risk.astype(np.int64), variance, lasted.size, int(ended.sum()))


def median(curve: Curve, *, level: float = 0.95) -> Median:
    """When half have ended, with an interval; None where the curve, or its bound, does not get down to a half.

    Returns: the first time with survival at most 1/2 (the midpoint of the step, where it lies flat at exactly 1/2, is
    the convention of some programs and not taken here); the bounds are the first times at which the log-log
    confidence band's lower and upper edge are at most 1/2.
    Raises: OutOfRange for a level outside 0 to 1.
    Source: Brookmeyer & Crowley, A confidence interval for the median survival time (1982); log-log band:
    Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data (2002), 1.4.
    """
    lower, upper = band(curve, level=level)
    value, low, high = (_first(curve.times, edge) for edge in (curve.survival, lower, upper))
    return Median(value, low, high)


def band(curve: Curve, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Pointwise bounds of the survival, on the log-log scale, so within 0 to 1: (lower, upper), each as `times`.

    Raises: OutOfRange for a level outside 0 to 1. Source: as `median`.
    """
    if not 0 < level < 1:
        raise OutOfRange(f"level: {level} is not between 0 and 1")
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    lower, upper = curve.survival.copy(), curve.survival.copy()
    inside = (curve.survival > 0) & (curve.survival < 1)
    s = curve.survival[inside]
    stretch = np.exp(z * np.sqrt(curve.variance[inside]) / (s * -np.log(s)))
    lower[inside], upper[inside] = s**stretch, s ** (1 / stretch)
    return lower, upper


def _first(times: Floats, edge: Floats) -> float | None:
    # Products such as 4/5 x 5/8 miss 1/2 by the last bit.
    reached = np.flatnonzero(edge <= 0.5 + 1e-12)
    return float(times[reached[0]]) if reached.size else None


def _checked(durations: NDArray[np.generic], finished: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    lasted = np.asarray(durations, dtype=np.float64)
    ended = np.asarray(finished, dtype=np.bool_)
    if lasted.ndim != 1 or lasted.shape != ended.shape:
        raise OutOfRange("durations and finished must be one axis each, and as many")
    if not np.isfinite(lasted).all() or (lasted < 0).any():
        raise OutOfRange("durations: must be finite and not negative")
    return lasted, ended
