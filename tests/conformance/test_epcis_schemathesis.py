"""Whatever our own OpenAPI lets one ask of the EPCIS operations, the answer is one that it names."""

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from tests.domains.transport.epcis_node import TRANSPORT, served

OPERATIONS = sorted(
    (method, re.sub(r"{(\w+):\w+}", r"{\1}", endpoint.path))
    for endpoint in TRANSPORT.endpoints
    for method in endpoint.methods
)


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with served(tmp_path_factory.mktemp("node") / "node") as client:
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{client.base_url.port}/openapi.json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_names(api, method, path):
    operation = api[path][method]

    @settings(
        max_examples=12,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case):
        case.call_and_validate(checks=[not_a_server_error, status_code_conformance, response_schema_conformance])

    ask()
