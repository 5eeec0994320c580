"""What can be turned into what, by which factor."""

import pytest
from tests.support.canal import CANAL

from birlik.kernel import checking
from birlik.units import factor


@pytest.mark.parametrize(
    ("unit", "to", "times"),
    [
        ("m3/s", "hm3/d", 0.0864),
        ("km3", "hm3", 1000.0),
        ("km/h", "m/s", 10 / 36),
        ("Gcal", "kWh", 1163.0),
        ("ha", "m2", 10_000.0),
        ("d", "h", 24.0),
        ("h", "h", 1.0),
        ("°C", "°F", None),
        ("m3", "t", None),
        ("m3/s", "m3", None),
    ],
)
def test_a_factor_is_exact_or_there_is_none(unit: str, to: str, times: float | None) -> None:
    assert factor(unit, to) == times
    if times is not None:
        back = factor(to, unit)
        assert back is not None
        assert back * times == pytest.approx(1.0)


@pytest.mark.parametrize("unit", ["t", "m3/s", "°C"])
def test_an_indicator_can_not_promise_a_unit_that_it_can_not_be_turned_into(unit: str) -> None:
    from dataclasses import replace

    (one, *_) = CANAL.indicators
    wrong = replace(CANAL, indicators=(replace(one, units=(unit,)),), pages=())
    assert f"indicator {one.name}: m3/s can't be turned into {unit!r}" in checking.faults((wrong,))
