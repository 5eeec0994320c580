"""Persons of the registry: one by their own word, one by a public office; and who acts."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.erasing import act

from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal, Right

NAME, MAIL, FIELD = "Zhanar Qyzylova", "zhanar@steppe.example", "soils of the steppe"


def of(name: str, role: Role) -> Principal:
    return Principal(name=name, role=role, rights=(Right(role=role, sources=None),))


SHE, ANOTHER, STEWARD = of("zhanar", Role.READER), of("aset", Role.READER), of("aigul", Role.STEWARD)


def does(node: Node, name: str, by: Principal, /, **told: Any) -> Mapping[str, Any]:
    """What came of an act: its about."""
    about: Mapping[str, Any] = act(node, f"cooperation_{name}", by, **told)["about"]
    return about


def presented(node: Node) -> str:
    """She has an entry by her own word, with her name, her field, and her address."""
    entity_id: str = does(node, "present", SHE, name=NAME, days=30)["entity_id"]
    does(node, "confide", SHE, property="field", value=FIELD, lang="en")
    does(node, "consent", SHE, purpose="contact", days=10)
    does(node, "confide", SHE, property="email", value=MAIL)
    return entity_id


@pytest.fixture
def her(node: Node) -> str:
    return presented(node)
