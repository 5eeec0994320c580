"""How far two coders agree, and what of their codes may be counted on: shares and times stand only on an axis on which
they agree well enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from birlik.domains.cooperation.events import AXIS, WORLD
from birlik.domains.cooperation.indicators.making import Row, by, count, figures
from birlik.domains.cooperation.model.coded import CODED
from birlik.domains.cooperation.vocabulary.words import ORDERED, Axis, Progress
from birlik.kernel.domain import Field, Indicator, Rows, Type
from birlik.methods.agreement import (
    RESAMPLES,
    Agreement,
    Level,
    Verdict,
    cohen_kappa,
    krippendorff_alpha,
    paired,
)
from birlik.quantity import Quantity

Floats = NDArray[np.float64]
NOTES: Mapping[Verdict, str] = {
    Verdict.SHOWN: "",
    Verdict.MARKED: "The coders agree so far that conclusions are tentative: alpha is below 0.8.",
    Verdict.WITHHELD: "The coders agree too little for figures on this axis: alpha is below 0.667.",
    Verdict.UNDEFINED: "Nothing varies from one promise to another, so alpha is undefined and tells nothing.",
    Verdict.ONCE: "Coded once: there is no agreement to be told, and no share.",
}
COUNTED = (Verdict.SHOWN, Verdict.MARKED)
"""On which figures are told."""


def note() -> Field:
    """What is to be known of a figure."""
    return Field(name="coding_note", type=Type.TEXT, description="What the coders' agreement allows.")


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far the coders of one axis agree."""

    alpha: Agreement
    """Ordinal where the codes have an order."""
    nominal: Agreement
    once_n: int
    beside_n: int
    """Coded twice, with a code that has no place in the order."""

    @property
    def verdict(self) -> Verdict:
        """By alpha; where codes stand beside the order, by the nominal one too: to leave disagreement out would make
        the rest look better than the coding is."""
        found = [self.alpha.verdict, self.nominal.verdict] if self.beside_n else [self.alpha.verdict]
        worst = [Verdict.ONCE, Verdict.UNDEFINED, Verdict.WITHHELD, Verdict.MARKED, Verdict.SHOWN]
        return min(found, key=worst.index)


def may_be_told(rows: Sequence[Row]) -> Verdict:
    """Whether figures on progress may be told. rows: of `CODED`, of that axis."""
    return agreed(rows, Axis.PROGRESS, resamples=0).verdict


def agreed(rows: Sequence[Row], axis: Axis, *, resamples: int = RESAMPLES) -> Agreed:
    """rows: of `CODED`, of one axis. resamples: 0 for the values without their intervals."""
    twice = _twice(rows)
    nominal = krippendorff_alpha(_numbers(twice, axis.codes), Level.NOMINAL, resamples=resamples)
    alpha, beside_n = nominal, 0
    if axis is Axis.LEGAL_STATUS:
        placed = [row for row in twice if row["first_code"] in ORDERED and row["second_code"] in ORDERED]
        alpha = krippendorff_alpha(_numbers(placed, ORDERED), Level.ORDINAL, resamples=resamples)
        beside_n = len(twice) - len(placed)
    return Agreed(alpha, nominal, len(rows) - len(twice), beside_n)


def _kappa(rows: Sequence[Row], axis: Axis) -> Agreement | None:
    """None where it isn't always the same two who have coded."""
    twice = _twice(rows)
    pairs = {(row["first_coder"], row["second_coder"]) for row in twice}
    return cohen_kappa(paired(*_numbers(twice, axis.codes))) if len(pairs) == 1 else None


def _twice(rows: Sequence[Row]) -> list[Row]:
    """Those that two have coded."""
    return sorted((row for row in rows if row["first_code"] and row["second_code"]), key=lambda row: row["entity_id"])


def _numbers(rows: Sequence[Row], codes: Sequence[str]) -> Floats:
    """(2, n): the place of each code among all."""
    place = {code: i for i, code in enumerate(codes)}
    both = [[place[row[f"{side}_code"]] for row in rows] for side in ("first", "second")]
    return np.array(both, dtype=np.float64).reshape(2, len(rows))


# --- agreement --------------------------------------------------------------------------------------------------------


def _agreement(rows: Rows, now: datetime) -> Rows:
    made = [_agreement_of(axis, world, of) for (axis, world), of in by(rows, "axis", "world").items()]
    return figures(AGREEMENT, made)


def _agreement_of(axis: str, world: str, rows: Sequence[Row]) -> dict[str, Any]:
    of = agreed(rows, Axis(axis))
    alpha, kappa = of.alpha, _kappa(rows, Axis(axis))
    return {
        "axis": axis,
        "world": world,
        "value": alpha.value,
        "n": alpha.n,
        "low": alpha.interval.low,
        "high": alpha.interval.high,
        "basis": "reported",
        "nominal_alpha": of.nominal.value,
        "kappa": kappa.value if kappa else None,
        "kappa_low": kappa.interval.low if kappa else None,
        "kappa_high": kappa.interval.high if kappa else None,
        "kappa_n": kappa.n if kappa else None,
        "once_n": of.once_n,
        "beside_n": of.beside_n,
        "coding_note": NOTES[of.verdict],
    }


def _coefficient(name: str, description: str) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", description=description)


AGREEMENT = Indicator(
    name="coding_agreement",
    code="ALPHA",
    title="How far two coders agree",
    unit="1",
    source=CODED.name,
    columns=("entity_id", "first_coder", "second_coder", "first_code", "second_code"),
    dimensions=(AXIS, WORLD),
    function=_agreement,
    further=(
        _coefficient("nominal_alpha", "Alpha over all codes, whatever their order."),
        _coefficient("kappa", "Cohen's kappa, where the same two have coded all."),
        _coefficient("kappa_low", "Lower end of its 95 % interval."),
        _coefficient("kappa_high", "Upper end of its 95 % interval."),
        count("kappa_n", "Promises on which kappa rests."),
        count("once_n", "How many were coded by one only."),
        count("beside_n", "How many have a code beside the order: lapsed, superseded."),
        note(),
    ),
    notes=("coding_note",),
    method="Krippendorff's alpha over promises that two coders have coded in one round, each blind to the other: 1 is "
    "agreement, 0 what chance gives. Progress is nominal. How far a promise binds is ordinal; a promise with a code "
    "beside that order (lapsed, superseded) is left out of the ordinal alpha, and then the nominal one over all codes "
    "decides too. Below 0.667 no figure on the axis is told, below 0.8 it is marked. Cohen's kappa stands beside it "
    "where the same two have coded all. What a third judges counts for nothing here, nor what becomes of a code later.",
    reference="Krippendorff, Content Analysis (2004), chapter 11 and p. 241; Computing Krippendorff's "
    "alpha-reliability (2011); Cohen, A coefficient of agreement for nominal scales (1960)",
    interval="bootstrap of whole promises, 999 draws, percentiles",
    minimum_n=0,
)


# --- share done -------------------------------------------------------------------------------------------------------


def _share(rows: Rows, now: datetime) -> Rows:
    return figures(DONE_SHARE, [_share_of(world, of, now) for (world,), of in by(rows, "world").items()])


def _share_of(world: str, rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    verdict = may_be_told(rows)
    due = [row for row in rows if row["due_until_time"] is not None and row["due_until_time"] < now]
    twice = [row for row in due if row["first_code"] and row["second_code"]]
    n, told = len(twice), verdict in COUNTED and len(twice) > 0
    settled = [row["settled_code"] == Progress.DONE for row in twice]
    said = [[row["first_code"] == Progress.DONE, row["second_code"] == Progress.DONE] for row in twice]
    high = sum(any(codes) or is_done for codes, is_done in zip(said, settled, strict=True))
    return {
        "world": world,
        "value": sum(settled) / n if told else None,
        "n": n,
        "low": sum(map(all, said)) / n if told else None,
        "high": high / n if told else None,
        "basis": "reported",
        "unknown_n": sum(row["settled_code"] == Progress.UNKNOWN for row in twice),
        "open_n": sum(row["settled_code"] is None for row in twice),
        "once_n": len(due) - n,
        "once_done_n": sum(Progress.DONE in (row["first_code"], row["second_code"]) for row in due if row not in twice),
        "coding_note": NOTES[verdict],
    }


DONE_SHARE = Indicator(
    name="commitments_done_share",
    code="DONE",
    title="Share done of those due",
    unit="1",
    quantity=Quantity.SHARE,
    source=CODED.name,
    columns=("entity_id", "first_coder", "second_coder", "first_code", "second_code", "settled_code", "due_until_time"),
    only={"axis": Axis.PROGRESS.value},
    dimensions=(WORLD,),
    function=_share,
    further=(
        count("unknown_n", "Of how many both say that it isn't known."),
        count("open_n", "On how many they differ, and nobody has judged."),
        count("once_n", "How many were coded by one only: they count for nothing here."),
        count("once_done_n", "How many of these that one says are done."),
        note(),
    ),
    notes=("coding_note",),
    method="Of the promises whose date has passed and that two coders have coded, the share that is done: both say so, "
    "or who judged between them. Its interval is what the coders leave open, and no sampling error: from what both say "
    "is done to what either does, or who judged. Unknown isn't done. It is told only where alpha on progress, over all "
    "promises coded twice, is 0.667 at least.",
    reference="This registry's own definition; the bounds after Manski, Partial Identification of Probability "
    "Distributions (2003), chapter 1",
    interval="what two coders leave open: low where both say done, high where either does",
    minimum_n=0,
    live=True,
)
