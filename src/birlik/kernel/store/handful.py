"""Answers of a few rows: found, brought here as they lie, and only here put in order.

The engine takes longer to plan an order and an end of wide rows, and to hand a few of them over as Arrow, than to find
them by a sought column. What is many after all is asked of it again, whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from birlik.kernel.query import Filter, Where
from birlik.kernel.store.compiling import known
from birlik.kernel.store.database import Database, quoted
from birlik.kernel.store.paging import ordered
from birlik.kernel.tables import Field, Rows, Type

MOST = 4_096
"""Rows that are put in order here; above `PAGE_ROWS`, so that the engine reads them in one go."""
ORDERED = frozenset(Type) - {Type.FLOAT}
"""Of these the engine's order is that of the language: of fractions it has its own where one is no number."""
_SAID: Mapping[Type, type] = {
    Type.TEXT: str,
    Type.JSON: str,
    Type.INT: int,
    Type.DAY: int,
    Type.ID: int,
    Type.BOOL: bool,
    Type.TIME: datetime,
}
"""What the engine compares with such a column as the language does."""
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda has, said: has == said,
    "in": lambda has, said: has in said,
    "<=": lambda has, said: has <= said,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """For rows of one table."""

    fields: Mapping[str, Field]
    chosen: Sequence[str]
    """Columns that are wanted."""
    source: str
    """SQL: where the rows `t` lie."""
    condition: str
    """SQL: what they fulfil, the policy first."""
    parameters: Sequence[Any]
    """Of the condition."""
    order: Sequence[str]
    """Columns, each with `-` before where the greatest come first."""
    limit: int | None
    distinct: bool
    is_handful: bool
    """They are mostly few."""

    @property
    def sql(self) -> tuple[str, list[Any]]:
        """For the engine to answer whole, with its parameters."""
        select = "SELECT DISTINCT" if self.distinct else "SELECT"
        order, limit = ordered(self.fields, self.order), [] if self.limit is None else [self.limit]
        asked = f"{select} {quoted(self.chosen)} FROM {self.source} AS t WHERE {self.condition}{order}"
        return asked + (" LIMIT ?" if limit else ""), [*self.parameters, *limit]


@dataclass(frozen=True, slots=True)
class Handful:
    """Rows as they lie, of which more can be asked without the engine."""

    fields: Mapping[str, Field]
    columns: Sequence[str]
    """Those that the rows have."""
    rows: Sequence[tuple[Any, ...]]

    def answer(
        self, where: Where = (), *, columns: Sequence[str], order: Sequence[str], limit: int | None
    ) -> list[tuple[Any, ...]] | None:
        """As a reader's `rows`, each as the values of `columns`; None for what only the engine compares or puts in
        order as it does."""
        tests = [test for item in where if (test := self._test(item)) is not None]
        by = [name.lstrip("-") for name in order]
        if len(tests) < len(where) or any(self.fields[name].type not in ORDERED for name in by):
            return None
        rows = [row for row in self.rows if all(test(row) for test in tests)]
        for name in reversed(order):
            rows = _ordered(rows, self.columns.index(name.lstrip("-")), is_falling=name.startswith("-"))
        at = [self.columns.index(name) for name in columns]
        return [tuple(row[i] for i in at) for row in rows[:limit]]

    def _test(self, item: Any) -> Callable[[tuple[Any, ...]], bool] | None:
        """What a condition asks of a row."""
        if not isinstance(item, Filter) or item.operator not in _TESTS or item.column not in self.columns:
            return None
        field, at, said = self.fields[item.column], self.columns.index(item.column), item.value
        if said is None and item.operator == "=":
            return lambda row: row[at] is None
        values = said if item.operator == "in" else [said]
        if any(type(value) is not _SAID.get(field.type) for value in values):
            return None
        test = _TESTS[item.operator]
        return lambda row: row[at] is not None and test(row[at], said)


def few_rows(types: Mapping[str, Type], rows: Sequence[tuple[Any, ...]]) -> Rows:
    """Tuples of the engine as Arrow. types: of each column, by its name."""
    columns = [*zip(*rows, strict=True)] or [()] * len(types)
    made = {name: pa.array(said, kind.arrow) for (name, kind), said in zip(types.items(), columns, strict=True)}
    return pa.table(made)


def handful(database: Database, question: Question) -> Handful | None:
    """The rows, in no order; None where they aren't few, or not to be found as such. Raises BadRequest."""
    by = known(question.fields, [name.lstrip("-") for name in question.order])
    if not question.is_handful or question.distinct:
        return None
    columns = tuple(dict.fromkeys((*question.chosen, *by)))
    sql = f"SELECT {quoted(columns)} FROM {question.source} AS t WHERE {question.condition} LIMIT {MOST + 1}"
    rows = database.all(sql, question.parameters)
    return Handful(question.fields, columns, rows) if len(rows) <= MOST else None


def _ordered(rows: list[tuple[Any, ...]], at: int, *, is_falling: bool) -> list[tuple[Any, ...]]:
    """As the engine has it: nothing comes last either way; rows that are alike stay as they came."""
    said = sorted((row for row in rows if row[at] is not None), key=lambda row: row[at], reverse=is_falling)
    return [*said, *(row for row in rows if row[at] is None)]
