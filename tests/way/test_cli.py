"""The command line on real nodes: running ones over HTTP, others opened by it; the same answers from both."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.server import commanded

TRACK = """<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="44.2" lon="80.4"><time>2026-03-01T08:00:00Z</time></trkpt>
<trkpt lat="44.3" lon="80.5"><time>2026-03-01T08:10:00Z</time></trkpt>
<trkpt lat="44.4" lon="80.6"></trkpt>
</trkseg></trk></gpx>"""
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("BIRLIK_")} | {
    "BIRLIK_THREADS": "2",
    "BIRLIK_MEMORY_LIMIT": "400MB",
    "BIRLIK_FOLLOW_EVERY_S": "0.1",
}


def birlik(*arguments, code=0):
    """Run the command line; what it answered, read where it is JSON."""
    ran = commanded(*arguments, env=ENVIRONMENT, timeout_s=120)
    assert ran.returncode == code, f"{ran.returncode}: {ran.stdout}{ran.stderr}"
    assert "Traceback" not in ran.stderr
    return json.loads(ran.stdout) if "--json" in arguments and ran.stdout else ran.stdout + ran.stderr


@contextmanager
def serving(folder: Path):
    command = [sys.executable, "-m", "birlik", "serve", str(folder), "--port", "0", "--open", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as node:
        try:
            assert node.stdout is not None
            text = ""
            for line in node.stdout:
                text += line
                if line.startswith("}"):
                    break
            yield json.loads(text)["url"], node
        finally:
            node.terminate()


@pytest.fixture
def folder(tmp_path):
    birlik("init", tmp_path / "node", "--member", "KAZ")
    return tmp_path / "node"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "drive.gpx").write_text(TRACK)
    (tmp_path / "notes.txt").write_text("Dear colleague, the truck is late.")
    return tmp_path / "drive.gpx", tmp_path / "notes.txt"


def test_files_are_taken_or_quarantined_where_no_node_runs(folder, files):
    told = birlik("ingest", *files, "--data", folder, "--source", "us", "--json", code=2)["files"]
    assert [(f["accepted"], len(f["refused"])) for f in told] == [(2, 1), (0, 1)]
    assert told[0]["refused"][0]["where"]["line"] == 4
    assert "Dear colleague" in told[1]["refused"][0]["reason"]

    again = birlik("ingest", files[0], "--data", folder, "--source", "us", "--json", code=2)["files"]
    assert again[0]["repeated"]

    moved = birlik("table", "show", "transport_movement", "--data", folder, "--where", "source_id=us", "--json")
    assert len(moved["data"]) == 2
    wanted = ("table", "show", "transport_movement", "--data", folder, "--filter")
    assert len(birlik(*wanted, "source_id = 'us' AND latitude > -90", "--json")["data"]) == 2
    assert "nothing fits" in birlik(*wanted, "source_id LIKE 'them%'")
    counted = birlik("table", "aggregate", "transport_movement", "--data", folder, "--by", "source_id", "--json")
    assert counted["data"] == [{"source_id": "us", "count": 2}]
    assert "did you mean latitude?" in birlik(*wanted, "latitud > 0", code=2)
    assert "2 accepted" in birlik("ingest", files[0], "--data", folder, "--source", "them", code=2)

    open_ = birlik("quarantine", "list", "--data", folder, "--source", "us", "--json")["data"]
    entry = next(e["quarantine_id"] for e in open_ if e["filename"] == "notes.txt")
    out = files[1].with_suffix(".back")
    birlik("quarantine", "show", entry, "--out", out, "--data", folder)
    assert out.read_bytes() == files[1].read_bytes()
    birlik("quarantine", "dismiss", entry, "--data", folder)
    assert entry not in birlik("quarantine", "list", "--data", folder)


def test_files_are_tried_and_nothing_of_them_is_kept(folder, files):
    journal = folder / "journal"
    of_init = birlik("table", "show", "birlik_message", "--data", folder, "--json")["data"]
    assert {row["source_id"] for row in of_init} == {"operator of KAZ"}
    before = sum(f.stat().st_size for f in journal.iterdir())
    shown = birlik("ingest", *files, "--try", "--data", folder, "--source", "us", code=2)
    assert "2 would be accepted, 1 refused" in shown
    for word in ("phenomenon_time, UTC", "2026-03-01T08:10:00Z", "44.3", "80.5", "line 4", "Dear colleague"):
        assert word in shown
    assert "written to" not in shown
    told = birlik("ingest", files[0], "--try", "--data", folder, "--json", code=2)["files"]
    assert told[0]["tables"][0]["rows"][0]["latitude"] == 44.2
    assert sum(f.stat().st_size for f in journal.iterdir()) == before
    for table, rows in (("birlik_message", of_init), ("birlik_quarantine", []), ("transport_movement", [])):
        assert birlik("table", "show", table, "--data", folder, "--json")["data"] == rows


def test_a_running_node_is_found_by_its_folder_and_kept_from_harm(folder, files, tmp_path):
    with serving(folder) as (url, node):
        assert birlik("ingest", files[0], "--data", folder, "--json", code=2)["files"][0]["accepted"] == 2
        by_url = birlik("table", "show", "transport_movement", "--url", url, "--json")
        assert len(by_url["data"]) == 2
        names = [i["name"] for i in birlik("indicator", "list", "--data", folder, "--json")]
        assert names
        birlik("indicator", "show", names[0], "--url", url)
        assert "no indicator" in birlik("indicator", "show", "nonsense", "--url", url, code=2)
        assert "served" in birlik("rebuild", folder, code=2)
        assert "served already" in birlik("serve", folder, code=2)
        assert birlik("doctor", folder, "--json")["ok"]
        assert birlik("backup", folder, tmp_path / "copy", "--json")["running"]
        port = url.rsplit(":", 1)[1]
        birlik("init", tmp_path / "other", "--member", "UZB")
        assert "can't be had" in birlik("serve", tmp_path / "other", "--port", port, code=2)
        node.send_signal(signal.SIGINT)
        assert node.wait(timeout=60) == 0
    assert "no node answers" in birlik("table", "list", "--url", url, code=1)
    birlik("restore", tmp_path / "copy", tmp_path / "new")
    copied = birlik("table", "show", "transport_movement", "--data", tmp_path / "new", "--json")
    assert copied["data"] == by_url["data"]
    assert birlik("rebuild", folder, "--json")["carried"]
    assert birlik("restore", tmp_path / "copy", folder, code=2)


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(folder, files):
    birlik("ingest", files[0], "--data", folder, code=2)
    assert birlik("doctor", folder, "--json")["ok"]
    segment = next((folder / "journal").glob("*.journal"))
    segment.write_bytes(segment.read_bytes()[:-7])
    told = birlik("doctor", folder, "--json", code=1)
    bad = {f["check"]: f for f in told["findings"] if not f["ok"]}
    assert "damaged at byte" in bad["journal"]["said"]
    assert all(f["mend"] for f in bad.values())
    (folder / "birlik.toml").write_text('member = "KAZ"\nprot = 1\n')
    assert "prot" in birlik("doctor", folder, code=1)


@pytest.mark.reference
def test_the_reference_files_are_taken_as_they_are(folder, reference_data):
    """Each is accepted, or quarantined for a reason that is true of it."""
    sets = ("gps", "rail-1520", "openepcis", "event-hash")
    paths = [p for s in sets for p in sorted((reference_data / "transport" / s).rglob("*")) if p.is_file()]
    told = birlik("ingest", *paths, "--data", folder, "--json", code=2)["files"]
    assert len(told) == len(paths)
    silent = [f["file"] for f in told if not (f["accepted"] or f["duplicates"] or f["repeated"])]
    assert [f["file"] for f in told if f["file"] in silent and not (f["refused"] or f["notices"])] == []
    assert [r for f in told for r in f["refused"] if not r["reason"]] == []
    drives = [f for f in told if "gps/gpxpy/around" in f["file"] or "barefoot/x0001-001.json" in f["file"]]
    assert all(f["accepted"] > 50 and not f["refused"] for f in drives)
    events = [f for f in told if "/openepcis/" in f["file"] and "invalid" not in f["file"] and f["file"].endswith("n")]
    assert sum(f["accepted"] > 0 for f in events) >= len(events) // 2


def durations(told):
    """What doesn't change while the seconds go by."""
    return [r for r in told["recovered"] if r["indicator"].startswith(("TFI1", "passages"))]


def test_the_demo_plays_its_past_into_a_node_once_and_shows_what_was_recovered(tmp_path):
    """One day is too little to prove a mean of traffic, and the demo says so; nothing that came is lost or made up."""
    told = birlik("demo", "--once", "--data", tmp_path / "demo", "--port", 0, "--days", 1, "--json", code=1)
    assert told["refused"] == told["expected"] > 0
    assert not told["ok"]
    assert all(r["tolerance"] is None for r in durations(told))
    asked = [r for r in told["recovered"] if r["tolerance"] is not None]
    assert asked, "what is invented of bodies and promises doesn't rest on how many days were played"
    assert all(r["is_within"] for r in asked)
    again = birlik("demo", "--once", "--data", tmp_path / "demo", "--port", 0, "--json", code=1)
    assert durations(again) == durations(told)
    played = json.loads((tmp_path / "demo" / "demo.json").read_text(encoding="utf-8"))["simulations"]
    assert all((tmp_path / "demo" / f"truth-{name}.parquet").is_file() for name in played)


def test_a_world_is_written_with_its_truth(tmp_path):
    told = birlik("simulate", tmp_path / "world", "--days", 1, "--start", "2026-03-01", "--faults", "none", "--json")
    assert told["start"] == "2026-03-01T00:00:00Z"
    assert (tmp_path / "world" / "truth").is_dir()
    assert "not empty" in birlik("simulate", tmp_path / "world", code=2)
