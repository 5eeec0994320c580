"""The states that keys carry, as the node keeps them: by key, period, and the views for which each was left.

What is touched cuts the states of its key from its own period on; the key goes on from the last one before. A view
goes on from what it sees only: where labels come that part the views, each part takes over the state that both had.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.policy import atoms
from birlik.kernel.store import derive
from birlik.kernel.store.database import fetch
from birlik.kernel.store.derive import FEW_KEYS, Making, Progress, no_progress
from birlik.kernel.store.folding import moment_of
from birlik.kernel.store.inserting import insert
from birlik.kernel.store.snapshot import Snapshot
from birlik.kernel.store.standing import cut
from birlik.kernel.store.stepping import no_states, stepped
from birlik.kernel.store.system import BEGIN, carried_of
from birlik.kernel.store.touching import TOUCHED, Touched, begin_of
from birlik.kernel.tables import Carried, Derived, Rows, Source


def refresh(
    snapshot: Snapshot, derived: Derived, touched: Touched, all_views: int, progress: Progress = no_progress
) -> None:
    """As `derive.refresh`, where keys carry a state.

    What is much is made span after span of time: memory holds `derive.ROWS_AT_ONCE` rows, or one period's if they are
    more, and a state of each key.
    """
    if touched.is_empty or derived.carried is None:
        return
    stepping = _Stepping(snapshot, derived, touched, all_views, derived.carried)
    stepping.cut_states()
    spans = stepping.spans()
    for done, span in enumerate(spans, start=1):
        stepping.step(span)
        progress(derived.name, done, len(spans))


class _Span(NamedTuple):
    """Of time; None is open."""

    begin: datetime | None = None
    end: datetime | None = None

    def of(self, time: str) -> str:
        """SQL: is a time within?"""
        begin = f"{time} >= {moment_of(self.begin)}" if self.begin is not None else "TRUE"
        return f"({begin} AND {time} < {moment_of(self.end)})" if self.end is not None else f"({begin})"


@dataclass
class _Stepping(Making):
    carried: Carried

    def __post_init__(self) -> None:
        super().__post_init__()
        self.states = f'"{carried_of(self.derived.name)}"'

    def cut_states(self) -> None:
        """End the states from where each key is touched on."""
        using = ""
        if not self.touched.everything:
            later = f't.since IS NULL OR d."{BEGIN.name}" >= t.since'
            using = f' USING {TOUCHED} t WHERE t.k = d."{self.derived.by}" AND ({later})'
        self.cursor.execute(f"DELETE FROM {self.states} d{using}")

    def spans(self) -> Sequence[_Span]:
        """Into which spans time must be parted so that memory holds the source rows of each."""
        if not self.touched.everything and self.touched.keys <= FEW_KEYS and self.touched.since is not None:
            return [_Span()]
        each = " UNION ALL ".join(
            f"SELECT {self._begin(s)} AS begin {self._rows_of(s, _Span())}" for s in self.derived.timed
        )
        counted = self.cursor.execute(f"SELECT begin, count(*) FROM ({each}) GROUP BY 1 ORDER BY 1").fetchall()
        edges: list[datetime | None] = [None]
        held = 0
        for begin, n in counted:
            if held and held + n > derive.ROWS_AT_ONCE:
                edges.append(begin)
                held = 0
            held += n
        return [_Span(begin, end) for begin, end in zip(edges, [*edges[1:], None], strict=True)]

    def step(self, span: _Span) -> None:
        """Make the rows of one span, and keep the states that it leaves."""
        tables = {s.table: self._read_of(s, span) for s in self.derived.grouped}
        self.cursor.register("made", self._stepped({**tables, **self.looked_up}))
        try:
            self._put(span.of(f'd."{self.derived.time}"'))
        finally:
            self.cursor.unregister("made")

    def _bound(self) -> str:
        time = f'd."{self.derived.time}"'
        # The constant lets whole blocks be skipped.
        first = f" AND {time} >= {moment_of(self.touched.since)}" if self.touched.since is not None else ""
        return f" AND (t.since IS NULL OR {time} >= t.since){first}"

    def _begin(self, source: Source) -> str:
        return begin_of(f's."{source.time}"', self.carried)

    def _rows_of(self, source: Source, span: _Span) -> str:
        """FROM and WHERE of a source's rows of the touched keys, from where each is touched on."""
        wanted, join = [f's."{source.by}" IS NOT NULL'], ""
        if source.time is not None:
            wanted += [f's."{source.time}" IS NOT NULL', span.of(f's."{source.time}"')]
        if not self.touched.everything:
            join = f' JOIN {TOUCHED} t ON s."{source.by}" = t.k'
            if source.time is not None:
                wanted.append(f'(t.since IS NULL OR s."{source.time}" >= t.since)')
                if self.touched.since is not None:
                    # The constant lets whole blocks be skipped; the join alone would not.
                    wanted.append(f's."{source.time}" >= {moment_of(self.touched.since)}')
        return f"FROM {self.snapshot.relation(source.table)} s{join} WHERE {' AND '.join(wanted)}"

    def _read_of(self, source: Source, span: _Span) -> Rows:
        columns, order = (
            ", ".join(f's."{c}"' for c in names) for names in (source.columns, self.derived.order_of(source))
        )
        return fetch(self.cursor, f"SELECT {columns}, s.views {self._rows_of(source, span)} ORDER BY {order}")

    def _stepped(self, tables: dict[str, Rows]) -> Rows:
        """The derived rows of a span, once for each set of views that see the same, with `views`."""
        masks = {mask for rows in tables.values() for mask in pc.unique(rows.column("views")).to_pylist()}
        states, join = f"{self.states} s", ""
        if not self.touched.everything:
            join = f' JOIN {TOUCHED} t ON s."{self.derived.by}" = t.k'
        known = self.cursor.execute(f"SELECT DISTINCT s.views FROM {states}{join}").fetchall()
        rows, left = [], []
        for atom in atoms(masks | {mask for (mask,) in known}, self.all_views):
            seen = {name: cut(each, atom & -atom) for name, each in tables.items()}
            if not any(seen[s.table].num_rows for s in self.derived.timed):
                continue
            before = self._before(f"{states}{join}", atom & -atom) if known else no_states(self.derived)
            made, after = stepped(self.derived, before, seen)
            rows.append(_for(made, atom))
            left.append(_for(after, atom))
        if left:
            self._keep(left)
        return self._once(rows, self.derived.schema)

    def _before(self, states: str, bit: int) -> Rows:
        """Of each key the newest state that those with this bit left."""
        names = ", ".join(f's."{f.name}"' for f in self.derived.states)
        newest = f'row_number() OVER (PARTITION BY s."{self.derived.by}" ORDER BY s."{BEGIN.name}" DESC) = 1'
        return fetch(self.cursor, f"SELECT {names} FROM {states} WHERE (s.views & {bit}) <> 0 QUALIFY {newest}")

    def _keep(self, left: Sequence[Rows]) -> None:
        schema = left[0].schema.remove(left[0].schema.get_field_index("views"))
        insert(self.cursor, carried_of(self.derived.name), self._once(left, schema))


def _for(rows: Rows, atom: int) -> Any:
    return rows.append_column("views", pa.repeat(pa.scalar(atom, pa.int64()), rows.num_rows))
