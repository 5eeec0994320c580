"""Projects out of what stands of them: what each costs, where it is, how ready it is, on how much that rests."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.kernel.tables import Rows

Floats = NDArray[np.float64]

COLUMNS = ("claim_id", "first_id", "kind", "property", "value", "order_n", "publisher", "world")
SIX = 6.0
READY: Mapping[str, tuple[float, float]] = {
    "identification": (0 / SIX, 1 / SIX),
    "preparation": (1 / SIX, 4 / SIX),
    "implementation": (4 / SIX, 5 / SIX),
    "construction": (4 / SIX, 5 / SIX),
    "completion": (5 / SIX, 6 / SIX),
}
"""By stage (OC4IDS 0.9, projectStatus), the share of the six gates (idea, study, permits, finance, construction,
operation) that it says were passed: a stage of several gates is a range."""
OVER = frozenset({"completed", "cancelled", "decommissioning", "decommissioned"})
"""Stages in which there is nothing left to choose."""
_MONEY = re.compile(r"\s*([0-9][0-9\s,]*(?:\.[0-9]+)?(?:e[0-9]+)?)\s*([A-Z]{3})?\s*", re.IGNORECASE)


@dataclass(kw_only=True, slots=True)
class Project:
    """What stands first of each property; by whom anything is said of it."""

    entity_id: str
    said: dict[str, str] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    publishers: set[str] = field(default_factory=set)
    is_invented: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing is left to choose."""
        return self.said.get("stage", "").lower() in OVER

    @property
    def ready(self) -> tuple[float, float]:
        """The share of gates passed, from and to; NaN where its stage says nothing of it."""
        return READY.get(self.said.get("stage", "").lower(), (np.nan, np.nan))

    @property
    def jobs(self) -> float:
        """As many as are said to come; NaN where nobody says it."""
        found = _MONEY.fullmatch(self.said.get("jobs", ""))
        return float(re.sub(r"[\s,]", "", found[1])) if found is not None else np.nan

    def cost(self, currency: str) -> float:
        """In a currency; NaN where it isn't known in that one: no rate of exchange is made up."""
        found = _MONEY.fullmatch(self.said.get("budget", ""))
        if found is None or (found[2] or "").upper() != currency:
            return float("nan")
        return float(re.sub(r"[\s,]", "", found[1]))


def projects(said: Rows) -> list[Project]:
    """said: rows of `cooperation_said` with COLUMNS. Projects by their ids; what is invented and what is real apart."""
    made: dict[str, Project] = {}
    for row in _rows(said):
        found = made.setdefault(row["first_id"], Project(entity_id=row["first_id"]))
        name = row["property"]
        if row["order_n"] < found.orders.get(name, 1 << 63):
            found.said[name], found.orders[name] = row["value"], row["order_n"]
        if row["publisher"]:
            found.publishers.add(row["publisher"])
        found.is_invented = found.is_invented or row["world"] == "invented"
    return [made[key] for key in sorted(made)]


def _rows(said: Rows) -> Iterator[Mapping[str, Any]]:
    return iter(said.to_pylist())


CRITERIA = ("readiness", "backing", "jobs")


def criteria_of(chosen: Sequence[Project]) -> tuple[Floats, Floats]:
    """(low, high): projects x CRITERIA, NaN where nothing is known."""
    ready = [each.ready for each in chosen]
    backing = [float(len(each.publishers)) for each in chosen]
    jobs = [each.jobs for each in chosen]
    low = np.array([[r[0] for r in ready], backing, jobs], np.float64).T
    high = np.array([[r[1] for r in ready], backing, jobs], np.float64).T
    return low.reshape(-1, len(CRITERIA)), high.reshape(-1, len(CRITERIA))
