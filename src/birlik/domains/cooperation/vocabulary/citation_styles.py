"""How lists of references are written, where people here ask for them. The styles are of CSL 1.0.2."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How a list of references is written."""

    title: str
    """What it is called, in its own letters."""
    file: str
    """Among the styles of CSL."""
    locale: str
    """Of its own words: `vol.`, `Т.`"""


STYLES: Mapping[str, Style] = {
    "gost": Style("ГОСТ Р 7.0.5", "gost-r-7-0-5-2008", "ru-RU"),
    "apa": Style("APA", "apa", "en-US"),
    "apa-tr": Style("APA (Türkçe)", "apa-tr", "tr-TR"),
    "chicago": Style("Chicago", "chicago-author-date", "en-US"),
    "ieee": Style("IEEE", "ieee", "en-US"),
}
"""By the word that stands in an address."""


def operation(name: str) -> str:
    """How the operation is called that writes a work in a form or a style.

    >>> operation("csl-json"), operation("apa-tr")
    ('workCslJson', 'workApaTr')
    """
    return "work" + "".join(part.title() for part in name.split("-"))
