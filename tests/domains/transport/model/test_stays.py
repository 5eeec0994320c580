"""Stays at places and legs between them."""

from datetime import UTC, datetime
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
        found = stays((0, "wild"), (60, "town"), (300, "wild"), (60 + away, "town"), (3000, "wild"), (9000, "wild"))
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
    out = [(60 * minute, "queue a") for minute in range(300, 315)]
    back = [(60 * minute, "a") for minute in range(315, 330)]
    (leg, *_) = under_way((0, "wild"), *at_a, *out, *back, (60 * 331, "b"), (60 * 340, "b"), (60 * 400, "city"))
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
