"""The page of a row of a kept table: what it says, what it refers to and what refers to it, its past, its acts."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from birlik.apps.web import doing, naming, prose
from birlik.apps.web.ask import iso, page_path, with_query
from birlik.apps.web.forms import address_of, form_of
from birlik.apps.web.panels.content import Grid
from birlik.apps.web.panels.table import cell, cells_of, heading
from birlik.apps.web.sight import Row, Sight
from birlik.errors import Unknown
from birlik.kernel import acting, records
from birlik.kernel.acts import Act
from birlik.kernel.changes import key_of, key_text
from birlik.kernel.domain import Field, Filter, Table, Type
from birlik.kernel.labelling import NAME as RELABEL
from birlik.kernel.labelling import bears_labels
from birlik.kernel.node import At
from birlik.kernel.undoing import NAME as UNDO

LISTED = 20
"""Rows of a list of those that refer to a row; its download has all."""
COLUMNS = 5


def shown(sight: Sight, table: Table, key_said: str) -> dict[str, Any]:
    """What the template needs. Raises Unknown for a row that never was, or that the reader may not see."""
    key, at = key_of(table, key_said), At(as_of=sight.ask.as_of)
    history = sight.reader.history(table, key).to_pylist()
    try:
        row: Row | None = records.row_of(sight.reader, table, key, at)
    except Unknown:
        if not history:
            raise
        row = None
    whole = row or {**dict.fromkeys(table.by_name), **_last(table, history), **key}
    return {
        "title": naming.title_of(sight, table, whole),
        "mark": naming.mark(sight, table, whole),
        "key": key_text(table, whole),
        "table_title": sight.words.t(table.title),
        "about": prose.inline(sight.words.t(table.description)),
        "list_address": naming.list_address(sight, table),
        "is_there": row is not None,
        "fields": _fields(sight, table, row, at) if row is not None else [],
        "inverse": [_inverse(sight, each) for each in records.inverse_of(sight.node, sight.reader, table, row, at)]
        if row is not None
        else [],
        "history": [_version(sight, table, v) for v in history],
        "undo": _undo(sight, table, history[0]) if history and sight.ask.as_of is None else None,
        "forms": _forms(sight, table, row) if row is not None and sight.ask.as_of is None else [],
        "relabel": _relabel(sight, table, row) if row is not None and sight.ask.as_of is None else None,
        "did": doing.did(sight),
        "pages": _pages_about(sight, table, whole),
        "data": f"/api/v1/tables/{table.name}/rows/{quote(key_text(table, whole))}",
    }


def _pages_about(sight: Sight, table: Table, row: Row) -> list[tuple[str, str]]:
    """(title, address) of the pages that the domain declares about such a row."""
    domain = naming.domain_of(sight.node.domains, table)
    declared = [p for p in domain.pages if p.register == table.name and len(p.parameters) == len(table.key) == 1]
    return [(sight.words.t(p.title), page_path(domain, p, [str(row[table.key[0]])])) for p in declared]


def _last(table: Table, history: list[dict[str, Any]]) -> Mapping[str, Any]:
    """The newest words for each field, of a row that has ended: for its name only."""
    made: dict[str, Any] = {}
    for version in history:
        for name in records.said_by(table, version):
            made.setdefault(name, version[name])
    return made


def _fields(sight: Sight, table: Table, row: Row, at: At) -> list[tuple[str, str, str | Markup]]:
    """(name with its unit, what it means, value)."""
    references = records.references_of(sight.node, sight.reader, table, row, at)
    return [
        (
            heading(sight, field),
            prose.inline(sight.words.t(field.description)),
            _value(sight, table, row, field, references),
        )
        for field in table.fields
    ]


def _value(
    sight: Sight, table: Table, row: Row, field: Field, references: Mapping[str, records.Referred]
) -> str | Markup:
    (value,) = cells_of(sight, table.name, (field,), row)
    if (to := references.get(field.name)) is not None:
        return _link(sight, to.table, to.row, value)
    if field.type is Type.BOOL and row[field.name] is not None:
        return sight.words.t("yes") if row[field.name] else sight.words.t("no")
    return value


def _link(sight: Sight, table: Table, row: Row | None, key: str) -> Markup:
    if row is None:
        said = Markup('{} <span class="note">{}</span>')
        return said.format(key, sight.words.t("ended"))
    return Markup('<a href="{}">{}</a>').format(
        naming.record_address(sight, table, row), naming.title_of(sight, table, row)
    )


def _inverse(sight: Sight, each: records.Inverse) -> dict[str, Any]:
    """A list of those that refer to the row, each with its link."""
    table, rows = each.table, each.rows[:LISTED]
    fields = [f for f in table.fields if f.name != each.column][:COLUMNS]
    query = {each.column: each.value, "format": "csv"}
    return {
        "title": sight.words.code("inverse", each.name),
        "count": sight.words.count(each.n),
        "n": each.n,
        "grid": grid(sight, table, fields, rows),
        "rest": sight.words.count(each.n - len(rows)) if each.n > len(rows) else "",
        "download": with_query(f"/api/v1/tables/{table.name}", query),
    }


def grid(sight: Sight, table: Table, fields: list[Field], rows: Any) -> Grid:
    """Rows of a kept table, each with the way to its record in its first cell."""
    return Grid(
        headings=[heading(sight, f) for f in fields],
        numeric=[f.type in (Type.INT, Type.FLOAT) for f in fields],
        rows=[naming.linked(sight, table, row, cells_of(sight, table.name, fields, row)) for row in rows],
    )


def _version(sight: Sight, table: Table, version: Mapping[str, Any]) -> dict[str, Any]:
    known = version.get("known_time")
    said = [n for n in records.said_by(table, version) if n not in table.key]
    # Of a version that says all, what it says to be empty is left out: only a part says so on purpose.
    names = [n for n in said if version[n] not in (None, "") or len(said) < len(table.by_name) - len(table.key)]
    fields = table.by_name
    return {
        "when": sight.stamp(known) if known is not None else sight.words.t("shipped with birlik"),
        "who": version.get("known_from", version.get("source_id")) or "",
        "ended": records.is_end(version),
        "says": [(heading(sight, fields[n]), cell(sight, fields[n], version) or "–") for n in names],
        "then": naming.record_address(sight, table, version, as_of=iso(known)) if known is not None else "",
    }


def _relabel(sight: Sight, table: Table, row: Row) -> tuple[str, str] | None:
    """(title, address) of the form that says who may see it, for who may."""
    act = acting.act_named(sight.node, RELABEL)
    if not bears_labels(table) or not acting.may(sight.principal, act):
        return None
    query = {"table": table.name, "key": key_text(table, row), "back": naming.record_address(sight, table, row)}
    return sight.words.t(act.title), with_query(address_of(sight, act, None, None), query)


def _undo(sight: Sight, table: Table, newest: Mapping[str, Any]) -> Any:
    """The button that undoes the act of which the newest version came; None where it came of none, and for readers."""
    act = acting.act_named(sight.node, UNDO)
    if newest.get("known_time") is None or not acting.may(sight.principal, act):
        return None
    lines = sight.node.store.catalogue.tables[act.table]
    where = [
        Filter(column="acted_time", operator="=", value=newest["known_time"]),
        Filter(column="by", operator="=", value=newest.get("known_from")),
    ]
    found = sight.reader.rows(lines.name, where=where, limit=2).to_pylist()
    if len(found) != 1:
        return None
    back = naming.record_address(sight, table, newest)
    return form_of(sight, act, lines, found[0], back=back)


def _forms(sight: Sight, table: Table, row: Row) -> list[Any]:
    return [
        form_of(sight, act, table, row)
        for act in sorted(records.acts_about(sight.node, table), key=lambda act: act.is_final)
        if acting.may(sight.principal, act) and not _is_anothers(sight, act, table, row)
    ]


def _is_anothers(sight: Sight, act: Act, table: Table, row: Row) -> bool:
    """Is the act for whose the row is, and is that somebody else?"""
    return (
        act.by_anyone
        and table.party is not None
        and bool(table.party.column)
        and row[table.party.column] != sight.principal.name
    )
