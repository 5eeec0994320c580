"""Tables that follow from the same rows of the same keys read them once a step, and never another's."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from birlik.kernel.store.held import ROWS_HELD, Held
from birlik.kernel.tables import Rows, Source

SOURCE = Source(table="moves", columns=("k", "t"), by="k", time="t")
EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def touched(**since: datetime | None) -> Rows:
    return pa.table({"k": list(since), "since": pa.array(list(since.values()), pa.timestamp("us", tz="UTC"))})


def rows(n: int = 1) -> Rows:
    return pa.table({"k": pa.nulls(n)})


@pytest.mark.parametrize(
    ("first", "first_since", "then", "then_since", "once"),
    [
        pytest.param(touched(a=None), None, touched(a=None), None, True, id="whole keys, again"),
        pytest.param(touched(a=None), None, touched(a=LATE), LATE, True, id="whole keys hold what came late"),
        pytest.param(touched(a=LATE), LATE, touched(a=None), None, False, id="what came late is not the whole key"),
        pytest.param(touched(a=None), None, touched(b=None), None, False, id="another key"),
        pytest.param(touched(a=None), None, touched(a=None, b=None), None, False, id="one key more"),
        pytest.param(
            touched(a=EARLY, b=LATE),
            EARLY,
            touched(a=LATE, b=EARLY),
            EARLY,
            False,
            id="each key from its own time",
        ),
        pytest.param(touched(a=LATE), LATE, touched(a=LATE), EARLY, False, id="a longer look-back"),
    ],
)
def test_rows_are_read_once_for_the_same_keys(
    first: Rows, first_since: datetime | None, then: Rows, then_since: datetime | None, once: bool
) -> None:
    held, read = Held(), rows()
    assert held.read(SOURCE, first, first_since, lambda: read) is read
    assert (held.read(SOURCE, then, then_since, rows) is read) == once


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Source(table="moves", columns=("k",), by="k"), id="other columns"),
        pytest.param(Source(table="moves", columns=("k", "t"), by="k", time="t", in_order=False), id="in no order"),
    ],
)
def test_another_source_is_read_by_itself(other: Source) -> None:
    held, read = Held(), rows()
    held.read(SOURCE, touched(a=None), None, lambda: read)
    assert held.read(other, touched(a=None), None, rows) is not read


def test_nothing_is_held_that_would_fill_memory_or_outlast_its_step() -> None:
    held = Held()
    many, few = rows(ROWS_HELD + 1), rows()
    held.read(SOURCE, touched(a=None), None, lambda: many)
    assert held.read(SOURCE, touched(a=None), None, lambda: few) is few
    held.clear()
    assert held.read(SOURCE, touched(a=None), None, rows) is not few
