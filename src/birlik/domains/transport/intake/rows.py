"""What the wires give, as rows of the tables."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.events import DISLOCATION, MOVEMENT, PLACE
from birlik.domains.transport.vocabulary import place_by_code
from birlik.domains.transport.wire.decoded import Bounds, Box
from birlik.domains.transport.wire.objects import canonical
from birlik.ids import key63
from birlik.kernel.intake import Delivery, Lookup
from birlik.kernel.tables import Rows, Table
from birlik.said import Said


def bounds_of(delivery: Delivery, lookup: Lookup) -> Bounds:
    """What is taken for possible, out of the settings and of when the delivery came."""
    return bounds_at(delivery.received_time, lookup.limits)


def bounds_at(received_time: datetime, limits: Mapping[str, Any]) -> Bounds:
    """The same for what came at a moment."""
    sides = tuple(float(limits[side]) for side in ("south", "west", "north", "east"))
    ahead, region, earliest = _possible(float(limits["clock_ahead_s"]), sides, str(limits["earliest"]))
    return Bounds(received_time=received_time, clock_ahead=ahead, region=region, earliest=earliest)


@lru_cache(maxsize=4)
def _possible(ahead_s: float, sides: tuple[float, ...], earliest: str) -> tuple[timedelta, Box, datetime]:
    return timedelta(seconds=ahead_s), Box(*sides), datetime.fromisoformat(earliest).astimezone(UTC)


def movements(rows: Rows, delivery: Delivery, lookup: Lookup, *, basis: str = "measured") -> Rows:
    """Rows of `transport_movement` out of a wire's columns; what a wire does not have is null."""
    n = rows.num_rows
    given = set(rows.column_names)

    def column(name: str, otherwise: Any = None) -> Any:
        if name in given:
            return rows.column(name)
        return pa.repeat(pa.scalar(otherwise, MOVEMENT.schema.field(name).type), n)

    columns = {name: column(name) for name in MOVEMENT.schema.names}
    columns["object_key"] = keys(rows.column("object_id"))
    columns["received_time"] = column("received_time", delivery.received_time)
    # A dislocation table is of wagons only, so its wire gives no kind.
    columns["object_kind"] = column("object_kind", "wagon")
    columns["activity"] = column("activity", "position")
    columns["basis"] = column("basis", basis)
    columns["source_id"] = column("source_id", delivery.source_id)
    if "place_code" in given and rows.column("place_code").null_count < n:
        columns["place_id"] = places_of(rows.column("place_code"), place_ids(lookup))
    return pa.table(columns).cast(MOVEMENT.schema)


def repeated(value: object, n: int) -> Any:
    """A column that says the same in each of `n` rows; `table_of` gives it its type."""
    return pa.repeat(pa.scalar(value), n)


def table_of(table: Table, columns: Mapping[str, Any]) -> Rows:
    """Rows of `table` out of columns by name, each a sequence or an Arrow array; what is not given is null."""
    n = len(next(iter(columns.values())))
    made = [
        pa.nulls(n, field.type)
        if (given := columns.get(field.name)) is None
        else given.cast(field.type)
        if isinstance(given, pa.Array)
        else pa.array(given, field.type)
        for field in table.schema
    ]
    return pa.Table.from_arrays(made, schema=table.schema)


def keys(ids: Any) -> Any:
    """`key63` of what each id is joined by, hashing each distinct id once."""
    encoded = pc.dictionary_encode(ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids)
    hashed = pa.array([key63(canonical(i)) for i in encoded.dictionary.to_pylist()], pa.int64())
    return hashed.take(encoded.indices)


def place_ids(lookup: Lookup) -> Mapping[str, str]:
    """Our place of each agency's code: what the node's register says, an operator's places and edits with it."""
    register = lookup.registers[PLACE.name]
    known: dict[str, str] = {}
    for row in register.select(_CODED).to_pylist():
        place_id = row["place_id"]
        stations = (row["station_ids_esr"] or "").split()
        coded = (("own", place_id), ("unlocode", row["place_id_unlocode"]), ("gln", row["place_id_gln"]))
        known |= {f"{agency}:{code}": place_id for agency, code in coded if code}
        known |= {f"esr:{code}": place_id for code in stations}
    # The register has no column for a place's further UN/LOCODEs.
    ids = set(known.values())
    return {code: place.place_id for code, place in place_by_code().items() if place.place_id in ids} | known


_CODED = ["place_id", "place_id_unlocode", "place_id_gln", "station_ids_esr"]


def places_of(codes: Any, known: Mapping[str, str]) -> Any:
    """Our place of each agency's code; null where we hold none."""
    encoded = pc.dictionary_encode(codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes)
    ids = [known.get(c) for c in encoded.dictionary.to_pylist()]
    return pa.array(ids, pa.string()).take(encoded.indices)


def unplaced(rows: Rows) -> list[str]:
    """What the supplier should know of places that no register of ours holds: the rows stand, but at no crossing."""
    codes = pc.drop_null(rows.filter(pc.is_null(rows.column("place_id"))).column("place_code"))
    if len(codes) == 0:
        return []
    named = pc.unique(codes).to_pylist()
    more = Said("{named} and {n} more", named=", ".join(named[:_NAMED]), n=len(named) - _NAMED)
    return [
        Said(
            "rows at places that no register holds, which count for no crossing: {n} ({named})",
            n=len(codes),
            named=more if len(named) > _NAMED else ", ".join(named),
        )
    ]


_NAMED = 10


def dislocations(rows: Rows, delivery: Delivery) -> Rows:
    """Rows of `transport_dislocation`."""
    n = rows.num_rows
    columns = {name: rows.column(name) for name in DISLOCATION.schema.names if name in rows.column_names}
    columns["received_time"] = pa.repeat(pa.scalar(delivery.received_time, pa.timestamp("us", "UTC")), n)
    columns["source_id"] = pa.repeat(pa.scalar(delivery.source_id), n)
    return pa.table(columns).select(DISLOCATION.schema.names).cast(DISLOCATION.schema)
