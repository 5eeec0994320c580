"""Tables, derived tables, registers, indicators and pages: everything that follows from declarations."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from starlette.responses import Response

from birlik.apps.api.forms import matches
from birlik.apps.api.operations import API, Asked, json
from birlik.apps.api.question import Asking
from birlik.clock import isoformat
from birlik.errors import Unknown
from birlik.kernel.indicators import Indicator, described
from birlik.kernel.members import Role
from birlik.kernel.node import Node, StoreReader
from birlik.kernel.tables import Derived, Field, Table
from birlik.kernel.tables import shown_fields as shown

# --- what there is --------------------------------------------------------------------------------------------


def tables_of(node: Node) -> Mapping[str, Table | Derived]:
    catalogue = node.store.catalogue
    return {**catalogue.tables, **catalogue.derived}


def table_of(node: Node, name: str) -> Table | Derived:
    try:
        return tables_of(node)[name]
    except KeyError:
        raise Unknown(f"no table {name!r}; {API}/tables names them") from None


def indicator_of(node: Node, name: str) -> Indicator:
    try:
        return node.store.catalogue.indicators[name]
    except KeyError:
        raise Unknown(f"no indicator {name!r}; {API}/indicators names them") from None


def may_read(asked: Asked, name: str) -> bool:
    """What a role can't read isn't shown to it."""
    return asked.node.store.catalogue.may_read(asked.principal, name)


def kind_of(declared: Table | Derived) -> str:
    if isinstance(declared, Derived):
        return "derived"
    if declared.is_register:
        return "register"
    if declared.is_kept:
        return "kept"
    return "system" if declared.name.startswith("birlik_") else "table"


def asking_table(declared: Table | Derived, node: Node) -> Asking:
    """Newest first; the key tells rows of one moment apart."""
    newest = (f"-{declared.time}",) if declared.time else ()
    return Asking(
        name=declared.name,
        fields=shown(declared),
        fields_of=lambda name: shown(table_of(node, name)),
        has_points=bool(declared.latitude and declared.longitude),
        types={name: f.type for name, f in declared.by_name.items()},
        order=(*newest, *(k for k in declared.key if k != declared.time)),
        key=declared.key,
        time=declared.by_name[declared.time] if declared.time else None,
        as_of=isinstance(declared, Table) and declared.is_kept,
        holds_at=isinstance(declared, Table) and declared.rule is not None and declared.rule.has_moments,
    )


def asking_indicator(declared: Indicator, node: Node) -> Asking:
    by_name = {f.name: f for f in declared.fields}
    return Asking(
        name=declared.name,
        fields=by_name,
        fields_of=lambda name: shown(table_of(node, name)),
        types={name: f.type for name, f in by_name.items()},
        order=declared.dimension_names,
        key=(*declared.dimension_names, "valid_from"),
        time=by_name[declared.period] if declared.period else None,
        as_of=not declared.live,
        units=(declared.unit, *declared.units) if declared.units else (),
    )


def methods_of(reader: StoreReader, declared: Indicator) -> list[dict[str, Any]]:
    """By which methods this reader's figures were made, since when, and what the present one changed."""
    return [
        {
            "method_version": number,
            "since": isoformat(since),
            "what": declared.method_since if number == declared.method_version else "",
        }
        for number, since in reader.methods(declared.name)
    ]


# --- declarations ---------------------------------------------------------------------------------------------


def tagged(asked: Asked, content: Any) -> Response:
    """A declaration as JSON, with its tag."""
    body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    if matches(asked.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers={"etag": tag})
    return Response(body, 200, {"etag": tag}, "application/json")


async def index(asked: Asked) -> Response:
    asked.query()
    rooms = ("tables", "indicators", "pages", "sources", "alerts", "quarantine", "deliveries", "events", "node")
    return tagged(asked, {**{room: f"{API}/{room}" for room in rooms}, "openapi": "/openapi.json"})


async def tables(asked: Asked) -> Response:
    asked.query()
    said = [
        {
            "name": t.name,
            "title": t.title,
            "description": t.description,
            "kind": kind_of(t),
            "rows": f"{API}/tables/{t.name}",
            "schema": f"{API}/tables/{t.name}/schema",
        }
        for t in tables_of(asked.node).values()
        if may_read(asked, t.name)
    ]
    return tagged(asked, {"data": said})


async def mine(asked: Asked) -> Response:
    """In what something may be the caller's own: nothing of it depends on whether there is."""
    asked.query()
    catalogue = asked.node.store.catalogue
    owned: list[Table | Indicator] = [t for t in catalogue.tables.values() if t.party is not None]
    owned += [i for i in catalogue.indicators.values() if i.party is not None]
    return tagged(asked, {"data": [{"name": o.name, "title": o.title, "rows": f"{API}/mine/{o.name}"} for o in owned]})


async def table_schema(asked: Asked) -> Response:
    asked.query()
    declared = table_of(asked.node, asked.path["name"])
    return tagged(
        asked,
        {
            "name": declared.name,
            "title": declared.title,
            "description": declared.description,
            "kind": kind_of(declared),
            "fields": [field_of(f) for f in shown(declared).values()],
            "key": declared.key,
            "time": declared.time or None,
            "latitude": declared.latitude,
            "longitude": declared.longitude,
            "references": references_of(declared),
            "source": declared.sources[0].table if isinstance(declared, Derived) else None,
            "sources": [source.table for source in declared.sources] if isinstance(declared, Derived) else [],
        },
    )


def references_of(declared: Table | Derived) -> list[dict[str, str]]:
    """Which of its fields are the key of a row in another table."""
    return [
        {"field": f.name, "table": f.of.table, "missing": f.of.missing, "deletion": f.of.deletion}
        for f in declared.fields
        if f.of is not None
    ]


def field_of(declared: Field) -> dict[str, Any]:
    return {**asdict(declared), "type": declared.type.value, "of": declared.of.table if declared.of else ""}


async def indicators(asked: Asked) -> Response:
    asked.query()
    said = [
        {
            **described(i),
            "figures": f"{API}/indicators/{i.name}",
            "method": f"{API}/indicators/{i.name}/method",
        }
        for i in asked.node.store.catalogue.indicators.values()
        if may_read(asked, i.name)
    ]
    return tagged(asked, {"data": said})


async def indicator_method(asked: Asked) -> Response:
    asked.query()
    declared = indicator_of(asked.node, asked.path["name"])
    return tagged(asked, {**described(declared), "better": declared.better, "period": declared.period})


async def pages(asked: Asked) -> Response:
    asked.query()
    said = [
        {
            "domain": d.name,
            **asdict(page),
            "door": next((door.name for door in d.doors if page.name in door.pages), ""),
            "exports": [{"title": export.title, "operation": export.operation} for export in page.exports],
            "panels": [{"kind": type(panel).__name__, **asdict(panel)} for panel in page.panels],
        }
        for d in asked.node.domains
        for page in d.pages
        if asked.principal.has(page.role or d.role or Role.READER, d.name)
    ]
    return tagged(asked, {"data": said})


async def sources(asked: Asked) -> Response:
    """What arrived from whom, as far as the reader may see; an operator is also told who was expected."""
    asked.query()

    def make() -> Response:
        reader = asked.reader()
        expected = asked.node.settings.sources if asked.principal.is_operator else {}
        seen = {row["source_id"]: row for row in reader.sources().to_pylist()}
        silent = {name: {"source_id": name, "messages_n": 0} for name in expected if name not in seen}
        said = [
            {**row, "every_s": expected[name].every_s if name in expected else None}
            for name, row in sorted({**seen, **silent}.items())
        ]
        return json({"data": said, "watermark": reader.watermark})

    return await asyncio.to_thread(make)
