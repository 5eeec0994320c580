"""Calls of a simulated world, played by the acts that people have: what comes out is what was put in."""

from pathlib import Path
from typing import Any

import numpy as np
from tests.support.nodes import opened

from birlik.clock import SetClock, utc
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.events.forums import APPLICATION, PART, REVIEW
from birlik.domains.cooperation.simulate import proposals
from birlik.domains.cooperation.simulate.proposals import CRITERIA, FIELDS
from birlik.domains.cooperation.vocabulary.calls import HOST
from birlik.kernel import acting
from birlik.kernel.intake import Receipt
from birlik.kernel.node import Node

SEED, N, REVIEWERS = 7, 40, 5


def does(node: Node, by: str, name: str, /, **told: Any) -> dict[str, Any]:
    who = node.operator if by == "owner" else node.access.of(by)
    assert who is not None
    made = acting.prepared(node, acting.asked(node.acts[name], told, who))
    if isinstance(made, Receipt):
        return dict(made.result)
    (receipt,) = node.store.commit([made])
    node.access.changed()
    return dict(receipt.result)


def test_two_hundred_are_drawn_alike_each_time_and_reviewers_err_as_they_should() -> None:
    world, again = proposals(SEED), proposals(SEED)
    assert (world.scores == again.scores).all()
    assert len(world.states) == 200
    error = (world.scores - world.quality[None])[:, (world.quality > 2).all(1) & (world.quality < 4).all(1)]
    assert abs(float(error.std()) - np.hypot(0.6, 1 / np.sqrt(12))) < 0.05
    assert abs(float(error.mean())) < 0.05


def test_what_is_played_by_acts_is_judged_as_the_reviewers_would(tmp_path: Path) -> None:
    world, names = proposals(SEED, n=N, reviewers=REVIEWERS), [f"reviewer{n}" for n in range(REVIEWERS)]
    clock = SetClock(utc("2026-04-01T12:00:00Z"))
    with opened(tmp_path / "node", declared=(DOMAIN,), clock=clock, exercise=True) as node:
        for name in ("host", "applicant", *names):
            does(node, "owner", "birlik_principal_add", principal_id=name, name=name, kind="person")
            does(node, "owner", "birlik_grant_add", principal_id=name, role="reader")
        does(node, "owner", "birlik_grant_add", principal_id="host", role="reader", duty=HOST)
        told = {"is_blind": True, "deadline": "2026-04-09 12:00", "deadline_zone": "Asia/Almaty"}
        told["criteria"] = "\n".join(CRITERIA)
        calls = [
            does(node, "host", "cooperation_call_open", title=f"Invented: {field}", **told)["about"]["call_id"]
            for field in FIELDS
        ]
        for call_id in calls:
            for name in names:
                does(node, "host", "cooperation_reviewer_name", call_id=call_id, reviewer=name)
        place: dict[str, int] = {}
        for n in range(N):
            made = does(node, "applicant", "cooperation_apply", **world.said(n, calls[world.of_call[n]]))
            place[made["about"]["application_id"]] = n
        clock.at = utc("2026-04-09T12:00:00Z")
        for call_id in calls:
            does(node, "host", "cooperation_review_ask_all", call_id=call_id)
        judged: dict[int, list[int]] = {}
        for reviewer, name in enumerate(names):
            for part in _mine(node, name, PART.name):
                n = place[part["application_id"]]
                judged.setdefault(n, []).append(reviewer)
                scores = {f"score_{k}": str(s) for k, s in enumerate(world.given(n, reviewer), 1)}
                does(node, name, "cooperation_review_give", part_id=part["part_id"], words="Invented.", **scores)
        rows = {place[row["application_id"]]: row for row in _mine(node, "host", APPLICATION.name)}
        assert all(row["is_invented"] for row in rows.values())
        assert {n: row["state"] for n, row in rows.items()} == {
            n: "differs" if world.are_far_apart(n, *two) else "reviewed" for n, two in judged.items()
        }
        loads = [len(_mine(node, name, PART.name)) for name in names]
        assert max(loads) - min(loads) <= len(FIELDS), "evenly, call by call"
        means = {n: [] for n in rows}
        for review in _mine(node, "host", REVIEW.name):
            means[place[review["application_id"]]].append(review["mean_score"])
        seen = [float(np.mean(means[n])) for n in sorted(rows)]
        assert np.corrcoef(seen, world.quality.mean(1))[0, 1] > 0.9


def _mine(node: Node, name: str, table: str) -> list[dict[str, Any]]:
    who = node.access.of(name)
    assert who is not None
    rows: list[dict[str, Any]] = node.reader(who).mine(table).to_pylist()
    return rows
