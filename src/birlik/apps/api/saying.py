"""Reasons in the caller's language: by `lang`, else by Accept-Language, else in English."""

import functools
from collections.abc import Callable, Sequence

import pyarrow as pa
from starlette.requests import Request

from birlik.apps.api.forms import weight
from birlik.apps.api.guard import headers_of
from birlik.errors import BadRequest
from birlik.kernel import saying
from birlik.kernel.node import Node
from birlik.kernel.tables import Rows

ENGLISH = "en"
LANG = "lang"
COLUMNS = ("reason", "reason_template", "reason_values")


def language(request: Request, node: Node) -> str:
    """Raises BadRequest where `lang` names a language that reasons are not said in."""
    known = saying.languages(node)
    if asked := request.query_params.get(LANG):
        if asked not in known:
            raise BadRequest(f"lang is one of {', '.join(known)}, not {asked!r}", parameter=LANG)
        return asked
    return accepted(headers_of(request.scope).get("accept-language", ""), known)


def accepted(header: str, known: Sequence[str]) -> str:
    """The language that RFC 9110 (12.5.4) would have; English where nothing that is asked for is known.

    >>> accepted("ru;q=0.4, kk-KZ;q=0.8, en;q=0.7", ("en", "kk")), accepted("ru", ("en", "kk"))
    ('kk', 'en')
    """
    best, found = 0.0, ENGLISH
    for part in header.split(","):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        tag = tag.partition("-")[0]
        if tag in known and (said := weight(parameters)) > best:
            best, found = said, tag
    return found


def reasons(node: Node, language: str) -> Callable[[Rows], Rows]:
    """Quarantine rows that have `COLUMNS`, with their reason in the language."""

    def dressed(rows: Rows) -> Rows:
        if language == ENGLISH:
            return rows
        columns = [rows.column(name).to_pylist() for name in COLUMNS]
        said = [saying.reason_in(node, language, *each) for each in zip(*columns, strict=True)]
        return rows.set_column(rows.column_names.index("reason"), "reason", pa.array(said, pa.string()))

    return dressed


def teller(request: Request, node: Node) -> Callable[[str], str]:
    """What says a reason that was just found to this caller."""
    return functools.partial(saying.reason_in, node, language(request, node))
