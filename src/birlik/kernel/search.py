"""What of a table can be searched, and how words are compared: the declaration, and the pure part of its work."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u064b-\u0652\u0670'’‘ʻʼ`])+")
"""A word as it is written: letters and digits of any script, their marks, and apostrophes within it."""

MOST_RANKED = 1_000
"""Rows of a table that are ranked. Of more, the newest are, and the answer says so."""
RESERVED = ("q", "table", "limit", "after", "lang")
"""What a search is told beside facets: no facet may be called so."""

WORDS, MEANING, BOTH = "words", "meaning", "both"
"""By what a row was found."""

Key: TypeAlias = Callable[[str], str]
"""(a word as it is written) -> what it is compared by. Pure. What one key has is one word, in whatever script, case and
spelling; where it has nothing but marks it is no word."""


def plain(word: str) -> str:
    """Without case and marks: the key where a table names none."""
    bare = unicodedata.normalize("NFD", word.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in bare if not unicodedata.combining(c)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """Says of a table, or derived table, what readers find its rows by. Its role and its views are the table's."""

    texts: tuple[str, ...]
    """Columns of text. The first is what a row is called: a word there counts for more."""
    facets: tuple[str, ...] = ()
    """Columns by whose values what was found is counted and narrowed."""
    language: str = ""
    """The column with the language of a row's texts; it is a facet too."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """By language, the column among `texts` with what a row is called in it."""
    key: Key = plain
    meaning: bool = False
    """Rows are found by what their texts mean too, in any language, where the node has a model for it."""
    method: int = 1
    """Raised when the key makes other words of the same text: the index is made again."""

    @property
    def narrowed(self) -> tuple[str, ...]:
        """`facets`, and the language."""
        return (*self.facets, *((self.language,) if self.language and self.language not in self.facets else ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """All that it names."""
        return tuple(dict.fromkeys((*self.texts, *self.narrowed, *self.languages.values())))


class Keyed(dict[str, str]):
    """Keys of what stands between blanks, each made once: of a word its key, of several with a hyphen between them
    theirs with blanks between; empty where there is no word."""

    MOST = 400_000
    """So many are remembered."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key

    def __missing__(self, piece: str) -> str:
        made = " ".join(filter(None, map(self.of_word, WORD.findall(piece))))
        if len(self) >= self.MOST:
            self.clear()
        self[piece] = made
        return made

    def of_word(self, word: str) -> str:
        """What the index would take apart is one word here."""
        return "".join(c for c in self._key(word) if c.isalnum())

    def text(self, text: str | None) -> str:
        """The keys of a text's words, in their order, with a blank between."""
        made = " ".join(map(self.__getitem__, text.split())) if text else ""
        return " ".join(made.split()) if "  " in made or made[:1] == " " or made[-1:] == " " else made

    def words(self, text: str) -> list[str]:
        """The keys of what somebody looks for, each once."""
        return list(dict.fromkeys(self.text(text).split()))

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(begin, end, key) of each word of a text, in code points."""
        for found in WORD.finditer(text):
            if key := self[found[0]]:
                yield found.start(), found.end(), key


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text as it is written, and where the words stand in it that were looked for."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    """(begin, end) of each, in code points of `text`."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row that was found."""

    key: tuple[Any, ...]
    """As JSON has it."""
    score: float
    """Greater is better, among rows that were found the same way."""
    share: float = 1.0
    """Of what the words weigh, how much it has: all, unless a row may have any of them."""
    by: str = WORDS
    """WORDS, MEANING, or BOTH."""
    is_near: bool = False
    """`score` is how near it is in meaning: the cosine."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found of one table, the best first, from what one view sees. Whatever ranks rows gives one; two of the
    same table can be made one by a function of both."""

    ranked: tuple[Ranked, ...] = ()
    facets: tuple[tuple[str | None, ...], ...] = ()
    """Of each, the values of `Search.narrowed`."""
    is_cut: bool = False
    """There were more: only the newest of them were ranked."""
    words: frozenset[str] = frozenset()
    """Keys of the words by which rows were found."""


LONG, BEFORE = 200, 60
"""Code points of a snippet, and of them so many before the first mark."""


def snippet(text: str, keys: Keyed, wanted: Callable[[str], bool], *, whole: bool = False) -> Snippet:
    """The piece of a text with the first words that are wanted; the beginning where none is. whole: all of it."""
    marks = [(begin, end) for begin, end, key in keys.spans(text) if wanted(key)]
    if whole or len(text) <= LONG:
        return Snippet(text, tuple(marks))
    begin = _edge(text, max(0, marks[0][0] - BEFORE) if marks else 0)
    end = _edge(text, min(len(text), begin + LONG))
    within = [(a - begin, b - begin) for a, b in marks if a >= begin and b <= end]
    return Snippet(text[begin:end].rstrip(), tuple(within))


def _edge(text: str, at: int) -> int:
    """The nearest place before, between two words."""
    if at in (0, len(text)):
        return at
    blank = text.rfind(" ", max(0, at - BEFORE // 2), at)
    return blank + 1 if blank >= 0 else at
