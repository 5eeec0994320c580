"""In a process of its own: edit registers of a node that `bench.recompute` filled, let it rest, say what it took."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from bench.timing import timed
from bench.world import FIXES, commit, ids_of, passages
from birlik import assembly
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Domain, Field, Table, Type
from birlik.kernel.intake import Delivery
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.registers import ROWS

TIMES = 5
NAMES = 100_000
FEW = "kz-kordai--kg-akzhol--road"
"""A crossing of a country that the other movements never come near."""
LARGE = Domain(
    name="bench",
    title="Bench",
    tables=(
        Table(
            name="bench_name",
            title="Names",
            description="A large register.",
            fields=(
                Field(name="name_id", type=Type.TEXT, nullable=False, description="An id."),
                Field(name="name", type=Type.TEXT, nullable=False, description="A name."),
            ),
            key=("name_id",),
            time="",
            facts=lambda: pa.table({c: [f"{c}{i}" for i in range(NAMES)] for c in ("name_id", "name")}),
        ),
    ),
)


def main(folder: Path) -> None:
    clock = SetClock(datetime(2026, 1, 3, tzinfo=UTC))
    node = assembly.open_node(folder, clock=clock, declared=(*assembly.domains(), LARGE))
    total = node.store.database.all("SELECT count(DISTINCT object_key) FROM transport_movement")[0][0]
    _pass(node, int(total) // 100)
    pipeline.follow(node)
    took = {
        "rest": [timed(lambda: pipeline.follow(node)) for _ in range(TIMES)],
        "minute": [timed(lambda: _later(node, clock)) for _ in range(TIMES)],
        "name": [_edit(node, "transport_place", "kz-nurzholy", name_en=f"Name {i}") for i in range(TIMES)],
        "few": [_edit(node, "transport_geofence", "kz-kordai:post", radius_m=540.0 + i) for i in range(TIMES)],
        "whole": [_edit(node, "transport_geofence", "kz-nurzholy:queue", radius_m=14_000.0)],
    }
    node.close()
    print(json.dumps(took))


def _pass(node: Node, objects: int) -> None:
    """One passage each of the first objects at the crossing that nobody else uses."""
    ids, keys = ids_of(objects)
    batch = passages(range(objects), ids, keys, crossings_at=(FEW,))
    assert batch.num_rows == objects * FIXES
    commit(node, batch, b"few")


def _later(node: Node, clock: SetClock) -> None:
    clock.advance(timedelta(minutes=1))
    pipeline.follow(node)


def _edit(node: Node, table: str, key: str, **changes: Any) -> float:
    """From the edit's arrival until the figures, which the pages read, rest on it."""
    declared = node.store.catalogue.tables[table]
    (standing,) = (r for r in node.store.registers()[table].to_pylist() if r[declared.key[0]] == key)
    delivery = Delivery(
        body=orjson.dumps({"table": table, "rows": [standing | changes]}),
        media_type=ROWS,
        source_id="steward",
        received_time=node.clock.now(),
        labels=Labels(marking=Marking.CLEAR, audience=("public",)),
    )

    def work() -> None:
        receipt = pipeline.take(node, [delivery])[0]
        assert receipt.failed is None, receipt.failed
        pipeline.follow(node)

    return timed(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
