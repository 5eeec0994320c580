"""A share is shown per cent, a count whole, an amount with its unit: by what is declared, not by a guess."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.orchard import ORCHARD

from birlik import assembly
from birlik.apps.web.panels.written import written
from birlik.apps.web.words import words
from birlik.quantity import Quantity

SIGHT: Any = SimpleNamespace(words=words("en", []))


@pytest.mark.parametrize(
    ("quantity", "unit", "value", "said"),
    [
        pytest.param(Quantity.SHARE, "1", 1.0, "100\u202f%", id="a share that was shown as a count of one"),
        pytest.param(Quantity.SHARE, "1", 0.1234, "12.3\u202f%", id="share"),
        pytest.param(Quantity.COUNT, "1", 142.6, "143", id="count"),
        pytest.param(Quantity.AMOUNT, "1", 0.5, "0.5", id="a number without a unit"),
        pytest.param(Quantity.AMOUNT, "kg", 2.5, "2.5 kg", id="amount"),
        pytest.param(Quantity.AMOUNT, "h", 1.5, "1\u00a0h 30\u00a0min", id="time"),
    ],
)
def test_a_value_is_written_as_what_it_is(quantity: Quantity, unit: str, value: float, said: str) -> None:
    declared = replace(ORCHARD.indicators[0], quantity=quantity, unit=unit)
    for name in ("value", "low", "high"):
        assert written(SIGHT, declared, name, {name: value}).replace("\u00a0", " ") == said.replace("\u00a0", " ")


def test_who_waits_is_counted_and_what_is_a_part_is_a_share() -> None:
    declared = {i.name: i.quantity for domain in assembly.domains() for i in domain.indicators}
    assert declared["waiting_now"] is Quantity.COUNT
    assert (declared["turned_back"], declared["coverage"]) == (Quantity.SHARE, Quantity.SHARE)
