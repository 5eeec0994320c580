"""Events of one thing, transaction, place or disposition are found without looking at the others."""

import asyncio
import json
import socket
import threading

import pytest
from tests.domains.transport.epcis_node import (
    NOW,
    capture,
    document,
    event,
    events_in,
    job_of,
    numbered,
    open_node,
    served,
)

from birlik.domains.transport.exports import epcis_query
from birlik.domains.transport.exports.epcis_query import narrowing
from birlik.domains.transport.intake.epcis import EPCIS
from birlik.domains.transport.wire.epcis_query import parse_query
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery
from birlik.kernel.members import Role
from birlik.kernel.policy import Labels, Marking, Principal

LINK = "https://id.gs1.org/01/04012345111118/21/9876"
URN = "urn:epc:id:sgtin:4012345.011111.9876"
CLASS = "urn:epc:class:lgtin:4012345.012345.998877"
SOUGHT = event(
    eventID="urn:x:sought",
    type="AggregationEvent",
    parentID="urn:epc:id:sscc:4012345.3111111111",
    epcList=None,
    childEPCs=[LINK],
    childQuantityList=[{"epcClass": CLASS, "quantity": 5}],
    bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:order:1"}],
    sourceList=[{"type": "location", "source": "urn:epc:id:sgln:4012345.00225.0"}],
    destinationList=[{"type": "owning_party", "destination": "urn:x:owner"}],
    readPoint={"id": "urn:epc:id:sgln:4012345.00005.0"},
    bizLocation={"id": "urn:epc:id:sgln:4012345.00006.0"},
    disposition="https://ref.gs1.org/cbv/Disp-damaged",
)
OWN = event(
    eventID="urn:x:own", type="urn:x:OwnEvent", parentID="urn:x:parent", epcList=[1, {"a": LINK}], quantityList=7,
    bizTransactionList={"bizTransaction": ["urn:x:order:2"]},
)  # fmt: skip
MENDED = event(
    eventID="urn:x:mended", action="DELETE", bizStep="departing",
    errorDeclaration={"declarationTime": "2026-03-05T00:00:00Z", "reason": "did_not_occur"},
)  # fmt: skip

ASKED = [
    pytest.param("MATCH_anyEPC", URN, SOUGHT, id="an EPC that came as a Digital Link, by its URN"),
    pytest.param("MATCH_epc", LINK, SOUGHT, id="an EPC as it came"),
    pytest.param("MATCH_parentID", "https://id.gs1.org/00/340123451111111111", SOUGHT, id="a parent"),
    pytest.param("MATCH_anyEPCClass", CLASS, SOUGHT, id="a class"),
    pytest.param("EQ_bizTransaction_po", "urn:x:order:1", SOUGHT, id="a transaction"),
    pytest.param("EQ_source_location", "urn:epc:id:sgln:4012345.00225.0", SOUGHT, id="a source"),
    pytest.param("EQ_destination_owning_party", "urn:x:owner", SOUGHT, id="a destination"),
    pytest.param("EQ_readPoint", "https://id.gs1.org/414/4012345000054", SOUGHT, id="a read point"),
    pytest.param("EQ_bizLocation", "urn:epc:id:sgln:4012345.00006.0", SOUGHT, id="a location"),
    pytest.param("EQ_disposition", "damaged", SOUGHT, id="a disposition"),
    pytest.param("MATCH_parentID", "urn:x:parent", OWN, id="a parent of an event of somebody's own type"),
    pytest.param("EQ_action", "DELETE", MENDED, id="an action"),
    pytest.param("EXISTS_errorDeclaration", "true", MENDED, id="an error declaration"),
    pytest.param("EQ_errorReason", "did_not_occur", MENDED, id="the reason of an error"),
    pytest.param("GE_errorDeclarationTime", "2026-03-04T00:00:00Z", MENDED, id="the time of an error's declaration"),
]


def taken(node, *events, labels=None):
    body = json.dumps(document(*events)).encode()
    parameters = {"content_type": "application/json", "behaviour": "rollback", "expects": "document"}
    [receipt] = pipeline.take(
        node,
        [
            Delivery(
                body=body, media_type=EPCIS.media_type, source_id="railway", received_time=NOW,
                parameters=parameters, labels=labels or Labels(),
            )
        ],
    )  # fmt: skip
    assert not receipt.refused, receipt.refused


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    node = open_node(tmp_path_factory.mktemp("node") / "node")
    taken(node, *numbered(300), SOUGHT, OWN, MENDED)
    yield node
    node.close()


@pytest.mark.parametrize(("name", "value", "sought"), ASKED)
def test_the_store_itself_finds_it(node, name, value, sought):
    """Only rows that it gives are looked at; of 303 events it gives the one."""
    where = narrowing(parse_query({name: [value]}))
    for limit in (None, 10):
        found = node.reader(node.operator).rows(
            "transport_epcis_event", where=where, columns=("event_id",), order=("-event_time",), limit=limit
        )
        assert found.column("event_id").to_pylist() == [sought["eventID"]]


def test_two_conditions_narrow_together(node):
    where = narrowing(parse_query({"MATCH_anyEPC": [URN], "EQ_bizTransaction_po": ["urn:x:order:2"]}))
    assert len(node.reader(node.operator).rows("transport_epcis_event", where=where)) == 0


def test_all_that_columns_hold_narrows_together(node):
    query = parse_query({"EQ_action": ["OBSERVE", "DELETE"], "EXISTS_errorDeclaration": ["false"]})
    assert len(node.reader(node.operator).rows("transport_epcis_event", where=narrowing(query))) >= 301
    assert not narrowing(parse_query({"EXISTS_errorDeclaration": ["false"]})), "false asks for nothing"


def test_several_values_are_any_of_them(node):
    query = parse_query({"MATCH_anyEPC": [URN, "urn:x:parent"]})
    assert len(node.reader(node.operator).rows("transport_epcis_event", where=narrowing(query))) == 2


@pytest.mark.parametrize("value", ["urn:epc:idpat:sgtin:4012345.*.*", f"{LINK}|urn:epc:id:sgtin:*"])
def test_a_pattern_is_no_key(value):
    assert narrowing(parse_query({"MATCH_anyEPC": [value]})) == []


def test_what_is_hidden_leads_nowhere(tmp_path):
    node = open_node(tmp_path / "node")
    taken(node, SOUGHT, labels=Labels(marking=Marking.RED))
    public = Principal(name="all", role=Role.READER, view=node.views.names.index("public"))
    where = narrowing(parse_query({"MATCH_anyEPC": [URN]}))
    assert len(node.reader(node.operator).rows("transport_epcis_event", where=where)) == 1
    for table in ("transport_epcis_event", "transport_epcis_trace"):
        assert len(node.reader(public).rows(table)) == 0
    assert len(node.reader(public).rows("transport_epcis_event", where=where)) == 0
    node.close()


# --- scans ----------------------------------------------------------------------------------------------------

SCAN = "EQ_nobody:has=this"


@pytest.fixture
def many(tmp_path, monkeypatch):
    """(a client of a node with 6,000 events, how many of them scans have looked at, what holds a scan up)."""
    monkeypatch.setattr(epcis_query, "_FREE", 50)
    looked, may_go_on = [], threading.Event()
    matches = epcis_query.matches

    def watched(value, query, **more):
        looked.append(threading.get_ident())
        if len(looked) == 2_000:
            assert may_go_on.wait(60)
        return matches(value, query, **more)

    monkeypatch.setattr(epcis_query, "matches", watched)
    with served(tmp_path / "node") as client:
        for part in range(4):
            events = [
                event(eventID=f"urn:x:{i}", eventTime=f"2026-03-0{1 + part}T{i % 24:02d}:00:00Z")
                for i in range(part * 1_500, part * 1_500 + 1_500)
            ]
            assert job_of(client, capture(client, document(*events)))["success"]
        looked.clear()
        yield client, looked, may_go_on
        may_go_on.set()


def until(condition):
    async def wait():
        while not condition():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(wait(), 60))


def asking(client):
    """A connection on which a scan has been asked for."""
    asked = socket.create_connection((client.base_url.host, client.base_url.port))
    asked.sendall(f"GET /epcis/v2/events?{SCAN} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return asked


def test_a_scan_ends_when_its_client_has_gone(many):
    client, looked, may_go_on = many
    asked = asking(client)
    until(lambda: len(looked) >= 2_000)
    asked.close()
    # The same loop that answers this has heard that the other one is gone.
    assert len(events_in(client.get("/events?EQ_eventID=urn:x:1"))) == 1
    before = len(looked)
    may_go_on.set()
    assert events_in(client.get(f"/events?{SCAN}")) == []
    assert len(looked) - before < 6_000 + 1_000


def test_scans_go_on_one_at_a_time_and_hold_up_neither_look_ups_nor_intake(many):
    client, looked, may_go_on = many
    with asking(client) as first, asking(client) as second:
        until(lambda: len(looked) >= 2_000)
        assert len(events_in(client.get("/events?MATCH_anyEPC=urn:birlik:object:wagon_1520:52687431"))) == 30
        assert job_of(client, capture(client, document(event(eventID="urn:x:new"))))["success"]
        stands = len(looked)
        assert len(events_in(client.get("/events?EQ_eventID=urn:x:new"))) == 1
        assert len(looked) == stands + 1
        may_go_on.set()
        for asked in (first, second):
            asked.settimeout(60)
            assert asked.recv(100).startswith(b"HTTP/1.1 200")
