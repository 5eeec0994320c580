"""A field that is a secret: what is said of it goes into the vault, and an act that says it in a row is refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.aviary import AVIARY, CAGE
from tests.support.nodes import opened

from birlik.errors import Misdeclared
from birlik.kernel import acting
from birlik.kernel.access.acts import SEALED, sealed
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change
from birlik.kernel.domain import Field, Role, Type
from birlik.kernel.node import Node

CODE = "the door opens to 4711"
LOCK = replace(
    CAGE,
    name="aviary_lock",
    fields=(*CAGE.fields, Field(name="code", type=Type.TEXT, is_secret=True, description="What opens it.")),
)


def _act(name: str, *, is_sealed: bool) -> Act:
    def do(doing: Doing) -> Done:
        ref, entry = sealed(doing, LOCK, "c1", CODE, "keeper")
        row = {"cage_id": "c1", "name": "north", "code": ref if is_sealed else CODE}
        return Done(changes=[Change(LOCK.name, row)], sealed=[entry] if is_sealed else [])

    return Act(name=name, title="Lock", description="Lock it.", table=LOCK.name, role=Role.OPERATOR, do=do)


LOCKED = replace(
    AVIARY,
    tables=(*AVIARY.tables, LOCK),
    acts=(_act("aviary_say", is_sealed=False), _act("aviary_seal", is_sealed=True)),
    catalogue=None,
)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node", declared=(LOCKED,)) as made:
        yield made


def done(node: Node, name: str) -> Done:
    ask = acting.asked(acting.act_named(node, name), {}, node.operator)
    made = acting.decided(node, ask, acting.NodesKeeper(node))
    assert isinstance(made, Done)
    return made


def test_an_act_that_says_a_secret_in_a_row_is_refused_and_the_secret_is_not_in_the_words(node: Node) -> None:
    with pytest.raises(Misdeclared, match=r"aviary_say says aviary_lock\.code, which is a secret") as refused:
        done(node, "aviary_say")
    assert CODE not in str(refused.value)


def test_what_is_sealed_stands_in_the_row_by_a_name_that_tells_nothing(node: Node) -> None:
    made = done(node, "aviary_seal")
    (change,), ((kind, ref, said, *_),) = made.changes, made.sealed
    assert (kind, change.row["code"], said) == (SEALED, ref, {"value": CODE})
    assert CODE not in str(change.row)


def test_what_lies_in_the_vault_already_may_be_said_again(node: Node) -> None:
    made = done(node, "aviary_seal")
    acting.seal(node, acting.asked(acting.act_named(node, "aviary_seal"), {}, node.operator), made)
    again = replace(made, sealed=())
    acting._must_be_sealed(node, LOCKED.acts[1], again)
