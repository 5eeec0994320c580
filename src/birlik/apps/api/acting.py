"""Doing an act out of a request: its headers say by which name, on what row, for whom."""

from collections.abc import Mapping
from typing import Any

from birlik.apps.api.bodies import labels_of
from birlik.apps.api.guard import UNSAID
from birlik.apps.api.operations import Asked
from birlik.kernel import acting
from birlik.kernel.intake import Receipt


async def done(asked: Asked, name: str, told: Mapping[str, Any], file: bytes | None = None) -> Receipt:
    """Returns when it is on the disk. Raises what asking and doing raise."""
    return await asked.face.service.act(ask_of(asked, name, told, file))


def ask_of(asked: Asked, name: str, told: Mapping[str, Any], file: bytes | None = None) -> acting.Ask:
    """Raises Unknown, Refused, BadRequest."""
    headers, act = asked.request.headers, acting.act_named(asked.node, name)
    if act.is_unsaid:
        asked.request.scope[UNSAID] = True
    return acting.asked(
        act,
        told,
        asked.principal,
        sent_as=headers.get("idempotency-key"),
        labels=labels_of(asked.request, asked.node, asked.principal.name),
        expected=_expected(headers.get("if-match")),
        file=file,
    )


def _expected(if_match: str | None) -> str | None:
    """One strong tag; `*` asks only that the row is there, which it is in any case."""
    if if_match is None or if_match.strip() == "*":
        return None
    return if_match.strip().removeprefix("W/").strip('"')
