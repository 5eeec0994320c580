"""A call for proposals by real accounts: opened, applied for, reviewed by two, each for themselves, and decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.forum import APPLICATION, Forum, forum, mine
from tests.support.registry import registry
from tests.support.server import browsing

from birlik.clock import utc


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Forum]:
    with forum(tmp_path / "node") as made:
        yield made


def to_review(at: Forum) -> None:
    at.applies()
    at.reviewers()
    at.over()
    at.asks()


# --- the call ---------------------------------------------------------------------------------------------------------


def test_who_hosts_opens_a_call_and_organises_it(at: Forum) -> None:
    (call,) = at.zhibek.rows("cooperation_call", call_id=at.call_id)
    assert (call["state"], call["deadline"], call["deadline_zone"]) == ("open", "2026-03-02 17:30", "Asia/Almaty")
    assert call["deadline_time"] == "2026-03-02T12:30:00Z"
    assert at.zhibek.acts("cooperation_call_open", title="mine").status_code == 403


@pytest.mark.parametrize(
    ("deadline", "zone", "instant"),
    [
        pytest.param("2026-03-20 23:59", "Asia/Almaty", "2026-03-20T18:59:00Z", id="no summer time since 2024"),
        pytest.param("2026-03-28 23:59", "Europe/Budapest", "2026-03-28T22:59:00Z", id="the day before summer time"),
        pytest.param("2026-03-29 23:59", "Europe/Budapest", "2026-03-29T21:59:00Z", id="the day of it"),
        pytest.param("2026-10-25 02:30", "Europe/Budapest", "2026-10-25T01:30:00Z", id="of two the later"),
    ],
)
def test_a_deadline_is_a_moment_by_the_clock_of_its_zone(at: Forum, deadline: str, zone: str, instant: str) -> None:
    call_id = at.opens(deadline=deadline, deadline_zone=zone)
    (call,) = at.zhibek.rows("cooperation_call", call_id=call_id)
    assert call["deadline_time"] == instant


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        pytest.param({"deadline": "2026-03-29 02:30", "deadline_zone": "Europe/Budapest"}, "deadline", id="left out"),
        pytest.param({"deadline_zone": "Asia/Nowhere"}, "deadline_zone", id="no zone"),
        pytest.param({"deadline": "in spring"}, "deadline", id="no time"),
        pytest.param({"deadline": "2026-03-01 10:00"}, "deadline", id="passed"),
        pytest.param({"criteria": "a\nb\nc\nd\ne\nf"}, "criteria", id="six criteria"),
    ],
)
def test_what_is_no_deadline_is_refused_at_its_field(at: Forum, changed: dict[str, str], parameter: str) -> None:
    from tests.support.forum import CALL

    answer = at.host.acts("cooperation_call_open", **{**CALL, **changed})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json().get("parameter", parameter) == parameter


def test_a_deadline_that_was_told_is_not_brought_forward(at: Forum) -> None:
    told = {"call_id": at.call_id, "deadline": "2026-03-02 17:00"}
    assert "brought forward" in at.host.acts("cooperation_call_change", **told).json()["detail"]
    at.host.done("cooperation_call_change", **{**told, "deadline": "2026-03-25 12:00"})
    assert at.zhibek.rows("cooperation_call", call_id=at.call_id)[0]["deadline_time"] == "2026-03-25T07:00:00Z"
    assert at.other.acts("cooperation_call_change", **{**told, "deadline": "2026-04-01 12:00"}).status_code == 403


def test_one_applies_until_the_last_second_and_no_later(at: Forum) -> None:
    at.clock.at = utc("2026-03-02T12:30:00+00:00")
    at.applies()
    at.clock.at = utc("2026-03-02T12:30:01+00:00")
    late = at.timur.acts("cooperation_apply", **APPLICATION, call_id=at.call_id)
    assert late.status_code == 409
    assert "2026-03-02 17:30 (Asia/Almaty)" in late.json()["detail"]
    (row,) = mine(at.zhibek, "cooperation_application")
    changed = at.zhibek.acts("cooperation_application_change", application_id=row["application_id"], title="Later")
    assert changed.status_code == 409


def test_a_call_is_closed_before_its_time_with_a_reason(at: Forum) -> None:
    at.host.done("cooperation_call_close", call_id=at.call_id, closed_because="the hall has burnt down")
    answer = at.zhibek.acts("cooperation_apply", **APPLICATION, call_id=at.call_id)
    assert answer.status_code == 409
    assert at.host.acts("cooperation_call_close", call_id=at.call_id, closed_because="again").status_code == 409


# --- applying ---------------------------------------------------------------------------------------------------------


def test_an_application_is_seen_by_its_sender_and_the_organisers_of_that_call(at: Forum) -> None:
    at.applies()
    assert at.application("host")["address"] == APPLICATION["address"]
    assert at.application("zhibek")["title"] == APPLICATION["title"]
    for who in ("other", "second", "anar", "steward", "operator", "administrator"):
        assert mine(at.at.people[who], "cooperation_application") == []
        assert at.at.people[who].get("/api/v1/tables/cooperation_application").status_code == 403
    at.host.done("cooperation_organiser_name", call_id=at.call_id, organiser="second")
    assert at.application("second")["address"] == APPLICATION["address"]


def test_until_the_deadline_it_is_changed_and_until_it_is_decided_withdrawn(at: Forum) -> None:
    key = {"application_id": at.applies()}
    at.zhibek.done("cooperation_application_change", **key, title="A well that forgets")
    assert at.application()["title"] == "A well that forgets"
    assert at.application()["speakers"] == APPLICATION["speakers"]
    assert at.host.acts("cooperation_application_change", **key, title="Mine").status_code == 404
    assert at.timur.acts("cooperation_application_withdraw", **key, reason="no").status_code == 404
    at.zhibek.done("cooperation_application_withdraw", **key, reason="ill")
    assert at.application()["state"] == "withdrawn"
    assert at.zhibek.acts("cooperation_application_change", **key, title="Again").status_code == 409


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"answers": None}, "answers"),
        ({"minutes": 0}, "minutes"),
        ({"address": "nowhere"}, "address"),
        ({"from_state": "Kazakhstan"}, "from_state"),
        ({"title": "x" * 201}, "title"),
    ],
)
def test_what_is_wrong_with_an_application_is_said_at_its_field(
    at: Forum, changed: dict[str, str], parameter: str
) -> None:
    answer = at.zhibek.acts("cooperation_apply", **{**APPLICATION, "call_id": at.call_id, **changed})
    assert answer.status_code in (400, 422)
    assert answer.json().get("parameter", parameter) == parameter


# --- reviewing --------------------------------------------------------------------------------------------------------


def test_nothing_is_judged_while_it_can_be_changed(at: Forum) -> None:
    at.applies()
    at.reviewers()
    early = at.host.acts("cooperation_review_ask_all", call_id=at.call_id)
    assert early.status_code == 409
    at.over()
    at.asks()
    assert at.application()["state"] == "in_review"


def test_a_reviewer_sees_what_is_to_be_judged_and_not_by_whom(at: Forum) -> None:
    to_review(at)
    row = at.part("anar")
    assert (row["title"], row["summary"]) == (APPLICATION["title"], APPLICATION["summary"])
    assert (row["applicant"], row["organisation"]) == (None, None)
    assert "application_id" not in row
    assert "Zhibek" not in at.anar.get("/cooperation/reviewing?whole=1").text
    assert at.anar.get("/api/v1/mine/cooperation_application").json()["data"] == []
    assert mine(at.anar, "cooperation_review") == []


def test_where_the_call_is_not_blind_they_see_by_whom_and_no_address(at: Forum) -> None:
    at.call_id = at.opens(is_blind=False)
    to_review(at)
    row = at.part("anar")
    assert row["applicant"] == APPLICATION["applicant"]
    assert "zhibek@steppe.example" not in at.anar.get("/api/v1/mine/cooperation_review_part").text


def test_when_both_have_spoken_each_is_told_what_the_other_said_and_the_organisers_are(at: Forum) -> None:
    to_review(at)
    told = at.reviews("anar", 4, 5, words="clear")
    assert (told.status_code, told.json()["untold"]) == (200, True)
    assert at.application()["state"] == "in_review"
    assert {row["scores"] for row in mine(at.host, "cooperation_review")} == {None}
    at.reviews("anar", 4, 4, words="clear, on a second look")
    assert at.reviews("baur", 5, 4, words="sound").status_code == 200
    assert at.application()["state"] == "reviewed"
    seen = {row["reviewer"]: (row["scores"], row["mean_score"]) for row in mine(at.host, "cooperation_review")}
    assert seen == {"anar": ("relevance 4, soundness 4", 4.0), "baur": ("relevance 5, soundness 4", 4.5)}
    (row,) = mine(at.anar, "cooperation_review_part", state="told")
    assert (row["my_scores"], row["other_scores"], row["other_words"]) == (
        "relevance 4, soundness 4", "relevance 5, soundness 4", "sound",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "parameter"), [((4,), "score_2"), ((4, 4, 4), "score_3")], ids=["one is missing", "one too many"]
)
def test_there_is_a_score_for_each_criterion(at: Forum, scores: tuple[int, ...], parameter: str) -> None:
    to_review(at)
    answer = at.reviews("anar", *scores)
    assert answer.status_code in (400, 422)
    assert answer.json().get("parameter", parameter) == parameter


def test_where_they_are_far_apart_a_third_is_asked_before_it_is_decided(at: Forum) -> None:
    to_review(at)
    at.reviews("anar", 5, 5)
    at.reviews("baur", 3, 5)
    row = at.application()
    assert row["state"] == "differs"
    decide = {"application_id": row["application_id"], "verdict": "accepted", "reasons": "we want it"}
    assert "ask a third" in at.host.acts("cooperation_decide", **decide).json()["detail"]
    at.reviewers("dana")
    at.host.done("cooperation_review_ask", application_id=row["application_id"], reviewer="dana")
    assert (at.part("dana")["other_scores"], at.part("dana")["applicant"]) == (None, None), "blind as the two were"
    at.reviews("dana", 4, 4)
    assert at.application()["state"] == "reviewed"
    at.host.done("cooperation_decide", **decide)


def test_nobody_more_is_asked_where_two_judge_it(at: Forum) -> None:
    to_review(at)
    at.reviewers("dana")
    told = {"application_id": at.application()["application_id"], "reviewer": "dana"}
    assert at.host.acts("cooperation_review_ask", **told).status_code == 409


def test_who_is_withdrawn_in_the_midst_judges_no_more_and_what_they_said_is_gone(at: Forum) -> None:
    to_review(at)
    part_id = at.part("anar")["part_id"]
    at.reviews("anar", 1, 1, words="dull")
    (reviewer,) = [row for row in mine(at.host, "cooperation_reviewer") if row["reviewer"] == "anar"]
    at.host.done("cooperation_reviewer_withdraw", reviewer_id=reviewer["reviewer_id"])
    again = at.anar.acts("cooperation_review_give", part_id=part_id, score_1="1", score_2="1", words="dull")
    assert again.status_code == 403
    at.reviews("baur", 4, 4)
    assert at.application()["state"] == "in_review", "one review is none"
    at.reviewers("dana")
    at.host.done("cooperation_review_ask", application_id=at.application()["application_id"], reviewer="dana")
    at.reviews("dana", 5, 5)
    assert at.application()["state"] == "reviewed"
    assert {row["words"] for row in mine(at.host, "cooperation_review", state="told")} == {"well argued"}


def test_who_organises_does_not_review_and_who_reviews_does_not_organise(at: Forum) -> None:
    at.reviewers("anar")
    refused = at.host.acts("cooperation_organiser_name", call_id=at.call_id, organiser="anar")
    assert refused.status_code == 403
    assert at.host.acts("cooperation_reviewer_name", call_id=at.call_id, reviewer="host").status_code == 403


# --- conflicts of interest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reviewer",
    [
        pytest.param({"organisation": "INSTITUTE of steppe  water"}, id="of the same body"),
        pytest.param({"domain": "steppe.example"}, id="of the same domain"),
    ],
)
def test_the_obvious_conflicts_are_named_to_the_organiser_and_they_get_no_part(
    at: Forum, reviewer: dict[str, str]
) -> None:
    at.applies()
    at.reviewers("anar", "baur")
    at.host.done("cooperation_reviewer_name", call_id=at.call_id, reviewer="dana", **reviewer)
    at.over()
    told = {"application_id": at.application()["application_id"], "reviewer": "dana"}
    refused = at.host.acts("cooperation_review_ask", **told)
    assert refused.status_code == 403
    assert "conflict of interest" in refused.json()["detail"]
    at.asks()
    assert mine(at.dana, "cooperation_review_part") == []
    seen = {row["reviewer"]: row["state"] for row in mine(at.host, "cooperation_review")}
    assert seen == {"anar": "asked", "baur": "asked", "dana": "conflict"}


@pytest.mark.parametrize(
    ("interest", "with_whom"),
    [("organisation", "Institute of Steppe Water"), ("domain", "steppe.example"), ("person", "Timur Invented")],
)
def test_who_declares_a_conflict_gets_no_part_of_it(at: Forum, interest: str, with_whom: str) -> None:
    at.applies()
    at.reviewers("anar", "baur", "dana")
    (row,) = mine(at.anar, "cooperation_reviewer")
    told = {"reviewer_id": row["reviewer_id"], "interest": interest, "with_whom": with_whom}
    at.anar.done("cooperation_conflict_declare", **told)
    at.over()
    at.asks()
    assert mine(at.anar, "cooperation_review_part") == []
    assert [row["with_whom"] for row in mine(at.host, "cooperation_conflict")] == [with_whom]


def test_who_finds_that_they_know_it_turns_it_down_and_is_not_asked_again(at: Forum) -> None:
    to_review(at)
    at.anar.done("cooperation_review_decline", part_id=at.part("anar")["part_id"], reason="I dug that well")
    assert mine(at.anar, "cooperation_review_part", state="asked") == []
    told = {"application_id": at.application()["application_id"], "reviewer": "anar"}
    assert "conflict of interest" in at.host.acts("cooperation_review_ask", **told).json()["detail"]


def test_a_conflict_that_is_declared_late_stops_the_acceptance_until_the_review_is_taken_away(at: Forum) -> None:
    to_review(at)
    at.reviews("anar", 5, 5)
    at.reviews("baur", 5, 5)
    (row,) = mine(at.anar, "cooperation_reviewer")
    told = {"reviewer_id": row["reviewer_id"], "interest": "person", "with_whom": "Zhibek Invented"}
    at.anar.done("cooperation_conflict_declare", **told)
    key = {"application_id": at.application()["application_id"]}
    refused = at.host.acts("cooperation_decide", **key, verdict="accepted", reasons="good")
    assert "anar has a conflict of interest: Zhibek Invented" in refused.json()["detail"]
    (review,) = mine(at.host, "cooperation_review", reviewer="anar")
    at.host.done("cooperation_review_take", part_id=review["part_id"])
    at.reviewers("dana")
    at.host.done("cooperation_review_ask", **key, reviewer="dana")
    at.reviews("dana", 4, 4)
    at.host.done("cooperation_decide", **key, verdict="accepted", reasons="good")


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_the_applicant_is_told_the_reasons_and_not_who_reviewed(at: Forum) -> None:
    to_review(at)
    at.reviews("anar", 4, 4, words="a word for the organisers")
    at.reviews("baur", 4, 4, words="another")
    key = {"application_id": at.application()["application_id"]}
    at.host.done("cooperation_decide", **key, verdict="declined", reasons="the day is full")
    row = at.application("zhibek")
    assert (row["state"], row["reasons"]) == ("declined", "the day is full")
    told = (
        at.zhibek.get("/cooperation/applying?whole=1").text + at.zhibek.get("/api/v1/mine/cooperation_application").text
    )
    for hidden in ("anar", "baur", "a word for", "another", "host"):
        assert hidden not in told.replace("another ", "").replace("localhost", "")


def test_of_two_organisers_who_decide_at_once_the_second_is_told_what_was_decided(at: Forum) -> None:
    to_review(at)
    at.host.done("cooperation_organiser_name", call_id=at.call_id, organiser="second")
    at.reviews("anar", 4, 4)
    at.reviews("baur", 4, 4)
    key = {"application_id": at.application()["application_id"]}
    at.host.done("cooperation_decide", **key, verdict="accepted", reasons="good")
    second = at.second.acts("cooperation_decide", **key, verdict="declined", reasons="bad")
    assert second.status_code == 409
    assert "accepted" in second.json()["detail"]
    assert at.application("zhibek")["reasons"] == "good"


def test_what_is_not_what_was_asked_for_is_declined_unread_and_nothing_is_accepted_unread(at: Forum) -> None:
    key = {"application_id": at.applies()}
    assert at.host.acts("cooperation_decide", **key, verdict="accepted", reasons="a friend's").status_code == 409
    assert at.other.acts("cooperation_decide", **key, verdict="declined", reasons="no").status_code == 404
    at.host.done("cooperation_decide", **key, verdict="declined", reasons="it sells tablets")


def test_nobody_decides_on_their_own(at: Forum) -> None:
    key = {"application_id": at.applies("host")}
    assert at.host.acts("cooperation_decide", **key, verdict="declined", reasons="modesty").status_code == 403


def test_what_was_decided_is_not_undone(at: Forum) -> None:
    key = {"application_id": at.applies()}
    made = at.host.done("cooperation_decide", **key, verdict="declined", reasons="no")
    assert at.operator.acts("birlik_undo", act_id=made["act_id"]).status_code in (403, 404)


def test_whoever_owns_the_machine_opens_a_call_without_an_account(tmp_path: Path) -> None:
    with registry(tmp_path / "node", open=True) as node, browsing(node) as client:
        told = {"title": "Water", "is_blind": True, "deadline": "2030-12-31 23:59", "deadline_zone": "Asia/Almaty"}
        answer = client.post("/api/v1/acts/cooperation_call_open", json=told)
        assert answer.status_code == 200, answer.text
        assert answer.json()["about"]["call_id"].removeprefix("invented:").startswith("call:")
