"""Rows counted, summed and averaged in groups: against plain Python, within a view, and what is refused."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.canal import CANAL, FLOW, MEDIA_TYPE, flows
from tests.support.nodes import FOR_MEMBERS, delivery, opened
from tests.support.walking import VIEW, client_of

from birlik.clock import SetClock, isoformat, utc
from birlik.kernel import pipeline
from birlik.kernel.node import Node, StoreReader
from birlik.kernel.query import TooCostly
from birlik.periods import Cycle, hour_of_week, period_at

FLOWS = "/api/v1/tables/canal_flow/aggregate"
FIRST = datetime(2023, 11, 17, 5, 30, tzinfo=UTC)
NOW = datetime(2026, 4, 12, 12, tzinfo=UTC)
SHOWN = replace(FLOW, public_fields=tuple(f.name for f in FLOW.fields if f.name != "season"))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A line a day for two and a half years at one gauge, which members see, and for a month at another, ours alone."""
    canal = replace(CANAL, tables=(SHOWN,))
    with opened(tmp_path_factory.mktemp("canal") / "node", declared=(canal,), clock=SetClock(NOW)) as made:
        for gauge, days, labels in (("head", 850, FOR_MEMBERS), ("tail", 30, None)):
            more = {"labels": labels} if labels else {}
            lines = "\n".join(flows(FIRST, days, gauge))
            pipeline.take(made, [delivery(lines, made, media_type=MEDIA_TYPE, source_id="gauges", **more)])
        yield made


@pytest.fixture(scope="module")
def client(node: Node) -> TestClient:
    return client_of(node)


def asked(client: TestClient, query: str, view: str = "own") -> Any:
    answer = client.get(f"{FLOWS}?{query}", headers={VIEW: view})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def rows(days: int) -> list[tuple[datetime, float]]:
    return [(utc(line.split(",")[1]), float(line.split(",")[2])) for line in flows(FIRST, days)]


@pytest.mark.parametrize("cycle", [cycle for cycle in Cycle if cycle is not Cycle.HOUR_OF_WEEK])
def test_groups_by_period_are_those_of_the_calendar(client: TestClient, cycle: Cycle) -> None:
    """Leap day, months' ends and turns of the year are among them."""
    name = cycle.value.replace(" ", "_")
    groups: dict[str, list[float]] = defaultdict(list)
    for moment, flow in rows(850):
        groups[period_at(moment, cycle).text].append(flow)
    found = asked(client, f"by={name}(phenomenon_time)&measure=count,avg(flow_m3_s)&gauge_id=head")
    assert [(r[f"{name}_phenomenon_time"], r["count"], r["mean_flow_m3_s"]) for r in found] == [
        (text, len(values), fmean(values)) for text, values in sorted(groups.items())
    ]


def test_hours_of_the_week_are_counted_from_monday(client: TestClient) -> None:
    found = asked(client, "by=hour_of_week(phenomenon_time)&measure=count&gauge_id=tail")
    hours = [hour_of_week(moment) for moment, _ in rows(30)]
    assert {r["hour_of_week_phenomenon_time"]: r["count"] for r in found} == {h: hours.count(h) for h in set(hours)}


def test_without_by_it_is_one_row_of_all_that_fit(client: TestClient) -> None:
    measures = "count,distinct(gauge_id),min(phenomenon_time),max(flow_m3_s),sum(flow_m3_s)"
    (row,) = asked(client, f"measure={measures}&filter=flow_m3_s <= 10")
    assert row == {
        "count": 20,
        "distinct_gauge_id": 2,
        "min_phenomenon_time": isoformat(FIRST),
        "max_flow_m3_s": 10.0,
        "sum_flow_m3_s": 110.0,
    }


def test_the_greatest_first_and_as_csv_with_the_same_rows(client: TestClient) -> None:
    query = "by=gauge_id&measure=count,mean(flow_m3_s)&order=-count"
    found = asked(client, query)
    assert [(r["gauge_id"], r["count"]) for r in found] == [("head", 850), ("tail", 30)]
    text = client.get(f"{FLOWS}?{query}", headers={"accept": "text/csv"}).text
    told = list(csv.DictReader(io.StringIO(text)))
    assert [(r["gauge_id"], int(r["count"]), float(r["mean_flow_m3_s"])) for r in told] == [
        (r["gauge_id"], r["count"], r["mean_flow_m3_s"]) for r in found
    ]


def test_what_a_reader_may_not_see_counts_for_nothing(client: TestClient) -> None:
    assert asked(client, "by=gauge_id", "members") == [{"gauge_id": "head", "count": 850}]
    assert asked(client, "measure=count,max(flow_m3_s)&gauge_id=tail", "members") == [
        {"count": 0, "max_flow_m3_s": None}
    ]
    assert asked(client, "by=gauge_id", "public") == []


def test_from_and_to_bound_the_rows(client: TestClient) -> None:
    day = (FIRST + timedelta(days=2)).date()
    (row,) = asked(client, f"from={day}&to={day + timedelta(days=3)}&gauge_id=head&measure=count,min(flow_m3_s)")
    assert row == {"count": 3, "min_flow_m3_s": 3.0}
    assert isinstance(day, date)


@pytest.mark.parametrize(
    ("query", "parameter", "said"),
    [
        ("by=gauge", "by", "no field 'gauge'; there are: gauge_id"),
        ("by=season", "by", "no field 'season'"),
        ("measure=max(season)", "measure", "no field 'season'"),
        ("filter=season LIKE '2%25'", "filter", "no field 'season'"),
        ("by=week(phenomenon_time)", "by", "no period 'week'; there are: hour_of_week, day, decade"),
        ("by=month(gauge_id)", "by", "month is of a time, and gauge_id is text"),
        ("measure=median(flow_m3_s)", "measure", "there are: count, distinct(field)"),
        ("measure=sum(gauge_id)", "measure", "sum is of numbers, and gauge_id is text"),
        ("measure=mean", "measure", "no measure 'mean'"),
        ("measure=count,count", "measure", "each once"),
        ("order=-flow_m3_s", "order", "no column '-flow_m3_s'; there are: count"),
        ("fields=gauge_id", "fields", "fields is for rows"),
        ("by=phenomenon_time&limit=10", "limit", "more than 10 groups"),
        ("limit=0", "limit", "a whole number from 1"),
        ("by=gauge_id&by=decade", "by", "given twice"),
        ("nothing=1", "nothing", "no parameter 'nothing'"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_taken(
    client: TestClient, query: str, parameter: str, said: str
) -> None:
    answer = client.get(f"{FLOWS}?{query}", headers={VIEW: "own"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)
    assert said in answer.json()["detail"]


def test_its_time_is_bounded_whether_or_not_there_is_a_filter(
    client: TestClient, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def ended(reader: StoreReader, seconds: float) -> StoreReader:
        given.append(seconds)
        raise TooCostly("this took longer than a question may take", parameter="filter")

    monkeypatch.setattr(StoreReader, "within", ended)
    assert client.get(f"{FLOWS}?by=gauge_id", headers={VIEW: "own"}).status_code == 400
    assert given == [node.settings.query_s]


def test_it_stands_in_the_openapi_with_its_parameters(client: TestClient) -> None:
    said = client.get("/openapi.json").json()["paths"]["/api/v1/tables/{name}/aggregate"]["get"]
    assert {"by", "measure", "filter", "as_of", "format"} <= {p["name"] for p in said["parameters"]}
    assert {"application/json", "text/csv"} <= said["responses"]["200"]["content"].keys()


def test_a_kept_table_is_asked_as_it_stood(tmp_path: Path) -> None:
    from tests.support.aviary import AVIARY, BIRD, change, changes
    from tests.support.aviary import MEDIA_TYPE as CHANGES

    with opened(tmp_path / "node", declared=(replace(AVIARY, catalogue=None),), clock=SetClock(NOW)) as node:
        for hour, species in enumerate(("owl", "crane")):
            item = changes([change(BIRD, bird_id="b1", species=species, changed_time=isoformat(NOW))])
            pipeline.take(node, [delivery(item, node, media_type=CHANGES, source_id="keeper")])
            if not hour:
                then = isoformat(node.clock.now())
            node.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
        client, address = client_of(node), "/api/v1/tables/aviary_bird/aggregate?by=species"
        assert client.get(address).json()["data"] == [{"species": "crane", "count": 1}]
        assert client.get(f"{address}&as_of={then}").json()["data"] == [{"species": "owl", "count": 1}]
