"""Getting in and out by a browser: all ways in, one-time links, and signing out."""

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import account, issuers, signing
from birlik.apps.web.door import SECOND, SIGN_IN, Door
from birlik.apps.web.given import given
from birlik.apps.web.letting import NO_STORE, Endpoint, Web, let_in, noted, page, session_of, shown, to_sign_in
from birlik.apps.web.sight import Sight
from birlik.errors import BirlikError, Unknown
from birlik.kernel.access import sessions
from birlik.kernel.access.acts import LINK
from birlik.kernel.access.keys import hash_of
from birlik.kernel.access.sessions import BY_LINK, Session
from birlik.kernel.mailing.notices import ACCOUNT

log = logging.getLogger("birlik")

__all__ = ["ACCOUNT", "routes", "to_sign_in"]
SIGN_OUT, LINKS = "/sign-out", "/link"
FORM_BYTES = 64 * 1024


def routes(web: Web, door: Door) -> list[Route | Mount]:
    """Those that whoever reaches the node may call."""
    return [
        *signing.routes(web, door),
        *issuers.routes(web, door),
        *account.routes(web, door),
        Route(SIGN_OUT, _sign_out(web, door), methods=["POST"], include_in_schema=False),
        Route(f"{LINKS}/{{token}}", _link(web, door), methods=["GET", "POST"], include_in_schema=False),
    ]


def _sign_out(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            await given(request, FORM_BYTES)
        except BirlikError as error:
            return web.failed(request, error)
        node, session = door.node, session_of(request)
        if session is not None:
            await asyncio.to_thread(_out, request, door, session)
        issuer = session.issuer if session is not None else ""
        name = next((each.name for each in node.settings.issuers if each.issuer == issuer), "here")
        headers = {**NO_STORE, "clear-site-data": '"cache"'}
        answer = RedirectResponse(f"{SIGN_IN}?left={name}", 303, headers=headers)
        answer.delete_cookie(
            sessions.cookie_name(node.settings), path="/", secure=sessions.is_secure(node.settings), httponly=True
        )
        door.drop(answer, SECOND)
        return answer

    return endpoint


def _out(request: Request, door: Door, session: Session) -> None:
    """Also where the audit log has no room: who leaves must not be kept."""
    try:
        noted(request, door, "sign_out", session.principal_id)
    except BirlikError as error:
        log.warning("audit: that %s signed out can't be written: %s", session.principal_id, error)
    sessions.end(door.node.store.vault, session.principal_id, session.key)


def _link(web: Web, door: Door) -> Endpoint:
    """Mail scanners open links: so a GET shows a button, and the button lets in."""

    def act(request: Request, sight: Sight) -> Response:
        t, node = sight.words.t, sight.node
        key, now = hash_of(request.path_params["token"]), node.access.now
        vault = node.store.vault
        if request.method in ("GET", "HEAD"):
            if vault.get(LINK, key, now) is None:
                raise Unknown(t("This link was used before, or its day is over: ask for another one."))
            return page(
                request, sight, "entering.html", heading=t("Welcome"), said=t("This link lets you in once."),
                button=t("Go in"),
            )  # fmt: skip
        said = vault.take(LINK, key, now)
        if said is None or node.access.of(said["principal_id"]) is None:
            raise Unknown(t("This link was used before, or its day is over: ask for another one."))
        return let_in(request, door, said["principal_id"], ACCOUNT, [BY_LINK])

    async def endpoint(request: Request) -> Response:
        try:
            if request.method == "POST":
                await given(request, FORM_BYTES)
        except BirlikError as error:
            return web.failed(request, error)
        return await shown(web, request, act)

    return endpoint
