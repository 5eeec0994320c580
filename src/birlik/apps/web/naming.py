"""Rows of kept tables: what they are called, and where they and their lists stand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from birlik.apps.web.ask import iso, with_query
from birlik.apps.web.sight import Row, Sight
from birlik.errors import Unknown
from birlik.kernel.changes import key_text
from birlik.kernel.domain import Act, Derived, Domain, OfTable, Page, RowTable, Table
from birlik.kernel.own import OWN

LISTS = "records"
AUDIT, MAIL = f"/{OWN.name}/audit", f"/{OWN.name}/mail"
NAMES = ("name", "title", "headline")
"""Columns that name a row to people, where it has one of them; else its key does."""


def kept_of(domain: Domain) -> list[Table]:
    return [table for table in domain.tables if table.is_kept]


def lists_of(domain: Domain) -> list[Page]:
    """A page for each kept table: all of its rows. In the navigation only where the domain declares none for it."""
    panels = [panel for page in domain.pages if not page.parameters for panel in page.panels]
    declared = {panel.table for panel in panels if isinstance(panel, OfTable) and not panel.mine}
    return [
        Page(
            name=f"{LISTS}/{table.name}",
            title=table.title,
            question=table.description,
            panels=(RowTable(name="rows", title=table.title, table=table.name),),
            order=1_000,
            in_navigation=(not domain.pages or domain is OWN) and table.name not in declared,
            role=table.role,
        )
        for table in kept_of(domain)
    ]


def pages_of(domain: Domain) -> list[Page]:
    """Those that it declares, and the lists of its kept tables."""
    return [*domain.pages, *lists_of(domain)]


def domain_of_act(domains: Iterable[Domain], act: Act) -> Domain:
    """The domain that declares an act. By its name, which is its domain's: declarations compare as deep as they go."""
    return next(d for d in domains if any(act.name == each.name for each in d.acts))


def domain_of(domains: Iterable[Domain], table: Table) -> Domain:
    """Raises Unknown."""
    for domain in domains:
        if any(table.name == t.name for t in domain.tables):
            return domain
    raise Unknown(f"no domain has a table {table.name!r}")


def list_address(sight: Sight, table: Table) -> str:
    return f"/{domain_of(sight.node.domains, table).name}/{LISTS}/{table.name}"


def record_address(sight: Sight, table: Table, row: Mapping[str, Any], **query: str) -> str:
    """Of a row's page; of a past moment, where the reader looks at one."""
    moment = {"as_of": iso(sight.ask.as_of)} if sight.ask.as_of is not None else {}
    path = f"/{domain_of(sight.node.domains, table).name}/record/{table.name}/{quote(key_text(table, row), safe=',')}"
    return with_query(path, {**moment, **query})


def title_of(sight: Sight, table: Table | Derived, row: Row) -> str:
    """What a row is called, in the reader's language where it has a name in it."""
    for name in _naming(sight, table):
        if row.get(name):
            return str(row[name])
    return key_text(table, row)


def needed(sight: Sight, table: Table | Derived) -> tuple[str, ...]:
    """The columns that `title_of` looks at."""
    return tuple(dict.fromkeys((*table.key, *_naming(sight, table))))


def _naming(sight: Sight, table: Table | Derived) -> Sequence[str]:
    """The columns that tell what a row is called, the best first."""
    told = table.named
    said = (told.languages.get(sight.words.language, ""), told.name) if told is not None else ()
    return [name for name in dict.fromkeys((*said, *NAMES)) if name in table.by_name]


def mark(sight: Sight, declared: Table | Derived, row: Row) -> Markup:
    """That a row is of a simulated world; nothing where it isn't."""
    if declared.invented is None or not declared.invented.has(row):
        return Markup("")
    return Markup(' <span class="invented">{}</span>').format(sight.words.t("invented"))


def linked(sight: Sight, table: Table, row: Row, cells: list[Any]) -> list[Any]:
    """Cells of a row in a list: the first leads to the row's own page, where the reader may open it."""
    marked = mark(sight, table, row)
    if sight.is_party:
        return [Markup("{}{}").format(cells[0], marked), *cells[1:]]
    first = Markup('<a href="{}">{}</a>').format(record_address(sight, table, row), cells[0] or key_text(table, row))
    return [first + marked, *cells[1:]]
