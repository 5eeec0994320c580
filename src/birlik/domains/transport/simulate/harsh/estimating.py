"""What the shipped declarations say of a world: derived tables and indicators as pure functions, without a store."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.events import MOVEMENT
from birlik.domains.transport.indicators import INDICATORS
from birlik.domains.transport.model.declared import DERIVED
from birlik.domains.transport.simulate.harsh.world import World
from birlik.kernel.indicators import Indicator
from birlik.kernel.tables import Derived

EPISODE = "transport_crossing_episode"
Figures = list[dict[str, Any]]


@dataclass(frozen=True)
class Declared:
    """The estimate of one world at one moment, out of what had arrived by then."""

    world: World
    now: datetime

    @cached_property
    def tables(self) -> Mapping[str, pa.Table]:
        """Registers, movements, and all derived tables."""
        arrived = pc.less_equal(self.world.movements["received_time"], pa.scalar(self.now))
        tables = {**self.world.registers, MOVEMENT.name: once(self.world.movements.filter(arrived))}
        for derived in needed(EPISODE):
            assert derived.function is not None, "what episodes follow from are functions, which need no engine"
            read = {source.table: tables[source.table].select(source.columns) for source in derived.sources}
            tables[derived.name] = derived.function(read)
        return tables

    @property
    def episodes(self) -> pa.Table:
        return self.tables[EPISODE]

    @cached_property
    def tfi1(self) -> Figures:
        return self._figures("tfi1", self.episodes)

    @cached_property
    def turned_back(self) -> Figures:
        return self._figures("turned_back", self.episodes)

    def tfi1_of(self, object_ids: Collection[str]) -> Figures:
        """TFI1 of these objects only."""
        mine = pc.is_in(self.episodes["object_id"], pa.array(list(object_ids), pa.string()))
        return self._figures("tfi1", self.episodes.filter(mine))

    def waiting(self, now: datetime) -> Figures:
        """`waiting_now` at an earlier moment, of what had arrived by then."""
        then = Declared(self.world, now)
        return then._figures("waiting_now", then.episodes)

    def _figures(self, name: str, episodes: pa.Table) -> Figures:
        indicator = next((i for i in INDICATORS if i.name == name), None)
        if indicator is None or indicator.function is None or indicator.source != EPISODE:
            return []
        return figures(indicator, episodes, self.now)


def figures(indicator: Indicator, rows: pa.Table, now: datetime) -> Figures:
    """The figures that a node would show: those of too few observations are left out."""
    for column, values in indicator.only.items():
        wanted = [values] if not isinstance(values, (tuple, list)) else list(values)
        rows = rows.filter(pc.is_in(rows[column], pa.array(wanted, rows.schema.field(column).type)))
    if (days := getattr(indicator, "window_days", None)) is not None:
        rows = rows.filter(pc.greater_equal(rows[indicator.window_time], pa.scalar(now - timedelta(days=days))))
    assert indicator.function is not None
    made = indicator.function(rows.select([*indicator.dimension_names, *_read(indicator)]), now).to_pylist()
    return [row for row in made if row["n"] is not None and row["n"] >= indicator.minimum_n]


def _read(indicator: Indicator) -> list[str]:
    return [name for name in indicator.columns if name not in indicator.dimension_names]


def needed(name: str) -> list[Derived]:
    """The derived tables that one rests on, itself last, in the order of their declaration."""
    by_name = {d.name: d for d in DERIVED}
    wanted, asked = set(), [name]
    while asked:
        derived = by_name.get(asked.pop())
        if derived is not None and derived.name not in wanted:
            wanted.add(derived.name)
            asked += [source.table for source in derived.sources]
    return [d for d in DERIVED if d.name in wanted]


def once(movements: pa.Table) -> pa.Table:
    """Each row once, as the store keeps them: of equal keys the one that came first."""
    key = movements["object_key"].to_numpy()
    time = movements["phenomenon_time"].cast(pa.int64()).to_numpy()
    order = np.lexsort((time, key))
    same = (key[order][1:] == key[order][:-1]) & (time[order][1:] == time[order][:-1])
    doubtful = np.zeros(key.size, np.bool_)
    doubtful[order[1:][same]] = doubtful[order[:-1][same]] = True
    if not doubtful.any():
        return movements
    some = movements.filter(pa.array(doubtful)).append_column("row", pa.array(np.flatnonzero(doubtful)))
    kept = some.group_by(list(MOVEMENT.key)).aggregate([("row", "min")])["row_min"].to_numpy()
    return movements.take(pa.array(np.sort(np.concatenate((np.flatnonzero(~doubtful), kept)))))
