"""Stays at places and legs between them."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from tests.domains.transport.model.toy import CROSSINGS, GEOFENCES, PLACES, movements, row

from birlik.domains.transport.indicators import SWD, SWOD
from birlik.domains.transport.model.stays import legs, shortest_km, stays_in
from birlik.domains.transport.model.zones import zone_index
from birlik.domains.transport.vocabulary import Edge

INDEX = zone_index(PLACES, GEOFENCES, CROSSINGS)
H = 3600


def edge(a: str, b: str, km: float, mode: str = "road", status: str = "operating") -> Edge:
    return Edge(
        from_place=a,
        to_place=b,
        mode=mode,
        length_km=km,
        basis="estimated",
        status=status,
        gauge_break=False,
        source="",
    )


EDGES = (edge("town", "a", 50), edge("a", "b", 5), edge("b", "city", 55), edge("town", "city", 90, status="planned"))


def stays(*rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stays_in(movements([row(*r) for r in rows]), INDEX).to_pylist()
    return found


TRIP = (
    (0, "wild"), (H, "town"), (2 * H, "town"), (3 * H, "wild"), (4 * H, "wild"), (5 * H, "a"), (6 * H, "b"),
    (7 * H, "queue b"), (8 * H, "city", "arrive"),
)  # fmt: skip


def test_a_stay_is_bracketed_and_ends_where_the_next_place_begins() -> None:
    found = [(s["place_id"], s["status"], s["dwell_s"], s["uncertainty_s"]) for s in stays(*TRIP)]
    assert found == [
        ("town", "ended", 2 * H, H), ("a", "ended", H, H), ("b", "ended", H, H), ("city", "open", 0, 0),
    ]  # fmt: skip


def test_a_jump_shorter_than_the_debounce_time_does_not_end_a_stay() -> None:
    for away, n in ((599, 1), (600, 2)):
        back = 5000 + away
        found = stays(
            (0, "wild"),
            (5000, "town"),
            (5300, "by town"),
            (back, "town"),
            (back + H, "by town"),
            (back + 3 * H, "wild"),
        )
        assert [s["status"] for s in found] == ["ended"] * n


def test_standing_still_is_told_from_moving() -> None:
    town, *_ = stays(*TRIP)
    # An hour at one spot in town, an hour at one spot on the way.
    assert (town["stop_s"], town["stop_after_s"]) == (H, H)


def test_a_leg_is_travel_and_stop_with_the_stay_at_its_start() -> None:
    table = legs(stays_in(movements([row(*r) for r in TRIP]), INDEX), EDGES, PLACES).to_pylist()
    assert [(t["from_place"], t["to_place"], t["length_km"]) for t in table] == [
        ("town", "a", 50), ("a", "b", 5), ("b", "city", 55),
    ]  # fmt: skip
    assert [(t["travel_s"], t["stop_s"], t["stay_s"]) for t in table] == [
        (2 * H, 2 * H, 2 * H), (0, H, H), (int(1.5 * H), H, H),
    ]  # fmt: skip
    assert sum(t["travel_s"] + t["stop_s"] for t in table) == 7.5 * H


def test_order_changes_nothing_and_objects_do_not_mix() -> None:
    one = [row(*r) for r in TRIP]
    two = [row(*r, object_key=2, object_id="plate:Y") for r in TRIP]
    alone = stays_in(movements(one), INDEX)
    assert stays_in(movements([*two, *one[::-1]]), INDEX).slice(0, alone.num_rows).equals(alone)


def test_planned_edges_carry_nobody() -> None:
    km = shortest_km(EDGES, "road")
    assert (km["town", "city"], km["city", "town"]) == (110, 110)
    assert shortest_km(EDGES, "rail") == {}


def test_no_stays_no_legs() -> None:
    assert legs(stays_in(movements([]), INDEX), EDGES, PLACES).num_rows == 0


def under_way(*rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    index = zone_index(PLACES, GEOFENCES, CROSSINGS)
    found: list[dict[str, Any]] = legs(stays_in(movements([row(*r) for r in rows]), index), EDGES, PLACES).to_pylist()
    return found


def test_a_step_out_of_a_place_and_back_belongs_to_the_leg_that_begins_there() -> None:
    """Every second between two places is in exactly one leg: five hours at the post are not lost by a quarter out."""
    at_a = [(60 * minute, "a") for minute in range(1, 300)]
    out = [(60 * minute, "queue a") for minute in range(304, 315)]
    back = [(60 * minute, "a") for minute in range(319, 330)]
    (leg, *_) = under_way((-7200, "wild"), *at_a, *out, *back, (60 * 335, "b"), (60 * 340, "b"), (60 * 400, "city"))
    assert (leg["from_place"], leg["to_place"]) == ("a", "b")
    assert leg["travel_s"] + leg["stop_s"] > 5 * H
    assert leg["stop_s"] > 4.5 * H


def test_what_was_driven_by_long_ago_is_not_where_a_stay_begins() -> None:
    rows = [(300, "b"), (600, "city"), *((1000 + H * i, "wild") for i in range(10)), (20 * H, "city"), (21 * H, "b")]
    found = [s for s in stays(*rows) if s["place_id"] == "city"]
    assert all(s["dwell_s"] < 10 * H for s in found)


def test_a_leg_that_nobody_saw_under_way_has_no_speed_without_stops() -> None:
    trip = [row(0, "wild"), row(300, "b"), row(H, "city"), row(2 * H, "city")]
    made = legs(stays_in(movements(trip), INDEX), EDGES, PLACES)
    assert made["travel_s"].to_pylist() == [0]
    figures = [i.function(made, datetime(2026, 4, 1, tzinfo=UTC)) for i in (SWD, SWOD) if i.function]
    assert [f.num_rows for f in figures] == [1, 0]


def driven(*stops: tuple[float, float], every_s: int = 60) -> list[tuple[float, float]]:
    """(second, longitude) of fixes along latitude 43, in straight lines between given ones."""
    fixes = []
    for (t, lon), (until, to) in pairwise(stops):
        fixes += [(t + k, lon + (to - lon) * k / (until - t)) for k in range(0, int(until - t), every_s)]
    return [*fixes, stops[-1]]


def leg_of(fixes: list[tuple[float, float]]) -> dict[str, Any]:
    """The leg from town to post a of an object that was seen at these times and longitudes."""
    seen = [row(int(t), "wild", latitude=43.0, longitude=lon) for t, lon in fixes]
    made = legs(stays_in(movements(seen), INDEX), EDGES, PLACES).to_pylist()
    return next(leg for leg in made if (leg["from_place"], leg["to_place"]) == ("town", "a"))


# From the middle of town (79.5) to 79.9, where a's queue zone begins, in an hour: 32.6 km.
TO_QUEUE, AT_POST = (3600, 79.9), (4080, 80.0)


def test_without_gaps_it_moved_all_the_way_but_in_the_queue() -> None:
    # Two hours in the queue, creeping half a kilometre in each: a stop all the same.
    queue = driven((3600, 79.91), (7200, 79.915), (10800, 79.92))
    leg = leg_of([*driven((0, 79.5), TO_QUEUE)[:-1], *queue, *driven((10860, 79.93), (11280, 80.0)), (14000, 80.0)])
    assert 3500 <= leg["moving_s"] <= 3720
    assert leg["moving_low_s"] == leg["moving_high_s"] == leg["moving_s"]
    assert leg["moving_interval_s"] == 60
    assert leg["stop_s"] + leg["travel_s"] > 10000


def test_in_a_gap_it_moves_at_its_own_speed_and_stands_for_the_rest() -> None:
    # Half an hour at 32.6 km/h, a gap of two hours in which it comes no further than the other half hour would.
    near, far = driven((0, 79.5), (1800, 79.7)), driven((9000, 79.9), (9480, 80.0))
    leg = leg_of([*near, *far, (12000, 80.0)])
    assert abs(leg["moving_s"] - 3600) < 300
    # It took the 16.3 km of the gap at least 11 minutes, and at most all of the two hours.
    assert abs(leg["moving_low_s"] - (1800 + 16.3 / 90 * H)) < 300
    assert abs(leg["moving_high_s"] - (1800 + 7200)) < 300


def test_a_leg_seen_every_quarter_of_an_hour_has_no_speed_without_stops() -> None:
    leg = leg_of([*driven((0, 79.5), TO_QUEUE, every_s=900), AT_POST, (9000, 80.0)])
    assert leg["moving_s"] is None


def test_a_leg_of_three_intervals_is_too_short() -> None:
    leg = leg_of([*driven((0, 79.5), (900, 79.9), every_s=300), (960, 80.0), (9000, 80.0)])
    assert leg["moving_s"] is None
