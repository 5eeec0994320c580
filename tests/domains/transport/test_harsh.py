"""The harsh worlds: what they promise of themselves, and that a perfect estimate scores as one."""

import subprocess
import sys
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.conftest import ROOT
from tests.support.server import environment

from birlik.domains.transport.events import MOVEMENT
from birlik.domains.transport.simulate import harsh
from birlik.domains.transport.simulate.harsh.borders import LEGS, autoregression, paths
from birlik.domains.transport.simulate.harsh.roads import CROSSINGS, road
from birlik.domains.transport.simulate.harsh.scoring import Figures
from birlik.errors import OutOfRange
from birlik.ids import key63
from birlik.places import distance_km

SMALL = {"days": 12, "crossings": 1, "rate": 0.4}


@pytest.fixture(scope="module")
def clean():
    return harsh.world(5, **SMALL)


def statuses(world):
    return set(world.truth["status"].to_pylist())


def test_movements_are_rows_of_the_table_in_the_order_of_arrival(clean):
    assert clean.movements.schema.equals(MOVEMENT.schema)
    received = clean.movements["received_time"].cast(pa.int64()).to_numpy()
    assert (np.diff(received) >= 0).all()
    assert clean.movements["received_time"][-1].as_py() <= clean.end
    first = clean.movements.slice(0, 1).to_pylist()[0]
    assert first["object_key"] == key63(first["object_id"])


def test_the_same_seed_and_faults_are_the_same_world():
    one, other = (harsh.world(6, faults=("all",), **SMALL) for _ in range(2))
    assert one.movements.equals(other.movements)
    assert one.truth.equals(other.truth)


def test_a_clean_world_has_passages_only_and_hears_nearly_all_of_them(clean):
    assert statuses(clean) <= {"finished", "inside"}
    both = pc.and_(clean.truth["heard_a"], clean.truth["heard_b"])
    assert pc.mean(both.cast(pa.float64())).as_py() > 0.95


@pytest.mark.parametrize(
    ("fault", "status"),
    [("turn_backs", "turned_back"), ("refusals", "turned_back"), ("parkers", "local"), ("villagers", "local")],
)
def test_who_does_not_pass_is_in_the_truth(fault, status):
    assert status in statuses(harsh.world(5, faults=(fault,), **{**SMALL, "rate": 1.0}))


def test_a_fault_of_trackers_leaves_the_truth_as_it_was(clean):
    names = ["vehicle_id", "direction", "status", "entry_time", "exit_time"]
    for fault in ("spikes", "clocks", "disorder", "duplicates", "batches", "stuck", "swaps"):
        spoilt = harsh.world(5, faults=(fault,), **SMALL)
        assert spoilt.truth.select(names).equals(clean.truth.select(names)), fault
        assert not spoilt.movements.equals(clean.movements), fault


def test_no_vehicle_leaps():
    """Between neighbouring knots nobody drives faster than 85 km/h, whatever the queue."""
    world = harsh.world(8, faults=("all",), **{**SMALL, "rate": 1.0})
    for vehicle in world.crossed[0].vehicles:
        hours, km = np.diff(vehicle.t) / 3600, np.abs(np.diff(vehicle.km))
        assert (km <= 85.5 * hours + 0.3).all()


def test_all_faults_are_together_but_those_that_contradict():
    world = harsh.world(5, faults=("all",), **SMALL)
    assert world.faults == set(harsh.FAULTS) - set(harsh.ALONE)


def test_a_fault_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(OutOfRange, match="no fault ghosts; there are sparse"):
        harsh.world(1, faults=("ghosts",))


@pytest.mark.parametrize("fault", ["posts_off", "posts_beside", "posts_apart"])
@pytest.mark.parametrize("crossing_id", CROSSINGS)
def test_posts_lie_up_to_three_kilometres_from_their_register(crossing_id, fault):
    usual = road(crossing_id, frozenset(), np.random.default_rng(3))
    moved = road(crossing_id, frozenset((fault,)), np.random.default_rng(3))
    off = [distance_km(*usual.post_a, *moved.post_a), distance_km(*usual.post_b, *moved.post_b)]
    assert 0.3 < max(off) <= 3.05
    latitude, longitude = moved.at(np.array([0.0, moved.between_km]), np.zeros(2))
    assert distance_km(latitude[0], longitude[0], *moved.post_a) < 0.05
    assert distance_km(latitude[1], longitude[1], *moved.post_b) < 0.05


def test_nobody_overtakes_in_the_queue_and_it_is_stationary():
    leg = LEGS[CROSSINGS[0], "a_to_b"]
    grid, waits, _ = paths(leg, frozenset(), 40, 0.0, 0.0, np.random.default_rng(1), 300)
    assert (np.diff(grid + waits, axis=1) > -1e-6).all()
    early, late = waits[:, 1008 * 2 : 1008 * 4].mean(), waits[:, 1008 * 5 : 1008 * 7].mean()
    assert early == pytest.approx(late, rel=0.2)


def test_an_autoregression_forgets_as_fast_as_it_says():
    path = autoregression(np.random.default_rng(2), (200, 600), 1.0, 10.0)
    assert path.std() == pytest.approx(1, abs=0.05)
    assert (path[:, :-10] * path[:, 10:]).mean() == pytest.approx(np.exp(-1), abs=0.05)


def test_the_laws_mean_is_that_of_many_worlds():
    worlds = [harsh.world(seed, days=30, crossings=1, rate=0.5) for seed in range(12)]
    key = CROSSINGS[0], "a_to_b"
    took = []
    for world in worlds:
        for row in world.truth.to_pylist():
            if (row["crossing_id"], row["direction"]) == key and row["entry_time"] >= world.start:
                took.append((row["exit_time"] - row["entry_time"]) / timedelta(hours=1))
    assert np.mean(took) == pytest.approx(worlds[0].law_mean_h[key], rel=0.12)


class Perfect:
    """Says what is true."""

    def __init__(self, world: harsh.World) -> None:
        self.world = world

    @property
    def episodes(self) -> pa.Table:
        done = self.world.truth.filter(pc.equal(self.world.truth["status"], "finished")).to_pylist()
        return pa.Table.from_pylist(
            [{**row, "object_id": row["ids"].split("|")[0], "counts": 1, "family": "tracked"} for row in done]
        )

    @property
    def tfi1(self) -> Figures:
        return self.tfi1_of({i for ids in self.world.truth["ids"].to_pylist() for i in ids.split("|")})

    def tfi1_of(self, object_ids) -> Figures:
        made = []
        for key in self.world.law_mean_h:
            begin = self.world.start
            for month, end_h in self.world.months(*key).items():
                end = self.world.start + timedelta(hours=end_h)
                took = [
                    (row["exit_time"] - row["entry_time"]) / timedelta(hours=1)
                    for row in self.world.truth.to_pylist()
                    if (row["crossing_id"], row["direction"], row["status"]) == (*key, "finished")
                    and begin <= row["exit_time"] < end
                    and row["entry_time"] >= self.world.start
                    and row["ids"].split("|")[0] in object_ids
                ]
                begin = end
                mean, (median, p90) = float(np.mean(took)), np.quantile(took, (0.5, 0.9)).tolist()
                made.append(
                    {"crossing_id": key[0], "direction": key[1], "month": month, "value": mean, "n": len(took),
                     "median": median, "p90": p90, "low": 0.5 * mean, "high": 2 * mean, "basis": "measured"}
                )  # fmt: skip
        return made

    @property
    def turned_back(self) -> Figures:
        return [{"crossing_id": c, "direction": d, "value": 0.0, "n": 10} for c, d in self.world.law_mean_h]

    def waiting(self, now) -> Figures:
        made = []
        for crossing_id, direction in self.world.law_mean_h:
            inside = [
                row
                for row in self.world.truth.to_pylist()
                if (row["crossing_id"], row["direction"]) == (crossing_id, direction)
                and row["entry_time"] <= now < row["exit_time"]
            ]
            n = len(inside)
            oldest = max(((now - row["entry_time"]) / timedelta(hours=1) for row in inside), default=None)
            made.append(
                {"crossing_id": crossing_id, "direction": direction, "value": n, "low": n, "high": n,
                 "oldest_h": oldest, "expected_wait_low_h": 0.0, "expected_wait_high_h": 1e6}
            )  # fmt: skip
        return made


def test_a_perfect_estimate_scores_as_one(clean):
    lines = {made.measure: made for made in harsh.table({"clean": harsh.score(clean, Perfect(clean))})}
    for measure in ("mean", "mean_fast", "median", "p90", "invented", "turned_back"):
        assert lines[measure].value == pytest.approx(0, abs=1e-6), measure
    for measure in ("found", "waiting_held", "oldest_held", "realised_held"):
        assert lines[measure].value == 1, measure


def test_an_estimate_that_is_a_tenth_too_long_is_found_out(clean):
    class Long(Perfect):
        def tfi1_of(self, object_ids):
            return [{**f, "value": 1.1 * f["value"]} for f in super().tfi1_of(object_ids)]

    lines = {made.measure: made for made in harsh.table({"clean": harsh.score(clean, Long(clean))})}
    assert lines["mean"].value == pytest.approx(0.1)
    assert not lines["mean"].reached


INTERPRETED = """
from birlik.domains.transport.simulate import harsh
for seed, fault in enumerate(("all", *sorted(harsh.ALONE))):
    world = harsh.world(seed, faults=(fault,), days=2, crossings=1, rate=0.2)
    assert harsh.score(world, harsh.Declared(world, world.end), moments=1), fault
print("within their arrays")
"""


def test_no_compiled_function_reads_beside_its_arrays():
    """Interpreted they raise what compiled ones do in silence, or crash by; to compile the checks in takes minutes."""
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", INTERPRETED],
        cwd=ROOT,
        env=environment() | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout == "within their arrays\n", said.stderr[-3000:]
