"""What a number is of: it decides how people are shown it. No I/O."""

from enum import StrEnum


class Quantity(StrEnum):
    COUNT = "count"
    """How many: whole, exact, without a unit."""
    SHARE = "share"
    """A part of a whole, 0 to 1: shown per cent."""
    AMOUNT = "amount"
    """So much of a unit."""


def quantity_of(declared: Quantity | None, unit: str, *, is_whole: bool) -> Quantity:
    """What is declared; where nothing is, a whole number of unit `1` is a count, and all else is an amount.

    >>> [str(quantity_of(None, unit, is_whole=whole)) for unit, whole in (("1", True), ("1", False), ("h", True))]
    ['count', 'amount', 'amount']
    """
    if declared is not None:
        return declared
    return Quantity.COUNT if unit == "1" and is_whole else Quantity.AMOUNT
