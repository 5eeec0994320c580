"""The protocols that domains speak themselves, at their own addresses."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from birlik.apps.api.audited import ERROR
from birlik.apps.api.bodies import Oversize, body_of, labels_of, must_send_for, refuse, source_of
from birlik.apps.api.guard import PRINCIPAL, ROUTE, Guard, headers_of, refuse_foreign
from birlik.apps.api.operations import Face
from birlik.apps.api.problems import of_error, on_bug
from birlik.apps.api.who import FORM_TOKEN, must_be_own, with_key_in_path
from birlik.errors import BirlikError, Refused, Unknown
from birlik.kernel.domain import Answer, Call, Domain, Endpoint
from birlik.kernel.intake import Delivery, Receipt, sent_by, told_to
from birlik.kernel.members import Needs, Role
from birlik.kernel.policy import READ, SEND, Principal, must_be_for, must_have


class Protocol:
    """All methods of one path. Kept lean: a tracker's fix passes through here thousands of times a second."""

    def __init__(self, path: str, domain: Domain, by_method: Mapping[str, Endpoint], face: Face) -> None:
        self.path, self.domain, self.by_method, self.face = path, domain, by_method, face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self.path
        request = Request(scope, receive)
        endpoint = self.by_method.get(scope["method"]) or self.by_method["GET"]
        try:
            principal = scope[PRINCIPAL]
            must_have(principal, needs_of(endpoint, self.domain), endpoint.summary, self.domain.name)
            if endpoint.role is not Role.SUPPLIER:
                must_be_for(principal, SEND if endpoint.sends else READ)
            source_id = source_of(request, principal) if endpoint.sends else principal.name
            self.face.buckets.take(source_id)
            call = await self._call(request, endpoint, source_id)
            if principal.is_device:
                must_be_its_own(principal, endpoint.devices(call) if endpoint.devices is not None else None)
            handling = endpoint.handle(call)
            answer = await (_unless_gone(handling, receive) if endpoint.gives_up else handling)
            if answer is None:
                return
            response = response_of(answer)
        except BirlikError as error:
            scope[ERROR] = error
            refused = endpoint.refusal(error, self.face.node.limits) if endpoint.refusal else None
            response = of_error(error) if refused is None else response_of(refused)
        await response(scope, receive, send)

    async def _call(self, request: Request, endpoint: Endpoint, source_id: str) -> Call:
        scope, node = request.scope, self.face.node
        limit = node.settings.body_limit_bytes
        body = await body_of(request, limit)
        headers = headers_of(scope)
        now = node.clock.now()
        labels = labels_of(request, node, source_id)
        principal: Principal = scope[PRINCIPAL]
        reader = node.reader(principal)

        async def take(delivery: Delivery) -> Receipt:
            refuse_foreign(scope["method"], headers, writes=True)  # what takes a delivery writes, whatever its method
            must_be_own(scope, headers.get(FORM_TOKEN))
            must_send_for(principal, delivery.source_id)
            return told_to(
                await self.face.service.take(
                    sent_by(delivery, principal, node.views, node.intake(delivery.media_type))
                ),
                principal,
            )

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
            principal=principal,
            source_id=source_id,
            received_time=now,
            labels=labels,
            base_url=f"{scope['scheme']}://{headers.get('host', 'localhost')}{scope.get('root_path', '')}",
            # Who only sends is told what became of that, and nothing else.
            reader=reader if principal.has(Role.READER, self.domain.name) else reader.as_party(),
            take=take,
            run=asyncio.to_thread,
            scan=self.face.scan,
            limits=node.limits,
            registers=node.store.registers(),
        )


def needs_of(endpoint: Endpoint, domain: Domain) -> Needs:
    """Who may call it."""
    return endpoint.role or (Role.SUPPLIER if endpoint.sends else domain.role or Role.READER)


def must_be_its_own(principal: Principal, ids: Sequence[str] | None) -> None:
    """Raises Refused where a device says that it is another one, or sends what has no device's name (None)."""
    if ids is None:
        raise Refused("this is not for devices: they send at the address that they were given")
    strange = [each for each in ids if each not in (principal.device_ids or ())]
    if strange:
        raise Refused(f"{strange[0]!r} is not an id of this device; its supplier, or a steward, adds it")


async def _unless_gone(handling: Awaitable[Answer], receive: Receive) -> Answer | None:
    """The answer; or None where the client went away first, and what it asked for is given up."""
    work, gone = asyncio.ensure_future(handling), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        for task in (work, gone):
            task.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Front:
    """Takes the protocols' fixed addresses before the rest of the application sees them, behind the same guard.

    A tracker's fix needs none of what pages need; on its way through all of that it would cost three times as much.
    """

    def __init__(self, app: Starlette) -> None:
        self.app = app
        guard: Guard = app.state.guard
        self.fixed = {
            route.path: (
                frozenset(route.methods or ()),
                Guard(route.app, guard.authenticate, guard.noting, guard.counts, step_s=guard.step_s),
            )
            for route in app.routes
            if isinstance(route, Route) and isinstance(route.app, Protocol) and "{" not in route.path
        }

    def only_trackers(self) -> "OnlyTrackers":
        """The same for a port of devices that know no TLS: what devices send, and nothing else."""
        sends = {path for path, (_, guard) in self.fixed.items() if _is_for_devices(guard.app)}
        return OnlyTrackers(self, frozenset(sends))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            with_key_in_path(scope, self.fixed)
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


def _is_for_devices(app: Any) -> bool:
    return isinstance(app, Protocol) and any(e.devices is not None for e in app.by_method.values())


class OnlyTrackers:
    """A port that takes what devices send."""

    def __init__(self, front: Front, paths: frozenset[str]) -> None:
        self.front, self.paths = front, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        with_key_in_path(scope, self.paths)
        if scope["path"] in self.paths:
            await self.front(scope, receive, send)
        else:
            await of_error(Unknown("this port is for what devices send"))(scope, receive, send)


def response_of(answer: Answer) -> Response:
    body: Any = answer.body
    if isinstance(body, Mapping) or (isinstance(body, Sequence) and not isinstance(body, (bytes, str))):
        body = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    headers = dict(answer.headers)
    if body or answer.status not in (202, 204, 304):
        headers.setdefault("content-type", answer.media_type)
    return Response(body, answer.status, headers)


def mount(app: Starlette, face: Face, domains: Iterable[Domain]) -> None:
    for domain in domains:
        by_path: dict[str, dict[str, Endpoint]] = {}
        for endpoint in domain.endpoints:
            for method in endpoint.methods:
                by_path.setdefault(endpoint.path, {})[method] = endpoint
        for path, by_method in by_path.items():
            app.router.routes.append(Route(path, Protocol(path, domain, by_method, face), methods=sorted(by_method)))
