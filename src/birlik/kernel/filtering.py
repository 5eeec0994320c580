"""CQL2 (OGC 21-065r2), as text and as JSON, to an expression.

Text is taken apart by the library `cql2`, which gives the JSON of it; so there is one way from there. Its parser
doubles its time with each bracket within a bracket and ends the process where it runs out of stack, so what could do
that never reaches it.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import cql2
import orjson

from birlik.clock import utc
from birlik.errors import BadRequest
from birlik.kernel.query import (
    ARITHMETIC,
    COMPARISONS,
    DEEPEST,
    SPACE,
    TEXTS,
    Area,
    Call,
    Expression,
    Literal,
    Property,
    fault,
    must_be_small,
)

TEXT, JSON = LANGUAGES = ("cql2-text", "cql2-json")
MOST_TEXT, MOST_JSON = 4_000, 16_000
"""Characters."""
MOST_BRACKETS, MOST_SIGNS = 8, 50
"""In text, one within the other; and signs or words of one kind in a row."""
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_IN_A_ROW = re.compile(rf"(?:(?:-|\+|\bnot\b)\s*){{{MOST_SIGNS},}}", re.IGNORECASE)


def read(text: str, language: str = TEXT) -> Expression:
    """Raises BadRequest that says what is wrong and, where it is known, at which place."""
    if language not in LANGUAGES:
        raise BadRequest(f"filter-lang is one of {', '.join(LANGUAGES)}, not {language!r}", parameter="filter-lang")
    made = _read(_of_json(text) if language == JSON else _of_text(text), 1)
    must_be_small(made)
    return made


def _of_json(text: str) -> Any:
    if len(text) > MOST_JSON:
        raise fault(f"it is longer than {MOST_JSON:,} characters; ask in parts")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise fault(f"this is no JSON: {error}") from None


def _of_text(text: str) -> Any:
    if len(text) > MOST_TEXT:
        raise fault(f"it is longer than {MOST_TEXT:,} characters; ask in parts, or as {JSON}")
    bare = _QUOTED.sub("''", text)
    deep = deepest = 0
    for sign in bare:
        deep += (sign in "([") - (sign in ")]")
        deepest = max(deepest, deep)
        if deep < 0:
            raise fault("a bracket is closed that was not opened")
    if deep:
        raise fault("a bracket is opened and not closed")
    if deepest > MOST_BRACKETS:
        raise fault(f"brackets stand more than {MOST_BRACKETS} deep in each other; write it flatter, or as {JSON}")
    if _IN_A_ROW.search(bare):
        raise fault("the same sign stands there over and over")
    try:
        return cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise fault(_where(str(error))) from None


def _where(error: str) -> str:
    """The library's words in a line: `at line 1, character 7: expected …`."""
    place = re.search(r"(\d+):(\d+)", error)
    wanted = re.search(r"=\s*(expected .+)", error)
    at = f" at line {place[1]}, character {place[2]}" if place else ""
    return f"this is no CQL2{at}{f': {wanted[1]}' if wanted else ''}"


# --- JSON to an expression ------------------------------------------------------------------------------------

_OPERATORS = {
    name.lower(): name
    for name in ("and", "or", "not", *COMPARISONS, "between", "in", "like", "isNull", *TEXTS, *ARITHMETIC, *SPACE)
}
_TIMES: Mapping[str, str] = {"t_after": ">", "t_before": "<", "t_equals": "="}
_SPANS = ("t_during", "t_intersects", "t_disjoint")
_GEOMETRIES = (
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


def _read(said: Any, depth: int) -> Expression:
    if depth > DEEPEST:
        raise fault(f"it is nested more than {DEEPEST} deep; write it flatter")
    if not isinstance(said, dict):
        if isinstance(said, list):
            raise fault("a list stands only behind IN")
        return Literal(said)
    for key, make in _SAID.items():
        if key in said:
            return make(said, depth)
    raise fault(f"this is no part of CQL2: {_short(said)}")


def _property(said: Mapping[str, Any], _: int) -> Expression:
    name = said["property"]
    if not isinstance(name, str) or not name:
        raise fault("a property is a name")
    return Property(tuple(name.split(".")))


def _timestamp(said: Mapping[str, Any], _: int) -> Expression:
    return Literal(_moment(said["timestamp"]))


def _moment(text: Any) -> datetime:
    try:
        return utc(text)
    except (ValueError, OverflowError, TypeError, AttributeError):
        raise fault(f"a time is like TIMESTAMP('2026-03-01T12:00:00Z'), not {_short(text)}") from None


def _date(said: Mapping[str, Any], _: int) -> Expression:
    try:
        return Literal(date.fromisoformat(said["date"]))
    except (ValueError, TypeError):
        raise fault(f"a date is like DATE('2026-03-01'), not {_short(said['date'])}") from None


def _box(said: Mapping[str, Any], _: int) -> Expression:
    box = said["bbox"]
    if not isinstance(box, list) or len(box) not in (4, 6) or not all(_is_number(each) for each in box):
        raise fault("a box is west, south, east, north: BBOX(51.0, 42.5, 53.5, 45.0)")
    west, south, east, north = box if len(box) == 4 else (box[0], box[1], box[3], box[4])
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise fault("a box is west, south, east, north in degrees: BBOX(51.0, 42.5, 53.5, 45.0)")
    import shapely

    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    shape = shapely.union_all([shapely.box(a, south, b, north) for a, b in parts])
    return Area(shapely.to_wkb(shape), (float(west), float(south), float(east), float(north)), is_box=True)


def _geometry(said: Mapping[str, Any], _: int) -> Expression:
    import shapely

    if said["type"] not in _GEOMETRIES:
        raise fault(f"a shape is one of {', '.join(_GEOMETRIES)}, not {_short(said['type'])}")
    try:
        shape = shapely.from_geojson(orjson.dumps(said))
    except (shapely.GEOSException, orjson.JSONEncodeError):
        raise fault("this is no shape; rings end where they begin, and coordinates are longitude, latitude") from None
    if shape.is_empty:
        raise fault("an empty shape holds nothing")
    if not shape.is_valid:
        raise fault(f"the shape can't be: {shapely.is_valid_reason(shape)}; rings may not cross themselves")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise fault("a shape lies within degrees of WGS 84, longitude first")
    return Area(shapely.to_wkb(shape), (west, south, east, north))


def _call(said: Mapping[str, Any], depth: int) -> Expression:
    name, args = said["op"], said.get("args")
    if not isinstance(name, str) or not isinstance(args, list):
        raise fault('an operator is {"op": …, "args": […]}')
    if name in _TIMES or name in _SPANS:
        return _in_time(name, args, depth)
    if name == "in":
        if len(args) != 2 or not isinstance(args[1], list):
            raise fault("IN takes a value and a list: species IN ('owl', 'crane')")
        args = [args[0], *args[1]]
    return Call(_OPERATORS.get(name.lower(), name), tuple(_read(arg, depth + 1) for arg in args))


def _in_time(name: str, args: list[Any], depth: int) -> Expression:
    """A moment beside another, or beside an interval."""
    if len(args) != 2:
        raise fault(f"{name} takes two times")
    left, right = args
    if not (isinstance(right, dict) and "interval" in right):
        if name in _SPANS[:2]:
            raise fault(f"{name} takes a time and INTERVAL('2026-03-01T00:00:00Z', '..')")
        return Call(_TIMES.get(name, "<>"), (_read(left, depth + 1), _read(right, depth + 1)))
    ends = right["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise fault("an interval has two ends: INTERVAL('2026-03-01T00:00:00Z', '..')")
    begin, end = (None if each == ".." else Literal(_end(each)) for each in ends)
    item = _read(left, depth + 1)
    if name in ("t_after", "t_before"):
        bound = end if name == "t_after" else begin
        if bound is None:
            raise fault(f"{name}: nothing lies beyond an end that is open")
        return Call(_TIMES[name], (item, bound))
    if name == "t_equals":
        raise fault("a moment equals no interval; write T_INTERSECTS or T_DURING")
    beyond, before = (">", "<") if name == "t_during" else (">=", "<=")
    bounds = [Call(sign, (item, each)) for sign, each in ((beyond, begin), (before, end)) if each is not None]
    within: Expression = Call("and", tuple(bounds)) if bounds else Call("not", (Call("isNull", (item,)),))
    return Call("not", (within,)) if name == "t_disjoint" else within


def _end(said: Any) -> datetime | date:
    if isinstance(said, str) and len(said) == len("2026-03-01"):
        with suppress(ValueError):
            return date.fromisoformat(said)
    return _moment(said)


_SAID: Mapping[str, Callable[[Mapping[str, Any], int], Expression]] = {
    "op": _call,
    "property": _property,
    "timestamp": _timestamp,
    "date": _date,
    "bbox": _box,
    "type": _geometry,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _short(value: Any) -> str:
    return repr(value)[:80]
