"""A reader's question as a tree: pure, and held to a table's fields before any SQL is made of it.

Truth is three-valued, as in SQL and in CQL2 (OGC 21-065r2): what is compared with nothing is neither true nor false,
and a row is found where the whole is true.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, TypeAlias

from birlik.clock import day_number
from birlik.errors import BadRequest
from birlik.kernel.tables import Field, Type
from birlik.periods import Cycle

MOST_TERMS, DEEPEST = 500, 40
"""Of one expression: so that to read it costs no more than to answer it."""
MOST_TEXTS = 20
"""Texts made of other texts. The engine works through 2,048 rows before it looks whether its time is over."""
GEOMETRY = "geometry"
"""What a row's place is called, where the table has no field of this name."""
_MOST_INT = 2**63


@dataclass(frozen=True, slots=True)
class Property:
    """A field of the row, or, through references, of the row that it leads to: `("cage_id", "name")`."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Literal:
    """Text, a number, a truth, a time (UTC) or a date. Once it is checked: as the field's own type has it inside."""

    value: Any


@dataclass(frozen=True, slots=True)
class Area:
    """A shape, WGS 84, longitude first."""

    wkb: bytes
    box: tuple[float, float, float, float]
    """west, south, east, north; where west is beyond east it crosses the antimeridian."""
    is_box: bool = False
    """It is its box, so that nothing more need be asked."""


@dataclass(frozen=True, slots=True)
class Call:
    """One of `SIGNATURES`, of `and`, `or`, `in` or `like`, of `SPACE`; or of what `Filter` has beside them."""

    name: str
    args: tuple["Expression", ...]


Expression: TypeAlias = Property | Literal | Area | Call


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """column operator value; operators: = != in < <= > >= like among. Bound as a parameter, never pasted into SQL.

    `= None` is "is null", and `!=` finds what is null too. It is a short way to write an expression.
    """

    column: str
    operator: str
    value: Any

    @property
    def expression(self) -> Expression:
        """What it stands for; its value is of the field's own type already."""
        field = Property((self.column,))
        if self.operator == "in":
            return Call("in", (field, *map(Literal, self.value)))
        if self.value is None and self.operator in ("=", "!="):
            empty = Call("isNull", (field,))
            return empty if self.operator == "=" else Call("not", (empty,))
        return Call(_FILTERS.get(self.operator, self.operator), (field, Literal(self.value)))


_FILTERS = {"!=": "distinct", "like": "like as it is"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Among:
    """For the operator `among`: the value is one that stands in `column` of those rows of another table that the same
    reader may see and that fulfil `where`. By it a narrow table serves as an index of a wide one (`Table.beside`)."""

    table: str
    column: str
    where: "Sequence[Filter | Expression]" = ()


Where: TypeAlias = Sequence[Filter | Expression]
"""All of these are to hold."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """One figure of a group of rows: count (of the rows, or of a field's values), distinct, min, max, sum, mean."""

    how: str
    field: str = ""

    @property
    def name(self) -> str:
        """Of its column: `mean_area_m2`."""
        return f"{self.how}_{self.field}" if self.field else self.how


@dataclass(frozen=True, slots=True)
class Part:
    """What rows are grouped by: a field, or the period in which its time or day lies (UTC)."""

    field: str
    cycle: Cycle | None = None

    @property
    def name(self) -> str:
        """Of its column: `month_changed_time`."""
        return self.field if self.cycle is None else f"{self.cycle.value.replace(' ', '_')}_{self.field}"


GROUPINGS = ("count", "distinct", "min", "max", "sum", "mean")


class TooCostly(BadRequest):
    """It took more than a question may take; nothing is wrong with it but that."""


# --- what there is --------------------------------------------------------------------------------------------

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/")
TEXTS = ("lower", "upper", "casei", "accenti")
SPACE = (
    "s_intersects",
    "s_disjoint",
    "s_within",
    "s_contains",
    "s_equals",
    "s_touches",
    "s_crosses",
    "s_overlaps",
)
_KIND: Mapping[Type, str] = {
    Type.TEXT: "text",
    Type.JSON: "text",
    Type.INT: "number",
    Type.FLOAT: "number",
    Type.BOOL: "truth",
    Type.TIME: "time",
    Type.DAY: "date",
    Type.ID: "id",
}
_SAID = {
    "text": "text",
    "number": "a number",
    "truth": "true or false",
    "time": "a time, TIMESTAMP('2026-03-01T12:00:00Z')",
    "date": "a date, DATE('2026-03-01')",
    "id": "an id, its digits as text",
    "place": "a place",
}
LookUp: TypeAlias = Callable[[str], Mapping[str, Field]]
"""The fields of a table, by its name, that the reader may ask for."""


def fault(words: str) -> BadRequest:
    """What is wrong with an expression."""
    return BadRequest(f"filter: {words}", parameter="filter")


def checked(expression: Expression, name: str, fields_of: LookUp, *, has_points: bool = False) -> Expression:
    """The expression, asked of the table `name`, with its values as the fields have them inside.

    Raises BadRequest for what is too large or deep, for a field that isn't there, and for what can't be compared.
    """
    must_be_small(expression)
    kind, made = _Check(name, has_points, fields_of).of(expression)
    if kind != "truth":
        raise fault(f"it has to be true or false, and {said(expression)} is {_SAID[kind]}; compare it with something")
    return made


def must_be_small(expression: Expression) -> None:
    """Raises BadRequest."""
    level, depth, terms, texts = [expression], 0, 0, 0
    while level:
        depth, terms = depth + 1, terms + len(level)
        texts += sum(isinstance(each, Call) and each.name in TEXTS for each in level)
        if texts > MOST_TEXTS:
            raise fault(f"more than {MOST_TEXTS} times it asks for {', '.join(TEXTS)}; ask in parts")
        if depth > DEEPEST:
            raise fault(f"it is nested more than {DEEPEST} deep; write it flatter")
        if terms > MOST_TERMS:
            raise fault(f"it has more than {MOST_TERMS} terms; ask in parts")
        level = [arg for each in level if isinstance(each, Call) for arg in each.args]


def properties(expression: Expression) -> Iterator[Property]:
    """All fields that stand in it."""
    if isinstance(expression, Property):
        yield expression
    elif isinstance(expression, Call):
        for arg in expression.args:
            yield from properties(arg)


def said(expression: Expression) -> str:
    """As an error names it."""
    if isinstance(expression, Property):
        return str(expression)
    if isinstance(expression, Literal):
        return repr(expression.value) if isinstance(expression.value, str) else str(expression.value)
    return f"{expression.name}(…)" if isinstance(expression, Call) else "a shape"


@dataclass(frozen=True, slots=True)
class _Check:
    table: str
    has_points: bool
    fields_of: LookUp

    def of(self, expression: Expression) -> tuple[str, Expression]:
        if isinstance(expression, Property):
            return self._kind(expression), expression
        if isinstance(expression, Literal):
            return _literal(expression)
        if isinstance(expression, Area):
            raise fault("a shape stands in a function of space, such as S_INTERSECTS(geometry, …)")
        check = _CHECKS.get(expression.name)
        if check is None:
            near = get_close_matches(expression.name, _CHECKS, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(_CHECKS)}"
            raise fault(f"no function {expression.name!r}{hint}")
        return check(self, expression)

    def _kind(self, asked: Property) -> str:
        return _KIND[self.field(asked).type]

    def field(self, asked: Property) -> Field:
        table, path = self.table, asked.path
        for place, name in enumerate(path):
            fields = self.fields_of(table)
            field = fields.get(name)
            if field is None:
                near = get_close_matches(name, fields, 1)
                hint = f"did you mean {near[0]}? " if near else ""
                raise fault(f"no field {str(asked)!r}; {hint}{table} has: {', '.join(fields)}")
            if place + 1 == len(path):
                return field
            if field.of is None:
                raise fault(f"{'.'.join(path[: place + 1])} leads to no other row, so it has no {path[place + 1]!r}")
            table = field.of.table
        raise fault("a field has a name")

    def alike(self, call: Call, args: Sequence[Expression]) -> tuple[Expression, ...]:
        """Arguments that are to be compared with each other: values are read as the first one's field has them."""
        found = [self.of(arg) for arg in args]
        lead = next((place for place, arg in enumerate(args) if not isinstance(arg, Literal)), 0)
        kind, leader = found[lead][0], args[lead]
        for arg, (other, _) in zip(args, found, strict=True):
            if other != kind and not isinstance(arg, Literal):
                raise fault(f"{said(leader)} is {_SAID[kind]}, and {said(arg)} is {_SAID[other]}")
        if isinstance(leader, Property) and call.name in ("=", "<>", "in"):
            _must_be_a_code(self.field(leader), args)
        return tuple(
            _fitted(arg, kind, leader) if isinstance(arg, Literal) else made
            for arg, (_, made) in zip(args, found, strict=True)
        )

    def all_of(self, call: Call, kind: str) -> tuple[Expression, ...]:
        """Arguments, each of one kind."""
        made = []
        for arg in call.args:
            other, each = self.of(arg)
            if other != kind:
                raise fault(f"{call.name} takes {_SAID[kind]}, and {said(arg)} is {_SAID[other]}")
            made.append(each)
        return tuple(made)


def _must_be_a_code(field: Field, args: Sequence[Expression]) -> None:
    for arg in args:
        if field.codes and isinstance(arg, Literal) and isinstance(arg.value, str) and arg.value not in field.codes:
            near = get_close_matches(arg.value, field.codes, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise fault(f"{field.name} is one of {', '.join(field.codes)}, not {arg.value!r}{hint}")


def _literal(literal: Literal) -> tuple[str, Literal]:
    value = literal.value
    if isinstance(value, bool):
        return "truth", literal
    if isinstance(value, (int, float)):
        return "number", Literal(_number(value))
    if isinstance(value, datetime):
        return "time", literal
    if isinstance(value, date):
        return "date", Literal(day_number(value))
    if isinstance(value, str):
        if "\x00" in value:
            raise fault("text has no NUL")
        return "text", literal
    raise fault("nothing is compared with NULL; write IS NULL")


def _number(value: float) -> float:
    """Whole numbers as such, so that they are compared exactly."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise fault("a number is finite")
        value = int(value) if value.is_integer() and abs(value) < _MOST_INT else value
    return value if isinstance(value, float) or abs(value) < _MOST_INT else float(value)


def _fitted(literal: Literal, kind: str, leader: Expression) -> Literal:
    other, made = _literal(literal)
    if other == kind:
        return made
    value = made.value
    if kind == "id":
        if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 21:
            value = int(value)
        if isinstance(value, int) and abs(value) < (2**53 if other == "number" else _MOST_INT):
            return Literal(value)
    raise fault(f"{said(leader)} is {_SAID[kind]}, and {said(literal)} is {_SAID[other]}")


# --- what each takes ------------------------------------------------------------------------------------------


def _count(call: Call, least: int, most: int) -> None:
    if not least <= len(call.args) <= most:
        raise fault(f"{call.name} takes {least if least == most else f'{least} or more'} values, not {len(call.args)}")


def _logic(check: _Check, call: Call) -> tuple[str, Expression]:
    _count(call, 1, 1 if call.name == "not" else MOST_TERMS)
    return "truth", replace(call, args=check.all_of(call, "truth"))


def _compared(check: _Check, call: Call) -> tuple[str, Expression]:
    least, most = {"between": (3, 3), "in": (2, MOST_TERMS)}.get(call.name, (2, 2))
    _count(call, least, most)
    return "truth", replace(call, args=check.alike(call, call.args))


def _like(check: _Check, call: Call) -> tuple[str, Expression]:
    _count(call, 2, 2)
    made = check.all_of(call, "text")
    pattern = made[1]
    while isinstance(pattern, Call) and pattern.name in TEXTS:
        pattern = pattern.args[0]
    if not isinstance(pattern, Literal):
        raise fault("LIKE takes a pattern that is written there, 'Ast%'")
    if (len(pattern.value) - len(pattern.value.rstrip("\\"))) % 2:
        raise fault(r"a pattern can't end with a single \, which stands before %, _ or \ to mean just that")
    return "truth", replace(call, args=made)


def _is_null(check: _Check, call: Call) -> tuple[str, Expression]:
    _count(call, 1, 1)
    if call.args == (Property((GEOMETRY,)),) and check.has_points and GEOMETRY not in check.fields_of(check.table):
        raise fault("whether a row has a place is told by its fields; ask for those")
    return "truth", replace(call, args=(check.of(call.args[0])[1],))


def _text(check: _Check, call: Call) -> tuple[str, Expression]:
    _count(call, 1, 1)
    return "text", replace(call, args=check.all_of(call, "text"))


def _arithmetic(check: _Check, call: Call) -> tuple[str, Expression]:
    _count(call, 2, 2)
    return "number", replace(call, args=check.all_of(call, "number"))


def _space(check: _Check, call: Call) -> tuple[str, Expression]:
    _count(call, 2, 2)
    place = Property((GEOMETRY,))
    if GEOMETRY in check.fields_of(check.table) or not check.has_points:
        raise fault(f"{check.table} has no places that can be asked for")
    if place not in call.args or not any(isinstance(arg, Area) for arg in call.args):
        raise fault(f"{call.name} takes {GEOMETRY}, the row's place, and a shape that is written there")
    return "truth", call


_CHECKS: Mapping[str, Callable[[_Check, Call], tuple[str, Expression]]] = {
    **dict.fromkeys(("and", "or", "not"), _logic),
    **dict.fromkeys((*COMPARISONS, "between", "in"), _compared),
    "like": _like,
    "isNull": _is_null,
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    **dict.fromkeys(SPACE, _space),
}
