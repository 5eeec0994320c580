"""What a duty officer may try beside what is."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from birlik.domains.transport.indicators.words import BY_CROSSING, EPISODE
from birlik.domains.transport.model import closing
from birlik.kernel.plans import Parameter, Plan, Progress, Read
from birlik.kernel.tables import Field, Rows, Type, arrow_schema
from birlik.quantity import Quantity

CLOSED_H = Field(
    name="closed_h",
    type=Type.FLOAT,
    unit="h",
    title="closed for",
    description="How long every crossing lets through less than usual.",
)
OPEN_SHARE = Field(
    name="open_share",
    type=Type.FLOAT,
    unit="1",
    quantity=Quantity.SHARE,
    title="share let through meanwhile",
    description="Of what it usually lets through while many wait; 0 is nothing.",
)
FROM_HOUR = Field(
    name="from_hour",
    type=Type.INT,
    unit="1",
    title="first hour of the week",
    description="0 is Monday midnight, 8 is Monday 08:00, on the clock of each crossing.",
)
FIELDS = (
    *BY_CROSSING,
    Field(
        name="longest_queue_n", type=Type.INT, unit="1", title="most who wait",
        description="Vehicles in the queue when it is longest.",
    ),
    Field(
        name="longest_wait_h", type=Type.FLOAT, unit="h", title="longest wait",
        description="Of who joins the queue at the worst hour.",
    ),
    Field(
        name="recovered_h", type=Type.FLOAT, unit="h", title="until as usual again",
        description="From the first hour on; empty where it isn't within three weeks.",
    ),
    Field(
        name="passages_n", type=Type.INT, unit="1", title="passages that it rests on",
        description="Finished passages of eight weeks.",
    ),
)  # fmt: skip
SCHEMA = arrow_schema(FIELDS)


def closed(tables: Mapping[str, Rows], values: Mapping[str, Any], tell: Progress) -> Rows:
    """A row a crossing, direction and mode of which enough is known."""
    queues = closing.queues(tables[EPISODE])
    made = []
    for done, queue in enumerate(queues):
        told = closing.closed(
            queue, closed_h=values["closed_h"], open_share=values["open_share"], from_hour=values["from_hour"]
        )
        made.append({**queue.key, **told, "passages_n": queue.passages_n})
        tell(done + 1, len(queues))
    return pa.Table.from_pylist(made, schema=SCHEMA)


CLOSING = Plan(
    name="transport_closing",
    title="If crossings close",
    question="How long would queues and waits become if crossings let through less for some hours?",
    method="A queue hour by hour: each hour come as many as came on average in that hour of the week in the last eight "
    "weeks, and leave as many as left in it while six or more waited; within the hours that are closed, the share of "
    "them that is let through. It begins as a usual week begins. Nobody turns back or takes another way, and vehicles "
    "are taken as a stream, so what comes of it is a middle, not a promise. Crossings with fewer than 50 finished "
    "passages are left out; passages told and tracked are never pooled.",
    parameters=(
        Parameter(field=CLOSED_H, usual=0.0, least=0.0, most=336.0),
        Parameter(field=OPEN_SHARE, usual=0.0, least=0.0, most=1.0),
        Parameter(field=FROM_HOUR, usual=8, least=0, most=167),
    ),
    reads=(Read(table=EPISODE, columns=closing.COLUMNS, days=56, time="exit_time"),),
    compute=closed,
    fields=FIELDS,
    key=tuple(field.name for field in BY_CROSSING),
)
PLANS = (CLOSING,)
