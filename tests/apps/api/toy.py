"""A domain of one table, one register, one derived table, one indicator, one page and one protocol."""

from collections.abc import Mapping
from datetime import datetime

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from birlik.clock import utc
from birlik.errors import DeliveryError, Implausible, Malformed, Where
from birlik.kernel.domain import (
    Answer,
    Call,
    Decoded,
    Delivery,
    Derived,
    Domain,
    Endpoint,
    Field,
    FigureTable,
    Indicator,
    Intake,
    Lookup,
    Page,
    Reference,
    Rows,
    Source,
    Table,
    Type,
)
from birlik.kernel.members import Role

SHELF = (
    Field(name="shelf_id", type=Type.TEXT, nullable=False, description="The shelf."),
    Field(name="name_en", type=Type.TEXT, nullable=False, description="Its name."),
    Field(name="height_m", type=Type.FLOAT, unit="m", description="Its height."),
)


def _shelves() -> Rows:
    rows = [("s1", 'Low, "left"', 0.5), ("s2", "Middle", 1.0), ("s3", "High", None)]
    names = [f.name for f in SHELF]
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


TOY = Table(
    name="toy_sighting",
    title="Sightings",
    description="A toy, seen on a shelf.",
    key=("toy_id", "seen_time"),
    time="seen_time",
    latitude="latitude",
    longitude="longitude",
    fields=(
        Field(name="toy_id", type=Type.TEXT, nullable=False, description="The toy."),
        Field(name="seen_time", type=Type.TIME, nullable=False, description="When.", term="eventTime"),
        Field(name="shelf_id", type=Type.TEXT, nullable=False, description="Where.", codes=("s1", "s2", "s3")),
        Field(name="dust_g", type=Type.FLOAT, unit="g", description="How dusty."),
        Field(name="count_n", type=Type.INT, unit="1", description="How many."),
        Field(name="whole", type=Type.BOOL, description="Nothing is broken."),
        Field(name="latitude", type=Type.FLOAT, unit="°", description="WGS 84."),
        Field(name="longitude", type=Type.FLOAT, unit="°", description="WGS 84."),
        Field(name="notes", type=Type.JSON, description="What else."),
    ),
)
REGISTER = Table(
    name="toy_shelf",
    title="Shelves",
    description="Where toys stand.",
    key=("shelf_id",),
    time="",
    fields=SHELF,
    facts=_shelves,
)


def _dusty(tables: Mapping[str, Rows]) -> Rows:
    rows = tables["toy_sighting"]
    return rows.append_column("dusty", pc.fill_null(pc.greater(rows.column("dust_g"), 1.0), False))


DUSTY = Derived(
    name="toy_dusty",
    title="Dusty toys",
    description="Which sightings were of a dusty toy.",
    sources=(
        Source(
            table="toy_sighting", columns=("toy_id", "seen_time", "shelf_id", "dust_g"), by="toy_id", time="seen_time"
        ),
    ),
    by="toy_id",
    key=("toy_id", "seen_time"),
    time="seen_time",
    function=_dusty,
    fields=(
        Field(name="toy_id", type=Type.TEXT, nullable=False, description="The toy."),
        Field(name="seen_time", type=Type.TIME, nullable=False, description="When."),
        Field(name="shelf_id", type=Type.TEXT, nullable=False, description="Where."),
        Field(name="dust_g", type=Type.FLOAT, unit="g", description="How dusty."),
        Field(name="dusty", type=Type.BOOL, description="Over one gram."),
    ),
)


def _mean(rows: Rows, now: datetime) -> Rows:
    made = rows.group_by("shelf_id").aggregate([("dust_g", "mean"), ("dust_g", "count")])
    mean, n = made.column("dust_g_mean"), pc.cast(made.column("dust_g_count"), pa.int64())
    return pa.table(
        {
            "shelf_id": made.column("shelf_id"),
            "value": mean,
            "n": n,
            "low": pc.subtract(mean, 0.1),
            "high": pc.add(mean, 0.1),
            "basis": pa.array(["measured"] * made.num_rows),
        }
    )


MEAN_DUST = Indicator(
    name="mean_dust_g",
    code="MD",
    title="Mean dust",
    unit="g",
    source="toy_dusty",
    columns=("dust_g",),
    dimensions=(
        Field(name="shelf_id", type=Type.TEXT, nullable=False, description="Where.", of=Reference(table="toy_shelf")),
    ),
    function=_mean,
    method="The mean of what was weighed.",
    reference="None: a toy.",
    interval="plus and minus a tenth",
    minimum_n=2,
)


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """A JSON list of sightings; one without a toy is refused, one too dusty cannot be."""
    try:
        told = orjson.loads(delivery.body)
    except orjson.JSONDecodeError as error:
        raise Malformed("no JSON", where=Where(line=error.lineno, column=error.colno)) from None
    rows, refused = [], list[DeliveryError]()
    for i, row in enumerate(told):
        where = Where(pointer=f"/{i}")
        if "toy_id" not in row:
            refused.append(Malformed("no toy", raw=orjson.dumps(row), where=where))
        elif (row.get("dust_g") or 0) > 1e6:
            refused.append(Implausible("a ton of dust", raw=orjson.dumps(row), where=where))
        else:
            rows.append({**row, "seen_time": utc(row["seen_time"])})
    return Decoded(rows={TOY.name: pa.Table.from_pylist(rows, schema=TOY.schema)}, refused=refused)


def _sniff(head: bytes, filename: str) -> Mapping[str, str] | None:
    return {"seen_by": "sniffing"} if head.lstrip().startswith(b"[") else None


INTAKE = Intake(
    name="sightings",
    title="Sightings as JSON",
    media_type="application/vnd.toy+json",
    decode=_decode,
    tables=(TOY.name,),
    sniff=_sniff,
    example="curl …",
)


async def _see(call: Call) -> Answer:
    body = call.body or orjson.dumps([{k: v[-1] for k, v in call.query.items() if k != "source"}])
    receipt = await call.take(
        Delivery(
            body=body,
            media_type=INTAKE.media_type,
            source_id=call.source_id,
            received_time=call.received_time,
            labels=call.labels,
        )
    )
    if receipt.failed is not None:
        raise receipt.failed
    return Answer(body={"accepted": receipt.accepted, "source": call.source_id, "path": dict(call.path_parameters)})


ENDPOINTS = (
    Endpoint(
        methods=("GET", "POST"),
        path="/toys/see/{room}",
        handle=_see,
        sends=True,
        summary="See a toy",
        operation_id="see",
        tags=("toys",),
        request_media_types=("application/json",),
        responses={200: "Seen."},
        parameters=(Field(name="toy_id", type=Type.TEXT, description="The toy."),),
    ),
    Endpoint(
        methods=("POST",),
        path="/toys/see",
        handle=_see,
        sends=True,
        summary="See a toy, wherever",
        operation_id="see_anywhere",
        responses={200: "Seen."},
    ),
)

DOMAIN = Domain(
    role=Role.READER,
    name="toy",
    title="Toys",
    tables=(TOY, REGISTER),
    derived=(DUSTY,),
    indicators=(MEAN_DUST,),
    intakes=(INTAKE,),
    endpoints=ENDPOINTS,
    pages=(
        Page(
            name="shelves",
            title="Shelves",
            question="How dusty are the shelves?",
            panels=(FigureTable(name="dust", title="Dust", indicator="mean_dust_g"),),
        ),
    ),
)
