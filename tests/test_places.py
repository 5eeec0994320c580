"""Places: the ids they go by, and how far apart they are."""

import pytest

from birlik.places import Place, distance_km


def test_a_place_answers_to_every_agencys_code() -> None:
    place = Place(
        place_id="az-alat-port", name_en="Alat", country="AZE", kind="port", latitude=39.95, longitude=49.41,
        precision_km=4, zone_tz="Asia/Baku", place_id_unlocode="AZALA", station_ids_esr=("548502", "553002"),
    )  # fmt: skip
    assert place.codes() == ("own:az-alat-port", "unlocode:AZALA", "esr:548502", "esr:553002")


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
