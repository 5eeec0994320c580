"""Pages as declarations: panels bound to tables and indicators. A page can't hold a query of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    SENTENCE = "sentence"
    """One question answered in words and one figure."""
    MAP = "map"
    LIST = "list"
    """A line a dimension value, with its newest figures; each links to `link`."""
    SERIES = "series"
    """Figures by period with their interval; reported figures beside as hollow points."""
    HEAT = "heat"
    """Hour of week by weekday."""
    BARS = "bars"
    """Parts of a whole (causes)."""
    TABLE = "table"
    """Rows of a table or figures of an indicator."""
    ALERTS = "alerts"
    SOURCES = "sources"
    """What arrived from whom, what is missing."""
    QUARANTINE = "quarantine"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One part of a sentence, made of one indicator's newest figure; left out where there is no figure.

    `text` is a format string over the figure's dimensions and measures, written in the reader's way, and over
    `{usual}` (the mean of the up to twelve periods before), `{against_usual}` (`, 2.1 h more than usual`, or nothing),
    `{unit}`, `{period}`, `{name}` (of what the page is about) and `{since}` (where there is a measure `oldest_h`).
    `**…**` is the one figure that stands out.
    """

    indicator: str
    text: str
    text_withheld: str = ""
    """Said in its place where the figure is withheld: `too few crossings yet for a mean`."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    measure: str = "value"
    """The one that `{usual}` speaks of."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    kind: Kind
    name: str
    """Unique on its page: part of permalinks and downloads."""
    title: str
    indicator: str | None = None
    table: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Filters that always hold: `{"direction": "a_to_b"}`. Those of the page's parameters are added."""
    x: str | None = None
    y: str = "value"
    split: str | None = None
    """The dimension that tells lines, bars or cells apart."""
    measures: tuple[str, ...] = ()
    register: str | None = None
    """Where names, coordinates of the dimension's values come from."""
    beside: str | None = None
    """An indicator or table of reported figures to show beside."""
    link: str | None = None
    """Name of the page to which an item leads."""
    beside_x: str | None = None
    """The column of `beside` that says when: a year. Where it is not said, the one of `beside`'s own period."""
    beside_fixed: Mapping[str, str] = field(default_factory=dict)
    """Filters of `beside` alone: `{"indicator": "TFI1"}`."""
    text: str = ""
    """For a sentence: a format string over figures, translated by the catalogue. `clauses` say more."""
    clauses: tuple[Clause, ...] = ()
    """A sentence of several indicators; each is left out where it has nothing to say."""
    text_empty: str = ""
    """What would be here, which supplier would bring it, and how to send it."""
    limit: int = 50
    order: tuple[str, ...] = ()
    """For rows of a table: columns, with a `-` before those from the greatest down. The newest first where none is
    said."""
    ends: tuple[tuple[str, str], ...] = ()
    """Of measures that stand side by side: the low and the high end of the interval of each, in their order."""


@dataclass(frozen=True, kw_only=True)
class Page:
    name: str
    """Its address: `/{domain}/{name}`."""
    title: str
    question: str
    """The one question it answers."""
    panels: tuple[Panel, ...]
    parameters: tuple[str, ...] = ()
    """Dimensions that stand in the address: `/transport/crossing/{crossing_id}`."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Dimensions that the reader switches (direction), with their values; the first is the default."""
    register: str | None = None
    """The register of the first parameter: for its name and the list of pages."""
    order: int = 100
    in_navigation: bool = True
