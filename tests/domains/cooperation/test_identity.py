"""Who is the same as whom: what stewards decide, what each view sees of it, and how it is taken back."""

import re

from starlette.testclient import TestClient
from tests.support.nodes import follow, principal

from birlik.domains.cooperation.model.linking import Decision, Verdict, clusters_of
from birlik.kernel.node import Node

PUBLIC = {"Birlik-Marking": "CLEAR", "Birlik-Audience": "public"}


def body(client: TestClient, name: str, labels: dict[str, str] | None = None, **more: object) -> str:
    """A body begins, with a name; its id."""
    told = {"kind": "organisation", "property": "name", "value": name, "source": "https://a.example", **more}
    answer = client.post("/api/v1/acts/cooperation_say", json=told, headers=labels or PUBLIC)
    assert answer.status_code == 200, answer.text
    entity_id: str = answer.json()["data"]["entity_id"]
    return entity_id


def judge(client: TestClient, left: str, right: str, verdict: str = "same") -> tuple[int, dict[str, object]]:
    told = {"left_id": left, "right_id": right, "verdict": verdict, "why": "looked at both"}
    answer = client.post("/api/v1/acts/cooperation_judge", json=told)
    return answer.status_code, answer.json()


def known(node: Node, view: str) -> dict[str, tuple[str, int]]:
    """By record, under which it stands and how many are of the same."""
    rows = node.reader(principal(node, view)).rows("cooperation_entity").to_pylist()
    return {row["entity_id"]: (row["first_id"], row["records_n"]) for row in rows}


def page(client: TestClient, entity_id: str) -> str:
    answer = client.get(f"/cooperation/entity/{entity_id}?whole=1", follow_redirects=False)
    assert answer.status_code == 200, (answer.status_code, answer.headers)
    return answer.text


def test_two_records_of_one_stand_on_one_page_with_all_that_is_said_of_either(node: Node, client: TestClient) -> None:
    one, other = sorted((body(client, "Steppe Institute"), body(client, "Дала институты", lang="kk")))
    assert judge(client, other, one)[0] == 200
    follow(node)
    html = page(client, one)
    assert "Steppe Institute" in html
    assert "Дала институты" in html
    moved = client.get(f"/cooperation/entity/{other}?whole=1", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (
        303,
        f"/cooperation/entity/{one.replace(':', '%3A')}?whole=1",
    )
    assert known(node, "own")[other] == (one, 2)


def test_a_decision_that_is_taken_back_gives_the_former_pages_byte_for_byte(node: Node, client: TestClient) -> None:
    one, other = sorted((body(client, "Steppe Institute"), body(client, "Steppe Inst.")))
    follow(node)
    before = [bare(page(client, each)) for each in (one, other)]
    act = judge(client, one, other)[1]
    follow(node)
    assert bare(page(client, one)) != before[0]
    undone = client.post("/api/v1/acts/birlik_undo", json={"act_id": act["act_id"]})
    assert undone.status_code == 200, undone.text
    follow(node)
    assert [bare(page(client, each)) for each in (one, other)] == before


def bare(html: str) -> str:
    """Without the moment at which it was asked, which is all that may differ."""
    return re.sub(r"<time[^>]*>[^<]*</time>|as_of=[^\"&]*|Last record[^<]*", "", html)


def test_a_hidden_record_does_not_join_two_public_ones(node: Node, client: TestClient) -> None:
    left, right = body(client, "Left Bank"), body(client, "Right Bank")
    hidden = body(client, "Middle Bank", labels={"Birlik-Marking": "RED"})
    assert judge(client, left, hidden)[0] == judge(client, hidden, right)[0] == 200
    follow(node)
    first = min(left, right, hidden)
    assert {known(node, "own")[each] for each in (left, right, hidden)} == {(first, 3)}
    assert known(node, "public")[left] == (left, 1)
    assert known(node, "public")[right] == (right, 1)
    assert hidden not in known(node, "public")


def test_a_join_across_a_difference_is_refused_and_names_it(client: TestClient) -> None:
    a, b, c = (body(client, f"Body {n}") for n in "abc")
    judge(client, a, b)
    judge(client, a, c, "different")
    status, said = judge(client, b, c)
    assert status == 409
    assert a in str(said["detail"])
    assert c in str(said["detail"])
    assert judge(client, a, c)[0] == 200, "the last word on the pair itself counts"


def test_two_stewards_who_decide_at_once_lose_nothing(client: TestClient) -> None:
    one, other = sorted((body(client, "Body a"), body(client, "Body b")))
    judge(client, one, other, "different")
    judge(client, one, other, "same")
    history = client.get(f"/api/v1/tables/cooperation_decision/history/{one},{other}").json()["data"]
    assert [version["data"]["verdict"] for version in history] == ["same", "different"]


def test_who_is_of_another_kind_is_not_the_same(client: TestClient) -> None:
    a = body(client, "Body a")
    status, said = judge(client, a, "com:01")
    assert status == 400
    assert said["parameter"] == "right_id"


def test_chains_of_any_length_are_one() -> None:
    chain = [(f"n{i:04}", f"n{i + 1:04}") for i in range(2_000)]
    said = [Decision(*pair, Verdict.SAME) for pair in reversed(chain)]
    assert clusters_of(said).of == {f"n{i:04}": "n0000" for i in range(2_001)}


def twins(client: TestClient) -> tuple[str, str, str]:
    """Two bodies that share a domain, and one that is called much like them."""
    one, other, third = (
        body(client, name) for name in ("Qazaq Steppe University", "Қазақ дала университеті", "Steppe University")
    )
    for each in (one, other):
        told = {"entity_id": each, "property": "domain", "value": "steppe.example", "source": "https://a.example"}
        assert client.post("/api/v1/acts/cooperation_say", json=told, headers=PUBLIC).status_code == 200
    return one, other, third


def test_what_is_clear_is_joined_by_rule_and_what_is_not_is_asked(node: Node, client: TestClient) -> None:
    one, other, _ = twins(client)
    told = client.post("/api/v1/acts/cooperation_link", json={"kind": "organisation"})
    assert told.status_code == 200, told.text
    decisions = client.get("/api/v1/tables/cooperation_decision", params={"by": "rule"}).json()["data"]
    pairs = client.get("/api/v1/tables/cooperation_pair", params={"state": "waiting"}).json()["data"]
    found = {(row["left_id"], row["right_id"]) for row in (*decisions, *pairs)}
    assert tuple(sorted((one, other))) in found
    assert all(row["score"] is not None and row["parts"] for row in (*decisions, *pairs))
    html = client.get("/cooperation/queue?whole=1").text
    assert "Same or not" in html


def test_a_question_that_is_answered_waits_no_more_and_a_rerun_overturns_nobody(client: TestClient) -> None:
    one, other, _ = twins(client)
    left, right = sorted((one, other))
    judge(client, left, right, "different")
    client.post("/api/v1/acts/cooperation_link", json={})
    waiting = client.get("/api/v1/tables/cooperation_pair", params={"state": "waiting", "limit": 500}).json()["data"]
    assert waiting
    assert (left, right) not in {(row["left_id"], row["right_id"]) for row in waiting}
    decided = client.get(f"/api/v1/tables/cooperation_decision/rows/{left},{right}").json()["data"]
    assert decided["verdict"] == "different"
    assert decided["by"] != "rule"
    key = {name: waiting[0][name] for name in ("left_id", "right_id")}
    assert client.post("/api/v1/acts/cooperation_unsure", json=key).status_code == 200
    assert client.post("/api/v1/acts/cooperation_same", json=key).status_code == 409


def test_only_what_is_of_one_kind_is_compared(node: Node, client: TestClient) -> None:
    told = client.post("/api/v1/acts/cooperation_link", json={}).json()["about"]
    rows = client.get("/api/v1/tables/cooperation_pair", params={"limit": 500}).json()["data"]
    rows += client.get("/api/v1/tables/cooperation_decision", params={"limit": 500}).json()["data"]
    assert told["linked_n"] + told["asked_n"] == len(rows)
    kinds = {row["entity_id"]: row["kind"] for row in node.reader(node.operator).rows("cooperation_entity").to_pylist()}
    assert all(kinds[row["left_id"]] == kinds[row["right_id"]] for row in rows)
    assert {kinds[row["left_id"]] for row in rows} <= {"organisation", "person"}
