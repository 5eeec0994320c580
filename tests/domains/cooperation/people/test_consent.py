"""What is kept of a person beside a public role: by consent, for a purpose, until a day; and then shown to nobody."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.domains.cooperation.people.conftest import ANOTHER, FIELD, MAIL, NAME, SHE, STEWARD, does
from tests.support.nodes import follow, rows
from tests.support.registry import TODAY

from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.domain import Filter
from birlik.kernel.node import Node
from birlik.kernel.store.moments import At

API = "/api/v1"
PRIVATE, CONSENT = "cooperation_private", "cooperation_consent"


def said(node: Node, view: str = "own") -> dict[str, str]:
    return {row["property"]: row["value"] for row in rows(node, PRIVATE, view)}


def everywhere(client: TestClient, entity_id: str) -> dict[str, str]:
    """What a reader of the own state is answered wherever it could stand."""
    at = {"as_of": (TODAY + timedelta(minutes=5)).isoformat()}
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "rows": (f"{API}/tables/{PRIVATE}", {"format": "json"}),
        "file": (f"{API}/tables/{PRIVATE}", {"format": "csv"}),
        "as of": (f"{API}/tables/{PRIVATE}", {"format": "json", **at}),
        "held at": (f"{API}/tables/{PRIVATE}", {"format": "json", "holds_at": at["as_of"]}),
        "feed": (f"{API}/tables/{PRIVATE}/feed", {}),
        "search": (f"{API}/search", {"q": "zhanar"}),
        "page": (f"/cooperation/person/{entity_id}", {"whole": "1"}),
    }
    made = {}
    for name, (address, query) in asked.items():
        answer = client.get(address, params=query)
        made[name] = answer.text
    return made


def test_what_is_allowed_is_shown_in_the_own_state_and_nowhere_else(node: Node, her: str) -> None:
    follow(node)
    assert said(node) == {"name": NAME, "field": FIELD, "email": MAIL}
    for view in ("members", "observers", "partners", "public"):
        assert said(node, view) == {}
    consents = {row["purpose"]: row for row in rows(node, CONSENT)}
    assert set(consents) == {"directory", "contact"}
    assert consents["directory"]["words"].startswith("My name, where I work")
    assert consents["directory"]["allowed_until_time"] - consents["directory"]["given_time"] == timedelta(days=30)


def test_nothing_private_is_said_without_a_consent_for_its_purpose(node: Node) -> None:
    with pytest.raises(Unknown, match="cooperation_present"):
        does(node, "confide", SHE, property="email", value=MAIL)
    does(node, "present", SHE, name=NAME)
    with pytest.raises(Refused, match=r"email is kept for contact, to which person:.* cooperation_consent"):
        does(node, "confide", SHE, property="email", value=MAIL)
    does(node, "consent", SHE, purpose="contact", days=3)
    does(node, "confide", SHE, property="email", value=MAIL)
    follow(node, minutes=3 * 24 * 60 + 1)
    with pytest.raises(Refused, match="or no longer"):
        does(node, "confide", SHE, property="email", value="another@steppe.example")


def test_nobody_else_speaks_for_a_person(node: Node, her: str) -> None:
    with pytest.raises(Refused, match="isn't you"):
        does(node, "confide", ANOTHER, property="field", value="alchemy", entity_id=her)
    with pytest.raises(BadRequest, match="is to be named"):
        does(node, "confide", STEWARD, property="field", value="alchemy", entity_id=her)
    does(node, "confide", STEWARD, property="speaks", value="kk", entity_id=her, source="letter of 2 November")
    consent = rows(node, CONSENT)[0]["consent_id"]
    with pytest.raises(Unknown, match="no such consent of yours"):
        does(node, "consent_withdraw", ANOTHER, consent_id=consent)
    with pytest.raises(Conflict, match="you have an entry already"):
        does(node, "present", SHE, name="Zhanar Again")


def test_a_claim_of_a_person_is_of_a_public_role_or_refused(node: Node, her: str) -> None:
    told: dict[str, Any] = {"source": "https://press.example", "value": "x@example.org"}
    for act in ("say", "send"):
        with pytest.raises(BadRequest, match=r"orcid of a person is private; .* cooperation_confide"):
            does(
                node,
                act,
                STEWARD,
                entity_id="person:tokayev",
                property="orcid",
                **{**told, "value": "0000-0002-1825-0097"},
            )
        with pytest.raises(Refused, match="holds no public office"):
            does(node, act, STEWARD, kind="person", property="name", **told)
    minister = does(node, "office", STEWARD, name="Serik Beisenov", lang="en", office="Minister of Roads",
                    holder_of="KAZ", as_of="2026-11", source="https://gov.example/ministers")["entity_id"]  # fmt: skip
    does(
        node,
        "say",
        STEWARD,
        entity_id=minister,
        property="name",
        value="Серік Бейсенов",
        lang="kk",
        source="https://gov.example",
    )
    follow(node)
    (row,) = [r for r in rows(node, "cooperation_entity", "own") if r["entity_id"] == minister]
    assert (row["name"], row["kind"]) == ("Serik Beisenov", "person")


@pytest.mark.parametrize("how", ["withdrawn", "expired", "taken back"])
def test_when_it_ends_it_is_shown_to_nobody_at_no_moment_and_nothing_is_written_for_that(
    node: Node, client: TestClient, her: str, how: str
) -> None:
    follow(node, minutes=10)
    assert not [name for name, text in everywhere(client, her).items() if MAIL not in text]
    ends = {row["property"]: row for row in rows(node, PRIVATE)}
    if how == "withdrawn":
        consent = next(row["consent_id"] for row in rows(node, CONSENT) if row["purpose"] == "contact")
        does(node, "consent_withdraw", SHE, consent_id=consent)
    if how == "taken back":
        does(node, "take_back", SHE, private_id=ends["email"]["private_id"])
    before = node.store.journal.acknowledged
    follow(node, minutes=10 * 24 * 60 if how == "expired" else 1)
    assert node.store.journal.acknowledged == before
    assert not [name for name, text in everywhere(client, her).items() if MAIL in text]
    assert not [name for name, text in everywhere(client, her).items() if name != "search" and FIELD not in text]
    reader = node.reader(node.operator)
    gone = [Filter(column="private_id", operator="=", value=ends["email"]["private_id"])]
    for at in (At(as_of=TODAY + timedelta(minutes=5)), At(holds=TODAY + timedelta(minutes=5))):
        assert reader.rows(PRIVATE, where=gone, at=at).num_rows == 0
    assert reader.history(node.tables[PRIVATE], {"private_id": ends["email"]["private_id"]}).num_rows == 0
    assert client.get(f"{API}/tables/{PRIVATE}/{ends['email']['private_id']}/history").status_code == 404
    assert reader.as_party().rows(PRIVATE).num_rows == 0  # it names nobody but her


def test_a_withdrawal_is_nobodys_to_undo(node: Node, client: TestClient, her: str) -> None:
    follow(node)
    consent = next(row["consent_id"] for row in rows(node, CONSENT) if row["purpose"] == "contact")
    does(node, "consent_withdraw", SHE, consent_id=consent)
    follow(node)
    (done,) = [row for row in rows(node, "birlik_act") if row["act"] == "cooperation_consent_withdraw"]
    answer = client.post(f"{API}/acts/birlik_undo", json={"act_id": done["act_id"]})
    assert answer.status_code in (403, 409), answer.text
    follow(node)
    assert "email" not in said(node)


def test_a_consent_anew_carries_what_rested_on_the_one_before_no_longer_than_it(node: Node, her: str) -> None:
    does(node, "consent", SHE, purpose="directory", days=5)
    follow(node)
    assert len([row for row in rows(node, CONSENT) if row["purpose"] == "directory"]) == 1
    assert set(said(node)) == {"name", "field", "email"}
    follow(node, minutes=5 * 24 * 60)
    assert set(said(node)) == {"email"}
