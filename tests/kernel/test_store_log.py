"""The engine's log beside a whole store: whatever is wrong with it, nothing that came is lost, and it is said."""

import json
import random
import shutil
from datetime import timedelta
from functools import partial

import pytest
from tests.support.nodes import NOON, SMALL, everything, figures, follow, opened, rows, take
from tests.support.orchard import ORCHARD, line
from tests.support.traffic import SINCE, positions

from birlik import assembly
from birlik.apps.cli.main import run
from birlik.clock import SetClock
from birlik.errors import StoreUnavailable
from birlik.kernel import upkeep

LATER = NOON + timedelta(hours=1)
again = partial(assembly.open_node, declared=(ORCHARD,), clock=SetClock(LATER), **SMALL)
MADE_ONCE = ("birlik_alert", "birlik_cap_message")


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """(folder as a kill leaves it: half of it only in the log; all of its rows; alerts in its file; all alerts)."""
    base = tmp_path_factory.mktemp("log")
    with opened(base / "node", clock=SetClock(NOON)) as node:
        for i in range(20):
            take(node, [line(f"tree-{i}", f"2026-03-01T{hour:02}:00:00Z", 40.0) for hour in range(10)])
            follow(node)
            if i == 9:
                node.store.database.all("CHECKPOINT")
                checked = rows(node, "birlik_alert")
        shutil.copytree(base / "node", base / "killed", ignore=shutil.ignore_patterns("*.sock"))
        return base / "killed", everything(node, without=MADE_ONCE), checked, rows(node, "birlik_alert")


def flipped(seed):
    def harm(log):
        content = bytearray(log.read_bytes())
        content[random.Random(seed).randrange(100, len(content))] ^= 0xFF
        log.write_bytes(content)

    return harm


def zeroed(log):
    content = bytearray(log.read_bytes())
    content[-30:] = bytes(30)
    log.write_bytes(content)


SAID = [pytest.param(flipped(seed), id=f"a byte turned {seed}") for seed in range(4)]
SAID += [pytest.param(zeroed, id="its last bytes are nought")]
SILENT = [
    pytest.param(lambda log: log.write_bytes(b"no log at all" * 1000), id="another file"),
    pytest.param(lambda log: log.write_bytes(b""), id="emptied"),
    pytest.param(lambda log: log.write_bytes(log.read_bytes()[: log.stat().st_size // 2]), id="cut off"),
    pytest.param(lambda log: log.unlink(), id="gone"),
]


@pytest.fixture
def folder(killed, tmp_path):
    shutil.copytree(killed[0], tmp_path / "node", ignore=shutil.ignore_patterns("*.sock"))
    return tmp_path / "node"


def kept(alerts, of):
    """Those of `of` that are there as they were, from when they were opened on."""
    there = {(a["alert_id"], a["opened_time"]) for a in alerts}
    return [a for a in of if (a["alert_id"], a["opened_time"]) in there]


@pytest.mark.parametrize("harm", SAID)
def test_a_damaged_log_is_set_aside_said_and_what_stood_in_it_is_taken_from_the_journal(killed, folder, harm):
    _, expected, checked, _ = killed
    log = folder / "store.duckdb.wal"
    harm(log)
    before = log.read_bytes()
    with opened(folder, clock=SetClock(LATER)) as node:
        follow(node)
        assert everything(node, without=MADE_ONCE) == expected
        assert kept(rows(node, "birlik_alert"), checked) == checked
        assert f"{log} is damaged at byte" in node.store.mended[0]
    assert (folder / "store.duckdb.wal.1.damaged").read_bytes() == before
    with opened(folder, clock=SetClock(LATER)) as node:
        assert node.store.mended == []


@pytest.mark.parametrize("harm", SILENT)
def test_a_log_of_which_the_engine_says_nothing_is_found_out_by_the_journal(killed, folder, harm):
    _, expected, checked, _ = killed
    harm(folder / "store.duckdb.wal")
    with opened(folder, clock=SetClock(LATER)) as node:
        follow(node)
        assert everything(node, without=MADE_ONCE) == expected
        assert kept(rows(node, "birlik_alert"), checked) == checked
        assert "its log was cut or lost" in node.store.mended[0]


@pytest.mark.parametrize("harm", [*SAID, *SILENT])
def test_alerts_and_versions_survive_a_rebuild_beside_a_damaged_log(killed, folder, harm):
    _, expected, checked, _ = killed
    harm(folder / "store.duckdb.wal")
    made = upkeep.rebuild(folder, again)
    assert made.carried
    assert "log" in " ".join(made.notices)
    with opened(folder, clock=SetClock(LATER)) as node:
        assert everything(node, without=MADE_ONCE) == expected
        assert kept(rows(node, "birlik_alert"), checked) == checked
        assert len({a["key"] for a in rows(node, "birlik_alert") if a["rule"] == "much_picked"}) == 20
        assert {f["version"] for f in figures(node, "picking_gap")} == {1}


def test_a_whole_log_is_read_and_nothing_is_said(killed, folder):
    with opened(folder, clock=SetClock(LATER)) as node:
        assert node.store.mended == []
        assert rows(node, "birlik_alert") == killed[3]


@pytest.mark.parametrize("seed", range(6))
def test_where_blocks_of_the_store_are_damaged_what_can_be_read_is_carried(killed, folder, seed):
    file, dice = folder / "store.duckdb", random.Random(seed)
    content = bytearray(file.read_bytes())
    for _ in range(3):
        at = dice.randrange(12_288, len(content))  # behind the headers
        content[at : at + 64] = bytes(64)
    file.write_bytes(content)
    made = upkeep.rebuild(folder, again)
    with opened(folder, clock=SetClock(LATER)) as node:
        assert everything(node, without=MADE_ONCE) == killed[1]
        alerts = kept(rows(node, "birlik_alert"), killed[3])
        assert alerts == killed[3] or any("birlik_alert" in n or "can't be read (" in n for n in made.notices)


@pytest.mark.parametrize("harm", [*SAID, *SILENT])
def test_what_the_log_lost_is_never_a_reason_to_shorten_the_journal(folder, harm):
    """The store knows less than it did: the last frame, damaged, may have been acknowledged."""
    harm(folder / "store.duckdb.wal")
    segment = folder / "journal" / "00000001.journal"
    content = bytearray(segment.read_bytes())
    content[-20] ^= 0xFF
    segment.write_bytes(content)
    for refused in (again, lambda f: upkeep.rebuild(f, again)):
        with pytest.raises(StoreUnavailable, match=r"is damaged at byte \d+.*--past-damage"):
            refused(folder)
        assert segment.read_bytes() == bytes(content)


def test_doctor_says_what_was_wrong_with_the_log(tmp_path, capsys):
    media = "application/vnd.birlik.positions"
    with opened(tmp_path / "node", declared=None) as node:
        for i in range(3):
            take(node, positions([f"truck-{i},{SINCE.isoformat()},44.2,80.3,1"]), media_type=media)
        follow(node)
        shutil.copytree(tmp_path / "node", tmp_path / "killed", ignore=shutil.ignore_patterns("*.sock"))
    flipped(3)(tmp_path / "killed" / "store.duckdb.wal")
    run(["doctor", str(tmp_path / "killed"), "--json"])
    said = [f["said"] for f in json.loads(capsys.readouterr().out)["findings"] if f["check"] == "store"]
    assert any("store.duckdb.wal is damaged at byte" in text and "set aside as" in text for text in said)
