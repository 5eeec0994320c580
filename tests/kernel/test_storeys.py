"""Tables that follow from tables that follow: what is touched below arrives at the top, and nothing else does."""

import dataclasses

import orjson
import pyarrow as pa
import pytest
from tests.support import quay
from tests.support.nodes import HIDDEN, delivery, figures, follow, opened, rows, take

from birlik.kernel import pipeline
from birlik.kernel.domain import By, Everything, Source, Through
from birlik.kernel.registers import ROWS
from birlik.kernel.store import derive


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path, declared=(quay.QUAY,)) as made:
        yield made


def tell(node, labels=HIDDEN, **tables):
    body = orjson.dumps({f"quay_{name}": told for name, told in tables.items()})
    receipt = take(node, body, media_type=quay.MEDIA_TYPE, labels=labels)
    assert receipt.failed is None, receipt.failed


def edit(node, zone, gate, *, name="", limit=9, labels=HIDDEN):
    row = {"zone": zone, "name": name or zone, "gate": gate, "limit": limit}
    body = orjson.dumps({"table": "quay_zone", "rows": [row]})
    receipt = pipeline.take(node, [delivery(body, node, media_type=ROWS, labels=labels)])[0]
    assert receipt.failed is None, receipt.failed


def counts(node, view="own"):
    return {row["gate"]: row["count"] for row in rows(node, "quay_gate", view)}


@pytest.fixture
def made(monkeypatch):
    """(table, the keys of a group that was made) since it was last cleared."""
    seen: list[tuple[str, object]] = []
    real = derive.derive

    def watched(declared, tables):
        first = declared.sources[0]
        seen.extend((declared.name, key) for key in sorted(set(tables[first.table][first.by].to_pylist())))
        return real(declared, tables)

    monkeypatch.setattr(derive, "derive", watched)
    return seen


def test_a_second_storey_with_another_key_counts_all_that_were_there_before(node):
    tell(node, sighting=[["a", "z1", 1, 5], ["b", "z1", 1, 5]])
    follow(node)
    assert counts(node) == {"east": 2}
    tell(node, sighting=[["c", "z1", 2, 5], ["d", "z2", 2, 5]])
    follow(node)
    assert counts(node) == {"east": 4}
    assert {row["of_weight"] for row in rows(node, "quay_bill")} == {20}


def test_what_moves_touches_where_it_was_too(node):
    tell(node, sighting=[["a", "z1", 1, 5], ["b", "z3", 1, 5]])
    follow(node)
    edit(node, "z1", "west")
    follow(node)
    assert counts(node) == {"west": 2}
    edit(node, "z1", None)
    follow(node)
    assert counts(node) == {"west": 1}
    assert [row["crate"] for row in rows(node, "quay_bill")] == ["b"]


def test_who_was_joined_with_what_changed_and_no_longer_is_is_touched_too(node):
    tell(node, sighting=[["a", "z1", 1, 5], ["b", "z3", 1, 5]])
    follow(node)
    assert [(r["crate"], r["gate"]) for r in rows(node, "quay_where")] == [("a", "east"), ("b", "west")]
    edit(node, "z1", None)
    follow(node)
    assert [(r["crate"], r["gate"]) for r in rows(node, "quay_where")] == [("b", "west")]


def test_an_edit_makes_again_whom_it_concerns_and_nobody_else(node, made):
    tell(node, sighting=[["a", "z1", 1, 5], ["b", "z2", 1, 5], ["c", "z3", 1, 5]])
    follow(node)
    made.clear()
    edit(node, "z3", "west", limit=3)
    follow(node)
    assert made == [("quay_visit", "c"), ("quay_gate", "west"), ("quay_bill", "c")]


def test_a_column_that_no_source_names_may_change_freely(node, made):
    tell(node, sighting=[["a", "z1", 1, 5]])
    follow(node)
    made.clear()
    edit(node, "z1", "east", name="The first")
    edit(node, "z2", "east", limit=3)  # nobody was there
    follow(node)
    assert made == []
    assert [row["name"] for row in rows(node, "quay_zone") if row["zone"] == "z1"] == ["The first"]


def test_what_comes_out_as_it_was_goes_no_further(node, made):
    tell(node, sighting=[["a", "z1", 1, 9], ["b", "z1", 1, 9]])
    follow(node)
    made.clear()
    edit(node, "z1", "east", limit=10)
    follow(node)
    assert made == [("quay_visit", "a"), ("quay_visit", "b")]


def test_a_source_beside_the_first_touches_its_own_key_and_makes_no_group(node):
    tell(node, tag=[["a", 1, "red"]], rate=[["east", 1, 3]])
    follow(node)
    assert rows(node, "quay_gate") == rows(node, "quay_bill") == []
    tell(node, sighting=[["a", "z1", 1, 5]])
    follow(node)
    assert [(r["colour"], r["due"]) for r in rows(node, "quay_bill")] == [("red", 15)]
    tell(node, rate=[["east", 2, 4]])
    follow(node)
    assert [(r["colour"], r["due"]) for r in rows(node, "quay_bill")] == [("red", 20)]
    assert [f["value"] for f in figures(node, "quay_due")] == [20.0]


def with_method(declared, **methods):
    derived = tuple(dataclasses.replace(d, method=methods.get(d.name, d.method)) for d in declared.derived)
    return dataclasses.replace(declared, derived=derived)


def test_a_method_that_is_raised_makes_its_own_rows_again_and_what_follows_from_their_change(tmp_path, made):
    with opened(tmp_path, declared=(quay.QUAY,)) as node:
        tell(node, sighting=[["a", "z1", 1, 5], ["b", "z3", 1, 5]], tag=[["a", 1, "red"]], rate=[["east", 1, 3]])
        follow(node)
    doubled = dataclasses.replace(
        quay.GATE,
        method=2,
        function=lambda tables: _with_rate(quay.gates(tables), {"east": 6, "west": None}),
    )
    after = dataclasses.replace(quay.QUAY, derived=(quay.VISIT, doubled, quay.BILL, quay.WHERE))
    made.clear()
    with opened(tmp_path, declared=(after,)) as node:
        follow(node)
        assert made == [("quay_gate", "east"), ("quay_gate", "west"), ("quay_bill", "a")]
        assert [f["value"] for f in figures(node, "quay_due")] == [30.0]


def _with_rate(made, rates):
    told = [{**row, "rate": rates[row["gate"]]} for row in made.to_pylist()]
    return type(made).from_pylist(told, schema=made.schema)


def test_a_method_of_an_indicator_that_is_raised_makes_its_figures_again_and_no_table(tmp_path, made):
    with opened(tmp_path, declared=(quay.QUAY,)) as node:
        tell(node, sighting=[["a", "z1", 1, 5]], tag=[["a", 1, "red"]], rate=[["east", 1, 3]])
        follow(node)
        assert [f["value"] for f in figures(node, "quay_due")] == [15.0]
    halved = dataclasses.replace(
        quay.DUE,
        method_version=2,
        method_since="Halved.",
        function=lambda rows, now: (m := quay.DUE.function(rows, now)).set_column(
            m.schema.get_field_index("value"), "value", [[7.5] * m.num_rows]
        ),
    )
    made.clear()
    with opened(tmp_path, declared=(dataclasses.replace(quay.QUAY, indicators=(halved,)),)) as node:
        follow(node)
        assert [f["value"] for f in figures(node, "quay_due")] == [7.5]
    assert made == []


def test_other_facts_than_before_make_all_again(tmp_path, made):
    with opened(tmp_path, declared=(quay.QUAY,)) as node:
        tell(node, sighting=[["a", "z1", 1, 5]])
        follow(node)
    moved = dataclasses.replace(quay.ZONE, facts=lambda: quay.zones(z1="north"))
    with opened(tmp_path, declared=(dataclasses.replace(quay.QUAY, tables=(*quay.QUAY.tables[:3], moved)),)) as node:
        follow(node)
        assert counts(node) == {"north": 1}


def test_many_keys_are_made_in_pieces_with_progress_and_come_out_the_same(node, monkeypatch):
    crates = [f"c{i:03}" for i in range(60)]
    tell(node, sighting=[[c, z, h, 5] for c in crates for z in ("z1", "z3") for h in (1, 30)])
    follow(node)
    stood = {name: rows(node, name) for name in ("quay_visit", "quay_gate", "quay_bill")}
    told = []
    monkeypatch.setattr(derive, "FEW_KEYS", 10)
    monkeypatch.setattr(derive, "ROWS_AT_ONCE", 50)
    edit(node, "z1", "north")
    pipeline.follow(node, progress=lambda *said: told.append(said))
    assert [said for said in told if said[0] == "quay_visit"] == [("quay_visit", i, 5) for i in range(1, 6)]
    assert counts(node) == {"north": 60, "west": 60}
    edit(node, "z1", "east")
    follow(node)
    assert {name: rows(node, name) for name in stood} == stood


def test_a_function_may_say_whom_a_change_touches(tmp_path, made):
    def within(changed, lookup):
        """All crates in the zones that changed."""
        zones = set(changed["zone"].to_pylist())
        there = lookup("quay_sighting")
        keys = sorted(
            {c for c, z in zip(*(there[n].to_pylist() for n in ("crate", "zone")), strict=True) if z in zones}
        )
        return type(there).from_pydict({"k": keys})

    zone = dataclasses.replace(quay.VISIT.sources[1], touches=By(within))
    visit = dataclasses.replace(quay.VISIT, sources=(quay.VISIT.sources[0], zone))
    declared = dataclasses.replace(quay.QUAY, derived=(visit, quay.GATE, quay.BILL, quay.WHERE))
    with opened(tmp_path, declared=(declared,)) as node:
        tell(node, sighting=[["a", "z1", 1, 5], ["b", "z3", 1, 5]])
        follow(node)
        made.clear()
        edit(node, "z3", "north")
        follow(node)
        assert ("quay_visit", "b") in made
        assert ("quay_visit", "a") not in made
        assert counts(node) == {"east": 1, "north": 1}


def test_keys_of_another_type_are_a_bug_and_loud(tmp_path):
    zone = dataclasses.replace(quay.VISIT.sources[1], touches=By(lambda changed, lookup: pa.table({"k": [1, 2]})))
    visit = dataclasses.replace(quay.VISIT, sources=(quay.VISIT.sources[0], zone))
    with opened(tmp_path, declared=(dataclasses.replace(quay.QUAY, derived=(visit,), indicators=()),)) as node:
        follow(node)
        edit(node, "z1", "west")
        with pytest.raises(TypeError, match="what quay_zone touches is int64, and its crate is string"):
            follow(node)


def test_a_figure_of_the_present_reads_no_further_back_than_its_window(tmp_path):
    recent = dataclasses.replace(
        quay.DUE,
        name="quay_recent",
        source="quay_visit",
        columns=("weight", "day"),
        only={"gate": "east"},
        live=True,
        window_days=7,
        window_time="day",
        function=lambda rows, now: quay.DUE.function(
            rows.select(["gate"]).append_column("due", rows.column("weight")), now
        ),
    )
    with opened(tmp_path, declared=(dataclasses.replace(quay.QUAY, indicators=(recent,)),)) as node:
        days = (node.clock.now() - quay.START).days
        tell(node, sighting=[["a", "z1", 24 * (days - 30), 8], ["b", "z1", 24 * (days - 2), 4], ["c", "z3", 1, 9]])
        follow(node)
        assert [(f["gate"], f["value"], f["n"]) for f in figures(node, "quay_recent")] == [("east", 4.0, 1)]


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        pytest.param((), "its first source makes the groups", id="none"),
        pytest.param((Source(table="t", columns=("a",)),), "its first source makes the groups", id="no group"),
        pytest.param((Source(table="t", columns=("a",), by="b"),), "t: b is not among its columns", id="unread key"),
        pytest.param(
            (Source(table="t", columns=("a",), by="a"), Source(table="t", columns=("a",), touches=Everything())),
            "t stands twice",
            id="twice",
        ),
        pytest.param(
            (Source(table="t", columns=("a",), by="a", touches=Through(table="u", on={"x": "y"}, key="k")),),
            "t: x is not among its columns",
            id="joined by what is not read",
        ),
    ],
)
def test_sources_that_cannot_be_meant_are_named(sources, said):
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(quay.VISIT, sources=sources)
