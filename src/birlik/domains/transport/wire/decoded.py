"""What a decoder of this room gives: the rows that are right, and each thing that is not, with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from birlik.errors import DeliveryError
from birlik.said import Said

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No supplier's record is older; a device that lost its clock says 1970 or 1980."""

CLOCK_AHEAD = timedelta(hours=24)
"""How far a source's clock may run ahead before its stamp is refused."""

FASTEST_M_S = 150.0
"""No truck, train or ship moves at 540 km/h; a figure above is a slip of units."""

POSITIONS_SCHEMA = pa.schema(
    [
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("object_kind", pa.string(), nullable=False),
        pa.field("phenomenon_time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("utc_offset_min", pa.int64()),
        pa.field("latitude", pa.float64(), nullable=False),
        pa.field("longitude", pa.float64(), nullable=False),
        pa.field("speed_m_s", pa.float64()),
        pa.field("course_deg", pa.float64()),
        pa.field("accuracy_m", pa.float64()),
        pa.field("line", pa.int64(), nullable=False),
    ]
)

BORDER_EVENTS_SCHEMA = pa.schema(
    [
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("object_kind", pa.string(), nullable=False),
        pa.field("phenomenon_time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("utc_offset_min", pa.int64()),
        pa.field("place_code", pa.string(), nullable=False),
        pa.field("activity", pa.string(), nullable=False),
        pa.field("documents", pa.string()),
        pa.field("source_record_id", pa.string()),
        pa.field("line", pa.int64(), nullable=False),
    ]
)

DISLOCATION_SCHEMA = pa.schema(
    [
        pa.field("wagon_id_1520", pa.string(), nullable=False),
        pa.field("phenomenon_time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("operation_code", pa.string(), nullable=False),
        pa.field("station_id_esr", pa.string(), nullable=False),
        pa.field("train_index", pa.string()),
        pa.field("origin_id_esr", pa.string()),
        pa.field("destination_id_esr", pa.string()),
        pa.field("cargo_id_etsng", pa.string()),
        pa.field("mass_t", pa.float64()),
        pa.field("waybill_no", pa.string()),
        pa.field("warning", pa.string()),
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("place_code", pa.string(), nullable=False),
        pa.field("activity", pa.string(), nullable=False),
        pa.field("utc_offset_min", pa.int64()),
        pa.field("line", pa.int64(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Good rows and bad ones of one message. A message that is bad as a whole is raised instead."""

    rows: Any
    """A pyarrow Table of one of the schemas above."""
    refused: Sequence[DeliveryError] = ()
    notices: Sequence[str] = ()
    """What the supplier should know though it is no fault."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the globe in degrees; it doesn't cross the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is taken for possible when a message is read."""

    received_time: datetime
    """Aware; when this node took the message in."""
    clock_ahead: timedelta = CLOCK_AHEAD
    region: Box | None = None
    """Where this source's objects can be; with it swapped coordinates are found."""
    earliest: datetime = EARLIEST

    @property
    def latest(self) -> datetime:
        return self.received_time + self.clock_ahead

    def why_not(self, time: datetime) -> str | None:
        """Why a record can't be of that time, or None."""
        if time < self.earliest:
            return Said(
                "{time} is before {earliest}: a clock that was never set?",
                time=time.isoformat(),
                earliest=self.earliest.date(),
            )
        if time > self.latest:
            return Said(
                "{time} lies more than {ahead:g} h in the future",
                time=time.isoformat(),
                ahead=self.clock_ahead / timedelta(hours=1),
            )
        return None
