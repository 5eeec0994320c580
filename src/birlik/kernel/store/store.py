"""A node's store: the database, the journal, the writer, and what is known of them."""

import contextlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from birlik.errors import NotANode, StoreUnavailable, Unknown, UnknownSetting
from birlik.kernel.intake import Receipt
from birlik.kernel.meaning.beside import Beside
from birlik.kernel.meaning.texts import Meaning
from birlik.kernel.mixing import mixed
from birlik.kernel.policy import Principal, Views
from birlik.kernel.search import Ranking
from birlik.kernel.store import attached, disk, engine_log, forgotten, keeping, mark, passing, sealing
from birlik.kernel.store.attached import Attached
from birlik.kernel.store.catalogue import Catalogue
from birlik.kernel.store.database import Database, literal, quoted, world
from birlik.kernel.store.derive import Progress
from birlik.kernel.store.folding import lapses
from birlik.kernel.store.gathering import Gathering, forget
from birlik.kernel.store.inserting import insert
from birlik.kernel.store.integrity import Integrity
from birlik.kernel.store.journal import Journal, Position, Record
from birlik.kernel.store.mark import FORMAT
from birlik.kernel.store.prepared import Prepared
from birlik.kernel.store.reader import StoreReader
from birlik.kernel.store.red import Red
from birlik.kernel.store.searching import vectors
from birlik.kernel.store.searching.asking import Wanted, ranking
from birlik.kernel.store.searching.file import SearchFile, said
from birlik.kernel.store.searching.file import forget as forget_searched
from birlik.kernel.store.searching.file import world as searched_world
from birlik.kernel.store.searching.following import NOTED, SEARCH, Following
from birlik.kernel.store.seeing import seen_by
from birlik.kernel.store.snapshot import Snapshot
from birlik.kernel.store.standing import Standing
from birlik.kernel.store.step import Step
from birlik.kernel.store.system import LASTING, MESSAGE, SYSTEM_TABLES, state_of
from birlik.kernel.store.vault import FILE as VAULT
from birlik.kernel.store.vault import Vault
from birlik.kernel.store.writer import Writer, progress, set_state, state
from birlik.kernel.tables import SYSTEM, Rows, Table

MADE = "made:"
"""Begins the key under which the state keeps the digest with which something was last made."""
MASKS = "masks"
"""Under which it keeps the sets of views for which any row was ever taken."""
FILE = "store.duckdb"
JOURNAL = "journal"


class Outgrown(StoreUnavailable):
    """The store is laid out as by an older birlik, or its rows don't fit: it has to be made again from the journal."""


class Store:
    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        views: Views,
        *,
        declared: Mapping[str, str],
        memory_limit: str = "4GB",
        threads: int = 0,
        segment_bytes: int = 256 * 1024 * 1024,
        file: str = FILE,
        had: Position | None = None,
        journal: Journal | None = None,
        meaning: Meaning | None = None,
    ) -> None:
        """Open what lies in `folder`, or make it. `declared` are digests of what derives, by name.

        `file` is another name where the store is made again, from the journal's beginning, beside the one that
        stands; `had` is how far that one had the journal. `journal` is the folder's, where another store holds it.
        `meaning` makes vectors of texts; None where rows are found by words only.
        Raises NotANode where a newer birlik wrote the folder; Outgrown where the store has to be made again.
        """
        mark.must_not_be_newer(folder / JOURNAL)
        _must_be_writable(folder)
        self.folder, self.views, self.declared = folder, views, declared
        self.mended: list[str] = []
        """What was wrong with the store and is no more, in words; said in the log already."""
        self.declared_tables = catalogue.tables
        self.catalogue = Catalogue(
            tables={**{t.name: t for t in SYSTEM_TABLES}, **catalogue.tables},
            derived=catalogue.derived,
            indicators=catalogue.indicators,
            attached=Attached(folder),
            needs=catalogue.needs,
            domains=catalogue.domains,
        )
        self.database = Database(folder / file, memory_limit=memory_limit, threads=threads)
        self.mended += self.database.mended
        try:
            self._must_fit(list(catalogue.tables.values()))
            self.database.create(
                list(catalogue.tables.values()), list(catalogue.derived.values()), list(catalogue.indicators.values())
            )
            known = state(self.database)
            stands = progress(self.database)
            self.complete_to = None if had is not None else stands.position
            known_to, certain = had or stands.position, not engine_log.is_mending(folder / FILE)
            self._has_journal = journal is None
            self.journal = journal or Journal(folder / JOURNAL, segment_bytes, known_to, certain=certain)
        except BaseException:
            self.database.close()
            raise
        self.writer = Writer(
            self.database,
            self.journal,
            catalogue.tables,
            next_message=stands.next_message,
            next_seq=stands.next_seq,
            last_seq=self._last_seqs(),
        )
        self.standing = Standing(
            self.database,
            {name: table for name, table in catalogue.tables.items() if table.is_kept},
            self.writer.last_seq,
        )
        self.watermark = datetime.fromisoformat(known.get("watermark", "1970-01-01T00:00:00+00:00"))
        self._following, self._writing = threading.Lock(), threading.Lock()
        self.search = self._searched(file, meaning)
        self._meant = None if meaning is None else Beside(meaning)
        """What is found by words; None where nothing is, or the store is made again: then it is, too, afterwards."""
        self._ends: dict[str, tuple[int, datetime | None]] = {}
        """By table whose rows expire: the last commit that it knows of, and when the next row will, if one will."""
        self.archiving = threading.Lock()
        """Held by who writes an archive: of two generations at once one would be lost."""
        try:
            if file == FILE:
                mark.write(folder / JOURNAL)
            self._keep_views(json.loads(known.get("views", "null")))
        except BaseException:
            self.close()
            raise
        self._seed(state(self.database))
        try:
            sealing.take_over(self.database, folder / JOURNAL, list(catalogue.indicators.values()))
        except BaseException:
            self.close()
            raise
        self.writer.masks |= self._masks(state(self.database))

    @cached_property
    def vault(self) -> Vault:
        """What leaves no history; opened when it is first asked for."""
        return Vault(self.folder)

    def _searched(self, file: str, meaning: Meaning | None) -> Following | None:
        if file != FILE:
            return None
        if not (tables := self.catalogue.searched):
            forget_searched(self.folder)
            return None
        return Following(SearchFile(self.folder), tables, meaning)

    def found(self, principal: Principal, table: str, wanted: Wanted) -> Ranking | None:
        """The rows of a table that answer, of those that the principal's view sees. None where no index is ready yet.

        Raises Refused, Unnamed where its role can't read the table; StoreUnavailable.
        """
        self.catalogue.must_read(principal, table)
        if self.search is None:
            return None
        with self.search.file.reading() as connection:
            if connection is None:
                return None
            by_words = ranking(connection, table, principal.bit, wanted)
            if by_words is None or wanted.meaning is None or not self.search.readings[table].is_meant:
                return by_words
            given = (connection, table, principal.bit, wanted.meaning, wanted.least, wanted.facets)
            return mixed(by_words, self.search.nearest.ranking(*given))

    def unmade_meaning(self, principal: Principal, table: str) -> int:
        """How many rows that the principal's view sees aren't found by meaning yet. Raises as `found`."""
        self.catalogue.must_read(principal, table)
        if self.search is None:
            return 0
        with self.search.file.reading() as connection:
            return 0 if connection is None else vectors.waiting_n(connection, table, principal.bit)

    @property
    def meaning(self) -> Meaning | None:
        """What makes vectors of texts; None where rows are found by words only."""
        return None if self.search is None else self.search.meaning

    def make_meaning(self, at_once: int = vectors.AT_ONCE) -> int:
        """Make what some rows mean that wait for it; returns how many. Raises StoreUnavailable.

        at_once: rows of each index.

        A model takes long: nobody waits for it but who calls.
        """
        if self.search is None or self.meaning is None:
            return 0
        file = self.search.file
        with file.reading() as connection:
            if connection is None or not (waits := vectors.waiting(connection, at_once)):
                return 0
            of = said(connection, "id")
        made = vectors.made(self.meaning, waits)
        with self._following, self._writing, searched_world():
            if file.path.is_file() and said(file.writer, "id") == of:
                with file.writer:
                    vectors.keep(file.writer, waits, made)
        return len(waits)

    def _last_seqs(self) -> dict[str, int]:
        each = [f"SELECT '{name}', coalesce(max(seq), 0)::BIGINT FROM \"{name}\"" for name in self.catalogue.tables]
        return dict(self.database.all(" UNION ALL ".join(each))) if each else {}

    def _masks(self, known: Mapping[str, str]) -> set[int]:
        """The sets of views for which there are rows: as the last step knew them, and as the rows say that came since.

        Facts that birlik ships are for everyone, and by themselves nothing that anyone need be told of.
        """
        masks, since = set(), 0
        if MASKS in known:
            masks, since = set(json.loads(known[MASKS])), int(known["followed_seq"])
        for name, last in self.writer.last_seq.items():
            if last > since:
                sql = f'SELECT DISTINCT views FROM "{name}" WHERE seq > ?'
                masks |= {mask for (mask,) in self.database.all(sql, [since])}
        return masks

    def _must_fit(self, tables: Sequence[Table]) -> None:
        form = self.database.form()
        if form is not None and form > FORMAT:
            raise mark.newer(self.folder, form)
        if form is not None and form < FORMAT:
            raise Outgrown(f"{self.folder} was written in format {form}; this birlik's is {FORMAT}")
        if (why := self.database.outgrown(tables)) is not None:
            raise Outgrown(f"{self.folder}: {why}")

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
                cursor.execute("DELETE FROM birlik_state WHERE key = ? OR key LIKE ?", [MASKS, f"{keeping.FOLDED}%"])
                forget(cursor)
            set_state(cursor, views=json.dumps(names))

    def _seed(self, known: Mapping[str, str]) -> None:
        """Put the facts that birlik ships where readers find them; an edit keeps its place.

        Where they are other facts than before, all that follows is made again.
        """
        with self.database.transaction() as cursor:
            gone = [key for key in known if key.startswith(MADE) and key.removeprefix(MADE) not in self.declared]
            for table in self._register_tables():
                assert table.facts is not None
                rows = table.facts().cast(table.schema)
                for field, value in zip(SYSTEM, (0, 0, self.views.everyone), strict=True):
                    rows = rows.append_column(field.name, pa.repeat(pa.scalar(value, pa.int64()), rows.num_rows))
                if self._are_there(cursor, table, rows):
                    continue
                cursor.execute(f'DELETE FROM "{table.name}" WHERE seq = 0')
                insert(cursor, table.name, rows)
                keeping.refold(cursor, table)
                gone = [key for key in known if key.startswith(MADE)]
            gone += self._refold(cursor, known)
            if gone:
                cursor.execute("DELETE FROM birlik_state WHERE key IN (SELECT unnest(?))", [gone])
            set_state(cursor, format=FORMAT)

    def _refold(self, cursor: Any, known: Mapping[str, str]) -> list[str]:
        """Make what holds of kept tables again where it was never made, or by another rule; what of the store's state
        has then to go, so that all that follows is made again."""
        kept = {keeping.FOLDED + name: table for name, table in self.catalogue.tables.items() if table.is_kept}
        rules = {key: rule for key, table in kept.items() if known.get(key) != (rule := keeping.digest(table))}
        for key in rules:
            keeping.refold(cursor, kept[key])
        if rules:
            set_state(cursor, **rules)
        return [key for key in known if key.startswith(MADE)] if rules else []

    def _are_there(self, cursor: Any, table: Table, facts: Rows) -> bool:
        names = quoted([f.name for f in (*table.fields, SYSTEM[2])])
        cursor.register("facts", facts)
        try:
            ours, theirs = f"SELECT {names} FROM facts", f'SELECT {names} FROM "{table.name}" WHERE seq = 0'
            sql = f"SELECT 1 FROM (({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours})) LIMIT 1"
            return not cursor.execute(sql).fetchall()
        finally:
            cursor.unregister("facts")

    def _register_tables(self) -> list[Table]:
        return [t for t in self.catalogue.tables.values() if t.facts is not None]

    def registers(self) -> Mapping[str, Rows]:
        """Each register as it stands for the node's own operators."""
        return self.standing.own()

    def begin(self) -> None:
        """As `Writer.begin`: for whoever commits for long, in the thread that does."""
        self.writer.begin()

    def commit(self, batch: Sequence[Prepared]) -> list[Receipt]:
        """Write deliveries, in their order; they are on the disk when this returns. Raises StoreUnavailable."""
        with self._writing:
            receipts = self.writer.commit(batch)
        self.red.committed(batch)
        return receipts

    @cached_property
    def red(self) -> Red:
        """Which tables hold rows that came marked RED."""
        return Red(self.database, self.declared_tables)

    def take_again(self, batch: Sequence[Prepared], start: Position, end: Position, seq: int) -> None:
        """Store a frame that is in the journal already."""
        with self._writing:
            self.writer.store(self.writer.answered(batch), start, end, seq)
        self.journal.acknowledged = max(self.journal.acknowledged, end)

    def gather(self) -> dict[str, int]:
        """Lay the rows of one set of views together, where many lie as they came; by table, how many were moved.

        What is kept is small beside what came, and stands by key. Raises Busy, after which it may be tried again.
        """
        gathering = Gathering(self.database, self._writing)
        came = [table.name for table in self.declared_tables.values() if not table.is_kept]
        return {name: gathering.gather(name) for name in (MESSAGE.name, *came)}

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """Nothing follows meanwhile, and figures stand as they are; deliveries are taken."""
        with self._following:
            yield

    def closed_journal(self, begin: Callable[[], None]) -> int:
        """Between two commits: what is written from now on goes into another file of the journal.

        begin: called at that moment. Returns the number of the last file that is written no more.
        """
        with self._writing:
            self.writer.settle()
            last = self.journal.closed()
            begin()
            return last

    @contextlib.contextmanager
    def held_up(self) -> Iterator[None]:
        """Nobody commits meanwhile."""
        with self._writing:
            yield

    def replaced(self, ready: Callable[[], None], put: Callable[[], None]) -> float:
        """Go on with another file that says the same; returns for how many seconds nobody could read.

        ready: makes that one whole, while nobody commits. put: lays it in this one's place, while nobody reads.
        Raises StoreUnavailable; nothing is other than before then.
        """
        with self._writing:
            self.writer.settle()
            ready()
            self.database.replaced(put)
            if self.search is not None:
                self.search.file.begin_anew("the store was written anew")
                self.search.nearest.forget()
            if self._meant is not None:
                self._meant.forget()
            self._ends.clear()
        return self.database.gate.shut_s

    @property
    def integrity(self) -> Integrity:
        """What references promise, as the writer looks after it."""
        return self.writer.integrity

    def is_whole(self) -> None:
        """It has all of its journal: what was lost of the engine's log is made up for."""
        engine_log.mended(self.folder / FILE)

    def reader(self, principal: Principal) -> StoreReader:
        """What one principal may see, up to the watermark of now."""
        return StoreReader(self.database, self.catalogue, principal, self.watermark)

    def record(self, principal: Principal, message_id: str, source_id: str) -> Record:
        """A message as it came, out of the journal. Raises Unknown where this reader may see none."""
        rows = self.database.all(
            "SELECT segment, frame_start, message_no FROM birlik_message WHERE message_id = ? AND source_id = ? "
            f"AND {seen_by(principal.bit)} ORDER BY message_no LIMIT 1",
            [message_id, source_id],
        )
        for segment, offset, number in rows:
            if (found := self.journal.record(Position(segment, offset), number)) is not None:
                return found
        raise Unknown("no such message")

    def behind(self, until: Position | None = None) -> Iterator[tuple[Position, Position, int, list[Any]]]:
        """Frames of the journal that the store does not have yet: (start, end, seq, records).

        until: where the last of them ends, while another store's writer goes on.
        """
        start = self.complete_to
        for end, seq, records in self.journal.read(start, until):
            begin = start if start and start.segment == end.segment else Position(end.segment, 0)
            yield self.journal.passed.beyond(begin), end, seq, records
            start = end

    @contextlib.contextmanager
    def step(self, now: datetime, progress: Progress = lambda *_: None) -> Iterator[Step | None]:
        """A step from where the last one ended; None where nothing is new and no minute has turned."""
        with self._following:
            to_seq = self.writer.next_seq - 1
            known = state(self.database)
            after = int(known.get("followed_seq", 0))
            declared = {name: self._made_of(name) for name in self.declared}
            anew = frozenset(name for name, digest in declared.items() if known.get(MADE + name) != digest)
            if self.search is not None:
                anew |= self.search.begin(known.get(NOTED))
            else:
                anew = frozenset(name for name in anew if not name.startswith(SEARCH))
            ahead = self.search is not None and self.search.is_ahead
            before = datetime.fromisoformat(known.get("watermark", now.isoformat()))
            is_minute = now.timetuple()[:5] == self.watermark.timetuple()[:5]
            if after == to_seq and not anew and not ahead and is_minute and not self._lapsed(before, now):
                self.watermark = now
                yield None
                return
            masks = frozenset(self.writer.masks.copy())
            indexes = contextlib.nullcontext() if self.search is None else self.search.step()
            with indexes, self.database.transaction() as cursor:
                told = (self.catalogue, self.standing, after, to_seq, before, now, self.writer.last_seq)
                snapshot = Snapshot(cursor, *told, meant=self._meant)
                step = Step(snapshot, self.views.everyone, now, anew, masks, progress, self.search)
                try:
                    if now < before:
                        step.went_back()
                    yield step
                    snapshot.done()
                finally:
                    snapshot.close()
                made = {MADE + name: declared[name] for name in anew & step.made}
                seen = {MASKS: json.dumps(sorted(masks))}
                if self.search is not None and (noted := self.search.commit()) is not None:
                    seen[NOTED] = noted
                set_state(cursor, followed_seq=to_seq, watermark=now.isoformat(), **seen, **made)
            self.watermark = now

    def _lapsed(self, before: datetime, now: datetime) -> bool:
        """Whether time alone ended what was kept, since the last step. A table is asked once for when it will."""
        for name, table in self.catalogue.tables.items():
            if not lapses(table):
                continue
            last, known = self.writer.last_seq.get(name, 0), self._ends.get(name)
            if known is None or known[0] != last or (known[1] is not None and known[1] <= now):
                until = f'"{LASTING[1].name}"'
                sql = f'SELECT min({until}) FROM "{state_of(name)}" WHERE {until} > ?'
                known = self._ends[name] = (last, self.database.all(sql, [before])[0][0])
            if known[1] is not None and known[1] <= now:
                return True
        return False

    def _made_of(self, name: str) -> str:
        """The digest with which something is made: of how it is declared, and of what is attached beneath it."""
        below = [one for one in self.catalogue.rests_on(name) if one != name]
        return f"{self.declared[name]} {self.attached.mark(below)}".rstrip()

    @property
    def attached(self) -> Attached:
        """What was computed elsewhere and stands beside the node's own rows."""
        assert self.catalogue.attached is not None
        return self.catalogue.attached

    @contextlib.contextmanager
    def changing(self) -> Iterator[Attached]:
        """To attach or detach something between two steps; the next one makes what follows from it again."""
        with self._following:
            yield self.attached
            self.database.changes += 1

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

    def backup(self, target: Path, beside: Callable[[Path], None] = lambda target: None) -> int:
        """Copy a consistent state of a running node into a new or empty folder; returns its bytes.

        beside: copies what lies in the node's folder and isn't the store's.

        All of it is on the disk before this returns. The settings come last: without them it is no backup.
        Raises BadRequest, NotANode for what is wrong with the path; StoreUnavailable. Nothing is left then.
        """
        with disk.to_a_path(target, "folder"):
            if target.resolve().is_relative_to(self.folder.resolve()):
                raise NotANode(f"{target} lies in the node's own folder; name one outside of it, best on another disk")
            if target.exists() and (not target.is_dir() or any(target.iterdir())):
                raise NotANode(f"{target} is not an empty folder; name a new one, so that nothing is overwritten")
            made = not target.exists()
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._copy(target, beside)
            except BaseException:
                for path in target.iterdir():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                if made:
                    target.rmdir()
                raise
            return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())

    def _copy(self, target: Path, beside: Callable[[Path], None]) -> None:
        with self._following, world():
            cursor = self.database.cursor()
            cursor.execute(f"ATTACH {literal(str(target / FILE))} AS copied")
            try:
                source = cursor.execute("SELECT current_database()").fetchall()[0][0]
                cursor.execute(f'COPY FROM DATABASE "{source}" TO copied')
                last = cursor.execute("SELECT max(segment) FROM copied.birlik_message").fetchall()[0][0] or 0
            finally:
                cursor.execute("DETACH copied")
        (target / JOURNAL).mkdir(mode=0o700)
        for path in sorted((self.folder / JOURNAL).glob("*.journal")):
            if int(path.stem) <= last:
                disk.copied(path, target / JOURNAL / path.name)
        for name in (mark.FILE, passing.FILE, sealing.FILE, forgotten.DONE):
            if (self.folder / JOURNAL / name).is_file():
                disk.copied(self.folder / JOURNAL / name, target / JOURNAL / name)
        attached.copy(self.folder, target)
        if (self.folder / VAULT).exists():
            self.vault.copy(target / VAULT)
        beside(target)
        disk.tighten(target)
        disk.sync_tree(target)
        disk.copied(self.folder / "birlik.toml", target / "birlik.toml")
        disk.sync(target)

    def close(self) -> None:
        """Close filters, journal and database, and give the journal's lock back."""
        if "vault" in self.__dict__:
            self.vault.close()
        if self.search is not None:
            self.search.file.close()
            if self.meaning is not None:
                self.meaning.close()
        self.writer.seen.close()
        if self._has_journal:
            self.journal.close()
        self.database.close()


def _must_be_writable(folder: Path) -> None:
    probe = folder / ".write-probe"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise StoreUnavailable(f"{folder} can't be written: {error.strerror}") from error
