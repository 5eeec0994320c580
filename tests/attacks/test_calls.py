"""Somebody who wants to know who has applied for a call: the organiser of another, a reviewer who is an operator too, a
steward who looks through the applicant's eyes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.forum import APPLICATION, Forum, forum

from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.policy import Principal

Patch = pytest.MonkeyPatch
API = "/api/v1"
TABLE = "cooperation_application"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Forum]:
    with forum(tmp_path / "node") as made:
        yield made


def told_to_the_organiser_of_another(at: Forum) -> bool:
    """By what is theirs, as rows and as a file, and on the desk of the call."""
    at.applies()
    asked = (f"{API}/mine/{TABLE}", f"{API}/mine/{TABLE}?format=csv", f"/cooperation/call_desk/{at.call_id}?whole=1")
    return any(str(APPLICATION["address"]) in at.other.get(address).text for address in asked)


def told_to_a_reviewer_by_what_was_done(at: Forum) -> bool:
    """They are an operator as well, and read the acts and the messages."""
    at.reviewers("anar")
    at.at.administrator.done("birlik_grant_add", principal_id="anar", role="operator")
    at.applies()
    seen = [row["by"] for row in at.anar.rows("birlik_act", act="cooperation_apply")]
    return "zhibek" in seen or "zhibek" in {row["source_id"] for row in at.anar.rows("birlik_message")}


def told_to_who_looks_through_the_applicants_eyes(at: Forum) -> bool:
    at.applies()
    at.steward.post("/see-as", data={"who": "zhibek", "-form": at.steward.form_token})
    return APPLICATION["title"] in at.steward.get("/cooperation/applying/-/panel/applications").text


def holds_all(patch: Patch) -> None:
    patch.setattr(Principal, "within", lambda self, duty: None)


def signed(patch: Patch) -> None:
    (act,) = [act for act in DOMAIN.acts if act.name == "cooperation_apply"]
    patch.setitem(act.__dict__, "is_unsigned", False)


ATTACKS: tuple[tuple[Callable[[Forum], bool], Callable[[Patch], None]], ...] = (
    (told_to_the_organiser_of_another, holds_all),
    (told_to_a_reviewer_by_what_was_done, signed),
)
EACH = pytest.mark.parametrize(("attack", "weaken"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])


@EACH
def test_it_fails(at: Forum, attack: Callable[[Forum], bool], weaken: Callable[[Patch], None]) -> None:
    assert not attack(at)


@EACH
def test_it_succeeds_against_a_node_that_is_weakened(
    at: Forum, attack: Callable[[Forum], bool], weaken: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    weaken(monkeypatch)
    assert attack(at)


def test_who_looks_through_the_applicants_eyes_sees_nothing_of_it(at: Forum) -> None:
    """Twice held off: what is somebody's own opens to no other eyes, and rows that no role reads aren't given."""
    assert not told_to_who_looks_through_the_applicants_eyes(at)
    who = at.at.node.access.seen_as("zhibek")
    assert who is not None
    assert at.at.node.reader(who).mine(TABLE).num_rows == 0
    own = at.at.node.access.of("zhibek")
    assert own is not None
    assert at.at.node.reader(own).mine(TABLE).num_rows == 1
