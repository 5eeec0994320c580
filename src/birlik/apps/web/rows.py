"""Where rows of kept tables and the forms of acts stand: routes that no domain declares."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import doing, naming, once, records, render
from birlik.apps.web.ask import EMPTY
from birlik.apps.web.forms import Typed, parameters
from birlik.apps.web.given import given
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.errors import BirlikError, Unknown
from birlik.kernel.domain import Domain, Page
from birlik.kernel.records import kept_table
from birlik.kernel.service import Service


class Web(Protocol):
    """What answers a request of a page: see `app.Web`."""

    service: Service

    def answered(
        self, request: Request, domain: Domain, page: Page, act: Callable[[Request, Sight], Response]
    ) -> Response:
        """Do the work, with the reader's words and what they may see; what fails is said."""
        ...

    def failed(self, request: Request, error: Exception) -> Response:
        """What failed and what to do."""
        ...


def routes(web: Web, domain: Domain) -> list[Route | Mount]:
    """Of a domain: a page for each row of its kept tables, and one for each of its acts."""
    base = f"/{domain.name}"
    return [
        Route(f"{base}/record/{{table}}", _list(web, domain), include_in_schema=False),
        Route(f"{base}/record/{{table}}/{{key:path}}", _record(web, domain), include_in_schema=False),
        Route(f"{base}/act/{{act}}", _act(web, domain), methods=["GET", "POST"], include_in_schema=False),
    ]


def _list(web: Web, domain: Domain) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        """Who cuts an address finds the list."""
        return RedirectResponse(f"/{domain.name}/{naming.LISTS}/{request.path_params['table']}", 307)

    return endpoint


def _record(web: Web, domain: Domain) -> Callable[[Request], Any]:
    def shown(request: Request, sight: Sight) -> Response:
        table = kept_table(sight.node, request.path_params["table"])
        if naming.domain_of(sight.node.domains, table) is not domain:
            raise Unknown(f"no page at {request.url.path}")
        made = records.shown(sight, table, request.path_params["key"])
        return HTMLResponse(_page(request, sight, "record.html", domain, made))

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(web.answered, request, domain, EMPTY, shown)

    return endpoint


def _act(web: Web, domain: Domain) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        told: Mapping[str, Any] | None = None
        if request.method == "POST":
            try:
                told = await given(request, web.service.node.settings.body_limit_bytes)
            except (BirlikError, HTTPException) as error:
                return web.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            name, key = request.path_params["act"], request.query_params.get("key", "")
            if not any(each.name == name for each in domain.acts):
                raise Unknown(f"no page at {request.url.path}")
            stage = doing.staged(sight, name, key)
            if told is None:
                named = {p.name for p in parameters(stage.act)}
                begun = Typed(values={n: v for n, v in request.query_params.items() if n in named})
                made = doing.shown(sight, stage, begun, doing.local(request.query_params.get("back", "")))
                return HTMLResponse(_page(request, sight, "act.html", domain, made))
            if stage.act.is_unsaid:
                request.scope["birlik.unsaid"] = True
            return _acted(request, sight, domain, stage, doing.done(web.service, sight, stage, told))

        return await asyncio.to_thread(web.answered, request, domain, EMPTY, act)

    return endpoint


def _acted(
    request: Request, sight: Sight, domain: Domain, stage: doing.Stage, outcome: "doing.Went | Typed"
) -> Response:
    """The page that follows, or the form again; for a script the same in words."""
    by_script = "application/json" in request.headers.get("accept", "")
    if isinstance(outcome, doing.Went) and outcome.once:
        # Shown here and nowhere else: who goes back or loads again finds it no more.
        if by_script:
            return JSONResponse({"next": outcome.to, "said": outcome.said, "once": outcome.once})
        base = sight.node.settings.address or f"{request.url.scheme}://{request.url.netloc}"
        cards = once.cards(sight.node, base, outcome.once)
        told = {"went": outcome, "act": stage.act, "address": base, "cards": cards}
        html = _page(request, sight, "once.html", domain, told)
        return HTMLResponse(html, headers={"cache-control": "no-store"})
    if isinstance(outcome, doing.Went):
        return (
            JSONResponse({"next": outcome.to, "said": outcome.said}) if by_script else RedirectResponse(outcome.to, 303)
        )
    status = 422 if outcome.preview is None else 200
    if by_script:
        return JSONResponse({"wrong": " ".join(outcome.faults.values())}, 422)
    again = doing.staged(sight, stage.act.name, request.query_params.get("key", ""))  # as somebody else has changed it
    return HTMLResponse(_page(request, sight, "act.html", domain, doing.shown(sight, again, outcome)), status)


def _page(request: Request, sight: Sight, template: str, domain: Domain, made: Mapping[str, Any]) -> str:
    query = {n: v for n, v in request.query_params.items() if n != "did"}
    around = render.surroundings(sight, theme=theme_of(request), query=query, path=request.url.path)
    return render.template(template, sight, **around, domain=domain, **made)
