"""Gettext catalogues: ours, then each domain's. Compiled at set-up; read from the .po where that was not done."""

import io
from collections.abc import Iterable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "kk": "Қазақша"}
"""Each by its own name."""
OWN = Path(__file__).parent / "locale"


def translations(folders: Iterable[Path], language: str) -> NullTranslations:
    """The words of all folders in one language; the first folder that has a word says it."""
    merged: NullTranslations | None = None
    for folder in folders:
        for file in sorted((folder / language / "LC_MESSAGES").glob("*.po")):
            read = _read(file, file.stat().st_mtime_ns)
            if merged is None:
                merged = read
            else:
                merged.add_fallback(read)
    return merged or NullTranslations()


@lru_cache(maxsize=64)
def _compiled(file: Path, changed_ns: int) -> bytes:
    compiled = file.with_suffix(".mo")
    if compiled.is_file() and compiled.stat().st_mtime_ns >= changed_ns:
        return compiled.read_bytes()
    buffer = io.BytesIO()
    with file.open("rb") as source:
        write_mo(buffer, read_po(source))
    return buffer.getvalue()


def _read(file: Path, changed_ns: int) -> GNUTranslations:
    """A fresh object each time: a fallback added to one must not be seen by another node's."""
    return GNUTranslations(io.BytesIO(_compiled(file, changed_ns)))
