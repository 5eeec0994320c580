"""The journal: frames that describe themselves; a torn end is cut, damage is refused, nothing is lost."""

import errno
import os
from datetime import UTC, datetime

import pytest

from birlik.errors import StoreUnavailable
from birlik.kernel.store import journal as room
from birlik.kernel.store.journal import Journal, Position, Record

LARGE = 1 << 30


def record(number, body=b"bytes as they came"):
    return Record(
        message_no=number,
        sha256=b"\x01" * 32,
        source_id="s",
        media_type="text/plain",
        filename=None,
        received_time=datetime(2026, 3, 1, tzinfo=UTC),
        parameters={"profile": "x"},
        marking="GREEN",
        audience=("members",),
        size_bytes=len(body),
        body=body,
    )


def numbers(journal, start=None):
    return [[r.message_no for r in records] for _, _, records in journal.read(start)]


@pytest.fixture
def written(tmp_path):
    """A journal of three frames, closed; and where each ends."""
    journal = Journal(tmp_path, LARGE)
    ends = [journal.append(seq, [record(10 * seq), record(10 * seq + 1)]) for seq in (1, 2, 3)]
    journal.close()
    return tmp_path, ends


def test_what_is_written_is_read_in_order(written):
    folder, ends = written
    journal = Journal(folder, LARGE)
    assert numbers(journal) == [[10, 11], [20, 21], [30, 31]]
    assert numbers(journal, ends[0]) == [[20, 21], [30, 31]]
    assert journal.end == ends[-1]
    assert journal.record(ends[0], 21) == record(21)
    assert journal.record(ends[0], 99) is None


def test_a_full_file_is_followed_by_the_next(tmp_path):
    journal = Journal(tmp_path, segment_bytes=1)
    for seq in (1, 2, 3):
        journal.append(seq, [record(seq)])
    assert [p.name for p in sorted(tmp_path.glob("*.journal"))] == [f"0000000{n}.journal" for n in (1, 2, 3)]
    assert numbers(journal) == [[1], [2], [3]]
    journal.close()
    assert numbers(Journal(tmp_path, 1)) == [[1], [2], [3]]


@pytest.mark.parametrize("cut", [1, 5, 11, 12, 40], ids=lambda n: f"{n} bytes less")
def test_a_torn_end_is_cut_off_since_nobody_was_told_of_it(written, cut):
    folder, ends = written
    file = folder / "00000001.journal"
    os.truncate(file, max(ends[-1].offset - cut, ends[1].offset + 1))
    journal = Journal(folder, LARGE, complete_to=ends[1])
    assert numbers(journal) == [[10, 11], [20, 21]]
    assert journal.end == ends[1]
    journal.append(3, [record(33)])
    assert numbers(journal)[-1] == [33]


def flip(file, at):
    with file.open("r+b") as raw:
        raw.seek(at)
        byte = raw.read(1)
        raw.seek(at)
        raw.write(bytes([byte[0] ^ 0xFF]))


@pytest.mark.parametrize(
    ("frame", "at"),
    [
        pytest.param(1, 2, id="magic"),
        pytest.param(1, 5, id="length"),
        pytest.param(1, 9, id="checksum"),
        pytest.param(1, 20, id="bytes"),
        pytest.param(0, 20, id="the first frame"),
    ],
)
@pytest.mark.parametrize("known", [True, False], ids=["store knows", "store is lost"])
def test_damage_in_the_middle_is_refused_and_nothing_is_cut(written, frame, at, known):
    folder, ends = written
    file = folder / "00000001.journal"
    flip(file, (ends[frame - 1].offset if frame else 0) + at)
    before = file.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"00000001\.journal is damaged at byte \d+: restore it from a backup"):
        Journal(folder, LARGE, complete_to=ends[-1] if known else None)
    assert file.read_bytes() == before


def test_less_than_the_store_knows_is_damage(written):
    folder, ends = written
    os.truncate(folder / "00000001.journal", ends[1].offset)
    with pytest.raises(StoreUnavailable, match="is damaged at byte"):
        Journal(folder, LARGE, complete_to=ends[-1])


def test_damage_in_a_file_that_is_closed_is_found_when_it_is_read(tmp_path):
    journal = Journal(tmp_path, segment_bytes=1)
    for seq in (1, 2):
        journal.append(seq, [record(seq)])
    flip(tmp_path / "00000001.journal", 20)
    with pytest.raises(StoreUnavailable, match=r"00000001\.journal is damaged"):
        list(journal.read())


def test_a_missing_file_in_the_middle_is_damage(tmp_path):
    journal = Journal(tmp_path, segment_bytes=1)
    for seq in (1, 2, 3):
        journal.append(seq, [record(seq)])
    (tmp_path / "00000002.journal").unlink()
    with pytest.raises(StoreUnavailable, match=r"00000002\.journal is missing"):
        list(journal.read())


def test_a_frame_is_taken_back(written):
    folder, ends = written
    journal = Journal(folder, LARGE)
    journal.cut_back(ends[1])
    assert numbers(journal) == [[10, 11], [20, 21]]
    assert journal.append(3, [record(35)]).offset > ends[1].offset


def test_a_frame_of_a_new_file_is_taken_back(tmp_path):
    journal = Journal(tmp_path, segment_bytes=1)
    end = journal.append(1, [record(1)])
    journal.append(2, [record(2)])
    journal.cut_back(Position(2, 0))
    assert numbers(journal) == [[1]]
    assert numbers(journal, end) == []
    journal.append(2, [record(2)])
    assert numbers(journal) == [[1], [2]]


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["pwrite", "fdatasync"])
def test_a_full_disk_leaves_nothing_of_a_frame(written, monkeypatch, call):
    folder, ends = written
    journal = Journal(folder, LARGE)
    with monkeypatch.context() as patched:
        patched.setattr(room.os, call, full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            journal.append(4, [record(40)])
    assert journal.end == ends[-1]
    journal.append(4, [record(41)])
    assert numbers(journal)[-1] == [41]


def test_a_new_file_that_can_not_be_made_leaves_the_old_one_open(tmp_path, monkeypatch):
    journal = Journal(tmp_path, segment_bytes=1)
    journal.append(1, [record(1)])
    with monkeypatch.context() as patched:
        patched.setattr(room.os, "open", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            journal.append(2, [record(2)])
    assert journal.append(2, [record(3)]).segment == 2
    assert numbers(journal) == [[1], [3]]


def test_a_second_writer_is_kept_out_while_the_first_one_lives(tmp_path):
    first = Journal(tmp_path, segment_bytes=1_000)
    with pytest.raises(StoreUnavailable, match="another process holds this node's journal"):
        Journal(tmp_path, segment_bytes=1_000)
    first.close()
    Journal(tmp_path, segment_bytes=1_000).close()
