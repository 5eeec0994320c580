"""Complexity equal to the package `ecomplexity` of Harvard's Growth Lab, in worlds that the code wasn't made for."""

import warnings

import numpy as np
import pandas as pd
import pytest
from ecomplexity import ecomplexity
from ecomplexity import proximity as their_proximity

from birlik.methods.complexity import comparative_advantage, complexity, proximity, relatedness_density, sells

COLUMNS = {"time": "year", "loc": "origin", "prod": "hs", "val": "usd"}
NEAR = 1e-6


def exports(seed: int, states: int, products: int, gaps: float) -> np.ndarray:
    """Some states can do more than others, some products ask for more: both, and chance, say who sells what."""
    rng = np.random.default_rng(seed)
    able, asks = rng.normal(size=(states, 1)), rng.normal(size=(1, products))
    made = np.exp(
        able + rng.normal(size=(1, products)) - (asks - able) ** 2 / 2 + rng.normal(0, 1.5, (states, products))
    )
    return made * (rng.uniform(size=made.shape) > gaps)


def theirs(given: np.ndarray) -> dict[str, np.ndarray]:
    rows, columns = np.indices(given.shape)
    frame = pd.DataFrame(
        {"year": 2023, "origin": rows.ravel(), "hs": columns.ravel(), "usd": given.ravel().astype(float)}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = ecomplexity(frame, COLUMNS, check_logsupermodularity=False, verbose=False)
    made = made.sort_values(["origin", "hs"])
    return {name: made[name].to_numpy().reshape(given.shape) for name in ("rca", "mcp", "eci", "pci", "density")}


@pytest.mark.parametrize(
    ("seed", "states", "products", "gaps"), [(1, 8, 30, 0.2), (2, 40, 120, 0.5), (3, 120, 300, 0.7), (4, 60, 25, 0.3)]
)
def test_all_of_it_is_theirs_up_to_sign(seed, states, products, gaps):
    given = exports(seed, states, products, gaps)
    other = theirs(given)
    advantage = comparative_advantage(given)
    sold = sells(advantage)
    assert np.abs(advantage - other["rca"]).max() < NEAR
    assert (sold == other["mcp"]).all()
    found = complexity(sold)
    assert found.reason is None
    sign = np.sign(np.nansum(found.exporters * other["eci"][:, 0]))
    assert np.abs(sign * found.exporters - other["eci"][:, 0]).max() < NEAR
    assert np.abs(sign * found.products - other["pci"][0]).max() < NEAR
    assert sign == 1, "the sign is theirs, too: complexity goes with diversity"
    assert np.abs(relatedness_density(sold) - other["density"]).max() < NEAR


def test_proximities_are_theirs(capsys):
    given = exports(5, 30, 40, 0.4)
    rows, columns = np.indices(given.shape)
    frame = pd.DataFrame({"year": 2023, "origin": rows.ravel(), "hs": columns.ravel(), "usd": given.ravel()})
    made = their_proximity(frame, COLUMNS).sort_values(["hs_1", "hs_2"])["proximity"].to_numpy().reshape(40, 40)
    assert np.abs(proximity(sells(comparative_advantage(given))) - made).max() < NEAR
