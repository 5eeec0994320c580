"""When the node's clock was ahead and has come back: nothing that was said may be valid from the future.

What arrived meanwhile stays as it came, with the received_time of a wrong clock; readers look no further than now. But
a figure that is valid from next year would be in no `as_of` until then, and an alert opened next year would not be said
again before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from birlik.kernel.indicators import Indicator
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.tables import Rows

_TIMES = {"birlik_alert": ("opened_time", "updated_time", "closed_time"), "birlik_outbox": ("due_time",)}


def to(cursor: Any, indicators: Sequence[Indicator], now: datetime) -> Mapping[str, Rows]:
    """Bring all that was said after `now` back to it. Returns, by indicator, the groups to make again: what was said
    of them was said for another present."""
    again = {}
    for indicator in indicators:
        table, names = indicator.table, quoted(indicator.dimension_names)
        sql = f"SELECT DISTINCT {names} FROM {table} WHERE valid_from > ? OR valid_to > ?"
        groups = fetch(cursor, sql, [now, now])
        if groups.num_rows == 0:
            continue
        again[indicator.name] = groups
        # A version that was over before it began was never anyone's; the one before it, or the one that stands, was.
        cursor.execute(f"DELETE FROM {table} WHERE valid_from > ? AND valid_to IS NOT NULL", [now])
        cursor.execute(f"UPDATE {table} SET valid_to = ? WHERE valid_to > ?", [now, now])
        cursor.execute(f"UPDATE {table} SET valid_from = ? WHERE valid_from > ?", [now, now])
    for table, columns in _TIMES.items():
        for column in columns:
            cursor.execute(f"UPDATE {table} SET {column} = ? WHERE {column} > ?", [now, now])
    return again
