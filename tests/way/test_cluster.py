"""By commands only: a node's months are archived, and computed on a cluster that knows nothing of birlik."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conftest import absent
from tests.support.cluster import Cluster, cluster
from tests.way import traffic

pytestmark = [pytest.mark.spark, pytest.mark.alone, pytest.mark.timeout(900)]

TABLE = "transport_leg"
COMMAND = [sys.executable, "-m", "birlik"]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("BIRLIK_")} | {
    "BIRLIK_THREADS": "2",
    "BIRLIK_MEMORY_LIMIT": "400MB",
}


def birlik(*arguments: object) -> str:
    command = [*COMMAND, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert ran.returncode == 0, f"{ran.returncode}: {ran.stdout}{ran.stderr}"
    assert "Traceback" not in ran.stderr
    # An answer in JSON is all that a program reads; what else is said goes to a person.
    return ran.stdout if "--json" in arguments else ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if shutil.which("java") is None:
        absent("Java is not there, and Spark needs it: make test installs it")
    with cluster(tmp_path_factory.mktemp("cluster")) as up:
        yield up


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    fixes = [row for row in traffic.movements().to_pylist() if row["latitude"] is not None]
    lines = [
        f"{row['object_id'].removeprefix('tracker:')},{row['phenomenon_time']:%Y-%m-%dT%H:%M:%SZ},"
        f"{row['latitude']:.5f},{row['longitude']:.5f}"
        for row in fixes
    ]
    (folder / "fixes.csv").write_text("\n".join(["id,time,lat,lon", *lines, ""]))
    birlik("init", folder / "node", "--member", "KAZ")
    birlik("ingest", folder / "fixes.csv", "--data", folder / "node")
    birlik("archive", folder / "archive", "--data", folder / "node")
    return folder / "archive"


def rows(out: Path) -> Any:
    said = json.loads((out / "result.json").read_bytes())
    tables = [pq.read_table(out / file["path"]) for file in said["rows"]["files"]]
    whole = pa.concat_tables(tables)
    return whole.sort_by([(name, "ascending") for name in whole.column_names])


def ordered(name: str, archive: Path, out: Path, *more: object) -> list[object]:
    return ["compute", name, "--archive", archive, "--view", "own", "--out", out, *more]


def test_a_cluster_loses_a_worker_midway_and_says_what_the_embedded_engine_says(up, archive, tmp_path):
    out = tmp_path / "cluster"
    order = ordered(TABLE, archive, out, "--engine", "spark", "--master", up.url, *up.conf)
    with subprocess.Popen(
        [*COMMAND, *map(str, order)], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as computing:
        while computing.poll() is None and not list(out.rglob("*.parquet")):
            time.sleep(0.01)
        up.workers[0].kill()
        assert not (out / "result.json").exists(), "the worker was not killed midway"
        _, said = computing.communicate()
    assert computing.returncode == 0, said
    birlik(*ordered(TABLE, archive, tmp_path / "embedded"))
    ours, theirs = rows(tmp_path / "embedded"), rows(out)
    assert ours.num_rows > 500
    assert theirs.equals(ours)
    listed = {file["path"] for file in json.loads((out / "result.json").read_bytes())["rows"]["files"]}
    assert {str(path.relative_to(out)) for path in out.rglob("*.parquet")} == listed

    # Submitted twice, it is made once.
    stood = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert "nothing was computed again" in birlik(*order)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == stood

    # And it stands in the node that it came from, until it is detached.
    node = ("--data", archive.parent / "node")
    (attached,) = json.loads(birlik("attach", out, *node, "--json"))["data"]
    assert (attached["name"], attached["view"], attached["rows_n"]) == (TABLE, "own", ours.num_rows)
    assert (attached["stale"], attached["stands"]) == (False, True)
    assert "nothing is attached" in birlik("detach", TABLE, *node)
