"""An expression as SQL over rows that are cut to the reader's view. Every value is a parameter; names are declared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from birlik.errors import BadRequest
from birlik.kernel.query import (
    ARITHMETIC,
    COMPARISONS,
    GEOMETRY,
    SPACE,
    Among,
    Area,
    Call,
    Expression,
    Filter,
    Literal,
    Property,
    fault,
)
from birlik.kernel.store.places import SPACE_FUNCTION
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.tables import Derived, Field, Table

FEW = 50
"""Values that are named one by one; more are joined, since a long list takes longer to plan than to answer."""
Compiled = tuple[str, list[Any]]
"""SQL, and the values of its parameters in their order."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows that are asked, and those that they lead to."""

    fields: Mapping[str, Field]
    declared: Callable[[str], Table | Derived]
    """A table by its name."""
    source: Callable[[str], str]
    """SQL that may stand after FROM: what holds of a table, with `views`."""
    bit: int
    """Of the reader's view."""
    alias: str = "t"
    places: tuple[str, str] | None = None
    """The columns with longitude and latitude."""

    def seen(self, alias: str) -> str:
        """SQL: the reader may see the row."""
        return seen_by(self.bit, alias)


def conditions(scope: Scope, where: Sequence[Filter | Expression]) -> Compiled:
    """` AND …` for each; empty where there is none. Raises BadRequest for a field that isn't there."""
    text: str = ""
    parameters: list[Any] = []
    for item in where:
        sql, values = compiled(scope, item.expression if isinstance(item, Filter) else item)
        text, parameters = f"{text} AND {sql}", [*parameters, *values]
    return text, parameters


def known(fields: Mapping[str, Field], names: Sequence[str]) -> Sequence[str]:
    """The names. Raises BadRequest for one that isn't there."""
    for name in names:
        if name not in fields:
            raise BadRequest(f"no field {name!r}; there are {', '.join(fields)}", parameter=name)
    return names


def compiled(scope: Scope, expression: Expression) -> Compiled:
    """Raises BadRequest for a field that isn't there."""
    if isinstance(expression, Property):
        return _property(scope, expression), []
    if isinstance(expression, Literal):
        return "?", [expression.value]
    if isinstance(expression, Area):
        raise fault("a shape stands in a function of space")
    return _MADE[expression.name](scope, expression)


def _property(scope: Scope, asked: Property) -> str:
    """A field; through a reference, of the one row that it leads to and this reader sees, else null."""
    (first,) = known(scope.fields, asked.path[:1])
    sql, field = f'{scope.alias}."{first}"', scope.fields[first]
    for step, name in enumerate(asked.path[1:]):
        of = None if field.of is None else scope.declared(field.of.table)
        if not isinstance(of, Table) or len(of.key) > 1:
            raise fault(f"{field.name} leads to no other row, so it has no {name!r}")
        if of.rule is not None and of.rule.sayers and not of.rule.rank:
            raise fault(f"{field.name} leads to what several say side by side; ask {of.name} itself")
        known(of.by_name, [name])
        row = f"r{step}"
        sql = (
            f'(SELECT min({row}."{name}") FROM {scope.source(of.name)} AS {row} '
            f'WHERE {scope.seen(row)} AND {row}."{of.key[0]}" = {sql})'
        )
        field = of.by_name[name]
    return sql


def _joined(scope: Scope, call: Call, template: str, between: str = ", ") -> Compiled:
    made = [compiled(scope, arg) for arg in call.args]
    text = template.format(between.join(sql for sql, _ in made), *(sql for sql, _ in made))
    return text, [value for _, values in made for value in values]


def _template(template: str, between: str = ", ") -> Callable[[Scope, Call], Compiled]:
    return lambda scope, call: _joined(scope, call, template, between)


def _in(scope: Scope, call: Call) -> Compiled:
    item, *values = call.args
    sql, parameters = compiled(scope, item)
    if not values:
        return "FALSE", []
    literals = [value.value for value in values if isinstance(value, Literal)]
    if len(literals) == len(values) > FEW:
        return f"({sql} IN (SELECT unnest(?)))", [*parameters, literals]
    made = [compiled(scope, value) for value in values]
    inside = ", ".join(each for each, _ in made)
    return f"({sql} IN ({inside}))", [*parameters, *(value for _, given in made for value in given)]


def _among(scope: Scope, call: Call) -> Compiled:
    item, literal = call.args
    assert isinstance(literal, Literal)
    among: Among = literal.value
    declared = scope.declared(among.table)
    inner = Scope(declared.by_name, scope.declared, scope.source, scope.bit, "a")
    sql, parameters = compiled(scope, item)
    (column,) = known(inner.fields, [among.column])
    more, values = conditions(inner, among.where)
    found = f'SELECT a."{column}" FROM {scope.source(among.table)} AS a WHERE {scope.seen("a")}{more}'
    return f"({sql} IN ({found}))", [*parameters, *values]


def _space(scope: Scope, call: Call) -> Compiled:
    """First the box, in SQL; the exact shape is asked of what it leaves, before anything is counted or cut to pages.

    A row without a place is neither inside nor outside.
    """
    if scope.places is None:
        raise fault("this table has no places that can be asked for")
    (area,) = (arg for arg in call.args if isinstance(arg, Area))
    turned = call.args[-1] == Property((GEOMETRY,))
    x, y = (f'{scope.alias}."{name}"' for name in scope.places)
    west, south, east, north = area.box
    across = "AND" if west <= east else "OR"
    box = f"({x} >= ? {across} {x} <= ?) AND {y} BETWEEN ? AND ?"
    corners = [west, east, south, north]
    beyond = "TRUE" if call.name == "s_disjoint" else "FALSE"
    if area.is_box and call.name in ("s_intersects", "s_disjoint"):
        inside = "FALSE" if call.name == "s_disjoint" else "TRUE"
        return f"(CASE WHEN {x} IS NULL OR {y} IS NULL THEN NULL WHEN {box} THEN {inside} ELSE {beyond} END)", corners
    exact = f"{SPACE_FUNCTION}({x}, {y}, ?, ?)"
    how = _TURNED.get(call.name, call.name) if turned else call.name
    sql = f"(CASE WHEN {x} IS NULL OR {y} IS NULL THEN NULL WHEN {box} THEN {exact} ELSE {beyond} END)"
    return sql, [*corners, how.removeprefix("s_"), area.wkb]


_TURNED = {"s_within": "s_contains", "s_contains": "s_within"}

_MADE: Mapping[str, Callable[[Scope, Call], Compiled]] = {
    "and": _template("({0})", " AND "),
    "or": _template("({0})", " OR "),
    "not": _template("(NOT {0})"),
    **{name: _template("({0})", f" {name} ") for name in COMPARISONS},
    "distinct": _template("({1} IS DISTINCT FROM {2})"),
    "between": _template("({1} BETWEEN {2} AND {3})"),
    "like": _template("({1} LIKE {2} ESCAPE '\\')"),
    "like as it is": _template("({1} LIKE {2})"),
    "isNull": _template("({0} IS NULL)"),
    "in": _in,
    "among": _among,
    "lower": _template("lower({0})"),
    "upper": _template("upper({0})"),
    # Up and down again: one form for what differs in its case only, the dotless ı and the dotted İ of Turkic among it.
    "casei": _template("lower(upper({0}))"),
    "accenti": _template("strip_accents({0})"),
    # As numbers with a point: whole ones could overflow.
    **{name: _template(f"(({{1}})::DOUBLE {name} ({{2}})::DOUBLE)") for name in ARITHMETIC},
    **dict.fromkeys(SPACE, _space),
}
