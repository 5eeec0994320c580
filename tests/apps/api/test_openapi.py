"""The OpenAPI document names what there is, and what is there answers as it says."""

import pytest
from starlette.testclient import TestClient

from birlik.apps.api.catalogue import OPERATIONS

METHODS = ("get", "post", "put")


@pytest.fixture
def document(client: TestClient) -> dict[str, dict[str, dict[str, object]]]:
    answer = client.get("/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"
    found: dict[str, dict[str, dict[str, object]]] = answer.json()["paths"]
    return found


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/tables/toy_sighting", {"get"}),
        ("/api/v1/tables/toy_shelf", {"get"}),
        ("/api/v1/tables/toy_dusty", {"get"}),
        ("/api/v1/tables/birlik_message", {"get"}),
        ("/api/v1/indicators/mean_dust_g", {"get"}),
        ("/api/v1/quarantine", {"get"}),
        ("/api/v1/alerts", {"get"}),
        ("/api/v1/deliveries", {"post"}),
        ("/toys/see/{room}", {"get", "post"}),
        ("/health", {"get"}),
    ],
)
def test_all_that_is_declared_is_in_it(document: dict[str, dict[str, object]], path: str, methods: set[str]) -> None:
    assert set(document[path]) == methods


def test_operation_ids_are_told_apart(document: dict[str, dict[str, dict[str, object]]]) -> None:
    ids = [operation["operationId"] for methods in document.values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    assert len({(o.method, o.path) for o in OPERATIONS}) == len(OPERATIONS)


def test_each_filter_that_it_names_is_taken(client: TestClient) -> None:
    document = client.get("/openapi.json").json()["paths"]
    values = {"integer": "1", "number": "1.5", "boolean": "true", "string": "x", "array": "s1", None: "x"}
    for parameter in document["/api/v1/tables/toy_sighting"]["get"]["parameters"]:
        schema = parameter["schema"]
        schema = schema.get("items", schema)
        value = {"date-time": "2026-01-01T00:00:00Z"}.get(schema.get("format", ""), values[schema.get("type")])
        value = schema["enum"][0] if "enum" in schema else value
        special = {
            "fields": "toy_id",
            "order": "-toy_id",
            "format": "csv",
            "shelf_id": "s1",
            "after": None,
            "filter": "whole",
        }
        value = special.get(parameter["name"], value)
        if value is not None:
            answer = client.get("/api/v1/tables/toy_sighting", params={parameter["name"]: value})
            assert answer.status_code == 200, (parameter["name"], answer.text)


def test_a_head_is_a_get_without_its_body(client: TestClient) -> None:
    answer = client.head("/api/v1/tables/toy_shelf")
    assert answer.status_code == 200
    assert "etag" in answer.headers


def test_what_an_operator_puts_into_a_register_is_described_by_its_own_fields(document) -> None:
    body = document["/api/v1/registers/toy_shelf/rows"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    row = body["properties"]["rows"]["items"]
    assert (row["required"], set(row["properties"])) == (["shelf_id", "name_en"], {"shelf_id", "name_en", "height_m"})
    assert row["properties"]["height_m"]["description"] == "Its height. [m]"


def test_what_a_file_may_be_is_said_with_how_it_is_sent(document) -> None:
    said = document["/api/v1/deliveries"]["post"]["description"]
    assert "`sightings` (application/vnd.toy+json): Sightings as JSON. `curl …`" in said
