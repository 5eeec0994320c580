"""A steward says who may see a row from now on, whoever has sent it."""

from birlik.errors import BadRequest, Conflict, Unknown
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import key_of
from birlik.kernel.members import Role
from birlik.kernel.policy import Labels, Marking, audience_of
from birlik.kernel.query import Filter
from birlik.kernel.tables import Field, Table, Type
from birlik.said import Said

NAME = "birlik_relabel"
AUDIENCE_SAID = (
    "Who is meant: members, observers, partners, public or named views, with commas between; empty is the own state "
    "only."
)


def bears_labels(table: Table) -> bool:
    """Do its rows say who may see them? Registers are everyone's, and the node's own tables say it by themselves."""
    return not table.is_register and not table.name.startswith("birlik_")


def _relabelled(doing: Doing) -> Done:
    name = doing.values["table"]
    table = doing.keeper.tables.get(name)
    if table is None:
        raise BadRequest(Said("table: {name} is no table of this node", name=repr(name)), parameter="table")
    if not bears_labels(table):
        raise Conflict(Said("{table} is seen by whom the node says: its rows bear no labels of their own", table=name))
    key = key_of(table, doing.values["key"])
    where = [Filter(column=column, operator="=", value=value) for column, value in key.items()]
    rows = doing.reader.rows(name, where=where)
    if not rows.num_rows:
        raise Unknown(Said("no such row in {table}, or none that you may see", table=name))
    audience = audience_of(str(doing.values.get("audience") or ""))
    labels = Labels(marking=Marking(doing.values["marking"]), audience=audience)
    about = {"table": name, "key": doing.values["key"], "marking": labels.marking.value, "audience": list(audience)}
    return Done(relabels=[(name, key, labels)], about=about, touched={name: rows})


ACT = Act(
    name=NAME,
    title="Say who may see it",
    description="A row and all that was said of it are for others from now on: who newly may see it gets it, who no "
    "longer may loses it, and figures follow.",
    parameters=(
        Field(name="table", type=Type.TEXT, nullable=False, description="Its table."),
        Field(
            name="key", type=Type.TEXT, nullable=False, description="Its key; of several parts, with commas between."
        ),
        Field(
            name="marking",
            type=Type.TEXT,
            nullable=False,
            codes=tuple(marking.value for marking in Marking),
            description="How far it may go: TLP 2.0.",
        ),
        Field(
            name="audience",
            type=Type.TEXT,
            description=AUDIENCE_SAID,
        ),
    ),
    role=Role.STEWARD,
    do=_relabelled,
)
