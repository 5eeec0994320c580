"""One vehicle, one passage: a plate that an agency tells and a tracker."""

from typing import Any

import pyarrow.compute as pc
from tests.domains.transport.model.toy import CROSSINGS, GEOFENCES, PLACES, movements, row

from birlik.domains.transport.model.episodes import episodes_in
from birlik.domains.transport.model.registers import ground
from birlik.domains.transport.model.twins import counted, meetings_in

GROUND = ground(PLACES, GEOFENCES, CROSSINGS)
H, DAY = 3600, 86_400


FORTH, BACK = ("town", "queue a", "a", "b", "queue b", "city"), ("city", "queue b", "b", "a", "queue a", "town")


def tracked(key: int, begun_s: int, last_s: int, way: tuple[str, ...] = FORTH) -> list[dict[str, Any]]:
    """Every 10 minutes: an hour in the queue, one at the near post, the rest at the far one; then it drives on."""
    who = {"object_key": key, "object_id": f"tracker:{key}"}
    home, queue, near, far, behind, away = way
    path = [(begun_s - 2400, home)]
    path += [(begun_s + 600 * k, queue) for k in range(6)]
    path += [(begun_s + 3600 + 600 * k, near) for k in range(6)]
    path += [(at, far) for at in range(begun_s + 7200, last_s + 1, 600)]
    return [row(at, where, **who) for at, where in [*path, (last_s + 600, behind), (last_s + 3600, away)]]


def told(key: int, arrive_s: int, depart_s: int | None, way: tuple[str, ...] = FORTH) -> list[dict[str, Any]]:
    who = {"object_key": key, "object_id": f"plate:KZ {key}"}
    _, _, near, far, _, _ = way
    rows = [row(arrive_s, near, "arrive", **who), row(arrive_s + 1200, far, "arrive", **who)]
    return rows + ([] if depart_s is None else [row(depart_s, far, "depart", **who)])


def episodes(*lives: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = episodes_in(movements([r for life in lives for r in life]), GROUND)
    way = pc.binary_join_element_wise(found["crossing_id"], found["direction"], "/")
    meetings = meetings_in(found.append_column("way", way))
    made: list[dict[str, Any]] = counted(found, meetings).to_pylist()
    return made


ONE = tracked(1, 0, 3 * H)


def counts(found: list[dict[str, Any]]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {}
    for e in found:
        ids.setdefault(e["object_id"], []).append(e["counts"])
    return ids


def test_alone_at_the_gate_they_are_one_and_the_tracked_one_counts() -> None:
    found = episodes(ONE, told(2, H, 3 * H + 120))
    assert counts(found) == {"tracker:1": [1], "plate:KZ 2": [0]}
    assert {e["object_id"]: e["twin_object_id"] for e in found} == {
        "tracker:1": "plate:KZ 2",
        "plate:KZ 2": "tracker:1",
    }


def test_of_two_plates_at_one_time_nobody_knows_which() -> None:
    found = episodes(ONE, told(2, H, 3 * H + 120), told(3, H, 3 * H + 200))
    assert {e["counts"] for e in found} == {1}


THERE_AND_BACK = [*ONE, *tracked(1, 5 * DAY, 5 * DAY + 3 * H, BACK)]


def test_who_meets_twice_is_known_though_others_were_there() -> None:
    back = 5 * DAY
    plate = [*told(2, H, 3 * H + 120), *told(2, back + H, back + 3 * H + 120, BACK)]
    others = told(3, H, 3 * H + 200), told(4, back + H, back + 3 * H + 200, BACK)
    found = counts(episodes(THERE_AND_BACK, plate, *others))
    assert found["plate:KZ 2"] == [0, 0]
    assert found["plate:KZ 3"] == found["plate:KZ 4"] == [1]


def test_whose_departure_nobody_tells_waits_no_more_when_its_tracker_has_left() -> None:
    plate = [*told(2, H, 3 * H + 120), *told(2, 5 * DAY + H, None, BACK)]
    left = [e for e in episodes(THERE_AND_BACK, plate) if e["object_id"] == "plate:KZ 2"]
    assert [(e["status"], e["counts"]) for e in left] == [("finished", 0), ("open", 0)]


def test_who_may_have_come_early_is_found_behind_one_who_came_late() -> None:
    """Its bracket is eleven hours wide and begins before the plate was told; its middle lies behind another's."""
    sparse = ((-2.6, "town"), (9.5, "b"), (9.9, "b"), (10.2, "queue b"), (11, "city"))
    twin = [row(round(h * H), where, object_key=9, object_id="tracker:9") for h, where in sparse]
    found = episodes(tracked(8, 2 * H, 8 * H), twin, told(2, H, 10 * H))
    assert counts(found) == {"tracker:8": [1], "tracker:9": [1], "plate:KZ 2": [0]}


def test_nobody_met_is_no_fault() -> None:
    assert counts(episodes(ONE)) == {"tracker:1": [1]}
