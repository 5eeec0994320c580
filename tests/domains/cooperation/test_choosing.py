"""The choice of projects is the one that trying every choice finds, and its firmness is what was drawn."""

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from birlik.domains.cooperation.model.choosing.criteria import LEAST, scaled, scores
from birlik.domains.cooperation.model.choosing.firmness import Firm, firmness, weight_vectors
from birlik.domains.cooperation.model.choosing.portfolio import Problem, alike, choose, price_of_balance
from birlik.errors import OutOfRange

TWELVE = np.array(list(product((False, True), repeat=12)))
STATES, SECTORS = ("KAZ", "UZB", "TUR", ""), ("energy", "roads", "mills")


def allowed(problem: Problem) -> np.ndarray:
    """By definition, choice by choice: which of the 4,096 keep to all limits."""
    money = TWELVE @ problem.cost
    keeps = money <= problem.budget + 1e-9
    for state in set(problem.state):
        of = TWELVE @ np.where(np.array(problem.state) == state, problem.cost, 0.0)
        keeps &= of <= problem.ceilings.get(state, np.inf) + 1e-9
        keeps &= of >= problem.floors.get(state, 0.0) - 1e-9
    for state, floor in problem.floors.items():
        keeps &= (state in problem.state) or floor <= 0
    for sector, most in problem.most_of_sector.items():
        keeps &= TWELVE[:, np.array(problem.sector) == sector].sum(axis=1) <= most
    for group in problem.either_or:
        keeps &= TWELVE[:, sorted(set(group))].sum(axis=1) <= 1
    for a, b in problem.needs_first:
        keeps &= ~TWELVE[:, a] | TWELVE[:, b]
    return keeps


@st.composite
def problems(draw: st.DrawFn) -> tuple[Problem, np.ndarray]:
    whole = st.lists(st.integers(1, 30), min_size=12, max_size=12)
    cost = np.array(draw(whole), float)
    score = np.array(draw(st.lists(st.integers(0, 40), min_size=12, max_size=12)), float) / 40
    pick = st.integers(0, 11)
    pairs = draw(st.lists(st.tuples(pick, pick).filter(lambda p: p[0] != p[1]), max_size=3))
    return (
        Problem(
            cost=cost,
            budget=float(draw(st.integers(5, 150))),
            state=draw(st.lists(st.sampled_from(STATES), min_size=12, max_size=12)),
            sector=draw(st.lists(st.sampled_from(SECTORS), min_size=12, max_size=12)),
            floors=draw(st.dictionaries(st.sampled_from(STATES[:3]), st.integers(0, 25).map(float), max_size=2)),
            ceilings=draw(st.dictionaries(st.sampled_from(STATES[:3]), st.integers(10, 80).map(float), max_size=2)),
            most_of_sector=draw(st.dictionaries(st.sampled_from(SECTORS), st.integers(0, 4), max_size=2)),
            either_or=draw(st.lists(st.lists(pick, min_size=2, max_size=4), max_size=2)),
            needs_first=pairs,
        ),
        score,
    )


@given(problems())
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_a_choice_of_twelve_is_the_best_of_all_that_keep_to_the_limits(made: tuple[Problem, np.ndarray]) -> None:
    problem, score = made
    keeps = allowed(problem)
    if not keeps.any():
        with pytest.raises(OutOfRange, match="no choice keeps to all limits"):
            choose(problem, score)
        return
    best = choose(problem, score)
    where = int(np.flatnonzero((best.chosen == TWELVE).all(axis=1))[0])
    assert keeps[where]
    assert best.value == pytest.approx((TWELVE[keeps] @ score).max(), abs=1e-6)


def test_ties_are_named_and_nothing_else() -> None:
    # Either of the first two goes with the third; the fourth never fits.
    problem = Problem(cost=np.array([4.0, 4.0, 6.0, 11.0]), budget=10.0)
    score = np.array([0.5, 0.5, 0.9, 1.0])
    assert alike(problem, score, choose(problem, score)).tolist() == [True, True, False, False]
    other = np.array([0.5, 0.4, 0.9, 1.0])
    assert not alike(problem, other, choose(problem, other)).any()


@given(problems())
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_what_the_balance_costs_is_what_enumeration_says(made: tuple[Problem, np.ndarray]) -> None:
    problem, score = made
    if not allowed(problem).any():
        return
    free = (TWELVE[allowed(problem.unbalanced)] @ score).max()
    bound = (TWELVE[allowed(problem)] @ score).max()
    _, price = price_of_balance(problem, score, choose(problem, score))
    assert price == pytest.approx(1 - bound / free if free > 0 else 0.0, abs=1e-5)


def test_weights_are_drawn_evenly_from_the_simplex() -> None:
    """Dirichlet(1, …, 1): each weight is Beta(1, k - 1), of mean 1/k and variance (k - 1) / (k² (k + 1))."""
    drawn = weight_vectors(4, 200_000, np.random.default_rng(1))
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx(0.25, abs=0.002)
    assert drawn.var(axis=0) == pytest.approx(3 / (16 * 5), abs=0.001)


def test_what_is_missing_is_a_range_and_never_nought() -> None:
    known = np.array([[1.0], [3.0], [np.nan]])
    criteria = scaled(known, known)
    drawn = np.array([criteria.drawn(np.random.default_rng(seed))[2, 0] for seed in range(2_000)])
    assert drawn.mean() == pytest.approx(0.5, abs=0.03)
    assert (drawn.min() < 0.02, drawn.max() > 0.98) == (True, True)
    # One place between the best that is known and what isn't: it is chosen about half of the time.
    firm = firmness(Problem(cost=np.array([5.0, 1.0, 1.0]), budget=1.0), scaled(
        np.array([[1.0], [0.0], [np.nan]]), np.array([[1.0], [1.0], [np.nan]])), draws=400)  # fmt: skip
    assert firm.chosen_n[0] == 0
    assert firm.share[1] == pytest.approx(0.5, abs=0.08)


def test_a_project_that_is_best_by_every_criterion_is_core_and_one_that_cannot_be_paid_never() -> None:
    values = np.array([[1.0, 1.0], [0.9, 0.1], [0.1, 0.9], [1.0, 1.0]])
    problem = Problem(cost=np.array([1.0, 1.0, 1.0, 9.0]), budget=2.0)
    firm = firmness(problem, scaled(values, values))
    assert firm.words() == [Firm.CORE, Firm.SWING, Firm.SWING, Firm.NEVER]
    low, high = firm.interval()
    assert np.all((low <= firm.share) & (firm.share <= high))
    assert (firm.share[0], high[3] > 0.0, low[0] < 1.0) == (1.0, True, True)


def test_weights_need_not_add_up_and_none_at_all_are_even() -> None:
    values = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert scores(values, (3.0, 1.0)).tolist() == [0.75 + LEAST, 0.25 + LEAST]
    assert scores(values, (0.0, 0.0)).tolist() == [0.5 + LEAST, 0.5 + LEAST]
