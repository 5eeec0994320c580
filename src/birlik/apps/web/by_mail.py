"""Forms where the node has mail: the address that they ask for, and the page by which one says that it was oneself.

To open the link shows what waits, and does nothing: mail scanners open links. By a press it is sent, or never was.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from birlik.apps.web import doing
from birlik.apps.web.ask import with_query
from birlik.apps.web.doing import Stage
from birlik.apps.web.forms import TOKEN, Input, Typed, label
from birlik.apps.web.holding import held, page
from birlik.apps.web.letting import NO_STORE, Endpoint, Web, told
from birlik.apps.web.sight import Sight
from birlik.errors import BadRequest, BirlikError
from birlik.kernel import acting, mailing
from birlik.kernel.access import forms
from birlik.kernel.acts import Act
from birlik.kernel.domain import Field, Queue
from birlik.kernel.mailing.addresses import masked, who_of
from birlik.kernel.mailing.outbox import STOP
from birlik.kernel.node import Node
from birlik.standards.mail_address import checked

MAIL = "-mail"
"""The field of the address, under a name that no parameter has."""
CONFIRM, FORGET, QUIET = "confirm", "forget", "quiet"
"""What is done by a link beside the domain's acts: it is sent; it never was, and nobody is to be written to; the
address is forgotten."""


def routes(web: Web) -> list[Route]:
    """Each is done by POST only."""
    done = {CONFIRM: _confirm(web), FORGET: _forget(web), QUIET: _quiet(web)}
    return [
        Route(f"{forms.PATH}/{{token}}/{name}", endpoint, methods=["POST"], include_in_schema=False)
        for name, endpoint in done.items()
    ]


def typed(given: Mapping[str, str | bytes] | None) -> str:
    """The address, as it stands in the form."""
    return str((given or {}).get(MAIL, "")).strip()


def address_input(sight: Sight, begun: Typed) -> Input:
    """The field that asks for it."""
    t = sight.words.t
    return Input(
        name=MAIL,
        label=t("your e-mail address"),
        kind="email",
        help=t(
            "You get a mail with a link, by which you confirm this. We write to you of what becomes of it and of "
            "nothing else; nobody else sees the address."
        ),
        value=begun.values.get(MAIL, ""),
        is_needed=True,
        error=begun.faults.get(MAIL, ""),
    )


# --- it is sent -------------------------------------------------------------------------------------------------------


def asked(
    web: Web, sight: Sight, stage: Stage, given: Mapping[str, str | bytes], form_id: str, origin: str
) -> forms.Reached | Typed:
    """What it says waits until its sender confirms it: who is asked; or the form, with what is wrong in it."""
    node, vault = sight.node, sight.node.store.vault
    trial = doing.tried(web.service, sight, stage, given, origin=origin)
    made, faults = trial.typed, dict(trial.typed.faults)
    try:
        address = checked(typed(given))
    except BadRequest as error:
        faults[MAIL], address = told(sight, error), ""
    if faults:
        return replace(made, faults=faults, values={**made.values, MAIL: typed(given)})
    said = forms.Unconfirmed(
        act=stage.act.name, told=trial.told, sent_as=made.hidden.get(TOKEN, form_id), origin=origin
    )
    alike = _alike(node, stage.act, trial.row)
    written_to, now = (address, sight.words.language), node.access.now
    to, kept = forms.to_confirm(node.key_file, form_id, said, stage.act.table, written_to, now, alike)
    if vault.get(forms.FORM, form_id, now) is None:  # else it was sent twice, and its mail is on its way
        vault.put_all([*kept, *mailing.confirm(node, stage.act, to, forms.like_it(vault, alike))])
    return to


def _alike(node: Node, act: Act, row: Mapping[str, Any]) -> Mapping[str, str]:
    """By what a queue settles it with others: in a flood these wait behind what has nothing in common."""
    panels = (panel for d in node.domains for page in d.pages for panel in page.panels)
    columns = [name for p in panels if isinstance(p, Queue) and p.table == act.table for name in p.groups]
    return {name: str(row[name]) for name in columns if row.get(name) is not None}


def held_page(request: Request, sight: Sight, act: Act, to: forms.Reached) -> Response:
    """The same whether the address is written to or wants that no more: it tells nothing of whose it is."""
    html = page(request, sight, "anyone_mailed.html", act=act, address=to.address)
    return HTMLResponse(html, headers=NO_STORE)


# --- its link ---------------------------------------------------------------------------------------------------------


def did(sight: Sight) -> str:
    """That it was confirmed, where that is what was just done."""
    if sight.ask.only.get("did", "") != CONFIRM:
        return ""
    return sight.words.t("Thank you. It waits for a steward now: we write to you when they have read it.")


def waiting(node: Node, request: Request) -> forms.Unconfirmed | None:
    """What the form says whose link it is, while that is to be confirmed."""
    return forms.unconfirmed(node.store.vault, node.key_file, request.state.form.form_id, node.access.now)


def address_of(node: Node, request: Request) -> str:
    """To which the form's holder is written, as they know it; empty where there is none."""
    name = f"{forms.PARTY}{request.state.form.form_id}"
    found = forms.reached(node.store.vault, node.key_file, name)
    return masked(found.address) if found is not None else ""


def to_confirm(request: Request, sight: Sight, waits: forms.Unconfirmed, wrong: str = "") -> Response:
    """What it says, and two buttons."""
    act = sight.node.acts[waits.act]
    given = {name: value for name, value in waits.told.items() if value not in (None, "")}
    asks = {p.name: p for p in act.parameters}
    said = [(label(sight, asks[name]), _value(sight, asks[name], value)) for name, value in given.items()]
    link = f"{forms.PATH}/{request.path_params['token']}"
    html = page(request, sight, "anyone_confirm.html", act=act, said=said, link=link, wrong=wrong)
    return HTMLResponse(html, 422 if wrong else 200, headers=NO_STORE)


def _value(sight: Sight, asked: Field, value: Any) -> str:
    return sight.words.code(asked.name, str(value)) if asked.codes else str(value)


def _confirm(web: Web) -> Endpoint:
    node = web.service.node

    def work(request: Request, sight: Sight) -> Response:
        here, form_id = f"{forms.PATH}/{request.path_params['token']}", request.state.form.form_id
        waits = waiting(node, request)
        if waits is None:  # confirmed before, by this press or another
            return RedirectResponse(here, 303, headers=NO_STORE)
        act = node.acts[waits.act]
        try:
            ask = acting.asked(act, waits.told, sight.principal, sent_as=waits.sent_as, origin=waits.origin)
            web.service.act_now(ask)
        except BirlikError as error:
            return to_confirm(request, sight, waits, told(sight, error))
        # After it is written: a kill between the two lets it be confirmed again, and then it is the same act.
        forms.confirmed(node.store.vault, form_id, node.access.now)
        return RedirectResponse(with_query(here, {"did": CONFIRM}), 303, headers=NO_STORE)

    return held(web, work)


def _forget(web: Web) -> Endpoint:
    """It wasn't them: nothing of it is kept, but that this mailbox wants no mail of forms."""
    node = web.service.node

    def work(request: Request, sight: Sight) -> Response:
        vault, now, form_id = node.store.vault, node.access.now, request.state.form.form_id
        found = forms.reached(vault, node.key_file, f"{forms.PARTY}{form_id}")
        if found is not None and forms.is_unconfirmed(vault, form_id, now):
            vault.put(STOP, who_of(node.key_file, found.address), {}, ends=now + forms.LASTS)
            forms.forgotten(vault, form_id)
        return HTMLResponse(page(request, sight, "anyone_forgotten.html"), headers=NO_STORE)

    return held(web, work)


def _quiet(web: Web) -> Endpoint:
    """The address is forgotten; the link stays."""
    node = web.service.node

    def work(request: Request, sight: Sight) -> Response:
        if not forms.is_unconfirmed(node.store.vault, request.state.form.form_id, node.access.now):
            forms.unaddressed(node.store.vault, request.state.form.form_id)
        here = f"{forms.PATH}/{request.path_params['token']}"
        return RedirectResponse(here, 303, headers=NO_STORE)

    return held(web, work)
