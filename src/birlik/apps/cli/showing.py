"""`indicator`, `table`, `alert`, `source`, `page`: what a node has, as a table, JSON or a file."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from birlik.apps.cli import streaming
from birlik.apps.cli.output import as_json, note, say
from birlik.apps.cli.output import table as show
from birlik.apps.cli.reach import API, WHERE, Where, get, reached
from birlik.errors import BadRequest

if TYPE_CHECKING:
    import httpx

FORMATS = ("csv", "csv-excel", "xlsx", "parquet", "json", "ndjson", "geojson")
AT_ONCE = 100_000
HIDDEN = ("withheld", "version", "valid_from", "valid_to", "method_version", "unit", "method")
"""Of a figure: left out on a terminal."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    where: Annotated[tuple[str, ...], Parameter(name="--where", negative=())] = ()
    """field=value, or field__gte=value (eq, ne, gt, gte, lt, lte, like); may be given several times."""
    from_time: Annotated[str | None, Parameter(name="--from")] = None
    """Not before this time."""
    to_time: Annotated[str | None, Parameter(name="--to")] = None
    """Before this time."""
    filter_: Annotated[str | None, Parameter(name="--filter")] = None
    """An expression in CQL2: "kind = 'port' AND name LIKE 'Ak%'"."""
    fields: str | None = None
    """Only these, by commas."""
    order: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None
    """By these fields; -field is descending."""
    limit: int | None = None
    """At most so many; 0 is all. Without it, 50 are shown, and a file gets all."""
    out: Annotated[Path | None, Parameter()] = None
    """Write all that fits to this file: .csv, .xlsx, .parquet, .json, .ndjson or .geojson by its name."""
    form: Annotated[str | None, Parameter(name="--format")] = None
    """What to write where the name doesn't say it: csv-excel is CSV for a spreadsheet."""

    @property
    def shown(self) -> int:
        """Rows on a terminal; 0 is all."""
        return SHOWN if self.limit is None else self.limit

    def query(self) -> list[tuple[str, str]]:
        given = [
            ("from", self.from_time),
            ("to", self.to_time),
            ("filter", self.filter_),
            ("fields", self.fields),
            ("order", self.order),
        ]
        return [*map(_pair, self.where), *((name, value) for name, value in given if value is not None)]


FILTERS = Filters()
SHOWN = 50
"""Rows where no limit is given: a screen or two."""


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadRequest(f"--where takes field=value, not {text!r}")
    return name, value


def indicators(where: Where = WHERE) -> None:
    """List the indicators of a node."""
    with reached(where) as client:
        found = get(client, f"{API}/indicators")["data"]
    if where.json:
        as_json(found)
        return
    rows = [{**i, "by": [d["name"] for d in i["dimensions"]]} for i in found]
    show(rows, ("name", "code", "title", "unit", "by"))


def indicator(
    name: str,
    *,
    as_of: Annotated[str | None, Parameter(help="As the node had it at this time.")] = None,
    unit: Annotated[str | None, Parameter(help="In another of its units: l/s.")] = None,
    filters: Filters = FILTERS,
    where: Where = WHERE,
) -> None:
    """Show the figures of one indicator: value, n, interval and basis.

    Parameters
    ----------
    name
        As `birlik indicator list` has it.
    """
    query = [*filters.query(), *((n, v) for n, v in (("as_of", as_of), ("unit", unit)) if v)]
    _show(where, f"{API}/indicators/{name}", query, filters)


def tables(where: Where = WHERE) -> None:
    """List the tables of a node."""
    with reached(where) as client:
        found = get(client, f"{API}/tables")["data"]
    if where.json:
        as_json(found)
        return
    show(found, ("name", "kind", "title"))


def table(
    name: str,
    *,
    as_of: Annotated[str | None, Parameter(help="Of a kept table: as the node had it at this time.")] = None,
    holds_at: Annotated[str | None, Parameter(help="Of a kept table: what holds at this time.")] = None,
    filters: Filters = FILTERS,
    where: Where = WHERE,
) -> None:
    """Show rows of one table, newest first.

    Parameters
    ----------
    name
        As `birlik table list` has it.
    """
    moments = [(n, v) for n, v in (("as_of", as_of), ("holds_at", holds_at)) if v is not None]
    _show(where, f"{API}/tables/{name}", [*filters.query(), *moments], filters)


def aggregate(
    name: str,
    *,
    by: str = "",
    measure: str = "count",
    filters: Filters = FILTERS,
    where: Where = WHERE,
) -> None:
    """Count, sum and average rows of one table in groups. More groups than --limit (1,000) are refused.

    Parameters
    ----------
    name
        As `birlik table list` has it.
    by
        Fields, by commas; of a time also its period: month(received_time).
    measure
        count, distinct(field), min(field), max(field), sum(field), mean(field), by commas.
    """
    path = f"{API}/tables/{name}/aggregate"
    limit = [] if filters.limit is None else [("limit", str(filters.limit or AT_ONCE))]
    query = [("by", by), ("measure", measure), *filters.query(), *limit]
    with reached(where) as client:
        if filters.out is not None:
            with streaming.whole(filters.out) as file:
                streaming.form(client, path, query, _form(filters, filters.out), file)
            note(f"{filters.out}: {filters.out.stat().st_size:,} bytes")
            return
        document = get(client, path, query)
    if where.json:
        as_json(document)
    elif document["data"]:
        show(document["data"], list(document["data"][0]), title=document["title"])
    else:
        say("nothing fits")


def alerts(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative=(), help="Closed ones too.")] = False,
    filters: Filters = FILTERS,
    where: Where = WHERE,
) -> None:
    """List alerts, the open ones where nothing else is said."""
    query = filters.query() + ([] if all_ else [("status", "open")])
    columns = ("severity", "headline", "opened_time", "status", "alert_id")
    _show(where, f"{API}/alerts", query, filters, columns)


def sources(where: Where = WHERE) -> None:
    """List suppliers with what arrived and what was refused."""
    with reached(where) as client:
        found = get(client, f"{API}/sources")["data"]
    if where.json:
        as_json(found)
        return
    show(found, ("source_id", "messages_n", "accepted_n", "duplicate_n", "refused_n", "last_time"))


def pages(where: Where = WHERE) -> None:
    """List the pages of a node, and behind which door each stands."""
    with reached(where) as client:
        found = get(client, f"{API}/pages")["data"]
        base = str(client.base_url).rstrip("/")
    for page in found:
        parameters = "".join(f"/{{{p}}}" for p in page["parameters"])
        page["address"] = f"{base}/{page['domain']}/{page['name']}{parameters}"
    if where.json:
        as_json(found)
        return
    show(found, ("door", "title", "question", "address"))


def _show(
    where: Where, path: str, query: Sequence[tuple[str, str]], filters: Filters, columns: Sequence[str] = ()
) -> None:
    with reached(where) as client:
        if filters.out is not None:
            _write(client, path, query, filters, filters.out)
            return
        if where.json and filters.shown == 0:
            streaming.document(client, path, query, sys.stdout.buffer)
            return
        document = collected(client, path, query, filters.shown)
    if where.json:
        as_json(document)
        return
    rows = document["data"]
    if not rows:
        say("nothing fits")
        return
    chosen = [c for c in (columns or rows[0]) if c in rows[0] and (filters.fields or c not in HIDDEN)]
    more = f"the first {len(rows):,}; --limit 0 shows all" if document["next"] else ""
    unit = f" ({document['unit']})" if document.get("unit") else ""
    show(rows, chosen, title=f"{document.get('title', '')}{unit}", caption=more)


def collected(client: "httpx.Client", path: str, query: Sequence[tuple[str, str]], limit: int = 0) -> dict[str, Any]:
    """An answer with its following pages, up to `limit` rows; 0 is all."""
    size = min(limit, AT_ONCE) if limit else AT_ONCE
    document: dict[str, Any] = get(client, path, [*query, ("limit", str(size))])
    while document["next"] and (not limit or len(document["data"]) < limit):
        following = get(client, document["next"])
        document["data"] += following["data"]
        document["next"] = following["next"]
    return document


def _form(filters: Filters, out: Path) -> str:
    form = filters.form or out.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise BadRequest(f"--out takes a name that ends in {', '.join('.' + f for f in FORMATS)}, not {out.name}")
    return form


def _write(client: "httpx.Client", path: str, query: Sequence[tuple[str, str]], filters: Filters, out: Path) -> None:
    form = _form(filters, out)
    asked = [*query, *([("limit", str(filters.limit))] if filters.limit else [])]
    with streaming.whole(out) as file:
        following = streaming.form(client, path, asked, form, file)
    more = f"; the first {filters.limit:,} rows, more fit" if following else ""
    note(f"{out}: {out.stat().st_size:,} bytes{more}")
