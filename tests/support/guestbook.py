"""A domain that no state has, a guest book: whoever comes writes in it, and its keeper shows what is fit to be read."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from birlik.errors import Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import (
    Act,
    Doing,
    Domain,
    Done,
    Field,
    Filter,
    Kept,
    Notice,
    Page,
    Party,
    Queue,
    Reminder,
    RowTable,
    Table,
    Type,
)
from birlik.kernel.editing import standing
from birlik.kernel.members import Need, Role
from birlik.kernel.policy import PUBLIC
from birlik.kernel.tables import Names, Whose

SEEN_BY_ALL = (1 << (PUBLIC + 1)) - 1
SAID = Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said.")


def text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


WORDS = text("words", "What is written.", nullable=False)
NOTE_ID = text("note_id", "The note.", nullable=False)
NOTE = Table(
    name="guestbook_note",
    title="Notes",
    description="What guests wrote, for the keeper and each for themself.",
    key=("note_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    role=Role.STEWARD,
    party=Party(column="guest", names=Names.PRINCIPAL),
    fields=(
        NOTE_ID,
        text("room", "In which room.", nullable=False),
        WORDS,
        text("guest", "Who wrote it.", nullable=False),
        text("door", "By which door they came."),
        text("state", "What became of it.", nullable=False, codes=("waits", "shown", "sent_back", "torn_out")),
        text("why", "Why it was sent back."),
        SAID,
    ),
)
SHOWN = Table(
    name="guestbook_shown",
    title="To be read",
    description="What the keeper shows.",
    key=("note_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    fields=(NOTE_ID, text("room", "In which room."), text("words", "What is written."), SAID),
)
ROOM = Table(
    name="guestbook_room",
    title="Rooms",
    description="Rooms in which one can write.",
    key=("room",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    fields=(text("room", "The room.", nullable=False), text("name", "What it is called."), SAID),
)
WATCH = Table(
    name="guestbook_watch",
    title="Watches",
    description="Who looks after a room, and when their watch begins.",
    key=("room",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    role=Need.NAMED,
    party=Party(column="warden", names=Names.PRINCIPAL),
    fields=(
        text("room", "The room.", nullable=False),
        text("warden", "Who looks after it.", nullable=False),
        text("state", "Is it kept?", nullable=False, codes=("asked", "off")),
        Field(name="begins_time", type=Type.TIME, description="When their watch begins."),
        SAID,
    ),
)


def _written(doing: Doing) -> Done:
    row = {"note_id": doing.new_id(), **doing.values, "guest": doing.by.name, "door": doing.origin or None}
    return Done(changes=[Change(NOTE.name, row | {"state": "waits"})], about={"note_id": row["note_id"]})


def _rewritten(doing: Doing) -> Done:
    note = _mine(doing)
    row = {"note_id": note["note_id"], "words": doing.values["words"], "state": "waits"}
    return Done(changes=[Change(NOTE.name, row, Says.PART)], about={"note_id": note["note_id"]})


def _torn_out(doing: Doing) -> Done:
    note = _mine(doing)
    key = {"note_id": note["note_id"]}
    changes = [Change(NOTE.name, {**key, "state": "torn_out"}, Says.PART)]
    if doing.keeper.stands(SHOWN.name, key):
        changes.append(Change(SHOWN.name, key, Says.END))
    return Done(changes=changes, about=key)


def _mine(doing: Doing) -> Mapping[str, Any]:
    note = standing(NOTE, doing, whose=Whose.NAME)
    if note["state"] == "torn_out":
        raise Conflict("it was torn out")
    return note


def _shown(doing: Doing) -> Done:
    note = standing(NOTE, doing)
    key = {"note_id": note["note_id"]}
    row = {**key, "room": note["room"], "words": note["words"]}
    return Done(
        changes=[
            Change(SHOWN.name, row, views=SEEN_BY_ALL),
            Change(NOTE.name, {**key, "state": "shown"}, Says.PART),
        ],
        about=key,
    )


def _sent_back(column: str) -> Any:
    def do(doing: Doing) -> Done:
        note = standing(NOTE, doing)
        told = (("state", "waits"), (column, note[column]))
        where = [Filter(column=name, operator="=", value=value) for name, value in told]
        keys = [row["note_id"] for row in doing.reader.rows(NOTE.name, where=where).to_pylist()]
        said = {"state": "sent_back", "why": doing.values["why"]}
        return Done(
            changes=[Change(NOTE.name, {"note_id": key, **said}, Says.PART) for key in keys],
            about={"note_id": note["note_id"]},
        )

    return do


def _opened(doing: Doing) -> Done:
    return Done(
        changes=[Change(ROOM.name, dict(doing.values), views=SEEN_BY_ALL)], about={"room": doing.values["room"]}
    )


def _watched(doing: Doing) -> Done:
    """Somebody is asked to look after a room, at another time, or no more."""
    key = {"room": doing.values["room"]}
    told = {name: value for name, value in doing.values.items() if value is not None}
    says = Says.PART if doing.keeper.stands(WATCH.name, key) else Says.WHOLE
    state = {"state": "off" if doing.values.get("begins_time") is None else "asked"}
    return Done(changes=[Change(WATCH.name, told | state, says)], about=key)


def act(name: str, do: Any, *parameters: Field, role: Role, **more: Any) -> Act:
    title = name.replace("_", " ").capitalize()
    subject = ("note_id",) if parameters and parameters[0] is NOTE_ID else ()
    return Act(name=f"guestbook_{name}", title=title, description=f"{title} a note.", parameters=parameters, do=do,
               role=role, subject=subject, **{"table": NOTE.name, **more})  # fmt: skip


SHOWN_NOW = Notice(name="shown", subject="It is shown", text="The keeper shows what you wrote in {room}.")
SENT_BACK = Notice(name="sent_back", subject="It comes back", text="The keeper shows it not: {why}.")
WHY = text("why", "Why.", nullable=False)
WRITE = act("write", _written, text("room", "In which room.", nullable=False), WORDS, role=Role.READER, by_anyone=True)
REWRITE = act("rewrite", _rewritten, NOTE_ID, WORDS, role=Role.READER, by_anyone=True)
TEAR_OUT = act("tear_out", _torn_out, NOTE_ID, role=Role.READER, by_anyone=True, forgets_address=True)
SHOW = act("show", _shown, NOTE_ID, role=Role.STEWARD, tells=(SHOWN_NOW,))
SEND_BACK = act("send_back", _sent_back("note_id"), NOTE_ID, WHY, role=Role.STEWARD, tells=(SENT_BACK,))
SEND_ALL_BACK = act("send_all_back", _sent_back("door"), NOTE_ID, WHY, role=Role.STEWARD, tells=(SENT_BACK,))
ROOM_NAMED = Notice(
    name="room_named",
    subject="A room that you look after is called otherwise",
    text="The room {room} has a new name.",
    table=WATCH.name,
    of=ROOM.name,
    on="room",
    when={"state": ("asked",)},
)
OPEN = act("open", _opened, *ROOM.fields[:2], role=Role.STEWARD, table=ROOM.name, tells=(ROOM_NAMED,))
WATCHED = Notice(
    name="watch",
    subject="A watch is yours",
    text="You look after {room}.",
    table=WATCH.name,
    when={"state": ("asked",)},
    is_of_new=True,
    page="mine",
)
WATCH_A_ROOM = act("watch", _watched, *WATCH.fields[:2], WATCH.by_name["begins_time"], role=Role.STEWARD,
                   table=WATCH.name, tells=(WATCHED,))  # fmt: skip
WATCH_BEGINS = Reminder(
    notice=Notice(
        name="watch_begins",
        subject="Your watch begins soon",
        text="Your watch in {room} begins in a day at most.",
        table=WATCH.name,
        when={"state": ("asked",)},
    ),
    due="begins_time",
    ahead=timedelta(days=1),
)
BOOK = Page(
    name="book",
    title="Book",
    question="What did guests write?",
    parameters=("room",),
    about=ROOM.name,
    begins=(WRITE.name,),
    panels=(RowTable(name="shown", title="To be read", table=SHOWN.name, columns=("words",)),),
)
WAITING = Page(
    name="waiting",
    title="What waits",
    question="What waits for the keeper?",
    role=Role.STEWARD,
    panels=(
        Queue(
            name="notes",
            title="Notes",
            table=NOTE.name,
            fixed={"state": "waits"},
            columns=("words", "guest"),
            verdicts=(SHOW.name, SEND_BACK.name),
            groups={"door": SEND_ALL_BACK.name},
        ),
    ),
)
MINE = Page(
    name="mine",
    title="Mine",
    question="What did I write?",
    role=Need.SIGNED_IN,
    panels=(
        Queue(
            name="notes",
            title="Notes",
            table=NOTE.name,
            mine=True,
            columns=("words", "state", "why"),
            verdicts=(REWRITE.name, TEAR_OUT.name),
        ),
    ),
)
GUESTBOOK = Domain(
    name="guestbook",
    title="Guest book",
    role=Role.READER,
    tables=(NOTE, SHOWN, ROOM, WATCH),
    acts=(WRITE, REWRITE, TEAR_OUT, SHOW, SEND_BACK, SEND_ALL_BACK, OPEN, WATCH_A_ROOM),
    reminders=(WATCH_BEGINS,),
    pages=(BOOK, WAITING, MINE),
)
