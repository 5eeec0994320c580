"""Folders of other releases: an older one is opened and says what it said; a newer one is refused, and left alone."""

import json
import logging
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from tests.support import data_folder
from tests.support.nodes import NOON, SMALL, figures, follow, opened, principal, rows, take
from tests.support.orchard import line
from tests.support.server import ROOT, environment

import birlik
from birlik import assembly
from birlik.clock import SetClock
from birlik.errors import NotANode
from birlik.kernel import pipeline, upkeep
from birlik.kernel.store import FILE, mark

JOURNAL_INDEX = {"birlik_message"}
"""What it counts as repeated may be told better by a later release."""


@pytest.fixture(params=data_folder.release_folders())
def release(request):
    return request.param


def clock_of(said):
    return SetClock(datetime.fromisoformat(said["moment"]) + timedelta(minutes=5))


def plain(found):
    return orjson.loads(orjson.dumps(found))


JOINS = {"object_key"}
"""By what records of one thing are joined: a later release may know better that two spellings are one plate."""
OPENED = ("alert_id", "rule", "key", "opened_time")


def only(found, known):
    """Rows with the columns that the older release knew, in one order.

    Of an alert that was open, when and why it opened: this release judges anew how it goes on.
    """
    names = [name for name in known[0] if name not in JOINS] if known else []
    opened_then = {row["alert_id"] for row in known if "opened_time" in row and row["status"] == "open"}
    made = [
        {name: row[name] for name in (OPENED if row.get("alert_id") in opened_then else names) if name in row}
        for row in plain(found)
    ]
    return sorted(made, key=repr)


def test_a_folder_of_an_older_release_opens_and_says_what_it_said(release, tmp_path):
    folder, said = data_folder.unpacked(release, tmp_path / "node"), data_folder.answers(release)
    with opened(folder, declared=None, clock=clock_of(said)) as node:
        pipeline.follow(node)
        for view, tables in said["rows"].items():
            for name, known in tables.items():
                found = [r for r in rows(node, name, view) if _is_told(node, name, r, known)]
                assert only(found, known) == only(known, known), (view, name)
        pinned = datetime.fromisoformat(said["pinned"])
        for view, by_indicator in said["figures"].items():
            for name, known in by_indicator.items():
                found = figures(node, name, view, as_of=pinned)
                assert [_said(r) for r in only(found, known)] == [_said(r) for r in only(known, known)], (view, name)
        assert any(said["figures"]["own"].values())
        assert take(node, b"{}", media_type="application/vnd.birlik.unknown").refused


def _is_told(node, name, row, known):
    """All rows of a table; of a register those that the release's node had edited."""
    table = node.store.catalogue.tables[name]
    keys = [tuple(k[c] for c in table.key) for k in known]
    if table.facts is not None:
        return tuple(plain(row)[c] for c in table.key) in keys
    # What has happened since, such as an alert of this release's, is another matter.
    return table.name not in ("birlik_alert", "birlik_cap_message") or tuple(row[c] for c in table.key) in keys


def _said(figure):
    """A figure as it was said; until when it was said may have come to an end since."""
    return {k: v for k, v in figure.items() if k != "valid_to"}


def test_what_waits_for_subscribers_still_waits(release, tmp_path):
    folder, said = data_folder.unpacked(release, tmp_path / "node"), data_folder.answers(release)
    with opened(folder, declared=None, clock=clock_of(said)) as node:
        waiting = node.store.database.all("SELECT message_id FROM birlik_outbox WHERE status = 'waiting'")
        sent = {m["message_id"] for m in said["rows"]["own"]["birlik_cap_message"]}
        assert sent
        assert {m for (m,) in waiting} >= sent


def test_the_node_says_that_it_makes_itself_again_and_how_far_it_is(release, tmp_path, caplog):
    folder, said = data_folder.unpacked(release, tmp_path / "node"), data_folder.answers(release)
    told = []
    lower = (found := mark.read(folder / "journal")) is None or found.format < mark.FORMAT
    with caplog.at_level(logging.INFO, "birlik"):
        node = assembly.open_node(folder, clock=clock_of(said), progress=lambda *n: told.append(n), **SMALL)
        node.close()
    assert ("it is made again from its journal" in caplog.text) == lower
    messages = len(said["rows"]["own"]["birlik_message"])
    assert told == [] if not lower else told[-1] == (messages, messages)
    caplog.clear()
    assembly.open_node(folder, clock=clock_of(said), **SMALL).close()
    assert caplog.text == "", "it is made again once"


KILLED = """
import os, signal, sys
from pathlib import Path
from birlik import assembly
from birlik.kernel import upkeep
moment = sys.argv[2]
def dies(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if moment == "taking again":
    progress = lambda messages, of: messages > 20 and dies()
else:
    progress = lambda messages, of: None
if moment == "following":
    upkeep.pipeline.follow = dies
if moment == "before the last step":
    os.replace = lambda source, target, real=os.replace: dies() if str(source).endswith(upkeep.AGAIN) else real(
        source, target)
assembly.open_node(Path(sys.argv[1]), progress=progress, threads=2, memory_limit="400MB")
"""


@pytest.mark.parametrize("moment", ["taking again", "following", "before the last step"])
def test_killed_while_it_is_made_again_it_begins_again(moment, tmp_path):
    release = data_folder.release_folders()[0]
    folder, said = data_folder.unpacked(release, tmp_path / "node"), data_folder.answers(release)
    before = (folder / FILE).read_bytes()
    command = [sys.executable, "-c", KILLED, str(folder), moment]
    killed = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (folder / FILE).read_bytes() == before
    with opened(folder, declared=None, clock=clock_of(said)) as node:
        for name in ("transport_movement", "birlik_alert", "birlik_quarantine"):
            known = said["rows"]["own"][name]
            found = [r for r in rows(node, name) if _is_told(node, name, r, known)]
            assert only(found, known) == only(known, known)
    assert not (folder / upkeep.AGAIN).exists()


# --- newer ----------------------------------------------------------------------------------------------------


@pytest.fixture
def lived(tmp_path):
    """A folder of this release, closed."""
    folder = tmp_path / "node"
    with opened(folder) as node:
        take(node, [line("ash-1", f"2026-03-0{day}T08:00:00Z", 40.0) for day in (1, 2, 4)])
        follow(node)
    return folder


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def a_later_format(folder):
    (folder / "journal" / mark.FILE).write_text(json.dumps({"format": mark.FORMAT + 1, "birlik": "9.0.0"}))


def a_later_release(folder):
    (folder / "journal" / mark.FILE).write_text(json.dumps({"format": mark.FORMAT, "birlik": "9.0.0"}))


def a_mark_of_another_kind(folder):
    (folder / "journal" / mark.FILE).write_bytes(b"\x93NEXT\x00 birlik 12")


def other_files_and_settings(folder):
    a_later_format(folder)
    (folder / FILE).write_bytes(b"not DuckDB any more" * 999)
    shutil.rmtree(folder / "journal" / "00000001.journal", ignore_errors=True)
    (folder / "journal" / "00000001.journal").write_bytes(b"BLJ9" + b"\x01" * 200)
    (folder / "birlik.toml").write_text('member = "KAZ"\nfrom_the_future = true\n')


def only_its_store(folder):
    (folder / "journal" / mark.FILE).unlink()
    import duckdb

    with duckdb.connect(str(folder / FILE)) as store:
        store.execute("UPDATE birlik_state SET value = ? WHERE key = 'format'", [str(mark.FORMAT + 1)])


NEWER = [a_later_format, a_later_release, a_mark_of_another_kind, other_files_and_settings, only_its_store]


@pytest.mark.parametrize("newer", NEWER, ids=lambda f: f.__name__.replace("_", " "))
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda folder: assembly.open_node(folder, clock=SetClock(NOON), **SMALL), id="open"),
        pytest.param(lambda folder: upkeep.rebuild(folder, assembly.open_node), id="rebuild"),
    ],
)
def test_a_newer_folder_is_refused_in_a_sentence_and_no_byte_of_it_changes(lived, newer, act):
    newer(lived)
    before = contents(lived)
    with pytest.raises(NotANode, match="nothing of it was changed") as refused:
        act(lived)
    assert str(lived) in str(refused.value)
    assert "newe" in str(refused.value) or "9.0.0" in str(refused.value)
    assert contents(lived) == before


def test_the_mark_goes_with_a_backup(lived, tmp_path):
    with opened(lived) as node:
        node.store.backup(tmp_path / "backup")
    assert mark.read(tmp_path / "backup" / "journal") == mark.Mark(mark.FORMAT, birlik.__version__)


# --- declarations that changed --------------------------------------------------------------------------------


def redeclared(change):
    import dataclasses

    from tests.support.orchard import ORCHARD

    return dataclasses.replace(ORCHARD, tables=tuple(change(t) for t in ORCHARD.tables))


def test_a_column_that_a_declaration_gained_is_added(lived):
    from dataclasses import replace

    from birlik.kernel.tables import Field, Type

    gained = Field(name="ladder", type=Type.TEXT, description="Which ladder was used.")
    wider = redeclared(lambda t: replace(t, fields=(*t.fields, gained)) if t.name == "orchard_picking" else t)
    catalogue = {t.name: t for t in wider.tables}
    with opened(lived) as node:
        before = rows(node, "orchard_picking")
        node.store.database.create([catalogue["orchard_picking"]], [], [])
        assert node.store.database.outgrown([catalogue["orchard_picking"]]) is None
        after = node.store.database.all("SELECT ladder FROM orchard_picking")
    assert after == [(None,)] * len(before)


def test_a_column_of_another_type_has_the_store_made_again(lived, caplog):
    store = Path(lived / FILE)
    import duckdb

    with duckdb.connect(str(store)) as old:
        ((name,),) = old.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = 'orchard_picking' AND data_type = 'DOUBLE'"
        ).fetchall()
        old.execute(f'ALTER TABLE orchard_picking ALTER "{name}" TYPE VARCHAR')
    with opened(lived) as node:
        assert len(rows(node, "orchard_picking")) == 3
        assert node.reader(principal(node, "own")).rows("orchard_picking").num_rows == 3
    assert f"orchard_picking.{name} was VARCHAR" in caplog.text
