"""A closed node with a call: its host and organiser, reviewers, applicants, an organiser of another call."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.strangers import Client, House, house

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import pipeline

PUBLIC = {"birlik-audience": "public", "birlik-marking": "CLEAR"}
CALL: Mapping[str, Any] = {
    "title": "Water in the steppe",
    "about": "Talks on what was tried.",
    "field_of_work": "water",
    "questions": "What did you try?\nWhat came of it?",
    "criteria": "relevance\nsoundness",
    "is_blind": True,
    "deadline": "2026-03-02 17:30",
    "deadline_zone": "Asia/Almaty",
}
APPLICATION: Mapping[str, Any] = {
    "title": "A well that remembers",
    "summary": "We dug one well with sensors.",
    "answers": "One well.\nIt gave water.",
    "minutes": 20,
    "speakers": "Zhibek Invented; Timur Invented",
    "applicant": "Zhibek Invented",
    "organisation": "Institute of Steppe Water",
    "from_state": "KAZ",
    "address": "zhibek@steppe.example",
}
AFTER = "2026-03-02T12:30:01+00:00"
"""One second behind the deadline."""
PEOPLE = ("host", "second", "other", "anar", "baur", "dana", "zhibek", "timur")


@dataclass
class Forum:
    """A node, and who does what there."""

    at: House
    call_id: str = ""
    others: str = ""
    """The call that `other` organises."""
    applied: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Client:
        return self.at.people[name]

    @property
    def clock(self) -> SetClock:
        clock = self.at.node.clock
        assert isinstance(clock, SetClock)
        return clock

    def opens(self, who: str = "host", **changed: Any) -> str:
        told = {k: v for k, v in {**CALL, **changed}.items() if v is not None}
        answer = self.at.people[who].post("/api/v1/acts/cooperation_call_open", json=told, headers=PUBLIC)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["about"]["call_id"])

    def applies(self, who: str = "zhibek", call_id: str = "", **changed: Any) -> str:
        told = {**APPLICATION, "call_id": call_id or self.call_id, **changed}
        made = self.at.people[who].done("cooperation_apply", **told)
        return str(made["about"]["application_id"])

    def reviewers(self, *names: str) -> None:
        for name in names or ("anar", "baur"):
            told = {"organisation": f"House of {name}", "domain": f"{name}.example"}
            self.host.done("cooperation_reviewer_name", call_id=self.call_id, reviewer=name, **told)

    def over(self) -> None:
        """The deadline passes."""
        from birlik.clock import utc

        self.clock.at = utc(AFTER)

    def asks(self) -> None:
        self.host.done("cooperation_review_ask_all", call_id=self.call_id)

    def part(self, who: str, **only: str) -> dict[str, Any]:
        (row,) = mine(self.at.people[who], "cooperation_review_part", **{"state": "asked", **only})
        return row

    def reviews(self, who: str, *scores: int, words: str = "well argued", **only: str) -> Any:
        told = {f"score_{n}": str(score) for n, score in enumerate(scores, 1)}
        return self.at.people[who].acts(
            "cooperation_review_give", part_id=self.part(who, **only)["part_id"], words=words, **told
        )

    def application(self, who: str = "host", **only: str) -> dict[str, Any]:
        (row,) = mine(self.at.people[who], "cooperation_application", **{"call_id": self.call_id, **only})
        return row

    def follow(self) -> None:
        pipeline.follow(self.at.node)


def mine(who: Client, table: str, **only: str) -> list[dict[str, Any]]:
    answer = who.get(f"/api/v1/mine/{table}", params=only)
    assert answer.status_code == 200, answer.text
    made: list[dict[str, Any]] = answer.json()["data"]
    return made


@contextmanager
def forum(folder: Path, **overrides: Any) -> Iterator[Forum]:
    """With a call of the host's, and one that another organises."""
    with house(folder, declared=(DOMAIN,), **overrides) as at:
        for name in PEOPLE:
            at.person(name, "reader")
        made = Forum(at)
        for name in ("host", "other"):
            at.steward.done("cooperation_host_name", host=name)
        made.call_id = made.opens()
        made.others = made.opens("other", title="Music of the road", is_blind=False)
        yield made
