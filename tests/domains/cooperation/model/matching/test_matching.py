"""Which fits which: conditions, parts, percentiles; what isn't known is a range, and never nought."""

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from birlik.domains.cooperation.model.matching.conditions import fitting
from birlik.domains.cooperation.model.matching.fits import MOST, fits
from birlik.domains.cooperation.model.matching.nearness import LEAST_PAIRS, met, percentiles
from birlik.domains.cooperation.model.matching.parts import WEIGHTS, parts, ranges
from birlik.kernel.meant import COLUMN

OFFER = {
    "offer_id": "offer:a", "side": "offer", "what": "capital", "title": "Money", "words": "Money for wells.",
    "lang": "en", "sector": "water", "phase": "pilot", "amount_least": 100, "amount_most": 500, "currency": "USD",
    "from_state": "TUR", "states": None, "capacity_n": 1, "opens_day": 20_000, "closes_day": 20_100,
    "closing_time": datetime(2026, 12, 1, tzinfo=UTC), "state": "open", "is_invented": False,
}  # fmt: skip
NEED = {**OFFER, "offer_id": "offer:b", "side": "need", "from_state": "KAZ"}


def told(**changed: Any) -> tuple[bool, set[str]]:
    """Whether a need that is changed fits the offer, and of what that isn't known."""
    fit, doubts = fitting([OFFER, {**NEED, **changed}])
    assert np.array_equal(fit, fit.T)
    return bool(fit[0, 1]), {name for name, unknown in doubts.items() if unknown[0, 1]}


@pytest.mark.parametrize(
    ("changed", "made"),
    [
        pytest.param({}, (True, set()), id="all meets"),
        pytest.param({"side": "offer"}, (False, set()), id="two that offer"),
        pytest.param({"state": "withdrawn"}, (False, set()), id="withdrawn"),
        pytest.param({"is_invented": True}, (False, set()), id="invented and real"),
        pytest.param({"opens_day": 20_101, "closes_day": 20_200}, (False, set()), id="never open at once"),
        pytest.param({"opens_day": 20_100, "closes_day": 20_200}, (True, set()), id="open at once for a day"),
        pytest.param({"amount_least": 501, "amount_most": 900}, (False, set()), id="asks for more"),
        pytest.param({"amount_least": 500, "amount_most": None}, (True, set()), id="ranges that touch"),
        pytest.param({"amount_least": None, "amount_most": None}, (True, {"amount"}), id="amount not said"),
        pytest.param({"currency": "KZT", "amount_least": 9_000}, (True, {"amount"}), id="another currency"),
        pytest.param({"states": "TUR UZB"}, (True, set()), id="names the other's state"),
        pytest.param({"states": "UZB"}, (False, set()), id="names another state"),
    ],
)
def test_conditions(changed: dict[str, Any], made: tuple[bool, set[str]]) -> None:
    assert told(**changed) == made


def test_a_state_that_is_not_said_is_asked_for_and_shuts_nobody_out() -> None:
    fit, doubts = fitting([{**OFFER, "states": "KAZ"}, {**NEED, "from_state": None}])
    assert fit[0, 1]
    assert doubts["states"][0, 1]


def test_two_who_seek_a_partner_fit_each_other() -> None:
    fit, _ = fitting([{**NEED, "what": "partner"}, {**NEED, "what": "partner", "offer_id": "offer:c"}])
    assert fit.tolist() == [[False, True], [True, False]]


def test_parts_that_are_not_known_are_a_range() -> None:
    made = parts([OFFER, {**NEED, "sector": None, "phase": "growing"}])
    assert np.isnan(made["same_sector"][0, 1])
    assert made["same_phase"][0, 1] == 0
    assert made["same_place"][0, 1] == 0
    low, high = ranges({"near": np.full((2, 2), np.nan), **made})
    assert low[0, 1] == 0
    assert high[0, 1] == pytest.approx(WEIGHTS["near"] + WEIGHTS["same_sector"])


def test_weights_make_one() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_other_is_no_sector_that_two_share() -> None:
    made = parts([{**OFFER, "sector": "other"}, {**NEED, "sector": "other"}])
    assert np.isnan(made["same_sector"][0, 1])


# --- percentiles ------------------------------------------------------------------------------------------------------


def spread(n: int, seed: int = 7) -> Any:
    made = np.random.default_rng(seed).normal(size=(n, 16))
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_a_percentile_is_the_share_of_pairs_of_the_same_languages_that_are_less_near() -> None:
    vectors, languages = spread(20), ["en"] * 9 + ["kk"] * 11
    made, counted = percentiles(vectors, languages)
    assert counted.all()
    near = vectors @ vectors.T
    for one, other in (("en", "en"), ("en", "kk"), ("kk", "kk")):
        pairs = [(i, j) for i, j in combinations(range(20), 2) if {languages[i], languages[j]} == {one, other}]
        assert len(pairs) >= LEAST_PAIRS
        for i, j in pairs:
            less = sum(near[a, b] < near[i, j] for a, b in pairs)
            same = sum(near[a, b] == near[i, j] for a, b in pairs)
            assert made[i, j] == made[j, i] == pytest.approx((less + same / 2) / len(pairs))


def test_of_few_pairs_a_constant_tells_and_it_is_said() -> None:
    made, counted = percentiles(spread(3), ["en", "en", "kk"])
    assert not counted.any()
    assert np.all((made >= 0) & (made <= 1))


def test_a_language_that_puts_all_its_texts_together_gains_nothing_by_that() -> None:
    """In one language all are nearer by the same: their percentiles are those of the others."""
    rng = np.random.default_rng(3)
    plain = rng.normal(size=(12, 16))
    bent = plain + 4.0
    both = np.vstack([plain, bent])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    made, _ = percentiles(both, ["en"] * 12 + ["tr"] * 12)
    upper = np.triu_indices(12, 1)
    assert np.median(made[:12, :12][upper]) == pytest.approx(np.median(made[12:, 12:][upper]), abs=0.02)


def test_what_means_nothing_is_not_known() -> None:
    vectors = spread(4)
    vectors[2] = 0
    made, _ = percentiles(vectors, ["en"] * 4)
    assert np.isnan(made[2]).all()
    assert not np.isnan(made[0, 1])


def test_the_sentences_that_met_are_the_nearest_two() -> None:
    ours, theirs = np.eye(3)[:2], np.eye(3)[[2, 1]]
    assert met(ours, theirs) == (1, 1)
    assert met(np.zeros((1, 3)), theirs) is None


# --- fits -------------------------------------------------------------------------------------------------------------


def meaning(*vectors: Any) -> list[dict[str, Any]]:
    return [{"text": f"sentence {n}", "vector": vector} for n, vector in enumerate(vectors)]


def test_the_nearest_in_meaning_stands_first_where_all_else_is_the_same() -> None:
    base = spread(12)
    rows = [{**OFFER, COLUMN: meaning(base[0], base[0])}]
    for n in range(1, 12):
        mixed = base[n] + n / 4 * base[0]
        mixed /= np.linalg.norm(mixed)
        rows.append({**NEED, "offer_id": f"offer:{n:02}", COLUMN: meaning(mixed, mixed)})
    made = [fit for fit in fits(rows) if fit["offer_id"] == "offer:a"]
    assert [fit["rank_n"] for fit in made] == list(range(1, 12))
    nears = [fit["near"] for fit in made]
    assert nears == sorted(nears, reverse=True)
    assert {fit["near_rests_on"] for fit in made} == {"pairs_here"}
    assert made[0]["our_sentence"] == "sentence 1"


def test_both_are_told_and_without_a_model_ranks_rest_on_what_is_known() -> None:
    made = {(fit["offer_id"], fit["other_id"]): fit for fit in fits([OFFER, NEED])}
    assert set(made) == {("offer:a", "offer:b"), ("offer:b", "offer:a")}
    fit = made["offer:a", "offer:b"]
    assert (fit["near"], fit["near_rests_on"], fit["our_sentence"]) == (None, "nothing", None)
    assert fit["sum_most"] - fit["sum_least"] == pytest.approx(WEIGHTS["near"])


def test_who_fits_many_has_the_best_of_them_in_an_order_that_rows_do_not_tell() -> None:
    rows = [OFFER, *({**NEED, "offer_id": f"offer:{n:03}", "sector": "water" if n % 2 else "food"} for n in range(80))]
    made = [fit for fit in fits(rows) if fit["offer_id"] == "offer:a"]
    assert len(made) == MOST
    assert {fit["other_sector"] for fit in made} == {"water"}
    again = [fit for fit in fits(rows[::-1]) if fit["offer_id"] == "offer:a"]
    assert [fit["other_id"] for fit in made] == [fit["other_id"] for fit in again]
