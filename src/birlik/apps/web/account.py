"""One's own account: password, passkeys, codes, sessions, the view that one reads.

What decides who gets in is changed only by who has just said who they are; then this browser has a new session, and all
others of theirs end.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import mailbox
from birlik.apps.web.door import LARGEST, PASSKEY, SIGN_IN, Door, address_of, json_of
from birlik.apps.web.given import given, must_be_of_its_page
from birlik.apps.web.letting import (
    NO_STORE,
    Endpoint,
    Web,
    let_in,
    noted,
    page,
    session_of,
    shown,
    status_of,
    to_sign_in,
    told,
)
from birlik.apps.web.sight import Sight
from birlik.errors import BadRequest, BirlikError, ReaderError, Refused, TooMany, Unknown
from birlik.kernel import acting
from birlik.kernel.access import passkeys, sessions, totp
from birlik.kernel.access.passkeys import Site
from birlik.kernel.access.sessions import BY_CODE, BY_LINK, BY_PASSKEY, BY_PASSWORD, Session
from birlik.kernel.access.tables import KEY
from birlik.kernel.mailing.notices import ACCOUNT
from birlik.said import Said
from birlik.standards import qr

OTHERS = "others"
WRONG = Said("this is not the password that you have now")
UNLIKE = Said("the two don't agree; type the new password twice")
DONE = {
    "password": "The password is set. All other sessions of yours have ended.",  # nosec B105 # a sentence
    "codes": "Codes are asked for from now on.",
    "codes-ended": "Codes are asked for no more.",
    "passkey": "The passkey is yours.",
    "passkey-ended": "That passkey opens nothing any more.",
    "session": "That session has ended.",
    "view": "From now on you read this view.",
    "mailbox-asked": "A mail is on its way to you. Confirm the address by the link in it, within 24 hours.",
    "mailbox": "The address is confirmed. From now on you are written to when something concerns you.",
    "mailbox-ended": "The address is forgotten. You are written to no more.",
    "birlik_my_key_end~1": "That key lets nobody in any more.",
}
"""By what the address says was done. Said in the reader's language where they are shown."""
Came = Mapping[str, Any]
Does = Callable[[Request, Sight, Session, Came], Response]


def routes(web: Web, door: Door) -> list[Route | Mount]:
    """For whoever has signed in."""

    def form(path: str, does: Callable[[Request, Sight, Door, Session, Came], Response]) -> Route:
        def bound(request: Request, sight: Sight, session: Session, came: Came) -> Response:
            return does(request, sight, door, session, came)

        return Route(f"{ACCOUNT}/{path}", _form(web, bound), methods=["POST"], include_in_schema=False)

    return [
        Route(ACCOUNT, _account(web, door), methods=["GET"], include_in_schema=False),
        Route(f"{ACCOUNT}/password", _password(web, door), methods=["POST"], include_in_schema=False),
        form("codes", _begin_codes),
        form("codes/confirm", _confirm_codes),
        form("codes/end", _end_codes),
        form("passkeys/end", _end_passkey),
        form("sessions/end", _end_session),
        form("view", _view),
        form("mailbox", _mailbox(mailbox.asked)),
        form("mailbox/confirm", _mailbox(mailbox.confirmed)),
        form("mailbox/end", lambda request, sight, door, session, came: mailbox.forgotten(door, session)),
        Route(f"{ACCOUNT}/passkeys/ask", _ask_for_passkey(web, door), methods=["POST"], include_in_schema=False),
        Route(f"{ACCOUNT}/passkeys", _add_passkey(web, door), methods=["POST"], include_in_schema=False),
    ]


def _account(web: Web, door: Door) -> Endpoint:
    def act(request: Request, sight: Sight) -> Response:
        session = session_of(request)
        if session is None:
            return to_sign_in(request)
        return _shown(request, sight, door, session)

    async def endpoint(request: Request) -> Response:
        return await shown(web, request, act)

    return endpoint


def _form(web: Web, does: Does) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            came = await given(request, LARGEST)
        except BirlikError as error:
            return web.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            session = session_of(request)
            return to_sign_in(request) if session is None else does(request, sight, session, came)

        return await shown(web, request, act)

    return endpoint


# --- the page -------------------------------------------------------------------------------------------------------


def _shown(
    request: Request, sight: Sight, door: Door, session: Session, errors: Mapping[str, BirlikError] | None = None
) -> Response:
    """errors: by the section in which something went wrong."""
    who, words, people = session.principal_id, sight.words, door.people
    row, wrong = sight.node.access.row(who) or {}, errors or {}
    did = DONE.get("~".join(request.query_params.get("did", "").split("~")[:2]), "")  # without the id of the act
    first = next(iter(wrong.values()), None)
    status, headers = (200, {}) if first is None else status_of(first)
    full = sight.node.access.of(who)
    answer = page(
        request, sight, "account.html", status,
        row=row, who=who, did=words.t(did), errors={name: told(sight, error) for name, error in wrong.items()},
        roles=[words.code("role", right.role.value) for right in (full.held if full else ())],
        views=[(i, sight.node.views.names[i]) for i in sight.principal.views], view=sight.principal.view,
        mailbox=mailbox.section(request, sight, who),
        is_issued=bool(session.issuer), issuer=_issuer(sight, session), is_fresh=session.is_fresh(door.now),
        lacks=full is not None and session.lacks(full, sight.node.settings.second_factor),
        password_since=_moment(sight, people.password_since(who)), asks_password=_asks_password(door, session),
        codes_since=_moment(sight, people.codes_since(who)), has_site=door.site is not None,
        passkeys=[
            {"id": each.key.id.hex(), "title": each.title, "made": _moment(sight, each.made),
             "last": _moment(sight, each.last), "is_synced": each.key.is_synced}
            for each in people.passkeys(who)
        ],
        keys=[_key(sight, row) for row in sight.reader.mine(KEY.name).to_pylist() if row["principal_id"] == who],
        may_make_keys=acting.may(sight.principal, sight.node.acts["birlik_my_key_add"]), form=uuid4().hex,
        sessions=[_session(sight, each, session) for each in sessions.of(door.node.store.vault, who, door.now)],
    )  # fmt: skip
    answer.headers.update(headers)
    return answer


def _issuer(sight: Sight, session: Session) -> str:
    found = (each.title or each.issuer for each in sight.node.settings.issuers if each.issuer == session.issuer)
    return next(found, session.issuer)


def _moment(sight: Sight, moment: Any) -> str:
    return sight.words.moment(moment, sight.zone) if moment is not None else ""


def _session(sight: Sight, each: Session, own: Session) -> Mapping[str, Any]:
    return {
        "key": each.key,
        "is_own": each.key == own.key,
        "browser": browser_of(each.about.get("browser", "")),
        "address": each.about.get("address", ""),
        "made": _moment(sight, each.made),
        "seen": _moment(sight, each.seen),
    }


def _key(sight: Sight, row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": row["key_id"], "label": row["label"], "until": _moment(sight, row["until_time"])}


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
            ("Linux", "Linux"))  # fmt: skip


def browser_of(agent: str) -> str:
    """What its owner would call it.

    >>> browser_of("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537"), browser_of("curl/8")
    ('Chrome, Linux', 'curl/8')
    """
    found = [next((name for part, name in known if part in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found)) or agent[:40] or "–"


# --- what may be changed, and by whom -------------------------------------------------------------------------------


def _must_be_local(session: Session) -> None:
    """Raises Refused for who comes by another's word: a factor of their own would outlive it."""
    if session.issuer:
        raise Refused(Said("you sign in elsewhere; passwords and second factors are changed there"))


def _again() -> Response:
    return RedirectResponse(f"{SIGN_IN}?again=1&next={ACCOUNT}", 303, headers=NO_STORE)


def _renewed(request: Request, door: Door, session: Session, did: str, *by: str) -> Response:
    """It was done: a new session for this browser, and none for any other."""
    sessions.end(door.node.store.vault, session.principal_id)
    said = [*dict.fromkeys([*session.by, *by])]
    return let_in(request, door, session.principal_id, f"{ACCOUNT}?did={did}", said)


def _asks_password(door: Door, session: Session) -> bool:
    """Who came by a one-time link has forgotten it."""
    return BY_LINK not in session.by and door.people.password_since(session.principal_id) is not None


def _password(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        session = session_of(request)
        if session is None:
            return to_sign_in(request)
        try:
            came = await given(request, LARGEST)
            _must_be_local(session)
        except BirlikError as error:
            return web.failed(request, error)
        if not session.is_fresh(door.now):
            return _again()
        wrong: BirlikError | None = None
        try:
            await _set_password(request, door, session, came)
        except (ReaderError, TooMany) as error:
            wrong = error

        def act(request: Request, sight: Sight) -> Response:
            if wrong is not None:
                return _shown(request, sight, door, session, {"password": wrong})
            return _renewed(request, door, session, "password", BY_PASSWORD)

        return await shown(web, request, act)

    return endpoint


async def _set_password(request: Request, door: Door, session: Session, came: Came) -> None:
    """Raises BadRequest, TooMany."""
    who, lane = session.principal_id, door.lanes.of(True)
    typed = str(came.get("password", ""))
    if typed != str(came.get("again", "")):
        raise BadRequest(UNLIKE)
    if _asks_password(door, session):
        name, address = f"password of {who}", address_of(request)
        door.delays.begins(name, address, who, door.now)
        before = str(came.get("before", ""))
        if not await lane.run(lambda: door.people.agrees(who, before)):
            raise BadRequest(WRONG)
        door.delays.succeeded(name, address, who)
    row = door.node.access.row(who) or {}
    names = [str(row.get(name) or "") for name in ("name", "organisation_id")]
    await lane.run(lambda: door.people.must_be_taken(who, typed, names))
    await asyncio.to_thread(noted, request, door, "password_set", who)
    await lane.run(lambda: door.people.set_password(who, typed, names, door.now))


def _begin_codes(request: Request, sight: Sight, door: Door, session: Session, came: Came) -> Response:
    return _codes_shown(request, sight, door, session)


def _codes_shown(
    request: Request, sight: Sight, door: Door, session: Session, error: BirlikError | None = None
) -> Response:
    _must_be_local(session)
    if not session.is_fresh(door.now):
        return _again()
    seed = door.people.begin_codes(session.principal_id, door.now)
    address = totp.address(seed, session.principal_id, sight.node.settings.title)
    picture = Markup(qr.svg(address, sight.words.t("Picture for the application")))  # nosec B704 # an SVG that the library drew; its words are escaped
    status, headers = (200, {}) if error is None else status_of(error)
    answer = page(
        request, sight, "codes.html", status, picture=picture, text=totp.as_text(seed), address=address,
        error=told(sight, error) if error is not None else "",
    )  # fmt: skip
    answer.headers.update(headers)
    return answer


def _confirm_codes(request: Request, sight: Sight, door: Door, session: Session, came: Came) -> Response:
    _must_be_local(session)
    if not session.is_fresh(door.now):
        return _again()
    who, typed = session.principal_id, str(came.get("code", ""))[:20]
    try:
        door.people.confirm_codes(who, typed, door.now, lambda: noted(request, door, "codes_set", who))
    except (BadRequest, Unknown) as error:
        return _codes_shown(request, sight, door, session, error)
    return _renewed(request, door, session, "codes", BY_CODE)


def _end_codes(request: Request, sight: Sight, door: Door, session: Session, came: Came) -> Response:
    _must_be_local(session)
    if not session.is_fresh(door.now):
        return _again()
    noted(request, door, "codes_ended", session.principal_id)
    door.people.end_codes(session.principal_id)
    return _renewed(request, door, session, "codes-ended")


def _end_passkey(request: Request, sight: Sight, door: Door, session: Session, came: Came) -> Response:
    _must_be_local(session)
    if not session.is_fresh(door.now):
        return _again()
    try:
        key_id = bytes.fromhex(str(came.get("id", "")))
    except ValueError:
        raise BadRequest("id: what a list of passkeys says") from None
    noted(request, door, "passkey_ended", session.principal_id, key_id.hex()[:32])
    door.people.end_passkey(session.principal_id, key_id)
    return _renewed(request, door, session, "passkey-ended")


def _end_session(request: Request, sight: Sight, door: Door, session: Session, came: Came) -> Response:
    """One of their own, or all but this one. That takes something away, so it needs no fresh sign-in."""
    vault, who, key = door.node.store.vault, session.principal_id, str(came.get("key", ""))
    noted(request, door, "session_ended", who)
    if key == OTHERS:
        for each in sessions.of(vault, who, door.now):
            if each.key != session.key:
                sessions.end(vault, who, each.key)
    elif key:
        sessions.end(vault, who, key)
    return RedirectResponse(f"{ACCOUNT}?did=session", 303, headers=NO_STORE)


def _view(request: Request, sight: Sight, door: Door, session: Session, came: Came) -> Response:
    """One at a time, among their own: figures are made a view."""
    chosen = str(came.get("view", ""))
    if not chosen.isdecimal() or int(chosen) not in sight.principal.views:
        raise BadRequest("view: one of those that you may read")
    sessions.change(door.node.store.vault, session, view=int(chosen))
    return RedirectResponse(f"{ACCOUNT}?did=view", 303, headers=NO_STORE)


def _mailbox(does: Callable[[Sight, Session, Came], Response]) -> Callable[..., Response]:
    """What is wrong with an address is said at it."""

    def done(request: Request, sight: Sight, door: Door, session: Session, came: Came) -> Response:
        try:
            return does(sight, session, came)
        except (BadRequest, TooMany) as error:
            return _shown(request, sight, door, session, {mailbox.SECTION: error})

    return done


# --- passkeys -------------------------------------------------------------------------------------------------------


def _ask_for_passkey(web: Web, door: Door) -> Endpoint:
    def act(request: Request, sight: Sight) -> Response:
        session, site = _changing(request, door)
        challenge, who = secrets.token_bytes(32), session.principal_id
        row = sight.node.access.row(who) or {}
        options = passkeys.to_register(
            site, handle=who.encode(), person=str(row.get("name") or who), challenge=challenge,
            there=[each.key.id for each in door.people.passkeys(who)],
        )  # fmt: skip
        answer = JSONResponse(dict(options), headers=NO_STORE)
        door.begin(answer, PASSKEY, {"challenge": challenge.hex(), "who": who, "for": "making"})
        return answer

    async def endpoint(request: Request) -> Response:
        return await shown(web, request, _in_json(act))

    return endpoint


def _add_passkey(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            must_be_of_its_page(request)
            came = await json_of(request)
        except BirlikError as error:
            return web.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            session, site = _changing(request, door)
            asked = door.begun.ended(PASSKEY, door.read(request, PASSKEY), door.now)
            if asked["for"] != "making" or asked["who"] != session.principal_id:
                raise Refused(Said("this passkey can't be taken; try again, or with another"))
            told = came if isinstance(came, dict) else {}
            key = passkeys.registered(site, told.get("answer"), bytes.fromhex(asked["challenge"]))
            title = " ".join(str(told.get("title") or "").split())[:60] or browser_of(request.headers["user-agent"])
            noted(request, door, "passkey_added", session.principal_id, key.id.hex()[:32])
            door.people.add_passkey(session.principal_id, key, title, door.now)
            answer = _renewed(request, door, session, "passkey", BY_PASSKEY)
            made = JSONResponse({"to": answer.headers["location"]}, headers=NO_STORE)
            made.raw_headers += [each for each in answer.raw_headers if each[0] == b"set-cookie"]
            return made

        return await shown(web, request, _in_json(act))

    return endpoint


def _changing(request: Request, door: Door) -> tuple[Session, Site]:
    """Raises Refused, Unknown."""
    must_be_of_its_page(request)
    session = session_of(request)
    if session is None:
        raise Refused(Said("sign in first"))
    _must_be_local(session)
    if not session.is_fresh(door.now):
        raise Refused(Said("it is a while since you signed in: sign in once more, then change it"))
    if door.site is None:
        raise Unknown("passkeys need an address that is a name, under TLS (setting address)")
    return session, door.site


def _in_json(act: Callable[[Request, Sight], Response]) -> Callable[[Request, Sight], Response]:
    """What went wrong, for the page's script to say."""

    def said(request: Request, sight: Sight) -> Response:
        try:
            return act(request, sight)
        except (ReaderError, TooMany) as error:
            status, headers = (403, {}) if isinstance(error, Refused) else status_of(error)
            return JSONResponse({"said": told(sight, error)}, status, {**NO_STORE, **headers})

    return said
