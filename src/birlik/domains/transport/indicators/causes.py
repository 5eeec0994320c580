"""What the time at a crossing was spent on, by month and by day of exit."""

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.transport.indicators.grouping import (
    basis_words,
    floats,
    in_hours,
    ints,
    main_basis,
    mean_h,
    names,
    one_family,
)
from birlik.domains.transport.indicators.words import (
    BY_CROSSING,
    CLUSTERED,
    CPMM,
    DAY,
    EPISODE,
    FAMILY,
    FAMILY_TEXT,
    MONTH,
    hours,
)
from birlik.domains.transport.model.grouping import Groups
from birlik.domains.transport.vocabulary import CAUSES
from birlik.kernel.indicators import Indicator
from birlik.kernel.tables import Field, Rows
from birlik.methods.days import duration_intervals

CAUSE_COLUMNS = tuple(f"cause_{cause}_s" for cause in CAUSES)
CAUSE_ENDS = {cause: (f"{cause}_low_h", f"{cause}_high_h") for cause in CAUSES}
"""The ends of the 95 % interval of each."""


def _causes(rows: Rows, dimensions: tuple[Field, ...]) -> Rows:
    """Mean hours of each cause; they add up to the mean time at the crossing, taken at the middle of its brackets."""
    family = one_family(rows, dimensions)
    groups = family.groups
    offsets = groups.offsets
    explained = groups.ints("dwell_s") - groups.ints("cause_unexplained_s")
    everyone = np.ones(groups.rows.num_rows, np.bool_)
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in names(dimensions)},
            "value": floats(mean_h(explained, offsets)),
            "n": ints(np.diff(offsets)),
            **in_hours(duration_intervals(explained, groups.ints("exit_day"), offsets)),
            "basis": basis_words(main_basis(groups, everyone, offsets), np.zeros(len(groups), np.bool_)),
            "family": family.names,
            **{name: column for cause in CAUSES for name, column in _cause(groups, cause).items()},
        }
    )


def _cause(groups: Groups, cause: str) -> dict[str, Any]:
    spent = groups.ints(f"cause_{cause}_s")
    interval = duration_intervals(spent, groups.ints("exit_day"), groups.offsets)
    return {f"{cause}_h": floats(mean_h(spent, groups.offsets)), **in_hours(interval, *CAUSE_ENDS[cause])}


def _by_month(rows: Rows, now: datetime) -> Rows:
    return _causes(rows, (*BY_CROSSING, MONTH))


def _by_day(rows: Rows, now: datetime) -> Rows:
    return _causes(rows, (*BY_CROSSING, DAY))


def _cause_fields(cause: str) -> tuple[Field, ...]:
    words = cause.replace("_", " ")
    low, high = CAUSE_ENDS[cause]
    return (
        hours(f"{cause}_h", f"Mean hours: {words}."),
        hours(low, f"Lower end of the 95 % interval of the mean hours: {words}."),
        hours(high, f"Upper end of the 95 % interval of the mean hours: {words}."),
    )


METHOD = (
    "Border events start a cause that runs until the next event; time in the queue zone is queue. What no event "
    "explains is *unexplained* and is never spread over the others. The figure is the mean of the explained hours; "
    "the causes and the unexplained rest add up to the mean time, with each entry and exit at the middle of its "
    "bracket."
)
SINCE = "Version 2: of two families of sources one counts, and intervals are wider where days are alike."

CAUSES_SPLIT = Indicator(
    name="causes",
    code="TFI1 by cause",
    title="Causes of waiting",
    unit="h",
    source=EPISODE,
    columns=("status", "dwell_s", "exit_day", "basis", "family", "counts", *CAUSE_COLUMNS),
    dimensions=(*BY_CROSSING, MONTH),
    only={"status": "finished", "counts": 1},
    function=_by_month,
    further=(FAMILY, *(field for cause in CAUSES for field in _cause_fields(cause))),
    method=METHOD + FAMILY_TEXT,
    method_version=2,
    method_since=SINCE,
    reference=f"{CPMM}: activities at a border crossing",
    interval=CLUSTERED,
    period="month",
)
CAUSES_DAY = Indicator(
    name="causes_day",
    code="TFI1 by cause and day",
    title="Causes of waiting by day",
    unit="h",
    source=EPISODE,
    columns=("status", "dwell_s", "basis", "family", "counts", *CAUSE_COLUMNS),
    dimensions=(*BY_CROSSING, DAY),
    only={"status": "finished", "counts": 1},
    function=_by_day,
    further=(FAMILY, *(field for cause in CAUSES for field in _cause_fields(cause))),
    method=METHOD + FAMILY_TEXT + " Here by day of exit; the interval of a day is too narrow, since within a day the "
    "crossings are taken to be independent.",
    reference=f"{CPMM}: activities at a border crossing",
    interval="bootstrap-t over single crossings",
    period="exit_day",
)
