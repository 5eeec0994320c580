"""The contract: what a domain declares and the kernel reads."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from birlik.kernel.alerts import AlertRule, Signal, Situation
from birlik.kernel.indicators import Indicator
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup, Receipt
from birlik.kernel.pages import Clause, Kind, Page, Panel
from birlik.kernel.policy import Labels, Principal
from birlik.kernel.tables import Derived, Field, Rows, Table, Type

__all__ = [
    "AlertRule",
    "Answer",
    "Call",
    "Clause",
    "Decoded",
    "Delivery",
    "Derived",
    "Domain",
    "Endpoint",
    "Field",
    "Indicator",
    "Intake",
    "Kind",
    "Lookup",
    "Page",
    "Panel",
    "Principal",
    "Reader",
    "Receipt",
    "Rows",
    "Signal",
    "Situation",
    "Table",
    "Type",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """column operator value; operators: = in < <= > >= like. Bound as a parameter, never pasted into SQL."""

    column: str
    operator: str
    value: Any


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
        where: Sequence[Filter] = (),
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

    def figures(self, indicator: str, *, where: Sequence[Filter] = (), as_of: datetime | None = None) -> Rows:
        """Figures as they stand, or as they stood."""
        ...


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to a protocol that a domain speaks itself (EPCIS, OsmAnd)."""

    method: str
    path: str
    path_parameters: Mapping[str, str]
    query: Mapping[str, list[str]]
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
    """Returns when the delivery is durable."""
    run: Callable[..., Awaitable[Any]]
    """Run a blocking function in a thread: queries, hashing."""
    limits: Mapping[str, Any]
    registers: Mapping[str, Rows]


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
    """Starlette path: `/epcis/v2/events/{event_id:path}`."""
    handle: Callable[[Call], Awaitable[Answer]]
    summary: str
    operation_id: str
    tags: tuple[str, ...] = ()
    request_media_types: tuple[str, ...] = ()
    responses: Mapping[int, str] = field(default_factory=dict)
    parameters: tuple[Field, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A known truth played through the real wire. `play` yields deliveries in the order of their arrival."""

    name: str
    title: str
    play: Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A table of contents. Order matters only within `derived`: each after what it follows from."""

    name: str
    title: str
    tables: tuple[Table, ...] = ()
    derived: tuple[Derived, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    alert_rules: tuple[AlertRule, ...] = ()
    pages: tuple[Page, ...] = ()
    intakes: tuple[Intake, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    simulations: tuple[Simulation, ...] = ()
    catalogue: Path | None = None
    """A folder of gettext catalogues with this domain's words."""
