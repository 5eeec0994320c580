"""Open alerts: the worst first, each with its instruction, and a way to what it is about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tests.apps.web.conftest import CROSSING, NOW
from tests.apps.web.test_pages import sight_of

from birlik.apps.web.panels import alerts, geography
from birlik.apps.web.sight import Sight
from birlik.apps.web.words import words
from birlik.kernel.node import Node


def alert(**changes: Any) -> dict[str, Any]:
    """One that its rule's words can't be made of: it is said as it was sent."""
    about = {"crossing_id": CROSSING, "direction": "b_to_a", "mode": "road"}
    return {
        "alert_id": "KAZ-1",
        "rule": "crossing_slow",
        "key": f"{CROSSING}/b_to_a",
        "status": "open",
        "severity": "Moderate",
        "headline": "Nur Zholy – Khorgos: slow",
        "values": json.dumps(about),
        "opened_time": NOW - timedelta(hours=3),
        "updated_time": NOW,
        "closed_time": None,
        "area": "Nur Zholy – Khorgos",
    } | changes


@dataclass(frozen=True, kw_only=True)
class Told(Sight):
    """A sight whose alerts are told by the test."""

    alerts: Sequence[Mapping[str, Any]] = field(default_factory=list)

    def rows(self, name: str, fixed: Mapping[str, str] | None = None, **asked: Any) -> Sequence[Mapping[str, Any]]:
        if name != alerts.TABLE:
            return super().rows(name, fixed, **asked)
        return [row for row in self.alerts if all(row[n] == v for n, v in (fixed or {}).items())]


def told(node: Node, page: str, *rows: Mapping[str, Any]) -> tuple[Told, Mapping[str, Any]]:
    base = sight_of(node, CROSSING)
    declared = next(p for p in base.ask.domain.pages if p.name == page)
    ask = replace(base.ask, page=declared, given=base.ask.given if declared.parameters else {})
    sight = Told(node=node, principal=base.principal, words=base.words, ask=ask, memo=base.memo, alerts=rows)
    panel = next(p for p in declared.panels if p.name == "alerts")
    return sight, alerts.content(panel, sight).values


def test_an_open_alert_leads_to_its_crossing_in_its_direction(web_node: Node) -> None:
    _, values = told(web_node, "overview", alert())
    assert values["open"][0]["href"] == f"/transport/crossing/{CROSSING}?direction=b_to_a"
    assert "13:00" not in values["open"][0]["opened"]
    assert "14:00\N{NO-BREAK SPACE}UTC+5" in values["open"][0]["opened"]


def test_the_worst_alert_stands_first_and_the_closed_ones_apart(web_node: Node) -> None:
    over = alert(alert_id="KAZ-3", status="closed", closed_time=NOW)
    _, values = told(web_node, "overview", alert(), alert(alert_id="KAZ-2", severity="Severe"), over)
    assert [one["id"] for one in values["open"]] == ["KAZ-2", "KAZ-1"]
    assert [one["id"] for one in values["closed"]] == ["KAZ-3"]


def test_a_crossing_shows_its_own_alerts_only(web_node: Node) -> None:
    other = alert(alert_id="KAZ-2", values=json.dumps({"crossing_id": "kz-kordai--kg-akzhol--road"}))
    _, values = told(web_node, "crossing", alert(), other)
    assert [one["id"] for one in values["open"]] == ["KAZ-1"]


def test_a_feed_that_is_quiet_leads_to_the_sources(web_node: Node) -> None:
    values = json.dumps({"source": "trackers", "silent_h": 0.8, "usual_h": 0.1, "last_time": "…", "basis": "settings"})
    _, made = told(web_node, "overview", alert(rule="feed_quiet", key="trackers", values=values))
    assert made["open"][0]["href"] == "/transport/sources"
    assert made["open"][0]["headline"] == "No word from trackers for 48 min"
    assert made["open"][0]["instruction"].startswith("Ask the supplier")


def test_an_alert_marks_the_line_that_it_is_about(web_node: Node) -> None:
    line = {"crossing_id": CROSSING, "direction": "b_to_a", "mode": "road"}
    assert alerts.is_about(alert(), line)
    assert not alerts.is_about(alert(), line | {"direction": "a_to_b"})
    assert not alerts.is_about(alert(values="{}"), line)


def test_countries_on_the_map_are_named_in_the_readers_language(web_node: Node) -> None:
    names = geography.countries_of(replace(sight_of(web_node, CROSSING), words=words("kk", [])))
    assert (names["398"], names["156"]) == ("Қазақстан", "Қытай")
    assert "840" not in names, "no place of ours is there"
