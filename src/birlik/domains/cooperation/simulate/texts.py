"""What invented promises, projects and works are called: few words, in eight languages and three scripts."""

from collections.abc import Mapping

import numpy as np

from birlik.domains.cooperation.simulate.invented_words import Lexicon, skewed
from birlik.domains.cooperation.simulate.vocabulary_of_bodies import FIELDS, TYPES

OPENED: Mapping[str, str] = {
    "en": "{} will be opened",
    "ru": "{}: открыть до срока",
    "kk": "{} ашылады",
    "ky": "{} ачылат",
    "uz": "{} ochiladi",
    "az": "{} açılacaq",
    "tr": "{} açılacak",
    "tk": "{} açylar",
}
"""A promise: such a body will be there."""
BUILT: Mapping[str, str] = {
    "en": "{}: a new building",
    "ru": "{}: новое здание",
    "kk": "{}: жаңа ғимарат",
    "ky": "{}: жаңы имарат",
    "uz": "{}: yangi bino",
    "az": "{}: yeni bina",
    "tr": "{}: yeni bina",
    "tk": "{}: täze bina",
}
STUDIED: Mapping[str, str] = {
    "en": "{}: one hundred years in figures",
    "ru": "{}: сто лет в цифрах",
    "kk": "{}: жүз жыл сандарда",
    "ky": "{}: жүз жыл сандарда",
    "uz": "{}: yuz yil raqamlarda",
    "az": "{}: yüz il rəqəmlərdə",
    "tr": "{}: rakamlarla yüz yıl",
    "tk": "{}: ýüz ýyl sanlarda",
}
_ARABIC_WRITTEN = (
    "а:ا ә:ٵ б:ب в:ۆ г:گ ғ:ع д:د е:ە ж:ج з:ز и:ي й:ي к:ك қ:ق л:ل м:م н:ن ң:ڭ о:و ө:ٶ п:پ р:ر с:س т:ت у:ۋ ұ:ۇ ү:ٷ "
    "ф:ف х:ح һ:ھ ч:چ ш:ش ы:ى і:ٸ э:ە ц:تس щ:شش ё:يو ю:يۋ я:يا ъ: ь:"
)
_ARABIC = dict(pair.partition(":")[::2] for pair in _ARABIC_WRITTEN.split())


def in_arabic(text: str) -> str:
    """Kazakh in Arabic letters, as it is written in China.

    >>> in_arabic("Қазақ тау")
    'قازاق تاۋ'
    """
    return "".join(_ARABIC.get(letter, letter) for letter in text.lower())


def called(rng: np.random.Generator, words: Lexicon) -> str:
    """A body of a town, in the state's own language."""
    town = str(rng.choice(words.towns, p=skewed(len(words.towns))))
    field, kind = FIELDS[int(rng.integers(len(FIELDS)))], TYPES[int(rng.integers(len(TYPES)))]
    return f"{town} {field[words.lang]} {kind[words.lang]}"


def person(rng: np.random.Generator, words: Lexicon) -> tuple[str, str]:
    """(family name, given name)."""
    return str(rng.choice(words.families)), str(rng.choice(words.given))
