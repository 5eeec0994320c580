"""What plans cost: 256 choices from a thousand projects, a moved weight, and pages beside a job that runs.

Pages are asked for in turns on one node, so that both see the same machine: a stretch beside a job, a stretch without.
"""

import http.client
import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.result import Result
from bench.servers import node, quantile
from bench.timing import timed
from birlik import settings
from birlik.domains.cooperation.model.choosing.criteria import scaled, scores
from birlik.domains.cooperation.model.choosing.firmness import DRAWS, firmness
from birlik.domains.cooperation.model.choosing.portfolio import Problem, choose

PROJECTS, STATES, SECTORS, CRITERIA = 1_000, 8, 12, 5
MOVED = 20
ADDRESSES = (
    "/cooperation/entities?whole=1",
    "/cooperation/commitments?whole=1",
    "/api/v1/tables/cooperation_said?limit=100",
    "/api/v1/indicators/claims_by_source",
)
TURNS, ROUNDS = 6, 25
EVER = 1_000_000_000


def run() -> list[Result]:
    return [*_choices(), _pages()]


def _problem() -> tuple[Problem, np.ndarray, np.ndarray]:
    """A thousand projects of eight states and twelve sectors, of which one criterion in five isn't known."""
    rng = np.random.default_rng(11)
    values = rng.uniform(0, 1, (PROJECTS, CRITERIA))
    values[rng.uniform(size=values.shape) < 0.2] = np.nan
    cost = np.round(rng.lognormal(3, 1, PROJECTS), 1)
    state = [f"S{i}" for i in rng.integers(0, STATES, PROJECTS)]
    sector = [f"sector {i}" for i in rng.integers(0, SECTORS, PROJECTS)]
    budget = float(cost.sum() / 5)
    pairs = rng.permutation(PROJECTS)[:120].reshape(-1, 2).tolist()
    problem = Problem(
        cost=cost,
        budget=budget,
        state=state,
        sector=sector,
        floors={f"S{i}": budget * 0.06 for i in range(STATES)},
        ceilings={f"S{i}": budget * 0.25 for i in range(STATES)},
        most_of_sector={f"sector {i}": 40 for i in range(SECTORS)},
        either_or=pairs[:40],
        needs_first=[(a, b) for a, b in pairs[40:]],
    )
    return problem, values, values


def _choices() -> list[Result]:
    problem, low, high = _problem()
    criteria = scaled(low, high)
    bare = [timed(lambda w=w: choose(problem, scores(criteria.middle, w))) for w in np.eye(CRITERIA)]
    before = resource.getrusage(resource.RUSAGE_SELF)
    firmness(problem, criteria)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rng = np.random.default_rng(3)
    moved = [
        timed(lambda w=w: choose(problem, scores(criteria.middle, w))) for w in rng.dirichlet(np.ones(CRITERIA), MOVED)
    ]
    one_s = float(np.median(bare))
    return [
        Result(
            name=f"{DRAWS} choices from {PROJECTS:,} projects",
            value=cpu_s,
            unit="CPU-s",
            yardstick=f"one bare solve by HiGHS, {one_s:.3g} s",
            ratio=cpu_s / one_s,
            target="<= 60 CPU-s",
            reached=cpu_s <= 60,
        ),
        Result(
            name="a moved weight, chosen again, longest of 20",
            value=max(moved),
            unit="s",
            yardstick=f"median {float(np.median(moved)):.3g} s",
            ratio=None,
            target="<= 1 s",
            reached=max(moved) <= 1,
        ),
    ]


def _pages() -> Result:
    with TemporaryDirectory() as made:
        folder = Path(made) / "node"
        settings.write_new(folder, "KAZ")
        toml = folder / settings.FILE
        toml.write_text('domains = ["cooperation", "tests.support.orchard:ORCHARD"]\n' + toml.read_text())
        with node(folder) as server:
            client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
            _asked(client)
            calm: list[float] = []
            beside: list[float] = []
            for _ in range(TURNS):
                calm += _asked(client)
                job = _posted(client, "/api/v1/plans/orchard_harvest/jobs", {"parameters": {"summers": EVER}})
                _until(client, job["job_id"], "running")
                beside += _asked(client)
                _posted(client, f"/api/v1/jobs/{job['job_id']}/cancel", {})
    alone, busy = quantile(sorted(calm), 0.95), quantile(sorted(beside), 0.95)
    return Result(
        name="pages beside a running job, p95",
        value=busy,
        unit="s",
        yardstick=f"without, {alone:.4g} s",
        ratio=busy / alone,
        target="<= 1.5 x",
        reached=busy <= 1.5 * alone,
    )


def _asked(client: http.client.HTTPConnection) -> Sequence[float]:
    made = []
    for _ in range(ROUNDS):
        for address in ADDRESSES:
            started = time.perf_counter()
            client.request("GET", address)
            answer = client.getresponse()
            answer.read()
            made.append(time.perf_counter() - started)
            if answer.status != 200:
                raise RuntimeError(f"{address}: {answer.status}")
    return made


def _posted(client: http.client.HTTPConnection, address: str, told: dict[str, object]) -> dict[str, str]:
    client.request("POST", address, json.dumps(told), {"content-type": "application/json"})
    made: dict[str, str] = json.loads(client.getresponse().read())
    return made


def _until(client: http.client.HTTPConnection, job_id: str, state: str) -> None:
    found = ""
    while found != state:
        client.request("GET", f"/api/v1/jobs/{job_id}")
        found = json.loads(client.getresponse().read())["state"]
