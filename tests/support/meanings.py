"""A model that knows a few words of five languages, and what of them means the same: it takes no time."""

import zlib

import numpy as np

from birlik.kernel.meaning.centring import Means
from birlik.kernel.meaning.texts import Meaning

DIMENSIONS = 384
CONCEPTS = (
    "owl baykuş жапалақ сова boyoğli",
    "lake göl көл озеро koʻl",
    "white ak ақ белый oq",
    "night gece түн ночь tun",
)


class Concepts:
    """A text is the sum of its words; a word that isn't known is a direction of its own."""

    name, dimensions = "concepts 1", DIMENSIONS

    def __init__(self):
        self.made_n = 0
        self._known = {word: n for n, words in enumerate(CONCEPTS) for word in words.split()}

    def questions(self, texts):
        return np.array([self._of(text) for text in texts], dtype=np.float32)

    def told(self, texts):
        self.made_n += len(texts)
        return self.questions(texts)

    def close(self):
        pass

    def _of(self, text):
        vector = np.full(DIMENSIONS, 1e-6)
        for word in text.casefold().split():
            vector[self._known.get(word, 10 + zlib.crc32(word.encode()) % (DIMENSIONS - 10))] += 1
        return vector / np.linalg.norm(vector)


def concepts():
    return Meaning(Concepts(), Means.none(), (0.4, 0.4))
