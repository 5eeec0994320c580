"""Sought columns: a few rows among millions are found by 63 bits of their value, and are the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.support.aviary import AVIARY, CAGE, CROWD, MASS, MEDIA_TYPE, change, changes
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, follow, opened, principal

from birlik.kernel import checking, pipeline
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.query import Filter
from birlik.kernel.store import keeping, sought
from birlik.kernel.store.system import state_of

PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
LABELS = (HIDDEN, FOR_MEMBERS, PUBLIC)
NAMES = ("north", "south", "Ğ", "", "a'b")
SAID = st.tuples(
    st.sampled_from(["c1", "c2", "c3", "c4"]),
    st.sampled_from(["whole", "whole", "part", "end"]),
    st.integers(0, 9),
    st.sampled_from(NAMES),
    st.sampled_from(LABELS),
)


def say(node, items, labels):
    pipeline.take(node, [delivery(changes(items), node, media_type=MEDIA_TYPE, labels=labels, source_id="keeper")])


def told(said):
    for cage_id, says, minute, name, labels in said:
        row = {} if says == "end" else {"name": name}
        yield change(CAGE, says, minute=minute, cage_id=cage_id, **row), labels


def asked(node, table, view, column, values: Sequence[str]):
    reader = node.reader(principal(node, view))
    where = [
        Filter(column=column, operator="=", value=values[0])
        if len(values) == 1
        else Filter(column=column, operator="in", value=list(values))
    ]
    return (
        reader.rows(table, where=where).to_pylist(),
        reader.rows(table, where=where, order=(column,), limit=3).num_rows,
        reader.count(table, where=where),
    )


def must_be_found(node, table, column, every: Sequence[str]):
    for view in node.views.names:
        rows = node.reader(principal(node, view)).rows(table).to_pylist()
        for values in [*([value] for value in every), list(every), list(every[:2])]:
            found, few, n = asked(node, table, view, column, values)
            wanted = [row for row in rows if row[column] in values]
            assert sorted(found, key=str) == sorted(wanted, key=str)
            assert (few, n) == (min(3, len(wanted)), len(wanted))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SAID, min_size=1, max_size=12), st.integers(1, 5), st.booleans())
def test_by_a_sought_column_every_view_finds_what_it_sees_and_nothing_else(tmp_path_factory, said, pieces, is_bulk):
    with opened(tmp_path_factory.mktemp("node"), declared=(AVIARY,)) as node, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sought, "BULK", 2 if is_bulk else 10**9)
        items = list(told(said))
        for start in range(0, len(items), pieces):
            for item, labels in items[start : start + pieces]:
                say(node, [item], labels)
            follow(node)
        must_be_found(node, CAGE.name, "name", NAMES)
        must_be_found(node, CAGE.name, "cage_id", ["c1", "c2", "c3", "c9"])
        must_be_found(node, CROWD.name, "name", NAMES)
        for view in node.views.names:
            reader = node.reader(principal(node, view))
            for name in NAMES:
                one = [Filter(column="name", operator="=", value=name)]
                assert _versions(reader, one) == _versions(reader, [one[0].expression])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SAID, min_size=1, max_size=12), st.booleans())
def test_what_is_folded_anew_is_what_was_kept_key_by_key_with_the_same_bits(tmp_path_factory, said, are_whole):
    """Where all is said whole, rows bring their bits along; else these are reckoned again."""
    items = [(cage, "whole" if are_whole else says, *rest) for cage, says, *rest in said]
    with opened(tmp_path_factory.mktemp("node"), declared=(AVIARY,)) as node:
        for item, labels in told(items):
            say(node, [item], labels)
        stands = f'FROM "{state_of(CAGE.name)}" ORDER BY ALL'
        kept = node.store.database.all(stands)
        with node.store.database.transaction() as cursor:
            keeping.refold(cursor, CAGE)
        assert node.store.database.all(stands) == kept
        assert kept or not are_whole


def _versions(reader, where):
    return reader.changes(CAGE, where=where).to_pylist()


def test_of_many_rows_that_come_at_once_what_holds_lies_by_its_bits_and_versions_lie_by_their_key(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sought, "BULK", 100)
    with opened(tmp_path, declared=(AVIARY,)) as node:
        cages = [change(CAGE, minute=1, cage_id=f"cage:{n:04}", name=f"cage:{n % 90:04}") for n in range(400)]
        say(node, cages, PUBLIC)
        for table, column in ((CAGE.name, "k"), (f"{CAGE.name}__state", "birlik_name")):
            laid = [bits for (bits,) in node.store.database.all(f'SELECT {column} FROM "{table}" ORDER BY rowid')]
            assert len(laid) == 400
            assert laid == sorted(laid)
        must_be_found(node, CAGE.name, "name", ["cage:0007", "cage:0089", "cage:0090"])


def test_of_several_sayers_the_best_is_found_by_who_it_is(tmp_path):
    with opened(tmp_path, declared=(AVIARY,)) as node:
        for n, (source_id, basis) in enumerate((("vet", "measured"), ("guest", "estimated"), ("keeper", "reported"))):
            mass = {"bird_id": "b1", "source_id": source_id, "basis": basis, "mass_g": float(n)}
            say(node, [change(MASS, minute=n, **mass)], PUBLIC)
        must_be_found(node, MASS.name, "source_id", ["vet", "guest", "keeper"])


def test_a_node_made_before_the_column_was_sought_finds_its_rows_all_the_same(tmp_path):
    def without(declared: Any) -> Any:
        return replace(declared, sought=())

    before = replace(AVIARY, tables=tuple(map(without, AVIARY.tables)), derived=tuple(map(without, AVIARY.derived)))
    with opened(tmp_path, declared=(before,)) as node:
        say(node, [change(CAGE, minute=1, cage_id=f"c{n}", name=NAMES[n]) for n in range(4)], PUBLIC)
        say(node, [change(CAGE, "part", minute=2, cage_id="c1", name="Ğ")], FOR_MEMBERS)
        follow(node)
    with opened(tmp_path, declared=(AVIARY,)) as node:
        follow(node)
        must_be_found(node, CAGE.name, "name", NAMES)
        must_be_found(node, CROWD.name, "name", NAMES)
        say(node, [change(CAGE, minute=5, cage_id="c9", name="north")], PUBLIC)
        must_be_found(node, CAGE.name, "name", NAMES)


@settings(max_examples=200, deadline=None)
@given(st.text())
@example("")
@example("a\x00b")
@example("organisation:00033333")
def test_the_engine_reckons_the_same_bits(engine, text):
    made = engine.execute(f"SELECT {sought.bits_sql('t')} FROM (SELECT ?::VARCHAR AS t)", [text]).fetchall()
    assert made == [(sought.bits(text),)]


@pytest.fixture(scope="module")
def engine():
    import duckdb

    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    ("table", "columns", "fault"),
    [
        (CAGE, ("area_m2",), "'area_m2' is sought, and is no column of text"),
        (CAGE, ("colour",), "'colour' is sought, and is no column of text"),
        (replace(CAGE, kept=None), ("name",), "rows that are appended are found by their time"),
    ],
)
def test_what_cannot_be_sought_is_said_when_a_node_starts(table, columns, fault):
    declared: Mapping[str, Any] = {t.name: t for t in AVIARY.tables}
    tables = {**declared, CAGE.name: replace(table, sought=columns)}.values()
    assert any(fault in said for said in checking.faults([replace(AVIARY, tables=tuple(tables))]))
