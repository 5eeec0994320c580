"""A supplier who sends what another has sent: is it told that the same is there?"""

from pathlib import Path

import pytest
from tests.support.orchard import MEDIA_TYPE, ORCHARD, line
from tests.support.strangers import House, house

from birlik.kernel.intake import Receipt


@pytest.fixture
def at(tmp_path: Path) -> "House":  # type: ignore[misc]
    with house(tmp_path / "node", declared=(ORCHARD,)) as made:
        yield made


def sent(at: House, who: str) -> dict[str, object]:
    """The same row by both; its key has no source."""
    answer = at.people[who].post(
        "/api/v1/deliveries", content=line("t1", "2026-03-01T08:00:00Z").encode(), headers={"content-type": MEDIA_TYPE}
    )
    assert answer.status_code == 200, answer.text
    made: dict[str, object] = answer.json()
    return {name: made[name] for name in ("accepted", "duplicates", "refused", "repeated", "notices")}


def test_its_answer_and_its_own_list_are_the_same_whether_it_was_sent_before(at: House) -> None:
    at.machine("second", "supplier", granted={"sources": "second"})
    first, again = sent(at, "supplier"), sent(at, "second")
    assert first == again
    assert first["accepted"] == 1
    lists = []
    for who in ("supplier", "second"):
        rows = at.people[who].get("/api/v1/mine/birlik_message").json()["data"]
        lists.append([(row["accepted_n"], row["duplicate_n"], row["refused_n"]) for row in rows])
    assert lists[0] == lists[1] == [(1, 0, 0)]
    for asked in ("duplicate_n__gt=0", "filter=duplicate_n%20%3E%200"):
        assert at.people["second"].get(f"/api/v1/mine/birlik_message?{asked}").json()["data"] == []
    told = at.operator.rows("birlik_message", source_id="second")
    assert told[0]["duplicate_n"] == 1, "who reads the rows is told"


def test_without_that_it_would_be(at: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_is(receipt: Receipt, principal: object) -> Receipt:
        return receipt

    monkeypatch.setattr("birlik.apps.api.intake.told_to", as_it_is)
    at.machine("second", "supplier", granted={"sources": "second"})
    assert sent(at, "supplier") != sent(at, "second")
