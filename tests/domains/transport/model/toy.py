"""A small world for the tests of this folder, and a slow, plain reading of its rules.

West to east along latitude 43: town – A's queue – post a | post b – B's queue – city, then far off posts c | d.
Post r, north of a, is the rail-only post that faces b.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from birlik.domains.transport.vocabulary import CAUSE_STARTED_BY, CAUSES, MODES_OF_KIND, Crossing
from birlik.places import Geofence, Place, Zone, distance_km

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday

PLACES = tuple(
    Place(
        place_id=i, name_en=i, country=c, kind=k, latitude=lat, longitude=lon, precision_km=1, zone_tz=tz
    )
    for i, c, k, lat, lon, tz in (
        ("a", "AAA", "border_post", 43.0, 80.0, "Asia/Almaty"),
        ("b", "BBB", "border_post", 43.0, 80.05, "Asia/Shanghai"),
        ("r", "AAA", "border_post", 43.15, 80.0, "Asia/Almaty"),
        ("c", "BBB", "border_post", 43.0, 82.0, "Asia/Shanghai"),
        ("d", "CCC", "border_post", 43.0, 82.05, "Asia/Kathmandu"),
        ("town", "AAA", "city", 43.0, 79.5, "Asia/Almaty"),
        ("city", "BBB", "city", 43.0, 80.6, "Asia/Shanghai"),
    )
)  # fmt: skip
POSTS = ("a", "b", "r", "c", "d")
GEOFENCES = (
    *(Geofence(geofence_id=f"{p}:post", place_id=p, zone=Zone.POST, radius_m=1500) for p in POSTS),
    *(Geofence(geofence_id=f"{p}:queue", place_id=p, zone=Zone.QUEUE, radius_m=8000) for p in POSTS),
    *(Geofence(geofence_id=f"{p}:place", place_id=p, zone=Zone.PLACE, radius_m=3000) for p in ("town", "city")),
)
CROSSINGS = tuple(
    Crossing(
        crossing_id=f"{a}--{b}--{mode}", name_en="", name_kk="", side_a=a, side_b=b, mode=mode, status=status,
        source="", basis="reported",
    )
    for a, b, mode, status in (
        ("a", "b", "road", "operating"), ("r", "b", "rail", "operating"), ("c", "d", "road", "operating"),
        ("a", "b", "rail", "planned"),
    )
)  # fmt: skip
SPOTS = {
    "wild": (43.5, 79.0), "town": (43.0, 79.5), "queue a": (43.0, 79.95), "a": (43.0, 80.0), "b": (43.0, 80.05),
    "queue b": (43.0, 80.1), "city": (43.0, 80.6), "r": (43.15, 80.0), "queue r": (43.15, 79.95),
    "queue c": (43.0, 81.95), "c": (43.0, 82.0), "d": (43.0, 82.05), "nowhere": (None, None),
}  # fmt: skip

TYPES: dict[str, Any] = {
    "object_id": pa.string(), "object_key": pa.int64(), "object_kind": pa.string(),
    "phenomenon_time": pa.timestamp("us", "UTC"), "latitude": pa.float64(), "longitude": pa.float64(),
    "place_id": pa.string(), "place_code": pa.string(), "activity": pa.string(),
    "received_time": pa.timestamp("us", "UTC"), "basis": pa.string(), "source_record_id": pa.string(),
}  # fmt: skip


def row(at_s: int, where: str, activity: str = "position", **changes: Any) -> dict[str, Any]:
    """A movement `at_s` seconds after noon. `where` is a spot; with an activity, a post is also named."""
    latitude, longitude = SPOTS[where]
    told = activity != "position" and where in (*POSTS, "town", "city")
    return {
        "object_id": "plate:X", "object_key": 1, "object_kind": "vehicle",
        "phenomenon_time": NOON + timedelta(seconds=at_s), "latitude": None if told else latitude,
        "longitude": None if told else longitude, "place_id": where if told else None, "place_code": None,
        "activity": activity, "received_time": NOON + timedelta(seconds=at_s + 5), "basis": "measured", **changes,
    }  # fmt: skip


def movements(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(TYPES.items())))


def geofence_table(fences: tuple[Geofence, ...] = GEOFENCES) -> pa.Table:
    names = ("geofence_id", "place_id", "zone", "radius_m", "polygon_wkt")
    return pa.table({n: [getattr(f, n) for f in fences] for n in names})


@dataclass
class Seen:
    """A located row, as the plain reading has it."""

    t: int
    place: str | None
    zone: str | None
    activity: str
    basis: str
    received: datetime


@dataclass
class Trip:
    """An episode being read: the rows at which the object was present, and those since the last of them."""

    start: str
    far: str
    crossing: Crossing
    before: Seen | None
    firm: bool = False
    present: list[tuple[Seen, str]] = field(default_factory=list)
    gaps: list[list[tuple[Seen, str]]] = field(default_factory=list)
    since: list[tuple[Seen, str]] = field(default_factory=list)
    conflict: int = 0


def label(r: dict[str, Any], kind: str) -> tuple[str | None, str | None] | None:
    """Place and zone by the rules in `zones`, None for a row that says nothing of where."""
    if r["place_id"]:
        if r["place_id"] not in POSTS:
            return r["place_id"], "place"
        return r["place_id"], "queue" if r["activity"] == "queue" else "post"
    if r["latitude"] is None:
        return None
    modes = {p: {c.mode for c in CROSSINGS if c.status == "operating" and p in (c.side_a, c.side_b)} for p in POSTS}
    near = [
        (distance_km(p.latitude, p.longitude, r["latitude"], r["longitude"]), p.place_id)
        for p in PLACES
        if p.place_id not in POSTS or modes[p.place_id] & set(MODES_OF_KIND[kind])
    ]
    posts = sorted((d, p) for d, p in near if p in POSTS and d <= 8)
    if posts and posts[0][0] <= 1.5:
        return posts[0][1], "post"
    others = sorted((d, p) for d, p in near if p not in POSTS and d <= 3)
    if others:
        return others[0][1], "place"
    return (posts[0][1], "queue") if posts else (None, None)


def candidates(place: str | None, kind: str) -> list[tuple[str, Crossing]]:
    fit = [c for c in CROSSINGS if c.status == "operating" and c.mode in MODES_OF_KIND[kind]]
    fit.sort(key=lambda c: (("road", "rail").index(c.mode), c.crossing_id))
    return [(c.side_b if c.side_a == place else c.side_a, c) for c in fit if place in (c.side_a, c.side_b)]


def country(place: str | None) -> str:
    return next((p.country for p in PLACES if p.place_id == place), "")


ORDER = ("arrive", "queue", "position", "", "clear", "depart", "pass")


def plain_episodes(rows: list[dict[str, Any]], debounce: int = 600, pending: int = 86_400) -> list[dict[str, Any]]:
    """Episodes of one object by lists and look-backs. Slow, and written apart from the state machine."""
    kind = rows[0]["object_kind"]
    seen: list[Seen] = []
    for r in rows:
        if (at := label(r, kind)) is not None:
            t = int(r["phenomenon_time"].timestamp())
            seen.append(Seen(t, at[0], at[1], r["activity"], r["basis"], r["received_time"]))
    seen.sort(key=lambda s: (s.t, ORDER.index(s.activity if s.activity in ORDER else "")))
    found: list[dict[str, Any]] = []
    trip: Trip | None = None
    lingering: dict[str, Any] | None = None
    for i, s in enumerate(seen):
        last = seen[i - 1] if i else None
        if trip is not None:
            what = classify(trip, s, kind)
            status = verdict(trip, s, what, debounce, pending)
            if status:
                # A row that itself closes the episode and is outside still marks its exit.
                if what in ("other", "out") or (what == "beyond" and trip.present[-1][1] == "there"):
                    trip.since.append((s, what))
                found.append(told := closed(trip, status, debounce))
                lingering = told["lingering"]
                trip = None
            else:
                accept(trip, s, what, kind)
                pair = {trip.start, trip.far}
                if last and last.t == s.t and last.place and s.place and last.place != s.place:
                    trip.conflict += not {last.place, s.place} <= pair
                if what == "there" and s.activity in ("depart", "pass"):
                    found.append(told := closed(trip, "finished", debounce))
                    lingering, trip = told["lingering"], None
        if trip is None:
            if lingering and s.place == lingering["place"]:
                back = s.t - lingering["t"] >= debounce and (
                    lingering["away"] or s.activity in ("arrive", "queue", "pass")
                )
                if not back and (s.zone != "post" or lingering["post"]):
                    lingering["t"], lingering["away"] = s.t, False
                    continue
                lingering = None
            elif lingering:
                lingering["away"] = True
            if options := candidates(s.place, kind):
                trip, lingering = Trip(s.place or "", *options[0], last), None
                trip.present.append((s, "here"))
    if trip is not None:
        out = [x for x in trip.since if x[0].activity != "told"]
        over = trip.present[-1][1] == "there" and trip.since and seen[-1].t - trip.present[-1][0].t >= debounce
        found.append(closed(trip, "finished", debounce) if over and out else opened(trip, seen[-1], debounce))
    return found


def classify(trip: Trip, s: Seen, kind: str) -> str:
    if s.place is None:
        return "out"
    if s.place == trip.start:
        return "here"
    known = {far for far, _ in candidates(trip.start, kind)}
    if s.place != trip.far and (trip.firm or s.place not in known):
        return "other"
    return "there" if s.zone == "post" else "beyond"


def departed(trip: Trip) -> bool:
    return trip.present[-1][0].activity in ("depart", "pass")


def verdict(trip: Trip, s: Seen, what: str, debounce: int, pending: int) -> str:
    last, side = trip.present[-1]
    was_away = bool(trip.since) or departed(trip)
    if (not was_away and what in ("here", "there")) or (not was_away and what == "beyond" and side == "here"):
        return ""
    past = (
        [*trip.since]
        if what in ("here", "there") or (what == "beyond" and side == "here")
        else [*trip.since, (s, what)]
    )
    behind = [x for x, w in past if w == "beyond"]
    others = [x for x, w in past if w == "other"]
    gap = s.t - last.t
    lapses = was_away or what in ("other", "out")
    if side == "there":
        if gap > pending and lapses:
            return "finished"
        return "finished" if gap >= debounce and (behind or others or what == "there") else ""
    abroad = bool(others) and country(others[0].place) == country(trip.far) != country(trip.start)
    end = "finished" if behind or abroad else "turned_back"
    if s.t - max([last.t, *(x.t for x in behind)]) > pending and lapses:
        return end
    if what == "here":
        return "" if gap < debounce or (behind and not others) else end
    if what in ("other", "out"):
        if others and gap >= debounce:
            return end
        if behind and s.t - behind[-1].t >= debounce:
            return end
    return ""


def accept(trip: Trip, s: Seen, what: str, kind: str) -> None:
    if what in ("there", "beyond") and not trip.firm:
        for far, crossing in candidates(trip.start, kind):
            if far == s.place and (what == "there" or trip.present[-1][1] == "here"):
                trip.far, trip.crossing, trip.firm = far, crossing, s.zone == "post"
    if what in ("here", "there"):
        trip.gaps.append(trip.since)
        trip.since = []
        trip.present.append((s, what))
    else:
        trip.since.append((s, what))


def middle(low: int, high: int) -> int:
    return (low + high) // 2


def left_at(last: Seen, since: list[tuple[Seen, str]]) -> int:
    return last.t if last.activity in ("depart", "pass") else middle(last.t, since[0][0].t)


def segment(s: Seen, side: str) -> str:
    return "post_b" if side == "there" else "queue" if s.zone == "queue" else "post_a"


def spans(trip: Trip, entry: int, debounce: int) -> list[tuple[str, int, int, str | None]]:
    """(segment, from, to, cause told) up to the last row at which it was present."""
    first, side = trip.present[0]
    out: list[tuple[str, int, int, str | None]] = [(segment(first, side), entry, first.t, None)]
    cause = CAUSE_STARTED_BY.get(first.activity)
    for (x, x_side), (y, y_side), gap in zip(trip.present, trip.present[1:], trip.gaps, strict=False):
        sx, sy = segment(x, x_side), segment(y, y_side)
        told = y.activity in ("arrive", "queue", "pass")
        away = bool(gap) or x.activity in ("depart", "pass")
        if away and not (x_side == y_side and y.t - x.t < debounce):
            left = left_at(x, gap)
            came = max(left, y.t if told else middle(gap[-1][0].t if gap else x.t, y.t))
            out += [(sx, x.t, left, cause), ("between", left, came, None), (sy, came, y.t, None)]
            cause = None
        elif sx == sy:
            out.append((sx, x.t, y.t, cause))
        else:
            runs_on = cause and y.activity != "position" and x_side == y_side
            turn = y.t if told or runs_on else middle(x.t, y.t)
            out.append((sx, x.t, turn, cause))
            cause = cause if x_side == y_side else None
            out.append((sy, turn, y.t, cause))
        if y.activity != "position":
            cause = CAUSE_STARTED_BY.get(y.activity)
    out.append(("running", 0, 0, cause))
    return out


def base(trip: Trip, debounce: int) -> tuple[dict[str, Any], list[tuple[str, int, int, str | None]], str | None]:
    first = trip.present[0][0]
    exact = first.activity in ("arrive", "queue", "pass")
    entry = first.t if exact or not trip.before else middle(trip.before.t, first.t)
    half = 0 if exact else (first.t - trip.before.t + 1) // 2 if trip.before else None
    rests_on = [s for s, _ in trip.present] + ([trip.before] if trip.before and not exact else [])
    told = {
        "crossing_id": trip.crossing.crossing_id, "rows_n": len(trip.present), "conflict": trip.conflict,
        "direction": "a_to_b" if trip.start == trip.crossing.side_a else "b_to_a", "entry": entry,
        "entry_half_width_s": half, "last": trip.present[-1][0].t,
        "received": max(s.received for s in rests_on),
    }  # fmt: skip
    *parts, running = spans(trip, entry, debounce)
    return told, parts, running[3]


def summed(told: dict[str, Any], parts: list[tuple[str, int, int, str | None]]) -> dict[str, Any]:
    for name in ("queue", "post_a", "between", "post_b"):
        told[f"{name}_s"] = sum(b - a for n, a, b, _ in parts if n == name)
    causes = dict.fromkeys(CAUSES, 0)
    for name, a, b, cause in parts:
        causes[cause or ("queue" if name == "queue" else "unexplained")] += b - a
    return told | {f"cause_{cause}_s": seconds for cause, seconds in causes.items()}


def closed(trip: Trip, status: str, debounce: int) -> dict[str, Any]:
    told, parts, cause = base(trip, debounce)
    last, side = trip.present[-1]
    left = left_at(last, trip.since)
    exact = departed(trip)
    seen_out = last.received if exact else trip.since[0][0].received
    low, high = (last.t, last.t) if exact else (last.t, trip.since[0][0].t)
    parts.append((segment(last, side), last.t, left, cause))
    behind = [k for k, (_, w) in enumerate(trip.since) if w == "beyond"]
    if status == "finished" and side == "here":
        exact = False
        k = behind[0] if behind else next(k for k, (_, w) in enumerate(trip.since) if w == "other")
        low = (trip.since[k - 1][0].t if k else last.t) if behind else last.t
        high, seen_out = trip.since[k][0].t, trip.since[k][0].received
        parts.append(("between", left, middle(low, high), None))
    last_there = max([last.t, *(trip.since[k][0].t for k in behind)])
    away = bool(trip.since) and trip.since[-1][0].t > last_there
    lingering = {"place": trip.far, "post": exact, "t": last_there, "away": away}
    return summed(told, parts) | {
        "status": "entry_unknown" if told["entry_half_width_s"] is None else status, "exit": middle(low, high),
        "exit_half_width_s": (high - low + 1) // 2, "received": max(told["received"], seen_out),
        "dwell_s": middle(low, high) - told["entry"],
        "lingering": lingering if status == "finished" else None,
    }  # fmt: skip


def opened(trip: Trip, end: Seen, debounce: int) -> dict[str, Any]:
    told, parts, cause = base(trip, debounce)
    last, side = trip.present[-1]
    if trip.since or departed(trip):
        left = left_at(last, trip.since)
        parts += [(segment(last, side), last.t, left, cause), ("between", left, end.t, None)]
        told["received"] = max(told["received"], trip.since[0][0].received if not departed(trip) else last.received)
    return summed(told, parts) | {
        "status": "open", "exit": None, "exit_half_width_s": None, "dwell_s": end.t - told["entry"], "last": end.t,
    }  # fmt: skip
