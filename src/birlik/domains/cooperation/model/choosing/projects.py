"""Projects out of what stands of them: what each costs, where it is, which gates it has passed, on what it rests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.vocabulary.gates import GATES, NONE_YET, UNKNOWN, Gate, passed
from birlik.domains.cooperation.vocabulary.money import Money, money
from birlik.kernel.tables import Rows

Floats = NDArray[np.float64]

COLUMNS = (
    "claim_id", "first_id", "kind", "property", "value", "said", "order_n", "origin_id", "origin", "publisher",
    "changed_time", "world",
)  # fmt: skip
SIX = float(len(GATES))
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
Claim = Mapping[str, Any]


@dataclass(kw_only=True, slots=True)
class Project:
    """What stands first of each property; by whom anything is said of it."""

    entity_id: str
    first: dict[str, Claim] = field(default_factory=dict)
    """By property the claim that stands first."""
    claims: list[Claim] = field(default_factory=list)

    def value(self, name: str) -> str | None:
        """What stands first of a property; None where nobody says it."""
        found = self.first.get(name)
        return None if found is None else str(found["value"])

    @property
    def publishers(self) -> set[str]:
        """Who speaks of it."""
        return {each["publisher"] for each in self.claims if each["publisher"]}

    @property
    def is_invented(self) -> bool:
        """Is any of it simulated?"""
        return any(each["world"] == "invented" for each in self.claims)

    @property
    def _stage(self) -> str:
        return (self.value("stage") or "").lower()

    @property
    def is_over(self) -> bool:
        """Nothing is left to choose."""
        return self._stage in OVER

    @property
    def last(self) -> Gate | None:
        """The furthest gate of which somebody says when it was passed."""
        return next((gate for gate in reversed(GATES) if passed(gate) in self.first), None)

    @property
    def gate(self) -> str:
        """The furthest gate that it has passed: by what is said of gates, else the least that its stage says."""
        if self.last is not None:
            return self.last.value
        if self._stage not in READY:
            return UNKNOWN
        least = round(READY[self._stage][0] * SIX)
        return GATES[least - 1].value if least else NONE_YET

    @property
    def ready(self) -> tuple[float, float]:
        """The share of gates passed, from and to; NaN: nothing is known. Where stage and gates differ, both ends."""
        low, high = READY.get(self._stage, (np.nan, np.nan))
        if self.last is None:
            return low, high
        share = (GATES.index(self.last) + 1) / SIX
        return (share, share) if np.isnan(low) or low <= share <= high else (min(low, share), max(high, share))

    @property
    def jobs(self) -> float:
        """As many as are said to come; NaN where nobody says it."""
        found = money(self.value("jobs") or "")
        return np.nan if found is None else found[0]

    def sum_of(self, name: str) -> Money | None:
        """`budget` or `committed` with its currency; None where it isn't known in one."""
        found = money(self.value(name) or "")
        return found if found is not None and found[1] else None


def projects(said: Rows) -> list[Project]:
    """said: rows of `cooperation_said` with COLUMNS. Projects by their ids."""
    made: dict[str, Project] = {}
    for row in said.to_pylist():
        found = made.setdefault(row["first_id"], Project(entity_id=row["first_id"]))
        found.claims.append(row)
        before = found.first.get(row["property"])
        if before is None or row["order_n"] < before["order_n"]:
            found.first[row["property"]] = row
    return [made[key] for key in sorted(made)]


CRITERIA = ("readiness", "backing", "jobs")


def criteria_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
    """(low, high): projects x CRITERIA, NaN where nothing is known. rows: of `cooperation_stand`."""
    low = [(row["ready_low"], row["publishers_n"], row["jobs"]) for row in rows]
    high = [(row["ready_high"], row["publishers_n"], row["jobs"]) for row in rows]
    return _floats(low), _floats(high)


def _floats(rows: Sequence[Sequence[float | None]]) -> Floats:
    told = [[np.nan if each is None else each for each in row] for row in rows]
    return np.array(told, np.float64).reshape(-1, len(CRITERIA))
