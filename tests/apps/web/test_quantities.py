"""A share is shown per cent, a count whole, an amount with its unit: by what is declared, not by a guess."""

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.orchard import ORCHARD

from birlik import assembly
from birlik.apps.web.panels.table import cell, heading
from birlik.apps.web.panels.written import written
from birlik.apps.web.words import words
from birlik.kernel.domain import Field, Type
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


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param({"unit": "km"}, 4.0, ("precision, km", "4"), id="the unit is said once"),
        pytest.param({"unit": "m3/s", "name": "flow_m3_s"}, 1.5, ("flow, m³/s", "1.5"), id="a unit of several"),
        pytest.param({"unit": "s", "name": "gap_s"}, 5400.0, ("gap", "1 h 30 min"), id="seconds are read as time"),
        pytest.param({"unit": "1", "quantity": Quantity.SHARE}, 0.25, ("precision km", "25 %"), id="a declared share"),
        pytest.param({"unit": "1", "name": "late_share"}, 0.25, ("late share", "0.25"), id="a name is no declaration"),
        pytest.param({"unit": "km", "title": "how good"}, 4.0, ("how good, km", "4"), id="a title"),
    ],
)
def test_a_column_is_named_and_written_by_what_is_declared(
    field: dict[str, Any], value: float, said: tuple[str, str]
) -> None:
    declared = Field(**{"name": "precision_km", "type": Type.FLOAT, "description": "", **field})
    made = (heading(SIGHT, declared), cell(SIGHT, declared, {declared.name: value}))
    assert tuple(re.sub(r"[\u00a0\u202f]", " ", text) for text in made) == said


def test_who_waits_is_counted_and_what_is_a_part_is_a_share() -> None:
    declared = {i.name: i.quantity for domain in assembly.domains() for i in domain.indicators}
    assert declared["waiting_now"] is Quantity.COUNT
    assert (declared["turned_back"], declared["coverage"]) == (Quantity.SHARE, Quantity.SHARE)
