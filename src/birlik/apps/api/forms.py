"""The forms in which rows leave: JSON, GeoJSON, CSV, NDJSON, Parquet; chosen by Accept or `format`."""

import csv
import gzip
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from starlette.datastructures import Headers
from starlette.responses import Response

from birlik.apps.api.problems import NotAcceptable
from birlik.clock import isoformat
from birlik.errors import BadRequest
from birlik.kernel.tables import Field, Rows, Type

COMPRESSED_FROM_BYTES = 2_048


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """Rows ready to leave, with what the forms say of them."""

    name: str
    title: str
    fields: tuple[Field, ...]
    rows: Rows
    watermark: datetime
    next: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    head: Mapping[str, Any] = field(default_factory=dict)
    """Members of the JSON document beside `data`."""
    each: Mapping[str, Any] = field(default_factory=dict)
    """Members of every JSON object: the unit of a figure."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What a file that has room for it says of itself beside that."""

    @property
    def has_places(self) -> bool:
        return self.latitude is not None and self.longitude is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    name: str
    media_type: str
    accepted: tuple[str, ...]
    """What a reader may call it, in order of its own preference."""
    write: Callable[[Sheet], bytes]
    places_only: bool = False
    compressible: bool = True

    def content_type(self) -> str:
        return f"{self.media_type}; charset=utf-8; header=present" if self.name == "csv" else self.media_type


# --- writing --------------------------------------------------------------------------------------------------


def told(rows: Rows) -> Rows:
    """Times as RFC 3339 text in UTC, to the microsecond where there is one: a filter takes them back exactly."""
    for position, column in enumerate(rows.schema):
        if pa.types.is_timestamp(column.type):
            plain = rows.column(position).cast(pa.timestamp("us"))
            text = pc.replace_substring(pc.strftime(plain, format="%Y-%m-%dT%H:%M:%SZ"), ".000000Z", "Z")
            rows = rows.set_column(position, column.name, text)
    return rows


def records(sheet: Sheet) -> list[dict[str, Any]]:
    rows = told(sheet.rows)
    names = [*rows.column_names, *sheet.each]
    columns = [_values(rows.column(f.name), f) for f in sheet.fields]
    columns += [[value] * rows.num_rows for value in sheet.each.values()]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _values(column: Any, declared: Field) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return [as_json(value, declared) for value in values] if declared.type is Type.JSON else values


def as_json(value: Any, declared: Field) -> Any:
    """A stored value as an answer has it: of a field that holds JSON, what that says."""
    if value is None or declared.type is not Type.JSON:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _write_json(sheet: Sheet) -> bytes:
    return orjson.dumps({**sheet.head, "next": sheet.next, "data": records(sheet)}, option=orjson.OPT_UTC_Z)


def _write_geojson(sheet: Sheet) -> bytes:
    features = [_feature(row, str(sheet.latitude), str(sheet.longitude)) for row in records(sheet)]
    whole = {"type": "FeatureCollection", **sheet.head, "next": sheet.next, "features": features}
    return orjson.dumps(whole, option=orjson.OPT_UTC_Z)


def _feature(row: dict[str, Any], latitude: str, longitude: str) -> dict[str, Any]:
    """RFC 7946: longitude stands first; a row without a place has no geometry."""
    at = (row.pop(longitude, None), row.pop(latitude, None))
    geometry = None if None in at else {"type": "Point", "coordinates": at}
    return {"type": "Feature", "geometry": geometry, "properties": row}


def _write_csv(sheet: Sheet) -> bytes:
    """RFC 4180, UTF-8, a heading of field names; an empty cell is null."""
    out = io.StringIO(newline="")
    rows = told(sheet.rows)
    writer = csv.writer(out)
    writer.writerow(rows.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    return out.getvalue().encode()


def _write_ndjson(sheet: Sheet) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in records(sheet))


def _write_parquet(sheet: Sheet) -> bytes:
    schema = pa.schema(
        [
            pa.field(
                f.name,
                sheet.rows.schema.field(f.name).type,
                metadata={k: v for k, v in (("description", f.description), ("unit", f.unit), ("term", f.term)) if v},
            )
            for f in sheet.fields
        ],
        metadata={
            "name": sheet.name,
            "title": sheet.title,
            **{k: str(v) for k, v in sheet.each.items()},
            **sheet.about,
        },
    )
    out = io.BytesIO()
    pq.write_table(sheet.rows.cast(schema), out, compression="zstd")
    return out.getvalue()


FORMS: tuple[Form, ...] = (
    Form(name="json", media_type="application/json", accepted=("application/json",), write=_write_json),
    Form(
        name="geojson",
        media_type="application/geo+json",
        accepted=("application/geo+json",),
        write=_write_geojson,
        places_only=True,
    ),
    Form(name="csv", media_type="text/csv", accepted=("text/csv",), write=_write_csv),
    Form(
        name="ndjson",
        media_type="application/x-ndjson",
        accepted=("application/x-ndjson", "application/ndjson", "application/jsonl"),
        write=_write_ndjson,
    ),
    Form(
        name="parquet",
        media_type="application/vnd.apache.parquet",
        accepted=("application/vnd.apache.parquet", "application/x-parquet"),
        write=_write_parquet,
        compressible=False,
    ),
)


# --- choosing -------------------------------------------------------------------------------------------------


def chosen(accept: str | None, asked: str | None, *, has_places: bool) -> Form:
    """`format` wins over Accept. Raises BadRequest, NotAcceptable (naming what there is)."""
    there_are = [form for form in FORMS if has_places or not form.places_only]
    if asked is not None:
        for form in there_are:
            if form.name == asked:
                return form
        names = ", ".join(form.name for form in there_are)
        raise BadRequest(f"format is one of {names}, not {asked!r}", parameter="format")
    ranked = [(quality(form, accept or "*/*"), -place, form) for place, form in enumerate(there_are)]
    best, _, form = max(ranked, key=lambda entry: entry[:2])
    if best <= 0:
        raise NotAcceptable(f"this is had as {', '.join(form.media_type for form in there_are)}")
    return form


def quality(form: Form, accept: str) -> float:
    """The weight that an Accept header gives to a form: the most exact range that names it counts (RFC 9110, 12.5.1).

    >>> [quality(FORMS[0], a) for a in ("*/*", "text/csv", "text/*, application/json;q=0.5, */*;q=0.1")]
    [1.0, 0.0, 0.5]
    """
    best, exact = 0.0, -1
    for item in accept.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        for accepted in form.accepted:
            width = {accepted: 2, accepted.partition("/")[0] + "/*": 1, "*/*": 0}.get(name, -1)
            if width > exact:
                best, exact = weight(parameters), width
    return best


def weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


# --- answering ------------------------------------------------------------------------------------------------


def answer(sheet: Sheet, form: Form, headers: Headers) -> Response:
    """The response, or 304. The tag is made of what the reader sees; the watermark moves on without it."""
    body = form.write(sheet)
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    head = {
        "etag": tag,
        "vary": "Accept, Accept-Encoding",
        "birlik-watermark": isoformat(sheet.watermark),
        **({"link": f'<{sheet.next}>; rel="next"'} if sheet.next else {}),
    }
    if matches(headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=head)
    if form.name in ("json", "geojson"):
        body = body[:-1] + b',"watermark":"' + isoformat(sheet.watermark).encode() + b'"}'
    if form.name in ("csv", "parquet"):
        head["content-disposition"] = f'attachment; filename="{sheet.name}.{form.name}"'
    if form.compressible and len(body) >= COMPRESSED_FROM_BYTES and takes_gzip(headers):
        body = gzip.compress(body, 5, mtime=0)
        head["content-encoding"] = "gzip"
    return Response(body, 200, head, form.content_type())


def matches(given: str | None, tag: str) -> bool:
    """Weak comparison (RFC 9110, 8.8.3.2)."""
    if given is None:
        return False
    return given.strip() == "*" or tag.removeprefix("W/") in (t.strip().removeprefix("W/") for t in given.split(","))


def takes_gzip(headers: Headers) -> bool:
    for item in headers.get("accept-encoding", "").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name in ("gzip", "*"):
            return weight(parameters) > 0
    return False
