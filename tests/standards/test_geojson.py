"""GeoJSON: RFC 7946 out of columns, and what is wrong with a drawn polygon, by its place."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from birlik.errors import Malformed
from birlik.standards.geojson import oriented, parse_polygon, points, polygons, signed_area

SQUARE = [[69.0, 41.0], [70.0, 41.0], [70.0, 42.0], [69.0, 42.0], [69.0, 41.0]]
HOLE = [[69.2, 41.2], [69.2, 41.4], [69.4, 41.4], [69.4, 41.2], [69.2, 41.2]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def test_rows_become_features_with_longitude_first_and_six_decimals():
    found = points([69.12345678], [41.0], {"name": ["Yallama"], "waiting": [3]}, ids=["UZ-1"])
    assert found == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [69.123457, 41.0]},
                "id": "UZ-1",
                "properties": {"name": "Yallama", "waiting": 3},
            }
        ],
    }


@pytest.mark.parametrize(("x", "y"), [(None, 41.0), (69.0, None), (math.nan, 41.0)])
def test_a_row_without_a_place_stays_a_feature(x, y):
    assert points([x], [y], {"name": ["?"]})["features"] == [
        {"type": "Feature", "geometry": None, "properties": {"name": "?"}}
    ]


def test_minus_zero_is_zero():
    assert str(points([-0.0000001], [0.0], {})["features"][0]["geometry"]["coordinates"]) == "[0.0, 0.0]"


def test_columns_of_other_lengths_are_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="shorter"):
        points([1.0, 2.0], [1.0, 2.0], {"name": ["one"]})


@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1], SQUARE[:-1]], ids=["as it should be", "clockwise", "open"])
def test_outer_rings_are_closed_and_counter_clockwise(ring):
    (out,) = oriented([ring])
    assert out[0] == out[-1]
    assert signed_area(out) == pytest.approx(1.0)


@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
def test_holes_are_clockwise(hole):
    feature = polygons([[SQUARE, hole], None], {"name": ["a", "b"]})["features"]
    assert signed_area(feature[0]["geometry"]["coordinates"][1]) < 0
    assert feature[1]["geometry"] is None


@settings(deadline=None, derandomize=True)
@given(st.integers(3, 12), st.floats(-170, 170), st.floats(-80, 80), st.floats(0.001, 5), st.booleans())
def test_a_drawn_polygon_reads_back_as_what_it_is_written_as(corners, x, y, size, clockwise):
    turns = [2 * math.pi * k / corners for k in range(corners)]
    ring = [[x + size * math.cos(turn), y + size * math.sin(turn)] for turn in turns]
    ring.append(ring[0])
    rings = parse_polygon(polygon(ring[::-1] if clockwise else ring))
    assert parse_polygon({"type": "Feature", "geometry": polygon(*[[list(p) for p in r] for r in rings])}) == rings
    assert signed_area(rings[0]) > 0


def test_altitudes_are_dropped():
    assert parse_polygon(polygon([[*position, 350.0] for position in SQUARE])) == [[tuple(p) for p in SQUARE]]


def spoiled(index, value):
    return [value if at == index else position for at, position in enumerate(SQUARE)]


@pytest.mark.parametrize(
    ("geometry", "pointer", "reason"),
    [
        pytest.param(None, "/type", "must be a Polygon", id="null"),
        pytest.param({"type": "Point", "coordinates": [0, 0]}, "/type", "must be a Polygon", id="a point"),
        pytest.param({"type": "Feature", "geometry": None}, "/geometry/type", "must be a Polygon", id="empty feature"),
        pytest.param(polygon(), "/coordinates", "one ring", id="no rings"),
        pytest.param(polygon(SQUARE[:3]), "/coordinates/0", "four positions", id="three positions"),
        pytest.param(polygon(SQUARE[:4]), "/coordinates/0/3", "not closed", id="open"),
        pytest.param(polygon(spoiled(1, [70.0])), "/coordinates/0/1", "a position is", id="one number"),
        pytest.param(polygon(spoiled(1, ["70", 41])), "/coordinates/0/1/0", "longitude must be", id="text"),
        pytest.param(polygon(spoiled(1, [True, 41])), "/coordinates/0/1/0", "longitude must be", id="true"),
        pytest.param(polygon(spoiled(1, [181, 41])), "/coordinates/0/1/0", "longitude 181", id="longitude 181"),
        pytest.param(polygon(spoiled(1, [41, 120])), "/coordinates/0/1/1", "longitude comes first", id="swapped"),
        pytest.param(polygon(spoiled(1, [math.nan, 41])), "/coordinates/0/1/0", "longitude nan", id="NaN"),
        pytest.param(
            polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]),
            "/coordinates/0",
            "crosses",
            id="bow tie",
        ),
        pytest.param(polygon([[0, 0], [1, 1], [2, 2], [0, 0]]), "/coordinates/0", "no area", id="a line"),
        pytest.param(polygon([[0, 0]] * 4), "/coordinates/0", "no area", id="one place"),
        pytest.param(polygon(HOLE, SQUARE), "/coordinates/1", "not inside", id="hole outside"),
        pytest.param(polygon(SQUARE, HOLE, HOLE), "/coordinates", "overlap", id="the same hole twice"),
    ],
)
def test_a_faulty_polygon_is_refused_with_its_place(geometry, pointer, reason):
    with pytest.raises(Malformed, match=reason) as caught:
        parse_polygon(geometry)
    assert caught.value.where.pointer == pointer
