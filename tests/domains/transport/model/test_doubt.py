"""Positions are doubted before they are used: transport.md, each reason by itself."""

from typing import Any

import numpy as np
import pytest
from tests.domains.transport.model.toy import CROSSINGS, GEOFENCES, PLACES, movements, row

from birlik.domains.transport.model.doubt import KEPT, REASONS, SPIKE, STUCK, SWAP, doubted
from birlik.domains.transport.model.left_out import left_out_in
from birlik.domains.transport.model.registers import ground
from birlik.domains.transport.vocabulary import OBJECT_KINDS

Fix = tuple[float, float, float]
"""Minutes, latitude, longitude."""
RESTS: list[Fix] = [(10.0 * k, 43.0 + 1e-5 * (k % 3), 80.0 - 1e-5 * (k % 2)) for k in range(9)]


def reasons(fixes: list[Fix], kind: str = "vehicle") -> tuple[list[str], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    minutes, latitude, longitude = (np.array(column, np.float64) for column in zip(*fixes, strict=True))
    n = len(fixes)
    kinds = np.full(n, OBJECT_KINDS.index(kind), np.int8)
    starts, seconds = np.array([0, n]), (minutes * 60).astype(np.int64)
    found, lat, lon = doubted(starts, seconds, latitude, longitude, np.ones(n, np.bool_), kinds)
    return [REASONS[reason] for reason in found], lat, lon


def with_fixes(*changed: tuple[int, float, float]) -> list[Fix]:
    made = list(RESTS)
    for k, lat, lon in changed:
        made[k] = (made[k][0], lat, lon)
    return made


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        pytest.param(RESTS, {}, id="a truck at rest"),
        pytest.param(with_fixes((4, 43.4, 80.0)), {4: SPIKE}, id="44 km away and back in 20 minutes"),
        pytest.param(with_fixes((4, 43.12, 80.0)), {4: SPIKE}, id="13 km from two that agree, however slow"),
        pytest.param(with_fixes((4, 43.12, 80.0), (5, 43.12, 80.0)), {4: SPIKE, 5: SPIKE}, id="two of one jump"),
        pytest.param(with_fixes((4, 43.05, 80.0)), {}, id="6 km away: it may have driven"),
        pytest.param(with_fixes((4, 80.0, 43.0)), {4: SWAP}, id="latitude and longitude changed places"),
        pytest.param(with_fixes((8, 44.0, 80.0)), {8: SPIKE}, id="the newest, which nothing confirms"),
    ],
)
def test_what_a_receiver_cannot_have_seen(fixes: list[Fix], expected: dict[int, int]) -> None:
    found, _, _ = reasons(fixes)
    assert {k: reason for k, reason in enumerate(found) if reason} == {k: REASONS[r] for k, r in expected.items()}


def test_what_was_swapped_is_put_right() -> None:
    _, latitude, longitude = reasons(with_fixes((4, 80.0, 43.0)))
    assert (latitude[4], longitude[4]) == (43.0, 80.0)


def test_a_drive_is_believed_at_a_trucks_speed_and_a_ships_is_not() -> None:
    drive = [(10.0 * k, 43.0, 80.0 + 0.16 * k) for k in range(9)]  # 13 km in ten minutes
    assert set(reasons(drive)[0]) == {REASONS[KEPT]}


def test_of_a_receiver_that_hung_only_the_first_repetition_is_believed() -> None:
    """It jitters elsewhere, repeats one position digit by digit, and is 4 km on when it wakes."""
    hung = [(90.0 + 10 * k, 43.0, 80.1) for k in range(5)]
    found, _, _ = reasons([*RESTS, *hung, (140.0, 43.0, 80.15), (150.0, 43.0, 80.2)])
    assert [k for k, reason in enumerate(found) if reason == REASONS[STUCK]] == [10, 11, 12, 13]


def test_a_receiver_that_never_jitters_stands_where_it_says() -> None:
    still = [(10.0 * k, 43.0, 80.0) for k in range(9)]
    assert set(reasons([*still, (90.0, 43.0, 80.05)])[0]) == {REASONS[KEPT]}


def test_a_supplier_is_told_what_was_left_out_of_its_own() -> None:
    grounds = ground(PLACES, GEOFENCES, CROSSINGS)
    rows = [row(round(m * 60), "a", latitude=lat, longitude=lon) for m, lat, lon in with_fixes((4, 43.4, 80.0))]
    lone = [row(H, "queue a") for H in range(10_000, 16_000, 600)]
    lone[5] = row(13_000, "b")
    told = left_out_in(movements([*rows, *(r | {"object_key": 2, "object_id": "tracker:2"} for r in lone)]), grounds)
    assert [(r["object_key"], r["reason"], r["source_id"]) for r in told.to_pylist()] == [
        (1, "spike", "ours"), (2, "lone", "ours"),
    ]  # fmt: skip
