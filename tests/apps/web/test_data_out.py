"""What leaves a node with real declarations: days, ids, fences and edges, in every form, in and out."""

import csv
import io
import json
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

EPISODES = "/api/v1/tables/transport_crossing_episode"
MOVEMENTS = "/api/v1/tables/transport_movement"


def test_the_documented_download_of_all_episodes_has_all_of_them(pages: TestClient) -> None:
    whole = pq.read_table(io.BytesIO(pages.get(f"{EPISODES}?format=parquet").content))
    n, address = 0, f"{EPISODES}?limit=500&fields=object_id"
    while address:
        page = pages.get(address).json()
        n, address = n + len(page["data"]), page["next"]
    assert whole.num_rows == n > 500


def test_a_days_column_is_dates_out_and_takes_dates_in(pages: TestClient) -> None:
    address = f"{EPISODES}?status=finished&fields=exit_day,exit_time&limit=1"
    (row,) = pages.get(address).json()["data"]
    day = row["exit_day"]
    # On the clock of the place, which is ahead of UTC or behind it.
    assert abs(date.fromisoformat(day) - date.fromisoformat(row["exit_time"][:10])) <= timedelta(days=1)
    for form in ("json", "csv", "ndjson"):
        assert day in pages.get(f"{address}&format={form}").text
    schema = pq.read_schema(io.BytesIO(pages.get(f"{EPISODES}?format=parquet").content))
    assert schema.field("exit_day").type == pa.date32()
    same = pages.get(f"{EPISODES}?exit_day={day}&fields=exit_day").json()["data"]
    assert {r["exit_day"] for r in same} == {day}
    later = pages.get(f"/api/v1/indicators/tfi1_day?from={day}&fields=exit_day").json()["data"]
    assert min(r["exit_day"] for r in later) == day
    assert pages.get(f"{EPISODES}?exit_day=yesterday").json()["detail"].startswith("exit_day is a date such as")


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "parquet", "geojson"])
def test_an_id_that_a_double_can_not_hold_is_text(pages: TestClient, form: str) -> None:
    content = pages.get(f"{MOVEMENTS}?format={form}&limit=3&fields=object_id,object_key").content
    read = {
        "json": lambda: json.loads(content)["data"],
        "ndjson": lambda: [json.loads(line) for line in content.splitlines()],
        "csv": lambda: list(csv.DictReader(io.StringIO(content.decode()))),
        "parquet": lambda: pq.read_table(io.BytesIO(content)).to_pylist(),
        "geojson": lambda: [feature["properties"] for feature in json.loads(content)["features"]],
    }
    keys = [row["object_key"] for row in read[form]()]
    assert all(isinstance(key, str) and key.isdigit() for key in keys)
    same = pages.get(f"{MOVEMENTS}?object_key={keys[0]}&fields=object_key&limit=1").json()["data"]
    assert same == [{"object_key": keys[0]}]


def test_fences_are_drawn_as_polygons_and_edges_as_lines(pages: TestClient) -> None:
    fences = pages.get("/api/v1/tables/transport_geofence?format=geojson").json()["features"]
    assert fences
    assert {f["geometry"]["type"] for f in fences} <= {"Polygon", "MultiPolygon", "Point"}
    polygon = next(f for f in fences if f["geometry"]["type"] == "Polygon")
    ring = polygon["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    edges = pages.get("/api/v1/tables/transport_edge?format=geojson&fields=length_km").json()
    assert {f["geometry"]["type"] for f in edges["features"]} == {"LineString"}
    assert set(edges["features"][0]["properties"]) == {"length_km"}
    assert edges["about"]["member"] == "KAZ"


def test_a_circle_is_as_far_from_its_middle_as_the_register_says(pages: TestClient) -> None:
    import math

    fences = pages.get("/api/v1/tables/transport_geofence?format=geojson").json()["features"]
    places = {p["place_id"]: p for p in pages.get("/api/v1/tables/transport_place").json()["data"]}
    circles = [f for f in fences if f["properties"]["radius_m"] and f["geometry"]["type"] == "Polygon"]
    assert circles
    for fence in circles[:20]:
        place = places[fence["properties"]["place_id"]]
        for x, y in fence["geometry"]["coordinates"][0]:
            north = math.radians(y - place["latitude"]) * 6_371_008.8
            east = math.radians(x - place["longitude"]) * 6_371_008.8 * math.cos(math.radians(place["latitude"]))
            assert math.hypot(north, east) == pytest.approx(fence["properties"]["radius_m"], rel=0.01)


@pytest.mark.parametrize("path", ["/api/v1/indicators/tfi1", EPISODES])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_crossing_that_nobody_knows_is_refused_with_the_nearest(pages: TestClient, path: str, form: str) -> None:
    answer = pages.get(f"{path}?crossing_id=kz-nurzholi--cn-khorgos--road&format={form}")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "crossing_id")
    assert "did you mean kz-nurzholy--cn-khorgos--road" in answer.json()["detail"]
    several = pages.get(f"{path}?crossing_id=kz-nurzholy--cn-khorgos--road&crossing_id=nowhere&format={form}")
    assert "'nowhere' is not known" in several.json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/indicators/tfi1", EPISODES])
def test_a_crossing_that_is_known_and_was_never_used_is_an_empty_answer(pages: TestClient, path: str) -> None:
    quiet = "kz-tazhen--uz-dautota--road"
    answer = pages.get(f"{path}?crossing_id={quiet}")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert pages.get(f"{path}?crossing_id={quiet}&format=csv").text.count("\r\n") == 1


def test_a_word_that_is_not_in_the_vocabulary_is_refused_with_the_nearest(pages: TestClient) -> None:
    answer = pages.get("/api/v1/indicators/tfi1?mode=rood")
    assert answer.status_code == 400
    assert "did you mean road?" in answer.json()["detail"]
