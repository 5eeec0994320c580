"""One search box: places, crossings and whatever else a register names, indicators, pages."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from birlik.apps.web.ask import page_path
from birlik.apps.web.sight import Sight

MOST = 40


@dataclass(frozen=True, slots=True)
class Found:
    kind: str
    name: str
    href: str
    note: str = ""


def plain(text: str) -> str:
    """Without case and marks: `Böyük` is found by `boyuk`.

    >>> plain("Böyük Kəsik")
    'boyuk kesik'
    """
    stripped = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return stripped.translate(str.maketrans("əıøł", "eiol"))


def find(sight: Sight, text: str) -> list[Found]:
    wanted = plain(text).split()
    if not wanted:
        return []
    found = [*_pages(sight), *_named(sight), *_indicators(sight)]
    hits = [f for f in found if all(w in plain(f"{f.name} {f.note}") for w in wanted)]
    return sorted(hits, key=lambda f: (not plain(f.name).startswith(wanted[0]), not f.href))[:MOST]


def _pages(sight: Sight) -> list[Found]:
    words = sight.words
    return [
        Found(words.t("page"), words.t(p.title), f"/{d.name}/{p.name}", words.t(p.question))
        for d in sight.node.domains
        for p in d.pages
        if not p.parameters
    ]


def _indicators(sight: Sight) -> list[Found]:
    words = sight.words
    return [
        Found(words.t("indicator"), words.t(i.title), f"/method/{i.name}", i.code)
        for d in sight.node.domains
        for i in d.indicators
    ]


def _named(sight: Sight) -> list[Found]:
    """What a register names, under every name it has. What has no page leads to the one of what it is a part of."""
    made = []
    about = _pages_about(sight)
    for domain in sight.node.domains:
        for table in domain.tables:
            if table.facts is None or "name_en" not in table.by_name:
                continue
            for identity, row in sight.register(table.name).items():
                others = [str(v) for n, v in row.items() if n.startswith(("name_", "place_id")) and v]
                note = ", ".join(dict.fromkeys([identity, *others]))
                made.append(Found(sight.words.t(table.title), sight.name(identity), about.get(identity, ""), note))
    return made


def _pages_about(sight: Sight) -> Mapping[str, str]:
    """An id -> the address of the page about it, else about the first thing that names it among its columns."""
    made: dict[str, str] = {}
    for domain in sight.node.domains:
        for page in domain.pages:
            if page.register is None or len(page.parameters) != 1:
                continue
            for identity, row in sight.register(page.register).items():
                address = page_path(domain, page, [identity])
                made[identity] = address
                for value in row.values():
                    made.setdefault(str(value), address)
    return made
