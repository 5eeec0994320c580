"""Rows by their key, as SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from birlik.kernel.store.database import SQL_TYPE
from birlik.kernel.store.folding import key_of as key_hash
from birlik.kernel.tables import Derived, Table


def has_key(table: Table, row: Mapping[str, Any], of: str = "") -> tuple[str, list[Any]]:
    """A condition, with its parameters. of: what stands before names of columns."""
    values = [row[name] for name in table.key]
    typed = [f"CAST(? AS {SQL_TYPE[table.by_name[name].type]})" for name in table.key]
    same = " AND ".join(f'{of}"{name}" = ?' for name in table.key)
    return f"{of}k = {key_hash(table.key, typed)} AND {same}", [*values, *values]


def among(table: Table | Derived, keys: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """A condition by which rows have one of these keys, each the values of the columns of `table.key`."""
    given = [value for key in keys for value in key]
    if len(table.key) == 1 and None not in given:
        return f'"{table.key[0]}" IN ({", ".join("?" for _ in given)})', given
    one = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?' for name in table.key)
    return f"({' OR '.join(f'({one})' for _ in keys)})", given
