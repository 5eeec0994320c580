"""Forms of who has no account: an act that is declared for anyone, sent, and seen, changed or withdrawn by its link.

A link's page is shown by GET and changes nothing by that: mail scanners open links. What is done by it is a form.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import by_mail, doing
from birlik.apps.web.ask import with_query
from birlik.apps.web.door import address_of
from birlik.apps.web.forms import PREVIEW, TOKEN, Form, Typed, label, parameters
from birlik.apps.web.given import given
from birlik.apps.web.holding import PRINCIPAL, held, holds, page, with_wait
from birlik.apps.web.letting import NO_STORE, Endpoint, Web, shown, to_sign_in
from birlik.apps.web.naming import domain_of_act
from birlik.apps.web.panels.table import cells_of, heading
from birlik.apps.web.sight import Row, Sight
from birlik.errors import BadRequest, BirlikError, Refused, TooMany, Unknown
from birlik.kernel.access import forms
from birlik.kernel.access.delays import network_of
from birlik.kernel.access.rate import Buckets
from birlik.kernel.acts import Act
from birlik.kernel.changes import key_text
from birlik.kernel.domain import Domain, Queue, Table
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.tables import Names
from birlik.said import Said

LINK = forms.PATH
MOST_BYTES = 64 * 1024
HOUR_S = 3_600


@dataclass
class Limit:
    """How often one network may send. From the event loop only."""

    per_hour: float
    _buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self._buckets = Buckets(self.per_hour / HOUR_S, at_once_s=HOUR_S / 2)

    def take(self, address: str) -> None:
        """Raises TooMany."""
        try:
            self._buckets.take(network_of(address))
        except TooMany as error:
            minutes = math.ceil(error.wait_s / 60)
            said = Said("from where you are many forms have come; send this one again in {n} min", n=minutes)
            raise TooMany(said, error.wait_s) from None


def routes(web: Web) -> list[Route | Mount]:
    """A form for each act that is for anyone, and what its link leads to."""
    node, limit = web.service.node, Limit(web.service.node.settings.forms_per_hour)
    made: list[Route | Mount] = [
        Route(
            f"/{d.name}/form/{act.name}", _begin(web, d, act, limit), methods=["GET", "POST"], include_in_schema=False
        )
        for d in node.domains
        for act in d.acts
        if act.by_anyone and not act.subject
    ]
    if made:
        made += [
            Route(f"{LINK}/{{token}}", _link(web), methods=["GET"], include_in_schema=False),
            *by_mail.routes(web),
            Route(f"{LINK}/{{token}}/{{act}}", _by_link(web, limit), methods=["GET", "POST"], include_in_schema=False),
        ]
    return made


# --- a form is begun --------------------------------------------------------------------------------------------------


def _begin(web: Web, domain: Domain, act: Act, limit: Limit) -> Endpoint:
    node = web.service.node

    async def endpoint(request: Request) -> Response:
        who: Principal = request.scope[PRINCIPAL]
        if who.is_nobody:
            return to_sign_in(request)
        if who.is_somebody and request.method == "POST":
            return web.failed(request, Refused(f"you are signed in: send it at /{domain.name}/act/{act.name}"))
        if who.is_somebody:  # who has an account sends by it
            return RedirectResponse(with_query(f"/{domain.name}/act/{act.name}", dict(request.query_params)), 303)
        told: dict[str, str | bytes] | None = None
        try:
            if request.method == "POST":
                told = await _told(request, limit)
        except BirlikError as error:
            return with_wait(web.failed(request, error), error)
        has_mail = node.settings.mail is not None
        form_id = _id_of(told, act, by_mail.typed(told) if has_mail else "")
        request.scope[PRINCIPAL] = forms.holder(who, form_id, who.address)

        def work(request: Request, sight: Sight) -> Response:
            stage = doing.staged(sight, act.name, "")
            if told is None:
                named = {p.name for p in parameters(act)}
                begun = Typed(values={n: v for n, v in request.query_params.items() if n in named})
                return _form(request, sight, domain, doing.shown(sight, stage, begun), request.url.path, begun)
            if has_mail:
                asked = by_mail.asked(web, sight, stage, told, form_id, _origin(node, request))
                if isinstance(asked, Typed):
                    made = doing.shown(sight, stage, asked)
                    return _form(request, sight, domain, made, request.url.path, asked, status=422)
                return by_mail.held_page(request, sight, act, asked)
            outcome = doing.done(web.service, sight, stage, told, origin=_origin(node, request))
            if isinstance(outcome, Typed):
                made = doing.shown(sight, stage, outcome)
                return _form(request, sight, domain, made, request.url.path, status=422)
            form = forms.Form(form_id=form_id, act=act.name)
            return _sent(request, sight, act, forms.begun(node.store.vault, form, node.access.now))

        return await shown(web, request, work)

    return endpoint


async def _told(request: Request, limit: Limit) -> dict[str, str | bytes]:
    """What stands in the form. Raises BadRequest, Refused, TooMany."""
    limit.take(address_of(request))
    if not request.headers.get("content-length", "").isdigit():
        raise BadRequest("a form says how long it is (Content-Length)")
    return {name: value for name, value in (await given(request, MOST_BYTES)).items() if name != PREVIEW}


def _id_of(told: Mapping[str, str | bytes] | None, act: Act, mail: str) -> str:
    """The same for the same form with the same words in it, sent again; with another address it is another."""
    if told is None:
        return forms.id_of("")
    words = [str(told.get(name, "")) for name in (TOKEN, *(p.name for p in parameters(act)))]
    words += [mail] if mail else []
    return forms.id_of(orjson.dumps(words if words[0] else [uuid4().hex]).decode())


def _origin(node: Node, request: Request) -> str:
    return forms.origin_of(node.key_file, address_of(request))


def _form(
    request: Request,
    sight: Sight,
    domain: Domain,
    made: Mapping[str, Any],
    to: str,
    begun: Typed | None = None,
    *,
    status: int = 200,
    back: str = "",
) -> Response:
    """The act's own form, which leads here. begun: what was typed so far, of one that begins."""
    form: Form = replace(made["form"], address=to, may_try=False)
    if begun is not None and sight.node.settings.mail is not None:
        form = replace(form, inputs=[*form.inputs, by_mail.address_input(sight, begun)])
    told = {
        **made,
        "form": form,
        "preview": None,
        "leave": back or "/",
        "crumbs": [],
        "is_begun": bool(back),
        "follows": sight.words.t(sight.node.acts[form.act].follows),
        "has_mail": sight.node.settings.mail is not None,
    }
    return HTMLResponse(page(request, sight, "anyone.html", domain=domain, **told), status, headers=NO_STORE)


def _sent(request: Request, sight: Sight, act: Act, token: str) -> Response:
    """The link, here and nowhere else."""
    base = sight.node.settings.address or f"{request.url.scheme}://{request.url.netloc}"
    html = page(
        request, sight, "anyone_sent.html", act=act, link=f"{base}{LINK}/{token}", path_of_link=f"{LINK}/{token}"
    )
    return HTMLResponse(html, headers=NO_STORE)


# --- its link ---------------------------------------------------------------------------------------------------------


def _link(web: Web) -> Endpoint:
    node = web.service.node

    def work(request: Request, sight: Sight) -> Response:
        if (waits := by_mail.waiting(node, request)) is not None:
            return by_mail.to_confirm(request, sight, waits)
        act = node.acts[request.state.form.act]
        table = node.tables[act.table]
        queue = _queue(node, act)
        rows = [_row(request, sight, act, queue, row) for row in _rows(sight, table)]
        rows += [
            _row(request, sight, act, other, row)
            for other in _others(node, act)
            for row in _rows(sight, node.tables[other.table])
            if all(str(row[name]) == value for name, value in other.fixed.items())
        ]
        told = {
            "act": act,
            "rows": rows,
            "did": by_mail.did(sight) or doing.did(sight),
            "address": by_mail.address_of(node, request),
        }
        return HTMLResponse(page(request, sight, "anyone_link.html", **told), headers=NO_STORE)

    return held(web, work)


def _queue(node: Node, act: Act) -> Queue:
    """The queue by which a domain shows to people what is theirs."""
    panels = (panel for d in node.domains for page in d.pages for panel in page.panels)
    return next(p for p in panels if isinstance(p, Queue) and p.mine and not p.by_duty and p.table == act.table)


def _others(node: Node, act: Act) -> Iterator[Queue]:
    """Those of other tables, by which people without an account do something about what others said to them."""
    for panel in (panel for d in node.domains for each in d.pages for panel in each.panels):
        if not isinstance(panel, Queue) or not panel.mine or panel.by_duty or panel.table == act.table:
            continue
        party, is_anyones = node.tables[panel.table].party, any(node.acts[name].by_anyone for name in panel.verdicts)
        if is_anyones and party is not None and party.column and party.names is Names.PRINCIPAL:
            yield panel


def _rows(sight: Sight, table: Table) -> Sequence[Row]:
    made: Sequence[Row] = sight.reader.as_party().rows(table.name, order=table.key).to_pylist()
    return made


def _row(request: Request, sight: Sight, begun: Act, queue: Queue, row: Row) -> dict[str, Any]:
    """Its columns are called as in the form by which it began."""
    table = sight.node.tables[queue.table]
    asked = {p.name: p for p in begun.parameters if p.title} if queue.table == begun.table else {}
    fields = [table.by_name[name] for name in queue.columns]
    cells = cells_of(sight, table.name, fields, row)
    key, base = key_text(table, row), f"{LINK}/{request.path_params['token']}"
    acts = [sight.node.acts[name] for name in queue.verdicts]
    return {
        "cells": [
            (label(sight, asked[f.name]) if f.name in asked else heading(sight, f), cell)
            for f, cell in zip(fields, cells, strict=True)
            if cell
        ],
        "since": sight.stamp(row[table.time]),
        "acts": [(sight.words.t(a.title), with_query(f"{base}/{a.name}", {"key": key})) for a in acts if a.by_anyone],
    }


def _by_link(web: Web, limit: Limit) -> Endpoint:
    node = web.service.node

    async def endpoint(request: Request) -> Response:
        told: dict[str, str | bytes] | None = None
        try:
            request.state.form = await asyncio.to_thread(holds, node, request)
            if request.method == "POST":
                told = await _told(request, limit)
        except BirlikError as error:
            return with_wait(web.failed(request, error), error)

        def work(request: Request, sight: Sight) -> Response:
            here, name = f"{LINK}/{request.path_params['token']}", request.path_params["act"]
            key = request.query_params.get("key", "")
            stage = doing.staged(sight, name, key)
            if stage.row is None:
                raise Unknown(f"no act {name!r} of what came by this link")
            to = with_query(f"{here}/{name}", {"key": key})
            domain = domain_of_act(node.domains, stage.act)
            if told is None:
                return _form(request, sight, domain, doing.shown(sight, stage), to, back=here)
            outcome = doing.done(web.service, sight, stage, told, origin=_origin(node, request))
            if isinstance(outcome, Typed):
                again = doing.staged(sight, name, key)
                return _form(request, sight, domain, doing.shown(sight, again, outcome), to, status=422, back=here)
            if stage.act.forgets_address:
                forms.unaddressed(node.store.vault, request.state.form.form_id)
            return RedirectResponse(with_query(here, {"did": f"{name}~1"}), 303, headers=NO_STORE)

        return await shown(web, request, work)

    return endpoint
