"""Kaplan-Meier against published figures.

Freireich et al. (1963), weeks of remission of 21 children with leukaemia under 6-mercaptopurine; the table of
survival as in Collett, Modelling Survival Data, and Kleinbaum & Klein, Survival Analysis.
"""

import numpy as np
import pytest

from birlik.methods.survival import kaplan_meier, median

ENDED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_WELL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


@pytest.fixture
def treated():
    return kaplan_meier(np.array(ENDED + STILL_WELL), np.array([True] * len(ENDED) + [False] * len(STILL_WELL)))


@pytest.mark.parametrize(
    ("week", "at_risk", "survival", "standard_error"),
    [
        (6, 21, 0.857, 0.0764),
        (7, 17, 0.807, 0.0869),
        (10, 15, 0.753, 0.0963),
        (13, 12, 0.690, 0.1068),
        (16, 11, 0.627, 0.1141),
        (22, 7, 0.538, 0.1282),
        (23, 6, 0.448, 0.1346),
    ],
)
def test_6_mp_remission(treated, week, at_risk, survival, standard_error):
    at = treated.times.tolist().index(week)
    assert treated.at_risk[at] == at_risk
    assert round(float(treated.survival[at]), 3) == survival
    assert round(float(treated.variance[at]) ** 0.5, 4) == standard_error


def test_6_mp_median_is_23_weeks_from_13_up_with_no_upper_bound(treated):
    found = median(treated)
    assert (found.value, found.low, found.high) == (23.0, 13.0, None)


def test_placebo_median_is_8_weeks_from_4_to_11():
    found = median(kaplan_meier(np.array(PLACEBO), np.ones(21, dtype=bool)))
    assert (found.value, found.low, found.high) == (8.0, 4.0, 11.0)
