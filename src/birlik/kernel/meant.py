"""Says of a source that what its rows mean is made for who derives from it: vectors of their texts, and of sentences.

Texts of one meaning are near each other in whatever language they are: the cosine of two vectors says how near.
"""

import re
from dataclasses import dataclass

COLUMN = "birlik_meant"
"""What the function sees beside the source's columns: of each row a list of structs `text` (one of its texts, or a
sentence of it; the first is all of them together) and `vector` (float32, of length 1; zeros for what means nothing).
The column isn't there where the node has no model: then nothing is known of what rows mean."""
MOST_SENTENCES = 12
"""Of one row."""
_ENDS = re.compile(r"(?<=[.!?…。؟])[\"'”»)]*\s+|\n+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """Which of a source's columns."""

    texts: tuple[str, ...]
    """Columns of text, each a part of what a row says."""
    language: str = ""
    """The column with their language (BCP 47)."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All that it names."""
        return (*self.texts, *((self.language,) if self.language else ()))


def sentences(text: str) -> list[str]:
    """A text by its sentences, as far as their ends are written: the first of them, where there are many.

    >>> sentences("We clean water. Who funds us?")
    ['We clean water.', 'Who funds us?']
    """
    return [found for piece in _ENDS.split(text) if (found := piece.strip())][:MOST_SENTENCES]
