"""What is put in is true: nobody goes without in the planted pairs, and no choice of projects is worth more."""

from datetime import UTC, date, datetime
from itertools import chain, combinations

import numpy as np
import pytest

from birlik.domains.cooperation.model.offering import EPOCH, MOST, checked
from birlik.domains.cooperation.simulate.invented_words import Lexicon, lexicon
from birlik.domains.cooperation.simulate.offering import IN_FIELDS, market
from birlik.domains.cooperation.simulate.people_and_bodies import LANG_OF
from birlik.domains.cooperation.simulate.programme import Weighed, best, programme, worth

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def lexicons() -> list[Lexicon]:
    rng = np.random.default_rng(1)
    return [lexicon(rng, lang, towns=40, given=40, families=80) for lang in LANG_OF]


@pytest.mark.parametrize("seed", range(5))
def test_each_need_has_its_offer_none_beyond_what_it_can_and_no_other_offer_for_who_has_one(
    lexicons: list[Lexicon], seed: int
) -> None:
    made = market(np.random.default_rng(seed), lexicons, NOW)
    by_title = {str(said["title"]): said for said in made.said}
    assert len(by_title) == len(made.said) == 5 * len(IN_FIELDS)
    needs = {title for title, said in by_title.items() if said["side"] == "need"}
    assert {need for need, _, _ in made.pairs} == needs
    for offer in {offer for _, offer, _ in made.pairs}:
        of = [by_title[need] for need, other, _ in made.pairs if other == offer]
        assert len(of) == by_title[offer]["capacity_n"]
        assert all(str(need["from_state"]) in str(by_title[offer]["states"]).split() for need in of)
        assert {need["sector"] for need in of} == {by_title[offer]["sector"]}


def test_all_of_it_can_be_posted(lexicons: list[Lexicon]) -> None:
    for said in market(np.random.default_rng(1), lexicons, NOW).said:
        day = (date.fromisoformat(str(said["closes_day"])) - EPOCH).days
        names = ("title", "words", "capacity_n", "states", "from_state", "amount_least", "amount_most", "currency",
                 "opens_day", "closes_day")  # fmt: skip
        assert checked({**said, "closes_day": day}, names, NOW)["from_state"] == said["from_state"]
        assert len(str(said["title"])) < MOST["title"]


@pytest.mark.parametrize("seed", range(10))
def test_no_choice_within_the_budget_is_worth_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    of = [
        Weighed(
            entity_id=str(i),
            cost_tenths=int(rng.integers(1, 30)),
            gates=(i % 3, i % 3 + i % 2),
            publishers_n=1 + i % 2,
            jobs=int(rng.integers(1, 99)) if i % 4 else None,
        )
        for i in range(9)
    ]
    worths = worth(of)
    every = chain.from_iterable(combinations(range(9), n) for n in range(10))
    most = max(sum(worths[i] for i in some) for some in every if sum(of[i].cost_tenths for i in some) <= 60)
    chosen = [int(name) for name in best(of, worths, 60)]
    assert sum(of[i].cost_tenths for i in chosen) <= 60
    assert sum(worths[i] for i in chosen) == pytest.approx(most)


def test_what_the_sheet_says_is_what_is_weighed(lexicons: list[Lexicon]) -> None:
    for each in programme(np.random.default_rng(1), lexicons, NOW, "s", 12):
        said = {row["property"]: row["value"] for row in reversed(each.said)}
        assert said["budget"] == f"{each.weighed.cost_tenths}00000 USD"
        assert len({row["source"] for row in each.said}) == each.weighed.publishers_n
        passed_n = sum(name.startswith("passed_") for name in said)
        assert passed_n == each.weighed.gates[1] or (passed_n, each.weighed.gates) == (0, (0, 1))
        assert all(said[name] <= f"{NOW:%Y-%m-%d}" for name in said if name.startswith("passed_"))
