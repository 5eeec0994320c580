"""Priority projects: what the registry says of projects becomes a choice, with what isn't known as a range."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from birlik.domains.cooperation.model.choosing.projects import COLUMNS, criteria_of, projects
from birlik.domains.cooperation.model.standing import stand
from birlik.domains.cooperation.model.trading.made import MADE
from birlik.domains.cooperation.plans.priority import PRIORITY, priority, priority_at_once
from birlik.errors import OutOfRange

TYPES = {"order_n": pa.int64(), "changed_time": pa.timestamp("us", tz="UTC")}
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def said(*claims: tuple[str, str, str], publisher: str = "a.example", order: int = 1, world: str = "real") -> pa.Table:
    """Rows of what stands, from (project, property, value)."""
    rows = [
        {"claim_id": f"{publisher}-{i}", "first_id": p, "kind": "project", "property": name, "value": value,
         "said": None, "order_n": order, "origin_id": publisher, "origin": f"https://{publisher}",
         "publisher": publisher, "changed_time": NOW, "world": world}
        for i, (p, name, value) in enumerate(claims)
    ]  # fmt: skip
    return pa.table({n: pa.array([r[n] for r in rows], TYPES.get(n, pa.string())) for n in COLUMNS})


def tables_of(rows: pa.Table) -> dict[str, pa.Table]:
    """Without any trade."""
    return {"cooperation_stand": stand(rows), MADE.name: MADE.schema.empty_table()}


def run(rows: pa.Table, **moved: object) -> dict[str, dict[str, object]]:
    made = priority(tables_of(rows), {**PRIORITY.usual, **moved}, lambda done, of: None)
    return {row["entity_id"]: row for row in made.to_pylist()}


def test_what_stands_first_holds_and_publishers_are_counted_once() -> None:
    rows = pa.concat_tables([
        said(("p", "budget", "40000000 USD"), ("p", "stage", "preparation")),
        said(("p", "budget", "90000000 USD"), order=2, publisher="b.example"),
    ])  # fmt: skip
    (made,) = projects(rows)
    assert (made.sum_of("budget"), made.publishers) == ((40_000_000.0, "USD"), {"a.example", "b.example"})
    told = criteria_of(stand(rows).to_pylist())
    low, high = told.low, told.high
    assert (low[0, 0], high[0, 0]) == (pytest.approx(1 / 6), pytest.approx(4 / 6))
    assert np.isnan(low[0, 2])


def test_the_ready_and_backed_one_is_core_and_what_is_too_dear_is_never() -> None:
    rows = pa.concat_tables([
        said(("good", "budget", "60 million"), ("good", "stage", "implementation"), ("good", "jobs", "500")),
        said(("good", "budget", "60000000 USD"), order=0, publisher="b.example"),
        said(("poor", "budget", "60000000 USD"), ("poor", "stage", "identification"), ("poor", "jobs", "10"),
             publisher="c.example"),
        said(("dear", "budget", "600000000 USD"), ("dear", "stage", "implementation"), publisher="d.example"),
        said(("unknown", "name", "A road"), publisher="e.example"),
        said(("over", "budget", "1 USD"), ("over", "stage", "completed"), publisher="f.example"),
    ])  # fmt: skip
    told = run(rows)
    assert {key: row["firm"] for key, row in told.items()} == {
        "good": "core", "poor": "never", "dear": "never", "unknown": "left_out",
    }  # fmt: skip
    assert (told["good"]["is_picked"], told["good"]["is_alike"], told["unknown"]["chosen_share"]) == (True, False, None)
    # With room for both, either is chosen whatever the weights.
    assert {row["firm"] for key, row in run(rows, budget_m=120.0).items() if key in ("good", "poor")} == {"core"}


def test_limits_hold_and_what_balance_costs_is_told() -> None:
    claims = [(f"p{i}", "budget", "10000000 USD") for i in range(4)]
    claims += [(f"p{i}", "state", "KAZ" if i < 3 else "UZB") for i in range(4)]
    claims += [(f"p{i}", "stage", "implementation" if i < 3 else "identification") for i in range(4)]
    rows = said(*claims)
    free = run(rows, budget_m=20.0)
    assert free["p3"]["is_picked"] is False
    assert free["p0"]["balance_share"] == 0.0
    assert {free[f"p{i}"]["is_alike"] for i in range(3)} == {True}
    held = run(rows, budget_m=20.0, floor_share=0.5)
    assert (held["p3"]["is_picked"], held["p3"]["is_chosen_free"]) == (True, False)
    assert held["p3"]["balance_share"] > 0
    either = run(rows, budget_m=40.0, either_or="p0, p1", needs_first="p2, p3")
    assert either["p0"]["is_picked"] + either["p1"]["is_picked"] <= 1
    with pytest.raises(OutOfRange, match="nowhere is none of the projects"):
        run(rows, either_or="p0, nowhere")


def test_of_no_project_nothing_is_said() -> None:
    assert run(said(("p", "name", "A road")).slice(0, 0)) == {}


def test_what_is_invented_and_what_is_real_is_never_given_one_budget() -> None:
    rows = pa.concat_tables([
        said(("a", "budget", "60000000 USD")),
        said(("b", "budget", "60000000 USD"), publisher="b.example", world="invented"),
    ])  # fmt: skip
    assert {key: row["is_picked"] for key, row in run(rows).items()} == {"a": True, "b": True}


def test_at_once_it_chooses_as_the_whole_plan_does_where_projects_are_few() -> None:
    rng = np.random.default_rng(5)
    stages = ("identification", "preparation", "implementation", "completion")
    claims = []
    for i in range(12):
        claims += [(f"p{i:02d}", "budget", f"{int(rng.integers(5, 60))}000000 USD"), (f"p{i:02d}", "jobs", str(10 * i))]
        claims += [(f"p{i:02d}", "stage", stages[i % 4])] if i % 3 else []
    rows = said(*claims)
    tables, values = tables_of(rows), {**PRIORITY.usual, "weight_jobs": 3.0}
    whole = {row["entity_id"]: row for row in priority(tables, values, lambda done, of: None).to_pylist()}
    quick = {row["entity_id"]: row for row in priority_at_once(tables, values).to_pylist()}
    assert {k: r["is_picked"] for k, r in quick.items()} == {k: r["is_picked"] for k, r in whole.items()}
    assert {k: r["firm"] for k, r in quick.items()} == {k: r["firm"] for k, r in whole.items()}
    for key, row in quick.items():
        assert row["chosen_share"] == pytest.approx(whole[key]["chosen_share"], abs=0.02)
