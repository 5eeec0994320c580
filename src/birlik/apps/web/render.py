"""One renderer for all declared pages: the frame at once, each panel as a fragment with its own tag."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from birlik import __version__
from birlik.apps.web import (
    assets,
    beginning,
    breaks,
    charts,
    doing,
    elsewhere,
    freshness,
    leaving,
    naming,
    navigation,
    prose,
)
from birlik.apps.web.ask import SPANS, with_query
from birlik.apps.web.catalogues import LANGUAGES
from birlik.apps.web.given import FORM
from birlik.apps.web.naming import title_of
from birlik.apps.web.panels import (
    agenda,
    alerts,
    charted,
    compare,
    counts,
    document,
    marks,
    opening,
    quarantine,
    queue,
    ranked,
    reasons,
    search_box,
    sentence,
    sources,
    table,
    tally,
    timetable,
    weights,
)
from birlik.apps.web.panels.content import Content
from birlik.apps.web.panels.geography import country_name
from birlik.apps.web.sight import Read, Sight
from birlik.errors import BirlikError
from birlik.kernel import settling, shift, undoing
from birlik.kernel.domain import (
    Agenda,
    Alerts,
    Bars,
    Compare,
    Counts,
    Document,
    FigureTable,
    Heat,
    Indicator,
    Marks,
    OfTable,
    Opening,
    Panel,
    Quarantine,
    Queue,
    Ranked,
    Reasons,
    Role,
    RowTable,
    SearchBox,
    Sentence,
    Series,
    Sources,
    Tally,
    Timetable,
    Weights,
)

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Shown:
    """How a kind of panel is rendered."""

    kind: str
    """Its word in the pages' styles."""
    content: Callable[[Any, Sight], Content]
    template: str
    """The body's, below `panels/`."""


KINDS: Mapping[type[Panel], Shown] = {
    Sentence: Shown("sentence", sentence.content, "sentence"),
    Ranked: Shown("ranked", ranked.content, "ranked"),
    Series: Shown("series", charted.content, "charted"),
    Heat: Shown("heat", charted.content, "charted"),
    Bars: Shown("bars", charted.content, "charted"),
    FigureTable: Shown("table", table.figures, "table"),
    RowTable: Shown("table", table.rows, "table"),
    Opening: Shown("sentence", opening.content, "sentence"),
    Compare: Shown("compare", compare.content, "compare"),
    Document: Shown("document", document.content, "document"),
    Counts: Shown("counts", counts.content, "counts"),
    Marks: Shown("marks", marks.content, "marks"),
    Agenda: Shown("agenda", agenda.content, "agenda"),
    Timetable: Shown("timetable", timetable.content, "timetable"),
    Tally: Shown("tally", tally.content, "tally"),
    Reasons: Shown("reasons", reasons.content, "reasons"),
    Alerts: Shown("alerts", alerts.content, "alerts"),
    Sources: Shown("sources", sources.content, "sources"),
    Quarantine: Shown("quarantine", quarantine.content, "quarantine"),
    Queue: Shown("queue", queue.content, "queue"),
    SearchBox: Shown("search-box", search_box.content, "search_box"),
    Weights: Shown("weights", weights.content, "weights"),
}
OWN_FORM = "\x00own\x00"
"""Stands where a form has the token of its reader's session: what is made once is shown to many."""
_AS_OF = "\x00as-of\x00"
"""Stands where the watermark is written, so that the tag of a fragment speaks of its content alone."""


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = Markup('<input type="hidden" name="{}" value="{}">').format(FORM, OWN_FORM)
    made.globals |= {"own": own, "own_token": OWN_FORM, "prose": prose.inline}
    made.globals |= {"asset": assets.address, "copied_as": copied_as, "borders_address": assets.borders_address}
    return made


def template(name: str, sight: Sight, **values: Any) -> str:
    words = sight.words
    return environment().get_template(name).render(_=words.t, ngettext=words.n, words=words, sight=sight, **values)


# --- a page's frame ---------------------------------------------------------------------------------------


def frame(sight: Sight, *, theme: str, query: Mapping[str, str]) -> str:
    ask, words = sight.ask, sight.words
    name = heading_of(sight)
    subject = sight.subject or {}
    fresh = freshness.of(sight)
    return template(
        "page.html",
        sight,
        **surroundings(sight, theme=theme, query=query, path=ask.path),
        ask=ask,
        heading=name,
        mark=mark_of(sight),
        kicker=words.t(ask.page.title) if ask.page.parameters else "",
        note=""
        if ask.as_of is not None and ask.page.about in sight.node.store.catalogue.derived  # it would be of now
        else ", ".join(
            words.code(n, subject[n]) for n in sight.named(ask.page.register or ask.page.about).notes if subject.get(n)
        ),
        did=_just_done(sight),
        did_at=doing.where_it_is(sight),
        guide=navigation.guide(sight),
        breadcrumb=breadcrumb(sight),
        choices=_choices(sight),
        spans=_spans(sight),
        units=_units(sight),
        panels=[
            {
                "panel": panel,
                "kind": KINDS[type(panel)].kind,
                "address": ask.part("panel", panel.name),
                "title": words.t(panel.title),
                "whole": _whole(panel, sight) if ask.whole else "",
            }
            for panel in ask.page.panels
        ],
        forms=[form for form in leaving.forms(sight) if not form.is_quoted],
        begins=beginning.begins(sight),
        feed=leaving.feed(sight),
        cite=ask.part("cite", "page"),
        tags=ask.part("tags", "all"),
        without_scripts=replace(ask, whole=True).address(),
        fresh=fresh_words(sight),
        fresh_old=fresh.is_old,
    )


def _just_done(sight: Sight) -> str:
    """What a form has just done that began on this page; a panel that has the act itself says it in its place."""
    name, _, _ = doing.just_done(sight)
    panels = sight.ask.page.panels
    told = {act for panel in panels if isinstance(panel, Queue) for act in panel.verdicts}
    told |= {act.name for act in (*shift.ACTS, *settling.ACTS, undoing.ACT)}
    return "" if name in told else doing.did(sight)


def _whole(panel: Panel, sight: Sight) -> Markup:
    """The panel in the page itself. What fails says so in its place, and the rest of the page holds."""
    try:
        return Markup(fragment(panel, sight)[0])  # nosec B704 # made by a template, which escapes
    except BirlikError as error:
        return Markup(template("failed.html", sight, status=503, said=str(error)))  # nosec B704 # made by a template, which escapes


def surroundings(sight: Sight, *, theme: str, query: Mapping[str, str], path: str) -> dict[str, Any]:
    """What every page has around it: navigation, search, languages, the watermark."""
    accent = navigation.accent_of(sight.ask.domain, sight.ask.page)
    languages = [(tag, name, with_query(path, {**query, "lang": tag})) for tag, name in LANGUAGES.items()]
    return {
        "theme": theme,
        "languages": languages,
        "navigation": navigation.groups(sight, path),
        "accent": accent.value if accent is not None else "",
        "node": sight.node.settings,
        "path": path,
        "clock": sight.words.clock(sight.now, sight.zone),
        "version": __version__,
        "as_of": sight.words.moment(sight.ask.as_of, sight.zone, seconds=True) if sight.ask.as_of else "",
        "live_address": with_query(path, {k: v for k, v in query.items() if k != "as_of"}),
        "query": dict(query),
        "is_plain": sight.node.settings.plain_http and not sight.node.settings.tls_certificate,
    }


def fresh_words(sight: Sight) -> str:
    """`Last record 3 hours ago, usually every 5 minutes`."""
    if not sight.principal.has(Role.READER):
        return ""
    said = freshness.words_of(sight, freshness.of(sight))
    return said[:1].upper() + said[1:]


def breadcrumb(sight: Sight) -> list[tuple[str, str]]:
    ask, words = sight.ask, sight.words
    door = navigation.door_of(ask.domain, ask.page)
    within = ask.domain if door is None else door
    made = [(words.t(within.title), f"/{within.name}")]
    above = navigation.parent(ask.domain, ask.page) if ask.page.parameters else None
    if above is not None:
        made.append((words.t(above.title), f"/{ask.domain.name}/{above.name}"))
    return [*made, (heading_of(sight), "")]


def mark_of(sight: Sight) -> Markup:
    """That what the page is about is invented."""
    about = sight.ask.page.about
    if not about or sight.subject is None:
        return Markup("")
    return naming.mark(sight, sight.node.store.catalogue.declared(about), sight.subject)


def heading_of(sight: Sight) -> str:
    """What the page is about, as it is called; else its own title."""
    page = sight.ask.page
    if not page.parameters:
        return sight.words.t(page.title)
    if page.about and sight.subject is not None:
        return title_of(sight, sight.node.store.catalogue.declared(page.about), sight.subject)
    return sight.name(sight.ask.given[page.parameters[0]])


def _choices(sight: Sight) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    ask = sight.ask
    return [
        (
            name,
            sight.words.code("dimension", name),
            [(sight.label(name, v), ask.address(**{name: v}), v == ask.given[name]) for v in values],
        )
        for name, values in ask.page.choices.items()
    ]


def _spans(sight: Sight) -> list[tuple[str, str, bool]]:
    """Only for a page that shows figures by period."""
    named = [panel.indicator for panel in sight.ask.page.panels if charts.is_charted(panel)]
    if not any(sight.indicator(name).period for name in named):
        return []
    return [(sight.words.code("span", span), sight.ask.address(span=span), span == sight.ask.span) for span in SPANS]


def _units(sight: Sight) -> list[tuple[str, str, bool]]:
    """Of the page's charts and tables: their own units, and the others that they can be had in."""
    panels = [p for p in sight.ask.page.panels if charts.is_charted(p) or isinstance(p, FigureTable)]
    shown = [sight.indicator(panel.bound.indicator) for panel in panels]
    if not any(indicator.units for indicator in shown):
        return []
    own = dict.fromkeys(sight.words.unit(indicator.unit) for indicator in shown if indicator.units)
    others = dict.fromkeys(unit for indicator in shown for unit in indicator.units)
    first = (", ".join(own), sight.ask.address(unit=""), sight.ask.unit not in others)
    return [first, *((sight.words.unit(u), sight.ask.address(unit=u), u == sight.ask.unit) for u in others)]


# --- a panel ----------------------------------------------------------------------------------------------


def fragment(panel: Panel, sight: Sight) -> tuple[str, str]:
    """(HTML, tag). The tag changes only when what the reader sees does.

    What was made before stands while all that it was made of is the same, and the minute in which words like
    `3 minutes ago` are true.
    """
    if isinstance(panel, OfTable) and panel.mine:
        sight = replace(sight, is_party=True, by_duty=panel.by_duty)
    whose = sight.own_name if sight.is_party else sight.reads_as
    key = ("fragment", sight.principal.view, whose, sight.ask.part("panel", panel.name))
    made: _Made | None = sight.memo.peek(key)
    if made is None or made.minute != sight.minute or any(sight.asked(r)[1] != d for r, d in made.reads):
        html = _fragment(panel, sight)
        made = _Made(sight.minute, tuple(sight.reads), html, _digest(html))
        sight.memo.put(key, made)
    moment = sight.watermark if sight.is_present(panel) else sight.now
    html = made.html.replace(_AS_OF, sight.words.clock(moment, sight.zone))
    return re.sub(re.escape(queue.TOKEN), lambda _: uuid4().hex, html), made.tag


@dataclass(frozen=True, slots=True)
class _Made:
    minute: datetime
    reads: tuple[tuple[Read, str], ...]
    html: str
    tag: str


def _fragment(panel: Panel, sight: Sight) -> str:
    sight.reads.clear()
    shown = KINDS[type(panel)]
    content = shown.content(panel, sight)
    indicator = sight.indicator(panel.bound.indicator) if panel.bound.indicator else None
    base: dict[str, Any] = {
        "panel": panel,
        "content": content,
        "title": sight.words.t(panel.title),
        "indicator": indicator,
        "downloads": downloads(panel, sight, content),
        "method": f"/method/{indicator.name}" if indicator is not None else "",
        "method_note": (note := breaks.note(sight, indicator) if indicator is not None else ""),
        "elsewhere": elsewhere.note(sight, indicator) if indicator is not None else "",
        "sealed": elsewhere.sealed(sight, indicator) if indicator is not None else "",
        "permalink": sight.ask.address(),
        "as_of": _AS_OF,
        "kind": shown.kind,
        "present": sight.is_present(panel),
        "unkept": sight.is_unkept(panel),
        "body": f"panels/{shown.template}.html",
        "tag": "",
    }
    spec = ""
    if content.chart:
        spec = sight.ask.part("chart", panel.name, ".json", v=_digest(f"{content.grid}{note}"))
    return template("panel.html", sight, **base, spec=spec)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()


FILE_FORMS = (("CSV", "csv"), ("XLSX", "xlsx"), ("Parquet", "parquet"))


def copied_as(href: str) -> list[tuple[str, str]]:
    """(how, text with `{address}`): what fetches a CSV in other places; the browser knows the node's address."""
    name = href.partition("?")[0].rpartition("/")[2]
    python = 'import pandas as pd\n\ntable = pd.read_csv("{address}")\n'
    return [("curl", f"curl -f -o {name}.csv '{{address}}'"), ("Python", python)]


def downloads(panel: Panel, sight: Sight, content: Content) -> list[tuple[str, str, str]]:
    """(form, what it is for, address)."""
    said = {
        "CSV": "figures",
        "Parquet": "figures, with types",
        "XLSX": "figures, for Excel",
        "Atom": "feed of what changes",
        "PNG": "picture",
        "SVG": "picture, sharp at any size",
    }
    return [(name, sight.words.code("form", said[name]), href) for name, href in _downloads(panel, sight, content)]


def _downloads(panel: Panel, sight: Sight, content: Content) -> list[tuple[str, str]]:
    bound = panel.bound
    made = [
        (name, sight.data_address(panel, form, content.expression))
        for name, form in FILE_FORMS
        if bound.indicator or bound.table
    ]
    if bound.table and not bound.indicator and sight.is_kept(bound.table) and not sight.is_party:
        made.append(("Atom", sight.feed_address(panel)))
    if content.chart:
        made += [(form.upper(), sight.ask.part("picture", panel.name, f".{form}")) for form in ("png", "svg")]
    return made


# --- the node and its methods ---------------------------------------------------------------------------


def about(sight: Sight, *, theme: str, query: Mapping[str, str]) -> str:
    """Which node this is, and how each of its figures is made."""
    words = sight.words
    declared = [i for domain in sight.node.domains for i in domain.indicators]
    return template(
        "about.html",
        sight,
        **surroundings(sight, theme=theme, query=query, path="/about"),
        state=country_name(words, sight.member),
        methods=[(words.t(i.title), words.t(i.code), words.unit(i.unit), f"/method/{i.name}") for i in declared],
    )


def method(sight: Sight, indicator: Indicator, *, theme: str, query: Mapping[str, str]) -> str:
    words = sight.words
    path = f"/method/{indicator.name}"
    rows = [(words.t("reference"), words.t(indicator.reference)), (words.t("interval"), words.t(indicator.interval))]
    least = words.n(
        "below {n} observation nothing is shown", "below {n} observations nothing is shown", indicator.minimum_n
    )
    rows.append((words.t("suppression"), least.format(n=indicator.minimum_n)))
    rows += breaks.method_row(sight, indicator)
    fields = [
        (words.code("dimension", d.name), d.name, prose.inline(words.t(d.description)), words.unit(d.unit))
        for d in indicator.dimensions
    ]
    fields += [
        (words.named("measure", m.name, m.unit), m.name, prose.inline(words.t(m.description)), words.unit(m.unit))
        for m in indicator.told.values()
    ]
    return template(
        "method.html",
        sight,
        **surroundings(sight, theme=theme, query=query, path=path),
        indicator=indicator,
        heading=words.t(indicator.title),
        text=prose.html(words.t(indicator.method)),
        rows=rows,
        fields=fields,
        data=[(name, f"/api/v1/indicators/{indicator.name}?format={form}") for name, form in FILE_FORMS],
    )
