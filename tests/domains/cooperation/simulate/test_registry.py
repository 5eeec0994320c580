"""The invented registry: taken in as others send, found again, marked wherever it shows, and never mixed with what is
real."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.nodes import delivery, follow, rows
from tests.support.registry import MEDIA_TYPES, TODAY, registry
from tests.support.server import browsing

from birlik.domains.cooperation.simulate import SIMULATIONS
from birlik.errors import BadRequest
from birlik.kernel import acting, pipeline
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking

PUBLIC = Labels(marking=Marking.CLEAR, audience=("public",))
(SIMULATION,) = SIMULATIONS
COMMITMENT = "invented:commitment:secretariat-invented:000"
PROJECT = "invented:project:oc4ids:oc4ids-invented-0"


def act(node: Node, name: str, **told: Any) -> None:
    made = acting.prepared(node, acting.asked(node.acts[name], told, node.operator))
    node.store.commit([made])  # type: ignore[list-item]  # it was never done before


@pytest.fixture(scope="module")
def played() -> Any:
    return SIMULATION.play(start=TODAY - timedelta(days=30), days=30, seed=1)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, played: Any) -> Iterator[Node]:
    with registry(tmp_path_factory.mktemp("invented") / "node") as made:
        receipts = pipeline.take(made, [replace(d, labels=PUBLIC) for d in played.deliveries()])
        assert not any(each.refused for each in receipts)
        follow(made)
        assert SIMULATION.does is not None
        for name, told in SIMULATION.does(played, lambda table: rows(made, table)):
            act(made, name, **told)
        follow(made)
        yield made


@pytest.fixture(scope="module")
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def test_all_of_which_something_is_asked_is_recovered(node: Node, played: Any) -> None:
    assert SIMULATION.compare is not None
    found = SIMULATION.compare(played.truth, lambda name: rows(node, name), lambda name: [])
    assert {r.indicator for r in found if r.tolerance is not None} == {
        "linking", "due dates", "meetings", "coding", "portfolio", "matching",
    }  # fmt: skip
    assert [r.what for r in found if not r.is_within] == []
    assert all(r.low <= r.recovered <= r.high and r.n for r in found)


def test_a_truth_that_was_not_put_in_is_not_recovered(node: Node, played: Any) -> None:
    wrong = played.truth.to_pylist()
    for row in wrong:
        if row["what"] == "due" and row["value"]:
            row["value"] = row["value"].replace("T", "T0", 1)[:11] + "07:07:07"
    lied = played.truth.from_pylist(wrong, schema=played.truth.schema)
    assert SIMULATION.compare is not None
    found = SIMULATION.compare(lied, lambda name: rows(node, name), lambda name: [])
    assert "right to the instant, or none where none is stated" in [r.what for r in found if not r.is_within]


def test_what_is_real_is_counted_apart_and_as_before(node: Node) -> None:
    figures = node.reader(node.operator).figures("commitments_known").to_pylist()
    real = next(f for f in figures if f["world"] == "real")
    assert (real["value"], real["dated_n"], real["passed_n"]) == (18, 8, 3)
    assert next(f for f in figures if f["world"] == "invented")["value"] == 60


def test_no_entity_has_claims_of_both_worlds(node: Node) -> None:
    worlds: dict[str, set[bool]] = {}
    for claim in rows(node, "cooperation_claim"):
        worlds.setdefault(claim["entity_id"], set()).add(claim["is_invented"])
    assert all(len(of) == 1 for of in worlds.values())
    assert all(entity.startswith("invented:") == (True in of) for entity, of in worlds.items())


def test_a_file_that_says_the_same_and_is_real_tells_of_others(node: Node, played: Any) -> None:
    body = next(d.body for d in played.deliveries() if d.source_id == "works-ministry-invented")
    pipeline.take(node, [delivery(body, node, media_type=MEDIA_TYPES["oc4ids"], source_id="ministry")])
    told = {c["entity_id"]: c["is_invented"] for c in rows(node, "cooperation_claim")}
    assert told["project:oc4ids:oc4ids-invented-0"] is False
    assert told[PROJECT] is True


def test_what_people_say_of_something_invented_is_invented_too(node: Node) -> None:
    act(node, "cooperation_say", entity_id=COMMITMENT, property="evidence", value="a photo", source="a desk")
    (said,) = [c for c in rows(node, "cooperation_claim") if c["value"] == "a photo"]
    assert said["is_invented"] is True


def test_what_is_invented_is_never_the_same_as_what_is_real(node: Node) -> None:
    pair = {"left_id": COMMITMENT, "right_id": "project:oc4ids:oc4ids-invented-0", "verdict": "same", "why": "alike"}
    with pytest.raises(BadRequest, match="one is commitment, the other project"):
        acting.prepared(node, acting.asked(node.acts["cooperation_judge"], pair, node.operator))
    bodies = [r["entity_id"] for r in rows(node, "cooperation_entity") if r["kind"] == "organisation"]
    real, invented = (next(i for i in bodies if i.startswith("invented:") is is_one) for is_one in (False, True))
    pair |= {"left_id": real, "right_id": invented}
    with pytest.raises(BadRequest, match="invented"):
        acting.prepared(node, acting.asked(node.acts["cooperation_judge"], pair, node.operator))
    joined = rows(node, "cooperation_decision")
    assert all(d["left_id"].startswith("invented:") == d["right_id"].startswith("invented:") for d in joined)


def test_the_same_sheet_again_changes_nothing_and_a_shorter_one_withdraws(tmp_path: Path) -> None:
    with registry(tmp_path / "node") as fresh:
        lines = ["id,kind,property,value,source", "1,project,name,Bridge,a desk", "1,project,stage,idea,a desk"]
        for some in (lines, lines, lines[:2]):
            fresh.clock.at += timedelta(hours=1)  # type: ignore[attr-defined]
            sheet = delivery("\n".join(some), fresh, media_type=MEDIA_TYPES["sheet"], filename=f"{len(some)}.csv")
            pipeline.take(fresh, [sheet])
        claims = {c["property"]: c["status"] for c in rows(fresh, "cooperation_claim") if c["source"] == "a desk"}
        assert claims == {"name": "published", "stage": "withdrawn"}


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("1,project,name,Bridge,", "source"),
        ("1,castle,name,Bridge,a desk", "kind"),
        ("1,commitment,due,soon,a desk", "value"),
        ("1,project,colour,red,a desk", "property"),
    ],
)
def test_a_line_that_is_wrong_is_refused_alone_with_its_column(
    node: Node, tmp_path: Any, line: str, column: str
) -> None:
    with registry(tmp_path / "node") as fresh:
        text = f"id,kind,property,value,source\n2,project,name,Well,a desk\n{line}\n"
        receipt = pipeline.take(fresh, [delivery(text, fresh, media_type=MEDIA_TYPES["sheet"])])[0]
        assert receipt.accepted == 1
        assert [(each.where.line, each.where.field) for each in receipt.refused] == [(3, column)]


# --- the mark, wherever it shows -----------------------------------------------------------------------------------

WORK = "invented:work:doi:10.5555~1invented."
SHOWN = ("works/bibtex", "works/ris", "works/csl-json")


def of_works(node: Node) -> str:
    return next(r["entity_id"] for r in rows(node, "cooperation_work") if r["entity_id"].startswith(WORK))


@pytest.mark.parametrize("form", SHOWN)
def test_every_citation_of_an_invented_work_says_so_in_its_title(node: Node, client: TestClient, form: str) -> None:
    answer = client.get(f"/{form}/{of_works(node)}")
    assert answer.status_code == 200
    assert "[invented] " in answer.text


def test_packages_json_ld_and_files_say_so(node: Node, client: TestClient) -> None:
    assert client.get(f"/oc4ids/packages/{PROJECT}").json()["projects"][0]["title"].startswith("[invented] ")
    assert client.get(f"/schema-org/{COMMITMENT}").json()["disambiguatingDescription"] == "invented"
    for table, column in (("cooperation_claim", "is_invented"), ("cooperation_commitment", "world")):
        head, *lines = client.get(f"/api/v1/tables/{table}?format=csv&entity_id={COMMITMENT}").text.splitlines()
        assert column in head
        assert lines
        assert all("true" in line.lower() or "invented" in line for line in lines)


def test_each_entry_of_the_feed_says_so(client: TestClient) -> None:
    feed = client.get(f"/api/v1/tables/cooperation_claim/feed?entity_id={COMMITMENT}").text
    assert 0 < feed.count("<entry>") == feed.count("<title>[invented] ") == feed.count('<category term="invented"/>')


PAGES = (
    f"commitment/{COMMITMENT}",
    f"entity/{COMMITMENT}",
    f"project/{PROJECT}",
    "commitments",
    "works",
    "projects",
    "organisations",
    "changes",
)
MARK = '<span class="invented">{}</span>'


@pytest.mark.parametrize(("lang", "said"), [("en", "invented"), ("kk", "ойдан шығарылған")])
@pytest.mark.parametrize("page", PAGES)
def test_each_page_and_row_says_so_in_the_readers_language(client: TestClient, page: str, lang: str, said: str) -> None:
    answer = client.get(f"/cooperation/{page}?lang={lang}&whole=1")
    assert answer.status_code == 200
    assert MARK.format(said) in answer.text
    rows_of_it = re.findall(r"<tr>(.*?)</tr>", answer.text, re.S)
    told = [row for row in rows_of_it if re.search(r'<td[^>]*><a href="[^"]*/invented(:|%3A)', row)]
    assert all(MARK.format(said) in row for row in told)
    assert told or "/" in page, "a list shows some"


def test_what_is_found_says_so_and_what_is_real_does_not(node: Node, client: TestClient) -> None:
    title = next(r["title"] for r in rows(node, "cooperation_project") if r["entity_id"] == PROJECT)
    found = client.get("/search", params={"q": title, "lang": "en"}).text
    assert MARK.format("invented") in found
    assert MARK.format("invented") not in client.get("/cooperation/documents?whole=1&lang=en").text
