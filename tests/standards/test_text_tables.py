"""A table of text as others write it: no line is lost because of another, and each row knows its own."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from birlik.errors import Malformed
from birlik.standards.sheets.text import Columns, Layout, read_text

HEADER = ["a", "b", "c", "d", "e", "f"]
LAYOUT = Layout(find=lambda header: Columns({name: header.index(name) for name in HEADER if name in header}, ()))
PIECES = st.lists(st.sampled_from(['"', '""', ";", ";;", "i", " ", "x", "\t", "5"]), max_size=9).map("".join)


def read(*lines):
    return read_text("\n".join([";".join(HEADER), *lines, ""]).encode(), LAYOUT).table


@pytest.mark.parametrize("line", ['i";;;;;"', 'i";;;;;"x', '5" pipe;;;;;"'])
def test_a_quote_that_opens_a_cell_and_is_not_closed_swallows_no_other_line(line):
    table = read("1;2;3;4;5;6", line, "7;8;9;10;11;12", "13;;;;;14")
    assert table.columns["a"].to_pylist() == ["1", "7", "13"]
    assert table.columns["f"].to_pylist() == ["6", "12", "14"]
    assert list(table.line) == [2, 4, 5]
    assert [(error.where.line, error.raw) for error in table.refused] == [(3, line.encode())]


@given(lines=st.lists(PIECES, max_size=5))
@example(lines=['i"', ';;;;;"'])
@settings(max_examples=600, deadline=None, derandomize=True)
def test_whatever_stands_between_them_two_good_lines_are_read_as_they_are(lines):
    try:
        table = read("1;2;3;4;5;6", *lines, "7;8;9;10;11;12")
    except Malformed as error:
        pytest.fail(f"the whole was refused: {error}")
    for first, line in (("1", 2), ("7", len(lines) + 3)):
        assert (first, line) in zip(table.columns["a"].to_pylist(), table.line, strict=True)
    told = [*table.line, *(error.where.line for error in table.refused)]
    assert len(told) == len(set(told)), "a line is either a row or refused, once"
    assert all(len(column) == len(table) for column in table.columns.values())
