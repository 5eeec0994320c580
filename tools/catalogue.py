"""Gettext catalogues: compile every .po beside its .mo; `--missing` lists words of the pages that one lacks."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "birlik"
WEB = SOURCE / "apps" / "web"
KEYWORDS = {"_": None, "t": None, "n": (1, 2), "ngettext": (1, 2)}
NAMES = {"reason", "withheld"}
"""Columns whose content is handed to the catalogue; the extractor takes their names for texts."""


def catalogues() -> list[Path]:
    return sorted(SOURCE.glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_all() -> None:
    for file in catalogues():
        with file.open("rb") as source, file.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source))


def said_in_pages() -> Iterator[str | tuple[str, ...]]:
    """Every text that templates and modules of the web face hand to the catalogue."""
    methods = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
    for _, _, message, _, _ in extract_from_dir(WEB, method_map=methods, keywords=KEYWORDS):
        if message not in NAMES:
            yield message


def missing(language: str) -> list[str]:
    said = set()
    for file in (WEB / "locale" / language / "LC_MESSAGES").glob("*.po"):
        with file.open("rb") as source:
            said |= {_first(m.id) for m in read_po(source) if m.id and m.string and not m.fuzzy and not m.context}
    return sorted({_first(m) for m in said_in_pages()} - said)


def _first(text: str | Sequence[str]) -> str:
    """Of a text with a plural, its singular."""
    return text if isinstance(text, str) else text[0]


if __name__ == "__main__":
    if "--missing" in sys.argv:
        print("\n".join(missing(sys.argv[-1])))
    else:
        compile_all()
