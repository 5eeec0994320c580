"""EPCIS 2.0 capture over HTTP, held to the contract and to others' documents."""

import json
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote

import httpx
import pytest
from tests.domains.transport.epcis_node import (
    CONTEXT,
    JSON,
    NOW,
    RECORDED,
    capture,
    document,
    event,
    events_in,
    job_of,
    numbered,
    open_node,
    recorded,
    served,
)

from birlik.clock import SetClock
from birlik.kernel import upkeep

DECLARATION = {"declarationTime": "2026-03-02T00:00:00Z", "reason": "did_not_occur"}
SAYS_A_NAME_TWICE = "AssociationEvent-h.jsonld"
"""An example of GS1 with two eventIDs in one event."""
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
            answer = capture(client, file.read_bytes())
            if file.name == SAYS_A_NAME_TWICE:
                assert problem_in(answer, 400, "ValidationException")["pointer"] == "/epcisBody/eventList/0/eventID"
                continue
            job = job_of(client, answer)
            assert (job["success"], job["errors"]) == (True, []), f"{file.name}: {job}"
            body = json.loads(file.read_bytes())["epcisBody"]
            sent = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
            sent = [{k: v for k, v in one.items() if k not in ("@context", "recordTime")} for one in sent]
            theirs = {name for one in sent for name in one}
            found = events_in(client.get("/events", params={"perPage": 100}))
            for one in found:
                one.pop("@context", None)
            assert {one.pop("recordTime") for one in found} == {RECORDED}, file.name
            came = [{name: one[name] for name in one if name != "eventID" or name in theirs} for one in found]
            assert sorted(map(json.dumps, came)) == sorted({json.dumps(one) for one in sent}), file.name


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
    assert events_in(client.get("/events")) == [recorded(event())]


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
    assert events_in(client.get(f"/events/{event()['eventID']}")) == [recorded(event()), recorded(declared)]
    assert events_in(client.get("/events?EXISTS_errorDeclaration=true")) == [recorded(declared)]


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
    assert (answer.status_code, answer.json()) == (201, {"@context": [CONTEXT], **recorded(bare())})
    assert unquote(answer.headers["location"]).endswith(f"/epcis/v2/events/{event()['eventID']}")
    assert events_in(client.get(answer.headers["location"])) == [recorded(bare())]
    problem_in(post(client, bare()), 409, "ResourceAlreadyExistsException")
    problem_in(post(client, dict(reversed(bare().items()))), 409, "ResourceAlreadyExistsException")
    problem_in(post(client, bare(action="ADD")), 409, "ResourceAlreadyExistsException")
    assert client.get("/capture").json() == []


def test_an_event_without_an_id_is_found_under_its_hash(client):
    answer = post(client, bare(eventID=None))
    location = answer.headers["location"]
    assert "ni%3A%2F%2F%2Fsha-256%3B" in location
    identity = unquote(location.rpartition("/events/")[2])
    given = recorded(bare(eventID=None), eventID=identity)
    assert answer.json() == {"@context": [CONTEXT], **given}
    assert events_in(client.get(location)) == [given]
    assert events_in(client.get(unquote(location))) == [given]
    assert events_in(client.get("/events", params={"EQ_eventID": identity})) == [given]


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


# --- numbers, names, places -----------------------------------------------------------------------------------

EXACT = '{"ext:a": 1.10, "ext:b": 12345678901234567890123, "ext:c": [1e2, -0.0, 0.1000000000000000055511151231257827]}'


def exactly(**changes):
    """A document with an event that holds numbers no double is written as."""
    text = json.dumps(document(event(**changes, **{"ext:numbers": "HERE"})))
    return text.replace('"HERE"', EXACT).encode()


@pytest.mark.parametrize("changes", [{}, {"recordTime": "2020-01-01T00:00:00Z"}, {"eventID": None}])
def test_numbers_come_back_digit_by_digit_beside_what_the_node_adds(client, changes):
    assert job_of(client, capture(client, exactly(**changes)))["success"]
    answer = client.get("/events")
    assert EXACT.replace(" ", "") in answer.text
    [found] = events_in(answer)
    assert found["recordTime"] == RECORDED
    assert found["eventID"] == (event()["eventID"] if "eventID" not in changes else found["eventID"])
    assert found["eventID"].startswith(("urn:uuid:", "ni:///sha-256;"))


def test_numbers_of_xml_come_back_digit_by_digit(client):
    body = b"""<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
        creationDate="2026-03-01T12:00:00Z">
        <EPCISBody><EventList><ObjectEvent><eventTime>2026-03-01T12:00:00Z</eventTime>
        <eventTimeZoneOffset>+05:00</eventTimeZoneOffset><epcList><epc>urn:x:1</epc></epcList><action>OBSERVE</action>
        <quantityList><quantityElement><epcClass>urn:x:class</epcClass><quantity>9007199254740993</quantity>
        </quantityElement></quantityList></ObjectEvent></EventList></EPCISBody></e:EPCISDocument>"""
    answer = client.post("/capture", content=body, headers={"content-type": "application/xml"})
    assert job_of(client, answer)["success"]
    assert '"quantity":9007199254740993' in client.get("/events").text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (WHOLE.replace(b'"action"', b'"action": "ADD", "action"'), "/epcisBody/eventList/0/action"),
        (WHOLE.replace(b'"type": "EPCISDocument"', b'"type": "EPCISDocument", "type"\n : 1'), "/type"),
        (WHOLE.replace(b'{"id"', b'{"\\u0069d" : "urn:x:1", "id"'), "/epcisBody/eventList/0/readPoint/id"),
        (WHOLE.replace(b'"action"', b'"x:a/b~c": [{"x:b": 1,"x:b": 1}], "action"'),
         "/epcisBody/eventList/0/x:a~1b~0c/0/x:b"),
    ],
)  # fmt: skip
def test_a_name_that_stands_twice_is_refused_with_its_place(shared, body, pointer):
    assert problem_in(capture(shared, body), 400, "ValidationException")["pointer"] == pointer


def test_texts_that_look_like_names_are_no_names(client):
    odd = event(**{"x:a": [":", '":', '"a" :', "\\", ': "'], "x:b": {"": ":", ":": '":"'}})
    assert job_of(client, capture(client, document(odd)))["success"]
    assert events_in(client.get("/events")) == [recorded(odd)]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (json.dumps(document(event(action="FLY"))).encode(), {"pointer": "/epcisBody/eventList/0/action"}),
        (WHOLE[:-40] + b"x", {"line": 1}),
        (json.dumps(document(*numbered(51))).encode(), {"pointer": "/epcisBody/eventList"}),
    ],
)  # fmt: skip
def test_a_refusal_says_where(shared, body, place):
    said = capture(shared, body).json()
    assert place.items() <= said.items()


def test_a_refused_event_says_where(client):
    assert post(client, bare(action="FLY")).json()["pointer"] == "/action"
    assert post(client, bare(eventTime="1970-01-01T00:00:00Z")).json()["pointer"] == "/eventTime"


@pytest.mark.parametrize(
    "headers",
    [
        {"content-encoding": "gzip"},
        {"content-encoding": "br, gzip"},
        {"content-type": "application/json; charset=cp1251"},
    ],
)
def test_an_encoding_that_is_not_taken_is_415(shared, headers):
    for path in ("/capture", "/events"):
        answer = shared.post(path, content=WHOLE, headers={"content-type": "application/json"} | headers)
        problem_in(answer, 415, "UnsupportedMediaTypeException")
    assert ("accept-encoding" in answer.headers) == ("content-encoding" in headers)


def test_a_stated_encoding_that_is_utf_8_is_taken(client):
    headers = {"content-type": 'application/json; charset="UTF-8"', "content-encoding": "identity"}
    assert job_of(client, client.post("/capture", content=WHOLE, headers=headers))["success"]


# --- again ----------------------------------------------------------------------------------------------------


def jobs_of(client):
    return [(job["captureID"], job["success"]) for job in client.get("/capture").json()]


@pytest.mark.parametrize(("behaviour", "taken"), [("rollback", 0), ("proceed", 1)])
def test_the_same_bytes_are_tried_again_after_a_failed_job_and_a_repetition_after_a_successful_one(
    tmp_path, behaviour, taken
):
    clock = SetClock(NOW)
    ahead = document(event(), event(eventID=SECOND, eventTime="2026-11-26T12:00:00Z"))

    def sent(client):
        answer = capture(client, ahead, GS1_Capture_Error_Behaviour=behaviour)
        return job_of(client, answer), len(events_in(client.get("/events")))

    with served(tmp_path / "node", clock) as client:
        failed, n = sent(client)
        assert (failed["success"], [e["pointer"] for e in failed["errors"]], n) == (
            False, ["/epcisBody/eventList/1/eventTime"], taken,
        )  # fmt: skip
        assert sent(client) == (failed, taken)
        clock.at = datetime(2026, 11, 27, tzinfo=UTC)
        tried, n = sent(client)
        assert (tried["success"], tried["errors"], n) == (True, [], 2)
        assert sent(client) == (tried, 2)
        both = [(tried["captureID"], True), (failed["captureID"], False)]
        assert jobs_of(client) == both
    node = open_node(tmp_path / "node")
    held = node.reader(node.operator).rows("birlik_quarantine").to_pylist()
    node.close()
    assert [row["status"] for row in held] == ["resent"]
    upkeep.rebuild(tmp_path / "node", partial(open_node, clock=clock))
    with served(tmp_path / "node", clock) as client:
        assert jobs_of(client) == both
        assert len(events_in(client.get("/events"))) == 2


def test_what_still_stands_in_the_way_after_another_try_is_held_again(tmp_path):
    clock = SetClock(NOW)
    ahead = document(*(event(eventID=f"urn:x:{i}", eventTime=f"2026-11-2{i}T12:00:00Z") for i in (6, 9)))
    with served(tmp_path / "node", clock) as client:
        for day, n in ((24, 2), (27, 1), (27, 1), (30, 0)):
            clock.at = datetime(2026, 11, day, 12, tzinfo=UTC)
            assert len(job_of(client, capture(client, ahead))["errors"]) == n
    node = open_node(tmp_path / "node")
    held = node.reader(node.operator).rows("birlik_quarantine").to_pylist()
    node.close()
    assert [row["status"] for row in held] == ["resent"] * 3
    assert len({row["quarantine_id"] for row in held}) == 3
