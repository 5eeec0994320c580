"""What a reader asks of rows: filters, fields, order, page. Read from a query string by the declared types."""

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any

import orjson

from birlik.clock import day_number, utc
from birlik.errors import BadRequest
from birlik.kernel.domain import Expression, Filter
from birlik.kernel.filtering import TEXT as CQL2_TEXT
from birlik.kernel.filtering import read
from birlik.kernel.query import checked
from birlik.kernel.tables import Field, Type
from birlik.periods import RANGES, Cycle, period_of

DEFAULT_LIMIT, MAXIMUM_LIMIT = 1_000, 100_000

OPERATORS = {"eq": "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "like": "like"}
"""What may stand behind `field__`."""

PAGING = ("fields", "order", "limit", "after", "format", "filter", "filter-lang")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """What may be asked of one table or indicator."""

    fields: Mapping[str, Field]
    """Those that are shown."""
    order: tuple[str, ...]
    """The order where none is asked for; it tells any two rows apart."""
    types: Mapping[str, Type]
    """Of the fields that are shown, and those of the key that are not."""
    key: tuple[str, ...]
    """What is added to an asked order, so that it does too."""
    time: Field | None = None
    """What `from` and `to` are about."""
    as_of: bool = False
    holds_at: bool = False
    """Rows say since when they hold."""
    name: str = ""
    """Of the table or indicator."""
    fields_of: Callable[[str], Mapping[str, Field]] | None = None
    """By a table's name, the fields of it that are shown: for filters that lead through references."""
    has_points: bool = False
    units: tuple[str, ...] = ()
    """Others that figures can be had in."""

    def check(self, expression: Expression) -> Expression:
        """Hold an expression to what may be asked. Raises BadRequest."""
        return checked(expression, self.name, self._fields_of, has_points=self.has_points)

    def _fields_of(self, table: str) -> Mapping[str, Field]:
        return self.fields if table == self.name or self.fields_of is None else self.fields_of(table)

    @property
    def parameters(self) -> tuple[str, ...]:
        span = ("from", "to") if self.time else ()
        return (*self.fields, *span, *self._moments, *PAGING, *(("unit",) if self.units else ()))

    @property
    def _moments(self) -> tuple[str, ...]:
        return (*(("as_of",) if self.as_of else ()), *(("holds_at",) if self.holds_at else ()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    where: tuple[Filter | Expression, ...]
    fields: tuple[str, ...]
    order: tuple[str, ...]
    limit: int
    after: tuple[Any, ...] | None
    as_of: datetime | None
    holds_at: datetime | None = None
    unit: str = ""
    """Another than the indicator's own, where one is asked for. Filters are in its own."""
    is_filtered: bool = False
    """An expression was given, which may be anything: its time is bounded."""
    is_ordered: bool = False
    """An order was asked for."""
    is_paged: bool = False
    """A part was asked for, by `limit` or `after`."""


def question(items: Iterable[tuple[str, str]], asking: Asking) -> Question:
    """Raises BadRequest, naming the parameter and what it takes."""
    given: dict[str, list[str]] = {}
    for name, value in items:
        given.setdefault(name, []).append(value)
    plain = {
        name: _once(name, given.pop(name))
        for name in (*PAGING, "as_of", "holds_at", "from", "to", "unit")
        if _is_plain(name, given, asking)
    }
    where: list[Filter | Expression] = [_filter(name, values, asking) for name, values in given.items()]
    where += _span(plain, asking)
    where += _expression(plain, asking)
    order = _order(plain.get("order"), asking)
    return Question(
        where=tuple(where),
        fields=_chosen(plain.get("fields"), asking),
        order=order,
        limit=limit_of(plain.get("limit")),
        after=after_of(plain["after"], order, asking) if "after" in plain else None,
        as_of=_time(plain["as_of"], "as_of") if "as_of" in plain else None,
        holds_at=_time(plain["holds_at"], "holds_at") if "holds_at" in plain else None,
        unit=_unit(plain.get("unit", ""), asking),
        is_filtered="filter" in plain,
        is_ordered="order" in plain,
        is_paged="limit" in plain or "after" in plain,
    )


def _unit(text: str, asking: Asking) -> str:
    if text and text not in asking.units:
        raise BadRequest(f"unit is one of {', '.join(asking.units)}, not {text!r}", parameter="unit")
    return text


def _expression(plain: Mapping[str, str], asking: Asking) -> list[Expression]:
    if "filter" not in plain:
        return []
    return [asking.check(read(plain["filter"], plain.get("filter-lang", CQL2_TEXT)))]


def _is_plain(name: str, given: Mapping[str, Sequence[str]], asking: Asking) -> bool:
    return name in given and name in asking.parameters and (name in PAGING or name not in asking.fields)


def _once(name: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        raise BadRequest(f"{name} is given {len(values)} times; it takes one value", parameter=name)
    return values[0]


def _filter(name: str, values: Sequence[str], asking: Asking) -> Filter:
    column, _, suffix = name.rpartition("__")
    if name in asking.fields or suffix not in OPERATORS:
        column, suffix = name, "eq"
    field = asking.fields.get(column)
    if field is None:
        known = ", ".join(asking.parameters)
        hint = ""
        if "__" in name and name.rpartition("__")[0] in asking.fields:
            hint = f"after {name.rpartition('__')[0]}__ stands one of {', '.join(OPERATORS)}; "
        raise BadRequest(f"no parameter {name!r}; {hint}there are: {known}", parameter=name)
    if suffix == "like" and field.type not in (Type.TEXT, Type.JSON):
        raise BadRequest(f"{name}: `like` is for text, and {column} is {field.type.value}", parameter=name)
    read = [value_of(field, value, name, listed=suffix in ("eq", "ne")) for value in values]
    if len(read) == 1:
        return Filter(column=column, operator=OPERATORS[suffix], value=read[0])
    if suffix != "eq":
        raise BadRequest(f"{name} is given {len(values)} times; only equality takes several", parameter=name)
    return Filter(column=column, operator="in", value=read)


def _span(plain: Mapping[str, str], asking: Asking) -> list[Filter]:
    bounds = (("from", ">="), ("to", "<"))
    return [
        Filter(column=asking.time.name, operator=operator, value=_bound(asking.time, plain[name], name))
        for name, operator in bounds
        if asking.time and name in plain
    ]


_PERIOD = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?$")


def _bound(period: Field, text: str, name: str) -> Any:
    """The first period that begins at a date or time or later: `from` it is the first, `to` the first beyond."""
    if period.type not in (Type.TEXT, Type.DAY):
        return value_of(period, text, name, listed=False)
    begin = _moment(text, name)
    day = begin.date() if begin.time() == time.min else begin.date() + timedelta(days=1)
    if period.type is Type.DAY:
        return day_number(day)
    if period.cycle in RANGES:
        return day.isoformat()  # compares with their texts
    if period.cycle is Cycle.YEAR:
        return f"{day.year + (day.timetuple().tm_yday > 1):04d}"
    month = day if day.day == 1 else (day.replace(day=1) + timedelta(days=31))
    return f"{month:%Y-%m}"


def _moment(text: str, name: str) -> datetime:
    """A year, a month, a day or another period by its begin; or a time."""
    found = _PERIOD.match(text)
    try:
        if found:
            return datetime.fromisoformat("".join((found[1], found[2] or "-01", found[3] or "-01")))
        if "T" in text:
            return _time(text, name).replace(tzinfo=None)
        return datetime.combine(period_of(text).first, time())
    except ValueError:
        pass
    raise BadRequest(f"{name} is a date such as 2026-03-01, or a month such as 2026-03, not {text!r}", parameter=name)


def _chosen(text: str | None, asking: Asking) -> tuple[str, ...]:
    if text is None:
        return tuple(asking.fields)
    return tuple(dict.fromkeys(_known(name.strip(), "fields", asking) for name in text.split(",")))


def _order(text: str | None, asking: Asking) -> tuple[str, ...]:
    if text is None:
        return asking.order
    asked = [name.strip() for name in text.split(",")]
    for name in asked:
        _known(name.removeprefix("-"), "order", asking)
    named = {name.removeprefix("-") for name in asked}
    if len(named) < len(asked):
        raise BadRequest("order: a field stands there twice", parameter="order")
    return (*asked, *(name for name in asking.key if name not in named))


def _known(name: str, parameter: str, asking: Asking) -> str:
    if name not in asking.fields:
        raise BadRequest(f"{parameter}: no field {name!r}; there are: {', '.join(asking.fields)}", parameter=parameter)
    return name


def limit_of(text: str | None) -> int:
    """How many at most. Raises BadRequest."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= MAXIMUM_LIMIT):
        raise BadRequest(f"limit is a whole number from 1 to {MAXIMUM_LIMIT}, not {text!r}", parameter="limit")
    return int(text)


# --- values ---------------------------------------------------------------------------------------------------


def value_of(field: Field, text: str, parameter: str, *, listed: bool) -> Any:
    """One value as the field's own type; `listed` holds it to the field's codes. Raises BadRequest."""
    if listed and field.codes and text not in field.codes:
        near = get_close_matches(text, field.codes, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise BadRequest(f"{parameter} is one of {', '.join(field.codes)}, not {text!r}{hint}", parameter=parameter)
    return _READ[field.type](text, parameter)


def _text(text: str, parameter: str) -> str:
    if "\x00" in text:
        raise BadRequest(f"{parameter}: text has no NUL", parameter=parameter)
    return text


def _int(text: str, parameter: str) -> int:
    try:
        value = int(text[:24]) if "_" not in text else 2**63
    except ValueError:
        value = 2**63
    if not -(2**63) <= value < 2**63:
        raise BadRequest(f"{parameter} is a whole number, not {text!r}", parameter=parameter)
    return value


def _day(text: str, parameter: str) -> int:
    """A date, or what it is inside."""
    if text.removeprefix("-").isdigit() and text.isascii() and len(text) != len("20260301"):
        return _int(text, parameter)
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        raise BadRequest(f"{parameter} is a date such as 2026-03-01, not {text!r}", parameter=parameter) from None


def _float(text: str, parameter: str) -> float:
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRequest(f"{parameter} is a number, not {text!r}", parameter=parameter)
    return value


def bool_of(text: str, parameter: str) -> bool:
    """Raises BadRequest for anything but true and false."""
    if text not in ("true", "false"):
        raise BadRequest(f"{parameter} is true or false, not {text!r}", parameter=parameter)
    return text == "true"


def _time(text: str, parameter: str) -> datetime:
    # A `+` that was not percent-encoded arrives as a space.
    try:
        return utc(text.replace(" ", "+") if text[-6:-5] == " " else text)
    except (ValueError, OverflowError):
        example = "2026-03-01T12:00:00Z"
        raise BadRequest(f"{parameter} is an ISO 8601 time like {example}, not {text!r}", parameter=parameter) from None


_READ: Mapping[Type, Callable[[str, str], Any]] = {
    Type.TEXT: _text,
    Type.JSON: _text,
    Type.INT: _int,
    Type.FLOAT: _float,
    Type.BOOL: bool_of,
    Type.TIME: _time,
    Type.DAY: _day,
    Type.ID: _int,
}


# --- pages ----------------------------------------------------------------------------------------------------


def cursor(order: Sequence[str], row: Mapping[str, Any]) -> str:
    """Where the next page begins: the order and the values of the last row in it, which the reader has seen."""
    told = [list(order), [_plain(row[name.removeprefix("-")]) for name in order]]
    return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def after_of(text: str, order: Sequence[str], asking: Asking) -> tuple[Any, ...]:
    """Raises BadRequest where it is no cursor of this order."""
    foreign = BadRequest("after is not a cursor of this order; follow `next` as it is", parameter="after")
    try:
        told = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        named, values = told
    except (binascii.Error, ValueError, TypeError):
        raise foreign from None
    if named != list(order) or not isinstance(values, list) or len(values) != len(order):
        raise foreign
    return tuple(
        _again(asking.types[name.removeprefix("-")], value, foreign) for name, value in zip(order, values, strict=True)
    )


def _again(kind: Type, value: Any, foreign: BadRequest) -> Any:
    if value is None:
        return None
    if not isinstance(value, _JSON[kind]) or (isinstance(value, bool) and kind is not Type.BOOL):
        raise foreign
    try:
        return utc(value) if kind is Type.TIME else value
    except (ValueError, OverflowError):
        raise foreign from None


_JSON: Mapping[Type, Any] = {
    Type.TEXT: str,
    Type.JSON: str,
    Type.INT: int,
    Type.FLOAT: (int, float),
    Type.BOOL: bool,
    Type.TIME: str,
    Type.DAY: int,
    Type.ID: int,
}
