"""A proposal for a programme: as many talks as can be are placed, as early as can be, and none breaks a rule.

A whole-number programme (HiGHS, by scipy): a variable for each talk, room and beginning; talks that stand already stay
where they are. Of what is left over it is said which rules keep it out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import gcd

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.programme import Broken, Hours, Talk, broken, fits_somewhere
from birlik.domains.cooperation.vocabulary.programme import Rule

LEAST_STEP_MIN = 5
"""Talks begin at steps from when their room opens: by no less than this."""
MOST_S = 20.0
"""How long it is looked for; then the best that was found stands."""
MOST_VARIABLES = 60_000
"""Where there would be more, talks begin at longer steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    placed: Sequence[Talk]
    """Those that had no place, with the one that they have now."""
    left: Mapping[str, Sequence[Broken]]
    """By talk that found none, the rules that keep it out, that which keeps it out most often first."""
    is_best: bool
    """Nothing places more of them. False where the time was over first, or beginnings were tried at long steps only."""


def propose(talks: Sequence[Talk], hours: Sequence[Hours], most_s: float = MOST_S) -> Proposal:
    """talks: all that aren't cancelled; those with a beginning stay. Raises nothing: what has no place is told."""
    fixed = [talk for talk in talks if talk.begins is not None]
    wanted = [talk for talk in talks if talk.begins is None]
    whole_step = step_of(talks, hours)
    step = whole_step
    while sum(_count(talk, hours, step) for talk in wanted) > MOST_VARIABLES:
        step *= 2
    tried = _Tried([t for talk in wanted for t in _candidates(talk, fixed, hours, step)])
    chosen, is_best = tried.solved(wanted, fixed, most_s)
    placed = {talk.talk_id: talk for talk in chosen}
    left = {
        talk.talk_id: why_not(talk, [*fixed, *chosen], hours, step) for talk in wanted if talk.talk_id not in placed
    }
    return Proposal(
        placed=[placed[talk.talk_id] for talk in wanted if talk.talk_id in placed],
        left=left,
        is_best=is_best and step == whole_step,
    )


def step_of(talks: Sequence[Talk], hours: Sequence[Hours]) -> int:
    """Minutes between beginnings that are tried: what divides all lengths and openings.

    With it as many can be placed as with any finer one, as long as nothing stands already at odd minutes.
    """
    moments = sorted({moment for each in hours for moment in (each.opens, each.closes)})
    lengths = [talk.minutes for talk in talks]
    lengths += [int((moment - moments[0]).total_seconds()) // 60 for moment in moments[1:]]
    lengths += [
        int((end - moments[0]).total_seconds()) // 60 for talk in talks if moments and (end := talk.ends) is not None
    ]
    return max(gcd(*lengths) if lengths else LEAST_STEP_MIN, LEAST_STEP_MIN)


def _count(talk: Talk, hours: Sequence[Hours], step: int) -> int:
    return sum(max(0, _minutes(each) - talk.minutes + step) // step for each in hours)


def _minutes(hours: Hours) -> int:
    return int((hours.closes - hours.opens).total_seconds()) // 60


def beginnings(talk: Talk, hours: Hours, step: int) -> list[datetime]:
    """Moments at which a talk may begin in a room's hours."""
    return [hours.opens + timedelta(minutes=m) for m in range(0, _minutes(hours) - talk.minutes + 1, step)]


def _candidates(talk: Talk, fixed: Sequence[Talk], hours: Sequence[Hours], step: int) -> list[Talk]:
    """Where it breaks no rule beside what stands; what it comes after may find its place in this proposal."""
    made = [talk.at(each.room, begins) for each in hours for begins in beginnings(talk, each, step)]
    return [each for each in made if next(broken(each, fixed, hours), None) is None]


def why_not(talk: Talk, others: Sequence[Talk], hours: Sequence[Hours], step: int) -> Sequence[Broken]:
    """The rules that keep a talk out, each with one that it meets: of all moments that were tried, how many each."""
    if not fits_somewhere(talk, hours):
        return [Broken(rule=Rule.LENGTH)]
    counted: dict[Rule, int] = {}
    example: dict[Rule, Broken] = {}
    for each in hours:
        for begins in beginnings(talk, each, step):
            for fault in broken(talk.at(each.room, begins), others, hours):
                counted[fault.rule] = counted.get(fault.rule, 0) + 1
                example.setdefault(fault.rule, fault)
    missing = [Broken(rule=Rule.ORDER)] if talk.after and all(o.talk_id != talk.after for o in others) else []
    ranked = sorted(counted, key=lambda rule: (-counted[rule], list(Rule).index(rule)))
    return [*missing, *(example[rule] for rule in ranked)]


@dataclass(slots=True)
class _Rows:
    """Rows of constraints, sparse: each at most its bound."""

    at: list[tuple[int, int, float]] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def add(self, terms: Mapping[int, float], most: float) -> None:
        self.at += [(len(self.most), column, value) for column, value in terms.items()]
        self.most.append(most)


class _Tried:
    """Places that were tried, a variable each."""

    def __init__(self, candidates: Sequence[Talk]) -> None:
        self.candidates = candidates

    def solved(self, wanted: Sequence[Talk], fixed: Sequence[Talk], most_s: float) -> tuple[list[Talk], bool]:
        """(those that are placed, whether nothing places more)."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        n = len(self.candidates)
        if not n:
            return [], True
        rows = _Rows()
        self._once_each(rows)
        self._one_at_a_time(rows, lambda talk: (f"room {talk.room}",))
        self._one_at_a_time(rows, lambda talk: tuple(f"speaker {name}" for name in talk.speakers))
        self._in_order(rows, {talk.talk_id for talk in fixed})
        row, column, value = zip(*rows.at, strict=True)
        matrix = coo_array((np.array(value), (np.array(row), np.array(column))), shape=(len(rows.most), n))
        made = milp(
            c=self._cost(len(wanted)),
            constraints=LinearConstraint(matrix.tocsr(), ub=np.array(rows.most)),
            integrality=np.ones(n),
            bounds=Bounds(0, 1),
            options={"time_limit": most_s, "mip_rel_gap": 0.0},
        )
        if made.x is None:
            return [], False
        return [self.candidates[i] for i in np.flatnonzero(made.x > 0.5).tolist()], made.status == 0

    def _cost(self, wanted_n: int) -> NDArray[np.float64]:
        """One for each that is placed; earlier by less than that for all of them together."""
        begins = np.array([talk.begins.timestamp() if talk.begins else 0.0 for talk in self.candidates])
        late = (begins - begins.min()) / max(1.0, float(np.ptp(begins)))
        return np.asarray(late / (2.0 * (wanted_n + 1)) - 1.0, dtype=np.float64)

    def _once_each(self, rows: _Rows) -> None:
        for columns in self._by(lambda talk: (talk.talk_id,)).values():
            rows.add(dict.fromkeys(columns, 1.0), 1.0)

    def _by(self, key: Callable[[Talk], tuple[str, ...]]) -> Mapping[str, list[int]]:
        made: dict[str, list[int]] = {}
        for i, talk in enumerate(self.candidates):
            for each in key(talk):
                made.setdefault(each, []).append(i)
        return made

    def _one_at_a_time(self, rows: _Rows, key: Callable[[Talk], tuple[str, ...]]) -> None:
        """Of two that meet, one begins within the other: so it is enough to look at each beginning."""
        for columns in self._by(key).values():
            begins = np.array([self._begins(i) for i in columns])
            ends = begins + np.array([self.candidates[i].minutes * 60 for i in columns])
            for moment in np.unique(begins):
                on = np.flatnonzero((begins <= moment) & (moment < ends))
                if len(on) > 1:
                    rows.add({columns[i]: 1.0 for i in on}, 1.0)

    def _begins(self, i: int) -> float:
        begins = self.candidates[i].begins
        assert begins is not None
        return begins.timestamp()

    def _in_order(self, rows: _Rows, fixed: set[str]) -> None:
        """What comes after another begins, by any moment, only as far as that has ended by then."""
        of = self._by(lambda talk: (talk.talk_id,))
        for columns in of.values():
            after = self.candidates[columns[0]].after
            if not after or after in fixed:
                continue
            before = of.get(after, [])
            for moment in sorted({self._begins(i) for i in columns}):
                terms = {i: 1.0 for i in columns if self._begins(i) <= moment}
                terms |= {i: -1.0 for i in before if self._begins(i) + self.candidates[i].minutes * 60 <= moment}
                rows.add(terms, 0.0)
