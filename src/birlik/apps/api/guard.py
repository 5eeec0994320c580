"""At the door: who calls, whether a foreign page sent them, and the headers that every answer carries."""

import asyncio
import ipaddress
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from birlik.apps.api.audited import ERROR, Noting, caller
from birlik.apps.api.problems import of_error
from birlik.apps.api.steps import waits_s
from birlik.errors import BirlikError, Refused
from birlik.kernel.policy import EVERY_RIGHT, OWN, Principal

Authenticate = Callable[[Request], Principal]

PRINCIPAL, ROUTE, READ = "birlik.principal", "birlik.route", "birlik.headers"
"""Keys of the scope: who asks, the pattern of the address that answered, and the headers once they are read."""
SOCKET, KEY, SESSION, TOKEN = "birlik.socket", "birlik.key", "birlik.session", "birlik.token"
"""And: it came by the socket of the machine's owner; the key that stood in its path; the session, and its token."""
UNSAID = "birlik.unsaid"
"""And: by it somebody says what nobody is told yet; no counter moves, or who reads them would know that it was said."""
COOKIE = "birlik.cookie"
"""And: what its browser is to keep of its session from now on, whatever is answered; a header."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cache-control", b"private, no-cache"),
)
"""What an answer carries unless it says otherwise itself, as pages do."""
UNSTORED = (b"cache-control", b"no-store")
"""Of who has signed in a browser keeps nothing on its disk: others use it, and a session may end without a word."""


ONLY_TLS = (b"strict-transport-security", b"max-age=31536000")
"""RFC 6797: whoever has come under TLS once comes so for a year."""


def headers_of(scope: Scope) -> Mapping[str, str]:
    """A request's headers by their names in lower case, read once; of two with one name the first holds."""
    read: Mapping[str, str] | None = scope.get(READ)
    if read is None:
        pairs = reversed(scope["headers"])
        read = scope[READ] = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    return read


@lru_cache(maxsize=1_024)
def is_loopback(name: str) -> bool:
    """
    >>> [is_loopback(name) for name in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "10.0.0.1")]
    [True, True, True, True, False]
    """
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@/?#\\\s]+))(?::[0-9]*)?")


def hostname(host: str) -> str:
    """The name in a Host header, without its port; empty where what stands in its place is no port.

    >>> [hostname(h) for h in ("localhost:8080", "[::1]:8080", "127.0.0.1", "localhost:1@other.example")]
    ['localhost', '::1', '127.0.0.1', '']
    """
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else ""


FOREIGN = {"cross-site": "another site", "same-site": "another port of this machine"}
"""What browsers say of a request that a page which is not ours has caused. Who is no browser says nothing of it."""


def refuse_foreign(method: str, headers: Mapping[str, str], *, writes: bool = False) -> None:
    """A page of another origin may link to what is read, and nothing else. Raises Refused.

    writes: this request writes whatever its method: trackers send their fixes by GET, and a frame, a picture or a link
    of a foreign page would too.
    """
    safe = method in SAFE and not writes
    origin = headers.get("origin")
    if origin is None and not safe and "sec-fetch-site" not in headers:
        origin = headers.get("referer")  # older browsers say no more than this of a form or a frame
    if origin is not None and not safe and origin.partition("://")[2].partition("/")[0] != headers.get("host"):
        raise Refused("this request comes from a page of another origin")
    came = FOREIGN.get(headers.get("sec-fetch-site", ""))
    if came is not None and not (safe and headers.get("sec-fetch-mode") == "navigate"):
        raise Refused(f"this request comes from a page of {came}")


@dataclass
class Guard:
    """ASGI middleware. Sets the principal of each request and counts the answers by route and status."""

    app: ASGIApp
    authenticate: Authenticate
    noting: Noting
    counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    reads: Callable[[str], None] = lambda who: None
    """Told who asks, each time. Raises TooMany."""
    step_s: float = 0.0
    """The first of the moments at which answers leave to whom some rows are hidden; 0: as soon as they are there."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        is_given_up, began = False, time.monotonic()

        async def sending(message: Message) -> None:
            nonlocal is_given_up
            if is_given_up:
                return
            if message["type"] == "http.response.start":
                present, status = dict(message["headers"]), message["status"]
                route = _route(scope)
                noted = self.noting.of(scope, status, present, scope.get(PRINCIPAL), route)
                if noted is not None and (error := await noted) is not None:
                    # Without its line nothing leaves the node.
                    await of_error(error)(scope, receive, sending)
                    is_given_up = True
                    return
                message["headers"] = [*message["headers"], *(h for h in HEADERS if h[0] not in present)]
                if scope.get("scheme") == "https":
                    message["headers"].append(ONLY_TLS)
                if SESSION in scope:
                    message["headers"] = [UNSTORED if _is_kept(h) else h for h in message["headers"]]
                if (cookie := scope.get(COOKIE)) is not None and b"set-cookie" not in present:
                    message["headers"].append((b"set-cookie", cookie))
                if UNSAID not in scope:
                    self.counts[(scope["method"], route, status)] += 1
                if self.step_s and scope["method"] in SAFE and hides_rows(scope.get(PRINCIPAL)):
                    await asyncio.sleep(waits_s(time.monotonic() - began, self.step_s))
            await send(message)

        try:
            refuse_foreign(scope["method"], headers_of(scope))
            who = scope[PRINCIPAL] = replace(self.authenticate(Request(scope)), address=caller(scope))
            if scope["method"] in SAFE and who.rights is not EVERY_RIGHT and not scope["path"].startswith("/static/"):
                self.reads(who.address if who.is_nobody else who.name)
        except BirlikError as error:
            scope[ERROR] = error
            await of_error(error)(scope, receive, sending)
            return
        await self.app(scope, receive, sending)


def _is_kept(header: tuple[bytes, bytes]) -> bool:
    return header[0] == b"cache-control" and header[1].startswith(b"private")


def hides_rows(principal: Principal | None) -> bool:
    """Are some rows hidden from who asks?"""
    return principal is not None and principal.view != OWN and not principal.is_nobody


def _route(scope: Scope) -> str:
    """The pattern, never the address: what a reader writes must not become a name in the metrics."""
    if ROUTE in scope:
        return str(scope[ROUTE])
    if "endpoint" not in scope:
        return "other"
    path = scope["path"]
    for name, value in reversed(scope.get("path_params", {}).items()):
        if said := str(value):  # a rest may be nothing
            before, found, after = path.rpartition(said)
            path = f"{before}{{{name}}}{after}" if found else path
    return str(path)


def principal_of(request: Request) -> Principal:
    """Who asks, as the guard found."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal
