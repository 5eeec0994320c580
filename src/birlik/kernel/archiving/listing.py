"""Files of rows and what is written down of them: schema, counts, hashes. What doesn't agree with it isn't read."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from birlik.errors import StoreUnavailable
from birlik.kernel.archiving.location import Location, Sink
from birlik.kernel.tables import Rows

Columns: TypeAlias = tuple[tuple[str, str], ...]
"""(name, Arrow type) in their order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One file of a listing; `path` is within its place."""

    path: str
    rows_n: int
    size_bytes: int
    sha256: str
    month: str = ""
    """`2026-03`, of the rows' own time; empty where they belong to no month."""
    generation: int = 1
    """That brought it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """The files of one table at one place."""

    place: Location
    name: str
    columns: Columns
    files: tuple[File, ...]

    @property
    def rows_n(self) -> int:
        """In all files."""
        return sum(file.rows_n for file in self.files)

    @property
    def schema(self) -> Any:
        """The Arrow schema that each file has, but for what may be null."""
        return pa.schema([(name, _TYPES[kind]) for name, kind in self.columns])


_TYPES = {str(kind): kind for kind in (pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.timestamp("us", tz="UTC"))}


def columns_of(schema: Any) -> Columns:
    """As they are written down."""
    return tuple((field.name, str(field.type)) for field in schema)


def known(columns: Columns) -> bool:
    """Whether these are types that rows can have."""
    return all(kind in _TYPES for _, kind in columns)


def read(listing: Listing, file: File, columns: Sequence[str]) -> Rows:
    """Some columns of one file. Raises StoreUnavailable, saying what of it isn't as it was written down."""
    parquet = pq.ParquetFile(pa.BufferReader(agreeing(listing, file)))
    return parquet.read(columns=list(columns)).select(list(columns))


def check(listing: Listing, file: File) -> None:
    """Read a file through. Raises StoreUnavailable where it isn't as it was written down."""
    agreeing(listing, file)


def agreeing(listing: Listing, file: File) -> bytes:
    """The bytes of a file. Raises StoreUnavailable where it isn't as it was written down."""
    body = _agreeing(listing, file)
    _must_agree(listing, file, pq.ParquetFile(pa.BufferReader(body)))
    return body


def _agreeing(listing: Listing, file: File) -> bytes:
    body = listing.place.read(file.path)
    if body is None:
        raise _differs(listing, file, "is missing")
    if hashlib.sha256(body).hexdigest() != file.sha256:
        raise _differs(listing, file, "has another hash than its manifest says")
    return body


def _must_agree(listing: Listing, file: File, parquet: Any) -> None:
    if (rows := parquet.metadata.num_rows) != file.rows_n:
        raise _differs(listing, file, f"has {rows} rows, and its manifest says {file.rows_n}")
    if (columns := columns_of(parquet.schema_arrow)) != listing.columns:
        said = ", ".join(f"{name} {kind}" for name, kind in sorted(set(columns) ^ set(listing.columns)))
        raise _differs(listing, file, f"has other columns than its manifest says: {said or 'in another order'}")


def _differs(listing: Listing, file: File, what: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"{listing.place.uri}: {file.path} {what}; nothing was computed. Restore it, or archive into a new place"
    )


def write(place: Location, path: str, batches: Iterable[Any], schema: Any, *, private: bool, **more: Any) -> File:
    """Write rows as one Parquet file. Raises StoreUnavailable."""
    rows = 0
    with Sink(place, path, private=private) as sink, pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write(batch)
            rows += batch.num_rows
    return File(path=path, rows_n=rows, size_bytes=sink.size_bytes, sha256=sink.sha256, **more)


def pieces(batches: Iterator[Any], rows: int) -> Iterator[list[Any]]:
    """Record batches in lists of about so many rows each; no list is empty."""
    piece: list[Any] = []
    size = 0
    for batch in batches:
        piece.append(batch)
        size += batch.num_rows
        if size >= rows:
            yield piece
            piece, size = [], 0
    if size:
        yield piece
