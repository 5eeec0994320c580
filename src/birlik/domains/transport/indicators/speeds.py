"""Speed between known places, with and without what was spent standing."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.indicators.grouping import Ints, basis_words, ints, main_basis, names
from birlik.domains.transport.indicators.words import CPMM, MODE
from birlik.domains.transport.model.grouping import Groups, grouped
from birlik.kernel.indicators import Indicator
from birlik.kernel.kept import Reference
from birlik.kernel.tables import Field, Rows, Type
from birlik.methods.bootstrap import ratio_interval

LEG_FROM = Field(
    name="from_place", type=Type.TEXT, description="Place that it left.", of=Reference(table="transport_place")
)
LEG_TO = Field(name="to_place", type=Type.TEXT, description="Next known place.", of=Reference(table="transport_place"))
ARRIVAL_MONTH = Field(name="arrival_month", type=Type.TEXT, description="`2026-03`, of the arrival.")
DIMENSIONS = (LEG_FROM, LEG_TO, MODE, ARRIVAL_MONTH)
KM_H = 3.6
"""Metres a second, in kilometres an hour."""


def _metres(groups: Groups) -> Ints:
    """Whole metres, so that sums are exact whatever the order."""
    kilometres = np.asarray(groups.rows.column("length_km").combine_chunks().to_numpy(), np.float64)
    return np.rint(kilometres * 1000).astype(np.int64)


def _measures(groups: Groups, took: Ints) -> dict[str, Any]:
    """Ratio of sums: kilometres over hours, not a mean of ratios."""
    metres, day = _metres(groups), groups.ints("arrival_day")
    value, low, high = [], [], []
    for a, b in pairwise(groups.offsets):
        total = int(took[a:b].sum())
        value.append(int(metres[a:b].sum()) * KM_H / total if total else None)
        interval = ratio_interval(metres[a:b], took[a:b], day[a:b])
        low.append(None if interval.low is None else interval.low * KM_H)
        high.append(None if interval.high is None else interval.high * KM_H)
    everyone = np.ones(groups.rows.num_rows, np.bool_)
    return {
        **{name: groups.keys.column(name) for name in names(DIMENSIONS)},
        "value": pa.array(value, pa.float64()),
        "n": ints(np.diff(groups.offsets)),
        "low": pa.array(low, pa.float64()),
        "high": pa.array(high, pa.float64()),
        "basis": basis_words(main_basis(groups, everyone, groups.offsets), np.zeros(len(groups), np.bool_)),
    }


def _swd(rows: Rows, now: datetime) -> Rows:
    # Between some places we know no length: a leg without kilometres says nothing of speed.
    groups = grouped(rows.filter(pc.is_valid(rows.column("length_km"))), names(DIMENSIONS))
    return pa.table(_measures(groups, groups.ints("travel_s") + groups.ints("stop_s")))


def _swod(rows: Rows, now: datetime) -> Rows:
    seen = pc.and_(pc.is_valid(rows.column("length_km")), pc.is_valid(rows.column("moving_s")))
    groups = grouped(rows.filter(seen), names(DIMENSIONS))
    made = _measures(groups, groups.ints("moving_s"))
    metres, least, most = _metres(groups), groups.ints("moving_low_s"), groups.ints("moving_high_s")
    bounds: dict[str, list[float | None]] = {"gap_low": [], "gap_high": []}
    for a, b in pairwise(groups.offsets):
        for name, took in (("gap_low", most), ("gap_high", least)):
            total = int(took[a:b].sum())
            bounds[name].append(int(metres[a:b].sum()) * KM_H / total if total else None)
    # What the gaps leave open is no error of sampling: where it is the wider of the two, it is what is known.
    low, high = made["low"], made["high"]
    gap_low, gap_high = (pa.array(bounds[name], pa.float64()) for name in bounds)
    doubted = np.asarray(
        pc.fill_null(pc.or_(pc.less(gap_low, low), pc.greater(gap_high, high)), False).to_numpy(zero_copy_only=False)
    )
    everyone = np.ones(groups.rows.num_rows, np.bool_)
    return pa.table(
        {
            **made,
            "low": pc.min_element_wise(low, gap_low),
            "high": pc.max_element_wise(high, gap_high),
            "gap_low": gap_low,
            "gap_high": gap_high,
            "basis": basis_words(main_basis(groups, everyone, groups.offsets), doubted),
        }
    )


def _speed(name: str, description: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="km/h", description=description)


METHOD = (
    "Sum of kilometres over the sum of {what}, over the legs between two known places that arrived in the month. It is "
    "a ratio of sums, not a mean of ratios. Lengths are those of the corridor's edges."
)

SWD = Indicator(
    name="swd",
    code="SWD",
    title="Speed with delay",
    unit="km/h",
    source="transport_leg",
    columns=("length_km", "travel_s", "stop_s", "arrival_day", "basis"),
    dimensions=DIMENSIONS,
    function=_swd,
    method=METHOD.format(what="hours under way and of all stops, borders included"),
    reference=f"{CPMM}: SWD",
    interval="bootstrap-t of the ratio over days of arrival",
    period="arrival_month",
    better="higher",
)
SWOD = Indicator(
    name="swod",
    code="SWOD",
    title="Speed without delay",
    unit="km/h",
    source="transport_leg",
    columns=("length_km", "moving_s", "moving_low_s", "moving_high_s", "arrival_day", "basis"),
    dimensions=DIMENSIONS,
    function=_swod,
    further=(
        _speed("gap_low", "The same if every object moved for the whole of each gap between fixes."),
        _speed("gap_high", "The same if it crossed each gap as fast as its mode ever goes."),
    ),
    method=METHOD.format(what="hours in which the object moved")
    + " Only of legs whose fixes are at most 5 minutes apart while it moves, and which last at least four of these "
    "intervals. In a longer gap it is taken to have moved at its own speed between close fixes, and to have stood for "
    "the rest; a queue zone is a stop. The ends take the wider of the sampling error and of what the gaps leave open; "
    "where that is the gaps, the basis is *estimated*.",
    method_version=2,
    method_since="Version 2: only legs that are seen closely count, and a gap is no longer all travel.",
    reference=f"{CPMM}: SWOD",
    interval="bootstrap-t of the ratio over days of arrival, widened to what gaps leave open",
    period="arrival_month",
    better="higher",
)
