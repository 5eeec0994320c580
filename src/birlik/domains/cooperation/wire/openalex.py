"""OpenAlex works: JSON lines, each a work; abstracts come as an inverted index.

Source: OpenAlex, "Work object"; "Authorship object".
"""

import re
from collections.abc import Mapping
from typing import Any

from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.domains.cooperation.wire import dates, work_types
from birlik.domains.cooperation.wire.form import Document, File, Form, Named, Place
from birlik.domains.cooperation.wire.pieces import array_of, document, lines
from birlik.domains.cooperation.wire.works import language_at, of_work, text
from birlik.errors import Malformed, Where
from birlik.said import Said

_ID = re.compile(r"(?:https?://(?:api\.)?openalex\.org/)?(?:works/)?(W[1-9]\d{0,15})", re.ASCII)
MOST_WORDS = 20_000
"""Of an abstract: a position beyond is a slip, and would have us write as many gaps."""


def cut(body: bytes) -> File:
    """JSON lines; an array, or an answer of the interface with its `results`, is taken too."""
    return File(pieces=array_of(body, "results") or lines(body))


def decoded(index: Any) -> str:
    """An abstract's words in their order. Raises Malformed.

    index: by word, its positions from 0.
    >>> decoded({"the": [0, 2], "well": [1], "end": [3]})
    'the well the end'
    """
    if not isinstance(index, Mapping):
        raise Malformed(Said("it must be words with their positions"))
    placed: dict[int, str] = {}
    for word, positions in index.items():
        for position in positions if isinstance(positions, list) else (None,):
            if isinstance(position, bool) or not isinstance(position, int) or not 0 <= position < MOST_WORDS:
                raise Malformed(Said("it must be words with their positions"))
            placed[position] = word
    return " ".join(placed[i] for i in sorted(placed))


def inverted(value: str, lang: str, before: Any) -> dict[str, list[int]]:
    """The other way round.

    >>> inverted("the well the end", "", None)
    {'the': [0, 2], 'well': [1], 'end': [3]}
    """
    made: dict[str, list[int]] = {}
    for i, word in enumerate(value.split()):
        made.setdefault(word, []).append(i)
    return made


def _named(work: Document, source: str) -> Named:
    said = work.get("id")
    found = _ID.fullmatch(said) if isinstance(said, str) else None
    if said is None:
        raise Malformed(Said("{name} is missing", name="id"), where=Where(pointer="/id"))
    if found is None:
        raise Malformed(Said("{text} is no {what}", text=said, what="OpenAlex work"), where=Where(pointer="/id"))
    return of_work(found[1], "openalex", work.get("doi"), "/doi")


def _address(work: Document, head: Mapping[str, Any]) -> str:
    found = _ID.fullmatch(work["id"])
    return f"https://openalex.org/{found[1]}" if found else ""


def _updated(work: Document) -> str:
    said = work.get("updated_date")
    try:
        return dates.day(said[:10]) if isinstance(said, str) else ""
    except Malformed as error:
        raise Malformed(error.reason, where=Where(pointer="/updated_date")) from None


def _pages(value: Any) -> str:
    if not isinstance(value, Mapping):
        raise Malformed(Said("it must be an object"))
    ends = [text(each) for name in ("first_page", "last_page") if (each := value.get(name)) is not None]
    return "-".join(dict.fromkeys(ends))


def _as_pages(value: str, lang: str, before: Any) -> dict[str, Any]:
    first, _, last = value.partition("-")
    was = dict(before) if isinstance(before, Mapping) else {}
    return was | {"first_page": first, "last_page": last or first}


LANGUAGE = language_at("language")
PLACES = (
    Place(property="name", pattern="/title", read=text, lang=LANGUAGE),
    Place(property="type", pattern="/type", read=work_types.reads(work_types.OPENALEX),
          write=work_types.writes(work_types.OPENALEX, "other")),
    Place(property="author", pattern="/authorships/*/author/display_name", read=text),
    Place(property="issued", pattern="/publication_date", read=dates.partial),
    Place(property="doi", pattern="/doi", read=text, write=lambda value, lang, before: f"https://doi.org/{value}"),
    Place(property="language", pattern="/language", read=text),
    Place(property="abstract", pattern="/abstract_inverted_index", read=decoded, write=inverted, lang=LANGUAGE),
    Place(property="container", pattern="/primary_location/source/display_name", read=text),
    Place(property="address", pattern="/primary_location/landing_page_url", read=text),
    Place(property="volume", pattern="/biblio/volume", read=text),
    Place(property="issue", pattern="/biblio/issue", read=text),
    Place(property="pages", pattern="/biblio", read=_pages, write=_as_pages, adds=False),
    Place(property="keyword", pattern="/keywords/*/display_name", read=text),
)  # fmt: skip

OPENALEX = Form(
    name="openalex",
    kind=Kind.WORK,
    places=PLACES,
    cut=cut,
    document=document,
    named=_named,
    said=_updated,
    address=_address,
)
