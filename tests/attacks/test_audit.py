"""What somebody who owns the machine can do to the audit log, and what `verify` says then.

Each attack is made twice: careless, and by one who knows how the log is made and has its key. What a rewrite with the
key looks like by itself is said as well: whole, with the words that only a head kept elsewhere would tell.
"""

import shutil
from datetime import timedelta

import pytest
from tests.support import audits, disks
from tests.support.audits import NOON, changed, frames, indexed_anew, put, signed_anew, written

from birlik.clock import SetClock
from birlik.errors import StoreUnavailable
from birlik.kernel.audit import Audit, Line, epochs, verifying
from birlik.kernel.audit.elsewhere import leaves_beside
from birlik.kernel.audit.files import CLEAR, HEADS, INDEX, KEY, LINES, STATE
from birlik.kernel.audit.verifying import verify

N = 60


@pytest.fixture
def outside(tmp_path):
    """A file on another disk, in which heads are kept."""
    (tmp_path / "second").mkdir()
    return tmp_path / "second" / "heads"


@pytest.fixture
def folder(tmp_path, outside):
    """60 acts: the first line says that an epoch begins, so they are lines 2 to 61."""
    written(tmp_path / "audit", N, outside=[outside])
    return tmp_path / "audit"


def said(report):
    return " / ".join(fault.said for fault in report.faults)


def test_what_nobody_touched_is_whole_and_what_cant_be_known_is_said(folder, outside):
    report = verify(folder)
    assert (report.is_whole, report.size, report.first, report.heads_n) == (True, N + 1, None, 6)
    assert "only a head that was kept elsewhere would tell" in report.unknown[0]
    report = verify(folder, [outside])
    assert (report.is_whole, report.outside_n, report.unknown) == (True, 6, [])


# --- edit -----------------------------------------------------------------------------------------------------


def edit(folder, n=23):
    lines = frames(folder)
    lines[n - 1] = changed(lines[n - 1], lambda leaf: leaf.replace(b'"done"', b'"gone"'))
    put(folder, lines)


def test_a_careless_edit_is_named_by_its_line(folder):
    text = (folder / LINES).read_bytes()
    at = len(b"".join(frames(folder)[:22])) + 60
    (folder / LINES).write_bytes(text[:at] + b"X" + text[at + 1 :])
    report = verify(folder)
    assert (report.is_whole, report.first) == (False, 23)
    assert "differs from its own checksum" in said(report)


def test_an_edit_with_the_checksum_that_fits_is_named_by_its_line(folder):
    edit(folder)
    report = verify(folder)
    assert report.first == 23
    assert "its hash was noted then" in said(report)
    assert "between here and line 31 the log is not what was signed" in said(report)


def test_an_edit_that_the_index_agrees_with_is_found_by_the_next_head(folder):
    edit(folder)
    indexed_anew(folder)
    report = verify(folder)
    assert report.first == 22
    assert said(report).startswith("between here and line 31 the log is not what was signed")


def test_an_edit_signed_anew_agrees_with_itself_and_a_head_from_elsewhere_names_its_line(folder, outside):
    edit(folder)
    indexed_anew(folder)
    signed_anew(folder)
    alone = verify(folder)
    assert alone.is_whole
    assert "could have written all of it anew" in alone.unknown[0]
    report = verify(folder, [outside])
    assert report.first == 23
    assert "it is not the line that was written" in said(report)


def test_by_heads_alone_the_lines_between_which_it_lies_are_named(folder, outside):
    edit(folder)
    indexed_anew(folder)
    signed_anew(folder)
    leaves_beside(outside, 1).unlink()
    report = verify(folder, [outside])
    assert report.first == 22
    assert "between here and line 31" in said(report)


def test_without_looking_at_heads_an_edit_would_be_missed(folder, monkeypatch):
    """The same attack on a verify that was weakened: it succeeds, so it is the heads that find it."""
    edit(folder)
    indexed_anew(folder)
    monkeypatch.setattr(verifying, "_own_heads", lambda *_: None)
    assert verify(folder).is_whole


def test_what_is_said_beside_a_line_cant_be_exchanged(folder):
    clear = (folder / CLEAR).read_bytes()
    (folder / CLEAR).write_bytes(clear.replace(b'"admin1"', b'"nobody"', 1))
    report = verify(folder)
    assert report.first == 3
    assert "what is said beside it (who) is not what it was committed to" in said(report)


def test_what_was_erased_beside_a_line_leaves_the_log_whole(folder, outside):
    lines = (folder / CLEAR).read_bytes().splitlines(keepends=True)
    blank = [b"{%b}\n" % line.split(b",")[0].lstrip(b"{") if b'"admin1"' in line else line for line in lines]
    (folder / CLEAR).write_bytes(b"".join(blank))
    report = verify(folder, [outside])
    assert (report.is_whole, report.erased) == (True, 20)


# --- cut ------------------------------------------------------------------------------------------------------


def cut(folder, n):
    put(folder, frames(folder)[:n])


def test_lines_cut_off_are_missed_by_the_logs_own_heads(folder):
    cut(folder, 40)
    report = verify(folder)
    assert report.first == 41
    assert "it and all up to line 41 are missing" in said(report)


def test_a_node_whose_log_was_cut_refuses_what_has_to_be_in_it(folder):
    cut(folder, 40)
    audit = Audit(folder, SetClock(NOON), name=audits.NAME)
    with pytest.raises(StoreUnavailable, match="line 41 of 61 that were signed can't be read"):
        audit.write(Line(act="birlik_grant"))
    audit.close()
    assert len(frames(folder)) == 40


def cut_with_heads(folder, n):
    cut(folder, n)
    (folder / CLEAR).write_bytes(b"".join((folder / CLEAR).read_bytes().splitlines(keepends=True)[:n]))
    indexed_anew(folder)
    signed_anew(folder)


def test_lines_cut_off_with_their_heads_are_missed_only_from_elsewhere(folder, outside):
    cut_with_heads(folder, 40)
    assert verify(folder).is_whole
    report = verify(folder, [outside])
    assert report.first == 41
    assert "kept in heads has them" in said(report)


def test_a_node_that_finds_a_head_elsewhere_that_knows_more_begins_an_epoch_and_says_so(folder, outside):
    cut_with_heads(folder, 40)
    written(folder, 1, outside=[outside])
    report = verify(folder, [outside])
    assert report.epochs == {1: 1, 2: 41}
    assert report.first == 41
    assert "lines up to 61 of epoch 1 are lost" in said(report)
    assert "an older state was put back" in said(report)


# --- order ----------------------------------------------------------------------------------------------------


def test_two_lines_that_changed_places_are_named(folder):
    lines = frames(folder)
    lines[9], lines[10] = lines[10], lines[9]
    put(folder, lines)
    report = verify(folder)
    assert report.first == 10
    assert "in its place stands line 11" in said(report)


def test_a_line_taken_out_is_named(folder):
    lines = frames(folder)
    put(folder, [*lines[:9], *lines[10:]])
    report = verify(folder)
    assert report.first == 10
    assert "in its place stands line 11" in said(report)


def test_a_line_put_in_is_named(folder):
    lines = frames(folder)
    put(folder, [*lines[:9], lines[4], *lines[9:]])
    assert verify(folder).first == 10


# --- the whole replaced ---------------------------------------------------------------------------------------


def test_a_whole_log_written_anew_is_whole_by_itself_and_not_beside_a_head_from_elsewhere(folder, outside, tmp_path):
    written(tmp_path / "other", N)
    shutil.rmtree(folder)
    (tmp_path / "other").rename(folder)
    assert verify(folder).is_whole
    report = verify(folder, [outside])
    assert (report.is_whole, report.first) == (False, 1)
    assert "epoch 1 begins with another key" in said(report)


def test_a_whole_log_written_anew_with_the_same_key_too(folder, outside, tmp_path):
    (tmp_path / "other").mkdir()
    shutil.copy(folder / KEY, tmp_path / "other" / KEY)
    written(tmp_path / "other", N)
    shutil.rmtree(folder)
    (tmp_path / "other").rename(folder)
    assert verify(folder).is_whole
    report = verify(folder, [outside])
    assert report.first in (1, 2)
    assert "it is not the line that was written" in said(report)


def test_a_head_that_somebody_made_up_is_no_head(folder, outside):
    heads = (folder / HEADS).read_text().replace("\nepoch 1\n", "\nepoch 2\n", 1)
    (folder / HEADS).write_text(heads)
    assert "is not signed by the key that it names" in said(verify(folder))
    outside.write_text(outside.read_text().replace("\n61\n", "\n60\n"))
    assert "is not signed by the key that it names" in said(verify(folder, [outside]))


def test_the_heads_of_another_node_are_told_from_its_own(folder, tmp_path):
    audit = Audit(tmp_path / "other", SetClock(NOON), name="birlik/UZB", outside=[tmp_path / "theirs"])
    audit.write(Line(act="birlik_grant"))
    audit.close()
    report = verify(folder, [tmp_path / "theirs"])
    assert [fault.said for fault in report.faults] == [
        "theirs holds heads of another log: give each node a file of its own"
    ]


def test_heads_taken_away_are_noticed_as_lines_that_nobody_signed(folder):
    kept = (folder / HEADS).read_text().split("birlik/KAZ\n31\n")[0]
    (folder / HEADS).write_text(kept)
    report = verify(folder)
    assert report.is_whole
    assert [note.line for note in report.notes] == [22]
    assert "not signed yet" in report.notes[0].said
    (folder / HEADS).unlink()
    assert "no head of its own fits" in verify(folder).unknown[0]


# --- an old backup, the clock, a full disk --------------------------------------------------------------------


def test_an_old_backup_that_was_put_back_begins_an_epoch_and_what_was_lost_is_named(folder, outside, tmp_path):
    shutil.copytree(folder, tmp_path / "backup", ignore=shutil.ignore_patterns(KEY))
    written(folder, 20, outside=[outside])
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)
    epochs.note(folder.parent, "a backup was restored")
    written(folder, 5, outside=[outside])
    alone = verify(folder)
    assert (alone.is_whole, alone.epochs) == (True, {1: 1, 2: 62})
    report = verify(folder, [outside])
    assert report.first == 62
    assert "lines up to 81 of epoch 1 are lost" in said(report)
    assert "epoch 2: a backup was restored" in said(report)


def test_a_backup_put_back_by_hand_has_no_key_so_that_an_epoch_begins(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "backup", ignore=shutil.ignore_patterns(KEY))
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)
    written(folder, 5)
    report = verify(folder)
    assert (report.is_whole, report.epochs) == (True, {1: 1, 2: 62})


def test_a_copy_of_the_folder_with_its_key_is_found_by_heads_elsewhere_alone(folder, outside, tmp_path):
    """What a snapshot of the disk does. Without a head elsewhere nobody can tell, and the node doesn't claim to."""
    shutil.copytree(folder, tmp_path / "snapshot")
    written(folder, 20, outside=[outside])
    for name, kept in (("seen", [outside]), ("unseen", [])):
        shutil.copytree(tmp_path / "snapshot", tmp_path / name)
        written(tmp_path / name, 5, outside=kept)
    assert verify(tmp_path / "unseen").epochs == {1: 1}
    assert verify(tmp_path / "unseen").is_whole
    assert verify(tmp_path / "seen").epochs == {1: 1, 2: 62}


def test_a_clock_that_was_set_back_is_told_and_is_no_fault(folder):
    written(folder, 2, clock=SetClock(NOON - timedelta(days=1)))
    report = verify(folder)
    assert report.is_whole
    assert [note.line for note in report.notes] == [62]
    assert "the clock was set back" in report.notes[0].said


def test_an_end_torn_by_a_crash_is_told_and_is_no_fault(folder):
    with (folder / LINES).open("ab") as file:
        file.write(b"0badc0de {half")
    report = verify(folder)
    assert report.is_whole
    assert "no whole line" in report.notes[0].said


@pytest.mark.parametrize("lost", [INDEX, STATE, CLEAR])
def test_what_is_no_part_of_the_proof_may_be_gone(folder, outside, lost):
    (folder / lost).unlink()
    assert verify(folder, [outside]).is_whole


def test_where_the_disk_is_full_nothing_that_needs_a_line_is_done_and_the_log_stays_whole(tmp_path):
    with disks.small(tmp_path / "small", 2) as small:
        folder = small / "audit"
        audit = Audit(folder, SetClock(NOON), name=audits.NAME)
        audit.write(Line(act="birlik_grant"))
        size = audit.head().size
        filler = disks.fill(small, 0)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="No space left on device"):
                audit.submit(*[Line(act="birlik_grant", who="x" * 200)] * 200).result()
        filler.unlink()
        n = audit.write(Line(act="birlik_grant"))
        audit.close()
        report = verify(folder)
        assert (report.is_whole, report.size) == (True, n)
        assert n > size


def test_a_disk_that_became_read_only_refuses_too(tmp_path):
    with disks.small(tmp_path / "small", 2) as small:
        audit = Audit(small / "audit", SetClock(NOON), name=audits.NAME)
        audit.write(Line(act="birlik_grant"))
        audit.close()
        disks.read_only(small)
        again = Audit(small / "audit", SetClock(NOON), name=audits.NAME)
        with pytest.raises(StoreUnavailable, match="Read-only"):
            again.write(Line(act="birlik_grant"))
        again.close()
