"""In which language a text is, by its pairs of letters: naive Bayes over counts that were made beforehand."""

import re
import unicodedata
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

BUCKETS = 4096
SMOOTHED = 0.3
"""Added to each count."""
FAMILIAR = -6.6
"""Mean logarithm of a pair's probability in the language that fits best, below which it is in none of them."""
_LETTERS = re.compile(r"[^\W\d_]+")


def pairs(text: str) -> list[int]:
    """Which pairs of letters a text has, word by word with a blank at either end, each as one of `BUCKETS`."""
    said = f" {' '.join(_LETTERS.findall(unicodedata.normalize('NFC', text).casefold()))} "
    return [zlib.crc32(said[i : i + 2].encode(errors="replace")) % BUCKETS for i in range(len(said) - 1)]


def counted(texts: Iterable[str]) -> NDArray[np.int64]:
    """How often each pair is in texts of one language: (BUCKETS,)."""
    counts = np.zeros(BUCKETS, dtype=np.int64)
    for text in texts:
        np.add.at(counts, pairs(text), 1)
    return counts


def logarithms(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each pair's probability in each language: (languages, BUCKETS) of counts of that shape."""
    smooth = counts + SMOOTHED
    made: NDArray[np.float64] = np.log(smooth / smooth.sum(axis=1, keepdims=True))
    return made


def told(text: str, known: NDArray[np.float64]) -> int | None:
    """Which of the known languages it is in; None where it is in none of them. known: as `logarithms`."""
    found = pairs(text)
    means = known[:, found].mean(axis=1) if len(found) > 1 else np.full(1, -np.inf)
    best = int(means.argmax())
    return best if means[best] >= FAMILIAR else None
