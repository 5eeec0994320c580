"""Running what carries a state: period by period, each key from the state that it left last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.store.system import BEGIN
from birlik.kernel.tables import Carried, Derived, Rows, Source, arrow_schema


def no_states(derived: Derived) -> Rows:
    """Of keys that have none yet."""
    return arrow_schema(derived.states).empty_table()


def stepped(derived: Derived, states: Rows, tables: Mapping[str, Rows]) -> tuple[Rows, Rows]:
    """Run the declaration over whole keys, or over what is new of them.

    states: with which keys begin, at most one of each. tables: by source, its columns; rows in `Derived.order_of`,
    those without a time left aside. Returns the derived rows, and with BEGIN the states that each period left.
    Raises ValueError where the declared function doesn't do what it promises: a bug, and loud.
    """
    carried = derived.carried
    assert carried is not None
    parted = {s.table: _parted(tables[s.table], s, carried) for s in derived.timed}
    untimed = {s.table: (tables[s.table], s) for s in derived.grouped if s.time is None}
    whole = {s.table: tables[s.table] for s in derived.sources if s.by is None}
    by, held = derived.by, states.select([f.name for f in derived.states]).cast(arrow_schema(derived.states))
    made, left = [derived.schema.empty_table()], [_begun(no_states(derived), 0)]
    for number in sorted({n for one in parted.values() for n in one.numbers.tolist()}):
        given = {name: one.of(number) for name, one in parted.items()}
        keys = _keys([given[s.table].column(s.by) for s in derived.timed], held.schema.field(by).type)
        for name, (rows, source) in untimed.items():
            given[name] = rows.filter(pc.is_in(rows.column(source.by), keys))
        before = held.filter(pc.is_in(held.column(by), keys)).sort_by(by)
        rows, after = carried.function(before, {**given, **whole})
        rows = rows.select([f.name for f in derived.fields]).cast(derived.schema)
        after = after.select([f.name for f in derived.states]).cast(held.schema)
        begin = number * _micros(carried.every)
        _must_be_of(derived, rows, after, keys, (begin, begin + _micros(carried.every)))
        held = pa.concat_tables([held.filter(pc.invert(pc.is_in(held.column(by), keys))), after])
        made.append(rows)
        left.append(_begun(after, begin))
    return pa.concat_tables(made), pa.concat_tables(left)


@dataclass(frozen=True, slots=True)
class _Parted:
    """Rows of one source in order of their period."""

    rows: Rows
    periods: Any
    numbers: Any
    """Each period that has rows, once."""

    def of(self, number: int) -> Rows:
        begin, end = np.searchsorted(self.periods, [number, number + 1]).tolist()
        return self.rows.slice(begin, end - begin)


def _parted(rows: Rows, source: Source, carried: Carried) -> _Parted:
    assert source.time is not None
    rows = rows.filter(pc.is_valid(rows.column(source.time)))
    micros = pc.cast(rows.column(source.time), pa.int64()).to_numpy()
    periods = np.floor_divide(micros, _micros(carried.every))
    order = np.argsort(periods, kind="stable")
    return _Parted(rows.take(pa.array(order)), periods[order], np.unique(periods))


def _micros(every: timedelta) -> int:
    return every // timedelta(microseconds=1)


def _keys(columns: list[Any], kind: Any) -> Any:
    chunks = [chunk.cast(kind) for column in columns for chunk in column.chunks]
    return pc.unique(pa.chunked_array(chunks, kind))


def _begun(states: Rows, begin: int) -> Rows:
    at = pa.repeat(pa.scalar(begin, pa.int64()), states.num_rows).cast(BEGIN.type.arrow)
    return states.append_column(BEGIN.name, at)


def _must_be_of(derived: Derived, rows: Rows, after: Rows, keys: Any, period: tuple[int, int]) -> None:
    """Whatever isn't of these keys and this period would stand, and never be taken away again."""
    left = after.column(derived.by)
    if after.num_rows != len(keys) or len(pc.unique(left)) != len(keys) or not _all(pc.is_in(left, keys)):
        raise ValueError(f"{derived.name}: each key of a period leaves one state, and no other key does")
    if not _all(pc.is_in(rows.column(derived.by), keys)):
        raise ValueError(f"{derived.name}: a period's rows are of its keys")
    at = pc.cast(rows.column(derived.time), pa.int64())
    within = pc.and_(pc.greater_equal(at, period[0]), pc.less(at, period[1]))
    if not _all(pc.fill_null(within, False)):
        raise ValueError(f"{derived.name}: {derived.time} of a period's rows lies within it")


def _all(flags: Any) -> bool:
    return pc.all(flags).as_py() is not False
