"""What a reader asks for: the page, the state that stands in its address, and the language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from birlik.apps.web import narrowing
from birlik.apps.web.catalogues import LANGUAGES
from birlik.clock import past
from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Derived, Domain, Page, Panel, Queue, RowTable, Table, Weights
from birlik.kernel.filtering import MOST_TEXT

SPANS = {"30d": 30, "90d": 90, "1y": 366, "all": None}
"""Time ranges that a reader may choose, in days."""
DEFAULT_SPAN = "all"
MOST_MORE = 2_000
"""Rows beyond its first ones that a list can be made to show; the download has all."""
COOKIE = "birlik_lang"
EMPTY = Page(name="", title="", question="", panels=())
"""Of what stands at an address that no page declares."""
FILTERS = ("source_id", "kind", "about", "status", "did")
"""Parameters by which a queue is filtered; `did` says what a form has just done."""
SINCE = "since"
"""Parameter with a day, which stands for a filter of the lists that name a column for it."""
LONGEST_FILTER = 2_000
LONGEST_MOVED = 40


@dataclass(frozen=True, kw_only=True)
class Ask:
    domain: Domain
    page: Page
    given: Mapping[str, str] = field(default_factory=dict)
    """The page's parameters and choices, by dimension."""
    span: str = DEFAULT_SPAN
    as_of: datetime | None = None
    more: int = 0
    """How many rows beyond the first ones the lists of the page show."""
    only: Mapping[str, str] = field(default_factory=dict)
    """What a queue is filtered by, and what has just been done with it."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """By panel, the reader's own expression on its rows."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Parameters of plans as the reader has moved them, as they stand in the address."""
    unit: str = ""
    """Of the charts and tables whose indicators can be had in it."""
    whole: bool = False
    """All panels at once, for a reader without JavaScript."""
    language: str = "en"

    def panel(self, name: str) -> Panel:
        for panel in self.page.panels:
            if panel.name == name:
                return panel
        raise Unknown(f"the page {self.page.name} has no panel {name!r}")

    @property
    def path(self) -> str:
        return page_path(self.domain, self.page, [self.given[p] for p in self.page.parameters])

    def state(self) -> dict[str, str]:
        """What of the address is not said by its path; defaults are left out."""
        said = {name: self.given[name] for name, values in self.page.choices.items() if self.given[name] != values[0]}
        if self.span != DEFAULT_SPAN:
            said["span"] = self.span
        if self.as_of is not None:
            said["as_of"] = iso(self.as_of)
        if self.unit:
            said["unit"] = self.unit
        if self.more:
            said["more"] = str(self.more)
        if self.whole:
            said["whole"] = "1"
        filters = {filter_of(self.page, self.panel(name)): text for name, text in self.filters.items()}
        return {**said, **self.only, **self.moved, **filters}

    def address(self, **changes: str) -> str:
        """The page's own address, in another state."""
        chosen = {name: value for name, value in changes.items() if name in self.page.choices}
        more = int(changes.get("more", self.more))
        only = {**self.only, **{n: v for n, v in changes.items() if n in FILTERS}}
        filters = {
            panel.name: changes.get(filter_of(self.page, panel), self.filters.get(panel.name, ""))
            for panel in filtered(self.page)
        }
        moved = replace(
            self,
            given={**self.given, **chosen},
            span=changes.get("span", self.span),
            unit=changes.get("unit", self.unit),
            more=more,
            only={name: value for name, value in only.items() if value},
            filters={name: text for name, text in filters.items() if text},
        )
        return with_query(moved.path, moved.state())

    def at(self, moment: datetime) -> str:
        """The page's own address, as it was at a past moment."""
        return replace(self, as_of=moment).address()

    def live(self) -> str:
        """The page's own address, as it is now."""
        return replace(self, as_of=None).address()

    def part(self, kind: str, name: str, suffix: str = "", **more: str) -> str:
        """The address of a part of the page: a panel's frame, its chart's specification."""
        query = {**self.given, **self.state(), "lang": self.language, **more}
        return with_query(f"/{self.domain.name}/{self.page.name}/-/{kind}/{name}{suffix}", query)


def filtered(page: Page) -> list[Panel]:
    """The panels of a page whose rows a reader may filter."""
    return [panel for panel in page.panels if isinstance(panel, (RowTable, Queue))]


def movable(page: Page) -> list[str]:
    """The parameters of the address by which something of a page is moved."""
    return [moved_as(name) for panel in page.panels if isinstance(panel, Weights) for name in panel.moved]


def moved_as(name: str) -> str:
    """Under which a parameter of a plan stands in the address."""
    return f"set-{name}"


def filter_of(page: Page, panel: Panel) -> str:
    """The parameter with the filter of a panel: plain where the page has but one."""
    return "filter" if len(filtered(page)) == 1 else f"filter-{panel.name}"


def page_path(domain: Domain, page: Page, values: "list[str] | tuple[str, ...]" = ()) -> str:
    return "/" + "/".join([domain.name, page.name, *[quote(v, safe="") for v in values]])


def with_query(path: str, query: Mapping[str, Any]) -> str:
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def asked(
    domain: Domain, page: Page, path: Mapping[str, str], query: Mapping[str, str], language: str, now: datetime
) -> Ask:
    """Raises BadRequest, naming the parameter and what it takes."""
    given: dict[str, str] = {}
    for name in page.parameters:
        value = path.get(name) or query.get(name)
        if not value:
            raise BadRequest(f"{name} is missing in the address", parameter=name)
        given[name] = value
    for name, values in page.choices.items():
        given[name] = query.get(name) or values[0]
        if given[name] not in values:
            raise BadRequest(f"{name} is one of {', '.join(values)}, not {given[name]!r}", parameter=name)
    span = query.get("span") or DEFAULT_SPAN
    if span not in SPANS:
        raise BadRequest(f"span is one of {', '.join(SPANS)}, not {span!r}", parameter="span")
    return Ask(
        domain=domain,
        page=page,
        given=given,
        span=span,
        as_of=past(_moment(query.get("as_of")), now),
        more=_more(query.get("more") or "0"),
        only={n: str(query[n])[:LONGEST_FILTER] for n in FILTERS if query.get(n) and n not in given},
        filters={
            panel.name: text[: MOST_TEXT + 1]
            for panel in filtered(page)
            if (text := _filter(domain, page, panel, query))
        },
        moved={name: str(query[name])[:LONGEST_MOVED] for name in movable(page) if query.get(name)},
        unit=str(query.get("unit", ""))[:20],
        whole=query.get("whole") == "1",
        language=language,
    )


def _filter(domain: Domain, page: Page, panel: Panel, query: Mapping[str, str]) -> str:
    """A reader's own expression, and what they have chosen in plain fields beside it."""
    own = query.get(filter_of(page, panel)) or _since(panel, query.get(SINCE))
    if not isinstance(panel, RowTable) or not panel.narrowed:
        return own
    tables: list[Table | Derived] = [*domain.tables, *domain.derived]
    table = next((t for t in tables if t.name == panel.table), None)
    plain = narrowing.expression_of(panel, table.by_name, query) if table is not None else ""
    return f"({own}) AND {plain}" if own and plain else own or plain


def since_day(panel: Panel, text: str) -> str:
    """The day from which on a filter has rows, where it says no more than that; else empty."""
    found = isinstance(panel, RowTable) and panel.since and _SINCE.fullmatch(text)
    return found[2] if found and isinstance(panel, RowTable) and found[1] == panel.since else ""


def _since(panel: Panel, day: str | None) -> str:
    """A day as the filter that it stands for."""
    if not day or not isinstance(panel, RowTable) or not panel.since:
        return ""
    try:
        date.fromisoformat(day)
    except ValueError:
        raise BadRequest(f"{SINCE} is a day such as 2026-03-01, not {day!r}", parameter=SINCE) from None
    return f"{panel.since} >= TIMESTAMP('{day[:10]}T00:00:00Z')"


_SINCE = re.compile(r"(\w+) >= TIMESTAMP\('(\d{4}-\d\d-\d\d)T00:00:00Z'\)")


def _more(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadRequest(f"more is a whole number up to {MOST_MORE:,}, not {text!r}", parameter="more")
    return min(int(text), MOST_MORE)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # A `+` that was not escaped arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadRequest(f"as_of is a time such as 2026-03-01T12:00:00Z, not {text!r}", parameter="as_of") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def since(span: str, now: datetime) -> str:
    """The first day of a span, in ISO 8601; empty where it has no beginning."""
    days = SPANS[span]
    return "" if days is None else (now - timedelta(days=days)).date().isoformat()


def language_of(query: Mapping[str, str], cookies: Mapping[str, str], accepted: str, default: str) -> str:
    """?lang=, then the cookie, then what the browser asks for, then the node's own.

    >>> language_of({}, {}, "ru;q=0.4, kk-KZ, en;q=0.9", "en")
    'kk'
    """
    for said in (query.get("lang"), cookies.get(COOKIE)):
        if said in LANGUAGES:
            return str(said)
    wanted = []
    for position, part in enumerate(accepted.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        wanted.append((-_quality(quality), position, tag.split("-")[0].lower()))
    for worth, _, tag in sorted(wanted):
        if tag in LANGUAGES and worth < 0:
            return tag
    return default if default in LANGUAGES else "en"


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
