"""The journal: frames that describe themselves; a torn end is cut, damage is refused, nothing is lost."""

import errno
import os
import struct
import zlib
from datetime import UTC, datetime

import msgspec
import pytest
import zstandard

from birlik.errors import StoreUnavailable
from birlik.kernel.store import journal as room
from birlik.kernel.store import passing
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


# --- nothing is cut that anybody may know of ------------------------------------------------------------------


def last_frame_of(folder, change):
    """Change the last frame's bytes."""
    file = folder / "00000001.journal"
    content = bytearray(file.read_bytes())
    at = content.rfind(b"BLJ1")
    content[at:] = change(bytes(content[at:]))
    file.write_bytes(content)
    return at


def another_form(frame):
    """A frame that is whole, but holds what a later birlik writes."""
    payload = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode({"seq": 3, "columns": [1, 2]}))
    return struct.pack("<4sII", b"BLJ1", len(payload), zlib.crc32(payload)) + payload


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda frame: b"BLJ2" + frame[4:], "written by a newer birlik", id="another magic"),
        pytest.param(another_form, "written by a newer birlik", id="another form"),
        pytest.param(lambda frame: frame[:-2] + b"\0\0", "damaged", id="its checksum fails"),
        pytest.param(lambda frame: b"what is this, a message of 40 bytes?....", "damaged", id="no frame at all"),
    ],
)
@pytest.mark.parametrize("known", [True, False], ids=["store knows", "store is lost"])
def test_a_last_frame_that_can_not_be_read_is_never_cut(written, change, said, known):
    folder, ends = written
    at = last_frame_of(folder, change)
    before = (folder / "00000001.journal").read_bytes()
    with pytest.raises(StoreUnavailable, match=f"{said}.* at byte|{said} at byte {at}"):
        Journal(folder, LARGE, complete_to=ends[-1] if known else None)
    assert (folder / "00000001.journal").read_bytes() == before
    assert not list(folder.glob("*.torn"))


def test_what_a_newer_birlik_wrote_behind_our_last_frame_is_not_cut_either(written):
    folder, ends = written
    last_frame_of(folder, lambda frame: b"BLJ2" + frame[4:])
    before = (folder / "00000001.journal").read_bytes()
    with pytest.raises(StoreUnavailable, match="newer birlik"):
        Journal(folder, LARGE, complete_to=ends[1])
    assert (folder / "00000001.journal").read_bytes() == before


@pytest.mark.parametrize(
    "tail",
    [b"BLJ1\x40\x00\x00\x00half", b"BL", b"\0" * 4_096, b"BLJ1" + b"\0" * 8 + b"\1" * 9],
    ids=["half a frame", "half a head", "nothing but zeros", "a frame whose bytes did not reach the disk"],
)
def test_what_is_torn_is_set_aside_before_it_is_cut_off(written, tail):
    folder, ends = written
    file = folder / "00000001.journal"
    with file.open("ab") as raw:
        raw.write(tail)
    journal = Journal(folder, LARGE, complete_to=ends[-1])
    assert journal.end == ends[-1]
    assert (folder / f"00000001-{ends[-1].offset}.torn").read_bytes() == tail
    assert file.stat().st_size == ends[-1].offset


def test_what_was_acknowledged_is_not_taken_back(written):
    folder, ends = written
    journal = Journal(folder, LARGE, complete_to=ends[-1])
    with pytest.raises(StoreUnavailable, match="acknowledged"):
        journal.cut_back(ends[1])
    assert (folder / "00000001.journal").stat().st_size == ends[-1].offset


# --- past damage ----------------------------------------------------------------------------------------------


def passed_over(folder, had=None):
    found = passing.survey(folder, had)
    passing.write(folder, found)
    return list(found.pieces)


def test_what_is_damaged_in_the_middle_is_passed_over_by_an_operators_word(written):
    folder, ends = written
    flip(folder / "00000001.journal", ends[0].offset + 20)
    before = (folder / "00000001.journal").read_bytes()
    assert passed_over(folder, ends[-1]) == [passing.Piece(1, ends[0].offset, ends[1].offset)]
    journal = Journal(folder, LARGE, complete_to=ends[-1])
    assert numbers(journal) == [[10, 11], [30, 31]]
    assert journal.record(ends[0], 20) is None
    assert journal.record(ends[1], 30) == record(30)
    journal.append(4, [record(40)])
    assert (folder / "00000001.journal").read_bytes()[: len(before)] == before
    assert passed_over(folder, journal.end) == [passing.Piece(1, ends[0].offset, ends[1].offset)]


@pytest.mark.parametrize("left", [0, 3, 15], ids=lambda n: f"{n} bytes of it left")
def test_behind_a_lost_end_a_new_file_is_begun(written, left):
    folder, ends = written
    file = folder / "00000001.journal"
    os.truncate(file, ends[1].offset + left)
    before = file.read_bytes()
    assert passed_over(folder, ends[-1]) == [passing.Piece(1, ends[1].offset, ends[-1].offset)]
    journal = Journal(folder, LARGE, complete_to=ends[-1])
    end = journal.append(4, [record(40)])
    assert (end.segment, end > ends[-1]) == (2, True)
    assert numbers(journal) == [[10, 11], [20, 21], [40]]
    assert file.read_bytes() == before
    journal.close()
    assert numbers(Journal(folder, LARGE, complete_to=end)) == [[10, 11], [20, 21], [40]]


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_file_that_is_missing_is_passed_over_and_its_number_not_used_again(tmp_path, gone):
    journal = Journal(tmp_path, segment_bytes=1)
    had = [journal.append(seq, [record(seq)]) for seq in (1, 2, 3)][-1]
    journal.close()
    (tmp_path / f"0000000{gone}.journal").unlink()
    assert passed_over(tmp_path, had) == [passing.Piece(gone, 0, 0, missing=True)]
    again = Journal(tmp_path, segment_bytes=1, complete_to=had)
    assert again.append(4, [record(4)]).segment == 4
    assert numbers(again) == [[n] for n in (1, 2, 3, 4) if n != gone]


def test_a_torn_end_is_no_damage_to_be_passed_over(written):
    folder, ends = written
    os.truncate(folder / "00000001.journal", ends[-1].offset - 1)
    assert passed_over(folder, ends[1]) == []


def test_another_releases_frame_is_no_damage_to_be_passed_over(written):
    folder, ends = written
    last_frame_of(folder, another_form)
    with pytest.raises(StoreUnavailable, match="newer birlik"):
        passed_over(folder, ends[-1])
    assert not (folder / passing.FILE).exists()
