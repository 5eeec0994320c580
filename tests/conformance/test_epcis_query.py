"""EPCIS 2.0 events, top-level resources and discovery over HTTP, held to the contract."""

import json
from urllib.parse import quote

import pytest
from tests.domains.transport.epcis_node import CONTEXT, capture, document, event, events_in, job_of, numbered, served

from birlik.domains.transport.wire.epcis_vocabulary import EVENT_TYPES

WAGON, BOX = "urn:birlik:object:wagon_1520:52687431", "https://id.gs1.org/01/04012345111118/21/9876"
ALTYNKOL = {"id": "urn:birlik:place:unlocode:KZALT"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Twelve arrivals a minute apart, and one departure of another thing from another place."""
    with served(tmp_path_factory.mktemp("node") / "node") as client:
        other = event(
            eventID="urn:x:other", epcList=[BOX], bizStep="departing", readPoint=ALTYNKOL, bizLocation=ALTYNKOL,
            disposition="active", eventTime="2026-03-02T00:00:00Z",
        )  # fmt: skip
        assert job_of(client, capture(client, document(*numbered(12), other)))["success"]
        yield client


def walked(client, address):
    """The pages behind an address, by following Link."""
    pages = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        pages.append(answer)
        address = answer.links.get("next", {}).get("url")
        assert ("gs1-next-page-token-expires" in answer.headers) == bool(address)
    return pages


def ids(events):
    return [one["eventID"] for one in events]


@pytest.mark.parametrize(
    ("query", "n"),
    [
        pytest.param("", 13, id="all"),
        pytest.param("EQ_bizStep=departing", 1, id="bare word"),
        pytest.param("EQ_bizStep=https://ref.gs1.org/cbv/BizStep-departing", 1, id="URI of the word"),
        pytest.param("EQ_bizStep=departing%7Carriving", 13, id="either"),
        pytest.param(f"MATCH_anyEPC={WAGON}", 12, id="EPC"),
        pytest.param("MATCH_anyEPC=urn:epc:id:sgtin:4012345.011111.9876", 1, id="EPC written as URN"),
        pytest.param("eventType=AggregationEvent", 0, id="none of the type"),
        pytest.param("GE_eventTime=2026-03-01T00:05:00Z&LT_eventTime=2026-03-01T00:07:00Z", 2, id="a span"),
        pytest.param("GE_eventTime=2026-03-01T05:05:00%2B05:00&LT_eventTime=2026-03-01T05:07:00%2B05:00", 2, id="zone"),
        pytest.param("EQ_disposition=active&EQ_readPoint=urn:birlik:place:unlocode:KZALT", 1, id="two of them"),
        pytest.param("EQ_eventID=urn:x:other", 1, id="id"),
        pytest.param("orderBy=eventTime&orderDirection=ASC&eventCountLimit=3", 3, id="the first three"),
        pytest.param("LT_recordTime=2026-11-24T12:00:00Z", 0, id="before it was recorded"),
    ],
)
def test_a_query_finds(client, query, n):
    assert len(events_in(client.get(f"/events?{query}"))) == n


@pytest.mark.parametrize(
    "query",
    ["EQ_nothing=1", "GE_eventTime=yesterday", "perPage=0", "perPage=x", "nextPageToken=x", "nextPageToken=W10",
     "orderBy=colour", "eventCountLimit=2", "eventType=Foo", "EQ_bizStep="],
)  # fmt: skip
def test_a_parameter_that_is_not_taken_is_400(client, query):
    answer = client.get(f"/events?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, "epcisException:QueryParameterException")


def test_pages_join_to_the_whole_whatever_their_size_newest_first(client):
    whole = ids(events_in(client.get("/events?perPage=100")))
    assert whole[0] == "urn:x:other"
    for size in (1, 4, 5, 13):
        pages = walked(client, f"/events?perPage={size}&EQ_action=OBSERVE")
        assert [one for page in pages for one in ids(events_in(page))] == whole
        assert all(len(events_in(page)) <= size for page in pages)


@pytest.mark.parametrize("order", ["orderBy=eventTime&orderDirection=ASC", "orderBy=recordTime"])
def test_a_limit_of_events_holds_over_all_pages(client, order):
    pages = walked(client, f"/events?{order}&eventCountLimit=5&perPage=2")
    assert [len(events_in(page)) for page in pages] == [2, 2, 1]


def test_more_than_a_maximum_of_events_is_413(client):
    answer = client.get("/events?maxEventCount=12")
    assert (answer.status_code, answer.json()["type"]) == (413, "epcisException:QueryTooLargeException")
    assert client.get("/events?maxEventCount=13").status_code == 200


def test_an_address_too_long_is_414(client):
    assert client.get("/events", params={"EQ_eventID": "x" * 20_000}).status_code == 414


def test_the_answer_is_a_query_document_with_the_headers_of_the_contract(client):
    answer = client.get("/events?EQ_eventID=urn:x:other")
    body = answer.json()
    assert (body["type"], body["schemaVersion"], body["@context"]) == ("EPCISQueryDocument", "2.0", [CONTEXT])
    assert answer.headers["gs1-epcis-version"] == answer.headers["gs1-cbv-version"] == "2.0"
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("limit", ["", "&eventCountLimit=11"])
def test_pages_by_an_extension_field_keep_their_places_while_events_come_in(tmp_path, direction, limit):
    ranked = [event(eventID=f"urn:x:{i}", **({} if i % 5 == 0 else {"ext:n": i % 7})) for i in range(20)]
    with served(tmp_path / "node") as client:
        assert job_of(client, capture(client, document(*ranked)))["success"]
        query = f"/events?orderBy=ext:n&orderDirection={direction}"
        whole = ids(events_in(client.get(f"{query}&perPage=100")))
        assert len(whole) == 20
        address, seen = f"{query}&perPage=3{limit}", []
        while address:
            answer = client.get(address)
            seen += ids(events_in(answer))
            # Ahead of, behind, and among what was shown.
            new = [event(eventID=f"urn:new:{len(seen)}:{n}", **{"ext:n": n}) for n in (-1, 3, 9)]
            assert len(seen) > 60 or job_of(client, capture(client, document(*new)))["success"]
            address = answer.links.get("next", {}).get("url")
    old = [one for one in seen if one.startswith("urn:x:")]
    assert len(seen) == len(set(seen))
    assert old == whole[: len(old)]
    assert len(seen) == 11 if limit else len(old) == 20


def test_a_page_behind_a_token_is_the_same_while_events_come_in(tmp_path):
    with served(tmp_path / "node") as client:
        assert job_of(client, capture(client, document(*numbered(6))))["success"]
        for order in ("orderBy=eventTime", "orderBy=recordTime&orderDirection=ASC"):
            address = client.get(f"/events?{order}&perPage=2&LT_eventTime=2026-03-01T01:00:00Z").links["next"]["url"]
            before = ids(events_in(client.get(address)))
            new = event(eventID=f"urn:new:{order}", eventTime="2026-03-01T00:59:00Z")
            assert job_of(client, capture(client, document(new)))["success"]
            assert ids(events_in(client.get(address))) == before


# --- resources ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "members"),
    [
        ("eventTypes", sorted(EVENT_TYPES)),
        ("epcs", sorted([WAGON, BOX])),
        ("bizSteps", ["arriving", "departing"]),
        ("bizLocations", ["urn:birlik:place:unlocode:KZALT", "urn:birlik:place:unlocode:KZDOS"]),
        ("readPoints", ["urn:birlik:place:unlocode:KZALT", "urn:birlik:place:unlocode:KZDOS"]),
        ("dispositions", ["active", "in_transit"]),
    ],
)  # fmt: skip
def test_a_resource_lists_what_events_name_and_leads_to_their_events(client, resource, members):
    whole = client.get(f"/{resource}").json()
    assert (whole["type"], whole["member"], whole["@context"]) == ("Collection", members, [CONTEXT])
    pages = walked(client, f"/{resource}?perPage=1")
    assert [member for page in pages for member in page.json()["member"]] == members
    total = 0
    for member in members:
        assert client.get(f"/{resource}/{quote(member, safe='')}").json()["member"] == ["events"]
        total += len(events_in(client.get(f"/{resource}/{quote(member, safe='')}/events?perPage=50")))
        assert client.options(f"/{resource}/{quote(member, safe='')}/events").status_code == 204
    assert total == 13
    for address in (f"/{resource}/none", f"/{resource}/none/events"):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["type"]) == (404, "epcisException:NoSuchNameException")


def test_events_below_a_resource_are_queried_further_and_paged(client):
    address = f"/epcs/{WAGON}/events?EQ_bizStep=arriving&perPage=5"
    assert [len(events_in(page)) for page in walked(client, address)] == [5, 5, 2]
    assert events_in(client.get(f"/epcs/{WAGON}/events?EQ_bizStep=departing")) == []


def test_the_root_lists_the_nine_resources(client):
    for address in ("", "/"):
        assert len(client.get(f"http://{client.base_url.netloc.decode()}/epcis/v2{address}").json()["member"]) == 9


# --- discovery ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/", "OPTIONS, GET"), ("/capture", "OPTIONS, POST, GET"), ("/capture/x", "OPTIONS, GET"),
        ("/events", "OPTIONS, GET, POST"), ("/events/urn:x:1", "OPTIONS, GET"), ("/epcs", "OPTIONS, GET"),
        ("/eventTypes/ObjectEvent", "OPTIONS, GET"), ("/dispositions/active/events", "OPTIONS, GET"),
    ],
)  # fmt: skip
def test_options_tell_versions_and_methods(client, path, allow):
    answer = client.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, allow, b"")
    for standard in ("EPCIS", "CBV"):
        assert [answer.headers[f"gs1-{standard}-{word}"] for word in ("version", "min", "max")] == ["2.0"] * 3
    assert answer.headers["gs1-epc-format"] == "Never_Translates"
    assert answer.headers["gs1-vendor-version"]
    is_capture = path == "/capture"
    assert (answer.headers.get("gs1-capture-error-behaviour") == "all") == is_capture
    assert ("gs1-epcis-capture-limit" in answer.headers) == is_capture


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("GS1-EPCIS-Min", "2.0", 200), ("GS1-EPCIS-Min", "1.2", 200), ("GS1-EPCIS-Min", "2.1", 406),
        ("GS1-EPCIS-Max", "1.2", 406), ("GS1-EPCIS-Max", "2.0.0", 200), ("GS1-CBV-Max", "x", 406),
        ("GS1-EPC-Format", "Always_EPC_URN", 406), ("GS1-EPC-Format", "No_Preference", 200),
        ("Accept", "application/ld+json", 200), ("Accept", "text/html, */*;q=0.1", 200), ("Accept", "text/csv", 406),
    ],
)  # fmt: skip
def test_versions_and_forms_are_negotiated(client, name, value, status):
    assert client.get("/events", headers={name: value}).status_code == status


def test_an_event_comes_back_byte_for_byte_as_a_json_value(client):
    [found] = events_in(client.get("/events/urn:x:other"))
    assert json.dumps(found).startswith('{"type": "ObjectEvent", "eventID": "urn:x:other", "eventTime"')
