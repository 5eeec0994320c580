"""Rows of tables and figures of indicators: in pages, or as a whole file."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from starlette.responses import Response

from birlik import __version__
from birlik.apps.api import files, making
from birlik.apps.api.declared import asking_indicator, asking_table, indicator_of, methods_of, table_of
from birlik.apps.api.files import File
from birlik.apps.api.forms import Form, answer, chosen
from birlik.apps.api.known import must_be_known
from birlik.apps.api.operations import API, Asked
from birlik.apps.api.question import Asking, Question, cursor, question
from birlik.apps.api.saying import COLUMNS as REASONS
from birlik.apps.api.saying import ENGLISH, LANG, reasons
from birlik.apps.api.saying import language as language_of
from birlik.apps.api.sheet import Sheet
from birlik.apps.api.spool import Made, Make, Outcome
from birlik.apps.api.workbook import MOST_ROWS, too_many
from birlik.clock import isoformat, past
from birlik.kernel.indicators import Indicator, described
from birlik.kernel.members import Need
from birlik.kernel.node import At, StoreReader
from birlik.kernel.policy import READ, must_be_for
from birlik.kernel.tables import Derived, Rows, Table

QUARANTINE = "birlik_quarantine"
SPARE = 63
"""Rows that agree in their key differ in their views, of which there are no more: a page never ends between them."""


async def table_rows(asked: Asked) -> Response:
    declared = table_of(asked.node, asked.path["name"])
    return await rows_of(asked, declared)


async def my_rows(asked: Asked) -> Response:
    """Of a table or indicator, whose rows may name who asks."""
    mine, name = replace(asked, as_party=True), asked.path["name"]
    if name in asked.node.store.catalogue.indicators:
        return await figures(mine)
    declared = table_of(asked.node, name)
    if isinstance(declared, Table) and declared.role is Need.NAMED:
        must_be_for(asked.principal, READ)  # a key that only sends is told what became of that, and no more
    return await rows_of(mine, declared)


async def rows_of(asked: Asked, declared: Table | Derived) -> Response:
    asking = asking_table(declared, asked.node)
    speaks = declared.name == QUARANTINE
    form, asks = _asked(asked, asking, has_places=declared.has_places, beside=(LANG,) if speaks else ())
    at = At(as_of=past(asks.as_of, asked.node.clock.now()), holds=asks.holds_at)
    language = language_of(asked.request, asked.node) if speaks else ENGLISH
    said = REASONS if language != ENGLISH and "reason" in asks.fields else ()
    vary = ", Accept-Language" if speaks else ""
    columns = tuple(dict.fromkeys((*asks.fields, *_drawn(declared, form), *said)))

    def dressed(rows: Rows) -> Rows:
        return reasons(asked.node, language)(rows) if said else rows

    def sheet(reader: StoreReader, following: str | None = None, *, is_file: bool = False) -> Sheet:
        return Sheet(
            name=declared.name,
            title=declared.title,
            fields=tuple(declared.by_name[name] for name in asks.fields),
            watermark=reader.watermark,
            next=following,
            is_file=is_file,
            latitude=declared.latitude,
            longitude=declared.longitude,
            shape=declared.shape,
            places=_places(asked, reader, declared) if form.places_only else {},
            head={"table": declared.name, "title": declared.title, "schema": f"{API}/tables/{declared.name}/schema"},
            about=_about(asked, declared.description, reader) | _invented(declared),
        )

    def make(path: Path, most_bytes: int) -> Outcome:
        reader = _reader(asked, asks, is_file=True)
        if form.name == "xlsx" and (rows_n := reader.count(declared.name, where=asks.where, at=at)) > MOST_ROWS:
            raise too_many(rows_n)
        # What machines read comes as it was sent; people read it in the order of the pages, and what follows from rows
        # lies as those that others may not see have let it.
        as_it_lies = (
            isinstance(declared, Table) and not declared.is_kept and not (asks.is_ordered or form.holds_interpreter)
        )
        order = () if as_it_lies else asks.order
        found = reader.batches(declared.name, where=asks.where, columns=columns, order=order, at=at)
        batches = _each(found, dressed) if said else found
        digest = making.make(form, sheet(reader, is_file=True), batches, path, most_bytes)
        return Outcome(digest=digest, watermark=reader.watermark)

    def page() -> Response:
        must_be_known(asked, asks, declared.by_name)
        reader = _reader(asked, asks)
        rows = reader.rows(
            declared.name,
            where=asks.where,
            columns=tuple(dict.fromkeys((*columns, *_bare(asks.order)))),
            order=asks.order,
            limit=asks.limit + 1 + SPARE,
            after=asks.after,
            at=at,
        )
        rows, following = _page(rows, asks, asked)
        made = answer(sheet(reader, following), dressed(rows), form, asked.request.headers)
        made.headers["vary"] += vary
        return made

    if form.ending and not asks.is_paged:
        await asyncio.to_thread(must_be_known, asked, asks, declared.by_name)
        return await _file(asked, declared.name, form, make, f"Accept{vary}", language)
    return await _answered(asked, asks, page)


def _reader(asked: Asked, asks: Question, *, is_file: bool = False) -> StoreReader:
    """Who gives an expression of their own has so much time for it."""
    settings = asked.node.settings
    return (
        asked.reader().within(settings.file_query_s if is_file else settings.query_s)
        if asks.is_filtered
        else (asked.reader())
    )


async def _answered(asked: Asked, asks: Question, page: Callable[[], Response]) -> Response:
    if not asks.is_filtered:
        return await asyncio.to_thread(page)
    async with asked.face.filters:
        return await asyncio.to_thread(page)


async def _file(
    asked: Asked, name: str, form: Form, make: Make, vary: str = "Accept", language: str = ENGLISH
) -> Response:
    """The whole as a file. What a reader may see, and what it is asked for, is all that tells one file from another."""
    asked.reader().must_see(name)  # what lies there already was made for somebody else, maybe of another role
    query = sorted(item for item in asked.request.query_params.multi_items() if item[0] != "format")
    of = asked.principal
    who = (of.name, sorted(of.duties), of.sources) if asked.as_party else of.view
    said = (who, asked.request.url.path, query, form.name, language)
    question = hashlib.sha256(repr(said).encode()).hexdigest()
    spool, database = asked.face.spool, asked.node.store.database

    async def made() -> Made:
        # In a thread, since to look it up may mean to remove large files.
        return await asyncio.wrap_future(await asyncio.to_thread(spool.made, question, lambda: database.changes, make))

    file = File(question=question, name=name, form=form, vary=vary, made=made, still=asked.still)
    with asked.face.heavy.held(asked.principal.name):
        return await files.answer(file, spool, asked.request.headers)


def _each(batches: Iterator[Any], dress: Callable[[Rows], Rows]) -> Iterator[Any]:
    yield next(batches)
    for batch in batches:
        yield from dress(pa.Table.from_batches([batch])).to_batches()


def _drawn(declared: Table | Derived, form: Form) -> tuple[str, ...]:
    """Columns that the form draws from, whatever fields were asked for."""
    if not form.places_only:
        return ()
    if declared.shape is not None:
        return declared.shape.columns
    return (str(declared.latitude), str(declared.longitude))


def _places(asked: Asked, reader: StoreReader, declared: Table | Derived) -> Mapping[str, tuple[float, float]]:
    """Where the places are that shapes are drawn from: those that this reader sees."""
    if declared.shape is None:
        return {}
    register = table_of(asked.node, declared.shape.register)
    names = (register.key[0], str(register.longitude), str(register.latitude))
    found = reader.rows(register.name, columns=names)
    return {
        key: (x, y)
        for key, x, y in zip(*(found.column(n).to_pylist() for n in names), strict=True)
        if None not in (x, y)
    }


def _invented(declared: Table | Derived) -> dict[str, str]:
    """By which column a file's rows of simulated worlds are told."""
    told = declared.invented
    if told is None:
        return {}
    return {"invented": f"rows whose {told.column} is {str(told.value).lower()} are of a simulated world, and not real"}


def _about(asked: Asked, description: str, reader: StoreReader, as_of: datetime | None = None) -> dict[str, str]:
    """From whom a file is, of when, and under which licence."""
    settings = asked.node.settings
    query = "&".join(f"{name}={value}" for name, value in asked.request.query_params.multi_items())
    said = {
        "description": description,
        "node": settings.title,
        "member": settings.member,
        "address": f"{asked.request.base_url}".rstrip("/") + asked.request.url.path,
        "query": query,
        "watermark": isoformat(reader.watermark),
        "as_of": isoformat(as_of or reader.watermark),
        "licence": settings.licence,
        "contact": settings.contact,
        "exercise": "what was sent to this node is invented" if settings.exercise else "",
        "made_by": f"birlik {__version__}",
    }
    return {name: value for name, value in said.items() if value}


async def figures(asked: Asked) -> Response:
    declared = indicator_of(asked.node, asked.path["name"])
    form, asks = _asked(asked, asking_indicator(declared, asked.node), has_places=False)
    as_of = past(asks.as_of, asked.node.clock.now())
    method = f"{API}/indicators/{declared.name}/method"
    fields = {field.name: field for field in declared.fields}
    shown = declared.within(asks.unit)

    def sheet(reader: StoreReader, following: str | None = None, *, is_file: bool = False) -> Sheet:
        methods, sealed = methods_of(reader, declared), reader.sealed_until(declared.name)
        head = {
            **{k: v for k, v in described(shown).items() if k in ("name", "code", "title", "unit", "reference")},
            "interval": declared.interval,
            "minimum_n": declared.minimum_n,
            "method": method,
            "method_version": declared.method_version,
            "methods": methods,
            "sealed_until": sealed,
            "attached": reader.attached(declared.name),
            "as_of": asks.as_of,
        }
        about = _about(asked, declared.method, reader, as_of)
        last = {} if sealed is None else {"sealed_until": sealed}
        return Sheet(
            name=declared.name,
            title=declared.title,
            fields=tuple(shown.told.get(f.name, f) for f in declared.fields if f.name in asks.fields),
            watermark=reader.watermark,
            next=following,
            is_file=is_file,
            head=head,
            each={"unit": shown.unit, "method": method},
            about={**about, "interval": declared.interval, "methods": orjson.dumps(methods).decode(), **last},
        )

    def make(path: Path, most_bytes: int) -> Outcome:
        reader = _reader(asked, asks, is_file=True)
        batches = reader.figure_batches(declared.name, where=asks.where, as_of=as_of, order=asks.order)
        batches = _each(batches, lambda rows: converted(declared, rows, asks.unit)) if asks.unit else batches
        digest = making.make(form, sheet(reader, is_file=True), batches, path, most_bytes)
        return Outcome(digest=digest, watermark=reader.watermark)

    def page() -> Response:
        must_be_known(asked, asks, fields)
        reader = _reader(asked, asks)
        rows = reader.figures(
            declared.name,
            where=asks.where,
            as_of=as_of,
            order=asks.order,
            limit=asks.limit + 1 + SPARE,
            after=asks.after,
        )
        rows, following = _page(rows, asks, asked)
        return answer(sheet(reader, following), converted(declared, rows, asks.unit), form, asked.request.headers)

    if form.ending and not asks.is_paged:
        await asyncio.to_thread(must_be_known, asked, asks, fields)
        return await _file(asked, declared.name, form, make)
    return await _answered(asked, asks, page)


def converted(indicator: Indicator, rows: Rows, unit: str) -> Rows:
    """Figures in another of the indicator's units."""
    times = indicator.times(unit)
    for name in indicator.in_unit if times is not None else ():
        position = rows.column_names.index(name)
        rows = rows.set_column(position, name, pc.multiply(rows.column(position), times))
    return rows


def _asked(asked: Asked, asking: Asking, *, has_places: bool, beside: tuple[str, ...] = ()) -> tuple[Form, Question]:
    """`beside` are parameters that don't ask for rows."""
    query = asked.request.query_params
    asks = question((item for item in query.multi_items() if item[0] not in beside), asking)
    return chosen(asked.request.headers.get("accept"), query.get("format"), has_places=has_places), asks


def _bare(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.removeprefix("-") for name in order)


def _page(rows: Rows, asks: Question, asked: Asked) -> tuple[Rows, str | None]:
    """Cut at the last place within the limit where the order's values change; the address of what follows."""
    if rows.num_rows <= asks.limit:
        return rows, None
    names = _bare(asks.order)
    keys = list(zip(*(rows.column(n).to_pylist() for n in names), strict=True))
    changes = [i for i in range(1, len(keys)) if keys[i] != keys[i - 1]]
    end = max((i for i in changes if i <= asks.limit), default=min(changes, default=len(keys)))
    if end >= rows.num_rows:
        return rows, None
    last = dict(zip(names, keys[end - 1], strict=True))
    query = [(k, v) for k, v in asked.request.query_params.multi_items() if k != "after"]
    following = urlencode([*query, ("after", cursor(asks.order, last))])
    return rows.slice(0, end), f"{asked.request.url.path}?{following}"
