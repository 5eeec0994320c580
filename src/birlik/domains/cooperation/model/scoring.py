"""What reviewers gave: scores by criterion, their mean, and whether two are so far apart that a third is asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from birlik.domains.cooperation.vocabulary.calls import FAR_APART, USUAL_CRITERIA

MOST_CRITERIA = 5
SCORES = tuple(f"score_{n}" for n in range(1, MOST_CRITERIA + 1))
"""The parameters of a review, by the place of their criterion."""


def listed(text: str | None) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def criteria_of(text: str | None) -> list[str]:
    """By what a call is judged."""
    return listed(text) or list(USUAL_CRITERIA)


def numbered(criteria: Sequence[str]) -> str:
    """As reviewers are shown them, in the order of their scores.

    >>> numbered(["relevance", "use"])
    '1. relevance\\n2. use'
    """
    return "\n".join(f"{n}. {name}" for n, name in enumerate(criteria, 1))


def unnumbered(text: str | None) -> list[str]:
    """The criteria out of what reviewers are shown.

    >>> unnumbered("1. relevance\\n2. use")
    ['relevance', 'use']
    """
    return [line.partition(". ")[2] for line in listed(text)]


def given(said: Mapping[str, Any], criteria: Sequence[str]) -> list[int]:
    """The scores of a review, one a criterion. Raises KeyError with the parameter that is missing."""
    scores = []
    for name, _ in zip(SCORES, criteria, strict=False):
        if said.get(name) is None:
            raise KeyError(name)
        scores.append(int(said[name]))
    return scores


def differ(one: Sequence[int], other: Sequence[int]) -> bool:
    """Are the means of two reviews, or their scores by one criterion, as far apart as a third has to be asked?

    >>> differ([4, 4], [3, 3]), differ([5, 3], [3, 5]), differ([1], [3])
    (False, True, True)
    """
    return any(abs(a - b) >= FAR_APART for a, b in zip(one, other, strict=True))


def mean(scores: Sequence[int]) -> float:
    """Of at least one."""
    return sum(scores) / len(scores)


def written(scores: Sequence[int], criteria: Sequence[str]) -> str:
    """As readers are shown it.

    >>> written([4, 2], ["relevance", "use"])
    'relevance 4, use 2'
    """
    return ", ".join(f"{name} {score}" for name, score in zip(criteria, scores, strict=False))
