"""A programme of industry with known truth: projects with gates, money, jobs and who must act; and the best choice of
all projects under a budget, reckoned by who knows what was put in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from birlik.domains.cooperation.simulate.invented_words import Lexicon
from birlik.domains.cooperation.simulate.people_and_bodies import STATES
from birlik.domains.cooperation.simulate.texts import BUILT, called
from birlik.domains.cooperation.vocabulary.gates import GATES, passed, planned

STAGE_OF = ("identification", "identification", "preparation", "preparation", "implementation", "implementation",
            "completion")  # fmt: skip
"""By how many gates were passed."""
GATES_OF: Mapping[str, tuple[int, int]] = {
    "identification": (0, 1), "preparation": (1, 4), "implementation": (4, 5), "completion": (5, 6),
}  # fmt: skip
"""Where nothing but a stage is told (OC4IDS): at least and at most so many gates."""
SECTORS = ("manufacturing", "energy", "transport", "agriculture")
ACTS = ("Ministry of Works (invented)", "Bank of the Steppe (invented)", "Owner (invented)")
TENTH = 10
"""Costs are in tenths of a million."""
WRITTEN, PRESS = "https://programme.invalid/invented", "https://news.invalid/invented"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """All that a choice hangs on. gates: at least and at most so many passed. jobs: None where nobody says it."""

    entity_id: str
    cost_tenths: int
    gates: tuple[int, int]
    publishers_n: int
    jobs: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One of the programme. said: lines of a sheet."""

    weighed: Weighed
    said: Sequence[Mapping[str, str]]


def programme(
    rng: np.random.Generator, lexicons: Sequence[Lexicon], now: datetime, source: str, n: int
) -> Iterator[Planned]:
    """n projects of that source."""
    for i in range(n):
        yield _project(rng, lexicons, now, f"{i:02d}", source)


def _project(rng: np.random.Generator, lexicons: Sequence[Lexicon], now: datetime, own: str, source: str) -> Planned:
    which, gates_n = int(rng.integers(len(STATES))), int(rng.integers(len(GATES) + 1))
    words, cost, jobs = lexicons[which], int(rng.integers(30, 400)), int(rng.integers(20, 900))
    told = {
        "name": BUILT[words.lang].format(called(rng, words)),
        "state": STATES[which],
        "sector": SECTORS[int(rng.integers(len(SECTORS)))],
        "stage": STAGE_OF[gates_n],
        "budget": f"{cost}00000 USD",
        "committed": f"{int(cost * rng.uniform(0, 1))}00000 USD",
        "jobs": str(jobs),
        "acts_next": ACTS[int(rng.integers(len(ACTS)))],
        "acts_since": f"{now - timedelta(days=int(rng.integers(5, 200))):%Y-%m-%d}",
        **_dates(rng, now, gates_n),
    }
    line = {"id": own, "kind": "project", "source": f"{WRITTEN}/{own}", "source_kind": "primary"}
    said = [{**line, "property": name, "value": value, "lang": words.lang if name == "name" else ""}
            for name, value in told.items()]  # fmt: skip
    is_in_press = bool(rng.random() < 0.5)
    if is_in_press:
        # Another sum than the owner's: the primary document stands first.
        wrong = f"{cost + int(rng.integers(5, 60))}00000 USD"
        said.append({**line, "source": f"{PRESS}/{own}", "source_kind": "press", "property": "budget", "value": wrong})
    weighed = Weighed(
        entity_id=f"project:{source}:{own}",
        cost_tenths=cost,
        gates=(gates_n, gates_n) if gates_n else GATES_OF[STAGE_OF[0]],
        publishers_n=1 + is_in_press,
        jobs=jobs,
    )
    return Planned(weighed=weighed, said=said)


def _dates(rng: np.random.Generator, now: datetime, gates_n: int) -> Mapping[str, str]:
    """Gates that were passed lie behind, mostly late; of those to come the next may be overdue."""
    made: dict[str, str] = {}
    at = now - timedelta(days=200 * gates_n + int(rng.integers(0, 90)))
    for n, gate in enumerate(GATES):
        at += timedelta(days=int(rng.integers(60, 200)))
        late = timedelta(days=int(rng.integers(-20, 80)))
        if n < gates_n:
            made[passed(gate)] = f"{min(at, now - timedelta(days=gates_n - n)):%Y-%m-%d}"
            made[planned(gate)] = f"{at - late:%Y-%m-%d}"
        else:
            made[planned(gate)] = f"{at + timedelta(days=40):%Y-%m-%d}"
    return made


def worth(of: Sequence[Weighed]) -> Sequence[float]:
    """What each counts, all weighing alike: gates, publishers and jobs, each from the least to the most that is known;
    what isn't known is in the middle. A thousandth more, so that none counts nothing."""
    gates = [(low + high) / 2 for low, high in (each.gates for each in of)]
    ends = [end for each in of for end in each.gates]
    publishers = [float(each.publishers_n) for each in of]
    jobs = [float(each.jobs) for each in of if each.jobs is not None]
    made = []
    for each, passed_n in zip(of, gates, strict=True):
        of_jobs = 0.5 if each.jobs is None else _share(each.jobs, jobs)
        made.append((_share(passed_n, ends) + _share(each.publishers_n, publishers) + of_jobs) / 3 + 0.001)
    return made


def _share(value: float, among: Sequence[float]) -> float:
    return (value - min(among)) / (max(among) - min(among)) if max(among) > min(among) else 0.0


def best(of: Sequence[Weighed], worths: Sequence[float], budget_tenths: int) -> list[str]:
    """The ids of the choice that is worth most and costs at most that: each left out or taken (Bellman 1957)."""
    most = np.zeros(budget_tenths + 1)
    taken = np.zeros((len(of), budget_tenths + 1), dtype=bool)
    for i, (each, value) in enumerate(zip(of, worths, strict=True)):
        cost = each.cost_tenths
        with_it = np.full(budget_tenths + 1, -np.inf)
        with_it[cost:] = most[: budget_tenths + 1 - cost] + value
        taken[i] = with_it > most
        most = np.maximum(most, with_it)
    left, chosen = budget_tenths, list[str]()
    for i in reversed(range(len(of))):
        if taken[i, left]:
            chosen.append(of[i].entity_id)
            left -= of[i].cost_tenths
    return chosen
