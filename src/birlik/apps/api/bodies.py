"""Reading what is sent: within the limit, or, over it, no more of it than its size and hash."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from birlik.apps.api.guard import headers_of
from birlik.errors import BadRequest, Refused, TooLarge
from birlik.kernel.intake import Delivery
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Principal, audience_of, must_have
from birlik.kernel.service import Service
from birlik.said import Said

READ_ON = 64
"""Of a body over the limit we read this many times the limit to know its hash; then we stop listening."""
ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Oversize:
    size_bytes: int
    digest: bytes


async def body_of(request: Request, limit: int) -> bytes | Oversize:
    """The body, or what is known of one that is larger than `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in (stream := request.stream()):
        size += len(chunk)
        parts.append(chunk)
        if size > limit:
            return await _oversize(stream, parts, size, limit * READ_ON)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _oversize(stream: AsyncIterator[bytes], parts: list[bytes], size: int, most: int) -> Oversize:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    parts.clear()
    async for chunk in stream:
        size += len(chunk)
        digest.update(chunk)
        if size > most:
            break
    return Oversize(size, digest.digest())


async def refuse(service: Service, delivery: Delivery, large: Oversize, limit: int) -> TooLarge:
    """Note who sent how much, and give back the error to raise."""
    await service.refuse_large(delivery, large.digest, large.size_bytes, limit)
    return over(large, limit)


def over(large: Oversize, limit: int) -> TooLarge:
    """The error to raise."""
    return TooLarge(Said("{size_bytes} bytes are over the limit of {limit}", size_bytes=large.size_bytes, limit=limit))


async def parts_of(headers: Headers, body: bytes) -> tuple[Mapping[str, str], Sequence[tuple[str | None, bytes]]]:
    """Of a form, as browsers send it: its texts by name, and its files, each with its own name. Raises BadRequest."""

    async def whole() -> AsyncIterator[bytes]:
        yield body

    try:
        form = await MultiPartParser(headers, whole()).parse()  # type: ignore[arg-type]
    except MultiPartException as error:
        raise BadRequest(f"the form can't be read: {error.message}") from None
    try:
        items = form.multi_items()
        texts = {name: value for name, value in items if isinstance(value, str)}
        return texts, [(f.filename, await f.read()) for _, f in items if not isinstance(f, str)]
    finally:
        await form.close()


def source_of(request: Request, principal: Principal) -> str:
    """For whom they send: `Birlik-Source`, else `source`, else their only one. Raises BadRequest, Refused."""
    told = _told(request)
    if told is not None and (not 1 <= len(told) <= 128 or not told.isprintable()):
        raise BadRequest("a source's name has 1 to 128 printable characters", parameter="source")
    mine = principal.sources
    if mine is None:
        return told or ANONYMOUS
    if told is None:
        if len(mine) == 1:
            return next(iter(mine))
        if not mine:
            must_have(principal, Role.SUPPLIER, "sending")
            raise Refused("you send for no source: an administrator grants it")
        raise BadRequest(f"say for which source: {', '.join(sorted(mine))}", parameter="source")
    must_send_for(principal, told)
    return told


def must_send_for(principal: Principal, source_id: str) -> None:
    """Raises Refused, in the same words whether there is such a source or not."""
    if principal.sources is not None and source_id not in principal.sources:
        raise Refused(f"{source_id!r} is not a source of yours")


def _told(request: Request) -> str | None:
    told = headers_of(request.scope).get("birlik-source")
    if told is None:
        return request.query_params.get("source") or None if b"source=" in request.scope["query_string"] else None
    if not told.isascii():
        # Headers are read as Latin-1; what is UTF-8 in truth is the same name as in the address.
        with contextlib.suppress(UnicodeDecodeError, UnicodeEncodeError):
            told = told.encode("latin-1").decode()
    return told


def labels_of(request: Request, node: Node, source_id: str, marking: str | None = None, audience: str = "") -> Labels:
    """What is given, else the headers, else the settings say of a delivery. Raises BadRequest, UnknownSetting."""
    headers = headers_of(request.scope)
    marking = marking or headers.get("birlik-marking")
    audience = audience or headers.get("birlik-audience", "")
    labels = node.labels_of(source_id, marking, audience_of(audience))
    if audience:
        node.views.of(labels)  # an unknown audience is told now, not when it is stored
    return labels
