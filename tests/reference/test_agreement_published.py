"""Agreement of coders against published figures.

Krippendorff, Computing Krippendorff's alpha-reliability (2011), section C and D: 4 observers, 12 units, some missing.
Cohen (1960) by the usual two-by-two example.
"""

import numpy as np
import pytest

from birlik.methods.agreement import Level, cohen_kappa, krippendorff_alpha

GONE = np.nan
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, GONE, GONE, GONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GONE, 3],
        [GONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GONE],
    ]
)


@pytest.mark.parametrize(
    ("level", "alpha"),
    [(Level.NOMINAL, 0.743), (Level.ORDINAL, 0.815), (Level.INTERVAL, 0.849), (Level.RATIO, 0.797)],
)
def test_four_observers_of_twelve_units(level, alpha):
    found = krippendorff_alpha(OBSERVERS, level)
    assert round(found.value, 3) == alpha
    # The last unit has one code only: 11 units and 40 codes can be paired.
    assert (found.n, found.codes, found.coders) == (11, 40, 4)


def test_two_observers_of_two_categories():
    """The same paper, section A: 10 units, binary, alpha 0.095."""
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert round(krippendorff_alpha(np.array([meg, owen], dtype=float), Level.NOMINAL).value, 3) == 0.095


def test_two_observers_of_five_categories():
    """The same paper, section B: 12 units, alpha 0.692."""
    ben = [1, 1, 2, 2, 4, 3, 3, 3, 5, 4, 4, 1]
    gerry = [1, 2, 2, 2, 2, 3, 3, 3, 5, 4, 4, 4]
    assert round(krippendorff_alpha(np.array([ben, gerry], dtype=float), Level.NOMINAL).value, 3) == 0.692


def test_kappa_of_twenty_five_ten_and_fifteen_is_two_fifths():
    assert cohen_kappa(np.array([[20, 5], [10, 15]])).value == pytest.approx(0.40)
