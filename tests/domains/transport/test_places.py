"""The ids that a place goes by."""

from birlik.domains.transport.vocabulary import Place


def test_a_place_answers_to_every_agencys_code() -> None:
    place = Place(
        place_id="az-alat-port", name_en="Alat", country="AZE", kind="port", latitude=39.95, longitude=49.41,
        precision_km=4, zone_tz="Asia/Baku", place_id_unlocode="AZALA", station_ids_esr=("548502", "553002"),
    )  # fmt: skip
    assert place.codes() == ("own:az-alat-port", "unlocode:AZALA", "esr:548502", "esr:553002")
