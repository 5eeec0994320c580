"""Events by the query interface of EPCIS 2.0: by query, by id, and below the resources that they name."""

from collections.abc import Mapping
from dataclasses import replace

from birlik.domains.transport.exports.epcis_query import Page, narrowing, page
from birlik.domains.transport.wire.epcis_answer import query_document
from birlik.domains.transport.wire.epcis_http import (
    FORMATS,
    MOST_PER_PAGE,
    NOT_ACCEPTABLE,
    OF_THE_CALLER,
    QUERY_TOO_LARGE,
    ROOT,
    URI_TOO_LONG,
    VERSIONS,
    answering,
    next_page,
)
from birlik.domains.transport.wire.epcis_query import EventQuery, parse_query
from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Answer, Call, Endpoint, Field, Filter, Type


def query_of(call: Call) -> EventQuery:
    return parse_query({name: values for name, values in call.query.items() if name not in OF_THE_CALLER})


async def answer(call: Call, found: Page) -> Answer:
    """A page of events as an EPCISQueryDocument."""
    body = await call.run(query_document, found.found, call.received_time)
    return Answer(body=body, headers={**VERSIONS, **FORMATS, **next_page(call, found.token)})


async def below(call: Call, path_says: EventQuery) -> Page:
    """What the call's own query finds among the events that the path names."""
    query = query_of(call)
    both = replace(query, tests=(*query.tests, *path_says.tests))
    return await page(call, both, narrowing(path_says))


@answering
async def _events(call: Call) -> Answer:
    return await answer(call, await page(call, query_of(call)))


@answering
async def _event(call: Call) -> Answer:
    """An event with its error declarations; and with other content under the same id, should there be any."""
    event_id = call.path_parameters["event_id"]
    if event_id.startswith("ni:") and call.query_string.startswith("ver="):
        event_id = f"{event_id}?{call.query_string}"  # sent without percent-encoding its question mark
    elif unknown := call.query.keys() - OF_THE_CALLER:
        raise BadRequest("an event takes no parameters", parameter=min(unknown))
    where = (Filter(column="event_id", operator="=", value=event_id),)
    found = await page(call, EventQuery(per_page=MOST_PER_PAGE), where)
    if not found.found:
        raise Unknown("no such event")
    return await answer(call, found)


# --- words ----------------------------------------------------------------------------------------------------

_SAID: Mapping[str, tuple[Type, str]] = {
    "perPage": (Type.INT, "Events on a page, 30 where it isn't said, 1,000 at most."),
    "nextPageToken": (Type.TEXT, "Out of the Link of the page before."),
    "orderBy": (Type.TEXT, "eventTime, recordTime, or an extension field; eventTime where it isn't said."),
    "orderDirection": (Type.TEXT, "ASC or DESC; DESC where it isn't said."),
    "eventCountLimit": (Type.INT, "No more than the first of so many."),
    "maxEventCount": (Type.INT, "Refuse where more are found."),
    "eventType": (Type.TEXT, "Types of event, with | between."),
}
_NAMES = """
    GE_eventTime LT_eventTime GE_recordTime LT_recordTime EQ_action EQ_bizStep EQ_disposition
    EQ_persistentDisposition_set EQ_persistentDisposition_unset EQ_readPoint EQ_bizLocation
    EQ_transformationID MATCH_epc MATCH_parentID MATCH_inputEPC MATCH_outputEPC MATCH_anyEPC
    MATCH_epcClass MATCH_inputEPCClass MATCH_outputEPCClass MATCH_anyEPCClass EQ_quantity GT_quantity GE_quantity
    LT_quantity LE_quantity EQ_eventID EXISTS_errorDeclaration GE_errorDeclarationTime LT_errorDeclarationTime
    EQ_errorReason EQ_correctiveEventID GE_startTime LT_startTime GE_endTime LT_endTime EQ_type EQ_deviceID
    EQ_dataProcessingMethod EQ_microorganism EQ_chemicalSubstance EQ_bizRules EQ_stringValue EQ_hexBinaryValue
    EQ_uriValue EQ_booleanValue
"""
PARAMETERS = (
    *(Field(name=name, type=kind, description=text) for name, (kind, text) in _SAID.items()),
    *(Field(name=name, type=Type.TEXT, description="EPCIS 2.0, section 8.2.7.1.") for name in _NAMES.split()),
)
"""Those with fixed names; EPCIS has others, whose names hold a field, a type or a unit."""

RESPONSES: Mapping[int, str] = {
    200: "An EPCISQueryDocument; Link names the next page, if there is one",
    400: "A parameter that isn't taken",
    406: NOT_ACCEPTABLE.title,
    413: QUERY_TOO_LARGE.title,
    414: URI_TOO_LONG.title,
}

ENDPOINTS = (
    Endpoint(
        methods=("GET",),
        path=f"{ROOT}/events",
        handle=_events,
        summary="Events by the simple event query",
        operation_id="epcisEvents",
        gives_up=True,
        tags=("EPCIS",),
        responses=RESPONSES,
        parameters=PARAMETERS,
    ),
    Endpoint(
        methods=("GET",),
        path=f"{ROOT}/events/{{event_id:path}}",
        handle=_event,
        summary="One event with its error declarations",
        operation_id="epcisEvent",
        tags=("EPCIS",),
        responses={200: "The event", 400: RESPONSES[400], 404: "There is no such event", 406: RESPONSES[406]},
    ),
)
