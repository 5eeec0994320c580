"""From scores to what is done: linked by rule, asked, or left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking.candidates import candidates
from birlik.domains.cooperation.model.linking.clusters import (
    Clusters,
    Decision,
    Pair,
    Verdict,
    clusters_of,
    standing,
)
from birlik.domains.cooperation.model.linking.parts import compare
from birlik.domains.cooperation.model.linking.records import Records
from birlik.domains.cooperation.model.linking.score import Scored, scored
from birlik.domains.cooperation.model.linking.thresholds import QUESTIONS_A_RECORD, Thresholds
from birlik.domains.cooperation.model.linking.weights import BODIES, PERSONS, Weights

Ints = NDArray[np.int64]

FEWEST_AT_MOST = 100
"""So many questions may wait in a small register, too; in a larger one QUESTIONS_A_RECORD of them, the likeliest."""
THRESHOLDS = Thresholds(upper=3.86, lower=-0.73)
"""As fitted with `weights`; their precision and recall stand in docs/explanation/linking.md."""


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """What follows from the records that one view sees, and from the decisions that it sees.

    by_rule, asked: rows of `scored`, the highest score first.
    """

    scored: Scored
    by_rule: Ints
    asked: Ints
    clusters: Clusters


def link(
    records: Records,
    decisions: Iterable[Decision] = (),
    thresholds: Thresholds = THRESHOLDS,
    weights: tuple[Weights, Weights] = (BODIES, PERSONS),
) -> Linked:
    """Compare what is worth it, join what is clear, ask what isn't.

    A question is asked once for each two clusters, the likeliest first, and only where its answer would not follow
    from questions asked before it: three records of one body make two questions. Who was asked once is not asked
    again, whatever they said.
    """
    told = scored(records, compare(records, candidates(records)), *weights)
    said = list(decisions)
    order = np.argsort(-told.score, kind="stable")
    score = told.score[order]
    by_rule = order[told.by_rule[order] & (score >= thresholds.upper)]
    clusters = clusters_of(said, _pairs(records, told, by_rule), _outer(records))
    waiting = order[(score >= thresholds.lower) & np.isfinite(score)]
    return Linked(told, by_rule, _asked(records, told, waiting, clusters, standing(said)), clusters)


def _asked(records: Records, told: Scored, waiting: Ints, clusters: Clusters, said: Mapping[Pair, Verdict]) -> Ints:
    above: dict[str, str] = {}

    def top(end: str) -> str:
        while end in above:
            above[end] = end = above.get(above[end], above[end])
        return end

    refused = {join.pair for join in clusters.refused}
    apart = {
        frozenset(clusters.first(end) for end in pair) for pair, verdict in said.items() if verdict is Verdict.DIFFERENT
    }
    asked = []
    for row, pair in zip(waiting.tolist(), _pairs(records, told, waiting), strict=True):
        one, other = (clusters.first(end) for end in pair)
        if one == other or pair in said or pair in refused or frozenset((one, other)) in apart:
            continue
        one, other = top(one), top(other)
        if one != other:
            above[max(one, other)] = min(one, other)
            asked.append(row)
    most = max(FEWEST_AT_MOST, int(QUESTIONS_A_RECORD * len(records)))
    return np.array(asked[:most], dtype=np.int64)


def _pairs(records: Records, told: Scored, rows: Ints) -> list[Pair]:
    """By ids; records stand in the order of theirs, so that the smaller is first."""
    return [(records.ids[one], records.ids[other]) for one, other in told.pairs[rows].tolist()]


def _outer(records: Records) -> dict[str, dict[str, str]]:
    """Of each scheme the outer id of each record with one; of several the first."""
    found: dict[str, dict[str, str]] = {}
    for scheme, many in records.outer.items():
        of = found.setdefault(scheme, {})
        for record, value in zip(many.record.tolist(), many.value.tolist(), strict=True):
            of.setdefault(records.ids[record], str(value))
    return found
