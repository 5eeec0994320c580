"""Looking for rows by words, in one table or in all that may be read."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from birlik.apps.api.operations import API, Asked, Operation, json
from birlik.apps.api.records import address
from birlik.apps.api.sheet import as_json
from birlik.errors import BadRequest
from birlik.kernel.domain import Table
from birlik.kernel.finding import MOST_LIMIT, NONE, OFF, ON, USUAL_LIMIT, Found, Hit, Looked, find, must_be_facets
from birlik.kernel.members import Need
from birlik.kernel.search import BOTH, MEANING, MOST_RANKED, RESERVED, WORDS, Snippet

SUGGESTED = 8


async def search(asked: Asked) -> Response:
    looked = _looked(asked)

    def make() -> Response:
        must_be_facets(asked.node, asked.principal, [*looked.facets])
        found = find(asked.node, asked.principal, looked)
        return json(_said(asked, found))

    return await asyncio.to_thread(make)


async def suggest(asked: Asked) -> Response:
    """What rows are called that a text being written may be about, each name once."""
    looked = _looked(asked, is_begun=True)

    def make() -> Response:
        must_be_facets(asked.node, asked.principal, [*looked.facets])
        named: dict[str, Hit] = {}
        for hit in find(asked.node, asked.principal, looked).hits:
            if hit.title.marks:
                named.setdefault(hit.title.text, hit)
        data = [{"text": text, **_where(hit)} for text, hit in [*named.items()][:SUGGESTED]]
        return json({"data": data, "watermark": asked.reader().watermark})

    return await asyncio.to_thread(make)


def _looked(asked: Asked, *, is_begun: bool = False) -> Looked:
    """Raises BadRequest."""
    facets: dict[str, tuple[str, ...]] = {}
    tables: tuple[str, ...] = ()
    given: dict[str, str] = {}
    for name, value in asked.request.query_params.multi_items():
        if name == "table":
            tables = (*tables, value)
        elif name in RESERVED:
            given[name] = value
        else:
            facets[name] = (*facets.get(name, ()), value)
    if "q" not in given:
        raise BadRequest("say in q what to look for", parameter="q")
    usual = 3 * SUGGESTED if is_begun else USUAL_LIMIT
    return Looked(
        text=given["q"],
        tables=tables,
        facets=facets,
        start=_number(given, "after", 0, 0, 1_000_000),
        limit=_number(given, "limit", usual, 1, MOST_LIMIT),
        is_begun=is_begun,
        language=given.get("lang", ""),
    )


def _number(given: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise BadRequest(f"{name} is a number from {least} to {most}, not {text!r}", parameter=name)
    return int(text)


def _said(asked: Asked, found: Found) -> dict[str, Any]:
    query = [(k, v) for k, v in asked.request.query_params.multi_items() if k != "after"]
    following = None if found.following is None else urlencode([*query, ("after", str(found.following))])
    return {
        "data": [_hit(hit) for hit in found.hits],
        "n": found.n,
        "n_is": "at least" if found.is_cut else "exactly",
        "cut": found.is_cut,
        "tables": found.tables,
        "facets": found.facets,
        "making": found.making,
        "any": found.is_any,
        "meaning": {"is": found.meaning, "unmade": found.unmade},
        "next": None if following is None else f"{asked.request.url.path}?{following}",
        "watermark": asked.reader().watermark,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    fields = hit.table.by_name
    return {
        **_where(hit),
        "title": _snippet(hit.title),
        "snippet": None if hit.snippet is None else {"field": hit.snippet_field, **_snippet(hit.snippet)},
        "language": hit.language or None,
        "facets": {name: as_json(value, fields[name]) for name, value in hit.facets.items()},
        "score": round(hit.score, 4),
        "by": hit.by,
    }


def _where(hit: Hit) -> dict[str, Any]:
    """Which row it is, and where it stands."""
    fields, table = hit.table.by_name, hit.table
    is_kept = isinstance(table, Table) and table.is_kept
    return {
        "table": table.name,
        "key": {name: as_json(value, fields[name]) for name, value in hit.key.items()},
        "row": address(table, hit.row) if is_kept and isinstance(table, Table) else f"{API}/tables/{table.name}",
    }


def _snippet(piece: Snippet) -> dict[str, Any]:
    return {"text": piece.text, "marks": piece.marks}


# --- the words for the OpenAPI --------------------------------------------------------------------------------------


def _asks(name: str, words: str, **schema: Any) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": {"type": "string", **schema}}


ASKED = (
    {**_asks("q", "Words, or a sentence. A row has them all, or means the same.", maxLength=200), "required": True},
    _asks("table", "Only rows of this table; may be said several times. Without it, of all that may be read."),
    _asks("limit", "Rows at once.", type="integer", minimum=1, maximum=MOST_LIMIT, default=USUAL_LIMIT),
    _asks("lang", "The language in which rows are called what they are called, where they have a name in it."),
)
_TEXT: Mapping[str, Any] = {"type": "string"}
_WHERE: Mapping[str, Any] = {
    "table": _TEXT,
    "key": {"type": "object"},
    "row": {**_TEXT, "description": "Where it stands."},
}
_MARKED: Mapping[str, Any] = {
    "text": {**_TEXT, "description": "As it is written."},
    "marks": {
        "type": "array",
        "description": "Begin and end of each word that was looked for, in code points.",
        "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    },
}


def _object(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


def _list(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "array", "items": _object(properties)}


FOUND = _object(
    {
        "data": _list(
            {
                **_WHERE,
                "title": _object(_MARKED),
                "snippet": {"oneOf": [_object({"field": _TEXT, **_MARKED}), {"type": "null"}]},
                "language": {"type": ["string", "null"]},
                "facets": {"type": "object"},
                "score": {
                    "type": "number",
                    "description": "Of words BM25F, of what the reader's view sees; of meaning the cosine.",
                },
                "by": {"type": "string", "enum": [WORDS, MEANING, BOTH], "description": "By what it was found."},
            }
        ),
        "n": {"type": "integer", "description": "How many rows answer; by meaning the 50 nearest of a table at most."},
        "n_is": {"type": "string", "enum": ["exactly", "at least"]},
        "cut": {
            "type": "boolean",
            "description": f"There are more: a table's newest {MOST_RANKED:,} were ranked.",
        },
        "tables": {"type": "object", "description": "By table, how many."},
        "facets": {"type": "object", "description": "By facet and value, how many of those that were ranked."},
        "making": {"type": "array", "description": "Tables that can't be searched yet.", "items": _TEXT},
        "any": {"type": "boolean", "description": "No row has all the words; these have any of them."},
        "meaning": _object(
            {
                "is": {
                    "type": "string",
                    "enum": [ON, OFF, NONE],
                    "description": "Whether rows are found by meaning too; `off` where the node has no model.",
                },
                "unmade": {"type": "integer", "description": "Rows that aren't found by meaning yet."},
            }
        ),
        "next": {"type": ["string", "null"]},
        "watermark": {**_TEXT, "format": "date-time"},
    }
)
SUGGESTIONS = _object({"data": _list({"text": _TEXT, **_WHERE}), "watermark": {**_TEXT, "format": "date-time"}})
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path=f"{API}/search",
        handle=search,
        tag="search",
        operation_id="search",
        role=Need.SIGNED_IN,
        summary="Rows by words, the best first; any other parameter narrows by the facet of its name",
        parameters=(*ASKED, _asks("after", "As `next` has it.", pattern="^[0-9]+$")),
        answers={"application/json": FOUND},
    ),
    Operation(
        method="GET",
        path=f"{API}/search/suggest",
        handle=suggest,
        tag="search",
        operation_id="suggest",
        role=Need.SIGNED_IN,
        summary="What a text that is being written may be about: names of rows",
        parameters=ASKED,
        answers={"application/json": SUGGESTIONS},
    ),
)
