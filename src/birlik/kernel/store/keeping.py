"""Kept tables as they stand: their state is replaced, key by key, within the commit that brings versions.

Beside the versions of a table lie its state, which readers see, and its changes: the rows that a commit took away or
put there, until whatever follows from them has taken notice.
"""

import functools
import hashlib
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.kernel.policy import atoms
from birlik.kernel.store.database import quoted
from birlik.kernel.store.folding import content_of, folded, key_of, lapses
from birlik.kernel.store.inserting import hashed, insert_new
from birlik.kernel.store.seen import Seen
from birlik.kernel.store.sought import bits_sql, column_of, columns_sql, laid, names_sql, order_sql
from birlik.kernel.store.system import LASTING, changes_of, state_of
from birlik.kernel.tables import ENDED, WHOLE, Table

FOLDED = "folded:"
"""Key of the store's state: by what rule a table's versions were folded."""
_HASHES = ("content", "k")
FEW = 50
"""Keys that are named one by one, which the engine compares as it reads; more are joined."""
_AS_SENT = "seq, message_no, views, says, content, k"
_FACTS = (
    "SELECT coalesce(list(DISTINCT views), []), "
    f"coalesce(bool_or(coalesce(says, {WHOLE}) NOT IN ({WHOLE}, {ENDED})), FALSE) FROM "
)


def with_content(cursor: Any, table: Table, rows: Any) -> Any:
    """Versions with the hashes of what they say and of their keys, as they are laid; `rows` may lack them."""
    said = rows.column("says").fill_null(WHOLE)
    rows = rows.set_column(rows.column_names.index("says"), "says", said)
    # The hashes alone come back from the engine: texts needn't go through it twice.
    made = hashed(cursor, rows, [content_of(table), key_of(table.key), *map(bits_sql, table.sought)])
    columns = [pa.array(hashes.view(np.int64)) for hashes in made]
    for name, column in zip(_HASHES, columns[: len(_HASHES)], strict=True):
        rows = rows.set_column(rows.column_names.index(name), name, column)
    for name, column in zip(table.sought, columns[len(_HASHES) :], strict=True):
        rows = rows.append_column(column_of(name), column)
    return laid(rows, table, "k")


def insert_versions(cursor: Any, table: Table, rows: Any, seen: Seen, senders: Mapping[int, str]) -> int:
    """Insert those versions that are new, and bring the state up to date.

    rows: with `content`. senders: by number of a message in this commit, who sent it.
    """
    n = insert_new(cursor, table, rows, seen, senders)
    if _are_all_first(cursor, table, rows):
        arriving_rows = laid(rows, table)  # noqa: F841
        names = _names(table) + names_sql(table)
        cursor.execute(f'INSERT INTO "{state_of(table.name)}" BY NAME SELECT {names}, {_AS_SENT} FROM arriving_rows')
        cursor.execute(_note(table, rows, was=False, of="arriving_rows"))
    else:
        keep(cursor, table, rows)
    return n


def keep(cursor: Any, table: Table, rows: Any) -> None:
    """Replace the state of the keys (`k`) of these rows, and note what changed in their commit (`seq`).

    rows: `k` and `seq` do, where versions that are there hold otherwise than they did.
    """
    arriving_rows = rows  # noqa: F841
    state, touched = f'"{state_of(table.name)}"', _touched(rows)
    cursor.execute(f'CREATE OR REPLACE TEMP TABLE versions_touched AS FROM "{table.name}" WHERE {touched}')
    cursor.execute(_note(table, rows, was=True, of=f"{state} WHERE {touched}"))
    cursor.execute(f"DELETE FROM {state} WHERE {touched}")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE rows_touched AS {_fold(cursor, table, 'versions_touched')}")
    cursor.execute(f"INSERT INTO {state} BY NAME FROM rows_touched")
    cursor.execute(_note(table, rows, was=False, of="rows_touched"))
    cursor.execute("DROP TABLE versions_touched; DROP TABLE rows_touched")


def _touched(rows: Any) -> str:
    few = sorted(set(rows.column("k").to_pylist())) if rows.num_rows <= FEW else []
    return f"k IN ({', '.join(map(str, few)) or 'SELECT k FROM arriving_rows'})"


def _names(table: Table) -> str:
    return quoted([f.name for f in (*table.fields, *(LASTING if lapses(table) else ()))])


def _note(table: Table, rows: Any, *, was: bool, of: str) -> str:
    changes, seq = changes_of(table.name), rows.column("seq")[0].as_py()
    return f'INSERT INTO "{changes}" BY NAME SELECT {_names(table)}, views, {was} AS was, {seq} AS seq FROM {of}'


def _are_all_first(cursor: Any, table: Table, rows: Any) -> bool:
    """Is each of these rows, whole, the only version of its key? Then it holds as it was sent, for whom it was sent,
    and there is nothing to fold. Files of thousands of new things are such."""
    if lapses(table) or not pc.all(pc.equal(rows.column("says"), WHOLE)).as_py():
        return False
    if pc.count_distinct(rows.column("k")).as_py() < rows.num_rows:
        return False
    arriving_rows = rows  # noqa: F841
    seq = rows.column("seq")[0].as_py()
    counted = f'SELECT count(*), coalesce(min(seq), 0) FROM "{table.name}" WHERE {_touched(rows)}'
    return bool(cursor.execute(counted).fetchone() == (rows.num_rows, seq))


def fold_again(cursor: Any, table: Table, keys: Sequence[int]) -> None:
    """Put there what holds of some keys (`k`), of which nothing stands."""
    if not keys:
        return
    cursor.register("folding_keys", pa.table({"k": pa.array(keys, pa.int64())}))
    try:
        versions = f'FROM "{table.name}" WHERE k IN (SELECT k FROM folding_keys)'
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE versions_touched AS {versions}")
    finally:
        cursor.unregister("folding_keys")
    cursor.execute(f'INSERT INTO "{state_of(table.name)}" BY NAME {_fold(cursor, table, "versions_touched")}')
    cursor.execute("DROP TABLE versions_touched")


def _fold(cursor: Any, table: Table, versions: str, *, has_bits: bool = False) -> str:
    """has_bits: every version has its hidden columns, which rows that are whole keep."""
    masks, some = cursor.execute(f"{_FACTS} {versions}").fetchall()[0]
    seen = atoms(masks, functools.reduce(operator.or_, masks, 0))
    if has_bits and not some and not lapses(table):
        return folded(table, versions, seen, some=False, carried=[column_of(name) for name in table.sought])
    made = folded(table, versions, seen, some=some)
    return f"SELECT *{columns_sql(table)} FROM ({made})" if table.sought else made


def refold(cursor: Any, table: Table) -> None:
    """Make the whole state again from the versions, with nothing said of what changed: all that follows is anew."""
    state, versions = f'"{state_of(table.name)}"', f'"{table.name}"'
    cursor.execute(f"DELETE FROM {state}")
    if not cursor.execute(f"SELECT 1 FROM {versions} LIMIT 1").fetchall():
        return
    hashes = f"says = coalesce(says, {WHOLE}), content = {content_of(table)}, k = {key_of(table.key)}"
    cursor.execute(f"UPDATE {versions} SET {hashes} WHERE k IS NULL")  # facts, and rows of a release before these
    for name in table.sought:
        hidden = f'"{column_of(name)}"'
        cursor.execute(f"UPDATE {versions} SET {hidden} = {bits_sql(name)} WHERE {hidden} IS NULL")
    cursor.execute(f"INSERT INTO {state} BY NAME {_fold(cursor, table, versions, has_bits=True)}{order_sql(table)}")


def digest(table: Table) -> str:
    """Another one where the same versions may hold otherwise."""
    said = (table.rule, table.key, [(f.name, f.type) for f in table.fields], *([table.sought] if table.sought else []))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def noticed(cursor: Any, table: Table, to_seq: int) -> None:
    """What changed up to a commit is known to all that follows."""
    cursor.execute(f'DELETE FROM "{changes_of(table.name)}" WHERE seq <= ?', [to_seq])
