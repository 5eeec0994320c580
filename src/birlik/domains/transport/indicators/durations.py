"""Time at a border crossing: by month, by day of exit, by hour of the week of entry."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.transport.indicators.grouping import (
    Bools,
    Floats,
    H,
    Ints,
    basis_words,
    flags,
    floats,
    in_hours,
    ints,
    main_basis,
    mean_h,
    names,
    one_family,
    same,
    seconds,
    shares,
    summed,
    zone_offset_h,
)
from birlik.domains.transport.indicators.words import (
    BY_CROSSING,
    CLUSTERED,
    CPMM,
    DAY,
    EPISODE,
    FAMILY,
    FAMILY_TEXT,
    HOUR_OF_WEEK,
    MONTH,
    count,
    hours,
)
from birlik.domains.transport.model.grouping import Groups
from birlik.kernel.indicators import Indicator
from birlik.kernel.tables import Field, Rows, Type
from birlik.methods.brackets import Bracketed, bracketed
from birlik.methods.days import TOO_FEW_DAYS, duration_intervals, independent_days
from birlik.quantity import Quantity

TOO_NARROW = "interval too narrow"
UNIDENTIFIED_SHARE = 0.1
"""More than so many durations of which only bounds are known, and the figure is estimated."""
BRACKET_ERROR = 0.2
"""Of the mean half-width of the brackets: more than that the mean is not off, however they were made."""

SPREAD = (
    hours("median", "Half took no longer."),
    hours("median_low", "Lower end of the 95 % interval of the median."),
    hours("median_high", "Upper end of the 95 % interval of the median."),
    hours("p90", "Nine in ten took no longer."),
    hours("p90_low", "Lower end of the 95 % interval of p90."),
    hours("p90_high", "Upper end of the 95 % interval of p90."),
)
TRUST = (
    Field(
        name="n_eff",
        type=Type.FLOAT,
        unit="d",
        description="How many independent days its days are worth: a queue of today is like yesterday's.",
    ),
    Field(
        name="interval_note",
        type=Type.TEXT,
        description=f"`{TOO_NARROW}` where they are worth fewer than {TOO_FEW_DAYS:.0f}; else empty.",
    ),
    Field(
        name="estimated_share",
        type=Type.FLOAT,
        unit="1",
        quantity=Quantity.SHARE,
        description="Share of the passages whose duration is itself estimated.",
    ),
    FAMILY,
)
SURVIVAL = (
    count("n_open", "Not seen to leave in the month: counted in the next figure for as long as they were inside."),
    hours("km_median", "Kaplan–Meier median, which counts who is still inside."),
)
BRACKETS = ("entry_time", "exit_time", "entry_low_time", "entry_high_time", "exit_low_time", "exit_high_time")
COLUMNS = ("status", "dwell_s", "exit_day", "basis", "identified", "family", "counts", *BRACKETS)


def durations(rows: Rows, dimensions: tuple[Field, ...], *, survival: bool = False) -> Rows:
    """Mean, spread and intervals of finished durations by group; with `survival`, who stands inside counts too."""
    family = one_family(rows, dimensions)
    groups = family.groups
    finished = groups.is_equal("status", "finished")
    if survival:
        finished &= same(groups, "exit_month", "month")
    offsets = groups.cut(finished)
    day = groups.ints("exit_day")[finished]
    lasted, slack_h = lasting(groups, finished, day, offsets)
    interval = duration_intervals(lasted.expected_s, day, offsets)
    worth = independent_days(lasted.expected_s, day, offsets)
    half_h = (interval.high - interval.low) / 2 / H
    doubted = (shares(~flags(groups, "identified")[finished], offsets) > UNIDENTIFIED_SHARE) | (
        BRACKET_ERROR * slack_h > half_h
    )
    n = np.diff(offsets)
    narrow = (worth < TOO_FEW_DAYS) & (n > 0)
    columns: dict[str, Any] = {
        "value": floats(mean_h(lasted.expected_s, offsets)),
        "n": ints(n),
        **in_hours(interval),
        "basis": basis_words(main_basis(groups, finished, offsets), doubted),
        **spread(lasted),
        "n_eff": floats(worth),
        "interval_note": pa.array(np.where(narrow, TOO_NARROW, "").tolist(), pa.string()),
        "estimated_share": floats(shares(groups.is_equal("basis", "estimated")[finished], offsets)),
        "family": family.names,
    }
    if survival:
        columns |= _survival(groups, finished)
    return pa.table({**{name: groups.keys.column(name) for name in names(dimensions)}, **columns})


def lasting(groups: Groups, finished: Bools, day: Ints, offsets: Ints) -> tuple[Bracketed, Floats]:
    """The durations of the finished rows, and the mean half-width of their brackets in hours."""
    entry_low, exit_low = (seconds(groups, f"{end}_low_time", f"{end}_time")[finished] for end in ("entry", "exit"))
    entry_high, exit_high = (seconds(groups, f"{end}_high_time", f"{end}_time")[finished] for end in ("entry", "exit"))
    # Gaps that overlap say no more than that it entered before it left.
    entry_high, exit_low = np.minimum(entry_high, exit_high), np.maximum(exit_low, entry_low)
    made = bracketed(
        entry_low, np.maximum(entry_high, entry_low), exit_low, np.maximum(exit_high, exit_low), day, offsets
    )
    return made, mean_h((entry_high - entry_low + exit_high - exit_low) // 2, offsets)


def spread(lasted: Bracketed) -> dict[str, Any]:
    """Median and p90 with their intervals, in hours."""
    ends = {"": lasted.quantile_s, "_low": lasted.quantile_low_s, "_high": lasted.quantile_high_s}
    return {
        f"{name}{end}": floats(values[:, i] / H)
        for i, name in enumerate(("median", "p90"))
        for end, values in ends.items()
    }


def _survival(groups: Groups, finished: Bools) -> dict[str, Any]:
    """Product-limit median of each month: who stood inside when it began comes late, who stood when it ended stays."""
    from birlik.methods.survival import kaplan_meier, median

    entry, last = seconds(groups, "entry_time"), seconds(groups, "last_time")
    ended = seconds(groups, "exit_time", "last_time")
    local = zone_offset_h(entry, groups.ints("entry_hour_of_week_local")) * 3600
    months = np.array(groups.keys.column("month").to_pylist(), "datetime64[M]")
    begin, end = ((months + k).astype("datetime64[s]").astype(np.int64) for k in (0, 1))
    sizes = np.diff(groups.offsets)
    begins, ends = (np.repeat(edge, sizes) - local for edge in (begin, end))
    came = np.maximum(begins - entry, 0)
    # Who left in a later month stood here when this one ended; who never did was here when last heard.
    stood = np.where(groups.is_equal("status", "finished"), ended, last)
    lasted = np.where(finished, ended, np.minimum(np.maximum(stood, entry), ends)) - entry
    counted = lasted > came
    medians: list[float | None] = []
    for a, b in pairwise(groups.offsets):
        some = np.flatnonzero(counted[a:b]) + a
        reached = median(kaplan_meier(lasted[some], finished[some], came[some])).value if some.size else None
        medians.append(None if reached is None else float(reached) / H)
    return {
        "n_open": ints(summed(~finished & counted, groups.offsets)),
        "km_median": pa.array(medians, pa.float64()),
    }


METHOD = f"""Hours from entering the queue zone or post of the first side to leaving the post of the second;
waiting, documents, inspection and clearance are all inside. Only finished crossings count, each in the month of its
exit. Turn-backs are not crossings. Entry and exit are known within brackets: the gap between the last fix outside and
the first inside, narrowed by what speed allows. The distribution of durations that agrees best with all brackets is
found by EM on a logarithmic grid, each passage weighing a duration by how much of its entry's bracket, moved by it,
lies in its exit's; mean, median and p90 are that distribution's. The interval of the mean is a studentised bootstrap of
whole days; where neighbouring days are alike, or n < 50, the wider of that and t on the logarithm of the mean with
weeks as units. Those of median and p90 are Woodruff's, with the error by days, on the logit. Beside them stands how
many independent days the days are worth; below {TOO_FEW_DAYS:.0f} the interval is too narrow, and says so. Intervals
are errors of sampling: what was not seen is said by *passages*. The basis is *estimated* where more than a tenth of the
durations are known only by their bounds, or where a fifth of the brackets' half-width is more than half the
interval."""
SINCE = (
    "Version 2: durations come from brackets by EM instead of the middle of gaps; intervals are wider where days are "
    "alike, and median and p90 have them."
)


def _tfi1(rows: Rows, now: datetime) -> Rows:
    return durations(rows, (*BY_CROSSING, MONTH), survival=True)


def _tfi1_day(rows: Rows, now: datetime) -> Rows:
    return durations(rows, (*BY_CROSSING, DAY))


def _tfi1_hour(rows: Rows, now: datetime) -> Rows:
    return durations(rows, (*BY_CROSSING, HOUR_OF_WEEK))


TFI1 = Indicator(
    name="tfi1",
    code="TFI1",
    title="Time at a border crossing",
    unit="h",
    source=EPISODE,
    columns=(*COLUMNS, "exit_month", "last_time", "entry_hour_of_week_local"),
    dimensions=(*BY_CROSSING, MONTH),
    only={"status": ("finished", "open", "lost"), "counts": 1},
    also={"month": "entry_month"},
    function=_tfi1,
    further=(*SPREAD, *TRUST, *SURVIVAL),
    notes=("interval_note",),
    method=METHOD + FAMILY_TEXT + " The Kaplan–Meier median is a product-limit estimate within the month: who stood "
    "inside when it began comes under watch at that age, who stood inside when it ended, or was never seen to leave, "
    "is censored.",
    method_version=2,
    method_since=SINCE,
    reference=f"{CPMM}: TFI1",
    interval=CLUSTERED,
    period="month",
)
TFI1_DAY = Indicator(
    name="tfi1_day",
    code="TFI1 by day",
    title="Time at a border crossing by day",
    unit="h",
    source=EPISODE,
    columns=COLUMNS,
    dimensions=(*BY_CROSSING, DAY),
    only={"status": "finished", "counts": 1},
    function=_tfi1_day,
    further=(*SPREAD, *TRUST),
    notes=("interval_note",),
    method=METHOD + FAMILY_TEXT + " Here by day of exit; within one day the crossings are taken to be independent, "
    "which they are not quite, so the interval of a day is too narrow.",
    method_version=2,
    method_since=SINCE,
    reference=f"{CPMM}: TFI1",
    interval="bootstrap-t over single crossings",
    period="exit_day",
)
TFI1_HOUR_OF_WEEK = Indicator(
    name="tfi1_hour_of_week",
    code="TFI1 by hour of week",
    title="Time at a border crossing by hour of entry",
    unit="h",
    source=EPISODE,
    columns=COLUMNS,
    dimensions=(*BY_CROSSING, HOUR_OF_WEEK),
    only={"status": "finished", "counts": 1},
    function=_tfi1_hour,
    further=(*SPREAD, *TRUST),
    notes=("interval_note",),
    method=METHOD
    + FAMILY_TEXT
    + " Here by hour of the week of entry, on the clock of the first side, over all of the record.",
    method_version=2,
    method_since=SINCE,
    reference=f"{CPMM}: TFI1",
    interval=CLUSTERED,
)
