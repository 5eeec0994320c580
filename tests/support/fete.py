"""A domain that no state has, a village fête: what is on at which stage, who comes from which village, and chairs that
go by order of arrival, whoever asks for one."""

from collections.abc import Mapping
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
    RowTable,
    Table,
    Tally,
    Timetable,
    Type,
)
from birlik.kernel.editing import edits_of, standing
from birlik.kernel.members import Need, Role
from birlik.kernel.policy import PUBLIC
from birlik.kernel.tables import Names, Whose

SEEN_BY_ALL = (1 << (PUBLIC + 1)) - 1
CHAIRS_N = 2
SAID = Field(name="said_time", type=Type.TIME, nullable=False, description="When that was said.")


def text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


TURN = Table(
    name="fete_turn",
    title="Turns",
    description="Who sings or plays, at which stage and when.",
    key=("turn_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    fields=(
        text("turn_id", "The turn.", nullable=False),
        text("name", "What is played."),
        text("band", "Who plays it."),
        text("stage", "Where."),
        Field(name="from_time", type=Type.TIME, description="When it begins."),
        Field(name="to_time", type=Type.TIME, description="When it ends."),
        text("clock", "On whose clock."),
        text("state", "Is it on?", codes=("on", "rained_off")),
        text("village", "From which village."),
        SAID,
    ),
)
VILLAGE = Table(
    name="fete_village",
    title="Villages",
    description="Villages.",
    key=("village",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    fields=(text("village", "Which.", nullable=False), text("name", "What it is called."), SAID),
)
CHAIR_ID = text("chair_id", "What was asked for.", nullable=False)
CHAIR = Table(
    name="fete_chair",
    title="Chairs",
    description="Who has a chair, and who waits for one.",
    key=("chair_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    role=Role.STEWARD,
    party=Party(column="guest", names=Names.PRINCIPAL),
    fields=(
        CHAIR_ID,
        text("name", "Who."),
        text("guest", "By which form.", nullable=False),
        text("state", "Have they one?", codes=("has", "waits", "left")),
        SAID,
    ),
)


def _sit(doing: Doing) -> Done:
    row = {"chair_id": doing.new_id(), **doing.values, "guest": doing.by.name}
    row["state"] = "has" if len(_chairs(doing, "has")) < CHAIRS_N else "waits"
    return Done(changes=[Change(CHAIR.name, row, views=1)], about={"chair_id": row["chair_id"]})


def _leave(doing: Doing) -> Done:
    chair = standing(CHAIR, doing, whose=Whose.ALL)
    if chair["state"] == "left":
        raise Conflict("it was left")
    changes = [Change(CHAIR.name, {"chair_id": chair["chair_id"], "state": "left"}, Says.PART)]
    if chair["state"] == "has":
        changes += [
            Change(CHAIR.name, {"chair_id": row["chair_id"], "state": "has"}, Says.PART)
            for row in _chairs(doing, "waits")[:1]
        ]
    return Done(changes=changes, about={"chair_id": chair["chair_id"]})


def _chairs(doing: Doing, state: str) -> list[Mapping[str, Any]]:
    where = [Filter(column="state", operator="=", value=state)]
    made: list[Mapping[str, Any]] = doing.beyond.rows(CHAIR.name, where=where, order=("said_time",)).to_pylist()
    return made


def _peep(doing: Doing) -> Done:
    return Done(about={"n": doing.beyond.rows(TURN.name).num_rows})


def act(name: str, do: Any, *parameters: Field, **more: Any) -> Act:
    subject = ("chair_id",) if parameters and parameters[0] is CHAIR_ID else ()
    told = {"role": Role.READER, "by_anyone": True, "is_lasting": True, "beyond": (CHAIR.name,), **more}
    return Act(name=f"fete_{name}", title=name.capitalize(), description=f"{name.capitalize()} a chair.", do=do,
               parameters=parameters, table=CHAIR.name, subject=subject, **told)  # fmt: skip


SIT = act("sit", _sit, text("name", "Who.", nullable=False))
SEATED = Notice(name="seated", subject="A chair is yours", text="Sit down, {name}.", when={"state": ("has",)})
LEAVE = act("leave", _leave, CHAIR_ID, tells=(SEATED,))
PEEP = act("peep", _peep, by_anyone=False)
"""It declares chairs, and looks at turns."""
PLAYED = Timetable(
    name="turns",
    title="What is on",
    table=TURN.name,
    begins="from_time",
    ends="to_time",
    by="stage",
    zone="clock",
    columns=("name", "band"),
    off={"state": ("rained_off",)},
    text_unplaced="Not placed yet",
    text_empty="Nobody plays.",
)
COMES = Tally(
    name="villages",
    title="From which village",
    table=TURN.name,
    by="village",
    text="{name} brings {n} turns",
    text_one="{name} brings {n} turn",
    least=2,
    link="village",
    text_empty="Nobody comes.",
)
FETE = Domain(
    name="fete",
    title="Fête",
    role=Role.READER,
    tables=(TURN, VILLAGE, CHAIR),
    acts=(*edits_of(TURN, names_itself=True), *edits_of(VILLAGE, names_itself=True), SIT, LEAVE, PEEP),
    pages=(
        Page(name="fete", title="The fête", question="What is on?", panels=(PLAYED, COMES)),
        Page(
            name="village",
            title="A village",
            question="What do they play?",
            parameters=("village",),
            about=VILLAGE.name,
            panels=(RowTable(name="turns", title="Turns", table=TURN.name, columns=("name", "stage")),),
        ),
        Page(
            name="mine",
            title="Mine",
            question="Have I a chair?",
            role=Need.SIGNED_IN,
            panels=(
                Queue(name="chairs", title="Chairs", table=CHAIR.name, mine=True, columns=("name", "state"),
                      verdicts=(LEAVE.name,)),
            ),
        ),
    ),
)  # fmt: skip
