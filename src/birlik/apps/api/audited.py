"""The audit's lines of requests: what was refused, and what leaves the node as a file."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any

from birlik.apps.api.reads import red_tables
from birlik.errors import BirlikError
from birlik.kernel.audit import HERE, Line
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.said import Said

Scope = Any

REFUSED = frozenset({401, 403})
GIVEN = frozenset({200, 206})
DISPOSITION = b"content-disposition"
ERROR, SOCKET = "birlik.error", "birlik.socket"
"""Keys of the scope: why a request was refused; that it came by the socket of the machine's owner."""
EXPORT, RED = "export", "red_read"
MOST = 300
"""Characters of what something was about."""
log = logging.getLogger("birlik")


def caller(scope: Scope) -> str:
    """From where a request comes. The owner's socket tells no address, and needs none."""
    return str(scope["client"][0]) if scope.get("client") and not scope.get(SOCKET) else HERE


class Noting:
    """Told of each request before it is answered: writes a line of a refusal (of who is nobody, one an address and
    minute), of a file that is given, and of rows marked RED that are read."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def of(
        self, scope: Scope, status: int, headers: Mapping[bytes, bytes], principal: Principal | None, route: str
    ) -> "Awaitable[BirlikError | None] | None":
        """What to wait for before it is answered; it gives why that is to be otherwise. None for most requests."""
        if status in REFUSED:
            return _refused(self._node, scope, status, principal, route)
        if status not in GIVEN:
            return None
        if DISPOSITION in headers and _is_file(scope, headers):
            return _given(self._node, scope, principal, EXPORT)
        if red_tables(self._node, scope, principal, route):
            return _given(self._node, scope, principal, RED)
        return None


async def _refused(node: Node, scope: Scope, status: int, principal: Principal | None, route: str) -> None:
    name = scope.get("path_params", {}).get("name")
    # The pattern, never the address: in it may stand a key, or what somebody seeks.
    act = name if name in node.acts and "/acts/" in route else f"{scope['method']} {route}"
    who = principal.name if principal is not None and principal.is_somebody else ""
    line = Line(act=act, who=who, address=caller(scope), outcome=f"refused: {_why(scope.get(ERROR), status)}")
    try:
        written = node.audit.asked_by(line, known=bool(who))
        if written is not None:
            await asyncio.wrap_future(written)
    except BirlikError as error:
        # It is refused in any case; what can't be written of it is said here.
        log.warning("audit: a refusal can't be written: %s", error)


def _why(error: Exception | None, status: int) -> str:
    """The rule, never what was sent: a sentence's values may be anybody's words."""
    said = error.args[0] if error is not None and error.args else None
    return said.template if isinstance(said, Said) else str(status)


def _is_file(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a file begins: what goes on with a download is the same export."""
    if scope["method"] != "GET" or not headers.get(DISPOSITION, b"").startswith(b"attachment"):
        return False
    return headers.get(b"content-range", b"bytes 0-").startswith(b"bytes 0-")


async def told(node: Node, principal: Principal, act: str, on: str) -> None:
    """Of what is done to the node and is no declared act. Raises StoreUnavailable: then it must not be done."""
    line = Line(act=act, who=principal.name, on=on[:MOST], address=principal.address)
    await asyncio.wrap_future(node.audit.submit(line))


async def _given(node: Node, scope: Scope, principal: Principal | None, act: str) -> BirlikError | None:
    query = scope["query_string"].decode("latin-1")
    on = f"{scope['path']}{'?' if query else ''}{query}"
    who = principal.name if principal is not None and principal.is_somebody else ""
    try:
        line = Line(act=act, who=who, on=on[:MOST], address=caller(scope))
        if (written := node.audit.asked_by(line, known=bool(who))) is not None:
            await asyncio.wrap_future(written)
    except BirlikError as error:
        return error
    return None
