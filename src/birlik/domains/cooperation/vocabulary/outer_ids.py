"""Ids that others give, each held to its own check digits or syntax, and written in one way."""

import re
from collections.abc import Callable, Mapping

from stdnum import lei as stdnum_lei
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from birlik.errors import Malformed
from birlik.said import Said

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: without i, l, o and u."""
_CROCKFORD = {letter: value for value, letter in enumerate(_LETTERS)}
_ROR = re.compile(r"(?:(?:https?://)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})", re.ASCII | re.IGNORECASE)
_ORCID = re.compile(r"(?:(?:https?://)?orcid\.org/)?(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dXx])", re.ASCII)
_DOI = re.compile(r"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}(?:\.\d+)*/\S+)", re.IGNORECASE | re.ASCII)
_WIKIDATA = re.compile(r"(?:(?:https?://)?(?:www\.)?wikidata\.org/(?:wiki|entity)/)?(Q[1-9]\d{0,18})", re.ASCII)
_GRID = re.compile(r"(grid\.\d{1,8}\.[0-9a-f]{1,4})", re.ASCII)


def _no(what: str, text: str) -> Malformed:
    return Malformed(Said("{text} is no {what}", text=text, what=what))


def ror(text: str) -> str:
    """The nine characters of a ROR id. Raises Malformed.

    Source: ROR, "ROR identifier pattern": 0, six of Crockford's base 32, two check digits (ISO/IEC 7064, mod 97-10).
    >>> ror("https://ror.org/05dxps055")
    '05dxps055'
    """
    found = _ROR.fullmatch(text)
    if found is None:
        raise _no("ROR id", text)
    made = found[1].lower()
    number = 0
    for letter in made[:7]:
        number = number * 32 + _CROCKFORD[letter]
    if made != ror_of(number):
        raise Malformed(Said("{text}: the check digits of the ROR id are wrong", text=text))
    return made


def ror_of(number: int) -> str:
    """The ROR id of a number below 32^6.

    >>> ror_of(1)
    '000000195'
    """
    letters, rest = "", number
    for _ in range(7):
        rest, value = divmod(rest, 32)
        letters = _LETTERS[value] + letters
    return f"{letters}{98 - number * 100 % 97:02d}"


def orcid(text: str) -> str:
    """An ORCID iD, with hyphens. Raises Malformed.

    Source: ORCID, "Structure of the ORCID Identifier": ISO/IEC 7064, mod 11-2.
    >>> orcid("https://orcid.org/0000-0002-1825-0097")
    '0000-0002-1825-0097'
    """
    found = _ORCID.fullmatch(text)
    if found is None:
        raise _no("ORCID iD", text)
    made = "-".join(found.groups()).upper()
    if not mod_11_2.is_valid(made.replace("-", "")):
        raise Malformed(Said("{text}: the check digit of the ORCID iD is wrong", text=text))
    return made


def doi(text: str) -> str:
    """A DOI without a resolver before it, in small letters: DOIs that differ in case only are one. Raises Malformed.

    Source: ISO 26324:2022, 4.2; DOI Handbook, 2.2 and 2.4.
    >>> doi("https://doi.org/10.1000/ABC.5")
    '10.1000/abc.5'
    """
    found = _DOI.fullmatch(text.strip())
    if found is None:
        raise _no("DOI", text)
    return found[1].lower()


def lei(text: str) -> str:
    """A legal entity identifier. Raises Malformed. Source: ISO 17442-1:2020 (ISO/IEC 7064, mod 97-10)."""
    try:
        return str(stdnum_lei.validate(text))
    except ValidationError:
        raise _no("LEI", text) from None


def wikidata(text: str) -> str:
    """The Q id of a Wikidata item. Raises Malformed."""
    found = _WIKIDATA.fullmatch(text)
    if found is None:
        raise _no("Wikidata item", text)
    return found[1]


def grid(text: str) -> str:
    """A GRID id: history, since no new ones are given. Raises Malformed."""
    found = _GRID.fullmatch(text)
    if found is None:
        raise _no("GRID id", text)
    return found[1]


OUTER_IDS: Mapping[str, Callable[[str], str]] = {
    "ror": ror,
    "orcid": orcid,
    "doi": doi,
    "lei": lei,
    "wikidata": wikidata,
    "grid": grid,
}
"""By property: what holds a value to its syntax, and gives it as it is written here."""


def as_written(name: str, text: str) -> str:
    """What is said of a property, an id held to its syntax and written as here. Raises Malformed."""
    check = OUTER_IDS.get(name)
    return text if check is None else check(text)
