"""The axis of a border crossing: from post A to post B and on, both ways. Side, queue and post are told along it.

Definitions: transport.md, "Side and place come from an axis". `along` is in kilometres from the register's point of
post A towards post B's, so that A lies at 0 and B at `length_km`, whatever is learned of where vehicles really stand.
Beyond the posts the axis goes on towards the places that the graph joins to each, in as many rays; where it knows none,
straight on. What lies a few kilometres beside is on it; farther beside counts as that much farther out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from birlik.domains.transport.model.zones import KM_PER_DEG
from birlik.domains.transport.vocabulary import MODES, Crossing, Edge, Geofence, Place, Zone
from birlik.errors import OutOfRange

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.int8]

BESIDE_KM = 4.0
"""So far beside the axis costs nothing."""
STRAIGHT_KM, BENT_KM = 3.5, 7.0
"""So near the posts the axis is straight, and so far out it has bent into the ways."""
RAYS = 4
RAY_FROM_KM, RAY_TO_KM = 8.0, 450.0
"""The way to a place nearer than this says nothing of where the road leads, and beyond that not of how it begins."""
NEAR_KM, SEEN_KM = 60.0, 150.0
"""Own intervals are measured, and gaps narrowed, within the first; a crossing is no candidate beyond the second."""
REACH_KM = SEEN_KM + 25
"""Whoever was never within this of a crossing's points is no candidate there, whatever is learned of its posts: along
its axis a way may count for a little less than it is."""

# Columns of `Axes.extent`, kilometres along.
QUEUE_A, A_FROM, A_TO, MIDDLE, B_FROM, B_TO, QUEUE_B, AT_A, AT_B, CORE_A, CORE_B, STAND = range(12)
REGISTER, LEARNED, CONFIRMED = 0, 1, 2
FENCE_BASES = ("register", "learned", "confirmed")

NOWHERE, FIX, UNPLACED, TOLD = range(4)
"""What a row says of where: nothing, a bare position, a place of no register, or a place or deed that was told."""

# Where a row is, from A's side to B's.
Z_A_OUT, Z_A_QUEUE, Z_A_POST, Z_BETWEEN, Z_B_POST, Z_B_QUEUE, Z_B_OUT, Z_UNKNOWN = range(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """Where the posts of one crossing stand and how far its queues reach, kilometres along; see `fences`."""

    crossing_id: str
    post_a_km: float
    post_b_km: float
    a_from_km: float
    a_to_km: float
    b_from_km: float
    b_to_km: float
    queue_a_km: float
    queue_b_km: float
    core_a_km: float
    core_b_km: float
    """Nearer than this one mostly waits; farther out, who still drives has not joined the queue."""


@dataclass(frozen=True, slots=True)
class Axes:
    """All operating crossings of one register as plain arrays, one row each.

    frame: latitude and longitude of A's point, cosine of the latitude, unit vector to B (east, north), length in km.
    rays: unit vectors (east, north) from A's point, then from B's, RAYS each; NaN where there are fewer. extent: see
    the names of its columns; A's point is at 0 on the axis, and STAND is within what distance of a post's point a
    standing object is at the post, 0 where the fences say it better. sides: place index of A and B.
    """

    crossing_ids: tuple[str, ...]
    modes: Bytes
    sides: Ints
    frame: Floats
    rays: Floats
    extent: Floats
    fence_basis: Bytes


@lru_cache(maxsize=32)
def axes_of(
    places: tuple[Place, ...],
    geofences: tuple[Geofence, ...],
    crossings: tuple[Crossing, ...],
    edges: tuple[Edge, ...] = (),
    learned: tuple[Fence, ...] = (),
) -> Axes:
    """Compile a register. Raises: OutOfRange for a crossing of an unknown place, or of two posts at one point."""
    known = {place.place_id: (i, place) for i, place in enumerate(places)}
    fences: dict[tuple[str, str], Geofence] = {}
    for fence in sorted(geofences, key=lambda f: (bool(f.polygon_wkt), f.geofence_id)):
        fences[fence.place_id, fence.zone] = fence
    operating = sorted(
        (c for c in crossings if c.status == "operating"), key=lambda c: (MODES.index(c.mode), c.crossing_id)
    )
    found = {fence.crossing_id: fence for fence in learned}
    made, frames, rays = [], [], []
    for crossing in operating:
        for side in (crossing.side_a, crossing.side_b):
            if side not in known:
                raise OutOfRange(f"crossing {crossing.crossing_id}: its side {side} is in no register of places")
        a, b = known[crossing.side_a][1], known[crossing.side_b][1]
        frames.append(frame_of(a, b))
        rays.append(_rays(crossing, frames[-1], {p: place for p, (_, place) in known.items()}, edges))
        made.append(_extent(a, b, fences, found.get(crossing.crossing_id), frames[-1], rays[-1]))
    n = len(operating)
    return Axes(
        crossing_ids=tuple(c.crossing_id for c in operating),
        modes=np.array([MODES.index(c.mode) for c in operating], np.int8),
        sides=np.array([(known[c.side_a][0], known[c.side_b][0]) for c in operating], np.int32).reshape(n, 2),
        frame=np.array(frames, np.float64).reshape(n, 6),
        rays=np.array(rays, np.float64).reshape(n, 2, RAYS, 2),
        extent=np.array([extent for extent, _ in made], np.float64).reshape(n, STAND + 1),
        fence_basis=np.array([basis for _, basis in made], np.int8),
    )


def frame_of(a: Place, b: Place) -> tuple[float, ...]:
    """The frame of the axis from a to b. Raises OutOfRange for posts at one point."""
    cos = float(np.cos(np.radians((a.latitude + b.latitude) / 2)))
    east = (b.longitude - a.longitude) * cos * KM_PER_DEG
    north = (b.latitude - a.latitude) * KM_PER_DEG
    length = float(np.hypot(east, north))
    if length < 0.01:
        raise OutOfRange(f"places {a.place_id} and {b.place_id} face each other at one point: no axis joins them")
    return a.latitude, a.longitude, cos, east / length, north / length, length


def _rays(crossing: Crossing, frame: tuple[float, ...], places: Mapping[str, Place], edges: tuple[Edge, ...]) -> Floats:
    """Where the ways lead from each post, by the graph of the crossing's mode; straight on where it knows none."""
    rays = np.full((2, RAYS, 2), np.nan)
    sides = (crossing.side_a, crossing.side_b)
    for k, side in enumerate(sides):
        post = places[side]
        ways = []
        for place_id in _reached(side, sides[1 - k], crossing.mode, edges):
            place = places.get(place_id)
            if place is None:
                continue
            east = (place.longitude - post.longitude) * frame[2] * KM_PER_DEG
            north = (place.latitude - post.latitude) * KM_PER_DEG
            if RAY_FROM_KM <= (d := float(np.hypot(east, north))) <= RAY_TO_KM:
                ways.append((d, place_id, east / d, north / d))
        ahead = -1.0 if k == 0 else 1.0
        for i, (_, _, east, north) in enumerate(sorted(ways)[:RAYS] or [(0, "", ahead * frame[3], ahead * frame[4])]):
            rays[k, i] = east, north
    return rays


def _reached(side: str, other: str, mode: str, edges: tuple[Edge, ...]) -> list[str]:
    """Places to which two edges of one mode lead from a post, not through the one that faces it."""
    ends: dict[str, list[str]] = {}
    for edge in edges:
        if edge.mode == mode and edge.status in ("operating", "seasonal"):
            ends.setdefault(edge.from_place, []).append(edge.to_place)
            ends.setdefault(edge.to_place, []).append(edge.from_place)
    first = [p for p in ends.get(side, []) if p != other]
    second = [p for q in first for p in ends.get(q, []) if p not in (side, other)]
    return sorted({*first, *second})


def _extent(
    a: Place,
    b: Place,
    fences: Mapping[tuple[str, str], Geofence],
    learned: Fence | None,
    frame: tuple[float, ...],
    rays: Floats,
) -> tuple[tuple[float, ...], int]:
    length = frame[5]
    radius = [(fences[p.place_id, Zone.POST].radius_m or 0.0) / 1000 if (p.place_id, Zone.POST) in fences else 0.0
              for p in (a, b)]  # fmt: skip
    queue = [(fences[p.place_id, Zone.QUEUE].radius_m or 0.0) / 1000 if (p.place_id, Zone.QUEUE) in fences else 0.0
             for p in (a, b)]  # fmt: skip
    at_a, at_b = 0.0, length
    post_a, post_b = [-radius[0], radius[0]], [length - radius[1], length + radius[1]]
    queue_a, queue_b = -max(queue[0], radius[0]), length + max(queue[1], radius[1])
    core_a, core_b = queue_a, queue_b
    stand, basis = max(a.precision_km, b.precision_km), REGISTER
    if learned is not None:
        at_a, at_b = learned.post_a_km, learned.post_b_km
        post_a, post_b = [learned.a_from_km, learned.a_to_km], [learned.b_from_km, learned.b_to_km]
        queue_a, queue_b = learned.queue_a_km, learned.queue_b_km
        core_a, core_b = learned.core_a_km, learned.core_b_km
        stand, basis = 0.0, LEARNED
    drawn = [_drawn(fences.get((p.place_id, zone)), frame, rays, centre)
             for zone in (Zone.POST, Zone.QUEUE) for p, centre in ((a, 0.0), (b, length))]  # fmt: skip
    if drawn[0] is not None:
        post_a, at_a, basis = list(drawn[0]), sum(drawn[0]) / 2, CONFIRMED
    if drawn[1] is not None:
        post_b, at_b, basis = list(drawn[1]), sum(drawn[1]) / 2, CONFIRMED
    if drawn[0] is not None and drawn[1] is not None:
        stand = 0.0
    middle = (at_a + at_b) / 2
    post_a[1], post_b[0] = min(post_a[1], middle), max(post_b[0], middle)
    if drawn[2] is not None:
        queue_a = core_a = drawn[2][0]
    if drawn[3] is not None:
        queue_b = core_b = drawn[3][1]
    extent = (
        min(queue_a, post_a[0]), *post_a, middle, *post_b, max(queue_b, post_b[1]), at_a, at_b, core_a, core_b, stand,
    )  # fmt: skip
    return extent, basis


SHIPPED = "estimated"
"""The basis of a circle that no one has looked at."""


def _drawn(
    fence: Geofence | None, frame: tuple[float, ...], rays: Floats, centre_km: float
) -> tuple[float, float] | None:
    """What a fence that a steward confirmed or drew covers of the axis, or None."""
    if fence is None:
        return None
    if not fence.polygon_wkt:
        if fence.basis == SHIPPED or not fence.radius_m:
            return None
        return centre_km - fence.radius_m / 1000, centre_km + fence.radius_m / 1000
    import shapely  # a tenth of a second, and only where a polygon was drawn

    find: Any = on_axis
    points = shapely.get_coordinates(shapely.from_wkt(fence.polygon_wkt))
    along = [find(y, x, np.array(frame), rays)[0] for x, y in points.tolist()]
    return min(along), max(along)


# Inlined: called for each row at each crossing near it, both cost less than handing them their arrays.
@numba.njit(cache=True, inline="always")
def on_axis(lat, lon, frame, rays):  # type: ignore[no-untyped-def]
    """(kilometres along, kilometres beside) of the nearest point of the axis: between the posts, or on a ray."""
    d_lon = lon - frame[1]
    if d_lon > 180.0:
        d_lon -= 360.0
    elif d_lon < -180.0:
        d_lon += 360.0
    x = d_lon * frame[2] * KM_PER_DEG
    y = (lat - frame[0]) * KM_PER_DEG
    length = frame[5]
    s = x * frame[3] + y * frame[4]
    d = x * frame[4] - y * frame[3]
    inside = min(max(s, 0.0), length)
    out = np.sqrt((s - inside) * (s - inside) + d * d)
    bends = min(max((out - STRAIGHT_KM) / (BENT_KM - STRAIGHT_KM), 0.0), 1.0)
    if bends == 0.0:
        return s, abs(d)
    # Behind a post and near none of its ways: as far out as it is from the post.
    best, along, beside = out, s, abs(d)
    if s != inside:
        along, beside = (-out if s < 0.0 else length + out), 0.0
    for k in range(2):
        xk = x - k * length * frame[3]
        yk = y - k * length * frame[4]
        for i in range(RAYS):
            if np.isnan(rays[k, i, 0]):
                break
            p = xk * rays[k, i, 0] + yk * rays[k, i, 1]
            off = abs(xk * rays[k, i, 1] - yk * rays[k, i, 0])
            if p > 0.0 and off < best:
                best, beside = off, off
                along = -p if k == 0 else length + p
    return s + bends * (along - s), abs(d) + bends * (beside - abs(d))


@numba.njit(cache=True, inline="always")
def along_km(lat, lon, frame, rays, extent):  # type: ignore[no-untyped-def]
    """Kilometres along; what is too far beside the axis is pushed outward on its own side."""
    s, beside = on_axis(lat, lon, frame, rays)
    excess = beside - max(BESIDE_KM, 0.5 * frame[5])
    if excess > 0.0:
        if s < extent[MIDDLE]:
            d = min(s - extent[AT_A], 0.0)
            s = extent[AT_A] - np.sqrt(d * d + excess * excess)
        else:
            d = max(s - extent[AT_B], 0.0)
            s = extent[AT_B] + np.sqrt(d * d + excess * excess)
    return s


@numba.njit(cache=True, inline="always")
def zone_of(s, extent, stands):  # type: ignore[no-untyped-def]
    """Which of Z_… a position on the axis is. stands: the object stands there."""
    if s < extent[MIDDLE]:
        at_post = extent[A_FROM] <= s <= extent[A_TO]
        if stands and extent[STAND] > 0.0 and abs(s - extent[AT_A]) <= extent[STAND]:
            at_post = True
        if at_post:
            return Z_A_POST
        if s > extent[A_TO]:
            return Z_BETWEEN
        return Z_A_QUEUE if s >= extent[QUEUE_A] else Z_A_OUT
    at_post = extent[B_FROM] <= s <= extent[B_TO]
    if stands and extent[STAND] > 0.0 and abs(s - extent[AT_B]) <= extent[STAND]:
        at_post = True
    if at_post:
        return Z_B_POST
    if s < extent[B_FROM]:
        return Z_BETWEEN
    return Z_B_QUEUE if s <= extent[QUEUE_B] else Z_B_OUT
