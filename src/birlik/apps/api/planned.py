"""The operations of plans and jobs, one row each; and each plan's own in the OpenAPI, with its parameters."""

from collections.abc import Mapping
from typing import Any

from birlik.apps.api import plans
from birlik.apps.api.forms import FORMS
from birlik.apps.api.operations import API, Operation
from birlik.kernel.members import Need
from birlik.kernel.plans import Parameter, Plan
from birlik.kernel.tables import Type

PLAN = {"name": "name", "in": "path", "required": True, "description": "A plan.", "schema": {"type": "string"}}
JOB = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The job's `job_id`.",
    "schema": {"type": "string"},
}
WAIT = {
    "name": "wait",
    "in": "query",
    "description": "Answer when it is over, or after so many seconds.",
    "schema": {"type": "number", "minimum": 0, "maximum": plans.MOST_WAIT_S},
}
FORMAT = {
    "name": "format",
    "in": "query",
    "description": "In the place of Accept.",
    "schema": {"type": "string", "enum": [f.name for f in FORMS if not f.places_only]},
}
START = f"{API}/plans/{{name}}/jobs"
BEGUN: Mapping[int, str] = {
    202: "It waits for its turn.",
    409: "Another job of the asker goes on.",
    429: "Many wait already.",
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path=f"{API}/plans",
        handle=plans.plans,
        tag="plans",
        operation_id="plans",
        role=Need.SIGNED_IN,
        summary="Plans that the asker may run, with their parameters",
    ),
    Operation(
        method="POST",
        path=START,
        handle=plans.start,
        tag="plans",
        operation_id="plan_start",
        role=Need.SIGNED_IN,
        summary="Run a plan: a job begins, of the rows that the asker sees",
        parameters=(PLAN,),
        in_schema=False,  # listed once a plan, each with its own parameters
    ),
    Operation(
        method="GET",
        path=f"{API}/jobs",
        handle=plans.jobs,
        tag="plans",
        operation_id="jobs",
        role=Need.SIGNED_IN,
        summary="The asker's jobs, the newest first",
    ),
    Operation(
        method="GET",
        path=f"{API}/jobs/{{id}}",
        handle=plans.job,
        tag="plans",
        operation_id="job",
        role=Need.SIGNED_IN,
        summary="One of them: its state, what share of it is done, where its rows are",
        parameters=(JOB, WAIT),
    ),
    Operation(
        method="GET",
        path=f"{API}/jobs/{{id}}/rows",
        handle=plans.rows,
        tag="plans",
        operation_id="job_rows",
        role=Need.SIGNED_IN,
        summary="Its result, with what is today beside it",
        parameters=(JOB, FORMAT),
        answers={f.media_type: {} for f in FORMS if not f.places_only},
        responses={409: "It has no result, or none any more."},
    ),
    Operation(
        method="GET",
        path=f"{API}/jobs/{{id}}/events",
        handle=plans.events,
        tag="plans",
        operation_id="job_events",
        role=Need.SIGNED_IN,
        summary="Server-sent events: how far it is, until it is over",
        parameters=(JOB,),
        answers={"text/event-stream": {"type": "string"}},
    ),
    Operation(
        method="POST",
        path=f"{API}/jobs/{{id}}/cancel",
        handle=plans.cancel,
        tag="plans",
        operation_id="job_cancel",
        role=Need.SIGNED_IN,
        summary="End it; what is over stays as it is",
        parameters=(JOB,),
    ),
)

_TYPES: Mapping[Type, dict[str, Any]] = {
    Type.TEXT: {"type": "string"},
    Type.INT: {"type": "integer", "format": "int64"},
    Type.FLOAT: {"type": "number"},
    Type.BOOL: {"type": "boolean"},
}


def documented(plan: Plan, general: Mapping[str, Any]) -> dict[str, Any]:
    """The operation by which one plan is run. general: what holds for all."""
    given = {"type": "object", "properties": {p.name: _schema(p) for p in plan.parameters}}
    schema = {
        "type": "object",
        "properties": {
            "parameters": {**given, "additionalProperties": False},
            "as_of": {"type": ["string", "null"], "format": "date-time"},
            "saved": {"type": ["string", "null"], "description": "A saved plan: its parameters, where none is given."},
        },
        "additionalProperties": False,
    }  # fmt: skip
    responses = {str(status): {"description": words} for status, words in BEGUN.items()}
    return {
        "operationId": f"run_{plan.name}",
        "summary": plan.title,
        "description": f"{plan.question}\n\n{plan.method}",
        "tags": ["plans"],
        "parameters": [],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {**responses, **general},
    }


def _schema(each: Parameter) -> dict[str, Any]:
    field = each.field
    said: dict[str, Any] = {**_TYPES[field.type], "description": field.description, "default": each.usual}
    bounds = {"minimum": each.least, "maximum": each.most}
    return {
        **said,
        **({"enum": [*field.codes]} if field.codes else {}),
        **{name: bound for name, bound in bounds.items() if bound is not None},
    }
