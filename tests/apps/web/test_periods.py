"""Figures by ten days, season and hydrological year: on pages, in charts, within a span, in the API, as a file."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.canal import CANAL, MEDIA_TYPE, flows
from tests.support.nodes import delivery, opened

from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.service import Service

FIRST = datetime(2025, 9, 15, 7, tzinfo=UTC)
NOW = datetime(2026, 4, 12, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A line a day from 15 September to 12 April."""
    with opened(tmp_path_factory.mktemp("canal") / "node", declared=(CANAL,), clock=SetClock(NOW)) as node:
        lines = "\n".join(flows(FIRST, 210))
        pipeline.take(node, [delivery(lines, node, media_type=MEDIA_TYPE, source_id="gauges")])
        pipeline.follow(node)
        app = application(Service(node))
        yield TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))


def panel(client: TestClient, name: str, query: str = "") -> str:
    return client.get(f"/canal/gauge/-/panel/{name}?gauge_id=head{query}").text


def first_cells(html: str) -> list[str]:
    cells = [unescape(cell) for cell in re.findall(r"<tr><td[^>]*>([^<]*)</td>", html)]
    return [re.sub(r"[\u2009\u202f\xa0]", " ", cell) for cell in cells]


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("by-decade", "", ["1–10 Apr 2026", "11–20 Apr 2026"]),
        ("by-season", "", ["Apr – Sept 2025", "Oct 2025 – Mar 2026", "Apr – Sept 2026"]),
        ("by-year", "", ["Oct 2024 – Sept 2025", "Oct 2025 – Sept 2026"]),
        ("by-season", "&lang=kk", ["2025 ж. сәу.–қыр.", "2025 ж. қаз. – 2026 ж. нау.", "2026 ж. сәу.–қыр."]),
    ],
)
def test_a_period_is_called_as_people_call_it(client: TestClient, name: str, query: str, said: list[str]) -> None:
    assert sorted(first_cells(panel(client, name, query))[: len(said)]) == sorted(said)


def test_a_span_has_the_periods_that_reach_into_it(client: TestClient) -> None:
    found = first_cells(panel(client, "figures", "&span=30d"))
    assert found == ["11–20 Apr 2026", "1–10 Apr 2026", "21–31 Mar 2026", "11–20 Mar 2026"]
    assert first_cells(panel(client, "by-season", "&span=30d")) == ["Apr – Sept 2026", "Oct 2025 – Mar 2026"]


@pytest.mark.parametrize("name", ["by-decade", "by-season", "by-year"])
def test_a_chart_draws_them_where_they_begin(client: TestClient, name: str) -> None:
    spec = client.get(f"/canal/gauge/-/chart/{name}?gauge_id=head").json()
    period = name.removeprefix("by-")
    assert f"time(toDate(slice(datum['{period}'], 0, 10)))" in str(spec)
    svg = client.get(f"/canal/gauge/-/picture/{name}.svg?gauge_id=head").text
    assert svg.count('aria-roledescription="point"') >= 2, "what has no date has no place on the axis"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("flow_by_decade?from=2026-03-21&to=2026-04-11", ["2026-03-21/P11D", "2026-04-01/P10D"]),
        ("flow_by_decade?from=2026-03-22", ["2026-04-01/P10D", "2026-04-11/P10D"]),
        ("flow_by_decade?from=2026-04-01/P10D", ["2026-04-01/P10D", "2026-04-11/P10D"]),
        ("flow_by_season?from=2025-10", ["2025-10-01/P6M", "2026-04-01/P6M"]),
        ("flow_by_year?to=2025-10-01", ["2024-10-01/P1Y"]),
        ("flow_by_year?year=2025-10-01/P1Y", ["2025-10-01/P1Y"]),
        ("flow_by_year?filter=year LIKE '2024%25'", ["2024-10-01/P1Y"]),
    ],
)
def test_from_and_to_are_dates_or_periods_and_texts_are_sdmx(client: TestClient, asked: str, found: list[str]) -> None:
    answer = client.get(f"/api/v1/indicators/{asked}").json()
    period = asked.partition("?")[0].removeprefix("flow_by_")
    assert sorted(row[period] for row in answer["data"]) == found
    csv = client.get(f"/api/v1/indicators/{asked}", headers={"accept": "text/csv"}).text
    assert all(text in csv for text in found)


def test_an_indicator_says_by_which_periods_it_is(client: TestClient) -> None:
    declared = {i["name"]: i for i in client.get("/api/v1/indicators").json()["data"]}
    periods = {name: declared[f"flow_by_{name}"]["dimensions"][1]["period"] for name in ("decade", "season", "year")}
    assert periods == {"decade": "decade", "season": "season", "year": "hydrological year"}


def test_a_mean_by_ten_days_is_of_those_days_by_the_places_clock(client: TestClient, tmp_path: Path) -> None:
    (row,) = client.get("/api/v1/indicators/flow_by_decade?decade=2025-10-01/P10D").json()["data"]
    assert (row["n"], row["value"], row["unit"]) == (10, 21.5, "m3/s")


# --- units ----------------------------------------------------------------------------------------------------


def test_figures_are_had_in_the_units_that_are_declared(client: TestClient) -> None:
    address = "/api/v1/indicators/flow_by_decade?decade=2025-10-01/P10D"
    (own,) = client.get(address).json()["data"]
    for unit, times in (("m3/s", 1.0), ("l/s", 1000.0), ("hm3/d", 0.0864)):
        answer = client.get(f"{address}&unit={unit}").json()
        (row,) = answer["data"]
        assert (answer["unit"], row["unit"], row["n"]) == (unit, unit, own["n"])
        assert [row[m] for m in ("value", "low", "high")] == pytest.approx(
            [own[m] * times for m in ("value", "low", "high")]
        )
    csv = client.get(f"{address}&unit=l/s&format=csv").text.splitlines()
    assert dict(zip(csv[0].split(","), csv[1].split(","), strict=True))["value"] == "21500.0"
    wrong = client.get(f"{address}&unit=km")
    assert (wrong.status_code, wrong.json()["parameter"]) == (400, "unit")
    assert "unit is one of m3/s, l/s, hm3/d, not 'km'" in wrong.json()["detail"]


def test_a_page_in_another_unit_says_so_in_chart_table_and_download(client: TestClient) -> None:
    page = client.get("/canal/gauge/head?unit=l/s").text
    assert 'aria-current="true">l/s</a>' in page
    choice = re.search(r'<ul aria-labelledby="choice-unit">(.*?)</ul>', page)
    assert choice is not None
    assert re.findall(r">([^<]+)</a>", choice[1]) == ["m³/s", "l/s", "hm³/d"]
    made = panel(client, "figures", "&unit=l/s&span=30d")
    assert "mean, l/s" in made
    assert ">204\u202f000<" in made
    assert "unit=l%2Fs" in made, "the download is in it too"
    spec = str(client.get("/canal/gauge/-/chart/by-decade?gauge_id=head&unit=l/s").json())
    assert "Q, l/s" in spec
    assert "unit=l%2Fs" in spec


def test_a_unit_that_a_page_does_not_have_changes_nothing(client: TestClient) -> None:
    assert ">204<" in panel(client, "figures", "&unit=furlong&span=30d")
