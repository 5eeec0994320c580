"""How much is known: counts of the register, which are exact and say so."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import KIND, WORLD
from birlik.domains.cooperation.indicators.making import Row, by, count, figures
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.vocabulary.words import Progress
from birlik.kernel.domain import Indicator, Rows
from birlik.quantity import Quantity

FURTHER = (
    count("dated_n", "How many of them have a date."),
    count("passed_n", 'How many dates have passed without a claim that it was done: never "broken".'),
    count("done_n", "How many are said to be done."),
    count("unknown_n", "Of how many nobody has said what became."),
    count("second_n", "How many rest on two sources or more."),
    count("disputed_n", "Of how many sources differ in something."),
)


def _known(rows: Rows, now: datetime) -> Rows:
    made = [{"world": world, **_counted(of, now)} for (world,), of in by(rows, "world").items()]
    return figures(COMMITMENTS_KNOWN, made)


def _counted(rows: list[Row], now: datetime) -> dict[str, Any]:
    n = len(rows)
    dated = [row for row in rows if row["due_until_time"] is not None]
    return {
        "value": float(n),
        "n": n,
        "low": float(n),
        "high": float(n),
        "basis": "reported",
        "dated_n": len(dated),
        "passed_n": sum(row["due_until_time"] < now and row["progress"] != Progress.DONE for row in dated),
        "done_n": sum(row["progress"] == Progress.DONE for row in rows),
        "unknown_n": sum(row["progress"] == Progress.UNKNOWN for row in rows),
        "second_n": sum(row["sources_n"] > 1 for row in rows),
        "disputed_n": sum(row["disputed_n"] > 0 for row in rows),
    }


COMMITMENTS_KNOWN = Indicator(
    name="commitments_known",
    code="COMMITMENTS",
    title="Promises that are known",
    unit="1",
    quantity=Quantity.COUNT,
    source=COMMITMENT.name,
    columns=("due_until_time", "progress", "sources_n", "disputed_n"),
    dimensions=(WORLD,),
    function=_known,
    further=FURTHER,
    method="All commitments of the register that the reader may see, counted. A date has passed when its last instant "
    "on the clocks of its owners has, and nobody has said that it was done: that says nothing of who is to blame. What "
    "nobody has coded is unknown, which is the default and no fault.",
    reference="This registry's own definition; dates after ISO 8601-1:2019, 5.2.2.",
    interval="none: a count of the register is exact",
    minimum_n=1,
    live=True,
)


def _entities(rows: Rows, now: datetime) -> Rows:
    second = pc.cast(pc.greater(rows.column("sources_n"), 1), pa.int64())
    disputed = pc.cast(pc.greater(rows.column("disputed_n"), 0), pa.int64())
    flagged = rows.append_column("second_n", second).append_column("open_n", disputed)
    by = [d.name for d in ENTITIES_KNOWN.dimensions]
    summed = flagged.group_by(by).aggregate([("sources_n", "count"), ("second_n", "sum"), ("open_n", "sum")])
    n = summed.column("sources_n_count")
    value = n.cast(pa.float64())
    told = {name: summed.column(name) for name in by} | {"value": value, "n": n, "low": value, "high": value}
    told |= {"basis": pa.repeat("reported", summed.num_rows)}
    told |= {"second_n": summed.column("second_n_sum"), "disputed_n": summed.column("open_n_sum")}
    fields = (*ENTITIES_KNOWN.dimensions, *ENTITIES_KNOWN.measures)
    return pa.table({f.name: told[f.name].cast(f.type.arrow) for f in fields}).sort_by(
        [(name, "ascending") for name in by]
    )


ENTITIES_KNOWN = Indicator(
    name="entities_known",
    code="ENTITIES",
    title="Who and what is known, by kind",
    unit="1",
    quantity=Quantity.COUNT,
    source=ENTITY.name,
    columns=("sources_n", "disputed_n"),
    only={"is_head": True},
    dimensions=(KIND, WORLD),
    function=_entities,
    further=(
        count("second_n", "How many rest on two sources or more."),
        count("disputed_n", "Of how many sources differ in something."),
    ),
    method="Entities of which a claim stands that the reader may see, counted by kind; records that were said to be of "
    "the same are one.",
    reference="This registry's own definition.",
    interval="none: a count of the register is exact",
    minimum_n=1,
    live=True,
)
