"""Complexity, proximity, density and Michaely's index: by hand, and where there is no answer."""

import numpy as np
import pytest

from birlik.errors import OutOfRange
from birlik.methods.complexity import (
    Undefined,
    comparative_advantage,
    complexity,
    products_without_each,
    proximity,
    relatedness_density,
    sells,
    trade_complementarity,
)

NESTED = np.array([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]], dtype=bool)
"""One state sells all five products, one three of them, one a single one, which all sell."""


def test_advantage_is_the_share_at_home_over_the_share_everywhere():
    # 6 of 8 at home, 6 of 16 everywhere.
    assert comparative_advantage(np.array([[6.0, 2.0], [0.0, 8.0]])).tolist() == [[2.0, 0.4], [0.0, 1.6]]


def test_who_sells_nothing_and_what_nobody_sells_have_no_advantage():
    made = comparative_advantage(np.array([[4.0, 0.0], [0.0, 0.0]]))
    assert np.isnan(made).tolist() == [[False, True], [True, True]]
    assert sells(made).tolist() == [[True, False], [False, False]]


def test_a_share_that_is_everybodys_counts_though_doubles_round_it_below_one():
    # Each sells the same mixture; in doubles some of these quotients are a little less than 1.
    mixture = np.array([0.1, 0.2, 0.7, 0.3])
    advantage = comparative_advantage(np.outer([0.1, 3.0, 7.0], mixture))
    assert (advantage < 1).any()
    assert sells(advantage).all()


def test_three_nested_states_by_hand():
    """The mean of reflections: M̃ = ((10/15, 4/15, 1/15), (4/9, 4/9, 1/9), (1/3, 1/3, 1/3)). Its trace less 1 is 4/9
    and its determinant 2/45, so the second eigenvalue is (4/9 + sqrt(8/405)) / 2."""
    walk = np.array([[10 / 15, 4 / 15, 1 / 15], [4 / 9, 4 / 9, 1 / 9], [1 / 3, 1 / 3, 1 / 3]])
    found = complexity(NESTED)
    second = (4 / 9 + np.sqrt(8 / 405)) / 2
    assert found.eigenvalue == pytest.approx(second, abs=1e-12)
    assert (found.diversity.tolist(), found.ubiquity.tolist()) == ([5, 3, 1], [1, 1, 2, 2, 3])
    # Standardised it is no eigenvector any more, but one with a constant added.
    drift = walk @ found.exporters - second * found.exporters
    assert np.ptp(drift) == pytest.approx(0, abs=1e-12)
    assert (found.exporters.mean(), found.exporters.std()) == (pytest.approx(0, abs=1e-12), pytest.approx(1))
    assert found.exporters.argsort().tolist() == [2, 1, 0]
    # What only the most diverse sells is the most complex, what all sell the least.
    assert found.products[0] == pytest.approx(found.products[1])
    assert found.products[0] > found.products[2] > found.products[4]


def test_proximity_and_density_by_hand():
    near = proximity(NESTED)
    assert near[0].tolist() == pytest.approx([1, 1, 1 / 2, 1 / 2, 1 / 3])
    assert near[3].tolist() == pytest.approx([1 / 2, 1 / 2, 1, 1, 2 / 3])
    assert (near == near.T).all()
    density = relatedness_density(NESTED)
    # Of the fourth product the last state sells its neighbour with 2/3 of 1/2 + 1/2 + 1 + 1 + 2/3.
    assert density[2, 3] == pytest.approx(2 / 11)
    assert density[0].tolist() == pytest.approx([1.0] * 5)


def test_density_of_some_states_is_what_it_is_among_all_of_them():
    sold = np.random.default_rng(3).uniform(size=(20, 1_100)) < 0.3
    whole = relatedness_density(sold)
    assert relatedness_density(sold, sold[[4, 7]]) == pytest.approx(whole[[4, 7]], abs=1e-14, nan_ok=True)
    near = np.nan_to_num(proximity(sold))
    known = sold.any(axis=0)
    assert whole[:, known] == pytest.approx((sold @ near)[:, known] / near.sum(axis=0)[known])


def test_how_far_a_product_hangs_on_one_state():
    sold = np.random.default_rng(8).uniform(size=(30, 40)) < np.linspace(0.1, 0.9, 30)[:, None]
    least, most = products_without_each(sold)
    each = np.array([complexity(np.delete(sold, i, axis=0)).products for i in range(30)])
    whole = complexity(sold).products
    assert least == pytest.approx(np.fmin(np.nanmin(each, axis=0), whole))
    assert most == pytest.approx(np.fmax(np.nanmax(each, axis=0), whole))
    # Without the one in the middle two are left, of which one sells all that the other does: an order still. Without
    # either end likewise; of two states alone there is none.
    assert np.isnan(products_without_each(NESTED[:2])).all()


def test_michaely_by_hand():
    exports = np.array([[2.0, 2.0, 0.0], [0.0, 0.0, 9.0], [0.0, 0.0, 0.0]])
    imports = np.array([[1.0, 1.0, 2.0], [5.0, 5.0, 0.0]])
    made = trade_complementarity(exports, imports)
    # 1 - (|.5 - .25| + |.5 - .25| + |0 - .5|) / 2
    assert made[:2].tolist() == [[0.5, 1.0], [0.5, 0.0]]
    assert np.isnan(made[2]).all(), "who sells nothing fits nobody, and doesn't fit nobody either"


# --- worlds that have no answer -------------------------------------------------------------------------------------

E = np.eye(2, dtype=bool)
NONE = [
    pytest.param(np.zeros((0, 0), bool), Undefined.NOBODY, id="no state"),
    pytest.param(np.zeros((3, 4), bool), Undefined.NOBODY, id="nobody sells anything"),
    pytest.param(np.ones((1, 4), bool), Undefined.ONE_EXPORTER, id="one state"),
    pytest.param(np.array([[1, 1], [0, 0]], bool), Undefined.ONE_EXPORTER, id="one that sells, one that doesn't"),
    pytest.param(np.ones((3, 4), bool), Undefined.ALIKE, id="all sell the same"),
    pytest.param(np.kron(E, NESTED).astype(bool), Undefined.APART, id="two worlds that share no product"),
    pytest.param(~np.eye(4, dtype=bool), Undefined.TIED, id="all alike but for what each lacks"),
    pytest.param(
        np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], bool), Undefined.UNSIGNED, id="a chain has no upper end"
    ),
]


@pytest.mark.parametrize(("sold", "why"), NONE)
def test_where_there_is_no_order_of_states_there_is_no_number(sold, why):
    found = complexity(sold)
    assert found.reason == why
    assert np.isnan(found.exporters).all()
    assert np.isnan(found.products).all()
    assert (found.exporters.size, found.products.size) == sold.shape


def test_who_sells_nothing_and_what_nobody_sells_change_nothing_for_the_others():
    wider = np.zeros((4, 7), bool)
    wider[np.ix_([0, 2, 3], [0, 1, 3, 4, 6])] = NESTED
    found, alone = complexity(wider), complexity(NESTED)
    assert found.reason is None
    assert found.exporters[[0, 2, 3]] == pytest.approx(alone.exporters)
    assert found.products[[0, 1, 3, 4, 6]] == pytest.approx(alone.products)
    assert np.isnan(found.exporters[1])
    assert np.isnan(found.products[[2, 5]]).all()
    density = relatedness_density(wider)
    assert np.isnan(density[:, [2, 5]]).all()
    assert density[1, 0] == 0, "a state that sells nothing is near nothing: of that much is known"


@pytest.mark.parametrize(
    "call",
    [
        lambda: comparative_advantage(np.array([1.0, 2.0])),
        lambda: comparative_advantage(np.array([[-1.0, 2.0]])),
        lambda: comparative_advantage(np.array([[np.nan, 2.0]])),
        lambda: complexity(np.array([True, False])),
        lambda: relatedness_density(NESTED, NESTED[:, :3]),
        lambda: trade_complementarity(np.ones((2, 3)), np.ones((2, 4))),
        lambda: trade_complementarity(np.ones((2, 3)), -np.ones((2, 3))),
    ],
)
def test_what_is_no_trade_is_said(call):
    with pytest.raises(OutOfRange):
        call()
