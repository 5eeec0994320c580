"""Where the posts truly stand, and the road through them, as against the register.

A road is a line through real towns on both sides. Kilometres along it count from the first post (side A) towards side
B: negative on A's side, `between_km` at the second post.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from birlik.domains.transport.vocabulary import crossings, places
from birlik.places import EARTH_RADIUS_KM

Floats = npt.NDArray[np.float64]
Towns = tuple[tuple[float, float], ...]

KM_PER_DEG = EARTH_RADIUS_KM * np.pi / 180
FARTHEST_OFF_KM = 3.0
WINDING_KM = 45.0
"""So far from the posts a bent road winds."""

TOWNS: Mapping[str, tuple[Towns, Towns]] = MappingProxyType(
    {
        "kz-nurzholy--cn-khorgos--road": (
            ((44.17, 80.00), (43.60, 78.25), (43.34, 76.95), (43.95, 76.20), (46.84, 74.98)),
            ((44.00, 81.30), (44.60, 81.60), (44.60, 82.90), (44.42, 84.90), (43.84, 87.58)),
        ),
        "az-krasny-most--ge-tsiteli-khidi--road": (
            ((41.09, 45.37), (40.69, 46.36), (40.62, 47.15), (40.04, 48.94), (40.41, 49.87)),
            ((41.55, 45.00), (41.72, 44.79), (41.98, 44.11), (42.27, 42.70), (42.15, 41.80)),
        ),
        "ge-sarpi--tr-sarp--road": (
            ((41.65, 41.65), (42.15, 41.80), (42.27, 42.70), (41.98, 44.11), (41.79, 44.75)),
            ((41.41, 41.43), (41.02, 40.52), (41.00, 39.72), (40.91, 38.39), (41.29, 36.33)),
        ),
        "kz-kordai--kg-akzhol--road": (
            ((43.05, 74.95), (43.30, 75.90), (43.34, 76.95), (43.95, 76.20), (46.84, 74.98)),
            ((42.86, 74.58), (42.75, 75.20), (42.48, 76.18), (42.20, 77.60), (42.49, 78.39)),
        ),
        "uz-yallama--kz-konysbayeva--road": (
            ((40.85, 68.66), (40.49, 68.78), (40.12, 67.84), (39.65, 66.97)),
            ((41.28, 68.98), (42.32, 69.60), (43.30, 68.25), (44.85, 65.50)),
        ),
    }
)
"""By crossing: the towns along the road, from the post outwards, on side A and on side B; read off common maps."""
CROSSINGS = tuple(TOWNS)[:3]
"""Those of the proof."""


@dataclass(frozen=True, slots=True)
class Road:
    """km, latitude, longitude: points along it, km rising. post_a, post_b: the true posts, latitude and longitude."""

    crossing_id: str
    side_a: str
    side_b: str
    country_a: str
    country_b: str
    km: Floats
    latitude: Floats
    longitude: Floats
    between_km: float
    post_a: tuple[float, float]
    post_b: tuple[float, float]

    @property
    def reach_a_km(self) -> float:
        return -float(self.km[0])

    @property
    def reach_b_km(self) -> float:
        return float(self.km[-1]) - self.between_km

    def at(self, km: Floats, beside_km: Floats) -> tuple[Floats, Floats]:
        """Latitude and longitude of points along the road and so far to its right, element by element."""
        latitude, longitude = np.interp(km, self.km, self.latitude), np.interp(km, self.km, self.longitude)
        # The course over 400 m: at a corner nobody stands on two sides at once.
        scale = np.cos(np.radians(latitude))
        north = np.interp(km + 0.2, self.km, self.latitude) - np.interp(km - 0.2, self.km, self.latitude)
        east = (np.interp(km + 0.2, self.km, self.longitude) - np.interp(km - 0.2, self.km, self.longitude)) * scale
        length = np.maximum(np.hypot(north, east), 1e-12)
        return (
            latitude - beside_km / KM_PER_DEG * east / length,
            longitude + beside_km / KM_PER_DEG * north / length / scale,
        )


def road(crossing_id: str, faults: frozenset[str], rng: np.random.Generator) -> Road:
    """The true road of a crossing in this world. Every fault draws the same numbers, so that worlds compare."""
    crossing = next(c for c in crossings() if c.crossing_id == crossing_id)
    at = {p.place_id: p for p in places()}
    a, b = at[crossing.side_a], at[crossing.side_b]
    scale = np.cos(np.radians(a.latitude))
    points = np.array([[a.longitude * scale, a.latitude], [b.longitude * scale, b.latitude]]) * KM_PER_DEG
    along = (points[1] - points[0]) / np.linalg.norm(points[1] - points[0])
    across = np.array([-along[1], along[0]])
    off = np.zeros((2, 2))
    drawn = {name: rng.uniform(1, 3, 2) * rng.choice((-1, 1), 2) for name in ("posts_off", "posts_beside")}
    apart = rng.uniform(0.4, 1.6, 2)
    if "posts_off" in faults:
        off += drawn["posts_off"][0] * along
    if "posts_beside" in faults:
        off += drawn["posts_beside"][0] * across
    if "posts_apart" in faults:
        off += np.array([-apart[0] * along, apart[1] * along])
    far = np.linalg.norm(off, axis=1).max()
    points = points + off * min(1.0, FARTHEST_OFF_KM / far if far else 1.0)
    bend = (rng.uniform(0.5, 1.4), rng.uniform(5, 9), rng.uniform(0.25, 0.5)) if "bent" in faults else (0.12, 12, 0.0)
    phase = rng.uniform(0, 2 * np.pi, 2)
    outer = [np.array([[lon * scale, lat] for lat, lon in towns]) * KM_PER_DEG for towns in TOWNS[crossing_id]]
    line_a, line_b = (_outwards(points[i], sign * along, outer[i], bend, phase[i]) for i, sign in ((0, -1.0), (1, 1.0)))
    middle = _between(points, bend[2])
    line = np.vstack((line_a[::-1], middle[1:-1], line_b)) / KM_PER_DEG
    latitude, longitude = line[:, 1], line[:, 0] / scale
    steps = _distances_km(latitude, longitude)
    km = np.concatenate(([0.0], np.cumsum(steps)))
    first, second = len(line_a) - 1, len(line_a) - 1 + len(middle) - 1
    return Road(
        crossing_id, crossing.side_a, crossing.side_b, a.country, b.country, km - km[first], latitude, longitude,
        between_km=float(km[second] - km[first]),
        post_a=(float(latitude[first]), float(longitude[first])),
        post_b=(float(latitude[second]), float(longitude[second])),
    )  # fmt: skip


def _outwards(post: Floats, away: Floats, towns: Floats, bend: tuple[float, float, float], phase: float) -> Floats:
    """From the post to the last town: a point each 150 m where it winds, beyond that each 2 km; n × 2, km."""
    to_town = towns[0] - post
    first = away + to_town / np.linalg.norm(to_town)
    corners = np.vstack((post, post + 3.0 * first / np.linalg.norm(first), towns))
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    at = np.concatenate(([0.0], np.cumsum(lengths)))
    km = np.concatenate((np.arange(0, min(WINDING_KM, at[-1]), 0.15), np.arange(WINDING_KM, at[-1], 2.0), [at[-1]]))
    line = np.stack([np.interp(km, at, corners[:, i]) for i in (0, 1)], axis=1)
    courses = np.gradient(line, axis=0)
    courses /= np.linalg.norm(courses, axis=1, keepdims=True)
    amplitude, wave, _ = bend
    fades = np.minimum(1, km / 3.0) * np.clip((WINDING_KM - km) / 10.0, 0, 1)
    sway = amplitude * fades * (np.sin(2 * np.pi * km / wave + phase) - np.sin(phase) * np.exp(-km / 3.0))
    return np.asarray(line + sway[:, None] * np.stack((-courses[:, 1], courses[:, 0]), axis=1))


def _between(points: Floats, bulge: float) -> Floats:
    """From post to post, with a bulge to one side of that share of their distance."""
    share = np.linspace(0, 1, 12)[:, None]
    line = points[0] + share * (points[1] - points[0])
    straight = points[1] - points[0]
    return np.asarray(line + bulge * np.sin(np.pi * share) * np.array([-straight[1], straight[0]]))


def _distances_km(latitude: Floats, longitude: Floats) -> Floats:
    mean = np.radians((latitude[1:] + latitude[:-1]) / 2)
    return np.asarray(np.hypot(np.diff(latitude), np.diff(longitude) * np.cos(mean)) * KM_PER_DEG)
