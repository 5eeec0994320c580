"""Source rows that a step has read already: tables that follow from the same rows of the same keys read them once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from birlik.kernel.tables import Rows, Source

ROWS_HELD = 1_000_000
"""Of one source, until the step ends; more are read again by each table."""

What = tuple[str, tuple[str, ...], str | None, str | None, bool]


@dataclass(frozen=True, slots=True)
class _Kept:
    touched: Rows
    since: datetime | None
    rows: Rows

    def serves(self, touched: Rows, since: datetime | None) -> bool:
        """Whether it holds the rows of the same keys: all of them, or from where each is touched on."""
        if self.since is None:
            # Rows from before `since` do no harm: a rebuild reads them too.
            return bool(self.touched.column("k").equals(touched.column("k")))
        return self.since == since and self.touched.equals(touched)


@dataclass(slots=True)
class Held:
    """What was read last of each source, with the keys that it was read for."""

    _kept: dict[What, _Kept] = field(default_factory=dict)

    def read(self, source: Source, touched: Rows, since: datetime | None, fetch: Callable[[], Rows]) -> Rows:
        """The rows of whole groups.

        touched: k and since, by k. since: rows before it need not be among them; None: all are wanted.
        """
        what = (source.table, source.columns, source.by, source.time, source.in_order)
        kept = self._kept.get(what)
        if kept is not None and kept.serves(touched, since):
            return kept.rows
        rows = fetch()
        if rows.num_rows <= ROWS_HELD:
            self._kept[what] = _Kept(touched, since, rows)
        return rows

    def clear(self) -> None:
        """Let go of all: the step has ended."""
        self._kept.clear()
