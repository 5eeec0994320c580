"""How complex products and economies are, by who sells what; how near a product is to what a state sells already.

Exports are (exporters, products), in any one currency. What isn't sold is 0, and what nobody told is 0 too: whoever
gives them answers for it that they are whole.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from birlik.errors import OutOfRange

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

AS_MUCH = 1.0
"""From which revealed comparative advantage on a state counts as one that sells a product (Balassa 1965)."""
ROUNDING = 1e-9
"""Within which two doubles are one number here: an advantage of exactly 1, an eigenvalue of exactly 1."""
BLOCK = 512
"""Products whose proximities are held at a time: those of 5,000 to each other would take 200 MB."""


class Undefined(StrEnum):
    """Why there is no index."""

    NOBODY = "nobody sells anything"
    ONE_EXPORTER = "fewer than two states sell anything"
    APART = "the states fall apart into groups that have no product in common"
    ALIKE = "all states sell the same products"
    TIED = "more than one order of the states fits as well as any other"
    UNSIGNED = "which end of the order is the complex one can't be told: complexity goes with diversity neither way"


@dataclass(frozen=True, slots=True, eq=False)
class Complexity:
    """Without unit: standard deviations of the exporters' index from its mean. NaN for who sells nothing, for what
    nobody sells, and all through where there is a reason."""

    exporters: Floats
    """ECI, (exporters,): mean 0, standard deviation 1."""
    products: Floats
    """PCI, (products,), on the same scale: the mean of what a state sells is its ECI, times `eigenvalue`."""
    diversity: Ints
    """(exporters,): how many products each sells."""
    ubiquity: Ints
    """(products,): how many states sell each."""
    reason: Undefined | None = None
    eigenvalue: float | None = None
    """The second one: 0 where all sell the same, 1 where they fall apart."""


def comparative_advantage(exports: Floats) -> Floats:
    """Balassa's index: the share of a product in what a state sells, over its share in what all sell.

    exports: (exporters, products), 0 or more. Returns: as long, without unit; NaN where the state sells nothing or
    nobody sells the product.
    Raises: OutOfRange for another shape, for less than nought and for what is no number.
    Source: Balassa, Trade liberalisation and "revealed" comparative advantage (1965); Hausmann, Hidalgo et al., The
    Atlas of Economic Complexity (2014), Technical Box 2.1.
    >>> comparative_advantage(np.array([[6.0, 2.0], [0.0, 8.0]])).tolist()
    [[2.0, 0.4], [0.0, 1.6]]
    """
    given = _amounts("exports", exports)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = given / given.sum(axis=1, keepdims=True)
        everybodys = given.sum(axis=0, keepdims=True) / given.sum()
        made: Floats = own / everybodys
    return made


def sells(advantage: Floats) -> Flags:
    """Who counts as one that sells a product: an advantage of 1 or more. As long as `advantage`; NaN is no."""
    with np.errstate(invalid="ignore"):
        return np.asarray(advantage >= AS_MUCH - ROUNDING)


def complexity(sold: Flags) -> Complexity:
    """The index of states (ECI) and of products (PCI), from who sells what.

    sold: (exporters, products). Of both the eigenvector of the second largest eigenvalue is taken, with the sign by
    which it goes with diversity; the exporters' has mean 0 and standard deviation 1, and the products' is on its scale.
    The matrix is made symmetric first (D^-1/2 M U^-1 M' D^-1/2 has the same eigenvalues), and made of exporters, who
    are fewer.
    Returns: indices, or why there are none: nothing is made up for worlds that have no such order.
    Raises: OutOfRange for another shape.
    Source: Hausmann, Hidalgo et al., The Atlas of Economic Complexity (2014), Technical Box 2.2; Hidalgo & Hausmann,
    The building blocks of economic complexity (2009).
    """
    given = np.asarray(sold, np.bool_)
    if given.ndim != 2:
        raise OutOfRange(f"sold: {given.ndim} dimensions; it takes exporters by products")
    diversity, ubiquity = given.sum(axis=1).astype(np.int64), given.sum(axis=0).astype(np.int64)
    who, what = np.flatnonzero(diversity), np.flatnonzero(ubiquity)
    of_exporters, of_products = np.full(diversity.size, np.nan), np.full(ubiquity.size, np.nan)
    m = given[np.ix_(who, what)].astype(np.float64)
    reason, value, order = _second(m / ubiquity[what] @ m.T, m.sum(axis=1))
    if value is not None and reason is None:
        of_exporters[who] = (order - order.mean()) / order.std()
        of_products[what] = _of_products(m.T, ubiquity[what], value, order)
    return Complexity(of_exporters, of_products, diversity, ubiquity, reason, value)


def _second(shared: Floats, diversity: Floats) -> tuple[Undefined | None, float | None, Floats]:
    """(why there is none, the second eigenvalue, its eigenvector by exporter). shared: M U^-1 M', of those who sell."""
    none = np.empty(0)
    if len(diversity) < 2:
        return (Undefined.ONE_EXPORTER if len(diversity) else Undefined.NOBODY), None, none
    root = np.sqrt(diversity)
    values, vectors = np.linalg.eigh(shared / root[:, None] / root[None, :])
    second, third = float(values[-2]), float(values[-3]) if values.size > 2 else -1.0
    if second >= 1 - ROUNDING:
        return Undefined.APART, second, none
    if second <= ROUNDING:
        return Undefined.ALIKE, second, none
    if second - third <= ROUNDING:
        return Undefined.TIED, second, none
    order: Floats = vectors[:, -2] / root
    sign = _goes_with(order, diversity)
    return (None, second, sign * order) if sign else (Undefined.UNSIGNED, second, none)


def _of_products(by: Floats, ubiquity: Floats | Ints, value: float, order: Floats) -> Floats:
    """The products' index on the scale of the exporters'. by: (products, exporters), who sells each."""
    made: Floats = (by @ order / ubiquity / value - order.mean()) / order.std()
    return made


def _goes_with(order: Floats, diversity: Floats) -> float:
    """The sign of their correlation; 0 where there is none."""
    if np.ptp(diversity) == 0:
        return 0.0
    found = float(np.corrcoef(order, diversity)[0, 1])
    return 0.0 if abs(found) <= ROUNDING else float(np.sign(found))


def proximity(sold: Flags) -> Floats:
    """How often two products are sold by the same states: the smaller of the two conditional shares.

    sold: (exporters, products). Returns: (products, products), 0 to 1, 1 of each to itself; NaN of what nobody sells.
    Source: Hidalgo, Klinger, Barabási & Hausmann, The product space conditions the development of nations (2007),
    equation 2.
    """
    given = np.asarray(sold, np.bool_)
    return _nearness(given.astype(np.float32), 0, given.shape[1])


def _nearness(m: NDArray[np.float32], first: int, last: int) -> Floats:
    """Rows `first` to `last` of the proximities. Counts are whole and small: single precision has them exactly."""
    ubiquity = m.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        made: Floats = np.divide(
            m[:, first:last].T @ m, np.maximum(ubiquity[first:last, None], ubiquity[None, :]), dtype=np.float64
        )
    made[ubiquity[first:last] == 0, :] = np.nan
    made[:, ubiquity == 0] = np.nan
    return made


def relatedness_density(sold: Flags, of: Flags | None = None) -> Floats:
    """How near each product is to what a state sells already: of all proximities of the product, the share of those to
    what the state sells. Distance is 1 less that.

    sold: (exporters, products), by which proximities are told. of: (states, products), for whom; by default the
    exporters themselves. Returns: (states, products), 0 to 1; NaN of what nobody sells.
    Raises: OutOfRange where the two have not the same products.
    Source: Hidalgo, Klinger, Barabási & Hausmann (2007), as `proximity`, equation 3 of its supporting material.
    """
    given = np.asarray(sold, np.bool_)
    theirs = (given if of is None else np.asarray(of, np.bool_)).astype(np.float64)
    if theirs.shape[1] != given.shape[1]:
        raise OutOfRange(f"of: {theirs.shape[1]} products; it takes the {given.shape[1]} of sold")
    m, made = given.astype(np.float32), np.full(theirs.shape, np.nan)
    for first in range(0, given.shape[1], BLOCK):
        last = min(first + BLOCK, given.shape[1])
        near = np.nan_to_num(_nearness(m, first, last))
        with np.errstate(divide="ignore", invalid="ignore"):
            made[:, first:last] = theirs @ near.T / near.sum(axis=1)
    return made


def trade_complementarity(exports: Floats, imports: Floats) -> Floats:
    """Michaely's index: how far what one state sells is what another one buys, whomever each trades with.

    exports: (sellers, products). imports: (buyers, products), the same products in the same order; 0 or more, in any
    currency. Returns: (sellers, buyers), 1 where the shares of products agree, 0 where they have none in common; NaN
    where one sells or the other buys nothing.
    Raises: OutOfRange for other shapes, for less than nought and for what is no number.
    Source: Michaely, Trade preferential agreements in Latin America: an ex-ante assessment (1996): one less half the
    sum of the differences between shares, which is the sum of the smaller ones.
    >>> trade_complementarity(np.array([[2.0, 2.0, 0.0]]), np.array([[1.0, 1.0, 2.0]])).tolist()
    [[0.5]]
    """
    sold, bought = _shares("exports", exports), _shares("imports", imports)
    if sold.shape[1] != bought.shape[1]:
        raise OutOfRange(f"imports: {bought.shape[1]} products; it takes the {sold.shape[1]} of exports")
    return np.array([np.minimum(one[None, :], bought).sum(axis=1) for one in sold]).reshape(len(sold), len(bought))


def _shares(name: str, amounts: Floats) -> Floats:
    given = _amounts(name, amounts)
    with np.errstate(divide="ignore", invalid="ignore"):
        made: Floats = given / given.sum(axis=1, keepdims=True)
    return made


def _amounts(name: str, given: Floats) -> Floats:
    amounts = np.asarray(given, np.float64)
    if amounts.ndim != 2:
        raise OutOfRange(f"{name}: {amounts.ndim} dimensions; it takes states by products")
    if not (np.isfinite(amounts).all() and (amounts >= 0).all()):
        raise OutOfRange(f"{name}: each must be a number, 0 or more")
    return amounts


def products_without_each(sold: Flags) -> tuple[Floats, Floats]:
    """(least, most) of the index of each product, with all exporters and with any one of them away: how far it hangs
    on one.

    sold: (exporters, products), who counts as selling what, which stays. Returns: two (products,); NaN of what nobody
    sells, and all through where without one of them, or with all, there is no order.
    Source: the delete-one sets of the jackknife (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, 11.2), of
    which the ends are taken: states are no sample, so a standard error would mean nothing.
    """
    whole = complexity(sold)
    who, what = np.flatnonzero(whole.diversity), np.flatnonzero(whole.ubiquity)
    by = np.ascontiguousarray(np.asarray(sold, np.bool_)[np.ix_(who, what)].T, np.float64)
    ubiquity, diversity, shared = by.sum(axis=1), by.sum(axis=0), by.T @ (by / by.sum(axis=1)[:, None])
    least = most = whole.products[what]
    for i in range(len(who)):
        products = _without(i, by, ubiquity, diversity, shared)
        if products is None:
            return np.full_like(whole.products, np.nan), np.full_like(whole.products, np.nan)
        least, most = np.fmin(least, products), np.fmax(most, products)
    ends = np.full((2, whole.products.size), np.nan)
    ends[:, what] = least, most
    return ends[0], ends[1]


def _without(i: int, by: Floats, ubiquity: Floats, diversity: Floats, shared: Floats) -> Floats | None:
    """The products' index if one exporter isn't there; None where there is no order then. Of what the others share only
    that changes which this one sells as well, so that is all that is made again."""
    on = (by[:, i] > 0) & (ubiquity > 1)
    also = by[on]
    theirs = shared + also.T @ (also * (1 / (ubiquity[on] - 1) - 1 / ubiquity[on])[:, None])
    others = np.arange(len(diversity)) != i
    reason, value, order = _second(theirs[np.ix_(others, others)], diversity[others])
    if reason is not None or value is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        return _of_products(by[:, others], ubiquity - by[:, i], value, order)
