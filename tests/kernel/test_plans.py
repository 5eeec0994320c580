"""Plans and jobs: each is computed of what its reader sees, in a process of its own, beside what is today."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.harvest import EVER, HARVEST
from tests.support.nodes import FOR_MEMBERS, HIDDEN, follow, opened, principal, take
from tests.support.orchard import ORCHARD, line

from birlik.errors import BadRequest, Conflict, Unknown, Unnamed
from birlik.kernel.checking import faults
from birlik.kernel.domain import Type
from birlik.kernel.node import Node
from birlik.kernel.own import OWN
from birlik.kernel.planning.jobs import Job, Jobs, State
from birlik.kernel.policy import NOBODY, Kind

SHOWN = [line("ash-1", f"2026-03-0{day}T08:00:00Z", 10.0 * day) for day in (1, 2, 3)]
SECRET = [line("oak-9", "2026-03-04T08:00:00Z", 500.0), line("elm-2", "2026-03-05T08:00:00Z", 7.0, row="hidden")]
PATIENCE_S = 60.0
SHARE = HARVEST.parameters[0]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", jobs_at_once=2) as made:
        take(made, SHOWN, labels=FOR_MEMBERS)
        take(made, SECRET, labels=HIDDEN)
        follow(made)
        yield made


@pytest.fixture
def jobs(node: Node) -> Iterator[Jobs]:
    made = Jobs(node)
    made.begin()
    yield made
    made.stop()


def over(jobs: Jobs, job: Job, view: str = "own") -> Job:
    assert jobs.wait_for(job, PATIENCE_S)
    return jobs.job(principal(jobs.node, view), job.job_id)


def run(jobs: Jobs, view: str = "own", **told: object) -> Job:
    return over(jobs, jobs.start(HARVEST.name, told, principal(jobs.node, view)), view)


def rows_of(jobs: Jobs, job: Job, view: str = "own") -> list[dict[str, object]]:
    made: list[dict[str, object]] = jobs.rows(principal(jobs.node, view), job.job_id).to_pylist()
    return made


# --- what comes of it ---------------------------------------------------------------------------------------------


def test_each_row_stands_beside_what_is_today(jobs: Jobs) -> None:
    job = run(jobs, share=0.5)
    assert job.state is State.DONE
    north = {"row": "north", "mass_kg": 280.0, "today_mass_kg": 560.0, "pickings_n": 4, "today_pickings_n": 4}
    assert north in rows_of(jobs, job)


def test_what_is_there_today_only_comes_last_and_has_no_measure(jobs: Jobs) -> None:
    rows = rows_of(jobs, run(jobs, lightest_kg=25.0))
    assert [row["row"] for row in rows] == ["north", "hidden"]
    assert (rows[1]["mass_kg"], rows[1]["today_mass_kg"]) == (None, 7.0)


def test_a_reader_computes_of_what_they_see_and_of_nothing_else(jobs: Jobs) -> None:
    job = run(jobs, "members", share=2.0)
    assert rows_of(jobs, job, "members") == [
        {"row": "north", "mass_kg": 120.0, "today_mass_kg": 60.0, "pickings_n": 3, "today_pickings_n": 3}
    ]


def test_as_of_a_moment_it_has_what_the_node_had_then(jobs: Jobs) -> None:
    moment = jobs.node.clock.now()
    take_later(jobs.node)
    who = principal(jobs.node, "own")
    then = over(jobs, jobs.start(HARVEST.name, {}, who, moment))
    now = run(jobs)
    assert {row["pickings_n"] for row in rows_of(jobs, then)} == {4, 1}
    assert {row["pickings_n"] for row in rows_of(jobs, now)} == {5, 1}


def take_later(node: Node) -> None:
    follow(node, minutes=10)
    take(node, [line("ash-1", "2026-03-09T08:00:00Z", 1.0)], labels=HIDDEN)
    follow(node)


def test_a_computation_that_refuses_says_why(jobs: Jobs) -> None:
    job = run(jobs, share=0.0)
    assert (job.state, job.reason) == (State.FAILED, "a tree that bears nothing is no tree")
    with pytest.raises(Conflict, match="no result"):
        rows_of(jobs, job)


# --- asking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param({"share": 2.5}, "it is from 0 to 2", id="beyond its range"),
        pytest.param({"share": "much"}, "is no float", id="of another type"),
        pytest.param({"share": float("nan")}, "must be a number", id="no number"),
        pytest.param({"shares": 1}, "no parameter 'shares'", id="unknown"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(jobs: Jobs, told: dict[str, object], said: str) -> None:
    with pytest.raises(BadRequest, match=said) as error:
        jobs.start(HARVEST.name, told, principal(jobs.node, "own"))
    assert error.value.parameter == next(iter(told))


def test_whoever_has_no_account_runs_none(jobs: Jobs) -> None:
    for who in (NOBODY, replace(principal(jobs.node, "public"), kind=Kind.ANYONE)):
        with pytest.raises(Unnamed):
            jobs.start(HARVEST.name, {}, who)
        assert jobs.of(who) == []


def test_one_job_of_a_principal_goes_on_at_a_time_and_anothers_beside_it(jobs: Jobs) -> None:
    first = jobs.start(HARVEST.name, {"summers": EVER}, principal(jobs.node, "own"))
    with pytest.raises(Conflict, match="at a time"):
        jobs.start(HARVEST.name, {}, principal(jobs.node, "own"))
    assert run(jobs, "members").state is State.DONE
    jobs.cancel(principal(jobs.node, "own"), first.job_id)
    assert run(jobs).state is State.DONE


def test_to_others_a_job_is_not_there(jobs: Jobs) -> None:
    job = run(jobs)
    members = principal(jobs.node, "members")
    others = (members, replace(members, name="own"), replace(principal(jobs.node, "own"), name="somebody else"))
    for who in others:
        for ask in (jobs.job, jobs.rows, jobs.cancel):
            with pytest.raises(Unknown, match="no such job of yours"):
                ask(who, job.job_id)
        assert jobs.of(who) == []


# --- how it ends --------------------------------------------------------------------------------------------------


def test_a_job_is_cancelled_while_it_runs_and_its_process_is_gone(jobs: Jobs) -> None:
    who = principal(jobs.node, "own")
    job = jobs.start(HARVEST.name, {"summers": EVER}, who)
    assert not jobs.wait_for(job, 0.5)
    assert jobs.cancel(who, job.job_id).state is State.CANCELLED
    assert jobs.share(jobs.job(who, job.job_id)) == 0.0


def test_one_that_waits_is_cancelled_too(node: Node) -> None:
    jobs, who = Jobs(node), principal(node, "own")
    job = jobs.start(HARVEST.name, {}, who)
    assert jobs.job(who, job.job_id).state is State.WAITING
    assert jobs.cancel(who, job.job_id).state is State.CANCELLED
    assert jobs.start(HARVEST.name, {}, who).state is State.WAITING


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    with opened(tmp_path / "node", job_limit_s=0.5) as node:
        jobs = Jobs(node)
        jobs.begin()
        job = run(jobs, summers=EVER)
        jobs.stop()
    assert (job.state, job.reason) == (State.FAILED, "it took longer than 0 s")


def test_a_node_that_ends_and_begins_again_says_interrupted(node: Node) -> None:
    jobs, who = Jobs(node), principal(node, "own")
    jobs.begin()
    running = jobs.start(HARVEST.name, {"summers": EVER}, who)
    jobs.stop()
    assert jobs.job(who, running.job_id).state is State.INTERRUPTED
    # One that was killed had no time to say so.
    waiting = Jobs(node)
    killed = waiting.start(HARVEST.name, {}, who)
    again = Jobs(node)
    again.begin()
    assert again.job(who, killed.job_id).state is State.INTERRUPTED
    again.stop()


def test_what_is_kept_is_bounded_and_has_an_end(tmp_path: Path) -> None:
    with opened(tmp_path / "node", job_kept_s=3_600.0) as node:
        jobs, who = Jobs(node), principal(node, "own")
        jobs.begin()
        job = run(jobs)
        assert len(list((node.store.folder / "jobs").iterdir())) == 1
        follow(node, minutes=61)
        with pytest.raises(Unknown):
            jobs.job(who, job.job_id)
        run(jobs)
        assert len(list((node.store.folder / "jobs").iterdir())) == 1
        jobs.stop()


def test_an_erasure_takes_every_result(jobs: Jobs) -> None:
    job = run(jobs)
    jobs.cleared(jobs.node, None)
    assert jobs.of(principal(jobs.node, "own")) == []
    assert not (jobs.node.store.folder / "jobs" / f"{job.job_id}.arrow").exists()


# --- the declaration ----------------------------------------------------------------------------------------------


def declared(**changes: object) -> list[str]:
    return [f for f in faults((replace(ORCHARD, plans=(replace(HARVEST, **changes),)), OWN)) if "kk" not in f]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"name": "harvest"}, "begins with its domain's", id="another name"),
        pytest.param({"reads": (replace(HARVEST.reads[0], columns=("colour",)),)}, "no column 'colour'", id="columns"),
        pytest.param({"reads": (replace(HARVEST.reads[0], table="pears"),)}, "no table 'pears'", id="tables"),
        pytest.param({"key": ("tree",)}, "its key 'tree' is none of its fields", id="key"),
        pytest.param({"key": ("row", "mass_kg", "pickings_n")}, "says something of it", id="no measure"),
        pytest.param(
            {"parameters": (replace(SHARE, usual=9.0),)}, "it is from 0 to 2", id="usual beyond range"
        ),
        pytest.param(
            {"parameters": (replace(SHARE, field=replace(SHARE.field, type=Type.TIME)),)},
            "can't be moved",
            id="a moment",
        ),
        pytest.param({"compute": lambda tables, values, tell: None}, "no function of a module", id="a lambda"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_hold_together_is_refused_at_assembly(changes: dict[str, object], said: str) -> None:
    assert any(said in fault for fault in declared(**changes)), declared(**changes)


def test_a_plan_without_a_role_is_refused() -> None:
    told = faults((replace(ORCHARD, role=None), OWN))
    assert "orchard_harvest: neither it nor orchard says a role" in told
