"""Known promises, as two coders of known error read them: through acts, claims and rounds to the figures."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.strangers import House, house

from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.simulate.promises import PROGRESS, Promises, promises
from birlik.kernel import pipeline

SEED, N = 260_326, 36
SOURCE = "https://press.example/summit"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "node", declared=(DOMAIN,)) as made:
        made.person("aigul", "reader")
        made.person("bek", "reader")
        yield made


def play(at: House, world: Promises, coders: int = 2) -> None:
    """Each promise is told, coded, and where one only codes the round is ended."""
    for i, due in enumerate(world.due_text):
        told = {"kind": "commitment", "source": SOURCE, "property": "text", "value": f"Invented promise {i}"}
        claim = at.steward.done("cooperation_say", **told)["about"]["claim_id"]
        (row,) = at.steward.rows("cooperation_claim", claim_id=claim)
        of = {"entity_id": row["entity_id"], "source": SOURCE}
        at.steward.done("cooperation_say", **of, property="made_on", value="2023-06-01")
        if due:
            at.steward.done("cooperation_say", **of, property="due", value=due)
            at.steward.done("cooperation_say", **of, property="owner", value=world.owners[i])
        asked = {"axis": "progress", "first_coder": "aigul", "second_coder": "bek"}
        opened = at.steward.done("cooperation_round_open", entity_id=row["entity_id"], **asked)["about"]["round_id"]
        for coder, (name, side) in enumerate((("aigul", "first"), ("bek", "second"))[:coders]):
            code = PROGRESS[int(world.codes[coder, i])]
            day = {"done_on": "2024-06-01"} if code == "done" else {}
            at.people[name].done(
                "cooperation_code_progress", coding_id=f"{opened}:{side}", progress=code, source=SOURCE, **day
            )
        if coders == 1:
            at.steward.done("cooperation_round_end", round_id=opened, reason="alone")
    pipeline.follow(at.node)


def figure(at: House, name: str) -> Mapping[str, Any]:
    answer = at.steward.get(f"/api/v1/indicators/{name}")
    (row,) = answer.json()["data"]
    return dict(row)


def test_what_coders_of_small_error_agree_on_is_recovered(at: House) -> None:
    world = promises(SEED, n=N, errors=(0.03, 0.05))
    play(at, world)
    alpha, share = figure(at, "coding_agreement"), figure(at, "commitments_done_share")
    assert alpha["value"] == pytest.approx(world.agreement().value)
    assert alpha["n"] == N
    assert alpha["low"] <= world.expected_alpha() <= alpha["high"]
    assert alpha["kappa"] == pytest.approx(alpha["value"], abs=0.02)
    due = np.array([last is not None and last < at.node.clock.now() for last in world.due()])
    said = world.codes[:, due] == PROGRESS.index("done")
    assert share["n"] == due.sum()
    assert (share["low"], share["high"]) == pytest.approx((said.all(axis=0).mean(), said.any(axis=0).mean()))
    truth = float((world.progress[due] == PROGRESS.index("done")).mean())
    assert share["low"] <= truth <= share["high"]
    time = figure(at, "commitments_time_to_done")
    done = (world.codes == PROGRESS.index("done")).all(axis=0)
    assert time["ended_n"] == done.sum()
    assert time["n"] + time["left_n"] == N


def test_where_they_agree_too_little_no_share_is_told_and_why_is(at: House) -> None:
    play(at, promises(SEED + 1, n=20, errors=(0.4, 0.4)))
    assert figure(at, "coding_agreement")["value"] < 0.667
    for name in ("commitments_done_share", "commitments_time_to_done"):
        row = figure(at, name)
        assert (row["value"], row["low"], row["high"]) == (None, None, None)
        assert "below 0.667" in row["coding_note"]


def test_with_one_coder_there_are_counts_and_no_share(at: House) -> None:
    play(at, promises(SEED + 2, n=6, errors=(0.0, 0.0)), coders=1)
    alpha, share = figure(at, "coding_agreement"), figure(at, "commitments_done_share")
    assert (alpha["value"], alpha["n"], alpha["once_n"]) == (None, 0, 6)
    assert "Coded once" in alpha["coding_note"]
    assert (share["value"], share["n"]) == (None, 0)
