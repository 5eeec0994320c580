"""How many hold of several, each with its own chance."""

import itertools

import numpy as np
import pytest

from birlik.errors import OutOfRange
from birlik.methods.counts import poisson_binomial


def test_two_coins():
    # 0, 1, 2 with 1/4, 1/2, 1/4: no end can be left out at 97 %.
    found = poisson_binomial(np.array([0.5, 0.5]))
    assert (found.mean, found.low, found.high) == (1.0, 0, 2)


def test_what_is_certain_is_counted_and_has_no_spread():
    found = poisson_binomial(np.array([1.0] * 20 + [0.0] * 5))
    assert (found.mean, found.low, found.high) == (20.0, 20, 20)


def test_nobody_is_nobody():
    assert poisson_binomial(np.empty(0)).high == 0


def test_equal_chances_are_the_binomial_law():
    from scipy.stats import binom

    found = poisson_binomial(np.full(40, 0.3), level=0.95)
    assert (found.low, found.high) == (binom.ppf(0.025, 40, 0.3), binom.ppf(0.975, 40, 0.3))


def test_the_bounds_hold_what_every_outcome_adds_up_to():
    chances = np.random.default_rng(1).uniform(0, 1, 10)
    law = np.zeros(11)
    for outcome in itertools.product((0, 1), repeat=10):
        law[sum(outcome)] += np.prod(np.where(outcome, chances, 1 - chances))
    found = poisson_binomial(chances)
    assert law[: found.low].sum() <= 0.015
    assert law[found.high + 1 :].sum() <= 0.015
    assert law[: found.low + 1].sum() > 0.015
    assert law[found.high :].sum() > 0.015


def test_beyond_two_thousand_the_bounds_are_the_same_to_one():
    chances = np.random.default_rng(2).beta(0.4, 2.0, 2_000)
    exact = poisson_binomial(chances)
    more = poisson_binomial(np.append(chances, 1e-12))
    assert abs(exact.low - more.low) <= 1
    assert abs(exact.high - more.high) <= 1


def test_what_is_no_chance_is_said():
    with pytest.raises(OutOfRange):
        poisson_binomial(np.array([1.2]))
