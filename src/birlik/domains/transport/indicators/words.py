"""What the indicators of this domain have in common: dimensions, measures, references."""

from birlik.domains.transport.vocabulary import MODES
from birlik.kernel.kept import Reference
from birlik.kernel.tables import Field, Type
from birlik.periods import Cycle

CROSSING = Field(
    name="crossing_id",
    type=Type.TEXT,
    description="The crossing: two posts and a mode.",
    of=Reference(table="transport_crossing"),
)
DIRECTION = Field(
    name="direction",
    type=Type.TEXT,
    codes=("a_to_b", "b_to_a"),
    description="From which side to which; it always stands.",
)
MODE = Field(name="mode", type=Type.TEXT, codes=MODES, description="Mode; modes are never pooled.")
MONTH = Field(
    name="month", type=Type.TEXT, period=Cycle.MONTH, description="`2026-03`, of the exit, on the clock of its place."
)
DAY = Field(name="exit_day", type=Type.DAY, description="The day of the exit, on its place's clock.")
HOUR_OF_WEEK = Field(
    name="entry_hour_of_week_local",
    type=Type.INT,
    unit="h",
    description="0 to 167 from Monday midnight, local.",
    period=Cycle.HOUR_OF_WEEK,
    title="hour of entry",
)
BY_CROSSING = (CROSSING, DIRECTION, MODE)
EPISODE = "transport_crossing_episode"
FAMILY = Field(
    name="family",
    type=Type.TEXT,
    description="Whose passages these are: `told` by agencies, or `tracked` by positions. The two are never pooled, "
    "since one vehicle may be in both; the one with more finished passages is taken.",
)
FAMILY_TEXT = (
    " Passages that agencies *told* and ones *tracked* by positions are never pooled: a figure rests on the "
    "one with more finished passages, and says which; a vehicle that both know, and that could be linked, counts once."
)

ABOUT_USUAL_H, ABOUT_USUAL_SHARE = 0.5, 0.25
"""A difference of less than the greater of both, of the usual, is about as usual."""

CPMM = "CAREC, Corridor Performance Measurement and Monitoring, definitions of the 2022 and 2023 reports"
OURS = "transport definitions of birlik, section 3"
CLUSTERED = (
    "bootstrap-t over days of exit, since trucks of one day wait in one queue; where neighbouring days are alike or "
    "n < 50, the wider of that and t over weeks (see method)"
)


def hours(name: str, description: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="h", description=description)


def count(name: str, description: str) -> Field:
    return Field(name=name, type=Type.INT, unit="1", description=description)
