"""Getting in and out by a browser: one-time links, signing in and out, one's own account."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import render
from birlik.apps.web.ask import EMPTY
from birlik.apps.web.given import given
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.errors import BirlikError, Unknown
from birlik.kernel.access import sessions
from birlik.kernel.access.acts import LINK
from birlik.kernel.access.keys import hash_of
from birlik.kernel.domain import Domain, Page
from birlik.kernel.own import OWN
from birlik.kernel.service import Service

SIGN_IN, SIGN_OUT, ACCOUNT, LINKS = "/sign-in", "/sign-out", "/account", "/link"
FORM_BYTES = 64 * 1024


class Web(Protocol):
    """What answers a request of a page: see `app.Web`."""

    service: Service

    def shown(
        self, request: Request, domain: Domain, page: Page, act: Callable[[Request, Sight], Response]
    ) -> Response:
        """Do the work for whoever asks, signed in or not; what fails is said."""
        ...

    def failed(self, request: Request, error: Exception) -> Response:
        """What failed and what to do."""
        ...


def routes(web: Web) -> list[Route | Mount]:
    """Those that whoever reaches the node may call."""
    return [
        Route(SIGN_IN, _sign_in(web), include_in_schema=False),
        Route(SIGN_OUT, _sign_out(web), methods=["POST"], include_in_schema=False),
        Route(ACCOUNT, _account(web), include_in_schema=False),
        Route(f"{LINKS}/{{token}}", _link(web), methods=["GET", "POST"], include_in_schema=False),
    ]


def to_sign_in(request: Request) -> Response:
    """Where whoever is nobody is sent, and from where they come back."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    beside = f"?next={quote(back, safe='')}" if request.method == "GET" and back != "/" else ""
    return RedirectResponse(f"{SIGN_IN}{beside}", 303, headers={"cache-control": "no-store"})


def _page(request: Request, sight: Sight, heading: str, said: str, button: str = "", status: int = 200) -> Response:
    around = render.surroundings(sight, theme=theme_of(request), query={}, path=request.url.path)
    html = render.template("entering.html", sight, **around, heading=heading, said=said, button=button)
    return HTMLResponse(html, status, headers={"cache-control": "no-store"})


def _sign_in(web: Web) -> Callable[[Request], object]:
    def act(request: Request, sight: Sight) -> Response:
        t = sight.words.t
        return _page(request, sight, t("Sign in"), t("An administrator hands you a one-time link."))

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(web.shown, request, OWN, EMPTY, act)

    return endpoint


def _account(web: Web) -> Callable[[Request], object]:
    def act(request: Request, sight: Sight) -> Response:
        if sight.principal.is_nobody:
            return to_sign_in(request)
        who = sight.node.access.row(sight.principal.name)
        return _page(request, sight, sight.words.t("My account"), str(who["name"]) if who else sight.principal.name)

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(web.shown, request, OWN, EMPTY, act)

    return endpoint


def _sign_out(web: Web) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        try:
            await given(request, FORM_BYTES)
        except BirlikError as error:
            return web.failed(request, error)
        node, session = web.service.node, request.scope.get("birlik.session")
        if session is not None:
            await asyncio.to_thread(sessions.end, node.store.vault, session.principal_id, session.key)
        answer = RedirectResponse(SIGN_IN, 303, headers={"clear-site-data": '"cache"', "cache-control": "no-store"})
        answer.delete_cookie(cookie_name(web.service), path="/", secure=is_secure(web.service))
        return answer

    return endpoint


def _link(web: Web) -> Callable[[Request], object]:
    """Mail scanners open links: so a GET shows a button, and the button lets in."""

    def act(request: Request, sight: Sight) -> Response:
        t, node = sight.words.t, sight.node
        key, now = hash_of(request.path_params["token"]), node.access.now
        vault = node.store.vault
        if request.method == "GET":
            if vault.get(LINK, key, now) is None:
                raise Unknown(t("This link was used before, or its day is over: ask for another one."))
            return _page(request, sight, t("Welcome"), t("This link lets you in once."), t("Go in"))
        said = vault.take(LINK, key, now)
        if said is None or node.access.of(said["principal_id"]) is None:
            raise Unknown(t("This link was used before, or its day is over: ask for another one."))
        return let_in(request, web.service, said["principal_id"], ACCOUNT)

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(web.shown, request, OWN, EMPTY, act)

    return endpoint


def let_in(request: Request, service: Service, principal_id: str, to: str, *, issuer: str = "") -> Response:
    """A new session, never one that the browser brought with it."""
    node = service.node
    settings = node.settings
    lasting = sessions.Lasting(timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_s))
    about = {
        "browser": request.headers.get("user-agent", "")[:200],
        "address": request.client.host if request.client else "",
    }
    node.access.came(principal_id)
    if (before := request.scope.get("birlik.session")) is not None:
        sessions.end(node.store.vault, before.principal_id, before.key)
    token = sessions.begin(node.store.vault, principal_id, node.access.now, lasting, about=about, issuer=issuer)
    answer = RedirectResponse(to, 303, headers={"cache-control": "no-store"})
    answer.set_cookie(cookie_name(service), token, path="/", secure=is_secure(service), httponly=True, samesite="lax")
    return answer


def cookie_name(service: Service) -> str:
    """As the door knows it."""
    return sessions.cookie_name(service.node.settings)


def is_secure(service: Service) -> bool:
    """Do people reach the node under TLS?"""
    return sessions.is_secure(service.node.settings)
