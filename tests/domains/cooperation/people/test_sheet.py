"""A sheet that names people: by the public office that they hold, with its source, and by nothing else."""

from pathlib import Path

import pytest
from tests.domains.cooperation.people.conftest import STEWARD, of
from tests.support.erasing import act, done, holds
from tests.support.nodes import follow, rows
from tests.support.registry import registry, sent

from birlik.kernel.members import Role
from birlik.kernel.node import Node

HEAD = "id,kind,property,value,source"
NAMED = "wells,person,name,Zhanar Qyzylova,https://gov.example/wells"
OFFICE = "wells,person,office,Keeper of the Wells,https://gov.example/wells"
OTHER = "aset,person,name,Aset Suleimen,https://press.example/1"
BODY = "salt,organisation,name,Institute of Salt,https://salt.example"


def sheet(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


def claims(node: Node) -> dict[str, set[str]]:
    """By what was sent, values."""
    made: dict[str, set[str]] = {}
    for row in rows(node, "cooperation_claim"):
        if ":ministry:" in row["entity_id"]:
            made.setdefault(row["entity_id"], set()).add(row["value"])
    return made


def test_who_is_named_without_an_office_is_refused_with_the_way_out_and_the_others_are_taken(node: Node) -> None:
    receipt = sent(node, "sheet", sheet(OTHER, NAMED, OFFICE, BODY))
    (refused,) = receipt.refused
    assert (refused.where.line, refused.where.field) == (2, "id")
    assert "property office" in refused.reason
    assert "cooperation_present" in refused.reason
    assert claims(node) == {
        "person:ministry:wells": {"Zhanar Qyzylova", "Keeper of the Wells"},
        "organisation:ministry:salt": {"Institute of Salt"},
    }


@pytest.mark.parametrize("wrong", ["wells,person,office,,https://gov.example", "wells,person,office,Keeper,"])
def test_an_office_that_is_refused_itself_is_none(node: Node, wrong: str) -> None:
    assert len(sent(node, "sheet", sheet(NAMED, wrong)).refused) == 2
    assert claims(node) == {}


def test_what_is_private_of_who_holds_an_office_is_refused(node: Node) -> None:
    mail = "wells,person,email,zhanar@steppe.example,https://gov.example/wells"
    (refused,) = sent(node, "sheet", sheet(NAMED, OFFICE, mail)).refused
    assert refused.where.line == 4


def test_who_came_by_a_sheet_is_erased_as_everybody(tmp_path: Path) -> None:
    marks = ("Zhanar Qyzylova", "Keeper of the Wells", "person:ministry:wells")
    with registry(tmp_path / "node") as node:
        assert sent(node, "sheet", sheet(NAMED, OFFICE, BODY)).accepted
        follow(node)
        told = act(node, "birlik_erasure_propose", STEWARD, people="cooperation_person", key=marks[2], ground="order 3")
        name = told["about"]["erasure_id"]
        act(node, "birlik_erasure_confirm", of("serik", Role.STEWARD), erasure_id=name)
        done(node)
        follow(node)
        assert claims(node) == {"organisation:ministry:salt": {"Institute of Salt"}}
    assert holds(tmp_path / "node", marks) == set()
