"""What each measure weighs, in log-odds: fitted on worlds of the simulator, as docs/explanation/linking.md tells."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking.parts import MEASURES

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds that two compared records are of the same: `bias`, and `of` each unit of each measure."""

    bias: float
    of: Mapping[str, float]
    share: float = 0.5
    """How many of the pairs that they were fitted on were the same."""

    def vector(self) -> Floats:
        """In the order of MEASURES; what isn't named weighs nothing."""
        return np.array([self.of.get(measure, 0.0) for measure in MEASURES])


BODIES = Weights(
    2.022,
    {
        "name_same": 0.102,
        "name_near": 0.431,
        "name_bent": -0.825,
        "name_less": -0.111,
        "name_more": -0.297,
        "name_less_n": 0.248,
        "name_more_n": -0.127,
        "numbers_differ": -2.996,
        "initials": 0.749,
        "name_whole": 1.954,
        "domain_same": 0.388,
        "domain_differs": -1.648,
        "state_same": 0.16,
        "state_differs": -6.249,
        "place_same": 1.017,
        "place_differs": -5.797,
        "year_same": 4.262,
        "year_next": 0.958,
        "year_differs": -3.281,
        "outer_same": 8.264,
        "among": -0.46,
    },
    share=0.01476,
)
PERSONS = Weights(
    -1.63,
    {
        "name_same": 0.483,
        "name_near": 0.817,
        "name_bent": -1.923,
        "name_less": -0.033,
        "name_more": 0.103,
        "name_less_n": -3.156,
        "name_more_n": -1.374,
        "numbers_differ": -3.0,
        "initials": 3.549,
        "name_whole": 0.924,
        "domain_same": 0.709,
        "domain_differs": -1.14,
        "state_same": 0.031,
        "state_differs": -1.796,
        "place_same": 3.107,
        "place_differs": -4.92,
        "outer_same": 6.571,
        "among": -0.522,
    },
    share=0.04145,
)
