"""One search box: places, crossings and whatever else a register names, indicators, pages."""

import unicodedata
from dataclasses import dataclass

from birlik.apps.web.sight import Sight
from birlik.kernel.domain import Page

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
    """What a register names: under every name it has. A place leads to the pages of what it is a side of."""
    made = []
    for domain in sight.node.domains:
        for table in domain.tables:
            if table.facts is None or "name_en" not in table.by_name:
                continue
            page = next((p for p in domain.pages if p.register == table.name and len(p.parameters) == 1), None)
            for identity, row in sight.register(table.name).items():
                others = [str(v) for n, v in row.items() if n.startswith(("name_", "place_id")) and v]
                href = _address(domain.name, page, identity)
                made.append(
                    Found(sight.words.t(table.title), sight.name(identity), href, ", ".join([identity, *others]))
                )
    return made


def _address(domain: str, page: Page | None, identity: str) -> str:
    return f"/{domain}/{page.name}/{identity}" if page is not None else ""
