"""The best choice of projects under a budget and what it has to keep to: a linear programme in noughts and ones.

Solved by HiGHS (Huangfu and Hall, Parallelizing the dual revised simplex method, 2018), as scipy brings it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange
from birlik.said import Said

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GAP = 1e-6
"""How far from the best, as a share of it, a choice may be."""
LIMIT_S = 20.0
"""For one choice."""
SAME = 1e-7
"""Of values: what is nearer than this is alike."""
MOST_ALIKE = 8
"""Choices of one value that are looked for."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is chosen from, and what a choice keeps to."""

    cost: Floats
    """float64, n projects, in one currency."""
    budget: float
    state: Sequence[str] = ()
    """Of each project; empty where it isn't known, which no floor or ceiling speaks of."""
    sector: Sequence[str] = ()
    floors: Mapping[str, float] = field(default_factory=dict)
    """By state: at least so much of the money goes there."""
    ceilings: Mapping[str, float] = field(default_factory=dict)
    """By state: at most so much."""
    most_of_sector: Mapping[str, int] = field(default_factory=dict)
    """By sector: at most so many projects."""
    either_or: Sequence[Sequence[int]] = ()
    """Of the projects of each, one at most."""
    needs_first: Sequence[tuple[int, int]] = ()
    """(a, b): a only with b."""

    @property
    def n(self) -> int:
        """How many projects there are."""
        return int(self.cost.size)

    @property
    def unbalanced(self) -> "Problem":
        """The same without what balances between states and sectors."""
        return replace(self, floors={}, ceilings={}, most_of_sector={})

    @cached_property
    def limits(self) -> Any:
        """All that it keeps to, as rows of a sparse matrix with bounds."""
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        rows = list(self._rows())
        lengths = [len(at) for at, _, _, _ in rows]
        data = np.concatenate([values for _, values, _, _ in rows])
        at = np.concatenate([places for places, _, _, _ in rows])
        matrix = csr_array((data, at, np.concatenate(([0], np.cumsum(lengths)))), shape=(len(rows), self.n))
        return LinearConstraint(matrix, [low for _, _, low, _ in rows], [high for _, _, _, high in rows])

    def _rows(self) -> Iterator[tuple[NDArray[np.int64], Floats, float, float]]:
        """(projects, what each counts, at least, at most) of each limit."""
        everyone = np.arange(self.n)
        yield everyone, self.cost, -np.inf, self.budget
        states, sectors = np.array(self.state, object), np.array(self.sector, object)
        for name in {**self.floors, **self.ceilings}:
            at = np.flatnonzero(states == name)
            yield at, self.cost[at], self.floors.get(name, -np.inf), self.ceilings.get(name, np.inf)
        for name, most in self.most_of_sector.items():
            at = np.flatnonzero(sectors == name)
            yield at, np.ones(at.size), -np.inf, float(most)
        for group in self.either_or:
            at = np.array(sorted(set(group)), np.int64)
            yield at, np.ones(at.size), -np.inf, 1.0
        for a, b in self.needs_first:
            yield np.array([a, b]), np.array([1.0, -1.0]), -np.inf, 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    chosen: Bools
    value: float
    """The sum of the scores of those that are chosen."""


def choose(problem: Problem, score: Floats, *, gap: float = GAP, but: Sequence[Choice] = ()) -> Choice:
    """The choice of the greatest sum of scores. score: float64, n. but: choices that it must differ from.

    Raises OutOfRange where nothing keeps to all limits, or none was found in time.
    >>> best = choose(Problem(cost=np.array([6.0, 5.0, 5.0]), budget=10.0), np.array([0.7, 0.5, 0.5]))
    >>> best.chosen.tolist(), best.value
    ([False, True, True], 1.0)
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    others = [_another(choice) for choice in but]
    apart = [LinearConstraint(np.array([row for row, _ in others]), [low for _, low in others], np.inf)] if but else []
    found = milp(
        -score,
        integrality=np.ones(problem.n),
        bounds=Bounds(0, 1),
        constraints=[problem.limits, *apart],
        options={"mip_rel_gap": gap, "time_limit": LIMIT_S},
    )
    if found.x is None:
        if found.status == INFEASIBLE:
            raise OutOfRange(Said("no choice keeps to all limits: lower a floor, or raise the budget"))
        raise OutOfRange(Said("no choice was found within {n} s", n=int(LIMIT_S)))
    chosen = np.asarray(found.x > 0.5)
    return Choice(chosen, float(score[chosen].sum()))


INFEASIBLE = 2
"""Of scipy's words for what became of it."""


def _another(choice: Choice) -> tuple[Floats, float]:
    """A row and its least value: at least one project is otherwise."""
    return np.where(choice.chosen, -1.0, 1.0), 1.0 - float(choice.chosen.sum())


def alike(problem: Problem, score: Floats, best: Choice, most: int = MOST_ALIKE) -> Bools:
    """bool, n: projects that are in some, not in all, of the choices which are as good as the best."""
    made, found = np.zeros(problem.n, np.bool_), [best]
    for _ in range(most):
        try:
            other = choose(problem, score, but=found)
        except OutOfRange:
            break
        if other.value < best.value - SAME * max(1.0, abs(best.value)):
            break
        found.append(other)
        made |= other.chosen != best.chosen
    return made


def price_of_balance(problem: Problem, score: Floats, best: Choice) -> tuple[Choice, float]:
    """(the best choice without floors, ceilings and limits of sectors; what share of its value the balance costs)."""
    free = choose(problem.unbalanced, score)
    return free, max(0.0, 1 - best.value / free.value) if free.value > 0 else 0.0
