"""Works as BibTeX, RIS and CSL-JSON, each as it came where it came so, else said in the other form's words; and as
lines of a list of references."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from birlik.domains.cooperation.exports.citing import cited
from birlik.domains.cooperation.exports.linking import PARAMETERS, links
from birlik.domains.cooperation.exports.reading import Leaving, asked
from birlik.domains.cooperation.vocabulary.citation_styles import STYLES, operation
from birlik.domains.cooperation.wire import bibtex, ris
from birlik.domains.cooperation.wire.form import Form, converted, statements
from birlik.domains.cooperation.wire.forms import WORKS
from birlik.domains.cooperation.wire.works import slug
from birlik.kernel.domain import Answer, Call, Endpoint

Written = Callable[[Sequence[Mapping[str, Any]]], bytes]


@dataclass(frozen=True, slots=True)
class Writes:
    """How works leave."""

    title: str
    form: str
    """In which form they are read for it."""
    many: Written
    media_type: str
    end: str
    """Of the file's name."""


def _in_style(name: str) -> Writes:
    """A line each, as a list of references has it."""

    def lines(works: Sequence[Mapping[str, Any]]) -> bytes:
        return "".join(f"{line}\n" for line in cited(works, name)).encode()

    return Writes(STYLES[name].title, "csl-json", lines, "text/plain; charset=utf-8", "txt")


WRITERS: Mapping[str, Writes] = {
    "bibtex": Writes(
        "BibTeX",
        "bibtex",
        lambda works: bibtex.many_written(works).encode(),
        "application/x-bibtex; charset=utf-8",
        "bib",
    ),
    "ris": Writes(
        "RIS",
        "ris",
        lambda works: "\n".join(map(ris.written, works)).encode(),
        "application/x-research-info-systems; charset=utf-8",
        "ris",
    ),
    "csl-json": Writes(
        "CSL-JSON", "csl-json", lambda works: orjson.dumps(works), "application/vnd.citationstyles.csl+json", "json"
    ),
    **{name: _in_style(name) for name in STYLES},
}
"""By the word that stands in an address: forms of others' programs, then lists of references to be read."""


def in_form(leaving: Leaving, form: Form) -> Any:
    """A record as it came where it came in this form; else a new one that says the same."""
    own = WORKS[leaving.record["form"]]
    if own.name == form.name:
        return leaving.document
    return converted(statements(own, leaving.document), form, slug(leaving.record["entity_id"]))


async def _leaving(name: str, call: Call) -> Answer:
    # What came in the form that is asked for is preferred to what came later in another.
    writes = WRITERS[name]
    found, after = await asked(call, WORKS, prefers=writes.form)
    body = await call.run(lambda: writes.many([in_form(each, WORKS[writes.form]) for each in found]))
    headers = {**links(call, after), "content-disposition": f'inline; filename="works.{writes.end}"'}
    return Answer(body=body, media_type=writes.media_type, headers=headers)


def _endpoint(name: str, one: bool) -> Endpoint:
    title = WRITERS[name].title
    handle: Callable[[Call], Awaitable[Answer]] = partial(_leaving, name)
    return Endpoint(
        methods=("GET",),
        path=f"/works/{name}" + ("/{entity_id:path}" if one else ""),
        handle=handle,
        summary=f"{'A work' if one else 'All works'} as {title}",
        operation_id=operation(name) if one else operation(name).replace("work", "works", 1),
        tags=("Works",),
        responses={200: title, **({404: "No such work that you may see"} if one else {})},
        parameters=() if one else PARAMETERS,
    )


ENDPOINTS = tuple(_endpoint(name, one) for name in WRITERS for one in (False, True))
