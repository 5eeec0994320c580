"""Indicators: figures that carry n, an interval and a basis, computed once a view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

from birlik.kernel.members import Role
from birlik.kernel.tables import Field, Party, Rows, Type
from birlik.periods import Cycle, Period
from birlik.quantity import Quantity, bare
from birlik.units import factor

STANDARD_MEASURES = (
    Field(name="value", type=Type.FLOAT, description="The figure itself."),
    Field(name="n", type=Type.INT, unit="1", description="On how many observations it rests."),
    Field(name="low", type=Type.FLOAT, description="Lower end of the 95 % interval."),
    Field(name="high", type=Type.FLOAT, description="Upper end of the 95 % interval."),
    Field(name="basis", type=Type.TEXT, description="measured, reported, estimated or forecast."),
)

FIGURE_SYSTEM = (
    Field(name="withheld", type=Type.TEXT, description="Why the figure is not shown, where it is not."),
    Field(
        name="version",
        type=Type.INT,
        nullable=False,
        description="Rises when a published figure is corrected.",
    ),
    Field(name="valid_from", type=Type.TIME, nullable=False, description="Since when the node says so."),
    Field(name="valid_to", type=Type.TIME, description="Until when it said so; null is still."),
    Field(name="method_version", type=Type.INT, unit="1", description="Number of the method that made it."),
)

Only: TypeAlias = str | int | bool | tuple[str | int | bool, ...]
"""The value that a column must have, or one of several."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usual:
    """By which measures a figure tells how far it is from what is usual there."""

    difference: str
    """The measure with how much more than usual it is; below nought is less."""
    usual: str
    """The measure with what is usual."""
    least: float
    """A difference of less than this, in its unit,"""
    share: float
    """or of less than this part of the usual, is *about as usual*: in figures, words, colour and rank."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A declaration. From it follow a route, a command, a place on a page, exports, documentation."""

    name: str
    """Unique in the node, lower case with `_`: `birds_in`."""
    code: str
    """As the field writes it: `NDVI`."""
    title: str
    unit: str
    units: tuple[str, ...] = ()
    """Others that a reader may have its figures in (`birlik.units`)."""
    quantity: Quantity = Quantity.AMOUNT
    """What its value is: `SHARE` is shown per cent, `COUNT` whole, whatever its type."""
    source: str
    """The table or derived table it is computed from."""
    columns: tuple[str, ...]
    """What it reads of its source beside the dimensions."""
    dimensions: tuple[Field, ...]
    """Columns of the source by which figures are told apart."""
    role: Role | None = None
    """Who may read it; None is as its domain says."""
    party: Party | None = None
    """The dimension that names who sees a figure beside its view: a supplier how late its own source is."""
    only: Mapping[str, Only] = field(default_factory=dict)
    """Source rows that count: `{"status": ("hatched", "open"), "counts": 1}`."""
    also: Mapping[str, str] = field(default_factory=dict)
    """A dimension's other column: a row is in the group of either, the dimension set to it. `{"month": "first_month"}`:
    who came in a month and left in the next stood in both."""
    window_days: int | None = None
    """Source rows that happened longer ago are not read; for figures of the present."""
    window_time: str = ""
    """The source's time column by which they are told."""
    function: Callable[[Rows, datetime], Rows] | None = None
    """(rows of whole groups, now) -> one row a group: the dimensions, the standard measures, the further ones."""
    expression: Callable[[Any, datetime], Any] | None = None
    """The same as an Ibis expression over the source."""
    further: tuple[Field, ...] = ()
    """Measures beside value, n, low, high and basis."""
    notes: tuple[str, ...] = ()
    """Those of them that say something of the figure itself, in a sentence of the catalogue: `interval too narrow`."""
    method: str
    """How it is made, in Markdown, for the reader."""
    reference: str
    """The published definition: work, edition, section."""
    interval: str
    """How its uncertainty is made, in a phrase."""
    minimum_n: int = 5
    period: str | None = None
    """The dimension that is a calendar period; a figure is published when its period has ended."""
    live: bool = False
    """It depends on the present (`waiting now`): refreshed at every step, kept in no version."""
    method_version: int = 1
    """Raised when what the figure says changes: all its figures are made again, as corrections."""
    method_since: str = ""
    """What changed with this version of the method, in one sentence."""
    against: Usual | None = None
    """What is usual, where its figures tell that."""
    called: str = ""
    """What its value is, in a word that pages show (`median`), where it is neither a mean, a share nor a number."""
    better: str = "lower"
    """`lower` or `higher`: which way is good, for colour."""

    @cached_property
    def measures(self) -> tuple[Field, ...]:
        """The figures themselves, with n and interval: what a reader sees beside the dimensions."""
        return STANDARD_MEASURES + self.further

    @cached_property
    def cycle(self) -> Cycle | None:
        """By what its period divides time: months where nothing is said; None where it has no period."""
        found = next((d for d in self.dimensions if d.name == self.period), None)
        return None if found is None else found.cycle or (Cycle.DAY if found.type is Type.TIME else Cycle.MONTH)

    def period_of(self, figure: Mapping[str, Any]) -> Period | None:
        """When a figure is of; None where it has no period."""
        found = next((d for d in self.dimensions if d.name == self.period), None)
        return None if found is None else found.period_of(figure[found.name])

    @cached_property
    def told(self) -> Mapping[str, Field]:
        """The measures as a reader is told of them: the value and its ends are of the indicator's unit and quantity."""
        own = {"value", "low", "high"}
        return {
            m.name: replace(m, unit=self.unit, quantity=self.quantity) if m.name in own else m for m in self.measures
        }

    def times(self, unit: str) -> float | None:
        """With what `in_unit` is multiplied for a reader who asks for a unit; None where it is its own, or one that it
        isn't had in."""
        return factor(self.unit, unit) if unit in self.units else None

    def within(self, unit: str) -> "Indicator":
        """The same as a reader is told of it in another unit; itself where that changes nothing."""
        if unit not in self.units:
            return self
        names = self.in_unit
        return replace(
            self, unit=unit, further=tuple(replace(m, unit=unit) if m.name in names else m for m in self.further)
        )

    @cached_property
    def in_unit(self) -> tuple[str, ...]:
        """The measures that are in its unit, and whose names don't say so: the value, its ends, a median."""
        return tuple(m.name for m in self.told.values() if m.unit == self.unit and bare(m.name, m.unit) == m.name)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All columns of a version of a figure, in the order in which they are stored."""
        return self.dimensions + self.measures + FIGURE_SYSTEM

    @cached_property
    def table(self) -> str:
        """Name of the table in which the versions are."""
        return f"figure_{self.name}"

    @cached_property
    def dimension_names(self) -> tuple[str, ...]:
        """In the order of the dimensions."""
        return tuple(d.name for d in self.dimensions)


def described(indicator: Indicator) -> Mapping[str, Any]:
    """The declaration as plain values, for the API and the documentation."""
    return {
        "name": indicator.name,
        "code": indicator.code,
        "title": indicator.title,
        "unit": indicator.unit,
        "units": list(indicator.units),
        "dimensions": [_field(d) for d in indicator.dimensions],
        "quantity": indicator.quantity.value,
        "measures": [_field(m) for m in indicator.told.values()],
        "kept": [_field(f) for f in FIGURE_SYSTEM],
        "method": indicator.method,
        "method_version": indicator.method_version,
        "method_since": indicator.method_since,
        "reference": indicator.reference,
        "interval": indicator.interval,
        "minimum_n": indicator.minimum_n,
        "source": indicator.source,
        "live": indicator.live,
    }


def _field(declared: Field) -> dict[str, Any]:
    return {
        "name": declared.name,
        "type": declared.type.value,
        "unit": declared.unit,
        "description": declared.description,
        **({"quantity": declared.quantity.value} if declared.quantity is not None else {}),
        **({"period": declared.cycle.value} if declared.cycle is not None else {}),
        **({"codes": list(declared.codes)} if declared.codes else {}),
    }
