"""How well the rule joins records, from pairs of which a person has spoken."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from birlik.domains.cooperation.events import KIND, WORLD
from birlik.domains.cooperation.indicators.making import Row, by, count, figures
from birlik.domains.cooperation.model.judged import JUDGED
from birlik.domains.cooperation.model.linking import Verdict
from birlik.kernel.domain import Field, Indicator, Rows, Type
from birlik.methods.bootstrap import proportion_interval
from birlik.quantity import Quantity

NOBODY = "Nobody has looked yet at what the rule joined, so its precision isn't known."
NONE_KNOWN = "No pair is known yet to be of the same, so recall isn't known."
NOT_DRAWN = "People look at the pairs that they doubt, and these were not drawn by lot."


def _precisions(rows: Rows, now: datetime) -> Rows:
    return figures(LINKING_PRECISION, _each(rows, _precision))


def _recalls(rows: Rows, now: datetime) -> Rows:
    return figures(LINKING_RECALL, _each(rows, _recall))


def _each(rows: Rows, tell: Callable[[Sequence[Row]], dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"kind": kind, "world": world, **tell(of)} for (kind, world), of in by(rows, "kind", "world").items()]


def _share(right: int, n: int, unknown: str) -> dict[str, Any]:
    """A share with Wilson's interval; of nothing it isn't known, which is not nought."""
    if not n:
        return {"value": None, "n": 0, "low": None, "high": None, "basis": "estimated", "linking_note": unknown}
    ends = proportion_interval(right, n)
    told = {"value": right / n, "n": n, "low": ends.low, "high": ends.high}
    return {**told, "basis": "estimated", "linking_note": NOT_DRAWN}


def _precision(rows: Sequence[Row]) -> dict[str, Any]:
    linked = [row for row in rows if row["is_looked_at"] and row["ruled"] == "linked"]
    judged = [row for row in linked if row["verdict"] != Verdict.UNSURE]
    right = sum(row["verdict"] == Verdict.SAME for row in judged)
    return {
        **_share(right, len(judged), NOBODY),
        "right_n": right,
        "unsure_n": len(linked) - len(judged),
        "unseen_n": sum(not row["is_looked_at"] for row in rows),
    }


def _recall(rows: Sequence[Row]) -> dict[str, Any]:
    known = [row for row in rows if row["is_looked_at"] and row["verdict"] == Verdict.SAME]
    linked = sum(row["ruled"] == "linked" for row in known)
    asked = sum(row["ruled"] == "asked" for row in known)
    return {
        **_share(linked, len(known), NONE_KNOWN),
        "linked_n": linked,
        "asked_n": asked,
        "people_n": len(known) - linked - asked,
        "unseen_n": sum(not row["is_looked_at"] for row in rows),
    }


def _indicator(
    name: str,
    code: str,
    title: str,
    function: Callable[[Rows, datetime], Rows],
    further: tuple[Field, ...],
    method: str,
) -> Indicator:
    return Indicator(
        name=name,
        code=code,
        title=title,
        unit="1",
        quantity=Quantity.SHARE,
        source=JUDGED.name,
        columns=("verdict", "ruled", "is_looked_at"),
        dimensions=(KIND, WORLD),
        function=function,
        further=(
            *further,
            count("unseen_n", "At how many that the rule joined nobody has looked."),
            Field(name="linking_note", type=Type.TEXT, description="What is to be known of the figure."),
        ),
        notes=("linking_note",),
        method=method,
        reference="Christen, Data Matching (2012), chapter 7; Wilson, Probable inference (1927)",
        interval="Wilson's interval of a share at 95 %, as if pairs had been drawn by lot",
        minimum_n=0,
        better="higher",
        live=True,
    )


LINKING_PRECISION = _indicator(
    "linking_precision",
    "PRECISION",
    "Of what the rule joined, how much is of the same",
    _precisions,
    (
        count("right_n", "How many of them a person said to be of the same."),
        count("unsure_n", "Of how many more a person couldn't tell."),
    ),
    "Of the pairs that the rule had joined and a person has looked at since, the share that they say is of the same; "
    "who can't tell counts for neither. People look first at what they doubt: the rule may be better than this. Where "
    "nobody has looked it isn't known. What was measured in invented worlds stands in the documentation, apart.",
)
LINKING_RECALL = _indicator(
    "linking_recall",
    "RECALL",
    "Of what is known to be of the same, how much the rule joined",
    _recalls,
    (
        count("linked_n", "How many of them the rule had joined."),
        count("asked_n", "How many it had asked a person of."),
        count("people_n", "How many people joined of whom the rule had said nothing."),
    ),
    "Of the pairs that a person says are of the same, the share that the rule had joined by itself. What it only asked "
    "counts against it, and so does what people joined before it had looked. Pairs that nobody has found are missing: "
    "recall of all there are may be less, and isn't known.",
)
