"""The rows that a plan gets: what whoever runs it may see, in an order that depends on nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from birlik.errors import OutOfRange
from birlik.kernel.node import At, Node
from birlik.kernel.planning.asking import Asked
from birlik.kernel.plans import MOST_READ, Read
from birlik.kernel.query import Filter
from birlik.kernel.store import StoreReader
from birlik.kernel.tables import Rows
from birlik.said import Said


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    tables: Mapping[str, Rows]
    watermark: datetime
    """Up to when they are complete."""


def found(node: Node, asked: Asked) -> Found:
    """Raises OutOfRange where it would be more than a plan may read; Refused, TooCostly."""
    reader = node.reader(asked.by).within(node.settings.file_query_s)
    tables = {read.table: _rows(node, reader, read, asked.as_of) for read in asked.plan.reads}
    return Found(tables=tables, watermark=asked.as_of or reader.watermark)


def _rows(node: Node, reader: StoreReader, read: Read, as_of: datetime | None) -> Rows:
    catalogue = node.store.catalogue
    if read.table in catalogue.indicators:
        rows = reader.figures(read.table, where=read.where, as_of=as_of, limit=MOST_READ + 1).select(read.columns)
    else:
        declared, where = catalogue.declared(read.table), list(read.where)
        if read.days is not None:
            since = (as_of or reader.watermark) - timedelta(days=read.days)
            where.append(Filter(column=read.time or declared.time, operator=">=", value=since))
        rows = reader.rows(
            read.table, where=where, columns=read.columns, order=declared.key, limit=MOST_READ + 1, at=At(as_of=as_of)
        )
    if rows.num_rows > MOST_READ:
        raise OutOfRange(Said("{table} has more rows than the {n} that a plan reads", table=read.table, n=MOST_READ))
    return rows
