"""A crossing that closes: queues and waits against what can be reckoned by hand, and passages of a known stream."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from tests.support.booths import post

from birlik.domains.transport.model.closing import ENOUGH, Stream, closed, queues
from birlik.domains.transport.model.episodes import SCHEMA
from birlik.domains.transport.plans import CLOSING
from birlik.domains.transport.plans import SCHEMA as RESULT
from birlik.domains.transport.plans import closed as computed

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
AHEAD = 5
"""Hours that the crossing's clock is ahead."""


def even(arrivals: float = 2.0, exits: float = 5.0) -> Stream:
    return Stream(key={}, arrivals=np.full(168, arrivals), exits=np.full(168, exits), passages_n=99)


@pytest.mark.parametrize(
    ("closed_h", "open_share", "queue", "wait", "over"),
    [
        # Two come each hour: after 12 h 24 wait; then five leave and two come, three fewer an hour: eight hours.
        pytest.param(12.0, 0.0, 24, 12.0, 20.0, id="shut"),
        # A fifth let through: one leaves and two come, so that 12 wait after 12 h; four hours more.
        pytest.param(12.0, 0.2, 12, None, 16.0, id="a fifth open"),
        pytest.param(12.0, 1.0, 0, 0.0, 0.0, id="open all the same"),
        pytest.param(0.0, 0.0, 0, 0.0, 0.0, id="as usual"),
        # Half an hour: of the five that could leave in that hour half can, which is more than come.
        pytest.param(0.5, 0.0, 0, None, 0.0, id="half an hour"),
        pytest.param(336.0, 0.0, 672, 336.0, None, id="two weeks, from which three don't recover"),
    ],
)
def test_a_stream_that_can_be_reckoned_by_hand(
    closed_h: float, open_share: float, queue: int, wait: float | None, over: float | None
) -> None:
    told = closed(even(), closed_h=closed_h, open_share=open_share, from_hour=3)
    assert told["longest_queue_n"] == queue
    assert told["recovered_h"] == over
    if wait is not None:
        assert told["longest_wait_h"] == pytest.approx(wait, abs=0.02)


def episodes(entry_h: np.ndarray, exit_h: np.ndarray, **told: object) -> pa.Table:
    rows = []
    for a, b in zip(entry_h, exit_h, strict=True):
        row: dict[str, object] = dict.fromkeys(SCHEMA.names)
        row |= {"crossing_id": "x", "direction": "a_to_b", "mode": "road", "status": "finished"}
        row |= {"interval_class": "told", "entry_time": MONDAY + timedelta(hours=float(a))}
        row |= {"exit_time": None if np.isnan(b) else MONDAY + timedelta(hours=float(b))}
        row |= {"entry_hour_of_week_local": (int(a) + AHEAD) % 168, **told}
        rows.append(row)
    return pa.table({n: pa.array([r[n] for r in rows], SCHEMA.field(n).type) for n in SCHEMA.names})


def test_a_world_of_booths_comes_back_as_arrivals_by_the_crossings_own_clock() -> None:
    made = post(3, weeks=8, slow=[], a_day=70.0)
    (stream,) = queues(episodes(made.entry_h, made.exit_h))
    assert stream.arrivals.sum() == pytest.approx(made.entry_h.size / 8, rel=0.03)
    # By design the wave of arrivals has its crest at 14 o'clock UTC, and its trough at 2.
    by_hour = stream.arrivals.reshape(7, 24).mean(axis=0)
    assert by_hour[(14 + AHEAD) % 24] > 2 * by_hour[(2 + AHEAD) % 24]
    assert stream.exits.sum() > stream.arrivals.sum()
    usual = closed(stream, closed_h=0, open_share=0, from_hour=8)
    shut = closed(stream, closed_h=24, open_share=0, from_hour=8)
    assert shut["longest_queue_n"] == pytest.approx(usual["longest_queue_n"] + 70, abs=35)
    assert 24 <= shut["longest_wait_h"] <= 48
    assert shut["recovered_h"] > 24


def test_too_few_passages_are_left_out_and_families_are_not_pooled() -> None:
    entry = np.arange(ENOUGH - 1, dtype=float)
    few, tracked = episodes(entry, entry + 1), episodes(entry, entry + 1, interval_class="1h")
    assert queues(pa.concat_tables([few, tracked])) == []
    assert [q.passages_n for q in queues(episodes(np.arange(60.0), np.arange(60.0) + 1))] == [60]
    assert queues(episodes(np.arange(60.0), np.full(60, np.nan), status="open")) == []


def test_the_plan_gives_its_fields_and_says_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    rows = computed(
        {"transport_crossing_episode": episodes(np.arange(60.0), np.arange(60.0) + 1)},
        {**CLOSING.usual, "closed_h": 6.0},
        lambda done, of: told.append((done, of)),
    )
    assert (rows.schema, rows.num_rows, told) == (RESULT, 1, [(1, 1)])
    assert computed({"transport_crossing_episode": SCHEMA.empty_table()}, CLOSING.usual, told.append).num_rows == 0
