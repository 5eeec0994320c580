"""Complexity of 200 states and 5,000 products, with advantages and densities: beside the package `ecomplexity`, on the
same exports in the same run."""

import warnings

import numpy as np
import pandas as pd
from ecomplexity import ecomplexity

from bench.result import Result
from bench.timing import timed_with
from birlik.methods.complexity import comparative_advantage, complexity, relatedness_density, sells

STATES, PRODUCTS, GAPS = 200, 5_000, 0.6
TURNS = 3
NEAR = 1e-6
"""Within which both are said to be equal."""
COLUMNS = {"time": "year", "loc": "origin", "prod": "hs", "val": "usd"}


def run() -> list[Result]:
    given = _exports()
    ours_s, (order, products, density) = min(
        (timed_with(lambda: _ours(given)) for _ in range(TURNS)), key=lambda t: t[0]
    )
    theirs_s, theirs = timed_with(lambda: _theirs(given))
    sign = np.sign(order @ theirs["eci"][:, 0])
    apart = max(
        float(np.abs(sign * order - theirs["eci"][:, 0]).max()),
        float(np.abs(sign * products - theirs["pci"][0]).max()),
        float(np.abs(density - theirs["density"]).max()),
    )
    return [
        Result(
            name=f"complexity and density of {STATES} states x {PRODUCTS:,} products",
            value=ours_s,
            unit="s",
            yardstick=f"ecomplexity, {theirs_s:.3g} s; the greatest difference is {apart:.1e}",
            ratio=ours_s / theirs_s,
            target="equal to 1e-6 and not slower",
            reached=apart <= NEAR and ours_s <= theirs_s,
        )
    ]


def _exports() -> np.ndarray:
    """Some states can do more than others, some products ask for more: both, and chance, say who sells what."""
    rng = np.random.default_rng(17)
    able, asks = rng.normal(size=(STATES, 1)), rng.normal(size=(1, PRODUCTS))
    drawn = rng.normal(0, 1.5, (STATES, PRODUCTS))
    made = np.exp(able + rng.normal(size=(1, PRODUCTS)) - (asks - able) ** 2 / 2 + drawn)
    return np.where(rng.uniform(size=made.shape) > GAPS, made, 0.0)


def _ours(given: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sold = sells(comparative_advantage(given))
    found = complexity(sold)
    return found.exporters, found.products, relatedness_density(sold)


def _theirs(given: np.ndarray) -> dict[str, np.ndarray]:
    rows, columns = np.indices(given.shape)
    frame = pd.DataFrame({"year": 2023, "origin": rows.ravel(), "hs": columns.ravel(), "usd": given.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = ecomplexity(frame, COLUMNS, check_logsupermodularity=False, verbose=False)
    made = made.sort_values(["origin", "hs"])
    return {name: made[name].to_numpy().reshape(given.shape) for name in ("eci", "pci", "density")}
