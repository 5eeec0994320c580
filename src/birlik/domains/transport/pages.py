"""The pages of this domain, as panels bound to its indicators and tables."""

from birlik.domains.transport.indicators import CAUSE_ENDS
from birlik.domains.transport.plans import PLANS
from birlik.kernel.domain import (
    Accent,
    Alerts,
    Band,
    Bars,
    Clause,
    Column,
    Counts,
    Door,
    Finds,
    Fresh,
    Heat,
    Lines,
    Page,
    Quarantine,
    Ranked,
    Reported,
    RowTable,
    Scale,
    Sentence,
    Series,
    Sources,
    Way,
)

AT_BORDERS = ("queue", "documents", "inspection", "permit", "gauge_change", "transload", "other", "unexplained")
"""The causes that there are on land."""
ROAD_AND_RAIL = {"direction": ("a_to_b", "b_to_a")}
HEARD = {"last": "last_time", "gap": "usual_gap_s"}
"""The measures of `waiting_now` that tell how fresh it is."""
SLOWER = 0.01
"""Hours more than usual, of what is not about as usual: any."""


def _causes(indicator: str, name: str, title: str) -> Bars:
    """The bars of one period's causes."""
    return Bars(
        name=name,
        title=title,
        indicator=indicator,
        measures=tuple(f"{cause}_h" for cause in AT_BORDERS),
        ends=tuple(CAUSE_ENDS[cause] for cause in AT_BORDERS),
        part="cause",
        rest="unexplained_h",
        text_empty="No border event tells a cause yet: the post's own system would bring them.",
    )


NOW = Sentence(
    name="now",
    title="In short",
    indicator="waiting_now",
    register="transport_crossing",
    link="crossing",
    clauses=(
        Clause(
            indicator="waiting_now",
            rank="slower_h",
            above=SLOWER,
            text="{name} ({mode}): who joins now waits about **{expected_wait_h}**, {against_usual}"
            "[, slower since {slower_since}].",
            text_zero="No crossing is slower than usual.",
        ),
        Clause(
            indicator="waiting_now",
            rank="slower_h",
            above=SLOWER,
            count="others",
            text="{others} more are slower than usual.",
            text_one="{others} more is slower than usual.",
        ),
        Clause(
            indicator="waiting_now",
            rank="value",
            above=0.5,
            otherwise=True,
            text="Most wait at {name} ({mode}): {value}[, the oldest for {oldest_h}].",
            text_one="The longest queue is one, at {name} ({mode}): {value}[, for {oldest_h}].",
            text_zero="Nobody is known to wait.",
        ),
    ),
    text_empty="No crossing has been seen yet. Trackers and border posts bring them: see the how-to for suppliers.",
)
OVERVIEW = Page(
    name="overview",
    title="Borders now",
    help="A wait is *slower than usual* against the same crossing, the same way, in the weeks before. Each figure says "
    "on how much it rests, and where too little is known it is left out and says so.",
    question="Where is traffic stuck, since when, and how unusual is that?",
    order=10,
    fresh=Fresh(table="transport_movement", time="phenomenon_time", indicator="waiting_now", **HEARD),
    panels=(
        NOW,
        Alerts(name="alerts", title="Open alerts", text_empty="No alert is open."),
        Ranked(
            name="crossings",
            title="Crossings, the slowest against their own usual first",
            indicator="waiting_now",
            register="transport_crossing",
            link="crossing",
            rank="slower_h",
            columns=(
                Column(title="now", measure="expected_wait_h", ends=("expected_wait_low_h", "expected_wait_high_h")),
                Column(title="usual", measure="usual_h", note="n = {usual_n}"),
                Column(title="slower by, since", measure="slower_h", signed=True, note="{slower_since}"),
                Column(title="waiting", measure="value", ends=("low", "high"), note="we hear {n_heard}"),
                Column(title="longest", measure="oldest_h"),
                Column(title="trend, 3\N{NO-BREAK SPACE}h", measure="trend_h", signed=True),
            ),
            colour=Scale(
                measure="slower_h",
                steps=(-SLOWER, SLOWER, 4.0, 12.0),
                words=("faster than usual", "as usual", "up to 4 h slower", "4–12 h slower", "over 12 h slower"),
            ),
            lines=Lines(
                register="transport_edge",
                ends=("from_place", "to_place"),
                places="transport_place",
                kind="mode",
                strokes={"road": "solid", "rail": "dashed", "ferry": "dotted"},
                fixed={"status": "operating"},
            ),
            text_empty="No crossing has been seen yet. Trackers and border posts bring them: see the how-to "
            "for suppliers.",
        ),
    ),
)

CROSSING = Page(
    name="crossing",
    title="Border crossing",
    question="How long does this crossing take, now and over time, and why?",
    parameters=("crossing_id",),
    choices=ROAD_AND_RAIL,
    register="transport_crossing",
    order=20,
    fresh=Fresh(table="transport_crossing_episode", time="last_time", indicator="waiting_now", **HEARD),
    finds=Finds(table="transport_crossing_episode", column="object_id", time="last_time"),
    panels=(
        Sentence(
            name="now",
            title="In short",
            indicator="tfi1_day",
            clauses=(
                Clause(
                    indicator="waiting_now",
                    text="Who joins now waits about **{expected_wait_h}**[ ({expected_wait_low_h} to "
                    "{expected_wait_high_h})][, {against_usual}][, slower since {slower_since}].",
                    text_withheld="",
                ),
                Clause(
                    indicator="waiting_now",
                    text="{value} are waiting[, the oldest for {oldest_h}[, since {oldest_since}]].",
                    text_one="{value} is waiting[, for {oldest_h}[, since {oldest_since}]].",
                    text_zero="Nobody is known to wait.",
                ),
                Clause(
                    indicator="tfi1_day",
                    text="Who left on {period} had taken **{value}** on average.",
                    text_withheld="Too few have left lately for a mean.",
                ),
            ),
            text_empty="No crossing in this direction yet.",
        ),
        Alerts(name="alerts", title="Alerts", text_empty="No alert is open here."),
        Series(
            name="trend",
            title="Time by day, and what is usual",
            indicator="tfi1_day",
            y="median",
            ends=("median_low", "median_high"),
            band=Band(),
            text_empty="No finished crossing yet.",
        ),
        _causes("causes_day", "today", "Why they wait, on the newest day"),
        Series(
            name="months",
            title="Mean time by month, and what was published",
            indicator="tfi1",
            reported=Reported(
                table="transport_reported_cpmm",
                when="year",
                fixed={"indicator": "TFI1"},
                unit="unit",
                source="source",
                fault="fault",
                notes=("direction", "source", "fault"),
            ),
            text_empty="No finished crossing yet.",
        ),
        _causes("causes", "causes", "Why they wait, in the month"),
        Heat(
            name="week",
            title="Mean time by hour of entry",
            indicator="tfi1_hour_of_week",
            x="entry_hour_of_week_local",
            text_empty="Not enough crossings yet for any hour of the week.",
        ),
        RowTable(
            name="published",
            title="Published figures",
            table="transport_reported_cpmm",
            columns=("indicator", "year", "mode", "scope", "direction", "value", "unit", "n", "fault", "source"),
            text_empty="CPMM has published nothing for this crossing.",
        ),
        RowTable(
            name="open",
            title="Not seen leaving",
            table="transport_crossing_episode",
            fixed={"status": "open"},
            columns=("object_id", "entry_time", "last_time", "dwell_s", "basis"),
            order=("entry_time", "object_id"),
            text_empty="Nobody is known to be inside.",
        ),
    ),
)

SOURCES = Page(
    name="sources",
    title="Sources",
    question="What arrived, what is missing, and what could not be read?",
    order=30,
    fresh=Fresh(table="transport_movement", time="phenomenon_time", indicator="waiting_now", **HEARD),
    panels=(
        Sources(
            name="sources",
            title="Who sends",
            indicator="coverage",
            beside="transport_movement",
            link="left_out",
            measures=("lateness_p50_s", "lateness_p95_s"),
            text_empty="Nothing has arrived yet. To send a file: birlik ingest FILE --source ours.",
        ),
        Quarantine(
            name="quarantine",
            title="Quarantine",
            limit=10,
            text_empty="Everything that arrived could be read.",
        ),
    ),
)

LEFT_OUT = Page(
    name="left_out",
    title="Left out of figures",
    question="Which of this supplier's positions were left out of the figures, and why?",
    parameters=("source_id",),
    order=40,
    in_navigation=False,
    panels=(
        Counts(
            name="reasons",
            title="Why they were left out",
            table="transport_left_out",
            split="reason",
            beside="transport_movement",
            columns=("phenomenon_time", "object_id", "latitude", "longitude"),
            text_empty="None of this supplier's positions was left out.",
        ),
        RowTable(
            name="positions",
            title="The newest of them",
            table="transport_left_out",
            columns=("phenomenon_time", "object_id", "reason", "latitude", "longitude"),
            limit=30,
            text_empty="None of this supplier's positions was left out.",
        ),
    ),
)

PAGES = (OVERVIEW, CROSSING, SOURCES, LEFT_OUT)
DOOR = Door(
    name="transport",
    title="Transport",
    question="Duty officers and dispatchers find where traffic is stuck, since when, and why.",
    says=NOW,
    pages=tuple(page.name for page in PAGES),
    plans=tuple(plan.name for plan in PLANS),
    accent=Accent.SEA,
    ways=(
        Way(title="Where is traffic stuck now, and how unusual is that?", page="overview", panel="crossings"),
        Way(title="Which alerts are open?", page="overview", panel="alerts"),
        Way(title="What arrived, and what is missing?", page="sources"),
    ),
)
