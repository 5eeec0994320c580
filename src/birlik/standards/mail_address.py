"""Addresses of mail: which are taken (RFC 5321, RFC 5322, IDNA 2008)."""

import re

import idna

from birlik.errors import BadRequest
from birlik.said import Said

MOST_LETTERS, MOST_BEFORE_AT = 254, 64
"""RFC 5321, 4.5.3.1, and erratum 1690 of RFC 3696."""
_BEFORE_AT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""A dot-atom (RFC 5322, 3.2.3). Quoted ones are hardly given to anybody, and a way to smuggle."""
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def checked(text: str, *, parameter: str | None = None) -> str:
    """The address as servers take it: the name behind the @ in ASCII (IDNA 2008), in small letters.

    parameter: by which it was said. Raises BadRequest, in a sentence that repeats nothing of it.
    >>> checked(" Aigul@Пошта.Қаз ")
    'Aigul@xn--80a1acn3a.xn--80ao21a'
    """
    before, at, name = text.strip().rpartition("@")
    if not (at and before and name):
        raise BadRequest(
            Said("an e-mail address has a name, an @ and where it is: name@example.kz"), parameter=parameter
        )
    if not before.isascii():
        why = Said("letters before the @ that are not of ASCII are not taken by all servers; give another")
        raise BadRequest(why, parameter=parameter)
    try:
        host = idna.encode(name, uts46=True, std3_rules=True).decode().lower()
    except idna.IDNAError:
        host = ""
    whole = f"{before}@{host}"
    is_spelt = _BEFORE_AT.fullmatch(before) and _NAME.fullmatch(host)
    if not is_spelt or len(before) > MOST_BEFORE_AT or len(whole) > MOST_LETTERS:
        raise BadRequest(Said("this is no e-mail address that can be written to: name@example.kz"), parameter=parameter)
    return whole
