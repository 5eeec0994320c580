"""Rows and bytes end by `kept_days`: the journal is made shorter, and the tables are made again from it.

Made again and not deleted, since only so they are what a rebuild will find: a row that came twice, a correction whose
first word has ended, what was learned from both. Figures that rested on what ends are sealed before.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from birlik.errors import BadRequest, NotANode, StoreUnavailable
from birlik.kernel import pipeline, serving
from birlik.kernel.audit import HERE, Line
from birlik.kernel.indicators import Indicator
from birlik.kernel.node import Node
from birlik.kernel.store import FILE, JOURNAL, LOCK, Position, disk, passing, retiring, sealing
from birlik.kernel.store.carrying import carry_lost, carry_over
from birlik.kernel.store.database import Database
from birlik.kernel.store.journal import locked
from birlik.kernel.store.retiring import Kept, limit, oldest
from birlik.kernel.upkeep import Open, Progress

__all__ = ["Kept", "Retained", "kept_by", "limit", "oldest", "retain", "seals_of"]

OVER_DAYS = 62
"""No period is sealed that began later than so long ago: a month has then been over for a while."""
AHEAD_DAYS = 7
"""A clock that shows more than this beyond the last deliveries is asked about."""
STRADDLE_DAYS = 31
"""What ended so long after rows that go may have begun among them: its period is sealed too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retained:
    messages: int
    """That went, or would go."""
    before: date | None = None
    """The end of the table that is kept shortest: what came to it before this went."""
    sealed: Sequence[str] = ()
    notices: Sequence[str] = ()


def kept_by(node: Node) -> Kept:
    """By table, how many days its rows are kept."""
    return retiring.kept(node.store.declared_tables, node.settings.kept_days)


def seals_of(node: Node) -> sealing.Seals | None:
    """What was removed and sealed so far; not the figures themselves."""
    return sealing.read(node.store.folder / JOURNAL, figures=False)


def retain(
    folder: Path,
    opened: Open,
    progress: Progress = lambda messages, of: None,
    *,
    today: date | None = None,
    only_say: bool = False,
) -> Retained:
    """Remove what has ended from a node that does not run. It needs room for a second store and journal.

    today: the day that it is, by an operator's word, where the deliveries don't tell it.
    only_say: count, and change nothing.
    Raises NotANode where the node runs; BadRequest where the clock can't be trusted; StoreUnavailable.
    """
    if (url := serving.served_at(folder)) is not None:
        raise NotANode(f"the node of {folder} is served at {url}; end it first")
    with closing(opened(folder)) as node:
        # All that the journal has, and figures of now: they are what is sealed.
        pipeline.follow(node)
        day = _day(node, today)
        days, tables = kept_by(node), node.store.declared_tables
        if day is None or not days:
            return Retained(messages=0)
        passed = node.store.journal.passed
        by_intake = {i.media_type: i.tables for i in node.declared_intakes}
        gone = retiring.ended(node.store.database, tables, days, by_intake, day, passed)
        indicators = [i for i in node.store.catalogue.indicators.values() if not i.live]
        if gone.any() and not only_say:
            told = f"{int(gone.sum())} messages, of what came before {limit(day, min(days.values())).date()}"
            node.audit.write(Line(act="retain", who=node.operator.name, on=told, address=HERE))
    before = limit(day, min(days.values())).date()
    n = int(gone.sum())
    if only_say or not n:
        return Retained(messages=n, before=before)
    lock, is_made = locked(folder / JOURNAL / LOCK), False
    try:
        try:
            sealed, notices = _made(folder, opened, gone, indicators, passed, (day, before), progress)
            is_made = True
        except OSError as error:
            raise StoreUnavailable(f"{folder}: {error.strerror}; nothing was removed") from error
        finally:
            if not is_made:
                shutil.rmtree(folder / retiring.STAGED, ignore_errors=True)
        disk.written(folder / retiring.STAGED / retiring.READY, b"")
        retiring.put_in_place(folder)
    finally:
        os.close(lock)
    aside = [p.name for p in (*folder.glob("*.damaged"), *(folder / JOURNAL).glob("*.torn"))]
    if aside:
        notices.append(f"set aside earlier, and not looked into: {', '.join(aside)}; remove them where you may")
    return Retained(messages=n, before=before, sealed=sealed, notices=notices)


def _day(node: Node, today: date | None) -> date | None:
    now = node.clock.now().date()
    if today is not None:
        if today > now:
            raise BadRequest(f"{today} is to come; the clock says {now}", parameter="today")
        return today
    seals = seals_of(node)
    told = retiring.present(node.store.database, seals.present if seals else None)
    if told is not None and kept_by(node) and now > told + timedelta(days=AHEAD_DAYS):
        raise BadRequest(
            f"the clock says {now}, and the deliveries tell of {told} at most: nothing was removed. Where the clock is "
            f"right, say so: --today {now}",
            parameter="today",
        )
    return None if told is None else min(told, now)


def _made(
    folder: Path,
    opened: Open,
    gone: retiring.Flags,
    indicators: Sequence[Indicator],
    passed: passing.Passed,
    told: tuple[date, date],
    progress: Progress,
) -> tuple[list[str], list[str]]:
    """The node as it will be, in a folder of its own and on the disk: (what was sealed, notices)."""
    day, before = told
    notices: list[str] = []
    staged = retiring.stage(folder, gone)
    with closing(Database(folder / FILE, memory_limit="1GB")) as old:
        if passed.pieces:
            with closing(Database(staged / FILE, memory_limit="1GB")) as new:
                carry_lost(old, new, passed)
        with closing(opened(staged, had=Position(0, 0), progress=progress)) as node:
            made = node.store.database
            carry_over(old, made, indicators, notices)
            sealing.take_over(made, staged / JOURNAL, indicators, again=True)
            pipeline.follow(node)
            seals = sealing.read(staged / JOURNAL) or sealing.Seals(present=day, removed_to=before)
            edge = min(before + timedelta(days=STRADDLE_DAYS), day - timedelta(days=OVER_DAYS)).isoformat()
            for indicator in indicators:
                seals = sealing.sealed(old, made, indicator, seals, edge)
            seals = replace(seals, present=max(day, seals.present), removed_to=max(before, seals.removed_to))
            sealing.write(staged / JOURNAL, seals)
            sealing.take_over(made, staged / JOURNAL, indicators)
    disk.sync_tree(staged)
    return sorted(seals.until), notices
