"""Agreement of coders: what it says, what it refuses to say, and what changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.errors import OutOfRange
from birlik.methods.agreement import Level, Undefined, Verdict, cohen_kappa, krippendorff_alpha, paired

GONE = np.nan


@st.composite
def coded(draw):
    coders, units = draw(st.integers(2, 4)), draw(st.integers(2, 12))
    code = st.sampled_from([0.0, 1.0, 2.0, 3.0, GONE])
    rows = draw(st.lists(st.lists(code, min_size=units, max_size=units), min_size=coders, max_size=coders))
    return np.array(rows)


@pytest.mark.parametrize("level", Level)
@given(codes=coded(), turn=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_neither_the_order_of_coders_nor_that_of_units_changes_a_bit(level, codes, turn):
    coders, units = list(range(codes.shape[0])), list(range(codes.shape[1]))
    turn.shuffle(coders)
    turn.shuffle(units)
    as_given = krippendorff_alpha(codes, level, resamples=100)
    assert krippendorff_alpha(codes[coders][:, units], level, resamples=100) == as_given


@pytest.mark.parametrize("level", Level)
@given(codes=coded())
@settings(max_examples=40, deadline=None)
def test_alpha_is_at_most_one_and_one_only_where_all_agree(level, codes):
    found = krippendorff_alpha(codes, level, resamples=100)
    if found.value is None:
        assert found.reason is not None
        return
    pairable = codes[:, (~np.isnan(codes)).sum(axis=0) >= 2]
    all_agree = bool((np.nanmax(pairable, axis=0) == np.nanmin(pairable, axis=0)).all())
    assert found.value <= 1
    assert (found.value == 1) == all_agree


@given(codes=coded(), times=st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_copies_of_all_units_keep_what_disagrees_and_only_lose_the_bonus_of_few(codes, times):
    """1 - alpha = (n - 1) * d: so of copied units (1 - alpha) / (n - 1) is `times` times smaller."""
    once = krippendorff_alpha(codes, Level.NOMINAL, resamples=100)
    often = krippendorff_alpha(np.tile(codes, (1, times)), Level.NOMINAL, resamples=100)
    assert often.reason == once.reason
    if once.value is None:
        return
    assert (1 - often.value) / (often.codes - 1) * times == pytest.approx((1 - once.value) / (once.codes - 1))


@given(codes=coded())
@settings(max_examples=40, deadline=None)
def test_a_unit_with_one_code_tells_nothing(codes):
    lonely = np.full((codes.shape[0], 1), GONE)
    lonely[0] = 2.0
    more = np.hstack([codes, lonely])
    assert krippendorff_alpha(more, Level.ORDINAL, resamples=100).value == pytest.approx(
        krippendorff_alpha(codes, Level.ORDINAL, resamples=100).value
    )


def test_names_of_nominal_codes_mean_nothing_and_order_of_ordinal_ones_is_all_that_counts():
    codes = np.array([[1, 2, 3, 1, 2, 3], [1, 2, 3, 2, 2, 1]], dtype=float)
    renamed = np.select([codes == 1, codes == 2], [70.0, -5.0], 0.5)
    stretched = np.select([codes == 1, codes == 2], [10.0, 11.0], 900.0)
    assert krippendorff_alpha(renamed, Level.NOMINAL).value == krippendorff_alpha(codes, Level.NOMINAL).value
    assert krippendorff_alpha(stretched, Level.ORDINAL) == krippendorff_alpha(codes, Level.ORDINAL)
    assert krippendorff_alpha(stretched, Level.INTERVAL).value != krippendorff_alpha(codes, Level.INTERVAL).value


@pytest.mark.parametrize(
    ("codes", "reason", "verdict"),
    [
        pytest.param([[1, 1, 1], [1, 1, 1]], Undefined.NO_VARIATION, Verdict.UNDEFINED, id="all say the same of all"),
        pytest.param([[1, GONE], [GONE, 2]], Undefined.NO_PAIR, Verdict.UNDEFINED, id="no unit was coded twice"),
        pytest.param([[1, 2, 3]], Undefined.NO_PAIR, Verdict.ONCE, id="one coder"),
        pytest.param([[1, 2, 3], [GONE] * 3], Undefined.NO_PAIR, Verdict.ONCE, id="a second coder who said nothing"),
        pytest.param([[], []], Undefined.NO_PAIR, Verdict.ONCE, id="no units"),
    ],
)
def test_where_alpha_is_undefined_it_says_why(codes, reason, verdict):
    found = krippendorff_alpha(np.array(codes, dtype=float), Level.NOMINAL)
    assert (found.value, found.reason, found.verdict, found.interval.low) == (None, reason, verdict, None)


@pytest.mark.parametrize(
    ("wrong", "verdict"), [(0, Verdict.SHOWN), (12, Verdict.SHOWN), (14, Verdict.MARKED), (30, Verdict.WITHHELD)]
)
def test_figures_are_shown_marked_or_withheld_as_alpha_falls(wrong, verdict):
    """Of 120 units in two halves, `wrong` are told otherwise by the second coder: alpha is near 1 - 2 * wrong / 120."""
    first = np.arange(120) % 2
    second = np.where(np.arange(120) < wrong, 1 - first, first)
    assert krippendorff_alpha(np.array([first, second]), Level.NOMINAL).verdict is verdict


def test_the_interval_is_the_same_every_time_and_narrows_with_more_units():
    rng = np.random.default_rng(5)
    first = rng.integers(0, 3, 400).astype(float)
    second = np.where(rng.random(400) < 0.2, rng.integers(0, 3, 400), first)
    codes = np.array([first, second])
    many, few = (krippendorff_alpha(codes[:, :n], Level.NOMINAL).interval for n in (400, 40))
    assert many == krippendorff_alpha(codes, Level.NOMINAL).interval
    assert many.high - many.low < (few.high - few.low) / 2


def test_the_interval_holds_the_true_alpha_nine_times_in_ten():
    """Ten thousand units of the law give its alpha; 200 samples of 60 units each, at 95 %."""
    rng = np.random.default_rng(11)

    def sample(units):
        truth = rng.integers(0, 4, units)
        return np.array([np.where(rng.random(units) < 0.15, rng.integers(0, 4, units), truth) for _ in range(2)], float)

    law = krippendorff_alpha(sample(10_000), Level.NOMINAL, resamples=100).value
    found = [krippendorff_alpha(sample(60), Level.NOMINAL, resamples=200).interval for _ in range(200)]
    assert 0.90 <= np.mean([i.low <= law <= i.high for i in found]) <= 0.99


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        pytest.param([[0, 0], [0, 0]], Undefined.NO_PAIR, id="nothing coded"),
        pytest.param([[9, 0], [0, 0]], Undefined.NO_VARIATION, id="both said the same of all"),
    ],
)
def test_where_kappa_is_undefined_it_says_why(table, reason):
    found = cohen_kappa(np.array(table))
    assert (found.value, found.reason) == (None, reason)


def test_kappa_of_one_code_against_two_is_zero_and_not_undefined():
    assert cohen_kappa(np.array([[9, 1], [0, 0]])).value == 0


def test_two_coders_are_paired_by_the_units_that_both_have_coded():
    assert paired(np.array([1, 1, 2, GONE, 2]), np.array([1, 2, 2, 2, GONE])).tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize(
    ("codes", "level"),
    [
        pytest.param(np.zeros(3), Level.NOMINAL, id="no axis of units"),
        pytest.param(np.array([[1.0, np.inf]]), Level.INTERVAL, id="infinite"),
        pytest.param(np.array([[1.0, -1.0]]), Level.RATIO, id="below nothing"),
    ],
)
def test_what_alpha_is_not_made_for_is_refused(codes, level):
    with pytest.raises(OutOfRange):
        krippendorff_alpha(codes, level)


@pytest.mark.parametrize("table", [np.zeros((2, 3), int), np.array([[0.5]]), np.array([[-1]])])
def test_what_kappa_is_not_made_for_is_refused(table):
    with pytest.raises(OutOfRange):
        cohen_kappa(table)


def test_two_axes_of_unlike_length_are_not_paired():
    with pytest.raises(OutOfRange):
        paired(np.array([1.0]), np.array([1.0, 2.0]))
