"""Which tables hold rows that came marked RED, and for whom: who reads such a table is written down.

A row knows its views and not its marking, so its message is asked, once a run. A table that once held such a row counts
as one for the rest of the run. Where a view sees none, nothing is asked that would take time.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence

from birlik.kernel.policy import Marking
from birlik.kernel.store.database import Database
from birlik.kernel.store.prepared import Prepared


class Red:
    """By table, the set of views that see any such row."""

    def __init__(self, database: Database, tables: Iterable[str]) -> None:
        self._database, self._tables = database, tuple(tables)
        self._known: dict[str, int] | None = None
        self._lock = threading.Lock()

    def holds(self, table: str, bit: int) -> bool:
        """Whether a view sees any such row there, or has seen one in this run."""
        return bool(self._views().get(table, 0) & bit)

    def any(self, bit: int) -> bool:
        """The same of all tables."""
        return any(views & bit for views in self._views().values())

    def _views(self) -> Mapping[str, int]:
        with self._lock:
            if self._known is None:
                self._known = self._read()
            return self._known

    def _read(self) -> dict[str, int]:
        red = f"SELECT message_no FROM birlik_message WHERE marking = '{Marking.RED.value}'"
        if not self._database.all(f"{red} LIMIT 1"):
            return {}
        found = {}
        for table in self._tables:
            of = f'SELECT bit_or(views) FROM "{table}" WHERE message_no IN ({red})'
            if views := self._database.all(of)[0][0]:
                found[table] = int(views)
        return found

    def committed(self, batch: Sequence[Prepared]) -> None:
        """Rows that were just written."""
        if all(item.delivery.labels.marking is not Marking.RED for item in batch):
            return
        with self._lock:
            if self._known is None:
                return  # whoever asks first finds them
            for item in batch:
                if item.delivery.labels.marking is Marking.RED:
                    for table in item.decoded.rows:
                        self._known[table] = self._known.get(table, 0) | item.views
