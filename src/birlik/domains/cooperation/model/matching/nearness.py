"""How near two texts are, as the share of pairs of the same two languages that are less near: a cosine by itself says
little, since texts of one language are near each other whatever they say."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

LEAST_PAIRS = 30
"""Fewer pairs than these are no measure: a constant is, in their place."""
UNRELATED = {True: (0.836, 0.032), False: (0.816, 0.031)}
"""Mean and standard deviation of the cosine of sentences of different topics, in one language and in two: of 396 and
1,980 pairs of our own sentences (bench/sentences.tsv) in six languages, by the shipped model, centred."""
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def percentiles(vectors: Reals, languages: Sequence[str]) -> tuple[Reals, Flags]:
    """Of each two rows how much nearer they are than others, (n, n), 0 to 1; and whether pairs that are here told it.

    vectors: (n, dimensions), of length 1; zeros for what means nothing, of which nothing is known (NaN).
    languages: of each row its BCP 47 language, `` where nobody says it.
    """
    n = len(languages)
    near = np.asarray(vectors @ vectors.T, dtype=np.float64)
    made, counted = np.full((n, n), np.nan), np.zeros((n, n), dtype=bool)
    of = np.array([language.partition("-")[0].lower() for language in languages])
    for one, other in combinations_with_replacement(sorted(set(of.tolist())), 2):
        rows, columns = np.flatnonzero(of == one), np.flatnonzero(of == other)
        block = np.ix_(rows, columns)
        here = near[block]
        there = rows[:, None] < columns[None, :] if one == other else np.ones(here.shape, dtype=bool)
        is_counted = int(there.sum()) >= LEAST_PAIRS
        told = _among(here, there) if is_counted else _constant(here, one == other)
        made[block], counted[block] = told, is_counted
        made[np.ix_(columns, rows)], counted[np.ix_(columns, rows)] = told.T, is_counted
    nothing = ~vectors.any(axis=1)
    made[nothing, :] = made[:, nothing] = np.nan
    return made, counted


def _among(near: Reals, there: Flags) -> Reals:
    """Of each how many that are there are less near, and half of those that are as near; as a share of these."""
    flat = near.ravel()
    # Asked in order they are found from one to the next; as they come each search begins in another place of memory.
    order = np.argsort(flat)
    asked = flat[order]
    among = asked[there.ravel()[order]]
    below = np.empty(len(flat), dtype=np.int64)
    below[order] = np.searchsorted(among, asked, side="left") + np.searchsorted(among, asked, side="right")
    made: Reals = (below / (2 * len(among))).reshape(near.shape)
    return made


def _constant(near: Reals, is_one: bool) -> Reals:
    mean, deviation = UNRELATED[is_one]
    scaled = (near - mean) / (deviation * sqrt(2))
    made: Reals = np.array([[(1 + erf(x)) / 2 for x in row] for row in scaled.tolist()]).reshape(near.shape)
    return made


def met(ours: Reals, theirs: Reals) -> tuple[int, int] | None:
    """Which two sentences are the nearest to each other; None where nothing of one means anything."""
    if not (len(ours) and len(theirs) and ours.any() and theirs.any()):
        return None
    near = ours @ theirs.T
    i, j = np.unravel_index(int(near.argmax()), near.shape)
    return int(i), int(j)
