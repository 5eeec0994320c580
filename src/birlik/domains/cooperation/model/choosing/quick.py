"""A choice that is made at once: as good as the best, or nearly, where nothing but the budget limits it.

Of each draw the better of two is taken. By value for money until the money ends (Dantzig, Discrete-variable extremum
problems, 1957): it falls short of the best by less than the score of one project. And, of few projects, the exact
choice by dynamic programming (Kellerer, Pferschy and Pisinger, Knapsack Problems, 2004, 2.3) with each cost rounded up
to a thousandth of the budget, so that it always keeps to it.
"""

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.choosing.criteria import Criteria, Floats, scores
from birlik.domains.cooperation.model.choosing.firmness import DRAWS, SEED, Firmness, weight_vectors

Bools = NDArray[np.bool_]
TICKS = 1_000
"""Into which the budget is parted."""
FEW = 128
"""More projects are chosen by value for money alone: they fall short of the best by little."""


def drawn_scores(criteria: Criteria, *, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """draws x projects: with the same weights, and criteria out of their ranges, as `firmness` draws."""
    rng = np.random.default_rng(seed)
    vectors = weight_vectors(criteria.low.shape[1], draws, rng)
    return np.array([scores(criteria.drawn(rng), vector) for vector in vectors]).reshape(draws, -1)


def chosen(cost: Floats, score: Floats, budget: float) -> Bools:
    """bool, draws x n. cost: float64, n. score: float64, draws x n; of none is more than `budget` spent.

    >>> chosen(np.array([6.0, 5.0, 5.0]), np.array([[0.7, 0.5, 0.5], [1.0, 0.2, 0.2]]), 10.0).tolist()
    [[False, True, True], [True, False, False]]
    """
    by_worth = _by_worth(cost, score, budget)
    if cost.size > FEW or budget <= 0:
        return by_worth
    exact = _exact(np.ceil(np.round(cost / budget * TICKS, 6)).astype(np.int64), score)
    better = (score * exact).sum(axis=1) >= (score * by_worth).sum(axis=1)
    return np.where(better[:, None], exact, by_worth)


def firmness_at_once(cost: Floats, criteria: Criteria, budget: float) -> Firmness:
    """How often each is chosen with weights drawn evenly."""
    made = chosen(cost, drawn_scores(criteria), budget)
    return Firmness(made.sum(axis=0).astype(np.int64), DRAWS)


def _by_worth(cost: Floats, score: Floats, budget: float) -> Bools:
    """Each in turn that still fits, the most score for its cost first."""
    draws, n = score.shape
    order = np.argsort(-score / np.maximum(cost, 1e-9), axis=1, kind="stable")
    left, rows, made = np.full(draws, budget + 1e-9), np.arange(draws), np.zeros((draws, n), np.bool_)
    for k in range(n):
        at = order[:, k]
        fits = (cost[at] <= left) & (score[rows, at] > 0)
        made[rows[fits], at[fits]] = True
        left -= np.where(fits, cost[at], 0.0)
    return made


def _exact(ticks: NDArray[np.int64], score: Floats) -> Bools:
    """Of whole costs, all draws at a time. best[:, c]: the most that c ticks buy of the projects seen so far."""
    draws, n = score.shape
    best, taken = np.zeros((draws, TICKS + 1)), np.zeros((n, draws, TICKS + 1), np.bool_)
    for i, price in enumerate(ticks.tolist()):
        if price > TICKS:
            continue
        with_it = best[:, : TICKS + 1 - price] + score[:, i : i + 1]
        taken[i, :, price:] = with_it > best[:, price:]
        best[:, price:] = np.maximum(best[:, price:], with_it)
    made, left, rows = np.zeros((draws, n), np.bool_), np.full(draws, TICKS), np.arange(draws)
    for i in range(n - 1, -1, -1):
        made[:, i] = taken[i, rows, left]
        left = left - np.where(made[:, i], ticks[i], 0)
    return made
