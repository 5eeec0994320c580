"""What was erased does not come back: sent again, with a backup, by a rebuild, by one person alone."""

import gzip
import io
import zipfile
from datetime import timedelta

import pytest
from tests.support.erasing import (
    KEY,
    MARKED,
    NOTE,
    PHONE,
    act,
    agreed,
    done,
    holds,
    lived,
    opened,
    opener,
    steward,
    take,
)
from tests.support.library import BEGIN, loan
from tests.support.nodes import follow, rows

from birlik.apps.cli import examination
from birlik.clock import SetClock
from birlik.errors import BadRequest, Conflict, NotANode, Refused
from birlik.kernel import upkeep
from birlik.kernel.audit.heads import appended
from birlik.kernel.audit.verifying import verify
from birlik.kernel.store import forgotten


@pytest.fixture
def clock():
    return SetClock(BEGIN + timedelta(days=10))


@pytest.fixture
def folder(tmp_path, clock):
    """A node's folder from which a person was erased, closed; beside it lies a backup from before."""
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        node.backup(tmp_path / "before")
        clock.advance(timedelta(hours=1))
        agreed(node)
        done(node)
        follow(node)
    return tmp_path / "node"


def loans(node):
    return [row["loan_id"] for row in rows(node, "library_loan")]


# --- sent again -----------------------------------------------------------------------------------------------------


def test_a_row_that_was_erased_is_refused_when_it_comes_again_and_its_bytes_are_not_kept(folder, clock):
    clock.advance(timedelta(days=1))
    with opened(folder, clock=clock) as node:
        told = take(node, [loan("l1", KEY, note=NOTE), loan("l7", "card-2", day=4)], source_id="another")
        assert (told.accepted, [str(e.reason) for e in told.refused]) == (1, ["a part of this is not taken here"])
        assert loans(node) == ["l2", "l3", "l6", "l7"]
        live = rows(node, "birlik_quarantine")
        assert [entry["piece"] for entry in live if "not taken here" in entry["reason"]] == [""]
    assert holds(folder) == set()
    for left in folder.glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(folder, opener(clock))
    with opened(folder, clock=clock) as node:
        assert loans(node) == ["l2", "l3", "l6", "l7"]
        assert rows(node, "birlik_quarantine") == live


def test_the_same_message_is_not_kept_either_where_nothing_of_it_could_be_read(folder, clock):
    with opened(folder, clock=clock) as node:
        told = take(node, f"all;of;it;is;wrong;and;says;{KEY}".encode(), source_id="another")
        assert [str(e.reason) for e in told.refused] == ["a part of this is not taken here"]
    assert holds(folder) == set()


def test_what_else_is_said_of_them_later_is_taken(folder, clock):
    clock.advance(timedelta(days=1))
    with opened(folder, clock=clock) as node:
        assert take(node, [loan("l8", KEY, "Qozy", day=9)]).accepted == 1
        assert loans(node) == ["l2", "l3", "l6", "l8"]


# --- a backup -------------------------------------------------------------------------------------------------------


def test_a_backup_from_before_is_brought_up_to_date_before_it_is_served(folder, clock, tmp_path):
    assert {text for _, text in holds(tmp_path / "before")} == set(MARKED)
    restored = tmp_path / "restored"
    upkeep.restore(tmp_path / "before", restored)
    clock.advance(timedelta(days=2))
    with opened(restored, clock=clock) as node:
        assert loans(node) == ["l2", "l3", "l6"]
        follow(node)
    assert holds(restored) == set()
    with opened(restored, clock=clock) as node:
        assert loans(node) == ["l2", "l3", "l6"]


def test_what_came_after_the_erasure_is_not_erased_once_more(folder, clock, tmp_path):
    clock.advance(timedelta(days=1))
    with opened(folder, clock=clock) as node:
        take(node, [loan("l8", KEY, "Qozy", day=9)])
        node.backup(tmp_path / "after")
    (tmp_path / "after" / "journal" / forgotten.DONE).unlink()  # as though it had never been noted
    upkeep.restore(tmp_path / "after", tmp_path / "restored")
    with opened(tmp_path / "restored", clock=clock) as node:
        assert loans(node) == ["l2", "l3", "l6", "l8"]


def test_a_backup_is_not_restored_without_the_list_of_what_was_erased_since(folder, clock, tmp_path):
    the_list = tmp_path / "node.erasures"
    kept = the_list.rename(tmp_path / "elsewhere")
    with pytest.raises(NotANode, match=r"node\.erasures isn't there.*--erasures FILE"):
        upkeep.restore(tmp_path / "before", tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    upkeep.restore(tmp_path / "before", tmp_path / "restored", erasures=kept)
    with opened(tmp_path / "restored", clock=clock) as node:
        assert loans(node) == ["l2", "l3", "l6"]


def test_the_list_and_what_stands_in_the_place_of_a_message_tell_nobody_whom_it_is_about(folder, clock, tmp_path):
    the_list = (tmp_path / "node.erasures").read_bytes()
    assert not any(text.encode() in the_list for text in MARKED)
    with opened(tmp_path / "before", clock=clock) as node:
        ids = {row["message_id"] for row in rows(node, "birlik_message")}
    with opened(folder, clock=clock) as node:
        stayed = ids & {row["message_id"] for row in rows(node, "birlik_message")}
    assert 0 < len(stayed) < len(ids)
    held = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    assert not any(gone in held.decode("latin-1") for gone in ids - stayed)


def test_doctor_says_where_the_list_lacks_what_was_erased_here(folder, clock, tmp_path):
    assert [(f.ok, "all 1 are in" in f.said) for f in examination.erased(folder)] == [(True, True)]
    (tmp_path / "node.erasures").rename(tmp_path / "elsewhere")
    [finding] = examination.erased(folder)
    assert (finding.ok, "doesn't have 1 of 1" in finding.said) == (False, True)


# --- who ------------------------------------------------------------------------------------------------------------


def test_one_alone_erases_nothing(tmp_path, clock):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        told = act(node, "birlik_erasure_propose", steward("aigul"), people="library_reader", key=KEY, ground="a wish")
        name = told["about"]["erasure_id"]
        with pytest.raises(Refused, match="another steward confirms it"):
            act(node, "birlik_erasure_confirm", steward("aigul"), erasure_id=name)
        assert done(node) == []
        act(node, "birlik_erasure_confirm", steward("serik"), erasure_id=name)
        with pytest.raises(Conflict):
            act(node, "birlik_erasure_confirm", steward("serik"), erasure_id=name)
        assert len(done(node)) == 1
        [row] = rows(node, "birlik_erasure")
        assert {n: row[n] for n in ("status", "proposed_by", "confirmed_by", "eyes", "rows_n")} == {
            "status": "done", "proposed_by": "aigul", "confirmed_by": "serik", "eyes": "another", "rows_n": 4,
        }  # fmt: skip


def test_where_there_is_no_other_the_machines_owner_confirms_and_the_audit_says_so(tmp_path, clock):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        told = act(node, "birlik_erasure_propose", steward("aigul"), people="library_reader", key=KEY, ground="a wish")
        act(node, "birlik_erasure_confirm", node.operator, erasure_id=told["about"]["erasure_id"])
        done(node)
        assert [row["eyes"] for row in rows(node, "birlik_erasure")] == ["owner"]
        with node.audit.reading() as log:
            said = [line.on for n in range(1, log.size + 1) if "confirm" in (line := log.shown(n)).leaf.act]
    assert "eyes=owner" in said[0]


def test_the_ground_must_not_name_them_and_there_must_be_such_persons(tmp_path, clock):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        with pytest.raises(BadRequest, match="must not name them"):
            act(
                node,
                "birlik_erasure_propose",
                steward("a"),
                people="library_reader",
                key=KEY,
                ground=f"{KEY} asks for it",
            )
        with pytest.raises(BadRequest, match="there are: library_reader"):
            act(node, "birlik_erasure_propose", steward("a"), people="library_book", key=KEY, ground="a wish")


def test_a_withdrawn_proposal_erases_nothing(tmp_path, clock):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        told = act(node, "birlik_erasure_propose", steward("aigul"), people="library_reader", key=KEY, ground="a wish")
        act(node, "birlik_erasure_withdraw", steward("aigul"), erasure_id=told["about"]["erasure_id"])
        assert rows(node, "birlik_erasure") == []
        assert done(node) == []
        assert len(loans(node)) == 6


# --- where else it stands -------------------------------------------------------------------------------------------


def zipped(text):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("lines.txt", text)
    return made.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"of;no;form;{KEY}".encode("utf-16"), id="UTF-16"),
        pytest.param(gzip.compress(f"of;no;form;{KEY}".encode()), id="gzip"),
        pytest.param(zipped(f"of;no;form;{KEY}"), id="zip"),
        pytest.param(f'{{"phone": "{PHONE}"}}'.encode(), id="said of them"),
    ],
)
def test_bytes_that_nobody_could_read_go_too_where_they_name_them(tmp_path, clock, body):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        take(node, body, media_type="application/vnd.birlik.unknown")
        take(node, b"somebody's fault", media_type="application/vnd.birlik.unknown")
        agreed(node)
        done(node)
        bodies = [record.body for _, _, records in node.store.journal.read() for record in records]
    assert body not in bodies
    assert b"somebody's fault" in bodies


def test_what_people_did_about_them_keeps_its_line_without_them(tmp_path, clock):
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        theirs = act(node, "library_reader_change", node.operator, reader_id=KEY, phone="+7 702 000 0000")["act_id"]
        others = act(node, "library_reader_change", node.operator, reader_id="card-1", phone="112")["act_id"]
        agreed(node)
        done(node)
        about = {row["act_id"]: row["about"] for row in rows(node, "birlik_act")}
        assert (about[theirs], about[others]) == ("{}", '{"reader_id":"card-1"}')
        live, readers = rows(node, "birlik_act"), rows(node, "library_reader")
    assert holds(tmp_path / "node") == set()
    for left in (tmp_path / "node").glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(tmp_path / "node", opener(clock))
    with opened(tmp_path / "node", clock=clock) as node:
        assert (rows(node, "birlik_act"), rows(node, "library_reader")) == (live, readers)


def test_the_audits_proofs_hold_and_its_texts_of_them_are_gone(tmp_path, clock):
    kept = tmp_path / "heads"
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
        act(node, "library_reader_change", node.operator, reader_id=KEY, phone="+7 702 000 0000")
        act(node, "library_reader_change", node.operator, reader_id="card-1", phone="112")
        appended(kept, [node.audit.head()])
        agreed(node)
        done(node)
    assert KEY.encode() not in (tmp_path / "node" / "audit" / "clear").read_bytes()
    assert b"card-1" in (tmp_path / "node" / "audit" / "clear").read_bytes()
    report = verify(tmp_path / "node" / "audit", [kept])
    assert report.is_whole
    assert holds(tmp_path / "node") == set()
