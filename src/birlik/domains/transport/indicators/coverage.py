"""What arrived of what was expected, by source and day."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.transport.indicators.words import OURS
from birlik.domains.transport.model.grouping import grouped
from birlik.kernel.indicators import Indicator
from birlik.kernel.tables import Field, Names, Party, Rows, Type
from birlik.methods.bootstrap import proportion_interval
from birlik.methods.quantiles import quantiles
from birlik.quantity import Quantity

HOURS_OF_DAY = 24
"""All of them, also of a day that still runs: a share of the hours so far would change with no row that came."""


def _coverage(rows: Rows, now: datetime) -> Rows:
    """Share of the day's hours in which a source was heard, and what became of what it sent."""
    dimensions = ("source_id", "received_day")
    groups = grouped(rows, dimensions)
    received_s = groups.ints_of_time("received_time") // 1_000_000
    accepted, refused = groups.ints("accepted_n"), groups.ints("refused_n")
    repeated, lateness = groups.ints("duplicate_n"), groups.ints("lateness_s")
    made: dict[str, list[Any]] = {
        name: [] for name in ("value", "n", "low", "high", *(f.name for f in COVERAGE_MEASURES))
    }
    for a, b in pairwise(groups.offsets):
        heard = np.unique(received_s[a:b] // 3600).size
        interval = proportion_interval(heard, HOURS_OF_DAY)
        sent = int(accepted[a:b].sum() + refused[a:b].sum() + repeated[a:b].sum())
        middle, late = quantiles(np.repeat(lateness[a:b], np.minimum(accepted[a:b], 1000)), (0.5, 0.95))
        made["value"].append(heard / HOURS_OF_DAY)
        made["n"].append(HOURS_OF_DAY)
        made["low"].append(interval.low)
        made["high"].append(interval.high)
        made["records_n"].append(sent)
        made["lateness_p50_s"].append(middle)
        made["lateness_p95_s"].append(late)
        made["quarantine_share"].append(int(refused[a:b].sum()) / sent if sent else None)
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in dimensions},
            **made,
            "basis": pa.array(["measured"] * len(groups)),
        }
    )


COVERAGE_MEASURES = (
    Field(name="records_n", type=Type.INT, unit="1", description="Records that it sent, in whatever state."),
    Field(name="lateness_p50_s", type=Type.FLOAT, unit="s", description="Half of them came no later after the fact."),
    Field(name="lateness_p95_s", type=Type.FLOAT, unit="s", description="19 in 20 came no later after the fact."),
    Field(
        name="quarantine_share",
        type=Type.FLOAT,
        unit="1",
        quantity=Quantity.SHARE,
        description="Share of them that could not be taken.",
    ),
)

COVERAGE = Indicator(
    name="coverage",
    quantity=Quantity.SHARE,
    code="coverage",
    title="Coverage of a source",
    unit="1",
    source="birlik_message",
    columns=("received_time", "accepted_n", "duplicate_n", "refused_n", "lateness_s"),
    dimensions=(
        Field(name="source_id", type=Type.TEXT, description="The supplier."),
        Field(name="received_day", type=Type.DAY, description="The day of the arrival, UTC."),
    ),
    party=Party(column="source_id", names=Names.SOURCE),
    function=_coverage,
    further=COVERAGE_MEASURES,
    method="Share of the 24 hours of the day, in UTC, in which the source was heard at least once; a day that still "
    "runs can't have them all yet. Beside it: how long after the fact its records came, and the share that could not "
    "be taken.",
    reference=OURS,
    interval="Wilson interval of the share of hours",
    minimum_n=1,
    period="received_day",
    better="higher",
)
