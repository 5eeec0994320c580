"""A plan's page: its form; and a job's: how far it is, and what came of it beside what is today.

Both work without scripts: a page of a job that goes on loads itself again.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import planned, render
from birlik.apps.web.ask import EMPTY, moved_as, page_path, with_query
from birlik.apps.web.given import given
from birlik.apps.web.letting import NO_STORE
from birlik.apps.web.planned import Typed
from birlik.apps.web.rows import Web
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.clock import isoformat, past
from birlik.errors import BadRequest, BirlikError, Conflict, Outdated, StoreUnavailable, TooMany, Unknown
from birlik.kernel import acting, saying
from birlik.kernel.domain import Domain, Plan
from birlik.kernel.planning import asking
from birlik.kernel.planning.keeping import Job
from birlik.kernel.saved import SAVE

MOST_BYTES = 64 * 1024
SAVED_AS, OF = "saved", "from"
"""Parameters of a plan's address: a saved one, and a job of the reader's own whose parameters are to be moved."""
NO_PAGE = "no page at this address"


def routes(web: Web, domain: Domain) -> list[Route | Mount]:
    """Of a domain that has plans: a page for each, and for each job of it."""
    if not domain.plans:
        return []
    base = f"/{domain.name}/plan/{{plan}}"
    return [
        Route(base, _plan(web, domain), methods=["GET", "POST"], include_in_schema=False),
        Route(f"{base}/save", _kept(web, domain), methods=["POST"], include_in_schema=False),
        Route(f"{base}/{{job}}", _job(web, domain), methods=["GET"], include_in_schema=False),
        Route(f"{base}/{{job}}/cancel", _sent(web, domain, _cancelled), methods=["POST"], include_in_schema=False),
        Route(f"{base}/{{job}}/save", _sent(web, domain, _saved), methods=["POST"], include_in_schema=False),
    ]


def _of(sight: Sight, domain: Domain, name: str) -> Plan:
    """Raises Unknown; Refused, Unnamed where it is for others."""
    plan = next((p for p in domain.plans if p.name == name), None)
    if plan is None:
        raise Unknown(NO_PAGE)
    asking.must_run(sight.node, sight.principal, plan, domain)
    return plan


def _plan(web: Web, domain: Domain) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        told: Mapping[str, str | bytes] | None = None
        if request.method == "POST":
            try:
                told = await given(request, MOST_BYTES)
            except (BirlikError, HTTPException) as error:
                return web.failed(request, error)

        def work(request: Request, sight: Sight) -> Response:
            plan = _of(sight, domain, request.path_params["plan"])
            if told is None:
                return _form(web, request, sight, domain, plan, _begun(web, request, sight, plan))
            outcome = _started(web, sight, plan, told)
            if isinstance(outcome, Typed):
                return _form(web, request, sight, domain, plan, outcome, status=422)
            return RedirectResponse(planned.address(domain, plan, outcome), 303, headers=NO_STORE)

        return await asyncio.to_thread(web.answered, request, domain, EMPTY, work)

    return endpoint


def _begun(web: Web, request: Request, sight: Sight, plan: Plan) -> Typed:
    """What stands in the form at first: as it is today, as somebody has saved it, or as a job had it."""
    query = request.query_params
    if saved_id := query.get(SAVED_AS):
        row = asking.saved(sight.node, sight.principal, plan.name, saved_id)
        return planned.typed_of(sight, plan, orjson.loads(row["parameters"]), row["as_of"], saved=row)
    if job_id := query.get(OF):
        job = web.service.jobs.job(sight.principal, job_id)
        return planned.typed_of(sight, plan, job.values if job.plan == plan.name else {}, job.as_of)
    return planned.typed_of(sight, plan, planned.given_of(plan, query), None)


def _started(web: Web, sight: Sight, plan: Plan, told: Mapping[str, str | bytes]) -> Job | Typed:
    """The job that begins, or the form with what was wrong in it."""
    typed, values = planned.read_of(sight, plan, told)
    if typed.faults:
        return typed
    try:
        as_of = None if typed.as_of is None else past(typed.as_of, sight.now)
        return web.service.jobs.start(plan.name, values, sight.principal, as_of)
    except (BadRequest, Conflict, TooMany, StoreUnavailable) as error:
        name = error.parameter if isinstance(error, BadRequest) and error.parameter in plan.by_name else ""
        said = saying.reason_in(sight.node, sight.words.language, error.args[0])
        return planned.with_fault(typed, name or "", said.removeprefix(f"{name}: "))


def _form(
    web: Web, request: Request, sight: Sight, domain: Domain, plan: Plan, typed: Typed, *, status: int = 200
) -> Response:
    jobs = [] if sight.seen_as else web.service.jobs.of(sight.principal, plan.name)
    told = {
        "plan": plan,
        "inputs": planned.inputs(sight, plan, typed),
        "typed": typed,
        "going_on": [planned.line(sight, domain, plan, job) for job in jobs if not job.state.is_over],
        "jobs": [planned.line(sight, domain, plan, job) for job in jobs if job.state.is_over],
        "saved": planned.saved_lines(sight, domain, plan),
        "address": f"/{domain.name}/plan/{plan.name}",
        "method": sight.words.t(plan.method),
    }
    return HTMLResponse(_page(request, sight, "plan.html", domain, told), status, headers=NO_STORE)


def _job(web: Web, domain: Domain) -> Callable[[Request], Any]:
    def work(request: Request, sight: Sight) -> Response:
        plan = _of(sight, domain, request.path_params["plan"])
        return _shown(web, request, sight, domain, plan, _own(web, request, sight, plan))

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(web.answered, request, domain, EMPTY, work)

    return endpoint


def _own(web: Web, request: Request, sight: Sight, plan: Plan) -> Job:
    job = web.service.jobs.job(sight.principal, request.path_params["job"])
    if job.plan != plan.name or sight.seen_as:
        raise Unknown(NO_PAGE)
    return job


def _shown(web: Web, request: Request, sight: Sight, domain: Domain, plan: Plan, job: Job, fault: str = "") -> Response:
    rows = web.service.jobs.kept_rows(job)
    line, moved = planned.line(sight, domain, plan, job), planned.moved(sight, plan, job)
    told = {
        "plan": plan,
        "job": job,
        "line": line,
        "share": round(100 * web.service.jobs.share(job)),
        "why": planned.why(sight, job),
        "grid": planned.grid(sight, plan, rows, is_moved=bool(moved)) if rows is not None else None,
        "more": max(0, (job.rows_n or 0) - planned.SHOWN),
        "moved": moved,
        "files": planned.files(job),
        "events": f"/api/v1/jobs/{job.job_id}/events",
        "address": line.address,
        "again": f"/{domain.name}/plan/{plan.name}?{OF}={job.job_id}",
        "method": sight.words.t(plan.method),
        "watermark": sight.stamp(job.watermark) if job.watermark is not None else "",
        "views": sight.node.views.names[1:] if sight.principal.is_operator else (),
        "may_save": acting.may(sight.principal, SAVE),
        "fault": fault,
        "is_lost": job.rows_n is not None and rows is None,
    }
    status = 422 if fault else 200
    return HTMLResponse(_page(request, sight, "job.html", domain, told), status, headers=NO_STORE)


Send = Callable[[Web, Request, Sight, Domain, Plan, Job, Mapping[str, str | bytes]], Response]


def _sent(web: Web, domain: Domain, send: Send) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            told = await given(request, MOST_BYTES)
        except (BirlikError, HTTPException) as error:
            return web.failed(request, error)

        def work(request: Request, sight: Sight) -> Response:
            plan = _of(sight, domain, request.path_params["plan"])
            return send(web, request, sight, domain, plan, _own(web, request, sight, plan), told)

        return await asyncio.to_thread(web.answered, request, domain, EMPTY, work)

    return endpoint


def _cancelled(
    web: Web, request: Request, sight: Sight, domain: Domain, plan: Plan, job: Job, told: Mapping[str, str | bytes]
) -> Response:
    web.service.jobs.cancel(sight.principal, job.job_id)
    return RedirectResponse(planned.address(domain, plan, job), 303, headers=NO_STORE)


def _saved(
    web: Web, request: Request, sight: Sight, domain: Domain, plan: Plan, job: Job, told: Mapping[str, str | bytes]
) -> Response:
    """The act that saves it: parameters and moment go, nothing else of the job."""
    values = {"name": str(told.get("name", "")), "plan": plan.name, "parameters": orjson.dumps(job.values).decode()}
    values |= {"as_of": isoformat(job.as_of)} if job.as_of is not None else {}
    values |= {"audience": str(told["audience"])} if told.get("audience") else {}
    try:
        ask = acting.asked(SAVE, values, sight.principal, sent_as=f"{job.job_id}/{values['name']}")
        about = web.service.act_now(ask).result["about"]
    except (BadRequest, Outdated, StoreUnavailable) as error:
        said = saying.reason_in(sight.node, sight.words.language, error.args[0])
        return _shown(web, request, sight, domain, plan, job, said.removeprefix("name: "))
    to = f"/{domain.name}/plan/{plan.name}?{SAVED_AS}={about['saved_id']}"
    return RedirectResponse(to, 303, headers=NO_STORE)


def _kept(web: Web, domain: Domain) -> Callable[[Request], Any]:
    """Saves what stands on a panel of a page; back there, set so."""

    async def endpoint(request: Request) -> Response:
        try:
            told = await given(request, MOST_BYTES)
        except (BirlikError, HTTPException) as error:
            return web.failed(request, error)

        def work(request: Request, sight: Sight) -> Response:
            plan = _of(sight, domain, request.path_params["plan"])
            text = {name: str(told.get(name, "")) for name in ("name", "parameters", "page", "panel")}
            page = next((p for p in domain.pages if p.name == text["page"] and not p.parameters), None)
            if page is None or sight.seen_as:
                raise Unknown(NO_PAGE)
            values = {"name": text["name"], "plan": plan.name, "parameters": text["parameters"]}
            ask = acting.asked(
                SAVE, values, sight.principal, sent_as=f"{text['page']}/{text['parameters']}/{text['name']}"
            )
            web.service.act_now(ask)
            query = {moved_as(name): value for name, value in orjson.loads(text["parameters"]).items()}
            return RedirectResponse(
                f"{with_query(page_path(domain, page), query)}#{text['panel']}", 303, headers=NO_STORE
            )

        return await asyncio.to_thread(web.answered, request, domain, EMPTY, work)

    return endpoint


def _page(request: Request, sight: Sight, template: str, domain: Domain, made: Mapping[str, Any]) -> str:
    around = render.surroundings(
        sight, theme=theme_of(request), query=dict(request.query_params), path=request.url.path
    )
    return render.template(template, sight, **around, domain=domain, **made)
