"""A protocol's own filter language compiles to the kernel's query, and sees what its reader sees."""

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.support.aviary import BIRD, CAGE, MEDIA_TYPE, change, changes
from tests.support.deep import DEEP_AVIARY
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, opened, principal

from birlik.apps.serve import application
from birlik.kernel import pipeline
from birlik.kernel.service import Service


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tongue") / "node"
    with opened(folder, declared=(DEEP_AVIARY,), follow_every_s=3600) as node:
        for labels, told in (
            (FOR_MEMBERS, [change(CAGE, cage_id="c1", name="north", area_m2=4.5)]),
            (HIDDEN, [change(CAGE, cage_id="c2", name="o'south", area_m2=9.0)]),
            (FOR_MEMBERS, [change(BIRD, bird_id="b1", name="Bek", species="owl", cage_id="c1")]),
            (FOR_MEMBERS, [change(BIRD, bird_id="b2", name="Aru", species="crane")]),
            (HIDDEN, [change(BIRD, bird_id="b3", name="Kok", species="owl", cage_id="c2")]),
        ):
            pipeline.take(node, [delivery(changes(told), node, media_type=MEDIA_TYPE, labels=labels)])

        def authenticate(request: Request):
            return principal(node, request.headers.get("x-view", "own"))

        app = application(Service(node), authenticate=authenticate)
        yield TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))


def asked(client, text, view="own"):
    answer = client.get("/aviary/v1/birds", params={"$filter": text}, headers={"x-view": view})
    return [row["@id"] for row in answer.json()["value"]] if answer.status_code == 200 else answer


@pytest.mark.parametrize(
    ("text", "own", "members"),
    [
        ("species eq 'owl'", ["b1", "b3"], ["b1"]),
        ("species eq 'owl' and not cage_id/name eq 'north'", ["b3"], []),
        ("cage_id/area_m2 gt 4.2", ["b1", "b3"], ["b1"]),
        ("cage_id/name eq 'o''south' or species eq 'crane'", ["b2", "b3"], ["b2"]),
        ("not has(cage_id)", ["b2"], ["b2"]),
        ("(species eq 'owl' or species eq 'crane') and name lt 'Bek'", ["b2"], ["b2"]),
    ],
)
def test_it_is_asked_of_what_the_reader_sees(client, text, own, members):
    assert (asked(client, text), asked(client, text, "members")) == (own, members)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("species eq", "ends too early"),
        ("species like 'owl'", "none of eq"),
        ("(species eq 'owl'", "')' is missing"),
        ("species eq 'owl' name", "where it ends"),
        ("; DROP TABLE birds", "no word"),
    ],
)
def test_what_is_no_sentence_is_refused_in_one(client, text, said):
    answer = asked(client, text)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True)
