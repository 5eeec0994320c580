"""Whatever byte of the audit log is changed, `verify` doesn't call it whole where a head is kept elsewhere."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.audits import frames, written

from birlik.kernel.audit.files import CLEAR, HEADS, LINES
from birlik.kernel.audit.verifying import verify

SOME = settings(derandomize=True, max_examples=100, deadline=None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 31 lines, and the heads that are kept elsewhere."""
    base = tmp_path_factory.mktemp("log")
    written(base / "audit", 30, outside=[base / "heads"])
    return base


def copied(made: Path) -> Path:
    folder = made / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made / "audit", folder)
    return folder


@SOME
@given(at=st.floats(0, 1, exclude_max=True), to=st.integers(0, 255))
def test_a_byte_of_a_line(made: Path, at: float, to: int) -> None:
    folder = copied(made)
    text = bytearray((folder / LINES).read_bytes())
    place = int(at * len(text))
    is_same, text[place] = text[place] == to, to
    (folder / LINES).write_bytes(text)
    report = verify(folder, [made / "heads"])
    assert report.is_whole is is_same
    line = bytes(text[:place]).count(b"\n") + 1
    assert is_same or (report.first is not None and report.first <= line)


@SOME
@given(at=st.floats(0, 1, exclude_max=True), to=st.integers(0, 255), name=st.sampled_from([CLEAR, HEADS]))
def test_a_byte_beside_a_line_or_of_a_head(made: Path, at: float, to: int, name: str) -> None:
    """Of what lies beside a line, a change can make it unreadable: then it counts as erased, and is told."""
    folder = copied(made)
    text = bytearray((folder / name).read_bytes())
    place = int(at * len(text))
    is_same, text[place] = text[place] == to, to
    (folder / name).write_bytes(text)
    report = verify(folder, [made / "heads"])
    blank = name == HEADS and chr(to).isspace()  # a line's end of another kind, or one blank line more
    empty = name == CLEAR and b"\n" not in text[:place]  # beside the node's own first line lies nothing
    assert is_same or blank or empty or not report.is_whole or report.erased


@SOME
@given(order=st.permutations(range(31)), n=st.integers(0, 31))
def test_any_other_order_and_any_shorter_log(made: Path, order: list[int], n: int) -> None:
    folder = copied(made)
    lines = frames(folder)
    mixed = [lines[k] for k in order][:n]
    (folder / LINES).write_bytes(b"".join(mixed))
    assert verify(folder, [made / "heads"]).is_whole is (mixed == lines)
