"""A node's store: the database, the journal, the writer, and what is known of them."""

import contextlib
import json
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from birlik.errors import NotANode, StoreUnavailable, Unknown, UnknownSetting
from birlik.kernel.intake import Receipt
from birlik.kernel.policy import Principal, Views
from birlik.kernel.store.database import FORMAT, Database, world
from birlik.kernel.store.inserting import insert
from birlik.kernel.store.journal import Journal, Position, Record
from birlik.kernel.store.reader import Catalogue, StoreReader
from birlik.kernel.store.step import Step
from birlik.kernel.store.system import SYSTEM_TABLES
from birlik.kernel.store.writer import Prepared, Writer, progress, set_state, state
from birlik.kernel.tables import SYSTEM, Rows, Table

FILE = "store.duckdb"
JOURNAL = "journal"


class Store:
    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        views: Views,
        *,
        declared: str,
        memory_limit: str = "4GB",
        threads: int = 0,
        segment_bytes: int = 256 * 1024 * 1024,
        file: str = FILE,
    ) -> None:
        """Open what lies in `folder`, or make it. `declared` is a digest of the declarations that derive.

        `file` is another name where the store is made again beside the one that stands.
        """
        _must_be_writable(folder)
        self.folder, self.views, self.declared = folder, views, declared
        self.declared_tables = catalogue.tables
        self.catalogue = Catalogue(
            tables={**{t.name: t for t in SYSTEM_TABLES}, **catalogue.tables},
            derived=catalogue.derived,
            indicators=catalogue.indicators,
        )
        self.database = Database(folder / file, memory_limit=memory_limit, threads=threads)
        self.database.create(
            list(catalogue.tables.values()), list(catalogue.derived.values()), list(catalogue.indicators.values())
        )
        known = state(self.database)
        if int(known.get("format", FORMAT)) != FORMAT:
            raise StoreUnavailable(f"the store has format {known['format']}, not {FORMAT}: birlik rebuild {folder}")
        stands = progress(self.database)
        self.journal = Journal(folder / JOURNAL, segment_bytes, stands.position)
        self.complete_to = stands.position
        self.writer = Writer(
            self.database,
            self.journal,
            catalogue.tables,
            next_message=stands.next_message,
            next_seq=stands.next_seq,
        )
        self.watermark = datetime.fromisoformat(known.get("watermark", "1970-01-01T00:00:00+00:00"))
        self._following = threading.Lock()
        self._registers: Mapping[str, Rows] | None = None
        try:
            self._keep_views(json.loads(known.get("views", "null")))
        except BaseException:
            self.close()
            raise
        self._seed()

    def _keep_views(self, before: list[str] | None) -> None:
        """Named views are told apart by their place: those that rows are labelled for must keep it.

        A view that is new sees what is for everyone, from the first row on. Raises UnknownSetting.
        """
        names = list(self.views.named)
        if before is not None and names[: len(before)] != before:
            raise UnknownSetting(
                f"views: the rows of this node are labelled for {', '.join(before)}, in this order; put new ones "
                "behind them, and take none out"
            )
        if names == before:
            return
        with self.database.transaction() as cursor:
            if before is not None:
                then = Views(tuple(before)).everyone
                for table in self.catalogue.tables.values():
                    sql = f'UPDATE "{table.name}" SET views = ? WHERE views = ?'
                    cursor.execute(sql, [self.views.everyone, then])
            set_state(cursor, views=json.dumps(names))

    def _seed(self) -> None:
        """Put the facts that birlik ships where readers find them; an edit keeps its place."""
        with self.database.transaction() as cursor:
            for table in self._register_tables():
                assert table.facts is not None
                cursor.execute(f'DELETE FROM "{table.name}" WHERE seq = 0')
                rows = table.facts().cast(table.schema)
                for field, value in zip(SYSTEM, (0, 0, self.views.everyone), strict=True):
                    rows = rows.append_column(field.name, pa.repeat(pa.scalar(value, pa.int64()), rows.num_rows))
                insert(cursor, table.name, rows)
            set_state(cursor, format=FORMAT)

    def _register_tables(self) -> list[Table]:
        return [t for t in self.catalogue.tables.values() if t.facts is not None]

    def registers(self) -> Mapping[str, Rows]:
        """Each register as it stands: of rows with the same key, the latest."""
        if self._registers is None:
            made = {}
            for table in self._register_tables():
                keys = ", ".join(f'"{k}"' for k in table.key)
                names = ", ".join(f'"{f.name}"' for f in table.fields)
                made[table.name] = self.database.arrow(
                    f'SELECT {names} FROM "{table.name}" QUALIFY row_number() OVER (PARTITION BY {keys} '
                    f"ORDER BY seq DESC, message_no DESC) = 1 ORDER BY {keys}"
                ).cast(table.schema)
            self._registers = made
        return self._registers

    def commit(self, batch: Sequence[Prepared]) -> list[Receipt]:
        receipts = self.writer.commit(batch)
        self._note_registers(batch)
        return receipts

    def take_again(self, batch: Sequence[Prepared], start: Position, end: Position, seq: int) -> None:
        """Store a frame that is in the journal already."""
        self.writer.store(self.writer.answered(batch), start, end, seq)
        self._note_registers(batch)

    def _note_registers(self, batch: Sequence[Prepared]) -> None:
        registers = {t.name for t in self._register_tables()}
        if any(registers & set(item.decoded.rows) for item in batch):
            self._registers = None

    def reader(self, principal: Principal) -> StoreReader:
        return StoreReader(self.database, self.catalogue, principal, self.watermark)

    def record(self, principal: Principal, message_id: str, source_id: str) -> Record:
        """A message as it came, out of the journal. Raises Unknown where this reader may see none."""
        rows = self.database.all(
            "SELECT segment, frame_start, message_no FROM birlik_message WHERE message_id = ? AND source_id = ? "
            "AND (views & ?) <> 0 ORDER BY message_no LIMIT 1",
            [message_id, source_id, principal.bit],
        )
        for segment, offset, number in rows:
            if (found := self.journal.record(Position(segment, offset), number)) is not None:
                return found
        raise Unknown("no such message")

    def behind(self) -> Iterator[tuple[Position, Position, int, list[Any]]]:
        """Frames of the journal that the store does not have yet: (start, end, seq, records)."""
        start = self.complete_to
        for end, seq, records in self.journal.read(start):
            begin = start if start and start.segment == end.segment else Position(end.segment, 0)
            yield begin, end, seq, records
            start = end

    @contextlib.contextmanager
    def step(self, now: datetime) -> Iterator[Step | None]:
        """A step from where the last one ended; None where nothing is new and no minute has turned."""
        with self._following:
            to_seq = self.writer.next_seq - 1
            known = state(self.database)
            after = int(known.get("followed_seq", 0))
            registers = self.registers()
            digest = self._digest(registers)
            everything = known.get("followed_with") != digest
            if after == to_seq and not everything and now.timetuple()[:5] == self.watermark.timetuple()[:5]:
                self.watermark = now
                yield None
                return
            with self.database.transaction() as cursor:
                yield Step(
                    self.database,
                    cursor,
                    self.catalogue,
                    registers,
                    self.views.everyone,
                    after,
                    to_seq,
                    now,
                    everything,
                )
                set_state(cursor, followed_seq=to_seq, followed_with=digest, watermark=now.isoformat())
            self.watermark = now

    def _digest(self, registers: Mapping[str, Rows]) -> str:
        """Changes when a fact or a declaration does: then everything that follows is made again."""
        import hashlib

        digest = hashlib.sha256(self.declared.encode())
        for name in sorted(registers):
            # The values, not the buffers: the padding of an Arrow buffer is whatever lay in memory before.
            digest.update(f"{name}{registers[name].to_pylist()}".encode())
        return digest.hexdigest()

    def pin(self, principal: Principal) -> datetime:
        """Keep the figures that this view sees now: the address of a permalink carries the moment returned."""
        with self._following, self.database.transaction() as cursor:
            for indicator in self.catalogue.indicators.values():
                if not indicator.live:
                    cursor.execute(
                        f"UPDATE {indicator.table} SET pinned = TRUE WHERE view = ? AND valid_to IS NULL",
                        [principal.view],
                    )
        return self.watermark

    def backup(self, target: Path) -> None:
        """Copy a consistent state of a running node into an empty folder."""
        if target.exists() and any(target.iterdir()):
            raise NotANode(f"{target} is not empty; name a new folder")
        target.mkdir(parents=True, exist_ok=True)
        try:
            with self._following, world():
                cursor = self.database.cursor()
                cursor.execute(f"ATTACH '{target / FILE}' AS copied")
                try:
                    source = cursor.execute("SELECT current_database()").fetchall()[0][0]
                    cursor.execute(f'COPY FROM DATABASE "{source}" TO copied')
                    last = cursor.execute("SELECT max(segment) FROM copied.birlik_message").fetchall()[0][0] or 0
                finally:
                    cursor.execute("DETACH copied")
            (target / JOURNAL).mkdir()
            for path in sorted((self.folder / JOURNAL).glob("*.journal")):
                if int(path.stem) <= last:
                    shutil.copyfile(path, target / JOURNAL / path.name)
            shutil.copyfile(self.folder / "birlik.toml", target / "birlik.toml")
        except OSError as error:
            raise StoreUnavailable(f"the backup could not be written: {error}") from error

    def close(self) -> None:
        self.writer.seen.close()
        self.journal.close()
        self.database.close()


def _must_be_writable(folder: Path) -> None:
    probe = folder / ".write-probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise StoreUnavailable(f"{folder} can't be written: {error.strerror}") from error
