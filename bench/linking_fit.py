"""Weights and thresholds of linking, out of the simulator's worlds: `python -m bench.linking_fit` prints both.

The seeds are others than those of `bench.linking` and of the tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.linking import Records, Thresholds, fit, link, lower_from, records_of, upper_from
from birlik.domains.cooperation.model.linking.candidates import candidates
from birlik.domains.cooperation.model.linking.parts import Compared, compare
from birlik.domains.cooperation.model.linking.score import scored
from birlik.domains.cooperation.model.linking.weights import Weights
from birlik.domains.cooperation.simulate.people_and_bodies import world

WORLDS = (*((seed, 1_000) for seed in range(1, 9)), *((seed, 10_000) for seed in (1, 2, 3)), (1, 30_000), (2, 30_000))
PRECISION = 0.9965
"""More than is asked, since larger worlds than these have more that looks alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    records: Records
    compared: Compared
    truth: NDArray[np.int64]

    @property
    def same(self) -> NDArray[np.bool_]:
        return np.asarray(self.truth[self.compared.pairs[:, 0]] == self.truth[self.compared.pairs[:, 1]])

    @property
    def is_person(self) -> NDArray[np.bool_]:
        return self.records.is_person[self.compared.pairs[:, 0]]


def seen() -> Iterator[Seen]:
    for seed, n in WORLDS:
        made = world(seed, n)
        records = records_of(made.claims)
        yield Seen(records, compare(records, candidates(records)), made.truth)


def fitted(worlds: list[Seen], *, persons: bool) -> Weights:
    chosen = [each.is_person == persons for each in worlds]
    measures = np.concatenate([each.compared.measures[c] for each, c in zip(worlds, chosen, strict=True)])
    return fit(measures, np.concatenate([each.same[c] for each, c in zip(worlds, chosen, strict=True)]))


def thresholds(worlds: list[Seen], bodies: Weights, persons: Weights) -> Thresholds:
    scores, same = [], []
    for each in worlds:
        told = scored(each.records, each.compared, bodies, persons)
        scores.append(told.score[told.by_rule])
        same.append(each.same[told.by_rule])
    upper = upper_from(np.concatenate(scores), np.concatenate(same), precision=PRECISION)
    lowest = []
    for each in worlds[-3:]:
        linked = link(each.records, thresholds=Thresholds(upper, -np.inf), weights=(bodies, persons))
        lowest.append(lower_from(linked.scored.score[linked.asked], each.same[linked.asked], len(each.records)))
    return Thresholds(round(upper, 2), round(float(np.mean(lowest)), 2))


def main() -> None:
    worlds = list(seen())
    bodies, persons = (fitted(worlds, persons=persons) for persons in (False, True))
    for name, weights in (("BODIES", bodies), ("PERSONS", persons)):
        print(f"{name} = {weights}")
    print(thresholds(worlds, bodies, persons))


if __name__ == "__main__":
    main()
