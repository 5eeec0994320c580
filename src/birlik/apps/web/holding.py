"""Whoever holds the link of a form: who they are from there on, and the pages that they are shown."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from birlik.apps.web import render
from birlik.apps.web.letting import Endpoint, Web, shown
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.errors import BirlikError, TooMany, Unknown
from birlik.kernel.access import forms
from birlik.kernel.node import Node
from birlik.said import Said

PRINCIPAL = "birlik.principal"
"""Key of the scope: who asks, as the door has found."""


def holds(node: Node, request: Request) -> forms.Form:
    """From here on who asks is the holder of the form. Raises Unknown, in words that tell nothing of others' forms."""
    form = forms.found(node.store.vault, request.path_params["token"], node.access.now)
    if form is None or form.act not in node.acts:
        raise Unknown(Said("this link opens nothing: it was copied wrong, or its time is over"))
    anyone, asked = node.access.anyone(), request.scope[PRINCIPAL]
    request.scope[PRINCIPAL] = forms.holder(anyone, form.form_id, asked.address)
    return form


def held(web: Web, work: Callable[[Request, Sight], Response]) -> Endpoint:
    """For whoever holds the link of a form, which stands in `request.state.form`."""

    async def endpoint(request: Request) -> Response:
        try:
            request.state.form = await asyncio.to_thread(holds, web.service.node, request)
        except BirlikError as error:
            return web.failed(request, error)
        return await shown(web, request, work)

    return endpoint


def with_wait(answer: Response, error: BirlikError) -> Response:
    """Who has sent too many is told when to come again."""
    if isinstance(error, TooMany):
        answer.status_code = 429
        answer.headers["retry-after"] = str(error.wait_s)
    return answer


def page(request: Request, sight: Sight, template: str, **told: Any) -> str:
    """A page of forms."""
    query = {n: v for n, v in request.query_params.items() if n != "did"}
    around = render.surroundings(sight, theme=theme_of(request), query=query, path=request.url.path)
    return render.template(template, sight, **around, **told)
