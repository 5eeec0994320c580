"""Finding stored events: the store narrows, the query's own tests decide, and a page goes behind the one before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from birlik.domains.transport.events import EPCIS_EVENT
from birlik.domains.transport.wire.epcis_http import MOST_PER_PAGE, QUERY_TOO_LARGE, Fails, token_of, values_of
from birlik.domains.transport.wire.epcis_query import EventQuery, matches
from birlik.domains.transport.wire.epcis_time import instant_or_none
from birlik.errors import BadRequest
from birlik.kernel.domain import Filter, Reader

_COLUMNS = ("event_time", "record_time", "event_id", "content_hash", "event", "context")
_FIRST_CHUNK, _LARGEST_CHUNK = 64, 20_000
_MOST_SORTED = 100_000
"""Events that are sorted by an extension field; that order the store doesn't have."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stored event that a query finds."""

    event_id: str
    content_hash: str
    event_time: datetime
    record_time: datetime
    json: str
    """As it came."""
    value: Mapping[str, Any]
    context: str | None


@dataclass(frozen=True, slots=True)
class Page:
    found: Sequence[Found]
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
    found: list[Found] = []
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
) -> Iterator[Found]:
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
                yield Found(
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


def _token(last: Found, query: EventQuery, n: int) -> str:
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


def _page_by_field(reader: Reader, query: EventQuery, where: Sequence[Filter], per_page: int) -> Page:
    """Ordered by an extension field: all that is found is sorted, and a token counts what was shown."""
    before_n = _shown_before(query.next_page_token)
    found: list[Found] = []
    for event in search(reader, query, where):
        found.append(event)
        if len(found) > _MOST_SORTED:
            raise Fails(QUERY_TOO_LARGE, f"more than {_MOST_SORTED} events can't be ordered by {query.order_by}")
    having = [event for event in found if _field(event, query.order_by or "") is not None]
    rest = [event for event in found if _field(event, query.order_by or "") is None]
    having.sort(key=lambda event: _rank(_field(event, query.order_by or "")), reverse=query.descending)
    ordered = [*having, *rest][: query.event_count_limit]
    shown = ordered[before_n : before_n + per_page]
    more = before_n + per_page < len(ordered)
    return Page(shown, token_of([str(before_n + per_page)]) if more else None)


def _shown_before(token: str | None) -> int:
    values = values_of(token, 1)
    if values is None:
        return 0
    if not values[0].isdecimal():
        raise BadRequest("nextPageToken is not one of ours; follow the Link as it is", parameter="nextPageToken")
    return int(values[0][:12])


def _field(event: Found, name: str) -> Any:
    """A field by its name as it stands in the event, or by its namespace and name."""
    if name in event.value:
        return event.value[name]
    namespace, _, local = name.rpartition("#")
    return next((v for k, v in event.value.items() if namespace and k.rpartition(":")[2] == local), None)


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers before times and texts."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return 0, float(value), ""
    return 1, 0.0, value if isinstance(value, str) else orjson.dumps(value).decode()
