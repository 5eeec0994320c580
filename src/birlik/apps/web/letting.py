"""What all ways in have in common: their page, the session that follows, and where its owner goes next."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from birlik.apps.web import render
from birlik.apps.web.ask import EMPTY
from birlik.apps.web.doing import local
from birlik.apps.web.door import SECOND, SIGN_IN, Door, address_of
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.errors import BirlikError, Refused, TooMany
from birlik.kernel import saying
from birlik.kernel.access import sessions
from birlik.kernel.access.sessions import Lasting, Session
from birlik.kernel.audit import Line
from birlik.kernel.domain import Domain, Page
from birlik.kernel.own import OWN
from birlik.kernel.service import Service

log = logging.getLogger("birlik")

NO_STORE = {"cache-control": "no-store"}
Endpoint = Callable[[Request], Any]


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


async def shown(web: Web, request: Request, act: Callable[[Request, Sight], Response]) -> Response:
    """In a thread: the loop only moves bytes."""
    return await asyncio.to_thread(web.shown, request, OWN, EMPTY, act)


def page(request: Request, sight: Sight, template: str, status: int = 200, **told: Any) -> Response:
    """Never kept by a browser: what it says is for who is before it now."""
    around = render.surroundings(sight, theme=theme_of(request), query={}, path=request.url.path)
    return HTMLResponse(render.template(template, sight, **around, **told), status, headers=NO_STORE)


def told(sight: Sight, error: BirlikError) -> str:
    """What went wrong, in the reader's language."""
    said = saying.reason_in(sight.node, sight.words.language, error.args[0])
    return said[:1].upper() + said[1:]


def status_of(error: BirlikError) -> tuple[int, Mapping[str, str]]:
    """Of a form that was refused; and when to come again."""
    if isinstance(error, TooMany):
        return 429, {"retry-after": str(error.wait_s)}
    return 422, {}


def to_sign_in(request: Request) -> Response:
    """Where whoever is nobody is sent, and from where they come back."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    beside = f"?next={quote(back, safe='')}" if request.method == "GET" and back != "/" else ""
    return RedirectResponse(f"{SIGN_IN}{beside}", 303, headers=NO_STORE)


def next_of(address: object) -> str:
    """Where somebody goes when they are in: an address of this node, or its first page."""
    return local(str(address or "")[:2_000]) or "/"


def session_of(request: Request) -> Session | None:
    """By which the door has let this request in."""
    found: Session | None = request.scope.get("birlik.session")
    return found


def noted(request: Request, door: Door, act: str, who: str, on: str = "") -> None:
    """Write down what somebody is about to do to their own way in. Raises StoreUnavailable: then it must not be."""
    door.node.audit.write(Line(act=act, who=who, on=on, address=address_of(request)))


def refused_entry(request: Request, door: Door, by: str, who: str = "") -> None:
    """Write down that somebody was not let in; of who is nobody yet, once an address and minute. No name that was
    typed: people type passwords there."""
    line = Line(act="sign_in", who=who, address=address_of(request), outcome=f"refused: {by}")
    try:
        if (written := door.node.audit.asked_by(line, known=bool(who))) is not None:
            written.result()
    except BirlikError as error:
        log.warning("audit: a refusal can't be written: %s", error)


def let_in(
    request: Request,
    door: Door,
    principal_id: str,
    to: str,
    by: Sequence[str],
    *,
    issuer: str = "",
    sid: str = "",
    fresh: datetime | None = None,
) -> Response:
    """A new session, never one that the browser brought with it. by: how they said who they are. fresh: when they did,
    where that is not now.

    Raises Refused where they are no more, or held.
    """
    node, settings = door.node, door.node.settings
    principal = node.access.of(principal_id)
    if principal is None:
        raise Refused("this account is no more, or waits for an administrator")
    vault = node.store.vault
    node.audit.write(Line(act="sign_in", who=principal_id, address=address_of(request), said=", ".join(by)))
    if (before := session_of(request)) is not None:
        sessions.end(vault, before.principal_id, before.key)
    token = sessions.begin(
        vault,
        principal_id,
        node.access.now,
        Lasting(timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_s)),
        about={"browser": request.headers.get("user-agent", "")[:200], "address": address_of(request)},
        issuer=issuer,
        more={
            "by": list(by),
            "sid": sid,
            "rights": sessions.rights_of(principal),
            "fresh": (fresh or node.access.now).isoformat(),
        },
    )
    node.access.came(principal_id)
    answer = RedirectResponse(to, 303, headers=NO_STORE)
    answer.set_cookie(
        sessions.cookie_name(settings), token, path="/", secure=sessions.is_secure(settings), httponly=True,
        samesite="lax",
    )  # fmt: skip
    door.drop(answer, SECOND)
    door.knows(answer, request, principal_id)
    return answer
