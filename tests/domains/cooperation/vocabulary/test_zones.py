"""Each state and seat of the reference tables has a clock."""

import csv

import pytest

from birlik.domains.cooperation.vocabulary.zones import ZONE_OF_SEAT, ZONE_OF_STATE, zones_of


def test_owners_without_a_zone_add_none_and_no_zone_comes_twice():
    assert [str(zone) for zone in zones_of(["TUR", "members"], ["Ankara", "Istanbul", ""])] == ["Europe/Istanbul"]


@pytest.mark.reference
def test_every_state_and_every_seat_has_a_zone(reference_data):
    ots = reference_data / "cooperation" / "ots"
    with (ots / "states.csv").open(encoding="utf-8") as file:
        states = {row["id"].partition(":")[2] for row in csv.DictReader(file) if not row["id"].startswith("org:")}
    with (ots / "organisations.csv").open(encoding="utf-8") as file:
        seats = {row["seat"] for row in csv.DictReader(file)} - {""}
    assert states == set(ZONE_OF_STATE)
    assert seats <= set(ZONE_OF_SEAT)
