"""Units that a number can be turned into by multiplying.

Those with another zero (°C and °F) are none of them, nor those that need a further fact (a fuel's calorific value, a
period's length). No I/O.

Factors are exact by definition: the SI and its prefixes; the hour and day; the kilowatt-hour; the International Table
calorie (4.1868 J, ISO 31-4).
"""

from collections.abc import Mapping
from fractions import Fraction

_KINDS: Mapping[str, Mapping[str, Fraction]] = {
    kind: {unit: Fraction(size) for unit, size in units.items()}
    for kind, units in {
        "length": {"mm": "1/1000", "cm": "1/100", "m": "1", "km": "1000"},
        "area": {"m2": "1", "ha": "10000", "km2": "1000000"},
        "volume": {"l": "1/1000", "m3": "1", "hm3": "1000000", "km3": "1000000000"},
        "flow": {"l/s": "1/1000", "m3/s": "1", "m3/h": "1/3600", "m3/d": "1/86400", "hm3/d": "1000000/86400"},
        "speed": {"m/s": "1", "km/h": "10/36"},
        "time": {"s": "1", "min": "60", "h": "3600", "d": "86400"},
        "mass": {"g": "1/1000", "kg": "1", "t": "1000"},
        "energy": {"J": "1", "MJ": "1e6", "GJ": "1e9", "kWh": "3.6e6", "MWh": "3.6e9", "Gcal": "4.1868e9"},
        "power": {"W": "1", "kW": "1e3", "MW": "1e6"},
    }.items()
}
"""By what is measured: how much of the first of SI's units each is."""


def factor(unit: str, to: str) -> float | None:
    """What to multiply with; None where one can't be turned into the other.

    >>> factor("m/s", "km/h"), factor("m3/s", "l/s"), factor("h", "km")
    (3.6, 1000.0, None)
    """
    for units in _KINDS.values():
        if unit in units and to in units:
            return float(units[unit] / units[to])
    return 1.0 if unit == to else None
