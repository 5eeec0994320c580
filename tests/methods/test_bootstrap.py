"""Intervals: they hold what they should as often as they say, and hang on nothing but the values."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.errors import OutOfRange
from birlik.methods.bootstrap import (
    Interval,
    mean_interval,
    mean_intervals,
    median_interval,
    proportion_interval,
    ratio_interval,
)

MEAN_S = 8 * 3600.0
DAY_S = 86_400
DAYS = 30
RUNS = 1_000
"""Of 400 runs of a perfect interval one set in fifteen falls outside 93 to 97 by chance alone; of 1 000, one in 250."""
ENOUGH = (0.93, 0.97)


def lognormal(rng, cv, n, mean=MEAN_S):
    sigma2 = np.log(1 + cv * cv)
    return rng.lognormal(np.log(mean) - sigma2 / 2, np.sqrt(sigma2), n)


def independent_lognormal(rng, n, cv):
    return lognormal(rng, cv, n), np.arange(n)


def independent_gamma(rng, n, cv):
    return rng.gamma(1 / cv**2, MEAN_S * cv**2, n), np.arange(n)


def independent_in_days(rng, n, cv):
    return lognormal(rng, cv, n), rng.integers(0, DAYS, n)


def days_alike(rng, n, icc, days=DAYS):
    sigma2 = np.log(1 + 0.7**2)
    day = rng.integers(0, days, n)
    level = rng.normal(0, np.sqrt(icc * sigma2), days)
    return MEAN_S * np.exp(level[day] + rng.normal(0, np.sqrt((1 - icc) * sigma2), n) - sigma2 / 2), day


def queue(rng, load, a_day, cv=0.6):
    """Time in an M/G/1 system with log-normal service, by day of exit, after 20 days of warming up."""
    warm = 20
    arrivals = np.cumsum(rng.exponential(DAY_S / a_day, int(a_day * (DAYS + warm) * 1.3)))
    service = lognormal(rng, cv, arrivals.size, load * DAY_S / a_day)
    # Lindley: the wait is the height of a random walk above its lowest point so far.
    walk = np.concatenate(([0.0], np.cumsum(service[:-1] - np.diff(arrivals))))
    exits_after = walk - np.minimum.accumulate(walk) + service
    day = ((arrivals + exits_after) // DAY_S).astype(np.int64)
    seen = (day >= warm) & (day < warm + DAYS)
    return exits_after[seen], day[seen]


def mean_of_queue(load, a_day, cv=0.6):
    """Pollaczek and Khinchine."""
    service = load * DAY_S / a_day
    return service + load * service * (1 + cv * cv) / 2 / (1 - load)


def coverage(make, mean, *arguments, runs=RUNS):
    samples = [make(np.random.default_rng([run, 2]), *arguments) for run in range(runs)]
    offsets = np.cumsum([0] + [len(values) for values, _ in samples])
    values = np.rint(np.concatenate([values for values, _ in samples])).astype(np.int64)
    found = mean_intervals(values, np.concatenate([days for _, days in samples]), offsets, resamples=399, seed=1)
    return float(np.mean((found.low <= mean) & (mean <= found.high)))


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        *(
            pytest.param(independent_lognormal, (n, cv), id=f"log-normal n={n} cv={cv}")
            for n in (30, 200)
            for cv in (0.5, 1)
        ),
        *(pytest.param(independent_gamma, (n, cv), id=f"gamma n={n} cv={cv}") for n in (30, 200) for cv in (0.5, 1)),
        pytest.param(independent_in_days, (600, 1.0), id="independent, but counted in days"),
        *(
            pytest.param(days_alike, (n, icc), id=f"days n={n} icc={icc}")
            for n in (200, 600, 2000)
            for icc in (0.1, 0.2)
        ),
        *(pytest.param(days_alike, (400, 0.15, days), id=f"only {days} days") for days in (4, 7, 12)),
    ],
)
def test_95_percent_intervals_hold_the_laws_mean_in_93_to_97_of_100_runs(make, arguments):
    assert ENOUGH[0] <= coverage(make, MEAN_S, *arguments) <= ENOUGH[1]


@pytest.mark.parametrize(("load", "a_day"), [(0.5, 60), (0.6, 100), (0.7, 200)])
def test_so_they_do_for_a_queue_that_forgets_within_days(load, a_day):
    assert ENOUGH[0] <= coverage(queue, mean_of_queue(load, a_day), load, a_day, runs=400) <= ENOUGH[1]


@pytest.mark.parametrize(
    ("make", "arguments", "at_least"),
    [
        pytest.param(independent_lognormal, (5, 0.5), 0.91, id="n=5 cv=0.5"),
        pytest.param(independent_lognormal, (5, 1.0), 0.88, id="n=5 cv=1"),
        pytest.param(independent_lognormal, (10, 1.0), 0.88, id="n=10 cv=1"),
    ],
)
def test_small_skewed_samples_cover_less_and_the_docstring_says_how_much_less(make, arguments, at_least):
    assert coverage(make, MEAN_S, *arguments) >= at_least


@pytest.mark.parametrize(
    ("values", "cluster", "method"),
    [
        pytest.param([], [], "none: fewer than two values", id="nothing"),
        pytest.param([7], [1], "none: fewer than two values", id="one value"),
        pytest.param([7, 9], [1, 2], "log-normal t over clusters", id="two days"),
        pytest.param(range(9), [1] * 9, "log-normal t over values", id="few values of one day"),
        pytest.param(range(10), [1] * 10, "bootstrap-t over values", id="many values of one day"),
        pytest.param(range(10), range(10), "bootstrap-t over clusters", id="ten days"),
    ],
)
def test_the_interval_says_how_it_was_made(values, cluster, method):
    found = mean_interval(np.array(values, dtype=np.int64), np.array(cluster, dtype=np.int64), resamples=100)
    assert found.method == method
    assert (found.low is None) == method.startswith("none")


def test_equal_values_leave_no_doubt():
    assert mean_interval(np.full(30, 3600), np.arange(30)) == Interval(3600.0, 3600.0, "bootstrap-t over clusters")


def test_days_in_a_row_that_are_alike_widen_the_interval():
    wave = np.repeat(1000 + 500 * np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 1, 1, 1]), 5)
    day = np.repeat(np.arange(12), 5)
    apart = mean_interval(wave, 2 * day)
    in_a_row = mean_interval(wave, day)
    assert in_a_row.high - in_a_row.low > 1.3 * (apart.high - apart.low)


SAMPLES = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 40)), min_size=2, max_size=80)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_delivery_changes_no_bit(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    one, other = (np.array(rows, dtype=np.int64).T for rows in (pairs, shuffled))
    assert mean_interval(*one, resamples=100) == mean_interval(*other, resamples=100)
    weights = one[0] / 7 + 1, other[0] / 7 + 1
    assert ratio_interval(one[0] / 3, weights[0], one[1], resamples=100) == ratio_interval(
        other[0] / 3, weights[1], other[1], resamples=100
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SAMPLES, st.integers(2, 3600))
def test_another_unit_gives_the_same_interval_in_that_unit(pairs, factor):
    values, cluster = np.array(pairs, dtype=np.int64).T
    once, scaled = (mean_interval(v, cluster, resamples=100) for v in (values, values * factor))
    assert scaled.low == pytest.approx(once.low * factor, rel=1e-6, abs=1e-6)
    assert scaled.high == pytest.approx(once.high * factor, rel=1e-6, abs=1e-6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SAMPLES)
def test_a_higher_level_holds_the_lower_ones_interval(pairs):
    values, cluster = np.array(pairs, dtype=np.int64).T
    narrow, wide = (mean_interval(values, cluster, level=level, resamples=200) for level in (0.8, 0.95))
    assert wide.low <= narrow.low <= narrow.high <= wide.high
    assert wide.low >= 0


def test_a_group_among_many_has_the_interval_it_has_alone():
    rng = np.random.default_rng(3)
    values, cluster = rng.integers(0, 10**6, 500), rng.integers(0, 30, 500)
    offsets = np.array([0, 0, 1, 40, 41, 300, 500])
    together = mean_intervals(values, cluster, offsets)
    for group, (first, last) in enumerate(pairwise(offsets)):
        assert together[group] == mean_interval(values[first:last], cluster[first:last])


def test_a_mean_is_the_ratio_of_a_sum_and_a_count():
    rng = np.random.default_rng(4)
    values, cluster = rng.integers(0, 10**6, 300), rng.integers(0, 30, 300)
    assert ratio_interval(values, np.ones(300, dtype=np.int64), cluster) == mean_interval(values, cluster)


def test_speed_with_delay_is_a_ratio_of_sums_and_its_interval_holds_it():
    rng = np.random.default_rng(5)
    hours = rng.gamma(4, 5, 400)
    km = 30 * hours * rng.lognormal(0, 0.2, 400)
    found = ratio_interval(km, hours, rng.integers(0, 30, 400))
    assert found.low < km.sum() / hours.sum() < found.high
    assert found.high - found.low < 3


@pytest.mark.parametrize(
    ("values", "cluster", "changes"),
    [
        pytest.param([1.5, 2.0], [1, 2], {}, id="seconds are whole"),
        pytest.param([1, 2], [1], {}, id="a cluster each"),
        pytest.param([1, 2], [1, 2], {"level": 1.0}, id="certainty is no level"),
        pytest.param([1, 2], [1, 2], {"resamples": 10}, id="too few resamples"),
    ],
)
def test_what_has_no_interval_is_said(values, cluster, changes):
    with pytest.raises(OutOfRange):
        mean_interval(np.array(values), np.array(cluster), **changes)


@pytest.mark.parametrize("offsets", [[0, 1], [1, 2], [0, 2, 1, 2], []])
def test_offsets_must_cut_up_the_values(offsets):
    with pytest.raises(OutOfRange):
        mean_intervals(np.array([1, 2]), np.array([1, 2]), np.array(offsets, dtype=np.int64))


@pytest.mark.parametrize(
    ("above", "below"), [([1.0], [-1.0]), ([np.nan], [1.0]), ([1.0], [np.inf])], ids=["negative", "NaN", "infinite"]
)
def test_a_ratio_needs_finite_numbers_and_no_negative_denominator(above, below):
    with pytest.raises(OutOfRange):
        ratio_interval(np.array(above), np.array(below), np.array([1]))


def test_a_ratio_stands_draws_that_weigh_nothing():
    # Of ten days nine without weight: a draw in three holds none but these.
    found = ratio_interval(np.full(10, 2000), np.array([0] * 9 + [5000]), np.arange(10))
    assert found.low is not None
    assert found.low <= 4.0 <= found.high


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        pytest.param(81, 263, 0.2553, 0.3662, id="Newcombe 1998, table I, a"),
        pytest.param(15, 148, 0.0624, 0.1605, id="Newcombe 1998, table I, b"),
        pytest.param(0, 20, 0.0, 0.1611, id="Newcombe 1998, table I, c"),
        pytest.param(1, 29, 0.0061, 0.1718, id="Newcombe 1998, table I, d"),
    ],
)
def test_shares_have_wilsons_interval(successes, n, low, high):
    found = proportion_interval(successes, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_no_cases_no_share_and_impossible_counts_are_said():
    assert proportion_interval(0, 0).low is None
    with pytest.raises(OutOfRange):
        proportion_interval(3, 2)


@pytest.mark.parametrize(
    ("n", "ranks"),
    [
        pytest.param(5, None, id="5 are too few for 95 %"),
        pytest.param(6, (1, 6), id="6: smallest to largest"),
        pytest.param(10, (2, 9), id="10"),
        pytest.param(20, (6, 15), id="20"),
        pytest.param(100, (40, 61), id="100"),
    ],
)
def test_the_median_lies_between_these_ranks(n, ranks):
    found = median_interval(np.arange(1, n + 1))
    assert (None if found.low is None else (found.low, found.high)) == ranks
