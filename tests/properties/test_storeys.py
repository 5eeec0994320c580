"""Three storeys over four sources, one of which carries a state: in whatever order and steps it comes, the same is
said, to each view."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import absent
from tests.support import quay
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, everything, follow, opened, rows, take

from birlik import assembly
from birlik.errors import StoreUnavailable
from birlik.kernel import pipeline, upkeep
from birlik.kernel.archiving import computing, distributed, sealed
from birlik.kernel.archiving.location import Location
from birlik.kernel.domain import Rows
from birlik.kernel.node import Node
from birlik.kernel.registers import ROWS
from birlik.kernel.store.engines import EmbeddedEngine, Engine
from birlik.kernel.store.spark import QUICK_START, SparkEngine, spark_session

LABELS = {"own": HIDDEN, "members": FOR_MEMBERS}
VIEWS = ("own", "members", "public")
FEW = settings(
    derandomize=True, deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow], database=None
)


class Told(NamedTuple):
    """One row of a table, or of the register."""

    table: str
    row: tuple[Any, ...]
    seer: str


def told(table: str, *columns: st.SearchStrategy[Any]) -> st.SearchStrategy[Told]:
    return st.builds(Told, st.just(table), st.tuples(*columns), st.sampled_from(list(LABELS)))


CRATES, HOURS = st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 40 * 24)
sightings = told("quay_sighting", CRATES, st.sampled_from(["z1", "z2", "z3", "z9"]), HOURS, st.integers(1, 12))
rates = told("quay_rate", st.sampled_from(["east", "west", "north"]), HOURS, st.integers(1, 5))
tags = told("quay_tag", CRATES, HOURS, st.sampled_from(["red", "blue", "green"]))
edits = told(
    "quay_zone",
    st.sampled_from(["z1", "z3", "z9"]),
    st.sampled_from(["A name", "Another"]),
    st.sampled_from(["east", "west", "north", None]),
    st.integers(1, 9),
)
steps = st.lists(st.one_of(sightings, sightings, rates, tags, edits), min_size=1, max_size=7)
histories = st.lists(steps, min_size=1, max_size=5)


def send(node: Node, one: Told) -> None:
    """From a source of its own for each kind of labels: a row that comes again under others would be relabelled."""
    labels, source = LABELS[one.seer], f"of {one.seer}"
    if one.table == quay.ZONE.name:
        row = dict(zip(("zone", "name", "gate", "limit"), one.row, strict=True))
        body = orjson.dumps({"table": one.table, "rows": [row]})
        receipt = pipeline.take(node, [delivery(body, node, media_type=ROWS, labels=labels, source_id=source)])[0]
    else:
        body = orjson.dumps({one.table: [one.row]})
        receipt = take(node, body, media_type=quay.MEDIA_TYPE, labels=labels, source_id=source)
    assert receipt.failed is None


def lived(node: Node, history: Sequence[Sequence[Told]]) -> Node:
    for step in history:
        for one in step:
            send(node, one)
        follow(node)
    return node


def said(node: Node, view: str) -> Mapping[str, Any]:
    made = everything(node, view, without=("quay_zone", *(n for n in node.store.catalogue.tables if "birlik" in n)))
    return made | {"quay_zone": rows(node, "quay_zone", view)}


def shuffled(history: Sequence[Sequence[Told]]) -> list[Told]:
    """The same in another order; only edits of the register, of which the last one holds, keep theirs."""
    flat = [one for step in history for one in step]
    return [t for t in flat[::-1] if t.table != "quay_zone"] + [t for t in flat if t.table == "quay_zone"]


@FEW
@given(histories)
def test_any_order_and_any_steps_say_the_same(tmp_path_factory, history):
    new = tmp_path_factory.mktemp
    with (
        opened(new("steps"), declared=(quay.CARRYING,)) as node,
        opened(new("once"), declared=(quay.CARRYING,)) as once,
    ):
        lived(node, history)
        lived(once, [shuffled(history)])
        for view in VIEWS:
            assert said(node, view) == said(once, view)


@FEW
@given(histories)
def test_live_and_made_again_from_the_journal_say_the_same(tmp_path_factory, history):
    folder = tmp_path_factory.mktemp("node")
    with opened(folder, declared=(quay.CARRYING,)) as node:
        stood = {view: said(lived(node, history), view) for view in VIEWS}
        clock = node.clock
    upkeep.rebuild(
        folder,
        lambda folder, **more: assembly.open_node(folder, declared=(quay.CARRYING,), clock=clock, **more),
    )
    with opened(folder, declared=(quay.CARRYING,), clock=clock) as again:
        assert {view: said(again, view) for view in VIEWS} == stood


@FEW
@given(histories)
def test_a_view_is_told_what_a_node_with_its_rows_only_would_say(tmp_path_factory, history):
    new = tmp_path_factory.mktemp
    seen = [[one for one in step if one.seer == "members"] for step in history]
    with opened(new("all"), declared=(quay.CARRYING,)) as node, opened(new("seen"), declared=(quay.CARRYING,)) as only:
        lived(node, history)
        lived(only, seen)
        assert said(node, "members") == said(only, "members") == said(only, "own")
        assert said(node, "public") == said(only, "public")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    import shutil

    if shutil.which("java") is None:
        absent("Java is not there, and Spark needs it: make test installs it")
    with spark_session(tmp_path_factory.mktemp("spark"), java_options=QUICK_START) as session:
        yield SparkEngine(session)


def made_by(engine: Engine, node: Node, view: str) -> dict[str, list[dict[str, Any]]]:
    """All storeys as an engine makes them of the rows that a node has."""
    bit = 1 << node.views.index(view)
    tables: dict[str, Rows] = {
        name: node.store.database.arrow(f'SELECT * EXCLUDE (seq, message_no) FROM "{name}"')
        for name in ("quay_sighting", "quay_rate", "quay_tag")
    }
    tables |= node.store.standing.latest()
    for declared in node.store.catalogue.derived.values():
        tables[declared.name] = engine.derived(declared, tables, view_bit=bit)
    figures = engine.figures(quay.DUE, tables["quay_bill"], node.clock.now(), view_bit=bit)
    return {name: tables[name].to_pylist() for name in node.store.catalogue.derived} | {"figures": figures.to_pylist()}


def kept_by(node: Node, view: str) -> dict[str, list[dict[str, Any]]]:
    made = said(node, view)
    kept = {
        d.name: sorted(made[d.name], key=lambda row: [row[k] for k in d.key])
        for d in node.store.catalogue.derived.values()
    }
    # Which method made a figure is the store's to say.
    figures = [{k: v for k, v in row.items() if k != "method_version"} for row in made["figures of quay_due"]]
    return kept | {"figures": figures}


@FEW
@given(histories)
def test_the_embedded_engine_says_what_the_node_says(tmp_path_factory, history):
    with opened(tmp_path_factory.mktemp("node"), declared=(quay.CARRYING,)) as node:
        lived(node, history)
        for view in ("own", "members"):
            assert made_by(EmbeddedEngine(), node, view) == kept_by(node, view)


EXAMPLE = [
    [Told("quay_sighting", ("a", "z1", 1, 5), "members"), Told("quay_sighting", ("b", "z1", 30, 7), "own")],
    [Told("quay_zone", ("z1", "A name", "west", 6), "own"), Told("quay_rate", ("west", 1, 2), "members")],
    [Told("quay_tag", ("a", 1, "red"), "members"), Told("quay_tag", ("c", 1, "red"), "members")],
    [Told("quay_sighting", ("a", "z3", 900, 4), "members"), Told("quay_rate", ("east", 1, 3), "own")],
]


@pytest.mark.spark
@settings(FEW, max_examples=1)
@given(st.just(EXAMPLE))
def test_the_distributed_engine_says_what_the_node_says(tmp_path_factory, spark, history):
    with opened(tmp_path_factory.mktemp("node"), declared=(quay.CARRYING,)) as node:
        lived(node, history)
        for view in ("own", "members"):
            assert made_by(spark, node, view) == kept_by(node, view)


def of_archive(node: Node, name: str, out: Path, computer: computing.Computer) -> list[dict[str, Any]]:
    order = computing.Order(
        name=name, archive=Location(str(out.parent / "archive")), view="members", out=Location(str(out))
    )
    made = computing.compute(node.store.catalogue, order, computer)
    return sorted((row for file in made.rows.files for row in pq.read_table(out / file.path).to_pylist()), key=str)


@pytest.mark.spark
def test_spark_computes_of_an_archive_what_the_embedded_engine_does_and_finds_what_was_changed(tmp_path, spark):
    with opened(tmp_path / "node", declared=(quay.CARRYING,)) as node:
        lived(node, EXAMPLE)
        sealed.archive(node, str(tmp_path / "archive"))
        computer = distributed.Spark(spark.session)
        for name in ("quay_bill", "quay_due", "quay_peak"):
            theirs = of_archive(node, name, tmp_path / f"spark_{name}", computer)
            ours = of_archive(node, name, tmp_path / f"here_{name}", computing.Embedded())
            assert theirs
            assert theirs == ours
        changed = next((tmp_path / "archive" / "rows" / "quay_sighting").rglob("*.parquet"))
        changed.write_bytes(changed.read_bytes()[::-1])
        with pytest.raises(StoreUnavailable, match="has another hash than its manifest says"), distributed.said():
            of_archive(node, "quay_bill", tmp_path / "again", computer)
        assert not [path for path in (tmp_path / "again").rglob("*") if path.is_file()]
