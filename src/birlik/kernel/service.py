"""A running node: one thread that writes, one that follows, one that sends; the event loop only moves bytes."""

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from birlik.errors import BirlikError, StoreUnavailable
from birlik.kernel import alerting, pipeline
from birlik.kernel.intake import Delivery, Receipt
from birlik.kernel.node import Node
from birlik.kernel.store import Prepared

LARGE_BYTES = 256 * 1024
"""A larger delivery is decoded in its own thread, so that small ones don't wait behind it."""
AT_ONCE = 2_000
"""Deliveries in one commit at most."""

log = logging.getLogger("birlik")


class Service:
    """Owns the threads of a node. `take` returns when the delivery is on the disk."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.run = uuid4().hex
        """By which whoever asks knows this run of the node from any other."""
        self._queue: queue.Queue[_Queued | None] = queue.Queue(node.settings.queue_length)
        self._stop = threading.Event()
        self._pending: dict[int, datetime] = {}
        self._followed = threading.Condition()
        self._subscribers: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[datetime]]] = set()
        self._threads = [
            threading.Thread(target=work, name=f"birlik {work.__name__.strip('_')}", daemon=True)
            for work in (self._write, self._follow, self._send)
        ]
        self.failure: BirlikError | None = None
        """Why the node can't write at the moment, for `/health`."""
        self.commits = 0
        self.deliveries = 0

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what has queued, then end the threads."""
        self._stop.set()
        self._queue.put(None)
        with self._followed:
            self._followed.notify_all()
        for thread in self._threads:
            thread.join(timeout=60)

    # --- taking -------------------------------------------------------------------------------------------

    async def take(self, delivery: Delivery) -> Receipt:
        """Raises StoreUnavailable, after which the delivery may safely be sent again."""
        prepared = None
        if len(delivery.body) > LARGE_BYTES:
            prepared = await asyncio.to_thread(pipeline.prepare, self.node, delivery)
        return await self._awaited(delivery, prepared)

    async def _awaited(self, delivery: Delivery, prepared: Prepared | None) -> Receipt:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._put(delivery, prepared, _Ticket(future, loop))
        return await future

    def take_now(self, delivery: Delivery) -> Receipt:
        """The same for a thread that may wait."""
        return self.submit(delivery, pipeline.prepare(self.node, delivery)).result()

    async def refuse_large(self, delivery: Delivery, digest: bytes, size_bytes: int, limit: int) -> Receipt:
        """Note a body over the limit, of which the caller kept nothing but its hash."""
        prepared = pipeline.too_large(self.node, delivery, digest, size_bytes, limit)
        return await self._awaited(delivery, prepared)

    @property
    def waiting(self) -> int:
        """Deliveries that wait for the disk."""
        return self._queue.qsize()

    def submit(self, delivery: Delivery, prepared: Prepared | None = None) -> "Future[Receipt]":
        future: Future[Receipt] = Future()
        self._put(delivery, prepared, _Ticket(future, None))
        return future

    def _put(self, delivery: Delivery, prepared: Prepared | None, ticket: "_Ticket") -> None:
        self._pending[id(ticket)] = delivery.received_time
        try:
            self._queue.put_nowait((delivery, prepared, ticket))
        except queue.Full:
            self._pending.pop(id(ticket), None)
            raise StoreUnavailable("more deliveries wait than the node can write; send again in a moment") from None

    def _write(self) -> None:
        while True:
            batch = self._gather()
            if batch:
                self._commit(batch)
            if self._stop.is_set() and self._queue.empty():
                return

    def _gather(self) -> "list[_Queued]":
        batch = []
        size = 0
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            size += len(item[0].body)
            if len(batch) >= AT_ONCE or size > 64 * 1024 * 1024:
                break
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
        return batch

    def _commit(self, batch: "Sequence[_Queued]") -> None:
        ready: list[tuple[Prepared, _Ticket]] = []
        for delivery, prepared, ticket in batch:
            try:
                ready.append((prepared or pipeline.prepare(self.node, delivery), ticket))
            except Exception as error:
                log.exception("decoding %s from %s", delivery.media_type, delivery.source_id)
                self._settle([(ticket, error)])
        if not ready:
            return
        try:
            receipts = self.node.store.commit([prepared for prepared, _ in ready])
        except Exception as error:
            self.failure = error if isinstance(error, BirlikError) else StoreUnavailable(str(error))
            if not isinstance(error, BirlikError):
                log.exception("a commit failed")
            self._settle([(ticket, error) for _, ticket in ready])
            return
        self.failure = None
        self.commits += 1
        self.deliveries += len(receipts)
        self._settle([(ticket, receipt) for (_, ticket), receipt in zip(ready, receipts, strict=True)])

    def _settle(self, outcomes: "Sequence[tuple[_Ticket, Receipt | Exception]]") -> None:
        """Tell all who wait. A loop is woken once for all of its own: one by one would cost as much as the commit."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Ticket, Receipt | Exception]]] = {}
        for ticket, outcome in outcomes:
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
        pause_s = self.node.settings.follow_every_s
        while not self._stop.wait(pause_s):
            started = time.monotonic()
            try:
                self.follow()
                # A step that was long leaves the processor to the writers for as long again.
                pause_s = max(self.node.settings.follow_every_s, min(time.monotonic() - started, 2.0))
            except BirlikError as error:
                self.failure = error
            except Exception:
                log.exception("following failed; it is tried again")
                time.sleep(1)

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

    # --- sending ------------------------------------------------------------------------------------------

    def _send(self) -> None:
        while not self._stop.wait(1.0):
            try:
                alerting.send_due(self.node)
            except BirlikError as error:
                log.warning("alerts wait: %s", error)
            except Exception:
                log.exception("sending alerts failed; it is tried again")


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


_Queued = tuple[Delivery, Prepared | None, _Ticket]


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
