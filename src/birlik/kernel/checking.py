"""Do the declarations of a node hold together? Each fault is a sentence that names what is wrong and where.

Whoever assembles a node asks once, over all its domains: a name is given once, nothing leads nowhere, and every text
of a domain with a catalogue is said in each of its languages.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from string import Formatter
from typing import Any

from birlik.errors import Misdeclared
from birlik.kernel.alerts import AlertRule
from birlik.kernel.catalogues import messages
from birlik.kernel.domain import Derived, Domain, Field, Indicator, Page, Panel, Table, Through
from birlik.kernel.editing import is_edit
from birlik.kernel.store.system import SYSTEM_TABLES
from birlik.settings import Settings

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


class Known:
    """What is declared, by name. Of two with one name the last: that they are two is a fault of its own."""

    def __init__(self, domains: Sequence[Domain]) -> None:
        self.domains = domains
        self.tables: Mapping[str, Table] = {t.name: t for t in (*SYSTEM_TABLES, *_all(domains, "tables"))}
        self.derived: Mapping[str, Derived] = {d.name: d for d in _all(domains, "derived")}
        self.indicators: Mapping[str, Indicator] = {i.name: i for i in _all(domains, "indicators")}
        self.registers = {name: t for name, t in self.tables.items() if t.facts is not None}

    def columns(self, name: str) -> frozenset[str]:
        """Of a table or derived table."""
        found: Table | Derived | None = self.tables.get(name) or self.derived.get(name)
        return frozenset(found.by_name) if found is not None else frozenset()

    def lacks(self, where: str, table: str, columns: Iterable[str | None]) -> Iterator[str]:
        """A fault if there is no such table, else one for each column that it has not."""
        if table not in self.tables and table not in self.derived:
            yield f"{where}: there is no table {table!r}"
            return
        has = self.columns(table)
        for name in columns:
            if name and name not in has:
                yield f"{where}: {table} has no column {name!r}"


def _all(domains: Sequence[Domain], what: str) -> list[Any]:
    return [one for domain in domains for one in getattr(domain, what)]


# --- names --------------------------------------------------------------------------------------------------------


def _twice(known: Known) -> Iterator[str]:
    """Over all domains. A page's name stands behind its domain's, a panel's behind its page's."""
    domains = known.domains
    yield from _repeated("domain", ((d.name, d.name) for d in domains))
    tables = [*SYSTEM_TABLES, *_all(domains, "tables"), *_all(domains, "derived")]
    figures = [(i.table, f"the figures of {i.name}") for i in _all(domains, "indicators")]
    yield from _repeated("table", chain(((t.name, t.title) for t in tables), figures))
    for what, attribute in (("indicator", "indicators"), ("act", "acts"), ("alert rule", "alert_rules")):
        yield from _repeated(what, ((one.name, one.title) for one in _all(domains, attribute)))
    yield from _repeated("intake", ((i.name, i.title) for i in _all(domains, "intakes")))
    yield from _repeated("media type of an intake", ((i.media_type, i.title) for i in _all(domains, "intakes")))
    yield from _repeated("simulation", ((s.name, s.title) for s in _all(domains, "simulations")))
    paths = ((f"{m} {e.path}", e.summary) for e in _all(domains, "endpoints") for m in e.methods)
    yield from _repeated("path", paths)
    models = [(d.name, d.settings) for d in domains if d.settings is not None]
    limits = ((name, of) for of, model in models for name in model.model_construct().limits)
    yield from _repeated("limit", limits)
    own = ((name, "a setting of the node") for name in Settings.model_fields)
    yield from _repeated("setting", chain(own, ((of, f"the table of {of}") for of, _ in models)))
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
        at += table.shape.columns if table.shape is not None else ()
        yield from known.lacks(table.name, table.name, at)
        yield from _references(known, table.name, table.fields)
        if table.shape is not None and table.shape.register not in known.registers:
            yield f"{table.name}: its shape is looked up in {table.shape.register!r}, which is no register"
        if table.beside:
            yield from known.lacks(f"{table.name}, beside", table.beside, ())
        if table.kept_days is not None and table.is_kept:
            yield f"{table.name}: kept_days ends rows that are appended; what is kept ends by its own versions"


def _references(known: Known, where: str, fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        to = known.tables.get(field.of.table) if field.of is not None else None
        if field.of is not None and (to is None or not to.is_kept or len(to.key) != 1):
            yield f"{where}.{field.name}: refers to {field.of.table!r}, which is no kept table with a key of one column"


def _derived(known: Known) -> Iterator[str]:
    earlier = set(known.tables)
    for derived in _all(known.domains, "derived"):
        yield from known.lacks(derived.name, derived.name, (derived.by, derived.time, *derived.key, *derived.lasts))
        yield from _references(known, derived.name, derived.fields)
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
        measures = {m.name for m in one.measures}
        told = (one.against.difference, one.against.usual) if one.against is not None else ()
        yield from (f"{where}: it has no measure {name!r}" for name in told if name not in measures)


def _rules(known: Known) -> Iterator[str]:
    for rule in _all(known.domains, "alert_rules"):
        for name in rule.watches or ():
            if name not in known.derived and name not in known.indicators and name not in known.tables:
                yield f"alert rule {rule.name}: it watches {name!r}, which is not there"
        if not rule.closes_at < rule.opens_at:
            yield f"alert rule {rule.name}: it must close below what it opens at, so that it does not flutter"


def _acts_and_intakes(known: Known) -> Iterator[str]:
    for act in _all(known.domains, "acts"):
        where, given = f"act {act.name}", {p.name for p in act.parameters}
        yield from _references(known, where, act.parameters)
        own = {table.name for table in SYSTEM_TABLES}  # of the kernel's, which an act may be about without changing it
        if act.table and act.table not in own and not (act.table in known.tables and known.tables[act.table].is_kept):
            yield f"{where}: there is no kept table {act.table!r}"
        yield from (f"{where}: its subject {name!r} is no parameter" for name in act.subject if name not in given)
    for intake in _all(known.domains, "intakes"):
        for name in (*intake.tables, *filter(None, (intake.counted,))):
            yield from known.lacks(f"intake {intake.name}", name, ())


def _pages(known: Known) -> Iterator[str]:
    for domain in known.domains:
        names = {page.name for page in domain.pages}
        for page in domain.pages:
            where = f"page {domain.name}/{page.name}"
            if page.register is not None and page.register not in known.registers:
                yield f"{where}: there is no register {page.register!r}"
            if page.fresh is not None:
                yield from known.lacks(where, page.fresh.table, (page.fresh.time,))
                yield from _measures(known, where, page.fresh.indicator, (page.fresh.last, page.fresh.gap))
            if page.finds is not None:
                found = page.finds
                yield from known.lacks(where, found.table, (found.column, found.time, *page.parameters))
            for panel in page.panels:
                yield from _panel(known, f"{where}, panel {panel.name}", panel, names)


def _panel(known: Known, where: str, panel: Panel, pages: set[str]) -> Iterator[str]:
    if panel.link is not None and panel.link not in pages:
        yield f"{where}: it leads to {panel.link!r}, which is no page of its domain"
    if panel.register is not None and panel.register not in known.registers:
        yield f"{where}: there is no register {panel.register!r}"
    for indicator in filter(None, (panel.indicator, *(c.indicator for c in panel.clauses))):
        yield from _measures(known, where, indicator, ())
    if panel.table is not None:
        order = [name.removeprefix("-") for name in panel.order]
        yield from known.lacks(where, panel.table, (panel.split, *order))
    if panel.beside is not None:
        yield from known.lacks(f"{where}, beside", panel.beside, ())
    if (told := panel.reported) is not None:
        read = (told.when, told.value, told.unit, told.source, told.fault, *told.notes, *told.fixed)
        yield from known.lacks(f"{where}, reported", told.table, read)
    if (lines := panel.lines) is not None:
        yield from known.lacks(f"{where}, lines", lines.register, (*lines.ends, lines.kind, *lines.fixed))
        yield from known.lacks(f"{where}, lines", lines.places, ("latitude", "longitude"))


def _measures(known: Known, where: str, indicator: str, measures: Iterable[str]) -> Iterator[str]:
    if indicator and indicator not in known.indicators:
        yield f"{where}: there is no indicator {indicator!r}"
    elif indicator:
        has = {m.name for m in known.indicators[indicator].measures}
        yield from (f"{where}: {indicator} has no measure {name!r}" for name in measures if name and name not in has)


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
        yield from _of_page(page)
    for indicator in domain.indicators:
        yield from (indicator.title, indicator.interval, indicator.method, indicator.method_since)
        for field in (*indicator.dimensions, *indicator.further):
            yield from (field.description, field.title)
    for act in domain.acts:
        if not is_edit(act):
            yield from (act.title, act.description)
    for rule in domain.alert_rules:
        yield from _of_rule(rule)


def _of_page(page: Page) -> Iterator[str]:
    yield from (page.title, page.question)
    for panel in page.panels:
        yield from (panel.title, panel.text_empty, panel.part)
        yield from (text for column in panel.columns for text in (column.title, column.note))
        yield from panel.colour.words if panel.colour is not None else ()
        for clause in panel.clauses:
            yield from (clause.text_one or clause.text, clause.text_zero, clause.text_withheld)


def _of_rule(rule: AlertRule) -> Iterator[str]:
    yield from (rule.event, rule.headline, rule.description, rule.instruction)


RULES: Sequence[Callable[[Known], Iterator[str]]] = (
    _twice,
    _tables,
    _derived,
    _indicators,
    _rules,
    _acts_and_intakes,
    _pages,
    _untranslated,
)
