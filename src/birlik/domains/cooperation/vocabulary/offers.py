"""What offers and needs can be: of which kind, in which sector, how far the thing is, and what became of them."""

from enum import StrEnum

FEWEST_PLACES, MOST_PLACES = 1, 5
"""With how many others somebody can go on at once."""
LONGEST_DAYS = 366
"""How far ahead the last day may lie: who still means it says so again."""
OF_POSTER = "To publish the offer or need, and to ask its sender for introductions."
"""What is kept of who posts for."""
POSTED_DAYS = 730


class Side(StrEnum):
    """Which of two that fit."""

    OFFER = "offer"
    NEED = "need"


class What(StrEnum):
    """What is offered or sought. What fits is of one kind."""

    CAPITAL = "capital"
    PARTNER = "partner"
    SITE = "site"
    LICENCE = "licence"
    RESEARCH = "research"
    TALENT = "talent"
    MARKET = "market"


class Sector(StrEnum):
    """In a word: until stewards have loaded the HS, by which nearness of goods would be told."""

    AGRICULTURE = "agriculture"
    FOOD = "food"
    WATER = "water"
    ENERGY = "energy"
    MINING = "mining"
    MANUFACTURING = "manufacturing"
    CONSTRUCTION = "construction"
    TRANSPORT = "transport"
    DIGITAL = "digital"
    HEALTH = "health"
    EDUCATION = "education"
    CULTURE = "culture"
    TOURISM = "tourism"
    FINANCE = "finance"
    OTHER = "other"


class Phase(StrEnum):
    """How far the thing is, in this order."""

    IDEA = "idea"
    PROTOTYPE = "prototype"
    PILOT = "pilot"
    IN_MARKET = "in_market"
    GROWING = "growing"


class Standing(StrEnum):
    """Of an offer or need that was published."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
