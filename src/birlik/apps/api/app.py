"""The ASGI application: routes out of declarations, behind the guard."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from birlik.apps.api import endpoints, openapi, operations, problems
from birlik.apps.api.audited import Noting
from birlik.apps.api.catalogue import OPERATIONS
from birlik.apps.api.guard import Authenticate, Guard, principal_of
from birlik.apps.api.operations import Asked, Face, Operation
from birlik.apps.api.spool import FOLDER, Spool
from birlik.apps.api.who import authenticating
from birlik.errors import BirlikError
from birlik.kernel import erasing
from birlik.kernel.access.rate import Buckets
from birlik.kernel.archiving.erasing import cleared
from birlik.kernel.members import Need
from birlik.kernel.node import Node
from birlik.kernel.priority import give_way
from birlik.kernel.service import Service

__all__ = ["create_app", "principal_of"]


AT_ONCE_S = 10.0
"""A page asks for a lot at once, and then for nothing."""
ANSWERING = 12
"""Threads in which questions are answered."""


def create_app(service: Service, *, authenticate: Authenticate | None = None, start: bool = False) -> Starlette:
    """The REST face and the domains' protocols of one node.

    authenticate: says who asks, or raises Refused, Unnamed; by default as the node's settings and accounts say.
    start: let the application start and stop the service with itself.
    `app.state.closing` is to be set when the server ends, so that event streams end with it.
    """
    counts: Counter[tuple[str, str, int]] = Counter()
    closing = asyncio.Event()
    settings = service.node.settings
    spool = Spool(service.node.store.folder / FOLDER, most_bytes=settings.spool_bytes, kept_s=settings.spool_kept_s)

    def dropped(node: Node, order: erasing.Order) -> Sequence[str]:
        """What lies ready for readers has it still."""
        spool.clear(node.store.database.changes)
        return ()

    service.beside += [cleared, dropped]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        answering = ThreadPoolExecutor(ANSWERING, "birlik answer", initializer=give_way)
        asyncio.get_running_loop().set_default_executor(answering)
        if start:
            service.start()
        yield
        closing.set()
        spool.close()
        if start:
            await asyncio.to_thread(service.stop)

    app = Starlette(
        lifespan=lifespan,
        exception_handlers={
            BirlikError: problems.on_birlik_error,
            HTTPException: problems.on_http_error,
            Exception: problems.on_bug,
        },
    )
    app.router.redirect_slashes = False
    app.state.closing = closing
    authenticate = authenticate or authenticating(service.node)
    noting = Noting(service.node)
    app.state.guard = Guard(app, authenticate, noting, counts, step_s=settings.answer_step_s)
    reads = Buckets(settings.reads_per_s, at_once_s=AT_ONCE_S, what="ask")
    app.add_middleware(Guard, authenticate=authenticate, noting=noting, counts=counts, reads=reads.take,
                       step_s=settings.answer_step_s)  # fmt: skip
    face = Face(service=service, buckets=Buckets(settings.rate_per_s), spool=spool, counts=counts, closing=closing)
    # Before all else: they are called most, and routes are tried in order.
    endpoints.mount(app, face, service.node.domains)
    app.state.described = describing(service)
    operations.mount(app, face, (*OPERATIONS, _shown(app.state.described)))
    return app


def describing(service: Service) -> Callable[[], dict[str, Any]]:
    """The OpenAPI document of a node, made once."""

    @cache
    def described() -> dict[str, Any]:
        return openapi.document(service.node, OPERATIONS)

    return described


def _shown(described: Callable[[], dict[str, Any]]) -> Operation:
    async def handle(asked: Asked) -> Any:
        return operations.json(described())

    return Operation(
        method="GET",
        path="/openapi.json",
        handle=handle,
        tag="node",
        operation_id="openapi",
        role=Need.SIGNED_IN,
        summary="This document",
        in_schema=False,
    )
