"""Do doors lead somewhere, each to pages of its own?"""

from collections.abc import Iterator

from birlik.kernel.checking.known import Known, declared
from birlik.kernel.checking.pages import panel
from birlik.kernel.domain import Domain, Door
from birlik.kernel.doors import ADDRESS, TAKEN


def doors(known: Known) -> Iterator[str]:
    """Over all domains: an address is given once."""
    taken = {path.split("/")[1] for path in (e.path for e in declared(known.domains, "endpoints"))} | TAKEN
    for domain in known.domains:
        others = {each.name for each in known.domains if each is not domain}
        stands: dict[str, str] = {}
        for door in domain.doors:
            where = f"door {domain.name}/{door.name}"
            if not ADDRESS.fullmatch(door.name):
                yield f"{where}: its name is its address, so it is of small letters and digits with `-` between words"
            if door.name in others or (door.name in taken and door.name != domain.name):
                yield f"{where}: /{door.name} is the address of something else"
            yield from _pages(where, domain, door, stands)
            yield from panel(known, f"{where}, says", door.says, {page.name for page in domain.pages})


def _pages(where: str, domain: Domain, door: Door, stands: dict[str, str]) -> Iterator[str]:
    """stands: the pages that were met so far, each with its door."""
    pages = {page.name: page for page in domain.pages}
    for name in door.pages:
        if name not in pages:
            yield f"{where}: there is no page {name!r} in its domain"
        if name in stands:
            yield f"{where}: the page {name!r} stands behind the door {stands[name]!r} already"
        stands.setdefault(name, door.name)
    plans = {plan.name for plan in domain.plans}
    yield from (f"{where}: there is no plan {name!r} in its domain" for name in door.plans if name not in plans)
    if not door.pages or (door.pages[0] in pages and pages[door.pages[0]].parameters):
        yield f"{where}: its first page is one without parameters"
    for way in door.ways:
        if way.tries:
            if way.tries not in {intake.name for intake in domain.intakes} or way.page:
                yield f"{where}: the way {way.title!r} tries a file by {way.tries!r}, which is no intake of its domain"
            continue
        page = pages.get(way.page)
        if page is None or page.parameters or way.page not in door.pages:
            yield f"{where}: the way {way.title!r} leads to {way.page!r}, which is no page of it without parameters"
        elif way.panel and way.panel not in {each.name for each in page.panels}:
            yield f"{where}: the way {way.title!r} leads to {way.panel!r}, which is no panel of {way.page!r}"
