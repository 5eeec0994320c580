"""The simple event query: which parameters find which events."""

import re
from datetime import UTC, datetime

import pytest
import yaml

from birlik.domains.transport.wire.epcis_query import matches, normal_biz_step, parse_query, parse_query_body
from birlik.errors import BadRequest

CONTEXT = ["urn:x:c", {"example": "https://ns.example.com/epcis/"}]

EVENT = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:1",
    "eventTime": "2026-03-01T12:00:00+05:00",
    "eventTimeZoneOffset": "+05:00",
    "recordTime": "2026-03-01T08:00:00Z",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "persistentDisposition": {"set": ["damaged"], "unset": ["sellable_accessible"]},
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876", "urn:x:box"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.Lot987", "quantity": 150, "uom": "KGM"}],
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0", "example:gate": "7"},
    "bizLocation": {"id": "urn:x:yard"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:po1"}, {"bizTransaction": "urn:x:untyped"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4000001.00000"}],
    "sensorElementList": [
        {
            "sensorMetadata": {"deviceID": "urn:x:dev", "startTime": "2026-03-01T06:00:00Z"},
            "sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL", "booleanValue": True}],
        }
    ],
    "ilmd": {"example:grade": "A"},
    "example:weight": 12,
    "example:due": "2026-04-01T00:00:00Z",
    "example:outer": {"example:inner": "deep"},
    "errorDeclaration": {
        "declarationTime": "2026-03-05T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:2"],
    },
}


def found(name, value):
    return matches(EVENT, parse_query({name: [value]}, context=CONTEXT), context=CONTEXT)


@pytest.mark.parametrize(
    ("name", "finds", "misses"),
    [
        ("eventType", "ObjectEvent|AggregationEvent", "AssociationEvent"),
        ("GE_eventTime", "2026-03-01T07:00:00Z", "2026-03-01T07:00:01Z"),
        ("LT_eventTime", "2026-03-01T07:00:01Z", "2026-03-01T12:00:00+05:00"),
        ("GE_recordTime", "2026-03-01T08:00:00Z", "2026-03-01T08:00:01Z"),
        ("LT_recordTime", "2026-03-01T13:00:01 05:00", "2026-03-01T08:00:00Z"),
        ("EQ_action", "OBSERVE", "ADD|DELETE"),
        ("EQ_bizStep", "cbv:BizStep-shipping", "receiving"),
        ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-shipping", "urn:x:shipping"),
        ("EQ_disposition", "urn:epcglobal:cbv:disp:in_transit", "active"),
        ("EQ_persistentDisposition_set", "damaged", "sellable_accessible"),
        ("EQ_persistentDisposition_unset", "sellable_accessible", "damaged"),
        ("EQ_readPoint", "https://id.gs1.org/414/4012345000054", "urn:x:yard"),
        ("EQ_eventID", "urn:uuid:0|urn:uuid:1", "urn:uuid:0"),
        ("MATCH_epc", "https://id.gs1.org/01/04012345111118/21/9876", "urn:epc:id:sgtin:4012345.011111.1"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.011111.*", "urn:epc:idpat:sgtin:4012345.011112.*"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.*.*", "urn:epc:idpat:sgtin:4012346.*.*"),
        ("MATCH_anyEPC", "urn:x:box", "urn:x:bo"),
        ("MATCH_epcClass", "urn:epc:class:lgtin:4012345.012345.*", "urn:epc:class:lgtin:4012345.012346.*"),
        ("MATCH_anyEPCClass", "https://id.gs1.org/01/04012345123456/10/Lot987", "urn:x:class"),
        ("EQ_quantity", "150.0", "151"),
        ("GT_quantity", "149", "150"),
        ("LE_quantity", "150", "149"),
        ("GE_quantity_KGM", "150", "151"),
        ("EQ_quantity_KGM", "150", "1"),
        ("EXISTS_errorDeclaration", "true", None),
        ("GE_errorDeclarationTime", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"),
        ("EQ_errorReason", "incorrect_data", "did_not_occur"),
        ("EQ_correctiveEventID", "urn:uuid:2", "urn:uuid:1"),
        ("EQ_bizTransaction_po", "urn:x:po1", "urn:x:untyped"),
        ("EQ_bizTransaction_", "urn:x:untyped", "urn:x:po1"),
        ("EQ_source_owning_party", "https://id.gs1.org/417/4000001000005", "urn:x:other"),
        ("EQ_source_cbv:SDT-owning_party", "urn:epc:id:pgln:4000001.00000", "urn:x:other"),
        ("EQ_type", "Temperature", "Speed"),
        ("EQ_deviceID", "urn:x:dev", "urn:x:other"),
        ("GE_startTime", "2026-03-01T06:00:00Z", "2026-03-01T06:00:01Z"),
        ("EQ_booleanValue", "true", "false"),
        ("GE_value_CEL", "4.5", "4.6"),
        ("LT_value_CEL", "5", "4.5"),
        ("EQ_example:weight", "12.0", "13"),
        ("GT_example:weight", "11", "12"),
        ("LT_example:due", "2026-05-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("EQ_https://ns.example.com/epcis/#weight", "12", "13"),
        ("EXISTS_example:weight", "true", None),
        ("EQ_ILMD_example:grade", "A", "B"),
        ("EQ_INNER_example:inner", "deep", "shallow"),
        ("EQ_readPoint_example:gate", "7", "8"),
    ],
)
def test_a_parameter_finds(name, finds, misses):
    assert found(name, finds)
    assert misses is None or not found(name, misses)


@pytest.mark.parametrize(
    "name",
    [
        "EXISTS_example:nosuch",
        "EXISTS_ILMD_example:weight",
        "EXISTS_example:inner",
        "EXISTS_ERROR_DECLARATION_example:weight",
    ],
)
def test_a_field_is_looked_for_where_the_name_says(name):
    assert not found(name, "true")


def test_all_parameters_must_hold():
    both = parse_query({"EQ_action": ["OBSERVE"], "EQ_bizStep": ["shipping"]})
    assert matches(EVENT, both)
    assert not matches({**EVENT, "bizStep": "receiving"}, both)
    assert matches(EVENT, parse_query({}))


def test_the_time_of_storing_counts_where_it_is_given():
    later = parse_query({"GE_recordTime": ["2026-03-02T00:00:00Z"]})
    assert not matches(EVENT, later)
    assert matches(EVENT, later, record_time=datetime(2026, 3, 2, tzinfo=UTC))


def test_what_the_store_can_narrow_with():
    query = parse_query(
        {
            "eventType": ["ObjectEvent|AggregationEvent"],
            "EQ_bizStep": ["cbv:BizStep-shipping"],
            "EQ_eventID": ["urn:uuid:1"],
            "MATCH_anyEPC": ["urn:x:box"],
            "GE_eventTime": ["2026-03-01T12:00:00+05:00"],
            "LT_recordTime": ["2026-03-02T00:00:00Z"],
            "perPage": ["5"],
            "nextPageToken": ["abc"],
            "orderBy": ["eventTime"],
            "orderDirection": ["ASC"],
            "eventCountLimit": ["2"],
        }
    )
    assert query.event_types == {"ObjectEvent", "AggregationEvent"}
    assert (query.biz_steps, query.event_ids, query.traced) == ({"shipping"}, {"urn:uuid:1"}, ({"urn:x:box"},))
    assert query.ge_event_time == datetime(2026, 3, 1, 7, tzinfo=UTC)
    assert query.lt_record_time == datetime(2026, 3, 2, tzinfo=UTC)
    assert (query.per_page, query.next_page_token) == (5, "abc")
    assert (query.order_by, query.descending, query.event_count_limit) == ("eventTime", False, 2)
    assert normal_biz_step("https://ref.gs1.org/cbv/BizStep-shipping") == "shipping"


def test_a_key_that_has_several_writings_is_sought_in_its_canonical_one():
    for writing in ("urn:epc:id:sgtin:4012345.011111.9876", "https://example.com/01/04012345111118/21/9876"):
        query = parse_query({"MATCH_anyEPC": [writing]})
        assert query.traced == ({"https://id.gs1.org/01/04012345111118/21/9876"},)


def test_a_query_body_is_the_same_query():
    query = parse_query_body(
        {
            "@context": CONTEXT[1],
            "eventType": ["ObjectEvent"],
            "GE_quantity": 150,
            "EXISTS_errorDeclaration": None,
            "EQ_example:weight": 12,
            "perPage": 10,
        }
    )
    assert (query.event_types, query.per_page) == ({"ObjectEvent"}, 10)
    assert matches(EVENT, query, context=CONTEXT)


@pytest.mark.parametrize(
    ("params", "parameter", "says"),
    [
        ({"EQ_bizstep": ["shipping"]}, "EQ_bizstep", "did you mean EQ_bizStep"),
        ({"eventType": ["Object"]}, "eventType", "takes ObjectEvent, AggregationEvent"),
        ({"GE_eventTime": ["yesterday"]}, "GE_eventTime", "date and time with its offset"),
        ({"GE_eventTime": ["2026-03-01T12:00:00"]}, "GE_eventTime", "date and time with its offset"),
        ({"EQ_action": ["observe"]}, "EQ_action", "takes ADD, OBSERVE, DELETE"),
        ({"EQ_quantity": ["many"]}, "EQ_quantity", "takes a number"),
        ({"perPage": ["0"]}, "perPage", "whole number from 1"),
        ({"perPage": ["5", "6"]}, "perPage", "takes one value"),
        ({"orderBy": ["bizStep"]}, "orderBy", "takes eventTime, recordTime"),
        ({"orderDirection": ["UP"]}, "orderDirection", "takes ASC or DESC"),
        ({"eventCountLimit": ["5"]}, "eventCountLimit", "needs orderBy"),
        ({"eventCountLimit": ["5"], "maxEventCount": ["5"], "orderBy": ["eventTime"]}, "eventCountLimit", "exclude"),
        ({"HASATTR_bizLocation": ["b"]}, "HASATTR_bizLocation", "master data, which is kept here and not used"),
        ({"EQATTR_bizLocation_urn:x": ["b"]}, "EQATTR_bizLocation_urn:x", "not used in queries yet"),
        ({"WD_readPoint": ["urn:x:yard"]}, "WD_readPoint", "not used in queries yet"),
        ({"GT_example:weight": ["heavy"]}, "GT_example:weight", "takes a number"),
        ({"EQ_bizStep": [""]}, "EQ_bizStep", "takes a value"),
        ({"EXISTS_errorDeclaration": ["maybe"]}, "EXISTS_errorDeclaration", "takes true or false"),
    ],
)
def test_what_is_not_taken_is_named(params, parameter, says):
    with pytest.raises(BadRequest, match=re.escape(says)) as refused:
        parse_query(params)
    assert refused.value.parameter == parameter


@pytest.mark.reference
def test_every_parameter_of_the_openapi_is_known(reference_data):
    text = (reference_data / "transport" / "gs1-epcis" / "openapi" / "openapi.yaml").read_text()
    api = yaml.safe_load(text)
    parameters = api["components"]["parameters"]
    given = [p["$ref"].rpartition("/")[2] for p in api["paths"]["/events"]["get"]["parameters"] if "$ref" in p]
    queried = [parameters[name] for name in given if parameters[name]["in"] == "query"]
    assert len(queried) >= 50
    samples = {"string": "ObjectEvent", "integer": "1", "number": "1", "boolean": "true"}
    for parameter in queried:
        name, schema = parameter["name"], parameter.get("schema", {})
        kind = schema.get("type", "integer" if name == "perPage" else "string")
        sample = samples.get(kind, "ObjectEvent")
        if schema.get("format") == "date-time":
            sample = "2026-03-01T07:00:00Z"
        sample = {"EQ_action": "ADD", "orderBy": "eventTime", "orderDirection": "ASC"}.get(name, sample)
        extra = {"orderBy": ["eventTime"]} if name == "eventCountLimit" else {}
        if name.startswith(("WD_", "HASATTR_", "EQATTR_")):
            with pytest.raises(BadRequest, match="not used in queries yet"):
                parse_query({name: [sample]})
        else:
            parse_query({name: [sample], **extra})
