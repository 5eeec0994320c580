"""What stands on the pages of plans and jobs: parameters as inputs, rows beside those of today, lines of what was."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from birlik.apps.web import forms
from birlik.apps.web.ask import with_query
from birlik.apps.web.forms import Input, input_of
from birlik.apps.web.panels.content import Grid
from birlik.apps.web.panels.table import cell, heading, readable, ways_of
from birlik.apps.web.sight import Row, Sight
from birlik.errors import BadRequest
from birlik.kernel import saying
from birlik.kernel.domain import Domain, Field, Parameter, Plan, Type
from birlik.kernel.parameters import value_of
from birlik.kernel.planning import asking
from birlik.kernel.planning.keeping import Job
from birlik.kernel.plans import NUMBERS, TODAY
from birlik.kernel.saved import SAVED
from birlik.kernel.tables import Rows

SHOWN = 200
"""Rows of a result on its page; the downloads have all."""
AS_OF = "-as_of"
"""The field of a form that asks for a moment."""
FILES = (("CSV", "csv"), ("CSV, Excel", "csv-excel"), ("XLSX", "xlsx"), ("Parquet", "parquet"), ("JSON", "json"))
MOMENT = Field(name=AS_OF, type=Type.TIME, description="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """What stands in a plan's form, and what was wrong with it."""

    values: Mapping[str, str]
    as_of: datetime | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    """By parameter; under the empty name what is wrong with the whole."""
    saved: Row | None = None
    """As whom it was saved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A job in a list."""

    address: str
    state: str
    code: str
    begun: Any
    until: Any
    moved: str
    """What was otherwise than today, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedLine:
    name: str
    address: str
    by: str
    moved: str
    forget: str
    """The address of the form that takes it away; empty where this reader can't."""


def address(domain: Domain, plan: Plan, job: Job) -> str:
    """Of a job's page."""
    return f"/{domain.name}/plan/{plan.name}/{job.job_id}"


def typed_of(
    sight: Sight, plan: Plan, values: Mapping[str, Any], as_of: datetime | None, saved: Row | None = None
) -> Typed:
    """Values as they stand in a form; what isn't said is as today."""
    told = {**plan.usual} | {name: value for name, value in values.items() if name in plan.by_name}
    written = {name: forms.shown(sight, plan.by_name[name].field, value) for name, value in told.items()}
    return Typed(values=written, as_of=as_of, saved=saved)


def given_of(plan: Plan, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Numbers that an address gives for parameters; what is none, or out of its range, is left out."""
    made: dict[str, Any] = {}
    for name, each in plan.by_name.items():
        if name in query and each.field.type in NUMBERS:
            with suppress(ValueError, BadRequest):
                number = float(query[name])
                made[name] = value_of(each, int(number) if each.field.type is Type.INT else number)
    return made


def with_fault(typed: Typed, name: str, said: str) -> Typed:
    """The same form, with what was wrong."""
    return replace(typed, faults={name: said})


def read_of(sight: Sight, plan: Plan, told: Mapping[str, Any]) -> tuple[Typed, Mapping[str, Any]]:
    """What was typed, with what is wrong in it; and the parameters as JSON has them."""
    written = {name: str(told.get(name, ""))[:2_000] for name in plan.by_name}
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, each in plan.by_name.items():
        try:
            values[name] = forms.read(sight, each.field, written[name], None)
        except ValueError as error:
            faults[name] = str(error)
    as_of = None
    if text := str(told.get(AS_OF, "")).strip():
        try:
            as_of = datetime.fromisoformat(forms.read(sight, MOMENT, text, None))
        except ValueError as error:
            faults[AS_OF] = str(error)
    return Typed(values=written, as_of=as_of, faults=faults), values


def inputs(sight: Sight, plan: Plan, typed: Typed) -> list[Input]:
    """The form's fields, each with its range and how it is today."""
    told = forms.Typed(values=typed.values, faults=typed.faults)
    made = [_input(sight, each, told) for each in plan.parameters]
    if asking.has_moments(sight.node, plan):
        words = sight.words
        made.append(
            Input(
                name=AS_OF,
                label=words.t("as it was known"),
                unit=sight.zone_words,
                kind="datetime-local",
                value=forms.shown(sight, MOMENT, typed.as_of),
                help=words.t("At this moment; empty is now."),
                error=typed.faults.get(AS_OF, ""),
            )
        )
    return made


def _input(sight: Sight, each: Parameter, told: forms.Typed) -> Input:
    made = input_of(sight, replace(each.field, nullable=True), None, None, told)
    return replace(made, help=_help(sight, each), is_needed=each.usual != "")


def _help(sight: Sight, each: Parameter) -> str:
    words = sight.words
    usual = words.t("It begins with: {value}.") if each.begins else words.t("Today: {value}.")
    today = usual.format(value=_written(sight, each.field, each.usual))
    said = [words.t(each.field.description)] if each.field.description else []
    if each.least is not None and each.most is not None:
        ends = {"least": words.number(each.least, 12), "most": words.number(each.most, 12)}
        said.append(words.t("From {least} to {most}.").format(**ends))
    return " ".join([*said, today])


def _written(sight: Sight, asked: Field, value: Any) -> str:
    return cell(sight, asked, {asked.name: value}) if value is not None else "–"


def moved(sight: Sight, plan: Plan, job: Job) -> list[tuple[str, str, str]]:
    """(what, how it is set, in words how it is else) of each parameter that isn't as today."""
    words = sight.words

    def said(each: Parameter, value: Any) -> str:
        return _written(sight, each.field, value)

    return [
        (
            heading(sight, each.field),
            said(each, job.values.get(name)),
            (words.t("it begins with: {what}") if each.begins else words.t("today: {what}")).format(
                what=said(each, each.usual)
            ),
        )
        for name, each in plan.by_name.items()
        if job.values.get(name) != each.usual
    ]


def _in_words(sight: Sight, plan: Plan, values: Mapping[str, Any]) -> str:
    said = [
        f"{heading(sight, each.field)} {_written(sight, each.field, values.get(name))}"
        for name, each in plan.by_name.items()
        if values.get(name, each.usual) != each.usual
    ]
    return "; ".join(said) or sight.words.t("everything as it is today")


def line(sight: Sight, domain: Domain, plan: Plan, job: Job) -> Line:
    """As a list of jobs has it."""
    return Line(
        address=address(domain, plan, job),
        state=sight.words.code("job", job.state.value),
        code=job.state.value,
        begun=sight.stamp(job.begun_time),
        until=sight.stamp(job.ends_time),
        moved=_in_words(sight, plan, job.values),
    )


def why(sight: Sight, job: Job) -> str:
    """Why nothing came of it, in the reader's language; empty where something did."""
    if job.why is None:
        return ""
    template, values = job.why
    return saying.reason_in(sight.node, sight.words.language, job.reason, template, orjson.dumps(values).decode())


def saved_lines(sight: Sight, domain: Domain, plan: Plan) -> list[SavedLine]:
    """Those of a plan that this reader may see."""
    if not sight.node.store.catalogue.may_read(sight.principal, SAVED.name):
        return []
    found = sight.reader.rows(SAVED.name, where=[asking.of_plan(plan.name)], order=("name", "saved_id"), limit=SHOWN)
    made = []
    for row in found.to_pylist():
        mine = row["by"] == sight.principal.name or sight.principal.is_operator
        forget = with_query("/birlik/act/birlik_plan_forget", {"key": row["saved_id"], "back": _base(domain, plan)})
        made.append(
            SavedLine(
                name=row["name"],
                address=with_query(_base(domain, plan), {"saved": row["saved_id"]}),
                by=row["by"],
                moved=_in_words(sight, plan, orjson.loads(row["parameters"])),
                forget=forget if mine and not sight.seen_as else "",
            )
        )
    return made


def _base(domain: Domain, plan: Plan) -> str:
    return f"/{domain.name}/plan/{plan.name}"


def grid(sight: Sight, plan: Plan, rows: Rows, *, is_moved: bool) -> Grid:
    """The first rows, each measure beside what it is today; where nothing was moved that is the same."""
    own = {each.name: each for each in plan.fields}
    fields = plan.told if is_moved else plan.fields
    shown = rows.slice(0, SHOWN).to_pylist()
    ways = ways_of(sight, plan.named, shown)  # as things are called now, of those that are seen
    return Grid(
        headings=[_heading(sight, each, own) for each in fields],
        numeric=[each.type in (Type.INT, Type.FLOAT) for each in fields],
        rows=[
            [ways.get((each.name, _key(plan, each, row))) or readable(_cell(sight, each, own, row)) for each in fields]
            for row in shown
        ],
    )


def _key(plan: Plan, each: Field, row: Row) -> str:
    return str(row[plan.named[each.name][1]]) if each.name in plan.named else ""


def _heading(sight: Sight, each: Field, own: Mapping[str, Field]) -> str:
    if each.name in own:
        return heading(sight, each)
    return sight.words.t("today: {what}").format(what=heading(sight, own[each.name.removeprefix(TODAY)]))


def _cell(sight: Sight, each: Field, own: Mapping[str, Field], row: Row) -> str:
    said = own.get(each.name) or own[each.name.removeprefix(TODAY)]
    return cell(sight, said, {**row, said.name: row[each.name]})


def files(job: Job) -> Sequence[tuple[str, str]]:
    """(form, address) of its downloads."""
    return [(said, f"/api/v1/jobs/{job.job_id}/rows?format={form}") for said, form in FILES]
