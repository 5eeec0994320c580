"""A slip is told from nothing: what no register has is refused, what it has and nobody saw is empty."""

import orjson
from starlette.testclient import TestClient
from tests.apps.api.conftest import calling

from birlik.kernel import pipeline
from birlik.kernel.domain import Delivery
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import PUBLIC as PUBLIC_VIEW
from birlik.kernel.policy import Labels, Principal
from birlik.kernel.registers import ROWS

FIGURES = "/api/v1/indicators/mean_dust_g"
SECRET = {"shelf_id": "s1-secret", "name_en": "Hidden", "height_m": 1.0}


def test_a_value_that_no_register_has_is_refused_with_the_nearest(client: TestClient, filled: Node) -> None:
    answer = client.get(f"{FIGURES}?shelf_id=ss3")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "shelf_id")
    assert "did you mean s3" in answer.json()["detail"]
    assert "/api/v1/tables/toy_shelf names all" in answer.json()["detail"]


def test_a_value_that_is_known_and_has_no_rows_is_an_empty_answer(client: TestClient, filled: Node) -> None:
    assert client.get(f"{FIGURES}?shelf_id=s3").json()["data"] == []
    assert len(client.get(f"{FIGURES}?shelf_id__ne=s3").json()["data"]) == 2


def test_what_another_reader_put_into_a_register_is_a_slip_to_who_does_not_see_it(filled: Node) -> None:
    anyone = Principal(name="anyone", role=Role.READER, view=PUBLIC_VIEW)
    hidden = Delivery(
        body=orjson.dumps({"table": "toy_shelf", "rows": [SECRET]}),
        media_type=ROWS,
        source_id="steward",
        received_time=filled.clock.now(),
        labels=Labels(),
    )
    assert pipeline.take(filled, [hidden])[0].accepted == 1
    with calling(filled) as own:
        assert own.get(f"{FIGURES}?shelf_id=s1-secret").json()["data"] == []
    with calling(filled, authenticate=lambda request: anyone) as public:
        secret, slip = (public.get(f"{FIGURES}?shelf_id={name}") for name in ("s1-secret", "s1-secreX"))
        assert secret.status_code == slip.status_code == 400
        assert secret.json()["detail"] == slip.json()["detail"].replace("s1-secreX", "s1-secret")
