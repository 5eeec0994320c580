"""What befalls a name on its way into a second register: another writing, another language, slips, gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from birlik.domains.cooperation.simulate.vocabulary_of_bodies import SHORTENED
from birlik.domains.cooperation.simulate.writings import WAYS, written


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a name: a proper name in its own writing, or a common word with its translations."""

    text: str
    common: Mapping[str, str] | None = None
    is_weak: bool = False
    """It may be left out: a field, a founder, a father's name, a legal form."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name as it stands in a register."""

    text: str
    lang: str
    way: str
    """Its own writing where empty; else one of `WAYS`, or `translated`."""


TRANSLATED = "translated"
ENGLISH_ORDER_SHARE = 0.3
ADJECTIVE_SHARE = 0.5


def place(rng: np.random.Generator, town: str, lang: str, way: str) -> str:
    """The name of a town, written as the rest of its record is."""
    ways = WAYS[lang]
    return written(town, lang, way if way in ways else str(rng.choice(list(ways)))) if way else town


def plain(parts: Sequence[Part], lang: str) -> Spelling:
    """The name in its own language and writing."""
    return Spelling(" ".join(part.text for part in parts), lang, "")


def respelled(rng: np.random.Generator, parts: Sequence[Part], lang: str) -> Spelling:
    """The same words in another writing."""
    way = str(rng.choice(list(WAYS[lang])))
    return Spelling(" ".join(written(part.text, lang, way) for part in parts), lang, way)


def translated(rng: np.random.Generator, parts: Sequence[Part], lang: str, into: str) -> Spelling:
    """Common words in another language, `en` or `ru`; proper names in its letters."""
    is_body = any(part.common for part in parts)
    ways = [way for way in WAYS[lang] if (way == "in Russian") == (into == "ru") and way != "its other script"]
    way = str(rng.choice(ways)) if ways else ""
    words = []
    for part in parts:
        if part.common:
            words.append(part.common[into])
        else:
            word = written(part.text, lang, way) if way else part.text
            words.append(word + "ский" if is_body and into == "ru" and _is_adjective(rng, word) else word)
    if is_body and into == "en" and rng.random() < ENGLISH_ORDER_SHARE:
        words = [*words[1:], "of", words[0]]
    return Spelling(" ".join(words), into, TRANSLATED)


def _is_adjective(rng: np.random.Generator, word: str) -> bool:
    return word[-1:] not in "аеиоуыэюяй" and rng.random() < ADJECTIVE_SHARE


def shortened(rng: np.random.Generator, text: str) -> str:
    """A long word cut, or one of the usual short forms."""
    words = text.split()
    long = [i for i, word in enumerate(words) if word in SHORTENED or len(word) > 7]
    if not long:
        return text
    at = int(rng.choice(long))
    words[at] = SHORTENED.get(words[at], words[at][: int(rng.integers(3, 6))] + ".")
    return " ".join(words)


def mistyped(rng: np.random.Generator, text: str) -> str:
    """One slip: two letters changed places, one left out, doubled, or another in its place."""
    at = int(rng.integers(1, max(len(text) - 1, 2)))
    kind = int(rng.integers(0, 4))
    if kind == 0:
        return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at : at + 1] + text[at:]
    letters = [letter for letter in set(text) if letter.isalpha()] or ["a"]
    return text[:at] + str(rng.choice(sorted(letters))) + text[at + 1 :]


def turned(rng: np.random.Generator, text: str) -> str:
    """Words in another order: the first last, or the last first with a comma."""
    words = text.split()
    if len(words) < 2:
        return text
    if rng.random() < 0.5:
        return " ".join([*words[1:], words[0]])
    return f"{words[-1]}, {' '.join(words[:-1])}"


def initialled(parts: Sequence[Part]) -> tuple[Part, ...]:
    """A person's given name as a letter and a dot."""
    return (Part(parts[0].text[0] + "."), *parts[1:2])


def thinned(rng: np.random.Generator, parts: Sequence[Part]) -> tuple[Part, ...]:
    """One of the weak parts left out."""
    weak = [i for i, part in enumerate(parts) if part.is_weak]
    if not weak or len(parts) < 3:
        return tuple(parts)
    out = int(rng.choice(weak))
    return tuple(part for i, part in enumerate(parts) if i != out)


__all__ = [
    "TRANSLATED", "Part", "Spelling", "initialled", "mistyped", "place", "plain", "respelled", "shortened",
    "thinned", "translated", "turned",
]  # fmt: skip
