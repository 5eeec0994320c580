"""Works as BibTeX, RIS and CSL-JSON: each as it came where it came so, else said in the other form's words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from birlik.domains.cooperation.exports.linking import PARAMETERS, links
from birlik.domains.cooperation.exports.reading import Leaving, asked
from birlik.domains.cooperation.wire import bibtex, ris
from birlik.domains.cooperation.wire.form import Form, converted, statements
from birlik.domains.cooperation.wire.forms import WORKS
from birlik.domains.cooperation.wire.works import slug
from birlik.kernel.domain import Answer, Call, Endpoint

Written = Callable[[Sequence[Mapping[str, Any]]], bytes]
WRITERS: Mapping[str, tuple[Written, str]] = {
    "bibtex": (lambda works: bibtex.many_written(works).encode(), "application/x-bibtex; charset=utf-8"),
    "ris": (
        lambda works: "\n".join(map(ris.written, works)).encode(),
        "application/x-research-info-systems; charset=utf-8",
    ),
    "csl-json": (lambda works: orjson.dumps(works), "application/vnd.citationstyles.csl+json"),
}
"""By form: records as a file, and its media type."""
ENDS = {"bibtex": "bib", "ris": "ris", "csl-json": "json"}


def in_form(leaving: Leaving, form: Form) -> Any:
    """A record as it came where it came in this form; else a new one that says the same."""
    own = WORKS[leaving.record["form"]]
    if own.name == form.name:
        return leaving.document
    return converted(statements(own, leaving.document), form, slug(leaving.record["entity_id"]))


async def _cited(name: str, call: Call) -> Answer:
    # What came in the form that is asked for is preferred to what came later in another.
    found, after = await asked(call, WORKS, prefers=name)
    write, media_type = WRITERS[name]
    body = await call.run(lambda: write([in_form(each, WORKS[name]) for each in found]))
    headers = {**links(call, after), "content-disposition": f'inline; filename="works.{ENDS[name]}"'}
    return Answer(body=body, media_type=media_type, headers=headers)


def _endpoint(name: str, title: str, one: bool) -> Endpoint:
    handle: Callable[[Call], Awaitable[Answer]] = partial(_cited, name)
    words = "".join(part.title() for part in name.split("-"))
    return Endpoint(
        methods=("GET",),
        path=f"/works/{name}" + ("/{entity_id:path}" if one else ""),
        handle=handle,
        summary=f"{'A work' if one else 'All works'} as {title}",
        operation_id=f"work{words}" if one else f"works{words}",
        tags=("Works",),
        responses={200: title, **({404: "No such work that you may see"} if one else {})},
        parameters=() if one else PARAMETERS,
    )


ENDPOINTS = tuple(
    _endpoint(name, title, one)
    for name, title in (("bibtex", "BibTeX"), ("ris", "RIS"), ("csl-json", "CSL-JSON"))
    for one in (False, True)
)
