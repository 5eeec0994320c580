"""How a page is cited: a sentence and BibTeX, each with what it rests on, its moment, its address and its licence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC

from birlik.apps.web import leaving
from birlik.apps.web.ask import iso
from birlik.apps.web.panels import agenda
from birlik.apps.web.panels.content import facts_of
from birlik.apps.web.panels.filtering import expression, expression_of
from birlik.apps.web.render import heading_of, mark_of, surroundings, template
from birlik.apps.web.sight import Sight
from birlik.kernel.domain import Agenda, OfTable, Opening, Panel, Queue
from birlik.kernel.own import OWN
from birlik.standards.tex import escaped

PIN = "birlik_pin"
"""The act that keeps figures as they stand."""
PART = "page"
"""What is cited, in the address of a citation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cited:
    """All that a citation says of a page."""

    title: str
    about: str
    """On what it rests: `Claims: 23`; empty where it has no rows or figures."""
    node: str
    moment: str
    """As of when, in words."""
    version: str
    """The version of the data: the same moment, as the address has it."""
    address: str
    """Whole; it shows the same later."""
    licence: str
    invented: bool

    def sentence(self, sight: Sight) -> str:
        """One line, each part ended by a full stop."""
        t = sight.words.t
        said = [f"{self.title} [{t('invented')}]" if self.invented else self.title]
        said.append(f"{self.node} (birlik)")
        said += [self.about] if self.about else []
        said.append(t("As of {moment}, data version {version}").format(moment=self.moment, version=self.version))
        said.append(t("Licence: {licence}").format(licence=self.licence or t("not stated")))
        return f"{'. '.join(said)}. {self.address}"

    def bibtex(self, sight: Sight) -> str:
        """As `@misc`, whose title keeps its capitals."""
        t = sight.words.t
        notes = [t("invented")] if self.invented else []
        notes += [self.about] if self.about else []
        notes.append(t("data version {version}").format(version=self.version))
        notes.append(t("Licence: {licence}").format(licence=self.licence or t("not stated")))
        fields = {
            "title": f"{{{escaped(self.title)}}}",
            "howpublished": f"{escaped(self.node)} (birlik)",
            "year": self.version[:4],
            "urldate": self.version[:10],
            "note": escaped("; ".join(notes)),
            "url": self.address,
        }
        key = "".join(c if c.isalnum() and c.isascii() else "-" for c in f"{sight.ask.page.name}-{self.version}")
        return "\n".join([f"@misc{{{key},", *(f"  {name} = {{{said}}}," for name, said in fields.items()), "}"])


def cited(sight: Sight, base: str) -> Cited:
    """The page as it stands for this reader; of a past moment, where they look at one. base: the node's address."""
    settings, moment = sight.node.settings, sight.ask.as_of or sight.watermark
    here = replace(sight.ask, as_of=moment, whole=False, more=0, only={})
    return Cited(
        title=heading_of(sight),
        about=_rests_on(sight),
        node=settings.title,
        moment=sight.words.moment(moment, sight.zone, seconds=True),
        version=iso(moment.astimezone(UTC)),
        address=base.rstrip("/") + here.address(),
        licence=settings.licence,
        invented=settings.exercise or bool(mark_of(sight)),
    )


def page(sight: Sight, base: str, theme: str, query: Mapping[str, str]) -> str:
    """The page that says how to cite another."""
    ask, said = sight.ask, cited(sight, base)
    return template(
        "cite.html",
        sight,
        **surroundings(sight, theme=theme, query=query, path=f"/{ask.domain.name}/{ask.page.name}/-/cite/{PART}"),
        heading=sight.words.t("Cite this"),
        back=ask.address(),
        pinned=ask.as_of is not None,
        keep=f"/{OWN.name}/act/{PIN}",
        cited=said,
        sentence=said.sentence(sight),
        bibtex=said.bibtex(sight),
        own_forms=[form for form in leaving.forms(replace(sight, ask=replace(ask, as_of=None))) if form.cites],
    )


def _rests_on(sight: Sight) -> str:
    """Of the first panel that has rows or figures how many, in words."""
    for panel in sight.ask.page.panels:
        bound = panel.bound
        if bound.indicator:
            indicator = sight.told(bound.indicator)
            n = facts_of(sight, indicator, sight.told_figures(indicator.name, bound.fixed)).n
            if n:
                return f"{sight.words.t(indicator.title)}: n = {n}"
        elif isinstance(panel, OfTable) and not isinstance(panel, Queue | Opening) and _has_then(sight, panel):
            title = sight.words.t(sight.node.store.catalogue.declared(panel.table).title)
            own = agenda.chosen(panel, sight) if isinstance(panel, Agenda) else ""
            asked = expression(panel.table, sight, own) if own else expression_of(panel, sight)
            rows_n = sight.count(panel.table, panel.fixed, asked)
            return f"{title}: n = {sight.words.count(rows_n)}"
    return ""


def _has_then(sight: Sight, panel: Panel) -> bool:
    """What is kept in no version can be counted of now only."""
    return sight.ask.as_of is None or sight.ask.as_of >= sight.watermark or sight.is_kept(panel.bound.table)
