"""How what is reckoned with is written: sums of money (`40000000 USD`, ISO 4217), whole numbers, codes."""

import re

from birlik.errors import Malformed
from birlik.said import Said

_EXACT = re.compile(r"\d{1,15}(?:\.\d{1,6})? [A-Z]{3}", re.ASCII)
_LOOSE = re.compile(r"\s*([0-9][0-9\s,]*(?:\.[0-9]+)?(?:e[0-9]+)?)\s*([A-Z]{3})?\s*", re.IGNORECASE)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_HS6 = re.compile(r"\d{6}", re.ASCII)
_STATE = re.compile(r"[A-Z]{3}", re.ASCII)
Money = tuple[float, str]


def must_be_money(text: str) -> None:
    """Raises Malformed for anything but a number and a currency."""
    if _EXACT.fullmatch(text) is None:
        raise Malformed(Said("{text} is no sum of money: write 40000000 USD", text=text[:60]))


def must_be_count(text: str) -> None:
    """Raises Malformed for anything but a whole number."""
    if _COUNT.fullmatch(text) is None:
        raise Malformed(Said("{text} is no whole number: write 120", text=text[:60]))


def must_be_hs(text: str) -> None:
    """Raises Malformed for anything but six digits: a product of the Harmonized System."""
    if _HS6.fullmatch(text) is None:
        raise Malformed(Said("{text} is no code of HS with six digits: write 850440", text=text[:60]))


def must_be_state(text: str) -> None:
    """Raises Malformed for anything but three capital letters (ISO 3166-1 alpha-3)."""
    if _STATE.fullmatch(text) is None:
        raise Malformed(Said("{text} is no state: write three capital letters such as KAZ", text=text[:60]))


def money(text: str) -> Money | None:
    """(amount, currency, empty where none is said); None where words say it.

    >>> money("40,000,000 GBP"), money("12"), money("much")
    ((40000000.0, 'GBP'), (12.0, ''), None)
    """
    found = _LOOSE.fullmatch(text)
    if found is None:
        return None
    return float(re.sub(r"[\s,]", "", found[1])), (found[2] or "").upper()
