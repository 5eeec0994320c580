"""What is kept of a person, for a steward who was asked by them."""

from typing import Any

import orjson
from starlette.responses import Response

from birlik.apps.api.audited import told
from birlik.apps.api.operations import Asked, json
from birlik.errors import BadRequest
from birlik.kernel.erasing import Kept, kept_of

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
    await told(asked.node, asked.principal, SHOWN, f"{people} {key}".strip())
    return json({"key": key, "tables": [_as_json(each) for each in found]})


def _as_json(kept: Kept) -> dict[str, Any]:
    purposes = [
        {"field": field.name, "purpose": field.personal.purpose, "days": field.personal.days}
        for field in kept.purposes
        if field.personal is not None
    ]
    table = kept.table
    return {
        "table": table.name,
        "title": table.title,
        "people": table.people,
        "purposes": purposes,
        "rows": list(kept.rows),
    }
