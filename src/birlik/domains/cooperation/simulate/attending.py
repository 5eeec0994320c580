"""A thousand invented people who register for an invented forum, withdraw, and take or miss what is freed; with what
becomes of each, reckoned by a clock that goes from hour to hour, as a clerk with a list would."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

import numpy as np

from birlik.domains.cooperation.simulate.invented_words import lexicon

Did = Literal["registers", "withdraws", "takes"]
START = datetime(2027, 1, 4, 6, tzinfo=UTC)
PATIENCE_H = 48
MISSES, WITHDRAWS, LISTED = 0.3, 0.35, 0.6
"""Shares of those who let their turn pass, of those with a place who withdraw later, and who may be listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Somebody does something."""

    at: datetime
    who: int
    did: Did


@dataclass(slots=True)
class Attendance:
    """What was done, in order, and what has become of everybody at the end."""

    names: Sequence[str]
    may_list: Sequence[bool]
    places_n: int
    steps: list[Step] = field(default_factory=list)
    ends: datetime = START
    placed: set[int] = field(default_factory=set)
    waiting: list[int] = field(default_factory=list)
    lapsed: set[int] = field(default_factory=set)
    withdrawn: set[int] = field(default_factory=set)


def attendance(seed: int, people_n: int = 1_000, places_n: int = 400, hours_n: int = 24 * 30) -> Attendance:
    """seed: the same one is the same crowd. Everybody comes within the hours; at most one thing is done in a minute."""
    rng = np.random.default_rng(seed)
    names, listed = _names(rng, people_n), [bool(each) for each in rng.random(people_n) < LISTED]
    made = Attendance(names, listed, places_n)
    comes = np.sort(rng.choice(hours_n * 60, people_n, replace=False))
    delays = rng.integers(1, PATIENCE_H * 60, people_n)
    misses, leaves = rng.random(people_n) < MISSES, rng.random(people_n) < WITHDRAWS
    clerk = _Clerk(made, [None if misses[who] else int(delays[who]) for who in range(people_n)])
    for who in range(people_n):
        clerk.will(int(comes[who]) * 60, "registers", who)
        if leaves[who]:
            clerk.will((int(comes[who]) + int(rng.integers(60, 24 * 60 * 10))) * 60, "withdraws", who)
    clerk.works(hours_n * 3_600)
    return made


def _names(rng: np.random.Generator, n: int) -> list[str]:
    words = lexicon(rng, "kk", towns=1, given=150, families=300)
    return [f"{rng.choice(words.given)} {rng.choice(words.families)} {number}" for number in range(n)]


class _Clerk:
    """Does one thing after the other by the clock: what is over goes before what is done at the same moment."""

    def __init__(self, made: Attendance, takes_after: Sequence[int | None]) -> None:
        self._made, self._takes_after = made, takes_after
        self._ahead: list[tuple[int, int, int, str, int]] = []
        self._offers: dict[int, int] = {}

    def will(self, at_s: int, did: str, who: int) -> None:
        """Something is to happen."""
        heapq.heappush(self._ahead, (at_s, did != "lapses", len(self._ahead), did, who))

    def works(self, until_s: int) -> None:
        """Until the time is over."""
        while self._ahead and self._ahead[0][0] <= until_s:
            at_s, _, _, did, who = heapq.heappop(self._ahead)
            if self._does(did, who, at_s) and did != "lapses":
                at = START + timedelta(seconds=at_s)
                self._made.steps.append(Step(at=at, who=who, did=cast(Did, did)))
            self._offer(at_s)
        self._made.ends = START + timedelta(seconds=until_s)

    def _does(self, did: str, who: int, at_s: int) -> bool:
        """False where nothing comes of it."""
        made = self._made
        if did == "registers":
            has_place = not made.waiting and len(made.placed) < made.places_n
            made.placed.add(who) if has_place else made.waiting.append(who)
            return True
        if did == "withdraws" and who in made.placed:
            made.placed.discard(who)
            made.withdrawn.add(who)
            return True
        if who not in made.waiting or (did != "withdraws" and who not in self._offers):
            return False
        if did == "lapses" and self._offers[who] > at_s:
            return False
        made.waiting.remove(who)
        self._offers.pop(who, None)
        {"takes": made.placed, "lapses": made.lapsed, "withdraws": made.withdrawn}[did].add(who)
        return True

    def _offer(self, at_s: int) -> None:
        """What is free goes to who has waited longest."""
        for who in self._made.waiting:
            if len(self._made.placed) + len(self._offers) >= self._made.places_n:
                return
            if who in self._offers:
                continue
            self._offers[who] = at_s + PATIENCE_H * 3_600
            self.will(self._offers[who], "lapses", who)
            if (delay := self._takes_after[who]) is not None:
                self.will(at_s + delay * 60, "takes", who)
