"""Which doors and pages a reader is shown, and behind which door one is."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from birlik.apps.web import prose
from birlik.apps.web.ask import EMPTY
from birlik.apps.web.naming import AUDIT, MAIL, pages_of
from birlik.apps.web.sight import Sight
from birlik.kernel.domain import Accent, Domain, Door, Page
from birlik.kernel.members import Need, Needs, Role
from birlik.kernel.node import Node
from birlik.kernel.own import OWN
from birlik.kernel.planning import asking
from birlik.kernel.policy import Principal


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    address: str
    here: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A door, or what lies behind all doors of a domain; closed where one is elsewhere."""

    title: str
    address: str
    """Of its first page; empty where the title leads nowhere."""
    accent: str = ""
    """Only a door has one."""
    here: bool = False
    pages: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A door as a reader sees it: its pages that they may open, none of which is about one thing."""

    domain: Domain
    door: Door
    pages: Sequence[Page]

    @property
    def first(self) -> str:
        """The address of the first of them."""
        return address_of(self.domain, self.pages[0])


def address_of(domain: Domain, page: Page) -> str:
    return f"/{domain.name}/{page.name}"


def needs_of(domain: Domain, page: Page) -> Needs:
    """Who may open a page; of what no domain declares, whoever is somebody: what stands on it says the rest."""
    return Need.SIGNED_IN if page is EMPTY else page.role or domain.role or Role.READER


def may_open(who: Principal, domain: Domain, page: Page) -> bool:
    return who.has(needs_of(domain, page), domain.name)


def doors(node: Node, who: Principal) -> list[Seen]:
    """Those of which the reader may open a page, in the order in which they are declared."""
    made = []
    for domain in node.domains:
        pages = {page.name: page for page in domain.pages}
        for door in domain.doors:
            mine = [pages[n] for n in door.pages if not pages[n].parameters and may_open(who, domain, pages[n])]
            if mine:
                made.append(Seen(domain, door, mine))
    return made


def door_of(domain: Domain, page: Page) -> Door | None:
    """Behind which a page stands: its own, or that of the page whose items lead to it."""
    own = next((door for door in domain.doors if page.name in door.pages), None)
    above = parent(domain, page) if own is None and page.parameters else None
    return door_of(domain, above) if above is not None else own


def accent_of(domain: Domain, page: Page) -> Accent | None:
    door = door_of(domain, page)
    return door.accent if door is not None else None


def parent(domain: Domain, page: Page) -> Page | None:
    """The page whose items lead to this one: of its own door, if there is such a one."""
    leading = [p for p in domain.pages if not p.parameters and any(panel.leads_to == page.name for panel in p.panels)]
    own = next((door.pages for door in domain.doors if page.name in door.pages), ())
    return min(leading, key=lambda p: (p.name not in own, p.order)) if leading else None


TRY = "/try"
"""Where a file is tried."""


@dataclass(frozen=True, slots=True)
class Guide:
    """For who is here for the first time."""

    help: Markup
    ways: Sequence[Link]


def ways(sight: Sight, seen: Seen) -> list[Link]:
    """What a visitor may want behind a door, where they may open the page of it."""
    pages = {page.name: page for page in seen.pages}
    return [
        Link(
            sight.words.t(way.title),
            TRY if way.tries else address_of(seen.domain, pages[way.page]) + (f"#{way.panel}" if way.panel else ""),
        )
        for way in seen.door.ways
        if way.tries or way.page in pages
    ]


def guide(sight: Sight) -> Guide | None:
    """None where nothing is said to who is new. What is wanted behind a door stands on its first page."""
    page = sight.ask.page
    first = next((seen for seen in doors(sight.node, sight.principal) if seen.pages[0] is page), None)
    wanted = ways(sight, first) if first is not None else []
    return Guide(prose.inline(sight.words.t(page.help)), wanted) if page.help or wanted else None


def groups(sight: Sight, path: str) -> list[Group]:
    """Doors, and below those of a domain what lies behind all of them; open where the reader is."""
    made: list[Group] = []
    seen = doors(sight.node, sight.principal)
    page = sight.ask.page
    here = page if not page.parameters else parent(sight.ask.domain, page)
    within = door_of(sight.ask.domain, page) or _door_of_plan(sight.ask.domain, path)
    for domain in sight.node.domains:
        made += [_door(sight, each, each.door is within, here, path) for each in seen if each.domain is domain]
        if (rest := _rest(sight, domain, here, path)) is not None:
            made.append(rest)
    return _with_keeping(made, sight, path)


def _door(sight: Sight, seen: Seen, is_within: bool, here: Page | None, path: str) -> Group:
    pages = [page for page in seen.pages if page.in_navigation] if is_within else []
    return Group(
        title=sight.words.t(seen.door.title),
        address=f"/{seen.door.name}",
        accent=seen.door.accent.value,
        here=is_within,
        pages=[
            *_links(sight, seen.domain, pages, here),
            *(_plans(sight, seen.domain, path, seen.door.plans) if is_within else ()),
        ],
    )


def _door_of_plan(domain: Domain, path: str) -> Door | None:
    """Behind which a plan's page stands."""
    base, name = f"/{domain.name}/plan/", path.removeprefix(f"/{domain.name}/plan/").partition("/")[0]
    return next((door for door in domain.doors if path.startswith(base) and name in door.plans), None)


def _rest(sight: Sight, domain: Domain, here: Page | None, path: str) -> Group | None:
    """What no door of a domain names; None where there is nothing for this reader."""
    behind = {name for door in domain.doors for name in door.pages}
    declared = sight.memo.get(("pages", domain.name), lambda: pages_of(domain))
    pages = [p for p in declared if p.in_navigation and not p.parameters and p.name not in behind]
    pages = sorted((p for p in pages if may_open(sight.principal, domain, p)), key=lambda p: p.order)
    links = [*_links(sight, domain, pages, here), *_plans(sight, domain, path, _undoored(domain))]
    if not links:
        return None
    is_open = not domain.doors or sight.ask.domain is domain
    return Group(
        title=sight.words.t(domain.title),
        address="" if is_open else links[0].address,
        pages=links if is_open else (),
    )


def _undoored(domain: Domain) -> list[str]:
    behind = {name for door in domain.doors for name in door.plans}
    return [plan.name for plan in domain.plans if plan.name not in behind]


def _plans(sight: Sight, domain: Domain, path: str, names: Sequence[str]) -> list[Link]:
    """Those of these that the reader may run."""
    base = f"/{domain.name}/plan"
    return [
        Link(sight.words.t(plan.title), f"{base}/{plan.name}", f"{path}/".startswith(f"{base}/{plan.name}/"))
        for plan in domain.plans
        if plan.name in names and asking.may(sight.node, sight.principal, plan, domain)
    ]


def _links(sight: Sight, domain: Domain, pages: Sequence[Page], here: Page | None) -> list[Link]:
    return [Link(sight.words.t(p.title), address_of(domain, p), p == here) for p in pages]


def _with_keeping(made: list[Group], sight: Sight, path: str) -> list[Group]:
    """And the pages of who keeps the node, that no domain declares."""
    if not sight.principal.has(Role.ADMINISTRATOR):
        return made
    own, links = sight.words.t(OWN.title), [Link(sight.words.t("What was done"), AUDIT, path == AUDIT)]
    if sight.node.settings.mail is not None:
        links.append(Link(sight.words.t("Mail"), MAIL, path == MAIL))
    if made and made[-1].title == own:
        return [*made[:-1], Group(title=own, address="", pages=[*made[-1].pages, *links])]
    return [*made, Group(title=own, address="", pages=links)]
