"""One search box: what a register names, in any script; what sources call their things; indicators and pages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from birlik.apps.web.ask import page_path, with_query
from birlik.apps.web.script import skeleton
from birlik.apps.web.sight import Sight
from birlik.kernel.domain import Domain, Filter, Finds, Page

MOST = 40
MOST_ROWS = 10
LEAST = 3
"""Fewer letters of a thing's name would find nearly all."""


@dataclass(frozen=True, slots=True)
class Found:
    kind: str
    name: str
    href: str
    note: str = ""


def find(sight: Sight, text: str) -> list[Found]:
    wanted = skeleton(text).split()
    if not wanted:
        return []
    found = [*_pages(sight), *_named(sight), *_indicators(sight)]
    hits = [f for f in found if all(w in skeleton(f"{f.name} {f.note}") for w in wanted)]
    hits.sort(key=lambda f: (not skeleton(f.name).startswith(wanted[0]), not f.href))
    return [*hits[:MOST], *_rows(sight, text)]


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


def _pages(sight: Sight) -> list[Found]:
    words = sight.words
    return [
        Found(words.t("page"), words.t(p.title), f"/{d.name}/{p.name}", words.t(p.question))
        for d in sight.node.domains
        for p in d.pages
        if not p.parameters and sight.may(p.role, d)
    ]


def _indicators(sight: Sight) -> list[Found]:
    words = sight.words
    return [
        Found(words.t("indicator"), words.t(i.title), f"/method/{i.name}", i.code)
        for d in sight.node.domains
        for i in d.indicators
        if sight.may(i.role, d)
    ]


def _named(sight: Sight) -> list[Found]:
    """What a register names, under every name it has. What has no page leads to the one of what it is a part of."""
    made = []
    about = _pages_about(sight)
    for domain in sight.node.domains:
        for table in domain.tables:
            if not table.is_register or table.named is None or not sight.may(table.role, domain):
                continue
            kinds = (*table.named.notes, table.named.zone, table.named.state)
            for identity, row in sight.register(table.name).items():
                others = [str(row[n]) for n in table.named.columns if n not in kinds and row.get(n)]
                note = ", ".join(dict.fromkeys([identity, *others]))
                made.append(Found(sight.words.t(table.title), sight.name(identity), about.get(identity, ""), note))
    return made


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
