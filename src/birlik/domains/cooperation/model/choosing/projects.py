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


ALWAYS = ("readiness", "backing", "jobs")
BY_TRADE = ("complexity", "relatedness", "trade_fit")
"""Criteria that rest on the trade that is loaded."""
CRITERIA = (*ALWAYS, *BY_TRADE)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is known of projects. low, high: projects x names, NaN where nothing is known."""

    names: tuple[str, ...]
    """The criteria that count."""
    low: Floats
    high: Floats

    def weights(self, given: Mapping[str, float] | None = None) -> list[float]:
        """Of each criterion that counts its weight; all alike where none is given."""
        return [1.0 if given is None else given[name] for name in self.names]


def criteria_of(rows: Sequence[Mapping[str, Any]]) -> Told:
    """rows: of `cooperation_stand`, with what trade says of them where it is loaded.

    A criterion that rests on trade counts where it tells any two of them apart; else it is left out, since the whole
    range of every project would be noise, and no criterion.
    """
    ends = {"readiness": ("ready_low", "ready_high"), "backing": ("publishers_n",) * 2, "jobs": ("jobs",) * 2}
    ends |= {name: (f"{name}_low", f"{name}_high") for name in BY_TRADE}
    low, high = (np.array([_column(rows, ends[name][i]) for name in CRITERIA]).reshape(-1, len(rows)) for i in (0, 1))
    counts = [name in ALWAYS or _tells_apart(low[i], high[i]) for i, name in enumerate(CRITERIA)]
    names = tuple(name for name, does in zip(CRITERIA, counts, strict=True) if does)
    return Told(names, low[counts].T, high[counts].T)


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [np.nan if (value := row.get(name)) is None else float(value) for row in rows]


def _tells_apart(low: Floats, high: Floats) -> bool:
    known = np.isfinite(low) & np.isfinite(high)
    return bool(known.sum() > 1 and (np.ptp(low[known]) > 0 or np.ptp(high[known]) > 0))
