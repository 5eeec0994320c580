"""No bytes make a decoder raise anything but a DeliveryError."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from birlik.domains.transport.wire.border_events import decode_border_events
from birlik.domains.transport.wire.decoded import Bounds, Box
from birlik.domains.transport.wire.dislocation import decode_dislocation
from birlik.domains.transport.wire.gpx import decode_gpx
from birlik.domains.transport.wire.osmand import decode_osmand
from birlik.domains.transport.wire.positions import decode_positions
from birlik.domains.transport.wire.profiles import built_in_profiles, read_profile
from birlik.domains.transport.wire.recognise import sniff, why_unknown
from birlik.errors import DeliveryError, UnknownSetting

BOUNDS = Bounds(received_time=datetime(2026, 3, 1, tzinfo=UTC), region=Box(35, 25, 56, 88))
PROFILES = built_in_profiles()
HEADERS = {
    "positions": b"id,time,lat,lon,speed,course\n",
    "positions_cp1251": "госномер;дата и время;широта;долгота;скорость\n".encode("cp1251"),
    "positions_json": b"[",
    "border_events": b"object,time,place,activity,cmr\n",
    "dislocation": b"NOM_VAG;DATE_OP;KOP_VMD;STAN_OP;INDEX_POEZD;VES_GRZ\n",
    "dislocation_moscow": "Номер вагона;Дата операции;Код операции;Код станции операции\n".encode("cp1251"),
}
DECODERS = {"positions": decode_positions, "border_events": decode_border_events, "dislocation": decode_dislocation}

CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["52687431", "708507", "2026-02-01T00:00:00Z", "01.02.2026 03:04", "45352.5", "43.2", "1e308", "-0", "nan",
         '"', '""', "\0", "9" * 30, "2026-02-01T00:00:00+99:99", "0001-01-01T00:00:00+05:00", "POINT(70 43)", "\u2028",
         "9999-12-31T23:59:59-12:00", "-9223372036854775808", "1" + "0" * 400, "", " 36 ", "\ud7ff", "\x85"]
    ),
)  # fmt: skip
LINES = st.lists(st.lists(CELLS, max_size=7), max_size=6)


def table(lines, delimiter):
    return "\n".join(delimiter.join(cells) for cells in lines).encode("utf-8", "replace")


@pytest.mark.parametrize("name", sorted(PROFILES))
@given(body=st.one_of(st.binary(max_size=200), LINES.map(lambda x: table(x, ",")), LINES.map(lambda x: table(x, ";"))))
@example(body=b'i"\n;;;;;"')
@settings(max_examples=150, deadline=None, derandomize=True)
def test_tables(name, body):
    profile = PROFILES[name]
    for raw in (body, HEADERS[name] + body):
        with suppress(DeliveryError):
            decoded = DECODERS[profile.kind](raw, profile, BOUNDS)
            decoded.rows.validate(full=True)
            assert all(isinstance(error, DeliveryError) for error in decoded.refused)


@given(
    body=st.binary(max_size=200),
    points=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_gpx(body, points):
    track = "".join(f'<trkpt lat="{a}" lon="{b}"><time>{c}</time></trkpt>' for a, b, c in points)
    for raw in (body, b"<gpx>" + body + b"</gpx>", f"<gpx><trk><trkseg>{track}</trkseg></trk></gpx>".encode()):
        with suppress(DeliveryError):
            decode_gpx(raw, BOUNDS)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["location", "coords", "latitude", "longitude", "timestamp", "device_id", "battery", "speed"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(query=st.text(max_size=80), body=st.binary(max_size=80), value=JSON)
@example(query="id=1&lat=1&lon=1&timestamp=-1", body=b"", value=None)
@example(query="id=1&lat=1&lon=1&timestamp=" + "9" * 400, body=b"", value=None)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_osmand(query, body, value):
    messages = [(query, body), (f"id=1&lat=43&lon=70&timestamp={query}&speed={query}", b""), ("", body)]
    for text, raw in [*messages, ("", json.dumps(value).encode()), ("", b"[" * 5000)]:
        for media_type in ("", "application/json"):
            with suppress(DeliveryError):
                decode_osmand(text, raw, media_type, BOUNDS)


@given(raw=st.one_of(st.binary(max_size=300), LINES.map(lambda x: table(x, ";"))))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_recognition(raw):
    for head in (b"", b"PK\x03\x04", b"[{", b"<gpx", b"\xff\xfe"):
        if sniff(head + raw) is None:
            assert why_unknown(head + raw)


@given(text=st.one_of(st.text(max_size=200), st.binary(max_size=100)))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_profile_is_read_or_refused_with_its_key(text):
    with suppress(UnknownSetting):
        read_profile(text)
