"""Errors as RFC 9457 problem details: a table from our tree to a status, and never a stack trace."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from birlik.apps.api.audited import ERROR
from birlik.errors import (
    BadRequest,
    BirlikError,
    Conflict,
    DeliveryError,
    NotANode,
    OperatorError,
    Outdated,
    OutOfRange,
    PeerUnreachable,
    Refused,
    TooLarge,
    TooMany,
    Unknown,
    Unnamed,
    WorldError,
)
from birlik.standards.problem import MEDIA_TYPE, Problem

STATUS: tuple[tuple[type[BirlikError], int], ...] = (
    (TooLarge, 413),
    (DeliveryError, 400),
    (Unknown, 404),
    (Unnamed, 401),
    (Refused, 403),
    (Conflict, 409),
    (Outdated, 412),
    (BadRequest, 400),
    (OutOfRange, 400),
    (NotANode, 409),
    (OperatorError, 400),
    (PeerUnreachable, 502),
    (WorldError, 503),
)
"""The first that fits; the narrower stand before the wider."""

RETRY_AFTER_S = 2


class NotAcceptable(BadRequest):
    """None of the forms that we have is one that the reader takes."""


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """A problem document; `more` are extension members, of which those that are None are left out."""
    extensions = {name: value for name, value in more.items() if value is not None}
    said = Problem(status=status, title=HTTPStatus(status).phrase, detail=detail, extensions=extensions)
    return Response(orjson.dumps(said.to_dict()), status, {"cache-control": "no-store", **(headers or {})}, MEDIA_TYPE)


def of_error(error: BirlikError) -> Response:
    if isinstance(error, TooMany):
        return problem(429, str(error), headers={"retry-after": str(error.wait_s)}, kind="TooMany")
    if isinstance(error, NotAcceptable):
        return problem(406, str(error), kind="NotAcceptable")
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    more: dict[str, Any] = {"kind": type(error).__name__}
    if isinstance(error, DeliveryError):
        more |= {"reason": error.reason, "where": where_of(error)}
    if isinstance(error, BadRequest):
        more |= {"parameter": error.parameter}
    return problem(status, str(error), headers=_HEADERS.get(status), **more)


_HEADERS = {503: {"retry-after": str(RETRY_AFTER_S)}, 401: {"www-authenticate": "Bearer"}}


def where_of(error: DeliveryError) -> dict[str, Any]:
    where = error.where
    told = {"pointer": where.pointer, "line": where.line, "column": where.column, "field": where.field}
    return {name: value for name, value in told.items() if value is not None}


async def on_birlik_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, BirlikError)
    request.scope[ERROR] = error
    return of_error(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {404: "there is nothing at this address", 405: f"{request.method} is not taken here"}
    return problem(error.status_code, said.get(error.status_code, str(error.detail)), headers=error.headers)


async def on_bug(request: Request, error: Exception) -> Response:
    """The server logs it with its stack; the reader is told no more than that."""
    return problem(500, "this is a fault of birlik; the node's log says more", kind="Bug")
