"""`filter=`: expressions in CQL2 text and JSON (OGC 21-065r2), by HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import calling, deliver, opened, sightings
from tests.apps.api.toy import INTAKE

from birlik.kernel.filtering import read
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import PUBLIC as PUBLIC_VIEW
from birlik.kernel.policy import Labels, Principal

ROWS = "/api/v1/tables/toy_sighting"
EVERY = list(range(10))


def asked(client: TestClient, expression: object, **more: object) -> list[int]:
    text = expression if isinstance(expression, str) else json.dumps(expression)
    language = {} if isinstance(expression, str) else {"filter-lang": "cql2-json"}
    answer = client.get(ROWS, params={"filter": text, "order": "toy_id", **language, **more})
    assert answer.status_code == 200, answer.text
    return [int(row["toy_id"].removeprefix("bear-")) for row in answer.json()["data"]]


def refused(client: TestClient, text: str, language: str = "cql2-text") -> str:
    answer = client.get(ROWS, params={"filter": text, "filter-lang": language})
    assert answer.status_code == 400, answer.text
    assert answer.json()["parameter"] in ("filter", "filter-lang")
    return str(answer.json()["detail"])


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("expression", "found"),
    [
        # 21-065r2, 7.4 comparisons and 6.5 boolean expressions
        ("count_n = 3", [3]),
        ("count_n <> 3", [0, 1, 2, 4, 5, 6, 7, 8, 9]),
        ("count_n > 7 OR count_n <= 1", [0, 1, 8, 9]),
        ("NOT (count_n > 1 AND whole = true)", [0, 1, 2, 4, 5, 7, 8]),
        ("whole", [0, 3, 6, 9]),
        ("NOT whole AND count_n < 3", [1, 2]),
        ("longitude IS NULL", [0]),
        ("longitude IS NOT NULL AND count_n < 2", [1]),
        ("longitude > 0", EVERY[1:]),
        ("NOT longitude > 0", []),
        # 7.5 advanced comparisons
        ("toy_id LIKE 'bear-00_' AND toy_id LIKE '%3'", [3]),
        ("toy_id NOT LIKE '%-00_'", []),
        (r"toy_id LIKE 'bear\_%'", []),
        ("count_n BETWEEN 2 AND 4", [2, 3, 4]),
        ("count_n NOT BETWEEN 2 AND 8", [0, 1, 9]),
        ("toy_id IN ('bear-001', 'bear-007')", [1, 7]),
        ("count_n NOT IN (0, 1, 2, 3, 4, 5, 6, 7)", [8, 9]),
        # 7.6 and 7.7: case and accents
        ("CASEI(toy_id) = CASEI('BEAR-003')", [3]),
        ("CASEI(toy_id) LIKE casei('BEAR-00%') AND count_n = 4", [4]),
        ("ACCENTI(notes) LIKE '%\"A\"%' AND count_n < 3", [1, 2]),
        # 7.8 and 7.9: space
        ("S_INTERSECTS(geometry, BBOX(76.2, 42, 76.4, 44))", [2, 3, 4]),
        ("S_INTERSECTS(geometry, POLYGON((76 42, 76.55 43.01, 76 44, 76 42)))", [1, 2, 3, 4, 5]),
        ("S_WITHIN(geometry, POLYGON((76.15 42, 76.15 44, 76.35 44, 76.35 42, 76.15 42)))", [2, 3]),
        ("S_DISJOINT(geometry, BBOX(76.2, 42, 77, 44))", [1]),
        ("S_EQUALS(geometry, POINT(76.5 43))", [5]),
        ("NOT S_INTERSECTS(geometry, BBOX(76.2, 42, 76.8, 44))", [1, 9]),
        ("S_CONTAINS(POLYGON((76.15 42, 76.15 44, 76.35 44, 76.35 42, 76.15 42)), geometry)", [2, 3]),
        # 7.10 and 7.11: time
        ("seen_time >= TIMESTAMP('2026-01-01T00:08:00Z')", [8, 9]),
        ("T_AFTER(seen_time, TIMESTAMP('2026-01-01T00:08:00Z'))", [8, 9]),
        ("T_BEFORE(seen_time, TIMESTAMP('2026-01-01T00:01:00Z'))", [0]),
        ("T_DURING(seen_time, INTERVAL('2026-01-01T00:02:00Z', '2026-01-01T00:04:00Z'))", [2, 3]),
        ("T_INTERSECTS(seen_time, INTERVAL('..', '2026-01-01T00:02:00Z'))", [0, 1]),
        # 7.14: arithmetic
        ("count_n * 2 + 1 = 7", [3]),
        ("count_n = 1 + 2 * 2", [5]),
    ],
)
def test_an_expression_in_text_finds_what_it_says(client: TestClient, expression: str, found: list[int]) -> None:
    assert asked(client, expression) == found


PLACE = {"property": "geometry"}
COUNT = {"property": "count_n"}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ({"op": "=", "args": [COUNT, 3]}, [3]),
        ({"op": "and", "args": [{"op": ">", "args": [COUNT, 2]}, {"op": "<", "args": [COUNT, 5]}]}, [3, 4]),
        ({"op": "not", "args": [{"op": "isNull", "args": [{"property": "longitude"}]}]}, EVERY[1:]),
        ({"op": "in", "args": [COUNT, [1, 2]]}, [1, 2]),
        ({"op": "between", "args": [COUNT, 8, 20]}, [8, 9]),
        ({"op": "s_intersects", "args": [PLACE, {"bbox": [76.2, 42, 76.4, 44]}]}, [2, 3, 4]),
        ({"op": "s_within", "args": [PLACE, {"type": "Point", "coordinates": [76.5, 43]}]}, [5]),
        ({"op": ">", "args": [{"property": "seen_time"}, {"timestamp": "2026-01-01T00:08:30Z"}]}, [9]),
    ],
)
def test_an_expression_in_json_finds_what_it_says(client: TestClient, expression: object, found: list[int]) -> None:
    assert asked(client, expression) == found


@pytest.mark.usefixtures("filled")
def test_an_expression_and_the_plain_filters_hold_together(client: TestClient) -> None:
    assert asked(client, "count_n < 5 OR count_n = 9", shelf_id="s2") == [1, 3, 9]


@pytest.mark.usefixtures("filled")
def test_pages_of_an_exact_shape_are_cut_after_the_shape(client: TestClient) -> None:
    shape = "S_INTERSECTS(geometry, POLYGON((76 42, 76.55 43.01, 76 44, 76 42)))"
    found: list[str] = []
    answer = client.get(ROWS, params={"filter": shape, "order": "toy_id", "limit": 2}).json()
    while True:
        assert len(answer["data"]) == 2 or answer["next"] is None
        found += [row["toy_id"] for row in answer["data"]]
        if answer["next"] is None:
            break
        answer = client.get(answer["next"]).json()
    assert found == [f"bear-{i:03}" for i in range(1, 6)]


@pytest.mark.usefixtures("filled")
def test_a_file_has_the_rows_that_the_page_has(client: TestClient) -> None:
    answer = client.get(ROWS, params={"filter": "count_n > 7", "format": "csv", "fields": "toy_id"})
    assert sorted(answer.text.split()[1:]) == ["bear-008", "bear-009"]


@pytest.mark.usefixtures("filled")
def test_figures_are_filtered_too(client: TestClient) -> None:
    answer = client.get("/api/v1/indicators/mean_dust_g", params={"filter": "shelf_id = 's1' OR value > 1000"})
    assert [row["shelf_id"] for row in answer.json()["data"]] == ["s1"]
    answer = client.get("/api/v1/indicators/mean_dust_g", params={"filter": "shelf_id.name_en = 'Middle'"})
    assert [row["shelf_id"] for row in answer.json()["data"]] == ["s2"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("count_m = 3", "no field 'count_m'; did you mean count_n?"),
        ("views = 1", "no field 'views'"),
        ("count_n = 'three'", "count_n is a number, and 'three' is text"),
        ("seen_time > '2026-01-01'", "seen_time is a time, TIMESTAMP('2026-03-01T12:00:00Z')"),
        ("toy_id.name = 'x'", "toy_id leads to no other row"),
        ("shelf_id = 'S1'", "shelf_id is one of s1, s2, s3"),
        ("count_n", "it has to be true or false"),
        ("count_n = NULL", "write IS NULL"),
        ("count_n = = 3", "this is no CQL2 at line 1, character 11"),
        ("count_n = 3)", "a bracket is closed"),
        ("(count_n = 3", "a bracket is opened"),
        ("soundex(toy_id) = 'x'", "no function 'soundex'"),
        ("pg_sleep(9) = 1", "no function 'pg_sleep'"),
        ("count_n + toy_id = 1", "+ takes a number, and toy_id is text"),
        ("toy_id LIKE 'a\\'", "can't end with a single"),
        ("S_INTERSECTS(toy_id, BBOX(1,2,3,4))", "takes geometry"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "rings may not cross themselves"),
        ("S_INTERSECTS(geometry, BBOX(500, 2, 3, 4))", "in degrees"),
        ("T_AFTER(seen_time, TIMESTAMP('soon'))", "a time is like"),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(client: TestClient, text: str, words: str) -> None:
    assert words in refused(client, text)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "text",
    [
        "toy_id = 'x'' OR 1=1 --'",
        "toy_id = '\"; DROP TABLE toy_sighting; --'",
        "toy_id = ')) OR TRUE OR ((1=1'",
        "CASEI(toy_id) IN (CASEI(''') UNION SELECT 1 --'))",
        "toy_id LIKE '%'' OR ''1''=''1'",
    ],
)
def test_a_value_is_never_sql(client: TestClient, text: str) -> None:
    assert asked(client, text) == []
    assert asked(client, "count_n >= 0") == EVERY


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "name", ['toy_id" IS NULL OR 1=1 OR "toy_id', "views", "seq", "toy_id) OR (1=1", "birlik_state", "t.views"]
)
def test_a_name_is_never_sql(client: TestClient, name: str) -> None:
    told = json.dumps({"op": "isNull", "args": [{"property": name}]})
    assert "no field" in refused(client, told, "cql2-json") or "leads to no" in refused(client, told, "cql2-json")
    called = json.dumps({"op": name, "args": [{"property": "toy_id"}]})
    assert "no function" in refused(client, called, "cql2-json")


HUGE = {
    "brackets": "(" * 1_900 + "count_n=1" + ")" * 1_900,
    "brackets in values": "(count_n=(" * 300 + "1" + "))" * 300,
    "brackets that stay open": "(" * 40,
    "brackets that hold nothing": "(" * 14 + "count_n=1 x" + ")" * 14,
    "signs": "count_n=" + "-" * 3_900 + "1",
    "denials": "NOT " * 900 + "whole",
    "powers": "count_n=" + "^".join("1" * 1_000),
    "sums": "count_n=" + "+".join("1" * 1_000),
    "terms": " AND ".join(["whole"] * 501),
    "length": "toy_id='" + "x" * 5_000 + "'",
}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_what_is_too_deep_or_too_large_is_refused_and_the_node_goes_on(client: TestClient, text: str) -> None:
    assert len(refused(client, text)) < 300
    assert asked(client, "count_n = 1") == [1]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("depth", [41, 400, 1_100])
def test_deep_json_is_refused(client: TestClient, depth: int) -> None:
    refused(client, '{"op":"not","args":[' * depth + "true" + "]}" * depth, "cql2-json")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "text", ["[]", "3", '{"op":"="}', '{"op":"in","args":[1,2]}', '{"op":"=","args":[[1],2]}', "{"]
)
def test_json_that_is_no_expression_is_refused(client: TestClient, text: str) -> None:
    refused(client, text, "cql2-json")


def test_a_language_that_is_not_ours_is_named(client: TestClient) -> None:
    assert "cql2-text, cql2-json" in refused(client, "count_n = 1", "ecql")


@pytest.mark.parametrize("n", [2**53 + 1, 2**63, -(2**63), 10**30])
def test_a_number_of_any_size_is_taken_in_json(client: TestClient, n: int) -> None:
    assert asked(client, {"op": "=", "args": [COUNT, n]}) == []


def test_the_same_said_in_text_and_in_json_is_the_same_expression() -> None:
    told = {
        "op": "or",
        "args": [{"op": "<", "args": [COUNT, 2]}, {"op": "like", "args": [{"property": "toy_id"}, "x%"]}],
    }
    assert read("count_n < 2 OR toy_id LIKE 'x%'") == read(json.dumps(told), "cql2-json")


# --- a budget -------------------------------------------------------------------------------------------------


LONG = '{"by": "' + "Ä" * 800 + '"}'
# Seconds of work over LONG on any machine. The engine looks up between vectors of 2,048 rows only: several are needed.
SLOW = " OR ".join(f"ACCENTI(CASEI(ACCENTI(notes))) LIKE '%{i}%x%'" for i in range(6))


def test_texts_made_of_texts_are_few(client: TestClient) -> None:
    many = " OR ".join(f"CASEI(notes) LIKE '{i}%'" for i in range(21))
    assert "more than 20 times" in refused(client, many)


def lengthy(n: int, toy: str) -> list[dict[str, object]]:
    return [{**row, "notes": LONG} for row in sightings(n, toy=toy)]


def test_an_expression_that_takes_too_long_is_ended_and_said(tmp_path: Path) -> None:
    with opened(tmp_path / "node", query_s=0.001, file_query_s=0.001) as node, calling(node) as client:
        for i in range(5):
            deliver(node, lengthy(1_400, f"bear{i}"))
        for form in ("json", "csv"):
            answer = client.get(ROWS, params={"filter": SLOW, "format": form})
            assert answer.status_code == 400, form
            assert answer.json()["kind"] == "TooCostly"
            assert "ask for less" in answer.json()["detail"]
        assert client.get(ROWS).status_code == 200, "who gives no expression has no such bound"


def test_hidden_rows_are_found_by_no_expression(node: Node) -> None:
    deliver(node, sightings(4), labels=Labels())
    deliver(node, sightings(2, toy="doll"))
    for view, found in ((PUBLIC_VIEW, 2), (0, 6)):
        reader = node.reader(Principal(name="x", role=Role.READER, view=view))
        for text in ("NOT (toy_id = 'x')", "toy_id IS NOT NULL", "count_n = 1 OR count_n <> 1"):
            assert reader.count("toy_sighting", where=[read(text)]) == found


def test_slow_expressions_of_many_readers_leave_intake_its_way(tmp_path: Path) -> None:
    with opened(tmp_path / "node", query_s=1) as node, calling(node) as client:
        for i in range(20):
            deliver(node, lengthy(1_400, f"bear{i}"))
        with ThreadPoolExecutor(8) as pool:
            slow = [pool.submit(client.get, ROWS, params={"filter": SLOW}) for _ in range(8)]
            taken = 0
            while not any(each.done() for each in slow):
                body = json.dumps(sightings(1, toy=f"doll{taken}")).encode()
                answer = client.post("/api/v1/deliveries", content=body, headers={"content-type": INTAKE.media_type})
                assert answer.status_code in (200, 201, 202), answer.text
                taken += 1
            answers = [each.result() for each in slow]
        assert {answer.json()["kind"] for answer in answers} == {"TooCostly"}
        assert taken >= 3
        assert client.get(ROWS, params={"filter": "toy_id LIKE 'doll%'"}).json()["data"]
