"""What an introduction can be: whose row of it, what became of it, and what each of the two says came of it."""

from enum import StrEnum

OF_INTRODUCTION = "To bring two together who both agree: each is told how to reach the other then, and nobody else is."
DAYS = 365
MOST_A_DAY = 5
"""That one asks for within a day."""
FIRST = 5
"""Ranks that are judged."""


class Box(StrEnum):
    """Whose row it is."""

    ASKED = "asked"
    RECEIVED = "received"


class Stage(StrEnum):
    """What became of it."""

    WAITS = "waits"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """As one of the two says."""

    MET = "met"
    NOT_MET = "not_met"
