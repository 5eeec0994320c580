"""Durations within brackets: exact where told, by EM where not, the same whatever the order."""

import numpy as np
import pytest

from birlik.errors import OutOfRange
from birlik.methods.brackets import EDGES_S, bracketed, survival_at

H = 3600


def found(passages, days=None, **options):
    entry_low, entry_high, exit_low, exit_high = np.array(passages, np.int64).T
    cluster = np.zeros(len(passages), np.int64) if days is None else np.asarray(days)
    return bracketed(entry_low, entry_high, exit_low, exit_high, cluster, np.array([0, len(passages)]), **options)


def told(hours):
    return [(0, 0, round(h * H), round(h * H)) for h in hours]


def test_what_is_told_exactly_has_its_plain_mean_median_and_p90():
    made = found(told([1, 2, 3, 4, 10]))
    assert made.mean_s[0] == 4 * H
    assert made.quantile_s[0].tolist() == [3 * H, pytest.approx(np.quantile([1, 2, 3, 4, 10], 0.9) * H)]
    assert made.expected_s.tolist() == [h * H for h in (1, 2, 3, 4, 10)]


def test_one_passage_between_two_gaps_lies_in_the_middle_of_what_is_possible():
    # In within (0, 2 h], out within [10, 12 h): 8 to 12 h, a triangle about 10.
    made = found([(0, 2 * H, 10 * H, 12 * H)])
    assert made.mean_s[0] == pytest.approx(10 * H, rel=0.02)


def test_a_wide_bracket_goes_where_the_narrow_ones_are():
    # Nine took 2 h; the tenth took 1 to 9 h. By itself it would be 5 h; beside these it is near 2.
    made = found([*told([2] * 9), (0, 0, 1 * H, 9 * H)])
    assert made.expected_s[-1] == pytest.approx(2 * H, rel=0.05)


def test_nothing_lasts_less_than_nothing():
    # In and out within one gap of 4 h: 0 to 4 h.
    made = found([(0, 4 * H, 0, 4 * H)])
    assert 0 < made.mean_s[0] < 2 * H


def seen_every(interval_h, n, seed):
    """Passages of a skewed law, each seen at its own regular times only."""
    rng = np.random.default_rng(seed)
    entry, lasted = rng.uniform(0, 45 * 24, n), rng.lognormal(2.0, 0.7, n)
    phase = rng.uniform(0, interval_h, n)
    low = [phase + np.floor((t - phase) / interval_h) * interval_h for t in (entry, entry + lasted)]
    bounds = [np.rint(t * H).astype(np.int64) for t in (low[0], low[0] + interval_h, low[1], low[1] + interval_h)]
    return lasted, bounds, ((entry + lasted) // 24).astype(np.int64)


@pytest.mark.parametrize(("interval_h", "median_within"), [(0.25, 0.01), (1.0, 0.01), (2.0, 0.02)])
def test_the_reporting_interval_hardly_matters(interval_h, median_within):
    worlds = [seen_every(interval_h, 700, seed) for seed in range(12)]
    errors = []
    for lasted, bounds, days in worlds:
        made = bracketed(*bounds, days, np.array([0, lasted.size]))
        errors.append(
            (
                made.mean_s[0] / H / lasted.mean() - 1,
                made.quantile_s[0, 0] / H / np.median(lasted) - 1,
                made.quantile_s[0, 1] / H / np.quantile(lasted, 0.9) - 1,
            )
        )
    mean, median, p90 = np.abs(np.mean(errors, axis=0))
    assert mean < 0.003
    assert median < median_within
    assert p90 < 0.02


def test_bounds_of_the_median_and_p90_hold_the_laws():
    held = []
    for seed in range(200):
        _, bounds, days = seen_every(0.5, 200, seed)
        made = bracketed(*bounds, days, np.array([0, 200]))
        truth = np.exp(2.0 + 0.7 * np.array([0.0, 1.2815516])) * H
        held.append((made.quantile_low_s[0] <= truth) & (truth <= made.quantile_high_s[0]))
    assert (np.mean(held, axis=0) >= 0.91).all()
    assert (np.mean(held, axis=0) <= 0.99).all()


def test_order_changes_no_bit_and_a_group_is_as_it_is_alone():
    _, bounds, days = seen_every(1.0, 300, 5)
    alone = bracketed(*bounds, days, np.array([0, 300]))
    order = np.random.default_rng(1).permutation(300)
    shuffled = bracketed(*(b[order] for b in bounds), days[order], np.array([0, 300]))
    assert shuffled.mean_s.tolist() == alone.mean_s.tolist()
    assert shuffled.quantile_high_s.tolist() == alone.quantile_high_s.tolist()
    assert shuffled.expected_s.tolist() == alone.expected_s[order].tolist()
    twice = bracketed(*(np.concatenate((b, b)) for b in bounds), np.concatenate((days, days)), np.array([0, 300, 600]))
    assert twice.quantile_s[1].tolist() == alone.quantile_s[0].tolist()


def test_an_empty_group_has_nothing_and_one_passage_no_bounds():
    made = bracketed(*(np.array([v]) for v in (0, 0, H, H)), np.array([1]), np.array([0, 0, 1]))
    assert np.isnan(made.mean_s[0])
    assert np.isnan(made.quantile_s[0]).all()
    assert made.mean_s[1] == H
    assert np.isnan(made.quantile_low_s[1]).all()


def test_survival_is_what_the_weights_leave():
    made = found(told([1, 1, 10, 10]))
    assert survival_at(made.mass[0], np.array([-5, 0, 3 * H, 20 * H])).tolist() == pytest.approx([1, 1, 0.5, 0])
    assert EDGES_S[0] == 0


@pytest.mark.parametrize(
    "passage",
    [(1, 0, 5, 5), (0, 0, 5, 4), (10, 12, 1, 2)],
    ids=["entry ends first", "exit ends first", "out before in"],
)
def test_what_is_no_bracket_is_said(passage):
    with pytest.raises(OutOfRange):
        found([passage])
