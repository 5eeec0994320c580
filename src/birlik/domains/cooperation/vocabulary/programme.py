"""Words of programmes and registrations: which rule a placing breaks, what has become of a talk or a registration."""

from datetime import timedelta
from enum import StrEnum

EVENT_ORGANISER = "cooperation_event_organiser"
"""The duty: sees who registers for an event."""


class Rule(StrEnum):
    """What holds of every programme."""

    HOURS = "outside_hours"
    """A talk lies within hours in which its room is open."""
    LENGTH = "too_long"
    """Some room is open for as long as it takes."""
    ROOM = "room_taken"
    """A room has one talk at a time."""
    SPEAKER = "speaker_elsewhere"
    """Nobody speaks at two places at once."""
    ORDER = "out_of_order"
    """What comes after another begins when that has ended."""


class Talk(StrEnum):
    """What has become of a talk."""

    UNPLACED = "unplaced"
    PLACED = "placed"
    CANCELLED = "cancelled"


class Attends(StrEnum):
    """What has become of a registration."""

    PLACED = "placed"
    """It has a place."""
    WAITING = "waiting"
    """It has none yet; it may be offered one from a moment until another."""
    LAPSED = "lapsed"
    """It was offered one, and nobody took it in time."""
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    """By an organiser, who says why."""


OFFERED_FOR = timedelta(hours=48)
"""How long a place that was freed is kept for who is next."""
AHEAD_N = 20
"""Of how many who wait it is said beforehand when it will be their turn, beside those whose turn it is."""
KEPT_DAYS = 400
"""How long what is known of who registered is kept."""
OF_REGISTRATION = "To let the organiser of the event admit those who registered, and write to them about it."
BETWEEN = ";"
"""Between names of speakers."""
