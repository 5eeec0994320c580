"""Rows by words over HTTP: ranked, marked, narrowed, in pages; suggestions; what is refused."""

import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import HERE
from tests.support.aviary import AVIARY, BIRD, MEDIA_TYPE, change, changes
from tests.support.claims import CLAIMS
from tests.support.nodes import FOR_MEMBERS, delivery, follow, opened

from birlik.apps.api.app import create_app
from birlik.kernel import pipeline
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.service import Service

SEARCH = "/api/v1/search"
NAMES = ("Aq Qaz", "Qara qazdar", "Sary Tyrna", "Qaz ben tyrna")


@pytest.fixture
def client(tmp_path):
    with opened(tmp_path / "node", declared=(AVIARY, CLAIMS), follow_every_s=3600) as node:
        kinds = ("crane", "owl", "crane", "owl")
        told = enumerate(zip(NAMES, kinds, strict=True))
        birds = [change(BIRD, bird_id=f"b{i}", name=name, species=kind) for i, (name, kind) in told]
        pipeline.take(node, [delivery(changes(birds), node, media_type=MEDIA_TYPE, labels=FOR_MEMBERS)])
        follow(node)
        app = create_app(Service(node), start=True)
        with TestClient(app, base_url="http://127.0.0.1:8080", client=HERE) as made:
            yield made


def get(client, **query):
    answer = client.get(SEARCH, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_found_says_where_it_stands_and_where_the_words_are(client):
    first = get(client, q="qaz")["data"][0]
    assert (first["table"], first["key"]) == (BIRD.name, {"bird_id": "b0"})
    assert first["row"] == "/api/v1/tables/aviary_bird/rows/b0"
    title = first["title"]
    assert [title["text"][a:b] for a, b in title["marks"]] == ["Qaz"]
    assert client.get(first["row"]).json()["data"]["name"] == title["text"]


def test_how_many_there_are_stands_beside_with_the_facets(client):
    found = get(client, q="qaz")
    assert (found["n"], found["n_is"], found["cut"], found["making"]) == (3, "exactly", False, [])
    assert found["facets"] == {"species": {"owl": 2, "crane": 1}}
    assert found["tables"] == {BIRD.name: 3}
    assert [hit["score"] for hit in found["data"]] == sorted((hit["score"] for hit in found["data"]), reverse=True)


def test_a_facet_narrows_and_may_have_several_values(client):
    assert get(client, q="qaz", species="crane")["n"] == 1
    assert get(client, q="qaz", species=["crane", "owl"])["n"] == 3
    assert get(client, q="qaz", table="claims_claim")["n"] == 0


def test_pages_lead_to_the_next(client):
    first = get(client, q="qaz", limit=2)
    assert (len(first["data"]), first["n"]) == (2, 3)
    second = client.get(first["next"]).json()
    assert (len(second["data"]), second["next"]) == (1, None)
    assert {hit["key"]["bird_id"] for hit in first["data"] + second["data"]} == {"b0", "b1", "b3"}


def test_a_text_that_is_being_written_is_completed(client):
    told = client.get(f"{SEARCH}/suggest", params={"q": "ty"}).json()["data"]
    assert {each["text"] for each in told} == {"Sary Tyrna", "Qaz ben tyrna"}
    assert client.get(f"{SEARCH}/suggest", params={"q": "qaz ty"}).json()["data"][0]["text"] == "Qaz ben tyrna"


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        pytest.param({}, 400, "say in q", id="nothing to look for"),
        pytest.param({"q": "x", "colour": "red"}, 400, "no parameter 'colour'", id="no facet"),
        pytest.param({"q": "x", "limit": "0"}, 400, "limit is a number from 1", id="no rows at all"),
        pytest.param({"q": "x", "limit": "1e9"}, 400, "limit is a number", id="no number"),
        pytest.param({"q": "x", "after": "-1"}, 400, "after is a number", id="before the first"),
        pytest.param({"q": "x", "table": "aviary_cage"}, 404, "no table 'aviary_cage' is searched", id="no such table"),
    ],
)
def test_what_cant_be_asked_is_told(client, query, status, said):
    for address in (SEARCH, f"{SEARCH}/suggest"):
        answer = client.get(address, params=query)
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True)


def test_who_looks_among_rows_marked_red_has_a_line(tmp_path):
    with opened(tmp_path / "red", declared=(AVIARY,), follow_every_s=3600) as node:
        red = Labels(marking=Marking.RED)
        secret = changes([change(BIRD, bird_id="b1", name="Qaz")])
        pipeline.take(node, [delivery(secret, node, media_type=MEDIA_TYPE, labels=red)])
        follow(node)
        with TestClient(create_app(Service(node), start=True), base_url="http://127.0.0.1:8080", client=HERE) as made:
            assert get(made, q="qaz")["n"] == 1
            lines = made.get("/api/v1/audit", params={"act": "red_read"}).json()["data"]
    assert [line["on"] for line in lines] == [f"{SEARCH}?q=qaz"]
