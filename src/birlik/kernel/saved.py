"""Plans that somebody has saved: a name, parameters and a moment. Whoever opens one computes it of what they see."""

import orjson

from birlik.errors import BadRequest, Refused, UnknownSetting
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change, Says
from birlik.kernel.editing import standing
from birlik.kernel.kept import Kept
from birlik.kernel.members import Role
from birlik.kernel.parameters import needs_of, values_of
from birlik.kernel.policy import OWN, Labels, Marking, Views, audience_of, must_have
from birlik.kernel.tables import Field, Named, Table, Type
from birlik.said import Said

MOST_LETTERS = 80

SAVED = Table(
    name="birlik_plan",
    title="Saved plans",
    description="Plans with parameters that somebody has saved. No row of a result is in it.",
    key=("saved_id",),
    time="said_time",
    received=("said_time",),
    kept=Kept(time="said_time"),
    named=Named(name="name"),
    role=Role.READER,
    fields=(
        Field(name="saved_id", type=Type.TEXT, nullable=False, description="The last part of its address."),
        Field(name="name", type=Type.TEXT, nullable=False, description="What who saved it calls it."),
        Field(name="plan", type=Type.TEXT, nullable=False, description="The plan that it is of."),
        Field(name="parameters", type=Type.JSON, nullable=False, description="How each is set, by name."),
        Field(name="as_of", type=Type.TIME, description="As things were known at this moment; empty is now."),
        Field(name="by", type=Type.TEXT, nullable=False, description="Who saved it."),
        Field(name="said_time", type=Type.TIME, nullable=False, description="When it was saved."),
    ),
)


def _saved(doing: Doing) -> Done:
    told = doing.values
    if (found := doing.keeper.plans.get(told["plan"])) is None:
        raise _wrong("plan", Said("there is no such plan"))
    plan, domain = found
    must_have(doing.by, needs_of(domain, plan), plan.name, domain.name)
    if not told["name"].strip() or len(told["name"]) > MOST_LETTERS:
        raise _wrong("name", Said("a name has up to {n} letters", n=MOST_LETTERS))
    try:
        given = orjson.loads(told["parameters"])
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise _wrong("parameters", Said("it must be JSON: parameters by name"))
    row = {
        "saved_id": doing.new_id(),
        "name": told["name"].strip(),
        "plan": plan.name,
        "parameters": orjson.dumps(values_of(plan, given)).decode(),
        "as_of": told.get("as_of"),
        "by": doing.by.name,
    }
    views = doing.by.bit | 1 << OWN | _further(doing)
    return Done(changes=[Change(SAVED.name, row, views=views)], about={"saved_id": row["saved_id"]})


def _further(doing: Doing) -> int:
    """The views beside the saver's own that may find it: a name is words of theirs, and may tell something."""
    audience = audience_of(doing.values.get("audience") or "")
    if not audience:
        return 0
    if not doing.by.is_operator:
        raise Refused(Said("who reads as you do may find it; wider is for operators"))
    try:
        return Views(doing.keeper.views).of(Labels(marking=Marking.CLEAR, audience=audience))
    except UnknownSetting as error:
        raise _wrong("audience", str(error)) from None


def _wrong(name: str, why: str) -> BadRequest:
    return BadRequest(Said("{field}: {reason}", field=name, reason=why), parameter=name)


def _forgotten(doing: Doing) -> Done:
    row = standing(SAVED, doing)
    if row["by"] != doing.by.name and not doing.by.is_operator:
        raise Refused(Said("it is somebody else's: ask them"))
    key = {"saved_id": row["saved_id"]}
    return Done(changes=[Change(SAVED.name, key, Says.END)], about=key)


SAVE = Act(
    name="birlik_plan_save",
    title="Save a plan",
    description="Keep its parameters under a name. Whoever opens it computes it of what they may see.",
    do=_saved,
    table=SAVED.name,
    parameters=(
        *(SAVED.by_name[name] for name in ("name", "plan", "parameters", "as_of")),
        Field(
            name="audience",
            type=Type.TEXT,
            description="Who is meant beside who reads as you do: members, observers, partners, public or named views, "
            "with commas between.",
        ),
    ),
    role=Role.READER,
)
FORGET = Act(
    name="birlik_plan_forget",
    title="Take away",
    description="The saved plan is there no more.",
    do=_forgotten,
    table=SAVED.name,
    parameters=(SAVED.by_name["saved_id"],),
    subject=("saved_id",),
    role=Role.READER,
)
ACTS = (SAVE, FORGET)
