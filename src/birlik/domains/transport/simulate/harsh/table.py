"""The table of the proof: scores pooled over worlds, beside what is asked (transport.md, section 6)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from birlik.domains.transport.simulate.harsh.scoring import Score


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one fault, or of several pooled."""

    faults: str
    measure: str
    value: float
    """Bias and shares as shares of one; nan where there was nothing to hold against."""
    n: int
    scatter: float
    """Root mean square over seeds and directions, of biases."""
    low: float
    high: float
    """What is asked; infinite where nothing is."""

    @property
    def reached(self) -> bool:
        return bool(np.isnan(self.value)) or self.low - 1e-12 <= self.value <= self.high + 1e-12

    def cells(self) -> tuple[str, ...]:
        asked = "" if np.isinf(self.low) and np.isinf(self.high) else f"{_percent(self.low)} to {_percent(self.high)}"
        scatter = "" if np.isnan(self.scatter) else _percent(self.scatter)
        reached = "" if not asked else "yes" if self.reached else "NO"
        return (self.faults, self.measure, _percent(self.value), f"{self.n:,}", scatter, asked, reached)


HEADER = ("faults", "measure", "value", "n", "rms", "asked", "reached")


def _percent(value: float) -> str:
    return "–" if np.isnan(value) else ("−" if value < 0 else "") + ("∞" if np.isinf(value) else f"{abs(value):.1%}")


def pooled_bias(scores: list[Score]) -> float:
    true = sum(s.true for s in scores)
    return sum(s.ours for s in scores) / true - 1 if true else float("nan")


def pooled_points(scores: list[Score]) -> float:
    weight = sum(s.weight for s in scores)
    return sum(s.ours - s.true for s in scores) / weight if weight else float("nan")


def pooled_share(scores: list[Score]) -> float:
    n = sum(s.n for s in scores)
    return sum(s.hits for s in scores) / n if n else float("nan")


INF = float("inf")
Asked = tuple[float, float]
NOTHING: Asked = (-INF, INF)
MEASURES: Mapping[str, tuple[Callable[[list[Score]], float], Asked, Asked]] = MappingProxyType(
    {
        # measure: how it is pooled, what is asked of each fault alone, and of all together.
        "mean_fast": (pooled_bias, (-0.02, 0.02), (-0.03, 0.03)),
        "mean": (pooled_bias, (-0.03, 0.03), (-0.04, 0.04)),
        "median": (pooled_bias, (-0.08, 0.08), (-0.05, 0.05)),
        "p90": (pooled_bias, (-0.03, 0.03), (-0.05, 0.05)),
        "found": (pooled_share, (0.97, 1), (0.97, 1)),
        "invented": (pooled_share, (0, 0.002), (0, 0.005)),
        "turned_back": (pooled_points, (-0.01, 0.01), (-0.01, 0.01)),
        "waiting_held": (pooled_share, (0.95, 1), (0.95, 1)),
        "waiting_narrow": (pooled_share, NOTHING, NOTHING),
        "waiting": (pooled_bias, NOTHING, NOTHING),
        "oldest_held": (pooled_share, (0.95, 1), (0.80, 1)),
        "expected_held": (pooled_share, (0.75, 0.85), (0.70, 0.90)),
        "law_held": (pooled_share, NOTHING, NOTHING),
        "realised_held": (pooled_share, (0.95, 1), (0.95, 1)),
        "too_narrow_said": (pooled_share, NOTHING, NOTHING),
        "biased_says_estimated": (pooled_share, NOTHING, NOTHING),
        "no_interval": (pooled_share, NOTHING, NOTHING),
        "flagged": (pooled_share, NOTHING, NOTHING),
    }
)
SPARSE_OR_SILENT = ("sparse", "silent", "one_side", "sleepers", "new_ids")
OTHERWISE: Mapping[tuple[str, str], Asked] = MappingProxyType(
    {
        ("one_side", "waiting_held"): (0.90, 1),
        **{(fault, "oldest_held"): (0.80, 1) for fault in SPARSE_OR_SILENT},
        # Where all fall silent durations have bounds only: nothing is promised but that it is said.
        **{("all_silent", measure): NOTHING for measure in MEASURES},
        ("all_silent", "biased_says_estimated"): (1, 1),
        **{(fault, "waiting_narrow"): NOTHING for fault in SPARSE_OR_SILENT},
    }
)
"""Where another thing is asked than of most."""
NARROW_IS_ASKED: Asked = (0.95, 1)
POOLED = "each alone, pooled"


def asked_of(faults: str, measure: str) -> Asked:
    """What the design asks of a measure under these faults."""
    _, alone, together = MEASURES[measure]
    if measure == "waiting_narrow" and faults != "all" and (faults, measure) not in OTHERWISE:
        return NARROW_IS_ASKED
    return OTHERWISE.get((faults, measure), together if faults == "all" else alone)


def table(scores: Mapping[str, Iterable[Score]]) -> list[Line]:
    """By name of the faults: one line a measure; and the intervals pooled over the faults."""
    lines, everything = [], []
    for faults, given in scores.items():
        rows = list(given)
        if faults != "all_silent":
            everything += rows
        lines += [line(faults, measure, rows, asked_of(faults, measure)) for measure in MEASURES]
    lines.append(line(POOLED, "law_held", everything, (0.93, 0.97)))
    return [made for made in lines if made.n]


def line(faults: str, measure: str, scores: Iterable[Score], asked: Asked) -> Line:
    mine = [s for s in scores if s.measure == measure]
    pool = MEASURES[measure][0]
    n = sum(s.n for s in mine) or round(sum(s.weight for s in mine))
    if pool is pooled_bias:
        off = [s.ours / s.true - 1 for s in mine if s.true]
        scatter = float(np.sqrt(np.mean(np.square(off)))) if off else float("nan")
    else:
        scatter = float("nan")
    return Line(faults, measure, pool(mine), n, scatter, *asked)


def shown(lines: Iterable[Line]) -> str:
    """As a table of plain text."""
    rows = [HEADER, *(made.cells() for made in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)
