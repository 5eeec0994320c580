"""The protocols that domains speak themselves, at their own addresses."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from birlik.apps.api.bodies import Oversize, body_of, labels_of, refuse, source_of
from birlik.apps.api.guard import PRINCIPAL, ROUTE, Guard, headers_of
from birlik.apps.api.operations import Face
from birlik.apps.api.problems import of_error, on_bug
from birlik.errors import BirlikError
from birlik.kernel.domain import Answer, Call, Endpoint
from birlik.kernel.intake import Delivery


class Protocol:
    """All methods of one path. Kept lean: a tracker's fix passes through here thousands of times a second."""

    def __init__(self, path: str, by_method: Mapping[str, Endpoint], face: Face) -> None:
        self.path, self.by_method, self.face = path, by_method, face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self.path
        request = Request(scope, receive)
        endpoint = self.by_method.get(scope["method"]) or self.by_method["GET"]
        try:
            source_id = source_of(request)
            self.face.buckets.take(source_id)
            answer = await endpoint.handle(await self._call(request, endpoint, source_id))
        except BirlikError as error:
            refused = endpoint.refusal(error, self.face.node.limits) if endpoint.refusal else None
            if refused is None:
                await of_error(error)(scope, receive, send)
                return
            answer = refused
        await _send(answer, send)

    async def _call(self, request: Request, endpoint: Endpoint, source_id: str) -> Call:
        scope, node = request.scope, self.face.node
        limit = node.settings.body_limit_bytes
        body = await body_of(request, limit)
        headers = headers_of(scope)
        now = node.clock.now()
        labels = labels_of(request, node, source_id)
        if isinstance(body, Oversize):
            media_type = endpoint.takes or headers.get("content-type", "application/octet-stream")
            delivery = Delivery(
                body=b"",
                media_type=media_type,
                source_id=source_id,
                received_time=now,
                labels=labels,
            )
            raise await refuse(self.face.service, delivery, body, limit)
        return Call(
            method=scope["method"],
            path=scope["path"],
            path_parameters=scope["path_params"],
            query_string=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body,
            principal=scope[PRINCIPAL],
            source_id=source_id,
            received_time=now,
            labels=labels,
            base_url=f"{scope['scheme']}://{headers.get('host', 'localhost')}{scope.get('root_path', '')}",
            reader=node.reader(scope[PRINCIPAL]),
            take=self.face.service.take,
            run=asyncio.to_thread,
            limits=node.limits,
            registers=node.store.registers(),
        )


class Front:
    """Takes the protocols' fixed addresses before the rest of the application sees them, behind the same guard.

    A tracker's fix needs none of what pages need; on its way through all of that it would cost three times as much.
    """

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        guard: Guard = app.state.guard
        self.fixed = {
            route.path: (frozenset(route.methods or ()), Guard(route.app, guard.authenticate, guard.counts))
            for route in app.routes
            if isinstance(route, Route) and isinstance(route.app, Protocol) and "{" not in route.path
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self.fixed.get(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] not in found[0]:
            await self.app(scope, receive, send)
            return
        scope["app"], scope["path_params"] = self.app, {}
        try:
            await found[1](scope, receive, send)
        except Exception as error:
            await (await on_bug(Request(scope), error))(scope, receive, send)
            raise


async def _send(answer: Answer, send: Send) -> None:
    """An answer on the wire, without the steps of a Response that such answers have no use for."""
    body: Any = answer.body
    if isinstance(body, Mapping) or (isinstance(body, Sequence) and not isinstance(body, (bytes, str))):
        body = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    named = {name for name, _ in headers}
    if b"content-type" not in named and (body or answer.status not in (202, 204, 304)):
        media_type = answer.media_type
        text = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
        headers.append((b"content-type", text.encode("latin-1")))
    if answer.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def mount(app: FastAPI, face: Face, endpoints: Iterable[Endpoint]) -> None:
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        for method in endpoint.methods:
            by_path.setdefault(endpoint.path, {})[method] = endpoint
    for path, by_method in by_path.items():
        app.router.routes.append(Route(path, Protocol(path, by_method, face), methods=sorted(by_method)))
