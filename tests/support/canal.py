"""A domain that no state has, of other periods than months: flow past gauges of a canal, by ten days, season and year.

Its seasons are that of growth (from April) and the rest, its year is hydrological, its clock is Asia/Almaty's.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import fmean

import pyarrow as pa

from birlik.clock import isoformat, utc
from birlik.kernel.domain import (
    Decoded,
    Delivery,
    Domain,
    Field,
    FigureTable,
    Indicator,
    Intake,
    Lookup,
    Page,
    Rows,
    Series,
    Table,
    Type,
)
from birlik.kernel.members import Role
from birlik.kernel.tables import rows_of
from birlik.periods import Calendar, Cycle, period_at

MEDIA_TYPE = "text/vnd.canal.flows"
CALENDAR = Calendar(zone="Asia/Almaty", seasons=(4, 10))
GAUGE = Field(name="gauge_id", type=Type.TEXT, nullable=False, description="The gauge.")
PERIODS = {
    "decade": Field(name="decade", type=Type.TEXT, period=Cycle.DECADE, description="Ten days."),
    "season": Field(name="season", type=Type.TEXT, period=Cycle.SEASON, description="Of growth, or the rest."),
    "year": Field(name="year", type=Type.TEXT, period=Cycle.HYDROLOGICAL_YEAR, description="From October on."),
}
FLOW = Table(
    name="canal_flow",
    title="Flows",
    description="What passed a gauge.",
    key=("gauge_id", "phenomenon_time"),
    time="phenomenon_time",
    fields=(
        GAUGE,
        Field(name="phenomenon_time", type=Type.TIME, nullable=False, description="When."),
        Field(name="flow_m3_s", type=Type.FLOAT, unit="m3/s", description="How much."),
        *PERIODS.values(),
    ),
)


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Lines of `gauge,time,m³/s`."""
    made = []
    for line in delivery.body.decode().split():
        gauge, time, flow = line.split(",")
        at = utc(time)
        told = {name: period_at(at, field.period, CALENDAR).text for name, field in PERIODS.items() if field.period}
        made.append({"gauge_id": gauge, "phenomenon_time": at, "flow_m3_s": float(flow), **told})
    return Decoded(rows={FLOW.name: rows_of(FLOW, made)})


def _mean_by(period: str) -> Indicator:
    def mean(rows: Rows, now: datetime) -> Rows:
        groups: dict[tuple[str, str], list[float]] = {}
        for row in rows.to_pylist():
            groups.setdefault((row["gauge_id"], row[period]), []).append(row["flow_m3_s"])
        made = [
            {"gauge_id": gauge, period: text, "value": fmean(sorted(v)), "n": len(v), "low": min(v), "high": max(v)}
            | {"basis": "measured"}
            for (gauge, text), v in groups.items()
        ]
        return pa.Table.from_pylist(made, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in found.fields[:7]]))

    found = Indicator(
        name=f"flow_by_{period}",
        code="Q",
        title=f"Mean flow by {period}",
        unit="m3/s",
        units=("l/s", "hm3/d"),
        source=FLOW.name,
        columns=("flow_m3_s",),
        dimensions=(GAUGE, PERIODS[period]),
        function=mean,
        method="The mean.",
        reference="This test.",
        interval="the range",
        minimum_n=1,
        period=period,
    )
    return found


INDICATORS = tuple(_mean_by(period) for period in PERIODS)
PAGE = Page(
    name="gauge",
    title="A gauge",
    question="How much passes?",
    parameters=("gauge_id",),
    panels=(
        *(Series(name=f"by-{p}", title=f"Flow by {p}", indicator=f"flow_by_{p}") for p in PERIODS),
        FigureTable(name="figures", title="Flow", indicator="flow_by_decade"),
    ),
)
CANAL = Domain(
    role=Role.READER,
    name="canal",
    title="Canal",
    tables=(FLOW,),
    indicators=INDICATORS,
    pages=(PAGE,),
    intakes=(Intake(name="flows", title="Flows", media_type=MEDIA_TYPE, decode=_decode, tables=(FLOW.name,)),),
)


def flows(first: datetime, days: int, gauge: str = "head") -> Iterable[str]:
    """A line a day, at its local noon: 1 m³/s on the first, 2 on the second."""
    for day in range(days):
        yield f"{gauge},{isoformat(first + timedelta(days=day))},{day + 1}"
