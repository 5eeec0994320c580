"""In a process of its own: fill a node with movements, make the episodes from nothing, say what it took, as JSON."""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.world import commit, movements
from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.domains.transport.simulate.harsh.estimating import EPISODE, needed
from birlik.kernel import pipeline

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
        commit(node, batch, b"bench %d" % i)
    loaded = time.perf_counter() - started
    database = node.store.database
    started = time.perf_counter()
    database.all(YARDSTICK)
    window = time.perf_counter() - started
    started = time.perf_counter()
    with node.store.step(clock.now()) as step:
        assert step is not None
        for storey in needed(EPISODE):
            step.refresh(storey)
    episodes = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    started = time.perf_counter()
    pipeline.follow(node)
    followed = time.perf_counter() - started
    n = database.all(f"SELECT count(*) FROM {EPISODE} WHERE status = 'finished'")[0][0]
    assert n, "no episode was made: what was timed is nothing"
    node.close()
    print(
        json.dumps({"load": loaded, "window": window, "episodes": episodes, "peak_gb": peak, "all": followed, "n": n})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
