"""Who is brought to whom among 2,000 offers and 2,000 needs with capacities of 1 to 5: the solver, and with scores.

Yardstick: scipy's assignment of a square matrix of as many random scores, each with one. The solver gets the pairs of
the derived table: of each the best thirty, by vectors as a model would give them, with sectors, stages, places and
amounts of which a part isn't said.
"""

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.optimize import linear_sum_assignment

from bench.result import Result
from bench.timing import timed_with
from birlik.domains.cooperation.model.matching.assignment import assigned
from birlik.domains.cooperation.model.matching.fits import fits
from birlik.domains.cooperation.plans.spreading import SPREAD
from birlik.domains.cooperation.vocabulary.offers import FEWEST_PLACES, MOST_PLACES, Phase, Sector
from birlik.kernel.meant import COLUMN

EACH, DIMENSIONS, TOPICS = 2_000, 384, 40
SOLVER_TIMES, WHOLE_S = 10.0, 10.0
CLOSES = datetime(2027, 1, 1, tzinfo=UTC)
LANGS, STATES = ("en", "kk", "ru", "tr", "uz", "az"), ("QMA", "QMB", "QMC", "QMD", None)


def run() -> list[Result]:
    rng = np.random.default_rng(11)
    square = rng.random((EACH, EACH))
    bare_s, _ = timed_with(lambda: linear_sum_assignment(square, maximize=True), time.process_time)
    rows = _rows(rng)
    scores_s, found = timed_with(lambda: list(fits(rows)), time.process_time)
    tables = {read.table: pa.Table.from_pylist([{name: row[name] for name in read.columns} for row in of])
              for read, of in zip(SPREAD.reads, (found, rows), strict=True)}  # fmt: skip
    plan_s, made = timed_with(lambda: SPREAD.compute(tables, SPREAD.usual, lambda done, of: None), time.process_time)
    problem = _problem(found, rows)
    solver_s, chosen = timed_with(lambda: assigned(*problem), time.process_time)
    told = made.to_pylist()[0]
    of = f"{EACH:,} offers, {EACH:,} needs, capacities {FEWEST_PLACES} to {MOST_PLACES}, {len(problem[0]):,} pairs"
    return [
        Result(
            name=f"assignment: {of}, the solver",
            value=solver_s,
            unit="CPU-s",
            yardstick=f"scipy on the square matrix, {bare_s:.3g} CPU-s",
            ratio=solver_s / bare_s,
            target=f"<= {SOLVER_TIMES:.0f} x",
            reached=solver_s <= SOLVER_TIMES * bare_s,
        ),
        Result(
            name=f"assignment: {of}, with scores, baselines and rows",
            value=scores_s + plan_s,
            unit="CPU-s",
            yardstick=f"scores {scores_s:.3g}; {int(chosen.sum()):,} pairs, sum {told['brought_sum']:.0f}, in turn "
            f"{told['in_turn_sum']:.0f}",
            ratio=None,
            target=f"<= {WHOLE_S:.0f} CPU-s",
            reached=scores_s + plan_s <= WHOLE_S,
        ),
    ]


def _rows(rng: np.random.Generator) -> list[dict[str, Any]]:
    n = 2 * EACH
    topics = rng.normal(size=(TOPICS, DIMENSIONS))
    of = rng.integers(0, TOPICS, n)
    vectors = topics[of][:, None] + rng.normal(size=(n, 3, DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    sectors, phases = [s.value for s in Sector] + [None], [p.value for p in Phase] + [None]
    low = rng.integers(1, 50, n) * 10_000
    return [
        {"offer_id": f"offer:{i:05}", "side": "offer" if i % 2 else "need", "what": "capital", "title": f"{i}",
         "words": "", "lang": LANGS[int(rng.integers(6))], "sector": sectors[int(of[i]) % len(sectors)],
         "phase": phases[int(rng.integers(6))], "amount_least": int(low[i]), "amount_most": int(low[i]) * 8,
         "currency": "USD" if rng.random() < 0.8 else "KZT", "from_state": STATES[int(rng.integers(5))],
         "states": None, "capacity_n": int(rng.integers(FEWEST_PLACES, MOST_PLACES + 1)), "opens_day": 0,
         "closes_day": 1, "closing_time": CLOSES, "state": "open", "is_invented": True,
         COLUMN: [{"text": f"sentence {k}", "vector": vectors[i, k]} for k in range(3)]}
        for i in range(n)
    ]  # fmt: skip


def _problem(found: list[dict[str, Any]], rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    side = {row["offer_id"]: row["side"] for row in rows}
    scores = {
        (a, b) if side[a] == "offer" else (b, a): (fit["sum_least"] + fit["sum_most"]) / 2
        for fit in found
        for a, b in [(fit["offer_id"], fit["other_id"])]
    }
    ids = [[row["offer_id"] for row in rows if row["side"] == name] for name in ("offer", "need")]
    at = [{each: i for i, each in enumerate(of)} for of in ids]
    most = {row["offer_id"]: row["capacity_n"] for row in rows}
    places = [[at[k][pair[k]] for pair in scores] for k in (0, 1)]
    return (*places, list(scores.values()), *([most[each] for each in of] for of in ids))
