"""EPCIS in XML gives the document that JSON-LD would have given."""

import pytest

from birlik.domains.transport.wire.epcis_document import parse_document
from birlik.domains.transport.wire.epcis_hash import document_hashes, event_hash
from birlik.domains.transport.wire.epcis_validator import Validator
from birlik.domains.transport.wire.epcis_xml import parse_xml
from birlik.errors import Malformed, TooLarge

EVENT = """
<ObjectEvent>
  <eventTime>2026-03-01T12:00:00+05:00</eventTime><eventTimeZoneOffset>+05:00</eventTimeZoneOffset>
  <epcList><epc>urn:epc:id:sgtin:4012345.011111.9876</epc></epcList>
  <action>ADD</action>
  <bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep><disposition>cbv:Disp-active</disposition>
  <readPoint><id>urn:epc:id:sgln:4012345.00005.0</id></readPoint>
  <bizTransactionList><bizTransaction type="urn:epcglobal:cbv:btt:po">urn:x:1</bizTransaction></bizTransactionList>
  <extension>
    <quantityList>
      <quantityElement><epcClass>urn:x:class</epcClass><quantity>2.50</quantity><uom>KGM</uom></quantityElement>
    </quantityList>
    <ilmd><example:grade>A</example:grade></ilmd>
    <sensorElementList><sensorElement>
      <sensorMetadata deviceID="urn:x:d"/>
      <sensorReport type="gs1:Temperature" value="26.0" uom="CEL"/>
      <sensorReport type="gs1:Dimensionless" booleanValue="true"/>
    </sensorElement></sensorElementList>
  </extension>
  <example:tag>a</example:tag><example:tag>b</example:tag>
</ObjectEvent>
"""

AS_JSON = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T12:00:00+05:00",
    "eventTimeZoneOffset": "+05:00",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:1"}],
    "quantityList": [{"epcClass": "urn:x:class", "quantity": 2.5, "uom": "KGM"}],
    "ilmd": {"example:grade": "A"},
    "sensorElementList": [
        {
            "sensorMetadata": {"deviceID": "urn:x:d"},
            "sensorReport": [
                {"type": "Temperature", "value": 26, "uom": "CEL"},
                {"type": "Dimensionless", "booleanValue": True},
            ],
        }
    ],
    "example:tag": ["a", "b"],
}

ROOT = (
    '<epcis:{kind} xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:example="https://ns.example.com/epcis/" '
    'schemaVersion="2.0" creationDate="2026-03-01T07:00:00Z">{body}</epcis:{kind}>'
)


def xml(*events, kind="EPCISDocument"):
    body = f"<EPCISBody><EventList>{''.join(events)}</EventList></EPCISBody>"
    return ROOT.format(kind=kind, body=body).encode()


def parsed(raw, *, max_depth=64, max_events=100):
    return parse_xml(raw, max_depth=max_depth, max_events=max_events)


def test_an_event_is_what_json_would_have_given():
    given = parsed(xml(EVENT))
    assert given.events == [AS_JSON]
    assert (given.kind, given.schema_version) == ("EPCISDocument", "2.0")
    assert Validator().validate(given.value) == []


def test_both_ways_to_the_hash_agree():
    given = parsed(xml(EVENT))
    assert document_hashes(given) == [event_hash(given.events[0], given.context)]


def test_a_query_document():
    body = (
        "<EPCISBody><query:QueryResults xmlns:query='urn:epcglobal:epcis-query:xsd:2'><queryName>q</queryName>"
        f"<resultsBody><EventList>{EVENT}</EventList></resultsBody></query:QueryResults></EPCISBody>"
    )
    given = parsed(ROOT.format(kind="EPCISQueryDocument", body=body).encode())
    assert (given.kind, given.events) == ("EPCISQueryDocument", [AS_JSON])
    assert Validator().validate(given.value) == []


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{('&' + a + ';') * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"", "not XML", id="nothing"),
        pytest.param(xml(EVENT)[:-20], "not XML", id="cut off"),
        pytest.param(b"<a/>", "neither", id="something else"),
        pytest.param((LAUGHS + "]><x>&i;</x>").encode(), "not XML: Maximum entity", id="billion laughs"),
        pytest.param(
            b"<!DOCTYPE x SYSTEM 'http://example.com/x.dtd'>" + xml(EVENT), "a DOCTYPE is not taken", id="outside DTD"
        ),
        pytest.param(
            b"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/hostname'>]><x>&f;</x>", "a DOCTYPE", id="outside entity"
        ),
        pytest.param(xml("<a>" * 70 + "</a>" * 70), "nested deeper", id="70 levels"),
        pytest.param(b"<a>" * 100_000, "not XML", id="100 000 levels"),
    ],
)
def test_refused(raw, reason):
    with pytest.raises(Malformed) as refused:
        parsed(raw)
    assert refused.value.reason.startswith(reason)


def test_too_many_events_is_too_large():
    with pytest.raises(TooLarge):
        parsed(xml(EVENT, EVENT), max_events=1)


@pytest.mark.reference
def test_published_pairs_hold_the_same_events_in_both_forms(reference_data):
    folder = reference_data / "transport" / "event-hash" / "examples"
    pairs = [p for p in sorted(folder.glob("*.xml")) if p.with_suffix(".jsonld").exists()]
    assert len(pairs) >= 3
    for path in pairs:
        ours = parsed(path.read_bytes())
        theirs = parse_document(path.with_suffix(".jsonld").read_bytes(), max_depth=64, max_events=100)
        assert [event_hash(e, ours.context) for e in ours.events] == document_hashes(theirs), path.name
