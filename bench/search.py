"""Words over a million texts: how fast the index is made, and how soon a question is answered while texts come in."""

import io
import itertools
import os
import random
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
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
from birlik.kernel.domain import Decoded, Delivery, Domain, Field, Intake, Lookup, Role, Search, Table, Type
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.search import Keyed
from birlik.kernel.service import Service
from birlik.kernel.store.searching.following import Following
from birlik.methods.script import skeleton

TEXTS = int(os.environ.get("BENCH_TEXTS", "1000000"))
"""Of 5 words of a title and 20 of a body; words are as frequent as in a language."""
VOCABULARY, COMMON = 200_000, 30
QUERIES, A_SECOND = 200, 500
MEDIA_TYPE = "application/vnd.bench.texts+parquet"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))

TEXT = Table(
    name="bench_text",
    title="Texts",
    description="Texts to be found.",
    key=("text_id",),
    time="said_time",
    role=Role.READER,
    search=Search(texts=("title", "body"), facets=("kind",), key=skeleton),
    fields=(
        Field(name="text_id", type=Type.TEXT, nullable=False, description="The text."),
        Field(name="title", type=Type.TEXT, nullable=False, description="What it is called."),
        Field(name="body", type=Type.TEXT, nullable=False, description="What it says."),
        Field(name="kind", type=Type.TEXT, nullable=False, description="Of what kind it is."),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When it was said."),
    ),
)


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    return Decoded(rows={TEXT.name: pq.read_table(io.BytesIO(delivery.body)).cast(TEXT.schema)})


DOMAIN = Domain(
    name="bench",
    title="Bench",
    role=Role.READER,
    tables=(TEXT,),
    intakes=(Intake(name="texts", title="Texts", media_type=MEDIA_TYPE, decode=_decode, tables=(TEXT.name,)),),
)


class Words:
    """A language of its own, in Cyrillic letters: the nth word comes as often as 1/(n + 3) of all."""

    def __init__(self) -> None:
        self.dice = random.Random(5)
        letters = "аеиоуклтрнсмдбгжшқңғүөі"
        self.all = ["".join(self.dice.choices(letters, k=self.dice.randint(3, 11))) for _ in range(VOCABULARY)]
        self._weights = list(itertools.accumulate(1 / (n + 3) for n in range(VOCABULARY)))

    def some(self, n: int) -> list[str]:
        return self.dice.choices(self.all, cum_weights=self._weights, k=n)

    def rows(self, first: int, n: int) -> pa.Table:
        said = [self.some(25) for _ in range(n)]
        times = [SINCE + timedelta(seconds=first + i) for i in range(n)]
        return pa.table(
            {
                "text_id": [f"text-{first + i:08}" for i in range(n)],
                "title": [" ".join(words[:5]) for words in said],
                "body": [" ".join(words[5:]) for words in said],
                "kind": [f"kind {i % 7}" for i in range(n)],
                "said_time": pa.array(times, pa.timestamp("us", tz="UTC")),
            }
        )


def run() -> list[Result]:
    words, pieces = Words(), []
    for first in range(0, TEXTS, 50_000):
        pieces.append(words.rows(first, min(50_000, TEXTS - first)))
    asked = [" ".join(words.some(words.dice.choice((1, 1, 2, 3)))) for _ in range(QUERIES)]
    with tempfile.TemporaryDirectory() as folder:
        bare_s, bare_asked = _bare(Path(folder) / "bare.sqlite", pieces, asked)
        path = Path(folder) / "node"
        settings.write_new(path, "KAZ")
        node = assembly.open_node(path, declared=(DOMAIN,), clock=SystemClock())
        try:
            for piece in pieces:
                assert pipeline.take(node, [_delivery(node, piece)])[0].accepted == piece.num_rows
            del pieces
            made_s = _made(node)
            size = sum(p.stat().st_size for p in path.glob("search.sqlite*"))
            return [
                Result(
                    name=f"search: an index of {TEXTS:,} texts, from nothing",
                    value=TEXTS / made_s,
                    unit="texts/s",
                    yardstick=f"bare FTS5 over the same keys, {TEXTS / bare_s:,.0f} texts/s",
                    ratio=bare_s / made_s,
                    target=">= 0.5 x",
                    reached=bare_s / made_s >= 0.5,
                ),
                *_answered(node, words, asked, bare_asked),
                Result(
                    name=f"search: bytes of the index of {TEXTS:,} texts, a text",
                    value=size / TEXTS,
                    unit="By",
                    yardstick="",
                    ratio=None,
                    target="",
                    reached=True,
                ),
            ]
        finally:
            node.close()


def _bare(path: Path, pieces: list[pa.Table], asked: list[str]) -> tuple[float, list[float]]:
    """Seconds to fill FTS5 with keys that were made before, and of each question as FTS5 ranks it."""
    connection = apsw.Connection(str(path))
    list(connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536"))
    connection.execute("CREATE VIRTUAL TABLE bare USING fts5 (title, body)")
    took, keyed = 0.0, Keyed(skeleton)
    for piece in pieces:
        rows = [
            (keyed.text(t), keyed.text(b))
            for t, b in zip(piece.column("title").to_pylist(), piece.column("body").to_pylist(), strict=True)
        ]
        started = time.perf_counter()
        with connection:
            connection.executemany("INSERT INTO bare VALUES (?, ?)", rows)
        took += time.perf_counter() - started
    sql = "SELECT rowid FROM bare WHERE bare MATCH ? ORDER BY bm25(bare, 4.0, 1.0) LIMIT 20"
    questions = [timed(lambda q=q: list(connection.execute(sql, (skeleton(q),)))) for q in asked]  # type: ignore[misc]
    connection.close()
    return took, questions


def _delivery(node: Node, rows: pa.Table) -> Delivery:
    body = io.BytesIO()
    pq.write_table(rows, body)
    return Delivery(
        body=body.getvalue(),
        media_type=MEDIA_TYPE,
        source_id="bench",
        received_time=node.clock.now(),
        labels=PUBLIC,
    )


def _made(node: Node) -> float:
    """Seconds that a step takes for the index alone."""
    took, real = [], Following.refresh

    def timed(self: Following, *given: object, **more: object) -> bool:
        started = time.perf_counter()
        done = real(self, *given, **more)  # type: ignore[arg-type]
        took.append(time.perf_counter() - started)
        return done

    Following.refresh = timed  # type: ignore[method-assign,assignment]
    try:
        pipeline.follow(node)
    finally:
        Following.refresh = real  # type: ignore[method-assign]
    return sum(took)


def _answered(node: Node, words: Words, asked: list[str], bare: list[float]) -> list[Result]:
    service = Service(node)
    app = create_app(service, start=True, authenticate=lambda request: node.operator)
    ended, behind = threading.Event(), []

    def come_in() -> None:
        for second in itertools.count():
            started = time.perf_counter()
            service.submit(*_prepared(node, words.rows(TEXTS + second * A_SECOND, A_SECOND))).result()
            if ended.wait(max(0.0, 1 - (time.perf_counter() - started))):
                return

    sender = threading.Thread(target=come_in)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)) as client:
        sender.start()
        took = []
        try:
            for question in asked:
                took.append(timed(lambda q=question: _page(client, q)))  # type: ignore[misc]
                behind.append((node.clock.now() - node.store.watermark).total_seconds())
                time.sleep(0.05)
        finally:
            ended.set()
            sender.join()
    p95, bare_95 = quantile(took, 0.95), quantile(bare, 0.95)
    return [
        Result(
            name=f"search: a question by words over {TEXTS:,} texts, {A_SECOND} a second coming in, p95",
            value=p95,
            unit="s",
            yardstick=f"bare FTS5 with bm25, nothing coming in, {bare_95:.3g} s",
            ratio=p95 / bare_95,
            target="< 0.1 s",
            reached=p95 < 0.1,
        ),
        Result(
            name="search: how late what is found is meanwhile, p95",
            value=quantile(behind, 0.95),
            unit="s",
            yardstick="",
            ratio=None,
            target="< 5 s",
            reached=quantile(behind, 0.95) < 5,
        ),
    ]


def _prepared(node: Node, rows: pa.Table) -> tuple[Delivery, pipeline.Prepared]:
    delivery = _delivery(node, rows)
    return delivery, pipeline.prepare(node, delivery)


def _page(client: TestClient, question: str) -> None:
    answer = client.get("/api/v1/search", params={"q": question})
    assert answer.status_code == 200, answer.text
    answer.json()


if __name__ == "__main__":
    for result in run():
        print(",".join(result.cells()))
