"""What the indicators of this room share: measures that count, rows by some of their columns, figures as Arrow."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from birlik.kernel.domain import Field, Indicator, Rows, Type

Row = Mapping[str, Any]


def count(name: str, description: str) -> Field:
    """A measure that counts."""
    return Field(name=name, type=Type.INT, unit="1", description=description)


def exact(value: float, n: int) -> dict[str, Any]:
    """A count of the register, or a share of it."""
    return {"value": value, "n": n, "low": value, "high": value, "basis": "reported"}


def by(rows: Rows, *names: str) -> Mapping[tuple[str, ...], list[Row]]:
    """Rows by the values of some columns, in order."""
    grouped: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows.to_pylist():
        grouped[tuple(row[name] for name in names)].append(row)
    return dict(sorted(grouped.items()))


def figures(indicator: Indicator, made: list[dict[str, Any]]) -> Rows:
    """As the machinery takes them."""
    fields = (*indicator.dimensions, *indicator.measures)
    return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in fields]))
