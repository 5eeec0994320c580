"""A list that is longer than one answer: how much is asked for, and where the rest is."""

from collections.abc import Mapping
from urllib.parse import quote

from birlik.errors import BadRequest
from birlik.kernel.domain import Call, Field, Type
from birlik.said import Said

MOST = 10_000
USUAL = 1_000
"""So many entities one answer has, where nothing is said."""
PARAMETERS = (
    Field(name="limit", type=Type.INT, unit="1", description=f"So many at most; {USUAL} where nothing is said."),
    Field(name="after", type=Type.TEXT, description="Those behind this id, as `Link` says."),
)


def limit_of(call: Call) -> int:
    """How many entities are asked for. Raises BadRequest."""
    text = (call.query.get("limit") or [str(USUAL)])[-1]
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise BadRequest(Said("a whole number from 1 to {n}", n=MOST), parameter="limit")
    return int(text)


def links(call: Call, after: str) -> Mapping[str, str]:
    """Where the next ones are (RFC 8288)."""
    if not after:
        return {}
    return {"link": f'<{call.base_url}{call.path}?limit={limit_of(call)}&after={quote(after)}>; rel="next"'}
