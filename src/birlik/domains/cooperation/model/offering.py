"""What is posted, as it is kept: checked, with its days as moments."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from birlik.domains.cooperation.model.lengths import must_be_short
from birlik.domains.cooperation.vocabulary.offers import FEWEST_PLACES, LONGEST_DAYS, MOST_PLACES
from birlik.errors import BadRequest, all_of
from birlik.said import Said

MOST = {"title": 200, "words": 2_000}
"""Characters of a text; of any other, a line's."""
OF_A_LINE = 200
EPOCH = date(1970, 1, 1)
LAST_ZONE = timedelta(hours=12)
"""A day has ended everywhere once it has at UTC−12."""


def checked(given: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> dict[str, Any]:
    """What is sent, as it is kept. Raises BadRequest with the parameter that is wrong."""
    said: dict[str, Any] = {name: given.get(name) for name in names}
    short = (partial(must_be_short, name, value, MOST.get(name, OF_A_LINE)) for name, value in said.items())
    rest = (partial(look, said) for look in (_capacity, _places, _money))
    for made in all_of(*short, *rest, partial(_days, said, now)):
        said |= made or {}
    return said


def _capacity(said: Mapping[str, Any]) -> dict[str, Any]:
    if said["capacity_n"] is not None and not FEWEST_PLACES <= said["capacity_n"] <= MOST_PLACES:
        raise BadRequest(Said("{low} to {high}", low=FEWEST_PLACES, high=MOST_PLACES), parameter="capacity_n")
    return {}


def _places(said: Mapping[str, Any]) -> dict[str, Any]:
    states = " ".join(sorted(set((said["states"] or "").replace(",", " ").upper().split()))) or None
    home = (said["from_state"] or "").strip().upper() or None
    for name, codes in (("states", (states or "").split()), ("from_state", [home] if home else [])):
        if not all(len(code) == 3 and code.isascii() and code.isalpha() for code in codes):
            raise BadRequest(Said("three capital letters such as KAZ"), parameter=name)
    return {"states": states, "from_state": home}


def _money(said: Mapping[str, Any]) -> dict[str, Any]:
    low, high = said["amount_least"], said["amount_most"]
    currency = (said["currency"] or "").strip().upper() or None
    for name, amount in (("amount_least", low), ("amount_most", high)):
        if amount is not None and not 0 <= amount <= 10**15:
            raise BadRequest(Said("nought or more, in whole units"), parameter=name)
    if low is not None and high is not None and low > high:
        raise BadRequest(Said("the least is more than the most"), parameter="amount_least")
    if (low is not None or high is not None) and currency is None:
        raise BadRequest(Said("an amount has a currency: USD, KZT"), parameter="currency")
    if currency is not None and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise BadRequest(Said("three capital letters such as KZT"), parameter="currency")
    return {"currency": currency}


def _days(said: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    today = (now.astimezone(UTC).date() - EPOCH).days
    opens, closes = said["opens_day"], said["closes_day"]
    if closes is None:
        raise BadRequest(Said("a value is needed"), parameter="closes_day")
    opens = today if opens is None else opens
    if not today <= closes <= today + LONGEST_DAYS:
        raise BadRequest(Said("from today on, and a year ahead at most"), parameter="closes_day")
    if opens > closes:
        raise BadRequest(Said("it opens after it has closed"), parameter="opens_day")
    ended = datetime.combine(EPOCH + timedelta(days=closes + 1), datetime.min.time(), UTC) + LAST_ZONE
    return {"opens_day": opens, "closing_time": ended}
