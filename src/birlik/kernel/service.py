"""A running node: one thread that writes, one that follows, one that sends; the event loop only moves bytes."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import pyarrow as pa

from birlik.errors import BirlikError, StoreUnavailable
from birlik.kernel import acting, alerting, auditing, erasing, mailing, pipeline
from birlik.kernel.access.acts import LAST_USE, RESTORE
from birlik.kernel.access.tables import KEYS
from birlik.kernel.acts import Done
from birlik.kernel.changesets import MEDIA_TYPE
from birlik.kernel.decoding import PACKED, WORKERS, Workers, is_heavy
from birlik.kernel.erasure import ERASURE
from birlik.kernel.intake import Decoded, Delivery, Intake, Receipt
from birlik.kernel.memory import GivingBack
from birlik.kernel.node import Node
from birlik.kernel.own import ACT
from birlik.kernel.planning.jobs import Jobs
from birlik.kernel.previewing import Preview, previewed
from birlik.kernel.priority import give_way
from birlik.kernel.store import Prepared, gathering, writing_out
from birlik.kernel.tables import Table
from birlik.kernel.trying import Tried, tried
from birlik.kernel.waiting import Full, Waiting

FIX_BYTES = 16 * 1024
"""A message of one record that is no longer is read where it comes in: that takes less than to pass it on."""
READERS = 2
"""Threads that read what is neither so short nor heavy."""
Made = TypeVar("Made")
USES_EVERY_S = 60.0
PAUSE_S, LATE_S = 2.0, 8.0
"""Between two steps at most; and while deliveries wait."""
ERASE_S, ERASE_AGAIN_S = 0.5, 10.0
"""Between two looks whether something is to be erased; and after one that failed."""
UNDERSTAND_S = 1.0
"""Between two looks whether what rows mean is to be made, where nothing was."""

log = logging.getLogger("birlik")


class Service:
    """Owns the threads of a node. `take` returns when the delivery is on the disk."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.run = uuid4().hex
        """By which whoever asks knows this run of the node from any other."""
        self._waiting: Waiting[_Queued] = Waiting(node.settings.queue_length)
        self._stop = threading.Event()
        self._pending: dict[int, datetime] = {}
        self._followed = threading.Condition()
        self._subscribers: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[datetime]]] = set()
        self._threads = [
            threading.Thread(target=work, name=f"birlik {work.__name__.strip('_')}", daemon=True)
            for work in (
                *(self._write, self._follow, self._send, self._gather, self._write_out, self._erase),
                *((self._understand,) if node.store.meaning is not None else ()),
                *((self._mail,) if node.settings.mail is not None else ()),
            )
        ]
        self._workers = Workers(node.declared_intakes, node.settings.decode_limit_s)
        self._heavy = ThreadPoolExecutor(WORKERS, "birlik heavy")
        self._light = ThreadPoolExecutor(READERS, "birlik light")
        self._in_order, self._quiet = threading.Lock(), threading.Lock()
        """The second is held by who changes the store beside the writer: one at a time."""
        self.jobs = Jobs(node)
        self.beside: list[erasing.Beside] = [self.jobs.cleared]
        """Places beside journal and store from which goes what is erased."""
        self.failure: BirlikError | None = None
        """Why the node can't write at the moment, for `/health`."""
        self.commits = self.deliveries = 0

    def start(self) -> None:
        """Start the threads; once."""
        self.jobs.begin()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what has queued, then end the threads; jobs end as they are."""
        self.jobs.stop()
        self._stop.set()
        self._waiting.end()
        with self._followed:
            self._followed.notify_all()
        for thread in self._threads:
            thread.join(timeout=60)
        self._workers.close()
        self._heavy.shutdown(wait=False, cancel_futures=True)
        self._light.shutdown(wait=False, cancel_futures=True)

    # --- taking -------------------------------------------------------------------------------------------

    async def take(self, delivery: Delivery) -> Receipt:
        """Raises StoreUnavailable, after which the delivery may safely be sent again."""
        intake = self.node.intake(delivery.media_type)
        if intake.single and len(delivery.body) <= FIX_BYTES:
            return await self._awaited(delivery, pipeline.prepare(self.node, delivery))
        apart = self._is_apart(intake, delivery)
        if intake.in_order:
            return await self._off_the_loop(self.take_now, delivery, heavy=apart)
        with self._held(delivery, apart=apart):
            prepared = await self._off_the_loop(self.prepare, delivery, heavy=apart)
            prepared = self._timed(delivery, prepared) if apart else prepared
            return await self._awaited(prepared.delivery, prepared)

    async def _awaited(self, delivery: Delivery, prepared: Prepared) -> Receipt:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._put(delivery, prepared, _Ticket(future, loop))
        return await future

    def take_now(self, delivery: Delivery) -> Receipt:
        """The same for a thread that may wait."""
        intake = self.node.intake(delivery.media_type)
        apart = self._is_apart(intake, delivery)
        with self._in_order if intake.in_order else contextlib.nullcontext(), self._held(delivery, apart=apart):
            prepared = self.prepare(delivery)
            prepared = self._timed(delivery, prepared) if apart else prepared
            return self.submit(prepared.delivery, prepared).result()

    def prepare(self, delivery: Delivery) -> Prepared:
        """Read a delivery, and keep nothing of it: in a worker, where others would feel it here."""
        if not self._is_apart(self.node.intake(delivery.media_type), delivery):
            return pipeline.prepare(self.node, delivery)
        return pipeline.prepare(self.node, delivery, self._workers.decode)

    async def try_out(self, delivery: Delivery) -> Tried:
        """What `take` would make of it, of which nothing is kept; off the loop."""
        heavy = self._is_apart(self.node.intake(delivery.media_type), delivery)
        return await self._off_the_loop(self.try_now, delivery, heavy=heavy)

    def try_now(self, delivery: Delivery) -> Tried:
        """The same for a thread that may wait."""
        made = self.prepare(delivery).decoded
        tables = self.node.store.catalogue.tables
        return tried(self.node.intake(delivery.media_type), delivery.parameters, made, tables)

    async def _off_the_loop(self, work: Callable[..., Made], *given: Any, heavy: bool) -> Made:
        pool = self._heavy if heavy else self._light
        return await asyncio.get_running_loop().run_in_executor(pool, work, *given)

    def _is_apart(self, intake: Intake, delivery: Delivery) -> bool:
        return intake.apart and is_heavy(delivery.body)

    async def recognise(
        self, body: bytes, filename: str, parameters: Mapping[str, str]
    ) -> tuple[Intake, Mapping[str, str]]:
        """As `Node.recognise`, off the loop. Raises TooLarge where it took too long."""
        heavy = body.startswith(PACKED)
        return await self._off_the_loop(self.recognise_now, body, filename, parameters, heavy=heavy)

    def recognise_now(
        self, body: bytes, filename: str, parameters: Mapping[str, str]
    ) -> tuple[Intake, Mapping[str, str]]:
        """The same for a thread that may wait."""
        if not body.startswith(PACKED):  # of all others only the beginning is looked at
            return self.node.recognise(body, filename, parameters)
        media_type, found = self._workers.recognise(body, filename, parameters)
        return self.node.intakes[media_type], found

    @contextlib.contextmanager
    def _held(self, delivery: Delivery, *, apart: bool) -> Iterator[None]:
        """While it is read the watermark waits for it; but not for what is read apart, which takes long."""
        if not apart:
            self._pending[id(delivery)] = delivery.received_time
        try:
            yield
        finally:
            self._pending.pop(id(delivery), None)

    def _timed(self, delivery: Delivery, prepared: Prepared) -> Prepared:
        """The watermark didn't wait for it, so it counts as received when it had been read."""
        # First something is in the watermark's way, then the time is told: the other way round one could be between.
        self._pending[id(delivery)] = self.node.clock.now()
        return _received_at(prepared, self.node.clock.now(), self.node.store.catalogue.tables)

    async def act(self, ask: acting.Ask) -> Receipt:
        """Do an act; returns when it is on the disk. Raises what the act raises, and then nothing has happened."""
        self._must_write()
        if ask.act.is_beside:
            return await self._off_the_loop(self.act_now, ask, heavy=ask.act.file != "")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._put(_no_delivery(self.node.clock.now()), ask, _Ticket(future, loop))
        return await future

    def act_now(self, ask: acting.Ask) -> Receipt:
        """The same for a thread that may wait."""
        self._must_write()
        if ask.act.is_beside:
            return self._act_beside(ask)
        future: Future[Receipt] = Future()
        self._put(_no_delivery(self.node.clock.now()), ask, _Ticket(future, None))
        return future.result()

    def _must_write(self) -> None:
        """Who acts waits for the disk: where nobody writes, that would be for ever. Raises StoreUnavailable."""
        if not self._threads[0].is_alive():
            raise StoreUnavailable("the node isn't writing: it has not begun, or it has ended")

    def preview_now(self, ask: acting.Ask) -> Preview:
        """What an act would do, of which nothing is done. Raises what the act would raise."""
        made = previewed(self.node, ask, acting.NodesKeeper(self.node, self.recognise_now))
        if made.delivery is None:
            return made
        return replace(made, brought=self.prepare(made.delivery).decoded)

    async def preview(self, ask: acting.Ask) -> Preview:
        """The same, off the loop."""
        return await self._off_the_loop(self.preview_now, ask, heavy=ask.act.file != "")

    def _act_beside(self, ask: acting.Ask) -> Receipt:
        """Decided in this thread, and written with the act's line in one commit."""
        with self._in_order:
            done = acting.decided(self.node, ask, acting.NodesKeeper(self.node, self.recognise_now))
            if isinstance(done, Receipt):
                return done
            if done.delivery is None and done.work is None:
                return self._written(ask, done)
        if worked := done.work is not None:
            auditing.decided(self.node, ask.act, ask.by, done)
            with self._telling(ask):
                done = replace(done, work=None, about={**done.about, **done.work()})
        if (delivery := done.delivery) is None:
            return self._written(ask, done, worked=worked)
        intake = self.node.intake(delivery.media_type)
        apart = self._is_apart(intake, delivery)
        with self._in_order if intake.in_order else contextlib.nullcontext(), self._held(delivery, apart=apart):
            prepared = self.prepare(delivery)
            prepared = self._timed(delivery, prepared) if apart else prepared
            return self._written(ask, done, prepared, worked=worked)

    def _written(
        self, ask: acting.Ask, done: Done, brought: Prepared | None = None, *, worked: bool = False
    ) -> Receipt:
        """What became of the delivery that an act has brought, else of its own line; with what who acts is told.

        worked: its work is done, so the audit log has it.
        """
        future: Future[Receipt] = Future()
        # An edit is tried before it is written, which may take long: the watermark waits for it.
        with self._held(_no_delivery(self.node.clock.now()), apart=False):
            line = acting.line(self.node, ask, done)
            told = line if brought is None else _Together(line, brought)
            if not worked:
                auditing.decided(self.node, ask.act, ask.by, done)
            with self._telling(ask):
                acting.seal(self.node, ask, done)
                self._put(line.delivery, told, _Ticket(future, None))
                return replace(future.result(), result=line.decoded.result)

    @contextlib.contextmanager
    def _telling(self, *asks: acting.Ask) -> Iterator[None]:
        """Around what is left of acts that the audit log has: where that fails, it is told so."""
        try:
            yield
        except Exception as error:
            for ask in asks:
                auditing.failed(self.node, ask.act, ask.by, error)
            raise

    async def refuse_large(self, delivery: Delivery, digest: bytes, size_bytes: int, limit: int) -> Receipt:
        """Note a body over the limit, of which the caller kept nothing but its hash."""
        prepared = pipeline.too_large(self.node, delivery, digest, size_bytes, limit)
        return await self._awaited(delivery, prepared)

    @property
    def waiting(self) -> int:
        """Deliveries that wait for the disk."""
        return len(self._waiting)

    def submit(self, delivery: Delivery, prepared: Prepared) -> "Future[Receipt]":
        """Queue a delivery: its receipt, when it is on the disk. Raises StoreUnavailable where the queue is full."""
        future: Future[Receipt] = Future()
        self._put(delivery, prepared, _Ticket(future, None))
        return future

    def _put(self, delivery: Delivery, prepared: "Prepared | _Together | acting.Ask", ticket: "_Ticket") -> None:
        self._pending[id(ticket)] = delivery.received_time
        try:
            self._waiting.put(
                (delivery, prepared, ticket),
                len(delivery.body),
                is_single=isinstance(prepared, Prepared) and prepared.single,
                # An act looks at what stands: what came before it is to be there.
                is_alone=isinstance(prepared, acting.Ask),
            )
        except Full:
            self._pending.pop(id(ticket), None)
            raise StoreUnavailable("more deliveries wait than the node can write; send again in a moment") from None

    def _write(self) -> None:
        try:
            self.node.store.begin()
        except Exception:
            # A commit asks the store itself until it can be read.
            log.exception("what the store holds can't be read yet")
        while batch := self._waiting.batch():
            self._commit(batch)

    def _commit(self, batch: "Sequence[_Queued]") -> None:
        ready: list[tuple[Prepared, _Ticket | None]] = []
        for _, prepared, ticket in batch:
            if isinstance(prepared, _Together):
                ready += [(prepared.line, None), (prepared.brought, ticket)]
                continue
            made = self._done(prepared, ticket) if isinstance(prepared, acting.Ask) else prepared
            ready += [(made, ticket)] if made is not None else []
        if not ready:
            return
        try:
            with self._telling(*(prepared for _, prepared, _ in batch if isinstance(prepared, acting.Ask))):
                receipts = self.node.store.commit([prepared for prepared, _ in ready])
        except Exception as error:
            self.failure = error if isinstance(error, BirlikError) else StoreUnavailable(str(error))
            if not isinstance(error, BirlikError):
                log.exception("a commit failed")
            self._settle([(ticket, error) for _, ticket in ready])
            return
        self.failure = None
        self._tell_access([prepared for prepared, _ in ready])
        self.commits += 1
        self.deliveries += len(receipts)
        self._settle([(ticket, receipt) for (_, ticket), receipt in zip(ready, receipts, strict=True)])

    def _tell_access(self, committed: Sequence[Prepared]) -> None:
        """Before who changed it is answered: so that it holds at the next request."""
        for prepared in committed:
            rows: Mapping[str, Any] = prepared.decoded.rows
            changed = {name: rows[name].column(KEYS[name]).to_pylist() for name in KEYS if name in rows}
            if changed:
                self.node.access.changed(changed)
            elif ACT.name in rows and RESTORE in rows[ACT.name].column("act").to_pylist():
                self.node.access.changed()

    def _done(self, ask: acting.Ask, ticket: "_Ticket") -> Prepared | None:
        """What is to be written of an act; None where there is nothing, and who waits was told."""
        try:
            made = acting.prepared(self.node, ask)
        except Exception as error:
            if not isinstance(error, BirlikError):
                log.exception("the act %s failed", ask.act.name)
            self._settle([(ticket, error)])
            return None
        if isinstance(made, Receipt):
            self._settle([(ticket, made)])
            return None
        return made

    def _settle(self, outcomes: "Sequence[tuple[_Ticket | None, Receipt | Exception]]") -> None:
        """Tell all who wait. A loop is woken once for all of its own: one by one would cost as much as the commit."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Ticket, Receipt | Exception]]] = {}
        for ticket, outcome in outcomes:
            if ticket is None:
                continue
            self._pending.pop(id(ticket), None)
            if ticket.loop is None:
                ticket.settle(outcome)
            else:
                by_loop.setdefault(ticket.loop, []).append((ticket, outcome))
        for loop, theirs in by_loop.items():
            with contextlib.suppress(RuntimeError):  # a loop that has closed has nobody waiting
                loop.call_soon_threadsafe(_settle_all, theirs)

    # --- following ----------------------------------------------------------------------------------------

    def _follow(self) -> None:
        give_way()
        pause_s = self.node.settings.follow_every_s
        memory = GivingBack()
        while not self._stop.wait(pause_s):
            started = time.monotonic()
            try:
                self.follow()
                memory.when_due()
                pause_s = self._pause_after(time.monotonic() - started)
            except BirlikError as error:
                self.failure = error
            except Exception:
                # Here and in the threads below: one that ended with its first bug would end its work for good, unseen.
                log.exception("following failed; it is tried again")
                time.sleep(1)

    def _pause_after(self, step_s: float) -> float:
        """How long a step leaves the processor to those who write.

        For as long as it took; while deliveries wait, four times that: what is not acknowledged yet is at its sender's
        risk, what is not followed yet is only late, and says so.
        """
        longest_s = min(4 * step_s, LATE_S) if self._pending else min(step_s, PAUSE_S)
        return max(self.node.settings.follow_every_s, longest_s)

    def follow(self) -> datetime:
        """One step; then tell who listens. Nothing received before the watermark is outside it."""
        until = min([self.node.clock.now(), *list(self._pending.values())])
        watermark = pipeline.follow(self.node, until, _say)
        with self._followed:
            self._followed.notify_all()
        for loop, subscriber in list(self._subscribers):
            with contextlib.suppress(RuntimeError):  # a loop that has closed has no listener left
                loop.call_soon_threadsafe(_offer, subscriber, watermark)
        return watermark

    def _understand(self) -> None:
        """Make what rows mean. One model's worth at a time: it leaves the processor to all others."""
        give_way()
        pause_s = UNDERSTAND_S
        while not self._stop.wait(pause_s):
            try:
                pause_s = 0.0 if self.node.store.make_meaning() else UNDERSTAND_S
            except BirlikError as error:
                log.warning("what rows mean can't be made now: %s", error)
                pause_s = ERASE_AGAIN_S
            except Exception:
                log.exception("making what rows mean failed; it is tried again")
                pause_s = ERASE_AGAIN_S

    def wait_for(self, moment: datetime, timeout_s: float = 60) -> bool:
        """Wait until the watermark reaches `moment`."""
        with self._followed:
            return self._followed.wait_for(
                lambda: self.node.store.watermark >= moment or self._stop.is_set(), timeout_s
            )

    async def events(self) -> AsyncIterator[datetime]:
        """Each new watermark, for server-sent events; a slow listener gets only the newest."""
        subscriber: asyncio.Queue[datetime] = asyncio.Queue(1)
        entry = (asyncio.get_running_loop(), subscriber)
        self._subscribers.add(entry)
        try:
            while True:
                yield await subscriber.get()
        finally:
            self._subscribers.discard(entry)

    def _gather(self) -> None:
        gathering.serve(self.node.store.gather, self._stop, self._quiet)

    def _write_out(self) -> None:
        """Documents wait meanwhile, as would the commit in which the engine did it by itself; trackers don't."""
        writing_out.serve(self.node.store, self._stop, self._waiting.only_singles)

    # --- erasing ------------------------------------------------------------------------------------------

    def _erase(self) -> None:
        """Do what two have agreed upon; what could not be done is tried again."""
        # It doesn't give way: what comes in meanwhile has to be caught up with.
        looked, day = -1, None
        while not self._stop.wait(ERASE_S):
            if (today := self.node.clock.now().date()) != day:
                day = today
                self._end_lives()
            last = self.node.store.writer.last_seq.get(ERASURE.name, 0)
            if last == looked:
                continue
            try:
                for order in erasing.due(self.node):
                    with self._quiet:
                        erasing.do(self.node, order, self._committed, self.beside)
                looked = last
            except BirlikError as error:
                log.warning("an erasure waits: %s", error)
            except Exception:
                log.exception("an erasure failed; it is tried again")
                self._stop.wait(ERASE_AGAIN_S)

    def _end_lives(self) -> None:
        """Once a day, and at a start."""
        try:
            if (order := erasing.over(self.node)) is not None:
                with self._quiet:
                    erasing.end_lives(self.node, order)
        except BirlikError as error:
            log.warning("what has had its life is not erased today: %s", error)
        except Exception:
            log.exception("erasing what has had its life failed")

    def _committed(self, prepared: Prepared) -> None:
        self.submit(prepared.delivery, prepared).result()

    # --- sending ------------------------------------------------------------------------------------------

    def _send(self) -> None:
        written = time.monotonic()
        while not self._stop.wait(1.0):
            try:
                if time.monotonic() - written >= USES_EVERY_S:
                    written = time.monotonic()
                    self._write_uses()
                with self._quiet:
                    alerting.send_due(self.node)
            except BirlikError as error:
                log.warning("alerts wait: %s", error)
            except Exception:
                log.exception("sending alerts failed; it is tried again")

    def _mail(self) -> None:
        mailing.serve(self.node, self._stop)

    def _write_uses(self) -> None:
        """When keys were used last: to the minute, and without a history."""
        vault = self.node.store.vault
        uses = self.node.access.uses()
        if uses:
            vault.put_all([(LAST_USE, key, {"at": at.isoformat()}, "", None) for key, at in uses.items()])
        vault.put(LAST_USE, "", {"at": self.node.access.now.isoformat()})
        vault.drop_over(self.node.access.now)


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    """Who waits for a delivery: a coroutine of a loop, or a thread."""

    future: "Future[Receipt] | asyncio.Future[Receipt]"
    loop: asyncio.AbstractEventLoop | None

    def settle(self, outcome: Receipt | Exception) -> None:
        if self.future.done():
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


@dataclass(frozen=True, slots=True)
class _Together:
    """An act's line and the delivery that it has brought: both or neither."""

    line: Prepared
    brought: Prepared


_Queued = tuple[Delivery, Prepared | _Together | acting.Ask, _Ticket]


def _no_delivery(moment: datetime) -> Delivery:
    """In the place of bytes, for an act: its own are written when it is done."""
    return Delivery(body=b"", media_type=MEDIA_TYPE, source_id="", received_time=moment)


def _received_at(prepared: Prepared, moment: datetime, tables: Mapping[str, Table]) -> Prepared:
    decoded = _decoded_at(prepared.decoded, moment, tables)
    return replace(prepared, delivery=replace(prepared.delivery, received_time=moment), decoded=decoded)


def _decoded_at(decoded: Decoded, moment: datetime, tables: Mapping[str, Table]) -> Decoded:
    """The same rows, those too that an answered question would give, with another time of receipt."""
    rows = {name: _rows_at(made, moment, tables[name]) for name, made in decoded.rows.items()}
    if (asked := decoded.asks) is None:
        return replace(decoded, rows=rows)
    asks = replace(asked, again=lambda found: _decoded_at(asked.again(found), moment, tables))
    return replace(decoded, rows=rows, asks=asks)


def _rows_at(rows: Any, moment: datetime, table: Table) -> Any:
    places = [at for name in table.received if (at := table.schema.get_field_index(name)) >= 0]
    if not isinstance(rows, pa.Table):
        return [tuple(moment if at in places else value for at, value in enumerate(row)) for row in rows]
    for at in places:
        field = table.schema.field(at)
        rows = rows.set_column(at, field, pa.repeat(pa.scalar(moment, field.type), len(rows)))
    return rows


def _settle_all(outcomes: Sequence[tuple[_Ticket, Receipt | Exception]]) -> None:
    for ticket, outcome in outcomes:
        ticket.settle(outcome)


def _say(table: str, made: int, pieces: int) -> None:
    """Where so much was touched that it takes a while, how far it is."""
    if pieces > 1:
        log.info("%s: %d of %d parts are made again", table, made, pieces)


def _offer(subscriber: "asyncio.Queue[datetime]", watermark: datetime) -> None:
    if subscriber.full():
        subscriber.get_nowait()
    subscriber.put_nowait(watermark)
