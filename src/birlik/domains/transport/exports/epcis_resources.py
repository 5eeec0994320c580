"""The top-level resources of EPCIS 2.0: what types, things, steps and places the visible events name."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.events import EPCIS_EVENT
from birlik.domains.transport.exports.epcis_events import PARAMETERS, RESPONSES, answer, below
from birlik.domains.transport.exports.epcis_query import any_of
from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.epcis_http import (
    ROOT,
    VERSIONS,
    Handle,
    answering,
    next_page,
    page_of,
    token_of,
    values_of,
)
from birlik.domains.transport.wire.epcis_query import EventQuery, parse_query
from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Answer, Call, Endpoint, Field, Filter, Reader, Type


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    """As in the address."""
    word: str
    """Of the path parameter."""
    parameter: str
    """Of the event query that finds its events."""
    column: str
    title: str
    always: Sequence[str] = ()
    """Those that are there without an event."""


RESOURCES = (
    Resource("eventTypes", "event_type", "eventType", "event_type", "Types of event", cbv.EVENT_TYPES),
    Resource("epcs", "epc", "MATCH_anyEPC", "epcs", "Electronic product codes"),
    Resource("bizSteps", "biz_step", "EQ_bizStep", "biz_step", "Business steps"),
    Resource("bizLocations", "biz_location", "EQ_bizLocation", "biz_location", "Business locations"),
    Resource("readPoints", "read_point", "EQ_readPoint", "read_point", "Read points"),
    Resource("dispositions", "disposition", "EQ_disposition", "disposition", "Dispositions"),
)


def collection(members: Sequence[str]) -> dict[str, Any]:
    return {"@context": [cbv.CONTEXT_URI], "type": "Collection", "member": list(members)}


# --- what there is --------------------------------------------------------------------------------------------


def members_of(reader: Reader, resource: Resource, behind: str | None, limit: int) -> list[str]:
    """The first `limit` of a resource behind a given one, in the order of their code points."""
    if resource.column == "epcs":
        return _epcs_behind(reader, behind, limit)
    rows = reader.rows(
        EPCIS_EVENT.name,
        where=(Filter(column=resource.column, operator="!=", value=None),),
        columns=(resource.column,),
        order=(resource.column,),
        distinct=True,
        limit=limit,
        after=None if behind is None else (behind,),
    )
    found = set(rows.column(resource.column).to_pylist())
    always = {word for word in resource.always if behind is None or word > behind}
    return sorted(found | always)[:limit]


def _epcs_behind(reader: Reader, behind: str | None, limit: int) -> list[str]:
    """Out of lists of EPCs: each distinct list is taken apart."""
    rows = reader.rows(
        EPCIS_EVENT.name,
        where=(Filter(column="epcs", operator="!=", value=None),),
        columns=("epcs",),
        distinct=True,
    )
    lists = pc.split_pattern(pc.utf8_trim(rows.column("epcs"), " "), " ")
    found = pc.unique(pc.list_flatten(lists))
    if behind is not None:
        found = found.filter(pc.greater(found, behind))
    if len(found) > limit:
        found = found.take(pc.select_k_unstable(pa.table({"epc": found}), limit, [("epc", "ascending")]))
    return sorted(found.to_pylist())


def _path_query(call: Call, resource: Resource) -> EventQuery:
    """The query for the events of what the path names. Raises Unknown where it can't name anything."""
    value = call.path_parameters[resource.word]
    if "|" in value:
        raise Unknown(f"none of {resource.name}")
    try:
        return parse_query({resource.parameter: [value]})
    except BadRequest:
        raise Unknown(f"none of {resource.name}") from None


async def _must_be_there(call: Call, resource: Resource, query: EventQuery) -> None:
    value = call.path_parameters[resource.word]
    if value not in resource.always and not await any_of(call, query):
        raise Unknown(f"none of {resource.name} is {value}")


# --- operations -----------------------------------------------------------------------------------------------


def _listing(resource: Resource) -> Handle:
    async def handle(call: Call) -> Answer:
        per_page, token = page_of(call)
        behind = values_of(token, 1)
        # A list of EPCs is taken apart out of all events.
        async with call.scan if resource.column == "epcs" else contextlib.nullcontext():
            found = await call.run(members_of, call.reader, resource, behind[0] if behind else None, per_page + 1)
        more = token_of([found[per_page - 1]]) if len(found) > per_page else None
        return Answer(body=collection(found[:per_page]), headers={**VERSIONS, **next_page(call, more)})

    return answering(handle)


def _one(resource: Resource) -> Handle:
    async def handle(call: Call) -> Answer:
        await _must_be_there(call, resource, _path_query(call, resource))
        return Answer(body=collection(["events"]), headers=VERSIONS)

    return answering(handle)


def _events_of(resource: Resource) -> Handle:
    async def handle(call: Call) -> Answer:
        path_says = _path_query(call, resource)
        found = await below(call, path_says)
        if not found.found:
            await _must_be_there(call, resource, path_says)
        return await answer(call, found)

    return answering(handle)


_PAGING = (
    Field(name="perPage", type=Type.INT, description="Members on a page, 30 where it isn't said, 1,000 at most."),
    Field(name="nextPageToken", type=Type.TEXT, description="Out of the Link of the page before."),
)
_LISTED: Mapping[int, str] = {200: "A collection", 400: RESPONSES[400], 406: RESPONSES[406]}


def _endpoints_of(resource: Resource) -> tuple[Endpoint, ...]:
    """`…/events` stands before the resource itself, whose name may hold slashes."""
    base, one = f"{ROOT}/{resource.name}", f"{ROOT}/{resource.name}/{{{resource.word}:path}}"
    title, known = resource.title.lower(), {404: f"None of the {resource.title.lower()} is called so"}
    operation = f"epcis{resource.name[0].upper()}{resource.name[1:]}"
    return (
        Endpoint(
            methods=("GET",),
            path=base,
            handle=_listing(resource),
            gives_up=True,
            summary=f"{resource.title} that events name",
            operation_id=operation,
            tags=("EPCIS",),
            responses=_LISTED,
            parameters=_PAGING,
        ),
        Endpoint(
            methods=("GET",),
            path=f"{one}/events",
            handle=_events_of(resource),
            gives_up=True,
            summary=f"Events of one of the {title}",
            operation_id=f"{operation}Events",
            tags=("EPCIS",),
            responses={**RESPONSES, **known},
            parameters=PARAMETERS,
        ),
        Endpoint(
            methods=("GET",),
            path=one,
            handle=_one(resource),
            summary=f"What there is below one of the {title}",
            operation_id=f"{operation}One",
            tags=("EPCIS",),
            responses={**_LISTED, **known},
        ),
    )


ENDPOINTS = tuple(endpoint for resource in RESOURCES for endpoint in _endpoints_of(resource))
