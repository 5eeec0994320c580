"""What an EPCIS event says of movement."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.domains.transport.wire.epcis_hash import event_hash
from birlik.domains.transport.wire.epcis_movement import (
    MovementRow,
    activity_of,
    index_rows,
    object_of_epc,
    place_code_of_uri,
)
from birlik.domains.transport.wire.epcis_query import matches, parse_query
from birlik.errors import Implausible

SEARCHES = {
    "MATCH_anyEPC": "urn:epc:idpat:sgtin:4012345.*.*",
    "EQ_bizStep": "shipping",
    "EQ_bizTransaction_po": "urn:x:1",
    "GE_quantity_KGM": "1",
    "GT_quantity": "1",
    "EQ_type": "Temperature",
    "EQ_readPoint": "urn:x:1",
    "GE_startTime": "2026-03-01T07:00:00Z",
    "EQ_INNER_x:y": "1",
    "EXISTS_ILMD_x:y": "true",
}


def _nested(children):
    return st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3)


def event(**changes):
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T12:00:00+05:00",
        "eventTimeZoneOffset": "+05:00",
        "action": "OBSERVE",
        "epcList": ["urn:birlik:object:wagon_1520:52687431"],
        "bizStep": "arriving",
        "bizLocation": {"id": "urn:birlik:place:unlocode:KZDOS"},
        **changes,
    }


def test_one_row_an_object():
    assert index_rows(event()) == [
        MovementRow(
            object_id="wagon_1520:52687431",
            object_kind="wagon",
            phenomenon_time=datetime(2026, 3, 1, 7, tzinfo=UTC),
            utc_offset_min=300,
            latitude=None,
            longitude=None,
            place_code="unlocode:KZDOS",
            activity="arrive",
            documents=None,
        )
    ]


def test_an_aggregation_moves_the_parent_and_its_children_each_once():
    ferry = event(parentID="urn:x:ferry", childEPCs=["urn:x:a", "urn:x:b", "urn:x:a"], epcList=[])
    assert [row.object_id for row in index_rows(ferry)] == ["epc:urn:x:ferry", "epc:urn:x:a", "epc:urn:x:b"]


@pytest.mark.parametrize(
    "still",
    [
        pytest.param(event(epcList=[], quantityList=[{"epcClass": "urn:x:c"}]), id="quantities only"),
    ],
)
def test_nothing_moved(still):
    assert index_rows(still) == []


@pytest.mark.parametrize(
    ("epc", "object_id", "kind"),
    [
        ("urn:birlik:object:wagon_1520:52687431", "wagon_1520:52687431", "wagon"),
        ("urn:birlik:wagon_1520:52687431", "wagon_1520:52687431", "wagon"),
        ("urn:birlik:object:wagon_1520:52687432", "epc:urn:birlik:object:wagon_1520:52687432", "unknown"),
        ("urn:birlik:object:plate:KZ%20123%20ABC%2002", "plate:KZ 123 ABC 02", "vehicle"),
        ("urn:epc:id:bic:CSQU3054383", "container_iso6346:CSQU3054383", "container"),
        ("urn:epc:id:imovn:9176187", "imo:9176187", "vessel"),
        ("urn:epc:id:sscc:4012345.3111111111", "epc:urn:epc:id:sscc:4012345.3111111111", "consignment"),
        ("https://shop.example/00/340123451111111111", "epc:https://id.gs1.org/00/340123451111111111", "consignment"),
        ("urn:uuid:1", "epc:urn:uuid:1", "unknown"),
    ],
)
def test_an_object_has_the_id_of_its_agency(epc, object_id, kind):
    assert object_of_epc(epc) == (object_id, kind)


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("urn:birlik:place:esr:707701", "esr:707701"),
        ("urn:epc:id:sgln:4012345.00005.0", "gln:4012345000054"),
        ("https://id.gs1.org/414/4012345000054/254/1", "gln:4012345000054"),
        ("https://ports.example/aktau", "own:https://ports.example/aktau"),
        ("urn:birlik:place:nosuch:1", "own:urn:birlik:place:nosuch:1"),
    ],
)
def test_a_place_has_the_code_of_its_agency(uri, code):
    assert place_code_of_uri(uri) == code


@pytest.mark.parametrize(
    ("step", "activity"),
    [
        ("departing", "depart"),
        ("cbv:BizStep-shipping", "depart"),
        ("https://ref.gs1.org/cbv/BizStep-inspecting", "inspect"),
        ("urn:epcglobal:cbv:bizstep:holding", "hold"),
        ("urn:birlik:bizstep:gauge_change", "gauge_change"),
        ("urn:birlik:bizstep:position", "other"),
        ("storing", "other"),
        (None, "other"),
    ],
)
def test_a_step_is_an_activity(step, activity):
    assert activity_of(step) == activity


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param(
            {"bizLocation": {"id": "urn:x:b"}, "readPoint": {"id": "urn:x:r"}}, ("own:urn:x:b", None), id="both"
        ),
        pytest.param({"readPoint": {"id": "urn:x:r"}}, ("own:urn:x:r", None), id="read point"),
        pytest.param({"readPoint": {"id": "geo:43.35,52.87;u=20"}}, (None, 43.35), id="position"),
        pytest.param(
            {"bizLocation": {"id": "urn:x:b"}, "readPoint": {"id": "geo:43.35,52.87,12"}},
            ("own:urn:x:b", 43.35),
            id="all",
        ),
        pytest.param({"readPoint": {"id": "geo:143.35,52.87"}}, (None, None), id="off the globe"),
        pytest.param({}, (None, None), id="nowhere"),
    ],
)
def test_where(places, expected):
    placed = {key: value for key, value in event().items() if key != "bizLocation"} | places
    (row,) = index_rows(placed)
    assert (row.place_code, row.latitude) == expected


@pytest.mark.parametrize(
    ("transaction", "document"),
    [
        ({"bizTransaction": "urn:birlik:document:smgs:0123456"}, "smgs:0123456"),
        ({"bizTransaction": "urn:birlik:document:cmr:KZ%207"}, "cmr:KZ_7"),
        ({"type": "urn:birlik:btt:etir", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:77"}, "etir:77"),
        ({"type": "po", "bizTransaction": "http://acme.example/po/1"}, "po:http://acme.example/po/1"),
        ({"type": "cbv:BTT-po", "bizTransaction": "urn:x:1"}, "po:urn:x:1"),
        ({"bizTransaction": "urn:x:1"}, "document:urn:x:1"),
    ],
)
def test_documents_are_typed(transaction, document):
    (row,) = index_rows(event(bizTransactionList=[transaction]))
    assert row.documents == document


@pytest.mark.parametrize(
    ("written", "happened"),
    [
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2026-03-01t07:00:00z", datetime(2026, 3, 1, 7, tzinfo=UTC)),
        ("2026-03-01T07:00:00.1234567891Z", datetime(2026, 3, 1, 7, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_every_time_that_the_schema_takes_is_read(written, happened):
    (row,) = index_rows(event(eventTime=written))
    assert row.phenomenon_time == happened


def test_a_time_out_of_reach_is_implausible():
    with pytest.raises(Implausible, match="no time that can be reckoned with"):
        index_rows(event(eventTime="0001-01-01T00:00:00+05:00"))


def test_an_event_of_ones_own_type_moves_nothing_whatever_it_holds():
    assert index_rows(event(type="example:Event", epcList=5)) == []


@given(
    st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8), _nested, max_leaves=8)
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_event_of_ones_own_type_is_hashed_and_searched_whatever_it_holds(anything):
    fields = (
        "epcList",
        "bizStep",
        "bizTransactionList",
        "quantityList",
        "sensorElementList",
        "readPoint",
        "ilmd",
        "x:y",
    )
    odd = {"type": "example:Event", "eventTime": "2026-03-01T07:00:00Z", **dict.fromkeys(fields, anything)}
    assert event_hash(odd, ["urn:x:c"]).startswith("ni:///sha-256;")
    for name, value in SEARCHES.items():
        assert matches(odd, parse_query({name: [value]})) in (True, False)


def test_an_event_that_declares_an_earlier_one_wrong_takes_its_rows_back() -> None:
    declared = event(errorDeclaration={"declarationTime": "2026-03-02T00:00:00Z"})
    assert [row.activity for row in index_rows(declared)] == ["void"] * len(index_rows(event()))
    assert [row._replace(activity="") for row in index_rows(declared)] == [
        row._replace(activity="") for row in index_rows(event())
    ]
