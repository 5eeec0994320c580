"""The simple event query of EPCIS 2.0: parameters to a query, and which events it finds.

Values may be written as bare words, CURIEs, URNs or Digital Links, on either side: they are compared in one form.
Source: EPCIS 2.0, section 8.2.7.1; the names of the parameters that depend on a field, type or unit are taken
apart in `epcis_query_parameters.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.epcis_digital_link import canonical_or_same
from birlik.domains.transport.wire.epcis_query_parameters import Seen, Test, as_time, as_words, test_of
from birlik.domains.transport.wire.epcis_tree import declared_prefixes
from birlik.errors import BadRequest

PER_PAGE = 30
"""The OpenAPI's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """What was asked. All but `tests` is there for the store to narrow the search with: it implies, never replaces."""

    tests: tuple[Test, ...] = ()
    event_types: frozenset[str] = frozenset()
    """Empty where any will do, as in all of these."""
    biz_steps: frozenset[str] = frozenset()
    """Bare words of the CBV, else URIs; `normal_biz_step` gives an event's own in the same form."""
    event_ids: frozenset[str] = frozenset()
    dispositions: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    error_declared: bool = False
    """Only events with an error declaration are found."""
    read_points: frozenset[str] = frozenset()
    """In canonical form, as `traced` and `biz_locations` are."""
    biz_locations: frozenset[str] = frozenset()
    traced: tuple[frozenset[str], ...] = ()
    """EPCs, classes, parents, transactions, parties: of each of these sets an event names one at least."""
    ge_event_time: datetime | None = None
    lt_event_time: datetime | None = None
    ge_record_time: datetime | None = None
    lt_record_time: datetime | None = None
    order_by: str | None = None
    """`eventTime`, `recordTime`, or an extension field."""
    descending: bool = True
    event_count_limit: int | None = None
    """Give no more than the first of so many."""
    max_event_count: int | None = None
    """Refuse where more are found."""
    per_page: int = PER_PAGE
    next_page_token: str | None = None


def normal_biz_step(step: str) -> str:
    return cbv.BIZ_STEPS.bare(step)


def parse_query(params: Mapping[str, list[str]], *, context: object = None) -> EventQuery:
    """Read the parameters of a query string: several values of one are separated by `|` or given again.

    context: an `@context` that declares the prefixes of extension fields in parameter names, if there is one.
    Raises BadRequest, which names the parameter and what it takes.
    """
    return _query({name: _split(values) for name, values in params.items()}, context)


def parse_query_body(query: Mapping[str, Any]) -> EventQuery:
    """Read the `query` object of a named query: the same parameters as JSON values, and an `@context`."""
    params = {name: [_text(v) for v in _listed(value)] for name, value in query.items() if name != "@context"}
    return _query(params, query.get("@context"))


def matches(
    event: Mapping[str, Any], query: EventQuery, *, context: object = None, record_time: datetime | None = None
) -> bool:
    """Whether the query finds the event.

    context: that of the event's document, for the namespaces of its extensions.
    record_time: aware; when the event was stored, since what came may not say so.
    """
    seen = Seen(event, declared_prefixes(context, event.get("@context")), record_time)
    return all(test(seen) for test in query.tests)


def _query(params: Mapping[str, list[str]], context: object) -> EventQuery:
    prefixes = declared_prefixes(context)
    query, tests = EventQuery(), []
    for name, values in params.items():
        if name == "eventType":
            _each_is_a_type(values)
        if name in _SETTINGS:
            query = replace(query, **_SETTINGS[name](name, values))
        else:
            tests.append(test_of(name, values, prefixes))
            if traced := _traced(name, values):
                query = replace(query, traced=(*query.traced, traced))
            if name in _NARROWING:
                query = replace(query, **_NARROWING[name](name, values))
    if query.event_count_limit is not None and query.max_event_count is not None:
        raise BadRequest("eventCountLimit and maxEventCount exclude each other", parameter="eventCountLimit")
    if query.event_count_limit is not None and query.order_by is None:
        raise BadRequest("eventCountLimit needs orderBy: which are the first?", parameter="eventCountLimit")
    return replace(query, tests=tuple(tests))


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in value.split("|")]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A JSON value as a query string would hold it; EXISTS_… may be null."""
    if isinstance(value, bool) or value is None:
        return "false" if value is False else "true"
    return str(value)


def _each_is_a_type(values: list[str]) -> None:
    for value in values:
        if value not in cbv.EVENT_TYPES and ":" not in value:
            takes = ", ".join(cbv.EVENT_TYPES)
            raise BadRequest(
                f"eventType takes {takes}, or the URI of a type of one's own, not {value!r}", parameter="eventType"
            )


def _one(name: str, values: list[str]) -> str:
    if len(values) != 1 or not values[0]:
        raise BadRequest(f"{name} takes one value", parameter=name)
    return values[0]


def _count(field: str) -> Callable[[str, list[str]], dict[str, Any]]:
    def read(name: str, values: list[str]) -> dict[str, Any]:
        text = _one(name, values)
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
            raise BadRequest(f"{name} takes a whole number from 1, not {text!r}", parameter=name)
        return {field: int(text)}

    return read


def _order_by(name: str, values: list[str]) -> dict[str, Any]:
    field = _one(name, values)
    if field not in ("eventTime", "recordTime") and ":" not in field and "#" not in field:
        raise BadRequest(f"orderBy takes eventTime, recordTime or an extension field, not {field!r}", parameter=name)
    return {"order_by": field}


def _direction(name: str, values: list[str]) -> dict[str, Any]:
    direction = _one(name, values)
    if direction not in ("ASC", "DESC"):
        raise BadRequest(f"orderDirection takes ASC or DESC, not {direction!r}", parameter=name)
    return {"descending": direction == "DESC"}


def _time(field: str) -> Callable[[str, list[str]], dict[str, Any]]:
    return lambda name, values: {field: as_time(name, values)}


_TRACING = frozenset(
    {
        *("MATCH_epc", "MATCH_parentID", "MATCH_inputEPC", "MATCH_outputEPC", "MATCH_anyEPC", "EQ_transformationID"),
        *("MATCH_epcClass", "MATCH_inputEPCClass", "MATCH_outputEPCClass", "MATCH_anyEPCClass"),
    }
)


def _traced(name: str, values: list[str]) -> frozenset[str]:
    """What a parameter asks for by name; nothing where one of its values is a pattern."""
    if name not in _TRACING and not name.startswith(("EQ_bizTransaction_", "EQ_source_", "EQ_destination_")):
        return frozenset()
    if any("*" in value or value.startswith("urn:epc:idpat:") for value in values):
        return frozenset()
    return _canonical(values)


def _canonical(values: list[str]) -> frozenset[str]:
    return frozenset(canonical_or_same(value) for value in values)


_SETTINGS: Mapping[str, Callable[[str, list[str]], dict[str, Any]]] = {
    "orderBy": _order_by,
    "orderDirection": _direction,
    "eventCountLimit": _count("event_count_limit"),
    "maxEventCount": _count("max_event_count"),
    "perPage": _count("per_page"),
    "nextPageToken": lambda name, values: {"next_page_token": _one(name, values)},
}
_OF_AN_ERROR = (
    "EQ_errorReason",
    "EQ_correctiveEventID",
    *(f"{how}_{name}" for how in ("GE", "LT") for name in ("errorDeclarationTime", "errorDeclaration_Time")),
)
"""What only an error declaration can answer."""
_NARROWING: Mapping[str, Callable[[str, list[str]], dict[str, Any]]] = {
    "eventType": lambda _, values: {"event_types": frozenset(values)},
    "EQ_bizStep": lambda _, values: {"biz_steps": as_words(cbv.BIZ_STEPS, values)},
    "EQ_eventID": lambda _, values: {"event_ids": frozenset(values)},
    "EQ_disposition": lambda _, values: {"dispositions": as_words(cbv.DISPOSITIONS, values)},
    "EQ_action": lambda _, values: {"actions": frozenset(values)},
    # Without a value it asks for those that have one; `false` asks for nothing.
    "EXISTS_errorDeclaration": lambda _, values: (
        {"error_declared": True} if not values or values[0].lower() in ("", "1", "true") else {}
    ),
    **dict.fromkeys(_OF_AN_ERROR, lambda _, values: {"error_declared": True}),
    "EQ_readPoint": lambda _, values: {"read_points": _canonical(values)},
    "EQ_bizLocation": lambda _, values: {"biz_locations": _canonical(values)},
    "GE_eventTime": _time("ge_event_time"),
    "LT_eventTime": _time("lt_event_time"),
    "GE_recordTime": _time("ge_record_time"),
    "LT_recordTime": _time("lt_record_time"),
}
