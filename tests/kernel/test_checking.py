"""Declarations that don't hold together are refused, each in a sentence that names what and where."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support import aviary, claims, orchard
from tests.support.nodes import opened

from birlik import assembly
from birlik.apps.web import render
from birlik.errors import Misdeclared, UnknownSetting
from birlik.kernel import checking, panels
from birlik.kernel.checking.pages import CHECKS
from birlik.kernel.domain import (
    Act,
    Alerts,
    Bars,
    Clause,
    Column,
    Counts,
    Done,
    Field,
    FigureTable,
    Finds,
    Fresh,
    Heat,
    Lines,
    Page,
    Panel,
    Queue,
    Ranked,
    Reference,
    Reported,
    RowTable,
    Scale,
    Sentence,
    Series,
    Source,
    Sources,
    Through,
    Type,
    Usual,
)
from birlik.kernel.own import OWN
from birlik.kernel.panels import OfIndicator, OfTable
from birlik.kernel.policy import Views

AVIARY, CLAIMS, ORCHARD = (
    replace(domain, catalogue=None) for domain in (aviary.AVIARY, claims.CLAIMS, orchard.ORCHARD)
)
"""Their words are their own tests' business: what is changed here has no translation."""
PICKING, GAP, FIGURE, RULE = (
    ORCHARD.tables[0],
    ORCHARD.derived[0],
    ORCHARD.indicators[0],
    ORCHARD.alert_rules[0],
)
PAGE = ORCHARD.pages[0]
PANEL = PAGE.panels[0]
BIRD = next(table for table in AVIARY.tables if table.name == "aviary_bird")


def with_panel(kind, domain=ORCHARD, **said):
    return replace(domain, pages=(replace(PAGE, panels=(kind(name="it", title="It", **said),)),))


def ranked(**said):
    told = {"indicator": FIGURE.name, "register": "", "columns": ()}
    return with_panel(Ranked, **{**told, **said})


def with_page(**said):
    return replace(ORCHARD, pages=(replace(PAGE, **said),))


def act(**said):
    told = {"name": "orchard_prune", "title": "Prune", "description": "Prune.", "do": lambda doing: Done()}
    return replace(AVIARY, acts=(Act(**{**told, **said}),))


def nowhere(table="orchard_nowhere"):
    return Field(name="tree", type=Type.TEXT, description="A tree.", of=Reference(table=table))


def test_the_domains_of_this_birlik_hold_together():
    assert checking.faults((*assembly.domains(), OWN)) == []


def test_so_do_those_of_the_tests():
    assert checking.faults((orchard.ORCHARD, aviary.AVIARY, OWN)) == []


@pytest.mark.parametrize(
    ("domains", "said"),
    [
        ((replace(ORCHARD, name="aviary"), AVIARY), "domain 'aviary'"),
        ((ORCHARD, replace(AVIARY, tables=(*AVIARY.tables, PICKING))), "table 'orchard_picking'"),
        ((replace(ORCHARD, derived=(GAP, replace(GAP, name="orchard_picking"))),), "table 'orchard_picking'"),
        ((replace(ORCHARD, derived=(GAP, replace(GAP, name="birlik_alert"))),), "table 'birlik_alert'"),
        ((replace(ORCHARD, derived=(GAP, replace(GAP, name=FIGURE.table))),), f"table '{FIGURE.table}'"),
        ((ORCHARD, replace(AVIARY, indicators=(FIGURE,))), f"indicator '{FIGURE.name}'"),
        ((ORCHARD, replace(AVIARY, alert_rules=(RULE,))), f"alert rule '{RULE.name}'"),
        ((AVIARY, replace(ORCHARD, acts=AVIARY.acts[:1])), f"act '{AVIARY.acts[0].name}'"),
        ((AVIARY, replace(ORCHARD, intakes=AVIARY.intakes)), "intake 'aviary'"),
        ((replace(ORCHARD, pages=(PAGE, replace(PAGE, title="Other"))),), f"page of orchard '{PAGE.name}'"),
        ((with_page(panels=(PANEL, PANEL)),), f"panel of orchard/{PAGE.name} '{PANEL.name}'"),
    ],
)
def test_two_declarations_of_one_name_are_refused(domains, said):
    found = checking.faults((*domains, OWN))
    assert any(fault.startswith(f"two declarations of one name: {said}") for fault in found), found


def test_pages_of_two_domains_may_have_one_name():
    assert checking.faults((ORCHARD, replace(AVIARY, pages=(replace(PAGE, panels=()),)), OWN)) == []


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        (replace(ORCHARD, tables=(replace(PICKING, time="ripe_time"),)), "orchard_picking has no column 'ripe_time'"),
        (replace(ORCHARD, tables=(replace(PICKING, beside="orchard_nowhere"),)), "no table 'orchard_nowhere'"),
        (replace(ORCHARD, tables=(replace(PICKING, fields=(*PICKING.fields, nowhere())),)), "no kept table with a key"),
        (replace(ORCHARD, tables=(replace(PICKING, fields=(*PICKING.fields, nowhere(GAP.name))),)), "no kept table"),
        (replace(AVIARY, tables=tuple(replace(t, kept_days=9) for t in AVIARY.tables)), "kept_days ends rows that are"),
        (replace(ORCHARD, derived=(replace(GAP, key=("nut",)),)), "orchard_gap has no column 'nut'"),
        (
            replace(ORCHARD, derived=(replace(GAP, sources=(*GAP.sources, Source(table="nowhere", columns=("a",)))),)),
            "no table 'nowhere'",
        ),
        (
            replace(
                ORCHARD,
                derived=(
                    replace(
                        GAP,
                        sources=(
                            *GAP.sources,
                            Source(
                                table="orchard_row",
                                columns=("row",),
                                touches=Through(table="nowhere", on={"row": "row"}, key="tree_id_orchard"),
                            ),
                        ),
                    ),
                ),
            ),
            "through: there is no table 'nowhere'",
        ),
        (replace(ORCHARD, indicators=(replace(FIGURE, source="nowhere"),)), "no table 'nowhere'"),
        (replace(ORCHARD, indicators=(replace(FIGURE, columns=("nut",)),)), "has no column 'nut'"),
        (replace(ORCHARD, indicators=(replace(FIGURE, period="era"),)), "its period 'era' is none of its dimensions"),
        (
            replace(ORCHARD, indicators=(replace(FIGURE, against=Usual(difference="a", usual="b", least=1, share=1)),)),
            "it has no measure 'a'",
        ),
        (replace(ORCHARD, alert_rules=(replace(RULE, watches=("nowhere",)),)), "it watches 'nowhere'"),
        (replace(ORCHARD, alert_rules=(replace(RULE, closes_at=RULE.opens_at),)), "must close below what it opens at"),
        (act(table=PICKING.name), "no kept table 'orchard_picking'"),
        (act(table=BIRD.name, subject=("bird_id",)), "its subject 'bird_id' is no parameter"),
        (act(parameters=(nowhere(),)), "refers to 'orchard_nowhere'"),
        (replace(AVIARY, intakes=(replace(AVIARY.intakes[0], tables=("nowhere",)),)), "no table 'nowhere'"),
        (with_page(register="orchard_picking"), "no register 'orchard_picking'"),
        (with_page(fresh=Fresh(table="orchard_picking", time="nut")), "has no column 'nut'"),
        (
            with_page(fresh=Fresh(table="orchard_picking", time="phenomenon_time", indicator=FIGURE.name, last="nut")),
            "has no measure 'nut'",
        ),
        (with_page(finds=Finds(table="orchard_picking", column="nut", time="phenomenon_time")), "no column 'nut'"),
        (with_panel(Panel), "panel it: Panel is no kind of panel"),
        (with_panel(RowTable, table="nowhere"), "no table 'nowhere'"),
        (with_panel(RowTable, table="orchard_picking", columns=("nut",)), "orchard_picking has no column 'nut'"),
        (with_panel(RowTable, table="orchard_picking", order=("-nut",)), "orchard_picking has no column 'nut'"),
        (with_panel(RowTable, table="orchard_picking", fixed={"nut": "1"}), "orchard_picking has no column 'nut'"),
        (with_panel(Counts, table="orchard_picking", split="nut"), "orchard_picking has no column 'nut'"),
        (with_panel(Series, indicator="nowhere"), "no indicator 'nowhere'"),
        (with_panel(Series, indicator=FIGURE.name, y="nut"), f"{FIGURE.name} has no measure 'nut'"),
        (with_panel(Series, indicator=FIGURE.name, fixed={"nut": "1"}), f"{FIGURE.name} has no dimension 'nut'"),
        (with_panel(Heat, indicator=FIGURE.name, x="nut"), f"{FIGURE.name} has no dimension 'nut'"),
        (with_panel(Bars, indicator=FIGURE.name, measures=("nut",)), f"{FIGURE.name} has no measure 'nut'"),
        (
            with_panel(Bars, indicator=FIGURE.name, measures=("value", "n"), ends=(("low", "high"),)),
            "2 measures have 1 pairs of ends",
        ),
        (with_panel(FigureTable, indicator=FIGURE.name, measures=("nut",)), f"{FIGURE.name} has no measure 'nut'"),
        (with_panel(Sentence, clauses=(Clause(indicator="nowhere", text="{value}"),)), "no indicator"),
        (
            with_panel(Sentence, clauses=(Clause(indicator=FIGURE.name, text="{nuts} nuts"),)),
            f"'{{nuts}} nuts' speaks of 'nuts', which {FIGURE.name} does not tell",
        ),
        (ranked(register="nowhere"), "no register 'nowhere'"),
        (ranked(link="nowhere"), "it leads to 'nowhere', which is no page of its domain"),
        (ranked(columns=(Column(title="nuts", measure="nut"),)), f"{FIGURE.name} has no measure 'nut'"),
        (ranked(colour=Scale(measure="nut", steps=(0, 1, 2, 3), words=("",) * 5)), f"{FIGURE.name} has no measure"),
        (with_panel(Sources, beside="nowhere"), "beside: there is no table"),
        (with_panel(Queue, table="orchard_picking", verdicts=()), "'orchard_picking' is none"),
        (with_panel(Queue, CLAIMS, table=claims.PAIR.name, verdicts=("nowhere",)), "there is no act 'nowhere'"),
        (
            with_panel(Series, indicator=FIGURE.name, reported=Reported(table="orchard_picking", when="nut")),
            "reported: orchard_picking has no column 'nut'",
        ),
        (
            ranked(lines=Lines(register="nowhere", ends=("a", "b"), places="nowhere", kind="k", strokes={})),
            "lines: there is no table 'nowhere'",
        ),
    ],
)
def test_what_leads_nowhere_is_refused(domain, said):
    found = checking.faults((domain, OWN))
    assert any(said in fault for fault in found), found


def test_a_source_that_is_declared_later_is_refused():
    source = replace(GAP.sources[0], table=GAP.name, columns=("row",), time=None, by="row")
    again = replace(GAP, name="orchard_again", sources=(source,))
    found = checking.faults((replace(ORCHARD, derived=(again, GAP)), OWN))
    assert "orchard_again: its source orchard_gap is declared after it" in found


def test_a_text_that_a_catalogue_lacks_is_refused(tmp_path: Path):
    folder = tmp_path / "kk" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    said = sorted({text for text in checking.texts(ORCHARD) if text and text != PAGE.title})
    entries = "".join(f'msgid "{t}"\nmsgstr "бір"\n\n'.replace("\n\n\n", "\n\n") for t in map(_quoted, said))
    (folder / "orchard.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + entries, encoding="utf-8"
    )
    assert checking.faults((replace(ORCHARD, catalogue=tmp_path), OWN)) == [
        f"orchard: {PAGE.title!r} is not said in kk"
    ]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def test_a_node_of_such_domains_is_not_opened(tmp_path):
    twice = replace(AVIARY, tables=(*AVIARY.tables, AVIARY.tables[0]))
    with (
        pytest.raises(Misdeclared, match="two declarations of one name: table 'aviary_cage'"),
        opened(tmp_path / "node", declared=(twice,)),
    ):
        pass


def test_more_views_than_fit_are_refused_in_a_sentence():
    most = tuple(f"desk-{i}" for i in range(58))
    assert Views(most).everyone == 2**63 - 1
    with pytest.raises(UnknownSetting, match="59 named views are 1 more than fit: a node has 5 of its own"):
        Views((*most, "one-more"))


def test_a_page_that_is_whole_is_no_fault():
    page = Page(name="all", title="All", question="Is all well?", panels=(Alerts(name="a", title="A"),))
    assert checking.faults((replace(ORCHARD, pages=(page,)), OWN)) == []


KINDS = [kind for kind in vars(panels).values() if isinstance(kind, type) and issubclass(kind, Panel)]
KINDS = [kind for kind in KINDS if kind not in (Panel, OfIndicator, OfTable)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_panel_is_checked_and_rendered(kind):
    assert kind in CHECKS
    assert kind in render.KINDS


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Alerts, {"link": "all"}),
        (Series, {"indicator": FIGURE.name, "split": "row"}),
        (Heat, {"indicator": FIGURE.name, "x": "row", "band": None}),
        (RowTable, {"table": "orchard_picking", "measures": ("value",)}),
        (Sources, {"columns": ()}),
    ],
)
def test_a_parameter_that_a_kind_of_panel_does_not_use_cannot_be_given(kind, said):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        kind(name="it", title="It", **said)
