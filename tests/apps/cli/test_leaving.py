"""What the command line writes is whole, whatever its form and size, and is never held in memory."""

import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import openpyxl
import pyarrow.parquet as pq
import pytest
from tests.support.nodes import follow, opened, take
from tests.support.server import ROOT, environment, server
from tests.support.traffic import SINCE, positions

from birlik.apps.cli import in_process
from birlik.kernel import serving

MEDIA = "application/vnd.birlik.positions"
MANY = 100_000
MOST_MB = 160
"""Of a client that holds no more than a piece; one that held all took four times as much."""
MEASURED = r"""
import re, sys
from pathlib import Path
from birlik.apps.cli.main import run
code = run(sys.argv[1:])
status = Path("/proc/self/status").read_text()
sys.stderr.write("peak_kb " + re.search(r"VmHWM:\s*(\d+)", status)[1])
sys.exit(code)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node_folder = tmp_path_factory.mktemp("leaving") / "node"
    with opened(node_folder, declared=None) as node:
        lines = [f"truck-{i % 50},{(SINCE + timedelta(seconds=i)).isoformat()},44.2,80.3,1" for i in range(MANY)]
        take(node, positions(lines), media_type=MEDIA)
        follow(node)
    shutil.copytree(node_folder, resting(node_folder), ignore=shutil.ignore_patterns("*.sock"))
    return node_folder


def resting(folder: Path) -> Path:
    """A copy that nobody serves."""
    return folder.with_name("resting")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    with server(folder) as (url, _):
        yield url


def birlik(url: str, *arguments: str, stdout: Path) -> float:
    """Run a command; returns how many MB it took."""
    with stdout.open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *arguments, "--url", url],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=ROOT,
            env=environment(),
        )
    assert done.returncode == 0, done.stderr
    return int(done.stderr.rpartition("peak_kb")[2]) / 1024


@pytest.mark.parametrize("name", ["all.csv", "all.parquet", "all.ndjson", "all.json", "all.geojson"])
def test_out_has_every_row_and_holds_none(served: str, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    arguments = ("table", "show", "transport_movement", "--fields", "object_id,phenomenon_time", "--out", str(out))
    assert birlik(served, *arguments, stdout=tmp_path / "said") < MOST_MB
    read = {
        ".csv": lambda: len(list(csv.reader(out.open(encoding="utf-8", newline="")))) - 1,
        ".parquet": lambda: pq.read_table(out).num_rows,
        ".ndjson": lambda: len(out.read_text(encoding="utf-8").splitlines()),
        ".json": lambda: len(json.loads(out.read_bytes())["data"]),
        ".geojson": lambda: len(json.loads(out.read_bytes())["features"]),
    }
    assert read[out.suffix]() == MANY
    assert not list(tmp_path.glob("*.part"))


def test_all_rows_as_json_are_streamed(served: str, tmp_path: Path) -> None:
    said = tmp_path / "said.json"
    assert birlik(served, "table", "show", "transport_movement", "--limit", "0", "--json", stdout=said) < MOST_MB
    document = json.loads(said.read_bytes())
    assert (len(document["data"]), document["next"], document["table"]) == (MANY, None, "transport_movement")


def test_out_writes_a_workbook_and_csv_for_a_spreadsheet(served: str, tmp_path: Path) -> None:
    book, sheet = tmp_path / "places.xlsx", tmp_path / "places.csv"
    birlik(served, "table", "show", "transport_place", "--out", str(book), stdout=tmp_path / "said")
    birlik(
        served, "table", "show", "transport_place", "--out", str(sheet), "--format", "csv-excel", stdout=tmp_path / "s"
    )
    rows = list(openpyxl.load_workbook(book, read_only=True).worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 1 + len(httpx.get(f"{served}/api/v1/tables/transport_place").json()["data"])
    assert sheet.read_bytes().startswith(b"\xef\xbb\xbfplace_id,")


@pytest.mark.parametrize("runs", [True, False], ids=["served", "resting"])
def test_a_folder_gives_the_same_whether_or_not_its_node_runs(
    folder: Path, tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch, runs: bool
) -> None:
    from birlik.apps.cli.main import run

    monkeypatch.setattr(in_process, "HELD_BYTES", 1 << 20)
    asked = folder if runs else resting(folder)
    assert serving.served_at(asked) == (served if runs else None)
    out = tmp_path / "all.csv"
    assert run(["table", "show", "transport_movement", "--out", str(out), "--data", str(asked)]) == 0
    assert len(list(csv.reader(out.open(encoding="utf-8", newline="")))) == MANY + 1


def test_export_writes_all_that_the_reader_sees_with_a_dictionary(served: str, tmp_path: Path) -> None:
    out = tmp_path / "export"
    birlik(served, "export", str(out), stdout=tmp_path / "said")
    declared = httpx.get(f"{served}/api/v1/node").json()
    contents = json.loads((out / "contents.json").read_bytes())
    tables = httpx.get(f"{served}/api/v1/tables").json()["data"]
    figures = [name for domain in declared["domains"] for name in domain["indicators"]]
    expected = {f"tables/{t['name']}.parquet" for t in tables} | {f"figures/{name}.parquet" for name in figures}
    assert {file["file"] for file in contents["files"]} == expected
    by_file = {file["file"]: file for file in contents["files"]}
    assert by_file["tables/transport_movement.parquet"]["rows_n"] == MANY
    with (out / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        dictionary = {(row["file"], row["field"]): row for row in csv.DictReader(file)}
    for name in expected:
        for field in pq.read_schema(out / name):
            assert dictionary[name, field.name]["description"]
            assert dictionary[name, field.name]["type"]
    assert dictionary["figures/tfi1.parquet", "value"]["unit"] == "h"
    assert dictionary["tables/transport_movement.parquet", "speed_m_s"]["unit"] == "m/s"


def test_export_leaves_a_folder_that_is_not_empty_alone(served: str, tmp_path: Path, capsys) -> None:
    from birlik.apps.cli.main import run

    (tmp_path / "mine").write_text("x")
    assert run(["export", str(tmp_path), "--url", served]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.alone
def test_a_tracker_does_not_wait_for_a_file_that_is_being_made(served: str, tmp_path: Path) -> None:
    out = tmp_path / "all.xlsx"
    command = [
        sys.executable,
        "-m",
        "birlik",
        "table",
        "show",
        "transport_movement",
        "--out",
        str(out),
        "--url",
        served,
    ]
    fields = ["--fields", "object_id,phenomenon_time,latitude,longitude"]
    waits = []
    with (
        httpx.Client(base_url=served, timeout=60) as client,
        subprocess.Popen([*command, *fields], cwd=ROOT, stderr=subprocess.PIPE, text=True) as making,
    ):
        while making.poll() is None:
            began = time.monotonic()
            at = int(time.time()) - len(waits)
            fix = {"id": "beside", "lat": "44.2", "lon": "80.3", "timestamp": str(at)}
            assert client.get("/osmand", params=fix).status_code == 200
            waits.append(time.monotonic() - began)
    assert making.returncode == 0
    assert len(waits) > 20
    assert max(waits) < 1
