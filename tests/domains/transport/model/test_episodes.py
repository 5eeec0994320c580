"""What a crossing episode is: transport.md, "Crossing episodes", rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from tests.domains.transport.model.toy import CROSSINGS, GEOFENCES, NOON, PLACES, movements, row

from birlik.domains.transport.model.episodes import FIELDS, episodes_in
from birlik.domains.transport.model.registers import Ground, ground

GROUND = ground(PLACES, GEOFENCES, CROSSINGS)
M, H, DAY = 60, 3600, 86_400
Told = tuple[Any, ...]


def episodes(*rows: Told, kind: str = "vehicle", basis: str = "measured", on: Ground = GROUND) -> list[dict[str, Any]]:
    table = movements([row(*r, object_kind=kind, object_id=f"{kind}:X", basis=basis) for r in rows])
    found: list[dict[str, Any]] = episodes_in(table, on).to_pylist()
    return found


def fixes(*path: tuple[float, str]) -> list[Told]:
    """(hours after noon, where)"""
    return [(round(h * H), where) for h, where in path]


def dwelling(first_h: float, last_h: float, where: str, every_min: int = 10) -> list[tuple[float, str]]:
    """Standing somewhere, heard every ten minutes: the receiver jitters by some metres, so no digit stands still."""
    n = round((last_h - first_h) * 60 / every_min)
    return [(first_h + i * every_min / 60, where) for i in range(n + 1)]


THERE = [(0, "town"), *dwelling(0.8, 3.0, "queue a"), *dwelling(3.2, 4.0, "a"), *dwelling(4.2, 5.0, "b")]


def test_gps_only_lies_in_brackets_that_a_drive_makes_narrower() -> None:
    (e,) = episodes(*fixes(*THERE, (5.2, "queue b"), (6.0, "city"), (7.0, "city")))
    assert (e["crossing_id"], e["direction"], e["status"]) == ("a--b--road", "a_to_b", "finished")
    # 37 km from town to the queue's edge: at 90 km/h 24 min; then 4 km within, 3 min at least.
    assert (e["entry_low_time"] - NOON).total_seconds() / M == pytest.approx(21.8, abs=1)
    assert (NOON + timedelta(hours=0.8) - e["entry_high_time"]).total_seconds() / M == pytest.approx(2.7, abs=1)
    assert NOON + timedelta(hours=5) < e["exit_low_time"] < e["exit_high_time"] < NOON + timedelta(hours=5.2)
    assert (e["basis"], e["identified"], e["family"], e["fence_basis"]) == ("measured", True, "tracked", "register")
    assert e["dwell_s"] == e["queue_s"] + e["post_a_s"] + e["between_s"] + e["post_b_s"]
    assert e["cause_queue_s"] == e["queue_s"]
    assert e["dwell_s"] == pytest.approx(4.5 * H, rel=0.05)


def test_events_are_exact_and_split_by_cause() -> None:
    (e,) = episodes(
        (0, "a", "queue"), (1000, "a", "documents"), (1700, "a", "inspect"), (2000, "a", "clear"),
        (2500, "a", "depart"), (2600, "b", "arrive"), (2700, "b", "permit"), (3700, "b", "depart"),
    )  # fmt: skip
    assert (e["status"], e["dwell_s"], e["uncertainty_s"], e["family"]) == ("finished", 3700, 0, "told")
    causes = {n[6:-2]: e[n] for n in e if n.startswith("cause_") and e[n]}
    assert causes == {"queue": 1100, "documents": 700, "inspection": 300, "permit": 1000, "unexplained": 600}
    assert (e["queue_s"], e["between_s"]) == (1000, 100)
    assert (e["entry_low_time"], e["exit_low_time"]) == (e["entry_high_time"], e["exit_high_time"])


def test_an_event_makes_one_end_exact_and_fixes_bracket_the_other() -> None:
    (e,) = episodes(*fixes(*THERE), (round(5.1 * H), "b", "depart"), *fixes((6, "city")))
    assert e["exit_half_width_s"] == 0
    assert e["entry_half_width_s"] > 0
    assert e["exit_time"] == NOON + timedelta(hours=5.1)


CASES = [
    pytest.param([(-2, "home"), *THERE[:-5], *dwelling(4.4, 4.9, "queue a"), (5.7, "town"), (7, "home")],
                 [("a_to_b", "turned_back")], id="turns back before B"),
    pytest.param([(-2, "home"), *THERE, *dwelling(5.3, 5.6, "a"), (6.2, "town"), (7.2, "home")],
                 [("a_to_b", "turned_back")], id="is refused at B"),
    pytest.param(THERE[:14], [("a_to_b", "open")], id="still there"),
    pytest.param(THERE, [("a_to_b", "open")], id="still at B"),
    pytest.param([*THERE[1:], (5.2, "queue b"), (6.0, "city")], [("a_to_b", "entry_unknown")], id="first row inside"),
    pytest.param([*THERE, (5.2, "queue b"), (6.0, "city"), (24, "city"), (24.8, "queue b"), *dwelling(25, 26, "b"),
                  *dwelling(26.2, 27, "a"), (27.2, "queue a"), (28, "town")],
                 [("a_to_b", "finished"), ("b_to_a", "finished")], id="there and back"),
    pytest.param([(0, "town"), (1.4, "city"), (2, "city")], [("a_to_b", "finished")], id="fast: no fix fell inside"),
    pytest.param([(0, "town"), (1, "queue a"), (3, "city"), (4, "city")], [("a_to_b", "finished")],
                 id="never seen at a post"),
    pytest.param([(0, "town"), (0.8, "queue a"), (26.8, "b"), (27, "queue b"), (28, "city")],
                 [("a_to_b", "finished")], id="after 26 hours of silence: elapsed time is no evidence"),
    pytest.param([*THERE, *dwelling(5.2, 30, "queue b"), (31, "city")], [("a_to_b", "finished")], id="rests behind B"),
    pytest.param([*THERE, (5.2, "queue b"), (6, "city"), (8, "queue c"), *dwelling(8.2, 9, "c"),
                  *dwelling(9.2, 10, "d"), (10.5, "beyond d"), (12, "beyond d")],
                 [("a_to_b", "finished"), ("a_to_b", "finished")], id="two crossings in one trip"),
    pytest.param([(0.35, "town"), (0.9, "queue a"), (1.1, "queue a"), (1.7, "town"), (4, "home")], [],
                 id="passes by in less than half an hour"),
    pytest.param([(-2, "home"), (-0.2, "near town"), *THERE[:14], (12, "town"), (12.2, "near town"), (14, "home")],
                 [("a_to_b", "undetermined")],
                 id="silent for nine hours, and back: it may have been over"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "expected"), CASES)
def test_how_an_episode_ends(path: list[tuple[float, str]], expected: list[tuple[str, str]]) -> None:
    told = fixes(*path)
    assert [(e["direction"], e["status"]) for e in episodes(*told)] == expected
    assert [(e["direction"], e["status"]) for e in episodes(*reversed(told))] == expected


def test_a_single_fix_beyond_the_middle_changes_no_side() -> None:
    jump = [*dwelling(0.8, 2.0, "queue a"), (2.1, "b"), *dwelling(2.3, 3.5, "queue a"), (4.3, "town")]
    found = episodes(*fixes((-2, "home"), (0, "town"), *jump, (6, "home")))
    assert [(e["direction"], e["status"]) for e in found] == [("a_to_b", "turned_back")]
    assert found[0]["post_b_s"] == 0


def test_a_departure_told_at_b_opens_nothing() -> None:
    assert [e["status"] for e in episodes((0, "b", "depart"), (9 * H, "b", "depart"))] == []


def test_who_arrives_again_where_it_had_left_is_on_another_trip() -> None:
    """The first trip's end was told by no one: it doesn't keep the oldest alive."""
    told = episodes((0, "a", "arrive"), (H, "a", "depart"), (14 * DAY, "a", "arrive"), (14 * DAY + 600, "a", "inspect"))
    assert [e["status"] for e in told] == ["undetermined", "open"]
    assert told[1]["entry_time"] == NOON + timedelta(days=14)


def test_villagers_are_told_apart() -> None:
    """Every other day to the queue's edge and home again, never far away."""
    visits = [stop for d in range(5) for stop in ((48 * d, "town"), *dwelling(48 * d + 1, 48 * d + 3, "queue a"),
                                                  (48 * d + 4, "town"))]  # fmt: skip
    assert {e["status"] for e in episodes(*fixes(*visits))} == {"local"}


def test_who_drives_to_and_fro_within_one_visit_is_in_no_queue() -> None:
    """From afar, so that distance tells nothing; a queue goes forward."""
    comes = [(-2, "home"), (0, "town"), *dwelling(0.8, 3, "queue a"), *dwelling(3.2, 5, "a")]
    again = [*dwelling(5.2, 7, "queue a"), *dwelling(7.2, 9, "a"), *dwelling(9.2, 11, "queue a")]
    assert [e["status"] for e in episodes(*fixes(*comes))] == ["open"]
    assert [e["status"] for e in episodes(*fixes(*comes, *again))] == ["local"]


def test_an_id_that_begins_at_the_post_is_a_trucks_until_it_has_stayed_for_days() -> None:
    """Trackers change at borders: the new one was never heard elsewhere, and waits like any other."""
    assert [e["status"] for e in episodes(*fixes(*dwelling(0, 30, "a")))] == ["open"]
    assert [e["status"] for e in episodes(*fixes(*dwelling(0, 80, "a")))] == ["local"]


def test_who_goes_in_and_is_inside_again_after_days_of_silence_comes_back_from_the_other_side() -> None:
    """Deaf beyond the border: each way is seen at one end only, and neither is a habit."""
    trip = [(-2, "home"), (0, "town"), *dwelling(0.8, 2, "queue a"), *dwelling(60, 61, "a"), (62, "town"), (64, "home")]
    trips = [(100 * i + h, where) for i in range(4) for h, where in trip]
    found = [(e["direction"], e["status"]) for e in episodes(*fixes(*trips))]
    assert found == [("a_to_b", "undetermined"), ("b_to_a", "entry_unknown")] * 4
    on_its_way = fixes(*trips, (398, "home"), (400, "town"), *dwelling(400.8, 402, "queue a"))
    assert [e["status"] for e in episodes(*on_its_way)][-1] == "open"


def test_a_first_visit_is_provisional() -> None:
    once = [(-2, "home"), (0, "town"), *dwelling(1, 3, "queue a"), (4, "town"), (6, "home")]
    (e,) = episodes(*fixes(*once))
    assert (e["status"], e["provisional"]) == ("turned_back", True)


def test_who_is_on_the_way_there_is_approaching() -> None:
    (e,) = episodes(*fixes((0, "home"), (1, "near town"), (1.2, "town")))
    assert (e["status"], e["basis"], e["last_time"]) == ("approaching", "estimated", NOON + timedelta(hours=1.2))
    assert e["entry_time"] > e["last_time"]


@pytest.mark.parametrize(
    ("told", "basis"),
    [
        pytest.param("reported", "reported", id="nothing but reports"),
        pytest.param("estimated", "estimated", id="rests on estimates"),
    ],
)
def test_basis_says_how_well_it_is_known(told: str, basis: str) -> None:
    (e,) = episodes(*fixes(*THERE, (5.2, "queue b"), (6.0, "city")), basis=told)
    assert e["basis"] == basis


def test_where_silence_ends_hours_after_the_exit_only_bounds_are_known() -> None:
    (e,) = episodes(*fixes(*THERE[:-6], (40, "far in b"), (41, "far in b")))
    assert (e["status"], e["identified"], e["basis"]) == ("finished", False, "estimated")
    assert (e["exit_high_time"] - e["exit_low_time"]).total_seconds() > 20 * H


@pytest.mark.parametrize(
    ("kind", "path", "crossing"),
    [
        pytest.param("container", ["queue a", "a", "b"], "a--b--road", id="container by road"),
        pytest.param("container", ["queue r", "r", "b"], "r--b--rail", id="container by rail"),
        pytest.param("wagon", ["queue r", "r", "b"], "r--b--rail", id="wagon"),
    ],
)
def test_a_shared_post_belongs_to_the_crossing_of_the_objects_mode(kind: str, path: list[str], crossing: str) -> None:
    (e,) = episodes(
        *fixes(*((0.6 * i, where) for i, where in enumerate(["town", *path, "queue b", "city"]))), kind=kind
    )
    assert (e["crossing_id"], e["status"]) == (crossing, "finished")


def test_a_truck_is_not_at_a_rail_only_post() -> None:
    assert episodes(*fixes((0, "town"), *dwelling(1, 3, "queue r"), (4, "town"), (6, "home"))) == []


def test_local_clocks_give_month_day_and_hour_of_week() -> None:
    shift = 29 * DAY  # 31 March, 12:00 UTC
    (e,) = episodes((shift, "a", "arrive"), (shift + 5 * H, "b", "depart"))
    # B keeps Shanghai time, so 17:00 UTC is already April; A keeps UTC+5, a Tuesday at 17.
    assert (e["exit_month"], e["exit_day"], e["entry_hour_of_week_local"]) == ("2026-04", 20_544, 24 + 17)


def test_an_open_episode_ends_for_now_at_the_last_row_inside() -> None:
    (e,) = episodes(*fixes((0, "town"), (0.8, "a"), (2, "a")))
    assert (e["exit_time"], e["exit_month"], e["last_time"]) == (None, None, NOON + timedelta(hours=2))


def test_a_drawn_queue_rules_over_the_registers_circle() -> None:
    drawn = "POLYGON ((79.99 42.99, 79.99 43.01, 79.4 43.01, 79.4 42.99, 79.99 42.99))"
    fences = tuple(replace(f, radius_m=None, polygon_wkt=drawn) if f.geofence_id == "a:queue" else f for f in GEOFENCES)
    path = fixes((-1.5, "home"), *THERE, (5.2, "queue b"), (6.0, "city"))
    (narrow,), (wide,) = episodes(*path), episodes(*path, on=ground(PLACES, fences, CROSSINGS))
    assert wide["entry_time"] < narrow["entry_time"] - timedelta(minutes=10)


def test_every_field_has_a_description_and_every_duration_a_unit() -> None:
    assert all(f.description for f in FIELDS)
    assert all(f.unit == "s" for f in FIELDS if f.name.endswith("_s"))
    assert isinstance(episodes_in(movements([]), GROUND), pa.Table)


def test_what_its_source_declared_wrong_counts_no_more() -> None:
    told = [(0, "a", "arrive"), (3600, "a", "depart"), (5000, "b", "arrive"), (9000, "b", "depart")]
    rows = [row(*each, source_record_id=f"r{n}") for n, each in enumerate(told)]
    # What was told of side B was declared wrong: it never got there.
    void = [row(at, where, "void", source_record_id=f"r{n}") for n, (at, where, _) in enumerate(told[2:], start=2)]
    assert [e["status"] for e in episodes_in(movements(rows), GROUND).to_pylist()] == ["finished"]
    taken_back = episodes_in(movements([*rows, *void]), GROUND).to_pylist()
    assert taken_back == episodes_in(movements(rows[:2]), GROUND).to_pylist()
    assert [e["status"] for e in taken_back] == ["open"]


def test_of_one_minute_it_leaves_where_it_was_before_it_arrives_elsewhere() -> None:
    """Agencies write minutes: a departure here and an arrival there often bear the same one."""
    told = ((0, "a", "arrive"), (600, "a", "depart"), (600, "b", "arrive"), (1200, "b", "depart"))
    for rows in (told, (*told[:1], told[2], told[1], *told[3:])):
        (episode,) = episodes(*rows)
        assert (episode["status"], episode["dwell_s"], episode["post_b_s"]) == ("finished", 1200, 600)
        assert episode["between_s"] == 0


def test_a_station_that_is_in_no_register_is_elsewhere() -> None:
    stations = [row(h * H, "nowhere", "arrive", place_code=f"esr:99999{h}") for h in (20, 40, 60)]
    rows = [row(0, "a", "arrive"), row(600, "b", "arrive"), row(900, "b", "documents"), *stations]
    (episode,) = episodes_in(movements(rows), GROUND).to_pylist()
    assert (episode["status"], episode["basis"]) == ("finished", "estimated")
    # Of a gate that only its owner knows we can't tell: it may be at the post itself.
    own = [{**r, "place_code": "own:gate 2"} for r in stations]
    (episode,) = episodes_in(movements([*rows[:3], *own]), GROUND).to_pylist()
    assert episode["status"] == "open"


def test_the_month_of_an_open_episode_is_that_of_its_place() -> None:
    """31 March, 20:59 UTC, is 1 April in Almaty."""
    late = int((datetime(2026, 3, 31, 20, 59, tzinfo=UTC) - NOON).total_seconds())
    (episode,) = episodes((late - 3000, "town"), (late - 600, "queue a"), (late, "a"))
    assert (episode["status"], episode["month"]) == ("open", "2026-04")


@pytest.mark.parametrize("chunk_rows", [1, 40, 10_000])
def test_objects_come_out_the_same_alone_or_together_and_in_any_order(chunk_rows: int) -> None:
    three = [
        [row(round(h * H), where, object_key=key, object_id=f"tracker:{key}") for h, where in path]
        for key, path in enumerate(
            (THERE, [*THERE, (5.2, "queue b"), (6.0, "city")], [(0, "town"), (1.4, "city"), (2, "city")]), start=1
        )
    ]
    alone = pa.concat_tables([episodes_in(movements(rows), GROUND) for rows in three])
    together = movements([r for rows in three for r in rows][::-1])
    assert episodes_in(together, GROUND, chunk_rows=chunk_rows).equals(alone)
