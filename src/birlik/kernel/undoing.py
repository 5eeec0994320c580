"""Undoing an act: the rows that came of it are again as they were before, if nobody has said anything of them since."""

from typing import Any

from birlik.errors import Conflict, Refused, Unknown
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change, Says, key_text
from birlik.kernel.members import Role
from birlik.kernel.policy import Principal
from birlik.kernel.query import Filter
from birlik.kernel.store import Came
from birlik.kernel.tables import Field, Table, Type
from birlik.said import Said

TABLE = "birlik_act"
NAME = "birlik_undo"


def _undone(doing: Doing) -> Done:
    act_id = doing.values["act_id"]
    where = [Filter(column="act_id", operator="=", value=act_id)]
    found = doing.reader.rows(TABLE, where=where, limit=1).to_pylist()
    if not found:
        raise Unknown(Said("no such act, or none that you may see"))
    if (act := doing.keeper.acts.get(found[0]["act"])) is not None and act.is_lasting:
        raise Refused(Said("what it told can't be untold: say what holds instead"))
    came: list[Any] = list(doing.keeper.came_of(doing.by, act_id))
    if not came:
        raise Conflict(Said("it can't be undone: it changed no rows that have a past"))
    for each in came:
        _must_be_theirs(doing.by, act, each.table)
        _must_be_as_it_left_it(each)
    changes = [
        Change(each.table.name, each.before, Says.WHOLE, each.views)
        if each.before is not None
        else Change(each.table.name, each.key, Says.END)
        for each in came
    ]
    return Done(changes=changes, about={"act_id": act_id})


def _must_be_theirs(by: Principal, act: Act | None, table: Table) -> None:
    """Rows that operators may not read are undone by stewards alone, and only of what stewards do: not of what people
    say of themselves. Raises Refused."""
    domain = table.name.partition("_")[0]
    if table.role is None or table.role is ACT.role:
        return
    if domain == ACT.name.partition("_")[0]:
        raise Refused(Said("who gets in is not undone: end it, or grant it again"))
    is_stewards = table.role is Role.STEWARD and act is not None and act.role is Role.STEWARD
    if not (is_stewards and by.has(Role.STEWARD, domain)):
        raise Refused(Said("what came of it is not yours to take back"))


def _must_be_as_it_left_it(each: Came) -> None:
    """Raises Conflict."""
    named = {"table": each.table.title, "key": key_text(each.table, each.key)}
    if each.is_changed:
        raise Conflict(Said("{table} {key} has been changed since, so it can't be undone; change it instead", **named))
    if each.table.rule is not None and each.table.rule.sayers:
        raise Conflict(Said("{table} {key} is said by several: say it anew instead", **named))


ACT = Act(
    name=NAME,
    title="Undo",
    description="The rows that came of this act are again as they were before. Refused where somebody has changed one "
    "of them since.",
    parameters=(Field(name="act_id", type=Type.TEXT, nullable=False, description="The act."),),
    table=TABLE,
    subject=("act_id",),
    role=Role.OPERATOR,
    do=_undone,
)
