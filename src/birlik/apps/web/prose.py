"""The little of Markdown that methods are written in: paragraphs, emphasis, code. All else is escaped."""

import re

from markupsafe import Markup, escape

_MARKS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>"),
)


def html(text: str) -> Markup:
    """
    >>> html("Hours *from* entry.")
    Markup('<p>Hours <em>from</em> entry.</p>')
    """
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]
    return Markup("\n").join(Markup(f"<p>{inline(paragraph)}</p>") for paragraph in paragraphs)  # nosec B704 # escaped where it was put in


def inline(text: str) -> Markup:
    said = str(escape(text))
    for pattern, mark in _MARKS:
        said = pattern.sub(mark, said)
    return Markup(said)  # nosec B704 # escaped where it was put in
