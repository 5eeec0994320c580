"""Doing an erasure while the node goes on: beside, then in the place of what was.

1. The journal's file is closed and one moment of the store held; what follows waits, what comes in is taken.
2. The journal's files, and then the store, are written anew without what goes, in a folder of their own (`erasing`).
3. What came in meanwhile is taken into the other store, out of the journal; what follows from what went is made again.
4. While nobody commits, the last is taken; while nobody reads, the files take their places.

Killed before they begin to, nothing has happened, and it begins anew; killed later, the next start goes on.
"""

import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from birlik.kernel import pipeline
from birlik.kernel.erasing import copying, rewriting
from birlik.kernel.erasing.finding import Gone, Order, found
from birlik.kernel.erasing.rewriting import Rewriting, Rewritten
from birlik.kernel.erasure import KIND
from birlik.kernel.node import STORE_FILE, Node, Position, opened
from birlik.kernel.store import JOURNAL, disk, forgotten, retiring, sealing
from birlik.kernel.store.forgotten import Forgotten
from birlik.kernel.tables import Type

ROUNDS = 2
"""So often what came in meanwhile is taken beside the node's own commits."""
SLICE_S, BETWEEN_S = 0.25, 0.05
"""Behind these rounds commits wait for so long at a time, and have so long between: else it might never come near."""
NEAR = 64 * 1024
"""Bytes of the journal that are taken while they wait."""
OVER_DAYS = 62
"""Figures of periods that began so long ago stay as they stood."""
A_MOMENT = timedelta(microseconds=1)
log = logging.getLogger("birlik")


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """What came of it."""

    order: Order
    gone: Gone
    messages_n: int
    took_s: float
    paused_s: float
    """For so long nobody could read."""
    detached: Sequence[str]


def erase(node: Node, order: Order) -> Erased:
    """Write journal and store anew without what is theirs. Raises StoreUnavailable: then nothing has happened.

    Whoever calls sees to it that nothing is sent of alerts meanwhile, and rows are not laid together.
    """
    begun, store = time.monotonic(), node.store
    rewriting.must_be_whole(node)
    with store.still():
        staged = _staged(store.folder)
        try:
            gone, rewritten, last = _apart(node, order, staged)
            other = _other(node, gone, staged, last)
            try:
                _sealed(node, other, gone, staged)
                _catch_up(node, other)
                _noted(node, order, gone, rewritten, staged)

                def ready() -> None:
                    _take(node, other)
                    other.store.close()
                    disk.sync_tree(staged)

                def put() -> None:
                    disk.written(staged / retiring.READY, b"")
                    retiring.put_in_place(store.folder, retiring.ERASING)

                paused_s = store.replaced(ready, put)
            finally:
                other.store.close()
        except BaseException:
            if not (staged / retiring.READY).exists():
                shutil.rmtree(staged, ignore_errors=True)
            raise
        detached = _detached(node, gone)
    took_s = time.monotonic() - begun
    log.info("erasure %s: %d rows, %d messages, %.1f s; nobody could read for %.2f s", order.erasure_id, gone.rows_n,
             len(rewritten.anew), took_s, paused_s)  # fmt: skip
    return Erased(order=order, gone=gone, messages_n=len(rewritten.anew), took_s=took_s, paused_s=paused_s,
                  detached=detached)  # fmt: skip


def _staged(folder: Path) -> Path:
    staged = folder / retiring.ERASING
    shutil.rmtree(staged, ignore_errors=True)
    (staged / JOURNAL).mkdir(mode=0o700, parents=True)
    return staged


def _apart(node: Node, order: Order, staged: Path) -> tuple[Gone, Rewritten, int]:
    """(what goes, what became of the messages, the last file of the journal that was looked into)."""
    database = node.store.database
    with database.world(), database.own_cursor() as cursor:
        copying.attach(cursor, staged / STORE_FILE)
        try:
            last = node.store.closed_journal(lambda: _begin(cursor))
            try:
                gone = found(node, cursor, order)
                _keep_texts(node, gone)
                rewritten = _journal(node, cursor, gone, staged, last)
                copying.copied(node, cursor, gone, rewritten)
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
        finally:
            copying.detach(cursor)
    return gone, rewritten, last


def _begin(cursor: Any) -> None:
    """From here on it reads what is there now: the engine takes the moment of the first question."""
    cursor.execute("BEGIN")
    cursor.execute("SELECT count(*) FROM birlik_state").fetchall()


def _keep_texts(node: Node, gone: Gone) -> None:
    """What is looked for, in case this is interrupted when the rows are gone and other places are not."""
    if (told := node.store.vault.get(KIND, gone.order.erasure_id)) is not None:
        node.store.vault.put(KIND, gone.order.erasure_id, {**told, "texts": list(gone.texts.all)})


def _journal(node: Node, cursor: Any, gone: Gone, staged: Path, last: int) -> Rewritten:
    work = Rewriting(
        node=node,
        cursor=cursor,
        gone=gone,
        salted=lambda digest: node.erasures.salted(gone.order.erasure_id, digest),
        target=staged / JOURNAL,
        lookup=node.lookup(),
    )
    for path in sorted((node.store.folder / JOURNAL).glob("*.journal")):
        if int(path.stem) <= last:
            work.file(path)
    return work.made


def _other(node: Node, gone: Gone, staged: Path, last: int) -> Node:
    """A node on the other store, with all made again that follows from what went; it shares the journal."""
    name = str((staged / STORE_FILE).relative_to(node.store.folder))
    settings = node.settings.model_copy(update={"memory_limit": "1GB"})
    other = opened(node.store.folder, settings, node.clock, node.domains, name, journal=node.store.journal)
    try:
        other.store.complete_to = Position(last + 1, 0)
        copying.refolded(other.store.database, node, gone)
        # A moment on, or what the last step said would not stay as a version; no further, since what is under way may
        # have come before now.
        pipeline.follow(other, min(node.clock.now(), node.store.watermark + A_MOMENT))
    except BaseException:
        other.store.close()
        raise
    return other


def _catch_up(node: Node, other: Node) -> None:
    for _ in range(ROUNDS):
        _take(node, other)
    while not _is_near(node, other):
        with node.store.held_up():
            _take(node, other, SLICE_S)
        time.sleep(BETWEEN_S)


def _is_near(node: Node, other: Node) -> bool:
    reached, end = other.store.complete_to, node.store.journal.acknowledged
    if reached is None or reached >= end:
        return True
    return reached.segment == end.segment and end.offset - reached.offset <= NEAR


def _take(node: Node, other: Node, seconds: float = float("inf")) -> None:
    """What the node has committed since, or as much of it as can be taken in so long."""
    until = time.monotonic() + seconds
    for start, end, seq, records in other.store.behind(node.store.journal.acknowledged):
        other.store.take_again([pipeline.again(other, record) for record in records], start, end, seq)
        other.store.complete_to = end
        if time.monotonic() > until:
            return


def _sealed(node: Node, other: Node, gone: Gone, staged: Path) -> None:
    """Figures of periods that are long over stay as they stood, and their versions of those that aren't."""
    _, names = copying.affected(node, gone)
    journal, made, old = staged / JOURNAL, other.store.database, node.store.database
    indicators = [i for i in node.store.catalogue.indicators.values() if i.name in names and not i.live]
    seals = sealing.read(node.store.folder / JOURNAL)
    if not indicators:
        return
    today = node.store.watermark.date()
    seals = seals or sealing.Seals(present=today, removed_to=date(1970, 1, 1))
    had = seals
    for indicator in indicators:
        columns = [f.name for f in indicator.fields if f.type in (Type.TEXT, Type.JSON)]
        named = gone.texts.sql(columns)
        edge = (today - timedelta(days=OVER_DAYS)).isoformat()
        seals = sealing.sealed(old, made, indicator, seals, edge, without=named)
        if indicator.name in seals.figures:
            left = sealing.only(made, seals.figures[indicator.name], named)
            seals = replace(seals, figures={**seals.figures, indicator.name: left})
    if seals is not had and (seals.figures or seals.until):
        sealing.write(journal, seals)
        sealing.take_over(made, journal, list(node.store.catalogue.indicators.values()), again=True)


def _noted(node: Node, order: Order, gone: Gone, rewritten: Rewritten, staged: Path) -> None:
    """Outside of the folder, before anything of it goes: by this a backup that has it still is known."""
    journal, erasures = node.store.folder / JOURNAL, node.erasures
    if not order.is_of_time:
        forgotten.note_done(staged / JOURNAL, {*forgotten.done(journal), order.erasure_id})
    if order.is_of_time or (order.erasure_id in erasures.all and order.before is not None):
        return
    tables = node.tables
    rows = {erasures.row(tables[name], row) for name, each in gone.rows.items() for row in each.to_pylist()}
    before = erasures.all.get(order.erasure_id)
    erasures.add(
        Forgotten(
            erasure_id=order.erasure_id,
            time=node.clock.now() if before is None else before.time,
            people=order.people,
            who=erasures.who(order.people, order.keys[0]),
            rows=frozenset(rows | (before.rows if before is not None else frozenset())),
            messages=frozenset(map(erasures.message, rewritten.digests))
            | (before.messages if before is not None else frozenset()),
        )
    )


def _detached(node: Node, gone: Gone) -> Sequence[str]:
    """What was computed elsewhere of rows that went stands here no more."""
    derived, indicators = copying.affected(node, gone)
    attached = node.store.attached
    found = [(a.name, a.view) for a in attached.all if a.name in (*derived, *indicators)]
    for name, view in found:
        attached.remove(name, view)
    return sorted({name for name, _ in found})
