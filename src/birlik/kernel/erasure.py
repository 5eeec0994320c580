"""Erasing all that a node keeps of a person: proposed by one, confirmed by another, then done by the node.

Whom it is about stands in the vault until it is done, and nowhere else: the row, the journal and the audit log have an
id and the ground.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.acts import Act, Doing, Done, Entry
from birlik.kernel.changes import Change, Says
from birlik.kernel.editing import standing
from birlik.kernel.kept import Kept
from birlik.kernel.members import Need, Role
from birlik.kernel.policy import EVERY_RIGHT
from birlik.kernel.query import Filter
from birlik.kernel.tables import Field, Rows, Table, Type
from birlik.said import Said

KIND = "erasure"
"""Of an entry of the vault: whom an erasure is about, and what is looked for."""
PROPOSED, CONFIRMED, DONE = "proposed", "confirmed", "done"
ANOTHER, OWNER = "another", "owner"
ERASURE = Table(
    name="birlik_erasure",
    title="Erasures",
    description="What was to be erased here, on which ground, who proposed and who confirmed it, and what came of it.",
    key=("erasure_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    role=Role.STEWARD,
    fields=(
        Field(name="erasure_id", type=Type.TEXT, nullable=False, description="The erasure."),
        Field(name="status", type=Type.TEXT, nullable=False, codes=(PROPOSED, CONFIRMED, DONE),
              description="Proposed: another has to confirm it. Done: nothing of it is left here."),
        Field(name="people", type=Type.TEXT, nullable=False, description="The table whose key the person is."),
        Field(name="ground", type=Type.TEXT, nullable=False,
              description="The order or the request on which it rests; it names nobody."),
        Field(name="proposed_by", type=Type.TEXT, nullable=False, description="Who proposed it."),
        Field(name="confirmed_by", type=Type.TEXT, description="Who confirmed it."),
        Field(name="eyes", type=Type.TEXT, codes=(ANOTHER, OWNER),
              description="Confirmed by another person, or by who owns the machine, where there is no other."),
        Field(name="rows_n", type=Type.INT, description="Rows that were erased."),
        Field(name="messages_n", type=Type.INT, description="Messages that were written anew."),
        Field(name="left", type=Type.TEXT, description="Where something may be left that this node can't reach."),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)  # fmt: skip


def tables_of(tables: Mapping[str, Table], people: str) -> Sequence[Table]:
    """Those whose rows are the rows of such persons."""
    return [table for table in tables.values() if table.whose is not None and table.people == people]


def rows_of(doing: Doing, people: str, key: str) -> Mapping[str, Rows]:
    """By table, the rows of a person as who acts sees them. Raises BadRequest for a table of no persons."""
    found: dict[str, Rows] = {}
    tables = tables_of(doing.keeper.tables, people)
    if not tables:
        known = sorted({table.people for table in doing.keeper.tables.values() if table.people})
        why = Said("{table} has no persons; there are: {names}", table=repr(people), names=", ".join(known) or "–")
        raise BadRequest(Said("people: {reason}", reason=why), parameter="people")
    for table in tables:
        assert table.whose is not None
        must_be_one(table, key)
        # Of a table that no role reads, a steward who has somebody erased is shown no more than what names the steward.
        look = doing.reader.mine if table.role is Need.NAMED else doing.reader.rows
        parts = [
            look(table.name, where=[Filter(column=name, operator="=", value=key_of(table, name, key))])
            for name in table.whose.columns
        ]
        rows = pa.concat_tables(parts)
        if rows.num_rows:
            found[table.name] = rows
    return found


def must_be_one(table: Table, key: str) -> None:
    """Raises BadRequest for a key that is no person's in a table which has others too."""
    if table.whose is not None and key and not key.startswith(table.whose.begins):
        why = Said("{key} is no person: their keys begin with {begins}", key=repr(key), begins=table.whose.begins)
        raise BadRequest(Said("key: {reason}", reason=why), parameter="key")


def key_of(table: Table, column: str, key: str) -> Any:
    """A person's key as the column's own value. Raises BadRequest."""
    if table.by_name[column].type in (Type.INT, Type.ID):
        try:
            return int(key)
        except ValueError:
            raise BadRequest(Said("key: {key} is no number", key=repr(key)), parameter="key") from None
    return key


def _proposed(doing: Doing) -> Done:
    people, key, ground = (str(doing.values[name]).strip() for name in ("people", "key", "ground"))
    rows = rows_of(doing, people, key)
    if not key:
        raise BadRequest(Said("key: {reason}", reason=Said("a value is needed")), parameter="key")
    if key.casefold() in ground.casefold():
        raise BadRequest(Said("ground: it stays, so it must not name them"), parameter="ground")
    row = {**dict.fromkeys(ERASURE.by_name), "erasure_id": doing.new_id(), "status": PROPOSED, "people": people,
           "ground": ground, "proposed_by": doing.by.name}  # fmt: skip
    entry: Entry = (KIND, str(row["erasure_id"]), {"people": people, "key": key}, "", None)
    about = {"erasure_id": row["erasure_id"]}
    return Done(changes=[Change(ERASURE.name, row)], about=about, sealed=[entry], touched=rows)


def _confirmed(doing: Doing) -> Done:
    row = standing(ERASURE, doing)
    owns = doing.by.rights == EVERY_RIGHT
    if row["status"] != PROPOSED:
        raise Conflict(Said("it is confirmed already"))
    if row["proposed_by"] == doing.by.name and not owns:
        raise Refused(Said("you have proposed it yourself: another steward confirms it"))
    told = doing.keeper.to_erase(row["erasure_id"])
    if told is None:
        raise Unknown(Said("whom it is about is not known here any more: propose it anew"))
    said = {"erasure_id": row["erasure_id"], "status": CONFIRMED, "confirmed_by": doing.by.name,
            "eyes": OWNER if owns else ANOTHER}  # fmt: skip
    rows = rows_of(doing, told["people"], told["key"])
    about = {"erasure_id": row["erasure_id"]}
    return Done(changes=[Change(ERASURE.name, said, Says.PART)], about=about, touched=rows)


def _withdrawn(doing: Doing) -> Done:
    row = standing(ERASURE, doing)
    if row["status"] != PROPOSED:
        raise Conflict(Said("it is confirmed already"))
    key = {"erasure_id": row["erasure_id"]}
    forgotten: Entry = (KIND, row["erasure_id"], {}, "", None)
    return Done(changes=[Change(ERASURE.name, key, Says.END)], about=key, sealed=[forgotten])


_ID = ERASURE.by_name["erasure_id"]
ACTS = (
    Act(
        name="birlik_erasure_propose",
        title="Propose an erasure",
        description="All that this node keeps of a person is to be erased: on an order, or at their wish. Another "
        "steward confirms it. What goes is shown before.",
        parameters=(
            Field(name="people", type=Type.TEXT, nullable=False, description="The table whose key the person is."),
            Field(name="key", type=Type.TEXT, nullable=False, description="The person's key in it."),
            ERASURE.by_name["ground"],
        ),
        table=ERASURE.name,
        role=Role.STEWARD,
        do=_proposed,
    ),
    Act(
        name="birlik_erasure_confirm",
        title="Confirm",
        description="Have it done: the rows, and the bytes that they came in, go from all files of the node. There is "
        "no way back.",
        parameters=(_ID,),
        table=ERASURE.name,
        subject=("erasure_id",),
        role=Role.STEWARD,
        is_final=True,
        do=_confirmed,
    ),
    Act(
        name="birlik_erasure_withdraw",
        title="Withdraw",
        description="Nothing is erased.",
        parameters=(_ID,),
        table=ERASURE.name,
        subject=("erasure_id",),
        role=Role.STEWARD,
        do=_withdrawn,
    ),
)
