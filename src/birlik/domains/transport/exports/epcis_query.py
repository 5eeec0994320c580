"""Finding stored events: the store narrows, the query's own tests decide, and a page goes behind the one before."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from birlik.domains.transport.events import EPCIS_EVENT
from birlik.domains.transport.wire.epcis_answer import Stored
from birlik.domains.transport.wire.epcis_http import MOST_PER_PAGE, QUERY_TOO_LARGE, Fails, token_of, values_of
from birlik.domains.transport.wire.epcis_query import EventQuery, matches
from birlik.domains.transport.wire.epcis_time import instant_or_none
from birlik.errors import BadRequest
from birlik.kernel.domain import Filter, Reader

_COLUMNS = ("event_time", "record_time", "event_id", "content_hash", "event", "context")
_FIRST_CHUNK, _LARGEST_CHUNK = 64, 20_000
_RANKED = 100


@dataclass(frozen=True, slots=True)
class Page:
    found: Sequence[Stored]
    token: str | None
    """Of the next page; None where this is the last."""


def page(reader: Reader, query: EventQuery, where: Sequence[Filter] = ()) -> Page:
    """One page of what the query finds, the newest first where it says no order.

    where: what all rows must fulfil besides. Raises BadRequest; Fails (413) over maxEventCount.
    """
    per_page = min(query.per_page, MOST_PER_PAGE)
    if query.max_event_count is not None:
        _mind_maximum(reader, query, where)
    if query.order_by not in (None, "eventTime", "recordTime"):
        return _page_by_field(reader, query, where, per_page)
    after, before_n = _behind(query, 4)
    most = per_page if query.event_count_limit is None else min(per_page, query.event_count_limit - before_n)
    if most <= 0:
        return Page((), None)
    found: list[Stored] = []
    for event in search(reader, query, where, after):
        if len(found) == most:
            is_end = query.event_count_limit is not None and before_n + most >= query.event_count_limit
            return Page(found, None if is_end else _token(found[-1], query, before_n + most))
        found.append(event)
    return Page(found, None)


def any_of(reader: Reader, query: EventQuery, where: Sequence[Filter] = ()) -> bool:
    return next(search(reader, query, where), None) is not None


def search(
    reader: Reader, query: EventQuery, where: Sequence[Filter] = (), after: Sequence[Any] | None = None
) -> Iterator[Stored]:
    """Everything the query finds behind `after`, in its order. Reads on only as far as it is asked."""
    order = _order(query)
    narrowed = (*where, *narrowing(query))
    size = _FIRST_CHUNK
    while True:
        rows = reader.rows(
            EPCIS_EVENT.name, where=narrowed, columns=_COLUMNS, order=order, limit=size, after=after
        ).to_pylist()
        for row in rows:
            value = orjson.loads(row["event"])
            context = orjson.loads(row["context"]) if row["context"] else None
            # One that came without an id is asked for by the id that it got.
            asked = value if "eventID" in value else {**value, "eventID": row["event_id"]}
            if matches(asked, query, context=context, record_time=row["record_time"]):
                yield Stored(
                    row["event_id"],
                    row["content_hash"],
                    row["event_time"],
                    row["record_time"],
                    row["event"],
                    value,
                    row["context"],
                )
        if len(rows) < size:
            return
        after = [rows[-1][name.removeprefix("-")] for name in order]
        size = min(size * 4, _LARGEST_CHUNK)


def narrowing(query: EventQuery) -> list[Filter]:
    """What the store can leave out before an event is looked at; each of these follows from the query's tests."""
    filters: list[Filter] = []

    def one_of(column: str, values: frozenset[str]) -> None:
        if values:
            filters.append(Filter(column=column, operator="in", value=sorted(values)))

    one_of("event_type", query.event_types)
    one_of("biz_step", query.biz_steps)
    one_of("event_id", query.event_ids)
    for column, operator, moment in (
        ("event_time", ">=", query.ge_event_time),
        ("event_time", "<", query.lt_event_time),
        ("record_time", ">=", query.ge_record_time),
        ("record_time", "<", query.lt_record_time),
    ):
        if moment is not None:
            filters.append(Filter(column=column, operator=operator, value=moment))
    if len(query.epcs) == 1:
        # Signs that LIKE reads as wild only widen the search.
        filters.append(Filter(column="epcs", operator="like", value=f"% {next(iter(query.epcs))} %"))
    return filters


# --- order and tokens -----------------------------------------------------------------------------------------


def _order(query: EventQuery) -> tuple[str, ...]:
    column = "record_time" if query.order_by == "recordTime" else "event_time"
    return (f"-{column}" if query.descending else column, "event_id", "content_hash")


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
    return [moment, values[1], values[2]], int(values[3][:12])


def _mind_maximum(reader: Reader, query: EventQuery, where: Sequence[Filter]) -> None:
    most = query.max_event_count or 0
    for n, _ in enumerate(search(reader, query, where), 1):
        if n > most:
            raise Fails(QUERY_TOO_LARGE, f"the query finds more than maxEventCount={most} events")


Place = tuple[int, int, float, str, str, str]
"""Of an event in the order by an extension field: has it the field; its value as `_rank` says; its id and content."""


def _page_by_field(reader: Reader, query: EventQuery, where: Sequence[Filter], per_page: int) -> Page:
    """Ordered by an extension field, those without it last. A token names the place of the last event shown, so that
    what comes in meanwhile moves nothing."""
    after, before_n = _place_behind(query.next_page_token)
    most = per_page if query.event_count_limit is None else min(per_page, query.event_count_limit - before_n)
    if most <= 0:
        return Page((), None)
    name, direction = query.order_by or "", -1 if query.descending else 1

    def places() -> Iterator[tuple[Place, Stored]]:
        for event in search(reader, query, where):
            value = _field(event, name)
            rank = (0, 0.0, "") if value is None else _rank(value)
            # Those without the field come last in either direction.
            place = (direction * (value is None), *rank, event.event_id, event.content_hash)
            if after is None or (place < after if query.descending else place > after):
                yield place, event

    first = heapq.nlargest if query.descending else heapq.nsmallest
    found = first(most + 1, places(), key=lambda one: one[0])
    is_end = query.event_count_limit is not None and before_n + most >= query.event_count_limit
    token = None if is_end or len(found) <= most else _place_token(found[most - 1][0], before_n + most)
    return Page([event for _, event in found[:most]], token)


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
