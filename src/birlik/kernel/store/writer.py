"""What a commit does: journal first, then rows, index and quarantine in one transaction."""

import contextlib
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.errors import DeliveryError, StoreUnavailable
from birlik.kernel.intake import Receipt
from birlik.kernel.store import integrity, keeping
from birlik.kernel.store.asking import answered
from birlik.kernel.store.database import Database
from birlik.kernel.store.inserting import identity, insert, insert_new
from birlik.kernel.store.journal import Journal, Position, Record
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.relabelling import relabelled
from birlik.kernel.store.seen import Question, Seen
from birlik.kernel.store.system import MESSAGE, MESSAGE_HIDDEN, QUARANTINE
from birlik.kernel.tables import SYSTEM, WHOLE, Table, arrow_schema
from birlik.said import parts

RECENT = 200_000
"""Ids of single-record messages that are remembered; an older repetition is found by its row."""
PIECE_BYTES = 4_096
ALIKE = ("source_id", "kind", "about")
"""What entries of the quarantine have in common that can be settled at once."""
_MESSAGES: Question = (MESSAGE.name, ("message_key",))


@dataclass(frozen=True, slots=True)
class Doubt:
    """A frame that is in the journal, of which it isn't known whether its rows are in the store."""

    start: Position
    seq: int
    next_message: int


@dataclass
class Writer:
    """The one writer. Not thread-safe: its owner calls it from one thread."""

    database: Database
    journal: Journal
    tables: Mapping[str, Table]
    next_message: int = 1
    next_seq: int = 1
    own_views: int = 1
    recent: dict["_Identity", int] = field(default_factory=dict)
    """Of messages of one record, the views that they came for last."""
    doubt: "Doubt | None" = None
    last_seq: dict[str, int] = field(default_factory=dict)
    """By table, the last commit that brought it rows."""
    masks: set[int] = field(default_factory=set)
    """The sets of views for which any row was ever taken."""
    seen: Seen = field(init=False)
    integrity: "integrity.Integrity" = field(init=False)

    def __post_init__(self) -> None:
        self.integrity = integrity.Integrity(self.tables)
        self.seen = Seen(self.database, {_MESSAGES: "message_key"})

    def begin(self) -> None:
        """Read what the store holds, as far as a commit will ask, before the first one comes. Raises StoreUnavailable.

        What takes long is read beside. Without this call a question is prepared for when it is first asked.
        """
        alone = [table for table in self.tables.values() if not table.beside]
        own = [question for table in alone if (question := identity(table)) is not None]
        asked = [(table.name, (column,)) for table in alone for column in table.asked]
        self.seen.begin([_MESSAGES, *own, *asked])

    def commit(self, batch: Sequence[Prepared]) -> list[Receipt]:
        """Have it all on the disk, then say so. Raises StoreUnavailable, after which each may be sent again."""
        self.settle()
        batch = self.answered(batch)
        fresh, repeated = self._part(batch)
        receipts: dict[int, Receipt] = {
            i: Receipt(
                message_id=batch[i].digest.hex(),
                accepted=0,
                duplicates=0,
                refused=batch[i].decoded.refused,
                repeated=True,
                result=batch[i].decoded.result,
                failed=batch[i].decoded.failed,
            )
            for i in repeated
        }
        if fresh:
            numbered = [self._numbered(batch[i], self.next_message + k) for k, i in enumerate(fresh)]
            start = self.journal.end
            if start.offset >= self.journal.segment_bytes:
                start = Position(start.segment + 1, 0)
            end = self.journal.append(self.next_seq, [record_of(p) for p in numbered])
            try:
                made = self.store(numbered, start, end, self.next_seq)
            except BaseException:
                self.doubt = Doubt(start, self.next_seq, numbered[-1].message_no + 1)
                with contextlib.suppress(StoreUnavailable):
                    self.settle()
                raise
            self.journal.acknowledged = end
            receipts |= dict(zip(fresh, made, strict=True))
        return [receipts[i] for i in range(len(batch))]

    def settle(self) -> None:
        """Bring journal and store to agree after a commit that failed. Raises StoreUnavailable while the store is away.

        The engine can fail after it has committed, when it then tidies up on a full disk. Only the store itself
        knows; what it has must stay in the journal, and what it has not is taken back.
        """
        if (doubt := self.doubt) is None:
            return
        if progress(self.database).next_seq > doubt.seq:
            self.next_seq, self.next_message = doubt.seq + 1, doubt.next_message
            self.journal.acknowledged = self.journal.end
        else:
            self.journal.cut_back(doubt.start)
        self.doubt = None

    def answered(self, batch: Sequence[Prepared]) -> Sequence[Prepared]:
        """The batch with what its intakes asked answered."""
        asked = answered(self.database, self.tables, batch, self.seen)
        return integrity.whole(self.database, self.integrity, asked)

    def _part(self, batch: Sequence[Prepared]) -> tuple[list[int], list[int]]:
        """Which messages are new, and which were taken before from the same source.

        One that was refused in part or in whole is tried again: it is new where less of it is refused than before.
        """
        known = self._known([p for p in batch if not p.single])
        fresh: list[int] = []
        repeated: list[int] = []
        for i, item in enumerate(batch):
            identity, n = _identity(item), len(item.decoded.refused)
            views, refused_n = known.get(identity, (self.recent.get(identity), 0))
            (repeated if views == item.views and n >= refused_n else fresh).append(i)
            known[identity] = (item.views, min(n, refused_n) if views == item.views else n)
        return fresh, repeated

    def _known(self, items: Sequence[Prepared]) -> "dict[_Identity, tuple[int | None, int]]":
        """Of the messages that were taken before: the views that they came for last, since under other labels they
        are other messages, and how many of their pieces were refused under these when the fewest were."""
        if not items:
            return {}
        keys = np.array([message_key(p.digest) for p in items], np.uint64)
        doubted = keys[self.seen.doubted(_MESSAGES, keys)].tolist()
        if not doubted:
            return {}
        rows = self.database.all(
            "SELECT message_id, source_id, views, min(refused_n) FROM birlik_message "
            "WHERE message_key IN (SELECT unnest(?)) GROUP BY ALL ORDER BY max(message_no)",
            [doubted],
        )
        return {(bytes.fromhex(message_id), source_id): (views, n) for message_id, source_id, views, n in rows}

    def _numbered(self, item: Prepared, number: int) -> Prepared:
        return Prepared(
            delivery=item.delivery,
            decoded=item.decoded,
            views=item.views,
            digest=item.digest,
            single=item.single,
            counted=item.counted,
            message_no=number,
            size_bytes=item.size_bytes or len(item.delivery.body),
            checked=item.checked,
        )

    def store(self, batch: Sequence[Prepared], start: Position, end: Position, seq: int) -> list[Receipt]:
        """The rows of numbered deliveries whose bytes are in the journal already."""
        with self.database.transaction() as cursor:
            added: dict[int, int] = {}
            sent: dict[int, int] = {}
            for name in self.tables:
                self._append(cursor, self.tables[name], batch, seq, sent, added)
            relabelled(cursor, self.tables, batch, seq)
            again = self._tried_again(cursor, batch)
            self._quarantine(cursor, batch, seq, again)
            _resolve(cursor, batch)
            self.seen.note(_MESSAGES, np.array([message_key(p.digest) for p in batch], np.uint64))
            insert(cursor, MESSAGE.name, _message_rows(self.tables, batch, (start, end), seq, sent, added))
        self._note(batch, seq)
        self.next_message = max(self.next_message, batch[-1].message_no + 1)
        self.next_seq = max(self.next_seq, seq + 1)
        self._remember(batch)
        return [_receipt(p, sent, added) for p in batch]

    def _note(self, batch: Sequence[Prepared], seq: int) -> None:
        """Before the commit's number is given out: whoever follows up to it must know what it brought."""
        for item in batch:
            self.masks |= {item.views, *([self.own_views] if item.decoded.refused else [])}
            for rows in item.decoded.rows.values():
                if isinstance(rows, pa.Table) and "views" in rows.column_names:
                    self.masks |= set(pc.unique(rows.column("views").fill_null(item.views)).to_pylist())
            self.masks |= {told.views for told in item.decoded.relabels}
            relabels = [told.table for told in item.decoded.relabels]
            for name in (*item.decoded.rows, *relabels, MESSAGE.name, QUARANTINE.name):
                self.last_seq[name] = max(seq, self.last_seq.get(name, 0))

    def _remember(self, batch: Sequence[Prepared]) -> None:
        for item in batch:
            if item.single:
                self.recent[_identity(item)] = item.views
        while len(self.recent) > RECENT:
            self.recent.pop(next(iter(self.recent)))

    def _append(
        self,
        cursor: Any,
        table: Table,
        batch: Sequence[Prepared],
        seq: int,
        sent: dict[int, int],
        added: dict[int, int],
    ) -> None:
        rows = _gathered(table, batch, seq)
        if rows is None:
            return
        uncounted = {p.message_no for p in batch if p.counted not in ("", table.name)}
        _count(rows.column("message_no"), sent, uncounted)
        inserted = self._inserted(cursor, table, rows, {p.message_no: p.delivery.source_id for p in batch})
        if inserted == rows.num_rows:
            _count(rows.column("message_no"), added, uncounted)
            return
        for number, n in cursor.execute(
            f'SELECT message_no, count(*) FROM "{table.name}" WHERE seq = ? GROUP BY 1', [seq]
        ).fetchall():
            if number not in uncounted:
                added[number] = added.get(number, 0) + n

    def _inserted(self, cursor: Any, table: Table, rows: Any, senders: Mapping[int, str]) -> int:
        if table.is_kept:
            return keeping.insert_versions(cursor, table, keeping.with_content(cursor, table, rows), self.seen, senders)
        return insert_new(cursor, table, rows, self.seen, senders)

    def _tried_again(self, cursor: Any, batch: Sequence[Prepared]) -> set[int]:
        """The numbers of messages that were taken before; what was refused of them is settled by this try."""
        before = self._known([p for p in batch if not p.single])
        again = [p for p in batch if before.get(_identity(p), (None, 0))[0] == p.views]
        for item in again:
            cursor.execute(
                "UPDATE birlik_quarantine SET status = 'resent', resolved_time = ? "
                "WHERE message_id = ? AND source_id = ? AND status = 'open'",
                [item.delivery.received_time, item.digest.hex(), item.delivery.source_id],
            )
        return {item.message_no for item in again}

    def _quarantine(self, cursor: Any, batch: Sequence[Prepared], seq: int, again: Collection[int]) -> None:
        rows = [
            _refusal_row(item, i, fault, self.own_views, seq, again=item.message_no in again)
            for item in batch
            for i, fault in enumerate(item.decoded.refused)
        ]
        if rows:
            schema = arrow_schema((*QUARANTINE.fields, *SYSTEM))
            insert(cursor, QUARANTINE.name, pa.Table.from_pylist(rows, schema=schema))
        for item in batch:
            if item.decoded.entries is not None:
                insert(cursor, QUARANTINE.name, _as_they_stood(item, item.decoded.entries, seq))


_Identity = tuple[bytes, str]


def _identity(item: Prepared) -> _Identity:
    return item.digest, item.delivery.source_id


def _gathered(table: Table, batch: Sequence[Prepared], seq: int) -> Any:
    """All rows of one table out of a batch, with the system columns; None if there are none."""
    parts: list[Any] = []
    loose: list[tuple[Any, ...]] = []
    for item in batch:
        rows = item.decoded.rows.get(table.name)
        if rows is None or len(rows) == 0:
            continue
        if isinstance(rows, pa.Table):
            parts.append(_with_system(rows, table, seq, item.message_no, item.views))
        else:
            version = (WHOLE, None, None) if table.is_kept else ()
            loose.extend((*row, seq, item.message_no, item.views, *version) for row in rows)
    schema = table.stored
    if loose:
        columns = [pa.array(column, field.type) for column, field in zip(zip(*loose, strict=True), schema, strict=True)]
        parts.append(pa.Table.from_arrays(columns, schema=schema))
    return pa.concat_tables(parts).combine_chunks() if parts else None


def _with_system(rows: Any, table: Table, seq: int, message_no: int, views: int) -> Any:
    """Rows of an intake with the columns of the system; they may say themselves which fields they say, and to whom."""
    more = {name: rows.column(name) for name in ("says", "views") if name in rows.column_names}
    rows, says = rows.drop_columns(list(more)) if more else rows, more.get("says")
    rows = rows if rows.schema.equals(table.schema) else rows.cast(table.schema if says is None else table.version)
    system = [pa.repeat(pa.scalar(value, pa.int64()), rows.num_rows) for value in (seq, message_no, views)]
    if "views" in more:
        system[2] = more["views"].fill_null(views)
    if table.is_kept:
        whole = pa.repeat(pa.scalar(WHOLE, pa.int64()), rows.num_rows)
        system += [whole if says is None else says, *[pa.nulls(rows.num_rows, pa.int64())] * 2]
    return pa.Table.from_arrays([*rows.columns, *system], schema=table.stored)


def _count(numbers: Any, into: dict[int, int], without: Collection[int]) -> None:
    for entry in pc.value_counts(numbers).to_pylist():
        if entry["values"] in without:
            continue
        into[entry["values"]] = into.get(entry["values"], 0) + entry["counts"]


def _message_rows(
    tables: Mapping[str, Table],
    batch: Sequence[Prepared],
    frame: tuple[Position, Position],
    seq: int,
    sent: Mapping[int, int],
    added: Mapping[int, int],
) -> Any:
    rows = [
        (
            item.digest.hex(),
            item.delivery.source_id,
            item.delivery.media_type,
            item.delivery.filename,
            item.delivery.received_time,
            item.size_bytes,
            added.get(item.message_no, 0),
            sent.get(item.message_no, 0) - added.get(item.message_no, 0),
            len(item.decoded.refused) + (0 if item.decoded.entries is None else item.decoded.entries.num_rows),
            item.delivery.labels.marking.value,
            int(item.delivery.received_time.timestamp() // 86_400),
            lateness_s(item, tables),
            seq,
            item.message_no,
            item.views,
            message_key(item.digest),
            frame[0].segment,
            frame[0].offset,
            frame[1].offset,
        )
        for item in batch
    ]
    schema = arrow_schema((*MESSAGE.fields, *SYSTEM, *MESSAGE_HIDDEN))
    arrays = [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def lateness_s(item: Prepared, tables: Mapping[str, Table]) -> int | None:
    """How long ago half of a delivery's rows happened, when it came."""
    received_s = item.delivery.received_time.timestamp()
    for name, rows in item.decoded.rows.items():
        table = tables[name]
        if not table.time or len(rows) == 0:
            continue
        if isinstance(rows, pa.Table):
            micros = pc.cast(pc.drop_null(rows.column(table.time)), pa.int64()).to_numpy()
            if micros.size:
                middle = (micros.size - 1) // 2
                return int(received_s - np.partition(micros, middle)[middle] / 1e6)
        else:
            at = table.schema.get_field_index(table.time)
            times = sorted(row[at] for row in rows if row[at] is not None)
            if times:
                return int(received_s - times[(len(times) - 1) // 2].timestamp())
    return None


def _refusal_row(
    item: Prepared, i: int, fault: DeliveryError, own_views: int, seq: int, *, again: bool
) -> dict[str, Any]:
    where = fault.where
    template, values = parts(fault.reason)
    place = b"%d/%d" % (i, item.message_no) if again else b"%d" % i
    identity = hashlib.sha256(item.digest + item.delivery.source_id.encode() + place).hexdigest()[:20]
    return {
        "quarantine_id": identity,
        "source_id": item.delivery.source_id,
        "received_time": item.delivery.received_time,
        "media_type": item.delivery.media_type,
        "filename": item.delivery.filename,
        "kind": fault.kind,
        "reason": str(fault.reason),
        "reason_template": template,
        "reason_values": json.dumps(values, ensure_ascii=False) if values else None,
        "pointer": where.pointer,
        "line": where.line,
        "column": where.column,
        "field": where.field,
        "piece": fault.raw[:PIECE_BYTES].decode("utf-8", "replace").replace("\x00", "␀"),
        "message_id": item.digest.hex(),
        "status": "open",
        "resolved_time": None,
        "seq": seq,
        "message_no": item.message_no,
        "views": own_views,
    }


def _as_they_stood(item: Prepared, entries: Any, seq: int) -> Any:
    """Entries of a message of which something else was erased."""
    of_message = (("message_id", item.digest.hex()), ("seq", seq), ("message_no", item.message_no))
    for name, value in of_message:
        entries = entries.append_column(name, pa.repeat(pa.scalar(value), entries.num_rows))
    return entries


def _resolve(cursor: Any, batch: Sequence[Prepared]) -> None:
    """A corrected delivery names the quarantine entry that it takes the place of; an act dismisses one."""
    for item in batch:
        for parameter, status in (("resends", "resent"), ("dismisses", "dismissed")):
            identity = item.delivery.parameters.get(parameter)
            if identity and (status != "resent" or _is_taken(cursor, item, identity)):
                cursor.execute(
                    "UPDATE birlik_quarantine SET status = ?, resolved_time = ? WHERE quarantine_id = ?",
                    [status, item.delivery.received_time, identity],
                )
        if told := item.delivery.parameters.get("dismisses_alike"):
            _dismiss_alike(cursor, json.loads(told), item.delivery.received_time)


def _is_taken(cursor: Any, item: Prepared, identity: str) -> bool:
    """Did a correction bring what the entry stood for? Where it was refused again, the entry stays open."""
    if item.decoded.failed is not None or not any(len(rows) for rows in item.decoded.rows.values()):
        return not item.decoded.refused
    sql = "SELECT pointer, line FROM birlik_quarantine WHERE quarantine_id = ?"
    places = set(cursor.execute(sql, [identity]).fetchall())
    return places.isdisjoint((fault.where.pointer, fault.where.line) for fault in item.decoded.refused)


def _dismiss_alike(cursor: Any, told: Mapping[str, str], resolved: datetime) -> None:
    """All open entries of one source with one reason that came until a moment."""
    cursor.execute(
        "UPDATE birlik_quarantine SET status = 'dismissed', resolved_time = ? WHERE status = 'open' AND source_id = ? "
        "AND kind = ? AND coalesce(reason_template, reason) = ? AND received_time <= ?",
        [resolved, *(told[name] for name in ALIKE), datetime.fromisoformat(told["until"])],
    )


def _receipt(item: Prepared, sent: Mapping[int, int], added: Mapping[int, int]) -> Receipt:
    accepted = added.get(item.message_no, 0)
    return Receipt(
        message_id=item.digest.hex(),
        accepted=accepted,
        duplicates=sent.get(item.message_no, 0) - accepted,
        refused=item.decoded.refused,
        notices=item.decoded.notices,
        result=item.decoded.result,
        failed=item.decoded.failed,
    )


def record_of(item: Prepared) -> Record:
    """A delivery as the journal keeps it: who, when, with what labels and parameters, and the bytes."""
    d = item.delivery
    return Record(
        message_no=item.message_no,
        sha256=item.digest,
        source_id=d.source_id,
        media_type=d.media_type,
        filename=d.filename,
        received_time=d.received_time,
        parameters=dict(d.parameters),
        marking=d.labels.marking.value,
        audience=d.labels.audience,
        size_bytes=item.size_bytes,
        body=d.body,
    )


def message_key(digest: bytes) -> int:
    """The first 63 bits of a SHA-256, which fit the store's integers."""
    return int.from_bytes(digest[:8], "big") >> 1


def set_state(cursor: Any, **values: int | str) -> None:
    """Set values of `birlik_state` by key, within the cursor's transaction."""
    cursor.execute("DELETE FROM birlik_state WHERE key IN (SELECT unnest(?))", [list(values)])
    written = [list(values), [str(value) for value in values.values()]]
    # One statement: this stands in every commit, and each statement costs a millisecond.
    cursor.execute("INSERT INTO birlik_state SELECT unnest(?), unnest(?)", written)


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the store has the journal, and the numbers that come next."""

    position: Position | None
    next_message: int = 1
    next_seq: int = 1


def progress(database: Database) -> Progress:
    """Read off the journal's index itself: a row of its own, changed at every commit, would cost a third of it."""
    row = database.all(
        "SELECT max(seq), max(message_no), arg_max(segment, message_no), arg_max(frame_end, message_no) "
        "FROM birlik_message"
    )[0]
    if row[0] is None:
        return Progress(position=None)
    return Progress(position=Position(row[2], row[3]), next_message=row[1] + 1, next_seq=row[0] + 1)


def state(database: Database) -> dict[str, str]:
    """All values of `birlik_state` by key, as text."""
    return dict(database.all("SELECT key, value FROM birlik_state"))
