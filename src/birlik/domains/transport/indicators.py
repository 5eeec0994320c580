"""The indicators of this domain. To add one is to add a row here."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.model.grouping import Groups, grouped
from birlik.domains.transport.vocabulary import CAUSES, MODES
from birlik.kernel.indicators import Indicator
from birlik.kernel.tables import Field, Rows, Type
from birlik.methods.bootstrap import mean_intervals, proportion_interval, ratio_interval
from birlik.methods.quantiles import quantiles

Floats = npt.NDArray[np.float64]
H = 3600.0

CROSSING = Field(name="crossing_id", type=Type.TEXT, description="The crossing: two posts and a mode.")
DIRECTION = Field(
    name="direction",
    type=Type.TEXT,
    codes=("a_to_b", "b_to_a"),
    description="From which side to which; it always stands.",
)
MODE = Field(name="mode", type=Type.TEXT, codes=MODES, description="Mode; modes are never pooled.")
MONTH = Field(name="month", type=Type.TEXT, description="`2026-03`, of the exit, on the clock of its place.")
DAY = Field(name="exit_day", type=Type.INT, unit="d", description="Days since 1970, of the exit, on its place's clock.")
HOUR_OF_WEEK = Field(
    name="entry_hour_of_week_local", type=Type.INT, unit="h", description="0 to 167 from Monday midnight, local."
)
BY_CROSSING = (CROSSING, DIRECTION, MODE)


def _hours(name: str, description: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="h", description=description)


SPREAD = (_hours("median", "Half took no longer."), _hours("p90", "Nine in ten took no longer."))
SURVIVAL = (
    Field(name="n_open", type=Type.INT, unit="1", description="Of those still inside, counted in the next figure."),
    _hours("km_median", "Kaplan–Meier median, which counts who is still inside."),
    Field(
        name="estimated_share", type=Type.FLOAT, unit="1", description="Share whose duration is uncertain by over 2 h."
    ),
)


def _dwell(rows: Rows, dimensions: tuple[str, ...], *, survival: bool) -> Rows:
    """Mean, spread and interval of finished durations by group; with `survival`, open ones count as censored."""
    groups = grouped(rows, dimensions)
    finished = groups.is_equal("status", "finished")
    offsets = groups.cut(finished)
    dwell_s = groups.ints("dwell_s")
    done = dwell_s[finished]
    n = np.diff(offsets)
    interval = mean_intervals(done, groups.ints("exit_day")[finished], offsets)
    spread = [quantiles(done[a:b], (0.5, 0.9)) for a, b in pairwise(offsets)]
    columns: dict[str, Any] = {
        "value": _mean_h(done, offsets),
        "n": pa.array(n, pa.int64()),
        "low": _floats(interval.low / H),
        "high": _floats(interval.high / H),
        "basis": _basis(groups, finished, offsets),
        "median": pa.array([None if m is None else m / H for m, _ in spread], pa.float64()),
        "p90": pa.array([None if p is None else p / H for _, p in spread], pa.float64()),
    }
    if survival:
        columns |= _survival(groups, dwell_s, finished, n)
    return pa.table({**{name: groups.keys.column(name) for name in dimensions}, **columns})


def _mean_h(values_s: npt.NDArray[np.int64], offsets: npt.NDArray[np.int64]) -> Any:
    """Whole seconds are summed, and divided once: the same bits on every engine."""
    sums = np.diff(np.concatenate(([0], np.cumsum(values_s)))[offsets])
    n = np.diff(offsets)
    return _floats(np.where(n > 0, sums / np.maximum(n, 1) / H, np.nan))


def _floats(values: Floats) -> Any:
    """NaN is no figure."""
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _basis(groups: Groups, kept: npt.NDArray[np.bool_], offsets: npt.NDArray[np.int64]) -> Any:
    """What most of a group's durations are."""
    names = ("measured", "reported", "estimated")
    counts = [np.diff(np.concatenate(([0], np.cumsum(groups.is_equal("basis", b)[kept])))[offsets]) for b in names]
    return pa.array([names[i] for i in np.argmax(np.stack(counts), axis=0)], pa.string())


def _survival(
    groups: Groups, dwell_s: npt.NDArray[np.int64], finished: npt.NDArray[np.bool_], n: npt.NDArray[np.int64]
) -> dict[str, Any]:
    from birlik.methods.survival import kaplan_meier, median

    counted = finished | groups.is_equal("status", "open")
    offsets = groups.cut(counted)
    lasted, ended = dwell_s[counted], finished[counted]
    medians = []
    for a, b in pairwise(offsets):
        reached = median(kaplan_meier(lasted[a:b], ended[a:b])).value if b > a else None
        medians.append(None if reached is None else float(reached) / H)
    estimated = groups.is_equal("basis", "estimated")[finished]
    share = np.diff(np.concatenate(([0], np.cumsum(estimated)))[groups.cut(finished)])
    return {
        "n_open": pa.array(np.diff(offsets) - n, pa.int64()),
        "km_median": pa.array(medians, pa.float64()),
        "estimated_share": _floats(np.where(n > 0, share / np.maximum(n, 1), np.nan)),
    }


def _tfi1(rows: Rows, now: datetime) -> Rows:
    return _dwell(rows, ("crossing_id", "direction", "mode", "month"), survival=True)


def _tfi1_day(rows: Rows, now: datetime) -> Rows:
    return _dwell(rows, ("crossing_id", "direction", "mode", "exit_day"), survival=False)


def _tfi1_hour(rows: Rows, now: datetime) -> Rows:
    return _dwell(rows, ("crossing_id", "direction", "mode", "entry_hour_of_week_local"), survival=False)


CAUSE_COLUMNS = tuple(f"cause_{cause}_s" for cause in CAUSES)
CAUSE_ENDS = {cause: (f"{cause}_low_h", f"{cause}_high_h") for cause in CAUSES}
"""The ends of the 95 % interval of each."""


def _causes(rows: Rows, now: datetime) -> Rows:
    """Mean hours of each cause; they add up to the mean time at the crossing."""
    dimensions = ("crossing_id", "direction", "mode", "month")
    groups = grouped(rows, dimensions)
    offsets = groups.offsets
    explained = groups.ints("dwell_s") - groups.ints("cause_unexplained_s")
    interval = mean_intervals(explained, groups.ints("exit_day"), offsets)
    everyone = np.ones(groups.rows.num_rows, np.bool_)
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in dimensions},
            "value": _mean_h(explained, offsets),
            "n": pa.array(np.diff(offsets), pa.int64()),
            "low": _floats(interval.low / H),
            "high": _floats(interval.high / H),
            "basis": _basis(groups, everyone, offsets),
            **{name: column for cause in CAUSES for name, column in _cause(groups, cause).items()},
        }
    )


def _cause(groups: Groups, cause: str) -> dict[str, Any]:
    seconds = groups.ints(f"cause_{cause}_s")
    interval = mean_intervals(seconds, groups.ints("exit_day"), groups.offsets)
    low, high = CAUSE_ENDS[cause]
    return {
        f"{cause}_h": _mean_h(seconds, groups.offsets),
        low: _floats(interval.low / H),
        high: _floats(interval.high / H),
    }


SILENT_AFTER_H = 72.0


def _waiting(rows: Rows, now: datetime) -> Rows:
    """Who is inside now. Who was not heard for three days is told apart: it has left unseen, or its tracker is dead."""
    dimensions = ("crossing_id", "direction", "mode")
    groups = grouped(rows, dimensions)
    now_us = int(now.timestamp() * 1_000_000)
    entry, last = (groups.ints_of_time(name) for name in ("entry_time", "last_time"))
    silent = (now_us - last) / 1e6 / H > SILENT_AFTER_H
    # A tracker's clock may run ahead: nobody has waited for less than nothing.
    waited_h = np.where(silent, np.nan, np.maximum(now_us - entry, 0) / 1e6 / H)
    cuts = list(pairwise(groups.offsets))
    waiting = np.array([np.count_nonzero(~silent[a:b]) for a, b in cuts], np.float64)
    oldest = np.array([np.nanmax(waited_h[a:b], initial=0.0) for a, b in cuts])
    middle = [quantiles(np.asarray(waited_h[a:b][~silent[a:b]]), (0.5,))[0] for a, b in cuts]
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in dimensions},
            "value": waiting,
            "n": pa.array([int(b - a) for a, b in cuts], pa.int64()),
            "low": waiting,
            "high": np.array([b - a for a, b in cuts], np.float64),
            "basis": pa.array(["measured"] * len(cuts)),
            "oldest_h": _floats(np.where(waiting > 0, oldest, np.nan)),
            "median_h": pa.array(middle, pa.float64()),
            "n_silent": pa.array([int(np.count_nonzero(silent[a:b])) for a, b in cuts], pa.int64()),
        }
    )


LEG_FROM = Field(name="from_place", type=Type.TEXT, description="Place that it left.")
LEG_TO = Field(name="to_place", type=Type.TEXT, description="Next known place.")
ARRIVAL_MONTH = Field(name="arrival_month", type=Type.TEXT, description="`2026-03`, of the arrival.")


def _speed(rows: Rows, *, with_stops: bool) -> Rows:
    """Ratio of sums: kilometres over hours, not a mean of ratios."""
    dimensions = ("from_place", "to_place", "mode", "arrival_month")
    # Between some places we know no length: a leg without kilometres says nothing of speed.
    counted = pc.is_valid(rows.column("length_km"))
    if not with_stops:
        counted = pc.and_(counted, _is_known_travel(rows))
    groups = grouped(rows.filter(counted), dimensions)
    seconds = groups.ints("travel_s") + (groups.ints("stop_s") if with_stops else 0)
    # Whole metres, so that sums are exact whatever the order.
    metres = np.rint(np.asarray(groups.rows.column("length_km").combine_chunks().to_numpy()) * 1000).astype(np.int64)
    day = groups.ints("arrival_day")
    value, low, high = [], [], []
    for a, b in pairwise(groups.offsets):
        total = int(seconds[a:b].sum())
        value.append(int(metres[a:b].sum()) * 3.6 / total if total else None)
        interval = ratio_interval(metres[a:b], seconds[a:b], day[a:b])
        low.append(None if interval.low is None else interval.low * 3.6)
        high.append(None if interval.high is None else interval.high * 3.6)
    everyone = np.ones(groups.rows.num_rows, np.bool_)
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in dimensions},
            "value": pa.array(value, pa.float64()),
            "n": pa.array(np.diff(groups.offsets), pa.int64()),
            "low": pa.array(low, pa.float64()),
            "high": pa.array(high, pa.float64()),
            "basis": _basis(groups, everyone, groups.offsets),
        }
    )


FASTEST_KM_H = 250.0
"""No train of the corridor is faster from one known place to the next."""


def _is_known_travel(rows: Rows) -> Any:
    """Without a fix on the way nobody knows when it left and when it came: the travel comes out as nothing."""
    travel_h = pc.divide(pc.cast(rows.column("travel_s"), pa.float64()), H)
    return pc.less_equal(rows.column("length_km"), pc.multiply(travel_h, FASTEST_KM_H))


def _swd(rows: Rows, now: datetime) -> Rows:
    return _speed(rows, with_stops=True)


def _swod(rows: Rows, now: datetime) -> Rows:
    return _speed(rows, with_stops=False)


HOURS_OF_DAY = 24
"""All of them, also of a day that still runs: a share of the hours so far would change with no row that came."""


def _coverage(rows: Rows, now: datetime) -> Rows:
    """Share of the day's hours in which a source was heard, and what became of what it sent."""
    dimensions = ("source_id", "received_day")
    groups = grouped(rows, dimensions)
    received_s = groups.ints_of_time("received_time") // 1_000_000
    accepted, refused = groups.ints("accepted_n"), groups.ints("refused_n")
    repeated, lateness = groups.ints("duplicate_n"), groups.ints("lateness_s")
    made: dict[str, list[Any]] = {
        name: [] for name in ("value", "n", "low", "high", *(f.name for f in COVERAGE_MEASURES))
    }
    for a, b in pairwise(groups.offsets):
        heard = np.unique(received_s[a:b] // 3600).size
        interval = proportion_interval(heard, HOURS_OF_DAY)
        sent = int(accepted[a:b].sum() + refused[a:b].sum() + repeated[a:b].sum())
        middle, late = quantiles(np.repeat(lateness[a:b], np.minimum(accepted[a:b], 1000)), (0.5, 0.95))
        made["value"].append(heard / HOURS_OF_DAY)
        made["n"].append(HOURS_OF_DAY)
        made["low"].append(interval.low)
        made["high"].append(interval.high)
        made["records_n"].append(sent)
        made["lateness_p50_s"].append(middle)
        made["lateness_p95_s"].append(late)
        made["quarantine_share"].append(int(refused[a:b].sum()) / sent if sent else None)
    return pa.table(
        {
            **{name: groups.keys.column(name) for name in dimensions},
            **made,
            "basis": pa.array(["measured"] * len(groups)),
        }
    )


COVERAGE_MEASURES = (
    Field(name="records_n", type=Type.INT, unit="1", description="Records that it sent, in whatever state."),
    Field(name="lateness_p50_s", type=Type.FLOAT, unit="s", description="Half of them came no later after the fact."),
    Field(name="lateness_p95_s", type=Type.FLOAT, unit="s", description="19 in 20 came no later after the fact."),
    Field(name="quarantine_share", type=Type.FLOAT, unit="1", description="Share of them that could not be taken."),
)

CPMM = "CAREC, Corridor Performance Measurement and Monitoring, definitions of the 2022 and 2023 reports"
CLUSTERED = "bootstrap-t over days of exit, since trucks of one day wait in one queue (see method)"
TFI1_METHOD = """Hours from entering the queue zone or post of the first side to leaving the post of the second;
waiting, documents, inspection and clearance are all inside. Only finished crossings count, each in the month of its
exit. Turn-backs are not crossings. Entry and exit are the middle of the gap between the last fix outside and the first
inside; where both half-gaps add up to more than two hours, the duration is *estimated*. The mean is the sum of whole
seconds over the number of crossings. Its interval is a studentised bootstrap of whole days. The Kaplan–Meier median
beside it also counts who is still inside, as censored."""

TFI1 = Indicator(
    name="tfi1",
    code="TFI1",
    title="Time at a border crossing",
    unit="h",
    source="transport_crossing_episode",
    columns=("status", "dwell_s", "exit_day", "basis"),
    dimensions=(*BY_CROSSING, MONTH),
    function=_tfi1,
    further=(*SPREAD, *SURVIVAL),
    method=TFI1_METHOD,
    reference=f"{CPMM}: TFI1",
    interval=CLUSTERED,
    period="month",
)
TFI1_DAY = Indicator(
    name="tfi1_day",
    code="TFI1 by day",
    title="Time at a border crossing by day",
    unit="h",
    source="transport_crossing_episode",
    columns=("status", "dwell_s", "basis"),
    dimensions=(*BY_CROSSING, DAY),
    only={"status": "finished"},
    function=_tfi1_day,
    further=SPREAD,
    method=f"{TFI1_METHOD} Here by day of exit; within one day the crossings are taken to be independent, which they "
    "are not quite, so the interval of a day is too narrow.",
    reference=f"{CPMM}: TFI1",
    interval="bootstrap-t over single crossings",
    period="exit_day",
)
TFI1_HOUR_OF_WEEK = Indicator(
    name="tfi1_hour_of_week",
    code="TFI1 by hour of week",
    title="Time at a border crossing by hour of entry",
    unit="h",
    source="transport_crossing_episode",
    columns=("status", "dwell_s", "exit_day", "basis"),
    dimensions=(*BY_CROSSING, HOUR_OF_WEEK),
    only={"status": "finished"},
    function=_tfi1_hour,
    further=SPREAD,
    method=f"{TFI1_METHOD} Here by hour of the week of entry, on the clock of the first side, over all of the record.",
    reference=f"{CPMM}: TFI1",
    interval=CLUSTERED,
)


def _cause_fields(cause: str) -> tuple[Field, ...]:
    words = cause.replace("_", " ")
    low, high = CAUSE_ENDS[cause]
    return (
        _hours(f"{cause}_h", f"Mean hours: {words}."),
        _hours(low, f"Lower end of the 95 % interval of the mean hours: {words}."),
        _hours(high, f"Upper end of the 95 % interval of the mean hours: {words}."),
    )


CAUSES_SPLIT = Indicator(
    name="causes",
    code="TFI1 by cause",
    title="Causes of waiting",
    unit="h",
    source="transport_crossing_episode",
    columns=("dwell_s", "exit_day", "basis", *CAUSE_COLUMNS),
    dimensions=(*BY_CROSSING, MONTH),
    only={"status": "finished"},
    function=_causes,
    further=tuple(field for cause in CAUSES for field in _cause_fields(cause)),
    method="Border events start a cause that runs until the next event; time in the queue zone is queue. What no event "
    "explains is *unexplained* and is never spread over the others. The figure is the mean of the explained hours; "
    "the causes and the unexplained rest add up to TFI1.",
    reference=f"{CPMM}: activities at a border crossing",
    interval=CLUSTERED,
    period="month",
)
WAITING_NOW = Indicator(
    name="waiting_now",
    code="waiting now",
    title="Waiting now",
    unit="1",
    source="transport_crossing_episode",
    columns=("entry_time", "last_time"),
    dimensions=BY_CROSSING,
    only={"status": "open"},
    function=_waiting,
    further=(
        _hours("oldest_h", "How long the oldest of them has waited."),
        _hours("median_h", "Half of them have waited no longer."),
        Field(name="n_silent", type=Type.INT, unit="1", description="Not heard for three days, and not counted."),
    ),
    method="Open crossing episodes whose object was heard in the last three days. The upper end of the interval counts "
    "the silent ones too.",
    reference="transport definitions of birlik, section 3",
    interval="from none of the silent ones waiting to all of them",
    minimum_n=1,
    live=True,
)


def _speed_indicator(name: str, code: str, title: str, function: Any, what: str, also: str = "") -> Indicator:
    return Indicator(
        name=name,
        code=code,
        title=title,
        unit="km/h",
        source="transport_leg",
        columns=("length_km", "travel_s", "stop_s", "arrival_day", "basis"),
        dimensions=(LEG_FROM, LEG_TO, MODE, ARRIVAL_MONTH),
        function=function,
        method=f"Sum of kilometres over the sum of {what}, over the legs between two known places that arrived in the "
        f"month. It is a ratio of sums, not a mean of ratios. Lengths are those of the corridor's edges.{also}",
        reference=f"{CPMM}: {code}",
        interval="bootstrap-t of the ratio over days of arrival",
        period="arrival_month",
        better="higher",
    )


SWD = _speed_indicator("swd", "SWD", "Speed with delay", _swd, "hours under way and of all stops, borders included")
SWOD = _speed_indicator(
    "swod",
    "SWOD",
    "Speed without delay",
    _swod,
    "hours under way, without stops",
    also=" A leg that would need more than 250 km/h, since nobody saw it under way, is left out.",
)
COVERAGE = Indicator(
    name="coverage",
    code="coverage",
    title="Coverage of a source",
    unit="1",
    source="birlik_message",
    columns=("received_time", "accepted_n", "duplicate_n", "refused_n", "lateness_s"),
    dimensions=(
        Field(name="source_id", type=Type.TEXT, description="The supplier."),
        Field(name="received_day", type=Type.INT, unit="d", description="Days since 1970, UTC, of the arrival."),
    ),
    function=_coverage,
    further=COVERAGE_MEASURES,
    method="Share of the 24 hours of the day, in UTC, in which the source was heard at least once; a day that still "
    "runs can't have them all yet. Beside it: how long after the fact its records came, and the share that could not "
    "be taken.",
    reference="transport definitions of birlik, section 3",
    interval="Wilson interval of the share of hours",
    minimum_n=1,
    period="received_day",
    better="higher",
)

INDICATORS = (TFI1, TFI1_DAY, TFI1_HOUR_OF_WEEK, CAUSES_SPLIT, WAITING_NOW, SWD, SWOD, COVERAGE)
