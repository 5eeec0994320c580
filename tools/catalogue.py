"""Gettext catalogues: compile every .po beside its .mo; `--missing` lists words of the pages that one lacks."""

import sys
from collections.abc import Iterator
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
    with (WEB / "locale" / language / "LC_MESSAGES" / "birlik.po").open("rb") as source:
        read = read_po(source)
    wanted = {m[0] if isinstance(m, tuple) else m for m in said_in_pages()}
    return sorted(text for text in wanted if not ((found := read.get(text)) and found.string and not found.fuzzy))


if __name__ == "__main__":
    if "--missing" in sys.argv:
        print("\n".join(missing(sys.argv[-1])))
    else:
        compile_all()
