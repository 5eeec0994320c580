"""Typed tables: an Arrow schema whose fields carry unit, description and the standard's term.

This room and `store` are the only ones that touch pyarrow's untyped surface beside the domains' own batches.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from birlik.clock import date_of
from birlik.kernel.kept import Joins, Kept, Reference
from birlik.kernel.meant import Meant
from birlik.kernel.members import Needs, Role
from birlik.kernel.party import Names as Names
from birlik.kernel.party import Party as Party
from birlik.kernel.party import Whose as Whose
from birlik.kernel.persons import Personal, Persons
from birlik.kernel.search import Search
from birlik.kernel.shapes import Shape
from birlik.periods import Cycle, Period, period_at, period_of
from birlik.quantity import Quantity, quantity_of
from birlik.written import Written

Rows: TypeAlias = Any
"""A `pyarrow.Table`, which ships no types."""


class Type(StrEnum):
    """What a field holds. Times are UTC; durations are whole seconds in an `int` with the suffix `_s`.

    `day` and `id` are whole numbers inside, so that engines count and join with them. Whoever reads is shown a date,
    and digits as text: many computers can't hold a number beyond 2^53.
    """

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    TIME = "time"
    JSON = "json"
    DAY = "day"
    """A calendar day: days since 1970-01-01 inside."""
    ID = "id"
    """A number of up to 63 bits that names something."""

    @property
    def arrow(self) -> Any:
        """The Arrow type: int64, float64, UTF-8, microseconds in UTC; JSON is text."""
        return _ARROW[self]


_ARROW = {
    Type.TEXT: pa.string(),
    Type.INT: pa.int64(),
    Type.FLOAT: pa.float64(),
    Type.BOOL: pa.bool_(),
    Type.TIME: pa.timestamp("us", tz="UTC"),
    Type.JSON: pa.string(),
    Type.DAY: pa.int64(),
    Type.ID: pa.int64(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    name: str
    type: Type
    description: str
    unit: str = ""
    """UCUM-like: h, s, m/s, °, km, 1. Empty where there is none."""
    term: str = ""
    """The standard's own word for it, e.g. `SensorThings phenomenonTime`."""
    nullable: bool = True
    codes: tuple[str, ...] = ()
    """The closed list it is taken from, if there is one."""
    of: Reference | None = None
    """The table whose key it is: a value that isn't there is a slip of who asks for it."""
    quantity: Quantity | None = field(default=None, repr=False)
    """What its numbers are, where unit and type don't say it: a `SHARE` is shown per cent."""
    period: Cycle | None = field(default=None, repr=False)
    """By what its values divide time, where they are periods (`birlik.periods`); a `DAY` is one by itself."""
    title: str = field(default="", repr=False)
    """What readers are told that it is, where its name doesn't say it: `hour of sowing`."""
    is_secret: bool = field(default=False, repr=False)
    """What is said here goes into the vault; row, journal, exports and search have only that there is something."""
    written: Written | None = field(default=None, repr=False)
    """By which standard a text is written: forms offer its codes by name, and understand however people write them."""
    keys: str = field(default="", repr=False)
    """Of a text that lists things by name, with commas between: the column with their keys in the same order, with
    blanks between. What has a name in the reader's language is called so."""
    basis: str = field(default="", repr=False)
    """The column that says how its value came to be (`birlik.units` has the words): where that is `estimated` or
    `forecast`, every list that shows the value says so beside it, in the words of that code."""
    personal: Personal | None = field(default=None, repr=False)
    """It tells of the person whose row it is: why it is kept, and how long."""

    @property
    def is_of(self) -> Quantity:
        """What its numbers are: as declared, else by unit and type."""
        return quantity_of(self.quantity, self.unit, is_whole=self.type is Type.INT)

    @property
    def cycle(self) -> Cycle | None:
        """`period`, or what stands for it where it isn't said."""
        return Cycle.DAY if self.period is None and self.type is Type.DAY else self.period

    def period_of(self, value: Any) -> Period | None:
        """What a value of it says: of a day, a text of a period, or a time (its day in UTC); None for anything else."""
        if value is None or self.cycle is Cycle.HOUR_OF_WEEK:
            return None
        if self.type is Type.DAY:
            return period_at(date_of(int(value)), Cycle.DAY)
        if isinstance(value, datetime):
            return period_at(value, self.cycle or Cycle.DAY)
        try:
            return period_of(str(value))
        except ValueError:
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What people call the rows of a register, and whose clock they go by: all said by its columns."""

    name: str
    """The column with a row's name in English."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """By language, the column with its name in it."""
    notes: tuple[str, ...] = ()
    """Columns with a code that says what kind of thing it is, beside its name."""
    zone: str = ""
    """The column with the IANA zone whose clock its figures use."""
    state: str = ""
    """The column with the state in which it lies, ISO 3166-1 alpha-3."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All that it names."""
        said = (self.name, *self.languages.values(), *self.notes, self.zone, self.state)
        return tuple(column for column in said if column)


@dataclass(frozen=True, kw_only=True, slots=True)
class Invented:
    """Which rows are of a simulated world: whatever shows one says so, in the reader's language."""

    column: str
    value: str | bool = True

    def has(self, row: Mapping[str, Any]) -> bool:
        """Is it one of them?"""
        return bool(row.get(self.column) == self.value)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of rows as suppliers sent them.

    Every table also has the columns of `SYSTEM`, which the kernel fills.
    """

    name: str
    """Unique in the node; starts with the domain's name: `aviary_bird`."""
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    """What makes a row the same row. Two rows that agree here are one."""
    time: str
    """The time column by which rows are deduplicated, filtered and archived."""
    latitude: str | None = None
    longitude: str | None = None
    shape: Shape | None = None
    """Where rows have no coordinates of their own."""
    kept_days: int | None = None
    """How long rows are kept; None is for ever."""
    public_fields: tuple[str, ...] = ()
    """Fields that API and export show; empty means all."""
    received: tuple[str, ...] = ("received_time",)
    """Those of its time columns that say when the node took the row in."""
    named: Named | None = None
    """What its rows are called; where nothing is said, by their key."""
    beside: str = ""
    """The table whose rows these lead to: they come with those, and are as new as those are."""
    asked: tuple[str, ...] = ()
    """Columns of text by which its intakes ask for rows when they commit (`kernel.intake.Asks`)."""
    sought: tuple[str, ...] = ()
    """Columns of text by whose value a few of its rows are looked for among millions, the most asked first: of a kept
    table. It costs 8 bytes a row for each."""
    kept: Kept | None = None
    """Which of the rows with one key holds; None: rows are appended, and each stands for itself."""
    role: Needs | None = None
    """Who may read it at all; None is as its domain says."""
    party: Party | None = None
    """Who sees a row beside that."""
    person: str = ""
    """The column that says whose row it is: a person may ask for all rows of theirs, and have them erased. Where it
    refers to a table, it is that one's key; else it is a name of its own."""
    persons: Persons | None = None
    """The same, where several columns name persons, or not every row is one's."""
    invented: Invented | None = None
    search: Search | None = None
    """By which words its rows are found; None: by none."""
    joins: Joins | None = None
    """Its rows say of two keys of other rows whether they are of the same."""
    facts: Callable[[], Rows] | None = None
    """Rows that birlik ships, of a kept table. A later row with the same key takes a fact's place."""
    looked_up: bool = True
    """Where it has facts: they make it a register, which is small, held in memory, looked up whole, and everyone's.
    False: they are rows like any other of it."""

    @property
    def rule(self) -> Kept | None:
        """`kept`, or what stands for it where only `facts` are said."""
        return self.kept or (Kept() if self.facts is not None else None)

    @property
    def is_register(self) -> bool:
        """Has it facts that whoever decodes, names or draws looks up?"""
        return self.facts is not None and self.looked_up

    @property
    def is_kept(self) -> bool:
        """Rows are versions of their keys; what holds of them is a fold."""
        return self.rule is not None

    @property
    def people(self) -> str:
        """The table whose keys are the persons whose rows these are; empty where they are nobody's."""
        if self.persons is not None:
            return self.persons.of
        reference = self.by_name[self.person].of if self.person in self.by_name else None
        return reference.table if reference is not None else (self.name if self.person else "")

    @property
    def whose(self) -> Persons | None:
        """`persons`, or what `person` says; None where its rows are nobody's."""
        if self.persons is None and self.person:
            return Persons(of=self.people, columns=(self.person,))
        return self.persons

    @property
    def personal(self) -> tuple[Field, ...]:
        """The fields that tell of a person."""
        return tuple(f for f in self.fields if f.personal is not None)

    @property
    def life_days(self) -> int | None:
        """How long a row of a person is kept: as long as the field that may be kept for the shortest time."""
        return min((f.personal.days for f in self.fields if f.personal is not None), default=None)

    @property
    def references(self) -> Mapping[str, Reference]:
        """By field."""
        return {f.name: f.of for f in self.fields if f.of is not None}

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema of what an intake delivers: the declared fields only."""
        return arrow_schema(self.fields)

    @cached_property
    def version(self) -> Any:
        """The Arrow schema of versions, which may leave fields out. With them goes a column `says`: see `VERSION`."""
        return pa.schema([field.with_nullable(True) for field in self.schema])

    @cached_property
    def stored(self) -> Any:
        """The Arrow schema with the columns that the store adds."""
        return (
            arrow_schema((*self.fields, *SYSTEM))
            if not self.is_kept
            else pa.schema([*self.version, *arrow_schema((*SYSTEM, *VERSION))])
        )

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by name, in their order; without the system's."""
        return {f.name: f for f in self.fields}

    @property
    def has_places(self) -> bool:
        """Can its rows be drawn on a map?"""
        return bool(self.latitude and self.longitude) or self.shape is not None


SYSTEM = (
    Field(name="seq", type=Type.INT, description="Number of the commit that brought the row; never shown."),
    Field(name="message_no", type=Type.INT, description="The message in the journal it came in; never shown."),
    Field(
        name="views",
        type=Type.INT,
        description="Set of views that may see the row, one bit each; never shown.",
    ),
)

VERSION = (
    Field(
        name="says",
        type=Type.INT,
        description="Which fields the version says, one bit each in their order; -1: all, 0: the key has ended.",
    ),
    Field(name="content", type=Type.INT, description="63 bits of its content, by which ties are broken; never shown."),
    Field(name="k", type=Type.INT, description="63 bits of its key, by which its row is found; never shown."),
)
"""Columns that a version of a kept table has beside `SYSTEM`."""
WHOLE, ENDED = -1, 0
"""What a version says: all, or that it has ended."""


def shown_fields(declared: "Table | Derived") -> dict[str, Field]:
    """By name, those that API, pages and exports show, and that may be asked for."""
    return {n: f for n, f in declared.by_name.items() if not declared.public_fields or n in declared.public_fields}


def arrow_schema(fields: tuple[Field, ...]) -> Any:
    """The Arrow schema of fields, with what may be null."""
    return pa.schema([pa.field(f.name, f.type.arrow, nullable=f.nullable) for f in fields])


def empty(table: Table) -> Rows:
    """No rows, with the table's columns."""
    return table.schema.empty_table()


def rows_of(table: Table, rows: list[dict[str, Any]]) -> Rows:
    """A batch out of Python dicts: for small deliveries and tests, never for a hot path."""
    return pa.Table.from_pylist(rows, schema=table.schema)


@dataclass(frozen=True, slots=True)
class Own:
    """A changed row touches the key that it carries itself, in the source's `by`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Through:
    """A changed row touches whom another table joins it with: a ring its bird, the bird all who saw it.

    Who is no longer joined with it but was before this step is touched as well.
    """

    table: str
    """A table, register or derived table, declared earlier."""
    on: Mapping[str, str]
    """Column of the source -> column of that table."""
    key: str
    """Its column with the keys that are touched."""
    time: str | None = None
    """Its time column, where a key need be made again from there on only; None: the whole key."""


class LookUp(Protocol):
    """What a rule may ask of any table that is declared earlier."""

    def __call__(
        self,
        table: str,
        columns: Sequence[str] = (),
        *,
        among: Mapping[str, Sequence[Any]] = MappingProxyType({}),
        within: Mapping[str, tuple[Any, Any]] = MappingProxyType({}),
    ) -> Rows:
        """Distinct rows of some columns (default: all), those that stood there before this step included.

        among: by column, the values that it may have. within: by column, from and to. All must hold.
        """
        ...


@dataclass(frozen=True, slots=True)
class By:
    """What a function says: what no join can, such as all within reach of a place that moved."""

    function: Callable[[Rows, LookUp], Rows]
    """(changed rows, as they were and as they are; what may be asked) -> a column `k` with the keys that are touched
    and, where they need be made again from a time on only, a column `since`. Its docstring begins with whom it touches.
    """


@dataclass(frozen=True, slots=True)
class Everything:
    """Any change makes all again."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A change touches no key by itself: what is only looked up, and is right with whatever is made next."""


Touches: TypeAlias = Own | Through | By | Everything | Nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One of the sources of a derived table.

    Only a change in `columns` touches anything: what they don't name may change freely.
    """

    table: str
    """A table, a register, or a derived table declared earlier."""
    columns: tuple[str, ...]
    """What is read of it. The function sees these and nothing else."""
    time: str | None = None
    """Its time column: rows before a touched key's `since` (less the look-back) need not be read; None: all are."""
    by: str | None = None
    """The column whose value is the group; None: the table is looked up whole, as registers are."""
    touches: Touches | None = None
    """From its changed rows, as they were and as they are, to the keys that they touch. By default `Own` where there
    is a `by`, else `Everything`."""
    meant: Meant | None = None
    """What its rows mean is made for the function, too, where the node has a model for it: see there."""
    in_order: bool = True
    """Whether rows read by key come in order of `by` and `time`; a function that puts numbers in order itself does it
    several times as fast as the store puts whole rows."""

    @property
    def rule(self) -> Touches:
        """`touches`, or what stands for it where it isn't said."""
        return self.touches or (Own() if self.by else Everything())

    def faults(self) -> list[str]:
        """What can't be meant, in words."""
        wanted = [self.time, self.by, *(self.meant.columns if self.meant is not None else ())]
        if isinstance(self.rule, Through):
            wanted += self.rule.on
        missing = [name for name in wanted if name is not None and name not in self.columns]
        said = [f"{self.table}: {name} is not among its columns" for name in missing]
        if isinstance(self.rule, Own) and self.by is None:
            said.append(f"{self.table}: only rows with a `by` have a key of their own")
        return said


GroupFunction = Callable[[Mapping[str, Rows]], Rows]
"""(by table: the rows of whole groups, or the whole table where it is looked up) -> derived rows. Pure; a group's
result depends on that group and on what is looked up alone. Keys without a row in the first source have no group."""


StepFunction = Callable[[Rows, Mapping[str, Rows]], tuple[Rows, Rows]]
"""(the states of those keys that have one, by key; by table: the rows of one period of some keys, in order of `by` and
time, ties by all else, or the whole table where it is looked up) -> (derived rows, the state of each of these keys
afterwards). Pure; what comes of a key depends on that key and on what is looked up alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """Lets the keys of a derived table go on from where they were, where a season would otherwise be made again: a
    filter, a soil.

    The rows of a key are parted by time into periods. Each that has rows is made from the state that the one before
    it left, and leaves a state itself. The node keeps all of them, once for each set of views that see the same: so a
    row costs its own period and those behind it, however long the key's past is. A gap is the function's to see, by
    what its state says of when it was left.
    """

    function: StepFunction
    """Its rows bear a `time` within the period."""
    state: tuple[Field, ...]
    """What is carried, beside the key. Numbers come back bit for bit; what no field holds is JSON."""
    every: timedelta = timedelta(days=1)
    """How long a period is; one begins at 1970-01-01T00:00Z."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A table that follows from others, key by key, and can be thrown away and made again.

    What changes in a source names the keys that it touches; the derived rows of those keys, from `look_back_days`
    before the earliest change that has a time, are made again in one transaction, and what comes out otherwise is
    in turn a change for whatever follows from this table. Either `expression` (Ibis, engine-neutral), or `function`
    (Arrow in, Arrow out, over whole groups, which the distributed engine runs as a grouped map), or `carried`.
    """

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    sources: tuple[Source, ...]
    """What it follows from. The first is the one whose rows make groups."""
    by: str
    """The column of the result whose value is the group."""
    time: str = ""
    """Its own time column, by which rows before the look-back are left as they are; empty: keys are made whole."""
    function: GroupFunction | None = None
    expression: Callable[[Mapping[str, Any]], Any] | None = None
    """(by table: an Ibis table) -> the derived rows."""
    carried: Carried | None = None
    """Rows are made period by period, from what the key carries. All sources that have a `by` and a `time` make
    groups then; one that has no `time` is given whole at each period. `look_back_days` says nothing here."""
    method: int = 1
    """Raised when what it says changes: its rows are made again, and what follows from them."""
    look_back_days: int | None = 400
    """How long before a change rows may come out otherwise; None: keys are made whole."""
    lasts: tuple[str, ...] = ()
    """The time column with which what a row tells begins, and those that say until when it reaches, the latest counts;
    by default `time`, a moment. Without either no result that was computed elsewhere can be attached."""
    latitude: str | None = None
    longitude: str | None = None
    shape: Shape | None = None
    public_fields: tuple[str, ...] = ()
    named: Named | None = None
    """What its rows are called; where nothing is said, by their key."""
    role: Role | None = None
    """Who may read it; None is as its domain says."""
    invented: Invented | None = None
    search: Search | None = None
    """As `Table.search`."""
    sought: tuple[str, ...] = ()
    """As `Table.sought`."""

    def __post_init__(self) -> None:
        """Raises ValueError for sources that can't be meant."""
        said = [fault for source in self.sources for fault in source.faults()]
        tables = [source.table for source in self.sources]
        said += [f"{name} stands twice among its sources" for name in sorted(set(tables)) if tables.count(name) > 1]
        if not self.sources or self.sources[0].by is None:
            said.append("its first source makes the groups, so it needs a `by`")
        said += _faults_of_carrying(self, self.carried) if self.carried is not None else []
        if said:
            raise ValueError(f"{self.name}: {'; '.join(said)}")

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema of its rows, without the system's columns."""
        return arrow_schema(self.fields)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by name, in their order; without the system's."""
        return {f.name: f for f in self.fields}

    @property
    def has_places(self) -> bool:
        """Can its rows be drawn on a map?"""
        return bool(self.latitude and self.longitude) or self.shape is not None

    @property
    def span(self) -> tuple[str, ...]:
        """`lasts`, or what stands for it where it isn't said; empty where its rows have no time."""
        return self.lasts or ((self.time,) if self.time else ())

    @property
    def grouped(self) -> tuple[Source, ...]:
        """The sources that are read by key; the others are looked up whole."""
        return tuple(source for source in self.sources if source.by is not None)

    @property
    def timed(self) -> tuple[Source, ...]:
        """Of those that are read by key, the ones whose rows have a time."""
        return tuple(source for source in self.grouped if source.time is not None)

    @cached_property
    def states(self) -> tuple[Field, ...]:
        """The key, and what it carries; empty where it carries nothing."""
        return () if self.carried is None else (replace(self.by_name[self.by], nullable=False), *self.carried.state)

    def order_of(self, source: Source) -> tuple[str, ...]:
        """By which columns its rows come in order, if they do. Where state is carried a tie must not be chance."""
        order = tuple(name for name in (source.by, source.time) if name is not None)
        if self.carried is not None:
            return (*order, *(name for name in source.columns if name not in order))
        return order if source.in_order else ()


def _faults_of_carrying(derived: Derived, carried: Carried) -> list[str]:
    said = []
    if derived.function is not None or derived.expression is not None:
        said.append("what carries a state has no other function or expression")
    time = derived.by_name.get(derived.time)
    if time is None or time.type is not Type.TIME:
        said.append("what carries a state needs a `time`, by which its rows are parted into periods")
    if not derived.timed:
        said.append("what carries a state needs a source with a `by` and a `time`")
    if carried.every <= timedelta():
        said.append("a period has to last")
    names = [derived.by, *(f.name for f in carried.state)]
    said += [f"its state says {name} twice" for name in sorted(set(names)) if names.count(name) > 1]
    return said
