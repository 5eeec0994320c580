"""Worlds with a known truth: one state's corridor played through the real wire forms, and harsh ones in memory."""

from functools import partial

from birlik.domains.transport.simulate.folder import write
from birlik.domains.transport.simulate.hearing import QUIET_SOURCE
from birlik.domains.transport.simulate.playing import CROSSINGS, SLOW, Play, play
from birlik.domains.transport.simulate.recovery import compare
from birlik.kernel.domain import Simulation

SINGLE_FIXES = 30_000
"""So many of a demo's fixes come one by one: each is a request, and the other trackers' come in files."""

SIMULATIONS = (
    Simulation(
        name="kazakhstan",
        title="Three road crossings and a rail crossing of Kazakhstan, as its own node hears of them",
        play=partial(play, single_fixes_max=SINGLE_FIXES),
        write=write,
        compare=compare,
    ),
)

__all__ = ["CROSSINGS", "QUIET_SOURCE", "SIMULATIONS", "SLOW", "Play", "compare", "play", "write"]
