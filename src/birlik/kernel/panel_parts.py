"""What panels are made of: clauses of a sentence, columns of a list, scales, lines of a map, figures of others."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One part of a sentence, made of one indicator's newest figure, or of the one with the greatest `rank`.

    Its texts are format strings over the figure's dimensions and measures, written in the reader's way (hours as
    `2 d 3 h`, times in the place's zone), and over `{unit}`, `{period}`, `{name}` (the line that the figure is of),
    `{against_usual}` (`8 h more than usual`) and `{others}` (how many more reach `above`). What stands in `[…]` is
    left out where a word in it has nothing to say, and so is the whole clause where one outside has nothing.
    `**…**` is the one figure that stands out.
    """

    indicator: str
    text: str
    text_one: str = ""
    """The singular of `text`, where `count` is one: the catalogue's plural."""
    text_zero: str = ""
    """Said in its place where `count` is nought, or, with `rank`, where no figure reaches `above`."""
    text_withheld: str = ""
    """Said in its place where the figure is withheld: `too few yet for a mean`."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    count: str = "value"
    """The measure, or `others`, that decides between one, many and none."""
    rank: str = ""
    """Of all the figures that the page sees, the one with the greatest of this measure is spoken of."""
    above: float | None = None
    """Only a figure whose `rank` reaches this."""
    otherwise: bool = False
    """Only where no clause before it found a figure that reaches its `above`."""


@dataclass(frozen=True, kw_only=True)
class Saying:
    """One part of what is said of one row: a format string over its columns, written in the reader's way.

    `[…]`, `**…**` and what has nothing to say are as in a `Clause`. It is said only where all its conditions hold.
    """

    text: str
    text_one: str = ""
    """The singular of `text`, where the column `count` is one: the catalogue's plural."""
    count: str = ""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By column, the values that it may have; an empty one is `""`."""
    least: Mapping[str, float] = field(default_factory=dict)
    """By column, the number that it reaches."""
    passed: str = ""
    """A time column: that moment has passed."""
    ahead: str = ""
    """A time column: that moment is still to come."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Two things of one kind, that a row is about, side by side in words."""

    left: str
    """The column with the key of the one,"""
    right: str
    """and of the other."""
    page: str
    """Name of the page about such a thing: it is called and linked as there."""
    columns: tuple[str, ...]
    """What is shown of both, of the table that the page is about; what neither has is left out."""
    weighs: str = ""
    """The column with what was weighed, as JSON: by name how much it speaks for their being one, or, below nought,
    against it. Its names are codes of this column."""
    text_for: str = "Speaks for it"
    text_against: str = "Speaks against it"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a sum by which rows are ranked."""

    title: str
    column: str
    """With how much of it there is, 0 to 1; empty where that isn't known."""
    weight: float
    """What all of it adds to the sum."""
    note: str = ""
    """The column with what it rests on: a code, or words."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a ranked list: a measure of its indicator. It is left out where the indicator lacks it."""

    title: str
    measure: str
    ends: tuple[str, str] | None = None
    """The measures that are the ends of its interval."""
    note: str = ""
    """A format string over the row's measures, small below the figure: `we hear from {heard_n}`."""
    signed: bool = False
    """A change: written with its sign."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Classes of a measure around what is usual, for colour. The first is below, the second as usual."""

    measure: str
    steps: tuple[float, float, float, float]
    """Where the second class begins, and the next ones."""
    words: tuple[str, str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A register whose rows join two places: what the map draws below its circles."""

    register: str
    ends: tuple[str, str]
    """Its columns that are keys of `places`."""
    places: str
    """A register with latitude and longitude."""
    kind: str
    """The column that tells strokes apart."""
    strokes: Mapping[str, str]
    """By kind: solid, dashed or dotted."""
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Band:
    """What is usual behind a series: of each day, the middle half of the same weekdays in the weeks before."""

    weeks: int = 8
    least: int = 3
    """Fewer such days are no usual."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """Figures of others that a series shows beside ours: rows of a table, by its columns."""

    table: str
    when: str
    """A year or another period."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    value: str = "value"
    unit: str = ""
    """Only those of the indicator's own unit are drawn."""
    source: str = ""
    fault: str = ""
    """What is known to be wrong with it: a doubtful one has no place on the axis."""
    notes: tuple[str, ...] = ()
    """What is said of it beside."""
