"""Places, families and firms that never were: syllables in the writing of a language, and the endings it likes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Sounds(NamedTuple):
    """What the words of a language are made of."""

    consonants: str
    back: str
    front: str
    towns: tuple[str, ...]
    families: tuple[str, ...]
    fathers: tuple[str, ...]


SOUNDS: Mapping[str, Sounds] = {
    "kk": Sounds(
        "б г ғ д ж з й к қ л м н п р с т ш ң", "а о ұ ы", "ә е ө ү і",
        ("тау", "көл", "бұлақ", "кент", "өзен", "арал"), ("ов", "ев", "бай", "бек", "ин"), ("ұлы", "қызы"),
    ),
    "ky": Sounds(
        "б г д ж з й к л м н п р с т ч ш ң", "а о у ы", "э е ө ү и",
        ("суу", "таш", "көл", "булак", "тоо"), ("ов", "ев", "бек", "алиев"), ("уулу", "кызы"),
    ),
    "uz": Sounds(
        "b d f g gʻ h j k l m n p q r s t v x y z ch sh", "a o oʻ u", "e i a",
        ("obod", "kent", "qoʻrgʻon", "tepa", "soy"), ("ov", "yev", "xoʻjayev", "zoda"), ("oʻgʻli", "qizi"),
    ),
    "az": Sounds(
        "b c ç d f g h x k q l m n p r s ş t v y z", "a o u ı", "ə e ö ü i",
        ("abad", "kənd", "çay", "dağ", "qala"), ("ov", "yev", "li", "zadə", "bəyli"), ("oğlu", "qızı"),
    ),
    "tr": Sounds(
        "b c ç d f g h k l m n p r s ş t v y z", "a o u ı", "e ö ü i",
        ("köy", "hisar", "pınar", "ova", "kale", "dere"), ("oğlu", "er", "soy", "türk", "kaya"), (),
    ),
    "tk": Sounds(
        "b ç d g h j k l m n ň p r s ş t w ý z", "a o u y", "ä e ö ü i",
        ("abat", "gala", "depe", "derýa", "oba"), ("ow", "ýew", "berdi", "guly"), ("ogly", "gyzy"),
    ),
    "ru": Sounds(
        "б в г д ж з к л м н п р с т х ц ч ш", "а о у", "е и ю я",
        ("град", "горск", "поле", "речье"), ("ов", "ев", "ин", "ский", "енко"), ("ович", "овна"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The proper names of one invented state, the common ones first."""

    lang: str
    towns: tuple[str, ...]
    given: tuple[str, ...]
    families: tuple[str, ...]


def lexicon(rng: np.random.Generator, lang: str, *, towns: int, given: int = 250, families: int = 1_200) -> Lexicon:
    """Invented words of a language, none twice in its list."""
    sounds = SOUNDS[lang]
    return Lexicon(
        lang,
        _many(rng, lang, towns, sounds.towns, 0.6),
        _many(rng, lang, given, (), 0.0),
        _many(rng, lang, families, sounds.families, 0.85),
    )


def word(rng: np.random.Generator, lang: str, syllables: int) -> str:
    """One invented word with a capital."""
    sounds = SOUNDS[lang]
    consonants, vowels = sounds.consonants.split(), (sounds.front if rng.random() < 0.5 else sounds.back).split()
    made = "" if rng.random() < 0.8 else str(rng.choice(vowels))
    for _ in range(syllables):
        made += str(rng.choice(consonants)) + str(rng.choice(vowels))
        made += str(rng.choice(consonants)) if rng.random() < 0.4 else ""
    return capital(made, lang)


def capital(text: str, lang: str) -> str:
    """With its first letter large; Turkish and Azerbaijani have two kinds of i."""
    first = {"i": "İ", "ı": "I"}.get(text[0], text[0].upper()) if lang in ("tr", "az") else text[0].upper()
    return first + text[1:]


def skewed(n: int, power: float = 0.8) -> NDArray[np.float64]:
    """Chances of n things of which few are common: Zipf's law."""
    weights = np.power(np.arange(1.0, n + 1), -power)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _many(rng: np.random.Generator, lang: str, n: int, endings: tuple[str, ...], share: float) -> tuple[str, ...]:
    made: dict[str, None] = {}
    while len(made) < n:
        ending = str(rng.choice(endings)) if endings and rng.random() < share else ""
        made[word(rng, lang, int(rng.integers(1, 3)) + (not ending)) + ending] = None
    return tuple(made)
