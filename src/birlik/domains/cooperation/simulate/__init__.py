"""A registry with known truth: promises and their coders, bodies twice told, works, projects, offers, proposals."""

from birlik.domains.cooperation.simulate.attending import Attendance, attendance
from birlik.domains.cooperation.simulate.doing import does
from birlik.domains.cooperation.simulate.people_and_bodies import Harshness, World, world
from birlik.domains.cooperation.simulate.promises import Promises, promises
from birlik.domains.cooperation.simulate.proposals import Proposals, proposals
from birlik.domains.cooperation.simulate.recovery import compare
from birlik.domains.cooperation.simulate.registry import play
from birlik.kernel.domain import Simulation

SIMULATIONS = (
    Simulation(
        name="registry",
        title="A registry of invented states: bodies, promises, projects and works, some told twice and otherwise",
        play=play,
        compare=compare,
        does=does,
    ),
)

__all__ = [
    "SIMULATIONS",
    "Attendance",
    "Harshness",
    "Promises",
    "Proposals",
    "World",
    "attendance",
    "promises",
    "proposals",
    "world",
]
