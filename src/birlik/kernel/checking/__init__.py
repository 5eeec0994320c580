"""Do the declarations of a node hold together? Each fault is a sentence that names what is wrong and where.

Whoever assembles a node asks once, over all its domains: a name is given once, nothing leads nowhere, and every text
of a domain with a catalogue is said in each of its languages.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from string import Formatter
from typing import Any

from birlik.errors import Misdeclared
from birlik.kernel.acts import Notice
from birlik.kernel.alerts import AlertRule
from birlik.kernel.catalogues import messages
from birlik.kernel.checking.doors import doors
from birlik.kernel.checking.known import Known, declared
from birlik.kernel.checking.pages import pages
from birlik.kernel.checking.plans import plans
from birlik.kernel.domain import Derived, Domain, Field, Table, Through, Type
from birlik.kernel.editing import is_edit
from birlik.kernel.members import Need
from birlik.kernel.own import OWN
from birlik.kernel.panels import Queue
from birlik.kernel.search import RESERVED
from birlik.kernel.store.system import SYSTEM_TABLES
from birlik.kernel.tables import Names, shown_fields
from birlik.periods import Cycle
from birlik.settings import Settings
from birlik.units import factor

SOURCE_LANGUAGE = "en"
Named = Iterable[tuple[str, str]]
"""Pairs of a name and what has it."""


def check(domains: Sequence[Domain]) -> None:
    """Raises Misdeclared with every fault there is."""
    if said := faults(domains):
        raise Misdeclared("; ".join(said))


def faults(domains: Sequence[Domain]) -> list[str]:
    """What can't be meant, in sentences; empty where all holds together."""
    known = Known(domains)
    return list(dict.fromkeys(chain.from_iterable(rule(known) for rule in RULES)))


# --- names --------------------------------------------------------------------------------------------------------


def _twice(known: Known) -> Iterator[str]:
    """Over all domains. A page's name stands behind its domain's, a panel's behind its page's."""
    domains = known.domains
    yield from _repeated("domain", ((d.name, d.name) for d in domains))
    tables = [*SYSTEM_TABLES, *declared(domains, "tables"), *declared(domains, "derived")]
    figures = [(i.table, f"the figures of {i.name}") for i in declared(domains, "indicators")]
    yield from _repeated("table", chain(((t.name, t.title) for t in tables), figures))
    for what, attribute in (
        ("indicator", "indicators"),
        ("act", "acts"),
        ("alert rule", "alert_rules"),
        ("plan", "plans"),
    ):
        yield from _repeated(what, ((one.name, one.title) for one in declared(domains, attribute)))
    yield from _repeated("intake", ((i.name, i.title) for i in declared(domains, "intakes")))
    yield from _repeated("media type of an intake", ((i.media_type, i.title) for i in declared(domains, "intakes")))
    yield from _repeated("simulation", ((s.name, s.title) for s in declared(domains, "simulations")))
    paths = ((f"{m} {e.path}", e.summary) for e in declared(domains, "endpoints") for m in e.methods)
    yield from _repeated("path", paths)
    models = [(d.name, d.settings) for d in domains if d.settings is not None]
    limits = ((name, of) for of, model in models for name in model.model_construct().limits)
    yield from _repeated("limit", limits)
    own = ((name, "a setting of the node") for name in Settings.model_fields)
    yield from _repeated("setting", chain(own, ((of, f"the table of {of}") for of, _ in models)))
    yield from _repeated("duty", ((duty.name, duty.title) for duty in declared(domains, "duties")))
    yield from _repeated("door", ((door.name, door.title) for door in declared(domains, "doors")))
    for domain in domains:
        yield from _repeated(f"page of {domain.name}", ((p.name, p.title) for p in domain.pages))
        for page in domain.pages:
            yield from _repeated(f"panel of {domain.name}/{page.name}", ((p.name, p.title) for p in page.panels))


def _repeated(what: str, named: Named) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name, title in named:
        if name in seen:
            yield f"two declarations of one name: {what} {name!r} is both {seen[name]!r} and {title!r}"
        seen.setdefault(name, title)


# --- what leads nowhere -------------------------------------------------------------------------------------------


def _tables(known: Known) -> Iterator[str]:
    for table in known.tables.values():
        at = [table.time, table.latitude, table.longitude, *table.key, *table.public_fields]
        at += table.named.columns if table.named is not None else ()
        at += (table.invented.column,) if table.invented is not None else ()
        at += table.shape.columns if table.shape is not None else ()
        yield from known.lacks(table.name, table.name, at)
        yield from _references(known, table.name, table.fields)
        if table.shape is not None and table.shape.register not in known.registers:
            yield f"{table.name}: its shape is looked up in {table.shape.register!r}, which is no register"
        if table.beside:
            yield from known.lacks(f"{table.name}, beside", table.beside, ())
        yield from _expiry(known, table)
        yield from _sought(table)
        if table.kept_days is not None and table.is_kept:
            yield f"{table.name}: kept_days ends rows that are appended; what is kept ends by its own versions"


def _sought(declared: Table | Derived) -> Iterator[str]:
    for name in declared.sought:
        field = declared.by_name.get(name)
        if field is None or field.type is not Type.TEXT:
            yield f"{declared.name}: {name!r} is sought, and is no column of text of it"
    if declared.sought and isinstance(declared, Table) and not declared.is_kept:
        yield f"{declared.name}: rows that are appended are found by their time, so none of its columns is sought"


def _personal(known: Known) -> Iterator[str]:
    """What tells of people says of whom, what for and how long."""
    for table in known.tables.values():
        yield from known.lacks(f"{table.name}, person", table.name, (table.person,))
        yield from _persons(known, table)
        if (table.whose is not None or table.personal) and table.is_register:
            yield f"{table.name}: what birlik ships as facts is nobody's row"
        if table.personal and table.whose is None:
            yield f"{table.name}: {table.personal[0].name} is personal, and no person says whose row it is"
        for field in table.personal:
            assert field.personal is not None
            if not field.personal.purpose.strip():
                yield f"{table.name}.{field.name} is personal, and says no purpose"
            if field.personal.days < 1:
                yield f"{table.name}.{field.name} is personal, and says no days for which it is kept"


def _persons(known: Known, table: Table) -> Iterator[str]:
    """Of a table whose rows are persons' by several columns, or only some of them."""
    said = table.persons
    if said is None:
        return
    where = f"{table.name}, persons"
    yield from known.lacks(where, table.name, (*said.columns, *said.known_by))
    yield from known.lacks(where, said.of, ())
    if not said.columns or table.person:
        yield f"{where}: either one column says whose its rows are, or these do"


def _expiry(known: Known, table: Table) -> Iterator[str]:
    """Of a kept table whose rows expire."""
    rule = table.rule
    if rule is not None and rule.forgets and not rule.expires:
        yield f"{table.name}: it forgets what has ended, and nothing says when that is"
    if rule is None or not rule.expires:
        return
    yield from known.lacks(f"{table.name}, until", table.name, (rule.until,))
    if rule.until in table.by_name and table.by_name[rule.until].type is not Type.TIME:
        yield f"{table.name}: until is a moment, and {rule.until} is {table.by_name[rule.until].type.value}"
    if rule.lasts is not None and not rule.time:
        yield f"{table.name}: lasts is counted from the source's own time, and it says none"
    if table.is_register:
        yield f"{table.name}: what birlik ships as facts does not expire"


def _references(known: Known, where: str, fields: Sequence[Field]) -> Iterator[str]:
    names = {field.name for field in fields}
    for field in fields:
        if field.basis and field.basis not in names:
            yield f"{where}.{field.name}: its basis {field.basis!r} is no column beside it"
        to = known.tables.get(field.of.table) if field.of is not None else None
        if field.of is not None and (to is None or not to.is_kept or len(to.key) != 1):
            yield f"{where}.{field.name}: refers to {field.of.table!r}, which is no kept table with a key of one column"


def _derived(known: Known) -> Iterator[str]:
    earlier = set(known.tables)
    for derived in declared(known.domains, "derived"):
        yield from known.lacks(derived.name, derived.name, (derived.by, derived.time, *derived.key, *derived.lasts))
        yield from _references(known, derived.name, derived.fields)
        yield from _sought(derived)
        for source in derived.sources:
            if source.table in known.derived and source.table not in earlier:
                yield f"{derived.name}: its source {source.table} is declared after it"
            yield from known.lacks(f"{derived.name}, source", source.table, source.columns)
            if isinstance(source.rule, Through):
                rule = source.rule
                yield from known.lacks(f"{derived.name}, through", rule.table, (*rule.on.values(), rule.key, rule.time))
        earlier.add(derived.name)


def _indicators(known: Known) -> Iterator[str]:
    for one in known.indicators.values():
        where, dimensions = f"indicator {one.name}", one.dimension_names
        read = (*one.columns, *dimensions, *one.only, *one.also.values(), one.window_time)
        yield from known.lacks(where, one.source, read)
        yield from _references(known, where, one.dimensions)
        if one.period is not None and one.period not in dimensions:
            yield f"{where}: its period {one.period!r} is none of its dimensions"
        lost = [unit for unit in one.units if unit == one.unit or factor(one.unit, unit) is None]
        yield from (f"{where}: {one.unit} can't be turned into {unit!r}" for unit in lost)
        if one.cycle is Cycle.HOUR_OF_WEEK:
            yield f"{where}: an hour of the week comes again each week, so it is no period that ends"
        measures = {m.name for m in one.measures}
        told = (*one.notes, *((one.against.difference, one.against.usual) if one.against is not None else ()))
        yield from (f"{where}: it has no measure {name!r}" for name in told if name not in measures)


def _rules(known: Known) -> Iterator[str]:
    for rule in declared(known.domains, "alert_rules"):
        for name in rule.watches or ():
            if name not in known.derived and name not in known.indicators and name not in known.tables:
                yield f"alert rule {rule.name}: it watches {name!r}, which is not there"
        if not rule.closes_at < rule.opens_at:
            yield f"alert rule {rule.name}: it must close below what it opens at, so that it does not flutter"


def _acts_and_intakes(known: Known) -> Iterator[str]:
    for domain in known.domains:  # a right in one domain is no right in another
        named = (act.name for act in domain.acts if not act.name.startswith(f"{domain.name}_"))
        yield from (f"act {name}: its name begins with its domain's, {domain.name}_" for name in named)
    for act in declared(known.domains, "acts"):
        where, given = f"act {act.name}", {p.name for p in act.parameters}
        yield from _references(known, where, act.parameters)
        # Of the kernel's own, an act may be about a row without changing it.
        own = {table.name for table in (*SYSTEM_TABLES, *OWN.tables)}
        if act.table and act.table not in own and not (act.table in known.tables and known.tables[act.table].is_kept):
            yield f"{where}: there is no kept table {act.table!r}"
        yield from (f"{where}: its subject {name!r} is no parameter" for name in act.subject if name not in given)
    for intake in declared(known.domains, "intakes"):
        for name in (*intake.tables, *filter(None, (intake.counted,))):
            yield from known.lacks(f"intake {intake.name}", name, ())


# --- words --------------------------------------------------------------------------------------------------------


def _untranslated(known: Known) -> Iterator[str]:
    for domain in known.domains:
        if domain.catalogue is None:
            continue
        for file in sorted(domain.catalogue.glob("*/LC_MESSAGES")):
            language = file.parent.name
            if language != SOURCE_LANGUAGE:
                has = messages(domain.catalogue, language)
                lacking = sorted({text for text in texts(domain) if _is_said(text)} - has)
                yield from (f"{domain.name}: {text!r} is not said in {language}" for text in lacking)


def _is_said(text: str) -> bool:
    """Is there a word in it beside its placeholders? `n = {n}` is written alike everywhere."""
    return bool(re.search(r"[^\W\d_]{2,}", "".join(literal for literal, _, _, _ in Formatter().parse(text))))


def texts(domain: Domain) -> Iterator[str]:
    """All that pages, figures, acts and alerts of a domain say in words; of a text with a plural its singular."""
    yield domain.title
    for page in domain.pages:
        yield from page.texts()
    for door in domain.doors:
        yield from door.texts()
    for indicator in domain.indicators:
        yield from (indicator.title, indicator.interval, indicator.method, indicator.method_since)
        for field in (*indicator.dimensions, *indicator.further):
            yield from (field.description, field.title)
    for duty in domain.duties:
        yield from (duty.title, duty.description)
    for act in domain.acts:
        if not is_edit(act):
            yield from (act.title, act.description, act.follows)
        for notice in act.tells:
            yield from (notice.subject, notice.text)
    for reminder in domain.reminders:
        yield from (reminder.notice.subject, reminder.notice.text)
    for rule in domain.alert_rules:
        yield from _of_rule(rule)
    for plan in domain.plans:
        yield from plan.texts()


def _of_rule(rule: AlertRule) -> Iterator[str]:
    yield from (rule.event, rule.headline, rule.description, rule.instruction)


def _roles(known: Known) -> Iterator[str]:
    """Whoever declares something says who it is for, or its domain does."""
    for domain in known.domains:
        yield from (f"{act.name}: an act says its role" for act in domain.acts if act.role is None)
        if domain.role is not None:
            continue
        theirs: Sequence[Any] = (*domain.tables, *domain.derived, *domain.indicators, *domain.pages, *domain.plans)
        yield from (f"{one.name}: neither it nor {domain.name} says a role" for one in theirs if one.role is None)
        yield from (
            f"{each.path}: neither it nor {domain.name} says a role" for each in domain.endpoints if each.role is None
        )


def _by_anyone(known: Known) -> Iterator[str]:
    """What whoever comes may do is about rows that are theirs by name, and that a page shows them."""
    shown = {
        panel.table
        for page in declared(known.domains, "pages")
        for panel in page.panels
        if isinstance(panel, Queue) and panel.mine
    }
    for act in declared(known.domains, "acts"):
        if not act.by_anyone:
            continue
        table = known.tables.get(act.table)
        party = table.party if table is not None else None
        if party is None or not party.column or party.names is not Names.PRINCIPAL:
            yield f"act {act.name}: it is for anyone, and no column of its table names a principal whose rows they are"
        if act.table not in shown:
            yield f"act {act.name}: it is for anyone, and no queue shows its rows to whose they are"
        if act.file or act.is_beside or act.is_unsaid:
            yield f"act {act.name}: what is for anyone takes no file, and no work beside"


def _notices(known: Known) -> Iterator[str]:
    """A notice is about rows that name who is told, and says nothing of them that isn't there."""
    for domain in known.domains:
        pages = {page.name for page in domain.pages}
        told = [
            (f"act {act.name}, notice {notice.name}", notice, notice.table or act.table, "")
            for act in domain.acts
            for notice in act.tells
        ]
        told += [(f"reminder {r.notice.name}", r.notice, r.notice.table, r.due) for r in domain.reminders]
        for where, notice, name, due in told:
            yield from _notice(known, where, notice, name)
            if notice.page and notice.page not in pages:
                yield f"{where}: {domain.name} has no page {notice.page!r}"
            table = known.tables.get(name)
            if table is not None and due and (due not in table.by_name or table.by_name[due].type is not Type.TIME):
                yield f"{where}: {due!r} is no moment of {name}"


def _notice(known: Known, where: str, notice: Notice, name: str) -> Iterator[str]:
    table = known.tables.get(name)
    if table is None or not table.is_kept:
        yield f"{where}: it is about no kept table"
        return
    if not notice.to and (table.party is None or table.party.names is not Names.PRINCIPAL):
        yield f"{where}: {table.name} has no party, so it says which column names who is told (`to`)"
    yield from known.lacks(where, table.name, (notice.to, *notice.when, notice.on))
    if notice.of:
        yield from known.lacks(f"{where}, of", notice.of, (notice.on,))
    if bool(notice.of) != bool(notice.on):
        yield f"{where}: `of` and `on` say together by what rows of two tables agree"
    yield from (
        f"{where}: {{{each}}} is no column of {table.name}" for each in notice.placeholders if each not in table.by_name
    )
    if any(each in table.by_name and table.by_name[each].is_secret for each in notice.placeholders):
        yield f"{where}: it says a secret"


def _beyond(known: Known) -> Iterator[str]:
    """An act looks beyond what its doer sees at rows of its own domain only, and can't be undone by who never saw
    them."""
    for domain in known.domains:
        own = {table.name for table in domain.tables if table.is_kept}
        for act in domain.acts:
            yield from (
                f"act {act.name}: {name!r} is no kept table of its domain" for name in act.beyond if name not in own
            )
            if act.beyond and not act.is_lasting:
                yield f"act {act.name}: it looks at rows of others, so it is lasting"


def _parties(known: Known) -> Iterator[str]:
    for table in known.tables.values():
        if (party := table.party) is not None:
            yield from known.lacks(f"{table.name}, party", table.name, filter(None, (party.column, party.within)))
            yield from _of_duty(known, f"{table.name}, party", party.duty)
            if bool(party.duty) != bool(party.within) or not (party.column or party.duty):
                yield f"{table.name}: its party is who a column names, or who holds a duty within what a column names"
        elif table.role is Need.NAMED:
            yield f"{table.name}: it is for whom its rows name, and no party says whom they do"
    for act in declared(known.domains, "acts"):
        yield from _of_duty(known, f"act {act.name}", act.duty)
    for domain in known.domains:
        for duty in domain.duties:
            yield from known.lacks(f"duty {duty.name}", duty.table, ())
            if not duty.name.startswith(f"{domain.name}_"):
                yield f"duty {duty.name}: its name begins with its domain's, {domain.name}_"
            if duty.table in known.tables and len(known.tables[duty.table].key) != 1:
                yield f"duty {duty.name}: the key of {duty.table} isn't one column"
    for indicator in declared(known.domains, "indicators"):
        if indicator.party is not None and indicator.party.column not in indicator.dimension_names:
            yield f"{indicator.name}: its party is {indicator.party.column!r}, which is no dimension of it"


def _of_duty(known: Known, where: str, name: str) -> Iterator[str]:
    if name and name not in {duty.name for duty in declared(known.domains, "duties")}:
        yield f"{where}: there is no duty {name!r}"


def _searches(known: Known) -> Iterator[str]:
    """What is found by words is shown, and no secret."""
    every: Sequence[Table | Derived] = [*known.tables.values(), *known.derived.values()]
    for table in every:
        if (search := table.search) is None:
            continue
        where, shown = f"{table.name}, search", shown_fields(table)
        yield from known.lacks(where, table.name, search.columns)
        yield from (f"{where}: {n} is never shown" for n in search.columns if n in table.by_name and n not in shown)
        yield from (f"{where}: {n} is a secret" for n in search.columns if n in shown and shown[n].is_secret)
        yield from (
            f"{where}: {n} is {shown[n].type.value}, and words are of text"
            for n in search.texts
            if n in shown and shown[n].type is not Type.TEXT
        )
        yield from (f"{where}: {n} is no text of it" for n in search.languages.values() if n not in search.texts)
        yield from (f"{where}: no facet can be called {n}" for n in search.narrowed if n in RESERVED)
        if not search.texts:
            yield f"{where}: it names no text"
        hidden = [name for name in table.key if name in table.by_name and name not in shown]
        yield from (f"{where}: a row is told by its key, and {name} is never shown" for name in hidden)


RULES: Sequence[Callable[[Known], Iterator[str]]] = (
    _twice,
    _tables,
    _derived,
    _indicators,
    _rules,
    _acts_and_intakes,
    _roles,
    _parties,
    _by_anyone,
    _notices,
    _beyond,
    _personal,
    _searches,
    pages,
    doors,
    plans,
    _untranslated,
)
