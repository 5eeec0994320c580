"""The contract: what a domain declares and the kernel reads."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict

from birlik.errors import BirlikError
from birlik.kernel.acts import Act, Doing, Done, Notice
from birlik.kernel.alerts import AlertRule, Signal, Situation
from birlik.kernel.doors import Accent, Door, Way
from birlik.kernel.duties import Duty, Given
from birlik.kernel.indicators import Indicator, Usual
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup, Receipt
from birlik.kernel.kept import Deletion, Joins, Kept, Missing, Reference
from birlik.kernel.members import Need, Needs, Role
from birlik.kernel.pages import Begin, Export, Finds, Fresh, Page
from birlik.kernel.panel_parts import Band, Clause, Column, Lines, Part, Reported, Saying, Scale, Sides
from birlik.kernel.panels import (
    Agenda,
    Alerts,
    Bars,
    Compare,
    Counts,
    Document,
    FigureTable,
    Heat,
    Marks,
    OfTable,
    Opening,
    Panel,
    Quarantine,
    Queue,
    Ranked,
    Reasons,
    RowTable,
    SearchBox,
    Sentence,
    Series,
    Sources,
    Tally,
    Timetable,
    Weights,
)
from birlik.kernel.persons import Personal, Persons
from birlik.kernel.plans import Parameter, Plan, Read
from birlik.kernel.policy import Labels, Principal
from birlik.kernel.query import Among, Area, Expression, Filter, Literal, Property, Where
from birlik.kernel.query import Call as Term
from birlik.kernel.reminders import Reminder
from birlik.kernel.search import Search
from birlik.kernel.tables import (
    By,
    Carried,
    Derived,
    Everything,
    Field,
    Invented,
    Named,
    Names,
    Nothing,
    Own,
    Party,
    Rows,
    Source,
    Table,
    Through,
    Type,
)

__all__ = [
    "Accent",
    "Act",
    "Agenda",
    "AlertRule",
    "Alerts",
    "Among",
    "Answer",
    "Area",
    "Band",
    "Bars",
    "Begin",
    "By",
    "Call",
    "Carried",
    "Clause",
    "Column",
    "Compare",
    "Counts",
    "Decoded",
    "Deletion",
    "Delivery",
    "Derived",
    "Document",
    "Doing",
    "Domain",
    "DomainSettings",
    "Done",
    "Door",
    "Duty",
    "Endpoint",
    "Everything",
    "Export",
    "Expression",
    "Field",
    "FigureTable",
    "Filter",
    "Finds",
    "Fresh",
    "Given",
    "Heat",
    "Indicator",
    "Intake",
    "Invented",
    "Joins",
    "Kept",
    "Lines",
    "Literal",
    "Lookup",
    "Marks",
    "Missing",
    "Named",
    "Names",
    "Need",
    "Nothing",
    "Notice",
    "OfTable",
    "Opening",
    "Own",
    "Page",
    "Panel",
    "Parameter",
    "Part",
    "Party",
    "Personal",
    "Persons",
    "Plan",
    "Principal",
    "Property",
    "Quarantine",
    "Queue",
    "Ranked",
    "Read",
    "Reader",
    "Reasons",
    "Receipt",
    "Reference",
    "Reminder",
    "Reported",
    "Role",
    "RowTable",
    "Rows",
    "Saying",
    "Scale",
    "Search",
    "SearchBox",
    "Sentence",
    "Series",
    "Sides",
    "Signal",
    "Situation",
    "Source",
    "Sources",
    "Table",
    "Tally",
    "Term",
    "Through",
    "Timetable",
    "Type",
    "Usual",
    "Way",
    "Weights",
    "Where",
]


class Reader(Protocol):
    """The rows that one principal may see; there is no other way to rows."""

    @property
    def watermark(self) -> datetime:
        """Everything received up to here is in the figures."""
        ...

    def rows(
        self,
        table: str,
        *,
        where: Where = (),
        columns: Sequence[str] | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        after: Sequence[Any] | None = None,
        distinct: bool = False,
    ) -> Rows:
        """Rows of a table, derived table or register. `order` takes `-column` for descending.

        after: the order columns' values of the last row seen; the next page begins behind it.
        distinct: each combination of `columns` once.
        """
        ...

    def figures(self, indicator: str, *, where: Where = (), as_of: datetime | None = None) -> Rows:
        """Figures as they stand, or as they stood."""
        ...


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to a protocol that a domain speaks itself."""

    method: str
    path: str
    path_parameters: Mapping[str, str]
    query_string: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    principal: Principal
    source_id: str
    received_time: datetime
    labels: Labels
    """What the request, else the settings, say of the source."""
    base_url: str
    reader: Reader
    take: Callable[[Delivery], Awaitable[Receipt]]
    """Returns when the delivery is durable. Raises Refused where a page of another origin has caused the request."""
    run: Callable[..., Awaitable[Any]]
    """Run a blocking function in a thread: queries, hashing."""
    scan: AbstractAsyncContextManager[Any]
    """Held while a question reads on and on: of the whole node's such questions one goes on at a time."""
    limits: Mapping[str, Any]
    registers: Mapping[str, Rows]

    @cached_property
    def query(self) -> Mapping[str, list[str]]:
        """Read only where it is asked for: a tracker's fix is decoded from the string itself."""
        return parse_qs(self.query_string, keep_blank_values=True) if self.query_string else {}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int = 200
    body: bytes | Mapping[str, Any] | Sequence[Any] = b""
    """Mappings and sequences become JSON."""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One operation of a protocol that has paths of its own. The API mounts it and lists it in its OpenAPI."""

    methods: tuple[str, ...]
    path: str
    """Starlette path: `/sensors/v1/things/{thing_id:path}`."""
    handle: Callable[[Call], Awaitable[Answer]]
    summary: str
    operation_id: str
    tags: tuple[str, ...] = ()
    takes: str = ""
    """The media type of an intake: what is POSTed here becomes its messages, query and content type with it."""
    gives_up: bool = False
    """It may take long, writes nothing, and is cancelled when its client has gone."""
    request_media_types: tuple[str, ...] = ()
    bodies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By media type: what a supplier sends, as an OpenAPI media type object (schema, example)."""
    responses: Mapping[int, str] = field(default_factory=dict)
    parameters: tuple[Field, ...] = ()
    role: Needs | None = None
    """Who may call it; None is as its domain says."""
    sends: bool = False
    """It is for those who send; a device may have its key as the last part of the path."""
    devices: Callable[[Call], Sequence[str]] | None = None
    """The ids of the devices that a request says it comes from: whoever is a device sends under its own only."""
    refusal: Callable[[BirlikError, Mapping[str, Any]], Answer | None] | None = None
    """(what is wrong with a request that was stopped before `handle`, the node's limits) -> the answer in the words of
    this protocol, or None where it has none of its own."""


Step = tuple[str, Mapping[str, Any]]
"""An act by its name, and its parameters."""
Answered = Callable[[str], Sequence[Mapping[str, Any]]]
"""The name of a table or indicator -> its rows as the node's own API writes them."""


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """One figure of the node beside what was put in."""

    indicator: str
    what: str
    """Of what, in words."""
    recovered: float
    truth: float
    n: int
    low: float
    high: float
    unit: str
    tolerance: float | None = None
    """How far the two may be apart, of the truth; None where n is too small to ask for it."""

    @property
    def is_within(self) -> bool:
        """True also where nothing was asked for."""
        return self.tolerance is None or abs(self.recovered - self.truth) <= self.tolerance * self.truth


class Play(Protocol):
    """A world that was played: what was put in, and what a node hears of it."""

    @property
    def start(self) -> datetime:
        """When the past begins, UTC."""
        ...

    @property
    def end(self) -> datetime:
        """When the past ends and `live` begins, UTC."""
        ...

    @property
    def truth(self) -> Rows:
        """What really happened, for `Simulation.compare`."""
        ...

    @property
    def refused_expected(self) -> Mapping[str, int]:
        """What must end in quarantine of the past, by kind."""
        ...

    def deliveries(self) -> Iterator[Delivery]:
        """The past, in the order of arrival, which is the `received_time`."""
        ...

    def live(self, since: datetime | None = None, *, per_second: float = 3.0) -> Iterator[Delivery]:
        """The same world from `since` (default: the end) on: wait for each until its `received_time`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A known truth played through the real wire."""

    name: str
    title: str
    play: Callable[..., Play]
    """(start=, days=, seed=, faults=, horizon_days=): the same arguments give the same world."""
    does: Callable[[Any, Answered], Iterable[Step]] | None = None
    """(its play, rows of a table by name) -> what people do once the past is taken in. Each step is done before the
    next is asked for, so a later one may look at what came of an earlier one."""
    write: Callable[[Path, Any], int] | None = None
    """Write a play's messages and truth into a folder; returns how many deliveries there are."""
    compare: Callable[[Rows, Answered, Answered], Sequence[Recovery]] | None = None
    """(truth, rows of a table by name, figures of an indicator by name) -> what was recovered. Times are ISO."""


class DomainSettings(BaseModel):
    """What a domain declares of its own; it stands in `birlik.toml` as a table with the domain's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    was_flat: ClassVar[tuple[str, ...]] = ()
    """Keys that stood beside the node's own once: there they are still read, with a word of where they belong."""

    @property
    def limits(self) -> Mapping[str, int | float | str]:
        """What its intakes hold records against, by name."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A table of contents. Order matters only within `derived`: each after what it follows from."""

    name: str
    title: str
    role: Role | None = None
    """Who may read its tables, figures and pages, and call its endpoints, where they don't say it themselves."""
    tables: tuple[Table, ...] = ()
    derived: tuple[Derived, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    alert_rules: tuple[AlertRule, ...] = ()
    pages: tuple[Page, ...] = ()
    doors: tuple[Door, ...] = ()
    duties: tuple[Duty, ...] = ()
    """Roles of its own, each within rows of a table."""
    intakes: tuple[Intake, ...] = ()
    acts: tuple[Act, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    """What is told when its time comes."""
    plans: tuple[Plan, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    simulations: tuple[Simulation, ...] = ()
    settings: type[DomainSettings] | None = None
    """What a node can say of it, in a table of `birlik.toml` with its name."""
    catalogue: Path | None = None
    """A folder of gettext catalogues with this domain's words."""
