"""Forms out of declared acts: types become inputs, what was typed becomes the act's parameters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

from birlik.apps.web import prose, understanding
from birlik.apps.web.ask import with_query
from birlik.apps.web.naming import domain_of_act, title_of
from birlik.apps.web.sight import Row, Sight
from birlik.apps.web.words import Words
from birlik.clock import date_of
from birlik.kernel.acts import Act, tag_of
from birlik.kernel.changes import key_text
from birlik.kernel.domain import Field, Missing, Table, Type
from birlik.kernel.labelling import AUDIENCE_SAID, bears_labels
from birlik.kernel.policy import Marking
from birlik.kernel.previewing import Preview
from birlik.written import Written

FEW = 50
"""Rows that a reference is chosen from; of more, the key is written."""
TOKEN, SEEN, BACK, FILE, PREVIEW = "-token", "-seen", "-back", "-file", "-preview"
"""Hidden fields, under names that no parameter has: the form's own name, so that a double click is done once; the tag
of the row that the reader saw; where to go when it is done. And a file's field, and the button that asks what would be
done."""
MARKING, AUDIENCE = "-marking", "-audience"
"""Fields of a form that begins a row: who may see it."""
KINDS = {Type.DAY: "date", Type.TIME: "datetime-local", Type.JSON: "area"}
FIXED = ("date", "datetime-local")
"""Kinds of input that show what is written in their own form, and nothing else."""
MODES = {Type.INT: "numeric", Type.ID: "numeric", Type.FLOAT: "decimal"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One field, as the template writes it."""

    name: str
    label: str
    unit: str = ""
    help: str = ""
    kind: str = "text"
    """text, date, datetime-local, area or select."""
    mode: str = ""
    value: str = ""
    options: Sequence[tuple[str, str]] = ()
    """Of a select, all that may be chosen; of a text, what may be meant."""
    is_needed: bool = False
    error: str = ""
    stands: str = ""
    """What the row says now, where somebody has changed it meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    act: str
    title: str
    description: str
    address: str
    hidden: Mapping[str, str]
    inputs: Sequence[Input]
    is_final: bool
    file: str = ""
    """What a file is that may come with it; empty where none does."""
    error: str = ""
    may_try: bool = True
    """Can be asked what it would do?"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """What came back in a form, and what was wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    """By parameter; under the empty name what is wrong with the whole."""
    is_outdated: bool = False
    preview: Preview | None = None
    """What would be done, where they asked for that first."""


def address_of(sight: Sight, act: Act, table: Table | None, row: Row | None, back: str = "") -> str:
    """Of the form's own page, which is where it is sent. back: where its reader is taken then."""
    domain = domain_of_act(sight.node.domains, act)
    about = {"key": key_text(table, row)} if table is not None and row is not None else {}
    return with_query(f"/{domain.name}/act/{quote(act.name)}", {**about, **({"back": back} if back else {})})


def form_of(
    sight: Sight,
    act: Act,
    table: Table | None,
    row: Row | None,
    typed: Typed | None = None,
    *,
    back: str = "",
    token: str = "",
) -> Form:
    """row: the one that the act is about, as the reader sees it. typed: what they sent, to be shown again. token: in
    the place of a new name of the form, where it is given later."""
    came = typed or Typed()
    hidden = {TOKEN: came.hidden.get(TOKEN) or token or uuid4().hex}
    if row is not None:
        hidden[SEEN] = tag_of(row)
    if back := came.hidden.get(BACK) or back:
        hidden[BACK] = back
    row = {**row, **said_before(sight, act, table, row)} if row is not None else None
    return Form(
        act=act.name,
        title=sight.words.t(act.title),
        description=prose.inline(sight.words.t(act.description)),
        address=address_of(sight, act, table, row),
        hidden=hidden,
        inputs=[
            *(input_of(sight, p, table, row, came, is_long=p.name in act.texts) for p in parameters(act)),
            *(_labels(sight, came) if asks_for_labels(act, table) else ()),
        ],
        is_final=act.is_final,
        file=sight.words.t(act.file) if act.file else "",
        error=came.faults.get("", ""),
        may_try=not (act.is_unsaid or act.beyond),
    )


def said_before(sight: Sight, act: Act, table: Table | None, row: Row | None) -> Mapping[str, Any]:
    """What this reader has said by an act of which nobody is told."""
    if not act.is_unsaid or table is None or row is None:
        return {}
    return sight.unsaid(act.name, key_text(table, row))


def asks_for_labels(act: Act, table: Table | None) -> bool:
    """Does it begin a row that may be for some only? What anyone may begin waits for a steward, who says that."""
    if act.subject or act.by_anyone or not act.asks_who_sees:
        return False
    return table is not None and table.is_kept and bears_labels(table)


def _labels(sight: Sight, typed: Typed) -> Sequence[Input]:
    """Who may see the row that begins; left out, as the settings say of who sends it."""
    words = sight.words
    return (
        Input(
            name=MARKING,
            label=words.t("marking"),
            help=words.t("How far it may go: TLP 2.0."),
            kind="select",
            value=typed.values.get(MARKING, ""),
            options=[("", "–"), *((m.value, m.value) for m in Marking)],
            error=typed.faults.get(MARKING, ""),
        ),
        Input(
            name=AUDIENCE,
            label=words.t("audience"),
            help=words.t(AUDIENCE_SAID),
            value=typed.values.get(AUDIENCE, ""),
            options=[(name, name) for name in sight.node.views.names[1:]],
            error=typed.faults.get(AUDIENCE, ""),
        ),
    )


def is_one_press(act: Act) -> bool:
    """Can it be done by a button, with nothing to be written and nothing to be asked once more?

    What may be left out is asked for too: sent without, it would say that there is none.
    """
    return not act.is_final and not parameters(act)


def parameters(act: Act) -> list[Field]:
    """Those that a form asks for: the row is named by its address."""
    return [p for p in act.parameters if p.name not in act.subject]


def label(sight: Sight, asked: Field) -> str:
    """What a form calls a parameter: what its act says of it tells more than the name of a column."""
    return sight.words.t(asked.title) if asked.title else sight.words.named("column", asked.name, asked.unit)


def input_of(
    sight: Sight, asked: Field, table: Table | None, row: Row | None, typed: Typed, *, is_long: bool = False
) -> Input:
    column = table.by_name.get(asked.name) if table is not None else None
    before = stood(asked, table, row)
    if row is not None and asked.name not in (table.by_name if table is not None else ()):
        before = row.get(asked.name)
    written = shown(sight, asked, before)
    value = typed.values.get(asked.name, written)
    kind, options = _choices(sight, asked, value)
    unit = sight.zone_words if asked.type is Type.TIME else sight.words.unit(asked.unit)
    changed = typed.is_outdated and before is not None and value != written
    return Input(
        name=asked.name,
        label=label(sight, asked),
        unit=unit,
        help=prose.inline(sight.words.t(asked.description)),
        # A date that isn't understood stands there as it was typed: a field of dates would show nothing.
        kind="area" if is_long else "text" if kind in FIXED and typed.faults.get(asked.name) else kind,
        mode=MODES.get(asked.type, ""),
        value=value,
        options=options,
        is_needed=not asked.nullable or (column is not None and not column.nullable),
        error=typed.faults.get(asked.name, ""),
        stands=dict(options).get(written, written) if changed else "",
    )


def stood(asked: Field, table: Table | None, row: Row | None) -> Any:
    """What the row says where the act asks for one of its columns."""
    if table is None or row is None:
        return None
    column = table.by_name.get(asked.name)
    return row.get(asked.name) if column is not None and column.type is asked.type else None


def _choices(sight: Sight, asked: Field, value: str) -> tuple[str, Sequence[tuple[str, str]]]:
    words, none = sight.words, [("", "–")] if asked.nullable or not value else []
    if asked.codes:
        return "select", [*none, *((code, words.code(asked.name, code)) for code in asked.codes)]
    if asked.written is not None:
        return KINDS.get(asked.type, "text"), understanding.choices(words, asked.written)
    if asked.type is Type.BOOL:
        return "select", [*none, ("true", words.t("yes")), ("false", words.t("no"))]
    rows = _referred(sight, asked)
    if not rows:
        return KINDS.get(asked.type, "text"), ()
    if asked.of is None or asked.of.missing is not Missing.REFUSE:
        return "text", rows  # another value is taken too
    known = value == "" or any(value == key for key, _ in rows)
    ended = [] if known else [(value, words.t("{name} (ended)").format(name=value))]
    return "select", [*none, *ended, *rows]


def _referred(sight: Sight, asked: Field) -> list[tuple[str, str]]:
    """The rows that a reference may be to, where the reader sees few; none where it is written."""
    target = sight.node.store.catalogue.tables.get(asked.of.table) if asked.of is not None else None
    if target is None:
        return []
    rows = sight.reader.rows(target.name, order=target.key, limit=FEW + 1).to_pylist()
    if len(rows) > FEW:
        return []
    named = [(str(row[target.key[0]]), title_of(sight, target, row)) for row in rows]
    titles = [title for _, title in named]
    said = [(key, title if titles.count(title) == 1 else f"{title} ({key})") for key, title in named]
    return sorted(said, key=lambda option: option[1].casefold())


# --- text and values ------------------------------------------------------------------------------------------


def shown(sight: Sight, asked: Field, value: Any) -> str:
    """A value as it stands in an input."""
    if value is None:
        return ""
    match asked.type:
        case Type.BOOL:
            return "true" if value else "false"
        case Type.FLOAT:
            return repr(float(value)).removesuffix(".0").replace(".", sight.words.decimal)
        case Type.DAY:
            return date_of(value).isoformat()
        case Type.TIME:
            local = value.astimezone(ZoneInfo(sight.zone)).replace(tzinfo=None)
            return str(local.isoformat(timespec="seconds" if local.second else "minutes"))
        case _:
            return str(value)


def read(sight: Sight, asked: Field, text: str, before: Any) -> Any:
    """What was typed, as JSON says it. Raises ValueError with what is wrong, in the reader's words."""
    if before is not None and text == shown(sight, asked, before):
        return before.astimezone(UTC).isoformat() if isinstance(before, datetime) else before
    bare, words = text.strip(), sight.words
    if not bare:
        return None
    try:
        match asked.type:
            case Type.INT | Type.ID:
                return int(_whole(bare))
            case Type.FLOAT:
                return float(_plain(bare, words.decimal))
            case Type.BOOL:
                return {"true": True, "false": False}[bare]
            case Type.DAY:
                return (_day(words, bare) - date(1970, 1, 1)).days
            case Type.TIME:
                moment = datetime.fromisoformat(bare)
                zoned = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(sight.zone))
                return zoned.astimezone(UTC).isoformat()
            case _ if asked.written is not None:
                return _understood(words, asked.written, bare)
            case _:
                return text.replace("\r\n", "\n")
    except NotUnderstood:
        raise
    except (ValueError, KeyError, OverflowError):
        said = {
            Type.INT: words.t("“{text}” is no whole number: write it in digits, as 200000"),
            Type.ID: words.t("“{text}” is no whole number: write it in digits, as 200000"),
            Type.FLOAT: words.t("“{text}” is no number: write it in digits, as {example}"),
            Type.TIME: words.t("“{text}” is no time, as 2026-03-01T14:30 is"),
        }
        told = said.get(asked.type, words.t("“{text}” is neither yes nor no"))
        raise ValueError(told.format(text=bare, example=f"1500{words.decimal}5")) from None


class NotUnderstood(ValueError):
    """What is wrong is said already, in the reader's words."""


def _understood(words: Words, written: Written, text: str) -> str:
    try:
        return understanding.understood(words, written, text)
    except ValueError as error:
        raise NotUnderstood(str(error)) from None


def _day(words: Words, text: str) -> date:
    try:
        return understanding.day(words, text)
    except ValueError as error:
        raise NotUnderstood(str(error)) from None


def _whole(text: str) -> str:
    """A whole number without what stands between its thousands: pages write thin spaces, people commas and points."""
    bare = "".join(text.split()).replace("−", "-")
    return understanding.ungrouped(bare) or bare


def _plain(text: str, decimal: str) -> str:
    """A number without the spaces and the minus that pages write, and with a point."""
    bare = "".join(text.split()).replace("−", "-")
    # A comma or point before three digits divides thousands, unless the reader's language divides fractions by it.
    marks = re.findall(r"[.,'’]", bare)
    whole = understanding.ungrouped(bare)
    if whole is not None and (len(marks) > 1 or marks != [decimal]):
        return whole
    return understanding.amount(bare) or bare if {",", "."} <= set(marks) else bare.replace(",", ".")
