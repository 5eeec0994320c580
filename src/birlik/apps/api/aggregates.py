"""Rows of a table counted, summed and averaged in groups: of what the reader may see, within a bounded time."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from birlik.apps.api.declared import asking_table, table_of
from birlik.apps.api.forms import answer, chosen
from birlik.apps.api.known import must_be_known
from birlik.apps.api.operations import API, Asked
from birlik.apps.api.question import MAXIMUM_LIMIT, Asking, limit_of, question
from birlik.apps.api.sheet import Sheet
from birlik.clock import past
from birlik.errors import BadRequest
from birlik.kernel.node import At
from birlik.kernel.query import GROUPINGS, Grouping, Part
from birlik.kernel.tables import Field, Rows, Type
from birlik.periods import Cycle

OWN = ("by", "measure", "order", "limit", "format")
"""Parameters of an aggregate that don't say which rows are meant."""
OF_ROWS = ("fields", "after")
"""Those of rows that it has no use for."""
MOST_PARTS, MOST_MEASURES = 6, 20
CYCLES = {cycle.value.replace(" ", "_"): cycle for cycle in Cycle}
_CALL = re.compile(r"(\w+)\(\s*(\w+)\s*\)")
_ALSO = {"avg": "mean"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Aggregate:
    by: tuple[Part, ...]
    measures: tuple[Grouping, ...]
    order: tuple[str, ...]
    limit: int

    def fields(self, of: Mapping[str, Field]) -> tuple[Field, ...]:
        """What the answer's columns are, with their units."""
        return (*(_grouped(part, of[part.field]) for part in self.by), *(_measured(m, of) for m in self.measures))


async def aggregate(asked: Asked) -> Response:
    declared = table_of(asked.node, asked.path["name"])
    asking, items = asking_table(declared, asked.node), asked.request.query_params.multi_items()
    told = read(items, asking)
    form = chosen(asked.request.headers.get("accept"), asked.request.query_params.get("format"), has_places=False)
    asks = question((item for item in items if item[0] not in OWN), asking)
    at = At(as_of=past(asks.as_of, asked.node.clock.now()), holds=asks.holds_at)

    def made() -> Response:
        must_be_known(asked, asks, declared.by_name)
        reader = asked.reader().within(asked.node.settings.query_s)
        rows = reader.grouped(declared.name, told.by, told.measures, where=asks.where, limit=told.limit + 1, at=at)
        if rows.num_rows > told.limit:
            most = f"group by less, filter, or raise limit, up to {MAXIMUM_LIMIT:,}"
            raise BadRequest(f"there are more than {told.limit:,} groups; {most}", parameter="limit")
        sheet = Sheet(
            name=f"{declared.name}_aggregate",
            title=declared.title,
            fields=told.fields(asking.fields),
            watermark=reader.watermark,
            head={"table": declared.name, "title": declared.title, "schema": f"{API}/tables/{declared.name}/schema"},
        )
        return answer(sheet, _in_order(rows, told.order), form, asked.request.headers)

    async with asked.face.filters:
        return await asyncio.to_thread(made)


def read(items: Iterable[tuple[str, str]], asking: Asking) -> Aggregate:
    """Raises BadRequest, naming the parameter and what it takes."""
    given: dict[str, str] = {}
    for name, value in items:
        if name in OF_ROWS:
            raise BadRequest(f"{name} is for rows; an aggregate takes {', '.join(OWN)} and filters", parameter=name)
        if name in OWN and given.setdefault(name, value) != value:
            raise BadRequest(f"{name} is given twice; it takes one value", parameter=name)
    by = tuple(_part(text, asking) for text in _listed(given.get("by", "")))
    measures = tuple(_grouping(text, asking) for text in _listed(given.get("measure", "count")))
    columns = [*(part.name for part in by), *(measure.name for measure in measures)]
    if len(by) > MOST_PARTS or len(measures) > MOST_MEASURES or len(set(columns)) < len(columns):
        words = f"at most {MOST_PARTS} to group by and {MOST_MEASURES} measures, each once"
        raise BadRequest(f"an aggregate takes {words}", parameter="by" if len(by) > MOST_PARTS else "measure")
    order = tuple(_listed(given.get("order", "")))
    for name in order:
        if name.removeprefix("-") not in columns:
            raise BadRequest(f"order: no column {name!r}; there are: {', '.join(columns)}", parameter="order")
    return Aggregate(by=by, measures=measures, order=order, limit=limit_of(given.get("limit")))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _part(text: str, asking: Asking) -> Part:
    called = _CALL.fullmatch(text)
    name, cycle = (called[2], CYCLES.get(called[1])) if called else (text, None)
    field = _field(name, "by", asking)
    if called and cycle is None:
        raise BadRequest(f"by: no period {called[1]!r}; there are: {', '.join(CYCLES)}", parameter="by")
    if cycle is not None and field.type not in ((Type.TIME,) if cycle is Cycle.HOUR_OF_WEEK else (Type.TIME, Type.DAY)):
        raise BadRequest(f"by: {called[1] if called else ''} is of a time, and {name} is {field.type}", parameter="by")
    return Part(name, cycle)


def _grouping(text: str, asking: Asking) -> Grouping:
    called = _CALL.fullmatch(text)
    how, name = (called[1], called[2]) if called else (text, "")
    how = _ALSO.get(how, how)
    if how not in GROUPINGS or not (name or how == "count"):
        offered = ", ".join(how if how == "count" else f"{how}(field)" for how in GROUPINGS)
        raise BadRequest(f"measure: no measure {text!r}; there are: {offered}", parameter="measure")
    if name:
        field = _field(name, "measure", asking)
        if how in ("sum", "mean") and field.type not in (Type.INT, Type.FLOAT):
            raise BadRequest(f"measure: {how} is of numbers, and {name} is {field.type}", parameter="measure")
    return Grouping(how, name)


def _field(name: str, parameter: str, asking: Asking) -> Field:
    if name not in asking.fields:
        raise BadRequest(f"{parameter}: no field {name!r}; there are: {', '.join(asking.fields)}", parameter=parameter)
    return asking.fields[name]


def _grouped(part: Part, field: Field) -> Field:
    if part.cycle is None:
        return field
    kind = Type.INT if part.cycle is Cycle.HOUR_OF_WEEK else Type.TEXT
    words = f"The {part.cycle.value} of {part.field}, UTC."
    return Field(name=part.name, type=kind, period=part.cycle, description=words)


def _measured(measure: Grouping, of: Mapping[str, Field]) -> Field:
    words = f"{measure.how} of {measure.field}." if measure.field else "How many rows."
    if measure.how in ("count", "distinct"):
        return Field(name=measure.name, type=Type.INT, unit="1", description=words)
    field = of[measure.field]
    kind = field.type if measure.how in ("min", "max") else Type.FLOAT
    return Field(name=measure.name, type=kind, unit=field.unit, quantity=field.quantity, description=words)


def _in_order(rows: Rows, order: Sequence[str]) -> Rows:
    if not order:
        return rows
    return rows.sort_by([(n.removeprefix("-"), "descending" if n.startswith("-") else "ascending") for n in order])
