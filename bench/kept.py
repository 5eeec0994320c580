"""A kept table of a million keys with four versions each: its fold, one change of one row, a page of its list."""

import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from starlette.testclient import TestClient

from bench.result import Result
from bench.servers import quantile
from bench.timing import timed
from birlik import assembly, settings
from birlik.apps.api.app import create_app
from birlik.clock import SystemClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Decoded, Delivery, Domain, Field, Intake, Kept, Lookup, Table, Type
from birlik.kernel.editing import edits_of
from birlik.kernel.node import Node
from birlik.kernel.service import Service
from birlik.kernel.store import keeping

KEYS, VERSIONS, PATCHES, SUBJECTS = 1_000_000, 4, 100, 100_000
MEDIA_TYPE = "application/vnd.bench.things+parquet"


def _table(name: str) -> Table:
    return Table(
        name=name,
        title="Things",
        description="Things that change.",
        key=("thing_id",),
        time="changed_time",
        kept=Kept(time="changed_time"),
        fields=(
            Field(name="thing_id", type=Type.TEXT, nullable=False, description="The thing."),
            Field(name="name", type=Type.TEXT, description="Its name."),
            Field(name="level", type=Type.FLOAT, description="Its level."),
            Field(name="owner", type=Type.TEXT, description="Whose it is."),
            Field(name="changed_time", type=Type.TIME, nullable=False, description="When this was said."),
        ),
    )


THING, SUBJECT = _table("bench_thing"), _table("bench_subject")


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    rows = pq.read_table(io.BytesIO(delivery.body))
    return Decoded(rows={delivery.parameters["table"]: rows.cast(THING.schema)})


INTAKE = Intake(name="things", title="Things", media_type=MEDIA_TYPE, decode=_decode, tables=(THING.name, SUBJECT.name))
DOMAIN = Domain(
    name="bench", title="Bench", tables=(THING, SUBJECT), intakes=(INTAKE,), acts=edits_of(THING, names_itself=True)
)


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node"
        settings.write_new(path, "KAZ")
        node = assembly.open_node(path, declared=(DOMAIN,), clock=SystemClock())
        try:
            for version in range(VERSIONS):
                _take(node, THING, KEYS, version)
            _take(node, SUBJECT, SUBJECTS, 0)
            return [_fold(node), *_served(node)]
        finally:
            node.close()


def _take(node: Node, table: Table, n: int, version: int) -> None:
    random = np.random.default_rng(version)
    order = random.permutation(n)
    start_us = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6)
    rows = pa.table(
        {
            "thing_id": [f"thing-{k:07}" for k in order],
            "name": [f"name {k % 977} of {version}" for k in order],
            "level": random.random(n),
            "owner": [f"owner-{k % 31}" for k in order],
            "changed_time": pa.array(start_us + random.integers(0, 10**13, n), pa.timestamp("us", tz="UTC")),
        }
    )
    body = io.BytesIO()
    pq.write_table(rows, body)
    delivery = Delivery(
        body=body.getvalue(),
        media_type=MEDIA_TYPE,
        source_id="bench",
        received_time=node.clock.now(),
        parameters={"table": table.name},
    )
    assert pipeline.take(node, [delivery])[0].accepted == n


def _fold(node: Node) -> Result:
    bare, ours = [], []
    for _ in range(3):
        with node.store.database.transaction() as cursor:
            bare.append(
                timed(
                    lambda cursor=cursor: cursor.execute(  # type: ignore[misc]
                        "CREATE OR REPLACE TEMP TABLE bare AS SELECT thing_id, arg_max(name, changed_time) AS name, "
                        "arg_max(level, changed_time) AS level, arg_max(owner, changed_time) AS owner, "
                        f'max(changed_time) AS changed_time FROM "{THING.name}" GROUP BY thing_id'
                    )
                )
            )
            cursor.execute("DROP TABLE bare")
            ours.append(timed(lambda cursor=cursor: keeping.refold(cursor, THING)))  # type: ignore[misc]
    ratio = min(ours) / min(bare)
    return Result(
        name=f"kept table, {KEYS:,} keys x {VERSIONS} versions: fold from nothing",
        value=min(ours),
        unit="s",
        yardstick=f"bare arg_max into a table, {min(bare):.3g} s",
        ratio=ratio,
        target="<= 2 x",
        reached=ratio <= 2,
    )


def _served(node: Node) -> list[Result]:
    app = create_app(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)) as client:
        patches = [timed(lambda k=k: _patched(client, k)) for k in range(PATCHES + 5)][5:]  # type: ignore[misc]
        pages = [timed(lambda: _page(client)) for _ in range(20)][2:]
    patch, page = quantile(patches, 0.95), quantile(pages, 0.95)
    return [
        _plain(f"one PATCH, durable and read back, {KEYS:,} keys, p95", patch, "< 0.1 s", patch < 0.1),
        _plain(f"a page of a list of {SUBJECTS:,} subjects, p95", page, "< 0.25 s", page < 0.25),
    ]


def _patched(client: TestClient, k: int) -> None:
    address = f"/api/v1/tables/{THING.name}/rows/thing-{k * 9973 % KEYS:07}"
    assert client.patch(address, json={"owner": f"new-{k}"}).json()["data"]["owner"] == f"new-{k}"


def _page(client: TestClient) -> None:
    answer = client.get(f"/api/v1/tables/{SUBJECT.name}?order=name&limit=50")
    assert len(answer.json()["data"]) == 50


def _plain(name: str, value: float, target: str, reached: bool) -> Result:
    return Result(name=name, value=value, unit="s", yardstick="", ratio=None, target=target, reached=reached)
