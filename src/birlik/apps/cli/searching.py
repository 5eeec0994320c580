"""`search`: rows by their words."""

from typing import Annotated, Any

from cyclopts import Parameter

from birlik.apps.cli.output import as_json, note
from birlik.apps.cli.output import table as show
from birlik.apps.cli.reach import API, WHERE, Where, get, reached
from birlik.errors import BadRequest


def search(
    *words: str,
    table: Annotated[tuple[str, ...], Parameter(name="--table", negative=())] = (),
    facet: Annotated[tuple[str, ...], Parameter(name="--facet", negative=())] = (),
    limit: int = 20,
    lang: str | None = None,
    where: Where = WHERE,
) -> None:
    """Find rows by their words, the best first.

    Parameters
    ----------
    words
        A row has them all, in whatever script, case and ending.
    table
        Only rows of this table; may be given several times.
    facet
        facet=value: only rows with this value; may be given several times.
    limit
        At most so many.
    lang
        The language in which rows are called what they are called.
    """
    if not words:
        raise BadRequest("say what to look for: birlik search WORDS")
    query = [("q", " ".join(words)), ("limit", str(limit)), *(("table", name) for name in table), *map(_pair, facet)]
    query += [("lang", lang)] if lang else []
    with reached(where) as client:
        found = get(client, f"{API}/search", query)
    if where.json:
        as_json(found)
        return
    show([_line(hit) for hit in found["data"]], ("table", "key", "title", "snippet"))
    n = f"at least {found['n']:,}" if found["cut"] else f"{found['n']:,}"
    note(f"{n} found, {len(found['data']):,} shown")
    if found["any"]:
        note("no row has all the words: these have some of them, or mean the same")
    if found["meaning"]["is"] == "off":
        note("found by words only: this node doesn't look for what rows mean (birlik[meaning], and by_meaning = true)")
    if found["making"]:
        note(f"not searched yet, since it is being made ready: {', '.join(found['making'])}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadRequest(f"--facet takes facet=value, not {text!r}")
    return name, value


def _line(hit: dict[str, Any]) -> dict[str, Any]:
    return {
        "table": hit["table"],
        "key": ", ".join(str(value) for value in hit["key"].values()),
        "title": hit["title"]["text"],
        "snippet": (hit["snippet"] or {"text": ""})["text"],
    }
