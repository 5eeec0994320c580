"""How many turned back, and how many passages were found at all."""

from datetime import datetime

import numpy as np
import pyarrow as pa

from birlik.domains.transport.indicators.grouping import (
    DAY_S,
    Bools,
    Ints,
    basis_words,
    flags,
    floats,
    ints,
    main_basis,
    names,
    one_family,
    seconds,
    shares,
    summed,
)
from birlik.domains.transport.indicators.words import BY_CROSSING, EPISODE, FAMILY, FAMILY_TEXT, MONTH, OURS, count
from birlik.domains.transport.model.grouping import Groups, grouped
from birlik.kernel.indicators import Indicator
from birlik.kernel.tables import Field, Rows, Type
from birlik.methods.days import share_intervals
from birlik.quantity import Quantity

STATUSES = ("finished", "turned_back", "lost", "open", "entry_unknown", "undetermined", "local")


def silent(groups: Groups) -> Bools:
    """Open ones that are lost: the group's newest row is later than their last one by more than they are ever silent.

    By the rows and not by the clock: so the figure is the same whenever it is made.
    """
    last = seconds(groups, "last_time")
    newest = np.full(len(groups), np.iinfo(np.int64).min)
    index = np.repeat(np.arange(len(groups)), np.diff(groups.offsets))
    np.maximum.at(newest, index, np.maximum(last, seconds(groups, "exit_time", "last_time")))
    quiet: Bools = newest[index] - last > groups.ints("silent_after_s")
    return groups.is_equal("status", "open") & quiet


def day_of(groups: Groups) -> Ints:
    """Days since 1970 by which rows are alike: of the exit, else of the last row."""
    return groups.ints("exit_day", -1) + (groups.ints("exit_day", -1) < 0) * (1 + seconds(groups, "last_time") // DAY_S)


def _turned_back(rows: Rows, now: datetime) -> Rows:
    dimensions = (*BY_CROSSING, MONTH)
    family = one_family(rows, dimensions)
    groups = family.groups
    turned = groups.is_equal("status", "turned_back")
    lost = groups.is_equal("status", "lost") | silent(groups)
    reached = turned | lost | groups.is_equal("status", "finished")
    offsets = groups.cut(reached)
    interval = share_intervals(turned[reached].astype(np.int64), day_of(groups)[reached], offsets)
    n, value = np.diff(offsets), shares(turned[reached], offsets)
    provisional = turned & flags(groups, "provisional")
    without = shares((turned & ~provisional)[reached], offsets)
    # The share may be off by those that are still to be told from locals, and by the lost that turned back unseen.
    doubted = np.nan_to_num(without) < np.nan_to_num(interval.low)
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in names(dimensions)},
            "value": floats(value),
            "n": ints(n),
            "low": floats(interval.low),
            "high": floats(interval.high),
            "basis": basis_words(main_basis(groups, reached, offsets), doubted),
            "turned_back_n": ints(summed(turned, groups.offsets)),
            "provisional_n": ints(summed(provisional, groups.offsets)),
            "lost_n": ints(summed(lost, groups.offsets)),
            "n_local": ints(summed(groups.is_equal("status", "local"), groups.offsets)),
            "undetermined_n": ints(summed(groups.is_equal("status", "undetermined"), groups.offsets)),
            "family": family.names,
        }
    )


def _passages(rows: Rows, now: datetime) -> Rows:
    dimensions = (SOURCE, INTERVAL_CLASS, MONTH)
    groups = grouped(rows, names(dimensions))
    found = groups.is_equal("status", "finished")
    missed = silent(groups)
    for status in ("lost", "entry_unknown", "undetermined"):
        missed |= groups.is_equal("status", status)
    expected = found | missed
    offsets = groups.cut(expected)
    interval = share_intervals(found[expected].astype(np.int64), day_of(groups)[expected], offsets)
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in names(dimensions)},
            "value": floats(shares(found[expected], offsets)),
            "n": ints(np.diff(offsets)),
            "low": floats(interval.low),
            "high": floats(interval.high),
            "basis": basis_words(main_basis(groups, expected, offsets), np.zeros(len(groups), np.bool_)),
            "found_n": ints(summed(found, groups.offsets)),
        }
    )


TURNED_BACK = Indicator(
    name="turned_back",
    quantity=Quantity.SHARE,
    code="turned back",
    title="Share that turned back",
    unit="1",
    source=EPISODE,
    columns=(
        "status",
        "exit_day",
        "exit_time",
        "last_time",
        "silent_after_s",
        "provisional",
        "basis",
        "family",
        "counts",
    ),
    dimensions=(*BY_CROSSING, MONTH),
    only={"status": STATUSES, "counts": 1},
    function=_turned_back,
    further=(
        count("turned_back_n", "Turned back."),
        count("provisional_n", "Of them, objects that may yet turn out to live or work there."),
        count("lost_n", "Never resolved: heard elsewhere since, or silent for longer than they ever are."),
        count("n_local", "Visits of objects that live or work there: in no share."),
        count("undetermined_n", "Visits of which too little is known: in no share."),
        FAMILY,
    ),
    method="Turned back over turned back, finished and lost, of those who reached the queue. Turned back is a refusal "
    "that was told, or who entered and was then seen to go on, on the side it came from, for half an hour and more. "
    "Lost is who was never resolved: heard elsewhere since, or still inside with no row for longer than max(6 h, 4 own "
    "intervals) before the newest row of the group. Objects that live or work there are told apart and counted beside. "
    "The basis is *estimated* where the share without provisional turn-backs lies below the interval." + FAMILY_TEXT,
    reference=OURS,
    interval="Wilson, with as many cases as days that are alike leave",
    period="month",
)
SOURCE = Field(name="source_id", type=Type.TEXT, description="The supplier of the passage's rows.")
INTERVAL_CLASS = Field(
    name="interval_class",
    type=Type.TEXT,
    description="How often the object reports: told, ≤ 5 min, ≤ 15 min, ≤ 1 h, > 1 h, unknown.",
)
PASSAGES = Indicator(
    name="passages",
    quantity=Quantity.COUNT,
    code="passages",
    title="Passages found",
    unit="1",
    source=EPISODE,
    columns=("status", "exit_day", "exit_time", "last_time", "silent_after_s", "basis"),
    dimensions=(SOURCE, INTERVAL_CLASS, MONTH),
    only={"status": tuple(s for s in STATUSES if s not in ("turned_back", "local"))},
    function=_passages,
    further=(
        count(
            "found_n",
            "Found whole: entry and exit.",
        ),
    ),
    method="Found over expected passages, by supplier and reporting interval. Expected is every passage that left a "
    "trace: told at either end, or the object's being on one side and then inside or beyond. Found is a passage whose "
    "entry and exit are both known within brackets; the rest was first seen inside, was never seen to leave, or is "
    "undetermined. What left no trace at all is in neither: only another supplier of the same vehicle could tell.",
    reference=OURS,
    interval="Wilson, with as many cases as days that are alike leave",
    period="month",
    better="higher",
)
