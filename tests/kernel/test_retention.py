"""Rows and bytes go when `kept_days` are over; what was said of them stays, and is what a rebuild says too."""

import errno
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pyarrow as pa
import pytest
from tests.support import nodes
from tests.support.nodes import FOR_MEMBERS, SMALL, everything, figures, principal, rows, take
from tests.support.orchard import MEAN_GAP, ORCHARD, line

from birlik import assembly
from birlik.clock import SetClock
from birlik.errors import BadRequest, StoreUnavailable, UnknownSetting
from birlik.kernel import pipeline, retention, upkeep
from birlik.kernel.indicators import STANDARD_MEASURES
from birlik.kernel.store import disk, retiring
from birlik.kernel.tables import Field, Type, arrow_schema

BEGIN = datetime(2026, 1, 1, 6, tzinfo=UTC)
KEPT = {"orchard_picking": 100}


def counted(found, now):
    """Messages by the day on which they came."""
    days = found.column("received_day").to_pylist()
    made = [{"received_day": d, "value": float(days.count(d)), "n": days.count(d)} for d in sorted(set(days))]
    made = [{**row, "low": None, "high": None, "basis": "measured"} for row in made]
    return pa.Table.from_pylist(made, schema=arrow_schema((DAY, *STANDARD_MEASURES)))


def by_row(found, now):
    """Gaps by row, of whenever."""
    groups = found.group_by("row", use_threads=False).aggregate([("gap_s", "mean"), ("gap_s", "count")]).to_pylist()
    made = [
        {"row": g["row"], "value": g["gap_s_mean"] / 3600, "n": g["gap_s_count"], "basis": "measured"} for g in groups
    ]
    return pa.Table.from_pylist(made, schema=arrow_schema((MEAN_GAP.dimensions[0], *STANDARD_MEASURES)))


DAY = Field(name="received_day", type=Type.DAY, description="The day of the arrival.")
BY_DAY = replace(
    MEAN_GAP,
    name="messages_a_day",
    code="MSG",
    source="birlik_message",
    columns=(),
    dimensions=(DAY,),
    function=counted,
    minimum_n=1,
    period="received_day",
)
BY_ROW = replace(
    MEAN_GAP, name="gap_by_row", code="ROW", dimensions=MEAN_GAP.dimensions[:1], period=None, function=by_row
)
GROWN = replace(ORCHARD, indicators=(MEAN_GAP, BY_DAY, BY_ROW), catalogue=None)
opened = partial(nodes.opened, declared=(GROWN,))
SECRET = "tree-of-january"


def opener(clock, **more):
    def made(folder, **given):
        return assembly.open_node(folder, declared=(GROWN,), clock=clock, kept_days=KEPT, **SMALL, **more, **given)

    return made


def lived(folder, days=200, **more):
    """A tree is picked every morning, and told of the same day; every week others may see. Returns its clock."""
    clock = SetClock(BEGIN)
    with opened(folder, clock=clock, kept_days=KEPT, segment_bytes=2_048, **more) as node:
        for day in range(days):
            tree = SECRET if day < 31 else "ash-1"
            at = clock.now() - timedelta(hours=1)
            labels = {"labels": FOR_MEMBERS} if day % 7 == 0 else {}
            take(node, [line(tree, at.isoformat(), kg=0.5), line("ash-2", at.isoformat(), kg=0.5)], **labels)
            if day % 50 == 3:
                take(node, ["no picking"], source_id=f"clumsy-{day}")
            if day == 20:
                again = [line("ash-2", (BEGIN + timedelta(days=3, hours=-1)).isoformat(), kg=0.5)]
                take(node, again, source_id="neighbour")
            if day % 20 == 0:
                pipeline.follow(node)
            clock.advance(timedelta(days=1))
        pipeline.follow(node)
    return clock


@pytest.fixture
def node_before(tmp_path):
    return tmp_path / "node", lived(tmp_path / "node")


def came(node):
    """When the rows of the table came, by tree."""
    sql = "SELECT m.received_time FROM orchard_picking p JOIN birlik_message m USING (message_no) ORDER BY 1"
    return [t for (t,) in node.store.database.all(sql)]


def journal_holds(folder, word):
    with opened(folder, clock=SetClock(BEGIN + timedelta(days=400)), kept_days=KEPT) as node:
        return any(word.encode() in r.body for _, _, records in node.store.journal.read() for r in records)


def versions(node):
    return {view: figures(node, "picking_gap", view) for view in ("own", "members")}


def by_day(node, until="2026-04-01"):
    """What was counted by day, of the days before."""
    last = (date.fromisoformat(until) - date(1970, 1, 1)).days
    return [f for f in figures(node, "messages_a_day") if f["received_day"] < last]


def test_rows_and_bytes_are_gone_after_kept_days_and_not_before(node_before):
    folder, clock = node_before
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        before = came(node)
    size = sum(p.stat().st_size for p in (folder / "journal").glob("*.journal"))
    assert journal_holds(folder, SECRET)

    made = retention.retain(folder, opener(clock))

    with opened(folder, clock=clock, kept_days=KEPT) as node:
        last = clock.now().date() - timedelta(days=1)
        edge = retiring.limit(last, 100)
        assert came(node) == [t for t in before if t >= edge]
        assert came(node)[0] < edge + timedelta(days=1)
        assert before[0] < edge < clock.now() - timedelta(days=100)
        kept = [r for r in rows(node, "birlik_quarantine") if r["received_time"] < edge]
        assert kept == []
        assert all(gap["start_time"] >= edge - timedelta(days=1) for gap in rows(node, "orchard_gap"))
    assert made.messages > 90
    assert not journal_holds(folder, SECRET)
    assert sum(p.stat().st_size for p in (folder / "journal").glob("*.journal")) < 0.7 * size
    assert SECRET.encode() not in (folder / "store.duckdb").read_bytes()


def test_nothing_goes_where_nothing_is_said_or_nothing_has_ended(tmp_path):
    clock = lived(tmp_path / "node", days=102)
    files = {p: p.read_bytes() for p in (tmp_path / "node" / "journal").glob("*.journal")}
    assert retention.retain(tmp_path / "node", opener(clock)).messages == 0
    forever = retention.retain(
        tmp_path / "node",
        lambda folder, **more: assembly.open_node(folder, declared=(GROWN,), clock=clock, **SMALL, **more),
        today=clock.now().date(),
    )
    assert forever.messages == 0
    assert {p: p.read_bytes() for p in (tmp_path / "node" / "journal").glob("*.journal")} == files


def test_figures_of_what_went_stay_with_value_and_version_also_by_a_permalink(node_before):
    folder, clock = node_before
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        stood, moment = versions(node), node.store.pin(principal(node, "own"))
        days, whole = by_day(node), figures(node, "gap_by_row")
    clock.advance(timedelta(hours=1))

    made = retention.retain(folder, opener(clock))

    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert "2026-01" in {f["month"] for f in stood["own"]}
        assert versions(node) == stood
        assert figures(node, "picking_gap", as_of=moment) == stood["own"]
        assert len(days) == 90
        assert by_day(node) == days
        assert list(made.sealed) == ["messages_a_day", "picking_gap"]
        # What has no period goes on with what is left, and what it said of all is a version.
        assert figures(node, "gap_by_row")[0]["n"] < whole[0]["n"]
        then = figures(node, "gap_by_row", as_of=moment)
        assert [(f["value"], f["n"], f["version"]) for f in then] == [(f["value"], f["n"], f["version"]) for f in whole]
        assert node.reader(principal(node, "own")).sealed_until("picking_gap") > "2026-04"


def test_a_late_row_of_a_sealed_month_is_there_and_changes_no_figure(node_before):
    folder, clock = node_before
    retention.retain(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        stood = versions(node)
        late = [line("ash-9", f"2026-01-{d:02}T08:00:00+00:00", kg=0.5) for d in (3, 9, 20, 21)]
        late += [line("ash-9", f"2026-07-{d:02}T08:00:00+00:00", kg=0.5) for d in (3, 9, 20, 21)]
        take(node, late, labels=FOR_MEMBERS)
        clock.advance(timedelta(hours=2))
        pipeline.follow(node)
        assert [r for r in rows(node, "orchard_picking") if r["tree_id_orchard"] == "ash-9"]
        now = versions(node)
        for view in ("own", "members"):
            past, was = ([f for f in said[view] if f["month"] < "2026-05"] for said in (now, stood))
            assert past == was
        assert now["own"] != stood["own"], "an open month still changes"


def test_a_rebuild_without_the_store_says_the_same(node_before):
    folder, clock = node_before
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        moment, whole, days = node.store.watermark, figures(node, "gap_by_row"), by_day(node)
    clock.advance(timedelta(hours=2))
    retention.retain(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        stood = {view: everything(node, view) for view in ("own", "members")}
        sealed = {view: [f for f in said if f["month"] < "2026-05"] for view, said in versions(node).items()}
    for left in folder.glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        for view, expected in stood.items():
            made = everything(node, view, without=("birlik_alert", "birlik_cap_message"))
            assert made == {k: v for k, v in expected.items() if k in made}
        again = {view: [f for f in said if f["month"] < "2026-05"] for view, said in versions(node).items()}
        assert again == sealed
        assert all(sealed.values())
        assert by_day(node) == days
        assert figures(node, "gap_by_row", as_of=moment)[0]["n"] == whole[0]["n"]


def test_it_goes_on_from_month_to_month_and_what_was_sealed_first_stays(node_before):
    folder, clock = node_before
    retention.retain(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        stood = [f for f in versions(node)["own"] if f["month"] < "2026-05"]
        for _ in range(60):
            take(node, [line("ash-2", clock.now().isoformat(), kg=0.5)])
            clock.advance(timedelta(days=1))
    again = retention.retain(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert again.messages > 50
        assert [f for f in versions(node)["own"] if f["month"] < "2026-05"] == stood
        assert node.reader(principal(node, "own")).sealed_until("picking_gap") > "2026-06"
        upkeep_of = versions(node)
    upkeep.rebuild(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert versions(node) == upkeep_of


@pytest.mark.parametrize("ahead", [timedelta(days=30), timedelta(days=4_000)])
def test_a_clock_that_jumps_ahead_removes_nothing(tmp_path, ahead):
    folder = tmp_path / "node"
    clock = lived(folder, days=100)
    clock.advance(ahead)
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        before = came(node)
        take(node, [line("ash-1", clock.now().isoformat(), kg=0.5)])
        before.append(clock.now())
    with pytest.raises(BadRequest, match="--today"):
        retention.retain(folder, opener(clock))
    clock.advance(-ahead)
    assert retention.retain(folder, opener(clock)).messages == 0
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert came(node) == before


def test_an_operators_word_is_taken_after_a_long_silence(tmp_path):
    folder = tmp_path / "node"
    clock = lived(folder, days=40)
    clock.advance(timedelta(days=200))
    with pytest.raises(BadRequest):
        retention.retain(folder, opener(clock))
    said = retention.retain(folder, opener(clock), today=clock.now().date(), only_say=True)
    assert said.messages > 40
    assert retention.retain(folder, opener(clock), today=clock.now().date()).messages == said.messages
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert came(node) == []
        assert {f["month"] for f in figures(node, "picking_gap")} == {"2026-01", "2026-02"}
        take(node, [line("ash-1", clock.now().isoformat(), kg=0.5)])
        assert len(came(node)) == 1
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert len(came(node)) == 1


STEPS = ("stage", "link", "written", "ready", "sealed.zip", "00000002.journal", "store.duckdb", "unlinked")
KILLED = """
import os, sys, signal
from pathlib import Path
from datetime import datetime
from tests.kernel import test_retention as t
from birlik.clock import SetClock
from birlik.kernel import retention
from birlik.kernel.store import disk, retiring, sealing
folder, at, step = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
def after(module, name, when):
    real = getattr(module, name)
    def called(*args, **more):
        made = real(*args, **more)
        if when(*args):
            die()
        return made
    setattr(module, name, called)
def is_at(source, target):
    there = folder if step == "store.duckdb" else folder / "journal"
    return Path(target) == there / step
def is_last(path, *_):
    return not path.exists() and (folder / "journal" / "sealed.zip").exists()
match step:
    case "stage": after(retiring, "stage", lambda *_: True)
    case "link": after(os, "link", lambda *_: True)
    case "written": after(sealing, "write", lambda *_: True)
    case "ready": after(disk, "written", lambda file, _: file.name == "ready")
    case "unlinked": after(retiring.shutil, "rmtree", is_last)
    case _: after(os, "replace", is_at)
retention.retain(folder, t.opener(SetClock(at)))
raise SystemExit("it was never killed")
"""


@pytest.fixture(scope="module")
def kills(tmp_path_factory):
    """(a folder before, what stands in it before, and after, its clock)"""
    root = tmp_path_factory.mktemp("kills")
    clock = lived(root / "node")
    shutil.copytree(root / "node", root / "whole", ignore=shutil.ignore_patterns("*.sock"))
    with opened(root / "whole", clock=clock, kept_days=KEPT) as node:
        before = (everything(node), versions(node))
    retention.retain(root / "whole", opener(clock))
    with opened(root / "whole", clock=clock, kept_days=KEPT) as node:
        after = (everything(node), versions(node))
    return root / "node", before, after, clock


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_between_any_two_steps_leaves_all_of_it_or_nothing_and_can_be_repeated(kills, tmp_path, step):
    whole, before, after, clock = kills
    folder = tmp_path / "node"
    shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("*.sock"))
    told = [sys.executable, "-c", KILLED, str(folder), clock.now().isoformat(), step]
    ended = subprocess.run(told, env={**os.environ, "PYTHONPATH": "src:."}, capture_output=True, text=True, timeout=300)
    assert ended.returncode == -9, ended.stderr
    is_ready = STEPS.index(step) >= STEPS.index("ready")
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert (everything(node), versions(node)) == (after if is_ready else before)
    assert not (folder / "retaining").exists()
    retention.retain(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert (everything(node), versions(node)) == after


def test_a_backup_before_has_all_and_one_after_says_what_the_node_says(node_before, tmp_path):
    folder, clock = node_before
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        all_rows, stood = came(node), versions(node)
        node.store.backup(tmp_path / "before")
    retention.retain(folder, opener(clock))
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        left = came(node)
        node.store.backup(tmp_path / "after")
    for name, expected in (("before", all_rows), ("after", left)):
        upkeep.restore(tmp_path / name, tmp_path / f"{name}-node")
        upkeep.rebuild(tmp_path / f"{name}-node", opener(clock))
        with opened(tmp_path / f"{name}-node", clock=clock, kept_days=KEPT) as node:
            assert (came(node), versions(node)) == (expected, stood)


def test_a_disk_that_is_full_removes_nothing_and_a_folder_without_links_is_copied(node_before, monkeypatch):
    folder, clock = node_before

    def refused(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "link", refused)
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        before = came(node)
    with monkeypatch.context() as full:
        full.setattr(disk, "sync_tree", refused)
        with pytest.raises(StoreUnavailable, match="nothing was removed"):
            retention.retain(folder, opener(clock))
    assert not (folder / "retaining").exists()
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert came(node) == before
        with pytest.raises(StoreUnavailable, match="another process holds"):
            retention.retain(folder, opener(clock))
    assert retention.retain(folder, opener(clock)).messages > 0
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        assert set(came(node)) < set(before)


def test_without_the_sealed_figures_nothing_starts_and_the_file_is_named(node_before):
    folder, clock = node_before
    retention.retain(folder, opener(clock))
    sealed = folder / "journal" / "sealed.zip"
    whole = sealed.read_bytes()
    sealed.unlink()
    for attempt in (lambda: opener(clock)(folder), lambda: upkeep.rebuild(folder, opener(clock))):
        with pytest.raises(StoreUnavailable, match=r"sealed\.zip"):
            attempt()
    sealed.write_bytes(whole[: len(whole) // 2])
    assert any("sealed.zip" in fault for fault in upkeep.read_journal(folder, running=False).faults)
    with pytest.raises(StoreUnavailable, match=r"sealed\.zip"):
        opener(clock)(folder)
    sealed.write_bytes(whole)
    opener(clock)(folder).close()


def test_what_was_passed_over_as_damaged_stays_with_its_rows_and_the_rest_goes(node_before):
    folder, clock = node_before
    damaged = folder / "journal" / "00000002.journal"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:40] + b"\xff" * 40 + whole[80:])
    with pytest.raises(StoreUnavailable, match="damaged"):
        retention.retain(folder, opener(clock))
    assert not (folder / "retaining").exists()
    upkeep.rebuild(folder, opener(clock), past_damage=True)
    with opened(folder, clock=clock, kept_days=KEPT) as node:
        stood, before = versions(node), came(node)
        sql = "SELECT received_time FROM birlik_message WHERE segment = 2 ORDER BY 1"
        passed = [t for (t,) in node.store.database.all(sql)]
    retention.retain(folder, opener(clock))
    for again in (False, True):
        if again:
            upkeep.rebuild(folder, opener(clock))
        with opened(folder, clock=clock, kept_days=KEPT) as node:
            assert set(passed) < set(came(node)) < set(before)
            assert versions(node) == stood
    assert damaged.read_bytes()[:40] == whole[:40]


@pytest.mark.parametrize("said", [{"orchard_tree": 200}, {"orchard_picking": 99}])
def test_a_table_that_is_none_and_too_short_a_time_are_refused_by_name(tmp_path, said):
    with pytest.raises(UnknownSetting, match="kept_days"), opened(tmp_path / "node", kept_days=said):
        pass
