"""The faults that a world can have, each by a name of its own: what goes wrong in trackers, at borders, on registers.

Shares and sizes are ours. They were set from what fleet trackers document of themselves (power saving, buffering and
roaming: the configuration manuals of common fleet trackers), from what carriers report of borders (CAREC CPMM annual
reports; IRU and UNECE on queues), and never from the rules of an estimator.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from birlik.errors import OutOfRange

FAULT: Mapping[str, str] = MappingProxyType(
    {
        "sparse": "A third of the trackers report every 30 minutes to 2 hours.",
        "sleepers": "Half of the trackers sleep while they stand, with a heartbeat of 1 to 6 hours or none.",
        "spikes": "One fix in a hundred lies kilometres off, some of them two or three in a row.",
        "swaps": "One fix in a hundred has latitude and longitude exchanged.",
        "stuck": "Receivers repeat a position for up to hours while their clocks go on, driving or not.",
        "clocks": "Clocks are minutes off, or drift until they are set again.",
        "duplicates": "Fixes come twice, some of them a second later.",
        "disorder": "Fixes overtake one another by minutes to hours.",
        "batches": "Trackers are offline for hours to days and send all of it afterwards.",
        "silent": "A third of the trackers say nothing from before the border until well behind it.",
        "all_silent": "All trackers do so: alone only.",
        "one_side": "A fifth of the vehicles are heard in their own state only.",
        "new_ids": "One vehicle in ten gets another id where it passes the border.",
        "posts_off": "Both posts lie 1 to 3 km along the road from their register.",
        "posts_beside": "Both posts lie 1 to 3 km beside their register.",
        "posts_apart": "The posts lie further from each other than their register says.",
        "bent": "The road winds, and makes a bend between the posts.",
        "long_queues": "Queues reach up to 25 km back, far beyond any zone.",
        "closing_hours": "Posts close at night or at the weekend.",
        "closure": "The crossing is closed for two days.",
        "memory": "What comes and what is cleared vary over weeks.",
        "lanes": "A green lane for some, and holds of up to six days for others.",
        "turn_backs": "Some give up in the queue or are refused at the first post; some of them try again.",
        "refusals": "Some are refused at the second post and sent back.",
        "day_trips": "Some come back after a few hours on the other side.",
        "parkers": "Trucks stand near the post without passing: terminal customers, and drivers who sleep there.",
        "villagers": "Vehicles of the place drive about near the post day by day and never pass.",
        "twins": "Two in five vehicles are told by customs too, by plate.",
        "untold": "Customs tell of them, and often of no departure.",
        "rests": "Drivers have speeds of their own, make breaks and rest.",
    }
)
FAULTS = tuple(FAULT)
ALONE = ("all_silent",)
"""What contradicts another one, and is no part of `all`."""
ALL = frozenset(FAULTS) - frozenset(ALONE)


def chosen(faults: Iterable[str]) -> frozenset[str]:
    """The faults meant by these names; `all` is every one that can be together with the others.

    Raises: OutOfRange for a name that there isn't.
    >>> sorted(chosen(["spikes"]))
    ['spikes']
    """
    names = frozenset(faults)
    if strangers := sorted(names - {*FAULTS, "all"}):
        raise OutOfRange(f"no fault {', '.join(strangers)}; there are {', '.join(FAULTS)}, and all")
    return (names - {"all"}) | ALL if "all" in names else names
