"""Can a reader tell by the time of its answers that rows are hidden from it?

Two nodes, one with a million movements of which the members see half, one with that half only. The ten questions that
touch most rows are asked of both, a thousand times in turns, in an order drawn anew each time. Told is how often an
answer of the one takes longer than one of the other (AUC): a half where nothing can be told, with the upper limit of a
bootstrap over the pairs.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from starlette.requests import Request
from starlette.testclient import TestClient

from bench.result import Result
from bench.world import commit, movements
from birlik import assembly, settings
from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.domains.transport.events import MOVEMENT
from birlik.kernel import pipeline
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import MEMBERS, Principal, Right
from birlik.kernel.service import Service

ROWS, PAIRS, DRAWS, LIMIT = 1_000_000, 1_000, 2_000, 0.55
CROSSING = "kz-nurzholy--cn-khorgos--road"
TABLE = f"/api/v1/tables/{MOVEMENT.name}"
ROUTES = {
    "newest rows": f"{TABLE}?limit=20",
    "a page of rows by place": f"{TABLE}?order=latitude&limit=20&fields=object_id,latitude",
    "rows of one object": f"{TABLE}?object_id=tracker:bench000100&limit=20",
    "a count of all": f"{TABLE}/aggregate",
    "a count by activity": f"{TABLE}/aggregate?by=activity",
    "a filter": f"{TABLE}/aggregate?filter=" + quote("latitude > 43 AND longitude < 81"),
    "sources": "/api/v1/sources",
    "episodes": "/api/v1/tables/transport_crossing_episode?limit=20",
    "figures": f"/api/v1/indicators/tfi1_day?crossing_id={CROSSING}&limit=20",
    "a page's tags": f"/transport/crossing/-/tags/all?crossing_id={CROSSING}",
}
READER = Principal(name="reader", role=Role.READER, view=MEMBERS, rights=(Right(role=Role.READER),))


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        clients = []
        for name in ("whole", "part"):
            node = _node(Path(folder) / name, whole=name == "whole")
            stack.callback(node.close)
            clients.append(stack.enter_context(_client(node)))
        return [_told(name, address, clients) for name, address in ROUTES.items()]


def _node(folder: Path, *, whole: bool) -> Node:
    settings.write_new(folder, "KAZ")
    clock = SetClock()
    node = assembly.open_node(folder, clock=clock, reads_per_s=0)
    for i, rows in enumerate(_batches(whole=whole)):
        commit(node, rows, b"bench %d" % i)
    node.store.gather()
    pipeline.follow(node)
    return node


def _batches(*, whole: bool) -> Iterator[Any]:
    """Every second object is hidden."""
    for rows in movements(ROWS, at_once=100_000):
        shown = pc.equal(pc.bit_wise_and(rows.column("object_key"), 1), 1)
        views = pc.if_else(shown, pa.scalar(3, pa.int64()), pa.scalar(1, pa.int64()))
        made = rows.append_column("views", views)
        yield made if whole else made.filter(shown)


def _client(node: Node) -> TestClient:
    def authenticate(request: Request) -> Principal:
        return READER

    app = application(Service(node), authenticate=authenticate)
    return TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))


def _told(name: str, address: str, clients: list[TestClient]) -> Result:
    dice = random.Random(7)
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(PAIRS + 10):
        order = [0, 1] if dice.random() < 0.5 else [1, 0]
        for which in order:
            started = time.perf_counter()
            answer = clients[which].get(address)
            took = time.perf_counter() - started
            assert answer.status_code == 200, answer.text
            if turn >= 10:
                taken[which].append(took)
    auc, upper = told_apart(np.array(taken[0]), np.array(taken[1]))
    one, other = (f"{np.median(times) * 1e3:.3g}" for times in taken)
    return Result(
        name=f"telling hidden rows by the time of {name}",
        value=upper,
        unit="AUC, upper 95 %",
        yardstick=f"0.5 is chance; AUC {auc:.3f}, {one} and {other} ms",
        ratio=None,
        target=f"<= {LIMIT}",
        reached=bool(upper <= LIMIT),
    )


def told_apart(one: Any, other: Any) -> tuple[float, float]:
    """AUC, turned so that it is a half or more, and the 97.5 % quantile of a bootstrap over the pairs.

    >>> told_apart(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))[0]
    0.5
    """
    draw = np.random.default_rng(11)
    auc = _auc(one, other)
    sign = 1 if auc >= 0.5 else -1
    n = len(one)
    made = []
    for _ in range(DRAWS):
        pairs = draw.integers(0, n, n)
        made.append(sign * (_auc(one[pairs], other[pairs]) - 0.5) + 0.5)
    return max(auc, 1 - auc), float(np.quantile(made, 0.975))


def _auc(one: Any, other: Any) -> float:
    """How often one of `one` is larger than one of `other`; where they are equal, half."""
    ordered = np.sort(other)
    below, upto = np.searchsorted(ordered, one, "left"), np.searchsorted(ordered, one, "right")
    return float((below + upto).mean() / 2 / len(other))


if __name__ == "__main__":
    for result in run():
        print(",".join(result.cells()), flush=True)
