"""Movements in bulk: passages of trucks at three road crossings, as rows of `transport_movement`."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.transport.events import MOVEMENT
from birlik.domains.transport.vocabulary import crossings, places
from birlik.ids import key63
from birlik.kernel.intake import Decoded, Delivery
from birlik.kernel.node import Node
from birlik.kernel.registers import ROWS
from birlik.kernel.store import Prepared

FIXES = 50
"""Rows of one passage: approach, queue, post, other post, away."""
CROSSINGS = ("kz-nurzholy--cn-khorgos--road", "az-krasny-most--ge-tsiteli-khidi--road", "ge-sarpi--tr-sarp--road")
START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 730


def movements(rows: int, *, seed: int = 7, at_once: int = 1_000_000) -> Iterator[Any]:
    """Batches in order of time, `rows` in all, over two years."""
    draw = np.random.default_rng(seed)
    count = rows // FIXES
    starts = np.sort(draw.uniform(0, DAYS * 86_400, count))
    trucks = max(200, count // 60)
    # A truck passes again only weeks later: neighbouring passages are of different trucks.
    truck = np.arange(count) % trucks
    ids, keys = ids_of(trucks)
    step = at_once // FIXES
    for first in range(0, count, step):
        last = min(first + step, count)
        yield _batch(starts[first:last], truck[first:last], ids, keys, draw)


def ids_of(trucks: int) -> tuple[Any, Any]:
    """Ids of the first trucks, and their keys."""
    ids = np.array([f"tracker:bench{i:06d}" for i in range(trucks)])
    return ids, np.array([key63(i) for i in ids.tolist()], np.int64)


def passages(trucks: Sequence[int], ids: Any, keys: Any, *, crossings_at: Sequence[str], seed: int = 11) -> Any:
    """One passage of each of some trucks, after all others, at one of some crossings."""
    draw = np.random.default_rng(seed)
    starts = np.sort(draw.uniform(DAYS * 86_400, (DAYS + 1) * 86_400, len(trucks)))
    return _batch(starts, np.asarray(trucks), ids, keys, draw, crossings_at)


def _batch(
    starts: Any, truck: Any, ids: Any, keys: Any, draw: np.random.Generator, at: Sequence[str] = CROSSINGS
) -> Any:
    n = starts.size
    known = {p.place_id: p for p in places()}
    pairs = [next(c for c in crossings() if c.crossing_id == name) for name in at]
    ends = np.array([[[known[s].latitude, known[s].longitude] for s in (c.side_a, c.side_b)] for c in pairs])
    which = draw.integers(0, len(pairs), n)
    forth = draw.random(n) < 0.5
    a = ends[which, np.where(forth, 0, 1)]
    b = ends[which, np.where(forth, 1, 0)]
    # Along the line from far before A to far behind B, in units of the distance between the posts.
    way = np.concatenate(
        (np.linspace(-40, -12, 5), np.full(10, -2.0), np.full(15, 0.0), np.full(15, 1.0), np.linspace(13, 40, 5))
    )
    dwell = draw.lognormal(np.log(6 * 3600), 0.6, n)
    minutes = np.concatenate((np.linspace(-100, -5, 5) * 60, np.zeros(40), np.linspace(5, 100, 5) * 60))
    inside = np.concatenate((np.zeros(5), np.linspace(0.01, 0.99, 40), np.ones(5)))
    seconds = starts[:, None] + minutes[None, :] + inside[None, :] * dwell[:, None]
    position = a[:, None, :] + (b - a)[:, None, :] * way[None, :, None]
    position += draw.normal(0, 2e-5, position.shape)
    micros = (seconds.astype(np.int64) + int(START.timestamp())) * 1_000_000
    order = np.argsort(micros, axis=None, kind="stable")
    row_truck = np.repeat(truck, FIXES)[order]
    time = pa.array(micros.reshape(-1)[order], pa.timestamp("us", "UTC"))
    total = n * FIXES
    flat = position.reshape(-1, 2)[order]

    def same(value: Any, kind: Any) -> Any:
        return pa.repeat(pa.scalar(value, kind), total)

    columns = dict.fromkeys(MOVEMENT.schema.names)
    columns |= {
        "object_id": pa.array(ids[row_truck]),
        "object_key": pa.array(keys[row_truck]),
        "object_kind": same("vehicle", pa.string()),
        "phenomenon_time": time,
        "received_time": time,
        "latitude": pa.array(flat[:, 0]),
        "longitude": pa.array(flat[:, 1]),
        "activity": same("position", pa.string()),
        "basis": same("measured", pa.string()),
        "source_id": same("bench", pa.string()),
    }
    made = {k: v if v is not None else same(None, MOVEMENT.schema.field(k).type) for k, v in columns.items()}
    return pa.table(made).cast(MOVEMENT.schema)


def commit(node: Node, batch: Any, name: bytes) -> None:
    """Take rows of `transport_movement` as one delivery of that name, past the wire."""
    delivery = Delivery(body=name, media_type=ROWS, source_id="bench", received_time=node.clock.now())
    prepared = Prepared(
        delivery=delivery,
        decoded=Decoded(rows={MOVEMENT.name: batch}),
        views=1,
        digest=hashlib.sha256(name).digest(),
        single=False,
    )
    node.store.commit([prepared])
