"""Rounds of coding by real accounts: two code, each for themselves; a third judges; figures follow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.strangers import Client, House, house

from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import pipeline

READ = "https://press.example/summit"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "node", declared=(DOMAIN,)) as made:
        made.person("aigul", "reader")
        made.person("bek", "reader")
        yield made


def opened(at: House, entity_id: str = "com:01", axis: str = "progress", by: str = "steward") -> str:
    told = {"entity_id": entity_id, "axis": axis, "first_coder": "bek", "second_coder": "aigul"}
    return str(at.people[by].done("cooperation_round_open", **told)["about"]["round_id"])


def mine(who: Client) -> list[dict[str, Any]]:
    answer = who.get("/api/v1/mine/cooperation_coding", params={"state": "asked"})
    assert answer.status_code == 200, answer.text
    made: list[dict[str, Any]] = answer.json()["data"]
    return made


def codes(who: Client, code: str, axis: str = "progress", **more: Any) -> Any:
    (asked,) = [row for row in mine(who) if row["axis"] == axis]
    return who.acts(f"cooperation_code_{axis}", **{"coding_id": asked["coding_id"], axis: code, "source": READ, **more})


def claims_of(at: House, **only: str) -> list[dict[str, Any]]:
    return at.steward.rows("cooperation_claim", **{"entity_id": "com:01", "status": "published", **only})


def round_of(at: House, round_id: str) -> dict[str, Any]:
    (row,) = at.steward.rows("cooperation_round", round_id=round_id)
    return row


def test_when_both_stand_both_are_claims_under_their_names(at: House) -> None:
    round_id = opened(at)
    told = codes(at.aigul, "done", done_on="2026-02")
    assert (told.status_code, told.json()["untold"]) == (200, True), "it was taken, though nobody sees a change"
    assert claims_of(at, property="progress") == []
    assert round_of(at, round_id)["state"] == "open"
    assert codes(at.bek, "under_way").status_code == 200
    said = {row["coder"]: (row["value"], row["source"]) for row in claims_of(at, property="progress") if row["coder"]}
    assert said == {"aigul": ("done", READ), "bek": ("under_way", READ)}
    row = round_of(at, round_id)
    assert (row["state"], row["first_coder"], row["first_code"], row["second_code"]) == (
        "differs", "aigul", "done", "under_way",
    )  # fmt: skip
    assert mine(at.aigul) == mine(at.bek) == []


def test_until_then_a_coder_may_say_otherwise_and_sees_on_the_page_what_it_said(at: House) -> None:
    round_id = opened(at)
    panel = "/cooperation/coding/-/panel/progress"
    assert "You said" not in at.aigul.get(panel).text
    codes(at.aigul, "done")
    assert "You said: done" in at.aigul.get(panel).text
    codes(at.aigul, "dropped")
    assert "You said: dropped" in at.aigul.get(panel).text
    form = at.aigul.get(f"/cooperation/act/cooperation_code_progress?key={mine(at.aigul)[0]['coding_id']}").text
    assert '<option value="dropped" selected>' in form
    assert "You said" not in at.bek.get(panel).text
    codes(at.bek, "dropped")
    assert round_of(at, round_id)["state"] == "agreed"


def test_what_was_coded_is_coded_no_more_in_that_round(at: House) -> None:
    opened(at)
    coding_id = mine(at.aigul)[0]["coding_id"]
    codes(at.aigul, "done")
    codes(at.bek, "done")
    again = at.aigul.acts("cooperation_code_progress", coding_id=coding_id, progress="dropped", source=READ)
    assert again.status_code == 409


def test_a_second_round_begins_anew_for_both(at: House) -> None:
    opened(at)
    codes(at.aigul, "done")
    codes(at.bek, "dropped")
    second = opened(at)
    assert codes(at.bek, "done").status_code == 200
    assert round_of(at, second)["state"] == "open", "what is public already doesn't count"
    codes(at.aigul, "done")
    assert round_of(at, second)["state"] == "agreed"
    standing = [(row["coder"], row["value"]) for row in claims_of(at, property="progress") if row["coder"]]
    assert sorted(standing) == [("aigul", "done"), ("bek", "done")]
    assert {row["reason"] for row in claims_of(at, property="progress", status="superseded")} == {
        "coded anew by two coders, blind to each other"
    }


def test_somebody_else_judges_and_names_both(at: House) -> None:
    round_id = opened(at)
    codes(at.aigul, "done", done_on="2026-02-10")
    codes(at.bek, "under_way")
    assert "Two coders differ" in at.steward.get("/cooperation/queue").text
    judged = {"round_id": round_id, "progress": "done", "source": READ, "reason": "the communique says so"}
    assert at.aigul.acts("cooperation_judge_progress", **judged).status_code == 403
    at.administrator.done("birlik_grant_add", principal_id="bek", role="steward")
    told = at.bek.acts("cooperation_judge_progress", **judged)
    assert told.status_code == 403
    assert "one of its coders" in told.json()["detail"]
    at.steward.done("cooperation_judge_progress", **judged)
    (claim,) = claims_of(at, source_kind="adjudication")
    assert claim["coder"] == "steward"
    assert claim["note"] == "aigul: done; bek: under_way. the communique says so"
    assert round_of(at, round_id)["state"] == "adjudicated"
    assert at.steward.acts("cooperation_judge_progress", **judged).status_code == 409


def test_a_steward_who_waits_no_longer_publishes_what_there_is(at: House) -> None:
    round_id = opened(at)
    codes(at.aigul, "done")
    at.steward.done("cooperation_round_end", round_id=round_id, reason="bek has left")
    row = round_of(at, round_id)
    assert (row["state"], row["first_code"], row["second_code"]) == ("once", "done", None)
    assert [row["coder"] for row in claims_of(at, property="progress") if row["coder"]] == ["aigul"]
    assert mine(at.bek) == []
    empty = opened(at, axis="legal_status")
    at.steward.done("cooperation_round_end", round_id=empty, reason="nobody has time")
    assert round_of(at, empty)["state"] == "empty"


@pytest.mark.parametrize(
    ("told", "parameter"),
    [
        pytest.param({"first_coder": "bek", "second_coder": "bek"}, "second_coder", id="one person twice"),
        pytest.param({"second_coder": "nobody.there"}, "second_coder", id="nobody of that name"),
        pytest.param({"entity_id": "org:OTS"}, "entity_id", id="no promise"),
    ],
)
def test_a_round_that_cant_be_is_refused_with_the_parameter(at: House, told: dict[str, str], parameter: str) -> None:
    given = {"entity_id": "com:01", "axis": "progress", "first_coder": "bek", "second_coder": "aigul", **told}
    answer = at.steward.acts("cooperation_round_open", **given)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


def test_one_round_of_one_axis_is_open_at_a_time(at: House) -> None:
    opened(at)
    assert opened(at, axis="legal_status")
    told = {"entity_id": "com:01", "axis": "progress", "first_coder": "bek", "second_coder": "aigul"}
    assert at.steward.acts("cooperation_round_open", **told).status_code == 409


def test_a_code_without_a_source_or_of_the_other_axis_is_refused(at: House) -> None:
    opened(at)
    (asked,) = mine(at.aigul)
    act = "cooperation_code_progress"
    assert at.aigul.acts(act, coding_id=asked["coding_id"], progress="done").status_code == 400
    assert codes(at.aigul, "signed").status_code == 400
    assert codes(at.aigul, "under_way", done_on="2026").json()["parameter"] == "done_on"
    assert at.aigul.acts(
        "cooperation_code_legal_status", coding_id=asked["coding_id"], legal_status="signed", source=READ
    ).status_code == 404  # fmt: skip


def test_a_reply_of_the_owner_and_evidence_are_sent_by_anybody_who_reads(at: House) -> None:
    for name in ("reply", "evidence"):
        at.reader.done("cooperation_send", entity_id="com:01", property=name, value="It is on its way.", source=READ)
    held = at.steward.rows("cooperation_held", state="held")
    assert sorted(row["property"] for row in held) == ["evidence", "reply"]
    for row in held:
        at.steward.done("cooperation_publish", held_id=row["held_id"])
    pipeline.follow(at.node)
    (row,) = at.steward.rows("cooperation_commitment", entity_id="com:01")
    assert row["last_evidence"] == "It is on its way."


def test_what_counts_as_done_is_said_beforehand_and_shown_to_the_coder(at: House) -> None:
    for name, value in (("done_when", "The leaders have met."), ("shown_by", "The host's foreign ministry.")):
        at.steward.done("cooperation_say", entity_id="com:01", property=name, value=value, source=READ)
    opened(at)
    (asked,) = mine(at.aigul)
    assert (asked["done_when"], asked["shown_by"]) == ("The leaders have met.", "The host's foreign ministry.")


def test_undoing_opens_no_round_again_whose_codes_are_known(at: House) -> None:
    round_id = opened(at)
    codes(at.aigul, "done")
    codes(at.bek, "dropped")
    acts = at.operator.rows("birlik_act", act="cooperation_code_progress")
    assert len(acts) == 1, "the first coder's word has left no line"
    assert at.operator.acts("birlik_undo", act_id=acts[0]["act_id"]).status_code == 403
    assert round_of(at, round_id)["state"] == "differs"
