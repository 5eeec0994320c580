"""Two rankings of a table made one: what has the words first, then what means the same, then what has some words.

Ranks of the two say nothing of each other: rows are not interleaved. Which comes first is settled by how much of what
was asked the words of a row are, which is the same question for a name and for a sentence.
"""

from collections.abc import Sequence
from dataclasses import replace

from birlik.kernel.search import BOTH, Ranked, Ranking

ENOUGH = 0.7
"""The share of the words, by how rare these are, from which a row is told by its words."""


def place(ranked: Ranked) -> tuple[int, float]:
    """Where a row stands among all that were found, of any table: the least first."""
    if ranked.is_near:
        return 1, -ranked.score
    return (0 if ranked.share >= ENOUGH else 2), -ranked.score


def mixed(words: Ranking, meaning: Ranking) -> Ranking:
    """Each row once, in its place."""
    near = {each.key: each for each in meaning.ranked}
    made: list[tuple[Ranked, Sequence[str | None]]] = []
    for each, facets in zip(words.ranked, words.facets, strict=True):
        other = near.pop(each.key, None)
        if other is None:
            made.append((each, facets))
        elif each.share >= ENOUGH:
            made.append((replace(each, by=BOTH), facets))
        else:
            made.append((replace(each, by=BOTH, score=other.score, is_near=True), facets))
    made += [(each, facets) for each, facets in zip(meaning.ranked, meaning.facets, strict=True) if each.key in near]
    made.sort(key=lambda both: place(both[0]))
    return Ranking(
        ranked=tuple(each for each, _ in made),
        facets=tuple(tuple(facets) for _, facets in made),
        is_cut=words.is_cut or meaning.is_cut,
        words=words.words,
    )
