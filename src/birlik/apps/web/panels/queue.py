"""What waits for a verdict: rows, the oldest first, each with the acts that settle it."""

from collections.abc import Sequence
from typing import Any

import orjson
from markupsafe import Markup

from birlik.apps.web import doing, naming
from birlik.apps.web.forms import address_of, form_of, is_one_press, said_before
from birlik.apps.web.panels import sides
from birlik.apps.web.panels.content import Content, Facts, more_of
from birlik.apps.web.panels.filtering import listed
from birlik.apps.web.panels.sides import Both
from birlik.apps.web.panels.table import begins, cells_of, heading, things_of, with_things
from birlik.apps.web.sight import Read, Row, Sight
from birlik.kernel import acting
from birlik.kernel.access import forms
from birlik.kernel.acts import Act
from birlik.kernel.changes import key_text
from birlik.kernel.domain import Field, Filter, Queue, Table
from birlik.kernel.undoing import NAME as UNDO

TOKEN = "\x00token\x00"  # nosec B105 # a mark in a page, to be exchanged
"""Stands where a form has its own name: a panel that was made once is shown often, and each form is another."""
SEVERAL, MOST_GROUPS, MOST_LETTERS = 3, 20, 160
"""Rows that make a group; groups of one column that are shown; letters of an example."""


def content(panel: Queue, sight: Sight) -> Content:
    table = sight.node.store.catalogue.tables[panel.table]
    acts = [acting.act_named(sight.node, name) for name in panel.verdicts]
    mine = [act for act in acts if acting.may(sight.principal, act)] if sight.ask.as_of is None else []
    found = listed(panel, sight, panel.order or (table.time, *table.key))
    fields = [table.by_name[m] for m in panel.columns]
    if not fields and panel.sides is None:
        fields = [f for f in table.fields if f.name not in panel.fixed]
    back = f"{sight.ask.address(did='')}#{panel.name}"
    things, both = things_of(panel, sight, found.rows), sides.of(panel, sight, found.rows)
    return Content(
        facts=Facts(n=found.said),
        values={
            "headings": [heading(sight, f) for f in fields],
            "rows": [
                {
                    "cells": naming.linked(
                        sight, table, row, with_things(things, fields, row, cells_of(sight, table.name, fields, row))
                    )
                    if fields
                    else [],
                    "sides": both[n],
                    "since": "" if table.time in panel.columns else sight.stamp(row[table.time]),
                    "name": _name(sight, table, fields, row, both[n]),
                    "said": _said(sight, mine, table, row),
                    "verdicts": [verdict(sight, act, table, row, back) for act in mine],
                }
                for n, row in enumerate(found.rows)
            ],
            "groups": _groups(panel, sight, table, back) if mine else [],
            "may_act": bool(mine),
            "unconfirmed": _unconfirmed(sight, table) if mine and not panel.mine else "",
            **_just_done(panel, sight, back),
            "begins": begins(sight, panel.table) if panel.mine and not panel.by_duty else [],
            "more": more_of(panel, sight, int(found.is_cut)),
            "filter": found.form,
        },
    )


def _name(sight: Sight, table: Table, fields: Sequence[Field], row: Row, both: Both | None) -> str:
    """What a row is called to who can't see it beside its verdicts: by its name, else by what is shown of it, and by
    its key where nothing is."""
    if both is not None:
        return both.name
    called = naming.title_of(sight, table, row)
    if called != key_text(table, row):
        return called
    shown = (text for text in cells_of(sight, table.name, fields, row) if text and not isinstance(text, Markup))
    return max(shown, key=len, default=called)[:MOST_LETTERS]


def _just_done(panel: Queue, sight: Sight, back: str) -> dict[str, Any]:
    """What a verdict of this panel has just done, with the button that takes it back for who may; or that it was."""
    name, _, act_id = doing.just_done(sight)
    undo = acting.act_named(sight.node, UNDO)
    if name not in (*panel.verdicts, UNDO) or not acting.may(sight.principal, undo):
        return {"did": doing.did(sight, panel.verdicts), "undo": []}
    lines = sight.node.store.catalogue.tables[undo.table]
    line = _line(sight, lines, act_id)
    if name == UNDO:
        undone = _line(sight, lines, orjson.loads(line["about"] or "{}").get("act_id", "")) if line else None
        is_here = undone is not None and undone["act"] in panel.verdicts
        return {"did": doing.did(sight) if is_here else "", "undo": []}
    act = acting.act_named(sight.node, name)
    is_open = line is not None and line["changes_n"] and not act.is_lasting and acting.may(sight.principal, act)
    return {
        "did": doing.did(sight, panel.verdicts),
        "undo": [verdict(sight, undo, lines, line, back)] if line is not None and is_open else [],
    }


def _line(sight: Sight, lines: Table, act_id: str) -> Row | None:
    found = sight.reader.rows(lines.name, where=[Filter(column="act_id", operator="=", value=act_id)], limit=1)
    return next(iter(found.to_pylist()), None)


def _unconfirmed(sight: Sight, table: Table) -> str:
    """Of forms whose senders haven't said yet that they are theirs, the number and nothing else."""
    n = forms.unconfirmed_n(sight.node.store.vault, table.name)
    if not n:
        return ""
    said = sight.words.n(
        "{n} more waits for its sender to confirm it: nobody reads it before.",
        "{n} more wait for their senders to confirm them: nobody reads them before.",
        n,
    )
    return said.format(n=sight.words.count(n))


def _groups(panel: Queue, sight: Sight, table: Table, back: str) -> list[dict[str, Any]]:
    """Of each column by which they are settled together, the values that several have, the most first."""
    made, filters = [], tuple(sorted(sight.table_filters(panel.table, panel.fixed).items()))
    for column, name in panel.groups.items():
        act = acting.act_named(sight.node, name)
        if not acting.may(sight.principal, act):
            continue
        for found in sight.answer(Read("counts", panel.table, filters, (column,), MOST_GROUPS)):
            if found["n"] < SEVERAL or found[column] is None:
                continue
            same = {**panel.fixed, column: str(found[column])}
            # Numbers are of the last step; an act since then may have settled them all.
            if not (rows := sight.rows(panel.table, same, order=(table.time, *table.key), limit=1)):
                continue
            (row,) = rows
            made.append({
                "n": sight.words.count(found["n"]),
                "example": _example(panel, sight, table, row),
                "verdict": verdict(sight, act, table, row, back),
            })  # fmt: skip
    return made


def _example(panel: Queue, sight: Sight, table: Table, row: Row) -> str:
    """The oldest of a group: its longest text among those that are shown."""
    fields = [table.by_name[name] for name in panel.columns]
    said = max((str(cell) for cell in cells_of(sight, table.name, fields, row)), key=len, default="")
    return said if len(said) <= MOST_LETTERS else f"{said[:MOST_LETTERS]}…"


def _said(sight: Sight, acts: Sequence[Act], table: Table, row: Row) -> str:
    """What this reader has said of it that nobody is told yet: its first word."""
    for act in acts:
        if said := said_before(sight, act, table, row):
            asked = next(p for p in act.parameters if said.get(p.name) is not None)
            value = str(said[asked.name])
            told = sight.words.code(asked.name, value) if asked.codes else value
            return sight.words.t("You said: {value}").format(value=told)
    return ""


def verdict(sight: Sight, act: Act, table: Table, row: Row, back: str) -> dict[str, Any]:
    """A button, or the way to the page of its form."""
    title = sight.words.t(act.title)
    if not is_one_press(act):
        return {"title": title, "href": address_of(sight, act, table, row, back), "form": None}
    return {"title": title, "href": "", "form": form_of(sight, act, table, row, back=back, token=TOKEN)}
