"""Where a method changed, the page, its chart and the page of the method say so."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.apps.web.conftest import CROSSING, NOW, domains, events

from birlik import assembly, settings
from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Domain
from birlik.kernel.intake import Delivery
from birlik.kernel.service import Service

WHAT = next(i.method_since for d in domains() for i in d.indicators if i.method_since)
"""Such a sentence as is translated."""
CHANGED = NOW - timedelta(days=6)
ASKED = f"crossing_id={CROSSING}&direction=a_to_b&mode=road"


def declared(more: int) -> Sequence[Domain]:
    """The real ones that say such a thing, with methods of a later number."""
    return [
        replace(
            d,
            indicators=tuple(
                replace(i, method_version=i.method_version + more, method_since=WHAT) for i in d.indicators
            ),
        )
        for d in domains()
        if any(i.method_since for i in d.indicators)
    ]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, int]]:
    """Pages of a node that said its figures by one method, and by another for six days; and that one's number."""
    folder: Path = tmp_path_factory.mktemp("breaks") / "node"
    settings.write_new(folder, "KAZ", "Kazakhstan")
    clock = SetClock(CHANGED - timedelta(days=1))
    node = assembly.open_node(folder, clock=clock, declared=declared(0))
    media_type = next(i.media_type for i in node.intakes.values() if i.name.startswith("border"))
    pipeline.take(
        node,
        [
            Delivery(
                body=events(),
                media_type=media_type,
                source_id="border-guard",
                received_time=clock.at,
                filename="events.csv",
                parameters={"profile": "border_events"},
            )
        ],
    )
    pipeline.follow(node)
    node.close()
    clock.at = CHANGED
    node = assembly.open_node(folder, clock=clock, declared=declared(1))
    pipeline.follow(node)
    clock.at = NOW
    pipeline.follow(node)
    number = node.store.catalogue.indicators["tfi1_day"].method_version
    app = application(Service(node))
    yield TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)), number
    node.close()


def values_of(spec: Any) -> list[dict[str, Any]]:
    found = [d for d in spec.get("datasets", {}).values() if isinstance(d, list)]
    found += [layer["data"]["values"] for layer in spec["layer"] if "values" in layer.get("data", {})]
    rules = [row for rows in found for row in rows if "method_at" in row]
    return [row for i, row in enumerate(rules) if row not in rules[:i]]


def test_a_time_chart_draws_a_rule_where_the_method_changed_and_says_what_it_is(changed):
    pages, number = changed
    spec = pages.get(f"/transport/crossing/-/chart/trend.json?{ASKED}").json()
    (rule,) = values_of(spec)
    assert rule["method_at"] == int(CHANGED.replace(hour=0).timestamp() * 1000)
    assert rule["method_said"] == f"method {number} since 17 Mar 2026"
    assert rule["method_what"] == WHAT


def test_the_panel_and_the_page_of_the_method_say_since_when(changed):
    pages, number = changed
    panel = pages.get(f"/transport/crossing/-/panel/trend?{ASKED}").text
    assert f'<a href="/method/tfi1_day">method {number} since 17 Mar 2026</a>' in panel
    method = pages.get("/method/tfi1_day").text
    assert f"method {number} since 17 Mar 2026: {WHAT}" in method
    kazakh = pages.get(f"/transport/crossing/-/panel/trend?{ASKED}&lang=kk").text
    assert f"{number}-әдіс" in kazakh


def test_before_the_change_nothing_is_said_of_it(changed):
    pages, _ = changed
    before = (CHANGED - timedelta(hours=5)).isoformat().replace("+00:00", "Z")
    address = f"/transport/crossing/-/{{}}?{ASKED}&as_of={before}"
    assert "since 17 Mar" not in pages.get(address.format("panel/trend")).text
    assert values_of(pages.get(address.format("chart/trend.json")).json()) == []


def test_where_no_method_changed_nothing_is_said(pages):
    assert '/method/tfi1_day">method' not in pages.get(f"/transport/crossing/-/panel/trend?{ASKED}").text
