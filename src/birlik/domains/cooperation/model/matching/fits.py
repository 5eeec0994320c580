"""The best fits of each offer and need of one kind, with their parts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.matching.conditions import fitting
from birlik.domains.cooperation.model.matching.nearness import met, percentiles
from birlik.domains.cooperation.model.matching.parts import WEIGHTS, parts, ranges
from birlik.kernel.meant import COLUMN

MOST = 30
"""Fits of one that are kept: who has more narrows what they say."""
Row = Mapping[str, Any]
OF_OTHER = ("side", "title", "amount_least", "amount_most", "currency", "sector", "phase", "from_state", "closes_day")
"""What a fit tells of the other."""


def fits(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Of rows of one kind, in the order of their ids: for each its best, by the middle of the range of their sum.

    rows: as `conditions.fitting`, with `offer_id`, `lang`, `closing_time`, and `kernel.meant.COLUMN` where a model is.
    """
    rows = sorted(rows, key=lambda row: str(row["offer_id"]))
    fit, doubts = fitting(rows)
    near, counted = _near(rows)
    made = {"near": near, **parts(rows)}
    low, high = ranges(made)
    middle = np.where(fit, (low + high) / 2, -np.inf)
    for i, row in enumerate(rows):
        best = np.argsort(-middle[i], kind="stable")[: min(MOST, int(fit[i].sum()))]
        for rank, j in enumerate(best.tolist(), 1):
            other = rows[j]
            yield {
                "offer_id": row["offer_id"],
                "other_id": other["offer_id"],
                "what": row["what"],
                **{f"other_{name}": other[name] for name in OF_OTHER},
                "closing_time": min(row["closing_time"], other["closing_time"]),
                "rank_n": rank,
                "sum_least": float(low[i, j]),
                "sum_most": float(high[i, j]),
                **{name: _known(made[name][i, j]) for name in WEIGHTS},
                "near_rests_on": _rests(near[i, j], bool(counted[i, j])),
                "unsure_of": " ".join(name for name, unknown in doubts.items() if unknown[i, j]) or None,
                **_sentences(row, other),
                "capacity_n": row["capacity_n"] or 1,
                "other_capacity_n": other["capacity_n"] or 1,
                "is_invented": bool(row["is_invented"]),
            }


def _near(rows: Sequence[Row]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    n = len(rows)
    if not n or COLUMN not in rows[0]:
        return np.full((n, n), np.nan), np.zeros((n, n), dtype=bool)
    vectors = np.array([row[COLUMN][0]["vector"] for row in rows], dtype=np.float64)
    return percentiles(vectors, [str(row["lang"] or "") for row in rows])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _rests(value: float, is_counted: bool) -> str:
    if np.isnan(value):
        return "nothing"
    return "pairs_here" if is_counted else "constant"


def _sentences(row: Row, other: Row) -> dict[str, str | None]:
    """The two that are the nearest to each other."""
    (_, *ours), (_, *theirs) = row.get(COLUMN) or [None], other.get(COLUMN) or [None]
    found = met(_vectors(ours), _vectors(theirs)) if ours and theirs else None
    if found is None:
        return {"our_sentence": None, "their_sentence": None}
    return {"our_sentence": ours[found[0]]["text"], "their_sentence": theirs[found[1]]["text"]}


def _vectors(said: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    return np.array([each["vector"] for each in said], dtype=np.float64)
