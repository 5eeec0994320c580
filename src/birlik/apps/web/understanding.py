"""What people write for what a standard has a code for: states, languages and currencies by name, sums of money and
dates as they are written in letters. What isn't understood is told with an example made of what was typed.

Names are those of CLDR; they are compared by `methods.script.skeleton`, so that no script or case is the wrong one.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache

from babel import Locale
from babel.core import get_global

from birlik.apps.web.words import Words
from birlik.methods.script import skeleton
from birlik.periods import period_of
from birlik.written import Written

SPOKEN = ("en", "kk", "ru", "tr", "az", "uz", "ky", "tk")
"""Languages in which a name is understood beside the reader's."""
NEAR = 0.72
"""How alike a name is at least that is given as an example."""
_CODE = re.compile(r"[A-Za-z]{3}", re.ASCII)
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII)
_AMOUNT = re.compile(r"[-−]?\d[\d\s.,'’]*")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}([.,'’])\d{3}(\1\d{3})*")
_TIMES = {"million": 6, "millions": 6, "mln": 6, "m": 6, "млн": 6, "миллион": 6, "billion": 9, "bn": 9, "млрд": 9,
          "миллиард": 9, "thousand": 3, "k": 3, "мың": 3}  # fmt: skip
_NUMBERS = re.compile(r"(\d{1,4})[./](\d{1,2})(?:[./](\d{1,4}))?", re.ASCII)


def choices(words: Words, written: Written) -> list[tuple[str, str]]:
    """(code, name in the reader's language), by name: what a form offers; nothing of what has no closed list.

    >>> from gettext import NullTranslations
    >>> dict(choices(Words("en", NullTranslations()), Written.STATE))["KAZ"]
    'Kazakhstan'
    """
    names = _names(written, words.language)
    return sorted(names.items(), key=lambda item: item[1].casefold())


def name_of(words: Words, written: Written, code: str) -> str:
    """What a code is called in the reader's language; of several each, with commas between; itself where nothing is.

    >>> from gettext import NullTranslations
    >>> name_of(Words("kk", NullTranslations()), Written.STATES, "KAZ TUR")
    'Қазақстан, Түркия'
    """
    if written is Written.STATES:
        return ", ".join(name_of(words, Written.STATE, each) for each in code.split())
    return _names(written, words.language).get(code, code) if written in (Written.STATE, Written.LANGUAGE) else code


def understood(words: Words, written: Written, text: str) -> str:
    """What was typed, as its standard writes it. Raises ValueError with what is wrong, in the reader's words.

    >>> from gettext import NullTranslations
    >>> en = Words("en", NullTranslations())
    >>> understood(en, Written.STATE, "Қазақстан"), understood(en, Written.STATES, "Kazakhstan, tur")
    ('KAZ', 'KAZ TUR')
    >>> understood(en, Written.MONEY, "USD 40,000,000"), understood(en, Written.MONEY, "1.5 million KZT")
    ('40000000 USD', '1500000 KZT')
    >>> understood(en, Written.DATE, "31.12.2027"), understood(en, Written.DATE, "May 2027")
    ('2027-12-31', '2027-05')
    """
    return _READ[written](words, " ".join(text.split()))


# --- codes ------------------------------------------------------------------------------------------------------


@cache
def _names(written: Written, language: str) -> Mapping[str, str]:
    """By code its name; in English where the language has none."""
    locale, english = Locale.parse(language), Locale.parse("en")
    if written in (Written.STATE, Written.STATES):
        return {three: locale.territories.get(two, english.territories[two]) for two, three in _alpha_3().items()}
    if written is Written.LANGUAGE:
        return {c: locale.languages.get(c, n) for c, n in english.languages.items() if len(c) == 2}
    if written is Written.CURRENCY:
        used = {code for of in get_global("territory_currencies").values() for code, _, end, tender in of
                if tender and end is None}  # fmt: skip
        return {code: locale.currencies.get(code, english.currencies.get(code, code)) for code in used}
    return {}


@cache
def _alpha_3() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 to alpha-3, of CLDR."""
    known = Locale.parse("en").territories
    return {
        two[0]: three
        for three, two in get_global("territory_aliases").items()
        if len(three) == 3 and three.isalpha() and len(two) == 1 and two[0] in known and len(two[0]) == 2
    }


@cache
def _spelled(written: Written, language: str) -> Mapping[str, str]:
    """By the skeleton of each name its code; a name in the reader's language before that of another."""
    made: dict[str, str] = {}
    for spoken in dict.fromkeys((language, *SPOKEN)):
        for code, name in _names(written, spoken).items():
            made.setdefault(skeleton(name), code)
    return made


def _by_name(words: Words, written: Written, text: str) -> str | None:
    """By its whole name; else by words of it that no other name has: `tenge`."""
    names, wanted = _spelled(written, words.language), set(skeleton(text).split())
    if skeleton(text) in names or not wanted:
        return names.get(skeleton(text))
    may = {code for name, code in names.items() if wanted <= set(name.split())}
    return may.pop() if len(may) == 1 else None


def _example(words: Words, written: Written, text: str, usual: str) -> str:
    """The code that was meant most likely, with its name."""
    near = difflib.get_close_matches(skeleton(text), _spelled(written, words.language), 1, NEAR)
    code = _spelled(written, words.language)[near[0]] if near else usual
    return f"{code} ({_names(written, words.language).get(code, code)})"


def _state(words: Words, text: str) -> str:
    if _CODE.fullmatch(text):
        return text.upper()
    code = _alpha_3().get(text.upper()) or _by_name(words, Written.STATE, text)
    if code is None:
        said = words.t("“{text}” is no state known here: choose one from the list, or write its code: {example}")
        raise ValueError(said.format(text=text, example=_example(words, Written.STATE, text, "KAZ")))
    return code


def _states(words: Words, text: str) -> str:
    """With commas or semicolons between; with blanks, where all are codes."""
    pieces = [piece.strip() for piece in re.split(r"[,;]", text) if piece.strip()]
    if len(pieces) == 1 and all(_CODE.fullmatch(code) for code in text.split()):
        pieces = text.split()
    return " ".join(dict.fromkeys(_state(words, piece) for piece in pieces))


def _currency(words: Words, text: str) -> str:
    if _CODE.fullmatch(text):
        return text.upper()
    code = _by_name(words, Written.CURRENCY, text)
    if code is None:
        said = words.t("“{text}” is no currency known here: choose one from the list, or write its code: {example}")
        raise ValueError(said.format(text=text, example=_example(words, Written.CURRENCY, text, "USD")))
    return code


def _language(words: Words, text: str) -> str:
    bare = text.lower()
    known = Locale.parse("en").languages
    if _TAG.fullmatch(bare) and bare.split("-")[0] in known:
        return text if "-" in text else bare
    aliases: Mapping[str, str] = get_global("language_aliases")
    code = aliases.get(bare) or _by_name(words, Written.LANGUAGE, text)
    if code is None:
        said = words.t("“{text}” is no language known here: choose one from the list, or write its code: {example}")
        raise ValueError(said.format(text=text, example=_example(words, Written.LANGUAGE, text, "kk")))
    return code


# --- sums of money ----------------------------------------------------------------------------------------------


def ungrouped(bare: str) -> str | None:
    """A number without the one sort of mark that stands between its thousands; None where none does.

    >>> ungrouped("1.500.000"), ungrouped("-200,000"), ungrouped("1.500,000"), ungrouped("0,500")
    ('1500000', '-200000', None, None)
    """
    return re.sub(r"[.,'’]", "", bare) if _GROUPED.fullmatch(bare) else None


def amount(text: str) -> str | None:
    """A number without what stands between its groups; None where it is none.

    Groups of three after one sort of mark are thousands, whoever writes them.
    >>> amount("200,000"), amount("200 000"), amount("1.500.000,5"), amount("0,5"), amount("many")
    ('200000', '200000', '1500000.5', '0.5', None)
    """
    bare = re.sub(r"[\s'’]", "", text)
    if not bare.startswith("-") and (whole := ungrouped(bare)) is not None:
        return whole
    if len(set(re.findall(r"[.,]", bare))) == 2:
        first, last = sorted(".,", key=bare.rfind)
        bare = bare.replace(first, "")
        bare = bare.replace(last, ".")
    bare = bare.replace(",", ".")
    return bare if re.fullmatch(r"\d+(\.\d+)?", bare) else None


def _money(words: Words, text: str) -> str:
    found = _AMOUNT.search(text)
    number = amount(found[0]) if found is not None else None
    if found is None or number is None:
        said = words.t("“{text}” is no sum of money: write a number and its currency, as {example}")
        raise ValueError(said.format(text=text, example="200000 USD"))
    rest = [word for word in (text[: found.start()] + " " + text[found.end() :]).split() if word]
    for word in rest:
        if (power := _TIMES.get(word.lower().rstrip("."))) is not None:
            number = f"{float(number) * 10**power:.6f}".rstrip("0").rstrip(".")
    rest = [word for word in rest if word.lower().rstrip(".") not in _TIMES]
    if not rest:
        said = words.t("“{text}” says no currency: write it as {example}")
        raise ValueError(said.format(text=text, example=f"{number} USD"))
    return f"{number} {_currency(words, ' '.join(rest))}"


# --- dates ------------------------------------------------------------------------------------------------------


def day(words: Words, text: str) -> date:
    """A day, however it is written. Raises ValueError in the reader's words."""
    said = understood(words, Written.DATE, text)
    if len(said) < len("2027-05-17"):
        year, month, _ = (*said.split("-"), "05", "17")[:3]
        raise ValueError(words.t("“{text}” is no whole day: write it as {example}").format(
            text=text, example=f"{year}-{month}-17"))  # fmt: skip
    return date.fromisoformat(said)


def _date(words: Words, text: str) -> str:
    if _is_date(text):
        return text
    may = [made for made in dict.fromkeys(_dates(words, text)) if _is_date(made)]
    if len(may) == 1:
        return may[0]
    if may:
        said = words.t("“{text}” may be two days: write {one} or {other}")
        raise ValueError(said.format(text=text, one=may[0], other=may[1]))
    year = next(iter(re.findall(r"\d{4}", text)), "2027")
    said = words.t("“{text}” is no date: write {year}, {year}-05 or {year}-05-17")
    raise ValueError(said.format(text=text, year=year))


def _is_date(text: str) -> bool:
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII) is None:
        return False
    try:
        period_of(text)
    except ValueError:
        return False
    return True


def _dates(words: Words, text: str) -> Iterator[str]:
    """What a date in numbers or with a month's name may be."""
    found = _NUMBERS.fullmatch(text.rstrip("."))
    if found is not None:
        first, second, third = found[1], found[2], found[3]
        if third is None:
            yield f"{first:0>4}-{second:0>2}"
        elif len(first) == 4:
            yield f"{first}-{second:0>2}-{third:0>2}"
        else:
            yield f"{third}-{second:0>2}-{first:0>2}"
            if "/" in text:
                yield f"{third}-{first:0>2}-{second:0>2}"
        return
    month_year = re.fullmatch(r"(\d{1,2})[./](\d{4})", text)
    if month_year is not None:
        yield f"{month_year[2]}-{month_year[1]:0>2}"
    yield from _with_month(words, text)


def _with_month(words: Words, text: str) -> Iterator[str]:
    pieces = re.findall(r"\w+", text)
    years = [p for p in pieces if re.fullmatch(r"\d{4}", p)]
    days = [p for p in pieces if re.fullmatch(r"\d{1,2}", p)]
    named = [n for p in pieces if p.isalpha() and len(p) > 2 and (n := _month(words, p))]
    if len(years) == 1 and len(named) == 1 and len(days) <= 1:
        yield "-".join([years[0], f"{named[0]:02d}", *(f"{int(d):02d}" for d in days)])


def _month(words: Words, text: str) -> int:
    """1 to 12; nought for what is no month's name."""
    bare = skeleton(text)
    for language in dict.fromkeys((words.language, *SPOKEN)):
        for number, name in Locale.parse(language).months["format"]["wide"].items():
            if len(bare) > 2 and skeleton(name).startswith(bare[:4]):
                return int(number)
    return 0


_READ: Mapping[Written, Callable[[Words, str], str]] = {
    Written.STATE: _state,
    Written.STATES: _states,
    Written.LANGUAGE: _language,
    Written.CURRENCY: _currency,
    Written.MONEY: _money,
    Written.DATE: _date,
}
