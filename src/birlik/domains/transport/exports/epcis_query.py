"""Finding stored events: the store narrows, the query's own tests decide, and a page goes behind the one before."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from birlik.domains.transport.events import EPCIS_EVENT, EPCIS_TRACE
from birlik.domains.transport.wire.epcis_answer import Stored
from birlik.domains.transport.wire.epcis_http import MOST_PER_PAGE, QUERY_TOO_LARGE, Fails, token_of, values_of
from birlik.domains.transport.wire.epcis_query import EventQuery, matches
from birlik.domains.transport.wire.epcis_time import instant_or_none
from birlik.errors import BadRequest
from birlik.ids import keys63
from birlik.kernel.domain import Among, Call, Filter, Rows

_COLUMNS = ("event_time", "record_time", "event_id", "content_hash", "source_id", "event", "context")
_FIRST_CHUNK, _LARGEST_CHUNK = 64, 10_000
_PIECE = 500
"""Rows that are looked at in one go: for so long others may have to wait for the interpreter."""
_FREE = 1_000
"""Rows that a query may look at before it is a scan."""
_RANKED = 100
_LAST_SOURCE = "\U0010ffff"
"""Behind the name of any source: what another has captured of the last event of a page is not on the next."""
Place = tuple[int, int, float, str, str, str]
"""Of an event in the order by an extension field: has it the field; its value as `_rank` says; its id and content."""


@dataclass(frozen=True, slots=True)
class Page:
    found: Sequence[Stored]
    token: str | None
    """Of the next page; None where this is the last."""


async def page(call: Call, query: EventQuery, where: Sequence[Filter] = ()) -> Page:
    """One page of what the query finds, the newest first where it says no order.

    where: what all rows must fulfil besides. Raises BadRequest; Fails (413) over maxEventCount.
    """
    per_page = min(query.per_page, MOST_PER_PAGE)
    if query.max_event_count is not None:
        await _mind_maximum(call, query, where)
    if query.order_by not in (None, "eventTime", "recordTime"):
        return await _page_by_field(call, query, where, per_page)
    after, before_n = _behind(query, 4)
    most = per_page if query.event_count_limit is None else min(per_page, query.event_count_limit - before_n)
    if most <= 0:
        return Page((), None)
    found: list[Stored] = []
    async with contextlib.aclosing(search(call, query, where, after)) as events:
        async for event in events:
            if len(found) == most:
                is_end = query.event_count_limit is not None and before_n + most >= query.event_count_limit
                return Page(found, None if is_end else _token(found[-1], query, before_n + most))
            found.append(event)
    return Page(found, None)


async def any_of(call: Call, query: EventQuery, where: Sequence[Filter] = ()) -> bool:
    async with contextlib.aclosing(search(call, query, where)) as events:
        return await anext(events, None) is not None


async def search(
    call: Call, query: EventQuery, where: Sequence[Filter] = (), after: Sequence[Any] | None = None
) -> AsyncGenerator[Stored, None]:
    """Everything the query finds behind `after`, in its order. Reads on only as far as it is asked.

    An event that several sources have captured is told once; by recordTime it has as many places as captures.

    What isn't found among the first rows that the store can narrow it down to is a scan: one goes on at a time, and
    leaves half of the time to those who write. Who stops asking (the client is gone) ends it.
    """
    order, narrowed = _order(query), (*where, *narrowing(query))
    size, looked_n = min(_FIRST_CHUNK, query.per_page + 1), 0
    told: Stored | None = None
    async with contextlib.AsyncExitStack() as turn:
        while True:
            rows = await call.run(
                call.reader.rows,
                EPCIS_EVENT.name,
                where=narrowed,
                columns=_COLUMNS,
                order=order,
                limit=size,
                after=after,
            )
            for start in range(0, len(rows), _PIECE):
                started = time.monotonic()
                for event in await call.run(_matching, rows.slice(start, _PIECE), query):
                    if told is None or not event.is_same(told):
                        yield event
                    told = event
                if looked_n > _FREE:
                    await asyncio.sleep(time.monotonic() - started)
            if len(rows) < size:
                return
            [last] = rows.slice(len(rows) - 1).to_pylist()
            after = [last[name.removeprefix("-")] for name in order]
            is_first = looked_n <= _FREE
            looked_n, size = looked_n + len(rows), min(size * 4, _LARGEST_CHUNK)
            if is_first and looked_n > _FREE:
                await turn.enter_async_context(call.scan)


def _matching(rows: Rows, query: EventQuery) -> list[Stored]:
    found = []
    for row in rows.to_pylist():
        value = orjson.loads(row["event"])
        context = orjson.loads(row["context"]) if row["context"] else None
        # One that came without an id is asked for by the id that it got.
        asked = value if "eventID" in value else {**value, "eventID": row["event_id"]}
        if matches(asked, query, context=context, record_time=row["record_time"]):
            found.append(
                Stored(
                    row["event_id"],
                    row["content_hash"],
                    row["event_time"],
                    row["record_time"],
                    row["event"],
                    value,
                    row["context"],
                )
            )
    return found


def narrowing(query: EventQuery) -> list[Filter]:
    """What the store can leave out before an event is looked at; each of these follows from the query's tests."""
    filters: list[Filter] = []

    def one_of(column: str, values: Sequence[Any]) -> None:
        if values:
            filters.append(_is_one_of(column, values))

    one_of("event_type", sorted(query.event_types))
    one_of("biz_step", sorted(query.biz_steps))
    one_of("event_id", sorted(query.event_ids))
    one_of("disposition", sorted(query.dispositions))
    one_of("action", sorted(query.actions))
    if query.error_declared:
        filters.append(Filter(column="error_declared", operator="=", value=True))
    one_of("read_point_key", keys63(sorted(query.read_points)))
    one_of("biz_location_key", keys63(sorted(query.biz_locations)))
    for column, operator, moment in (
        ("event_time", ">=", query.ge_event_time),
        ("event_time", "<", query.lt_event_time),
        ("record_time", ">=", query.ge_record_time),
        ("record_time", "<", query.lt_record_time),
    ):
        if moment is not None:
            filters.append(Filter(column=column, operator=operator, value=moment))
    for uris in query.traced:
        named = Among(table=EPCIS_TRACE.name, column="event_key", where=(_is_one_of("key", keys63(sorted(uris))),))
        filters.append(Filter(column="event_key", operator="among", value=named))
    return filters


def _is_one_of(column: str, values: Sequence[Any]) -> Filter:
    if len(values) == 1:
        return Filter(column=column, operator="=", value=values[0])
    return Filter(column=column, operator="in", value=values)


# --- order and tokens -----------------------------------------------------------------------------------------


def _order(query: EventQuery) -> tuple[str, ...]:
    column = "record_time" if query.order_by == "recordTime" else "event_time"
    return (f"-{column}" if query.descending else column, "event_id", "content_hash", "source_id")


def _token(last: Stored, query: EventQuery, n: int) -> str:
    moment = last.record_time if query.order_by == "recordTime" else last.event_time
    return token_of([moment.isoformat(), last.event_id, last.content_hash, str(n)])


def _behind(query: EventQuery, n: int) -> tuple[Sequence[Any] | None, int]:
    """(values of the row that the page before ended with, events on the pages before)."""
    values = values_of(query.next_page_token, n)
    if values is None:
        return None, 0
    moment = instant_or_none(values[0])
    if moment is None or not values[3].isdecimal():
        raise BadRequest("nextPageToken is not one of ours; follow the Link as it is", parameter="nextPageToken")
    return [moment, values[1], values[2], _LAST_SOURCE], int(values[3][:12])


async def _mind_maximum(call: Call, query: EventQuery, where: Sequence[Filter]) -> None:
    most, n = query.max_event_count or 0, 0
    async with contextlib.aclosing(search(call, query, where)) as events:
        async for _ in events:
            n += 1
            if n > most:
                raise Fails(QUERY_TOO_LARGE, f"the query finds more than maxEventCount={most} events")


async def _page_by_field(call: Call, query: EventQuery, where: Sequence[Filter], per_page: int) -> Page:
    """Ordered by an extension field, those without it last. A token names the place of the last event shown, so that
    what comes in meanwhile moves nothing."""
    after, before_n = _place_behind(query.next_page_token)
    most = per_page if query.event_count_limit is None else min(per_page, query.event_count_limit - before_n)
    if most <= 0:
        return Page((), None)
    best: list[tuple[Place, Stored]] = []
    async with contextlib.aclosing(search(call, query, where)) as events:
        async for event in events:
            place = _place(event, query)
            if after is None or (place < after if query.descending else place > after):
                best.append((place, event))
            if len(best) > 4 * MOST_PER_PAGE:
                best = _first(best, most + 1, query)
    found = _first(best, most + 1, query)
    is_end = query.event_count_limit is not None and before_n + most >= query.event_count_limit
    token = None if is_end or len(found) <= most else _place_token(found[most - 1][0], before_n + most)
    return Page([event for _, event in found[:most]], token)


def _first(places: list[tuple[Place, Stored]], n: int, query: EventQuery) -> list[tuple[Place, Stored]]:
    return sorted(places, key=lambda one: one[0], reverse=query.descending)[:n]


def _place(event: Stored, query: EventQuery) -> Place:
    value = _field(event, query.order_by or "")
    rank = (0, 0.0, "") if value is None else _rank(value)
    # Those without the field come last in either direction.
    lacks = (value is None) * (-1 if query.descending else 1)
    return (lacks, *rank, event.event_id, event.content_hash)


def _place_token(place: Place, n: int) -> str:
    return token_of([str(each) for each in (*place, n)])


def _place_behind(token: str | None) -> tuple[Place | None, int]:
    """(the place that the page before ended with, events on the pages before). Raises BadRequest."""
    values = values_of(token, 7)
    if values is None:
        return None, 0
    lacks, kind, number, text, event_id, content_hash, n = values
    try:
        return (int(lacks), int(kind), float(number), text, event_id, content_hash), int(n[:12])
    except ValueError:
        raise BadRequest(
            "nextPageToken is not one of ours; follow the Link as it is", parameter="nextPageToken"
        ) from None


def _field(event: Stored, name: str) -> Any:
    """A field by its name as it stands in the event, or by its namespace and name."""
    if name in event.value:
        return event.value[name]
    namespace, _, local = name.rpartition("#")
    return next((v for k, v in event.value.items() if namespace and k.rpartition(":")[2] == local), None)


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers before times and texts; of a long text its beginning decides, since it stands in the token."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return 0, float(value), ""
    return 1, 0.0, (value if isinstance(value, str) else orjson.dumps(value).decode())[:_RANKED]
