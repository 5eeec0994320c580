"""What must hold of two that fit; where it can't be told, they stay, and what is to be asked is said."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.vocabulary.offers import Standing, What

Row = Mapping[str, Any]
Flags = NDArray[np.bool_]


def fitting(rows: Sequence[Row]) -> tuple[Flags, Mapping[str, Flags]]:
    """Of rows of one kind, (n, n): which may fit which; and of what this isn't known, by its name.

    rows: `side`, `what`, `state`, `is_invented`, the amounts, `currency`, `from_state`, `states`, `opens_day`,
    `closes_day`. Both matrices are symmetric.
    """
    side = np.array([row["side"] for row in rows])
    # Who seeks a partner and another who does fit each other; in all else one offers what the other seeks.
    both = np.array([row["what"] == What.PARTNER for row in rows])
    sides = (side[:, None] != side[None, :]) | (both[:, None] & both[None, :])
    stands = np.array([row["state"] == Standing.OPEN for row in rows])
    world = np.array([bool(row["is_invented"]) for row in rows])
    opens = np.array([row["opens_day"] or 0 for row in rows])
    closes = np.array([row["closes_day"] for row in rows])
    at_once = (opens[:, None] <= closes[None, :]) & (opens[None, :] <= closes[:, None])
    meets, amount = _amounts(rows)
    allowed, states = _states(rows)
    fits = sides & stands[:, None] & stands[None, :] & (world[:, None] == world[None, :]) & at_once & meets & allowed
    np.fill_diagonal(fits, False)
    return fits, {"amount": amount, "states": states}


def _amounts(rows: Sequence[Row]) -> tuple[Flags, Flags]:
    """(do they meet, isn't that known). Of two currencies nothing is known: a rate of the day is no condition."""
    low = np.array([_bound(row["amount_least"], 0.0) for row in rows])
    high = np.array([_bound(row["amount_most"], np.inf) for row in rows])
    said = np.array([row["amount_least"] is not None or row["amount_most"] is not None for row in rows])
    currency = np.array([row["currency"] or "" for row in rows])
    meets = (low[:, None] <= high[None, :]) & (low[None, :] <= high[:, None])
    one_says = said[:, None] | said[None, :]
    known = said[:, None] & said[None, :] & (currency[:, None] == currency[None, :])
    return meets | ~known, one_says & ~known


def _bound(value: int | None, otherwise: float) -> float:
    return otherwise if value is None else float(value)


def _states(rows: Sequence[Row]) -> tuple[Flags, Flags]:
    """(is each where the other wants it, isn't that known)."""
    n = len(rows)
    allowed, unknown = np.ones((n, n), dtype=bool), np.zeros((n, n), dtype=bool)
    home = np.array([row["from_state"] or "" for row in rows])
    for i, row in enumerate(rows):
        if wanted := (row["states"] or "").split():
            allowed[i] = np.isin(home, [*wanted, ""])
            unknown[i] = home == ""
    return allowed & allowed.T, unknown | unknown.T
