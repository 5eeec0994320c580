"""Ten thousand grants beside ten: what a request costs that has nothing to do with them, one of who has them all, the
first after one more, and reading them when the node starts."""

import hashlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from bench.result import Result
from birlik import assembly, settings
from birlik.apps.serve import application
from birlik.clock import SystemClock
from birlik.kernel import acting
from birlik.kernel.access.tables import GRANT, PRINCIPAL
from birlik.kernel.changes import Change, versions
from birlik.kernel.domain import Decoded, Delivery
from birlik.kernel.node import Node
from birlik.kernel.service import Service
from birlik.kernel.store.prepared import Prepared

FEW, MANY, TURNS = 10, 10_000, 300
ADDRESS = "/api/v1/tables/transport_crossing?limit=20"
ALONE, EVERYTHING = "alone", "everything"
"""Who has one grant, and who has half of them."""


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        nodes = [stack.enter_context(_opened(Path(folder) / str(n), n)) for n in (FEW, MANY)]
        few, many = nodes
        starts = [each.start_s for each in nodes]
        made = [
            _row("a request beside 10,000 grants", *_asked(few, many, ALONE), 1.1),
            _row("a request of who has 5,000 grants", *_asked(few, many, EVERYTHING), 1.1),
        ]
        few_s, many_s = _after_one_more(few, many)
    started = Result(
        name="reading 10,000 grants when a node starts",
        value=starts[1] * 1_000,
        unit="ms",
        yardstick=f"10 grants, {starts[0] * 1_000:.3g} ms",
        ratio=starts[1] / starts[0],
        target="<= 1000 ms",
        reached=starts[1] <= 1,
    )
    after = replace(
        _row("the first request of who has 5,000 grants after one more", few_s, many_s, 1.0),
        target="<= 100 ms",
        reached=many_s <= 0.1,
    )
    return [*made, after, started]


class _Opened:
    def __init__(self, node: Node) -> None:
        self.node, self.service = node, Service(node)
        began = time.perf_counter()
        assert node.access.people()
        self.start_s = time.perf_counter() - began
        app = application(self.service, start=True)
        self.client = TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))
        self.keys: dict[str, str] = {}

    def __enter__(self) -> "_Opened":
        self.client.__enter__()
        for who in (ALONE, EVERYTHING):
            self.keys[who] = self.act("key_add", principal_id=who, label="bench").result["once"]["key"]
        return self

    def __exit__(self, *told: object) -> None:
        self.client.__exit__(None, None, None)
        self.node.close()

    def act(self, name: str, **told: Any) -> Any:
        named = acting.act_named(self.node, f"birlik_{name}")
        return self.service.act_now(acting.asked(named, told, self.node.operator))

    def took(self, who: str) -> float:
        began = time.perf_counter()
        answer = self.client.get(ADDRESS, headers={"authorization": f"Bearer {self.keys[who]}"})
        took = time.perf_counter() - began
        assert answer.status_code == 200, answer.text
        return took


def _opened(folder: Path, n: int) -> _Opened:
    settings.write_new(folder, "KAZ")
    told: dict[str, Any] = {"clock": SystemClock(), "open": False, "reads_per_s": 0, "follow_every_s": 3_600.0}
    node = assembly.open_node(folder, **told)
    _commit(node, list(_principals(node, n)), list(_grants(node, n)))
    node.close()
    return _Opened(assembly.open_node(folder, **told))


def _principals(node: Node, n: int) -> Iterator[dict[str, Any]]:
    names = [ALONE, EVERYTHING, *(f"machine-{i}" for i in range(n // 2))]
    said = {"kind": "machine", "state": "KAZ", "status": "active", "said_time": node.clock.now()}
    for name in names:
        yield {**dict.fromkeys(PRINCIPAL.by_name), **said, "principal_id": name, "name": name}


def _grants(node: Node, n: int) -> Iterator[dict[str, Any]]:
    """Half of them to many, half to one, each for another source."""
    said = {"granted_by": "bench", "status": "active", "said_time": node.clock.now()}
    blank = {**dict.fromkeys(GRANT.by_name), **said}
    yield {**blank, "grant_id": "alone", "principal_id": ALONE, "role": "reader"}
    for i in range(n):
        who = EVERYTHING if i % 2 else f"machine-{i // 2}"
        role = "supplier" if i > 1 else "reader"
        yield {**blank, "grant_id": f"g{i}", "principal_id": who, "role": role, "sources": f"source-{i}"}


def _commit(node: Node, principals: Sequence[dict[str, Any]], grants: Sequence[dict[str, Any]]) -> None:
    told = ((PRINCIPAL, principals), (GRANT, grants))
    rows = {table.name: versions(table, [Change(table.name, row) for row in each]) for table, each in told}
    body = b"grants"
    delivery = Delivery(body=body, media_type="x/x", source_id="bench", received_time=node.clock.now())
    digest = hashlib.sha256(body).digest()
    node.store.commit([Prepared(delivery=delivery, decoded=Decoded(rows=rows), views=1, digest=digest, single=False)])


def _asked(few: _Opened, many: _Opened, who: str) -> tuple[float, float]:
    """Medians, seconds, asked in turns."""
    taken = [(few.took(who), many.took(who)) for _ in range(TURNS)]
    one, other = np.median(np.array(taken), axis=0)
    return float(one), float(other)


def _after_one_more(few: _Opened, many: _Opened) -> tuple[float, float]:
    taken = []
    for i in range(TURNS // 10):
        for each in (few, many):
            each.act("grant_add", principal_id=EVERYTHING, role="supplier", sources=f"more-{i}")
        taken.append((few.took(EVERYTHING), many.took(EVERYTHING)))
    one, other = np.median(np.array(taken), axis=0)
    return float(one), float(other)


def _row(name: str, few_s: float, many_s: float, most: float) -> Result:
    return Result(
        name=name,
        value=many_s * 1_000,
        unit="ms",
        yardstick=f"beside 10 grants, {few_s * 1_000:.3g} ms",
        ratio=many_s / few_s,
        target=f"<= {most} x",
        reached=many_s <= most * few_s,
    )


if __name__ == "__main__":
    for result in run():
        print(",".join(result.cells()), flush=True)
