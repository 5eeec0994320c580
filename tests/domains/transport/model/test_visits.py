"""Who came near which border, and what is learned from where those who crossed it stood."""

from typing import Any

import numpy as np
import pyarrow as pa
from tests.domains.transport.model.toy import CROSSINGS, GEOFENCES, PLACES, movements, row

from birlik.domains.transport.model.episodes import episodes_in
from birlik.domains.transport.model.fences import fences_in
from birlik.domains.transport.model.registers import ground, learned_of
from birlik.domains.transport.model.visits import visits_in
from birlik.domains.transport.model.zones import KM_PER_DEG

GROUND = ground(PLACES, GEOFENCES, CROSSINGS)
FRAMES = dict(zip(GROUND.axes.crossing_ids, map(tuple, GROUND.axes.frame.tolist()), strict=True))
H = 3600
EAST_KM = KM_PER_DEG * np.cos(np.radians(43.0))
FIRST = 40


def at(hours: float, east_km: float, truck: int, north_km: float = 0.0) -> dict[str, Any]:
    """A fix of a truck, so far east and north of post a; posts a and b lie 4.06 km apart."""
    latitude, longitude = 43.0 + north_km / KM_PER_DEG, 80.0 + east_km / EAST_KM
    who = {"object_id": f"tracker:{truck}", "object_key": truck}
    return row(round(hours * H), "a", **who, latitude=latitude, longitude=longitude)


def passage(truck: int, forth: bool, a_km: float, b_km: float, queue_km: float, begun_h: float) -> list[dict[str, Any]]:
    """Heard every 10 minutes: drives, stands an hour in the queue, an hour at each post, and drives on."""
    posts = (a_km, b_km) if forth else (b_km, a_km)
    away = -1 if forth else 1
    stands = (posts[0] + away * queue_km, *posts)
    told = [(begun_h + k / 6, posts[0] + away * (60 - 10 * k)) for k in range(5)]
    for n, km in enumerate(stands):
        told += [(begun_h + 1 + 1.2 * n + k / 6, km) for k in range(7)]
    told += [(begun_h + 5 + k / 6, posts[1] - away * (12 + 10 * k)) for k in range(5)]
    return [at(hours, km, truck) for hours, km in told]


def world(a_km: float, b_km: float) -> pa.Table:
    rows = [r for n in range(2 * FIRST) for r in passage(n + 1, n % 2 == 0, a_km, b_km, 2.0 + n % 5, 7.0 * n)]
    return movements(rows)


def fence_of(rows: pa.Table) -> dict[str, Any]:
    fences = {f["crossing_id"]: f for f in fences_in(visits_in(rows, GROUND), FRAMES).to_pylist()}
    return fences["a--b--road"]


def test_posts_that_lie_off_their_register_are_found_where_both_directions_stand() -> None:
    fence = fence_of(world(-1.5, 3.0))
    assert fence["basis"] == "learned"
    assert abs(fence["post_a_km"] + 1.5) < 0.15
    assert abs(fence["post_b_km"] - 3.0) < 0.15
    assert abs(fence["a_east_km"] + 1.5) < 0.15


def test_the_queue_reaches_as_far_as_those_who_come_stand_and_those_who_leave_do_not() -> None:
    fence = fence_of(world(0.0, 4.0))
    assert -7.0 <= fence["queue_a_km"] <= -5.5
    assert 9.5 <= fence["queue_b_km"] <= 11.0


def test_with_fewer_than_fifteen_passages_a_direction_the_register_stays_and_says_so() -> None:
    rows = [r for n in range(20) for r in passage(n + 1, n % 2 == 0, -1.5, 3.0, 2.0, 7.0 * n)]
    fence = fence_of(movements(rows))
    assert (fence["basis"], fence["post_a_km"], fence["passages_a_to_b_n"]) == ("register", None, 10)


def test_a_fence_is_the_same_in_whatever_order_its_rows_came() -> None:
    rows = world(-1.5, 3.0)
    shuffled = rows.take(np.random.default_rng(1).permutation(rows.num_rows))
    assert fence_of(shuffled) == fence_of(rows)


def test_a_learned_fence_is_used_and_named() -> None:
    rows = world(-1.5, 3.0)
    fences = fences_in(visits_in(rows, GROUND), FRAMES)
    learned = ground(PLACES, GEOFENCES, CROSSINGS, learned=learned_of(fences))
    found = episodes_in(rows, learned).to_pylist()
    assert {e["fence_basis"] for e in found} == {"learned"}
    assert {e["status"] for e in found} == {"finished"}


def test_whoever_has_an_episode_has_a_visit_by_which_a_moved_fence_finds_it() -> None:
    """Seen 120 km before the pair and 120 km behind it, and never between."""
    rows = movements([at(0, -125, 1), at(0.2, -120, 1), at(4, 124, 1), at(4.2, 129, 1)])
    (episode,) = (e for e in episodes_in(rows, GROUND).to_pylist() if e["crossing_id"] == "a--b--road")
    near = {(v["object_key"], v["crossing_id"]) for v in visits_in(rows, GROUND).to_pylist()}
    assert episode["status"] == "finished"
    assert (1, "a--b--road") in near
