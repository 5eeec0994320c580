"""The state machine against a slow, plain reading of the same definitions, over invented lives of objects."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domains.transport.model.toy import CROSSINGS, GEOFENCES, PLACES, SPOTS, movements, plain_episodes, row

from birlik.domains.transport.model.episodes import episodes_in
from birlik.domains.transport.model.zones import zone_index
from birlik.domains.transport.vocabulary import CAUSES

INDEX = zone_index(PLACES, GEOFENCES, CROSSINGS)
SAME = (
    "crossing_id", "direction", "status", "rows_n", "conflict", "entry_half_width_s", "exit_half_width_s", "dwell_s",
    "queue_s", "post_a_s", "between_s", "post_b_s", *(f"cause_{cause}_s" for cause in CAUSES),
)  # fmt: skip
STEPS = st.sampled_from([1, 60, 299, 300, 599, 600, 601, 1800, 3600, 7201, 40_000, 86_400, 90_000])
DOINGS = st.sampled_from(["position"] * 6 + ["arrive", "queue", "documents", "inspect", "clear", "depart", "pass"])
ROADSIDE = st.sampled_from(["wild", "queue a", "a", "b", "queue b"] * 2 + [*SPOTS])


@st.composite
def lives(draw: st.DrawFn, key: int) -> list[dict[str, Any]]:
    kind = draw(st.sampled_from(["vehicle", "vehicle", "wagon", "container"]))
    at, rows = 0, []
    for step, where, doing in draw(st.lists(st.tuples(STEPS, ROADSIDE, DOINGS), min_size=1, max_size=25)):
        at += step
        rows.append(row(at, where, doing, object_key=key, object_id=f"plate:{key}", object_kind=kind))
    return rows


def told(table: pa.Table) -> list[dict[str, Any]]:
    return [
        {name: e[name] for name in SAME}
        | {
            "entry": int(e["entry_time"].timestamp()),
            "exit": int(e["exit_time"].timestamp()) if e["exit_time"] else None,
            "last": int(e["last_time"].timestamp()),
            "received": e["latest_received_time"],
        }
        for e in table.to_pylist()
    ]


def expected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [{k: v for k, v in e.items() if k != "lingering"} for e in plain_episodes(rows)]
    return [e | ({"exit": None, "exit_half_width_s": None} if e["status"] == "entry_unknown" else {}) for e in found]


@settings(max_examples=600, deadline=None, derandomize=True)
@given(lives(1))
def test_an_objects_episodes_are_those_of_the_plain_reading(rows: list[dict[str, Any]]) -> None:
    assert told(episodes_in(movements(rows), INDEX)) == expected(rows)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.tuples(lives(1), lives(2), lives(3)), st.randoms(use_true_random=False), st.integers(1, 80))
def test_order_and_company_and_chunks_change_nothing(
    three: tuple[list[dict[str, Any]], ...], shuffle: Any, chunk_rows: int
) -> None:
    alone = pa.concat_tables([episodes_in(movements(rows), INDEX) for rows in three])
    together = [r for rows in three for r in rows]
    shuffle.shuffle(together)
    assert episodes_in(movements(together), INDEX, chunk_rows=chunk_rows).equals(alone)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(lives(1))
def test_parts_and_causes_add_up_to_the_dwell(rows: list[dict[str, Any]]) -> None:
    for e in episodes_in(movements(rows), INDEX).to_pylist():
        parts = [e[name] for name in ("queue_s", "post_a_s", "between_s", "post_b_s")]
        causes = [e[f"cause_{cause}_s"] for cause in CAUSES]
        assert sum(parts) == sum(causes) == e["dwell_s"]
        assert min(*parts, *causes) >= 0


@pytest.mark.parametrize("rows", [0, 1])
def test_no_rows_and_no_episodes_give_an_empty_table(rows: int) -> None:
    assert episodes_in(movements([row(0, "wild")][:rows]), INDEX).num_rows == 0
