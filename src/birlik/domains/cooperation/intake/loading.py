"""A load takes the place of the load before: what is as it was stays, what is there no more ends, all else is new."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from birlik.domains.cooperation.model.loaded import LOADED
from birlik.errors import DeliveryError
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.domain import Rows, Table
from birlik.kernel.intake import Asks, Decoded
from birlik.kernel.tables import WHOLE
from birlik.said import Said


@dataclass(frozen=True, kw_only=True)
class Load:
    """Rows of one table, in parts that are each replaced as a whole."""

    table: Table
    rows: Rows
    parts: Mapping[str, Mapping[str, Any]]
    """By `part_id` its row of LOADED, without `document`."""
    at: Mapping[str, Mapping[str, int]]
    """By part, of each key the row."""
    says: Sequence[Any]
    """Of each row, what a later load is compared by."""
    key: Any
    """(part_id, a key of `at`) -> the key columns of a row."""


def decoded(load: Load, refused: Sequence[DeliveryError], notices: Sequence[str]) -> Decoded:
    """All of it as new, and the question what was loaded before."""
    again = partial(_against, load, tuple(refused), tuple(notices))
    whole = np.ones(load.rows.num_rows, np.bool_)
    asks = Asks(table=LOADED.name, column="part_id", values=tuple(load.at), again=again) if load.at else None
    return Decoded(rows=_rows(load, whole, (), {}), refused=refused, notices=tuple(notices), asks=asks)


def _against(
    load: Load, refused: Sequence[DeliveryError], notices: Sequence[str], found: Sequence[Mapping[str, Any]]
) -> Decoded:
    """found: what is loaded of these parts."""
    keeps = np.ones(load.rows.num_rows, np.bool_)
    gone: dict[str, dict[str, Any]] = {}
    replaced: Counter[tuple[str, str]] = Counter()
    for before in found:
        part_id, now, was = before["part_id"], load.at[before["part_id"]], orjson.loads(before["document"])
        part = load.parts[part_id]
        gone[part_id] = {key: said for key, said in was.items() if key not in now}
        if all(part[name] == before[name] for name in ("vintage", "dataset", "sent_under")):
            keeps[[now[key] for key, said in was.items() if key in now and said == load.says[now[key]]]] = False
        replaced[str(before["vintage"]), str(part["vintage"])] += 1
    ends = [] if refused else [_end(load, part_id, key) for part_id, keys in gone.items() for key in keys]
    told = [_replaced(old, new, n) for (old, new), n in replaced.items() if old != new]
    if n := sum(map(len, gone.values())):
        told.append(_missing(n, stays=bool(refused)))
    rows = _rows(load, keeps, ends, gone if refused else {})
    return Decoded(rows=rows, refused=refused, notices=(*notices, *told))


def _end(load: Load, part_id: str, key: str) -> Change:
    row = {**load.key(part_id, key), "changed_time": load.parts[part_id]["changed_time"]}
    return Change(load.table.name, row, Says.END)


def _replaced(old: str, new: str, n: int) -> str:
    return Said(
        "vintage {new} takes the place of {old} in {n} parts; what was before stays in the history",
        new=new,
        old=old,
        n=n,
    )


def _missing(n: int, *, stays: bool) -> str:
    if stays:
        # A slip in one line must not end what was right.
        return Said(
            "{n} rows that this file doesn't have stay, since lines of it were refused: mend it, send it again", n=n
        )
    return Said("{n} rows that this file doesn't have were ended", n=n)


def _rows(
    load: Load, keeps: Any, ends: Sequence[Change], beside: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Rows]:
    """beside: by part, what stays of the load before."""
    rows = load.rows.filter(pa.array(keeps))
    whole = rows.cast(load.table.version).append_column("says", pa.array([WHOLE] * rows.num_rows, pa.int64()))
    made = pa.concat_tables([whole, versions(load.table, ends)]) if ends else whole
    parts = [_part(load, part_id, beside.get(part_id, {})) for part_id in load.parts]
    return {load.table.name: made, LOADED.name: pa.Table.from_pylist(parts, schema=LOADED.schema)}


def _part(load: Load, part_id: str, beside: Mapping[str, Any]) -> dict[str, Any]:
    part = load.parts[part_id]
    said = {**beside, **{key: load.says[row] for key, row in load.at[part_id].items()}}
    more = sum(beside.values()) if part["value_usd"] is not None else 0
    value = None if part["value_usd"] is None else part["value_usd"] + more
    return {**part, "document": orjson.dumps(said).decode(), "rows_n": len(said), "value_usd": value}
