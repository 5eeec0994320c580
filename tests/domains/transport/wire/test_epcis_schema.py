"""What of EPCIS is accepted: as GS1's own schema decides, but for what decision 0002 lists."""

import copy
import json
from pathlib import Path

import jsonschema_rs
import pytest

from birlik.domains.transport.wire.epcis_validator import Validator

AN_EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T12:00:00+05:00",
    "eventTimeZoneOffset": "+05:00",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
}


@pytest.fixture(scope="module")
def validator():
    return Validator()


def event(**changes):
    """A valid event; a test states only what it is about. None takes a field away."""
    return {key: value for key, value in {**AN_EVENT, **changes}.items() if value is not None}


def document(*events, context=None):
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", *(context or [])],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T07:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


@pytest.mark.parametrize(
    ("changes", "pointer", "reason"),
    [
        pytest.param({"action": None}, "", "action is missing", id="no action"),
        pytest.param({"eventTime": None}, "", "eventTime is missing", id="no time"),
        pytest.param(
            {"eventTime": "2026-03-01T12:00:00"}, "/eventTime", "not a date and time", id="time without offset"
        ),
        pytest.param({"eventTimeZoneOffset": "5"}, "/eventTimeZoneOffset", "not an offset", id="bad offset"),
        pytest.param({"epcList": None}, "", "needs an epcList, a quantityList", id="about nothing"),
        pytest.param({"epcList": ["bare"]}, "/epcList/0", "neither a URI nor a CURIE", id="EPC is no URI"),
        pytest.param({"bizStep": "transforming"}, "/bizStep", "neither of the CBV 2.0", id="unknown step"),
        pytest.param({"disposition": "in_transport"}, "/disposition", "neither of the CBV", id="unknown disposition"),
        pytest.param({"colour": "red"}, "/colour", "without the namespace", id="unknown field"),
        pytest.param({"action": "ADD", "ilmd": {"soil": "x"}}, "/ilmd/soil", "without the namespace", id="ilmd"),
        pytest.param({"ilmd": {}}, "", "ilmd goes with the action ADD only", id="ilmd with OBSERVE"),
        pytest.param({"persistentDisposition": {}}, "/persistentDisposition", "empty", id="neither set nor unset"),
        pytest.param({"bizTransactionList": {}}, "/bizTransactionList", "not a list", id="no list"),
        pytest.param(
            {"certificationInfo": [{"gs1:a": {"gs1:certificationAuditDate": "soon"}}]},
            "/certificationInfo",
            "valid dates",
            id="certificate with a bad date",
        ),
    ],
)
def test_a_fault_is_told_in_words_and_by_its_place(validator, changes, pointer, reason):
    message = document(event(), event(**changes))
    assert not validator.is_valid(message)
    faults = validator.validate(message)
    assert [f.pointer for f in faults] == [f"/epcisBody/eventList/1{pointer}"]
    assert reason in faults[0].reason


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"bizStep": "cbv:BizStep-shipping"}, id="CURIE"),
        pytest.param({"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}, id="full CBV URI"),
        pytest.param({"bizStep": "urn:birlik:bizstep:permit"}, id="a step of our own"),
        pytest.param({"epcList": ["https://id.gs1.org/01/04012345111118/21/9876"]}, id="Digital Link"),
        pytest.param({"ext_1:colour": "red"}, id="prefix with an underscore"),
        pytest.param({"ext:гарант": "иә", "epcList": ["urn:birlik:вагон:52687431"]}, id="IRI"),
        pytest.param({"epcList": None, "quantityList": [{"epcClass": "urn:x:y"}]}, id="quantities only"),
        pytest.param(
            {
                "epcList": None,
                "readPoint": {"id": "geo:43.2,76.9"},
                "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4}]}],
            },
            id="a place and its sensors",
        ),
        pytest.param(
            {"certificationInfo": [{"gs1:CertificationDetails": {"gs1:certificationAuditDate": "2026-01-31"}}]},
            id="certificate with its fields",
        ),
        pytest.param({"certificationInfo": {"type": "gs1:A", "gs1:b": {"gs1:startDate": "2026-01-31"}}}, id="only one"),
    ],
)
def test_accepted(validator, changes):
    assert validator.validate(document(event(**changes))) == []


def test_a_bare_word_has_a_namespace_if_the_context_gives_it_one(validator):
    colour = event(colour="red")
    assert not validator.is_valid(document(colour))
    assert validator.is_valid(document(colour, context=[{"colour": "https://ns.example.com/colour"}]))


def test_a_bare_event_brings_its_own_context(validator):
    assert [f.reason for f in validator.validate(event())] == ["@context is missing"]
    assert validator.is_valid({"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld", **event()})


@pytest.mark.parametrize("message", [None, [], 5, {}, {"type": 5}, {"type": "ObjectEvent"}], ids=repr)
def test_what_is_no_message_at_all_is_refused(validator, message):
    assert validator.validate(message)


# --- beside GS1's schema and documents ---------------------------------------------------------------


def documents(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.rglob(pattern))


@pytest.fixture(scope="module")
def transport(reference_data):
    return reference_data / "transport"


@pytest.fixture(scope="module")
def gs1(transport):
    schema = json.loads((transport / "gs1-epcis/schema/EPCIS-JSON-Schema.json").read_bytes())
    return jsonschema_rs.validator_for(schema, validate_formats=True)


@pytest.mark.reference
def test_every_published_example_is_accepted_and_every_spoilt_one_refused(transport, validator):
    valid = documents(transport / "gs1-epcis/examples", "*.jsonld") + documents(transport / "openepcis/valid", "*.json")
    invalid = documents(transport / "openepcis/invalid", "*.json")
    assert len(valid) >= 66
    assert len(invalid) >= 8
    wrong = [p.name for p in valid if validator.validate(json.loads(p.read_bytes()))]
    assert (wrong, [p.name for p in invalid if validator.is_valid(json.loads(p.read_bytes()))]) == ([], [])


OTHERS = (None, 5, "", "bare", "urn:x:y", [], {}, [5], [{}], True, "2026-03-01T12:00:00Z", {"id": "urn:x:y"})


def mutations(value, path=()):
    """Every way to take away, replace or double one thing in a message."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield path, key, "without"
            yield path, key, "renamed"
            for other in OTHERS:
                yield path, key, other
            yield from mutations(child, (*path, key))
    elif isinstance(value, list) and value:
        yield path, 0, "without"
        yield path, 0, "doubled"
        for other in OTHERS:
            yield path, 0, other
        for i, child in enumerate(value[:3]):
            yield from mutations(child, (*path, i))


def mutated(message, path, key, change):
    spoilt = copy.deepcopy(message)
    holder = spoilt
    for step in path:
        holder = holder[step]
    if change == "without":
        del holder[key]
    elif change == "renamed":
        holder["bare_word"] = holder.pop(key)
    elif change == "doubled":
        holder.append(holder[key])
    else:
        holder[key] = change
    return spoilt


@pytest.mark.reference
@pytest.mark.parametrize(
    "name",
    [
        "object_event_all_possible_fields",
        "aggregation_event_all_possible_fields",
        "association_event_all_possible_fields",
        "transaction_event_all_possible_fields",
        "transformation_event_all_possible_fields",
        "ErrorDeclarationAndCorrectiveEvent",
        "PersistentDisposition-example",
        "EPCISQueryDocument",
    ],
)
def test_a_spoilt_example_is_judged_as_gs1_judges_it(transport, gs1, validator, name):
    (path,) = documents(transport / "gs1-epcis/examples", f"{name}.jsonld")
    message = json.loads(path.read_bytes())
    differing = [
        (place, key, change)
        for place, key, change in mutations(message)
        if validator.is_valid(spoilt := mutated(message, place, key, change)) != gs1.is_valid(spoilt)
    ]
    assert differing == []
