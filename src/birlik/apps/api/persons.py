"""What is kept of a person: for a steward who was asked by them, and for themself."""

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.responses import Response

from birlik.apps.api.audited import told
from birlik.apps.api.operations import Asked, json
from birlik.errors import BadRequest
from birlik.kernel.erasing import Kept, audited, kept_of, kept_of_own, sent_by

SHOWN = "person_show"


async def show(asked: Asked) -> Response:
    """The key stands in the body, never in an address: addresses are written down on the way."""
    try:
        given = orjson.loads(await asked.request.body())
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"this is no JSON: {error}") from None
    key, people = (given.get(name, "") if isinstance(given, dict) else None for name in ("key", "people"))
    if not isinstance(key, str) or not key or not isinstance(people, str):
        raise BadRequest('whom you ask for is {"key": "…", "people": "…"}', parameter="key")
    found = kept_of(asked.node, asked.principal, key, people)
    kinds = sorted({each.table.people for each in found})
    lines = audited(asked.node, on=[key, *(f"{kind} {key}" for kind in kinds)])
    await told(asked.node, asked.principal, SHOWN, f"{people} {key}".strip())
    return json({"key": key, "tables": _as_json(found), "audit": lines})


async def mine(asked: Asked) -> Response:
    """All that is kept of who asks: of the person who they are, and what they sent."""
    node, who = asked.node, asked.principal
    persons: list[dict[str, Any]] = [{"key": key, "tables": _as_json(found)} for key, found in kept_of_own(node, who)]
    sent = [
        {"table": table.name, "title": table.title, "description": table.description, "rows": rows}
        for table, rows in sent_by(node, who)
    ]
    lines = audited(node, who=who.name, on=[person["key"] for person in persons])
    await told(node, who, SHOWN, who.name)
    return json({"principal": who.name, "persons": persons, "sent": sent, "audit": lines})


def _as_json(found: Sequence[Kept]) -> list[dict[str, Any]]:
    return [
        {
            "table": kept.table.name,
            "title": kept.table.title,
            "description": kept.table.description,
            "people": kept.table.people,
            "purposes": [
                {"field": field.name, "purpose": field.personal.purpose, "days": field.personal.days}
                for field in kept.purposes
                if field.personal is not None
            ],
            "rows": list(kept.rows),
            "forgotten_n": kept.forgotten_n,
            "others_n": kept.others_n,
        }
        for kept in found
    ]
