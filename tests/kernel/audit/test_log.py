"""The audit log as who writes it meets it."""

import threading
from datetime import timedelta

import pytest

from birlik.clock import SetClock
from birlik.errors import StoreUnavailable
from birlik.kernel.audit import Audit, Line, heads, lines
from birlik.kernel.audit.files import CLEAR, HEADS, KEY, LINES, STATE, split
from birlik.standards.merkle import Frontier, leaf_hash

PIN = Line(act="birlik_pin", who="person:aya", on="figures", address="192.0.2.7")


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def opened(tmp_path, clock):
    made = []

    def again(**more):
        for each in made:
            each.close()
        made.append(Audit(tmp_path / "audit", clock, name="birlik/KAZ", **more))
        return made[-1]

    yield again
    for each in made:
        each.close()


def leaves(folder):
    return [lines.whole(text) for text, _ in split(folder / LINES, 0)]


def acts(folder):
    return [lines.read(leaf).act for leaf in leaves(folder)]


def test_nothing_is_made_before_something_is_written(tmp_path, opened):
    opened().close()
    assert not (tmp_path / "audit").exists()


def test_a_line_has_its_number_when_it_is_on_the_disk_and_the_first_says_that_an_epoch_begins(tmp_path, opened):
    audit = opened()
    assert [audit.write(PIN), audit.write(PIN)] == [2, 3]
    assert acts(tmp_path / "audit") == ["audit_epoch", "birlik_pin", "birlik_pin"]


def test_only_the_nodes_user_may_read_it(tmp_path, opened):
    opened().write(PIN)
    opened().close()
    folder = tmp_path / "audit"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} >= {LINES, CLEAR, HEADS, KEY, STATE}


def test_person_address_and_object_are_not_in_what_the_tree_covers_and_are_beside_it(tmp_path, opened):
    opened().write(PIN)
    covered, beside = (tmp_path / "audit" / LINES).read_bytes(), (tmp_path / "audit" / CLEAR).read_bytes()
    for text in (b"aya", b"figures", b"192.0.2.7"):
        assert text not in covered
        assert text in beside
    leaf = lines.read(leaves(tmp_path / "audit")[1])
    kept = lines.beside(beside.splitlines()[1])
    assert (leaf.n, kept.n) == (2, 2)
    assert leaf.who == lines.commitment("who", kept.who) != lines.commitment("on", kept.who)


def test_the_same_person_twice_is_two_commitments(tmp_path, opened):
    audit = opened()
    audit.write(PIN)
    audit.write(PIN)
    _, one, other = (lines.read(leaf) for leaf in leaves(tmp_path / "audit"))
    assert one.who != other.who


def test_a_head_is_signed_and_is_the_root_of_the_lines(tmp_path, opened):
    audit = opened()
    audit.write(PIN)
    head = audit.head()
    frontier = Frontier()
    for leaf in leaves(tmp_path / "audit"):
        frontier.append(leaf_hash(leaf))
    assert (head.size, head.root, head.epoch, head.is_signed) == (2, frontier.root(), 1, True)
    assert audit.head() == head
    assert heads.read(tmp_path / "audit" / HEADS) == [head]
    first = lines.read(leaves(tmp_path / "audit")[0])
    assert first.key == head.key
    assert head.verifier in first.said


def test_a_head_is_the_note_that_transparency_logs_share(opened):
    audit = opened()
    audit.write(PIN)
    text = audit.head().note
    body, signed = text.split("\n\n")
    assert body.splitlines()[:2] == ["birlik/KAZ", "2"]
    assert signed.startswith("— birlik/KAZ ")


def test_it_goes_on_where_it_ended_without_a_new_epoch(tmp_path, opened, clock):
    opened().write(PIN)
    clock.advance(timedelta(hours=1))
    audit = opened()
    assert audit.write(PIN) == 3
    assert audit.epoch == 1
    assert acts(tmp_path / "audit") == ["audit_epoch", "birlik_pin", "birlik_pin"]


def test_what_was_written_after_the_last_head_is_found_again_after_a_kill(tmp_path, opened):
    opened().write(PIN)
    audit = opened()
    audit.head()
    audit.write(PIN)
    # Nothing was closed: as after kill -9.
    other = Audit(tmp_path / "audit", SetClock(), name="birlik/KAZ")
    assert other.write(PIN) == 4
    assert other.head().size == 4
    other.close()


@pytest.mark.parametrize("lost", [STATE, "index", (STATE, "index")])
def test_what_is_made_of_the_lines_is_made_again_where_it_is_lost(tmp_path, opened, lost):
    opened().write(PIN)
    opened().close()
    for name in (lost,) if isinstance(lost, str) else lost:
        (tmp_path / "audit" / name).unlink()
    audit = opened()
    assert audit.write(PIN) == 3
    assert acts(tmp_path / "audit") == ["audit_epoch", "birlik_pin", "birlik_pin"]


def test_an_end_that_a_crash_tore_is_set_aside_and_said(tmp_path, opened):
    opened().write(PIN)
    opened().close()
    file = tmp_path / "audit" / LINES
    whole = file.read_bytes()
    file.write_bytes(whole + b"0badc0de {half a li")
    audit = opened()
    assert audit.write(PIN) == 4
    assert acts(tmp_path / "audit") == ["audit_epoch", "birlik_pin", "audit_mended", "birlik_pin"]
    assert (tmp_path / "audit" / f"torn-{len(whole)}").read_bytes() == b"0badc0de {half a li"


def test_what_a_head_knows_is_never_cut_off_and_nothing_is_written_behind_damage(tmp_path, opened):
    opened().write(PIN)
    opened().close()
    file = tmp_path / "audit" / LINES
    file.write_bytes(file.read_bytes()[:-20])
    before = file.read_bytes()
    with pytest.raises(StoreUnavailable, match="line 2 of 2 that were signed can't be read"):
        opened().write(PIN)
    assert file.read_bytes() == before


def test_many_who_write_at_once_share_the_disks_answer(tmp_path, opened, monkeypatch):
    audit, n = opened(), 200
    audit.begin()
    synced = []
    real = lines.os.fdatasync
    monkeypatch.setattr("birlik.kernel.audit.files.os.fdatasync", lambda d: (synced.append(d), real(d)))
    found = [audit.submit(PIN) for _ in range(n)]
    assert sorted(f.result()[0] for f in found) == list(range(2, n + 2))
    assert len(synced) < n


def test_every_thread_gets_its_own_number(opened):
    audit, found = opened(), []
    threads = [threading.Thread(target=lambda: found.extend(audit.write(PIN) for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(2, 162))


def test_unknown_callers_have_a_line_an_address_and_minute(tmp_path, opened, clock):
    audit = opened()
    knock = Line(act="GET /api/v1/audit", address="192.0.2.7", outcome="refused: 401")
    asked = [audit.asked_by(knock, known=False) for _ in range(5)]
    assert [each is None for each in asked] == [False, True, True, True, True]
    assert audit.asked_by(Line(act="x", address="192.0.2.8"), known=False) is not None
    clock.advance(timedelta(minutes=1))
    audit.asked_by(knock, known=False).result()
    assert lines.read(leaves(tmp_path / "audit")[-1]).said == "4 more in the minute before"
    assert all(audit.asked_by(knock, known=True) for _ in range(3))


def test_what_is_watched_is_written_of_when_it_is_other_than_the_last_line_says(tmp_path, opened):
    audit = opened()
    audit.watch({"birlik.toml": b"port = 1"})
    audit.begin()
    audit = opened()
    audit.watch({"birlik.toml": b"port = 1"})
    audit.begin()
    assert acts(tmp_path / "audit") == ["audit_epoch", "audit_watched"]
    audit = opened()
    audit.watch({"birlik.toml": b"port = 2"})
    audit.write(PIN)
    assert acts(tmp_path / "audit") == ["audit_epoch", "audit_watched", "audit_watched", "birlik_pin"]
    assert b"port = " not in (tmp_path / "audit" / LINES).read_bytes()


def test_after_it_was_closed_nothing_is_taken(opened):
    audit = opened()
    audit.write(PIN)
    audit.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        audit.write(PIN)
