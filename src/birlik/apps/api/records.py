"""One row of a kept table: as it stands, what it was, what refers to it; and the acts that change it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
from starlette.responses import Response

from birlik.apps.api.acting import ask_of, done
from birlik.apps.api.bodies import Oversize, body_of, parts_of
from birlik.apps.api.forms import matches
from birlik.apps.api.intake import receipt_of
from birlik.apps.api.operations import API, Asked, json
from birlik.apps.api.problems import where_of
from birlik.apps.api.question import bool_of
from birlik.apps.api.saying import teller
from birlik.apps.api.sheet import as_json
from birlik.clock import past, utc
from birlik.errors import BadRequest, Unknown
from birlik.kernel import acting, records
from birlik.kernel.acts import Act, tag_of
from birlik.kernel.changes import key_of, key_text
from birlik.kernel.domain import Filter
from birlik.kernel.editing import BEGIN, CHANGE, END
from birlik.kernel.node import At, Node, StoreReader
from birlik.kernel.previewing import Preview
from birlik.kernel.tables import Field, Table, Type
from birlik.kernel.tables import shown_fields as shown


def address(table: Table, row: Mapping[str, Any]) -> str:
    """Where a row stands."""
    return f"{API}/tables/{table.name}/rows/{quote(key_text(table, row))}"


async def record(asked: Asked) -> Response:
    given = asked.query("as_of", "holds_at")

    def make() -> Response:
        table = records.kept_table(asked.node, asked.path["name"])
        key, reader = key_of(table, asked.path["key"]), asked.reader()
        at = At(as_of=past(moment_of(given, "as_of"), asked.node.clock.now()), holds=moment_of(given, "holds_at"))
        row = records.row_of(reader, table, key, at)
        tag = f'"{tag_of(row)}"'
        if matches(asked.request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers={"etag": tag})
        return json(
            {
                "data": said(table, row),
                "references": _references(asked.node, reader, table, row),
                "inverse": _inverse(asked.node, reader, table, row),
                "history": f"{API}/tables/{table.name}/history/{quote(key_text(table, row))}",
                "acts": [a.name for a in records.acts_about(asked.node, table) if acting.may(asked.principal, a)],
                "watermark": reader.watermark,
            },
            headers={"etag": tag},
        )

    return await asyncio.to_thread(make)


async def history(asked: Asked) -> Response:
    """What was said of a row, the version that holds first."""
    asked.query()

    def make() -> Response:
        table = records.kept_table(asked.node, asked.path["name"])
        reader = asked.reader()
        versions = reader.history(table, key_of(table, asked.path["key"])).to_pylist()
        if not versions:
            raise Unknown(f"no such row in {table.name}, or none that you may see")
        return json({"data": [_version(table, v) for v in versions], "watermark": reader.watermark})

    return await asyncio.to_thread(make)


def said(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the API writes it."""
    fields: Mapping[str, Field] = shown(table)
    return {name: as_json(row[name], field) for name, field in fields.items()}


def _version(table: Table, version: Mapping[str, Any]) -> dict[str, Any]:
    names = records.said_by(table, version)
    return {
        "ended": records.is_end(version),
        "says": names,
        "known_time": version.get("known_time"),
        "known_from": version.get("known_from", version.get("source_id")),
        "data": {n: v for n, v in said(table, version).items() if n in names or n in table.key},
    }


def _references(node: Node, reader: StoreReader, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """By field, the row that it refers to, as far as this reader sees it; another reads as ended."""
    made: dict[str, Any] = {}
    for name, to in records.references_of(node, reader, table, row).items():
        one = {"ended": True} if to.row is None else {"href": address(to.table, to.row), "data": said(to.table, to.row)}
        made[name] = {"table": to.table.name, **one}
    return made


def _inverse(node: Node, reader: StoreReader, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """By name of the inverse, the rows that refer to this one."""
    return {
        each.name: {
            "table": each.table.name,
            "n": each.n,
            "rows": f"{API}/tables/{each.table.name}?{each.column}={quote(str(each.value))}",
            "data": [{**said(each.table, r), "href": address(each.table, r)} for r in each.rows],
        }
        for each in records.inverse_of(node, reader, table, row)
    }


def moment_of(given: Mapping[str, str], name: str) -> datetime | None:
    """A parameter that is a time; None where it isn't given. Raises BadRequest."""
    try:
        return utc(given[name]) if name in given else None
    except ValueError:
        raise BadRequest(f"{name} is an ISO 8601 time, not {given[name]!r}", parameter=name) from None


# --- acts -----------------------------------------------------------------------------------------------------


async def acts(asked: Asked) -> Response:
    """What the asker may do here."""
    asked.query()
    return json({"data": [described(a) for a in asked.node.acts.values() if acting.may(asked.principal, a)]})


def described(act: Act) -> dict[str, Any]:
    """An act with its parameters."""
    parameters = [
        {"name": f.name, "type": f.type, "unit": f.unit, "needed": not f.nullable, "codes": f.codes, "of": _of(f)}
        | {"description": f.description}
        for f in act.parameters
    ]
    return {
        "name": act.name,
        "title": act.title,
        "description": act.description,
        "table": act.table or None,
        "subject": act.subject,
        "parameters": parameters,
        "file": act.file or None,
        "role": act.role,
        "do": f"{API}/acts/{act.name}",
    }


def _of(field: Field) -> str | None:
    return field.of.table if field.of is not None else None


async def act(asked: Asked) -> Response:
    found = acting.act_named(asked.node, asked.path["act"])
    told, file = await _told(asked, found)
    return await _done(asked, found, told, file=file)


async def _told(asked: Asked, found: Act) -> tuple[Mapping[str, Any], bytes | None]:
    """Parameters, and the file that came with them: of a form its other fields are parameters, numbers as JSON has
    them."""
    if not asked.request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await body(asked), None
    limit = asked.node.settings.file_limit_bytes
    whole = await body_of(asked.request, limit)
    if isinstance(whole, Oversize):
        raise BadRequest(f"{whole.size_bytes} bytes are over the limit of {limit}")
    fields, files = await parts_of(asked.request.headers, whole)
    if len(files) > 1:
        raise BadRequest(f"an act takes one file, not {len(files)}")
    plain = {p.name for p in found.parameters if p.type in (Type.TEXT, Type.TIME, Type.JSON)}
    told = {name: text if name in plain else _read(name, text) for name, text in fields.items()}
    return told, files[0][1] if files else None


def _read(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest(f"{name}: {text!r} is no JSON", parameter=name) from None


async def begin(asked: Asked) -> Response:
    return await _edit(asked, BEGIN, 201)


async def change(asked: Asked) -> Response:
    return await _edit(asked, CHANGE)


async def end(asked: Asked) -> Response:
    return await _edit(asked, END)


async def _edit(asked: Asked, what: str, status: int = 200) -> Response:
    table = records.kept_table(asked.node, asked.path["name"])
    found = asked.node.acts.get(f"{table.name}_{what}")
    if found is None:
        raise Unknown(f"{table.name} is not edited here; {API}/acts names what is done")
    key = key_of(table, asked.path["key"]) if "key" in asked.path else {}
    told = {} if what == END else await body(asked)
    if twice := [name for name in key if name in told and told[name] != key[name]]:
        raise BadRequest(f"{twice[0]} stands in the address already, as {key[twice[0]]!r}", parameter=twice[0])
    return await _done(asked, found, {**told, **(records.key_for(found, table, key) if key else {})}, status)


async def _done(
    asked: Asked, found: Act, told: Mapping[str, Any], status: int = 200, file: bytes | None = None
) -> Response:
    if bool_of(asked.query("preview").get("preview", "false"), "preview"):
        made = await asked.face.service.preview(ask_of(asked, found.name, told, file))
        return json(await asyncio.to_thread(_previewed, asked, found, made))
    receipt = await done(asked, found.name, told, file)
    result = receipt.result
    if found.file:
        result = {**result, "receipt": receipt_of(receipt, teller(asked.request, asked.node))}
    table = asked.node.store.catalogue.tables.get(found.table)
    unstored = {"cache-control": "no-store"} if result.get("once") else {}
    names_a_row = table is not None and table.is_kept and set(table.key) <= result["about"].keys()
    if table is None or not names_a_row or not asked.node.store.catalogue.may_read(asked.principal, table.name):
        return json(result, headers=unstored)

    def make() -> Response:
        reader = asked.reader()
        where = [Filter(column=n, operator="=", value=v) for n, v in _as_values(table, result["about"]).items()]
        row = next(iter(reader.rows(table.name, where=where, limit=1).to_pylist()), None)
        if row is None:
            return json({**result, "data": None}, headers=unstored)
        place = {**unstored, "etag": f'"{tag_of(row)}"', "location": address(table, row)}
        return json({**result, "data": said(table, row), "href": place["location"]}, status, place)

    return await asyncio.to_thread(make)


def _previewed(asked: Asked, found: Act, made: Preview) -> dict[str, Any]:
    """What would be done: rows before and after, as the asker sees them; nothing has happened."""
    say = teller(asked.request, asked.node)
    brings = None
    if made.brought is not None:
        counts = {name: len(rows) for name, rows in made.brought.rows.items() if len(rows)}
        refused = [{"kind": e.kind, "reason": say(e.reason), "where": where_of(e)} for e in made.brought.refused]
        brings = {"rows_n": counts, "refused": refused}
    return {
        "preview": True,
        "act": found.name,
        "n": made.n,
        "repeated": made.repeated,
        "tables": [
            {
                "table": each.table.name,
                "n": each.n,
                "rows": [
                    {
                        "before": None if row.before is None else said(each.table, row.before),
                        "after": None if row.after is None else said(each.table, row.after),
                    }
                    for row in each.rows
                ],
            }
            for each in made.touched
        ],
        "brings": brings,
    }


def _as_values(table: Table, about: Mapping[str, Any]) -> dict[str, Any]:
    """A key that may come out of the journal."""
    return key_of(table, key_text(table, about))


async def body(asked: Asked) -> dict[str, Any]:
    """A JSON object, or nothing. Raises BadRequest."""
    limit = asked.node.settings.body_limit_bytes
    found = await body_of(asked.request, limit)
    if isinstance(found, Oversize):
        raise BadRequest(f"{found.size_bytes} bytes are over the limit of {limit}")
    try:
        told = orjson.loads(found) if found else {}
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise BadRequest("the body is an object with the act's parameters")
    return told
