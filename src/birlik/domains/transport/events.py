"""The typed tables of this domain: what suppliers send, and the registers of facts."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import pyarrow as pa

from birlik.domains.transport.vocabulary import (
    ACTIVITIES,
    BASES,
    MODES,
    OBJECT_KINDS,
    crossings,
    edges,
    geofences,
    places,
    reported,
)
from birlik.kernel.search import Search
from birlik.kernel.shapes import Shape
from birlik.kernel.tables import Field, Named, Names, Party, Rows, Table, Type, arrow_schema
from birlik.methods.script import skeleton

MOVEMENT = Table(
    name="transport_movement",
    title="Movements",
    description="One normalised row out of any source: what was where when, and what it did there.",
    # All that a source says of where and with which papers: what differs in that is no repetition. Two places in one
    # second are a conflict, which episodes count.
    key=(
        "object_key",
        "phenomenon_time",
        "activity",
        "place_id",
        "place_code",
        "latitude",
        "longitude",
        "documents",
        "source_id",
    ),
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
        Field(
            name="object_key",
            type=Type.ID,
            nullable=False,
            description="63-bit hash of `object_id`, for joins; of a plate without its blanks, hyphens and "
            "look-alike letters.",
        ),
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
    key=(
        "wagon_id_1520",
        "phenomenon_time",
        "operation_code",
        "station_id_esr",
        "train_index",
        "origin_id_esr",
        "destination_id_esr",
        "cargo_id_etsng",
        "mass_t",
        "waybill_no",
        "source_id",
    ),
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
    key=("event_id", "content_hash", "source_id"),
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
        Field(name="event_key", type=Type.ID, nullable=False, description="Key of its id and content."),
        Field(name="read_point_key", type=Type.ID, description="Key of the canonical read point."),
        Field(name="biz_location_key", type=Type.ID, description="Key of the canonical business location."),
    ),
    received=("record_time",),
    asked=("event_id",),
)

EPCIS_TRACE = Table(
    name="transport_epcis_trace",
    title="What EPCIS events name",
    description="By the key of an EPC, class, parent, transaction or party in canonical form, the events that name it.",
    key=("key", "event_key"),
    time="event_time",
    fields=(
        Field(name="key", type=Type.ID, nullable=False, description="Key of the canonical form."),
        Field(name="event_key", type=Type.ID, nullable=False, description="The event's."),
        Field(name="event_time", type=Type.TIME, nullable=False, description="When it happened."),
    ),
    received=(),
    beside=EPCIS_EVENT.name,
)


def _facts(table_fields: tuple[Field, ...], rows: Callable[[], Iterable[Any]]) -> Callable[[], Rows]:
    """The rows that birlik ships, out of the dataclasses of the vocabulary."""
    names = [field.name for field in table_fields]

    def read() -> Rows:
        shipped = [{name: _plain(getattr(row, name)) for name in names} for row in rows()]
        return pa.Table.from_pylist(shipped, schema=arrow_schema(table_fields))

    return read


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value) if isinstance(value, Enum) else value


def _text(name: str, description: str, *, nullable: bool = True) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, nullable=nullable)


_SOURCE = (_text("source", "Where the fact is from."), _text("basis", "How it is known."))

_PLACE_FIELDS = (
    _text("place_id", "Our id.", nullable=False),
    _text("name_en", "English name.", nullable=False),
    _text("name_kk", "Kazakh name."),
    _text("country", "ISO 3166-1 alpha-3.", nullable=False),
    _text("kind", "border_post, station, port, dry_port or city.", nullable=False),
    Field(name="latitude", type=Type.FLOAT, unit="°", nullable=False, description="WGS 84."),
    Field(name="longitude", type=Type.FLOAT, unit="°", nullable=False, description="WGS 84."),
    Field(name="precision_km", type=Type.FLOAT, unit="km", nullable=False, description="The point is this good."),
    _text("place_id_unlocode", "UN/LOCODE."),
    _text("station_ids_esr", "ESR codes, six digits each."),
    _text("place_id_gln", "GS1 global location number."),
    _text("zone_tz", "IANA time zone.", nullable=False),
    *_SOURCE,
)
PLACE = Table(
    name="transport_place",
    title="Places",
    description="Border posts, stations, ports and cities, with the ids that agencies gave them.",
    fields=_PLACE_FIELDS,
    key=("place_id",),
    time="",
    latitude="latitude",
    longitude="longitude",
    facts=_facts(_PLACE_FIELDS, places),
    named=Named(
        name="name_en",
        languages={"kk": "name_kk"},
        notes=("kind",),
        zone="zone_tz",
        state="country",
    ),
    search=Search(
        texts=("name_en", "name_kk", "place_id", "place_id_unlocode", "station_ids_esr", "place_id_gln"),
        facets=("kind", "country"),
        languages={"kk": "name_kk"},
        key=skeleton,
    ),
)

_GEOFENCE_FIELDS = (
    _text("geofence_id", "Our id.", nullable=False),
    _text("place_id", "The place it stands for.", nullable=False),
    Field(name="zone", type=Type.TEXT, nullable=False, codes=("post", "queue", "place"), description="Which part."),
    Field(name="radius_m", type=Type.FLOAT, unit="m", description="A circle around the place's point."),
    _text("polygon_wkt", "A polygon, longitude first; it wins over a radius."),
    *_SOURCE,
)
GEOFENCE = Table(
    name="transport_geofence",
    title="Geofences",
    description="The zones of a place. A steward's edit takes the place of ours, and what depends on it is made again.",
    fields=_GEOFENCE_FIELDS,
    key=("geofence_id",),
    time="",
    shape=Shape(register="transport_place", at=("place_id",), radius_m="radius_m", wkt="polygon_wkt"),
    facts=_facts(_GEOFENCE_FIELDS, geofences),
)

_CROSSING_FIELDS = (
    _text("crossing_id", "Our id.", nullable=False),
    _text("name_en", "English name.", nullable=False),
    _text("name_kk", "Kazakh name."),
    _text("side_a", "Place of side A.", nullable=False),
    _text("side_b", "Place of side B.", nullable=False),
    Field(name="mode", type=Type.TEXT, nullable=False, codes=MODES, description="Mode; modes are never pooled."),
    Field(
        name="status",
        type=Type.TEXT,
        nullable=False,
        codes=("operating", "planned"),
        description="Planned ones count for nothing.",
    ),
    Field(name="latitude", type=Type.FLOAT, unit="°", description="Midway between its posts."),
    Field(name="longitude", type=Type.FLOAT, unit="°", description="Midway between its posts."),
    _text("zone_tz", "Time zone of side A."),
    *_SOURCE,
)


def _crossings() -> Rows:
    known = {place.place_id: place for place in places()}
    rows = []
    for crossing in crossings():
        a, b = known[crossing.side_a], known[crossing.side_b]
        row = {name: getattr(crossing, name, None) for name in (f.name for f in _CROSSING_FIELDS)}
        if not row["name_kk"] and (a.name_kk or b.name_kk):
            row["name_kk"] = f"{a.name_kk or a.name_en} – {b.name_kk or b.name_en}"
        row["latitude"], row["longitude"] = (a.latitude + b.latitude) / 2, (a.longitude + b.longitude) / 2
        rows.append(row | {"zone_tz": a.zone_tz})
    return pa.Table.from_pylist(rows, schema=arrow_schema(_CROSSING_FIELDS))


CROSSING = Table(
    name="transport_crossing",
    title="Border crossings",
    description="Pairs of posts that face each other, one a side; a published figure measures the pair.",
    fields=_CROSSING_FIELDS,
    key=("crossing_id",),
    time="",
    latitude="latitude",
    longitude="longitude",
    facts=_crossings,
    named=Named(name="name_en", languages={"kk": "name_kk"}, notes=("mode",), zone="zone_tz"),
    search=Search(
        texts=("name_en", "name_kk", "crossing_id"),
        facets=("mode", "status"),
        languages={"kk": "name_kk"},
        key=skeleton,
    ),
)

_EDGE_FIELDS = (
    _text("from_place", "One end.", nullable=False),
    _text("to_place", "The other end.", nullable=False),
    Field(name="mode", type=Type.TEXT, nullable=False, codes=MODES, description="Mode."),
    Field(name="length_km", type=Type.FLOAT, unit="km", nullable=False, description="Along the road or track."),
    Field(
        name="status",
        type=Type.TEXT,
        nullable=False,
        codes=("operating", "seasonal", "construction", "planned"),
        description="The first two are open.",
    ),
    *_SOURCE,
)
EDGE = Table(
    name="transport_edge",
    title="Corridor edges",
    description="Stretches of the corridor graph with their lengths.",
    fields=_EDGE_FIELDS,
    key=("from_place", "to_place", "mode"),
    time="",
    shape=Shape(register="transport_place", at=("from_place", "to_place")),
    facts=_facts(_EDGE_FIELDS, edges),
)

_REPORTED_FIELDS = (
    _text("indicator", "Code of the indicator.", nullable=False),
    Field(name="value", type=Type.FLOAT, description="As published."),
    _text("unit", "Unit of the value.", nullable=False),
    Field(name="year", type=Type.INT, nullable=False, description="Year it is of."),
    _text("mode", "Mode.", nullable=False),
    _text("scope_kind", "crossing, corridor, country or programme.", nullable=False),
    _text("scope", "What it is of.", nullable=False),
    _text("crossing_id", "Our crossing, where it is one."),
    _text("direction", "As the source tells it."),
    Field(name="n", type=Type.INT, unit="1", description="Sample size, where it is told."),
    _text("reading", "verified or unverified."),
    _text("fault", "What is known to be wrong with it."),
    *_SOURCE,
)
REPORTED = Table(
    name="transport_reported_cpmm",
    title="Published CPMM figures",
    description="Figures of CAREC's corridor performance measurement, to stand beside ours; faults are flagged.",
    fields=_REPORTED_FIELDS,
    key=("indicator", "year", "mode", "scope", "direction", "value"),
    time="",
    facts=_facts(_REPORTED_FIELDS, reported),
)

CAPTURE_JOB = Table(
    name="transport_capture_job",
    title="EPCIS capture jobs",
    description="What became of each captured EPCIS document: a job is done when its answer leaves.",
    key=("capture_id",),
    time="created_time",
    party=Party(column="source_id", names=Names.SOURCE),
    fields=(
        Field(
            name="capture_id",
            type=Type.TEXT,
            nullable=False,
            description="Made of the message, its source, its labels, and how much is refused: a try to take it.",
            term="EPCIS 2.0 captureID",
        ),
        Field(name="created_time", type=Type.TIME, nullable=False, description="When it came.", term="createdAt"),
        Field(name="finished_time", type=Type.TIME, nullable=False, description="When it was done.", term="finishedAt"),
        Field(name="running", type=Type.BOOL, nullable=False, description="Always false: the answer waits for it."),
        Field(name="success", type=Type.BOOL, nullable=False, description="No event of it was refused."),
        Field(
            name="error_behaviour",
            type=Type.TEXT,
            nullable=False,
            codes=("rollback", "proceed"),
            description="Whether one refused event refuses all.",
            term="GS1-Capture-Error-Behaviour",
        ),
        Field(name="errors", type=Type.JSON, nullable=False, description="Problem documents, one a refused event."),
        Field(name="events_n", type=Type.INT, unit="1", nullable=False, description="Events in the document."),
        Field(name="captured_n", type=Type.INT, unit="1", nullable=False, description="Events that it brought."),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
        Field(
            name="message",
            type=Type.TEXT,
            nullable=False,
            description="The same in all tries of one message for the same readers.",
        ),
    ),
    received=("created_time", "finished_time"),
)

MASTER_DATA = Table(
    name="transport_epcis_master_data",
    title="EPCIS master data",
    description="What documents said of places, things and parties in their header; kept, and not used in queries yet.",
    key=("message",),
    time="received_time",
    fields=(
        Field(
            name="message",
            type=Type.TEXT,
            nullable=False,
            description="As in the capture jobs of the document.",
        ),
        Field(name="received_time", type=Type.TIME, nullable=False, description="When it came."),
        Field(name="source_id", type=Type.TEXT, nullable=False, description="The supplier."),
        Field(
            name="header",
            type=Type.TEXT,
            nullable=False,
            description="The header as it came, JSON or XML.",
            term="EPCIS 2.0 epcisHeader",
        ),
        Field(name="context", type=Type.JSON, description="The @context of its document."),
    ),
)

TABLES = (
    MOVEMENT,
    DISLOCATION,
    EPCIS_EVENT,
    EPCIS_TRACE,
    CAPTURE_JOB,
    MASTER_DATA,
    PLACE,
    GEOFENCE,
    CROSSING,
    EDGE,
    REPORTED,
)
