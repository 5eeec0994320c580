"""What a number is of: it decides how people are shown it. No I/O."""

from enum import StrEnum


class Quantity(StrEnum):
    COUNT = "count"
    """How many: whole, exact, without a unit."""
    SHARE = "share"
    """A part of a whole, 0 to 1: shown per cent."""
    AMOUNT = "amount"
    """So much of a unit."""


UNIT_SUFFIXES = {"°": "deg", "%": "pct"}
"""What a name's suffix is where it isn't the unit itself."""


def bare(name: str, unit: str) -> str:
    """A column's name without the suffix that says its unit, since the unit is said beside it.

    >>> [bare(*said) for said in (("area_m2", "m2"), ("flow_m3_s", "m3/s"), ("tilt_deg", "°"), ("birds_n", "1"))]
    ['area', 'flow', 'tilt', 'birds_n']
    """
    suffix = UNIT_SUFFIXES.get(unit) or unit.replace("/", "_")
    return name.removesuffix(f"_{suffix}") if suffix else name


def quantity_of(declared: Quantity | None, unit: str, *, is_whole: bool) -> Quantity:
    """What is declared; where nothing is, a whole number of unit `1` is a count, and all else is an amount.

    >>> [str(quantity_of(None, unit, is_whole=whole)) for unit, whole in (("1", True), ("1", False), ("h", True))]
    ['count', 'amount', 'amount']
    """
    if declared is not None:
        return declared
    return Quantity.COUNT if unit == "1" and is_whole else Quantity.AMOUNT
