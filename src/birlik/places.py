"""Places on Earth: words that every domain shares. No I/O."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of WGS 84, IUGG."""


def distance_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance of two points in degrees, on the sphere of the mean radius: within 0.6 % of WGS 84.

    >>> round(distance_km(43.34, 76.95, 51.19, 71.41), 0)
    967.0
    """
    phi_a, phi_b = radians(latitude_a), radians(latitude_b)
    half_chord_2 = (
        sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin(radians(longitude_b - longitude_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half_chord_2)))
