"""The forms in which rows leave: JSON, GeoJSON, CSV, NDJSON, Parquet; chosen by Accept or `format`."""

import gzip
import hashlib
import io
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from birlik.apps.api.problems import NotAcceptable
from birlik.apps.api.sheet import Sheet, Write
from birlik.apps.api.workbook import write_xlsx
from birlik.apps.api.writing import (
    write_csv,
    write_csv_excel,
    write_geojson,
    write_json,
    write_ndjson,
    write_parquet,
)
from birlik.clock import isoformat
from birlik.errors import BadRequest
from birlik.kernel.tables import Rows

COMPRESSED_FROM_BYTES = 2_048


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    name: str
    media_type: str
    accepted: tuple[str, ...]
    """What a reader may call it, in order of its own preference."""
    write: Write
    ending: str = ""
    """Of the file's name, where it is a file."""
    places_only: bool = False
    compressible: bool = True
    holds_interpreter: bool = True
    """Many rows of it are written in a process of their own, so that nobody waits for them."""

    def content_type(self) -> str:
        return f"{self.media_type}; charset=utf-8; header=present" if self.media_type == CSV else self.media_type


CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMS: tuple[Form, ...] = (
    Form(name="json", media_type="application/json", accepted=("application/json",), write=write_json),
    Form(
        name="geojson",
        media_type="application/geo+json",
        accepted=("application/geo+json",),
        write=write_geojson,
        ending="geojson",
        places_only=True,
    ),
    Form(name="csv", media_type=CSV, accepted=(CSV,), write=write_csv, ending="csv"),
    Form(
        name="ndjson",
        media_type="application/x-ndjson",
        accepted=("application/x-ndjson", "application/ndjson", "application/jsonl"),
        write=write_ndjson,
        ending="ndjson",
    ),
    Form(
        name="parquet",
        media_type="application/vnd.apache.parquet",
        accepted=("application/vnd.apache.parquet", "application/x-parquet"),
        write=write_parquet,
        ending="parquet",
        compressible=False,
        holds_interpreter=False,
    ),
    Form(name="xlsx", media_type=XLSX, accepted=(XLSX,), write=write_xlsx, ending="xlsx", compressible=False),
    # By name only: by Accept, CSV is what machines read.
    Form(name="csv-excel", media_type=CSV, accepted=(), write=write_csv_excel, ending="csv"),
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


def answer(sheet: Sheet, rows: Rows, form: Form, headers: Headers) -> Response:
    """The response, or 304. The tag is made of what the reader sees; the watermark moves on without it."""
    body = written(form, sheet, rows)
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
    if form.ending:
        head["content-disposition"] = f'attachment; filename="{sheet.name}.{form.ending}"'
    if form.compressible and len(body) >= COMPRESSED_FROM_BYTES and takes_gzip(headers):
        body = gzip.compress(body, 5, mtime=0)
        head["content-encoding"] = "gzip"
    return Response(body, 200, head, form.content_type())


def written(form: Form, sheet: Sheet, rows: Rows) -> bytes:
    """One page of a form."""
    out = io.BytesIO()
    form.write(sheet, [rows], out)
    return out.getvalue()


def matches(given: str | None, tag: str) -> bool:
    """Weak comparison (RFC 9110, 8.8.3.2)."""
    if given is None:
        return False
    return given.strip() == "*" or tag.removeprefix("W/") in (t.strip().removeprefix("W/") for t in given.split(","))


def takes_gzip(headers: Headers) -> bool:
    """What names gzip counts, before what names all.

    >>> told = ("gzip", "*;q=1, gzip;q=0", "br", "*", "gzip;q=0.0")
    >>> [takes_gzip(Headers({"accept-encoding": header})) for header in told]
    [True, False, False, True, False]
    """
    weights = {}
    for item in headers.get("accept-encoding", "").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights[name] = weight(parameters)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


class Packing:
    """ASGI middleware: gzip for who takes it, which Starlette's own sees in `gzip;q=0` too.

    Rows pack themselves, or are files whose bytes have to stay as they are tagged: their media types are left alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        rows = {form.media_type for form in FORMS if form.ending}
        left_alone = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *sorted(rows))
        self.app = app
        self.packed = GZipMiddleware(
            app, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=5, exclude_content_types=left_alone
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        takes = scope["type"] == "http" and takes_gzip(Headers(scope=scope))
        await (self.packed if takes else self.app)(scope, receive, send)
