"""The trade of one year, of one dataset, in one edition of HS: states by products, and is it whole?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from birlik.domains.cooperation.vocabulary.trade import FEWEST_EXPORTERS
from birlik.kernel.domain import Rows
from birlik.methods.complexity import Complexity, Flags, Floats, comparative_advantage, complexity, sells

KEY = ("year", "dataset", "hs_edition")
PLACES = 9
"""To which figures are told: in which order a machine adds, and so the last place of a double, is its own affair."""


@dataclass(frozen=True, eq=False)
class World:
    """exports: (states, products), US dollars."""

    year: str
    dataset: str
    hs_edition: str
    vintages: Sequence[str]
    states: Sequence[str]
    """Who sells anything, in order."""
    products: Sequence[str]
    """What anybody sells, in order."""
    exports: Floats

    @property
    def key(self) -> dict[str, str]:
        """By which it is told from others."""
        return {name: getattr(self, name) for name in KEY}

    @property
    def is_whole(self) -> bool:
        """Do enough states sell? An advantage is one over all others, so most of these must be there."""
        return len(self.states) >= FEWEST_EXPORTERS

    @cached_property
    def advantage(self) -> Floats:
        """Balassa's index."""
        return comparative_advantage(self.exports)

    @cached_property
    def sold(self) -> Flags:
        """Who counts as selling what."""
        return sells(self.advantage)

    @cached_property
    def complexity(self) -> Complexity:
        """Of states and products."""
        return complexity(self.sold)


def worlds(sold: Rows) -> list[World]:
    """sold: rows of `cooperation_sold`. Each edition and each dataset is a world of its own: their codes don't match
    one to one, and what two datasets tell of a year they tell twice."""
    some = sold.filter(pc.greater(sold.column("value_usd"), 0.0))
    keys = sorted(set(zip(*(some.column(name).to_pylist() for name in KEY), strict=True)))
    return [_world(key, some) for key in keys]


def _world(key: tuple[str, ...], sold: Rows) -> World:
    of = sold
    for name, value in zip(KEY, key, strict=True):
        of = of.filter(pc.equal(of.column(name), value))
    states, row = _coded(of.column("state"))
    products, column = _coded(of.column("hs_code"))
    exports = np.zeros((len(states), len(products)))
    exports[row, column] = of.column("value_usd").to_numpy()
    vintages = sorted(set(of.column("vintage").to_pylist()))
    year, dataset, edition = key
    return World(year, dataset, edition, vintages, states, products, exports)


def _coded(column: Any) -> tuple[list[str], NDArray[np.int64]]:
    values, at = np.unique(column.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    return [str(value) for value in values], at.astype(np.int64)


def told(values: Floats) -> list[float | None]:
    """Numbers as they are kept: not known is none."""
    # Adding nought makes -0.0 one with 0.0.
    return [None if np.isnan(value) else float(value) for value in np.round(values, PLACES) + 0.0]
