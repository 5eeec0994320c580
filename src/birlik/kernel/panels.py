"""A class a kind of panel, each with no other parameters than those it uses.

To add a kind: a class here, what of it is checked (`kernel.checking.pages`), and how it is rendered (`apps.web`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from birlik.kernel.panel_parts import Band, Clause, Column, Lines, Part, Reported, Saying, Scale, Sides


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What a panel offers as a file: the figures of an indicator, else the rows of a table."""

    indicator: str = ""
    table: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What every panel has. It is of one of the kinds below, never of this class itself."""

    name: str
    """Unique on its page: part of permalinks and downloads."""
    title: str
    text_empty: str = ""
    """What would be here, which supplier would bring it, and how to send it."""
    text_note: str = ""
    """What is to be known to read it, in Markdown's inline forms: stands below its title."""

    @property
    def bound(self) -> Bound:
        """Nothing by itself."""
        return Bound()

    @property
    def leads_to(self) -> str:
        """The name of the page to which an item leads; empty where items lead nowhere."""
        return ""

    def texts(self) -> Iterator[str]:
        """All that it says in words, to be translated; of a text with a plural its singular."""
        yield from (self.title, self.text_empty, self.text_note)


@dataclass(frozen=True, kw_only=True)
class OfIndicator(Panel):
    """Shows figures of one indicator: what these have in common."""

    indicator: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Filters that always hold: `{"direction": "in"}`. Those of the page's parameters are added."""

    @property
    def bound(self) -> Bound:
        """The figures that it shows."""
        return Bound(indicator=self.indicator, fixed=self.fixed)


@dataclass(frozen=True, kw_only=True)
class OfTable(Panel):
    """Shows rows of one table, derived table or register: what these have in common."""

    table: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Filters that always hold: `{"state": "open"}`. Those of the page's parameters are added, each for the column
    that is called as it; `{"cage_id": "{bird_id}"}` has the parameter for another column."""
    columns: tuple[str, ...] = ()
    """What is shown of a row; the first ones where none is said."""
    order: tuple[str, ...] = ()
    """Columns, with a `-` before those from the greatest down. By time where none is said."""
    mine: bool = False
    """Those that name the reader (`Table.party`), whatever their view."""
    names: Mapping[str, str] = field(default_factory=dict)
    """By column with the key of a thing, the name of the page about it: a cell says what the thing is called, and leads
    there."""
    by_duty: bool = False
    """Of these, those within rows where the reader holds a duty, and not what is theirs by name."""

    @property
    def bound(self) -> Bound:
        """The rows that it shows."""
        return Bound(table=self.table, fixed=self.fixed)


# --- figures --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Sentence(Panel):
    """One question answered in words and one figure."""

    clauses: tuple[Clause, ...]
    """Each is left out where it has nothing to say."""
    indicator: str = ""
    """Whose method and figures it offers."""
    register: str = ""
    """Names what a clause speaks of, where the page isn't about one thing."""
    link: str = ""
    """Name of the page of what is spoken of; its choices tell lines of one name apart."""

    @property
    def bound(self) -> Bound:
        """The figures of the indicator that it names."""
        return Bound(indicator=self.indicator)

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """Those of its clauses too."""
        yield from super().texts()
        for clause in self.clauses:
            yield from (clause.text_one or clause.text, clause.text_zero, clause.text_withheld)


@dataclass(frozen=True, kw_only=True)
class Ranked(OfIndicator):
    """A line a figure of a live indicator, the greatest of `rank` first, with a map that says the same."""

    register: str
    """Names the lines and places them on the map; its key is a dimension of the indicator."""
    columns: tuple[Column, ...]
    rank: str = "value"
    """The measure that ranks the lines, the greatest first."""
    colour: Scale | None = None
    lines: Lines | None = None
    split: str = ""
    """The dimension that tells lines of one name apart; the first choice of the page `link` where none is said."""
    link: str = ""
    """Name of the page to which a line leads."""
    limit: int = 50

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """Those of its columns and colours too."""
        yield from super().texts()
        yield from (text for column in self.columns for text in (column.title, column.note))
        yield from self.colour.words if self.colour is not None else ()


@dataclass(frozen=True, kw_only=True)
class Series(OfIndicator):
    """Figures by period with their interval; reported figures beside as hollow points."""

    y: str = "value"
    """The measure that is drawn."""
    ends: tuple[str, str] | None = ("low", "high")
    """The measures that are the ends of its interval."""
    band: Band | None = None
    """What is usual, behind a series by day."""
    reported: Reported | None = None
    """What others published, beside."""


@dataclass(frozen=True, kw_only=True)
class Heat(OfIndicator):
    """Hour of week by weekday."""

    x: str
    """The dimension with the hour of the week, 0 to 167."""


@dataclass(frozen=True, kw_only=True)
class Bars(OfIndicator):
    """Parts of a whole, of the newest period: by a dimension, or by measures that add up."""

    split: str = ""
    """The dimension whose values are the parts, unless `measures` are; the last one where none is said."""
    measures: tuple[str, ...] = ()
    ends: tuple[tuple[str, str], ...] = ()
    """The low and the high end of the interval of each of `measures`, in their order."""
    part: str = ""
    """What one of the parts is, in a word."""
    rest: str = ""
    """The measure, or the value of `split`, that is what remains: it stands back."""

    def texts(self) -> Iterator[str]:
        """The word for a part too."""
        yield from (*super().texts(), self.part)


@dataclass(frozen=True, kw_only=True)
class FigureTable(OfIndicator):
    """Figures of an indicator as a table, the newest first."""

    measures: tuple[str, ...] = ()
    """All where none is said."""
    limit: int = 50


# --- rows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RowTable(OfTable):
    """Rows of a table; of a kept one each leads to its own page."""

    link: str = ""
    """Name of the page to which a row leads, by a column called as its parameter."""
    since: str = ""
    """A time column: the reader gives a day, and rows are shown from its beginning on (UTC)."""
    narrowed: tuple[str, ...] = ()
    """Columns with a plain field each, beside the reader's own expression, which they become: of a code or a word that
    few rows have, one is chosen; of a number the least and the most are given; of any other text a part of it."""
    limit: int = 50

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link


@dataclass(frozen=True, kw_only=True)
class Opening(OfTable):
    """What is known of one row, in words: with it a page about one thing begins. Of several rows the first is told."""

    sayings: tuple[Saying, ...]
    """Each is left out where it has nothing to say."""

    def texts(self) -> Iterator[str]:
        """Those of its sayings too."""
        yield from super().texts()
        yield from (saying.text_one or saying.text for saying in self.sayings)


@dataclass(frozen=True, kw_only=True)
class Compare(OfTable):
    """Values of the same thing side by side, each with its source: the one that stands first, then the others.

    Of a kept table it can be seen as it was at any past moment, and says at which moments it changed.
    """

    by: str
    """The column that says what is compared: rows with the same are values of one thing."""
    value: str
    """The column with the value."""
    source: str
    """The column that says where it is from; an address becomes a link."""
    beside: tuple[str, ...] = ()
    """Columns that are shown small with each value; an empty one is left out."""
    usual: Mapping[str, str] = field(default_factory=dict)
    """Of columns beside, what most of them say: it is left out."""
    many: str = ""
    """The column that is 1 where several values hold at once, so that they are no disagreement."""
    first: tuple[str, ...] = ()
    """Values of `by` that stand above all others, in this order."""
    link: str = ""
    """Name of the page to which a value leads that is the key of its row."""
    plain: tuple[str, ...] = ()
    """Values of `by` of which none is such a key, so that it isn't looked for: words, dates, sums of money, codes."""

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link


@dataclass(frozen=True, kw_only=True)
class Document(OfTable):
    """A text by paragraph, and what hangs on each. What hangs on none, or on one that isn't there, stands behind.

    Its rows are the paragraphs, in their `order`.
    """

    text: str
    """The column with a paragraph's words."""
    paragraph: str
    """The column by which a paragraph is called: `12`, `IV.3`. Unique among those that are shown."""
    lang: str = ""
    """The column with the language of the words (BCP 47)."""
    text_missing: str = ""
    """Said in the place of paragraphs that aren't here, while something hangs on them."""
    hanging: str = ""
    """The table whose rows hang on paragraphs,"""
    on: str = ""
    """its column with what the paragraph is called,"""
    hanging_fixed: Mapping[str, str] = field(default_factory=dict)
    """which of its rows, as `fixed`,"""
    hanging_columns: tuple[str, ...] = ()
    """and what is shown of one: the first leads to `link`, the others stand small beside it."""
    link: str = ""
    """Name of the page to which what hangs leads, by a column called as its parameter."""

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """What is said where they are missing, too."""
        yield from (*super().texts(), self.text_missing)


@dataclass(frozen=True, kw_only=True)
class Marks(OfTable):
    """A mark a row, by the code that one of its columns has: a picture of how far things are that doesn't pretend.

    Each code has a shape of its own; where nobody knows, the mark is hollow and stands last.
    """

    by: str
    """The column; its codes are declared, and their order is that of the marks."""
    hollow: tuple[str, ...]
    """Codes that say that it isn't known. A row without a code has one of these, too."""
    until: str = ""
    """A time column: where it has passed, a stroke below the mark says so,"""
    settled: tuple[str, ...] = ()
    """unless the row has one of these codes."""
    text_passed: str = ""
    """What the stroke means: `its date has passed`."""

    def texts(self) -> Iterator[str]:
        """What the stroke means, too."""
        yield from (*super().texts(), self.text_passed)


@dataclass(frozen=True, kw_only=True)
class Agenda(OfTable):
    """What lies ahead by a time, the nearest first, with the days that are left; or what has passed."""

    until: str
    """The time column; a row without a time lies neither ahead nor behind."""
    passed: bool = False
    """The rows whose time has passed, the latest first, in the place of those ahead."""
    settled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By column, codes of which nothing more is awaited: those rows are left out."""
    within: str = ""
    """The choice of the page that says how many days ahead; a value that is no number is all rows, dated or not."""
    by: str = ""
    """The column below whose values the rows stand: a row with several stands below each,"""
    between: str = ""
    """with this between them."""
    day: str = ""
    """The column that says the day of `until` as people read it (a day, a longer period, a local time), by whichever
    clock it holds: days are counted to that day on the calendar. Without it, on the page's own clock."""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """By column, what is said where it has nothing: `nothing was shown yet`."""
    link: str = ""
    """Name of the page to which a row leads, by a column called as its parameter."""
    onward: str = ""
    """Name of the page with all of them, where these are the first ones."""
    limit: int = 100

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """What is said of what is lacking, too."""
        yield from (*super().texts(), *self.lacking.values())


@dataclass(frozen=True, kw_only=True)
class Timetable(OfTable):
    """What happens where and when: of each place what is on now and what comes next, then day by day.

    A row without a time, or without a place, is told apart: it stands below, where `text_unplaced` says so.
    """

    begins: str
    """The time column with when it begins,"""
    ends: str
    """the one with when it ends,"""
    by: str
    """and the column with where: its values stand side by side."""
    zone: str = ""
    """The column with the IANA zone on whose clock it is told; the page's own where a row has none."""
    off: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By column, codes of what isn't to happen: it is struck through, and neither now nor next."""
    has_days: bool = True
    """False: what is on now and comes next, and no more; where neither is, there is nothing."""
    text_unplaced: str = ""
    """The heading of what has no time or place yet; empty: it isn't shown."""
    link: str = ""
    """Name of the page to which a row leads, by a column called as its parameter."""
    limit: int = 1_000

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """The heading of what isn't placed, too."""
        yield from (*super().texts(), self.text_unplaced)


@dataclass(frozen=True, kw_only=True)
class Tally(OfTable):
    """How many rows have each value of a column, the most first: each in words, with a bar of its length.

    A number below `least` is withheld, and with it the sum, from which it could be found.
    """

    by: str
    """The column; a row without a value isn't counted."""
    text: str
    """What is said of one: a format string over `{name}` and `{n}`, as `{name} led to {n} promises`."""
    text_one: str = ""
    """The singular of `text`: the catalogue's plural."""
    least: int = 1
    link: str = ""
    """Name of the page to which a value leads, as its one parameter. Of a page that is about a table's rows, the
    values are called as those rows are."""
    limit: int = 20

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """What is said of each, too."""
        yield from (*super().texts(), self.text_one or self.text)


@dataclass(frozen=True, kw_only=True)
class Reasons(OfTable):
    """What fits, the best first, and why: each row with the parts of its sum, what they weigh, and the two sentences
    that met. A part that isn't known leaves the sum open: a row is ranked by the middle of its range."""

    parts: tuple[Part, ...]
    low: str
    """The column with the least that the sum can be,"""
    high: str
    """and the one with the most: what isn't known is between them."""
    met: tuple[str, str]
    """Columns with the sentence of what is asked about and with the one of the row; empty where none is known."""
    doubts: str = ""
    """The column with what isn't known of whether it fits at all: codes with blanks between."""
    until: str = ""
    """A time column: rows whose time has passed are left out, and of the others the days that are left stand there."""
    day: str = ""
    """The column that says that day as people read it: as `Agenda.day`."""
    text_left_out: str = ""
    """What the sum doesn't tell, and why."""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """By column, what is said where it has nothing."""
    link: str = ""
    """Name of the page to which a row leads,"""
    by: str = ""
    """by the column that has its parameter; the one that is called so where none is said."""
    limit: int = 10

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """What its parts are called, and what is left out, too."""
        yield from (*super().texts(), self.text_left_out, *self.lacking.values())
        yield from (part.title for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class Counts(OfTable):
    """How many rows of a table have each value of `split`, with the newest of each as examples."""

    split: str
    beside: str = ""
    """The table of whose rows these are a part: what share they are is said."""


@dataclass(frozen=True, kw_only=True)
class Queue(OfTable):
    """What waits for somebody: the rows of a kept table that fulfil `fixed`, the oldest first, with their verdicts.

    A verdict is an act about the row. Once it is done, the row fulfils `fixed` no longer.
    """

    verdicts: tuple[str, ...]
    """Names of acts. One that asks for something is done on a page of its own; any other by one press."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """By column, the act that settles all that wait with one value in it; it is about any of these. Where several
    wait with one, their number and the oldest of them stand above the rows."""
    sides: Sides | None = None
    """The two things that a verdict is about."""
    limit: int = 50

    def texts(self) -> Iterator[str]:
        """What is said of what was weighed, too."""
        yield from super().texts()
        if self.sides is not None:
            yield from (self.sides.text_for, self.sides.text_against)


@dataclass(frozen=True, kw_only=True)
class Weights(Panel):
    """What a plan chooses where some of its parameters are moved: at once, with what leaves and what enters.

    It is computed of what the reader sees by `Plan.at_once`; what stands in the address is how it is set.
    """

    plan: str
    """The plan of its domain."""
    moved: tuple[str, ...]
    """Parameters of it, numbers with a range, that are moved here; the others are as usual."""
    chosen: str
    """The column of the result, true or false, that says what is chosen."""
    columns: tuple[str, ...]
    """What is shown of a row: the first is what it is called."""
    link: str = ""
    """Name of the page to which a row leads, by a column of the result called as its parameter."""
    text_chosen: str = ""
    """What is said of how many: a format string over `{n}` and `{all}`, as `{n} of {all} are chosen.`"""
    limit: int = 30

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link

    def texts(self) -> Iterator[str]:
        """What is said of how many, too."""
        yield from (*super().texts(), self.text_chosen)


@dataclass(frozen=True, kw_only=True)
class SearchBox(Panel):
    """A box in which the reader asks by words: it leads to what is found in some tables."""

    tables: tuple[str, ...]
    """Names of tables that can be searched; those that the reader may not read are left out."""
    text_hint: str = ""
    """What may be asked, in a sentence that stands below the box."""

    def texts(self) -> Iterator[str]:
        """The hint, too."""
        yield from (*super().texts(), self.text_hint)


# --- what the kernel itself keeps -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Alerts(Panel):
    """What is out of the ordinary; of a page about one thing its own."""

    TABLE: ClassVar[str] = "birlik_alert"
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Filters that always hold: `{"rule": "frost"}`."""
    limit: int = 50

    @property
    def bound(self) -> Bound:
        """The alerts."""
        return Bound(table=self.TABLE, fixed=self.fixed)


@dataclass(frozen=True, kw_only=True)
class Sources(Panel):
    """What arrived from whom, and what is missing."""

    TABLE: ClassVar[str] = "birlik_message"
    indicator: str = ""
    """Figures by `source_id` that tell how well a supplier sends."""
    measures: tuple[str, ...] = ()
    """Of the indicator; its further ones where none is said."""
    beside: str = ""
    """A table whose rows, by their own time, make the days."""
    link: str = ""
    """Name of the page to which a supplier leads."""

    @property
    def bound(self) -> Bound:
        """The figures; without an indicator the messages."""
        return Bound(indicator=self.indicator, table=self.TABLE)

    @property
    def leads_to(self) -> str:
        """`link`."""
        return self.link


@dataclass(frozen=True, kw_only=True)
class Quarantine(Panel):
    """What could not be taken: by source and reason with counts, then entry by entry."""

    TABLE: ClassVar[str] = "birlik_quarantine"
    limit: int = 50

    @property
    def bound(self) -> Bound:
        """The entries."""
        return Bound(table=self.TABLE)
