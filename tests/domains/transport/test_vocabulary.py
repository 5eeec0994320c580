"""The facts that are shipped hold together, and agree with the reference data they were carried over from."""

import csv
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from birlik.domains.transport.vocabulary import (
    BASES,
    MODES,
    crossings,
    edges,
    geofences,
    place_by_code,
    places,
    reported,
)

PLACE_IDS = {place.place_id for place in places()}


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        pytest.param([(c.side_a, c.side_b) for c in crossings()], 33, id="crossings"),
        pytest.param([(e.from_place, e.to_place) for e in edges()], 175, id="edges"),
        pytest.param([(g.place_id,) for g in geofences()], 184, id="geofences"),
    ],
)
def test_every_place_named_is_a_place(rows: list[tuple[str, ...]], names: int) -> None:
    assert len(rows) == names
    assert {place for row in rows for place in row} <= PLACE_IDS


def test_every_row_says_where_it_is_from() -> None:
    rows = (*places(), *crossings(), *edges(), *geofences(), *reported())
    assert all(row.source and row.basis in BASES for row in rows)
    assert {row.mode for row in (*crossings(), *edges())} <= set(MODES)
    assert all(ZoneInfo(place.zone_tz) for place in places())


def test_a_code_leads_to_one_place() -> None:
    codes = [code for place in places() for code in place.codes()]
    assert len(codes) == len(set(codes))
    assert place_by_code()["esr:553002"].place_id == "az-alat-port"
    assert place_by_code()["unlocode:KZALS"].place_id == "cn-alashankou"


def test_queue_zones_are_no_smaller_than_the_point_is_vague() -> None:
    vague = {place.place_id: place.precision_km for place in places()}
    assert all((g.radius_m or 0) >= 1000 * vague[g.place_id] for g in geofences() if g.zone == "queue")


def test_bad_and_disputed_figures_carry_their_fault() -> None:
    bad = [r for r in reported() if r.fault.startswith("KNOWN BAD")]
    assert {(r.year, r.mode, r.scope, r.indicator) for r in bad} >= {
        (2021, "rail", "CAREC", "SWD"), (2020, "rail", "corridor 2", "TFI1"), (2022, "rail", "CHN", "TFI1"),
    }  # fmt: skip
    assert {r.value for r in reported() if r.fault.startswith("CONFLICT: printed as 161")} == {161, 162}


@pytest.mark.reference
def test_the_network_is_the_reference_networks(reference_data: Path) -> None:
    folder = reference_data / "transport" / "corridor-network"
    with (folder / "corridor_nodes.csv").open(encoding="utf-8") as file:
        nodes = {(r["place_id"], float(r["lat"]), float(r["lon"])) for r in csv.DictReader(file)}
    with (folder / "corridor_edges.csv").open(encoding="utf-8") as file:
        lengths = sorted((r["from"], r["to"], r["mode"], float(r["length_km"])) for r in csv.DictReader(file))
    assert {(p.place_id, p.latitude, p.longitude) for p in places()} == nodes
    assert sorted((e.from_place, e.to_place, e.mode, e.length_km) for e in edges()) == lengths
