"""A person's texts, looked for where no column says whose they are: in bytes, in sentences, in what was refused."""

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from html import escape
from urllib.parse import quote

from birlik.kernel.store.database import literal

SHORTEST = 4
"""A name or number with fewer letters says nobody; the key is looked for however short it is."""
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1251", "cp1254")
"""In which suppliers here write."""
_WORD = re.compile(rb"[0-9A-Za-z]")


class Texts:
    """Some texts, as whole words."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.all = tuple(sorted({text for text in texts if text}))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, self.all))})(?![^\W_])")

    @cached_property
    def _needles(self) -> Sequence[bytes]:
        made: set[bytes] = set()
        for text in self.all:
            forms = (text, json.dumps(text)[1:-1], quote(text, safe=""), escape(text, quote=False))
            for form in forms:
                for encoding in ENCODINGS:
                    try:
                        made.add(form.encode(encoding))
                    except UnicodeEncodeError:
                        continue
        return sorted(made)

    def within(self, text: str | None) -> bool:
        """Does a sentence name them?"""
        return bool(text) and bool(self.all) and self._pattern.search(text or "") is not None

    def inside(self, body: bytes) -> bool:
        """Do bytes, in any of the encodings and escapes?"""
        return any(_stands(needle, body) for needle in self._needles if needle in body)

    def sql(self, columns: Sequence[str]) -> str:
        """SQL: does any of these columns name them?"""
        if not self.all or not columns:
            return "FALSE"
        words = "|".join(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text) for text in self.all)
        pattern = literal(rf"(^|[^\pL\pN])({words})($|[^\pL\pN])")
        return "(" + " OR ".join(f'coalesce(regexp_matches("{c}", {pattern}), FALSE)' for c in columns) + ")"


def _stands(needle: bytes, body: bytes) -> bool:
    """As a word of its own: not within another, as far as ASCII tells that."""
    at = body.find(needle)
    while at >= 0:
        before, after = body[at - 1 : at] if at else b"", body[at + len(needle) : at + len(needle) + 1]
        within = _WORD.match(needle[:1]) and _WORD.match(before)
        within = within or (_WORD.match(needle[-1:]) and _WORD.match(after))
        if not within:
            return True
        at = body.find(needle, at + 1)
    return False
