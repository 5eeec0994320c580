"""How firm a choice is: made again with weights drawn evenly from all that there could be."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.choosing.criteria import Criteria, Floats, scores
from birlik.domains.cooperation.model.choosing.portfolio import Problem, choose
from birlik.methods.bootstrap import proportion_interval

DRAWS = 256
SEED = 20_260_401
GAP = 1e-4
"""Of each of many choices: a project that it turns on is a swing one in any case."""
CORE = 0.9


class Firm(StrEnum):
    """How often a project is chosen, whatever the weights."""

    CORE = "core"
    """In nine of ten choices or more."""
    SWING = "swing"
    NEVER = "never"


@dataclass(frozen=True, slots=True, eq=False)
class Firmness:
    """chosen_n: int64, n projects: in how many of `draws` choices."""

    chosen_n: NDArray[np.int64]
    draws: int

    @property
    def share(self) -> Floats:
        """float64, n, 0 to 1."""
        return self.chosen_n / self.draws

    def interval(self) -> tuple[Floats, Floats]:
        """Of each share, 95 %, as Wilson has it: two float64, n."""
        ends = [proportion_interval(int(n), self.draws) for n in self.chosen_n]
        return np.array([e.low for e in ends], np.float64), np.array([e.high for e in ends], np.float64)

    def words(self) -> list[Firm]:
        """One a project."""
        return [Firm.CORE if s >= CORE else Firm.SWING if s > 0 else Firm.NEVER for s in self.share]


def weight_vectors(criteria: int, draws: int, rng: np.random.Generator) -> Floats:
    """draws x criteria, each row adding up to 1: evenly from the simplex (Dirichlet with all parameters 1)."""
    return np.asarray(rng.dirichlet(np.ones(criteria), draws))


def firmness(
    problem: Problem,
    criteria: Criteria,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Firmness:
    """The same choice with each of so many weight vectors, each with criteria drawn out of their ranges.

    Raises OutOfRange where nothing keeps to all limits.
    """
    rng = np.random.default_rng(seed)
    made = np.zeros(problem.n, np.int64)
    for done, weights in enumerate(weight_vectors(criteria.low.shape[1], draws, rng), 1):
        made += choose(problem, scores(criteria.drawn(rng), weights), gap=GAP).chosen
        tell(done, draws)
    return Firmness(made, draws)
