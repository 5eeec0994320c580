"""A store made again from the journal is the store that was; a damaged one is no loss."""

from datetime import timedelta
from functools import partial

import pytest
from tests.support.nodes import FOR_MEMBERS, NOON, SMALL, everything, figures, follow, opened, rows, take
from tests.support.orchard import ORCHARD, line

from birlik import assembly
from birlik.clock import SetClock
from birlik.errors import NotANode, StoreUnavailable
from birlik.kernel import upkeep
from birlik.kernel.registers import ACT, UNKNOWN
from birlik.kernel.store import FILE
from birlik.kernel.store.carrying import CARRIED

LATER = NOON + timedelta(minutes=10)
again = partial(assembly.open_node, declared=(ORCHARD,), **SMALL)


@pytest.fixture
def folder(tmp_path):
    """A node with a life behind it: late rows, hidden rows, an alert, a corrected figure, quarantine of all sorts."""
    with opened(tmp_path, clock=SetClock(NOON)) as node:
        take(node, [line("ash-1", f"2026-03-0{day}T08:00:00Z", 40.0) for day in (1, 2, 4, 7)])
        take(node, [line("ash-1", "2026-03-05T08:00:00Z"), "what?"], labels=FOR_MEMBERS)
        follow(node, minutes=1)
        take(node, [line("ash-1", "2026-03-03T08:00:00Z")])
        take(node, b"\x00\x01", media_type=UNKNOWN, filename="odd.bin")
        wrong = rows(node, "birlik_quarantine")[0]["quarantine_id"]
        take(node, b"{}", media_type=ACT, parameters={"dismisses": wrong})
        follow(node, minutes=1)
    return tmp_path


def state(folder, clock=LATER):
    """All that every view sees, and of figures when they were said."""
    with opened(folder, clock=SetClock(clock)) as node:
        seen = {view: everything(node, view) for view in ("own", "members", "public")}
        versions = {view: figures(node, "picking_gap", view) for view in ("own", "members")}
    return seen, versions


def rebuilt(folder):
    return upkeep.rebuild(folder, partial(again, clock=SetClock(LATER)))


def test_the_store_made_again_is_the_live_one(folder):
    before = state(folder)
    made = rebuilt(folder)
    assert (made.carried, list(made.notices)) == (True, [])
    assert state(folder) == before


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda file: file.unlink(), id="gone"),
        pytest.param(lambda file: file.write_bytes(b"no database" * 1000), id="overwritten"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 3]), id="cut off"),
    ],
)
def test_a_damaged_store_is_made_again_without_what_only_it_knew(folder, harm):
    (before, _) = state(folder)
    harm(folder / FILE)
    made = rebuilt(folder)
    assert made.notices
    (after, _) = state(folder)
    kept = {name for name in before["own"] if name not in CARRIED}
    for view, tables in before.items():
        assert {n: t for n, t in after[view].items() if n in kept} == {n: t for n, t in tables.items() if n in kept}
    assert len(after["own"]["birlik_alert"]) == len(before["own"]["birlik_alert"])


def test_a_journal_that_lost_its_end_is_not_made_the_truth(folder):
    segment = next((folder / "journal").glob("*.journal"))
    with opened(folder) as node:
        end = node.store.complete_to
    segment.write_bytes(segment.read_bytes()[: end.offset - 5])
    with pytest.raises(StoreUnavailable, match=r"damaged|ends at byte"):
        rebuilt(folder)
    assert not (folder / upkeep.AGAIN).exists()


def test_a_running_node_is_not_rebuilt(folder):
    with opened(folder), pytest.raises(StoreUnavailable, match="another process"):
        _elsewhere(folder)


def _elsewhere(folder):
    """The lock is between processes, so another one has to try."""
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(rebuilt, (folder,))


def test_a_backup_becomes_a_node_again(folder, tmp_path_factory):
    away = tmp_path_factory.mktemp("away")
    with opened(folder, clock=SetClock(LATER)) as node:
        node.store.backup(away / "backup")
    assert upkeep.restore(away / "backup", away / "node") > 0
    assert state(away / "node") == state(folder)


@pytest.mark.parametrize("made", ["no backup", "target not empty"])
def test_nothing_is_overwritten_and_nothing_made_of_nothing(folder, tmp_path_factory, made):
    away = tmp_path_factory.mktemp("away")
    (away / "target").mkdir()
    (away / "target" / "mine.txt").write_text("mine")
    source = folder if made == "target not empty" else away
    with pytest.raises(NotANode):
        upkeep.restore(source, away / "target")
    assert (away / "target" / "mine.txt").read_text() == "mine"


def test_the_journal_is_read_without_being_changed(folder):
    state_of = upkeep.read_journal(folder, running=False)
    assert (state_of.faults, state_of.messages) == ([], 5)
    segment = next((folder / "journal").glob("*.journal"))
    segment.write_bytes(whole := segment.read_bytes()[:-3])
    assert "is damaged at byte" in upkeep.read_journal(folder, running=False).faults[0]
    assert not upkeep.read_journal(folder, running=True).faults
    assert segment.read_bytes() == whole


# --- a journal that can't be read in the middle ---------------------------------------------------------------


def frame_starts(segment):
    content, at, starts = segment.read_bytes(), 0, []
    while (at := content.find(b"BLJ1", at)) >= 0:
        starts.append(at)
        at += 1
    return starts


def harmed(folder, frame):
    """One byte of a frame turned; returns the file as it is then."""
    segment = next((folder / "journal").glob("*.journal"))
    content = bytearray(segment.read_bytes())
    content[frame_starts(segment)[frame] + 20] ^= 0xFF
    segment.write_bytes(content)
    return segment, bytes(content)


@pytest.mark.parametrize("frame", [0, 1, 2, -1], ids=["first", "second", "third", "last"])
def test_a_frame_that_can_not_be_read_is_kept_and_reported_with_a_way_out(folder, frame):
    segment, harm = harmed(folder, frame)
    for refused in (rebuilt, lambda f: opened(f).__enter__()):
        with pytest.raises(StoreUnavailable, match=r"damaged at byte \d+.*birlik rebuild .* --past-damage"):
            refused(folder)
    assert segment.read_bytes() == harm
    assert not list(segment.parent.glob("*.torn"))
    assert "damaged at byte" in upkeep.read_journal(folder, running=False).faults[0]


@pytest.mark.parametrize("frame", [0, 1, 2, -1], ids=["first", "second", "third", "last"])
def test_past_damage_the_rest_is_taken_and_what_the_old_store_has_is_kept(folder, frame):
    before = state(folder)
    segment, harm = harmed(folder, frame)
    made = upkeep.rebuild(folder, partial(again, clock=SetClock(LATER)), past_damage=True)
    assert any("left as they are: bytes" in notice for notice in made.notices)
    assert state(folder) == before
    assert segment.read_bytes() == harm
    journal = upkeep.read_journal(folder, running=False)
    assert (journal.faults, len(journal.passed)) == ([], 1)
    with opened(folder, clock=SetClock(LATER)) as node:
        assert take(node, [line("ash-9", "2026-03-09T08:00:00Z")]).accepted == 1
        follow(node)
    after = state(folder)
    rebuilt(folder)
    assert {n: t for n, t in state(folder)[0]["own"].items() if t != after[0]["own"][n]} == {}


def test_past_damage_without_the_old_store_the_rest_is_taken(folder):
    _, harm = harmed(folder, 1)
    (folder / FILE).unlink()
    upkeep.rebuild(folder, partial(again, clock=SetClock(LATER)), past_damage=True)
    assert len(state(folder)[0]["own"]["orchard_picking"]) == 5
    assert next((folder / "journal").glob("*.journal")).read_bytes() == harm


def test_where_nothing_is_damaged_past_damage_changes_nothing(folder):
    before = state(folder)
    made = upkeep.rebuild(folder, partial(again, clock=SetClock(LATER)), past_damage=True)
    assert list(made.notices) == []
    assert state(folder) == before
