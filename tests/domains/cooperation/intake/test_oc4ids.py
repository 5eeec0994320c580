"""What is wrong of a package is answered with its place and in words; what is right is taken."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT
from tests.support.nodes import rows
from tests.support.registry import faults, registry, sent

from birlik.kernel.node import Node

OURS = ROOT / "examples" / "cooperation" / "projects.json"
Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with registry(tmp_path / "node") as made:
        yield made


@pytest.fixture
def strict(tmp_path: Path, reference_data: Path) -> Iterator[Node]:
    """A node whose settings name the schema."""
    folder = reference_data / "cooperation" / "oc4ids" / "schema"
    with registry(tmp_path / "strict", cooperation={"oc4ids_schema": str(folder)}) as made:
        yield made


def edited(edit: Edit) -> bytes:
    package = json.loads(OURS.read_bytes())
    edit(package)
    return json.dumps(package).encode()


def project(n: int, **said: Any) -> Edit:
    return lambda package: package["projects"][n].update(said)


def without(n: int, name: str) -> Edit:
    return lambda package: package["projects"][n].pop(name)


WRONG = [
    pytest.param(without(1, "id"), "/projects/1/id", "id is missing", id="no id"),
    pytest.param(project(1, id=""), "/projects/1/id", "id is missing", id="empty id"),
    pytest.param(project(1, status="nearly"), "/projects/1/status", "'nearly' is none of identification", id="code"),
    pytest.param(project(1, type="repair"), "/projects/1/type", "'repair' is none of construction", id="type"),
    pytest.param(project(1, title=7), "/projects/1/title", "it must be text", id="title"),
    pytest.param(project(1, updated="yesterday"), "/projects/1/updated", "yesterday is no date", id="date"),
    pytest.param(
        project(1, period={"startDate": "2026-02-30T00:00:00Z"}),
        "/projects/1/period/startDate",
        "there is no such day",
        id="no such day",
    ),
    pytest.param(project(1, id="oc4ids-exmpl1-bridge-7"), "/projects/1", "stands twice in the file", id="twice"),
    pytest.param(
        project(1, budget={"amount": {"amount": "much"}}), "/projects/1/budget/amount/amount", "a number", id="amount"
    ),
]


@pytest.mark.parametrize(("edit", "place", "words"), WRONG)
def test_a_project_that_is_wrong_is_refused_alone_with_pointer_and_words(
    node: Node, edit: Edit, place: str, words: str
) -> None:
    receipt = sent(node, "oc4ids", edited(edit))
    ((where, told),) = faults(receipt)
    assert where == place
    assert words in told
    assert receipt.accepted == 1
    assert [row["entity_id"] for row in rows(node, "cooperation_record")] == ["project:oc4ids:oc4ids-exmpl1-bridge-7"]


BROKEN = [
    pytest.param(b"", "line 1", "ends before it is complete", id="empty"),
    pytest.param(OURS.read_bytes()[:700], "line 17", "the JSON", id="cut off"),
    pytest.param(b'{"projects": [\n{"id": "a",}]}', "line 2, column 12", "the JSON is broken", id="comma"),
    pytest.param(b"[]", "whole message", "not of this form", id="array"),
    pytest.param(edited(lambda p: p.pop("uri")), "/uri", "uri is missing", id="no uri"),
    pytest.param(edited(lambda p: p.pop("projects")), "/projects", "projects is missing", id="no projects"),
    pytest.param(edited(lambda p: p.update(projects=[])), "/projects", "has no projects", id="none"),
    pytest.param(edited(lambda p: p["publisher"].pop("name")), "/publisher/name", "name is missing", id="publisher"),
]


@pytest.mark.parametrize(("body", "place", "words"), BROKEN)
def test_a_broken_package_is_refused_whole(node: Node, body: bytes, place: str, words: str) -> None:
    receipt = sent(node, "oc4ids", body)
    ((where, told),) = faults(receipt)
    assert where.startswith(place)
    assert words in told
    assert receipt.accepted == 0
    assert rows(node, "cooperation_record") == []


def test_the_same_file_twice_is_one(node: Node) -> None:
    assert sent(node, "oc4ids", OURS.read_bytes()).accepted == 2
    again = sent(node, "oc4ids", OURS.read_bytes())
    assert (again.repeated, again.accepted) == (True, 0)
    assert len(rows(node, "cooperation_record")) == 2


@pytest.mark.parametrize(
    ("edit", "notice"),
    [
        (project(1, updated="2026-10-20T00:00:00"), "/projects/1/updated: the moment has no zone"),
        (project(1, budget={"amount": {"amount": 3}}), "/projects/1/budget/amount: the amount has no currency"),
        (
            project(1, period={"startDate": "2026-10-20T00:00:00Z", "endDate": "2026-10-02T00:00:00Z"}),
            "/projects/1/period: it ends on 2026-10-02, before it begins on 2026-10-20",
        ),
        (project(0, publicAuthority={"id": "EX-9"}), "/projects/0/publicAuthority/id: 'EX-9' is none of the parties"),
    ],
)
def test_what_is_odd_is_taken_and_told(node: Node, edit: Edit, notice: str) -> None:
    receipt = sent(node, "oc4ids", edited(edit))
    assert not receipt.refused
    assert notice in receipt.notices


@pytest.mark.reference
@pytest.mark.parametrize(
    ("edit", "place", "words"),
    [
        (project(1, sector="energy"), "/projects/1/sector", "it must be"),
        (project(1, documents=[{"title": "x"}]), "/projects/1/documents/0/id", "id is missing"),
        (project(1, environment={"goals": ["peace"]}), "/projects/1/environment/goals/0", "'peace' is none of climate"),
        (without(1, "id"), "/projects/1/id", "id is missing"),
    ],
)
def test_the_shipped_schema_refuses_with_pointer_and_words(strict: Node, edit: Edit, place: str, words: str) -> None:
    receipt = sent(strict, "oc4ids", edited(edit))
    ((where, told),) = faults(receipt)
    assert where == place
    assert words in told
    assert receipt.accepted == 1


@pytest.mark.reference
def test_a_code_that_an_open_list_doesnt_have_is_told_and_taken(strict: Node) -> None:
    receipt = sent(strict, "oc4ids", edited(project(0, sector=["transport", "ferries"])))
    assert not receipt.refused
    assert receipt.notices == ("/projects/0/sector/1: 'ferries' isn't in the open list projectSector.csv",)


@pytest.mark.reference
def test_the_reference_example_is_as_its_schema_says(strict: Node, reference_data: Path) -> None:
    body = (reference_data / "cooperation" / "oc4ids" / "example.json").read_bytes()
    receipt = sent(strict, "oc4ids", body)
    assert (receipt.accepted, len(receipt.refused)) == (1, 0)


@pytest.mark.reference
def test_a_package_without_what_its_schema_asks_is_refused_whole(strict: Node) -> None:
    receipt = sent(strict, "oc4ids", edited(lambda package: package.update(version="nine")))
    assert faults(receipt) == [("/version", "'nine' isn't written as the standard asks")]
