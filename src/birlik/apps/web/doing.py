"""An act on its own page: its form, what was wrong with it, and where its reader is taken when it is done."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from birlik.apps.web import naming, previews
from birlik.apps.web.ask import page_path, with_query
from birlik.apps.web.forms import (
    AUDIENCE,
    BACK,
    FILE,
    MARKING,
    PREVIEW,
    SEEN,
    TOKEN,
    Form,
    Typed,
    asks_for_labels,
    form_of,
    parameters,
    read,
    stood,
)
from birlik.apps.web.sight import Row, Sight
from birlik.apps.web.words import Words
from birlik.errors import (
    BadRequest,
    BirlikError,
    DeliveryError,
    Outdated,
    ReaderError,
    Refused,
    StoreUnavailable,
    UnknownSetting,
)
from birlik.kernel import acting, previewing, records, saying
from birlik.kernel.acts import Act
from birlik.kernel.changes import key_of, key_text
from birlik.kernel.domain import Queue, Table
from birlik.kernel.policy import Labels, audience_of
from birlik.kernel.service import Service

MINE = "/birlik/mine"
"""Where what names its reader stands, for who may read no other rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """An act, and the row that it is about as its reader sees it."""

    act: Act
    table: Table | None
    row: Row | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Went:
    """It was done: the address of the page that follows, and what it says of it."""

    to: str
    said: str
    once: Mapping[str, Any] = field(default_factory=dict)
    """What is told now and never again: a new key."""


def staged(sight: Sight, name: str, key: str) -> Stage:
    """Raises Unknown, BadRequest, Refused."""
    act = acting.act_named(sight.node, name)
    if not acting.may(sight.principal, act):
        raise Refused(sight.words.t("this is not for your role"))
    table = sight.node.store.catalogue.tables.get(act.table)
    if table is None or not act.subject:
        return Stage(act=act, table=table, row=None)
    # Who may not read a table may do something about a row of it that names them.
    may_read = sight.node.store.catalogue.may_read(sight.principal, table.name)
    reader = sight.reader if may_read else sight.reader.as_party()
    return Stage(act=act, table=table, row=records.row_of(reader, table, key_of(table, key)))


def shown(sight: Sight, stage: Stage, typed: Typed | None = None, back: str = "") -> dict[str, Any]:
    """What the template needs."""
    table, row = stage.table, stage.row
    hanging = []
    if stage.act.is_final and table is not None and row is not None:
        hanging = [
            (sight.words.code("inverse", each.name), sight.words.count(each.n))
            for each in records.inverse_of(sight.node, sight.reader, table, row)
            if each.n
        ]
    about, crumbs = "", []
    if table is not None:
        about = naming.title_of(sight, table, row) if row is not None else sight.words.t(table.title)
    if table is not None and table.is_kept:
        crumbs = [(sight.words.t(table.title), naming.list_address(sight, table))]
        if row is not None:
            crumbs.append((about, naming.record_address(sight, table, row)))
    form: Form = form_of(sight, stage.act, table, row, typed, back=back)
    return {
        "form": form,
        "about": about,
        "crumbs": crumbs,
        "hanging": hanging,
        "preview": previews.shown(sight, typed.preview) if typed is not None and typed.preview is not None else None,
        "leave": form.hidden.get(BACK) or (crumbs[-1][1] if crumbs else "/"),
    }


def done(service: Service, sight: Sight, stage: Stage, given: Mapping[str, Any], *, origin: str = "") -> "Went | Typed":
    """Where the reader goes next, or the form with what was wrong in it. Raises Refused.

    origin: as `Doing.origin`.
    """
    typed, told = _read(sight, stage, given)
    if typed.faults:
        return _with_others(service, sight, stage, given, typed, told, origin)
    with _at_its_field(sight, stage.act, typed) as wrong:
        ask = _asked(sight, stage, given, typed, told, origin)
        if given.get(PREVIEW):
            return replace(typed, preview=service.preview_now(ask))
        if stage.act.file and (again := _again(service, sight, stage, ask)):
            return replace(typed, faults={"": again})
        result = service.act_now(ask).result
        said = _did(sight.words, stage.act, result["changes_n"])
        return Went(to=_next(sight, stage, typed, result), said=said, once=result.get("once") or {})
    return wrong[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What would come of an act, of which nothing is done."""

    typed: Typed
    """With what would be wrong."""
    told: Mapping[str, Any]
    """The act's parameters as JSON has them."""
    row: Row = field(default_factory=dict)
    """The row of the act's table that would be there."""


def tried(service: Service, sight: Sight, stage: Stage, given: Mapping[str, Any], *, origin: str = "") -> Tried:
    """Raises Refused."""
    typed, told = _read(sight, stage, given)
    if typed.faults:
        return Tried(typed=_with_others(service, sight, stage, given, typed, told, origin), told=told)
    with _at_its_field(sight, stage.act, typed) as wrong:
        ask = _asked(sight, stage, given, typed, told, origin)
        if stage.act.beyond:  # what it would do isn't shown to anybody, this node's forms included
            previewing.held_against(service.node, ask, acting.NodesKeeper(service.node))
            return Tried(typed=typed, told=told)
        touched = service.preview_now(ask).touched
        rows = [was.after for each in touched if each.table.name == stage.act.table for was in each.rows]
        return Tried(typed=typed, told=told, row=next((row for row in rows if row is not None), {}))
    return Tried(typed=wrong[0], told=told)


def _with_others(
    service: Service,
    sight: Sight,
    stage: Stage,
    given: Mapping[str, Any],
    typed: Typed,
    told: Mapping[str, Any],
    origin: str,
) -> Typed:
    """Where some of it can't be read: what else would be wrong, so that all is told at once."""
    if stage.act.beyond or stage.act.is_unsaid:
        return typed  # what it would do isn't tried
    bare = replace(typed, faults={})
    with _at_its_field(sight, stage.act, bare) as wrong:
        service.preview_now(_asked(sight, stage, given, bare, told, origin))
    others = {name: said for each in wrong for name, said in each.faults.items() if name}
    return replace(typed, faults={**others, **typed.faults})


def _asked(
    sight: Sight, stage: Stage, given: Mapping[str, Any], typed: Typed, told: Mapping[str, Any], origin: str
) -> acting.Ask:
    file = (given.get(FILE) or None) if stage.act.file else None
    return acting.asked(
        stage.act,
        told,
        sight.principal,
        sent_as=typed.hidden.get(TOKEN),
        expected=typed.hidden.get(SEEN),
        file=file if isinstance(file, bytes) else None,
        labels=_labels(sight, typed),
        origin=origin,
    )


@contextmanager
def _at_its_field(sight: Sight, act: Act, typed: Typed) -> Iterator[list[Typed]]:
    """Where something is wrong: the form, with that said in it. Raises Refused."""
    wrong: list[Typed] = []
    try:
        yield wrong
    except Refused:
        raise
    except UnknownSetting as error:
        wrong.append(replace(typed, faults={AUDIENCE: str(error)}))
    except (ReaderError, DeliveryError, StoreUnavailable) as error:
        wrong.append(replace(typed, faults=_faults(sight, act, error), is_outdated=isinstance(error, Outdated)))


def _labels(sight: Sight, typed: Typed) -> Labels | None:
    """Raises BadRequest, UnknownSetting."""
    marking, audience = (typed.values.get(name, "").strip() for name in (MARKING, AUDIENCE))
    if not (marking or audience):
        return None
    made = sight.node.labels_of(sight.principal.name, marking or None, audience_of(audience))
    sight.node.views.of(made)
    return made


def _read(sight: Sight, stage: Stage, given: Mapping[str, Any]) -> tuple[Typed, Mapping[str, Any]]:
    """What was typed, with what is wrong in it; and the parameters as JSON has them."""
    act, table, row = stage.act, stage.table, stage.row
    asks = [*(p.name for p in parameters(act)), *((MARKING, AUDIENCE) if asks_for_labels(act, table) else ())]
    values = {name: str(given.get(name, "")) for name in asks}
    hidden = {name: str(given[name])[:2_000] for name in (TOKEN, SEEN, BACK) if given.get(name)}
    typed = Typed(values=values, hidden={**hidden, BACK: local(hidden.get(BACK, ""))})
    told: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for asked in parameters(act):
        try:
            told[asked.name] = read(sight, asked, values[asked.name], stood(asked, table, row))
        except ValueError as error:
            faults[asked.name] = str(error)
    if table is not None and row is not None:
        told |= records.key_for(act, table, {name: row[name] for name in table.key})
    return replace(typed, faults=faults), told


def _again(service: Service, sight: Sight, stage: Stage, ask: acting.Ask) -> str:
    """Why what it would bring would be refused again, at the place of the row that it is about; tried first, so that no
    second entry is made of it."""
    decoded = service.preview_now(ask).brought
    if decoded is None:
        return ""
    row = stage.row or {}
    nothing = not any(len(rows) for rows in decoded.rows.values())
    for fault in decoded.refused:
        here = (fault.where.pointer, fault.where.line) == (row.get("pointer"), row.get("line"))
        if nothing or decoded.failed is not None or here:
            why = saying.reason_in(sight.node, sight.words.language, fault.reason)
            return sight.words.t("It would be refused again: {where}: {why}").format(where=fault.where, why=why)
    return ""


def _faults(sight: Sight, act: Act, error: BirlikError) -> Mapping[str, str]:
    """By parameter, in the reader's words as far as the kernel's catalogue has them."""
    if isinstance(error, Outdated):
        return {"": sight.words.t("Somebody has changed it since you saw it. See what stands now, then send it again.")}
    faults: dict[str, str] = {}
    for each in (error, *(error.also if isinstance(error, BadRequest) else ())):
        name = each.parameter if isinstance(each, BadRequest) else None
        at = name if name is not None and any(p.name == name for p in parameters(act)) else ""
        said = saying.reason_in(sight.node, sight.words.language, each.args[0])
        faults.setdefault(at, said.removeprefix(f"{at}: "))
    return faults


def _next(sight: Sight, stage: Stage, typed: Typed, result: Mapping[str, Any]) -> str:
    did = f"{stage.act.name}~{result['changes_n']}~{result['act_id']}"
    if back := typed.hidden.get(BACK):
        parts = urlsplit(back)
        query = {**dict(parse_qsl(parts.query)), "did": did}
        return with_query(parts.path, query) + (f"#{parts.fragment}" if parts.fragment else "")
    table = stage.table
    if table is not None and not sight.node.store.catalogue.may_read(sight.principal, table.name):
        return with_query(MINE, {"did": did}) if table.party is not None else "/"
    if table is None or not table.is_kept or not set(table.key) <= result["about"].keys():
        address = naming.list_address(sight, table) if table is not None and table.is_kept else ""
        return with_query(address or f"/{sight.ask.domain.name}/act/{stage.act.name}", {"did": did})
    return naming.record_address(sight, table, key_of(table, key_text(table, result["about"])), did=did)


def local(address: str) -> str:
    """An address of this node only: a form that leads elsewhere would lend its name to a stranger."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain and not parts.scheme and not parts.netloc else ""


def just_done(sight: Sight) -> tuple[str, str, str]:
    """(act, how many rows it touched, its id) of what a form has just done, as the address has them."""
    name, _, rest = sight.ask.only.get("did", "").partition("~")
    n, _, act_id = rest.partition("~")
    return name, n, act_id


def where_it_is(sight: Sight) -> tuple[str, str] | None:
    """(title, address) of the page that shows its sender what a form has just sent, where there is one elsewhere."""
    name, n, _ = just_done(sight)
    act = sight.node.acts.get(name)
    if act is None or not n or not sight.principal.is_somebody:
        return None
    for domain in sight.node.domains:
        for page in domain.pages:
            mine = [
                p for p in page.panels if isinstance(p, Queue) and p.mine and not p.by_duty and p.table == act.table
            ]
            if mine and not page.parameters and page is not sight.ask.page and sight.may(page.role, domain):
                return sight.words.t(page.title), f"{page_path(domain, page)}#{mine[0].name}"
    return None


def did(sight: Sight, among: Sequence[str] | None = None) -> str:
    """What a form has just done, in a sentence; empty where the address says what no form does.

    among: the acts that a panel speaks of; None is all.
    """
    name, n, _ = just_done(sight)
    act = sight.node.acts.get(name) if among is None or name in among else None
    return _did(sight.words, act, int(n)) if act is not None and n.isascii() and n.isdigit() else ""


def _did(words: Words, act: Act, count: int) -> str:
    if not count and act.is_beside:
        return words.t("{act}: done.").format(act=words.t(act.title))
    if not count:
        return words.t("{act}: nothing was different, so nothing was done.").format(act=words.t(act.title))
    text = words.n("{act}: done. {n} row was touched.", "{act}: done. {n} rows were touched.", count)
    return text.format(act=words.t(act.title), n=words.count(count))
