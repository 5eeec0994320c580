"""What stands first of each property, by columns: the same as asking every entity for itself."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from birlik.domains.cooperation.model.fold import distinct, fold

FEW = st.integers(0, 4)
SAID = st.lists(st.tuples(FEW, FEW, FEW, FEW), max_size=60)


@given(SAID)
def test_a_pair_stands_with_its_lowest_order_and_counts_its_values(said: list[tuple[int, int, int, int]]) -> None:
    entity, prop, order, value = (np.array([row[i] for row in said], np.int64) for i in range(4))
    by_pair: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for e, p, o, v in said:
        by_pair[e, p].append((o, v))

    made = fold(entity, prop, order, value.take)

    assert list(zip(made.entity.tolist(), made.property.tolist(), strict=True)) == sorted(by_pair)
    assert [(order[at], value[at]) for at in made.first] == [min(by_pair[pair]) for pair in sorted(by_pair)]
    assert made.values_n.tolist() == [len({v for _, v in by_pair[pair]}) for pair in sorted(by_pair)]
    stands = [(order[at], value[at]) for at in made.rows]
    assert stands == [each for pair in sorted(by_pair) for each in sorted(by_pair[pair])]


@given(st.lists(st.tuples(FEW, FEW), max_size=60))
def test_different_values_are_counted_by_group_and_a_group_without_any_has_none(said: list[tuple[int, int]]) -> None:
    group, value = (np.array([row[i] for row in said], np.int64) for i in range(2))

    assert distinct(group, value, 6).tolist() == [len({v for g, v in said if g == i}) for i in range(6)]
