"""EPCIS 2.0 capture over HTTP, held to the contract and to others' documents."""

import json
from urllib.parse import unquote

import httpx
import pytest
from tests.domains.transport.epcis_node import (
    CONTEXT,
    JSON,
    capture,
    document,
    event,
    events_in,
    job_of,
    numbered,
    open_node,
    served,
)

DECLARATION = {"declarationTime": "2026-03-02T00:00:00Z", "reason": "did_not_occur"}
SECOND = "urn:uuid:11111111-0000-4000-8000-000000000002"


@pytest.fixture
def client(tmp_path):
    with served(tmp_path / "node") as client:
        yield client


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """For what is refused or only asked, so that it may be asked in any order."""
    with served(tmp_path_factory.mktemp("shared") / "node", events_per_document=50, body_limit_bytes=200_000) as client:
        yield client


def problem_in(answer: httpx.Response, status: int, type_: str) -> dict:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body = answer.json()
    assert (body["type"], body["status"]) == (f"epcisException:{type_}", status)
    assert body["title"]
    assert body["detail"]
    return body


# --- others' documents ----------------------------------------------------------------------------------------


def documents(folder, pattern):
    found = sorted(folder.glob(pattern))
    assert found, f"no {pattern} in {folder}"
    return found


@pytest.mark.reference
def test_every_valid_document_is_answered_202_with_a_location(reference_data, client):
    """In one node: under several eventIDs these documents say different things, which is the job's affair."""
    for file in documents(reference_data / "transport", "openepcis/valid/*.json"):
        answer = capture(client, file.read_bytes())
        assert answer.status_code == 202, f"{file.name}: {answer.text}"
        assert job_of(client, answer)["running"] is False, file.name


@pytest.mark.reference
@pytest.mark.parametrize("folder", ["openepcis/valid", "gs1-epcis/examples"])
def test_each_valid_document_by_itself_is_a_job_without_error_and_comes_back_whole(reference_data, tmp_path, folder):
    """A node each: several documents say different things under one eventID."""
    for i, file in enumerate(documents(reference_data / "transport" / folder, "**/*.json*")):
        with served(tmp_path / f"node{i}") as client:
            job = job_of(client, capture(client, file.read_bytes()))
            assert (job["success"], job["errors"]) == (True, []), f"{file.name}: {job}"
            body = json.loads(file.read_bytes())["epcisBody"]
            sent = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
            found = events_in(client.get("/events", params={"perPage": 100}))
            assert sorted(map(json.dumps, found)) == sorted({json.dumps(one) for one in sent}), file.name


@pytest.mark.reference
def test_every_invalid_document_is_answered_400_and_stands_in_quarantine(reference_data, tmp_path):
    with served(tmp_path / "node") as client:
        files = documents(reference_data / "transport" / "openepcis/invalid", "*.json")
        for file in files:
            for behaviour in ("rollback", "proceed"):
                answer = capture(client, file.read_bytes(), GS1_Capture_Error_Behaviour=behaviour)
                detail = problem_in(answer, 400, "ValidationException")["detail"]
                assert detail.startswith("/epcisBody/eventList/"), file.name
        assert events_in(client.get("/events")) == []
        assert client.get("/capture").json() == []
    node = open_node(tmp_path / "node")
    held = node.reader(node.operator).rows("birlik_quarantine").to_pylist()
    node.close()
    assert len(held) == 2 * len(files)
    assert all(row["pointer"].startswith("/epcisBody/eventList/") and row["piece"] for row in held)


# --- jobs -----------------------------------------------------------------------------------------------------


def test_a_job_says_all_that_the_contract_asks_and_survives_a_restart(tmp_path):
    with served(tmp_path / "node") as client:
        answer = capture(client, document(event()), GS1_Capture_Error_Behaviour="proceed")
        assert answer.headers["gs1-epcis-version"] == answer.headers["gs1-cbv-version"] == "2.0"
        assert answer.content == b""
        path = httpx.URL(answer.headers["location"]).path.removeprefix("/epcis/v2")
    with served(tmp_path / "node") as client:
        job = client.get(path).json()
    assert job == {
        "captureID": path.rpartition("/")[2],
        "createdAt": "2026-11-24T12:00:00Z",
        "finishedAt": "2026-11-24T12:00:00Z",
        "running": False,
        "success": True,
        "captureErrorBehaviour": "proceed",
        "errors": [],
    }


def test_jobs_are_listed_a_page_at_a_time(client):
    for one in numbered(5):
        job_of(client, capture(client, document(one)))
    pages, address = [], "/capture?perPage=2"
    while address:
        answer = client.get(address)
        pages.append([job["captureID"] for job in answer.json()])
        address = answer.links.get("next", {}).get("url")
        assert ("gs1-next-page-token-expires" in answer.headers) == bool(address)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({identity for page in pages for identity in page}) == 5


def test_an_identical_event_succeeds_and_adds_nothing(client):
    capture(client, document(event()))
    assert job_of(client, capture(client, document(event(), creationDate="2026-03-04T00:00:00Z")))["success"]
    assert events_in(client.get("/events")) == [event()]


@pytest.mark.parametrize(("behaviour", "captured"), [("rollback", 1), ("proceed", 2)])
def test_the_same_id_with_other_content_is_an_error_of_the_job(client, behaviour, captured):
    capture(client, document(event()))
    other = document(event(action="ADD"), event(eventID=SECOND))
    job = job_of(client, capture(client, other, GS1_Capture_Error_Behaviour=behaviour))
    [error] = job["errors"]
    assert (job["success"], job["captureErrorBehaviour"]) == (False, behaviour)
    assert (error["type"], error["pointer"]) == (
        "epcisException:ResourceAlreadyExistsException", "/epcisBody/eventList/0",
    )  # fmt: skip
    assert len(events_in(client.get("/events"))) == captured


def test_an_error_declaration_comes_back_beside_its_original(client):
    declared = event(errorDeclaration=DECLARATION)
    for one in (event(), declared):
        assert job_of(client, capture(client, document(one)))["success"]
    assert events_in(client.get(f"/events/{event()['eventID']}")) == [event(), declared]
    assert events_in(client.get("/events?EXISTS_errorDeclaration=true")) == [declared]


def test_a_query_document_is_taken_too(client):
    results = {"queryName": "q", "resultsBody": {"eventList": [event()]}}
    body = document(type="EPCISQueryDocument", epcisBody={"queryResults": results})
    assert job_of(client, capture(client, body))["success"]


def test_an_unknown_job_is_404(shared):
    problem_in(shared.get("/capture/none"), 404, "NoSuchNameException")


# --- single events --------------------------------------------------------------------------------------------


def post(client, body, **headers):
    return client.post("/events", content=json.dumps(body), headers=JSON | headers)


def bare(**changes):
    return {"@context": [CONTEXT], **event(**changes)}


def test_one_event_is_created_and_the_same_again_is_409(client):
    """The OpenAPI's 409 body enumerates status 406, by mistake; ours says 409."""
    answer = post(client, bare())
    assert (answer.status_code, answer.json()) == (201, bare())
    assert unquote(answer.headers["location"]).endswith(f"/epcis/v2/events/{event()['eventID']}")
    assert events_in(client.get(answer.headers["location"])) == [bare()]
    problem_in(post(client, bare()), 409, "ResourceAlreadyExistsException")
    problem_in(post(client, dict(reversed(bare().items()))), 409, "ResourceAlreadyExistsException")
    problem_in(post(client, bare(action="ADD")), 409, "ResourceAlreadyExistsException")
    assert client.get("/capture").json() == []


def test_an_event_without_an_id_is_found_under_its_hash(client):
    answer = post(client, bare(eventID=None))
    location = answer.headers["location"]
    assert "ni%3A%2F%2F%2Fsha-256%3B" in location
    assert events_in(client.get(location)) == [bare(eventID=None)]
    assert events_in(client.get(unquote(location))) == [bare(eventID=None)]
    identity = unquote(location.rpartition("/events/")[2])
    assert events_in(client.get("/events", params={"EQ_eventID": identity})) == [bare(eventID=None)]


def test_a_document_is_no_event_and_an_event_no_document(shared):
    problem_in(post(shared, document(event())), 400, "ValidationException")
    problem_in(capture(shared, bare()), 400, "ValidationException")


# --- hostile bodies -------------------------------------------------------------------------------------------

WHOLE = json.dumps(document(event())).encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(WHOLE[:-40], id="truncated"),
        pytest.param(b"[" * 100_000, id="100,000 deep and open"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, id="10,000 deep and closed"),
        pytest.param(WHOLE.replace(b'"2.0"', b"NaN"), id="NaN"),
        pytest.param(json.dumps(document(event(bizStep="при")), ensure_ascii=False).encode("cp1251"), id="CP1251"),
        pytest.param(WHOLE.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"\\ud800"', id="lone surrogate"),
        pytest.param(b'{"type":"EPCISDocument","epcisBody":{"eventList":[null]}}', id="event is null"),
        pytest.param(b"<x/>", id="XML said to be JSON"),
    ],
)
def test_a_hostile_body_is_400_and_nothing_worse(shared, body):
    for behaviour in ("rollback", "proceed"):
        problem_in(capture(shared, body, GS1_Capture_Error_Behaviour=behaviour), 400, "ValidationException")
    assert shared.get("/capture/none").status_code == 404


def test_a_byte_order_mark_does_no_harm(client):
    assert job_of(client, capture(client, b"\xef\xbb\xbf" + WHOLE))["success"]


def test_a_doctype_is_refused(shared):
    root = b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2">&a;</e:EPCISDocument>'
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + root
    answer = shared.post("/capture", content=bomb, headers={"content-type": "application/xml"})
    problem_in(answer, 400, "ValidationException")


def test_more_events_than_are_taken_is_413_with_the_limits(shared):
    answer = capture(shared, document(*numbered(51)))
    problem_in(answer, 413, "CaptureLimitExceededException")
    assert answer.headers["gs1-epcis-capture-limit"] == "50"
    assert answer.headers["gs1-epcis-capture-file-size-limit"] == "200000"


def test_more_bytes_than_are_taken_is_413(shared):
    answer = capture(shared, b" " * 200_001)
    problem_in(answer, 413, "CaptureLimitExceededException")
    assert answer.headers["gs1-epcis-capture-file-size-limit"] == "200000"


@pytest.mark.parametrize("given", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_form_is_415(shared, given):
    answer = shared.post("/capture", content=WHOLE, headers={"content-type": given} if given else {})
    problem_in(answer, 415, "UnsupportedMediaTypeException")


@pytest.mark.parametrize(
    "headers",
    [{"GS1-EPCIS-Version": "1.2"}, {"GS1-CBV-Version": "3"}, {"accept": "text/html"}, {"accept": "application/xml"}],
)
def test_another_version_or_answer_is_406(shared, headers):
    problem_in(post(shared, bare(), **headers), 406, "NotAcceptableException")


def test_an_unknown_behaviour_is_refused(shared):
    problem_in(capture(shared, document(event()), GS1_Capture_Error_Behaviour="all"), 400, "ValidationException")
