"""Months in an archive: written, and computed of, in one process and on Spark `local[2]`, at 2 M rows and beyond.

`python -m bench.archived ROWS` measures one size in a process of its own; `make bench ARGS=archived` measures 2 M and
20 M, and 100 M on Spark where BIRLIK_BENCH_LARGE says so: half an hour of a machine that does nothing else.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.result import Result
from bench.timing import timed

NAME, TABLE = "transport_leg", "transport_movement"
SMALL, LARGE, HUGE = 2_000_000, 20_000_000, 100_000_000
BEGIN, MONTHS = datetime(2025, 1, 1, tzinfo=UTC), 12
ROWS_AN_OBJECT = 4_000
SPARK = {"spark.driver.memory": "3g", "spark.driver.maxResultSize": "16m"}


def run() -> list[Result]:
    sizes = [SMALL, LARGE, *([HUGE] if os.environ.get("BIRLIK_BENCH_LARGE") else [])]
    told = {rows: _apart(rows) for rows in sizes}
    return [row for rows in sizes for row in _rows(rows, told[rows], told[min(rows, LARGE)])]


def _rows(rows: int, told: dict[str, float], embedded: dict[str, float]) -> list[Result]:
    size = f"{rows // 1_000_000} M rows"
    a_row = (told["spark_s"] / rows) / (embedded["embedded_s"] / min(rows, LARGE))
    return [
        _plain(f"files of an archive made up and written, {size}", rows / told["archive_s"], "rows/s"),
        _plain(f"computed by the embedded engine, {size}", told.get("embedded_s", float("nan")), "s"),
        Result(
            name=f"computed on Spark local[2], {size}",
            value=told["spark_s"],
            unit="s",
            yardstick=f"the embedded engine a row at {min(rows, LARGE) // 1_000_000} M",
            ratio=a_row,
            target="<= 4 x" if rows >= LARGE else "",
            reached=rows < LARGE or a_row <= 4,
        ),
        _plain(f"peak memory on Spark, Java and Python together, {size}", told["spark_gb"], "GB"),
    ]


def _plain(name: str, value: float, unit: str) -> Result:
    return Result(name=name, value=value, unit=unit, yardstick="", ratio=None, target="", reached=True)


def _apart(rows: int) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "bench.archived", str(rows)]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(made.stdout.splitlines()[-1])
    return told


def measured(rows: int) -> dict[str, float]:
    """Seconds and gigabytes of one size; the embedded engine is left out beyond 20 M."""
    from birlik import assembly
    from birlik.kernel.archiving import computing, distributed
    from birlik.kernel.archiving.location import Location
    from birlik.kernel.node import catalogue_of

    folder = Path(tempfile.mkdtemp(prefix="birlik-archived-"))
    try:
        told: dict[str, float] = {"archive_s": timed(lambda: _archived(folder / "archive", rows))}
        catalogue = catalogue_of(assembly.domains())

        def order(out: str) -> computing.Order:
            archive = Location(str(folder / "archive"))
            return computing.Order(name=NAME, archive=archive, view="own", out=Location(str(folder / out)))

        if rows <= LARGE:
            told["embedded_s"] = timed(lambda: computing.compute(catalogue, order("here"), computing.Embedded()))
        with distributed.started("local[2]", SPARK) as spark:
            told["spark_s"] = timed(lambda: computing.compute(catalogue, order("spark"), spark))
            told["spark_gb"] = _tree_gb()
        return told
    finally:
        shutil.rmtree(folder)


def _tree_gb() -> float:
    """The highest that each process of this one's tree ever had, together: more than was ever held at once."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError):
            continue
    mine, found = {os.getpid()}, True
    while found:
        found = {child for child, parent in parents.items() if parent in mine} - mine
        mine |= found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for pid in mine - {os.getpid()}:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        peak += next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
    return peak / 1024**2


def _archived(folder: Path, rows: int) -> None:
    """An archive as `birlik archive` writes it, without a node before it: what a journal of that size costs is no
    matter here. Objects go to and fro between two cities over a border, a fix every two hours."""
    from birlik.domains.transport.domain import DOMAIN
    from birlik.kernel.archiving import listing, manifest
    from birlik.kernel.archiving.location import Location
    from birlik.kernel.archiving.sealed import ROWS_A_FILE
    from birlik.kernel.policy import BUILT_IN

    place, views = Location(str(folder)), pa.field("views", pa.int64())
    listings = {}
    for table in DOMAIN.tables:
        columns = (*listing.columns_of(table.schema), ("views", "int64"))
        files = []
        if table.facts is not None:
            facts = table.facts().cast(table.schema)
            facts = facts.append_column(views, pa.repeat(pa.scalar(31, pa.int64()), facts.num_rows))
            path = f"whole/{table.name}/1.parquet"
            files.append(listing.write(place, path, facts.to_batches(), facts.schema, private=True))
        elif table.name == TABLE:
            for number in range(-(-rows // ROWS_A_FILE)):
                made = _movements(number * ROWS_A_FILE, min(ROWS_A_FILE, rows - number * ROWS_A_FILE), rows)
                path = f"rows/{TABLE}/{number:06d}.parquet"
                files.append(listing.write(place, path, made.to_batches(), made.schema, private=True))
        listings[table.name] = listing.Listing(place=place, name=table.name, columns=columns, files=tuple(files))
    manifest.write(
        place,
        manifest.Manifest(
            generation=1,
            member="KAZ",
            made_time=BEGIN + timedelta(days=400),
            begin=BEGIN,
            end=datetime(2026, 1, 1, tzinfo=UTC),
            views={name: 1 << bit for bit, name in enumerate(BUILT_IN)},
            view=None,
            to_seq=1,
            tables=listings,
        ),
    )


def _movements(first: int, size: int, rows: int) -> Any:
    """Rows `first` and on, in order of time: the n-th fix of every object, then the next of every object."""
    import numpy as np

    from birlik.domains.transport.events import MOVEMENT
    from birlik.domains.transport.vocabulary import places

    at = {place.place_id: (place.latitude, place.longitude) for place in places()}
    ends = np.array([at["kz-almaty"], at["cn-urumqi"]])
    objects = max(1, rows // ROWS_AN_OBJECT)
    n = np.arange(first, first + size)
    who, step = n % objects, n // objects
    turn = (step + who * 37) % 96
    share = np.clip(np.minimum(turn, 96 - turn) / 40.0, 0.0, 1.0)
    points = ends[0] + (ends[1] - ends[0]) * share[:, None]
    micros = int(BEGIN.timestamp()) * 1_000_000 + step * (7_800 * 1_000_000) + who * 1_000_003 % 3_600_000_000
    time_us = pa.array(micros).cast(pa.timestamp("us", tz="UTC"))
    given = {
        "object_id": pa.array(np.char.add("tracker:", who.astype("U9"))),
        "object_key": pa.array((who * 0x9E3779B97F4A7C1 + 1) % 2**62),
        "object_kind": pa.repeat(pa.scalar("vehicle"), size),
        "phenomenon_time": time_us,
        "received_time": time_us,
        "latitude": pa.array(points[:, 0]),
        "longitude": pa.array(points[:, 1]),
        "activity": pa.repeat(pa.scalar("position"), size),
        "basis": pa.repeat(pa.scalar("measured"), size),
        "source_id": pa.repeat(pa.scalar("fleet"), size),
    }
    columns = [given[f.name].cast(f.type) if f.name in given else pa.nulls(size, f.type) for f in MOVEMENT.schema]
    schema = MOVEMENT.schema.append(pa.field("views", pa.int64()))
    return pa.Table.from_arrays([*columns, pa.repeat(pa.scalar(1, pa.int64()), size)], schema=schema)


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
