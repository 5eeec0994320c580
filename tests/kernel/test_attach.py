"""A result that was computed elsewhere stands in a node: within its span, for its view, and as long as it is fit to."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from tests.support import quay
from tests.support.nodes import FOR_MEMBERS, HIDDEN, figures, follow, opened, rows, take
from tests.support.quay import moment, text, whole

from birlik import assembly
from birlik.clock import SetClock
from birlik.errors import BadRequest, StoreUnavailable, Unknown
from birlik.kernel import upkeep
from birlik.kernel.archiving import attaching, computing, sealed
from birlik.kernel.archiving.computing import Embedded, Order
from birlik.kernel.archiving.location import Location
from birlik.kernel.domain import Derived, Domain, Indicator, Rows, Source
from birlik.kernel.members import Role
from birlik.kernel.node import Node

MARCH, APRIL = 0, 31 * 24
"""Hours from the quay's start."""
GAP = timedelta(hours=24)


def stays(tables: Mapping[str, Rows]) -> Rows:
    """From sight to sight of a crate, as long as no day lies between."""
    made: list[dict[str, Any]] = []
    for row in sorted(tables["quay_sighting"].to_pylist(), key=lambda row: (row["crate"], row["at"])):
        last = made[-1] if made else None
        if last is not None and last["crate"] == row["crate"] and row["at"] - last["last"] < GAP:
            last["last"], last["n"] = row["at"], last["n"] + 1
        else:
            made.append({"crate": row["crate"], "first": row["at"], "last": row["at"], "n": 1})
    for row in made:
        row["month"] = f"{row['first']:%Y-%m}"
    return pa.Table.from_pylist(made, schema=STAY.schema)


STAY = Derived(
    name="quay_stay",
    title="Stays",
    description="A crate was seen again and again.",
    fields=(text("crate"), moment("first"), moment("last"), whole("n"), text("month")),
    key=("crate", "first"),
    sources=(Source(table="quay_sighting", columns=("crate", "at"), by="crate"),),
    by="crate",
    lasts=("first", "last"),
    look_back_days=None,
    function=stays,
)


def _count(rows: Rows, now: datetime) -> Rows:
    made: dict[str, list[int]] = {}
    for row in rows.to_pylist():
        made.setdefault(row["month"], []).append(row["n"])
    told = [
        {"month": m, "value": float(sum(n)), "n": len(n), "low": None, "high": None, "basis": "measured"}
        for m, n in made.items()
    ]
    return pa.Table.from_pylist(told, schema=pa.schema([pa.field(f.name, f.type.arrow) for f in SEEN.fields[:6]]))


SEEN = Indicator(
    name="quay_seen",
    code="SEEN",
    title="Seen",
    unit="1",
    source="quay_stay",
    columns=("n",),
    dimensions=(text("month"),),
    period="month",
    function=_count,
    method="How often crates were seen.",
    reference="This test.",
    interval="none",
    minimum_n=1,
)
HARBOUR = Domain(
    role=Role.READER,
    name="quay",
    title="Quay",
    tables=quay.QUAY.tables,
    derived=(quay.VISIT, quay.GATE, STAY),
    indicators=(SEEN,),
    intakes=quay.QUAY.intakes,
)


def see(node: Node, *seen: tuple[str, float], labels=FOR_MEMBERS) -> None:
    body = orjson.dumps({"quay_sighting": [(crate, "z1", at, 1) for crate, at in seen]})
    assert take(node, body, media_type=quay.MEDIA_TYPE, labels=labels).failed is None
    follow(node)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 4, 20, tzinfo=UTC))


@pytest.fixture
def node(tmp_path, clock):
    with opened(tmp_path / "node", declared=(HARBOUR,), clock=clock) as node:
        # Over the edge of the month: seen on the last evening and the first morning.
        see(node, ("a", 10), ("a", 20), ("b", 30), ("edge", APRIL - 5), ("edge", APRIL + 5), ("c", APRIL + 100))
        see(node, ("hidden", 50), labels=HIDDEN)
        yield node


def result(node: Node, tmp_path: Path, name: str = "quay_stay", view: str = "own", out: str = "out") -> str:
    sealed.archive(node, str(tmp_path / "archive"))
    order = Order(name=name, archive=Location(str(tmp_path / "archive")), view=view, out=Location(str(tmp_path / out)))
    computing.compute(node.store.catalogue, order, Embedded())
    return str(tmp_path / out)


def stands(node: Node, view: str = "own") -> list[tuple[str, int, int]]:
    """(crate, first sight in hours, how often)"""
    hours = timedelta(hours=1)
    return sorted((r["crate"], (r["first"] - quay.START) // hours, r["n"]) for r in rows(node, "quay_stay", view))


def seen(node: Node, view: str = "own", **more: Any) -> dict[str, float]:
    return {row["month"]: row["value"] for row in figures(node, "quay_seen", view, **more)}


ALL = [("a", 10, 2), ("b", 30, 1), ("c", APRIL + 100, 1), ("edge", APRIL - 5, 2), ("hidden", 50, 1)]


def test_an_episode_over_the_edge_stands_once_and_whole(node, tmp_path):
    assert stands(node) == ALL
    attaching.attach(node, result(node, tmp_path))
    follow(node)
    assert stands(node) == ALL
    assert seen(node) == {"2026-03": 6.0, "2026-04": 1.0}


def test_where_the_node_has_nothing_of_an_episode_over_the_edge_the_attached_part_of_it_stands(node, tmp_path, clock):
    out = result(node, tmp_path)
    with opened(tmp_path / "young", declared=(HARBOUR,), clock=clock) as young:
        see(young, ("c", APRIL + 100))
        attaching.attach(young, out)
        follow(young)
        assert stands(young) == [
            ("a", 10, 2),
            ("b", 30, 1),
            ("c", APRIL + 100, 1),
            ("edge", APRIL - 5, 1),
            ("hidden", 50, 1),
        ]
        # What of it comes later on this side is the whole of it, as far as this node goes.
        see(young, ("edge", APRIL - 5), ("edge", APRIL + 5))
        assert stands(young) == ALL
        assert seen(young) == {"2026-03": 6.0, "2026-04": 1.0}


def test_inside_its_span_attached_rows_stand_outside_it_live_ones(node, tmp_path):
    attaching.attach(node, result(node, tmp_path))
    follow(node)
    see(node, ("late", 40), ("d", APRIL + 200))
    assert stands(node) == sorted([*ALL, ("d", APRIL + 200, 1)])
    assert seen(node) == {"2026-03": 6.0, "2026-04": 2.0}


def test_detaching_undoes_it_and_what_follows_is_made_again(node, tmp_path):
    attaching.attach(node, result(node, tmp_path))
    follow(node)
    see(node, ("late", 40))
    attaching.detach(node, "quay_stay", "own")
    follow(node)
    assert stands(node) == sorted([*ALL, ("late", 40, 1)])
    assert seen(node) == {"2026-03": 7.0, "2026-04": 1.0}
    assert not list((tmp_path / "node" / "attached").glob("*"))
    with pytest.raises(Unknown, match="quay_stay is not attached for own; attached is nothing"):
        attaching.detach(node, "quay_stay", "own")


def test_it_stands_for_the_view_that_it_was_computed_for_and_for_no_other(node, tmp_path, clock):
    out = result(node, tmp_path, view="members")
    with opened(tmp_path / "young", declared=(HARBOUR,), clock=clock) as young:
        see(young, ("own", 60), ("c", APRIL + 100), labels=HIDDEN)
        attaching.attach(young, out)
        follow(young)
        assert stands(young, "members") == [("a", 10, 2), ("b", 30, 1), ("edge", APRIL - 5, 1)]
        assert stands(young) == [("c", APRIL + 100, 1), ("own", 60, 1)]
        assert (seen(young, "members"), seen(young)) == ({"2026-03": 4.0}, {"2026-03": 1.0, "2026-04": 1.0})


def test_a_newer_generation_makes_it_stale_and_its_figures_say_so(node, tmp_path):
    attaching.attach(node, result(node, tmp_path))
    follow(node)

    def said() -> list[Any]:
        return [(a["name"], a["generation"], a["stale"]) for a in node.reader(node.operator).attached("quay_seen")]

    assert said() == [("quay_stay", 1, False)]
    see(node, ("late", 40))
    sealed.archive(node, str(tmp_path / "archive"))
    assert said() == [("quay_stay", 1, True)]
    attaching.attach(node, result(node, tmp_path, out="anew"))
    follow(node)
    assert said() == [("quay_stay", 2, False)]
    assert ("late", 40, 1) in stands(node)


def test_figures_can_be_attached_themselves_and_keep_what_was_said_before(node, tmp_path, clock):
    see(node, ("a", APRIL + 300))
    clock.advance(timedelta(days=40))
    follow(node)
    before = clock.now()
    clock.advance(timedelta(hours=1))
    out = result(node, tmp_path, name="quay_seen")
    attaching.attach(node, out)
    see(node, ("late", 40))
    assert seen(node) == {"2026-03": 6.0, "2026-04": 2.0}, "March is attached, and so as it was"
    assert [a["generation"] for a in node.reader(node.operator).attached("quay_seen")] == [1]
    assert seen(node, as_of=before) == {"2026-03": 6.0, "2026-04": 2.0}
    attaching.detach(node, "quay_seen", "own")
    assert seen(node) == {"2026-03": 7.0, "2026-04": 2.0}


def test_it_stands_after_a_start_a_rebuild_and_a_restored_backup(tmp_path, clock):
    with opened(tmp_path / "node", declared=(HARBOUR,), clock=clock) as node:
        see(node, ("a", 10), ("c", APRIL + 100))
        attaching.attach(node, result(node, tmp_path))
        follow(node)
        see(node, ("late", 40))
        stood, said = stands(node), seen(node)
        assert ("late", 40, 1) not in stood
        node.store.backup(tmp_path / "backup")
    upkeep.restore(tmp_path / "backup", tmp_path / "restored")
    upkeep.rebuild(
        tmp_path / "node",
        lambda folder, **more: assembly.open_node(folder, declared=(HARBOUR,), clock=clock, **more),
    )
    for folder in ("node", "restored"):
        with opened(tmp_path / folder, declared=(HARBOUR,), clock=clock) as again:
            follow(again)
            assert (stands(again), seen(again)) == (stood, said), folder


def test_what_was_declared_otherwise_is_refused_and_set_aside_after_an_upgrade(tmp_path, clock):
    changed = replace(HARBOUR, derived=(quay.VISIT, quay.GATE, replace(STAY, method=2)))
    with opened(tmp_path / "node", declared=(HARBOUR,), clock=clock) as node:
        see(node, ("a", 10), ("c", APRIL + 100))
        out = result(node, tmp_path)
        attaching.attach(node, out)
        see(node, ("late", 40))
        assert ("late", 40, 1) not in stands(node)
    with opened(tmp_path / "node", declared=(changed,), clock=clock) as node:
        follow(node)
        assert ("late", 40, 1) in stands(node)
        assert [a["stands"] for a in attaching.described(node)] == [False]
        with pytest.raises(BadRequest, match="was declared otherwise when it was computed; compute it again"):
            attaching.attach(node, out)


def test_what_can_not_stand_within_a_span_is_refused(node, tmp_path):
    with pytest.raises(BadRequest, match="the rows of quay_gate have no time"):
        attaching.attach(node, result(node, tmp_path, name="quay_gate"))


def test_a_result_that_is_not_what_it_says_is_refused_and_nothing_is_left(node, tmp_path):
    out = Path(result(node, tmp_path))
    told = json.loads((out / "result.json").read_bytes())
    told["rows"]["files"][0]["sha256"] = "0" * 64
    (out / "result.json").write_text(json.dumps(told))
    with pytest.raises(StoreUnavailable, match="has another hash"):
        attaching.attach(node, str(out))
    assert not list((tmp_path / "node" / "attached").glob("*"))
    with pytest.raises(BadRequest, match="there is no result at"):
        attaching.attach(node, str(tmp_path / "nowhere"))
