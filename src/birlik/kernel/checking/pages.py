"""Do pages and their panels lead somewhere? Each kind of panel is checked for all that it binds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from string import Formatter
from typing import Any

from birlik.kernel.checking.known import Known
from birlik.kernel.domain import (
    Agenda,
    Alerts,
    Bars,
    Compare,
    Counts,
    Document,
    Endpoint,
    FigureTable,
    Filter,
    Heat,
    Marks,
    Opening,
    Page,
    Panel,
    Quarantine,
    Queue,
    Ranked,
    Reasons,
    RowTable,
    SearchBox,
    Sentence,
    Series,
    Sources,
    Tally,
    Timetable,
    Type,
    Weights,
)
from birlik.kernel.pages import path_parameters
from birlik.kernel.panels import OfTable
from birlik.periods import Cycle


def pages(known: Known) -> Iterator[str]:
    """Over all domains."""
    for domain in known.domains:
        names = {page.name for page in domain.pages}
        for page in domain.pages:
            where = f"page {domain.name}/{page.name}"
            yield from _page(known, where, page)
            if page.instead_of and (page.instead_of not in names or not page.where or len(page.parameters) != 1):
                yield f"{where}: it says in the place of which page of its domain it stands, and for which rows"
            yield from _exports(known, where, page, {e.operation_id: e for e in domain.endpoints})
            for each in page.panels:
                yield from _named(known, f"{where}, panel {each.name}", each, {p.name: p for p in domain.pages})
                yield from _onward(f"{where}, panel {each.name}", page, each, names)
                yield from panel(known, f"{where}, panel {each.name}", each, names)


def _page(known: Known, where: str, page: Page) -> Iterator[str]:
    for each in page.begins:
        name = each if isinstance(each, str) else each.act
        if name not in known.acts:
            yield f"{where}: there is no act {name!r}"
        if not isinstance(each, str):
            yield from known.lacks(f"{where}, {name}", each.table, (*page.parameters, *each.fixed, each.ahead))
    yield from known.lacks_register(where, page.register)
    if page.about:
        yield from known.lacks(where, page.about, page.parameters)
        if len(page.parameters) != 1 or known.key_of(page.about) != page.parameters:
            yield f"{where}: it is about a row of {page.about!r}, so its one parameter is the key of that"
    if page.joined:
        table = known.tables.get(page.joined)
        if table is None or table.joins is None or len(page.parameters) != 1:
            yield f"{where}: {page.joined!r} doesn't say which values of its one parameter are of the same"
    if page.fresh is not None:
        yield from known.lacks(where, page.fresh.table, (page.fresh.time,))
        if page.fresh.indicator:
            yield from known.lacks_measures(where, page.fresh.indicator, (page.fresh.last, page.fresh.gap))
    if page.finds is not None:
        found = page.finds
        yield from known.lacks(where, found.table, (found.column, found.time, *page.parameters))


def _exports(known: Known, where: str, page: Page, endpoints: Mapping[str, Endpoint]) -> Iterator[str]:
    for export in page.exports:
        endpoint = endpoints.get(export.operation)
        if endpoint is None:
            yield f"{where}: its export {export.title!r} is of {export.operation!r}, which no endpoint of its domain is"
        elif path_parameters(endpoint.path) not in ((), page.parameters):
            yield f"{where}: its export {export.title!r} needs {endpoint.path}, which the page's parameters don't fill"
        if export.table:
            yield from known.lacks(f"{where}, export {export.title}", export.table, (*page.parameters, *export.fixed))


def _named(known: Known, where: str, panel: Panel, pages: Mapping[str, Page]) -> Iterator[str]:
    """What is called by its page's name, alone or beside another, has a page that is about a row."""
    if not isinstance(panel, OfTable):
        return
    yield from known.lacks(where, panel.table, tuple(panel.names))
    sides = panel.sides if isinstance(panel, Queue) else None
    if sides is not None:
        yield from known.lacks(where, panel.table, (sides.left, sides.right, sides.weighs))
    for name in (*panel.names.values(), *((sides.page,) if sides is not None else ())):
        if name not in pages or not pages[name].about:
            yield f"{where}: {name!r} is no page of its domain about a row, so it says nobody's name"
        elif sides is not None and name == sides.page:
            yield from known.lacks(where, pages[name].about, sides.columns)


def _onward(where: str, page: Page, panel: Panel, names: set[str]) -> Iterator[str]:
    """An agenda goes on to a page of its domain, and is as long as a choice of its own page says."""
    if isinstance(panel, Agenda) and panel.onward and panel.onward not in names:
        yield f"{where}: it goes on to {panel.onward!r}, which is no page of its domain"
    if isinstance(panel, Agenda) and panel.within and panel.within not in page.choices:
        yield f"{where}: {panel.within!r} is no choice of its page"


def panel(known: Known, where: str, one: Panel, pages: set[str]) -> Iterator[str]:
    """What is wrong with one, whose domain has these pages."""
    if one.leads_to and one.leads_to not in pages:
        yield f"{where}: it leads to {one.leads_to!r}, which is no page of its domain"
    bound = one.bound
    if bound.indicator:
        yield from known.lacks_measures(where, bound.indicator, ())
        yield from known.lacks_dimensions(where, bound.indicator, bound.fixed)
    elif bound.table:
        yield from known.lacks(where, bound.table, bound.fixed)
    check = CHECKS.get(type(one))
    if check is None:
        yield f"{where}: {type(one).__name__} is no kind of panel"
    else:
        yield from check(known, where, one)


# --- a kind each ----------------------------------------------------------------------------------------------


def _sentence(known: Known, where: str, panel: Sentence) -> Iterator[str]:
    yield from known.lacks_register(where, panel.register)
    for clause in panel.clauses:
        yield from known.lacks_measures(where, clause.indicator, (clause.rank,))
        yield from known.lacks_dimensions(where, clause.indicator, clause.fixed)
        if clause.count != "others":
            yield from known.lacks_measures(where, clause.indicator, (clause.count,))
        yield from _spoken(known, where, clause.indicator, (clause.text, clause.text_one, clause.text_zero), SPOKEN)


def _ranked(known: Known, where: str, panel: Ranked) -> Iterator[str]:
    yield from known.lacks_register(where, panel.register)
    measures = [panel.rank, panel.colour.measure if panel.colour is not None else ""]
    for column in panel.columns:
        measures += [column.measure, *(column.ends or ())]
        yield from _spoken(known, where, panel.indicator, (column.note,), ())
    yield from known.lacks_measures(where, panel.indicator, measures)
    yield from known.lacks_dimensions(where, panel.indicator, (panel.split,))
    if (register := known.registers.get(panel.register)) is not None:
        yield from known.lacks_dimensions(where, panel.indicator, register.key[:1])
    if (lines := panel.lines) is not None:
        yield from known.lacks(f"{where}, lines", lines.register, (*lines.ends, lines.kind, *lines.fixed))
        yield from known.lacks(f"{where}, lines", lines.places, ("latitude", "longitude"))


def _series(known: Known, where: str, panel: Series) -> Iterator[str]:
    yield from known.lacks_measures(where, panel.indicator, (panel.y, *(panel.ends or ())))
    found = known.indicators.get(panel.indicator)
    if found is not None and found.period is None:
        yield f"{where}: {panel.indicator} has no period to draw a series by"
    if (told := panel.reported) is not None:
        read = (told.when, told.value, told.unit, told.source, told.fault, *told.notes, *told.fixed)
        yield from known.lacks(f"{where}, reported", told.table, read)


def _heat(known: Known, where: str, panel: Heat) -> Iterator[str]:
    yield from known.lacks_dimensions(where, panel.indicator, (panel.x,))
    found = known.indicators.get(panel.indicator)
    declared = next((d for d in found.dimensions if d.name == panel.x), None) if found is not None else None
    if declared is not None and declared.cycle is not Cycle.HOUR_OF_WEEK:
        yield f"{where}: {panel.x} is not declared to be an hour of the week"


def _bars(known: Known, where: str, panel: Bars) -> Iterator[str]:
    ends = [end for pair in panel.ends for end in pair]
    yield from known.lacks_measures(where, panel.indicator, (*panel.measures, *ends))
    yield from known.lacks_dimensions(where, panel.indicator, (panel.split,))
    if panel.ends and len(panel.ends) != len(panel.measures):
        yield f"{where}: {len(panel.measures)} measures have {len(panel.ends)} pairs of ends"
    if panel.split and panel.measures:
        yield f"{where}: its parts are values of {panel.split!r} or measures, not both"


def _figure_table(known: Known, where: str, panel: FigureTable) -> Iterator[str]:
    yield from known.lacks_measures(where, panel.indicator, panel.measures)


def _rows(known: Known, where: str, panel: OfTable) -> Iterator[str]:
    order = [name.removeprefix("-") for name in panel.order]
    more = (panel.since, *panel.narrowed) if isinstance(panel, RowTable) else ()
    yield from known.lacks(where, panel.table, (*panel.columns, *order, *more))


def _counts(known: Known, where: str, panel: Counts) -> Iterator[str]:
    yield from _rows(known, where, panel)
    yield from known.lacks(where, panel.table, (panel.split,))
    if not known.time_of(panel.table):
        yield f"{where}: the newest of each are told by their time, and rows of {panel.table!r} have none"
    if panel.beside:
        yield from known.lacks(f"{where}, beside", panel.beside, ())


def _compare(known: Known, where: str, panel: Compare) -> Iterator[str]:
    yield from _rows(known, where, panel)
    yield from known.lacks(
        where, panel.table, (panel.by, panel.value, panel.source, panel.many, *panel.beside, *panel.usual)
    )


def _opening(known: Known, where: str, panel: Opening) -> Iterator[str]:
    yield from _rows(known, where, panel)
    for saying in panel.sayings:
        named = (*saying.when, *saying.least, saying.count, saying.passed, saying.ahead)
        said = (name for text in (saying.text, saying.text_one) for _, name, _, _ in Formatter().parse(text))
        yield from known.lacks(where, panel.table, (*named, *(name for name in said if name)))


def _document(known: Known, where: str, panel: Document) -> Iterator[str]:
    yield from _rows(known, where, panel)
    yield from known.lacks(where, panel.table, (panel.text, panel.paragraph, panel.lang))
    if panel.hanging:
        named = (panel.on, *panel.hanging_fixed, *panel.hanging_columns)
        yield from known.lacks(f"{where}, hanging", panel.hanging, named)
        if not (panel.on and panel.hanging_columns):
            yield f"{where}: what hangs has a column with its paragraph, and one that is shown"


def _marks(known: Known, where: str, panel: Marks) -> Iterator[str]:
    yield from known.lacks(where, panel.table, (panel.by, panel.until))
    codes = known.codes_of(panel.table, panel.by)
    said = (*panel.hollow, *panel.settled)
    yield from (f"{where}: {panel.by} has no code {code!r}" for code in said if code not in codes)
    if not panel.hollow:
        yield f"{where}: no code of {panel.by} says that it isn't known"


def _agenda(known: Known, where: str, panel: Agenda) -> Iterator[str]:
    yield from _rows(known, where, panel)
    yield from known.lacks(where, panel.table, (panel.until, panel.day, panel.by, *panel.settled, *panel.lacking))
    for column, settled in panel.settled.items():
        codes = known.codes_of(panel.table, column)
        yield from (f"{where}: {column} has no code {code!r}" for code in settled if code not in codes)


def _timetable(known: Known, where: str, panel: Timetable) -> Iterator[str]:
    yield from _rows(known, where, panel)
    yield from known.lacks(where, panel.table, (panel.begins, panel.ends, panel.by, panel.zone, *panel.off))
    for column, codes in panel.off.items():
        has = known.codes_of(panel.table, column)
        yield from (f"{where}: {column} has no code {code!r}" for code in codes if code not in has)
    if not panel.columns:
        yield f"{where}: no column says what a row is called"


def _tally(known: Known, where: str, panel: Tally) -> Iterator[str]:
    yield from known.lacks(where, panel.table, (panel.by,))
    for text in (panel.text, panel.text_one):
        for _, name, _, _ in Formatter().parse(text):
            if name and name not in ("name", "n"):
                yield f"{where}: {text!r} speaks of {name!r}, and a tally tells name and n"


def _reasons(known: Known, where: str, panel: Reasons) -> Iterator[str]:
    yield from _rows(known, where, panel)
    named = (panel.low, panel.high, *panel.met, panel.doubts, panel.until, panel.day, panel.by, *panel.lacking)
    yield from known.lacks(where, panel.table, (*named, *(c for p in panel.parts for c in (p.column, p.note))))
    if not panel.parts or any(part.weight <= 0 for part in panel.parts):
        yield f"{where}: a sum has parts, and each of them weighs something"


def _queue(known: Known, where: str, panel: Queue) -> Iterator[str]:
    yield from _rows(known, where, panel)
    table = known.tables.get(panel.table)
    if table is None or not table.is_kept:
        yield f"{where}: only rows of a kept table wait for a verdict, and {panel.table!r} is none"
    yield from known.lacks(f"{where}, groups", panel.table, tuple(panel.groups))
    for name in (*panel.verdicts, *panel.groups.values()):
        act = known.acts.get(name)
        if act is None:
            yield f"{where}: there is no act {name!r}"
        elif act.table != panel.table:
            yield f"{where}: the act {name!r} is not about rows of {panel.table!r}"


def _sources(known: Known, where: str, panel: Sources) -> Iterator[str]:
    if panel.indicator:
        yield from known.lacks_measures(where, panel.indicator, panel.measures)
        yield from known.lacks_dimensions(where, panel.indicator, ("source_id",))
    if panel.beside:
        yield from known.lacks(f"{where}, beside", panel.beside, ())


def _weights(known: Known, where: str, panel: Weights) -> Iterator[str]:
    plan = next((p for domain in known.domains for p in domain.plans if p.name == panel.plan), None)
    if plan is None:
        yield f"{where}: there is no plan {panel.plan!r}"
        return
    if plan.at_once is None:
        yield f"{where}: the plan {panel.plan!r} can't be computed at once"
    for name in panel.moved:
        parameter = plan.by_name.get(name)
        if parameter is None or parameter.least is None or parameter.most is None:
            yield f"{where}: {name!r} is no parameter of {panel.plan} with a range"
    fields = {field.name: field for field in plan.fields}
    yield from (f"{where}: {panel.plan} has no column {name!r}" for name in panel.columns if name not in fields)
    if panel.chosen not in fields or fields[panel.chosen].type is not Type.BOOL or panel.chosen in plan.key:
        yield f"{where}: {panel.chosen!r} is no column of {panel.plan} that says what is chosen"
    if not panel.columns or not panel.moved:
        yield f"{where}: something is moved, and rows are called something"
    for read in plan.reads:
        if (
            read.days is not None
            or not all(isinstance(f, Filter) and f.operator == "=" for f in read.where)
            or read.table in known.indicators
        ):
            yield f"{where}: {read.table} is read otherwise than by values of columns"


def _search_box(known: Known, where: str, panel: SearchBox) -> Iterator[str]:
    for name in panel.tables:
        if not known.is_searched(name):
            yield f"{where}: {name!r} can't be searched"
    if not panel.tables:
        yield f"{where}: it says no table that can be searched"


def _bound_only(known: Known, where: str, panel: Panel) -> Iterator[str]:
    """What it binds is the kernel's own."""
    yield from ()


CHECKS: Mapping[type[Panel], Callable[[Known, str, Any], Iterator[str]]] = {
    Sentence: _sentence,
    Ranked: _ranked,
    Series: _series,
    Heat: _heat,
    Bars: _bars,
    FigureTable: _figure_table,
    RowTable: _rows,
    Opening: _opening,
    Compare: _compare,
    Document: _document,
    Counts: _counts,
    Marks: _marks,
    Agenda: _agenda,
    Timetable: _timetable,
    Tally: _tally,
    Reasons: _reasons,
    Queue: _queue,
    SearchBox: _search_box,
    Weights: _weights,
    Alerts: _bound_only,
    Sources: _sources,
    Quarantine: _bound_only,
}
SPOKEN = ("unit", "period", "against_usual", "others", "name")
"""Words of a clause beside the dimensions and measures of its indicator."""


def _spoken(known: Known, where: str, indicator: str, texts: Sequence[str], also: Sequence[str]) -> Iterator[str]:
    """A fault for each word in braces that has no meaning there."""
    found = known.indicators.get(indicator)
    if found is None:
        return
    may = {*found.dimension_names, *(m.name for m in found.measures), *also}
    for text in texts:
        for _, name, _, _ in Formatter().parse(text):
            if name and name not in may:
                yield f"{where}: {text!r} speaks of {name!r}, which {indicator} does not tell"
