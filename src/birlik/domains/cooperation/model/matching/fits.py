"""The best fits of each offer and need of one kind, with their parts."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.matching.conditions import fitting
from birlik.domains.cooperation.model.matching.nearness import met, percentiles
from birlik.domains.cooperation.model.matching.parts import parts, ranges
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
    middle = (low + high) / 2
    said = [_said(row) for row in rows]
    others = [{f"other_{name}": row[name] for name in OF_OTHER} for row in rows]
    for i, row in enumerate(rows):
        may = np.flatnonzero(fit[i])
        best = may[np.argsort(-middle[i, may], kind="stable")[:MOST]]
        of_part = {name: value[i, best].tolist() for name, value in made.items()}
        sums = zip(low[i, best].tolist(), high[i, best].tolist(), strict=True)
        for at, (j, (least, most)) in enumerate(zip(best.tolist(), sums, strict=True)):
            other = rows[j]
            yield {
                "offer_id": row["offer_id"],
                "other_id": other["offer_id"],
                "what": row["what"],
                **others[j],
                "closing_time": min(row["closing_time"], other["closing_time"]),
                "closes_day": min(row["closes_day"], other["closes_day"]),
                "rank_n": at + 1,
                "sum_least": least,
                "sum_most": most,
                **{name: _known(of[at]) for name, of in of_part.items()},
                "near_rests_on": _rests(of_part["near"][at], bool(counted[i, j])),
                "unsure_of": " ".join(name for name, unknown in doubts.items() if unknown[i, j]) or None,
                **_sentences(said[i], said[j]),
                "capacity_n": row["capacity_n"],
                "other_capacity_n": other["capacity_n"],
                "is_invented": bool(row["is_invented"]),
            }


def _near(rows: Sequence[Row]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    n = len(rows)
    if not n or COLUMN not in rows[0]:
        return np.full((n, n), np.nan), np.zeros((n, n), dtype=bool)
    vectors = np.array([row[COLUMN][0]["vector"] for row in rows], dtype=np.float64)
    return percentiles(vectors, [str(row["lang"] or "") for row in rows])


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _rests(value: float, is_counted: bool) -> str:
    if isnan(value):
        return "nothing"
    return "pairs_here" if is_counted else "constant"


Said = tuple[Sequence[str], NDArray[np.float64]]
"""Sentences of one, and what they mean."""


def _said(row: Row) -> Said:
    sentences = (row.get(COLUMN) or [])[1:]
    return [each["text"] for each in sentences], np.array([each["vector"] for each in sentences], dtype=np.float64)


def _sentences(ours: Said, theirs: Said) -> dict[str, str | None]:
    """The two that are the nearest to each other."""
    found = met(ours[1], theirs[1])
    if found is None:
        return {"our_sentence": None, "their_sentence": None}
    return {"our_sentence": ours[0][found[0]], "their_sentence": theirs[0][found[1]]}
