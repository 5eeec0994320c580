"""Operations of whoever keeps the node: months written to an archive."""

import asyncio
from typing import Any

import orjson
from starlette.responses import Response

from birlik.apps.api import audited
from birlik.apps.api.bodies import Oversize, body_of
from birlik.apps.api.operations import API, Asked, Operation, json
from birlik.errors import BadRequest
from birlik.kernel.archiving import attaching, sealed
from birlik.kernel.members import Role

BODY = 16 * 1024


async def archive(asked: Asked) -> Response:
    """Write the months that are over to a URI that this machine reaches."""
    told = await _told(asked, "uri", "view")
    await audited.told(asked.node, asked.principal, "archive", told["uri"])
    return json(sealed.described(await asyncio.to_thread(sealed.archive, asked.node, told["uri"], told.get("view"))))


async def attach(asked: Asked) -> Response:
    """Let a result stand in the node."""
    told = await _told(asked, "uri")
    await audited.told(asked.node, asked.principal, "attach", told["uri"])
    await asyncio.to_thread(attaching.attach, asked.node, told["uri"])
    return await _listed(asked)


async def detach(asked: Asked) -> Response:
    """Let the node's own rows stand alone again."""
    told = await _told(asked, "name", "view")
    await audited.told(asked.node, asked.principal, "detach", told["name"])
    view = told.get("view") or asked.node.views.names[asked.principal.view]
    await asyncio.to_thread(attaching.detach, asked.node, told["name"], view)
    return await _listed(asked)


async def attached(asked: Asked) -> Response:
    """What is attached."""
    asked.query()
    return await _listed(asked)


async def _listed(asked: Asked) -> Response:
    return json({"data": await asyncio.to_thread(attaching.described, asked.node)})


async def _told(asked: Asked, needed: str, *others: str) -> dict[str, Any]:
    """The body: one text that is needed, and others that may be there. Raises BadRequest."""
    asked.query()
    body = await body_of(asked.request, BODY)
    try:
        told = orjson.loads(body) if not isinstance(body, Oversize) else None
    except orjson.JSONDecodeError:
        told = None
    names = (needed, *others)
    if not isinstance(told, dict) or not isinstance(told.get(needed), str) or set(told) - set(names):
        raise BadRequest(f"the body is a JSON object with {needed}, and maybe {', '.join(others)}", parameter=needed)
    if wrong := [name for name in others if not isinstance(told.get(name), str | None)]:
        raise BadRequest(f"{wrong[0]} is a text", parameter=wrong[0])
    return told


def _object(*needed: str, **more: Any) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in needed} | more
    return {"application/json": {"type": "object", "required": list(needed), "properties": properties}}


NULLABLE = {"type": ["string", "null"]}
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path=f"{API}/node/archive",
        handle=archive,
        tag="node",
        operation_id="archive",
        role=Role.OPERATOR,
        summary="Write the months that are over to a URI that the node's machine reaches",
        body=_object("uri", view=NULLABLE),
    ),
    Operation(
        method="GET",
        path=f"{API}/node/attached",
        handle=attached,
        tag="node",
        operation_id="attached",
        role=Role.OPERATOR,
        summary="Results that were computed elsewhere and stand in the node",
    ),
    Operation(
        method="POST",
        path=f"{API}/node/attach",
        handle=attach,
        tag="node",
        operation_id="attach",
        role=Role.OPERATOR,
        summary="Let a result that was computed of an archive stand in the node, within its span",
        body=_object("uri"),
    ),
    Operation(
        method="POST",
        path=f"{API}/node/detach",
        handle=detach,
        tag="node",
        operation_id="detach",
        role=Role.OPERATOR,
        summary="Let the node's own rows stand alone again",
        body=_object("name", view=NULLABLE),
    ),
)
