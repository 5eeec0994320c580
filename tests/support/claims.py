"""A domain that no state has, of what waits for a verdict: pairs of names that may be one."""

from birlik.errors import Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import (
    Act,
    Doing,
    Domain,
    Done,
    Field,
    Kept,
    Page,
    Queue,
    Table,
    Type,
)
from birlik.kernel.editing import edits_of, standing

PAIR = Table(
    name="claims_pair",
    title="Pairs",
    description="Two names that may be of one.",
    key=("pair_id",),
    time="changed_time",
    kept=Kept(time="changed_time"),
    fields=(
        Field(name="pair_id", type=Type.TEXT, nullable=False, description="The pair."),
        Field(name="left", type=Type.TEXT, nullable=False, description="One name."),
        Field(name="right", type=Type.TEXT, nullable=False, description="The other name."),
        Field(
            name="state", type=Type.TEXT, nullable=False, codes=("waiting", "same", "other"), description="Are they?"
        ),
        Field(name="reason", type=Type.TEXT, description="Why."),
        Field(name="changed_time", type=Type.TIME, nullable=False, description="When that was said."),
    ),
)
PAIR_ID = PAIR.by_name["pair_id"]


def _judged(state: str, doing: Doing) -> Done:
    pair = standing(PAIR, doing)
    if pair["state"] != "waiting":
        raise Conflict("somebody has judged this pair already")
    row = {"pair_id": pair["pair_id"], "state": state, "reason": doing.values.get("reason")}
    return Done(changes=[Change(PAIR.name, row, Says.PART)], about={"pair_id": pair["pair_id"]})


SAME = Act(
    name="claims_same",
    title="They are one",
    description="Both names are of one.",
    parameters=(PAIR_ID,),
    table=PAIR.name,
    subject=("pair_id",),
    do=lambda doing: _judged("same", doing),
)
OTHER = Act(
    name="claims_other",
    title="They are two",
    description="The names are of two.",
    parameters=(PAIR_ID, Field(name="reason", type=Type.TEXT, nullable=False, description="What tells them apart.")),
    table=PAIR.name,
    subject=("pair_id",),
    do=lambda doing: _judged("other", doing),
)
PAGE = Page(
    name="pairs",
    title="Pairs to judge",
    question="Which names are of one?",
    panels=(
        Queue(
            name="waiting",
            title="Waiting",
            table=PAIR.name,
            fixed={"state": "waiting"},
            columns=("left", "right"),
            verdicts=("claims_same", "claims_other"),
        ),
    ),
)
CLAIMS = Domain(
    name="claims",
    title="Claims",
    tables=(PAIR,),
    acts=(*edits_of(PAIR, names_itself=True), SAME, OTHER),
    pages=(PAGE,),
)
