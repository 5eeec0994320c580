"""Signing in by another's sign-in, and hearing from it that somebody has left."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web.door import AWAY, BY, LARGEST, SIGN_IN, Door
from birlik.apps.web.given import given
from birlik.apps.web.letting import NO_STORE, Endpoint, Web, let_in, next_of, noted, page, shown
from birlik.apps.web.sight import Sight
from birlik.errors import BirlikError, PeerUnreachable, Refused
from birlik.kernel import acting
from birlik.kernel.access import asking, sessions
from birlik.kernel.access.oidc import Identity
from birlik.kernel.access.sessions import BY_ISSUER, FRESH
from birlik.kernel.access.tokens import Left

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When somebody said who they are whose issuer doesn't say when."""


def routes(web: Web, door: Door) -> list[Route | Mount]:
    """Those that whoever reaches the node may call, and issuers themselves."""
    here = f"{BY}/{{issuer}}"
    return [
        Route(here, _begin(web, door), methods=["GET"], include_in_schema=False),
        Route(f"{here}/back", _back(web, door), methods=["GET"], include_in_schema=False),
        Route(f"{here}/left", _left(web, door), methods=["POST"], include_in_schema=False),
        Route(f"{here}/leave", _leave(web, door), methods=["GET"], include_in_schema=False),
    ]


def _begin(web: Web, door: Door) -> Endpoint:
    """A link, since browsers hold a form's policy against wherever it leads; but of our own page only."""

    async def endpoint(request: Request) -> Response:
        try:
            if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
                return RedirectResponse(SIGN_IN, 303, headers=NO_STORE)
            within = FRESH if "again" in request.query_params else None
            url, begun = await door.provider(request.path_params["issuer"]).begin(door.now, within)
        except BirlikError as error:
            return web.failed(request, error)
        answer = RedirectResponse(url, 303, headers=NO_STORE)
        to = next_of(request.query_params.get("next"))
        door.begin(answer, AWAY, {**begun, "to": to, "issuer": request.path_params["issuer"]})
        return answer

    return endpoint


def _back(web: Web, door: Door) -> Endpoint:
    """The one address that another site may lead to and that does something: for the browser that began it, once."""

    async def endpoint(request: Request) -> Response:
        try:
            provider = door.provider(request.path_params["issuer"])
            begun = door.begun.ended(AWAY, door.read(request, AWAY), door.now)
            if begun["issuer"] != request.path_params["issuer"]:
                raise Refused("this is not what this browser began; begin again")
            found = await provider.end(dict(request.query_params), begun, door.now)
        except BirlikError as error:
            return web.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            answer = _who(request, sight, web, door, found, begun)
            door.drop(answer, AWAY)
            return answer

        return await shown(web, request, act)

    return endpoint


def _who(request: Request, sight: Sight, web: Web, door: Door, found: Identity, begun: dict[str, str]) -> Response:
    access, settings = door.node.access, door.provider(begun["issuer"]).settings
    principal_id = access.of_subject(found.issuer, found.sub)
    row = access.row(principal_id) if principal_id is not None else None
    if principal_id is None or row is None:
        told = asking.told_of(settings, found.sub, found.name)
        web.service.act_now(acting.asked(asking.ASK, told, asking.DOOR))
        return page(
            request, sight, "waits.html", 403, who=found.name or found.sub, title=settings.title or found.issuer
        )
    if row["state"] != settings.state:
        raise Refused("this account belongs to another state than the sign-in by which you came")
    return let_in(
        request,
        door,
        principal_id,
        begun["to"],
        [BY_ISSUER],
        issuer=found.issuer,
        sid=found.sid,
        fresh=found.signed_in or LONG_AGO,
    )


def _left(web: Web, door: Door) -> Endpoint:
    """OpenID Connect Back-Channel Logout 1.0: from the issuer to us, without a browser."""

    async def endpoint(request: Request) -> Response:
        try:
            came = await given(request, LARGEST)
            provider = door.provider(request.path_params["issuer"])
            left = await provider.left(str(came.get("logout_token", "")), door.now)
        except PeerUnreachable as error:
            return JSONResponse({"error": "temporarily_unavailable", "error_description": str(error)}, 503, NO_STORE)
        except BirlikError as error:
            return JSONResponse({"error": "invalid_request", "error_description": str(error)}, 400, NO_STORE)

        def act(request: Request, sight: Sight) -> Response:
            _end(request, door, provider.settings.issuer, left)
            return Response(status_code=200, headers=NO_STORE)

        return await shown(web, request, act)

    return endpoint


def _end(request: Request, door: Door, issuer: str, left: Left) -> None:
    """The session that is named, else all of theirs from this issuer."""
    vault = door.node.store.vault
    who = door.node.access.of_subject(issuer, left.sub) if left.sub else None
    for key, said in vault.all(sessions.SESSION, of=who).items():
        named = said.get("sid") == left.sid if left.sid else who is not None
        if said["issuer"] == issuer and named:
            noted(request, door, "left_elsewhere", said["principal_id"])
            sessions.end(vault, said["principal_id"], key)


def _leave(web: Web, door: Door) -> Endpoint:
    """To the issuer's own page where one leaves; it asks."""

    async def endpoint(request: Request) -> Response:
        try:
            provider = door.provider(request.path_params["issuer"])
            url = await provider.leaving(f"{door.address}{SIGN_IN}", door.now)
        except BirlikError as error:
            return web.failed(request, error)
        parts = urlsplit(provider.settings.issuer)
        return RedirectResponse(url or f"{parts.scheme}://{parts.netloc}", 303, headers=NO_STORE)

    return endpoint
