"""Introductions in figures: how many were asked for and led to a meeting, how well ranks told, and who is shown."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from birlik.domains.cooperation.events import INVENTED
from birlik.domains.cooperation.events.introductions import INTRODUCTION
from birlik.domains.cooperation.indicators.making import Row, by, count, exact, figures
from birlik.domains.cooperation.model.applicants import FEWEST
from birlik.domains.cooperation.model.fitting_offers import FIT
from birlik.domains.cooperation.vocabulary.introductions import FIRST, Box, Outcome, Stage
from birlik.kernel.domain import Field, Indicator, Rows, Type
from birlik.methods.bootstrap import proportion_interval
from birlik.quantity import Quantity

OURS = "This registry's own definition."
READ = ("introduction_id", "box", "state", "my_outcome", "rank_n")
STATE = Field(name="other_from_state", type=Type.TEXT, description="ISO 3166-1 alpha-3; empty where nobody says it.")


def came_of(rows: Sequence[Row]) -> str | None:
    """What the two say of one introduction: `met`, `not_met`, or `differ`; None where neither has spoken."""
    said = {row["my_outcome"] for row in rows} - {None}
    return "differ" if len(said) > 1 else next(iter(said), None)


def _each(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """By introduction, its rows."""
    made: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        made[row["introduction_id"]].append(row)
    return made


def _asked(rows: Rows, now: datetime) -> Rows:
    made = []
    for (world,), of in by(rows, "is_invented").items():
        each = _each(of)
        states = Counter(row["state"] for row in of if row["box"] == Box.ASKED)
        ends = Counter(came_of(two) for two in each.values())
        told = {"agreed_n": states[Stage.AGREED], "declined_n": states[Stage.DECLINED]}
        told |= {"met_n": ends[Outcome.MET], "not_met_n": ends[Outcome.NOT_MET], "differ_n": ends["differ"]}
        made.append({"is_invented": world, **exact(float(len(each)), len(each)), **told})
    return figures(INTRODUCTIONS, made)


INTRODUCTIONS = Indicator(
    name="introductions",
    code="INTRODUCTIONS",
    title="Introductions",
    unit="1",
    quantity=Quantity.COUNT,
    source=INTRODUCTION.name,
    columns=READ,
    dimensions=(INVENTED,),
    function=_asked,
    further=(
        count("agreed_n", "How many are agreed."),
        count("declined_n", "How many were declined."),
        count("met_n", "Of how many one says that they met, and neither otherwise."),
        count("not_met_n", "Of how many one says that they didn't, and neither otherwise."),
        count("differ_n", "Of how many the two say different things."),
    ),
    method="Introductions that were asked for, counted once for both. What came of one is what the two say of it; "
    "where they differ it counts for neither. Below five nothing is told.",
    reference=OURS,
    interval="none: a count of the register is exact",
    minimum_n=FEWEST,
)


def _precise(rows: Rows, now: datetime) -> Rows:
    made = []
    for (world,), of in by(rows, "is_invented").items():
        ranked = [two for two in _each(of).values() if two[0]["rank_n"] is not None and two[0]["rank_n"] <= FIRST]
        known = [end for two in ranked if (end := came_of(two)) in (Outcome.MET, Outcome.NOT_MET)]
        made.append({"is_invented": world, **_share(known.count(Outcome.MET.value), len(known))})
    return figures(PRECISION_AT_5, made)


def _share(met: int, n: int) -> dict[str, Any]:
    """With Wilson's interval; of nothing it isn't known, which is not nought."""
    if not n:
        return {"value": None, "n": 0, "low": None, "high": None, "basis": "estimated"}
    ends = proportion_interval(met, n)
    return {"value": met / n, "n": n, "low": ends.low, "high": ends.high, "basis": "estimated"}


PRECISION_AT_5 = Indicator(
    name="precision_at_5",
    code="PRECISION5",
    title="Of the first five that fit, how many were met",
    unit="1",
    quantity=Quantity.SHARE,
    source=INTRODUCTION.name,
    columns=READ,
    dimensions=(INVENTED,),
    function=_precise,
    method="Introductions that were asked for from one's own offer or need, to one of the first five that fitted it "
    "then, and of which the two say what came: the share that met. Where they differ it isn't counted. Who is asked is "
    "chosen by people, and not by lot.",
    reference="Manning, Raghavan, Schütze, Introduction to Information Retrieval (2008), 8.4",
    interval="Wilson's interval of a share at 95 %",
    minimum_n=FEWEST,
)


def _shown(rows: Rows, now: datetime) -> Rows:
    places: dict[tuple[bool, str | None], int] = defaultdict(int)
    for row in rows.to_pylist():
        is_shown = row["rank_n"] <= FIRST and row["closing_time"] > now
        places[row["is_invented"], row["other_from_state"]] += is_shown
    made = [
        {"is_invented": world, "other_from_state": state, **exact(float(n), n)}
        for (world, state), n in sorted(places.items(), key=lambda of: (of[0][0], of[0][1] or ""))
    ]
    return figures(EXPOSURE, made)


EXPOSURE = Indicator(
    name="exposure_by_state",
    code="EXPOSURE",
    title="Who is shown among the first five, by state",
    unit="1",
    quantity=Quantity.COUNT,
    source=FIT.name,
    columns=("rank_n", "closing_time"),
    dimensions=(INVENTED, STATE),
    function=_shown,
    method="How many of the first five places that each open offer and need has for what fits it are of a state. Of a "
    "state with fewer than five nothing is told, and no sum of all is, from which it could be reckoned.",
    reference="Singh, Joachims, Fairness of Exposure in Rankings (2018)",
    interval="none: a count of the register is exact",
    minimum_n=FEWEST,
    live=True,
)
INTRODUCTION_FIGURES = (INTRODUCTIONS, PRECISION_AT_5, EXPOSURE)
