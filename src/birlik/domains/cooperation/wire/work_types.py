"""What a work is, in the words of CSL 1.0.2; and what each bibliography calls it.

Source: CSL 1.0.2, appendix III (types); the RIS specification's list of types; BibTeX's standard entry types.
"""

from collections.abc import Callable, Mapping
from typing import Any

from birlik.errors import Malformed
from birlik.said import Said

BIBTEX: Mapping[str, str] = {
    "article": "article-journal",
    "book": "book",
    "booklet": "pamphlet",
    "conference": "paper-conference",
    "dataset": "dataset",
    "inbook": "chapter",
    "incollection": "chapter",
    "inproceedings": "paper-conference",
    "manual": "report",
    "mastersthesis": "thesis",
    "misc": "document",
    "online": "webpage",
    "phdthesis": "thesis",
    "proceedings": "book",
    "report": "report",
    "software": "software",
    "techreport": "report",
    "thesis": "thesis",
    "unpublished": "manuscript",
}
RIS: Mapping[str, str] = {
    "BOOK": "book",
    "CHAP": "chapter",
    "COMP": "software",
    "CONF": "book",
    "CPAPER": "paper-conference",
    "DATA": "dataset",
    "ELEC": "webpage",
    "GEN": "document",
    "JOUR": "article-journal",
    "EJOUR": "article-journal",
    "MGZN": "article-magazine",
    "NEWS": "article-newspaper",
    "PAMP": "pamphlet",
    "PAT": "patent",
    "RPRT": "report",
    "THES": "thesis",
    "UNPB": "manuscript",
}
OPENALEX: Mapping[str, str] = {
    "article": "article-journal",
    "book": "book",
    "book-chapter": "chapter",
    "dataset": "dataset",
    "dissertation": "thesis",
    "preprint": "article",
    "report": "report",
    "review": "article-journal",
    "software": "software",
}
USUAL = "document"
"""What isn't called anything more exact."""


def reads(names: Mapping[str, str]) -> Callable[[Any], str]:
    """A bibliography's own word as that of CSL."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Malformed(Said("it must be text"))
        return names.get(value.strip(), names.get(value.strip().lower(), USUAL))

    return read


def writes(names: Mapping[str, str], otherwise: str) -> Callable[[str, str, Any], str]:
    """The word of CSL as a bibliography's own."""
    own = {csl: name for name, csl in reversed(list(names.items()))}
    own = {**own, "article": own.get("article", own.get("article-journal", otherwise))}
    return lambda value, lang, before: own.get(value, otherwise)
