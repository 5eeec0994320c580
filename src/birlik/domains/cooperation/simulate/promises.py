"""Promises with a known outcome, as two coders of known error read them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.model.partial_dates import due, read
from birlik.domains.cooperation.vocabulary.invented import INVENTED_STATES
from birlik.domains.cooperation.vocabulary.zones import zones_of
from birlik.methods.agreement import Agreement, Level, krippendorff_alpha

PROGRESS = ("not_started", "under_way", "done", "dropped", "unknown")
HOW_OFTEN = (0.2, 0.25, 0.2, 0.05, 0.3)
EXACT, BY_MONTH, BY_YEAR, UNDATED = range(4)
HOW_EXACT = (0.2, 0.2, 0.25, 0.35)
FIRST_DAY = date(2024, 1, 1)
DAYS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Promises:
    """n promises. progress: int64, the true one, an index into PROGRESS. codes: (2, n), what each coder says of it."""

    progress: NDArray[np.int64]
    codes: NDArray[np.float64]
    due_text: tuple[str, ...]
    owners: tuple[str, ...]
    errors: tuple[float, float]
    """The share of promises that each coder misreads, as any of the other codes."""

    def due(self) -> list[datetime | None]:
        """When each is due, on its owner's clock."""
        return [due(read(text), zones_of([owner])) for text, owner in zip(self.due_text, self.owners, strict=True)]

    def passed(self, at: datetime) -> int:
        """How many are over at that time and not truly done."""
        done = self.progress == PROGRESS.index("done")
        return sum(
            last is not None and last < at and not is_done for last, is_done in zip(self.due(), done, strict=True)
        )

    def agreement(self) -> Agreement:
        """What the coders' codes say of how far they agree."""
        return krippendorff_alpha(self.codes, Level.NOMINAL)

    def expected_alpha(self) -> float:
        """The alpha of endlessly many such promises, by the law they were drawn from."""
        first, second = (_said(error) for error in self.errors)
        truth = np.array(HOW_OFTEN)
        observed = 1 - float(np.einsum("t,tc,tc->", truth, first, second))
        either = (truth @ first + truth @ second) / 2
        return 1 - observed / (1 - float(either @ either))


def promises(seed: int, *, n: int = 120, errors: tuple[float, float] = (0.1, 0.15)) -> Promises:
    """A world of n promises; the same seed is the same world."""
    rng = np.random.default_rng(seed)
    progress = rng.choice(len(PROGRESS), n, p=HOW_OFTEN)
    codes = np.array([_read_by(rng, progress, error) for error in errors], dtype=np.float64)
    days = [FIRST_DAY + timedelta(days=int(day)) for day in rng.integers(0, DAYS, n)]
    exact = rng.choice(4, n, p=HOW_EXACT)
    owners = rng.choice(sorted(INVENTED_STATES), n)
    due_text = tuple(_stated(day, int(how)) for day, how in zip(days, exact, strict=True))
    return Promises(progress, codes, due_text, tuple(map(str, owners)), errors)


def _read_by(rng: np.random.Generator, progress: NDArray[np.int64], error: float) -> NDArray[np.int64]:
    other = (progress + rng.integers(1, len(PROGRESS), progress.size)) % len(PROGRESS)
    return np.where(rng.random(progress.size) < error, other, progress)


def _said(error: float) -> NDArray[np.float64]:
    """(true, said): with what chance a coder says which code."""
    others = error / (len(PROGRESS) - 1)
    return np.full((len(PROGRESS), len(PROGRESS)), others) + np.eye(len(PROGRESS)) * (1 - error - others)


def _stated(day: date, how: int) -> str:
    return {EXACT: day.isoformat(), BY_MONTH: f"{day:%Y-%m}", BY_YEAR: f"{day:%Y}", UNDATED: ""}[how]
