"""Calls with known truth: how good each proposal is, and what each reviewer, who errs by a known law, gives it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.scoring import differ
from birlik.domains.cooperation.vocabulary.calls import HIGHEST, LOWEST
from birlik.domains.cooperation.vocabulary.invented import INVENTED_STATES

CRITERIA = ("relevance", "soundness")
FIELDS = ("water", "transport", "music", "seeds")


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """n proposals, of which each is for one call. quality: (n, criteria), true, on the scale of the scores."""

    quality: NDArray[np.float64]
    of_call: NDArray[np.int64]
    """By proposal, the place of its field in FIELDS."""
    scores: NDArray[np.int64]
    """(reviewers, n, criteria): what each would give, were they asked."""
    states: tuple[str, ...]
    """By proposal, the invented state from which it comes."""

    def said(self, n: int, call_id: str) -> Mapping[str, object]:
        """The parameters of the act by which one applies. Nobody of that name lives anywhere."""
        return {
            "call_id": call_id,
            "title": f"Invented proposal {n}",
            "summary": f"Invented: what was tried with {FIELDS[self.of_call[n]]} in a state that there isn't.",
            "applicant": f"Invented applicant {n}",
            "organisation": f"Invented house {n % 37}",
            "from_state": self.states[n],
            "minutes": 20,
        }

    def given(self, n: int, reviewer: int) -> tuple[int, ...]:
        """What a reviewer gives a proposal, one a criterion."""
        return tuple(int(score) for score in self.scores[reviewer, n])

    def are_far_apart(self, n: int, one: int, other: int) -> bool:
        """Has a third to be asked, where these two are?"""
        return differ(self.given(n, one), self.given(n, other))


def proposals(seed: int, *, n: int = 200, reviewers: int = 8, error: float = 0.6) -> Proposals:
    """A world of n proposals for four calls; the same seed is the same world.

    error: standard deviation of what a reviewer misreads, in points.
    """
    rng = np.random.default_rng(seed)
    quality = rng.uniform(LOWEST, HIGHEST, (n, 1)) + rng.normal(0, 0.3, (n, len(CRITERIA)))
    read = quality[None] + rng.normal(0, error, (reviewers, n, len(CRITERIA)))
    scores = np.clip(np.rint(read), LOWEST, HIGHEST).astype(np.int64)
    states = tuple(map(str, rng.choice(sorted(INVENTED_STATES), n)))
    return Proposals(np.clip(quality, LOWEST, HIGHEST), rng.integers(0, len(FIELDS), n), scores, states)
