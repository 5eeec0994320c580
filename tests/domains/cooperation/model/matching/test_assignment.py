"""Pairs under capacities: as good as the best of all choices, on cases small enough to try them all."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from birlik.domains.cooperation.model.matching.assignment import assigned, each_to_its_best, in_turn

Case = tuple[list[int], list[int], list[float], list[int], list[int]]


def best(left: list[int], right: list[int], scores: list[float], at_left: list[int], at_right: list[int]) -> float:
    """By trying every subset of pairs."""
    every = chain.from_iterable(combinations(range(len(scores)), n) for n in range(len(scores) + 1))
    made = 0.0
    for chosen in every:
        at = [left[p] for p in chosen], [right[p] for p in chosen]
        if all(at[0].count(i) <= most for i, most in enumerate(at_left)) and all(
            at[1].count(j) <= most for j, most in enumerate(at_right)
        ):
            made = max(made, sum(scores[p] for p in chosen))
    return made


def keeps_to(case: Case, chosen: np.ndarray) -> bool:
    left, right, _, at_left, at_right = case
    sides = ((left, at_left), (right, at_right))
    return all((counted(side, chosen, len(most)) <= most).all() for side, most in sides)


def counted(side: list[int], chosen: np.ndarray, places: int) -> np.ndarray:
    return np.bincount(np.array(side, np.int64)[chosen], minlength=places)


@pytest.mark.parametrize("seed", range(25))
def test_it_is_as_good_as_the_best_of_all_choices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(3) for j in range(4) if rng.random() < 0.8]
    left, right = [i for i, _ in pairs], [j for _, j in pairs]
    scores = rng.choice([0.2, 0.5, 0.5, 0.9, rng.random()], size=len(pairs)).tolist()
    at_left, at_right = rng.integers(1, 6, 3).tolist(), rng.integers(1, 3, 4).tolist()
    chosen = assigned(left, right, scores, at_left, at_right)
    assert keeps_to((left, right, scores, at_left, at_right), chosen)
    assert np.asarray(scores)[chosen].sum() == pytest.approx(best(left, right, scores, at_left, at_right))


@pytest.mark.parametrize("seed", range(5))
def test_where_each_can_go_on_with_one_it_is_the_assignment_of_a_square_matrix(seed: int) -> None:
    scores = np.random.default_rng(seed).uniform(0.1, 1, (40, 40))
    left, right = (each.ravel().tolist() for each in np.indices(scores.shape))
    chosen = assigned(left, right, scores.ravel().tolist(), [1] * 40, [1] * 40)
    assert scores.ravel()[chosen].sum() == pytest.approx(scores[linear_sum_assignment(scores, maximize=True)].sum())


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Places of both sides, some of the pairs between them, and with how many each can go on."""
    n, m = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    every = [(i, j) for i in range(n) for j in range(m)]
    pairs = sorted(draw(st.sets(st.sampled_from(every))))
    scores = draw(st.lists(st.integers(1, 100), min_size=len(pairs), max_size=len(pairs)))
    at = [draw(st.lists(st.integers(1, 5), min_size=k, max_size=k)) for k in (n, m)]
    return [i for i, _ in pairs], [j for _, j in pairs], [s / 100 for s in scores], at[0], at[1]


@settings(deadline=None)  # the solver is imported by the first
@given(cases())
def test_nobody_has_more_than_they_can_and_nothing_could_be_added_or_done_better_in_turn(case: Case) -> None:
    left, right, scores, at_left, at_right = case
    chosen, turns = assigned(*case), in_turn(*case)
    assert keeps_to(case, chosen)
    assert keeps_to(case, turns)
    of = np.asarray(scores)
    assert of[chosen].sum() >= of[turns].sum() - 1e-9
    # The best pair first is at least half as good (Preis 1999).
    assert of[turns].sum() >= of[chosen].sum() / 2 - 1e-9
    for made in (chosen, turns):
        full = [counted(left, made, len(at_left)) >= at_left, counted(right, made, len(at_right)) >= at_right]
        assert all(made[p] or full[0][left[p]] or full[1][right[p]] for p in range(len(scores)))


@settings(deadline=None)  # the solver is imported by the first
@given(cases(), st.randoms())
def test_the_order_of_pairs_is_of_no_account(case: Case, chance: object) -> None:
    left, right, scores, at_left, at_right = case
    order = list(range(len(scores)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    other = assigned([left[p] for p in order], [right[p] for p in order], [scores[p] for p in order], at_left, at_right)
    assert np.asarray(scores)[order][other].sum() == pytest.approx(np.asarray(scores)[assigned(*case)].sum())


def test_one_investor_is_not_offered_to_all() -> None:
    """Three needs like the first offer best; it can go on with one, and the others have a second best."""
    left, right = [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]
    scores = [0.9, 0.9, 0.8, 0.1, 0.3, 0.4]
    assert each_to_its_best(right, scores).tolist() == [True, True, True, False, False, False]
    assert assigned(left, right, scores, [1, 5], [1, 1, 1]).tolist() == [True, False, False, False, True, True]


def test_of_nothing_comes_nothing() -> None:
    for made in (assigned([], [], [], [], []), in_turn([], [], [], [], []), each_to_its_best([], [])):
        assert made.tolist() == []
