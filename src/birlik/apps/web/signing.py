"""Signing in here: a name and a password, then a code or a passkey; or a passkey alone.

It answers alike, and takes alike, for a name that exists and one that doesn't: the same hash is made, the same sentence
is said, and the same delays grow. What somebody did so far stands in a cookie of their browser, sealed.
"""

import asyncio
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web.door import LARGEST, PASSKEY, SECOND, SIGN_IN, Door, address_of, json_of
from birlik.apps.web.given import given
from birlik.apps.web.letting import (
    NO_STORE,
    Endpoint,
    Web,
    let_in,
    next_of,
    page,
    refused_entry,
    shown,
    status_of,
    told,
)
from birlik.apps.web.sight import Sight
from birlik.errors import BadRequest, BirlikError, Refused, TooMany, Unknown
from birlik.kernel.access import passkeys
from birlik.kernel.access.passkeys import Site
from birlik.kernel.access.people import Kept
from birlik.kernel.access.sessions import BY_CODE, BY_PASSKEY, BY_PASSWORD
from birlik.said import Said

SECOND_STEP, BY_KEY = f"{SIGN_IN}/second", f"{SIGN_IN}/passkey"
NO = Said("this name and this password don't go together")
NO_CODE = Said("this code is wrong, or was used before")
NO_KEY = Said("this passkey opens nothing here; try another, or sign in otherwise")


def routes(web: Web, door: Door) -> list[Route | Mount]:
    """Those that whoever reaches the node may call."""
    return [
        Route(SIGN_IN, _form(web, door), methods=["GET"], include_in_schema=False),
        Route(SIGN_IN, _password(web, door), methods=["POST"], include_in_schema=False),
        Route(SECOND_STEP, _second(web, door), methods=["GET"], include_in_schema=False),
        Route(SECOND_STEP, _code(web, door), methods=["POST"], include_in_schema=False),
        Route(f"{BY_KEY}/ask", _ask_for_passkey(web, door), methods=["POST"], include_in_schema=False),
        Route(BY_KEY, _passkey(web, door), methods=["POST"], include_in_schema=False),
    ]


def _form(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            query = request.query_params
            to, left = next_of(query.get("next")), query.get("left", "")
            return _shown(request, sight, door, to=to, left=left, is_again="again" in query)

        return await shown(web, request, act)

    return endpoint


def _shown(
    request: Request, sight: Sight, door: Door, *, to: str, name: str = "", left: str = "", is_again: bool = False,
    error: BirlikError | None = None,
) -> Response:  # fmt: skip
    """left: the other sign-in at which somebody may still be signed in."""
    status, headers = (200, {}) if error is None else status_of(error)
    beside = f"?next={quote(to, safe='')}" if to != "/" else ""
    anew = f"{beside}{'&' if beside else '?'}again=1" if is_again else beside
    answer = page(
        request, sight, "sign_in.html", status, to=to, typed=name, beside=beside, anew=anew,
        others=[(each.name, each.title or each.issuer) for each in sight.node.settings.issuers],
        has_passkeys=door.site is not None, left=left if left in door.providers else "",
        has_left=bool(left), is_again=is_again, error=told(sight, error) if error is not None else "",
    )  # fmt: skip
    answer.headers.update(headers)
    return answer


def _password(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            came = await given(request, LARGEST)
        except BirlikError as error:
            return web.failed(request, error)
        name, to = str(came.get("name", "")).strip().lower()[:64], next_of(came.get("next"))
        wrong: BirlikError | None = None
        try:
            if not await _agrees(door, request, name, str(came.get("password", ""))):
                wrong = BadRequest(NO)
        except TooMany as error:
            wrong = error

        def act(request: Request, sight: Sight) -> Response:
            if wrong is not None:
                refused_entry(request, door, BY_PASSWORD)
                return _shown(request, sight, door, to=to, name=name, error=wrong)
            return _after_password(request, door, name, to)

        return await shown(web, request, act)

    return endpoint


async def _agrees(door: Door, request: Request, name: str, password: str) -> bool:
    """Raises TooMany. Who that name is is looked at after the work, so that it takes alike for everybody."""
    known, address = door.browser(request).known_as(name), address_of(request)
    door.delays.begins(name, address, known, door.now)
    try:
        right = await door.lanes.of(bool(known)).run(lambda: door.people.agrees(name, password))
    except TooMany:
        door.delays.untried(name, address, known)
        raise
    row = await asyncio.to_thread(door.node.access.row, name)
    if not right or row is None or row["issuer"]:
        return False
    door.delays.succeeded(name, address, known)
    return True


def _after_password(request: Request, door: Door, name: str, to: str) -> Response:
    if not door.people.has_second(name):
        return let_in(request, door, name, to, [BY_PASSWORD])
    answer = RedirectResponse(SECOND_STEP, 303, headers=NO_STORE)
    door.begin(answer, SECOND, {"who": name, "to": to})
    return answer


# --- the second step ------------------------------------------------------------------------------------------------


def _second(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            try:
                begun = door.begun.seen(SECOND, door.read(request, SECOND), door.now)
            except Refused:
                return RedirectResponse(SIGN_IN, 303, headers=NO_STORE)
            return _second_shown(request, sight, door, begun)

        return await shown(web, request, act)

    return endpoint


def _second_shown(
    request: Request, sight: Sight, door: Door, begun: Mapping[str, str], error: BirlikError | None = None
) -> Response:
    status, headers = (200, {}) if error is None else status_of(error)
    answer = page(
        request, sight, "second.html", status, has_codes=door.people.codes_since(begun["who"]) is not None,
        has_passkeys=door.site is not None and bool(door.people.passkeys(begun["who"])),
        error=told(sight, error) if error is not None else "",
    )  # fmt: skip
    answer.headers.update(headers)
    return answer


def _code(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            came = await given(request, LARGEST)
        except BirlikError as error:
            return web.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            text = door.read(request, SECOND)
            begun = door.begun.seen(SECOND, text, door.now)
            who, address = begun["who"], address_of(request)
            # Each guess of six digits counts for the name, in whatever browser: whoever comes here has its password.
            try:
                door.delays.begins(f"code of {who}", "", who, door.now)
                if not door.people.take_code(who, str(came.get("code", ""))[:20], door.now):
                    raise BadRequest(NO_CODE)
            except (TooMany, BadRequest) as error:
                refused_entry(request, door, BY_CODE, who)
                return _second_shown(request, sight, door, begun, error)
            door.delays.succeeded(f"code of {who}", address, who)
            door.begun.ended(SECOND, text, door.now)
            return let_in(request, door, who, begun["to"], [BY_PASSWORD, BY_CODE])

        return await shown(web, request, act)

    return endpoint


# --- passkeys -------------------------------------------------------------------------------------------------------


def _ask_for_passkey(web: Web, door: Door) -> Endpoint:
    """What the browser is asked to sign: by one of theirs, after a password; else by whosever it is."""

    async def endpoint(request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            site, who = _site(door), ""
            if request.query_params.get("second"):
                who = door.begun.seen(SECOND, door.read(request, SECOND), door.now)["who"]
            challenge = secrets.token_bytes(32)
            allowed = [each.key.id for each in door.people.passkeys(who)] if who else []
            options = passkeys.to_sign(site, allowed=allowed, challenge=challenge, alone=not who)
            answer = JSONResponse(dict(options), headers=NO_STORE)
            door.begin(answer, PASSKEY, {"challenge": challenge.hex(), "who": who, "for": "signing"})
            return answer

        return await shown(web, request, act)

    return endpoint


def _passkey(web: Web, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            came = await json_of(request)
        except BirlikError as error:
            return web.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            try:
                answer = _by_passkey(request, door, came, next_of(request.query_params.get("next")))
            except (Refused, TooMany) as error:
                status, headers = (403, {}) if isinstance(error, Refused) else status_of(error)
                return JSONResponse({"said": told(sight, error)}, status, {**NO_STORE, **headers})
            made = JSONResponse({"to": answer.headers["location"]}, headers=NO_STORE)
            made.raw_headers += [each for each in answer.raw_headers if each[0] == b"set-cookie"]
            return made

        return await shown(web, request, act)

    return endpoint


def _by_passkey(request: Request, door: Door, came: object, to: str) -> Response:
    """Raises Refused, TooMany."""
    site = _site(door)
    asked = door.begun.ended(PASSKEY, door.read(request, PASSKEY), door.now)
    if asked["for"] != "signing":
        raise Refused(NO_KEY)
    answer = came.get("answer") if isinstance(came, dict) else None
    kept = door.people.passkey(passkeys.id_of(answer))
    if asked["who"]:
        begun = door.begun.ended(SECOND, door.read(request, SECOND), door.now)
        if begun["who"] != asked["who"]:
            raise Refused(NO_KEY)
        to = begun["to"]
    if kept is None or (asked["who"] and kept.principal_id != asked["who"]):
        raise Refused(NO_KEY)
    _must_be_signed(door, site, answer, kept, bytes.fromhex(asked["challenge"]), alone=not asked["who"])
    by = [BY_PASSWORD, BY_PASSKEY] if asked["who"] else [BY_PASSKEY]
    return let_in(request, door, kept.principal_id, to, by)


def _must_be_signed(door: Door, site: Site, answer: object, kept: Kept, challenge: bytes, *, alone: bool) -> None:
    after = passkeys.signed(site, answer, challenge, kept.key, alone=alone)
    door.people.used_passkey(kept, after, door.now)


def _site(door: Door) -> Site:
    """Raises Unknown."""
    if door.site is None:
        raise Unknown("passkeys need an address that is a name, under TLS (setting address)")
    return door.site
