"""What a delivery would become: its first rows and its faults, of which nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from birlik.clock import date_of
from birlik.errors import DeliveryError
from birlik.kernel.intake import Decoded, Intake
from birlik.kernel.tables import Field, Table, Type

FIRST_ROWS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """How a delivery's rows of one table begin."""

    table: Table
    rows_n: int
    rows: Sequence[Mapping[str, Any]]
    """The first ones by field: times are datetimes in UTC, days dates, ids text, JSON what it says."""

    @property
    def filled(self) -> Sequence[Field]:
        """The fields that have a value in any of the rows shown."""
        return [f for f in self.table.fields if any(row[f.name] is not None for row in self.rows)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """A delivery as it would be taken now. What the node has already isn't looked at: a duplicate is told when sent."""

    intake: Intake
    parameters: Mapping[str, str]
    """With which it was read; those that were read off the file too."""
    accepted: int
    """As a receipt counts, before duplicates."""
    samples: Sequence[Sample]
    refused: Sequence[DeliveryError]
    notices: Sequence[str]
    failed: DeliveryError | None
    """Why nothing of it can be read."""


def tried(intake: Intake, parameters: Mapping[str, str], decoded: Decoded, tables: Mapping[str, Table]) -> Tried:
    """What was decoded, as people are shown it. Tables that only lead to another's rows are left out."""
    counts = {name: len(rows) for name, rows in decoded.rows.items()}
    return Tried(
        intake=intake,
        parameters=parameters,
        accepted=counts.get(intake.counted, 0) if intake.counted else sum(counts.values()),
        samples=[
            Sample(table=tables[name], rows_n=counts[name], rows=_first(rows, tables[name]))
            for name, rows in decoded.rows.items()
            if counts[name] and not tables[name].beside
        ],
        refused=decoded.refused,
        notices=decoded.notices,
        failed=decoded.failed,
    )


def _first(rows: Any, table: Table) -> list[dict[str, Any]]:
    """Of an Arrow table, or of tuples in the order of the fields."""
    if isinstance(rows, Sequence):
        named = [dict(zip(table.by_name, row, strict=True)) for row in rows[:FIRST_ROWS]]
    else:
        named = rows.slice(0, FIRST_ROWS).to_pylist()
    return [{f.name: _shown(row[f.name], f.type) for f in table.fields} for row in named]


def _shown(value: Any, kind: Type) -> Any:
    if value is None:
        return None
    if kind is Type.DAY:
        return date_of(int(value))
    if kind is Type.ID:
        return str(value)
    if kind is Type.JSON:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
