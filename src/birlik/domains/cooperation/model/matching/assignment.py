"""Who is brought to whom, when each can go on with a few only: the pairs with the greatest sum of scores."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Chosen = NDArray[np.bool_]


def assigned(
    left: Sequence[int], right: Sequence[int], scores: Sequence[float], at_left: Sequence[int], at_right: Sequence[int]
) -> Chosen:
    """Which pairs are chosen, (pairs,): each once at most, and no place beyond what it can.

    left, right: of each pair its place on either side; a pair stands there once. scores: above nought. at_left,
    at_right: with how many each place can go on, 0 or more. Of choices that are equally good it is one.

    A transportation problem whose arcs hold one at most. Its matrix is totally unimodular, so the simplex method ends
    at whole numbers (Hoffman, Kruskal 1956); copies of a place, as for `linear_sum_assignment`, would bring the same
    two together twice.
    >>> assigned([0, 0, 1], [0, 1, 0], [0.9, 0.8, 0.7], [1, 1], [1, 1]).tolist()
    [False, True, True]
    """
    # Half a second to import, and commands that plan nothing have no need of it.
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, vstack

    n = len(scores)
    if not n:
        return np.zeros(0, dtype=bool)
    of, ones = np.arange(n), np.ones(n)
    sides = [
        coo_array((ones, (np.asarray(side), of)), shape=(len(most), n))
        for side, most in ((left, at_left), (right, at_right))
    ]
    most = np.concatenate([np.asarray(at_left, dtype=np.float64), np.asarray(at_right, dtype=np.float64)])
    made = linprog(
        -np.asarray(scores),
        A_ub=vstack(sides).tocsr(),
        b_ub=most,
        bounds=(0, 1),
        method="highs-ds",
        # Of 70,000 pairs it is there in half the time of the steepest edge.
        options={"simplex_dual_edge_weight_strategy": "devex"},
    )
    chosen: Chosen = made.x > 0.5
    return chosen


def each_to_its_best(right: Sequence[int], scores: Sequence[float]) -> Chosen:
    """As if nobody had to be spared: of each place on the right its pair with the greatest score, the first of equals.

    >>> each_to_its_best([0, 1, 0], [0.5, 0.4, 0.5]).tolist()
    [True, True, False]
    """
    best: dict[int, int] = {}
    for pair, (place, score) in enumerate(zip(right, scores, strict=True)):
        if place not in best or score > scores[best[place]]:
            best[place] = pair
    return _only(best.values(), len(scores))


def in_turn(
    left: Sequence[int], right: Sequence[int], scores: Sequence[float], at_left: Sequence[int], at_right: Sequence[int]
) -> Chosen:
    """As somebody with a list would: the best pair first, then the next for which both have a place left.

    >>> in_turn([0, 0, 1], [0, 1, 0], [0.9, 0.8, 0.7], [1, 1], [1, 1]).tolist()
    [True, False, False]
    """
    free_left, free_right, taken = list(at_left), list(at_right), list[int]()
    for pair in np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable").tolist():
        if free_left[left[pair]] > 0 and free_right[right[pair]] > 0:
            free_left[left[pair]] -= 1
            free_right[right[pair]] -= 1
            taken.append(pair)
    return _only(taken, len(scores))


def _only(pairs: Iterable[int], n: int) -> Chosen:
    chosen = np.zeros(n, dtype=bool)
    chosen[list(pairs)] = True
    return chosen
