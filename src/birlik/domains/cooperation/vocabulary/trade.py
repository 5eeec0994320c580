"""What trade is written in: editions of code lists, how their codes look, states, units. No list itself: licences."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from unicodedata import combining, normalize

from babel import Locale

from birlik.domains.cooperation.vocabulary.iso3166 import ALPHA_3
from birlik.domains.cooperation.vocabulary.shipped import lines

HS, ISIC = "HS", "ISIC"
EDITIONS: Mapping[str, tuple[str, ...]] = {
    HS: ("1992", "1996", "2002", "2007", "2012", "2017", "2022", "2028"),
    ISIC: ("3", "3.1", "4", "5"),
}
"""Of the WCO's Harmonized System by the year from which they hold; of ISIC by revision."""
FORMS: Mapping[str, re.Pattern[str]] = {
    HS: re.compile(r"\d{2}|\d{4}|\d{6}", re.ASCII),
    ISIC: re.compile(r"[A-V]|\d{2,4}", re.ASCII),
}
HS6 = re.compile(r"\d{6}", re.ASCII)
USD: Mapping[str, float] = {"USD": 1.0, "kUSD": 1e3, "MUSD": 1e6}
"""By unit, how many US dollars it is."""
FIRST_YEAR = 1962
"""The first of UN Comtrade."""

FEWEST_EXPORTERS = 100
"""Of one year, in one edition of HS: with fewer states that sell, an advantage over all others means nothing."""

NOT_STATES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"])
"""Two letters that CLDR knows and ISO 3166-1 gives to nobody: reserved, its own, unions."""


@cache
def states() -> Mapping[str, str]:
    """By alpha-3 code of ISO 3166-1 the state's name in English, both of CLDR."""
    names = Locale("en").territories
    return {ALPHA_3[two]: str(name) for two, name in names.items() if two in ALPHA_3 and two not in NOT_STATES}


@cache
def registered() -> frozenset[str]:
    """Member and observer states, by alpha-3 code."""
    return frozenset(line["iso3"] for line in lines("states") if line["iso3"])


def _plain(text: str) -> str:
    return "".join(c for c in normalize("NFKD", text.strip()).casefold() if not combining(c))


@cache
def _by_other_names() -> Mapping[str, str]:
    """What else people write for a state: two letters, or its name in English."""
    known = states()
    letters = {_plain(two): three for two, three in ALPHA_3.items() if three in known}
    return {**letters, **{_plain(name): three for three, name in known.items()}}


def nearest_state(text: str) -> str | None:
    """The alpha-3 code that is likely meant.

    >>> nearest_state("KZ"), nearest_state("kazakhstan"), nearest_state("Turkey"), nearest_state("KAS")
    ('KAZ', 'KAZ', 'TUR', 'KAZ')
    """
    told = _plain(text)
    if told.upper() in states():
        return told.upper()
    others = _by_other_names()
    names = [name for name in others if len(name) > 3] if len(told) > 3 else ()
    near = [told] if told in others else get_close_matches(told, names, 1, 0.75)
    if near:
        return others[near[0]]
    # Of codes the first letters are seldom the wrong ones.
    return max((code for code in states() if code[:2] == told.upper()[:2]), default=None)


def nearest_code(text: str, known: frozenset[str]) -> str | None:
    """The code of a list that agrees with the most of its beginning; a leading zero may be lost.

    >>> nearest_code("80810", frozenset({"080810", "808100"})), nearest_code("080819", frozenset({"080810"}))
    ('080810', '080810')
    """
    if (whole := text.zfill(6)) in known:
        return whole
    for n in range(5, 1, -1):
        if near := min((code for code in known if code.startswith(whole[:n])), default=None):
            return near
    return None
