"""A domain that no state has, a lodge: guests leave parcels in rooms, and who keeps a room sees what lies in it."""

from typing import Any

from birlik.errors import Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import (
    Act,
    Doing,
    Domain,
    Done,
    Duty,
    Field,
    Given,
    Kept,
    Need,
    Page,
    Party,
    Queue,
    Role,
    RowTable,
    Table,
    Type,
)
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose

ROOT, KEEPER = "lodge_landlord", "lodge_keeper"
"""Duties: lets rooms; keeps one."""
SAID = Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said.")


def text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


ROOM_ID = text("room_id", "The room.", nullable=False)
PARCEL_ID = text("parcel_id", "The parcel.", nullable=False)
WHO = text("who", "By the account's name.", nullable=False)
ROOM = Table(
    name="lodge_room",
    title="Rooms",
    description="Rooms in which parcels lie.",
    key=("room_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    fields=(ROOM_ID, text("name", "What it is called.", nullable=False), SAID),
)
PARCEL = Table(
    name="lodge_parcel",
    title="Parcels",
    description="What a guest left in a room, for who keeps it.",
    key=("parcel_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    role=Need.NAMED,
    party=Party(column="guest", duty=KEEPER, within="room_id"),
    fields=(PARCEL_ID, ROOM_ID, text("inside", "What is in it."), text("guest", "Who left it."), SAID),
)
NOTE = Table(
    name="lodge_note",
    title="Keepers' notes",
    description="What keepers of a room write for each other.",
    key=("note_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    role=Need.NAMED,
    party=Party(duty=KEEPER, within="room_id"),
    fields=(text("note_id", "The note.", nullable=False), ROOM_ID, text("words", "What is written."), SAID),
)


def _let(doing: Doing) -> Done:
    row = {"room_id": f"room:{doing.new_id()}", "name": doing.values["name"]}
    return Done(
        changes=[Change(ROOM.name, row)],
        gives=[Given(duty=KEEPER, to=doing.by.name, within=row["room_id"])],
        about={"room_id": row["room_id"]},
    )


def _entrusted(doing: Doing) -> Done:
    room = doing.values["room_id"]
    doing.must_hold(KEEPER, room)
    return Done(gives=[Given(duty=KEEPER, to=doing.values["who"], within=room)], about={"room_id": room})


def _relieved(doing: Doing) -> Done:
    room = doing.values["room_id"]
    doing.must_hold(KEEPER, room)
    return Done(takes=[Given(duty=KEEPER, to=doing.values["who"], within=room)], about={"room_id": room})


def _left(doing: Doing) -> Done:
    row = {"parcel_id": f"parcel:{doing.new_id()}", **doing.values, "guest": doing.by.name}
    return Done(changes=[Change(PARCEL.name, row, views=1)], about={"parcel_id": row["parcel_id"]})


def _opened(doing: Doing) -> Done:
    parcel = standing(PARCEL, doing, whose=Whose.ALL)
    doing.must_hold(KEEPER, parcel["room_id"])
    if parcel["inside"] == "nothing":
        raise Conflict("it is empty")
    note = {"note_id": f"note:{doing.new_id()}", "room_id": parcel["room_id"], "words": parcel["inside"]}
    emptied = {"parcel_id": parcel["parcel_id"], "inside": "nothing"}
    return Done(
        changes=[Change(NOTE.name, note, views=1), Change(PARCEL.name, emptied, Says.PART)],
        about={"parcel_id": parcel["parcel_id"]},
    )


def act(name: str, do: Any, table: Table, *parameters: Field, **more: Any) -> Act:
    title = name.capitalize()
    return Act(name=f"lodge_{name}", title=title, description=f"{title}.", parameters=parameters, do=do,
               table=table.name, role=Role.READER, **more)  # fmt: skip


LET = act("let", _let, ROOM, ROOM.by_name["name"], duty=ROOT, is_lasting=True)
ENTRUST = act("entrust", _entrusted, ROOM, ROOM_ID, WHO, duty=KEEPER, subject=("room_id",), is_lasting=True)
RELIEVE = act("relieve", _relieved, ROOM, ROOM_ID, WHO, duty=KEEPER, subject=("room_id",), is_lasting=True)
LEAVE = act("leave", _left, PARCEL, ROOM_ID, PARCEL.by_name["inside"], by_anyone=True, is_unsigned=True)
OPEN = act("open", _opened, PARCEL, PARCEL_ID, duty=KEEPER, subject=("parcel_id",))
ROOMS = Page(
    name="rooms",
    title="Rooms",
    question="Where can one leave something?",
    panels=(RowTable(name="rooms", title="Rooms", table=ROOM.name, columns=("name",)),),
)
MINE = Page(
    name="parcels",
    title="Parcels",
    question="What did I leave, and what lies in the rooms that I keep?",
    role=Need.SIGNED_IN,
    panels=(
        Queue(name="left", title="Left", table=PARCEL.name, mine=True, columns=("room_id", "inside"), verdicts=()),
        Queue(name="parcels", title="In my rooms", table=PARCEL.name, mine=True, by_duty=True,
              columns=("room_id", "inside", "guest"), verdicts=(OPEN.name,)),
        RowTable(name="notes", title="Notes", table=NOTE.name, mine=True, by_duty=True, columns=("words",)),
    ),
)  # fmt: skip
LODGE = Domain(
    name="lodge",
    title="Lodge",
    role=Role.READER,
    tables=(ROOM, PARCEL, NOTE),
    duties=(
        Duty(name=ROOT, title="Landlord", description="Lets rooms, and keeps those that they let.", table=ROOM.name),
        Duty(name=KEEPER, title="Keeper", description="Sees what lies in a room.", table=ROOM.name),
    ),
    acts=(LET, ENTRUST, RELIEVE, LEAVE, OPEN),
    pages=(ROOMS, MINE),
)
