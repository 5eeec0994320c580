"""Sentences out of format strings: what stands in `[…]` is left out where a word in it has nothing to say."""

import re
from collections.abc import Callable
from string import Formatter

from markupsafe import Markup, escape

_TWO_STOPS = re.compile(r"(?<!\.)\.((?:</\w+>|\*\*)*)\.(?!\.)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def filled(text: str, say: Callable[[str], str]) -> str:
    """The text with its words, or nothing where one outside of all brackets has nothing to say.

    say: a name between braces -> what it says, empty for nothing.

    >>> said = {"value": "3", "oldest": "2 h", "since": ""}
    >>> filled("{value} waiting[, the oldest {oldest}[, since {since}]].", said.__getitem__)
    '3 waiting, the oldest 2 h.'
    >>> filled("Since {since}.", said.__getitem__)
    ''
    """
    made, at = _until_close(text, 0, say)
    if at != len(text):
        raise ValueError(f"a ] without its [ in {text!r}")
    return made or ""


def _until_close(text: str, at: int, say: Callable[[str], str]) -> tuple[str | None, int]:
    """(what was said, None where a word is missing; where it ended)."""
    parts: list[str | None] = []
    plain = at
    while at < len(text) and text[at] != "]":
        if text[at] != "[":
            at += 1
            continue
        parts.append(_worded(text[plain:at], say))
        inner, at = _until_close(text, at + 1, say)
        if at == len(text):
            raise ValueError(f"a [ without its ] in {text!r}")
        parts.append(inner or "")
        at = plain = at + 1
    parts.append(_worded(text[plain:at], say))
    return (None if None in parts else "".join(part for part in parts if part)), at


def _worded(text: str, say: Callable[[str], str]) -> str | None:
    made = []
    for before, name, _, _ in Formatter().parse(text):
        made.append(before)
        if name is not None:
            word = say(name)
            if not word:
                return None
            made.append(word)
    return "".join(made)


def sentence(text: str, say: Callable[[str], str], *, bold: bool = True) -> Markup:
    """The filled text as HTML: what is Markup stays so, all else is escaped; `**…**` is the figure that stands out."""
    made = filled(str(escape(text)), lambda name: str(escape(say(name))))
    made = _TWO_STOPS.sub(r".\1", made)  # a shortened month has one of its own
    return Markup(_BOLD.sub(r'<strong class="figure">\1</strong>' if bold else r"\1", made))  # nosec B704 # escaped above
