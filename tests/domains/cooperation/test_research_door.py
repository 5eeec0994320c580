"""Behind the door of research: one box, what is new, who can be written to, and letters that nobody else reads."""

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.domains.cooperation.people.conftest import ANOTHER, FIELD, SHE, STEWARD, does, of, presented
from tests.support.nodes import follow, rows

from birlik.domains.cooperation.acts.letters import MOST_A_DAY
from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal

LETTER = "cooperation_letter"
WORDS = "I read your work on the soils of the steppe."


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def letters(node: Node, who: Principal, box: str = "received") -> list[dict[str, Any]]:
    follow(node)
    made: list[dict[str, Any]] = node.reader(who).mine(LETTER).to_pylist()
    return [row for row in made if row["box"] == box]


@pytest.fixture
def her(node: Node) -> str:
    return presented(node)


def written(node: Node, her: str, by: Principal = ANOTHER, words: str = WORDS) -> str:
    letter_id: str = does(node, "write", by, entity_id=her, subject="Soils", words=words)["letter_id"]
    return letter_id


# --- its first page ----------------------------------------------------------------------------------------------


def test_it_begins_with_a_box_that_leads_to_what_is_found(client: TestClient) -> None:
    assert client.get("/research", follow_redirects=False).headers["location"] == "/cooperation/research"
    made = client.get("/cooperation/research/-/panel/ask").text
    assert 'action="/search"' in made
    assert re.findall(r'name="table" value="(\w+)"', made) == ["cooperation_entity", "cooperation_private"]
    assert 'name="q"' in made
    found = client.get("/search?q=Samarkand&table=cooperation_entity&table=cooperation_private")
    assert found.status_code == 200


def test_who_lets_themself_be_found_stands_there_by_their_own_word(node: Node, client: TestClient, her: str) -> None:
    follow(node)
    assert FIELD in plain(client.get("/cooperation/research/-/panel/fields").text)
    page = client.get(f"/cooperation/person/{her}").text
    assert "/cooperation/act/cooperation_write" in page


def test_it_is_said_in_kazakh_too(client: TestClient) -> None:
    page = client.get("/cooperation/research?lang=kk&whole=1").text
    assert "Өз сөзіңізбен сұраңыз" in page
    assert "Еңбек" in plain(page)


# --- letters -----------------------------------------------------------------------------------------------------


def test_a_letter_is_read_by_who_is_written_to_and_by_nobody_else(node: Node, her: str) -> None:
    written(node, her)
    (read,) = letters(node, SHE)
    assert (read["words"], read["other"], read["entity_id"]) == (WORDS, "aset", her)
    assert [row["words"] for row in letters(node, ANOTHER, "sent")] == [WORDS]
    for other in (STEWARD, of("omar", Role.READER)):
        assert letters(node, other) == []
    for view in ("members", "observers", "partners", "public"):
        with pytest.raises(Refused, match="whom its rows name"):
            rows(node, LETTER, view)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_reads_what_others_write(node: Node, her: str, role: Role) -> None:
    written(node, her)
    follow(node)
    with pytest.raises(Refused):
        node.reader(of("omar", role)).rows(LETTER)


def test_what_is_closed_is_closed_for_both_and_stays_theirs(node: Node, her: str) -> None:
    letter_id = written(node, her)
    does(node, "letter_close", SHE, letter_id=letter_id, box="received")
    before = letters(node, SHE), letters(node, ANOTHER, "sent")
    assert [row["state"] for of in before for row in of] == ["closed", "closed"]


def test_an_answer_comes_back_to_who_wrote_and_neither_is_told_an_address(node: Node, her: str) -> None:
    letter_id = written(node, her)
    does(node, "letter_answer", SHE, letter_id=letter_id, box="received", words="Gladly.")
    (answer,) = letters(node, ANOTHER)
    assert (answer["words"], answer["answers"], answer["subject"]) == ("Gladly.", letter_id, "Soils")
    assert "@" not in str(letters(node, ANOTHER) + letters(node, SHE))


def test_who_wants_no_more_of_it_is_left_alone(node: Node, her: str) -> None:
    letter_id = written(node, her)
    does(node, "letter_close", SHE, letter_id=letter_id, box="received")
    follow(node)
    with pytest.raises(Refused, match="no more letters"):
        written(node, her)
    with pytest.raises(Conflict):
        does(node, "letter_answer", SHE, letter_id=letter_id, box="received", words="Gladly.")


def test_only_who_lets_themself_be_found_can_be_written_to(node: Node, her: str) -> None:
    (consent,) = [row for row in rows(node, "cooperation_consent") if row["purpose"] == "directory"]
    does(node, "consent_withdraw", SHE, consent_id=consent["consent_id"])
    follow(node)
    for nobody in (her, "person:no-such-one"):
        with pytest.raises(Refused, match="can't be written to"):
            written(node, nobody)


def test_nobody_answers_or_closes_what_another_has_received(node: Node, her: str) -> None:
    letter_id = written(node, her)
    for by, box in ((STEWARD, "received"), (ANOTHER, "received"), (ANOTHER, "sent")):
        with pytest.raises(Unknown):
            does(node, "letter_answer", by, letter_id=letter_id, box=box, words="x")
        with pytest.raises(Unknown):
            does(node, "letter_close", by, letter_id=letter_id, box=box)


def test_a_person_is_not_buried_in_letters(node: Node, her: str) -> None:
    for n in range(MOST_A_DAY):
        written(node, her, words=f"letter {n}")
    with pytest.raises(Refused, match="write again tomorrow"):
        written(node, her)
    with pytest.raises(BadRequest):
        written(node, her, by=STEWARD, words="x" * 5_000)
    with pytest.raises(BadRequest):
        written(node, her, by=SHE)
