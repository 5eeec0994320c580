"""In a process of its own: fill a node with movements, make the episodes from nothing, say what it took, as JSON."""

import hashlib
import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.world import movements
from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.intake import Decoded, Delivery
from birlik.kernel.store import Prepared

YARDSTICK = (
    "SELECT count(*) FROM (SELECT lag(phenomenon_time) OVER (PARTITION BY object_key ORDER BY phenomenon_time) AS l "
    "FROM transport_movement) WHERE l IS NOT NULL"
)
"""The least that any episode query must do: each row beside the one before it of the same object."""


def main(folder: Path, rows: int) -> None:
    settings.write_new(folder, "KAZ")
    clock = SetClock(datetime(2026, 1, 2, tzinfo=UTC))
    node = assembly.open_node(folder, clock=clock)
    started = time.perf_counter()
    for i, batch in enumerate(movements(rows)):
        delivery = Delivery(
            body=b"bench %d" % i,
            media_type="application/vnd.birlik.positions",
            source_id="bench",
            received_time=clock.now(),
        )
        prepared = Prepared(
            delivery=delivery,
            decoded=Decoded(rows={"transport_movement": batch}),
            views=1,
            digest=hashlib.sha256(delivery.body).digest(),
            single=False,
        )
        node.store.commit([prepared])
    loaded = time.perf_counter() - started
    database = node.store.database
    started = time.perf_counter()
    database.all(YARDSTICK)
    window = time.perf_counter() - started
    episode = node.store.catalogue.derived["transport_crossing_episode"]
    started = time.perf_counter()
    with node.store.step(clock.now()) as step:
        assert step is not None
        step.refresh(episode)
    episodes = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    started = time.perf_counter()
    pipeline.follow(node)
    followed = time.perf_counter() - started
    n = database.all("SELECT count(*) FROM transport_crossing_episode WHERE status = 'finished'")[0][0]
    node.close()
    print(
        json.dumps({"load": loaded, "window": window, "episodes": episodes, "peak_gb": peak, "all": followed, "n": n})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
