"""A project is proposed by a form without an account, held, published as claims by a steward, changed and withdrawn;
and the sheet of projects, whose faults are told by cell."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

import pytest
from tests.domains.cooperation.innovation.conftest import at, does, fills_in, link_of, signed_in
from tests.support.nodes import follow, rows
from tests.support.people import House
from tests.support.registry import faults, registry, sent

from birlik.errors import BadRequest, Conflict
from birlik.kernel.node import Node

__all__ = ["at"]
FORM = "/cooperation/form/cooperation_project_propose"
FIRST = "/cooperation/industry?whole=1"
PROJECT: Mapping[str, str] = {
    "title": "Cable works at Ganja",
    "words": "Copper cable for the grids of three states.",
    "lang": "en",
    "from_state": "AZE",
    "sector": "machines",
    "product": "854449",
    "cost": "40000000 USD",
    "committed": "15000000 USD",
    "jobs": "320",
    "gate": "study",
    "gate_on": "2026-05",
    "acts_next": "Ministry of Economy",
    "source": "https://cable.example/plan",
}


def claims(node: Node) -> dict[str, str]:
    found = rows(node, "cooperation_claim")
    return {r["property"]: r["value"] for r in found if r["kind"] == "project" and r["status"] == "published"}


def test_what_a_visitor_proposes_is_a_project_once_a_steward_has_published_it(at: House) -> None:
    visitor, other = at.browser(), at.browser("198.51.100.4")
    assert FORM in visitor.get(FIRST).text
    assert "Propose the first project" in visitor.get(FIRST).text
    link = link_of(fills_in(visitor, FORM, **PROJECT))
    follow(at.node)
    assert PROJECT["title"] in visitor.get(link).text
    assert PROJECT["title"] not in other.get(FIRST).text
    assert PROJECT["title"] in signed_in(at, "sagat").get("/cooperation/projects_held?whole=1").text
    assert PROJECT["title"] in signed_in(at, "sagat").get("/cooperation/queue?whole=1").text
    (held,) = rows(at.node, "cooperation_proposed")
    does(at, "sagat", "project_publish", proposed_id=held["proposed_id"])
    assert PROJECT["title"] in other.get(FIRST).text
    assert "1 project is firm" in re.sub(r"<[^>]+>", "", other.get(FIRST).text)
    (stand,) = rows(at.node, "cooperation_stand")
    assert (stand["gate"], stand["missing_m"], stand["acts_next"], stand["state"], stand["jobs"]) == (
        "study", 25.0, "Ministry of Economy", "AZE", 320.0,
    )  # fmt: skip
    assert "published" in visitor.get(link).text


def test_by_the_link_it_is_changed_and_withdrawn_and_its_history_stays(at: House) -> None:
    visitor = at.browser()
    link = link_of(fills_in(visitor, FORM, **PROJECT))
    (held,) = rows(at.node, "cooperation_proposed")
    does(at, "sagat", "project_publish", proposed_id=held["proposed_id"])
    (change, withdraw) = re.findall(r'href="(/form/[^"]*cooperation_project_[^"]*)"', visitor.get(link).text)
    fills_in(visitor, unescape(change), **{**PROJECT, "cost": "50000000 USD"})
    follow(at.node)
    assert claims(at.node)["budget"] == "40000000 USD"
    does(at, "sagat", "project_publish", proposed_id=held["proposed_id"])
    assert claims(at.node)["budget"] == "50000000 USD"
    was = [r for r in rows(at.node, "cooperation_claim") if r["value"] == "40000000 USD"]
    assert [(r["status"], r["reason"]) for r in was] == [("superseded", "its sender has changed it")]
    assert len(rows(at.node, "cooperation_stand")) == 1
    fills_in(visitor, unescape(withdraw), reason="it is not to be built")
    follow(at.node)
    assert claims(at.node) == {}
    assert rows(at.node, "cooperation_choice") == []


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"product": "8544"}, "product"),
        ({"cost": "40 million"}, "cost"),
        ({"committed": "1,5 USD"}, "committed"),
        ({"gate_on": ""}, "gate_on"),
        ({"gate_on": "spring"}, "gate_on"),
        ({"from_state": "Azerbaijan"}, "from_state"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(at: House, wrong: Mapping[str, str], parameter: str) -> None:
    told = {n: int(v) if n == "jobs" else v for n, v in {**PROJECT, **wrong}.items() if v}
    with pytest.raises(BadRequest) as error:
        does(at, "gulnar", "project_propose", **told)
    assert error.value.parameter == parameter
    assert rows(at.node, "cooperation_proposed") == []


def test_what_was_returned_is_read_no_second_time(at: House) -> None:
    told = {n: int(v) if n == "jobs" else v for n, v in PROJECT.items()}
    own = does(at, "gulnar", "project_propose", **told)["proposed_id"]
    does(at, "sagat", "project_return", proposed_id=own, reason="it has no source")
    with pytest.raises(Conflict):
        does(at, "sagat", "project_publish", proposed_id=own)
    assert claims(at.node) == {}


# --- the sheet ----------------------------------------------------------------------------------------------------

HEAD = "project id,source,project,state,cost,committed,jobs,hs6,study planned,study passed,who must act next\n"


def test_a_sheet_of_projects_is_known_by_its_header_and_becomes_claims(tmp_path: Path) -> None:
    line = "1,https://a.example,Cable works,AZE,40000000 USD,15000000 USD,320,854449,2026-03,2026-05,Ministry\n"
    with registry(tmp_path / "node") as node:
        receipt = sent(node, "sheet", (HEAD + line).encode())
        assert faults(receipt) == []
        follow(node)
        (made,) = rows(node, "cooperation_stand")
        assert (made["title"], made["gate"], made["missing_m"], made["product"]) == (
            "Cable works", "study", 25.0, "854449",
        )  # fmt: skip


def test_its_faults_are_told_by_cell_and_what_is_right_is_taken(tmp_path: Path) -> None:
    wrong = '2,https://a.example,Mill,Uzbekistan,"12,5 mln",5 USD,many,8544,soon,,\n'
    with registry(tmp_path / "node") as node:
        told = faults(sent(node, "sheet", (HEAD + wrong).encode()))
        follow(node)
        words = {where.rpartition("field ")[2]: said for where, said in told}
        assert set(words) == {"state", "cost", "jobs", "hs6", "study planned"}
        assert words["cost"] == "12,5 mln is no sum of money: write 40000000 USD"
        assert claims(node) == {"name": "Mill", "committed": "5 USD"}
