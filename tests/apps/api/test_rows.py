"""Rows and figures by HTTP: filters of every type, pages that lose nothing, forms by Accept."""

import base64
import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import PUBLIC, calling, deliver, opened, sightings

from birlik.apps.api.question import Asking, question
from birlik.clock import SetClock
from birlik.errors import BadRequest
from birlik.kernel import pipeline
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import PUBLIC as PUBLIC_VIEW
from birlik.kernel.policy import Labels, Principal
from birlik.kernel.tables import Field, Type
from birlik.periods import Cycle

ROWS = "/api/v1/tables/toy_sighting"
MONTH = Field(name="month", type=Type.TEXT, description="A month.")
DAY = Field(name="day", type=Type.DAY, description="A day.")
TEN = Field(name="ten", type=Type.TEXT, period=Cycle.DECADE, description="Ten days.")
YEAR = Field(name="year", type=Type.TEXT, period=Cycle.YEAR, description="A year.")
FIGURES = "/api/v1/indicators/mean_dust_g"


def toys(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"{ROWS}?order=toy_id&{query}")
    assert answer.status_code == 200, answer.text
    return [row["toy_id"] for row in answer.json()["data"]]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("toy_id=bear-003", [3]),
        ("toy_id=bear-003&toy_id=bear-005", [3, 5]),
        ("toy_id__like=%25-00_&count_n__lt=2", [0, 1]),
        ("shelf_id__ne=s1", [1, 3, 5, 7, 9]),
        ("dust_g__gte=0.58", [8, 9]),
        ("count_n__gt=7&count_n__lte=8", [8]),
        ("whole=true", [0, 3, 6, 9]),
        ("seen_time=2026-01-01T00:04:00.000250Z", [4]),
        ("from=2026-01-01T00:07:00Z&to=2026-01-01T00:09:00Z", [7, 8]),
        ("from=2026-01-01T05:08:00%2B05:00", [8, 9]),
        ("from=2026-01-01T05:08:00+05:00", [8, 9]),
    ],
)
def test_every_field_is_a_filter(client: TestClient, query: str, found: list[int]) -> None:
    assert toys(client, query) == [f"bear-{i:03}" for i in found]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colour=red", "there are: toy_id"),
        ("views=1", "no parameter 'views'"),
        ("toy_id__near=x", "no parameter 'toy_id__near'"),
        ("count_n__ge=3", "after count_n__ stands one of eq, ne, gt, gte, lt, lte, like"),
        ("count_n=many", "whole number"),
        ("count_n=9223372036854775808", "whole number"),
        ("dust_g=nan", "a number"),
        ("whole=yes", "true or false"),
        ("from=yesterday", "ISO 8601"),
        ("shelf_id=attic", "one of s1, s2, s3"),
        ("count_n__like=1", "for text"),
        ("count_n__gt=1&count_n__gt=2", "only equality takes several"),
        ("limit=1&limit=3", "limit is given 2 times"),
        ("count_n__gte=1_0", "a whole number"),
        ("limit=0", "1 to 100000"),
        ("limit=²", "1 to 100000"),
        ("fields=toy_id,seq", "no field 'seq'"),
        ("order=message_no", "no field 'message_no'"),
        ("order=toy_id,-toy_id", "twice"),
        ("after=abc", "cursor"),
        ("toy_id=%00", "NUL"),
        ("format=pdf", "json, geojson, csv"),
        ("as_of=2026-01-01T00:00:00Z", "no parameter 'as_of'"),
    ],
)
def test_what_is_not_taken_is_said_with_what_is(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"{ROWS}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("order", ["", "order=-dust_g", "order=whole,-longitude", "order=longitude"])
@pytest.mark.usefixtures("filled")
def test_pages_hold_every_row_once_in_order(client: TestClient, order: str) -> None:
    whole = client.get(f"{ROWS}?{order}").json()["data"]
    paged: list[Any] = []
    address: str | None = f"{ROWS}?{order}&limit=3"
    while address:
        answer = client.get(address)
        assert len(answer.json()["data"]) <= 3
        paged += answer.json()["data"]
        address = answer.json()["next"]
        assert (f'<{address}>; rel="next"' == answer.headers.get("link")) == (address is not None)
    assert paged == whole
    assert len(whole) == 10


def test_a_page_never_ends_between_rows_that_only_their_labels_tell_apart(client: TestClient, node: Node) -> None:
    deliver(node, sightings(2))
    deliver(node, sightings(2), labels=Labels(), source_id="another")
    first = client.get(f"{ROWS}?order=toy_id&limit=1").json()
    second = client.get(first["next"]).json()
    assert [len(first["data"]), len(second["data"]), second["next"]] == [2, 2, None]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "told",
    [
        ["x"],
        None,
        [["toy_id"], [1]],
        [["-seen_time", "toy_id"], [{}, "x"]],
        [["-seen_time", "toy_id"], ["never", "x"]],
        [["-seen_time", "toy_id"], [None]],
    ],
    ids=str,
)
def test_what_is_no_cursor_of_this_order_is_refused(client: TestClient, told: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
    assert client.get(f"{ROWS}?after={cursor}").status_code == 400


@pytest.mark.usefixtures("filled")
def test_json_gives_exact_times_and_json_as_json(client: TestClient) -> None:
    row = client.get(f"{ROWS}?toy_id=bear-001").json()["data"][0]
    assert row["seen_time"] == "2026-01-01T00:01:00.000250Z"
    assert row["notes"] == {"by": "Ä"}
    assert not {"seq", "message_no", "views"} & set(row)


@pytest.mark.usefixtures("filled")
def test_csv_is_as_rfc_4180_says(client: TestClient) -> None:
    answer = client.get("/api/v1/tables/toy_shelf", headers={"accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text == 'shelf_id,name_en,height_m\r\ns1,"Low, ""left""",0.5\r\ns2,Middle,1.0\r\ns3,High,\r\n'
    assert list(csv.reader(io.StringIO(answer.text)))[1][1] == 'Low, "left"'


@pytest.mark.usefixtures("filled")
def test_geojson_puts_longitude_first_and_no_geometry_where_there_is_no_place(client: TestClient) -> None:
    answer = client.get(f"{ROWS}?order=toy_id&limit=2&fields=toy_id", headers={"accept": "application/geo+json"})
    first, second = answer.json()["features"]
    assert first == {"type": "Feature", "geometry": None, "properties": {"toy_id": "bear-000"}}
    assert second["geometry"] == {"type": "Point", "coordinates": [76.1, 43.0]}


@pytest.mark.usefixtures("filled")
def test_parquet_carries_units_and_descriptions(client: TestClient) -> None:
    answer = client.get(f"{ROWS}?format=parquet")
    table = pq.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 10
    assert table.schema.field("dust_g").metadata == {b"unit": b"g", b"description": b"How dusty."}
    assert table.schema.field("seen_time").metadata[b"term"] == b"eventTime"


@pytest.mark.usefixtures("filled")
def test_ndjson_is_a_line_a_row(client: TestClient) -> None:
    lines = client.get(f"{ROWS}?format=ndjson").text.splitlines()
    assert [json.loads(line)["toy_id"] for line in lines][-1] == "bear-000"


@pytest.mark.parametrize(
    ("path", "accept", "given"),
    [
        (ROWS, "text/html, */*;q=0.1", "application/json"),
        (ROWS, "application/*;q=0.2, text/csv;q=0.1", "application/json"),
        (ROWS, "application/geo+json, application/json;q=0.9", "application/geo+json"),
        (ROWS, "application/json;q=0, */*", "application/geo+json"),
        (FIGURES, "application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        (FIGURES, "application/geo+json", None),
        (ROWS, "text/html", None),
    ],
)
def test_the_form_is_chosen_by_accept(client: TestClient, path: str, accept: str, given: str | None) -> None:
    answer = client.get(path, headers={"accept": accept})
    assert answer.status_code == (200 if given else 406)
    assert answer.headers["content-type"].partition(";")[0] == (given or "application/problem+json")


def test_a_figure_says_its_unit_n_interval_basis_and_method(client: TestClient, filled: Node) -> None:
    answer = client.get(f"{FIGURES}?shelf_id=s1").json()
    (figure,) = answer["data"]
    assert (figure["value"], figure["n"], figure["unit"], figure["basis"]) == (pytest.approx(0.54), 5, "g", "measured")
    assert figure["low"] < figure["value"] < figure["high"]
    assert client.get(figure["method"]).json()["method"] == "The mean of what was weighed."


def test_a_figure_below_its_least_n_is_withheld_and_says_why(client: TestClient, filled: Node) -> None:
    deliver(filled, [{**sightings(1)[0], "toy_id": "lone", "shelf_id": "s3"}])
    pipeline.follow(filled)
    (figure,) = client.get(f"{FIGURES}?shelf_id=s3").json()["data"]
    assert (figure["value"], figure["n"], figure["withheld"]) == (None, None, "n < 2")


def test_figures_are_paged_too(client: TestClient, filled: Node) -> None:
    first = client.get(f"{FIGURES}?limit=1").json()
    second = client.get(first["next"]).json()
    assert [first["data"][0]["shelf_id"], second["data"][0]["shelf_id"], second["next"]] == ["s1", "s2", None]


def test_a_moment_that_has_not_come_is_refused(client: TestClient) -> None:
    answer = client.get(f"{FIGURES}?as_of=2099-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "as_of")


@pytest.mark.parametrize(
    ("period", "given", "bound"),
    [
        pytest.param(MONTH, "2026-03", "2026-03", id="a month"),
        pytest.param(MONTH, "2026-03-01", "2026-03", id="a month's first day"),
        pytest.param(MONTH, "2026-03-14", "2026-04", id="a day within a month, which began before it"),
        pytest.param(MONTH, "2026-03-01T00:00:01Z", "2026-04", id="a moment within a month"),
        pytest.param(MONTH, "2026-12-02", "2027-01", id="a day of December"),
        pytest.param(MONTH, "2026", "2026-01", id="a year"),
        pytest.param(DAY, "1970-01-31", 30, id="a date as days"),
        pytest.param(DAY, "1970-01-31T00:00:00Z", 30, id="a day's first moment"),
        pytest.param(DAY, "1970-01-31T12:00:00Z", 31, id="a moment within a day, which began before it"),
        pytest.param(TEN, "2026-03-11", "2026-03-11", id="ten days"),
        pytest.param(TEN, "2026-03-11T00:00:01Z", "2026-03-12", id="a moment within ten days, which began before it"),
        pytest.param(TEN, "2026-03-21/P11D", "2026-03-21", id="ten days by their text"),
        pytest.param(YEAR, "2026", "2026", id="a year's first day"),
        pytest.param(YEAR, "2026-01-02", "2027", id="a day within a year, which began before it"),
        pytest.param(MONTH, "x", None, id="no date"),
        pytest.param(MONTH, "2026-13-01", None, id="no such month"),
        pytest.param(DAY, "2026-02-30", None, id="no such day"),
    ],
)
def test_a_span_is_given_in_dates_whatever_the_period(period: Field, given: str, bound: object) -> None:
    asking = Asking(fields={}, order=(), types={}, key=(), time=period)
    if bound is None:
        with pytest.raises(BadRequest):
            question([("from", given)], asking)
        return
    (filtered,) = question([("from", given)], asking).where
    assert (filtered.operator, filtered.value) == (">=", bound)


def test_as_of_shows_figures_as_they_stood(client: TestClient, filled: Node) -> None:
    moment = client.post("/api/v1/pin").json()["as_of"]
    then = client.get(FIGURES).json()["data"]
    assert isinstance(filled.clock, SetClock)
    filled.clock.at = filled.clock.at.replace(hour=3)
    deliver(filled, sightings(4, toy="late", dust_g=9.0))
    pipeline.follow(filled)
    now = client.get(FIGURES).json()["data"]
    stood = client.get(f"{FIGURES}?as_of={moment}").json()["data"]
    assert now[0]["value"] != then[0]["value"]
    assert [f["value"] for f in stood] == [f["value"] for f in then]
    assert now[0]["version"] == 2


def test_the_tag_is_of_the_content_and_not_of_the_moment(client: TestClient, filled: Node) -> None:
    tag = client.get(ROWS).headers["etag"]
    assert isinstance(filled.clock, SetClock)
    filled.clock.at = filled.clock.at.replace(hour=2)
    pipeline.follow(filled)
    again = client.get(ROWS, headers={"if-none-match": f'"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["birlik-watermark"] == "2026-01-01T02:01:00Z"
    deliver(filled, sightings(1, toy="new"))
    assert client.get(ROWS, headers={"if-none-match": tag}).status_code == 200


def test_large_answers_are_compressed_for_who_takes_it(client: TestClient, filled: Node) -> None:
    deliver(filled, sightings(40, toy="rabbit"))
    plain = client.get(ROWS, headers={"accept-encoding": "identity"})
    packed = client.get(ROWS, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()


def test_rows_that_a_reader_may_not_see_change_no_byte(tmp_path: Any) -> None:
    """The lead's two-worlds test covers every surface; this one holds this room to it."""
    reader = Principal(name="anyone", role=Role.READER, view=PUBLIC_VIEW)
    answers = []
    for hidden in (True, False):
        with opened(tmp_path / str(hidden)) as node:
            deliver(node, sightings(6), labels=PUBLIC)
            if hidden:
                deliver(node, sightings(9, toy="secret", dust_g=7.0), labels=Labels(), source_id="secret")
            assert isinstance(node.clock, SetClock)
            node.clock.at = node.clock.at.replace(minute=5)
            pipeline.follow(node)
            with calling(node, authenticate=lambda request: reader) as client:
                paths = [ROWS, f"{ROWS}?limit=2", f"{ROWS}?format=parquet", FIGURES, "/api/v1/sources", "/api/v1/node"]
                paths += ["/api/v1/tables/toy_dusty", "/api/v1/tables/birlik_message", "/api/v1/quarantine", "/health"]
                got = [client.get(path) for path in paths]
                assert all(answer.status_code == 200 for answer in got)
                answers.append([(a.content, sorted(a.headers.items())) for a in got])
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("query", "months"),
    [
        ("from=2026-02", [2, 3]),
        ("from=2026-01-15", [2, 3]),
        ("to=2026-03", [1, 2]),
        ("to=2026-03-15", [1, 2, 3]),
        ("from=2026-01-02&to=2026-02-02", [2]),
    ],
)
def test_a_period_is_within_from_and_to_by_its_begin(query: str, months: list[int]) -> None:
    """As the document says: `a period that begins before from is left out`."""
    asking = Asking(fields={}, order=(), types={}, key=(), time=MONTH)
    where = question([tuple(part.split("=")) for part in query.split("&")], asking).where  # type: ignore[misc]
    holds = {">=": str.__ge__, "<": str.__lt__}
    names = [f"2026-{month:02}" for month in (1, 2, 3)]
    assert [int(n[-2:]) for n in names if all(holds[w.operator](n, w.value) for w in where)] == months
