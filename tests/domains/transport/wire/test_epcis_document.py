"""From bytes to events: what comes back as it came, and what is refused where."""

import codecs
import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.domains.transport.wire.epcis_document import parse_document
from birlik.errors import Malformed, TooLarge

EVENT = {"type": "ObjectEvent", "zeta": 1, "alpha": [2.50, {"ю": None}]}


def parsed(raw, *, max_depth=64, max_events=100):
    return parse_document(raw, max_depth=max_depth, max_events=max_events)


def document(*events, **changes):
    body = {"eventList": list(events)}
    return json.dumps({"@context": "urn:x:c", "type": "EPCISDocument", "epcisBody": body, **changes}).encode()


def test_events_come_back_as_they_came():
    given = parsed(document(EVENT, EVENT, creationDate="2026-03-01T07:00:00Z", epcisHeader={"a:b": 1}))
    assert orjson.dumps(given.events[1]) == orjson.dumps(EVENT)
    assert (given.kind, given.context, given.creation_date) == ("EPCISDocument", "urn:x:c", "2026-03-01T07:00:00Z")
    assert (given.header, given.pointer(1)) == ({"a:b": 1}, "/epcisBody/eventList/1")


def test_a_query_document_holds_its_events_deeper():
    results = {"queryResults": {"queryName": "q", "resultsBody": {"eventList": [EVENT]}}}
    given = parsed(document(type="EPCISQueryDocument", epcisBody=results))
    assert (given.events, given.pointer(0)) == ([EVENT], "/epcisBody/queryResults/resultsBody/eventList/0")


def test_a_bare_event_is_its_own_document():
    given = parsed(orjson.dumps({"@context": ["urn:x:c"], **EVENT}))
    assert (given.kind, given.context, len(given.events), given.pointer(0)) == ("ObjectEvent", ["urn:x:c"], 1, "")


def test_a_body_with_one_event_and_no_list_is_read_though_the_schema_refuses_it():
    given = parsed(document(epcisBody={"event": EVENT}))
    assert (given.events, given.pointer(0)) == ([EVENT], "/epcisBody/event")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"type":"EPCISDocument"}', id="no body"),
        pytest.param(b'{"type":"EPCISDocument","epcisBody":5}', id="body is a number"),
        pytest.param(b'{"type":"EPCISDocument","epcisBody":{"eventList":[5]}}', id="event is a number"),
    ],
)
def test_what_the_schema_will_refuse_is_no_events_rather_than_an_error(raw):
    assert parsed(raw).events == []


def test_a_byte_order_mark_is_skipped():
    assert parsed(codecs.BOM_UTF8 + document(EVENT)).events == [EVENT]


@pytest.mark.parametrize(
    ("raw", "line", "column", "reason"),
    [
        pytest.param(b"", 1, 1, "not JSON", id="nothing"),
        pytest.param(b'{"type":\n "EPCISDo', 2, 10, "not JSON", id="cut off"),
        pytest.param(b'{"a": NaN}', 1, 7, "not JSON", id="NaN"),
        pytest.param('{"a":\n"Достык"}'.encode("cp1251"), 2, 2, "not UTF-8: byte 7 is 0xc4", id="CP1251"),
        pytest.param(b'{"a": 1}}', 1, 9, "not JSON", id="one brace too many"),
    ],
)
def test_broken_bytes_are_told_by_line_and_column(raw, line, column, reason):
    with pytest.raises(Malformed) as refused:
        parsed(raw)
    assert (refused.value.where.line, refused.value.where.column) == (line, column)
    assert refused.value.reason.startswith(reason)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"[]", id="a list"),
        pytest.param(b"5", id="a number"),
        pytest.param(b'{"a":' * 65 + b"1" + b"}" * 65, id="65 levels"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="100 000 levels"),
        pytest.param(b"[" * 100_000, id="100 000 open brackets"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16"),
    ],
)
def test_malformed(raw):
    with pytest.raises(Malformed):
        parsed(raw)


def test_the_deepest_that_is_allowed_is_allowed():
    assert parsed(b'{"a":' * 64 + b"1" + b"}" * 64)


def test_too_many_events_is_too_large():
    with pytest.raises(TooLarge) as refused:
        parsed(document(EVENT, EVENT, EVENT), max_events=2)
    assert refused.value.reason == "3 events, at most 2 are taken"


class _Pairs(tuple):
    """An object that may say a name twice."""


_NAMES = st.sampled_from(["a", "b", 'q":', 'q" :', "u", "яa"])
_VALUES = st.recursive(
    st.sampled_from([None, 1, "", "x", 'x":', 'x" :', "\n  :"]),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(_NAMES, inner), max_size=3).map(_Pairs),
    max_leaves=8,
)


def _text(value, escape, apart):
    if isinstance(value, _Pairs):
        return "{" + ",".join(f"{_text(n, escape, apart)}{apart}:{_text(v, escape, apart)}" for n, v in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(v, escape, apart) for v in value) + "]"
    text = json.dumps(value, ensure_ascii=escape)
    return text.replace('\\"', "\\u0022") if escape else text


def _says_twice(value):
    if isinstance(value, _Pairs):
        names = [name for name, _ in value]
        return len(names) > len(set(names)) or any(_says_twice(v) for _, v in value)
    return isinstance(value, list) and any(map(_says_twice, value))


def _depth(value):
    if isinstance(value, _Pairs):
        return 1 + max((_depth(v) for v in dict(value).values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@given(value=st.lists(st.tuples(_NAMES, _VALUES), max_size=4).map(_Pairs), escape=st.booleans(), apart=st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_name_said_twice_and_one_level_too_many_are_found_however_they_are_written(value, escape, apart):
    raw = _text(value, escape, " \n" if apart else "").encode()
    limit = 3
    if _depth(value) > limit:
        with pytest.raises(Malformed, match="deeper"):
            parsed(raw, max_depth=limit)
    elif _says_twice(value):
        with pytest.raises(Malformed, match="twice"):
            parsed(raw, max_depth=limit)
    else:
        parsed(raw, max_depth=limit)
