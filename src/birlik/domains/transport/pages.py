"""The pages of this domain, as panels bound to its indicators and tables."""

from birlik.domains.transport.indicators import CAUSE_ENDS
from birlik.kernel.pages import Clause, Kind, Page, Panel

AT_BORDERS = ("queue", "documents", "inspection", "permit", "gauge_change", "transload", "other", "unexplained")
"""The causes that there are on land."""
ROAD_AND_RAIL = {"direction": ("a_to_b", "b_to_a")}

OVERVIEW = Page(
    name="overview",
    title="Borders now",
    question="Where is traffic stuck, since when, and how unusual is that?",
    order=10,
    panels=(
        Panel(
            kind=Kind.MAP,
            name="map",
            title="Waiting at border crossings",
            indicator="waiting_now",
            beside="tfi1",
            register="transport_crossing",
            split="crossing_id",
            link="crossing",
            text_empty="No crossing has been seen yet. Trackers and border posts bring them: see the how-to "
            "for suppliers.",
        ),
        Panel(
            kind=Kind.LIST,
            name="list",
            title="Crossings",
            indicator="tfi1",
            beside="waiting_now",
            register="transport_crossing",
            split="crossing_id",
            link="crossing",
            text_empty="No finished crossing yet.",
        ),
        Panel(kind=Kind.ALERTS, name="alerts", title="Open alerts", text_empty="Nothing is out of the ordinary."),
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
    panels=(
        Panel(
            kind=Kind.SENTENCE,
            name="now",
            title="In short",
            indicator="tfi1_day",
            beside="waiting_now",
            clauses=(
                Clause(
                    indicator="tfi1_day",
                    text="**{value} h** on average on {period}{against_usual}.",
                    text_withheld="Too few have left lately for a mean.",
                ),
                Clause(indicator="waiting_now", text="{value} waiting, the oldest {oldest_h} h, since {since}."),
            ),
            text_empty="No crossing in this direction yet.",
        ),
        Panel(
            kind=Kind.SERIES,
            name="trend",
            title="Mean time by day",
            indicator="tfi1_day",
            x="exit_day",
            text_empty="No finished crossing yet.",
        ),
        Panel(
            kind=Kind.SERIES,
            name="months",
            title="Mean time by month, and what was published",
            indicator="tfi1",
            x="month",
            beside="transport_reported_cpmm",
            beside_x="year",
            beside_fixed={"indicator": "TFI1"},
            text_empty="No finished crossing yet.",
        ),
        Panel(
            kind=Kind.HEAT,
            name="week",
            title="Mean time by hour of entry",
            indicator="tfi1_hour_of_week",
            x="entry_hour_of_week_local",
            text_empty="Not enough crossings yet for any hour of the week.",
        ),
        Panel(
            kind=Kind.BARS,
            name="causes",
            title="Why they wait",
            indicator="causes",
            x="month",
            measures=tuple(f"{cause}_h" for cause in AT_BORDERS),
            ends=tuple(CAUSE_ENDS[cause] for cause in AT_BORDERS),
            text_empty="No border event tells a cause yet: the post's own system would bring them.",
        ),
        Panel(
            kind=Kind.TABLE,
            name="published",
            title="Published figures",
            table="transport_reported_cpmm",
            measures=("indicator", "year", "mode", "scope", "direction", "value", "unit", "n", "fault", "source"),
            text_empty="CPMM has published nothing for this crossing.",
        ),
        Panel(
            kind=Kind.TABLE,
            name="open",
            title="Not seen leaving",
            table="transport_crossing_episode",
            fixed={"status": "open"},
            measures=("object_id", "entry_time", "last_time", "dwell_s", "basis"),
            order=("entry_time", "object_id"),
            text_empty="Nobody waits.",
        ),
    ),
)

SOURCES = Page(
    name="sources",
    title="Sources",
    question="What arrived, what is missing, and what could not be read?",
    order=30,
    panels=(
        Panel(
            kind=Kind.SOURCES,
            name="sources",
            title="Who sends",
            table="birlik_message",
            indicator="coverage",
            text_empty="Nothing has arrived yet. To send a file: birlik ingest FILE --source ours.",
        ),
        Panel(
            kind=Kind.QUARANTINE,
            name="quarantine",
            title="Quarantine",
            table="birlik_quarantine",
            limit=20,
            text_empty="Everything that arrived could be read.",
        ),
    ),
)

PAGES = (OVERVIEW, CROSSING, SOURCES)
