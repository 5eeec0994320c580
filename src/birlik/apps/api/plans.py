"""Plans and their jobs: what can be computed, one running of it, how far it is, what came of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson
from starlette.responses import Response, StreamingResponse

from birlik.apps.api.forms import answer, chosen
from birlik.apps.api.operations import API, Asked, json
from birlik.apps.api.records import body
from birlik.apps.api.sheet import Sheet
from birlik.clock import past, utc
from birlik.errors import BadRequest
from birlik.kernel.domain import Domain
from birlik.kernel.planning import asking
from birlik.kernel.planning.keeping import Job
from birlik.kernel.plans import Parameter, Plan

MOST_WAIT_S = 30.0
LOOK_S, HEARTBEAT_S = 0.25, 15.0
BODY = ("parameters", "as_of", "saved")


def mine(asked: Asked) -> list[tuple[Plan, Domain]]:
    """Those that who asks may run: what a role can't do isn't shown to it."""
    return [(p, d) for p, d in asked.node.plans.values() if asking.may(asked.node, asked.principal, p, d)]


async def plans(asked: Asked) -> Response:
    asked.query()
    return json({"data": [described(asked, plan, domain) for plan, domain in mine(asked)]})


def described(asked: Asked, plan: Plan, domain: Domain) -> dict[str, Any]:
    """A plan as a program reads it."""
    return {
        "name": plan.name,
        "domain": domain.name,
        "title": plan.title,
        "question": plan.question,
        "method": plan.method,
        "parameters": [_parameter(each) for each in plan.parameters],
        "reads": [read.table for read in plan.reads],
        "has_moments": asking.has_moments(asked.node, plan),
        "fields": [
            {"name": f.name, "type": f.type.value, "unit": f.unit, "description": f.description} for f in plan.told
        ],
        "key": plan.key,
        "jobs": f"{API}/plans/{plan.name}/jobs",
        "page": f"/{domain.name}/plan/{plan.name}",
    }


def _parameter(each: Parameter) -> dict[str, Any]:
    field = each.field
    said = {"name": each.name, "type": field.type.value, "unit": field.unit, "description": field.description}
    return {
        **said,
        "codes": field.codes,
        "usual": each.usual,
        "begins": each.begins,
        "least": each.least,
        "most": each.most,
    }


async def start(asked: Asked) -> Response:
    """Begin a job. `saved` computes what somebody has saved, of the rows that who asks sees."""
    asked.query()
    name = asked.path["name"]
    told = await _told(asked)

    def make() -> Job:
        given, as_of = dict(told.get("parameters") or {}), told.get("as_of")
        if (saved := told.get("saved")) is not None:
            row = asking.saved(asked.node, asked.principal, name, str(saved))
            given, as_of = {**orjson.loads(row["parameters"]), **given}, as_of or row["as_of"]
        moment = None if as_of is None else past(_moment(as_of), asked.node.clock.now())
        return asked.face.service.jobs.start(name, given, asked.principal, moment)

    job = await asyncio.to_thread(make)
    return json(said(asked, job), 202, {"location": f"{API}/jobs/{job.job_id}"})


async def _told(asked: Asked) -> Mapping[str, Any]:
    told = await body(asked)
    if not isinstance(told.get("parameters") or {}, dict):
        raise BadRequest('a job is {"parameters": {name: value}}', parameter="parameters")
    for key in told:
        if key not in BODY:
            raise BadRequest(f"no parameter {key!r}; there are: {', '.join(BODY)}", parameter=key)
    return told


def _moment(value: Any) -> Any:
    try:
        return utc(value)
    except (TypeError, ValueError):
        raise BadRequest(f"as_of: {value!r} is no ISO 8601 time", parameter="as_of") from None


def said(asked: Asked, job: Job) -> dict[str, Any]:
    """A job as a program reads it."""
    at = f"{API}/jobs/{job.job_id}"
    return {
        "job_id": job.job_id,
        "plan": job.plan,
        "parameters": job.values,
        "as_of": job.as_of,
        "state": job.state.value,
        "is_over": job.state.is_over,
        "share": round(asked.face.service.jobs.share(job), 4),
        "why": job.reason or None,
        "begun_time": job.begun_time,
        "over_time": job.over_time,
        "kept_until": job.ends_time,
        "watermark": job.watermark,
        "rows_n": job.rows_n,
        "rows": f"{at}/rows" if job.rows_n is not None else None,
        "page": f"/{asked.node.plans[job.plan][1].name}/plan/{job.plan}/{job.job_id}",
    }


async def jobs(asked: Asked) -> Response:
    asked.query()
    found = await asyncio.to_thread(asked.face.service.jobs.of, asked.principal)
    return json({"data": [said(asked, job) for job in found]})


async def job(asked: Asked) -> Response:
    """One of them; with `wait` when it is over, or after so many seconds."""
    given = asked.query("wait")
    try:
        wait_s = min(float(given.get("wait", 0)), MOST_WAIT_S)
    except ValueError:
        raise BadRequest("wait is a number of seconds", parameter="wait") from None
    found, waited_s = await _job(asked), 0.0
    while not found.state.is_over and waited_s < wait_s and not asked.face.closing.is_set():
        await asyncio.sleep(LOOK_S)
        waited_s += LOOK_S
        found = await _job(asked)
    return json(said(asked, found), headers={"cache-control": "no-store"})


async def _job(asked: Asked) -> Job:
    return await asyncio.to_thread(asked.face.service.jobs.job, asked.principal, asked.path["id"])


async def cancel(asked: Asked) -> Response:
    asked.query()
    return json(said(asked, await asyncio.to_thread(asked.face.service.jobs.cancel, asked.principal, asked.path["id"])))


async def rows(asked: Asked) -> Response:
    """The result, in every form that rows have."""
    given = asked.query("format")
    form = chosen(asked.request.headers.get("accept"), given.get("format"), has_places=False)

    def make() -> Response:
        jobs = asked.face.service.jobs
        found = jobs.job(asked.principal, asked.path["id"])
        made, plan = jobs.rows(asked.principal, found.job_id), asked.node.plans[found.plan][0]
        settings, values = asked.node.settings, orjson.dumps(found.values).decode()
        about = {"method": plan.method, "parameters": values, "node": settings.title, "member": settings.member}
        about |= {"licence": settings.licence} if settings.licence else {}
        about |= {"exercise": "what was sent to this node is invented"} if settings.exercise else {}
        sheet = Sheet(
            name=plan.name,
            title=plan.title,
            fields=plan.told,
            watermark=found.watermark or found.begun_time,
            head={"plan": plan.name, "title": plan.title, "parameters": found.values, "as_of": found.as_of},
            about=about,
        )
        return answer(sheet, made, form, asked.request.headers)

    with asked.face.heavy.held(asked.principal.name):
        return await asyncio.to_thread(make)


async def events(asked: Asked) -> Response:
    """How far a job is, as server-sent events, until it is over."""
    asked.query()
    first = await _job(asked)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(asked, first), 200, headers, "text/event-stream")


async def _events(asked: Asked, first: Job) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    told, quiet_s, found = b"", 0.0, first
    while True:
        if (event := _event(asked, found)) != told:
            told, quiet_s = event, 0.0
            yield event
        elif quiet_s >= HEARTBEAT_S:
            quiet_s = 0.0
            yield b": still here\n\n"
        if found.state.is_over or asked.face.closing.is_set() or not asked.still():
            return
        await asyncio.sleep(LOOK_S)
        quiet_s += LOOK_S
        found = await _job(asked)


def _event(asked: Asked, job: Job) -> bytes:
    share = asked.face.service.jobs.share(job)
    data = orjson.dumps({"state": job.state.value, "is_over": job.state.is_over, "share": round(share, 3)})
    return b"event: job\ndata: " + data + b"\n\n"
