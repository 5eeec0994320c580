"""An edit of a register, as journals of earlier releases have it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from birlik.kernel.tables import Table


def edit_of(table: Table, rows: Sequence[Mapping[str, Any]], standing: Sequence[Mapping[str, Any]]) -> bytes:
    """Whole rows: what one leaves out is taken from the standing row with its key."""
    by_key = {tuple(row[k] for k in table.key): row for row in standing}
    whole = [{**by_key.get(tuple(row.get(k) for k in table.key), {}), **row} for row in rows]
    return orjson.dumps({"table": table.name, "rows": whole}, option=orjson.OPT_UTC_Z)
