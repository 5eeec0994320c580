"""How far places are apart."""

import pytest

from birlik.places import distance_km


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        pytest.param((0, 0), (0, 180), 20_015.1, id="half the equator"),
        pytest.param((0, 179.5), (0, -179.5), 111.195, id="across the date line"),
        pytest.param((43, 80), (43, 80), 0, id="nowhere to go"),
    ],
)
def test_distance(a: tuple[float, float], b: tuple[float, float], km: float) -> None:
    assert distance_km(*a, *b) == pytest.approx(km, abs=0.1)
