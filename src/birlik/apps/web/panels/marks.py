"""A mark a row, by its code: what nobody knows is hollow, and is not left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.sight import Read, Sight
from birlik.kernel.domain import Marks

MOST = 240
"""Marks that can still be looked over; where there are more rows, one stands for several."""
SHAPES = ("circle", "square", "triangle", "diamond", "cross")
"""In the order of the codes; what isn't known is a hollow circle."""
HOLLOW = "hollow"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The marks of one code."""

    shape: str
    said: str
    n: int
    over_n: int
    drawn: Sequence[bool]
    """A mark each: has its time passed?"""


def content(panel: Marks, sight: Sight) -> Content:
    words = sight.words
    counted, passed = _counted(panel, sight), _counted(panel, sight, panel.until) if panel.until else {}
    total = sum(counted.values())
    each = max(1, ceil(total / MOST))
    parts = [
        _part(sight, panel, code, shape, counted.get(code, 0), passed.get(code, 0), each)
        for code, shape in _shapes(panel, sight)
        if counted.get(code)
    ]
    over = sum(part.over_n for part in parts)
    told = [f"{part.said}: {words.count(part.n)}" for part in parts]
    told += [f"{words.t(panel.text_passed)}: {words.count(over)}"] if over and panel.text_passed else []
    stands = words.n("a mark stands for {n} row", "a mark stands for {n} rows", each).format(n=each) if each > 1 else ""
    return Content(
        empty=not total,
        facts=Facts(n=words.count(total), notes=[stands] if stands else ()),
        values={"parts": parts, "over": words.count(over) if over else "", "passed": words.t(panel.text_passed)},
        description="; ".join(told),
    )


def _counted(panel: Marks, sight: Sight, past: str = "") -> Mapping[str, int]:
    """By code, how many rows; of those only whose time has passed, where a time column is named."""
    where = tuple(sorted(sight.table_filters(panel.table, panel.fixed).items()))
    made: dict[str, int] = {}
    for row in sight.answer(Read("groups", panel.table, where, (panel.by,), slow=True, past=past)):
        code: Any = row[panel.by]
        made[code or panel.hollow[0]] = made.get(code or panel.hollow[0], 0) + int(row["count"])
    return made


def _shapes(panel: Marks, sight: Sight) -> Sequence[tuple[str, str]]:
    """Codes in their order with their shapes: first what is known."""
    codes = sight.columns(panel.table)[panel.by].codes
    known = [code for code in codes if code not in panel.hollow]
    return [
        *((code, SHAPES[i % len(SHAPES)]) for i, code in enumerate(known)),
        *((code, HOLLOW) for code in codes if code in panel.hollow),
    ]


def _part(sight: Sight, panel: Marks, code: str, shape: str, n: int, over_n: int, each: int) -> Part:
    over = 0 if code in panel.settled else over_n
    drawn, marked = ceil(n / each), ceil(over / each)
    return Part(
        shape=shape,
        said=sight.label(panel.by, code),
        n=n,
        over_n=over,
        drawn=[i < marked for i in range(drawn)],
    )
