"""What a crossing episode is: transport.md, "Crossing episodes", rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from tests.domains.transport.model.toy import (
    CROSSINGS,
    GEOFENCES,
    NOON,
    PLACES,
    geofence_table,
    movements,
    row,
)

from birlik.domains.transport.model.episodes import FIELDS, crossing_episodes, episodes_in
from birlik.domains.transport.model.zones import zone_index

INDEX = zone_index(PLACES, GEOFENCES, CROSSINGS)
H = 3600
Told = tuple[Any, ...]


def episodes(*rows: Told, kind: str = "vehicle", basis: str = "measured") -> list[dict[str, Any]]:
    table = movements([row(*r, object_kind=kind, basis=basis) for r in rows])
    found: list[dict[str, Any]] = episodes_in(table, INDEX).to_pylist()
    return found


def fixes(*path: tuple[int, str]) -> tuple[Told, ...]:
    return path


THROUGH = fixes((0, "wild"), (H, "queue a"), (2 * H, "a"), (3 * H, "b"), (4 * H, "queue b"), (5 * H, "wild"))


def test_gps_only_is_bracketed_by_the_fixes_before_and_after() -> None:
    (e,) = episodes(*THROUGH)
    assert (e["crossing_id"], e["direction"], e["status"]) == ("a--b--road", "a_to_b", "finished")
    assert (e["entry_time"], e["exit_time"]) == (NOON + timedelta(hours=0.5), NOON + timedelta(hours=3.5))
    assert (e["entry_half_width_s"], e["exit_half_width_s"], e["uncertainty_s"]) == (1800, 1800, H)
    assert (e["dwell_s"], e["queue_s"], e["post_a_s"], e["post_b_s"]) == (3 * H, H, H, H)
    assert (e["cause_queue_s"], e["cause_unexplained_s"]) == (H, 2 * H)


def test_events_are_exact_and_split_by_cause() -> None:
    (e,) = episodes(
        (0, "a", "queue"), (1000, "a", "documents"), (1700, "a", "inspect"), (2000, "a", "clear"),
        (2500, "a", "depart"), (2600, "b", "arrive"), (2700, "b", "permit"), (3700, "b", "depart"),
    )  # fmt: skip
    assert (e["status"], e["dwell_s"], e["uncertainty_s"]) == ("finished", 3700, 0)
    causes = {n[6:-2]: e[n] for n in e if n.startswith("cause_") and e[n]}
    assert causes == {"queue": 1100, "documents": 700, "inspection": 300, "permit": 1000, "unexplained": 600}
    assert (e["queue_s"], e["between_s"]) == (1000, 100)


def test_an_event_makes_one_end_exact_and_fixes_bracket_the_other() -> None:
    (e,) = episodes((0, "wild"), (600, "queue a"), (1200, "a"), (1800, "b"), (2100, "b", "depart"), (2400, "wild"))
    assert (e["entry_half_width_s"], e["exit_half_width_s"], e["dwell_s"]) == (300, 0, 1800)


@pytest.mark.parametrize(
    ("away_s", "n"),
    [pytest.param(599, 1, id="a jump"), pytest.param(600, 2, id="gone"), pytest.param(601, 2, id="gone too")],
)
def test_being_away_from_the_last_fix_in_to_the_next_for_the_debounce_time_ends_it(away_s: int, n: int) -> None:
    found = episodes((0, "wild"), (60, "queue a"), (120, "a"), (420, "wild"), (120 + away_s, "a"), (2000, "a"))
    assert [e["status"] for e in found] == ["turned_back", "open"][2 - n :]


CASES = [
    pytest.param(fixes((0, "wild"), (60, "queue a"), (600, "a"), (900, "queue a"), (1200, "town"), (2400, "town")),
                 [("a_to_b", "turned_back")], id="turns back before B"),
    pytest.param(fixes((0, "wild"), (60, "a"), (900, "b"), (3000, "a"), (3300, "queue a"), (4000, "town")),
                 [("a_to_b", "turned_back")], id="refused at B"),
    pytest.param(fixes((0, "wild"), (60, "a"), (900, "b"), (2000, "wild"), (4000, "a"), (9000, "town")),
                 [("a_to_b", "turned_back")], id="refused at B, seen in between"),
    pytest.param(fixes((0, "wild"), (60, "queue a"), (9000, "a")), [("a_to_b", "open")], id="still there"),
    pytest.param(fixes((0, "wild"), (60, "a"), (9000, "b")), [("a_to_b", "open")], id="still at B"),
    pytest.param(fixes((0, "wild"), (60, "a"), (9000, "wild"), (90_000, "wild")),
                 [("a_to_b", "turned_back")], id="left A and lost for a day"),
    pytest.param(fixes((0, "wild"), (60, "a"), (9000, "wild"), (80_000, "wild")),
                 [("a_to_b", "open")], id="left A, a day not yet over"),
    pytest.param(fixes((60, "a"), (900, "b"), (2000, "wild"), (99_999, "wild")),
                 [("a_to_b", "entry_unknown")], id="first row inside"),
    pytest.param(fixes((0, "wild"), (60, "a"), (900, "b"), (1800, "queue b"), (9000, "city"), (20_000, "queue b"),
                       (21_000, "b"), (25_000, "a"), (26_000, "queue a"), (27_000, "town")),
                 [("a_to_b", "finished"), ("b_to_a", "finished")], id="there and back"),
    pytest.param(fixes((0, "wild"), (60, "a"), (100, "b"), (140, "a"), (180, "b"), (220, "a"), (900, "b"),
                       (1800, "queue b"), (2600, "queue b")), [("a_to_b", "finished")], id="jitter between the posts"),
    pytest.param(fixes((0, "wild"), (60, "queue a"), (2700, "queue b"), (5400, "city")),
                 [("a_to_b", "finished")], id="one fix in 45 minutes: never seen at a post"),
    pytest.param(fixes((0, "wild"), (60, "queue a"), (2700, "a"), (5400, "city")),
                 [("a_to_b", "finished")], id="next seen in B's state"),
    pytest.param(fixes((0, "wild"), (60, "queue a"), (2700, "queue b"), (5400, "queue a"), (8100, "a"), (10_800, "b"),
                       (13_500, "city")), [("a_to_b", "finished")], id="in the queue, on the wrong side of the line"),
    pytest.param(fixes((0, "wild"), (60, "a"), (900, "b"), (4000, "queue b"), (90_000, "queue b"), (99_000, "wild")),
                 [("a_to_b", "finished")], id="lingers behind B"),
    pytest.param(fixes((0, "wild"), (60, "a"), (900, "b"), (4000, "city"), (9000, "queue c"), (9900, "c"),
                       (11_000, "d"), (20_000, "wild")),
                 [("a_to_b", "finished"), ("a_to_b", "finished")], id="two crossings in one trip"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "expected"), CASES)
def test_how_an_episode_ends(path: tuple[Told, ...], expected: list[tuple[str, str]]) -> None:
    assert [(e["direction"], e["status"]) for e in episodes(*path)] == expected
    late = list(reversed(path))
    assert [(e["direction"], e["status"]) for e in episodes(*late)] == expected


@pytest.mark.parametrize(
    ("gap_s", "told", "basis"),
    [
        pytest.param(14_400, "measured", "measured", id="at the limit"),
        pytest.param(14_402, "measured", "estimated", id="wider than two hours"),
        pytest.param(600, "reported", "reported", id="nothing but reports"),
        pytest.param(600, "estimated", "estimated", id="rests on estimates"),
    ],
)
def test_basis_says_how_well_it_is_known(gap_s: int, told: str, basis: str) -> None:
    (e,) = episodes((0, "wild"), (gap_s, "a"), (gap_s + 900, "b", "depart"), basis=told)
    assert e["basis"] == basis


@pytest.mark.parametrize(
    ("kind", "path", "crossing"),
    [
        pytest.param("container", ["queue a", "a", "b"], "a--b--road", id="container by road"),
        pytest.param("container", ["queue r", "r", "b"], "r--b--rail", id="container by rail"),
        pytest.param("container", ["queue b", "b", "r"], "r--b--rail", id="container from the shared post"),
        pytest.param("wagon", ["queue r", "r", "b"], "r--b--rail", id="wagon"),
    ],
)
def test_a_shared_post_belongs_to_the_crossing_of_the_objects_mode(kind: str, path: list[str], crossing: str) -> None:
    told = [(1000 * i, where) for i, where in enumerate(["wild", *path, "wild", "wild"])]
    (e,) = episodes(*told, kind=kind)
    assert (e["crossing_id"], e["status"]) == (crossing, "finished")


def test_a_truck_is_not_at_a_rail_only_post() -> None:
    assert episodes((0, "wild"), (1000, "r"), (2000, "wild")) == []


def test_two_places_in_one_second_are_flagged() -> None:
    (e,) = episodes((0, "wild"), (60, "a"), (900, "a"), (900, "city"), (1000, "b"), (2000, "b", "depart"))
    assert (e["status"], e["conflict"]) == ("finished", 1)


def test_local_clocks_give_month_day_and_hour_of_week() -> None:
    month_end = timedelta(days=29)  # 31 March, 12:00 UTC
    shift = int(month_end.total_seconds())
    (e,) = episodes((shift, "a", "arrive"), (shift + 5 * H, "b", "depart"))
    # B keeps Shanghai time, so 17:00 UTC is already April; A keeps UTC+5, a Tuesday at 17.
    assert (e["exit_month"], e["exit_day"], e["entry_hour_of_week_local"]) == ("2026-04", 20_544, 24 + 17)


def test_an_open_episode_is_censored_at_the_last_row() -> None:
    (e,) = episodes((0, "wild"), (600, "a"), (5000, "a"))
    assert (e["exit_time"], e["exit_month"], e["dwell_s"]) == (None, None, 4700)


def test_an_edited_geofence_changes_the_answer() -> None:
    wide = tuple(replace(f, radius_m=60_000) if f.geofence_id == "a:queue" else f for f in GEOFENCES)
    rows = movements([row(0, "wild"), row(H, "town"), row(2 * H, "a"), row(3 * H, "b", "depart")])
    without_town = tuple(f for f in wide if f.place_id != "town")
    dwell = [
        crossing_episodes(rows, geofence_table(f), CROSSINGS, PLACES)["dwell_s"].to_pylist()
        for f in (GEOFENCES, without_town)
    ]
    assert dwell == [[int(1.5 * H)], [int(2.5 * H)]]


def test_every_field_has_a_description_and_every_duration_a_unit() -> None:
    assert all(f.description for f in FIELDS)
    assert all(f.unit == "s" for f in FIELDS if f.name.endswith("_s"))
    assert isinstance(episodes_in(movements([]), INDEX), pa.Table)


def test_what_its_source_declared_wrong_counts_no_more() -> None:
    told = [(0, "a", "arrive"), (3600, "a", "depart"), (5000, "b", "arrive"), (9000, "b", "depart"), (200_000, "wild")]
    rows = [row(*each, source_record_id=f"r{n}") for n, each in enumerate(told)]
    # The third row, seen at side B at 5000 s, and the fourth were declared wrong: it never reached side B.
    void = [row(at, where, "void", source_record_id=f"r{n}") for n, (at, where, _) in enumerate(told[2:4], start=2)]
    finished = episodes_in(movements(rows), INDEX).to_pylist()
    assert [e["status"] for e in finished] == ["finished"]
    taken_back = episodes_in(movements([*rows, *void]), INDEX).to_pylist()
    assert taken_back == episodes_in(movements([*rows[:2], rows[4]]), INDEX).to_pylist()
    assert [e["status"] for e in taken_back] == ["turned_back"]


def test_of_one_minute_it_leaves_where_it_was_before_it_arrives_elsewhere() -> None:
    """Agencies write minutes: a departure here and an arrival there often bear the same one."""
    told = ((0, "a", "arrive"), (600, "a", "depart"), (600, "b", "arrive"), (1200, "b", "depart"))
    for rows in (told, (*told[:1], told[2], told[1], *told[3:])):
        (episode,) = episodes(*rows, kind="vehicle")
        assert (episode["status"], episode["dwell_s"], episode["post_b_s"]) == ("finished", 1200, 600)
        assert episode["between_s"] == 0


def test_a_station_that_is_in_no_register_is_elsewhere() -> None:
    stations = [row(h * H, "nowhere", "arrive", place_code=f"esr:99999{h}") for h in (20, 40, 60)]
    rows = [row(0, "a", "arrive"), row(600, "b", "arrive"), row(900, "b", "documents"), *stations]
    (episode,) = episodes_in(movements(rows), INDEX).to_pylist()
    assert (episode["status"], episode["basis"]) == ("finished", "estimated")
    # Of a gate that only its owner knows we can't tell: it may be at the post itself.
    own = [{**r, "place_code": "own:gate 2"} for r in stations]
    (episode,) = episodes_in(movements([*rows[:3], *own]), INDEX).to_pylist()
    assert episode["status"] == "open"


def test_the_month_of_an_open_episode_is_that_of_its_place() -> None:
    """31 March, 20:59 UTC, is 1 April in Almaty."""
    late = int((datetime(2026, 3, 31, 20, 59, tzinfo=UTC) - NOON).total_seconds())
    (episode,) = episodes((late - 600, "queue a"), (late, "a"))
    assert (episode["status"], episode["month"]) == ("open", "2026-04")
