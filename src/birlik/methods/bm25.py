"""Ranking texts by the words in them: BM25F."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SATURATION, LENGTH = 1.2, 0.75
"""k1: how soon a word that is said again stops to count; b: how much a long text is held against itself."""


def bm25f(
    counts: Floats, lengths: Floats, mean_lengths: Floats, weights: Floats, texts_with: Floats, texts_n: int
) -> Floats:
    """How well each text answers: more is better, nought where none of the words is in it.

    counts: how often each word is said, (fields, texts, words). lengths: words of each field, (fields, texts).
    mean_lengths, weights: of each field, (fields,). texts_with: in how many texts each word is, (words,). texts_n: of
    so many. Returns: (texts,).
    Source: S. Robertson and H. Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond", section 3.6;
    the inverse frequency with 1 added, so that a word in most texts counts for little and never against.
    >>> one = np.array([[[1.0], [0.0]]])
    >>> bm25f(one, np.array([[2.0, 2.0]]), np.array([2.0]), np.array([1.0]), np.array([1.0]), 2).round(3)
    array([0.315, 0.   ])
    """
    norms = 1 - LENGTH + LENGTH * lengths / np.maximum(mean_lengths, 1e-9)[:, None]
    said = np.einsum("ctw,ct,c->tw", counts, 1 / norms, weights)
    rarity = np.log1p((texts_n - texts_with + 0.5) / (texts_with + 0.5))
    return np.asarray((said / (SATURATION + said)) @ rarity, np.float64)
