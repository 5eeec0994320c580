"""Whatever our own OpenAPI lets one ask, by whomever: no fault of ours, and nothing done for who hasn't the role."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from tests.support.strangers import ADDRESS, ROLES, House, house

from birlik.apps.api.catalogue import OPERATIONS
from birlik.apps.api.endpoints import needs_of
from birlik.kernel import acting
from birlik.kernel.members import Needs
from birlik.kernel.policy import NOBODY, Principal

EXAMPLES = 2
ENDLESS = "/api/v1/events"
"""A stream has no end to wait for: `tests/attacks/test_reading.py` opens it."""
WRITES_FILES = re.compile(r"/api/v1/node/\w+|/api/v1/acts/birlik_(backup|archive|attach|detach)")
"""Where a node writes is told by whom may do that: not by chance, on the machine of who runs tests."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("roles") / "node") as made:
        yield made


@pytest.fixture(scope="module")
def api(at: House) -> Any:
    told = at.reader.get("/openapi.json").json()
    return schemathesis.openapi.from_dict(told)


def may(at: House, who: Principal, method: str, path: str) -> bool:
    """By what is declared: an act's own role, the operation's, or that of the pattern which the address fits."""
    if method == "POST" and (name := path.rpartition("/api/v1/acts/")[2]) in at.node.acts:
        return acting.may(who, at.node.acts[name])
    needs: dict[tuple[str, str], tuple[Needs, str]] = {(o.method, o.path): (o.role, "") for o in OPERATIONS}
    for domain in at.node.domains:
        for endpoint in domain.endpoints:
            needs |= {(m, endpoint.path): (needs_of(endpoint, domain), domain.name) for m in endpoint.methods}
    fitting = [of for (m, pattern), of in needs.items() if m == method and fits(pattern, path)]
    assert fitting, (method, path)
    return who.has(*fitting[0])


def fits(pattern: str, path: str) -> bool:
    plain = re.sub(r"{(\w+):path}", r"{\1}", pattern)
    return plain == path or bool(re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(plain)), path))


def principal(at: House, role: str) -> Principal:
    names = {"supplier": "azer.rail", "nobody": "nobody"}
    if role == "device":
        row = next(r for r in at.administrator.rows("birlik_principal") if r["kind"] == "device")
        names["device"] = row["principal_id"]
    return at.node.access.of(names.get(role, role)) or NOBODY


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_done_for_who_has_not_the_role_and_nothing_breaks(at: House, api: Any, role: str) -> None:
    answered = ask_everything(at, api, role)
    assert len(answered) > 40
    assert 200 in {status for statuses in answered.values() for status in statuses}, "health at least"


def test_a_node_that_lets_everybody_ask_is_found(at: House, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("birlik.apps.api.operations.must_have", lambda *told: None)
    with pytest.raises(AssertionError):
        ask_everything(at, api, "nobody")


def ask_everything(at: House, api: Any, role: str) -> dict[tuple[str, str], list[int]]:
    """What is answered, by method and address. Raises AssertionError."""
    who, client = principal(at, role), at.people[role]
    answered: dict[tuple[str, str], list[int]] = {}
    for result in api.get_all_operations():
        operation = result.ok()
        path, method = operation.path, operation.method.upper()
        if path == ENDLESS or (method != "GET" and WRITES_FILES.match(path)):
            continue
        answered[method, path] = []

        @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            path, method = case.operation.path, case.method.upper()
            told = requests.Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
            own = {"user-agent", "authorization", "host", "cookie", "content-length", "transfer-encoding"}
            headers = {name: value for name, value in told.headers.items() if name.lower() not in own}
            content = told.body.encode() if isinstance(told.body, str) else told.body
            answer = client.request(method, str(told.url), headers=headers, content=content)
            answered[method, path].append(answer.status_code)
            assert answer.status_code < 500, (role, method, told.url, answer.text[:500])
            if answer.status_code < 300:
                assert may(at, who, method, path), (role, method, told.url, answer.status_code)
            if who.is_nobody and path != "/health":
                assert answer.status_code >= 400, (method, told.url)

        ask()
    return answered
