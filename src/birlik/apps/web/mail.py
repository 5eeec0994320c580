"""How it is with the node's mail, for administrators: what waits, what went, what never will, and why. No address."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from birlik.apps.web import naming, render
from birlik.apps.web.ask import EMPTY
from birlik.apps.web.auditing import Web
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.errors import Unknown
from birlik.kernel import mailing
from birlik.kernel.mailing.outbox import CONFIRM, at
from birlik.kernel.members import Role
from birlik.kernel.own import OWN
from birlik.kernel.policy import must_have
from birlik.said import Said


def route(web: Web) -> Route:
    """The page. Who is no administrator is refused; where there is no mail there is no page."""

    def act(request: Request, sight: Sight) -> Response:
        must_have(sight.principal, Role.ADMINISTRATOR, sight.words.t("Mail"))
        if sight.node.settings.mail is None:
            raise Unknown(Said("this node has no mail: see `mail` among its settings"))
        around = render.surroundings(sight, theme=theme_of(request), query=request.query_params, path=naming.MAIL)
        return HTMLResponse(render.template("mail.html", sight, **around, **_page(sight)))

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(web.answered, request, OWN, EMPTY, act)

    return Route(naming.MAIL, endpoint, include_in_schema=False)


def _page(sight: Sight) -> Mapping[str, Any]:
    """What the template needs."""
    state, words = mailing.state(sight.node), sight.words
    mail = sight.node.settings.mail
    assert mail is not None
    server = state.server or {}
    return {
        "server": f"{mail.host}:{mail.port}",
        "waiting": words.count(state.waiting_n),
        "sent": words.count(state.sent_n),
        "per_hour": words.count(mail.per_hour),
        "per_day": words.count(mail.per_day),
        "trouble": server.get("said", ""),
        "since": _stamp(sight, server.get("since")),
        "again": _stamp(sight, server.get("again")),
        "failed": [
            {
                "when": _stamp(sight, each["at"]),
                "kinds": ", ".join(_kind(sight, kind) for kind in each["kinds"]),
                "state": words.code("mail", each["state"]),
                "said": each["said"],
            }
            for each in state.failed
        ],
    }


def _stamp(sight: Sight, said: str | None) -> str:
    return sight.stamp(at(said)) if said else ""


def _kind(sight: Sight, kind: str) -> str:
    """What a mail was of: of which notice of which act."""
    if kind == CONFIRM:
        return sight.words.t("a form to be confirmed")
    act, _, name = kind.partition(".")
    found = sight.node.acts.get(act)
    notice = next((n for n in found.tells if n.name == name), None) if found is not None else None
    return sight.words.t(notice.subject) if notice is not None else kind
