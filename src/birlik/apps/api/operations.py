"""Operations as data: a path, a method, what answers, and the words for the OpenAPI."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from birlik.apps.api.guard import PRINCIPAL, ROUTE, SAFE
from birlik.apps.api.spool import Spool
from birlik.errors import BadRequest, BirlikError, Refused
from birlik.kernel.access.rate import Buckets, Heavy
from birlik.kernel.members import Need, Needs, Role
from birlik.kernel.node import Node, StoreReader
from birlik.kernel.policy import READ, Principal, must_be_for, must_have
from birlik.kernel.service import Service

API = "/api/v1"
HEAVY = 4
"""Large answers that are made for one principal at a time."""
FILTERS = 2
"""Expressions of readers that are answered at a time; others wait, so that threads are left for who sends."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """What every operation is given."""

    service: Service
    buckets: Buckets
    counts: Mapping[tuple[str, str, int], int]
    spool: Spool
    closing: asyncio.Event
    """Set when the server is about to end: whoever waits stops waiting."""
    heavy: Heavy = field(default_factory=lambda: Heavy(HEAVY))
    opened_s: float = field(default_factory=time.monotonic)
    scan: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """For questions that read on and on: one at a time."""

    filters: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILTERS))
    """For questions with an expression in them, which may be anything."""

    @property
    def node(self) -> Node:
        return self.service.node


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to one operation."""

    request: Request
    face: Face
    principal: Principal
    as_party: bool = False
    """What names them is asked for, whatever their view."""

    @property
    def node(self) -> Node:
        return self.face.service.node

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.path_params

    def still(self) -> bool:
        """Is who asks still who they were when they began? What goes on for long asks now and then."""
        guard = self.request.app.state.guard
        try:
            return bool(guard.authenticate(self.request) == self.principal)
        except BirlikError:
            return False

    def reader(self) -> StoreReader:
        reader = self.node.reader(self.principal)
        return reader.as_party() if self.as_party else reader

    def query(self, *known: str) -> dict[str, str]:
        """The parameters of an operation that takes these and no others. Raises BadRequest."""
        given: dict[str, str] = {}
        for name, value in self.request.query_params.multi_items():
            if name not in known:
                there_are = ", ".join(known) or "none"
                raise BadRequest(f"no parameter {name!r}; there are: {there_are}", parameter=name)
            given[name] = value
        return given


@dataclass(frozen=True, kw_only=True)
class Operation:
    method: str
    path: str
    handle: Callable[[Asked], Awaitable[Response]]
    summary: str
    operation_id: str
    tag: str
    role: Needs
    """Who may ask for it at all; what of it they see is decided further in."""
    parameters: Sequence[Mapping[str, Any]] = ()
    """OpenAPI parameter objects."""
    body: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By media type: an OpenAPI schema."""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"application/json": {}})
    """By media type of the 200."""
    responses: Mapping[int, str] = field(default_factory=dict)
    in_schema: bool = True

    @property
    def is_for_senders(self) -> bool:
        """Who only sends is told what became of that."""
        return self.role is Role.SUPPLIER or self.path.startswith(f"{API}/mine")


class Dispatch:
    """All methods of one path: a plain ASGI application, since some are called thousands of times a second."""

    def __init__(self, path: str, operations: Mapping[str, Operation], face: Face) -> None:
        self.path, self.operations, self.face = path, operations, face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self.path
        method = scope["method"]
        operation = self.operations.get(method) or self.operations["GET"]
        asked = Asked(Request(scope, receive), self.face, scope[PRINCIPAL])
        must_have(asked.principal, operation.role, operation.summary)
        if asked.principal.is_device and operation.role is not Need.FREE:
            raise Refused(f"{operation.summary} is not for devices: they send at the address that they were given")
        if method in SAFE and operation.role is not Need.FREE and not operation.is_for_senders:
            must_be_for(asked.principal, READ)
        response = await operation.handle(asked)
        await response(scope, receive, send)


def mount(app: Starlette, face: Face, operations: Iterable[Operation]) -> None:
    """One route a path, so that a method which is not taken is answered with those that are."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    for path, methods in by_path.items():
        app.router.routes.append(Route(path, Dispatch(path, methods, face), methods=sorted(methods)))


def json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), status, headers, "application/json")


def is_safe(method: str) -> bool:
    return method in SAFE
