"""Offers and needs in figures: how many are open, of which side."""

from datetime import datetime

from birlik.domains.cooperation.events import INVENTED
from birlik.domains.cooperation.events.offers import OFFER
from birlik.domains.cooperation.indicators.making import Row, by, count, exact, figures
from birlik.domains.cooperation.vocabulary.offers import Side, Standing
from birlik.kernel.domain import Indicator, Rows
from birlik.quantity import Quantity

OURS = "This registry's own definition."


def _is_open(row: Row, now: datetime) -> bool:
    return row["state"] == Standing.OPEN and bool(row["closing_time"] > now)


def _open(rows: Rows, now: datetime) -> Rows:
    made = []
    for (world,), of in by(rows, "is_invented").items():
        left = [row["side"] for row in of if _is_open(row, now)]
        told = {"offers_n": left.count(Side.OFFER.value), "needs_n": left.count(Side.NEED.value)}
        made.append({"is_invented": world, **exact(float(len(left)), len(of)), **told})
    return figures(OFFERS_OPEN, made)


OFFERS_OPEN = Indicator(
    name="offers_open",
    code="OFFERS",
    title="Offers and needs that are open",
    unit="1",
    quantity=Quantity.COUNT,
    source=OFFER.name,
    columns=("side", "state", "closing_time"),
    dimensions=(INVENTED,),
    function=_open,
    further=(count("offers_n", "How many of them offer something."), count("needs_n", "How many seek something.")),
    method="Offers and needs that the reader may see, that nobody has withdrawn and whose last day hasn't ended "
    "everywhere, counted. `n` is all that were ever published.",
    reference=OURS,
    interval="none: a count of the register is exact",
    minimum_n=1,
    live=True,
)
