"""In which language something is, however its record says so."""

import re
from functools import cache

from babel import Locale
from babel.core import get_global

UNKNOWN = "und"
"""ISO 639-2's own word for a language that isn't known."""


@cache
def tongue_of(said: str | None) -> str:
    """The language alone, by its shortest code (BCP 47), less script and region; `und` where it isn't known.

    >>> [tongue_of(text) for text in ("kk", "eng", "tr-TR", "uz_Cyrl", "English", "Volapük of 1880", None)]
    ['kk', 'en', 'tr', 'uz', 'en', 'und', 'und']
    """
    text = (said or "").strip().lower()
    found = re.fullmatch(r"([a-z]{2,3})([-_][a-z0-9]{2,8})*", text)
    if found is None:
        return _by_name().get(text, UNKNOWN)
    code = str(get_global("language_aliases").get(found[1], found[1]))
    return code if code in Locale("en").languages else UNKNOWN


@cache
def _by_name() -> dict[str, str]:
    """By English name."""
    return {name.lower(): code for code, name in Locale("en").languages.items() if re.fullmatch(r"[a-z]{2,3}", code)}
