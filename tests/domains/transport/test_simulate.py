"""The demo's world: what one state's node hears, in the real wire forms; all of it is accounted for."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import numpy as np
import orjson
import pyarrow as pa
import pytest

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.domains.transport.simulate import CROSSINGS, QUIET_SOURCE, SLOW, compare, play, railway, write
from birlik.domains.transport.simulate.hearing import OUTAGES
from birlik.domains.transport.simulate.suppliers import SUPPLIERS
from birlik.domains.transport.vocabulary import crossings, places
from birlik.domains.transport.wire.epcis_validator import Validator
from birlik.errors import OutOfRange
from birlik.kernel import pipeline

START = datetime(2026, 3, 2, 5, tzinfo=UTC)


def a_play(**changes):
    """A short, quiet play; a test states only what it is about."""
    return play(
        **{"start": START, "days": 3, "seed": 7, "faults": "none", "rate": 0.4, "single_fixes_max": 500, **changes}
    )


def country_of(place_id):
    return next(p.country for p in places() if p.place_id == place_id)


def test_every_crossing_of_the_demo_lies_at_the_border_of_its_node():
    sides = [(c.side_a, c.side_b) for c in crossings() if c.crossing_id in CROSSINGS]
    assert len(sides) == len(CROSSINGS)
    assert all("KAZ" in {country_of(a), country_of(b)} for a, b in sides)


def test_customs_of_one_state_tell_of_its_own_posts_only():
    told = a_play(rate=1.0).hearing.events
    by_customs = ~np.isin(told.source, ["kz-railway", "cis-railways"])
    assert {country_of(p) for p in np.unique(told.place_id[by_customs]).tolist()} == {"KAZ"}


def test_its_trackers_travel_abroad():
    fixes = a_play(crossings=CROSSINGS[:1], rate=1.0).hearing.fixes
    assert fixes.longitude.min() < 79
    assert fixes.longitude.max() > 82


def test_deliveries_come_in_the_order_of_arrival_and_single_fixes_are_few_enough():
    made = a_play(faults="harsh")
    arrivals = [delivery.received_time for delivery in made.deliveries()]
    assert all(a <= b for a, b in pairwise(arrivals))
    assert arrivals[-1] <= made.end
    singles = sum(d.source_id == "trackers" for d in made.deliveries())
    assert 0 < singles == made.single_fixes <= 500


def test_every_form_is_written_and_captures_are_valid():
    deliveries = list(a_play(rate=1.5, faults="default").deliveries())
    assert {d.source_id for d in deliveries} == set(SUPPLIERS)
    captures = [orjson.loads(d.body) for d in deliveries if d.source_id == "kz-customs" and "broken" not in d.filename]
    validator = Validator()
    assert captures
    assert all(validator.is_valid(capture) for capture in captures)
    forwarder = next(d for d in deliveries if d.source_id == "steppe-cargo")
    assert "широта" in forwarder.body.decode("cp1251").splitlines()[0]


def test_arrivals_are_spread_over_all_days_but_those_of_outages():
    made = a_play(days=24, faults="default", incidents=True)
    days = {source: set() for source in SUPPLIERS}
    for d in made.deliveries():
        days[d.source_id].add((d.received_time - made.start) // timedelta(hours=6))
    for source, share, hours in OUTAGES:
        begin = share * 24 * 4
        silent = set(range(int(np.ceil(begin)) + 1, int(begin + hours / 6)))
        assert not silent & days[source], source
    assert len(days["kz-customs"]) > 60
    assert QUIET_SOURCE not in {
        d.source_id for d in made.deliveries() if d.received_time > made.end - timedelta(hours=9)
    }
    assert QUIET_SOURCE not in {d.source_id for d in islice(made.live(), 500)}


def test_a_crossing_slows_down_at_the_end():
    usual, slow = (a_play(days=12, rate=1.0, crossings=SLOW[:1], incidents=happens) for happens in (False, True))

    def late(made):
        rows = [
            (row["exit_time"] - row["entry_time"]) / timedelta(hours=1)
            for row in made.truth.to_pylist()
            if row["direction"] == SLOW[1] and made.end - timedelta(hours=24) < row["entry_time"]
        ]
        return float(np.mean(rows))

    assert late(slow) > late(usual) + 6


def test_the_world_goes_on_after_the_end_at_a_few_messages_a_second():
    made = a_play(rate=1.0, single_fixes_max=50_000)
    coming = list(islice(made.live(made.end, per_second=0.01), 300))
    lasted = (coming[-1].received_time - coming[0].received_time).total_seconds()
    assert all(a.received_time <= b.received_time for a, b in pairwise(coming))
    assert coming[0].received_time > made.end
    assert len(coming) / lasted < 1


def test_a_longer_horizon_is_the_same_world():
    short, long = (a_play(horizon_days=ahead) for ahead in (0, 9))
    assert short.truth.equals(long.truth)


def test_wagons_are_told_of_by_their_railways_to_the_second():
    made = a_play(crossings=CROSSINGS[-1:], days=5)
    told = made.hearing.events
    first = made.truth.to_pylist()[-1]
    mine = (told.object_id == first["ids"]) & (told.activity == "arrive")
    base = made.start.timestamp()
    assert first["entry_time"].timestamp() - base in told.time_s[mine]
    assert set(railway.passages(3, 1)[0].told()[0][1:]) <= {railway.SIDE_A, railway.SIDE_B, "arrive"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"faults": "some"}, "it takes none, default, harsh"),
        ({"days": 0}, "at least 1"),
        ({"rate": 0}, "not above 0"),
        ({"crossings": ("ge-sarpi--tr-sarp--road",)}, "no crossing ge-sarpi"),
    ],
)
def test_what_can_not_be_played_is_refused_in_words(given, said):
    with pytest.raises(OutOfRange, match=said):
        a_play(**given)


def test_files_and_truth_lie_beside_each_other(tmp_path):
    n = write(tmp_path, a_play(days=1, crossings=CROSSINGS[1:2]))
    told = [len((tmp_path / name).read_text().splitlines()) for name in ("deliveries.jsonl", "fixes.jsonl")]
    assert sum(told) == n
    assert {p.name for p in (tmp_path / "truth").iterdir()} >= {"passages.parquet", "refused_expected.csv"}


def test_what_is_spoilt_ends_in_quarantine_and_nothing_else(tmp_path):
    made = a_play(days=6, faults="harsh")
    folder = tmp_path / "node"
    settings.write_new(folder, "KAZ")
    node = assembly.open_node(folder, clock=SetClock(made.end))
    deliveries = made.deliveries()
    while batch := list(islice(deliveries, 1000)):
        pipeline.take(node, batch)
    refused = node.reader(node.operator).rows("birlik_quarantine").num_rows
    node.close()
    assert refused == sum(made.refused_expected.values()) > 0


def test_what_was_recovered_stands_beside_all_that_was_true():
    made = a_play(days=8, rate=1.0, crossings=CROSSINGS[:1])
    done = [row for row in made.truth.to_pylist() if row["status"] == "finished" and row["exit_time"] < made.end]
    key = {"crossing_id": CROSSINGS[0], "direction": "a_to_b"}
    took = [(r["exit_time"] - r["entry_time"]) / timedelta(hours=1) for r in done if r["direction"] == "a_to_b"]
    figure = key | {"month": "2026-03", "value": 1.01 * np.mean(took), "median": 2 * np.median(took), "n": len(took),
                    "low": 0.0, "high": 99.0}  # fmt: skip
    episodes = pa.Table.from_pylist([row | {"object_id": row["ids"].split("|")[0]} for row in done]).to_pylist()
    found = {
        (r.indicator, r.what): r
        for r in compare(made.truth, lambda name: episodes, lambda name: [figure] if name == "tfi1" else [])
    }
    mean, median = (found[name, f"{CROSSINGS[0]} a_to_b"] for name in ("TFI1", "TFI1, median"))
    assert mean.recovered == pytest.approx(1.01 * mean.truth)
    assert median.recovered == pytest.approx(2 * median.truth)
    assert found["passages", "found of those heard on both sides"].recovered == 100


def test_who_waits_is_compared_with_the_truth_of_the_moment_at_which_it_was_said():
    made = a_play(days=8, rate=1.0, crossings=CROSSINGS[:1])
    key = {"crossing_id": CROSSINGS[0], "direction": "a_to_b"}
    rows = [r for r in made.truth.to_pylist() if r["direction"] == "a_to_b" and r["status"] != "local"]
    now = next(r["exit_time"] for r in rows[len(rows) // 2 :]) - timedelta(minutes=1)
    inside = [r["entry_time"] for r in rows if r["entry_time"] <= now < r["exit_time"]]
    assert inside
    # A live figure stands since it was first made, long before what it says now.
    figure = key | {
        "value": 1.0,
        "low": 0.0,
        "high": 2.0,
        "n": 1,
        "valid_from": made.start.isoformat(),
        "oldest_since": min(inside).isoformat(),
        "oldest_h": (now - min(inside)) / timedelta(hours=1),
    }
    found = {
        r.indicator: r
        for r in compare(made.truth, lambda name: [], lambda name: [figure] if name == "waiting_now" else [])
    }
    assert found["waiting now"].truth == len(inside)
    assert found["oldest"].truth == pytest.approx(found["oldest"].recovered)


def test_a_queue_that_reaches_back_beyond_where_a_truck_set_out_is_no_fault():
    """Whether one does depends on the hour at which the world begins: the demo's is now."""
    made = play(start=datetime(2026, 11, 25, 6, 50, 29, tzinfo=UTC), days=1, seed=1, horizon_days=2)
    assert sum(1 for _ in made.deliveries()) > 100
