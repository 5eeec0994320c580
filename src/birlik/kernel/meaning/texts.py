"""Rows and questions to vectors, without what these have of their language."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from birlik.kernel.meaning.apart import Vectors
from birlik.kernel.meaning.centring import Means
from birlik.kernel.meaning.model import Model

LONGEST = 1_000
"""Code points of a text that count: what it says stands at its beginning, and time grows with length."""
LEAST = (0.77, 0.15)
"""Cosine of what is near enough to be shown: for a question, and for one of the constant's register, which has lost all
that texts have in common. Nearly all of the right sentences of `bench/sentences.tsv` are nearer."""
METHOD = 1
"""Raised where the same text gets another vector."""


class Spoken(NamedTuple):
    """What a row says."""

    language: str
    """Empty where the row doesn't say."""
    text: str


class Meaning:
    """A model with the means of its languages. Thread-safe."""

    def __init__(self, model: Model, means: Means | None = None, least: tuple[float, float] = LEAST) -> None:
        """means: the shipped ones where there are none."""
        self._model, self._given, self._least = model, means, least

    @property
    def name(self) -> str:
        """By which its vectors are told from those of another."""
        return f"{self._model.name} {METHOD}"

    def close(self) -> None:
        """Nobody asks any more; whoever does begins anew."""
        self._model.close()

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""
        return self._model.dimensions

    @cached_property
    def means(self) -> Means:
        """Read when they are first needed."""
        return self._given or Means.shipped()

    def least(self, question: Vectors) -> float:
        """The cosine of what is near enough to a question."""
        return self._least[0] if self.means.has_common(question) else self._least[1]

    def of_rows(self, said: Sequence[Spoken]) -> Vectors:
        """(rows, dimensions)."""
        texts = [each.text[:LONGEST] for each in said]
        made = self._model.told(texts)
        return self.means.centred(made, texts, [each.language for each in said], is_question=False)

    def of_question(self, text: str, language: str = "") -> Vectors:
        """(dimensions,)."""
        made = self._model.questions([text])
        centred: Vectors = self.means.centred(made, [text], [language], is_question=True)[0]
        return centred
