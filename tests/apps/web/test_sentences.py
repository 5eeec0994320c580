"""What a page says in every state: with nothing, with one, with many, without a usual, with old data."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.apps.web.conftest import CROSSING, NOW, domains

from birlik.apps.web import freshness
from birlik.apps.web.ask import Ask
from birlik.apps.web.memo import Memo
from birlik.apps.web.panels import ranked, sentence
from birlik.apps.web.sight import Sight
from birlik.apps.web.words import words
from birlik.kernel.domain import Field, Indicator, Type
from birlik.kernel.node import Node

HOURS = ("oldest_h", "expected_wait_h", "expected_wait_low_h", "expected_wait_high_h", "usual_h", "slower_h", "trend_h")
MEASURES = (
    *(Field(name=name, type=Type.FLOAT, unit="h", description="Hours.") for name in HOURS),
    *(Field(name=name, type=Type.INT, unit="1", description="How many.") for name in ("n_heard", "usual_n")),
    *(Field(name=n, type=Type.TIME, description="When.") for n in ("oldest_since", "slower_since", "last_time")),
    Field(name="usual_gap_s", type=Type.FLOAT, unit="s", description="Between records."),
)
"""What the agreed figure of who waits carries."""


@dataclass(frozen=True, kw_only=True)
class Told(Sight):
    """A sight whose figures are told by the test."""

    told: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def indicator(self, name: str) -> Indicator:
        declared = super().indicator(name)
        return replace(declared, further=MEASURES) if name == "waiting_now" else declared

    def figures(
        self, name: str, fixed: Mapping[str, str] | None = None, *, spanned: bool = True
    ) -> Sequence[Mapping[str, Any]]:
        return self.told.get(name, [])


def sight(node: Node, page: str, told: Mapping[str, Any], language: str = "en") -> Told:
    domain = node.domains[0]
    declared = next(p for p in domain.pages if p.name == page)
    given = {"crossing_id": CROSSING, "direction": "a_to_b"} if declared.parameters else {}
    folders = [d.catalogue for d in domains() if d.catalogue is not None]
    ask = Ask(domain=domain, page=declared, given=given, language=language)
    return Told(node=node, principal=node.operator, words=words(language, folders), ask=ask, memo=Memo(), told=told)


def waiting(**changes: Any) -> dict[str, Any]:
    """A crossing where who joins now waits 14.5 h, 8.2 h more than usual; a test states what it is about."""
    return {
        "crossing_id": CROSSING,
        "direction": "a_to_b",
        "mode": "road",
        "value": 143.2,
        "n": 150,
        "low": 130.0,
        "high": 151.0,
        "basis": "measured",
        "withheld": None,
        "n_heard": 98,
        "oldest_h": 31.0,
        "oldest_since": NOW - timedelta(hours=31),
        "expected_wait_h": 14.53,
        "expected_wait_low_h": 11.0,
        "expected_wait_high_h": 19.0,
        "usual_h": 6.33,
        "usual_n": 41,
        "slower_h": 8.2,
        "slower_since": NOW - timedelta(hours=10),
        "trend_h": 1.25,
        "last_time": NOW - timedelta(minutes=3),
        "usual_gap_s": 300.0,
    } | changes


UNKNOWN = dict.fromkeys(("usual_h", "slower_h", "slower_since"))
NOBODY = {"value": 0.04, "n": 3, "n_heard": 0, "oldest_h": None, "oldest_since": None}
QUIET = {"expected_wait_h": 6.2, "slower_h": -0.13, "slower_since": None}
NO_WAIT = dict.fromkeys(("expected_wait_h", "expected_wait_low_h", "expected_wait_high_h"))
LONG_AGO = NOW - timedelta(days=240)
OTHER = {"crossing_id": "kz-kordai--kg-akzhol--road"}


def said(node: Node, page: str, rows: Sequence[Mapping[str, Any]], language: str = "en", **more: Any) -> str:
    reader = sight(node, page, {"waiting_now": rows, **more}, language)
    panel = next(p for p in reader.ask.page.panels if p.name == "now")
    made = str(sentence.content(panel, reader).values["sentence"])
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", made)).split())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], "", id="nothing at all"),
        pytest.param(
            [waiting()],
            "Nur Zholy → Khorgos (road): who joins now waits about 14 h 30 min, 8 h 12 min more than usual, "
            "slower since 07:00 UTC+5.",
            id="one that is slow",
        ),
        pytest.param(
            [waiting(), waiting(**OTHER, slower_h=2.5, value=3)],
            "Nur Zholy → Khorgos (road): who joins now waits about 14 h 30 min, 8 h 12 min more than usual, "
            "slower since 07:00 UTC+5. 1 more is slower than usual.",
            id="and another",
        ),
        pytest.param(
            [waiting(**QUIET, **NOBODY)],
            "No crossing is slower than usual. Nobody is known to wait.",
            id="nobody waits",
        ),
        pytest.param(
            [waiting(**QUIET, value=1.0, n=1, oldest_h=0.97)],
            "No crossing is slower than usual. The longest queue is one, at Nur Zholy → Khorgos (road): 1, for 58 min.",
            id="one waits",
        ),
        pytest.param(
            [waiting(**UNKNOWN)],
            "Most wait at Nur Zholy → Khorgos (road): 143, the oldest for 31 h.",
            id="no usual yet",
        ),
        pytest.param(
            [waiting(slower_h=5.0, usual_h=30.0)],
            "No crossing is slower than usual. Most wait at Nur Zholy → Khorgos (road): 143, the oldest for 31 h.",
            id="five hours of thirty are about as usual",
        ),
        pytest.param(
            [waiting(last_time=LONG_AGO)],
            "The last record is from 26 Jul 2025, 17:00 UTC+5, 8 months ago: nothing is known of now.",
            id="old data",
        ),
    ],
)
def test_the_overview_says_what_is_worst(web_node: Node, rows: Sequence[Any], expected: str) -> None:
    assert said(web_node, "overview", rows) == expected


DAY = {
    "crossing_id": CROSSING,
    "direction": "a_to_b",
    "mode": "road",
    "exit_day": 20_535,
    "value": 9.4,
    "n": 12,
    "low": 8.0,
    "high": 11.0,
    "basis": "measured",
    "withheld": None,
}


@pytest.mark.parametrize(
    ("rows", "days", "expected"),
    [
        pytest.param([], [], "", id="nothing at all"),
        pytest.param(
            [waiting()],
            [DAY],
            "Who joins now waits about 14 h 30 min (11 h to 19 h), 8 h 12 min more than usual, "
            "slower since 07:00 UTC+5. 143 are waiting, the oldest for 31 h, since 22 Mar, 10:00 UTC+5. "
            "Who left on 23 Mar 2026 had taken 9 h 24 min on average.",
            id="many",
        ),
        pytest.param(
            [waiting(**QUIET, value=1.2, n=1, oldest_h=0.97, oldest_since=NOW - timedelta(minutes=58))],
            [],
            "Who joins now waits about 6 h 12 min (11 h to 19 h), about as usual. "
            "1 is waiting, for 58 min, since 16:02 UTC+5.",
            id="one",
        ),
        pytest.param(
            [waiting(**QUIET, **NOBODY)],
            [],
            "Who joins now waits about 6 h 12 min (11 h to 19 h), about as usual. Nobody is known to wait.",
            id="nobody",
        ),
        pytest.param(
            [waiting(**UNKNOWN, **NO_WAIT, oldest_h=None, oldest_since=None)],
            [],
            "143 are waiting.",
            id="neither a forecast, nor a usual, nor an oldest",
        ),
        pytest.param(
            [waiting(slower_h=-3.0, slower_since=None)],
            [],
            "Who joins now waits about 14 h 30 min (11 h to 19 h), 3 h less than usual. "
            "143 are waiting, the oldest for 31 h, since 22 Mar, 10:00 UTC+5.",
            id="faster than usual",
        ),
        pytest.param(
            [],
            [DAY | {"value": None, "withheld": "n < 5"}],
            "Too few have left lately for a mean.",
            id="withheld",
        ),
        pytest.param(
            [waiting(last_time=LONG_AGO)],
            [DAY],
            "The last record is from 26 Jul 2025, 17:00 UTC+5, 8 months ago: nothing is known of now. "
            "Who left on 23 Mar 2026 had taken 9 h 24 min on average.",
            id="old data: what is not of now still holds",
        ),
    ],
)
def test_a_crossing_says_how_it_is_now(web_node: Node, rows: Sequence[Any], days: Sequence[Any], expected: str) -> None:
    assert said(web_node, "crossing", rows, tfi1_day=days) == expected


@pytest.mark.parametrize("page", ["overview", "crossing"])
@pytest.mark.parametrize("language", ["en", "kk"])
@pytest.mark.parametrize("left_out", [*HOURS, "usual_n", "oldest_since", "slower_since", "usual_gap_s", "n_heard"])
@pytest.mark.parametrize("changes", [{}, {"value": 1.0}, {"value": 0.0}], ids=["many", "one", "none"])
def test_no_word_is_missing_from_a_sentence_whatever_is_unknown(
    web_node: Node, page: str, language: str, left_out: str, changes: dict[str, Any]
) -> None:
    text = said(web_node, page, [waiting(**changes, **{left_out: None})], language)
    assert text
    assert not re.search(r"[{}\[\]*]|–\s|None|\s[.,:;)]|\(\s*\)|[,(]\s*\.|  ", text), text


@pytest.mark.parametrize("age_days", [0.0, 240.0], ids=["fresh", "old"])
def test_a_line_that_was_not_heard_for_long_says_nothing_of_now(web_node: Node, age_days: float) -> None:
    rows = [waiting(), waiting(**OTHER, last_time=NOW - timedelta(days=age_days))]
    reader = sight(web_node, "overview", {"waiting_now": rows})
    panel = next(p for p in reader.ask.page.panels if p.name == "crossings")
    first, second = ranked.content(panel, reader).values["lines"]
    assert (first.level, first.silent) == (3, "")
    if age_days:
        assert {cell.text for cell in second.cells} == {"–"}
        assert (second.level, second.area) == (ranked.NO_USUAL, 0.0)
        assert second.silent == "last record 8 months ago"
    else:
        assert second.cells[0].text.startswith("14\N{NO-BREAK SPACE}h")


def test_the_worst_against_its_own_usual_stands_first(web_node: Node) -> None:
    """Not the longest wait: forty hours where forty are usual come after three where one is."""
    usual, slow = waiting(usual_h=40.0, slower_h=4.0, value=900), waiting(**OTHER, usual_h=1.0, slower_h=2.0, value=2)
    unknown = waiting(direction="b_to_a", **UNKNOWN)
    reader = sight(web_node, "overview", {"waiting_now": [unknown, usual, slow]})
    panel = next(p for p in reader.ask.page.panels if p.name == "crossings")
    content = ranked.content(panel, reader)
    lines = [(line.key, line.level) for line in content.values["lines"]]
    assert lines == [(OTHER["crossing_id"], 2), (CROSSING, 1), (CROSSING, ranked.NO_USUAL)]
    assert content.values["headings"] == [
        "now",
        "usual",
        "slower by, since",
        "waiting",
        "longest",
        "trend, 3\N{NO-BREAK SPACE}h",
    ]


@pytest.mark.parametrize(
    ("age_h", "usual_s", "old"),
    [
        pytest.param(3, 300, False, id="a pause"),
        pytest.param(7, 300, True, id="hours without a record that comes every five minutes"),
        pytest.param(40, 86_400, False, id="a source that sends once a day"),
        pytest.param(100, 86_400, True, id="and has missed three"),
        pytest.param(-1, 300, False, id="a clock that runs ahead"),
    ],
)
def test_what_is_old_depends_on_how_often_a_record_comes(age_h: float, usual_s: float, old: bool) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert freshness.Freshness(now=now, last=now - timedelta(hours=age_h), usual_s=usual_s).is_old is old


def test_a_page_about_no_place_is_in_the_nodes_own_time(web_node: Node) -> None:
    assert sight(web_node, "overview", {}).zone == "Asia/Almaty"
