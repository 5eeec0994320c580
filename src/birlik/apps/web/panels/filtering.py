"""A reader's own expression on a list of rows (CQL2): its form, what is wrong with it, and what can be written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from birlik.apps.web import understanding
from birlik.apps.web.ask import filter_of, since_day
from birlik.apps.web.narrowing import CHOSEN, LEAST, MOST, NUMBERS, PART, Plain, chosen, parameter
from birlik.apps.web.sight import Read, Row, Sight
from birlik.errors import BadRequest
from birlik.kernel.domain import Expression, Field, Panel, Queue, RowTable, Type
from birlik.kernel.filtering import read
from birlik.kernel.query import checked
from birlik.kernel.tables import shown_fields

PARAMETER = "filter"
"""Under which errors of an expression are known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterForm:
    parameter: str
    text: str
    error: str
    address: str
    hidden: Mapping[str, str]
    everything: str
    """The address of all rows."""
    examples: Sequence[tuple[str, str]]
    """Each with the address that shows what comes of it."""
    since: str | None
    """The day from which on rows are shown; None where the list isn't asked so."""
    fields: Sequence[tuple[str, str]]
    """Name and kind of each field that may be asked for."""
    plain: Sequence[Plain] = ()
    """Fields by which the list is narrowed without an expression."""

    @property
    def is_plain(self) -> bool:
        """All that is asked for stands in these."""
        return bool(self.plain and chosen(self.text))


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    rows: Sequence[Row]
    is_cut: bool
    """There are more of them."""
    said: str
    """How many they are, and of how many where there are more."""
    form: FilterForm


def listed(panel: RowTable | Queue, sight: Sight, order: Sequence[str]) -> Listed:
    """The panel's rows as far as they are shown; none where something is wrong with the filter, which its form says."""
    text, limit = sight.ask.filters.get(panel.name, ""), panel.limit + sight.ask.more
    try:
        wanted = expression_of(panel, sight)
        found = sight.rows(panel.table, panel.fixed, order=order, limit=limit + 1, expression=wanted)
        is_cut = len(found) > limit
        n = sight.count(panel.table, panel.fixed, wanted) if is_cut else len(found)
    except BadRequest as error:
        if error.parameter != PARAMETER:
            raise
        form = _form(panel, sight, text, str(error).removeprefix(f"{PARAMETER}: "))
        return Listed(rows=(), is_cut=False, said="", form=form)
    words, rows = sight.words, found[:limit]
    said = words.t("{shown} of {all}").format(shown=words.count(len(rows)), all=words.count(n))
    return Listed(rows=rows, is_cut=is_cut, said=said if is_cut else words.count(n), form=_form(panel, sight, text))


def expression_of(panel: Panel, sight: Sight) -> Expression | None:
    """What the reader has written on a panel's rows. Raises BadRequest."""
    text = sight.ask.filters.get(panel.name, "")
    return expression(panel.bound.table, sight, text) if text else None


def expression(table: str, sight: Sight, text: str) -> Expression:
    """Raises BadRequest, also for a field that isn't shown to anyone."""
    return checked(read(text), table, lambda name: _fields(sight, name), has_points=_has_points(sight, table))


def _fields(sight: Sight, table: str) -> Mapping[str, Field]:
    return shown_fields(sight.node.store.catalogue.declared(table))


def _has_points(sight: Sight, table: str) -> bool:
    declared = sight.node.store.catalogue.declared(table)
    return bool(declared.latitude and declared.longitude)


def _form(panel: RowTable | Queue, sight: Sight, text: str, error: str = "") -> FilterForm:
    parameter = filter_of(sight.ask.page, panel)
    state = {name: value for name, value in sight.ask.state().items() if name not in (parameter, "more")}
    fields = _fields(sight, panel.table)
    written = examples(
        fields, lambda name: _fields(sight, name), _has_points(sight, panel.table), f"{sight.now:%Y-%m-01}"
    )
    return FilterForm(
        parameter=parameter,
        text=text,
        error=error,
        address=sight.ask.path,
        hidden=state,
        since=since_day(panel, text) if isinstance(panel, RowTable) and panel.since else None,
        everything=f"{sight.ask.address(more='0', **{parameter: ''})}#{panel.name}",
        examples=[(each, f"{sight.ask.address(more='0', **{parameter: each})}#{panel.name}") for each in written],
        fields=[(name, sight.words.code("kind of field", KINDS[field.type])) for name, field in fields.items()],
        plain=[_plain(panel, sight, fields[name], text) for name in panel.narrowed if name in fields]
        if isinstance(panel, RowTable)
        else (),
    )


MOST_CHOICES = 40
"""Words of a column that are chosen from; of more, a part is written."""


def _plain(panel: RowTable, sight: Sight, field: Field, text: str) -> Plain:
    words, said = sight.words, chosen(text)
    label = words.named("column", field.name, field.unit, field.title)

    def one(how: str, what: str = "") -> tuple[str, str, str]:
        return parameter(panel, field.name, how), said.get((field.name, how), ""), what

    if field.type in NUMBERS:
        return Plain(
            label=label, inputs=(one(LEAST, words.t("at least")), one(MOST, words.t("at most"))), is_number=True
        )
    options = _options(panel, sight, field)
    if options is None:
        return Plain(label=label, inputs=(one(PART),))
    return Plain(label=label, inputs=(one(CHOSEN),), options=(("", words.t("any")), *options))


def _options(panel: RowTable, sight: Sight, field: Field) -> tuple[tuple[str, str], ...] | None:
    """What may be chosen, in words: codes as they are declared, else the words that rows have, where they are few."""
    if field.type is Type.BOOL:
        return (("true", sight.words.t("yes")), ("false", sight.words.t("no")))
    if field.codes:
        return tuple((code, sight.label(field.name, code)) for code in field.codes)
    filters = tuple(sorted(sight.table_filters(panel.table, panel.fixed).items()))
    found = sight.answer(Read("counts", panel.table, filters, (field.name,)))
    values = [str(row[field.name]) for row in found if row[field.name] not in (None, "")]
    if len(values) > MOST_CHOICES:
        return None
    named = [(value, said_of(sight, field, value)) for value in values]
    return tuple(sorted(named, key=lambda option: option[1].casefold()))


def said_of(sight: Sight, field: Field, value: str) -> str:
    """A value of a column in words: of a state or a language its name."""
    if field.written is not None and value not in sight.names:
        return understanding.name_of(sight.words, field.written, value)
    return sight.label(field.name, value) if value in sight.names else value


KINDS: Mapping[Type, str] = {
    Type.TEXT: "text",
    Type.JSON: "text",
    Type.INT: "number",
    Type.FLOAT: "number",
    Type.BOOL: "true or false",
    Type.TIME: "time",
    Type.DAY: "date",
    Type.ID: "id",
}


def examples(
    fields: Mapping[str, Field], fields_of: Callable[[str], Mapping[str, Field]], has_points: bool, day: str
) -> list[str]:
    """One of each kind that the fields allow, each right as it stands."""
    made: dict[str, str] = {}
    # A name tells more than an id, which mostly stands first.
    for name, field in sorted(fields.items(), key=lambda item: not item[0].startswith("name")):
        if field.of is not None:
            target = next((f.name for f in fields_of(field.of.table).values() if f.type is Type.TEXT and not f.of), "")
            if target:
                made.setdefault("reference", f"{name}.{target} LIKE 'A%'")
        elif field.codes:
            made.setdefault("code", f"{name} = '{field.codes[0]}'")
        elif field.type is Type.TEXT:
            made.setdefault("text", f"CASEI({name}) LIKE CASEI('%a%')")
        elif field.type in (Type.INT, Type.FLOAT):
            made.setdefault("number", f"{name} BETWEEN 1 AND 100")
        elif field.type is Type.TIME:
            made.setdefault("time", f"{name} >= TIMESTAMP('{day}T00:00:00Z')")
        elif field.type is Type.DAY:
            made.setdefault("date", f"{name} >= DATE('{day}')")
    if has_points:
        made["place"] = "S_INTERSECTS(geometry, BBOX(50, 42, 55, 47))"
    some = [*made.values()]
    return [*some, f"({some[0]} OR {some[1]}) AND NOT {some[-1]}"] if len(some) > 2 else some
