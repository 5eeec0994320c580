"""Wagons over a border between two railways of 1520 mm: what was true, and what the railways write of it.

Trains come by a Poisson process. A wagon arrives with its train, waits for documents and a locomotive, is drawn to the
other station, is taken over there and leaves. All that is told by the tables of the railways, to the second.

Source: the operations of the dislocation tables in data/wagon_operations.csv; levels as CPMM reports them (20 to 40 h).
"""

from dataclasses import dataclass

import numpy as np

from birlik.domains.transport.simulate.harsh.borders import log_normal
from birlik.domains.transport.wire.check_digits import alternating_check_digit

CROSSING, SIDE_A, SIDE_B = "kz-saryagash--uz-keles--rail", "kz-saryagash", "uz-keles"
TRAINS_A_DAY, WAGONS = 3.0, 5
DRAWN_H = 1.2
COMES_BACK = 0.6
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Passage:
    """One wagon's passage; seconds from the beginning of the record."""

    object_id: str
    direction: str
    arrived_s: float
    held_s: float
    departed_s: float
    taken_over_s: float
    left_s: float

    def told(self) -> tuple[tuple[float, str, str], ...]:
        """(second, place, activity) of each operation."""
        near, far = (SIDE_A, SIDE_B) if self.direction == "a_to_b" else (SIDE_B, SIDE_A)
        return (
            (self.arrived_s, near, "arrive"), (self.held_s, near, "hold"), (self.departed_s, near, "depart"),
            (self.taken_over_s, far, "arrive"), (self.left_s, far, "depart"),
        )  # fmt: skip


def passages(days: int, seed: int) -> list[Passage]:
    """All wagons of so many days, in the order of arrival; some come back the other way after days."""
    rng = np.random.default_rng((seed, 77))
    made: list[Passage] = []
    returning: dict[str, list[tuple[float, str]]] = {"a_to_b": [], "b_to_a": []}
    trains = [
        (at, direction, mean_h)
        for direction, mean_h in (("a_to_b", (9.0, 8.0, 6.0)), ("b_to_a", (5.0, 6.0, 5.0)))
        for at in rng.uniform(-2 * DAY, days * DAY, rng.poisson(TRAINS_A_DAY * (days + 2))).tolist()
    ]
    number = 0
    for at, direction, (documents, locomotive, other) in sorted(trains):
        waits = log_normal(rng, documents, 0.5, 1)[0], log_normal(rng, locomotive, 0.6, 1)[0]
        for _ in range(WAGONS):
            if returning[direction] and returning[direction][0][0] < at and rng.random() < COMES_BACK:
                _, name = returning[direction].pop(0)
            else:
                number += 1
                name = _wagon(number)
            held = at + waits[0] * 3600
            departed = held + waits[1] * 3600
            taken = departed + DRAWN_H * 3600
            left = taken + float(log_normal(rng, other, 0.5, 1)[0]) * 3600
            made.append(Passage(name, direction, *(float(round(s)) for s in (at, held, departed, taken, left))))
            back = "b_to_a" if direction == "a_to_b" else "a_to_b"
            returning[back].append((left + float(rng.uniform(2, 9)) * DAY, name))
        for waiting in returning.values():
            waiting.sort()
    return made


def _wagon(number: int) -> str:
    body = f"{5410000 + number:07d}"
    return f"wagon_1520:{body}{alternating_check_digit(body)}"
