"""Two things of one kind side by side in words: what each is called, what is known of both, and what was weighed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from markupsafe import Markup, escape

from birlik.apps.web.panels.table import cells_of, heading, named_by, readable
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Queue, Sides

LEAST = 0.05
"""What weighs less speaks neither for nor against."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Both:
    names: tuple[Markup, Markup]
    lines: Sequence[tuple[str, str, str, bool]]
    """(what, of the one, of the other, do they differ)"""
    weighed: Sequence[tuple[str, str]]
    """(for it or against it, what: the heaviest first)"""

    @property
    def name(self) -> str:
        """Both, in one line without links."""
        return " / ".join(name.striptags() for name in self.names)


def of(panel: Queue, sight: Sight, rows: Sequence[Row]) -> Sequence[Both | None]:
    """Of each row; None where nothing is shown side by side."""
    told = panel.sides
    if told is None:
        return [None] * len(rows)
    things = named_by(sight, told.page, {str(row[name]) for row in rows for name in (told.left, told.right)})
    return [_both(sight, told, things, row) for row in rows]


def _both(sight: Sight, told: Sides, things: Mapping[str, tuple[Markup, Row]], row: Row) -> Both:
    found = [things.get(str(row[name])) for name in (told.left, told.right)]
    # What this reader doesn't see has no name here; its key is in the row that they do see.
    names = [
        each[0] if each is not None else escape(str(row[name]))
        for each, name in zip(found, (told.left, told.right), strict=True)
    ]
    return Both(names=(names[0], names[1]), lines=_lines(sight, told, found), weighed=_weighed(sight, told, row))


def _lines(sight: Sight, told: Sides, found: Sequence[tuple[Markup, Row] | None]) -> list[tuple[str, str, str, bool]]:
    page = sight.page(told.page)
    assert page is not None
    fields = [sight.columns(page.about)[name] for name in told.columns]
    told_of = [
        cells_of(sight, page.about, fields, each[1]) if each is not None else [""] * len(fields) for each in found
    ]
    return [
        (heading(sight, field), readable(one), readable(other), bool(one and other and one != other))
        for field, one, other in zip(fields, *told_of, strict=True)
        if one or other
    ]


def _weighed(sight: Sight, told: Sides, row: Row) -> list[tuple[str, str]]:
    said: Any = row[told.weighs] if told.weighs else None
    parts: Mapping[str, float] = orjson.loads(said) if isinstance(said, (str, bytes)) else said or {}
    made = []
    for text, sign in ((told.text_for, 1), (told.text_against, -1)):
        heavy = sorted((-sign * weight, name) for name, weight in parts.items() if sign * weight >= LEAST)
        if heavy:
            made.append((sight.words.t(text), ", ".join(sight.words.code(told.weighs, name) for _, name in heavy)))
    return made
