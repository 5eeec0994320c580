"""What comes from outside: sent, by an account or by a form, held until a steward publishes or returns it; and what its
sender does about it later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from birlik.domains.cooperation.acts.claims import ASKED, REASON, begins, kind_of, must_be_of_office, of
from birlik.domains.cooperation.events import CLAIM, HELD, SAID
from birlik.domains.cooperation.model.alike import alike
from birlik.domains.cooperation.model.saying import checked, claim_of
from birlik.domains.cooperation.vocabulary.words import Check, Status
from birlik.errors import BadRequest, Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Filter, Notice, Role
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose
from birlik.said import Said

MOST_CHARACTERS = 2_000
"""Of one text of a form: who has more to say gives the address where it stands."""
LEFT = ("value", "source", "quote", "said", "lang")
"""What a sender may change afterwards."""
Row = Mapping[str, Any]


def _sent(doing: Doing) -> Done:
    """What comes from outside is held: its sender and the stewards see it."""
    return _held_of(doing, checked(doing.values))


def _sent_as(name: str) -> Any:
    """The same of one property, about what is known already."""

    def do(doing: Doing) -> Done:
        _must_be_short(doing.values)
        # Its sender says where it stands; nobody here has opened that.
        return _held_of(doing, checked({**doing.values, "property": name, "check": Check.UNREAD.value}))

    return do


def _must_be_short(values: Row) -> None:
    for name in ("value", "source", "quote"):
        if len(values.get(name) or "") > MOST_CHARACTERS:
            why = Said("{n} characters at most; what is longer has an address", n=MOST_CHARACTERS)
            raise BadRequest(why, parameter=name)


def _held_of(doing: Doing, said: dict[str, Any]) -> Done:
    if said["entity_id"] is not None:
        said["kind"] = kind_of(doing, said["entity_id"])
    elif said["kind"] is None:
        raise BadRequest(Said("a value is needed"), parameter="kind")
    held_id = f"held:{doing.new_id()}"
    if said["entity_id"] is None:
        begins(doing, said)
    must_be_of_office(doing, said)
    row = {"held_id": held_id, **said, "sender": doing.by.name, "state": "held"}
    row |= {"held_time": doing.keeper.now, "sent_from": doing.origin or None, "alike": _alike(said)}
    return Done(changes=[Change(HELD.name, row)], about={"held_id": held_id})


def _alike(said: Row) -> str:
    return alike(said["value"], said["note"], said["quote"])


# --- what its sender does later ---------------------------------------------------------------------------------------


def _mine(doing: Doing) -> Row:
    """Of what they have sent. Raises Unknown, Outdated, Conflict."""
    row = standing(HELD, doing, whose=Whose.NAME)
    if row["state"] == Status.WITHDRAWN:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _changed(doing: Doing) -> Done:
    """It waits again, for what it says now. What was published stands until a steward publishes this."""
    held = _mine(doing)
    _must_be_short(doing.values)
    given = {name: doing.values[name] for name in LEFT if name in doing.values}
    for name in ("value", "source"):
        if held[name] and not given.get(name, held[name]):
            raise BadRequest(Said("this can't be left empty; withdraw it if it holds no more"), parameter=name)
    said = checked({**{f.name: held[f.name] for f in SAID}, **given})
    if all(held[name] == said[name] for name in LEFT):
        return Done(about={"held_id": held["held_id"]})
    row = {"held_id": held["held_id"], **{name: said[name] for name in LEFT}}
    row |= {"state": "held", "held_time": doing.keeper.now, "reason": None, "alike": _alike(said)}
    return Done(changes=[Change(HELD.name, row, Says.PART)], about={"held_id": held["held_id"]})


def _taken_back(doing: Doing) -> Done:
    """And what was published of it stands no more: its history says that, and why."""
    held, reason = _mine(doing), doing.values["reason"]
    row = {"held_id": held["held_id"], "state": Status.WITHDRAWN.value, "reason": reason}
    changes = [Change(HELD.name, row, Says.PART)]
    if _stands(doing, held):
        ended = {"claim_id": held["claim_id"], "status": Status.WITHDRAWN.value, "reason": reason}
        changes.append(Change(CLAIM.name, ended, Says.PART))
    return Done(changes=changes, about={"held_id": held["held_id"]})


def _stands(doing: Doing, held: Row) -> bool:
    """Was it published, and is that neither withdrawn nor superseded since?"""
    is_it = Filter(column="claim_id", operator="=", value=held["claim_id"] or "")
    published = Filter(column="status", operator="=", value=Status.PUBLISHED.value)
    return held["claim_id"] is not None and doing.keeper.seen_by(CLAIM.name, [is_it, published]) != 0


# --- what a steward does ----------------------------------------------------------------------------------------------


def _held(doing: Doing) -> Row:
    row = standing(HELD, doing)
    if row["state"] != "held":
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _publish(doing: Doing) -> Done:
    return _published(doing, _held(doing))


def _publish_read(doing: Doing) -> Done:
    return _published(doing, {**_held(doing), "check": Check.ATTESTED.value})


def _published(doing: Doing, held: Row) -> Done:
    must_be_of_office(doing, held)
    row = claim_of(f"claim:{doing.new_id()}", {f.name: held[f.name] for f in SAID})
    # Who has no account has seen what it is about, so whoever sees that may see what they say of it.
    views = doing.keeper.seen_by(CLAIM.name, [of(held["entity_id"])]) if held["sent_from"] else None
    done = {"held_id": held["held_id"], "state": "published", "claim_id": row["claim_id"]}
    changes = [Change(CLAIM.name, row, views=views), Change(HELD.name, done, Says.PART)]
    if _stands(doing, held):
        before = {"claim_id": held["claim_id"], "status": Status.SUPERSEDED.value}
        before |= {"superseded_by": row["claim_id"], "reason": "its sender has changed it"}
        changes.append(Change(CLAIM.name, before, Says.PART))
    return Done(changes=changes, about={"held_id": held["held_id"]})


def _return(doing: Doing) -> Done:
    held = _held(doing)
    return Done(changes=[_returned(held, doing)], about={"held_id": held["held_id"]})


def _return_alike(column: str) -> Any:
    """All that waits and agrees with one in a column."""

    def do(doing: Doing) -> Done:
        held = _held(doing)
        if held[column] is None:
            return Done(changes=[_returned(held, doing)], about={"held_id": held["held_id"]})
        told = (("state", "held"), (column, held[column]))
        where = [Filter(column=name, operator="=", value=value) for name, value in told]
        rows: Sequence[Row] = doing.reader.rows(HELD.name, where=where).to_pylist()
        return Done(changes=[_returned(row, doing) for row in rows], about={"held_id": held["held_id"]})

    return do


def _returned(held: Row, doing: Doing) -> Change:
    row = {"held_id": held["held_id"], "state": "returned", "reason": doing.values["reason"]}
    return Change(HELD.name, row, Says.PART)


PUBLISHED = Notice(
    name="published",
    subject="What you sent is published",
    text="A steward has read what you sent, and has published it. It is seen now by whoever sees what it is about.",
)
RETURNED = Notice(
    name="returned",
    subject="What you sent was returned",
    text="A steward has read what you sent, and has not published it. The reason: {reason}. You can change it and send "
    "it again.",
)
_SAYS = {f.name: f for f in SAID}
HELD_ID = HELD.by_name["held_id"]


def _form(words: str, what: str) -> tuple[Any, ...]:
    """The parameters of a form for who has no account."""
    return (
        replace(_SAYS["entity_id"], title="of which", description="Of which promise: its id here, as its page has it."),
        replace(_SAYS["value"], title=words, description=what, personal=None),
        replace(_SAYS["source"], title="where it can be seen",
                description="The address of a page or document, or what it is called and where it lies."),
        replace(_SAYS["quote"], personal=None),
        replace(_SAYS["said"], title="when it was said"),
        _SAYS["lang"],
    )  # fmt: skip


SEND = Act(
    name="cooperation_send",
    title="Send for publication",
    description="Send what you know, with its source: a steward publishes it, or returns it with a reason.",
    parameters=ASKED,
    table=HELD.name,
    texts=("value", "quote", "note"),
    role=Role.READER,
    do=_sent,
)
EVIDENCE = Act(
    name="cooperation_evidence",
    title="Send evidence",
    description="What was done for a promise, or what shows that it wasn't, with where that can be seen.",
    parameters=_form("what it shows", "What was done, when and where, or what shows that it wasn't."),
    table=HELD.name,
    texts=("value", "quote"),
    role=Role.READER,
    by_anyone=True,
    do=_sent_as("evidence"),
)
REPLY = Act(
    name="cooperation_reply",
    title="Reply as its owner",
    description="What who has promised it says to that. A steward makes sure that it comes from them.",
    parameters=_form("your reply", "What you have to say to it, and for whom you speak."),
    table=HELD.name,
    texts=("value", "quote"),
    role=Role.READER,
    by_anyone=True,
    do=_sent_as("reply"),
)
CHANGE = Act(
    name="cooperation_sent_change",
    title="Change",
    description="It waits for a steward again, as you say it now. What was published before stands until then.",
    parameters=(HELD_ID, *(replace(f, nullable=True) for f in EVIDENCE.parameters if f.name in LEFT)),
    table=HELD.name,
    subject=("held_id",),
    texts=("value", "quote"),
    role=Role.READER,
    by_anyone=True,
    do=_changed,
)
TAKE_BACK = Act(
    name="cooperation_sent_withdraw",
    title="Withdraw",
    description="It waits no more. What was published of it stands no more; that it stood, and why it was withdrawn, "
    "stays in its history.",
    parameters=(HELD_ID, REASON),
    table=HELD.name,
    subject=("held_id",),
    role=Role.READER,
    by_anyone=True,
    forgets_address=True,
    do=_taken_back,
)
PUBLISH = Act(
    name="cooperation_publish",
    title="Publish",
    description="It becomes a claim. What came without an account is seen by whoever sees what it is about; of all "
    "else the settings say who sees it.",
    parameters=(HELD_ID,),
    table=HELD.name,
    subject=("held_id",),
    role=Role.STEWARD,
    tells=(PUBLISHED,),
    do=_publish,
)
PUBLISH_READ = replace(
    PUBLISH,
    name="cooperation_publish_read",
    title="Publish, read in its source",
    description="As *Publish*, by who has opened the source and found it there: it says that it was read.",
    do=_publish_read,
)
RETURN = Act(
    name="cooperation_return",
    title="Return",
    description="It goes back to its sender, with a reason.",
    parameters=(HELD_ID, REASON),
    table=HELD.name,
    subject=("held_id",),
    role=Role.STEWARD,
    tells=(RETURNED,),
    do=_return,
)
RETURN_SAME = replace(
    RETURN,
    name="cooperation_return_alike",
    title="Return all that say the same",
    description="All that wait and say the same, but for numbers and links, go back with one reason.",
    do=_return_alike("alike"),
)
RETURN_FROM = replace(
    RETURN,
    name="cooperation_return_from",
    title="Return all from one place",
    description="All that wait and came from the same place go back with one reason.",
    do=_return_alike("sent_from"),
)
ACTS = (SEND, EVIDENCE, REPLY, CHANGE, TAKE_BACK, PUBLISH, PUBLISH_READ, RETURN, RETURN_SAME, RETURN_FROM)
