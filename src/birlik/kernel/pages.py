"""Pages as declarations: panels bound to tables and indicators. A page can't hold a query of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    SENTENCE = "sentence"
    """One question answered in words and one figure."""
    RANKED = "ranked"
    """A line a figure of a live indicator, the greatest of `rank` first, with a map that says the same."""
    SERIES = "series"
    """Figures by period with their interval; reported figures beside as hollow points."""
    HEAT = "heat"
    """Hour of week by weekday."""
    BARS = "bars"
    """Parts of a whole."""
    TABLE = "table"
    """Rows of a table or figures of an indicator."""
    COUNTS = "counts"
    """How many rows of a table have each value of `split`, of those of `beside`; with examples."""
    ALERTS = "alerts"
    SOURCES = "sources"
    """What arrived from whom, and what is missing. `beside` is a table whose rows, by their own time, make the days;
    a supplier leads to the page `link`."""
    QUARANTINE = "quarantine"
    QUEUE = "queue"
    """Rows of a kept table that wait for a verdict: see `Queue`."""


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
class Fresh:
    """What tells how fresh the data of a page are."""

    table: str
    time: str
    """Its newest row, of what the page is about, is the last record."""
    indicator: str = ""
    """Its figures may say it without a look at the rows, as these two measures:"""
    last: str = ""
    """when the last record was,"""
    gap: str = ""
    """and how many seconds usually lie between two."""


@dataclass(frozen=True, kw_only=True)
class Finds:
    """Rows that the search box finds; each leads to the page by the parameters and choices that it has."""

    table: str
    column: str
    time: str
    """The newest of a name counts."""


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


@dataclass(frozen=True, kw_only=True)
class Panel:
    kind: Kind
    name: str
    """Unique on its page: part of permalinks and downloads."""
    title: str
    indicator: str | None = None
    table: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Filters that always hold: `{"state": "open"}`. Those of the page's parameters are added."""
    x: str | None = None
    y: str = "value"
    """The measure that a series draws."""
    band: Band | None = None
    """What is usual, behind a series by day."""
    columns: tuple[Column, ...] = ()
    """Of a ranked list."""
    rank: str = "value"
    """The measure that ranks the lines, the greatest first."""
    colour: Scale | None = None
    lines: Lines | None = None
    split: str | None = None
    """The dimension that tells lines, bars or cells apart."""
    measures: tuple[str, ...] = ()
    register: str | None = None
    """Where names, coordinates of the dimension's values come from."""
    beside: str | None = None
    """A table whose rows stand beside: see the kind."""
    reported: Reported | None = None
    """What others published, beside a series."""
    part: str = ""
    """Of bars: what one of the parts is, in a word."""
    rest: str = ""
    """Of bars: the measure, or the value of `split`, that is what remains: it stands back."""
    link: str | None = None
    """Name of the page to which an item leads."""
    clauses: tuple[Clause, ...] = ()
    """Of a sentence; each is left out where it has nothing to say."""
    text_empty: str = ""
    """What would be here, which supplier would bring it, and how to send it."""
    limit: int = 50
    order: tuple[str, ...] = ()
    """For rows of a table: columns, with a `-` before those from the greatest down. The newest first where none is
    said."""
    ends: tuple[tuple[str, str], ...] = ()
    """Of measures that stand side by side: the low and the high end of the interval of each, in their order."""


@dataclass(frozen=True, kw_only=True)
class Queue(Panel):
    """What waits for somebody: the rows of `table` that fulfil `fixed`, the oldest first, each with its verdicts.

    A verdict is an act about the row. Once it is done, the row fulfils `fixed` no longer.
    """

    kind: Kind = Kind.QUEUE
    verdicts: tuple[str, ...]
    """Names of acts. One that asks for something is done on a page of its own; any other by one press."""


@dataclass(frozen=True, kw_only=True)
class Page:
    name: str
    """Its address: `/{domain}/{name}`."""
    title: str
    question: str
    """The one question it answers."""
    panels: tuple[Panel, ...]
    parameters: tuple[str, ...] = ()
    """Dimensions that stand in the address: `/aviary/bird/{bird_id}`."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Dimensions that the reader switches, with their values; the first is the default."""
    register: str | None = None
    """The register of the first parameter: for its name and the list of pages."""
    fresh: Fresh | None = None
    finds: Finds | None = None
    order: int = 100
    in_navigation: bool = True
