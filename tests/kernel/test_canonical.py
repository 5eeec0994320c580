"""Equal rows are equal bytes, whatever lay in the memory behind what is null."""

import pyarrow as pa
import pytest

from birlik.apps.web.sight import digest_of
from birlik.kernel.canonical import canonical

TIME = pa.timestamp("us", "UTC")


def with_rest(kind: pa.DataType, rest: int) -> pa.Table:
    """Three values, of which the second is null and has something behind it."""
    values = pa.array([1, rest, 3], pa.int64())
    numbers = values.cast(pa.float64()) if pa.types.is_floating(kind) else values
    valid = pa.array([True, False, True]).buffers()[1]
    return pa.table({"x": pa.Array.from_buffers(kind, 3, [valid, numbers.buffers()[1]])})


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), TIME], ids=str)
def test_what_lies_behind_a_null_is_in_no_digest(kind: pa.DataType) -> None:
    one, other = with_rest(kind, 7), with_rest(kind, 8)
    assert one.equals(other)
    assert digest_of(one) == digest_of(other)
    assert canonical(one).equals(one)
    assert canonical(one).schema == one.schema


def test_other_rows_have_another_digest() -> None:
    rows = [{"t": None, "n": 1, "is": None, "s": None}, {"t": None, "n": None, "is": True, "s": "x"}]
    schema = pa.schema([("t", TIME), ("n", pa.int64()), ("is", pa.bool_()), ("s", pa.string())])
    one = pa.Table.from_pylist(rows, schema=schema)
    other = pa.Table.from_pylist([rows[0], {**rows[1], "n": 0}], schema=schema)
    assert canonical(one).equals(one)
    assert digest_of(one) != digest_of(other)
