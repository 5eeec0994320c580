"""What people do about alerts: acknowledge one, note something, hand it over; the shift log has all of it."""

from collections.abc import Callable

from birlik.errors import Conflict, Unknown
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change
from birlik.kernel.domain import Filter
from birlik.kernel.kept import Kept
from birlik.kernel.members import Role
from birlik.kernel.tables import Field, Table, Type
from birlik.said import Said

ALERT = "birlik_alert"
ACKNOWLEDGED, NOTED, HANDED_OVER = "acknowledged", "noted", "handed over"
SHIFT = Table(
    name="birlik_shift",
    title="Shift log",
    description="What was done about alerts here: by whom, when, and what they wrote.",
    key=("entry_id",),
    time="said_time",
    kept=Kept(time="said_time"),
    fields=(
        Field(name="said_time", type=Type.TIME, nullable=False, description="When it was done."),
        Field(name="by", type=Type.TEXT, nullable=False, description="Who did it."),
        Field(
            name="done",
            type=Type.TEXT,
            nullable=False,
            codes=(ACKNOWLEDGED, NOTED, HANDED_OVER),
            description="What was done.",
        ),
        Field(name="headline", type=Type.TEXT, nullable=False, description="The alert's own words at that time."),
        Field(name="text", type=Type.TEXT, description="What they wrote."),
        Field(name="to", type=Type.TEXT, description="To whom it was handed over."),
        Field(name="alert_id", type=Type.TEXT, nullable=False, description="The alert."),
        Field(name="entry_id", type=Type.TEXT, nullable=False, description="The entry."),
    ),
)
_ALERT_ID = Field(name="alert_id", type=Type.TEXT, nullable=False, description="The alert.")


def _entry(done: str, *, once: bool = False) -> Callable[[Doing], Done]:
    """once: of an open alert, and not when somebody has done it before."""

    def do(doing: Doing) -> Done:
        where = [Filter(column="alert_id", operator="=", value=doing.values["alert_id"])]
        alerts = doing.reader.rows(ALERT, where=where, limit=1).to_pylist()
        if not alerts:
            raise Unknown(Said("no such alert, or none that you may see"))
        if once:
            _must_be_new(doing, alerts[0]["status"], [*where, Filter(column="done", operator="=", value=done)])
        row = {
            "entry_id": doing.new_id(),
            "by": doing.by.name,
            "done": done,
            "headline": alerts[0]["headline"],
            **{name: doing.values.get(name) for name in ("alert_id", "text", "to")},
        }
        return Done(changes=[Change(SHIFT.name, row)], about={"alert_id": row["alert_id"]})

    return do


def _must_be_new(doing: Doing, status: str, where: list[Filter]) -> None:
    if status != "open":
        raise Conflict(Said("it has closed: there is nothing to acknowledge"))
    for before in doing.reader.rows(SHIFT.name, where=where, limit=1).to_pylist():
        raise Conflict(Said("{by} has acknowledged it already", by=before["by"]))


ACTS = (
    Act(
        name="birlik_alert_acknowledge",
        title="Acknowledge",
        description="Say that somebody has seen this alert and looks after it.",
        parameters=(_ALERT_ID,),
        table=ALERT,
        subject=("alert_id",),
        role=Role.OPERATOR,
        do=_entry(ACKNOWLEDGED, once=True),
    ),
    Act(
        name="birlik_alert_note",
        title="Add a note",
        description="Write down what is known or was done, for whoever comes next.",
        parameters=(
            _ALERT_ID,
            Field(name="text", type=Type.TEXT, nullable=False, description="What is known, or was done."),
        ),
        texts=("text",),
        table=ALERT,
        subject=("alert_id",),
        role=Role.OPERATOR,
        do=_entry(NOTED),
    ),
    Act(
        name="birlik_alert_hand_over",
        title="Hand over",
        description="Give this alert to another person or shift, with what they need to know.",
        parameters=(
            _ALERT_ID,
            Field(name="to", type=Type.TEXT, nullable=False, description="The person or shift that takes it."),
            Field(name="text", type=Type.TEXT, description="What they need to know."),
        ),
        table=ALERT,
        subject=("alert_id",),
        role=Role.OPERATOR,
        do=_entry(HANDED_OVER),
    ),
)
