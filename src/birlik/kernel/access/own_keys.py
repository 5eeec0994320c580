"""Keys that a person makes for their own programs: they can do no more than the person can, and end with them."""

from datetime import timedelta

from birlik.errors import Refused, Unknown
from birlik.kernel.access.acts import key_made, wrong
from birlik.kernel.access.tables import KEY
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.changes import Change, Says
from birlik.kernel.members import Need
from birlik.kernel.policy import Kind, Principal
from birlik.kernel.query import Filter
from birlik.kernel.tables import Field, Type
from birlik.said import Said

LONGEST_DAYS = 366


def must_be_in_person(by: Principal) -> None:
    """Raises Refused: else whoever found a key that is bound to a network, or that ends, would make one that isn't."""
    if by.kind is not Kind.PERSON or by.key_id:
        raise Refused(Said("a key makes no other key: a person does, who has signed in"))


def _added(doing: Doing) -> Done:
    must_be_in_person(doing.by)
    days = doing.values.get("days")
    days = 90 if days is None else days
    if not 1 <= days <= LONGEST_DAYS:
        raise wrong("days", Said("1 to {most} days", most=LONGEST_DAYS))
    scope = {"acts": doing.values.get("acts"), "networks": doing.values.get("networks")}
    ends = doing.keeper.now + timedelta(days=days)
    who = doing.by.name
    row, entry, text = key_made(doing, who, doing.values["label"], until_time=ends, belongs_to=who, **scope)
    return Done(changes=[Change(KEY.name, row)], about={"key_id": row["key_id"]}, sealed=[entry], once={"key": text})


def _ended(doing: Doing) -> Done:
    key = {"key_id": doing.values["key_id"]}
    where = [Filter(column="key_id", operator="=", value=key["key_id"])]
    if not doing.reader.mine(KEY.name, where=where).num_rows:
        raise Unknown(Said("no such key of yours"))
    return Done(changes=[Change(KEY.name, key, Says.END)], about=key)


ACTS = (
    Act(
        name="birlik_my_key_add",
        title="Make a key of mine",
        description="What a program of yours shows to get in as you. It is shown once.",
        parameters=(
            Field(name="label", type=Type.TEXT, nullable=False, description="What it is for, for your list."),
            Field(name="days", type=Type.INT, unit="d", description="For how many days; left out, 90."),
            Field(name="acts", type=Type.TEXT, description="Only these: send, read, or names of acts, by comma."),
            Field(name="networks", type=Type.TEXT, description="Only from these, by comma: 10.1.0.0/16."),
        ),
        table=KEY.name,
        role=Need.SIGNED_IN,
        do=_added,
    ),
    Act(
        name="birlik_my_key_end",
        title="End a key of mine",
        description="Whoever shows it gets in no more.",
        parameters=(Field(name="key_id", type=Type.TEXT, nullable=False, description="The key."),),
        table=KEY.name,
        role=Need.SIGNED_IN,
        do=_ended,
    ),
)
