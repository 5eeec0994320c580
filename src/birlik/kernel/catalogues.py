"""Gettext catalogues, for pages, reasons and alerts alike: of the folders given, the first that has a word says it.

Compiled at set-up (`.mo` beside the `.po`); read from the `.po` where that was not done, or is older.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

Catalogue = Mapping[str, str]
"""English words -> the translated ones."""


def translations(folders: Iterable[Path], language: str) -> NullTranslations:
    """The words of all folders in one language, with plurals. What a translator marked as fuzzy is not said."""
    read = [
        Translations(io.BytesIO(_compiled(file, file.stat().st_mtime_ns)))
        for folder in folders
        for file in _files(folder, language)
    ]
    if not read:
        return NullTranslations()
    # One catalogue, not one behind another: a page looks up hundreds of words, of which most stand in few.
    merged = Translations()
    for each in reversed(read):
        merged.merge(each)
    merged.plural = read[0].plural
    return merged


def texts(folders: Iterable[Path]) -> Mapping[str, Catalogue]:
    """By language (BCP 47), the words that have no plural."""
    return _texts(tuple(folders))


@lru_cache(maxsize=8)
def _texts(folders: tuple[Path, ...]) -> Mapping[str, Catalogue]:
    found: dict[str, dict[str, str]] = {}
    for folder in folders:
        for language in sorted({file.parent.parent.name for file in folder.glob("*/LC_MESSAGES/*.po")}):
            said = found.setdefault(language.replace("_", "-"), {})
            for file in _files(folder, language):
                for message in read_mo(io.BytesIO(_compiled(file, file.stat().st_mtime_ns))):
                    if isinstance(message.id, str) and isinstance(message.string, str) and message.id:
                        said.setdefault(message.id, message.string)
    return found


def messages(folder: Path, language: str) -> frozenset[str]:
    """All that a folder's catalogues say in a language; of a text with a plural, its singular."""
    return frozenset(
        message.id if isinstance(message.id, str) else message.id[0]
        for file in _files(folder, language)
        for message in read_mo(io.BytesIO(_compiled(file, file.stat().st_mtime_ns)))
        if message.id and message.context is None
    )


def _files(folder: Path, language: str) -> Iterator[Path]:
    yield from sorted((folder / language / "LC_MESSAGES").glob("*.po"))


@lru_cache(maxsize=64)
def _compiled(file: Path, changed_ns: int) -> bytes:
    compiled = file.with_suffix(".mo")
    if compiled.is_file() and compiled.stat().st_mtime_ns >= changed_ns:
        return compiled.read_bytes()
    buffer = io.BytesIO()
    with file.open("rb") as source:
        write_mo(buffer, read_po(source))
    return buffer.getvalue()
