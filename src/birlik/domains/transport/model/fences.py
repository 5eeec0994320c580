"""Where the posts of a crossing really stand on its axis, and how far its queues reach: learned from who stood there.

Definitions: transport.md, "Where the posts stand on the axis is learned". A fence is a fold over the days of the
passages: it changes when what is learned has moved by more than 200 m, at most once a day, whatever the order in
which rows arrived.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model.episodes import times_of
from birlik.domains.transport.model.grouping import grouped
from birlik.domains.transport.model.visits import STANDS_KM
from birlik.domains.transport.model.zones import KM_PER_DEG
from birlik.kernel.kept import Reference
from birlik.kernel.tables import Field, Type, arrow_schema

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

BIN_KM, KERNEL_KM = 0.1, 0.25
CLEAR, PASSAGES = 0.15, 15
"""Below this density, or with fewer passages a direction, the register stays."""
DISTANCE_KM, SHIFT_KM = 1.5, 4.0
"""Standard deviations of the prior: of the distance between the posts from the register's, and of their shift."""
LEAST_APART_KM, POSTS_KM = 0.3, 15.0
"""No post is farther from the register's points."""
POST_SHARE, POST_LEAST_KM, POST_MOST_KM = 0.2, 0.4, 1.2
QUEUE_STEP_KM, QUEUE_SHARE, CORE_SHARE, QUEUE_RATIO, QUEUE_GAP_KM = 0.5, 0.01, 0.05, 0.3, 2.0
MOVED_KM, QUEUE_MOVED_KM = 0.2, 0.5

_KM = (
    ("post_a_km", "Post of side A on the axis; 0 is its point in the register."),
    ("post_b_km", "Post of side B on the axis."),
    ("a_from_km", "Where the post of side A begins."),
    ("a_to_km", "Where it ends."),
    ("b_from_km", "Where the post of side B begins."),
    ("b_to_km", "Where it ends."),
    ("queue_a_km", "As far out reaches the queue of side A."),
    ("queue_b_km", "As far out reaches the queue of side B."),
    ("core_a_km", "As far out one mostly waits on side A; farther out, who still drives has not joined the queue."),
    ("core_b_km", "The same on side B."),
    ("a_east_km", "How far east of the register's point vehicles stand at post A."),
    ("a_north_km", "How far north of it."),
    ("b_east_km", "How far east of the register's point vehicles stand at post B."),
    ("b_north_km", "How far north of it."),
)
FIELDS: tuple[Field, ...] = (
    Field(
        name="crossing_id",
        type=Type.TEXT,
        nullable=False,
        description="The crossing.",
        of=Reference(table="transport_crossing"),
    ),
    Field(
        name="basis",
        type=Type.TEXT,
        nullable=False,
        codes=("learned", "register"),
        description="`learned`, and in use unless a steward's fence rules; `register` where it is not clear.",
    ),
    *(Field(name=name, type=Type.FLOAT, unit="km", description=text) for name, text in _KM),
    Field(name="clarity", type=Type.FLOAT, unit="1/km", description="Density of stands at the less clear post."),
    Field(name="passages_a_to_b_n", type=Type.INT, unit="1", description="Passages with a stand that it rests on."),
    Field(name="passages_b_to_a_n", type=Type.INT, unit="1", description="The same, the other way."),
    Field(name="learned_time", type=Type.TIME, description="The day whose passages last moved it."),
)
SCHEMA = arrow_schema(FIELDS)
KEY = ("crossing_id",)
UNLEARNED = {"basis": "register", "clarity": 0.0, "passages_a_to_b_n": 0, "passages_b_to_a_n": 0}


def fences_in(visits: pa.Table, frames: Mapping[str, tuple[float, ...]]) -> pa.Table:
    """The fence of each crossing that any object came near. visits: `visits.FIELDS`, whole crossings, any order.

    frames: `axis.frame_of` the posts, by crossing. Returns: FIELDS, by crossing_id.
    """
    learned = {row["crossing_id"]: row for row in _fences(visits.filter(pc.is_valid(visits["along_km"])), frames)}
    near = sorted(set(pc.unique(visits["crossing_id"]).to_pylist()) & frames.keys())
    return pa.Table.from_pylist([learned.get(name, UNLEARNED | {"crossing_id": name}) for name in near], schema=SCHEMA)


def _fences(stands: pa.Table, frames: Mapping[str, tuple[float, ...]]) -> Iterator[dict[str, Any]]:
    groups = grouped(stands, ("crossing_id",))
    day = groups.ints_of_time("passage_time") // 86_400_000_000
    forth = groups.is_equal("direction", "a_to_b")
    passage = groups.ints_of_time("passage_time") // 1_000_000 ^ groups.ints("object_key")
    along, latitude, longitude = (
        np.asarray(groups.rows.column(name).combine_chunks().to_numpy(), np.float64)
        for name in ("along_km", "latitude", "longitude")
    )
    for crossing_id, a, b in zip(
        groups.keys.column("crossing_id").to_pylist(), groups.offsets[:-1], groups.offsets[1:], strict=True
    ):
        frame = frames.get(crossing_id)
        if frame is None:
            continue
        order = a + np.lexsort((along[a:b], forth[a:b], passage[a:b], day[a:b]))
        yield {"crossing_id": crossing_id} | _fence(
            day[order], passage[order], forth[order], along[order], latitude[order], longitude[order], frame
        )


def _fence(
    day: Longs, passage: Longs, forth: npt.NDArray[np.bool_], along: Floats, latitude: Floats, longitude: Floats,
    frame: tuple[float, ...],
) -> dict[str, Any]:  # fmt: skip
    length = frame[5]
    fold: Any = _fold
    learned, clarity, counts, since = fold(day, passage, forth, along, length)
    told: dict[str, Any] = {
        "basis": "register", "clarity": clarity, "passages_a_to_b_n": int(counts[1]),
        "passages_b_to_a_n": int(counts[0]),
    }  # fmt: skip
    if since < 0:
        return told
    told |= dict(zip((name for name, _ in _KM[:10]), np.round(learned, 2).tolist(), strict=True))
    for side, at, post_km in (("a", learned[0], 0.0), ("b", learned[1], length)):
        near = np.abs(along - at) <= 2 * KERNEL_KM
        east = (np.median(longitude[near]) - frame[1]) * frame[2] * KM_PER_DEG - post_km * frame[3]
        north = (np.median(latitude[near]) - frame[0]) * KM_PER_DEG - post_km * frame[4]
        told |= {f"{side}_east_km": round(float(east), 1), f"{side}_north_km": round(float(north), 1)}
    day_time = times_of(np.array([since * 86_400], np.int64))[0].as_py()
    return told | {"basis": "learned", "learned_time": day_time}


@numba.njit(cache=True)
def _fold(day, passage, forth, along, length):  # type: ignore[no-untyped-def]
    """(fence, clarity, passages by direction, the day of the last change or -1)."""
    bins = int((length + 2 * STANDS_KM) / BIN_KM) + 1
    stood = np.zeros((2, bins))
    counts = np.zeros(2, np.int64)
    current, clarity, since = np.zeros(10), 0.0, -1
    i, n = 0, day.size
    while i < n:
        today = day[i]
        while i < n and day[i] == today:
            d, p = int(forth[i]), passage[i]
            counts[d] += 1
            last = -1
            while i < n and day[i] == today and passage[i] == p and int(forth[i]) == d:
                at = int((along[i] + STANDS_KM) / BIN_KM + 0.5)
                # Each passage once at each spot, however often it stood there.
                if 0 <= at < bins and at != last:
                    stood[d, at] += 1
                    last = at
                i += 1
        if counts[0] < PASSAGES or counts[1] < PASSAGES:
            continue
        made, clarity = _learned(stood, counts, length)
        if clarity < CLEAR:
            continue
        moved = max(abs(made[0] - current[0]), abs(made[1] - current[1])) > MOVED_KM
        grew = max(abs(made[6] - current[6]), abs(made[7] - current[7])) > QUEUE_MOVED_KM
        if since < 0 or moved or grew:
            current[:] = made
            since = today
    return current, clarity, counts, since


@numba.njit(cache=True)
def _smooth(counts, n):  # type: ignore[no-untyped-def]
    """Density per kilometre and passage."""
    reach = int(3 * KERNEL_KM / BIN_KM)
    out = np.zeros(counts.size)
    for i in range(counts.size):
        if counts[i] > 0:
            for k in range(max(i - reach, 0), min(i + reach + 1, counts.size)):
                z = (k - i) * BIN_KM / KERNEL_KM
                out[k] += counts[i] * np.exp(-0.5 * z * z)
    return out / (np.sqrt(2 * np.pi) * KERNEL_KM * max(n, 1))


@numba.njit(cache=True)
def _learned(stood, counts, length):  # type: ignore[no-untyped-def]
    """The fence that all stands so far say, and how clearly."""
    g = np.sqrt(_smooth(stood[0], counts[0]) * _smooth(stood[1], counts[1]))
    bins = g.size
    best, a, b = 0.0, -1, -1
    reach = int((STANDS_KM - POSTS_KM) / BIN_KM)
    for i in range(1 + reach, bins - 1 - reach):
        if g[i] < g[i - 1] or g[i] < g[i + 1] or g[i] <= 0.0:
            continue
        for j in range(i + int(LEAST_APART_KM / BIN_KM), bins - 1 - reach):
            if g[j] < g[j - 1] or g[j] < g[j + 1]:
                continue
            apart = ((j - i) * BIN_KM - length) / DISTANCE_KM
            shift = ((i + j) * BIN_KM / 2 - STANDS_KM - length / 2) / SHIFT_KM
            score = min(g[i], g[j]) * np.exp(-0.5 * (apart * apart + shift * shift))
            if score > best:
                best, a, b = score, i, j
    out = np.zeros(10)
    if a < 0:
        return out, 0.0
    out[0], out[1] = a * BIN_KM - STANDS_KM, b * BIN_KM - STANDS_KM
    middle = (out[0] + out[1]) / 2
    for k in range(2):
        peak = a if k == 0 else b
        for e in range(2):
            step, far = 1 if e else -1, 0
            while far < int(POST_MOST_KM / BIN_KM) and 0 < peak + step * (far + 1) < bins - 1:
                if g[peak + step * (far + 1)] < POST_SHARE * g[peak] and far >= int(POST_LEAST_KM / BIN_KM):
                    break
                far += 1
            out[2 + 2 * k + e] = out[k] + step * far * BIN_KM
    out[3], out[4] = min(out[3], middle), max(out[4], middle)
    for k, share in enumerate((QUEUE_SHARE, CORE_SHARE)):
        out[6 + 2 * k] = _queue(stood[1], counts[1], stood[0], counts[0], out[2], -1, share)
        out[7 + 2 * k] = _queue(stood[0], counts[0], stood[1], counts[1], out[5], 1, share)
    return out, min(g[a], g[b])


@numba.njit(cache=True)
def _queue(coming, n_coming, going, n_going, edge, step, least):  # type: ignore[no-untyped-def]
    """How far out from the edge of a post at least such a share of those who come stands."""
    per, ahead = int(QUEUE_STEP_KM / BIN_KM + 0.5), int(QUEUE_GAP_KM / BIN_KM + 0.5)
    # The fringe of a post, where both directions stand, is no queue.
    reach = edge + step * QUEUE_STEP_KM
    at = int((reach + STANDS_KM) / BIN_KM + 0.5)
    while True:
        first, last = (at, at + ahead) if step > 0 else (at - ahead, at)
        if first < 0 or last > coming.size:
            return reach
        # Few stand in any one half km, and where a queue moves on nobody does: so a stretch is looked at.
        steps = QUEUE_GAP_KM / QUEUE_STEP_KM
        share_in = coming[first:last].sum() / max(n_coming, 1) / steps
        share_out = going[first:last].sum() / max(n_going, 1) / steps
        if share_in < least or share_out >= QUEUE_RATIO * share_in:
            return reach
        here = coming[at : at + per] if step > 0 else coming[at - per : at]
        at += step * per
        if here.sum() >= least * n_coming:
            reach = at * BIN_KM - STANDS_KM
