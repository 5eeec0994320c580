"""What a vector has of its language is taken out of it: a model puts texts of one language near each other, whatever
they say.

The means of languages are a constant, made by `tools/meaning.py` from a declaration in 13 texts. A text of that
declaration's register loses its language's mean whole. Any other loses half of that by which its language's mean
differs from the mean of all: the rest of a mean is what declarations have in common, and not what languages have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from birlik.kernel.meaning.apart import Vectors
from birlik.kernel.meaning.tongue import logarithms, told

CONSTANT = Path(__file__).with_name("means.npz")
NEARNESS = 100.0
"""How soon the weight of a mean falls with its distance, where a text's language has no mean."""
REGISTER, EDGE = 0.96, 0.01
"""From which share of a mean on a vector is of the constant's register; and how sharp that edge is."""
LEAST = 0.5
"""Of that by which a language differs, what any text loses."""
HALF = 0.5
"""Cosine to what texts have in common, above which a vector still has it."""
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Means:
    """By language and script."""

    names: tuple[str, ...]
    """Such as `uz-Cyrl`."""
    questions: Reals
    """(names, dimensions): means of vectors of texts, as questions and as what can be found."""
    told: Reals
    pairs: Reals
    """As `tongue.logarithms`."""

    @classmethod
    def shipped(cls) -> "Means":
        """The constant."""
        with np.load(CONSTANT) as file:
            return cls.of(tuple(map(str, file["names"])), file["questions"], file["told"], file["pairs"])

    @classmethod
    def of(cls, names: Sequence[str], questions: Reals, told: Reals, counts: NDArray[np.int64]) -> "Means":
        """Out of what a constant has."""
        told_by = logarithms(counts.astype(np.int64))
        return cls(tuple(names), questions.astype(np.float64), told.astype(np.float64), told_by)

    @classmethod
    def none(cls) -> "Means":
        """Nothing is taken out of a vector."""
        return cls((), np.empty((0, 0)), np.empty((0, 0)), np.empty((0, 0)))

    def without(self, language: str) -> "Means":
        """As if a language had never been met."""
        kept = [i for i, name in enumerate(self.names) if name.partition("-")[0] != language]
        names = tuple(self.names[i] for i in kept)
        return Means(names, self.questions[kept], self.told[kept], self.pairs[kept])

    def centred(
        self, vectors: Vectors, texts: Sequence[str], languages: Sequence[str], *, is_question: bool
    ) -> Vectors:
        """Vectors without what they have of their language, of length 1.

        vectors: (texts, dimensions). languages: of each text its BCP 47 language; `` where nobody says it.
        """
        if not self.names:
            return vectors
        means = self.questions if is_question else self.told
        given = vectors.astype(np.float64)
        mean, all_of = np.empty_like(given), means.mean(axis=0)
        for i, (text, language) in enumerate(zip(texts, languages, strict=True)):
            which = self._which(text, language)
            mean[i] = self._near(given[i], means) if which is None else means[which]
        share = (given * mean).sum(axis=1) / (mean * mean).sum(axis=1)
        whole = (1 / (1 + np.exp(-(share - REGISTER) / EDGE)))[:, None]
        left = given - (LEAST + (1 - LEAST) * whole) * (mean - all_of) - whole * all_of
        left[~vectors.any(axis=1)] = 0.0  # what means nothing is near nothing
        made: Vectors = (left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-12)).astype(np.float32)
        return made

    def has_common(self, question: Vectors) -> bool:
        """Whether a question still has what all texts have in common."""
        if not self.names:
            return True
        common = self.questions.mean(axis=0)
        return bool(question @ common > HALF * np.linalg.norm(common))

    def _which(self, text: str, language: str) -> int | None:
        """Its language's mean, of its script; None where there is none."""
        if not language:
            return told(text, self.pairs)
        of = language.partition("-")[0].lower()
        there = [i for i, name in enumerate(self.names) if name.partition("-")[0] == of]
        if len(there) < 2:
            return there[0] if there else None
        best = told(text, self.pairs[there])
        return there[best or 0]

    @staticmethod
    def _near(vector: Reals, means: Reals) -> Reals:
        """The mean of those that it is near."""
        near = means @ vector / np.linalg.norm(means, axis=1)
        weights = np.exp((near - near.max()) * NEARNESS)
        made: Reals = weights @ means / weights.sum()
        return made
