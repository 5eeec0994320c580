"""Rows of a table, or figures of an indicator."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from markupsafe import Markup

from birlik.apps.web import naming, understanding
from birlik.apps.web.forms import address_of
from birlik.apps.web.panels.charted import ordered
from birlik.apps.web.panels.content import OUR_READING, Content, Facts, Grid, facts_of, grid_of, more_of, withheld_of
from birlik.apps.web.panels.filtering import listed
from birlik.apps.web.sight import Row, Sight
from birlik.apps.web.words import Words
from birlik.clock import date_of
from birlik.kernel import acting, records
from birlik.kernel.alerting.words import SOURCE_LANGUAGE
from birlik.kernel.domain import Field, FigureTable, OfTable, RowTable, Type
from birlik.kernel.tables import shown_fields
from birlik.quantity import Quantity
from birlik.written import Written

DEGREES_DIGITS = 7
"""To a metre or so: a place is no estimate."""


def figures(panel: FigureTable, sight: Sight) -> Content:
    limit = panel.limit + sight.ask.more
    indicator = sight.told(panel.indicator)
    rows = list(reversed(ordered(indicator, sight.told_figures(indicator.name, panel.fixed))))
    return Content(
        facts=facts_of(sight, indicator, rows),
        empty=not rows,
        withheld=withheld_of(sight, rows),
        grid=grid_of(sight, indicator, rows, panel.measures, limit),
        values={"more": more_of(panel, sight, len(rows) - limit)},
    )


def rows(panel: RowTable, sight: Sight) -> Content:
    name, fields = panel.table, sight.columns(panel.table)
    chosen = [fields[m] for m in panel.columns] or list(
        shown_fields(sight.node.store.catalogue.declared(name)).values()
    )[:8]
    time = sight.node.store.catalogue.declared(name).time
    found = listed(panel, sight, panel.order or ((f"-{time}",) if time in fields else ()))
    called = _called(panel, sight, chosen[0], found.rows)
    things = things_of(panel, sight, found.rows)
    return Content(
        empty=not found.rows and not found.form.text,
        facts=Facts(n=found.said),
        grid=Grid(
            headings=[heading(sight, f) for f in chosen],
            numeric=[f.type in (Type.INT, Type.FLOAT) for f in chosen],
            rows=[
                _linked(
                    panel,
                    sight,
                    row,
                    _readable(called, with_things(things, chosen, row, cells_of(sight, name, chosen, row))),
                )
                for row in found.rows
            ],
        ),
        values={
            "more": more_of(panel, sight, int(found.is_cut)),
            "begins": begins(sight, name),
            "filter": found.form,
        },
    )


def things_of(panel: OfTable, sight: Sight, found: Sequence[Row]) -> Mapping[tuple[str, str], Markup]:
    """By (column, key), what the thing is called whose key stands there, as the way to its page; nothing of what this
    reader doesn't see."""
    return ways_of(sight, {column: (name, column) for column, name in panel.names.items()}, found)


def ways_of(
    sight: Sight, named: Mapping[str, tuple[str, str]], rows: Sequence[Row]
) -> Mapping[tuple[str, str], Markup]:
    """As `things_of`. named: by column, the name of the page about such a thing, and the column with its key."""
    made: dict[tuple[str, str], Markup] = {}
    for column, (page, key) in named.items():
        keys = {str(row[key]) for row in rows if row[key] is not None}
        made |= {(column, each): link for each, (link, _) in named_by(sight, page, keys).items()}
    return made


def named_by(sight: Sight, name: str, keys: Collection[str]) -> Mapping[str, tuple[Markup, Row]]:
    """By key, the link to the page of a thing with what it is called, and its row."""
    page = sight.page(name)
    if page is None or not keys:
        return {}
    declared = sight.node.store.catalogue.declared(page.about)
    (key,) = page.parameters
    return {
        str(row[key]): (
            Markup('<a href="{}">{}</a>{}').format(
                sight.link(name, str(row[key]), row=row),
                naming.title_of(sight, declared, row),
                naming.mark(sight, declared, row),
            ),
            row,
        )
        for row in sight.among(page.about, key, tuple(sorted(keys)))
    }


def with_things(
    things: Mapping[tuple[str, str], Markup], fields: Sequence[Field], row: Row, cells: Sequence[str]
) -> list[str]:
    return [things.get((f.name, str(row[f.name])), text) for f, text in zip(fields, cells, strict=True)]


def _called(panel: RowTable, sight: Sight, first: Field, found: Sequence[Row]) -> Mapping[str, str]:
    """By key what the things are called to whose pages the rows lead, where the first column has no more than that."""
    page = sight.page(panel.link) if panel.link else None
    if page is None or not page.about or page.parameters != (first.name,):
        return {}
    declared = sight.node.store.catalogue.declared(page.about)
    keys = tuple(sorted({str(row[first.name]) for row in found}))
    called = sight.among(page.about, first.name, keys, naming.needed(sight, declared))
    return {str(row[first.name]): naming.title_of(sight, declared, row) for row in called}


def _readable(called: Mapping[str, str], cells: Sequence[str]) -> list[str]:
    """The first cell by its name; addresses as links that say whose they are; digests cut; days on one line."""
    return [called.get(cells[0], cells[0]), *(readable(text) for text in cells[1:])]


def readable(text: str) -> str:
    """A cell's text: an address as a link that says whose it is, a digest cut, a day on one line.

    >>> str(readable("message:" + "0f" * 32))[-28:]
    'message:0f0f0f0f0f0f…</span>'
    >>> readable("a word of forty letters and more is none of these"), readable("2026-05")
    ('a word of forty letters and more is none of these', Markup('<span class="day">2026-05</span>'))
    """
    if isinstance(text, Markup):
        return text
    if _DAY.fullmatch(text):
        return Markup('<span class="day">{}</span>').format(text)
    if _DIGEST.fullmatch(text):
        return Markup('<span title="{}">{}…</span>').format(text, text[:SHOWN])
    return address_link(text)


_DAY = re.compile(r"\d{4}(-\d\d){1,2}")
SHOWN = 20
"""Characters of a digest in a list: the row's own page has all of it."""
_DIGEST = re.compile(r"(\w+:)?[0-9a-f]{40,}")


def address_link(said: str) -> str:
    """An address as a link that says whose it is; any other text as it is."""
    scheme, _, rest = said.partition("://")
    if scheme not in ("http", "https") or not rest or " " in said:
        return said
    return Markup('<a href="{}" rel="noreferrer nofollow">{}</a>').format(said, rest.split("/")[0].removeprefix("www."))


def begins(sight: Sight, name: str) -> list[tuple[str, str]]:
    """(title, address) of what begins a row, for who may."""
    table = sight.node.store.catalogue.tables.get(name)
    if table is None or not table.is_kept or sight.ask.as_of is not None:
        return []
    acts = [act for act in records.acts_beginning(sight.node, table) if acting.may(sight.principal, act)]
    return [(sight.words.t(act.title), address_of(sight, act, None, None)) for act in acts]


def _linked(panel: RowTable, sight: Sight, row: Row, cells: list[Any]) -> list[Any]:
    """The first cell leads to the page that the panel says, else of a kept table to the row's own."""
    page = sight.page(panel.link) if panel.link else None
    marked = naming.mark(sight, sight.node.store.catalogue.declared(panel.table), row)
    if page is not None:
        href = sight.link(panel.link, str(row[page.parameters[0]]), row=row)
        return [Markup('<a href="{}">{}</a>').format(href, cells[0]) + marked, *cells[1:]]
    table = sight.node.store.catalogue.tables.get(panel.table)
    if table is not None and table.is_kept:
        return naming.linked(sight, table, row, cells)
    return [Markup("{}{}").format(cells[0], marked), *cells[1:]] if marked else cells


def heading(sight: Sight, field: Field) -> str:
    """What it is, and its unit, said once. Seconds are written with theirs."""
    words = sight.words
    said = words.named("column", field.name, field.unit, field.title)
    return f"{said}, {words.unit(field.unit)}" if field.unit not in ("", "1", "s") else said


def cells_of(sight: Sight, table: str, fields: Sequence[Field], row: Row) -> list[str]:
    """Cells of a table's own row: its key is its id, not the name that goes with it elsewhere."""
    declared = sight.node.store.catalogue.tables.get(table)
    own = declared.key[0] if declared is not None and declared.is_kept and len(declared.key) == 1 else ""
    return [str(row[f.name]) if f.name == own and f.type is Type.TEXT else noted(sight, f, row) for f in fields]


LISTED = ", "


def things_listed(sight: Sight, field: Field, row: Row, between: str) -> list[tuple[str, str]]:
    """(name as it stands in the row, the same in the reader's language) of what a text lists."""
    names = str(row[field.name] or "").split(between)
    keys = str(row.get(field.keys) or "").split() if field.keys else []
    if len(keys) != len(names):
        return [(name, sight.words.translations.pgettext(field.name, name)) for name in names]
    return [(name, _in_their_words(sight, field, key, name)) for key, name in zip(keys, names, strict=True)]


def _in_their_words(sight: Sight, field: Field, key: str, name: str) -> str:
    """A register's name before CLDR's of a state, before a word of the catalogue; in English as its source has it."""
    code = key.rpartition(":")[2]
    if code in sight.names:
        return sight.names[code]
    said = sight.words.translations.pgettext(field.name, name)
    if said != name or sight.words.language == SOURCE_LANGUAGE:
        return said
    called = understanding.name_of(sight.words, Written.STATE, code)
    return called if called != code else name


def noted(sight: Sight, field: Field, row: Row, said: str | Markup | None = None) -> str | Markup:
    """A cell of a list; what is our own reading, and stands in no source, says so (`Field.basis`)."""
    text = cell(sight, field, row) if said is None else said
    basis = row.get(field.basis) if field.basis else None
    if basis not in OUR_READING or not text:
        return text
    return Markup('{} <span class="note">{}</span>').format(readable(text), sight.words.code(field.basis, basis))


def cell(sight: Sight, field: Field, row: Row) -> str:
    """Durations as people say them; times in the page's zone."""
    value: Any = row[field.name]
    if value is None:
        return ""
    if field.keys and row.get(field.keys):
        return LISTED.join(said for _, said in things_listed(sight, field, row, LISTED))
    if field.unit == "s" and isinstance(value, (int, float)):
        return sight.words.duration(value / 3600)
    if isinstance(value, datetime):
        return sight.stamp(value)
    if field.type is Type.DAY:
        return date_of(value).isoformat()
    if field.type is Type.INT:
        return sight.words.count(value) if field.unit else str(value)
    if field.type is Type.FLOAT and field.unit == "°":
        return sight.words.number(value, DEGREES_DIGITS)
    if field.type is Type.FLOAT:
        return sight.words.percent(value) if field.is_of is Quantity.SHARE else sight.words.number(value)
    if field.name == "unit":
        return sight.words.unit(str(value))
    if field.written is not None and str(value) not in sight.names:
        return understanding.name_of(sight.words, field.written, str(value))
    if field.codes or str(value) in sight.names:
        return sight.label(field.name, value, row)
    # Text of a source stays as it was written, unless it is a word that the catalogue has under its column.
    said = sight.words.translations.pgettext(field.name, str(value))
    if field.type is Type.BOOL and said == str(value):
        return sight.words.t("yes") if value else sight.words.t("no")
    return _flat(sight, said) if field.type is Type.JSON else sight.words.text(said)


def _flat(sight: Sight, text: str) -> str:
    """A plain JSON object or list in words: `budget: 50, floor: 2`; any other as it is."""
    words = sight.words
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if isinstance(told, list) and all(isinstance(each, (str, int, float)) for each in told):
        return ", ".join(_plain(words, each) for each in told)
    if not isinstance(told, dict) or any(isinstance(each, (dict, list)) for each in told.values()):
        return text
    return ", ".join(f"{words.named('column', name)}: {_plain(words, each)}" for name, each in told.items())


def _plain(words: Words, value: Any) -> str:
    if isinstance(value, bool):
        return words.t("yes") if value else words.t("no")
    return words.number(value) if isinstance(value, (int, float)) else "–" if value in (None, "") else str(value)
