"""How texts are written by a standard: what a form offers by name, and understands however people write it. No I/O."""

from enum import StrEnum


class Written(StrEnum):
    """By which standard the text of a field is written."""

    STATE = "state"
    """ISO 3166-1 alpha-3: `KAZ`."""
    STATES = "states"
    """Several of them, with blanks between: `KAZ TUR`."""
    LANGUAGE = "language"
    """BCP 47: `kk`."""
    CURRENCY = "currency"
    """ISO 4217: `KZT`."""
    MONEY = "money"
    """An amount and its currency: `40000000 USD`."""
    DATE = "date"
    """ISO 8601, as exact as it is known: `2027`, `2027-05`, `2027-05-17`."""
