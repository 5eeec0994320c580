"""What a plan chooses where somebody has moved a parameter: at once, of what they see, beside what it begins with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
from markupsafe import Markup

from birlik.apps.web.ask import moved_as, with_query
from birlik.apps.web.panels.content import Content, Facts, Grid
from birlik.apps.web.panels.table import cell, heading, readable
from birlik.apps.web.sight import Read, Row, Sight
from birlik.errors import BadRequest, OutOfRange
from birlik.kernel import acting, saying
from birlik.kernel.domain import Parameter, Plan, Type, Weights
from birlik.kernel.parameters import value_of
from birlik.kernel.planning import asking
from birlik.kernel.saved import SAVE, SAVED
from birlik.kernel.tables import arrow_schema

SLIDES = 100.0
"""What has a wider range is typed, and not slid."""
MOST = 3_000
"""Rows that are chosen from at once; a job takes more."""
STEPS = 20
MOST_SAVED = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Knob:
    """One parameter as it can be moved."""

    name: str
    label: str
    value: str
    said: str
    least: str
    most: str
    step: str
    slides: bool
    help: str
    error: str = ""


def content(panel: Weights, sight: Sight) -> Content:
    plan, domain = sight.node.plans[panel.plan]
    knobs, values = _set(panel, plan, sight)
    begun: ByKey = {}
    now: ByKey = {}
    fault = ""
    try:
        begun, now = _chosen(panel, plan, sight, values)
    except OutOfRange as error:
        fault = saying.reason_in(sight.node, sight.words.language, error.args[0])
    may_run = asking.may(sight.node, sight.principal, plan, domain) and not sight.seen_as
    base = f"/{domain.name}/plan/{plan.name}"
    moved = {name: value for name, value in values.items() if value != plan.usual[name]}
    return Content(
        empty=not now and not fault,
        facts=Facts(n=sight.words.count(_known(panel, now)) if now else ""),
        grid=_grid(panel, plan, sight, begun, now),
        values={
            "knobs": knobs,
            "fault": fault,
            "said": _said(panel, sight, begun, now),
            "address": sight.ask.path,
            "hidden": {n: v for n, v in sight.ask.state().items() if n not in sight.ask.moved},
            "begun": with_query(
                sight.ask.path, {n: v for n, v in sight.ask.state().items() if n not in sight.ask.moved}
            ),
            "is_moved": bool(moved),
            "exact": with_query(base, {k: str(v) for k, v in moved.items()}) if may_run else "",
            "save": f"{base}/save" if may_run and acting.may(sight.principal, SAVE) else "",
            "page": sight.ask.page.name,
            "parameters": orjson.dumps(moved).decode(),
            "saved": _saved(panel, plan, sight),
        },
    )


# --- how it is set --------------------------------------------------------------------------------------------------


def _set(panel: Weights, plan: Plan, sight: Sight) -> tuple[list[Knob], Mapping[str, Any]]:
    """The knobs, and all parameters of the plan; what is wrong stays as usual, and says so."""
    knobs, values = [], dict(plan.usual)
    for name in panel.moved:
        each, text, error = plan.by_name[name], sight.ask.moved.get(moved_as(name), ""), ""
        try:
            values[name] = value_of(each, _number(each, text)) if text else each.usual
        except (BadRequest, ValueError) as wrong:
            error = _wrong(sight, each, wrong)
        knobs.append(_knob(sight, each, values[name], error))
    return knobs, values


def _number(each: Parameter, text: str) -> float | int:
    number = float(text.replace(",", "."))
    return int(number) if each.field.type is Type.INT and number.is_integer() else number


def _wrong(sight: Sight, each: Parameter, error: Exception) -> str:
    if isinstance(error, BadRequest):
        said = saying.reason_in(sight.node, sight.words.language, error.args[0])
        return said.removeprefix(f"{each.name}: ")
    return sight.words.t("it must be a number")


def _knob(sight: Sight, each: Parameter, value: Any, error: str) -> Knob:
    words, least, most = sight.words, each.least or 0.0, each.most or 0.0
    said = [words.t(each.field.description)] if each.field.description else []
    usual = words.t("It begins with: {value}.") if each.begins else words.t("Today: {value}.")
    whole = each.field.type is Type.INT
    return Knob(
        name=moved_as(each.name),
        label=heading(sight, each.field),
        value=f"{value:g}",
        said=cell(sight, each.field, {each.name: value}),
        least=f"{least:g}",
        most=f"{most:.12g}",
        step="1" if whole else (f"{(most - least) / STEPS:g}" if most - least <= SLIDES else "any"),
        slides=most - least <= SLIDES,
        help=" ".join([*said, usual.format(value=cell(sight, each.field, {each.name: each.usual}))]),
        error=error,
    )


# --- what comes of it -----------------------------------------------------------------------------------------------

ByKey = Mapping[tuple[Any, ...], Row]


def _chosen(panel: Weights, plan: Plan, sight: Sight, values: Mapping[str, Any]) -> tuple[ByKey, ByKey]:
    """Rows by key, as it begins and as it is set. Raises OutOfRange."""
    found = {read.table: _read(sight, read.table, read.columns, read.where) for read in plan.reads}
    tables = {name: table for name, (table, _) in found.items()}
    digests = tuple(digest for _, digest in found.values())

    def chosen(told: Mapping[str, Any]) -> ByKey:
        key = ("chosen", plan.name, digests, tuple(told.items()))
        return sight.memo.get(key, lambda: _by_key(plan, tables, told))

    return chosen(plan.usual), chosen(values)


def _by_key(plan: Plan, tables: Mapping[str, Any], values: Mapping[str, Any]) -> ByKey:
    assert plan.at_once is not None
    rows = plan.at_once(tables, values).to_pylist()
    return {tuple(row[name] for name in plan.key): row for row in rows}


def _read(sight: Sight, table: str, columns: Sequence[str], where: Sequence[Any]) -> tuple[Any, str]:
    """(Arrow, digest) of the rows that the reader sees. Raises OutOfRange for more than can be chosen from at once."""
    declared = sight.node.store.catalogue.declared(table)
    told = tuple(sorted((each.column, each.value) for each in where))
    read = Read("rows", table, told, declared.key, MOST + 1, tuple(columns))
    rows, digest = sight.answer(read), sight.reads[-1][1]
    if len(rows) > MOST:
        raise OutOfRange(sight.words.t("there are too many to choose from at once: have it computed as a plan"))
    schema = arrow_schema(tuple(declared.by_name[name] for name in columns))
    return pa.Table.from_pylist([{name: row[name] for name in columns} for row in rows], schema=schema), digest


def _said(panel: Weights, sight: Sight, begun: ByKey, now: ByKey) -> str:
    """How many are chosen, and how many of them enter and leave."""
    words = sight.words
    chosen = {key for key, row in now.items() if row[panel.chosen]}
    before = {key for key, row in begun.items() if row[panel.chosen]}
    text = words.t(panel.text_chosen) or words.t("{n} of {all} are chosen.")
    said = [text.format(n=words.count(len(chosen)), all=words.count(_known(panel, now)))]
    if chosen - before or before - chosen:
        enters, leaves = words.count(len(chosen - before)), words.count(len(before - chosen))
        said.append(words.t("Beside what it begins with {enters} enter and {leaves} leave.").format(
            enters=enters, leaves=leaves
        ))  # fmt: skip
    return " ".join(said)


def _known(panel: Weights, now: ByKey) -> int:
    """From how many it is chosen."""
    return sum(row[panel.chosen] is not None for row in now.values())


def _grid(panel: Weights, plan: Plan, sight: Sight, begun: ByKey, now: ByKey) -> Grid:
    fields = {field.name: field for field in plan.fields}
    shown = [fields[name] for name in panel.columns]
    ordered: list[tuple[str, Row]] = []
    for key, row in now.items():
        was, is_in = bool(begun.get(key, {}).get(panel.chosen)), bool(row[panel.chosen])
        if was or is_in:
            ordered.append(("stays" if was and is_in else "enters" if is_in else "leaves", row))
    order = {"enters": 0, "leaves": 1, "stays": 2}
    ordered.sort(key=lambda item: order[item[0]])
    return Grid(
        headings=[sight.words.t("beside the beginning"), *(heading(sight, field) for field in shown)],
        numeric=[False, *(field.type in (Type.INT, Type.FLOAT) for field in shown)],
        rows=[_line(panel, sight, shown, word, row) for word, row in ordered[: panel.limit]],
        left_out=max(0, len(ordered) - panel.limit),
    )


def _line(panel: Weights, sight: Sight, shown: Sequence[Any], word: str, row: Row) -> list[Any]:
    cells: list[Any] = [readable(cell(sight, field, row)) for field in shown]
    page = sight.page(panel.link) if panel.link else None
    if page is not None:
        href = sight.link(panel.link, str(row[page.parameters[0]]))
        cells[0] = Markup('<a href="{}">{}</a>').format(href, cells[0] or row[page.parameters[0]])
    said = {"enters": sight.words.t("enters"), "leaves": sight.words.t("leaves"), "stays": sight.words.t("stays")}
    return [Markup('<span class="weights-{}">{}</span>').format(word, said[word]), *cells]


def _saved(panel: Weights, plan: Plan, sight: Sight) -> list[tuple[str, str, str]]:
    """(name, address, by whom) of what somebody has saved that this panel can show."""
    if not sight.node.store.catalogue.may_read(sight.principal, SAVED.name):
        return []
    made = []
    for row in sight.rows(SAVED.name, {"plan": plan.name}, order=("name",), limit=MOST_SAVED):
        told = {n: v for n, v in orjson.loads(row["parameters"]).items() if v != plan.usual.get(n)}
        if set(told) <= set(panel.moved):
            query = {moved_as(name): f"{value:g}" for name, value in told.items()}
            made.append((row["name"], with_query(sight.ask.path, query), row["by"]))
    return made
