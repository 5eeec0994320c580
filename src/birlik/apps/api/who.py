"""Who asks: the machine's owner, by the socket or on an open node; else by a key or a session's cookie; else nobody."""

import hmac
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from birlik.apps.api.guard import (
    COOKIE,
    KEY,
    SAFE,
    SESSION,
    SOCKET,
    TOKEN,
    Authenticate,
    headers_of,
    hostname,
    is_loopback,
)
from birlik.errors import BadRequest, Refused, Unnamed
from birlik.kernel.access import keys, sessions
from birlik.kernel.access.sessions import Lasting, Session
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal

AFRESH = ("birlik_my_key_add",)
"""Acts that make another way in for who does them: a stolen cookie must not become one."""
AS_ONESELF = ("/see-as", "/sign-out", "/account")
"""What a steward who looks through somebody's eyes still does as themselves."""
PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via")
FORM_TOKEN = "birlik-form"  # nosec B105 # a header's name
"""The header by which a page's own scripts say that they are that page's; forms have a field for it."""
BACKGROUND = ("/-/tags", "/api/v1/events")
"""What an open page asks by itself: nobody need be sitting before it."""


def authenticating(node: Node) -> Authenticate:
    """The way in of a node: open, where that was said; else closed."""
    closed = Closed(node)
    opened = on_loopback(node) if node.settings.open else None

    def authenticate(request: Request) -> Principal:
        if request.scope.get(SOCKET):
            return node.operator
        if opened is None:
            return closed(request.scope)
        if node.access.has_people:
            raise Refused("somebody has an account here, so the node is open no more: serve it without --open")
        return opened(request)

    return authenticate


def on_loopback(node: Node) -> Authenticate:
    """Of an open node: who calls from this machine is its operator; nobody else is served.

    The Host header must name this machine too. Else a foreign page whose name is made to point at 127.0.0.1
    (DNS rebinding) would be let in by the reader's own browser. What a proxy has marked comes from elsewhere.
    """
    own = {node.settings.host.lower()}

    def authenticate(request: Request) -> Principal:
        headers = headers_of(request.scope)
        if request.client is None or not is_loopback(request.client.host):
            raise Refused("this node is open to its own machine only; give it accounts: birlik init")
        if marked := next((name for name in PROXIED if name in headers), None):
            raise Refused(f"a proxy has sent this on ({marked}), and an open node is for its own machine only")
        name = hostname(headers.get("host", ""))
        if not is_loopback(name) and name not in own:
            raise Refused("the Host header names another machine; use the node's own address, http://127.0.0.1")
        return node.operator

    return authenticate


@dataclass
class Closed:
    """Whoever calls is nobody until they show a key or a session."""

    node: Node

    def __post_init__(self) -> None:
        settings = self.node.settings
        self.lasting = Lasting(timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_s))
        self.names = allowed_hosts(settings.address, settings.host)
        self.cookie = sessions.cookie_name(settings)
        self.asked = frozenset(settings.second_factor)
        self._renewing = threading.Lock()

    def __call__(self, scope: Scope) -> Principal:
        """Raises Unnamed for a key that isn't one, Refused for what is wrong with the request."""
        headers = headers_of(scope)
        self._must_be_meant(scope, headers)
        if (key := scope.get(KEY) or _bearer(headers)) is not None:
            return self._by_key(scope, key)
        if (token := cookie_of(headers, self.cookie)) is not None:
            found = self._by_session(scope, headers, token)
            if found is not None:
                return found
        return self.node.access.anyone()

    def _must_be_meant(self, scope: Scope, headers: Mapping[str, str]) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hostname(headers.get("host", "")) not in self.names:
            names = ", ".join(sorted(self.names))
            raise BadRequest(f"the Host header names another machine; this node is called {names} (setting address)")

    def _by_key(self, scope: Scope, key: str) -> Principal:
        client = scope.get("client")
        found = self.node.access.of_key(key, client[0] if client else "")
        if found is None:
            raise Unnamed("this key is none of this node's, has ended, or is not for your network")
        principal, key_id = found
        self.node.access.used(key_id)
        return principal

    def _by_session(self, scope: Scope, headers: Mapping[str, str], token: str) -> Principal | None:
        vault, now = self.node.store.vault, self.node.access.now
        session = sessions.found(vault, token, now, self.lasting)
        principal = self.node.access.of(session.principal_id, session.view) if session is not None else None
        if session is None or principal is None:
            return None
        # Of a page's form the token is one of its fields, which `web.given` looks at.
        by_form = _is_form(headers) and not scope["path"].startswith("/api/")
        if scope["method"] not in SAFE and not by_form and not is_own(headers.get(FORM_TOKEN), token):
            raise Refused("this request lacks the token of its page: load the page again")
        if scope["method"] not in SAFE and scope["path"].rpartition("/")[2] in AFRESH and not session.is_fresh(now):
            raise Refused("it is a while since you signed in: sign in once more, then make the key")
        if not any(part in scope["path"] for part in BACKGROUND):
            sessions.seen(vault, session, now)
        scope[SESSION], scope[TOKEN] = session, token
        self._renew(scope, session, sessions.rights_of(principal))
        if session.lacks(principal, self.asked):
            # Somebody, with no right but to add the second factor that is asked of them; nor may they make a key, which
            # nobody asks for one.
            return replace(principal, rights=(), acts=frozenset())
        if session.seen_as and scope["path"] not in AS_ONESELF:
            return self._through(scope, session.seen_as, principal)
        return principal

    def _renew(self, scope: Scope, session: Session, rights: str) -> None:
        """Who has other rights than when they signed in gets another token, so that no older one ever has them for
        long. What this request brought was right; the page that answers it has the new one's forms."""
        if session.rights in (rights, "") or session.moved:
            return
        vault, now = self.node.store.vault, self.node.access.now
        with self._renewing:
            before = vault.get(sessions.SESSION, session.key, now)
            if before is None or before.get("moved"):
                return
            token = sessions.renewed(vault, session, rights, now)
        answer = Response()
        answer.set_cookie(
            self.cookie, token, path="/", secure=sessions.is_secure(self.node.settings), httponly=True, samesite="lax"
        )
        scope[COOKIE] = answer.headers["set-cookie"].encode("latin-1")
        if scope["method"] in SAFE:
            scope[TOKEN] = token

    def _through(self, scope: Scope, principal_id: str, steward: Principal) -> Principal:
        """A steward who looks through somebody's eyes reads what they read, and does nothing."""
        found = self.node.access.seen_as(principal_id) if steward.has(Role.STEWARD) else None
        if found is None:
            return steward
        if scope["method"] not in SAFE:
            raise Refused("you look through somebody else's eyes: end that first, then act as yourself")
        return found


def is_own(told: str | None, token: str) -> bool:
    """Does what a form or a script brings belong to this session?"""
    return hmac.compare_digest((told or "").encode(), sessions.form_token(token).encode())


def must_be_own(scope: Scope, told: str | None) -> None:
    """What a form brings. Raises Refused; where nobody has signed in, there is nothing that it could misuse."""
    token = scope.get(TOKEN)
    if token is not None and not is_own(told, token):
        raise Refused("this form lacks the token of its page: load the page again")


def cookie_of(headers: Mapping[str, str], name: str) -> str | None:
    """A cookie's value."""
    if name not in headers.get("cookie", ""):
        return None
    try:
        found = SimpleCookie(headers["cookie"]).get(name)
    except CookieError:
        return None
    return None if found is None else found.value


def allowed_hosts(address: str, host: str) -> frozenset[str]:
    """By which names the node may be called."""
    named = urlsplit(address).hostname
    local = {"127.0.0.1", "localhost", "::1"}
    return frozenset({*local, host.lower(), *([named] if named else [])})


def with_key_in_path(scope: Scope, paths: Iterable[str]) -> None:
    """A device that can set no header has its key as the last part of its path: from here on it stands there no more,
    so that no log, metric or error can have it."""
    path, slash, last = scope["path"].rpartition("/")
    if slash and last.startswith("birlik_") and keys.PATTERN.fullmatch(last) and path in paths:
        scope["path"], scope[KEY] = path, last
        scope["raw_path"] = path.encode()


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _is_form(headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("multipart/form-data", "application/x-www-form-urlencoded")
