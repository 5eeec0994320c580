"""The CBV 2.0 event hash, against published hashes, and where each rule shows by itself."""

from pathlib import Path

import pytest

from birlik.domains.transport.wire.epcis_digital_link import canonical, check_digit
from birlik.domains.transport.wire.epcis_document import parse_document
from birlik.domains.transport.wire.epcis_hash import document_hashes, document_prehashes, event_hash, prehash_string
from birlik.domains.transport.wire.epcis_xml import parse_xml

CONTEXT = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"example": "https://ns.example.com/epcis/"}]

IGNORED = {
    "epcisQueryDocHavingEventWithIgnoreFields": ["repository-x:hash", "example:captureID"],
    "epcisXmlDocHavingEventWithIgnoreFields": ["example:testField1", "example:testField2"],
}


def read(path: Path):
    parse = parse_xml if path.suffix == ".xml" else parse_document
    return parse(path.read_bytes(), max_depth=64, max_events=1000)


@pytest.fixture(scope="module")
def published(reference_data):
    return reference_data / "transport" / "event-hash"


@pytest.mark.reference
def test_published_hashes_hold_for_json_and_for_xml(published):
    inputs = [p for p in sorted((published / "examples").iterdir()) if p.suffix in (".jsonld", ".xml")]
    assert len(inputs) >= 17
    wrong = [
        p.name
        for p in inputs
        if document_hashes(read(p), ignore=IGNORED.get(p.stem, ())) != p.with_suffix(".hashes").read_text().split()
    ]
    assert wrong == []


@pytest.mark.reference
def test_published_prehashes_hold_where_they_belong_to_the_published_hash(published):
    compared = 0
    for path in sorted((published / "examples").iterdir()):
        if path.suffix not in (".jsonld", ".xml") or not path.with_suffix(".prehashes").exists():
            continue
        ours = document_prehashes(read(path), ignore=IGNORED.get(path.stem, ()))
        lines = path.with_suffix(".prehashes").read_text().split("\n")
        matching = sum(a == b for a, b in zip(ours, lines, strict=False))
        compared += matching
    assert compared >= 25


@pytest.mark.reference
def test_different_ways_to_write_one_event_give_one_hash(published):
    files = sorted((published / "expected_equal").iterdir())
    assert len(files) >= 5
    assert [p.name for p in files if len(set(document_hashes(read(p)))) != 1] == []


def event(**changes):
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T12:00:00+05:00",
        "eventTimeZoneOffset": "+05:00",
        "action": "OBSERVE",
        **changes,
    }


START = "eventType=ObjectEventeventTime=2026-03-01T07:00:00.000ZeventTimeZoneOffset=+05:00"


@pytest.mark.parametrize(
    ("changes", "prehash"),
    [
        pytest.param({}, START + "action=OBSERVE", id="least"),
        pytest.param(
            {"eventID": "urn:x:y", "recordTime": "2026-03-02T00:00:00Z"}, START + "action=OBSERVE", id="left out"
        ),
        pytest.param({"errorDeclaration": {"declarationTime": "x"}}, START + "action=OBSERVE", id="error declaration"),
        pytest.param(
            {"rdfs:comment": "so", "@context": [{"a": "b:"}]}, START + "action=OBSERVE", id="comment, context"
        ),
        pytest.param(
            {"epcList": ["urn:b:2", "urn:a:1"]}, START + "epcListepc=urn:a:1epc=urn:b:2action=OBSERVE", id="sorted list"
        ),
        pytest.param(
            {"bizStep": "shipping"}, START + "action=OBSERVEbizStep=https://ref.gs1.org/cbv/BizStep-shipping", id="word"
        ),
        pytest.param(
            {"example:n": 26.0, "example:on": True},
            START + "action=OBSERVE{https://ns.example.com/epcis/}n=26{https://ns.example.com/epcis/}on=true",
            id="extensions",
        ),
        pytest.param(
            {"bizTransactionList": [{"bizTransaction": "urn:x:1", "type": "po"}, {"bizTransaction": "urn:x:0"}]},
            START + "action=OBSERVEbizTransactionListbizTransaction=urn:x:0"
            "type=https://ref.gs1.org/cbv/BTT-pobizTransaction=urn:x:1",
            id="type before transaction",
        ),
    ],
)
def test_prehash(changes, prehash):
    assert prehash_string(event(**changes), CONTEXT) == prehash


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("2026-03-01T07:00:00Z", "2026-03-01T07:00:00.000Z"),
        ("2026-03-01T07:00:00.1234Z", "2026-03-01T07:00:00.123Z"),
        ("2026-03-01T07:00:00.1235Z", "2026-03-01T07:00:00.124Z"),
        ("2026-03-01T06:59:59.9996Z", "2026-03-01T07:00:00.000Z"),
        ("2026-03-01T12:00:00.5+05:00", "2026-03-01T07:00:00.500Z"),
    ],
)
def test_times_are_utc_to_the_millisecond(written, normal):
    assert f"eventTime={normal}e" in prehash_string(event(eventTime=written), CONTEXT)


def test_ignored_fields_take_no_part():
    marked = event(**{"example:captureID": "7"})
    assert event_hash(marked, CONTEXT, ignore=["example:captureID"]) == event_hash(event(), CONTEXT)
    assert event_hash(marked, CONTEXT) != event_hash(event(), CONTEXT)


ROOT = "https://id.gs1.org/"


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "01/04012345111118/21/9876"),
        ("urn:epc:id:sgtin:415056789012.0.987654", "01/04150567890128/21/987654"),
        ("urn:epc:id:sscc:4012345.3111111111", "00/340123451111111111"),
        ("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054"),
        ("urn:epc:id:sgln:4012345.00005.122", "414/4012345000054/254/122"),
        ("urn:epc:id:sgln:123456789012..7", "414/1234567890128/254/7"),
        ("urn:epc:id:grai:4012345.00022.334455", "8003/04012345000221334455"),
        ("urn:epc:id:giai:4000001.111", "8004/4000001111"),
        ("urn:epc:id:gdti:987659999999..9", "253/98765999999929"),
        ("urn:epc:id:cpi:4012345.ABC.123", "8010/4012345ABC/8011/123"),
        ("urn:epc:id:itip:4012345.011111.01.02.987", "8006/040123451111180102/21/987"),
        ("urn:epc:id:upui:4012345.012345.AB12", "01/04012345123456/235/AB12"),
        ("urn:epc:id:pgln:999999999999.", "417/9999999999994"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "01/04012345123456/10/Lot987"),
        ("urn:epc:idpat:sgtin:4012345.044444.*", "01/04012345444445"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "8006/040123451234560102"),
        ("urn:epc:idpat:upui:4012345.012345.*", "01/04012345123456"),
        ("https://example.com/gtin/4012345111118/ser/9876?x=1", "01/04012345111118/21/9876"),
        ("https://example.com/shop/01/04012345111118/22/2A/10/L1/21/9876", "01/04012345111118/21/9876"),
        ("http://id.gs1.org/414/4012345000054/254/1", "414/4012345000054/254/1"),
    ],
)
def test_every_writing_of_a_key_becomes_one_digital_link(uri, key):
    assert canonical(uri) == ROOT + key
    assert canonical(ROOT + key) == ROOT + key


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:sgtin:4012345.11111.9876",
        "urn:epc:id:nosuch:1.2",
        "urn:epc:id:sscc:4012345.31",
        "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
        "http://transaction.acme.com/po/12345678",
        "https://example.com/01/notdigits/21/1",
        "https://example.com/01/04012345111118/99/1",
        "https",
        "",
    ],
)
def test_what_is_no_gs1_key_is_left_alone(uri):
    assert canonical(uri) is None


def test_the_check_digit_of_the_general_specifications():
    assert check_digit("629104150021") == "3"
