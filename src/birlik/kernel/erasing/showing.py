"""What a node keeps of a person, what for, and until when: all rows whose table says that they are theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from birlik.errors import BadRequest
from birlik.kernel.erasure import tables_of
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.store.system import MESSAGE
from birlik.kernel.tables import Field, Table

CAME = "received_time"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Of one table."""

    table: Table
    purposes: Sequence[Field]
    """The fields that tell of the person, each with what for and how long."""
    rows: Sequence[Mapping[str, Any]]
    """Every version of each, with `received_time` and `kept_until`."""


def kept_of(node: Node, principal: Principal, key: str, people: str = "") -> Sequence[Kept]:
    """people: the table whose key they are; empty asks of all kinds of persons.

    Raises BadRequest for a table of no persons.
    """
    kinds = sorted({table.people for table in node.tables.values() if table.people})
    if people and people not in kinds:
        raise BadRequest(f"{people!r} has no persons; there are: {', '.join(kinds) or 'none'}", parameter="people")
    tables = [table for kind in ([people] if people else kinds) for table in tables_of(node.tables, kind)]
    catalogue = node.store.catalogue
    read = [_of(node, principal, table, key) for table in tables if catalogue.may_read(principal, table.name)]
    return [each for each in read if each.rows]


def _of(node: Node, principal: Principal, table: Table, key: str) -> Kept:
    names = ", ".join(f't."{name}"' for name in table.by_name if name != CAME)
    asked = (
        f'SELECT {names}, m."{CAME}" FROM "{table.name}" t JOIN {MESSAGE.name} m USING (message_no) '
        f'WHERE CAST(t."{table.person}" AS VARCHAR) = ? AND (t.views & {principal.bit}) <> 0 ORDER BY ALL'
    )
    rows = node.store.database.arrow(asked, [key]).to_pylist()
    days = table.life_days
    for row in rows:
        came = row[CAME]
        row["kept_until"] = came + timedelta(days=days) if days is not None and came is not None else None
    return Kept(table=table, purposes=table.personal, rows=rows)
