"""The journal's files written anew, without what goes: a message with a part of it keeps its other rows."""

import bz2
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import zstandard

from birlik.errors import DeliveryError, StoreUnavailable
from birlik.kernel import changesets, left, pipeline
from birlik.kernel.decoding import PACKED
from birlik.kernel.erasing.finding import Gone
from birlik.kernel.intake import Lookup
from birlik.kernel.node import Node
from birlik.kernel.store import Record
from birlik.kernel.store.database import fetch, quoted
from birlik.kernel.store.frames import Frame, Unreadable, packed, refusal, scan
from birlik.kernel.store.system import QUARANTINE
from birlik.kernel.store.writer import lateness_s
from birlik.kernel.tables import Rows, Table

MOST_BYTES, MOST_FILES = 64 * 1024 * 1024, 1_000
"""Of what is unpacked to look into it."""
NOBODY = "erased"
"""In the place of a source that was named like the person."""
IN_WORDS = ("piece", "reason", "reason_values", "filename", "field", "source_id")
"""Columns of the quarantine in which a text of theirs may stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anew:
    """A message as the index of the journal has it from now on."""

    message_no: int
    message_id: str
    source_id: str
    media_type: str
    size_bytes: int
    accepted_n: int
    refused_n: int
    lateness_s: int | None


@dataclass(kw_only=True, slots=True)
class Rewritten:
    """What came of it."""

    anew: list[Anew] = field(default_factory=list)
    digests: set[bytes] = field(default_factory=set)
    """Of the messages as they were."""
    moved: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(number of a message, file, begin and end of its frame) of all in files that were written anew."""


@dataclass(frozen=True, kw_only=True)
class Rewriting:
    """cursor: reads all of the moment at which the files were closed. salted: by digest, what stands in its place."""

    node: Node
    cursor: Any
    gone: Gone
    salted: Callable[[bytes], bytes]
    target: Path
    lookup: Lookup
    made: Rewritten = field(default_factory=Rewritten)

    def file(self, path: Path) -> None:
        """Write one file anew, if anything in it goes. Raises StoreUnavailable where it is damaged."""
        numbers = [r.message_no for frame in self._frames(path) for r in frame.records if self._is_touched(r)]
        if not numbers:
            return
        rest = Rest(self.node, self.cursor, self.gone, numbers)
        offset, compressor = 0, zstandard.ZstdCompressor(level=3)
        with open(os.open(self.target / path.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for frame in self._frames(path):
                records = [self._written(r, rest) if r.message_no in rest.numbers else r for r in frame.records]
                head, payload = packed(frame.seq, records, compressor)
                file.write(head)
                file.write(payload)
                end = offset + len(head) + len(payload)
                self.made.moved += [(r.message_no, int(path.stem), offset, end) for r in records]
                offset = end
            file.flush()
            os.fsync(file.fileno())

    def _frames(self, path: Path) -> Iterator[Frame]:
        for found in scan(path):
            if isinstance(found, Unreadable):
                raise refusal(path, found.at.offset, found.fault)
            yield found

    # --- which ----------------------------------------------------------------------------------------------------

    def _is_touched(self, record: Record) -> bool:
        number, gone = record.message_no, self.gone
        if number < gone.bringing.size and gone.bringing[number]:
            return True
        if gone.order.is_of_time:
            return self._is_over(record)
        if gone.order.before is not None and record.received_time >= gone.order.before:
            return False
        if gone.order.messages and self.node.erasures.message(record.sha256) in gone.order.messages:
            return True
        if record.media_type == left.MEDIA_TYPE:
            return False  # nothing stands in it but rows that were asked for above, and entries without their texts
        beside = " ".join((record.filename or "", record.source_id, *record.parameters.values()))
        if gone.keys.within(beside) or gone.keys.inside(record.body):
            return True
        if number >= gone.doubtful.size or not gone.doubtful[number]:
            return False
        if gone.texts.within(beside) or gone.texts.inside(record.body):
            return True
        return self._brings(record)

    def _is_over(self, record: Record) -> bool:
        """Of a message that is as old as the rows that go, what never became a row has had its life too."""
        intake, gone = self.node.intakes.get(record.media_type), self.gone
        number = record.message_no
        if intake is None or record.media_type in (left.MEDIA_TYPE, changesets.MEDIA_TYPE):
            return False
        ends = [gone.order.lives[name] for name in intake.tables if name in gone.order.lives]
        return bool(ends) and record.received_time < min(ends) and bool(gone.doubtful[number])

    def _brings(self, record: Record) -> bool:
        """Does a message whose bytes may hide it, packed or in another spelling, bring any of their rows?"""
        intake = self.node.intakes.get(record.media_type)
        if intake is None or not any(name in self.gone.conditions for name in intake.tables):
            return record.body.startswith(PACKED) and self.gone.texts.inside(unpacked(record.body))
        try:
            rows = intake.decode(pipeline.delivery_of(record), self.lookup).rows
        except DeliveryError:
            return self.gone.texts.inside(unpacked(record.body))
        keys = set(self.gone.order.keys)
        return any(
            str(value) in keys
            for name, each in rows.items()
            if name in self.gone.conditions
            for value in _column(each, self.node.tables[name])
        )

    # --- how ------------------------------------------------------------------------------------------------------

    def _written(self, record: Record, rest: "Rest") -> Record:
        if record.media_type == changesets.MEDIA_TYPE:
            return self._act(record, rest)
        rows, entries = rest.of(record.message_no)
        known = {name: value for name, value in record.parameters.items() if name in left.KEPT}
        views = self.node.views
        body, parameters = left.written(rows, views, entries=entries)
        made = self._record(record, body, left.MEDIA_TYPE, {**known, **parameters})
        self._note(record, made, sum(each.num_rows for each in rows.values()), 0 if entries is None else len(entries))
        return made

    def _act(self, record: Record, rest: "Rest") -> Record:
        def is_gone(table: str, row: Mapping[str, Any]) -> bool:
            declared = self.node.tables.get(table)
            if self.gone.order.is_of_time:
                return declared is not None and self._is_over_row(record, declared, row)
            if table in self.gone.conditions and declared is not None:
                named = _named(declared, row)
                return bool(named & set(self.gone.order.keys)) or (not named and self._is_part(declared, row))
            return table in TALKING and any(self.gone.texts.within(v) for v in row.values() if isinstance(v, str))

        body = left.changeset_without(record.body, is_gone, self.gone.texts.within)
        if body == record.body:
            return record
        made = self._record(record, body, record.media_type, {left.DIGEST: left.digest_of(body)})
        self._note(record, made, 1, 0)
        return made

    def _is_over_row(self, record: Record, table: Table, row: Mapping[str, Any]) -> bool:
        """Has a row that somebody's act has said had its life, or ended?"""
        ends, ended = self.gone.order.lives.get(table.name), self.gone.ended.get(table.name, frozenset())
        if tuple(str(row.get(name)) for name in table.key) in ended:
            return True
        is_old = ends is not None and record.received_time < ends
        return is_old and (bool(_named(table, row)) or self._is_part(table, row))

    def _is_part(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Is it said of a row that goes, or of which something does, by its key alone?"""
        whose = table.whose
        is_unsaid = whose is not None and all(row.get(name) is None for name in whose.columns)
        return is_unsaid and tuple(str(row.get(name)) for name in table.key) in self.gone.touched.get(table.name, ())

    def _record(self, record: Record, body: bytes, media_type: str, parameters: Mapping[str, str]) -> Record:
        return Record(
            message_no=record.message_no,
            sha256=self.salted(record.sha256),
            source_id=NOBODY if self.gone.texts.within(record.source_id) else record.source_id,
            media_type=media_type,
            filename=None,
            received_time=record.received_time,
            parameters=parameters,
            marking=record.marking,
            audience=record.audience,
            size_bytes=len(body),
            body=body,
        )

    def _note(self, was: Record, made: Record, accepted: int, refused: int) -> None:
        self.made.digests.add(was.sha256)
        self.made.anew.append(
            Anew(
                message_no=made.message_no,
                message_id=made.sha256.hex(),
                source_id=made.source_id,
                media_type=made.media_type,
                size_bytes=made.size_bytes,
                accepted_n=accepted,
                refused_n=refused,
                lateness_s=lateness_s(pipeline.again(self.node, made), self.node.tables),
            )
        )


def refused(gone: Gone) -> str:
    """SQL: does an entry of the quarantine of a message that is written anew go?"""
    return "TRUE" if gone.order.is_of_time else gone.texts.sql(IN_WORDS)


TALKING = ("birlik_shift",)
"""Tables of the kernel's own in which people write what they like."""


@dataclass(frozen=True)
class Rest:
    """Of some messages, the rows and entries that are somebody else's, as the store has them."""

    node: Node
    cursor: Any
    gone: Gone
    numbers: Sequence[int]
    _rows: Mapping[str, Rows] = field(init=False)
    _entries: Rows = field(init=False)

    def __post_init__(self) -> None:
        chosen = {name: self._read(table) for name, table in self.node.store.declared_tables.items()}
        object.__setattr__(self, "numbers", frozenset(self.numbers))
        object.__setattr__(self, "_rows", {name: rows for name, rows in chosen.items() if rows.num_rows})
        names = quoted([*(f.name for f in QUARANTINE.fields), "views", "message_no"])
        object.__setattr__(self, "_entries", self._asked(QUARANTINE.name, names, refused(self.gone)))

    def _read(self, table: Table) -> Rows:
        names = quoted([*table.by_name, "views", "message_no", *(["says"] if table.is_kept else [])])
        return self._asked(table.name, names, self.gone.conditions.get(table.name, "FALSE"))

    def _asked(self, table: str, names: str, gone: str) -> Rows:
        where = f"message_no IN (SELECT unnest(?)) AND NOT {gone} ORDER BY message_no, rowid"
        return fetch(self.cursor, f'SELECT {names} FROM "{table}" WHERE {where}', [list(self.numbers)])

    def of(self, number: int) -> tuple[Mapping[str, Rows], Rows | None]:
        """(rows by table, entries of the quarantine) of a message."""
        rows = {name: _of(each, number) for name, each in self._rows.items()}
        entries = left.entries_left(_of(self._entries, number))
        return {name: each for name, each in rows.items() if each.num_rows}, entries if entries.num_rows else None


def _of(rows: Rows, number: int) -> Rows:
    """Those of one message, of rows in order of their messages."""
    numbers = rows.column("message_no").to_numpy()
    begin, end = np.searchsorted(numbers, [number, number + 1])
    return rows.slice(begin, end - begin).drop_columns("message_no")


def _named(table: Table, row: Mapping[str, Any]) -> set[str]:
    return table.whose.named(row) if table.whose is not None else set()


def _column(rows: Any, table: Table) -> Sequence[Any]:
    values: list[Any] = []
    for name in table.whose.columns if table.whose is not None else ():
        if isinstance(rows, pa.Table):
            values += rows.column(name).to_pylist()
        else:
            at = table.schema.get_field_index(name)
            values += [row[at] for row in rows]
    return values


def unpacked(body: bytes) -> bytes:
    """What lies in packed bytes, as far as it can be had: to look for a text in it, not to read it."""
    try:
        if body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                return b"\n".join(archive.open(name).read(MOST_BYTES) for name in archive.namelist()[:MOST_FILES])
        for magic, unpack in _UNPACK.items():
            if body.startswith(magic):
                return unpack(body)
    except UNREADABLE:
        return b""
    return body


_UNPACK: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": lambda body: zlib.decompressobj(wbits=31).decompress(body, MOST_BYTES),
    b"\x28\xb5\x2f\xfd": lambda body: zstandard.ZstdDecompressor().stream_reader(body).read(MOST_BYTES),
    b"BZh": lambda body: bz2.BZ2Decompressor().decompress(body, MOST_BYTES),
    b"\xfd7zXZ": lambda body: lzma.LZMADecompressor().decompress(body, MOST_BYTES),
}
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError),
    *(OSError, RuntimeError, NotImplementedError, EOFError, ValueError),
)
"""What unpacking raises for bytes that are none."""


def must_be_whole(node: Node) -> None:
    """Raises StoreUnavailable where bytes of the journal were passed over: nobody can look into those."""
    if node.store.journal.passed.pieces:
        said = "; ".join(map(str, node.store.journal.passed.pieces))
        raise StoreUnavailable(
            f"the journal has damaged pieces, into which nobody can look: {said}; restore them first"
        )
