"""In which order rows come, and where the next page of them begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from birlik.kernel.store.compiling import known
from birlik.kernel.tables import Field


def ordered(fields: Mapping[str, Field], order: Sequence[str]) -> str:
    """SQL: columns, each with `-` before where the greatest come first; nulls last."""
    if not order:
        return ""
    known(fields, [name.lstrip("-") for name in order])
    return " ORDER BY " + ", ".join(
        f'"{name.lstrip("-")}" {"DESC" if name.startswith("-") else "ASC"} NULLS LAST' for name in order
    )


def behind(fields: Mapping[str, Field], order: Sequence[str], after: Sequence[Any]) -> tuple[str, list[Any]]:
    """Rows behind a given one, in an order of mixed directions with nulls last: keyset paging.

    (a > x) OR (a = x AND b > y) OR …, where a null comes after every value.
    """
    known(fields, [name.lstrip("-") for name in order])
    alternatives, parameters = [], []
    for position, name in enumerate(order):
        equal: list[str] = []
        for earlier, value in zip(order[:position], after, strict=False):
            equal.append(f'"{earlier.lstrip("-")}" IS NOT DISTINCT FROM ?')
            parameters.append(value)
        column, value = f'"{name.lstrip("-")}"', after[position]
        if value is None:
            alternatives.append(" AND ".join([*equal, "FALSE"]))
            continue
        beyond = f"({column} {'<' if name.startswith('-') else '>'} ? OR {column} IS NULL)"
        alternatives.append(" AND ".join([*equal, beyond]))
        parameters.append(value)
    return "(" + " OR ".join(f"({a})" for a in alternatives) + ")", parameters
