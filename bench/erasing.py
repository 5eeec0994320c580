"""Erasing a person out of ten million rows while suppliers send. `python -m bench.erasing --rows 1000000`."""

import argparse
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from bench.result import Result
from birlik import assembly, settings
from birlik.kernel import acting, pipeline
from birlik.kernel.domain import (
    Decoded,
    Delivery,
    Domain,
    Field,
    Indicator,
    Intake,
    Lookup,
    Personal,
    Role,
    Rows,
    Table,
    Type,
)
from birlik.kernel.node import Node
from birlik.kernel.service import Service
from birlik.kernel.store.database import literal

ROWS, A_MESSAGE, PERSONS, BESIDE = 10_000_000, 20_000, 100_000, 100
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SUBJECT = "p000042"
MOST_MIN = 15.0
_WHY = Personal(purpose="To see who was where.", days=400)
VISIT = Table(
    name="gate_visit",
    title="Visits",
    description="Who passed which gate.",
    key=("visit_id",),
    time="visit_time",
    person="person_id",
    fields=(
        Field(name="visit_id", type=Type.INT, nullable=False, description="The visit."),
        Field(name="person_id", type=Type.TEXT, nullable=False, personal=_WHY, description="Who."),
        Field(name="gate", type=Type.TEXT, nullable=False, description="Where."),
        Field(name="visit_time", type=Type.TIME, nullable=False, description="When."),
        Field(name="minutes", type=Type.FLOAT, unit="min", description="How long."),
    ),
)
GATE = Field(name="gate", type=Type.TEXT, nullable=False, description="Where.")


def _by_gate(rows: Rows, now: datetime) -> Rows:
    groups = rows.group_by(["gate"]).aggregate([("minutes", "count")])
    n, empty = groups.column("minutes_count"), pa.nulls(groups.num_rows, pa.float64())
    basis = pa.array(["measured"] * groups.num_rows)
    made = [groups.column("gate"), n.cast(pa.float64()), n, empty, empty, basis]
    return pa.table(made, names=["gate", "value", "n", "low", "high", "basis"])


VISITS = Indicator(
    name="gate_visits",
    code="VIS",
    title="Visits",
    unit="1",
    source="gate_visit",
    columns=("minutes",),
    dimensions=(GATE,),
    function=_by_gate,
    method="Visits of a gate.",
    reference="This bench.",
    interval="none",
    minimum_n=1,
)


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    read = csv.ReadOptions(column_names=VISIT.schema.names)
    types = csv.ConvertOptions(column_types={f.name: f.type for f in VISIT.schema})
    rows = csv.read_csv(pa.BufferReader(delivery.body), read_options=read, convert_options=types)
    return Decoded(rows={VISIT.name: rows.cast(VISIT.schema)})


GATES = Domain(
    role=Role.READER,
    name="gate",
    title="Gates",
    tables=(VISIT,),
    indicators=(VISITS,),
    intakes=(
        Intake(name="visits", title="Visits", media_type="text/vnd.visits", decode=_decode, tables=(VISIT.name,)),
    ),
)


def _body(first: int, n: int, others: int = 0) -> bytes:
    """others: the first person of whom it may tell."""
    dice = np.random.default_rng(first)
    rows = pa.table(
        {
            "visit_id": pa.array(range(first, first + n), pa.int64()),
            "person_id": [f"p{p:06d}" for p in dice.integers(others, PERSONS, n)],
            "gate": [f"gate-{g}" for g in dice.integers(0, 50, n)],
            "visit_time": pa.array([BEGIN + timedelta(seconds=int(s)) for s in first + np.arange(n)]).cast(
                pa.timestamp("s", "UTC")
            ),
            "minutes": dice.random(n).round(1),
        }
    )
    sink = pa.BufferOutputStream()
    csv.write_csv(rows, sink, csv.WriteOptions(include_header=False))
    body: bytes = sink.getvalue().to_pybytes()
    return body


def _delivery(node: Node, first: int, n: int, others: int = 0) -> Delivery:
    return Delivery(
        body=_body(first, n, others), media_type="text/vnd.visits", source_id="gates", received_time=node.clock.now()
    )


class _Beside:
    """A supplier that sends on and on, and how long it waited for each answer."""

    def __init__(self, service: Service, first: int) -> None:
        self.service, self.first = service, first
        self.waits_s: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def _send(self) -> None:
        while not self._stop.is_set():
            told = _delivery(self.service.node, self.first + len(self.waits_s) * BESIDE, BESIDE, others=1_000)
            begun = time.monotonic()
            self.service.take_now(told)
            self.waits_s.append(time.monotonic() - begun)

    def __enter__(self) -> "_Beside":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def _copied_s(node: Node, folder: Path) -> float:
    """The yardstick: the engine's own copy of the store, and nothing else."""
    begun = time.monotonic()
    with node.store.database.own_cursor() as cursor:
        cursor.execute(f"ATTACH {literal(str(folder / 'copied.duckdb'))} AS copied")
        name = cursor.execute("SELECT current_database()").fetchall()[0][0]
        cursor.execute(f'COPY FROM DATABASE "{name}" TO copied')
        cursor.execute("DETACH copied")
    return time.monotonic() - begun


def _act(service: Service, name: str, **told: str) -> Mapping[str, Mapping[str, str]]:
    node = service.node
    result: Mapping[str, Mapping[str, str]] = service.act_now(acting.asked(node.acts[name], told, node.operator)).result
    return result


def run(rows: int = ROWS) -> list[Result]:
    with tempfile.TemporaryDirectory() as told:
        folder = Path(told) / "node"
        settings.write_new(folder, "KAZ")
        node = assembly.open_node(folder, declared=(GATES,), memory_limit="2GB")
        try:
            return _run(node, Path(told), rows)
        finally:
            node.close()


def _run(node: Node, beside: Path, rows: int) -> list[Result]:
    for first in range(0, rows, A_MESSAGE):
        pipeline.take(node, [_delivery(node, first, min(A_MESSAGE, rows - first))])
    pipeline.follow(node)
    copied_s = _copied_s(node, beside)
    service = Service(node)
    service.start()
    try:
        with _Beside(service, rows) as supplier:
            time.sleep(3)
            before = list(supplier.waits_s)
            begun = time.monotonic()
            name = _act(service, "birlik_erasure_propose", people=VISIT.name, key=SUBJECT, ground="a bench")["about"]
            _act(service, "birlik_erasure_confirm", **name)
            while _status(node) != "done":
                time.sleep(0.1)
            took_s = time.monotonic() - begun
            during = supplier.waits_s[len(before) :]
    finally:
        service.stop()
    left = node.store.database.all(f"SELECT count(*) FROM {VISIT.name} WHERE person_id = ?", [SUBJECT])[0][0]
    minutes, copy = took_s / 60, f"copy of the store {copied_s:.1f} s"
    paused_s = node.store.database.gate.shut_s
    return [
        Result(name=f"erasing a person out of {rows:,} rows", value=minutes, unit="min", yardstick=copy,
               ratio=took_s / copied_s, target=f"<= {MOST_MIN:g} min", reached=minutes <= MOST_MIN and left == 0),
        Result(name="erasing: deliveries taken meanwhile", value=len(during) / took_s, unit="1/s",
               yardstick=f"before it {len(before) / 3:.0f}", ratio=len(during) / took_s / (len(before) / 3),
               target="> 0", reached=len(during) > 0),
        Result(name="erasing: longest wait of a delivery", value=max(during), unit="s",
               yardstick=f"before it {max(before):.2f}", ratio=max(during) / max(before), target="-", reached=True),
        Result(name="erasing: reads paused", value=paused_s, unit="s", yardstick=copy, ratio=paused_s / copied_s,
               target="<= 5 s", reached=paused_s <= 5),
    ]  # fmt: skip


def _status(node: Node) -> str:
    found = node.reader(node.operator).rows("birlik_erasure").to_pylist()
    return str(found[0]["status"]) if found else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    for result in run(parser.parse_args().rows):
        print(",".join(result.cells()))
