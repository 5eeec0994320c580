"""The text of BibTeX fields: strings put together, braces and LaTeX accents taken away, and back."""

import re
from collections.abc import Mapping
from typing import Any

from bibtexparser.middlewares.names import split_multiple_persons_names
from pylatexenc.latex2text import LatexNodes2Text

from birlik.errors import Malformed
from birlik.said import Said
from birlik.standards.tex import escaped

_PARTS = re.compile(r'\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\}|"(?:[^"{}]|\{[^}]*\})*"|[^\s#]+')
"""What stands between the `#` of a value: in braces, in quotes, or a name."""
_LATEX = re.compile(r"[\\{}$~%]|--|``|''")


def enclosed(text: str) -> str:
    """In braces, but for what is a number."""
    return text if text.isascii() and text.isdecimal() else f"{{{text}}}"


def resolved(raw: str, strings: Mapping[str, str]) -> tuple[str, list[str]]:
    """(a value without what encloses it, the strings that it uses). A name that isn't defined stays as it is.

    >>> resolved('jw # " B"', {"jw": "{Wells}"}), resolved("{On {W}ells}", {}), resolved("2024", {})
    (('Wells B', ['jw']), ('On {W}ells', []), ('2024', []))
    """
    raw = raw.strip()
    if "#" not in raw and raw[:1] in '{"' and raw[-1:] in '}"':
        return raw[1:-1], []
    used: list[str] = []
    made = []
    for part in _PARTS.findall(raw) if "#" in raw or raw.lower() in strings else [raw]:
        name = part.lower()
        if part[:1] in '{"':
            made.append(part[1:-1])
        elif name in strings:
            used.append(name)
            made.append(resolved(strings[name], {})[0])
        else:
            made.append(part)
    return "".join(made), used


def plain(value: Any) -> str:
    """Text without LaTeX: accents as letters, braces gone. Raises Malformed where it is no text.

    >>> plain(r'G{\\"o}k{\\c c}e, Ay{\\c s}e'), plain("On {W}ells  \\n and rivers")
    ('Gökçe, Ayşe', 'On Wells and rivers')
    """
    if not isinstance(value, str):
        raise Malformed(Said("it must be text"))
    if _LATEX.search(value) is not None:
        value = LatexNodes2Text(math_mode="verbatim", keep_comments=True).latex_to_text(value, tolerant_parsing=True)
    return " ".join(value.split())


def names(text: str) -> list[str]:
    """Persons, between whom stands `and`.

    >>> names("Gökçe, Ayşe and {Ministry of Works and Wells}")
    ['Gökçe, Ayşe', '{Ministry of Works and Wells}']
    """
    return [str(name) for name in split_multiple_persons_names(text)] if text.strip() else []


def as_field(value: str, lang: str, before: Any) -> str:
    """Text as a field has it: letters as they are, what TeX would take for an order with a backslash."""
    return escaped(value)
