"""Doing an act out of a request: its headers say by which name, on what row, for whom."""

from collections.abc import Mapping
from typing import Any

from birlik.apps.api.operations import Asked
from birlik.kernel import acting
from birlik.kernel.intake import Receipt
from birlik.kernel.policy import Labels


async def done(asked: Asked, name: str, told: Mapping[str, Any], file: bytes | None = None) -> Receipt:
    """Returns when it is on the disk. Raises what asking and doing raise."""
    return await asked.face.service.act(ask_of(asked, name, told, file))


def ask_of(asked: Asked, name: str, told: Mapping[str, Any], file: bytes | None = None) -> acting.Ask:
    """Raises Unknown, Refused, BadRequest."""
    headers = asked.request.headers
    return acting.asked(
        acting.act_named(asked.node, name),
        told,
        asked.principal,
        sent_as=headers.get("idempotency-key"),
        labels=_labels(asked),
        expected=_expected(headers.get("if-match")),
        file=file,
    )


def _expected(if_match: str | None) -> str | None:
    """One strong tag; `*` asks only that the row is there, which it is in any case."""
    if if_match is None or if_match.strip() == "*":
        return None
    return if_match.strip().removeprefix("W/").strip('"')


def _labels(asked: Asked) -> Labels | None:
    """What the headers say of a row that begins; else what the settings say of who sends it."""
    headers = asked.request.headers
    marking, audience = headers.get("birlik-marking"), headers.get("birlik-audience", "")
    if marking is None and not audience:
        return None
    made = asked.node.labels_of(asked.principal.name, marking, tuple(a.strip() for a in audience.split(",") if a))
    asked.node.views.of(made)
    return made
