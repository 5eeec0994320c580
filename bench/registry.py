"""The registry with 10⁵ and 10⁶ entities of four claims each: the fold of claims, and an entity's page."""

import io
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
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
from birlik.apps.serve import application
from birlik.clock import SystemClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.events import CLAIM
from birlik.domains.cooperation.model.entities import entities
from birlik.domains.cooperation.model.identity import IDENTITY
from birlik.domains.cooperation.vocabulary.words import is_many
from birlik.kernel import pipeline
from birlik.kernel.domain import Decoded, Delivery, Intake, Lookup
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.service import Service
from birlik.kernel.store import keeping

SIZES = (100_000, 1_000_000)
SAID = ("name", "type", "seat", "due")
READERS, PAGES = 20, 100
MEDIA_TYPE = "application/vnd.bench.claims+parquet"
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
AT_ONCE = 500_000


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    return Decoded(rows={CLAIM.name: pq.read_table(io.BytesIO(delivery.body)).cast(CLAIM.schema)})


BENCHED = replace(
    DOMAIN,
    intakes=(
        *DOMAIN.intakes,
        Intake(name="bench_claims", title="Claims", media_type=MEDIA_TYPE, decode=_decode, tables=(CLAIM.name,)),
    ),
)


def run() -> list[Result]:
    results: list[Result] = []
    figures = [_figures(n, results) for n in SIZES]
    (fold_few, page_few), (fold_many, page_many) = figures
    results.append(_growth("page", page_many / page_few, 1.5))
    results.append(_growth("fold", fold_many / fold_few, 12))
    return results


def _growth(what: str, ratio: float, most: float) -> Result:
    return Result(
        name=f"registry: {what}, 10^5 to 10^6 entities",
        value=ratio,
        unit="1",
        yardstick="the same at 10^5",
        ratio=ratio,
        target=f"<= {most:g} x",
        reached=ratio <= most,
    )


def _figures(n: int, results: list[Result]) -> tuple[float, float]:
    with node_of(n, _claims) as node:
        fold = _fold(node, n, results)
        page = _served(node, n, results)
    return fold, page


@contextmanager
def node_of(n: int, claims: Callable[[int, int], pa.Table]) -> Iterator[Node]:
    """A node with n entities. claims: those of the entities from a first until before a last."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node"
        settings.write_new(path, "KAZ")
        node = assembly.open_node(path, declared=(BENCHED,), clock=SystemClock(), reads_per_s=0, open=True)
        try:
            for first in range(0, n, AT_ONCE // len(SAID)):
                _take(node, claims(first, min(n, first + AT_ONCE // len(SAID))))
            pipeline.follow(node)
            yield node
        finally:
            node.close()


def _take(node: Node, claims: pa.Table) -> None:
    body = io.BytesIO()
    pq.write_table(claims, body)
    delivery = Delivery(
        body=body.getvalue(),
        media_type=MEDIA_TYPE,
        source_id="bench",
        received_time=node.clock.now(),
        labels=PUBLIC,
    )
    assert pipeline.take(node, [delivery])[0].accepted == len(claims)


def _claims(first: int, last: int) -> pa.Table:
    numbers = np.repeat(np.arange(first, last), len(SAID))
    rows = len(numbers)
    said = np.tile(np.array(SAID), last - first)
    values = [
        f"{p} {k % 99_991}" if p != "due" else f"2026-{1 + k % 12:02}" for p, k in zip(said, numbers, strict=True)
    ]
    return claims_of(first * len(SAID), ["organisation"] * rows, numbers, list(said), values)


def claims_of(
    first: int, kinds: Sequence[str], numbers: Sequence[int], said: Sequence[str], values: Sequence[str]
) -> pa.Table:
    """Claims of invented entities. first: the number of the first claim; all others are a value a claim: of which kind
    and number its entity is, which property it says, and what."""
    rows, random = len(said), np.random.default_rng(first)
    made = {
        "claim_id": [f"claim:{i:09}" for i in range(first, first + rows)],
        "entity_id": [f"{kind}:{k:08}" for kind, k in zip(kinds, numbers, strict=True)],
        "kind": kinds,
        "property": said,
        "value": values,
        "lang": ["en"] * rows,
        "source": [f"https://{k % 997}.example/" for k in numbers],
        "source_kind": ["press"] * rows,
        "check": ["attested"] * rows,
        "basis": ["reported"] * rows,
        "is_invented": [True] * rows,
        "order_n": random.integers(0, 2**53, rows),
        "is_many": [is_many(p) for p in said],
        "status": ["published"] * rows,
        "changed_time": pa.array([int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6)] * rows).cast(
            pa.timestamp("us", tz="UTC")
        ),
    }
    empty = {f.name: pa.nulls(rows, f.type.arrow) for f in CLAIM.fields if f.name not in made}
    return pa.table({**made, **empty}).select(CLAIM.schema.names).cast(CLAIM.schema)


def _fold(node: Node, n: int, results: list[Result]) -> float:
    """From nothing: of each claim what holds (the kernel), and of each entity and property what stands first."""
    bare, kept = [], []
    with node.store.database.transaction() as cursor:
        for _ in range(2):
            bare.append(
                timed(
                    lambda: cursor.execute(
                        "CREATE OR REPLACE TEMP TABLE bare AS SELECT entity_id, property, "
                        f'arg_max(value, order_n) AS value FROM "{CLAIM.name}" GROUP BY entity_id, property'
                    )
                )
            )
            kept.append(timed(lambda: keeping.refold(cursor, CLAIM)))
        cursor.execute("DROP TABLE bare")
    rows = node.reader(node.operator).rows(CLAIM.name)
    first = min(timed(lambda: entities(rows, IDENTITY.schema.empty_table())) for _ in range(2))
    for name, value in (("claims that hold", min(kept)), ("entities out of claims", first)):
        results.append(
            Result(
                name=f"registry: {name}, {n * len(SAID):,} claims from nothing",
                value=value,
                unit="s",
                yardstick=f"bare arg_max by subject and property, {min(bare):.3g} s",
                ratio=value / min(bare),
                target="<= 2 x",
                reached=value <= 2 * min(bare),
            )
        )
    return first


def _served(node: Node, n: int, results: list[Result]) -> float:
    random = np.random.default_rng(7)
    with TestClient(application(Service(node), start=True), base_url="http://127.0.0.1:8080",
                    client=("127.0.0.1", 50_000)) as client:  # fmt: skip

        def page() -> None:
            k = int(random.integers(0, n))
            answer = client.get(f"/cooperation/entity/organisation:{k:08}?whole=1")
            assert f"name {k % 99_991}" in answer.text, answer.text

        page()
        alone = [timed(page) for _ in range(PAGES)]
        many = among(page)
    for what, times, most in (("alone", alone, 0.1), (f"with {READERS} readers", many, 0.25)):
        value = quantile(times, 0.95)
        results.append(
            Result(
                name=f"registry: an entity's page among {n:,}, {what}, p95",
                value=value,
                unit="s",
                yardstick="",
                ratio=None,
                target=f"< {most:g} s",
                reached=value < most,
            )
        )
    return float(np.median(alone))


def among(page: Callable[[], object]) -> list[float]:
    """Of each of ten answers to each of so many readers at once, how long it took."""
    made: list[float] = []
    threads = [threading.Thread(target=lambda: made.extend(timed(page) for _ in range(10))) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made
