"""What the intake makes of a document: ids, identity, rollback and proceed, movements, quarantine."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domains.transport.epcis_node import NOW, document, event, open_node
from tests.support.edits import edit_of

from birlik.clock import SetClock
from birlik.domains.transport.intake.epcis import EPCIS
from birlik.kernel import pipeline, upkeep
from birlik.kernel.intake import Delivery
from birlik.kernel.members import Role
from birlik.kernel.policy import Labels, Marking, Principal
from birlik.kernel.registers import ROWS
from birlik.kernel.service import Service

DECLARATION = {"declarationTime": "2026-03-02T00:00:00Z", "reason": "did_not_occur"}


@pytest.fixture
def node(tmp_path):
    node = open_node(tmp_path / "node")
    yield node
    node.close()


def delivery(body, *, behaviour="rollback", source="railway", labels=None, content_type="application/json"):
    return Delivery(
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        media_type=EPCIS.media_type,
        source_id=source,
        received_time=NOW,
        parameters={"content_type": content_type, "behaviour": behaviour, "expects": "document"},
        labels=labels or Labels(),
    )


def take(node, *deliveries):
    return pipeline.take(node, list(deliveries))


def rows(node, table, principal=None):
    return node.reader(principal or node.operator).rows(table).to_pylist()


def test_a_place_that_an_operator_added_is_known_to_events_too(node):
    place = {
        "place_id": "kz-new", "name_en": "New", "country": "KAZ", "kind": "border_post", "latitude": 44.0,
        "longitude": 80.0, "precision_km": 1.0, "zone_tz": "Asia/Almaty", "place_id_unlocode": "KZZZY",
    }  # fmt: skip
    register = node.store.catalogue.tables["transport_place"]
    body = edit_of(register, [place], node.store.registers()["transport_place"].to_pylist())
    there = {"id": "urn:birlik:place:unlocode:KZZZY"}
    before, after = (
        document(event(eventID=f"urn:uuid:{n}", readPoint=there, bizLocation=there)) for n in ("before", "after")
    )
    for each in (delivery(before), replace(delivery(body), media_type=ROWS, parameters={}), delivery(after)):
        assert not take(node, each)[0].refused
    known = {m["source_record_id"]: m["place_id"] for m in rows(node, "transport_movement")}
    assert known == {"urn:uuid:before": None, "urn:uuid:after": "kz-new"}


def test_an_event_becomes_a_row_as_it_came_and_a_movement_with_its_place(node):
    [receipt] = take(node, delivery(document(event())))
    [stored] = rows(node, "transport_epcis_event")
    [movement] = rows(node, "transport_movement")
    assert (json.loads(stored["event"]), stored["epcs"]) == (event(), " urn:birlik:object:wagon_1520:52687431 ")
    assert (movement["object_id"], movement["activity"], movement["utc_offset_min"], movement["place_code"]) == (
        "wagon_1520:52687431", "arrive", 300, "unlocode:KZDOS",
    )  # fmt: skip
    assert movement["source_record_id"] == event()["eventID"]
    assert movement["phenomenon_time"].isoformat() == "2026-03-01T07:00:00+00:00"
    assert receipt.result.new_n == 1


def test_what_is_counted_is_events(node):
    """Not the rows that an event makes, nor the one of the job."""
    two = document(event(), event(eventID="urn:uuid:00000000-0000-4000-8000-000000000002"))
    [first] = take(node, delivery(two))
    assert (first.accepted, first.duplicates) == (2, 0)
    [again] = take(node, delivery(document(event())))
    assert (again.accepted, again.notices) == (0, ("events that were here already: 1",))
    changed = document(event(bizStep="departing"), event(eventID="urn:uuid:00000000-0000-4000-8000-000000000003"))
    [rolled_back] = take(node, delivery(changed))
    assert (rolled_back.accepted, len(rolled_back.refused)) == (0, 1)


def test_an_event_without_an_id_gets_its_cbv_hash(node):
    [receipt] = take(node, delivery(document(event(eventID=None))))
    [stored] = rows(node, "transport_epcis_event")
    assert stored["event_id"].startswith("ni:///sha-256;")
    assert stored["event_id"].endswith("?ver=CBV2.0")
    assert "eventID" not in json.loads(stored["event"])
    assert receipt.result.event_ids == [stored["event_id"]]


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(event(), id="the very same"),
        pytest.param(dict(reversed(event().items())), id="fields in another order"),
        pytest.param(event(recordTime="2026-03-01T12:00:01Z"), id="another repository's record time"),
        pytest.param(event(bizStep="https://ref.gs1.org/cbv/BizStep-arriving"), id="a word written as its URI"),
        pytest.param(event(eventTime="2026-03-01T07:00:00Z"), id="the same moment in another zone"),
    ],
)
def test_an_identical_event_succeeds_and_adds_no_row(node, again):
    take(node, delivery(document(event())))
    [receipt] = take(node, delivery(document(again, creationDate="2026-03-05T00:00:00Z")))
    assert (receipt.result.new_n, list(receipt.refused)) == (0, [])
    assert len(rows(node, "transport_epcis_event")) == len(rows(node, "transport_movement")) == 1


OTHER = event(eventID="urn:uuid:11111111-0000-4000-8000-000000000002")


@pytest.mark.parametrize(("behaviour", "kept"), [("rollback", 1), ("proceed", 2)])
def test_the_same_id_with_other_content_fails_the_job_and_only_rollback_takes_the_others_along(node, behaviour, kept):
    take(node, delivery(document(event())))
    [receipt] = take(node, delivery(document(OTHER, event(bizStep="departing")), behaviour=behaviour))
    assert len(rows(node, "transport_epcis_event")) == kept
    [fault] = receipt.refused
    assert (fault.where.pointer, json.loads(fault.raw)["bizStep"]) == ("/epcisBody/eventList/1", "departing")
    jobs = {job["error_behaviour"]: job for job in rows(node, "transport_capture_job") if not job["success"]}
    [error] = json.loads(jobs[behaviour]["errors"])
    assert (error["type"], error["status"]) == ("epcisException:ResourceAlreadyExistsException", 409)


def test_within_one_document_the_second_of_two_contents_is_the_error(node):
    [receipt] = take(node, delivery(document(event(), event(), event(action="ADD")), behaviour="proceed"))
    assert (receipt.result.new_n, len(receipt.refused)) == (1, 1)


def test_of_two_documents_in_one_commit_the_second_is_the_error(node):
    first, second = take(node, delivery(document(event())), delivery(document(event(action="ADD"))))
    assert (first.result.new_n, list(first.refused), second.result.new_n, len(second.refused)) == (1, [], 0, 1)
    assert [row["action"] for row in rows(node, "transport_epcis_event")] == ["OBSERVE"]


@pytest.mark.parametrize(
    "time",
    [
        pytest.param("1970-01-01T00:00:00Z", id="1970"),
        pytest.param("2099-01-01T00:00:00Z", id="2099"),
        pytest.param("0001-01-01T00:00:00+14:00", id="before the year 1"),
    ],
)
def test_a_time_that_cannot_be_is_an_error_of_the_job_with_its_place(node, time):
    [receipt] = take(
        node, delivery(document(event(), event(eventID="urn:x:late", eventTime=time)), behaviour="proceed")
    )
    [fault] = receipt.refused
    assert (fault.kind, fault.where.pointer, receipt.result.new_n) == (
        "Implausible", "/epcisBody/eventList/1/eventTime", 1,
    )  # fmt: skip


def test_an_error_declaration_is_kept_beside_its_original_under_the_same_id(node):
    declared = event(errorDeclaration=DECLARATION)
    take(node, delivery(document(event())))
    [receipt] = take(node, delivery(document(declared)))
    [again] = take(node, delivery(document(declared, creationDate="2026-03-07T00:00:00Z")))
    stored = rows(node, "transport_epcis_event")
    assert (receipt.result.new_n, again.result.new_n, list(receipt.refused)) == (1, 0, [])
    assert sorted(row["error_declared"] for row in stored) == [False, True]
    assert len({row["content_hash"].partition(".")[0] for row in stored}) == 1
    assert [row["activity"] == "void" for row in rows(node, "transport_movement")].count(True) == 1


def test_the_same_message_twice_is_one_job(node):
    first, second = (take(node, delivery(document(event())))[0] for _ in range(2))
    assert second.repeated
    assert first.result.capture_id == second.result.capture_id
    assert len(rows(node, "transport_capture_job")) == 1


def test_a_schema_fault_refuses_the_whole_with_its_bytes_and_place(node):
    [receipt] = take(node, delivery(document(event(), event(action="BUY")), behaviour="proceed"))
    assert receipt.failed.where.pointer == "/epcisBody/eventList/1/action"
    [held] = rows(node, "birlik_quarantine")
    assert (held["pointer"], held["kind"]) == ("/epcisBody/eventList/1/action", "Malformed")
    assert rows(node, "transport_epcis_event") == rows(node, "transport_capture_job") == []


def test_an_event_hidden_from_readers_of_a_delivery_does_not_decide_what_becomes_of_it(node):
    """Else a public job would tell that a hidden event has this id."""
    public = Labels(marking=Marking.CLEAR, audience=("public",))
    take(node, delivery(document(event()), labels=Labels(marking=Marking.RED)))
    [open_one] = take(node, delivery(document(event(bizStep="departing")), labels=public))
    assert (open_one.result.new_n, list(open_one.refused)) == (1, [])
    reader = Principal(name="anyone", role=Role.READER, view=4)
    assert [job["success"] for job in rows(node, "transport_capture_job", reader)] == [True]
    [narrow] = take(node, delivery(document(event(action="ADD"))))
    assert len(narrow.refused) == 1


def test_xml_is_taken_like_json(node):
    xml = b"""<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
      creationDate="2026-03-01T12:00:00Z"><EPCISBody><EventList><ObjectEvent>
      <eventTime>2026-03-01T12:00:00+05:00</eventTime><eventTimeZoneOffset>+05:00</eventTimeZoneOffset>
      <epcList><epc>urn:birlik:object:wagon_1520:52687431</epc></epcList><action>OBSERVE</action>
      <bizStep>urn:epcglobal:cbv:bizstep:arriving</bizStep></ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"""
    [receipt] = take(node, delivery(xml, content_type="application/xml"))
    assert (receipt.failed, receipt.result.new_n) == (None, 1)
    assert [m["activity"] for m in rows(node, "transport_movement")] == ["arrive"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(b'\xef\xbb\xbf {"type":"EPCISDocument"', "application/json", id="document"),
        pytest.param(b'{"a":1,"type": "EPCISQueryDocument"', "application/json", id="query document"),
        pytest.param(b"<?xml version='1.0'?><epcis:EPCISDocument", "application/xml", id="xml"),
        pytest.param(b"<gpx>", None, id="gpx"),
        pytest.param(b"a,b\n1,2", None, id="csv"),
    ],
)
def test_files_are_known_by_their_first_bytes(start, expected):
    found = EPCIS.sniff(start, "file")
    assert (found or {}).get("content_type") == expected


def test_a_rebuild_from_the_journal_gives_the_same_rows(tmp_path):
    tables = ("transport_epcis_event", "transport_movement", "transport_capture_job")
    node = open_node(tmp_path / "node")
    take(node, delivery(document(event(), OTHER)))
    take(node, delivery(document(event(action="ADD"))), delivery(document(event(eventID="urn:x:3"))))
    before = [rows(node, name) for name in tables]
    node.close()
    for file in (tmp_path / "node").glob("store.duckdb*"):
        file.unlink()
    again = open_node(tmp_path / "node")
    after = [rows(again, name) for name in tables]
    again.close()
    assert after == before


MASTER = {
    "epcisMasterData": {
        "vocabularyList": [
            {
                "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                "vocabularyElementList": [
                    {"id": "urn:x:yard", "attributes": [{"id": "urn:x:area", "attribute": 1.50}]}
                ],
            }
        ]
    }
}


def test_master_data_of_a_header_are_kept_as_they_came(node):
    body = json.dumps(document(event(), epcisHeader=MASTER)).replace("1.5}", "1.50}").encode()
    [receipt] = take(node, delivery(body))
    [kept] = rows(node, "transport_epcis_master_data")
    assert json.loads(kept["header"]) == MASTER
    assert "1.50}" in kept["header"]
    assert kept["message"] == receipt.result.message
    take(node, delivery(document(event(eventID="urn:x:2"), epcisHeader={"x:y": 1})))
    assert len(rows(node, "transport_epcis_master_data")) == 1


def test_master_data_of_an_xml_header_are_kept(node):
    body = b"""<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
        creationDate="2026-03-01T12:00:00Z"><EPCISHeader><extension><EPCISMasterData><VocabularyList/></EPCISMasterData>
        </extension></EPCISHeader><EPCISBody><EventList/></EPCISBody></e:EPCISDocument>"""
    take(node, delivery(body, content_type="application/xml"))
    [kept] = rows(node, "transport_epcis_master_data")
    assert "<VocabularyList/>" in kept["header"]


# --- read apart -----------------------------------------------------------------------------------------------

TABLES = ("transport_epcis_event", "transport_movement", "transport_epcis_trace", "transport_capture_job")


def everything(node):
    """All rows, each with its times; a rebuild must give the same."""
    return {name: sorted(rows(node, name), key=str) for name in (*TABLES, "transport_epcis_master_data")}


def large(first, **changes):
    """More than 64 KiB, so that it is read in a worker; event 0 is the same in all."""
    numbers = (0, *range(first, first + 300))
    events = [event(eventID=f"urn:x:{i}", epcList=[f"urn:x:{i}"], **(changes if i == 0 else {})) for i in numbers]
    return document(*events, epcisHeader=MASTER)


def test_what_is_read_in_a_worker_is_judged_by_the_commit_and_rebuilt_alike(tmp_path):
    node = open_node(tmp_path / "node", follow_every_s=3600)
    service = Service(node)
    service.start()
    try:
        bodies = [large(1), large(1_000), large(2_000, action="ADD"), large(2_000, action="ADD")]
        sent = [delivery(body, behaviour="proceed") for body in bodies]
        assert all(len(one.body) > 64 * 1024 for one in sent)
        receipts = [service.take_now(one) for one in sent]
    finally:
        service.stop()
    assert [(receipt.result.new_n, len(receipt.refused)) for receipt in receipts[:3]] == [(301, 0), (300, 0), (300, 1)]
    assert receipts[1].notices == ("events that were here already: 1",)
    [fault] = receipts[2].refused
    assert (fault.where.pointer, json.loads(fault.raw)["action"]) == ("/epcisBody/eventList/0", "ADD")
    assert receipts[3].repeated
    before = everything(node)
    assert [len(before[name]) for name in TABLES] == [901, 901, 901, 3]
    node.close()
    upkeep.rebuild(tmp_path / "node", open_node)
    node = open_node(tmp_path / "node")
    assert everything(node) == before
    node.close()


def test_all_rows_of_a_delivery_say_the_time_at_which_it_had_been_read(tmp_path):
    class Running(SetClock):
        def now(self):
            self.advance(timedelta(seconds=1))
            return self.at

    node = open_node(tmp_path / "node", Running(NOW), follow_every_s=3600)
    service = Service(node)
    service.start()
    try:
        for first in (1, 1_000):
            service.take_now(delivery(large(first)))
    finally:
        service.stop()
    messages = {row["received_time"] for row in rows(node, "birlik_message")}
    jobs = rows(node, "transport_capture_job")
    assert len(messages) == 2
    assert NOW not in messages
    assert {row["record_time"] for row in rows(node, "transport_epcis_event")} == messages
    assert {row["received_time"] for row in rows(node, "transport_movement")} == messages
    assert {row["created_time"] for row in jobs} == {row["finished_time"] for row in jobs} == messages
    node.close()
