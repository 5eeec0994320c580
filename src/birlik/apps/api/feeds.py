"""What changed in a kept table, as a feed that anybody's reader follows. It is read from its history; nothing is
pushed."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from birlik import __version__
from birlik.apps.api.declared import asking_table
from birlik.apps.api.forms import matches
from birlik.apps.api.operations import API, Asked
from birlik.apps.api.question import limit_of, question
from birlik.apps.api.records import address, moment_of
from birlik.apps.api.sheet import as_json
from birlik.kernel import records
from birlik.kernel.changes import key_text
from birlik.kernel.tables import Table, shown_fields
from birlik.standards import atom

MOST = 500
USUAL = 100
LONGEST = 300
"""Letters of a value in a summary."""
INVENTED = "invented"
"""What is said before the title of an entry of a simulated world: a reader that knows no categories shows it."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def feed(asked: Asked) -> Response:
    """The newest changes of the rows that fulfil the filters, or did."""

    def make() -> Response:
        table = records.kept_table(asked.node, asked.path["name"])
        given = asked.request.query_params.multi_items()
        own = {name: value for name, value in given if name in ("since", "limit") and value}
        asks = question([item for item in given if item[0] not in ("since", "limit")], asking_table(table, asked.node))
        since, limit = moment_of(own, "since"), min(limit_of(own.get("limit", str(USUAL))), MOST)
        reader = asked.reader()
        found = reader.changes(table, where=asks.where, since=since, limit=limit).to_pylist()
        body = atom.written(_feed(asked, table, found))
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "Cookie, Authorization"}
        if matches(asked.request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=atom.MEDIA_TYPE, headers=headers)

    return await asyncio.to_thread(make)


def _feed(asked: Asked, table: Table, versions: list[dict[str, Any]]) -> atom.Feed:
    base = _base(asked)
    query = urlencode(asked.request.query_params.multi_items())
    here = f"{base}{API}/tables/{table.name}/feed" + (f"?{query}" if query else "")
    entries = [_entry(asked, table, version) for version in versions]
    return atom.Feed(
        id=here,
        title=f"birlik {asked.node.settings.member}: {table.title}",
        subtitle=table.description,
        updated=entries[0].updated if entries else NEVER,
        self_href=here,
        author=f"birlik {asked.node.settings.member}",
        generator=f"birlik {__version__}",
        entries=entries,
    )


def _base(asked: Asked) -> str:
    return f"{asked.request.base_url}".rstrip("/")


def _entry(asked: Asked, table: Table, version: Mapping[str, Any]) -> atom.Entry:
    key = key_text(table, version)
    named = hashlib.sha256(f"{table.name}\n{key}\n{version['content']}".encode()).hexdigest()[:32]
    is_marked = table.invented is not None and table.invented.has(version)
    return atom.Entry(
        id=f"urn:birlik:{asked.node.settings.member.lower()}:{named}",
        title=f"[{INVENTED}] {_title(table, version)}" if is_marked else _title(table, version),
        updated=version["at_time"] or NEVER,
        href=f"{_base(asked)}{address(table, version)}",
        summary=_summary(table, version),
        author=str(version.get("known_from") or ""),
        categories=(INVENTED,) if is_marked else (),
    )


def _title(table: Table, version: Mapping[str, Any]) -> str:
    """What is said in a line: the row's name where it has one, else the first of what it says."""
    if records.is_end(version):
        return f"{table.title}: {key_text(table, version)} has ended"
    named = table.named.name if table.named is not None else ""
    if named and version.get(named):
        return str(version[named])
    said = [
        str(version[n]) for n in records.said_by(table, version) if n not in table.key and version[n] not in (None, "")
    ]
    return " · ".join(text[:80] for text in said[:4]) or key_text(table, version)


def _summary(table: Table, version: Mapping[str, Any]) -> str:
    if records.is_end(version):
        return "It has ended."
    fields = shown_fields(table)
    said = {n: as_json(version[n], fields[n]) for n in records.said_by(table, version) if n in fields}
    return "\n".join(f"{name}: {str(value)[:LONGEST]}" for name, value in said.items() if value not in (None, ""))
