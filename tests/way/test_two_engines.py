"""The embedded engine and Apache Spark say the same, bit for bit, of everything that is declared."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.conftest import absent
from tests.way import registry_rows, toy, traffic

from birlik import assembly
from birlik.errors import Unknown
from birlik.kernel.domain import Derived, Domain, Indicator
from birlik.kernel.store.engines import EmbeddedEngine, Engine
from birlik.kernel.store.spark import QUICK_START, SparkEngine, spark_session

pytestmark = pytest.mark.spark

DOMAINS = (*assembly.domains(), toy.TOY)
REGISTRY = {
    "cooperation_claim": registry_rows.claims,
    "cooperation_decision": registry_rows.decisions,
    "cooperation_round": registry_rows.rounds,
    "cooperation_record": registry_rows.records,
    "cooperation_held": registry_rows.held,
    "cooperation_call": registry_rows.calls,
    "cooperation_application": registry_rows.applications,
    "cooperation_offer": registry_rows.offers,
    "cooperation_introduction": registry_rows.introductions,
    "cooperation_trade": registry_rows.trade,
    "cooperation_code": registry_rows.codes,
}
ROWS = {**traffic.ROWS, **REGISTRY, toy.READING.name: toy.readings}
OWN, MEMBERS = traffic.OWN, traffic.MEMBERS


@dataclass
class World:
    """The rows as Parquet, and what each engine made of them."""

    folder: Path
    engines: dict[str, Engine]
    registers: dict[str, Any]
    made: dict[tuple[str, str, int], Any] = field(default_factory=dict)

    def derived(self, engine: str, declared: Derived, view_bit: int = OWN) -> Any:
        key = (engine, declared.name, view_bit)
        if key not in self.made:
            tables = {source.table: self.source(engine, source.table) for source in declared.sources}
            self.made[key] = self.engines[engine].derived(declared, tables, view_bit=view_bit)
        return self.made[key]

    def figures(self, engine: str, indicator: Indicator, view_bit: int = OWN) -> Any:
        now = toy.NOW if indicator is toy.GAP else traffic.NOW
        source = self.source(engine, indicator.source)
        return self.engines[engine].figures(indicator, source, now, view_bit=view_bit)

    def source(self, engine: str, name: str) -> Any:
        """Given rows as Parquet; registers as they are; what follows from them as this same engine made it."""
        if name in self.registers:
            return self.registers[name]
        follows = next((d for domain in DOMAINS for d in domain.derived if d.name == name), None)
        if follows is not None:
            return self.derived(engine, follows)
        assert name in ROWS, f"no rows for {name}: give some in tests/way/traffic.py"
        folder = self.folder / name
        if not folder.is_dir():
            folder.mkdir()
            rows = ROWS[name]()
            half = rows.num_rows // 2
            pq.write_table(rows.slice(half), folder / "a.parquet")
            pq.write_table(rows.slice(0, half), folder / "b.parquet")
        return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if shutil.which("java") is None:
        absent("Java is not there, and Spark needs it: make test installs it")
    registers = {t.name: t.facts() for d in DOMAINS for t in d.tables if t.is_register}
    with spark_session(tmp_path_factory.mktemp("spark"), java_options=QUICK_START) as session:
        engines: dict[str, Engine] = {"embedded": EmbeddedEngine(), "spark": SparkEngine(session)}
        yield World(tmp_path_factory.mktemp("rows"), engines, registers)


def assert_same(ours: pa.Table, theirs: pa.Table) -> None:
    assert ours.num_rows > 0, "nothing was made, so nothing is shown"
    assert theirs.schema.equals(ours.schema)
    if not theirs.equals(ours):
        for n, (a, b) in enumerate(zip(ours.to_pylist(), theirs.to_pylist(), strict=False)):
            assert {"row": n, **b} == {"row": n, **a}
    assert theirs.num_rows == ours.num_rows
    assert theirs.equals(ours)


def named(one: Domain | Derived | Indicator) -> str:
    return one.name


@pytest.mark.parametrize("declared", [t for d in DOMAINS for t in d.derived], ids=named)
def test_a_derived_table_is_the_same_on_both(world: World, declared: Derived) -> None:
    assert_same(world.derived("embedded", declared), world.derived("spark", declared))


@pytest.mark.parametrize("declared", [i for d in DOMAINS for i in d.indicators], ids=named)
def test_an_indicator_is_the_same_on_both(world: World, declared: Indicator) -> None:
    # Without a minimum, since what is withheld on both would hide that the numbers differ.
    shown = replace(declared, minimum_n=1)
    ours = world.figures("embedded", declared if declared is toy.GAP else shown)
    theirs = world.figures("spark", declared if declared is toy.GAP else shown)
    assert_same(ours, theirs)
    assert ours.column("value").null_count < ours.num_rows


def test_the_rows_hold_what_the_rules_tell_apart(world: World) -> None:
    episodes = world.derived("spark", of_name("transport_crossing_episode"))
    assert {"finished", "open", "turned_back"} <= set(episodes.column("status").to_pylist())
    assert len(set(episodes.column("crossing_id").to_pylist())) >= 2
    assert len(set(episodes.column("month").to_pylist())) >= 4


def test_times_nulls_and_large_numbers_come_through_both(world: World) -> None:
    given = toy.readings().sort_by([("object_key", "ascending"), ("phenomenon_time", "ascending")])
    names = ["object_key", "phenomenon_time", "kind", "sure", "count_n"]
    for engine in world.engines:
        made = world.derived(engine, toy.STEP)
        assert made.schema == toy.STEP.schema
        assert made.select(names).to_pylist() == given.select(names).to_pylist(), engine


@pytest.mark.parametrize("declared", [toy.STEP, toy.GAP], ids=named)
def test_an_arrow_table_will_do_in_place_of_parquet(world: World, declared: Derived | Indicator) -> None:
    for name, engine in world.engines.items():
        if isinstance(declared, Derived):
            made = engine.derived(declared, {**world.registers, "toy_reading": toy.readings()}, view_bit=OWN)
            assert_same(world.derived(name, declared), made)
        else:
            rows = world.derived("embedded", toy.STEP)
            made = engine.figures(declared, rows, toy.NOW, view_bit=OWN)
            assert_same(world.figures(name, declared), made)


@pytest.mark.parametrize("name", ["transport_passage", "toy_step"])
def test_both_make_a_view_from_nothing_but_what_it_may_see(world: World, name: str) -> None:
    declared = of_name(name)
    ours, theirs = (world.derived(engine, declared, MEMBERS) for engine in ("embedded", "spark"))
    assert_same(ours, theirs)
    rows = ROWS[declared.sources[0].table]()
    seen = rows.filter(pc.not_equal(pc.bit_wise_and(rows.column("views"), MEMBERS), 0))
    assert set(ours.column(declared.by).to_pylist()) <= set(seen.column(declared.by).to_pylist())
    assert ours.num_rows < world.derived("embedded", declared).num_rows


def test_a_view_that_sees_nothing_gets_nothing(world: World) -> None:
    for name in ("transport_leg", "toy_step"):
        for engine in world.engines:
            made = world.derived(engine, of_name(name), 1 << 40)
            assert (made.num_rows, made.schema) == (0, of_name(name).schema)


def test_both_withhold_what_rests_on_too_few(world: World) -> None:
    strict = replace(toy.GAP, minimum_n=45)
    ours, theirs = world.figures("embedded", strict), world.figures("spark", strict)
    assert_same(ours, theirs)
    assert set(ours.column("withheld").to_pylist()) == {None, "n < 45"}


def test_both_name_a_column_or_source_that_is_not_there(world: World) -> None:
    for engine in world.engines.values():
        without = toy.readings().drop_columns("count_n")
        with pytest.raises(Unknown, match="has no column count_n"):
            engine.derived(toy.STEP, {**world.registers, "toy_reading": without}, view_bit=OWN)
        with pytest.raises(Unknown, match="its source toy_limit is not given"):
            engine.derived(toy.STEP, {"toy_reading": toy.readings()}, view_bit=OWN)


def of_name(name: str) -> Derived:
    return next(t for d in DOMAINS for t in d.derived if t.name == name)
