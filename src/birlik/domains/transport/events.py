"""The typed tables of this domain."""

from birlik.domains.transport.vocabulary import ACTIVITIES, BASES, OBJECT_KINDS
from birlik.kernel.tables import Field, Table, Type

MOVEMENT = Table(
    name="transport_movement",
    title="Movements",
    description="One normalised row out of any source: what was where when, and what it did there.",
    key=("object_key", "phenomenon_time", "activity", "place_id", "source_id"),
    time="phenomenon_time",
    latitude="latitude",
    longitude="longitude",
    fields=(
        Field(
            name="object_id",
            type=Type.TEXT,
            nullable=False,
            description="The object, with the agency of its id before the colon: `wagon_1520:52687431`, "
            "`container_iso6346:CSQU3054383`, `tracker:356938035643809`, `plate:KZ 123 ABC 02`, `epc:…`.",
        ),
        Field(name="object_key", type=Type.INT, nullable=False, description="63-bit hash of `object_id`, for joins."),
        Field(name="object_kind", type=Type.TEXT, nullable=False, codes=OBJECT_KINDS, description="What it is."),
        Field(
            name="phenomenon_time",
            type=Type.TIME,
            nullable=False,
            description="When it happened.",
            term="EPCIS 2.0 eventTime; SensorThings phenomenonTime",
        ),
        Field(name="result_time", type=Type.TIME, description="When its source wrote it down."),
        Field(
            name="received_time",
            type=Type.TIME,
            nullable=False,
            description="When this node took it in.",
            term="EPCIS 2.0 recordTime",
        ),
        Field(
            name="utc_offset_min",
            type=Type.INT,
            unit="min",
            description="The offset from UTC that the source gave or its profile states.",
            term="EPCIS 2.0 eventTimeZoneOffset",
        ),
        Field(name="latitude", type=Type.FLOAT, unit="°", description="WGS 84."),
        Field(name="longitude", type=Type.FLOAT, unit="°", description="WGS 84."),
        Field(name="speed_m_s", type=Type.FLOAT, unit="m/s", description="Speed over ground, as told by the source."),
        Field(name="course_deg", type=Type.FLOAT, unit="°", description="Course over ground, clockwise from north."),
        Field(name="accuracy_m", type=Type.FLOAT, unit="m", description="Horizontal accuracy, as told by the source."),
        Field(name="place_id", type=Type.TEXT, description="Our place, where the source named one that we know."),
        Field(
            name="place_code",
            type=Type.TEXT,
            description="The place as the source wrote it, with its agency: `esr:707701`, `unlocode:KZDOS`, `gln:…`.",
        ),
        Field(name="activity", type=Type.TEXT, nullable=False, codes=ACTIVITIES, description="What it did."),
        Field(name="basis", type=Type.TEXT, nullable=False, codes=BASES, description="How the row is known."),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
        Field(name="source_record_id", type=Type.TEXT, description="The supplier's own key, e.g. an eventID."),
        Field(name="documents", type=Type.TEXT, description="Typed document numbers, `cmr:123 smgs:456`."),
    ),
)

DISLOCATION = Table(
    name="transport_dislocation",
    title="Wagon dislocation",
    description="Rows of 1520 mm wagon dislocation tables; the movement of each lies in `transport_movement`.",
    key=("wagon_id_1520", "phenomenon_time", "operation_code", "station_id_esr"),
    time="phenomenon_time",
    fields=(
        Field(name="wagon_id_1520", type=Type.TEXT, nullable=False, description="Eight digits, check digit holds."),
        Field(name="phenomenon_time", type=Type.TIME, nullable=False, description="Time of the last operation."),
        Field(name="received_time", type=Type.TIME, nullable=False, description="When this node took it in."),
        Field(name="operation_code", type=Type.TEXT, nullable=False, description="Two digits.", term="KOP_VMD"),
        Field(name="station_id_esr", type=Type.TEXT, nullable=False, description="Six digits.", term="STAN_OP"),
        Field(
            name="train_index", type=Type.TEXT, description="4-3-4 digits; null outside a train.", term="INDEX_POEZD"
        ),
        Field(name="origin_id_esr", type=Type.TEXT, description="Origin station.", term="STAN_NACH"),
        Field(name="destination_id_esr", type=Type.TEXT, description="Destination station.", term="STAN_NAZN"),
        Field(name="cargo_id_etsng", type=Type.TEXT, description="Cargo code.", term="KOD_GRZ_UCH"),
        Field(name="mass_t", type=Type.FLOAT, unit="t", description="Cargo mass.", term="VES_GRZ"),
        Field(name="waybill_no", type=Type.TEXT, description="Waybill number.", term="NOM_NAK"),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
        Field(name="warning", type=Type.TEXT, description="What was odd and accepted all the same."),
    ),
)

EPCIS_EVENT = Table(
    name="transport_epcis_event",
    title="EPCIS events",
    description="Each event as it came, with its context; movements are an index beside it.",
    key=("event_id", "content_hash"),
    time="event_time",
    fields=(
        Field(name="event_id", type=Type.TEXT, nullable=False, description="Given, or the CBV 2.0 hash."),
        Field(
            name="content_hash", type=Type.TEXT, nullable=False, description="Tells an identical event from another."
        ),
        Field(name="event_type", type=Type.TEXT, nullable=False, description="`ObjectEvent`, …"),
        Field(name="event_time", type=Type.TIME, nullable=False, description="When it happened.", term="eventTime"),
        Field(name="record_time", type=Type.TIME, nullable=False, description="When we took it in.", term="recordTime"),
        Field(name="action", type=Type.TEXT, description="ADD, OBSERVE or DELETE."),
        Field(name="biz_step", type=Type.TEXT, description="As a bare word or URI.", term="bizStep"),
        Field(name="disposition", type=Type.TEXT, description="As a bare word or URI.", term="disposition"),
        Field(name="read_point", type=Type.TEXT, description="As it came.", term="readPoint"),
        Field(name="biz_location", type=Type.TEXT, description="As it came.", term="bizLocation"),
        Field(name="epcs", type=Type.TEXT, description="All its EPCs, space between and around."),
        Field(name="error_declared", type=Type.BOOL, nullable=False, description="It has an errorDeclaration."),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
        Field(name="event", type=Type.JSON, nullable=False, description="The event as it came."),
        Field(name="context", type=Type.JSON, description="The @context of its document."),
    ),
)
