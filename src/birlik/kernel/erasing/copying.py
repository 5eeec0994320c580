"""The store's file written anew, without what goes.

Deleting rows would not do: the engine keeps their bytes until something else is written over them, and packs columns so
that no search finds them. So whatever stays is read at one moment and written into another file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from birlik.kernel.erasing.finding import Gone
from birlik.kernel.erasing.rewriting import IN_WORDS, TALKING, Rewritten
from birlik.kernel.node import Node
from birlik.kernel.store import keeping
from birlik.kernel.store.database import Database, literal, quoted
from birlik.kernel.store.store import MADE
from birlik.kernel.store.system import ALERT, CAP_MESSAGE, MESSAGE, QUARANTINE, carried_of, changes_of, state_of
from birlik.kernel.tables import Type

OTHER = "erasing"
"""The name of the other file, as the engine has it."""
SAID = ("about",)
"""Columns of what people did in which a person may be named."""


def affected(node: Node, gone: Gone) -> tuple[Sequence[str], Sequence[str]]:
    """(derived tables, indicators) that follow from a table of theirs, however far."""
    catalogue = node.store.catalogue
    reached = set(gone.conditions)
    derived = []
    for each in catalogue.derived.values():
        if any(source.table in reached for source in each.sources):
            derived.append(each.name)
            reached.add(each.name)
    return derived, [each.name for each in catalogue.indicators.values() if each.source in reached]


def copied(node: Node, cursor: Any, gone: Gone, rewritten: Rewritten) -> None:
    """Write what stays into the file that is attached. cursor: within a transaction that reads all of one moment."""
    chosen = _chosen(node, gone)
    cursor.register("erasing_anew", _anew(rewritten))
    cursor.register("erasing_moved", _moved(rewritten))
    try:
        for name in _names(cursor):
            cursor.execute(f'CREATE TABLE {OTHER}.main."{name}" AS {chosen.get(name, f"FROM {quoted([name])}")}')
    finally:
        cursor.unregister("erasing_anew")
        cursor.unregister("erasing_moved")


def attach(cursor: Any, file: Path) -> None:
    """Before the transaction begins that reads and writes."""
    cursor.execute(f"ATTACH {literal(str(file))} AS {OTHER}")


def detach(cursor: Any) -> None:
    """It is whole, and in its file."""
    cursor.execute(f"DETACH {OTHER}")


def _names(cursor: Any) -> list[str]:
    asked = (
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' "
        "AND NOT temporary ORDER BY table_oid"
    )
    return [str(name) for (name,) in cursor.execute(asked).fetchall()]


def _chosen(node: Node, gone: Gone) -> Mapping[str, str]:
    """By table of which something goes, SQL: what stays of it."""
    catalogue, texts = node.store.catalogue, gone.texts
    derived, indicators = affected(node, gone)
    made: dict[str, str] = {}
    for name, condition in gone.conditions.items():
        made[name] = f'FROM "{name}" WHERE NOT {condition}'
        if catalogue.tables[name].is_kept:
            # What holds of their keys is folded again: other versions of the same key may be somebody else's.
            keys = f'SELECT k FROM "{name}" WHERE {condition} AND k IS NOT NULL'
            made[state_of(name)] = f'FROM "{state_of(name)}" WHERE coalesce(k NOT IN ({keys}), TRUE)'
            made[changes_of(name)] = f'FROM "{changes_of(name)}" WHERE FALSE'
    for name in derived:
        made[name] = f'FROM "{name}" WHERE FALSE'
        if catalogue.derived[name].carried is not None:
            made[carried_of(name)] = f'FROM "{carried_of(name)}" WHERE FALSE'
    for indicator in catalogue.indicators.values():
        columns = [f.name for f in indicator.fields if f.type in (Type.TEXT, Type.JSON)]
        if indicator.name in indicators and columns:
            made[indicator.table] = f"FROM {indicator.table} WHERE NOT {texts.sql(columns)}"
    for name in TALKING:
        table = catalogue.tables[name]
        named = texts.sql([f.name for f in table.fields if f.type is Type.TEXT])
        for each in (name, state_of(name), changes_of(name)):
            made[each] = f'FROM "{each}" WHERE NOT {named}'
    about = texts.sql(SAID)
    made["birlik_act"] = f"SELECT * REPLACE (CASE WHEN {about} THEN '{{}}' ELSE about END AS about) FROM birlik_act"
    made |= _alerts(texts)
    made[MESSAGE.name] = _MESSAGES
    made[QUARANTINE.name] = (
        f"SELECT q.* REPLACE (coalesce(a.message_id, q.message_id) AS message_id, coalesce(a.source_id, q.source_id) "
        f"AS source_id) FROM (FROM {QUARANTINE.name} WHERE NOT {_refused(gone)}) q "
        "LEFT JOIN erasing_anew a USING (message_no)"
    )
    again = [MADE + name for name in (*derived, *indicators)]
    made["birlik_state"] = f"FROM birlik_state WHERE key NOT IN ({', '.join(map(literal, again)) or 'NULL'})"
    if not again:
        del made["birlik_state"]
    return made


def _refused(gone: Gone) -> str:
    """SQL: does an entry of the quarantine go?"""
    anew = "message_no IN (SELECT message_no FROM erasing_anew)"
    return anew if gone.order.is_of_time else gone.texts.sql(IN_WORDS)


def _alerts(texts: Any) -> Mapping[str, str]:
    """What was told of them: alerts, what was sent of these, what waits to be sent."""
    named = texts.sql([f.name for f in ALERT.fields if f.type in (Type.TEXT, Type.JSON)])
    alerts = f"SELECT alert_id FROM {ALERT.name} WHERE {named}"
    messages = f"alert_id IN ({alerts}) OR {texts.sql(['xml'])}"
    sent = f"SELECT message_id FROM {CAP_MESSAGE.name} WHERE {messages}"
    return {
        ALERT.name: f"FROM {ALERT.name} WHERE NOT {named}",
        CAP_MESSAGE.name: f"FROM {CAP_MESSAGE.name} WHERE NOT ({messages})",
        "birlik_outbox": f"FROM birlik_outbox WHERE message_id NOT IN ({sent})",
    }


_MESSAGES = (
    f"SELECT m.* REPLACE (coalesce(a.message_id, m.message_id) AS message_id, "
    "coalesce(a.source_id, m.source_id) AS source_id, coalesce(a.media_type, m.media_type) AS media_type, "
    "CASE WHEN a.message_no IS NULL THEN m.filename END AS filename, "
    "coalesce(a.size_bytes, m.size_bytes) AS size_bytes, coalesce(a.accepted_n, m.accepted_n) AS accepted_n, "
    "CASE WHEN a.message_no IS NULL THEN m.duplicate_n ELSE 0 END AS duplicate_n, "
    "coalesce(a.refused_n, m.refused_n) AS refused_n, "
    "CASE WHEN a.message_no IS NULL THEN m.lateness_s ELSE a.lateness_s END AS lateness_s, "
    "coalesce(a.message_key, m.message_key) AS message_key, coalesce(p.segment, m.segment) AS segment, "
    "coalesce(p.frame_start, m.frame_start) AS frame_start, coalesce(p.frame_end, m.frame_end) AS frame_end) "
    f"FROM {MESSAGE.name} m LEFT JOIN erasing_anew a USING (message_no) LEFT JOIN erasing_moved p USING (message_no)"
)


def _anew(rewritten: Rewritten) -> Any:
    from birlik.kernel.store.writer import message_key

    each = rewritten.anew
    return pa.table(
        {
            "message_no": pa.array([a.message_no for a in each], pa.int64()),
            "message_id": pa.array([a.message_id for a in each], pa.string()),
            "message_key": pa.array([message_key(bytes.fromhex(a.message_id)) for a in each], pa.int64()),
            "source_id": pa.array([a.source_id for a in each], pa.string()),
            "media_type": pa.array([a.media_type for a in each], pa.string()),
            "size_bytes": pa.array([a.size_bytes for a in each], pa.int64()),
            "accepted_n": pa.array([a.accepted_n for a in each], pa.int64()),
            "refused_n": pa.array([a.refused_n for a in each], pa.int64()),
            "lateness_s": pa.array([a.lateness_s for a in each], pa.int64()),
        }
    )


def _moved(rewritten: Rewritten) -> Any:
    columns = zip(*rewritten.moved, strict=True) if rewritten.moved else ((), (), (), ())
    names = ("message_no", "segment", "frame_start", "frame_end")
    return pa.table({name: pa.array(each, pa.int64()) for name, each in zip(names, columns, strict=True)})


def refolded(made: Database, node: Node, gone: Gone) -> None:
    """What holds of the keys of versions that went, folded again of those that stay. made: the other file."""
    for name, rows in gone.rows.items():
        table = node.store.catalogue.tables[name]
        if table.is_kept:
            with made.transaction() as cursor:
                keeping.fold_again(cursor, table, sorted({k for k in rows.column("k").to_pylist() if k is not None}))
