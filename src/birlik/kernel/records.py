"""One row of a kept table as its reader sees it: what it refers to, what refers to it, what may be done with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from birlik.errors import Unknown
from birlik.kernel.acts import Act
from birlik.kernel.domain import Filter
from birlik.kernel.node import NOW, At, Node, StoreReader
from birlik.kernel.tables import ENDED, WHOLE, Table

INVERSE_ROWS = 100
"""Rows that refer to one, which are listed with it; its table has the others."""


@dataclass(frozen=True, slots=True)
class Referred:
    """What a field refers to."""

    table: Table
    row: Mapping[str, Any] | None
    """None reads as ended: it is, or it is hidden from this reader."""


@dataclass(frozen=True, slots=True)
class Inverse:
    """The rows of one table that refer to a row by one of their fields."""

    name: str
    table: Table
    column: str
    value: Any
    n: int
    rows: Sequence[Mapping[str, Any]]


def kept_table(node: Node, name: str) -> Table:
    """Raises Unknown for what has no rows with a history."""
    table = node.store.catalogue.tables.get(name)
    if table is None or not table.is_kept:
        raise Unknown(f"{name} is no kept table: its rows have no history")
    return table


def row_of(reader: StoreReader, table: Table, key: Mapping[str, Any], at: At = NOW) -> dict[str, Any]:
    """Raises Unknown."""
    where = [Filter(column=name, operator="=", value=value) for name, value in key.items()]
    for row in reader.rows(table.name, where=where, limit=1, at=at).to_pylist():
        found: dict[str, Any] = row
        return found
    raise Unknown(f"no such row in {table.name}, or none that you may see")


def references_of(
    node: Node, reader: StoreReader, table: Table, row: Mapping[str, Any], at: At = NOW
) -> Mapping[str, Referred]:
    """By field that has a value."""
    made: dict[str, Referred] = {}
    for name, reference in table.references.items():
        target = node.store.catalogue.tables.get(reference.table)
        if row[name] is None or target is None:
            continue
        where = [Filter(column=target.key[0], operator="=", value=row[name])]
        found = reader.rows(target.name, where=where, limit=1, at=at).to_pylist()
        made[name] = Referred(target, found[0] if found else None)
    return made


def inverse_of(
    node: Node, reader: StoreReader, table: Table, row: Mapping[str, Any], at: At = NOW
) -> Iterator[Inverse]:
    """Of each kept table that refers to this one, also where nothing in it refers to this row."""
    for other in node.store.catalogue.tables.values():
        for column, reference in other.references.items():
            if reference.table != table.name or not other.is_kept:
                continue
            value = row[table.key[0]]
            where = [Filter(column=column, operator="=", value=value)]
            rows = reader.rows(other.name, where=where, order=other.key, limit=INVERSE_ROWS, at=at).to_pylist()
            name = reference.inverse or f"{other.name}.{column}"
            yield Inverse(name, other, column, value, reader.count(other.name, where=where, at=at), rows)


def is_end(version: Mapping[str, Any]) -> bool:
    """Does a version of a row's history say that it has ended?"""
    return bool(version["says"] == ENDED)


def said_by(table: Table, version: Mapping[str, Any]) -> list[str]:
    """The fields that a version of a row's history says."""
    says = version["says"]
    return [] if says == ENDED else [n for i, n in enumerate(table.by_name) if says == WHOLE or says & (1 << i)]


def acts_about(node: Node, table: Table) -> list[Act]:
    """Those that are about a row of this table, in their order."""
    return [act for act in node.acts.values() if act.table == table.name and act.subject]


def acts_beginning(node: Node, table: Table) -> list[Act]:
    """Those that begin a row of this table, or are about none of them."""
    return [act for act in node.acts.values() if act.table == table.name and not act.subject]


def key_for(act: Act, table: Table, key: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters by which an act names the row with this key, as JSON has them."""
    told = {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in key.items()}
    return dict(zip(act.subject, (told[name] for name in table.key), strict=True))
