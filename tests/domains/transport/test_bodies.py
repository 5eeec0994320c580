"""The bodies that suppliers send are described, and what is given as an example is taken as it stands."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import jsonschema_rs
import orjson
import pytest
from starlette.testclient import TestClient
from tests.support.nodes import opened

from birlik.apps.api.app import create_app
from birlik.kernel.service import Service

SENDING = ("post", "put", "patch")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with opened(tmp_path_factory.mktemp("bodies") / "node", declared=None) as node:
        app = create_app(Service(node), start=True)
        with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)) as client:
            yield client


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for media, said in operation.get("requestBody", {}).get("content", {}).items():
                yield path, method, media, said


def test_every_body_that_is_sent_has_its_schema(client: TestClient) -> None:
    found = list(bodies(client.get("/openapi.json").json()))
    assert {"/osmand", "/epcis/v2/capture", "/epcis/v2/events", "/api/v1/deliveries"} <= {path for path, *_ in found}
    assert [(path, media) for path, _, media, said in found if not said.get("schema")] == []


def test_every_example_fits_its_schema_and_is_taken(client: TestClient) -> None:
    tried = 0
    for path, method, media, said in bodies(client.get("/openapi.json").json()):
        if "example" not in said:
            continue
        jsonschema_rs.validate(said["schema"], said["example"])
        is_form = media == "application/x-www-form-urlencoded"
        content = urlencode(said["example"]).encode() if is_form else orjson.dumps(said["example"])
        answer = client.request(method, path, content=content, headers={"content-type": media})
        # One event of the examples is the other's: what is there already is told by 409.
        assert answer.is_success or answer.status_code == 409, (path, media, answer.text)
        assert b"quarantined" not in answer.content, (path, media, answer.text)
        tried += 1
    assert tried >= 6
