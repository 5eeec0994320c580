"""One search box: rows by their words, in any script; what sources call their things; indicators and pages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from birlik.apps.web import naming
from birlik.apps.web.ask import page_path, with_query
from birlik.apps.web.sight import Sight, nearer
from birlik.kernel.domain import Domain, Filter, Finds, Page, Table
from birlik.kernel.finding import LONGEST, Hit, Looked, find, searchable
from birlik.kernel.finding import Found as Rows
from birlik.kernel.search import Snippet
from birlik.methods.script import skeleton

AT_ONCE = 20
MOST = 40
MOST_ROWS = 10
MOST_VALUES = 8
"""Of a facet, the most frequent."""
LEAST = 3
"""Fewer letters of a thing's name would find nearly all."""
PATH = "/search"
Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    kind: str
    name: str | Markup
    href: str
    note: str | Markup = ""
    language: str = ""
    mark: str | Markup = ""
    by: str = ""
    """Of a row: by words, by meaning, or by both; empty for what is no row."""


@dataclass(frozen=True, slots=True)
class Value:
    """One way to narrow what was found."""

    name: str
    n: int
    href: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    text: str = ""
    n: int = 0
    is_cut: bool = False
    found: Sequence[Found] = ()
    facets: Sequence[tuple[str, Sequence[Value]]] = ()
    following: str = ""
    """The address of the next page."""
    is_narrowed: bool = False
    making: Sequence[str] = field(default_factory=list)
    """Titles of tables that can't be searched yet."""
    is_any: bool = False
    """No row has all the words; these have any of them."""
    meaning: str = ""
    """As `birlik.kernel.finding.Found.meaning`."""
    unmade: int = 0
    """Rows that aren't found by meaning yet."""


def search(sight: Sight, query: Query) -> Result:
    """Raises BadRequest, Unknown, Refused for what can't be asked."""
    said = dict(query)
    text = said.get("q", "").strip()[:LONGEST]
    if not skeleton(text).split():
        return Result(text)
    looked = _looked(sight, query, text)
    rows = find(sight.node, sight.principal, looked)
    first = not looked.start
    about = _pages_about(sight) if rows.hits else {}
    found = [_row(sight, hit, about) for hit in rows.hits]
    is_narrowed = bool(looked.tables or looked.facets)
    others = [*_rows(sight, text), *_others(sight, text)] if first and not is_narrowed else []
    following = [(k, v) for k, v in _kept(query) if k != "after"] + [("after", str(rows.following))]
    return Result(
        text=text,
        n=rows.n + len(others),
        is_cut=rows.is_cut,
        found=[*found, *others],
        facets=_facets(sight, rows, looked, query),
        following=f"{PATH}?{urlencode(following)}" if rows.following is not None else "",
        is_narrowed=is_narrowed,
        making=[sight.words.t(sight.node.store.catalogue.declared(name).title) for name in rows.making],
        is_any=rows.is_any,
        meaning=rows.meaning,
        unmade=rows.unmade,
    )


def _kept(query: Query) -> list[tuple[str, str]]:
    return [(name, value) for name, value in query if name != "lang"]


def _looked(sight: Sight, query: Query, text: str) -> Looked:
    """What isn't known narrows nothing: an address may be old."""
    tables = searchable(sight.node, sight.principal)
    facets: dict[str, tuple[str, ...]] = {}
    known = {name for t in tables.values() if t.search is not None for name in t.search.narrowed}
    for name, value in query:
        if name in known:
            facets[name] = (*facets.get(name, ()), value)
    after = dict(query).get("after", "")
    return Looked(
        text=text,
        tables=tuple(value for name, value in query if name == "table" and value in tables),
        facets=facets,
        start=int(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0,
        limit=AT_ONCE,
        language=sight.words.language,
    )


# --- rows by their words ------------------------------------------------------------------------------------------


def _row(sight: Sight, hit: Hit, about: Mapping[str, str]) -> Found:
    table, title = hit.table, marked(hit.title)
    href, identity = _page_of(sight, hit), ",".join(str(hit.row[name]) for name in table.key)
    if not href and isinstance(table, Table) and table.is_kept:
        href = about.get(identity) or naming.record_address(sight, table, hit.row)
    piece = marked(hit.snippet) if hit.snippet is not None else Markup("")
    marks = table.invented.column if table.invented is not None else ""
    values = {name: value for name, value in hit.facets.items() if value is not None and name != marks}
    facets = [sight.label(name, value) for name, value in values.items()]
    note = Markup(" · ").join([*([piece] if piece else []), *map(escape, facets)])
    mark = naming.mark(sight, table, hit.row)
    return Found(sight.words.t(table.title), title, href, note, hit.language, mark, hit.by)


def _page_of(sight: Sight, hit: Hit) -> str:
    """The address of the page that is about such a row; empty where its domain declares none."""
    for domain in sight.node.domains:
        about = [p for p in domain.pages if p.about == hit.table.name and sight.may(p.role, domain)]
        if about:
            page = min(about, key=lambda p: bool(p.instead_of))  # what is about all of them before what is about some
            own = nearer(domain, page, hit.row)
            own = own if sight.may(own.role, domain) else page
            return page_path(domain, own, [str(hit.row[page.parameters[0]])])
    return ""


def marked(piece: Snippet) -> Markup:
    """A text with the words marked that were looked for."""
    made, at = [], 0
    for begin, end in piece.marks:
        made += [escape(piece.text[at:begin]), Markup("<mark>{}</mark>").format(piece.text[begin:end])]
        at = end
    return Markup("").join([*made, escape(piece.text[at:])])


def _facets(sight: Sight, rows: Rows, looked: Looked, query: Query) -> Sequence[tuple[str, Sequence[Value]]]:
    """By what can be narrowed, and what has been: each value leads to what it leaves, or takes itself back."""
    chosen = {"table": looked.tables, **looked.facets}
    titles = {n: sight.words.t(sight.node.store.catalogue.declared(n).title) for n in {*rows.tables, *looked.tables}}
    counted: dict[str, Mapping[str, int]] = {"table": rows.tables, **rows.facets}
    made = []
    for name in dict.fromkeys((*counted, *chosen)):
        there = dict(counted.get(name, {}))
        there |= {value: 0 for value in chosen.get(name, ()) if value not in there}
        if len(there) < 2 and not chosen.get(name):
            continue
        title = sight.words.t("Table") if name == "table" else sight.words.named("column", name)
        values = []
        for value, n in list(there.items())[:MOST_VALUES]:
            label = titles[value] if name == "table" else sight.label(name, value)
            is_chosen = value in chosen.get(name, ())
            values.append(Value(label, n, _toggled(query, name, value, is_chosen=is_chosen), is_chosen))
        made.append((title, values))
    return made


def _toggled(query: Query, name: str, value: str, *, is_chosen: bool) -> str:
    rest = [each for each in _kept(query) if each[0] != "after" and each != (name, value)]
    return f"{PATH}?{urlencode(rest if is_chosen else [*rest, (name, value)])}"


# --- what no table has --------------------------------------------------------------------------------------------


def _others(sight: Sight, text: str) -> list[Found]:
    """Pages and indicators."""
    wanted = skeleton(text).split()
    found = [*_pages(sight), *_indicators(sight)]
    hits = [f for f in found if all(w in skeleton(f"{f.name} {f.note}") for w in wanted)]
    hits.sort(key=lambda f: not skeleton(str(f.name)).startswith(wanted[0]))
    return hits[:MOST]


def _rows(sight: Sight, text: str) -> list[Found]:
    """Things that no register names, such as a ringed bird: by what a source calls them, the newest of each."""
    pieces = re.findall(r"\w+", text)
    if len("".join(pieces)) < LEAST:
        return []
    made: dict[str, Found] = {}
    for domain in sight.node.domains:
        for page in domain.pages:
            if page.finds is None or not sight.may(page.role, domain):
                continue
            for row in _newest(sight, page.finds, pieces):
                name = str(row[page.finds.column])
                made.setdefault(name, _found(sight, domain, page, row, name))
    return list(made.values())[:MOST_ROWS]


def _newest(sight: Sight, finds: Finds, pieces: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """Between the pieces of a name anything may stand: plates are written with and without spaces."""
    pattern = f"%{'%'.join(pieces)}%"
    made: list[Mapping[str, Any]] = []
    for spelled in dict.fromkeys((pattern, pattern.upper())):
        where = [Filter(column=finds.column, operator="like", value=spelled)]
        rows = sight.reader.rows(finds.table, where=where, order=(f"-{finds.time}",), limit=5 * MOST_ROWS)
        made += rows.to_pylist()
    return made


def _found(sight: Sight, domain: Domain, page: Page, row: Mapping[str, Any], name: str) -> Found:
    assert page.finds is not None
    address = page_path(domain, page, [str(row[p]) for p in page.parameters])
    choices = {n: str(row[n]) for n, values in page.choices.items() if n in row and str(row[n]) != values[0]}
    where = ", ".join(sight.name(row[p]) for p in page.parameters)
    moment = row[page.finds.time]
    note = f"{where}, {sight.words.moment(moment, sight.zone)}" if moment is not None else where
    kind = sight.words.code("column", page.finds.column)
    return Found(kind, name, with_query(address, choices), note)


def _pages(sight: Sight) -> Iterator[Found]:
    words = sight.words
    for d in sight.node.domains:
        for p in d.pages:
            if not p.parameters and sight.may(p.role, d):
                yield Found(words.t("page"), words.t(p.title), f"/{d.name}/{p.name}", words.t(p.question))


def _indicators(sight: Sight) -> Iterator[Found]:
    words = sight.words
    for d in sight.node.domains:
        for i in d.indicators:
            if sight.may(i.role, d):
                yield Found(words.t("indicator"), words.t(i.title), f"/method/{i.name}", i.code)


def _pages_about(sight: Sight) -> Mapping[str, str]:
    """An id -> the address of the page about it, else about the first thing that names it among its columns."""
    made: dict[str, str] = {}
    for domain in sight.node.domains:
        for page in domain.pages:
            if page.register is None or len(page.parameters) != 1 or not sight.may(page.role, domain):
                continue
            for identity, row in sight.register(page.register).items():
                address = page_path(domain, page, [identity])
                made[identity] = address
                for value in row.values():
                    made.setdefault(str(value), address)
    return made
