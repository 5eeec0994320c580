"""Kaplan-Meier: what is still going counts for what it tells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.errors import OutOfRange
from birlik.methods.survival import Median, band, kaplan_meier, median

DURATIONS = st.lists(st.tuples(st.integers(0, 500), st.booleans()), min_size=1, max_size=60)


def curve_of(pairs):
    durations, finished = zip(*pairs, strict=True)
    return kaplan_meier(np.array(durations), np.array(finished))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([(5, True)], 5.0, id="one ended"),
        pytest.param([(5, False)], None, id="none ended: not reached"),
        pytest.param([(1, True), (2, False), (3, False)], None, id="a third ended: not reached"),
        pytest.param([(1, True), (2, True)], 1.0, id="exactly a half is reached"),
        pytest.param([(1, True)] * 1 + [(2, True)] * 1 + [(9, False)] * 1, 2.0, id="open ones count as longer"),
    ],
)
def test_the_median_is_when_half_have_ended_or_not_reached(pairs, expected):
    assert median(curve_of(pairs)).value == expected


def test_no_durations_no_median():
    curve = kaplan_meier(np.array([]), np.array([], dtype=bool))
    assert (curve.n, curve.ended, curve.at(3)) == (0, 0, 1.0)
    assert median(curve) == Median(None, None, None)


def test_leaving_out_what_is_still_going_would_look_faster():
    pairs = [(t, True) for t in (1, 2, 3, 4)] + [(t, False) for t in (5, 6, 7)]
    ended_only = [pair for pair in pairs if pair[1]]
    assert median(curve_of(ended_only)).value < median(curve_of(pairs)).value


@settings(deadline=None, derandomize=True)
@given(DURATIONS)
def test_without_censoring_it_is_the_share_that_lasts_longer(pairs):
    durations = np.array([duration for duration, _ in pairs])
    curve = kaplan_meier(durations, np.ones(durations.size, dtype=bool))
    for time in curve.times:
        share = float(np.mean(durations > time))
        assert curve.at(time) == pytest.approx(share, abs=1e-12)
        # Greenwood's variance then is the binomial one.
        assert curve.variance[curve.times == time][0] == pytest.approx(share * (1 - share) / durations.size, abs=1e-12)


@settings(deadline=None, derandomize=True)
@given(DURATIONS, st.randoms(use_true_random=False), st.sampled_from([2, 60, 3600]))
def test_neither_order_nor_unit_matters(pairs, random, factor):
    shuffled = [(duration * factor, ended) for duration, ended in pairs]
    random.shuffle(shuffled)
    one, other = curve_of(pairs), curve_of(shuffled)
    assert (one.times * factor).tolist() == other.times.tolist()
    assert one.survival.tolist() == other.survival.tolist()
    assert one.variance.tolist() == other.variance.tolist()


@settings(deadline=None, derandomize=True)
@given(DURATIONS)
def test_survival_falls_and_lies_within_its_band(pairs):
    curve = curve_of(pairs)
    lower, upper = band(curve)
    assert (np.diff(curve.survival) < 0).all()
    assert ((lower >= 0) & (lower <= curve.survival) & (curve.survival <= upper) & (upper <= 1)).all()
    found = median(curve)
    if found.value is not None:
        assert found.low <= found.value
        assert found.high is None or found.value <= found.high


@pytest.mark.parametrize(
    ("durations", "finished"), [([-1], [True]), ([np.nan], [True]), ([1, 2], [True])], ids=["negative", "NaN", "shape"]
)
def test_what_is_no_duration_is_said(durations, finished):
    with pytest.raises(OutOfRange):
        kaplan_meier(np.array(durations, dtype=float), np.array(finished))
    with pytest.raises(OutOfRange):
        band(curve_of([(1, True)]), level=1.0)


def test_who_came_late_is_at_risk_only_from_then_on():
    # A ended at 2, B at 4, C at 6 but was watched from 3 on. At 2 two are at risk: 1/2; at 4 two: 1/4; at 6 one: 0.
    curve = kaplan_meier(np.array([2, 4, 6]), np.ones(3, dtype=bool), np.array([0, 0, 3]))
    assert curve.at_risk.tolist() == [2, 2, 1]
    assert curve.survival.tolist() == [0.5, 0.25, 0.0]


def test_who_comes_when_another_ends_was_not_at_risk():
    curve = kaplan_meier(np.array([3, 5, 7]), np.ones(3, dtype=bool), np.array([0, 0, 3]))
    assert curve.at_risk.tolist() == [2, 2, 1]


def test_one_that_ends_alone_before_the_others_come_does_not_end_them_all():
    curve = kaplan_meier(np.array([1, 5, 6, 7]), np.ones(4, dtype=bool), np.array([0, 2, 2, 2]))
    assert curve.times.tolist() == [5, 6, 7]


def test_a_watch_that_ends_before_it_begins_is_said():
    with pytest.raises(OutOfRange):
        kaplan_meier(np.array([1.0]), np.array([True]), np.array([2.0]))
