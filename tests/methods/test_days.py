"""Days that remember each other are worth fewer, and their intervals are wider."""

import numpy as np
import pytest

from birlik.methods.bootstrap import mean_interval, proportion_interval
from birlik.methods.days import TOO_FEW_DAYS, duration_intervals, independent_days, share_intervals


def series(memory, days, seed, per_day=20, spread=0.3):
    """Durations of days whose level is an autoregression; their law's mean is 10 h."""
    rng = np.random.default_rng(seed)
    level = np.empty(days)
    level[0] = rng.normal(0, spread)
    for d in range(1, days):
        level[d] = memory * level[d - 1] + rng.normal(0, spread * np.sqrt(1 - memory**2))
    day = np.repeat(np.arange(days), per_day)
    values = 36_000 * np.exp(level[day] - spread**2 / 2) * rng.lognormal(-0.125, 0.5, day.size)
    return values.astype(np.int64), day


def whole(values):
    return np.array([0, values.size])


def test_days_that_do_not_remember_are_worth_their_number():
    worth = [independent_days(*s, whole(s[0]))[0] for s in (series(0.0, 30, seed) for seed in range(60))]
    assert np.median(worth) == 30
    assert np.mean(np.array(worth) < 8) <= 0.05


@pytest.mark.parametrize(
    ("memory", "days", "low", "high"),
    [
        pytest.param(0.5, 360, 75, 170, id="a day: (1-r)/(1+r), a third"),
        pytest.param(0.9, 360, 10, 40, id="ten days: a nineteenth"),
    ],
)
def test_a_memory_of_days_makes_fewer_of_them(memory, days, low, high):
    worth = [independent_days(*s, whole(s[0]))[0] for s in (series(memory, days, seed) for seed in range(40))]
    assert low < np.median(worth) < high


def test_a_month_whose_days_remember_a_week_is_worth_too_few_days():
    worth = [independent_days(*s, whole(s[0]))[0] for s in (series(0.8, 30, seed) for seed in range(60))]
    assert np.mean(np.array(worth) < 8) > 0.75


def test_one_day_is_one_day_and_none_is_none():
    values = np.array([100, 200, 300])
    assert independent_days(values, np.array([5, 5, 5]), np.array([0, 0, 3])).tolist() == [0.0, 1.0]


def test_of_days_that_do_not_remember_the_interval_is_that_of_days():
    values, day = series(0.0, 30, 3)
    made = duration_intervals(values, day, whole(values))
    assert not made.alike[0]
    assert made[0] == mean_interval(values, day)


def test_of_days_that_remember_it_is_the_wider_of_days_and_weeks():
    values, day = series(0.8, 40, 4)
    made = duration_intervals(values, day, whole(values))
    by_day, by_week = mean_interval(values, day), mean_interval(values, (day + 3) // 7)
    assert made.alike[0]
    assert made[0].low == min(by_day.low, by_week.low)
    assert made[0].high == max(by_day.high, by_week.high)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
def test_it_holds_the_mean_or_the_days_are_too_few(memory):
    honest = []
    for seed in range(150):
        values, day = series(memory, 45, seed)
        interval = duration_intervals(values, day, whole(values))[0]
        held = interval.low <= 36_000 <= interval.high
        honest.append(held or independent_days(values, day, whole(values))[0] < TOO_FEW_DAYS)
    assert np.mean(honest) >= 0.9


def test_a_share_of_independent_cases_has_wilsons_interval():
    hits = np.array([1, 0, 0, 0] * 25)
    made = share_intervals(hits, np.arange(100), whole(hits))[0]
    plain = proportion_interval(25, 100)
    assert (made.low, made.high) == pytest.approx((plain.low, plain.high))


def test_a_share_that_comes_in_days_is_less_certain():
    hits = np.repeat([1, 0, 0, 0], 25)
    made = share_intervals(hits, np.repeat(np.arange(4), 25), whole(hits))[0]
    plain = proportion_interval(25, 100)
    assert made.low < plain.low
    assert made.high > plain.high
