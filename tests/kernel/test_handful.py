"""A few rows, found by a sought column, are put in order outside the engine; they come as if it had done that."""

import random
from datetime import UTC, datetime

import pytest
from tests.support.aviary import AVIARY, CAGE, CROWD, MEDIA_TYPE, change, changes
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, follow, opened, principal

from birlik.errors import BadRequest, Refused
from birlik.kernel import pipeline
from birlik.kernel.members import Role
from birlik.kernel.policy import Labels, Marking, Principal
from birlik.kernel.query import Filter
from birlik.kernel.store import handful
from birlik.kernel.store.paging import ordered
from birlik.kernel.tables import Field, Type

PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
NAMES = ("north", "Ğ", "", "a'b")
IDS = ("z", "Z", "ä", "a", "é", "\U0001f426", "\uff5e", "10", "9")
"""In an order of their own in most languages; the engine's is that of their bytes."""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    random.seed(7)
    with opened(tmp_path_factory.mktemp("node"), declared=(AVIARY,)) as made:
        for labels in (PUBLIC, FOR_MEMBERS, HIDDEN):
            items = [
                change(
                    CAGE,
                    minute=random.randrange(9),
                    cage_id=f"{labels.marking.value}{one}{n}",
                    name=random.choice(NAMES),
                    area_m2=random.choice([None, float("nan"), 1.5, -0.0]),
                )
                for n, one in enumerate(IDS * 2)
            ]
            body = changes(items)
            pipeline.take(made, [delivery(body, made, media_type=MEDIA_TYPE, labels=labels, source_id="keeper")])
        follow(made)
        yield made


ORDERS = (
    (),
    ("cage_id",),
    ("-cage_id",),
    ("changed_time", "-cage_id"),
    ("-changed_time", "cage_id"),
    ("-area_m2", "cage_id"),
)
COLUMNS = (None, ("name",), ("changed_time", "area_m2"))
FURTHER = (
    [],
    [Filter(column="cage_id", operator="=", value=f"{Marking.CLEAR.value}ä2")],
    [Filter(column="cage_id", operator="in", value=[f"{Marking.CLEAR.value}ä2", f"{Marking.CLEAR.value}Z1", "none"])],
    [Filter(column="changed_time", operator="<=", value=datetime(2026, 3, 1, 10, 4, tzinfo=UTC))],
    [Filter(column="area_m2", operator="=", value=1.5)],
    [Filter(column="area_m2", operator="=", value=None)],
    [Filter(column="name", operator="!=", value="north")],
)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_they_come_in_the_engine_s_order_with_its_types_and_as_many(node, order):
    for view in node.views.names:
        reader = node.reader(principal(node, view))
        for name in (*NAMES, "nowhere"):
            sought = Filter(column="name", operator="=", value=name)
            for columns in COLUMNS:
                for limit in (None, 1, 5):
                    few = reader.rows(CAGE.name, where=[sought], columns=columns, order=order, limit=limit)
                    whole = reader.rows(CAGE.name, where=[sought.expression], columns=columns, order=order, limit=limit)
                    assert few.schema.names == whole.schema.names
                    assert few.schema.types == whole.schema.types
                    assert str(few.to_pylist()) == str(whole.to_pylist())  # as text: nan isn't equal to itself


@pytest.mark.parametrize("further", FURTHER, ids=str)
def test_more_is_asked_of_those_that_were_found_and_answered_alike_or_left_to_the_engine(node, further):
    answered = 0
    for view in node.views.names:
        reader = node.reader(principal(node, view))
        for name in NAMES:
            held = reader.handful(CAGE.name, "name", name)
            told = held.answer(further, columns=("cage_id",), order=("-changed_time", "cage_id"), limit=4)
            sought = Filter(column="name", operator="=", value=name).expression
            whole = reader.rows(
                CAGE.name,
                where=[sought, *further],
                columns=("cage_id",),
                order=("-changed_time", "cage_id"),
                limit=4,
            )
            assert told is None or told == [(row["cage_id"],) for row in whole.to_pylist()]
            answered += told is not None
    by_the_engine = bool(further) and (further[0].operator == "!=" or isinstance(further[0].value, float))
    assert bool(answered) != by_the_engine


def test_of_many_after_all_the_engine_gives_as_many_as_were_asked_for(node, monkeypatch):
    reader = node.reader(principal(node, node.views.names[0]))
    where = [Filter(column="name", operator="=", value="north")]
    few = reader.rows(CAGE.name, where=where, order=("-cage_id",)).to_pylist()
    assert len(few) > 3
    monkeypatch.setattr(handful, "MOST", 2)
    assert reader.handful(CAGE.name, "name", "north") is None
    assert reader.rows(CAGE.name, where=where, order=("-cage_id",)).to_pylist() == few
    assert reader.rows(CAGE.name, where=where, order=("-cage_id",), limit=3).to_pylist() == few[:3]


def test_what_follows_from_rows_is_found_so_too(node):
    for view in node.views.names:
        reader = node.reader(principal(node, view))
        every = reader.rows(CROWD.name).to_pylist()
        for name in NAMES:
            told = reader.handful(CROWD.name, "name", name).answer(columns=("name",), order=("name",), limit=None)
            assert len(told) == sum(row["name"] == name for row in every)


def test_a_field_that_is_not_there_and_a_reader_without_the_role_are_refused_as_ever(node):
    reader = node.reader(principal(node, node.views.names[0]))
    where = [Filter(column="name", operator="=", value="north")]
    with pytest.raises(BadRequest, match="no field 'beak'"):
        reader.rows(CAGE.name, where=where, order=("-beak",))
    nobody = Principal(name="nobody", role=Role.SUPPLIER, view=0)
    with pytest.raises(Refused):
        node.reader(nobody).handful(CAGE.name, "name", "north")


@pytest.mark.parametrize("order", [("word",), ("-word",), ("-word", "-n"), ("n", "word"), ("-n",)], ids=str)
def test_nothing_comes_last_either_way(order):
    import duckdb

    fields = {
        "word": Field(name="word", type=Type.TEXT, description="A word."),
        "n": Field(name="n", type=Type.INT, description="A number."),
        "lay": Field(name="lay", type=Type.INT, description="Where it lay."),
    }
    rows = [(word, n, i) for i, (word, n) in enumerate([("b", 1), (None, 2), ("a", None), ("b", 0), (None, None)])]
    told = handful.Handful(fields, tuple(fields), rows).answer(columns=("lay",), order=(*order, "lay"), limit=None)
    with duckdb.connect() as engine:
        engine.execute("CREATE TABLE t (word VARCHAR, n BIGINT, lay BIGINT)")
        engine.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        assert told == engine.execute(f"SELECT lay FROM t{ordered(fields, (*order, 'lay'))}").fetchall()
