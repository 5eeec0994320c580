"""What may this person see? A steward looks through their eyes: read-only, marked on every page, and audited."""

import asyncio
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import render
from birlik.apps.web.ask import EMPTY
from birlik.apps.web.entering import FORM_BYTES
from birlik.apps.web.given import given
from birlik.apps.web.letting import Web
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.errors import BirlikError, Unknown
from birlik.kernel.access import sessions
from birlik.kernel.audit import Line
from birlik.kernel.members import Role
from birlik.kernel.own import OWN
from birlik.kernel.policy import must_have

PATH = "/see-as"


def routes(web: Web) -> list[Route | Mount]:
    return [Route(PATH, _endpoint(web), methods=["GET", "POST"], include_in_schema=False)]


def whose(request: Request) -> str:
    """Through whose eyes the reader of this page looks; empty where it is their own."""
    session = request.scope.get("birlik.session")
    return session.seen_as if session is not None else ""


def _endpoint(web: Web) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        told: Mapping[str, str | bytes] | None = None
        if request.method == "POST":
            try:
                told = await given(request, FORM_BYTES)
            except BirlikError as error:
                return web.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            must_have(sight.principal, Role.STEWARD, "seeing what somebody may see")
            return _shown(request, sight) if told is None else _chosen(request, sight, str(told.get("who", "")))

        return await asyncio.to_thread(web.shown, request, OWN, EMPTY, act)

    return endpoint


def _shown(request: Request, sight: Sight) -> Response:
    around = render.surroundings(sight, theme=theme_of(request), query={}, path=PATH)
    people = [(row["principal_id"], row["name"], row["state"]) for row in sight.node.access.people()]
    html = render.template("see_as.html", sight, **around, people=people)
    return HTMLResponse(html, headers={"cache-control": "no-store"})


def _chosen(request: Request, sight: Sight, who: str) -> Response:
    session = request.scope.get("birlik.session")
    if who and sight.node.access.row(who) is None:
        raise Unknown(sight.words.t("nobody is called {name} here").format(name=who))
    if session is not None:
        by = sight.principal
        sight.node.audit.write(Line(act="see_as" if who else "see_as_ended", who=by.name, on=who, address=by.address))
        sessions.change(sight.node.store.vault, session, seen_as=who)
    return RedirectResponse("/" if who else PATH, 303, headers={"cache-control": "no-store"})
