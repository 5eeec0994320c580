"""A plan: who is brought to whom when each can go on with a few only, beside what would be if each went to its best."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.events.offers import OFFER, WHAT
from birlik.domains.cooperation.model.fitting_offers import FIT
from birlik.domains.cooperation.model.matching.assignment import assigned, each_to_its_best, in_turn
from birlik.domains.cooperation.plans.fields import count, flag, number, text
from birlik.domains.cooperation.vocabulary.offers import FEWEST_PLACES, MOST_PLACES, Side
from birlik.kernel.plans import Parameter, Plan, Progress, Read
from birlik.kernel.tables import Field, Rows, Type, arrow_schema
from birlik.quantity import Quantity

STEPS = 3
"""Of progress."""


FIELDS = (
    text("offered_title", "what is offered", "What the offer is."),
    text("sought_title", "what is sought", "What the need is."),
    WHAT,
    Field(name="sum_middle", type=Type.FLOAT, unit="1", quantity=Quantity.SHARE, title="how well it fits",
          description="The middle of the range of the sum by which fits are ranked."),
    flag("is_brought", "brought together", "Is this pair among the chosen?"),
    count("brought_n", "with this offer in all", "How many needs are brought to this offer."),
    flag("is_best", "the need's own best", "Is it the offer that fits the need best, whoever else has it?"),
    count("best_n", "needs whose best it is", "Of how many needs this offer is the best: they would all go to it."),
    flag("is_in_turn", "chosen in turn", "Would it be chosen by the best pair first, then the next that is free?"),
    number("brought_sum", "sum, together", "How well all pairs fit that are brought together; alike in all rows."),
    number("in_turn_sum", "sum, in turn", "The same of those that would be chosen in turn."),
    number("best_sum", "sum, each its best", "The same if each need had its best offer, whoever else has it."),
    text("offer_id", "offer", "The offer: its id here.", nullable=False),
    text("need_id", "need", "The need: its id here.", nullable=False),
)  # fmt: skip
SCHEMA = arrow_schema(FIELDS)
KEY = ("offered_title", "sought_title", "what", "sum_middle", "offer_id", "need_id")
Row = Mapping[str, Any]


def spread(tables: Mapping[str, Rows], values: Mapping[str, Any], tell: Progress) -> Rows:
    """A row a pair that is brought together, or would be otherwise: the former first, the better before the worse."""
    offers = {row["offer_id"]: row for row in tables[OFFER.name].to_pylist()}
    pairs = _pairs(tables[FIT.name].to_pylist(), offers, values["least_sum"])
    tell(1, STEPS)
    ours, theirs = _places(row["offer_id"] for row in pairs), _places(row["need_id"] for row in pairs)
    left, right = [ours[row["offer_id"]] for row in pairs], [theirs[row["need_id"]] for row in pairs]
    scores = [row["sum_middle"] for row in pairs]
    at_left, at_right = ([offers[each]["capacity_n"] or values["unsaid_n"] for each in side] for side in (ours, theirs))
    brought = assigned(left, right, scores, at_left, at_right)
    tell(2, STEPS)
    best, turns = each_to_its_best(right, scores), in_turn(left, right, scores, at_left, at_right)
    of_offer = {name: np.bincount(np.asarray(left, np.int64)[each], minlength=len(ours)).tolist()
                for name, each in (("brought_n", brought), ("best_n", best))}  # fmt: skip
    sums = {name: float(np.asarray(scores)[each].sum())
            for name, each in (("brought_sum", brought), ("in_turn_sum", turns), ("best_sum", best))}  # fmt: skip
    made = [
        {
            **pairs[i],
            "is_brought": bool(brought[i]),
            "is_best": bool(best[i]),
            "is_in_turn": bool(turns[i]),
            **{name: of[left[i]] for name, of in of_offer.items()},
            **sums,
        }
        for i in np.flatnonzero(brought | best | turns).tolist()
    ]
    made.sort(key=lambda row: (not row["is_brought"], -row["sum_middle"], row["offer_id"], row["need_id"]))
    tell(3, STEPS)
    return pa.Table.from_pylist(made, schema=SCHEMA)


def _places(ids: Iterable[str]) -> dict[str, int]:
    return {each: n for n, each in enumerate(dict.fromkeys(ids))}


def _pairs(fits: Sequence[Row], offers: Mapping[str, Row], least: float) -> list[dict[str, Any]]:
    """Each pair of an offer and a need once, whichever of the two has it among its best; in the order of their ids."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for fit in fits:
        one, other = offers.get(fit["offer_id"]), offers.get(fit["other_id"])
        middle = (fit["sum_least"] + fit["sum_most"]) / 2
        # What isn't above nought is nothing that could be gained.
        if one is None or other is None or one["side"] == other["side"] or middle < least or middle <= 0:
            continue
        offer, need = (one, other) if one["side"] == Side.OFFER.value else (other, one)
        told = {
            "offered_title": offer["title"],
            "sought_title": need["title"],
            "what": fit["what"],
            "sum_middle": middle,
        }
        ids = (offer["offer_id"], need["offer_id"])
        made[ids] = {"offer_id": ids[0], "need_id": ids[1], **told}
    return [made[ids] for ids in sorted(made)]


SPREAD = Plan(
    name="cooperation_spread",
    title="Who is brought to whom",
    question="If each can go on with a few only, who is best brought together, so that one isn't offered to all?",
    method="Pairs of an offer and a need that fit, each once at most, with the greatest sum of how well they fit, "
    "such that nobody has more than they said they can go on with: a transportation problem, solved by the "
    "simplex method of HiGHS. Beside it: each need with its best offer, whoever else has that; and in turn, "
    "the best pair first, then the next for which both have a place left. Of each offer and need the thirty "
    "best fits are looked at; two who both seek a partner aren't among them, nor is what has closed. What "
    "isn't known stands at the middle of its range.",
    parameters=(
        Parameter(
            field=count("unsaid_n", "with how many, where it isn't said",
                         "With how many at once somebody can go on who hasn't said it."),
            usual=FEWEST_PLACES, least=FEWEST_PLACES, most=MOST_PLACES, begins=True,
        ),
        Parameter(
            field=Field(name="least_sum", type=Type.FLOAT, unit="1", quantity=Quantity.SHARE, title="fits at least",
                        description="Pairs that fit less than this are left out."),
            usual=0.0, least=0.0, most=1.0, begins=True,
        ),
    ),
    reads=(
        # From the watermark on: what has closed before fits nobody any more.
        Read(table=FIT.name, columns=("offer_id", "other_id", "what", "sum_least", "sum_most"), days=0,
             time="closing_time"),
        Read(table=OFFER.name, columns=("offer_id", "side", "title", "capacity_n")),
    ),
    compute=spread,
    named={"offered_title": ("offer", "offer_id"), "sought_title": ("offer", "need_id")},
    fields=FIELDS,
    key=KEY,
)  # fmt: skip
