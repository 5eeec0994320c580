"""A corridor with a known truth, played through the real wire forms."""

from functools import partial

from birlik.domains.transport.simulate.corridor import DEGRADED
from birlik.domains.transport.simulate.folder import write
from birlik.domains.transport.simulate.heard import QUIET_SOURCE
from birlik.domains.transport.simulate.law import DEMO_CROSSINGS, Law, LegLaw, demo_law, draw_dwells
from birlik.domains.transport.simulate.playing import Play, play
from birlik.domains.transport.simulate.recovery import compare
from birlik.kernel.domain import Simulation

SINGLE_FIXES = 40_000
"""So many of a demo's fixes come one by one: each is a request, and the other trackers' come in files."""

SIMULATIONS = (
    Simulation(
        name="corridor",
        title="Three road crossings and a rail crossing from Khorgos to Kars",
        play=partial(play, single_fixes_max=SINGLE_FIXES),
        write=write,
        compare=compare,
    ),
)

__all__ = [
    "DEGRADED",
    "DEMO_CROSSINGS",
    "QUIET_SOURCE",
    "SIMULATIONS",
    "Law",
    "LegLaw",
    "Play",
    "compare",
    "demo_law",
    "draw_dwells",
    "play",
    "write",
]
