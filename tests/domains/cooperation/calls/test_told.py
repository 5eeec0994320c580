"""Reviewers are told by mail that they are asked, and when it is due: nothing of who applies, nor of who has spoken."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.forum import Forum, forum
from tests.support.post import Post, post, text_of

from birlik.clock import utc
from birlik.kernel import mailing
from birlik.kernel.access import mailboxes
from birlik.kernel.access.mailboxes import Mailbox

ASKED, DUE = "You are asked to judge something", "A review is due soon"


@pytest.fixture
def at_post() -> Iterator[Post]:
    with post() as made:
        yield made


@pytest.fixture
def at(tmp_path: Path, at_post: Post, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forum]:
    monkeypatch.setattr("birlik.kernel.service.mailing.serve", lambda node, stop: None)  # the test is that thread
    with forum(tmp_path / "node", mail=at_post.settings()) as made:
        made.applies()
        made.reviewers()
        made.over()
        for name in ("anar", "baur"):
            node, box = made.at.node, Mailbox(address=f"{name}@example.kz", language="kk" if name == "baur" else "en")
            token, kept = mailboxes.ask(node.store.vault, node.key_file, name, box, node.access.now)
            node.store.vault.put_all(kept)
            mailboxes.confirm(node.store.vault, node.key_file, name, token, node.access.now)
        yield made


def goes(at: Forum) -> None:
    mailing.remind(at.at.node)
    for _ in range(4):
        mailing.send_due(at.at.node)


def test_each_reviewer_is_asked_in_their_language_and_told_nothing_of_who_applies(at: Forum, at_post: Post) -> None:
    at.asks()
    goes(at)
    (anars,), (baurs,) = at_post.to("anar@example.kz"), at_post.to("baur@example.kz")
    assert anars["subject"] == ASKED
    assert baurs["subject"] != ASKED
    assert "A well that remembers" in text_of(anars)
    assert "/cooperation/reviewing" in text_of(anars)
    for mail in (anars, baurs):
        assert "Zhibek" not in text_of(mail)
        assert "Institute" not in text_of(mail)


def test_a_third_is_told_and_the_first_two_not_again(at: Forum, at_post: Post) -> None:
    at.asks()
    at.reviewers("dana")
    at.reviews("anar", 1, 1)
    at.reviews("baur", 5, 5)
    goes(at)
    at_post.taken.clear()
    told = {"application_id": at.application()["application_id"], "reviewer": "dana"}
    at.host.done("cooperation_review_ask", **told)
    goes(at)
    assert at_post.taken == []  # dana has given no address, and nobody else is asked anything


def test_three_days_before_it_is_due_who_has_spoken_and_who_has_not_are_reminded_alike(
    at: Forum, at_post: Post
) -> None:
    at.host.done("cooperation_review_ask_all", call_id=at.call_id, judge_by="2026-03-12 17:30")
    assert at.part("anar")["judge_by_time"] == "2026-03-12T12:30:00Z"
    at.reviews("anar", 4, 4)
    goes(at)
    at_post.taken.clear()
    at.clock.at = utc("2026-03-09T12:29:59+00:00")
    goes(at)
    assert at_post.taken == []
    at.clock.advance(timedelta(seconds=1))
    goes(at)
    goes(at)
    assert len(at_post.to("anar@example.kz")) == len(at_post.to("baur@example.kz")) == 1
    assert at_post.to("anar@example.kz")[0]["subject"] == DUE


def test_who_has_been_told_what_both_said_is_reminded_of_nothing(at: Forum, at_post: Post) -> None:
    at.host.done("cooperation_review_ask_all", call_id=at.call_id, judge_by="2026-03-12 17:30")
    at.reviews("anar", 4, 4)
    at.reviews("baur", 4, 4)
    goes(at)
    at_post.taken.clear()
    at.clock.at = utc("2026-03-11T12:00:00+00:00")
    goes(at)
    assert at_post.taken == []


@pytest.mark.parametrize(
    ("text", "said"), [("2026-03-02 17:30", "passed already"), ("soon", "judge_by"), ("2026-13-02 17:30", "judge_by")]
)
def test_what_is_no_time_to_judge_is_refused_at_its_field(at: Forum, text: str, said: str) -> None:
    answer = at.host.acts("cooperation_review_ask_all", call_id=at.call_id, judge_by=text)
    assert answer.status_code in (400, 422)
    assert said in answer.text
    assert answer.json()["parameter"] == "judge_by"


def test_a_month_before_what_somebody_allowed_ends_they_are_told(at: Forum, at_post: Post) -> None:
    at.anar.done("cooperation_present", name="Anar", days=60, lang="en")
    at.baur.done("cooperation_present", name="Baur", days=20, lang="en")
    goes(at)
    assert len(at_post.to("baur@example.kz")) == 1
    assert at_post.to("anar@example.kz") == []
    at.clock.advance(timedelta(days=31))
    goes(at)
    (mail,) = at_post.to("anar@example.kz")
    assert mail["subject"] == "What you have allowed ends soon"
    assert "/cooperation/mine" in text_of(mail)
