"""The capture interface of EPCIS 2.0: documents with a job each, and single events."""

from typing import Any
from urllib.parse import quote

import orjson

from birlik.domains.transport.events import CAPTURE_JOB
from birlik.domains.transport.intake.epcis import MEDIA_TYPE, PROCEED, ROLLBACK, Capture
from birlik.domains.transport.intake.epcis_bodies import DOCUMENT_BODY, EVENT_BODY, XML_BODY
from birlik.domains.transport.wire.epcis_answer import Stored, bare_event
from birlik.domains.transport.wire.epcis_http import (
    EXISTS,
    JSON_TYPES,
    OF_THE_CALLER,
    ROOT,
    VALIDATION,
    VERSIONS,
    XML_TYPES,
    Fails,
    OtherContent,
    answering,
    content_type_of,
    fails_of,
    next_page,
    page_of,
    refusal,
    timestamp,
    token_of,
    values_of,
)
from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Answer, Call, Endpoint, Field, Filter, Role, Type
from birlik.kernel.intake import Delivery, Receipt

_BEHAVIOUR = "gs1-capture-error-behaviour"
_ORDER = ("-created_time", "capture_id")


async def _take(call: Call, content_type: str, **parameters: str) -> Receipt:
    return await call.take(
        Delivery(
            body=call.body,
            media_type=MEDIA_TYPE,
            source_id=call.source_id,
            received_time=call.received_time,
            parameters={"content_type": content_type, **parameters},
            labels=call.labels,
        )
    )


@answering
async def _capture(call: Call) -> Answer:
    """Take a document. The job is done when the answer leaves: 202 comes after the commit."""
    content_type = content_type_of(call.headers, (*JSON_TYPES, *XML_TYPES))
    behaviour = call.headers.get(_BEHAVIOUR, ROLLBACK)
    if behaviour not in (ROLLBACK, PROCEED):
        raise Fails(VALIDATION, f"GS1-Capture-Error-Behaviour is {ROLLBACK} or {PROCEED}, not {behaviour!r}")
    receipt = await _take(call, content_type, behaviour=behaviour, expects="document")
    if receipt.failed is not None:
        raise fails_of(receipt.failed, call.limits)
    job: Capture = receipt.result
    capture_id = await call.run(_earlier, call, job) if receipt.repeated else job.capture_id
    location = f"{call.base_url.rstrip('/')}{ROOT}/capture/{capture_id}"
    return Answer(status=202, headers={**VERSIONS, "GS1-Capture-Error-Behaviour": behaviour, "Location": location})


def _earlier(call: Call, job: Capture) -> str:
    """The job that took a message before, or fared no worse with it."""
    where = (Filter(column="message", operator="=", value=job.message),)
    order = ("-success", "-created_time")
    found = call.reader.rows(CAPTURE_JOB.name, where=where, columns=("capture_id",), order=order, limit=1)
    return str(found.column("capture_id")[0]) if len(found) else job.capture_id


@answering
async def _post_event(call: Call) -> Answer:
    """Take one event at once."""
    content_type = content_type_of(call.headers, JSON_TYPES)
    receipt = await _take(call, content_type, expects="event")
    if receipt.failed is not None:
        raise fails_of(receipt.failed, call.limits)
    result: Capture = receipt.result
    for fault in result.faults:
        raise Fails(EXISTS if isinstance(fault, OtherContent) else VALIDATION, str(fault), where=fault.where)
    event_id = result.event_ids[0]
    if receipt.repeated or receipt.accepted == 0:
        raise Fails(EXISTS, f"the event {event_id} is here already")
    location = f"{call.base_url.rstrip('/')}{ROOT}/events/{quote(event_id, safe='')}"
    event = Stored.of_bare(call.body, event_id, call.received_time)
    return Answer(status=201, body=bare_event(event), headers={**VERSIONS, "Location": location})


@answering
async def _jobs(call: Call) -> Answer:
    per_page, token = page_of(call)
    after = values_of(token, 2)
    rows = await call.run(
        lambda: call.reader.rows(CAPTURE_JOB.name, order=_ORDER, limit=per_page + 1, after=after).to_pylist()
    )
    shown = rows[:per_page]
    more = token_of([timestamp(shown[-1]["created_time"]), shown[-1]["capture_id"]]) if len(rows) > per_page else None
    return Answer(body=[_job(row) for row in shown], headers={**VERSIONS, **next_page(call, more)})


@answering
async def _job_of(call: Call) -> Answer:
    capture_id = call.path_parameters["capture_id"]
    if unknown := call.query.keys() - OF_THE_CALLER:
        raise BadRequest("a capture job takes no parameters", parameter=min(unknown))
    where = (Filter(column="capture_id", operator="=", value=capture_id),)
    rows = await call.run(lambda: call.reader.rows(CAPTURE_JOB.name, where=where, order=_ORDER, limit=1).to_pylist())
    if not rows:
        raise Unknown("no such capture job")
    return Answer(body=_job(rows[0]), headers=VERSIONS)


def _job(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "captureID": row["capture_id"],
        "createdAt": timestamp(row["created_time"]),
        "finishedAt": timestamp(row["finished_time"]),
        "running": row["running"],
        "success": row["success"],
        "captureErrorBehaviour": row["error_behaviour"],
        "errors": orjson.loads(row["errors"]),
    }


_PAGING = (
    Field(name="perPage", type=Type.INT, description="Jobs on a page, 30 where it isn't said, 1,000 at most."),
    Field(name="nextPageToken", type=Type.TEXT, description="Out of the Link of the page before."),
)
_REFUSED = {
    400: "The document is refused whole; it stands in quarantine with the exact place",
    406: "Another version, or a form of answer that we don't have",
    413: "More events or bytes than this node takes",
    415: "The body is of another media type",
}

ENDPOINTS = (
    Endpoint(
        methods=("POST",),
        path=f"{ROOT}/capture",
        handle=_capture,
        summary="Capture a document of events, with a job that tells what became of it",
        operation_id="epcisCapture",
        takes=MEDIA_TYPE,
        sends=True,
        tags=("EPCIS",),
        refusal=refusal,
        request_media_types=(*JSON_TYPES, *XML_TYPES),
        bodies={**dict.fromkeys(JSON_TYPES, DOCUMENT_BODY), **dict.fromkeys(XML_TYPES, XML_BODY)},
        responses={202: "Taken; Location names the capture job", **_REFUSED},
    ),
    Endpoint(
        methods=("GET",),
        path=f"{ROOT}/capture",
        handle=_jobs,
        summary="Capture jobs, the newest first",
        operation_id="epcisCaptureJobs",
        role=Role.SUPPLIER,
        tags=("EPCIS",),
        responses={200: "Capture jobs", 400: "A parameter that isn't taken", 406: _REFUSED[406]},
        parameters=_PAGING,
    ),
    Endpoint(
        methods=("GET",),
        path=f"{ROOT}/capture/{{capture_id}}",
        handle=_job_of,
        summary="What became of a captured document",
        operation_id="epcisCaptureJob",
        role=Role.SUPPLIER,
        tags=("EPCIS",),
        responses={
            200: "The capture job",
            400: "A parameter that isn't taken",
            404: "There is no such job",
            406: _REFUSED[406],
        },
    ),
    Endpoint(
        methods=("POST",),
        path=f"{ROOT}/events",
        handle=_post_event,
        summary="Capture one event",
        operation_id="epcisPostEvent",
        sends=True,
        tags=("EPCIS",),
        refusal=refusal,
        request_media_types=JSON_TYPES,
        bodies=dict.fromkeys(JSON_TYPES, EVENT_BODY),
        responses={201: "Taken; Location names the event", 409: "There is an event with this id already", **_REFUSED},
    ),
)
