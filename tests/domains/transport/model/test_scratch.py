"""A crossing is left out only where the axis, whatever was learned of it, is surely too far from every row."""

from typing import Any

import numpy as np
import pytest

from birlik.domains.transport.model import scratch
from birlik.domains.transport.model.axis import AT_A, AT_B, FIX, MIDDLE, REACH_KM, Axes, along_km
from birlik.domains.transport.model.registers import ground
from birlik.domains.transport.model.zones import KM_PER_DEG
from birlik.domains.transport.vocabulary import crossings, edges, geofences, places

AXES: Axes = ground(places(), geofences(), crossings(), edges()).axes
SHIFTS_KM = (-12.0, 0.0, 9.0)
"""Of the posts along the axis, as fences are learned."""


def _learned(extent: Any, shift_km: float) -> Any:
    moved = extent.copy()
    moved[[AT_A, AT_B, MIDDLE]] += shift_km
    return moved


def _came_near(latitude: float, longitude: float, frame: Any, extent: Any) -> bool:
    at, where = (np.array([latitude]), np.array([longitude])), np.array([FIX], np.int8)
    box = (latitude - 9, latitude + 9, longitude - 15, longitude + 15)  # all that it saw, this row among much else
    return bool(scratch.came_near(box, 0, 1, *at, where, frame, extent))


@pytest.mark.parametrize("shift_km", SHIFTS_KM)
def test_no_crossing_is_left_out_that_a_row_came_within_reach_of_along_its_axis(shift_km: float) -> None:
    draw, tried = np.random.default_rng(1), 0
    for c in range(len(AXES.crossing_ids)):
        frame, extent = AXES.frame[c], _learned(AXES.extent[c], shift_km)
        for _ in range(300):
            away, turn = draw.uniform(100, 330), draw.uniform(0, 2 * np.pi)
            latitude = frame[0] + away * np.sin(turn) / KM_PER_DEG
            longitude = frame[1] + away * np.cos(turn) / (KM_PER_DEG * frame[2])
            along = along_km(latitude, longitude, frame, AXES.rays[c], extent)
            if max(extent[AT_A] - along, along - extent[AT_B], 0.0) <= REACH_KM:
                tried += 1
                assert _came_near(latitude, longitude, frame, extent), AXES.crossing_ids[c]
    assert tried > 1000


def test_a_crossing_that_is_only_within_the_box_of_all_that_an_object_saw_is_left_out() -> None:
    frame, extent = AXES.frame[0], AXES.extent[0]
    assert not _came_near(frame[0] + 5.0, frame[1], frame, extent)
    assert _came_near(frame[0] + 0.5, frame[1], frame, extent)


def test_a_row_across_the_date_line_is_near() -> None:
    extent = AXES.extent[0]
    frame = AXES.frame[0].copy()
    frame[1] = 179.9
    at, where = (np.array([frame[0]]), np.array([-179.9])), np.array([FIX], np.int8)
    assert scratch.came_near((0.0, 80.0, -180.0, 180.0), 0, 1, *at, where, frame, extent)
