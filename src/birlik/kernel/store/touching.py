"""Which keys of a derived table the changes in its sources touch, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from birlik.kernel.store.database import quoted
from birlik.kernel.store.snapshot import Snapshot
from birlik.kernel.tables import By, Carried, Derived, Everything, Nothing, Own, Rows, Source, Through

TOUCHED = "touched_keys"
"""The temporary table of one derived table's touched keys: k, since; null is the whole key."""
NO_TIME = "NULL::TIMESTAMPTZ"


@dataclass(frozen=True, slots=True)
class Touched:
    """How many keys are to be made again; `everything` where all are."""

    keys: int = 0
    since: datetime | None = None
    """The earliest; None where a key is made whole."""
    everything: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing is to be made again."""
        return not self.everything and self.keys == 0


def touched(snapshot: Snapshot, derived: Derived) -> Touched:
    """Put the touched keys into TOUCHED."""
    cursor = snapshot.cursor
    parts: list[str] = []
    told: list[str] = []
    try:
        for source in derived.sources:
            if isinstance(source.rule, Nothing) or (changed := snapshot.changed_columns(source)) is None:
                continue
            match source.rule:
                case Everything():
                    if cursor.execute(f"SELECT 1 FROM {changed} LIMIT 1").fetchall():
                        return Touched(everything=True)
                case Own():
                    parts.append(_own(source, changed))
                case Through() as rule:
                    parts.append(_through(snapshot, rule, changed))
                case By() as rule:
                    name = f"told_{len(told)}"
                    cursor.register(name, _of_type(derived, source, snapshot.told(source, rule, changed)))
                    told.append(name)
                    parts.append(f"SELECT k, since FROM {name}")
        if not parts:
            return Touched()
        keys = " UNION ALL ".join(parts)
        bounded = derived.carried is not None or (bool(derived.time) and derived.look_back_days is not None)
        earliest = "min(since)" if derived.carried is None else begin_of("min(since)", derived.carried)
        since = f"CASE WHEN count(*) = count(since) THEN {earliest} ELSE {NO_TIME} END" if bounded else NO_TIME
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {TOUCHED} AS SELECT k, {since} AS since FROM ({keys}) "
            "WHERE k IS NOT NULL GROUP BY k"
        )
    finally:
        for name in told:
            cursor.unregister(name)
    n, timed, first = cursor.execute(f"SELECT count(*), count(since), min(since) FROM {TOUCHED}").fetchall()[0]
    return Touched(n, first if n == timed else None)


def begin_of(time: str, carried: Carried) -> str:
    """SQL: when the period begins in which a time is."""
    every = carried.every // timedelta(microseconds=1)
    return f"({time} - to_microseconds(((epoch_us({time}) % {every}) + {every}) % {every}))"


def _own(source: Source, changed: str) -> str:
    since = f'min("{source.time}")' if source.time else NO_TIME
    return f'SELECT "{source.by}" AS k, {since} AS since FROM {changed} GROUP BY 1'


def _through(snapshot: Snapshot, rule: Through, changed: str) -> str:
    since = f't."{rule.time}"' if rule.time else NO_TIME
    on = " AND ".join(f'c."{ours}" = t."{theirs}"' for ours, theirs in rule.on.items())
    return (
        f'SELECT t."{rule.key}" AS k, {since} AS since FROM (SELECT DISTINCT {quoted(list(rule.on))} FROM {changed}) c '
        f"JOIN {snapshot.with_gone(rule.table)} t ON {on}"
    )


def _of_type(derived: Derived, source: Source, told: Rows) -> Rows:
    """Keys of another type would touch nobody, in silence. Raises TypeError."""
    wanted, got = derived.by_name[derived.by].type.arrow, told.schema.field("k").type
    if told.num_rows and got != wanted:
        raise TypeError(f"{derived.name}: what {source.table} touches is {got}, and its {derived.by} is {wanted}")
    return told
