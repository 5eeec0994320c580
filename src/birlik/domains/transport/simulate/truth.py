"""The truth beside the messages: every passage as it was, and the law's mean that was put in."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.transport.simulate.corridor import DEGRADED, ENTRY, EXIT, FORMS, Passages
from birlik.domains.transport.simulate.law import Law
from birlik.domains.transport.vocabulary import CAUSES

TIME = pa.timestamp("us", tz="UTC")


def truth_table(world: Passages, start: datetime, end: datetime) -> pa.Table:
    """One row a passage that began before `end`, in the order of entry.

    status: `finished`, or `open` at the end; then exit and dwell are null, though the causes tell the whole.
    """
    end_s = round((end - start) / timedelta(seconds=1))
    kept = np.flatnonzero(world.time_s[:, ENTRY] < end_s)
    kept = kept[np.argsort(world.time_s[kept, ENTRY], kind="stable")]
    entry, exit_ = world.time_s[kept, ENTRY], world.time_s[kept, EXIT]
    is_open = exit_ >= end_s
    base = round(start.timestamp())

    def time(seconds: Any, mask: Any = None) -> Any:
        return pa.array((seconds + base) * 1_000_000, mask=mask).cast(TIME)

    def of_leg(name: str) -> Any:
        return pa.array([getattr(leg, name) for leg in world.legs]).take(pa.array(world.leg[kept]))

    objects = world.object_id[kept].tolist()
    return pa.table(
        {
            "crossing_id": of_leg("crossing_id"),
            "direction": of_leg("direction"),
            "mode": of_leg("mode"),
            "object_id": pa.array(objects, pa.string()),
            "object_kind": pa.array(["wagon" if o.startswith("wagon") else "vehicle" for o in objects], pa.string()),
            "form": pa.array(FORMS).take(pa.array(world.form[kept])),
            "status": pa.array(np.where(is_open, "open", "finished").tolist(), pa.string()),
            "entry_time": time(entry),
            "exit_time": time(exit_, is_open),
            "dwell_s": pa.array(exit_ - entry, mask=is_open),
            **{f"cause_{cause}_s": pa.array(world.cause_s[kept, i]) for i, cause in enumerate(CAUSES)},
            "degraded": pa.array(world.degraded[kept]),
        }
    )


def law_table(law: Law) -> pa.Table:
    """The mean that was put in, by crossing, direction and mode, and what it is made of; hours."""
    return pa.Table.from_pylist(
        [
            {
                "crossing_id": leg.crossing_id,
                "direction": leg.direction,
                "mode": leg.mode,
                "mean_h": leg.mean_h,
                "wait_mean_h": leg.wait_mean_h,
                "service_mean_h": leg.service_mean_h,
                "drive_h": leg.drive_h,
                "customers_per_day": leg.per_day,
                "objects_per_customer": leg.batch,
                "load": leg.load,
                "degraded_at_the_end": (leg.crossing_id, leg.direction) == DEGRADED,
            }
            for leg in law.legs
        ]
    )


def refused_table(expected: dict[str, int]) -> pa.Table:
    return pa.table(
        {"reason": pa.array(list(expected), pa.string()), "n": pa.array(list(expected.values()), pa.int64())}
    )
