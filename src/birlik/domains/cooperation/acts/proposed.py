"""Projects are proposed, by an account or a form; held, published as claims or returned; changed and withdrawn by who
proposed them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from birlik.domains.cooperation.acts.claims import REASON
from birlik.domains.cooperation.events import CLAIM, OWN_STATE
from birlik.domains.cooperation.events.proposed import CONTENT, PROPOSED
from birlik.domains.cooperation.model.alike import alike
from birlik.domains.cooperation.model.projecting import claims_of
from birlik.domains.cooperation.model.saying import claim_of
from birlik.domains.cooperation.vocabulary.words import INVENTED, Status
from birlik.errors import Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Filter, Notice, Role
from birlik.kernel.editing import standing
from birlik.kernel.policy import Labels, Marking, Views
from birlik.kernel.tables import Whose
from birlik.said import Said

NAMES = tuple(f.name for f in CONTENT)
CHANGED_IT = "its sender has changed it"
Row = Mapping[str, Any]


def _proposed(doing: Doing) -> Done:
    claims_of(doing.values)
    said = {name: doing.values.get(name) for name in NAMES}
    told = {"proposed_id": f"proposed:{doing.new_id()}", "sender": doing.by.name, "sent_from": doing.origin or None}
    row = dict.fromkeys(PROPOSED.by_name) | said | told | _waits(doing, said)
    row["is_invented"] = doing.keeper.is_exercise
    return Done(changes=[Change(PROPOSED.name, row, views=OWN_STATE)], about={"proposed_id": row["proposed_id"]})


def _waits(doing: Doing, said: Row) -> dict[str, Any]:
    told = {"state": "held", "held_time": doing.keeper.now, "reason": None}
    return told | {"alike": alike(said["title"], said["words"])}


# --- what its sender does later ---------------------------------------------------------------------------------------


def _mine(doing: Doing) -> Row:
    """Of what they have proposed. Raises Unknown, Outdated, Conflict."""
    row = standing(PROPOSED, doing, whose=Whose.NAME)
    if row["state"] == "withdrawn":
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _changed(doing: Doing) -> Done:
    """It waits again. What was published stands as it is until a steward publishes this."""
    row, about = _mine(doing), {"proposed_id": doing.values["proposed_id"]}
    said = {name: doing.values.get(name) or row[name] for name in NAMES}
    claims_of(said)
    if all(row[name] == value for name, value in said.items()):
        return Done(about=about)
    return Done(changes=[Change(PROPOSED.name, {**about, **said, **_waits(doing, said)}, Says.PART)], about=about)


def _taken_back(doing: Doing) -> Done:
    """And what was published of it stands no more: its history says that, and why."""
    row, about, reason = _mine(doing), {"proposed_id": doing.values["proposed_id"]}, doing.values["reason"]
    changes = [Change(PROPOSED.name, {**about, "state": "withdrawn", "reason": reason}, Says.PART)]
    ended = {"status": Status.WITHDRAWN.value, "reason": reason}
    changes += [
        Change(CLAIM.name, {"claim_id": claim_id, **ended}, Says.PART) for claim_id in _standing(doing, row).values()
    ]
    return Done(changes=changes, about=about)


def _standing(doing: Doing, row: Row) -> dict[str, str]:
    """By property the claim that was published of it, where nobody has withdrawn or superseded it since."""
    told: dict[str, str] = orjson.loads(row["becomes"] or "{}")
    published = Filter(column="status", operator="=", value=Status.PUBLISHED.value)
    return {
        name: claim_id
        for name, claim_id in told.items()
        if doing.keeper.seen_by(CLAIM.name, [Filter(column="claim_id", operator="=", value=claim_id), published])
    }


# --- what a steward does ----------------------------------------------------------------------------------------------


def _held(doing: Doing) -> Row:
    row = standing(PROPOSED, doing)
    if row["state"] != "held":
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _published(doing: Doing) -> Done:
    """Each thing that is said becomes a claim; of what was published before, its claim's successor."""
    row = _held(doing)
    entity_id = row["entity_id"] or f"{INVENTED if row['is_invented'] else ''}project:{doing.new_id(1)}"
    before = _standing(doing, row)
    # It was proposed to be found: by everybody who may read here. A steward may say otherwise afterwards.
    everybody = Views(doing.keeper.views).of(Labels(marking=Marking.CLEAR, audience=("public",)))
    changes, stands = [], dict[str, str]()
    for n, (name, said) in enumerate(claims_of(row).items()):
        claim_id = f"claim:{doing.new_id(2 + n)}"
        told = {**said, "entity_id": entity_id, "is_invented": row["is_invented"], "said": _today(doing)}
        changes.append(Change(CLAIM.name, claim_of(claim_id, told), views=everybody))
        stands[name] = claim_id
    for name, claim_id in before.items():
        ended = {"claim_id": claim_id, "reason": CHANGED_IT, "status": Status.WITHDRAWN.value}
        if name in stands:
            ended |= {"status": Status.SUPERSEDED.value, "superseded_by": stands[name]}
        changes.append(Change(CLAIM.name, ended, Says.PART))
    done = {"proposed_id": row["proposed_id"], "state": "published", "entity_id": entity_id}
    done["becomes"] = orjson.dumps(stands).decode()
    return Done(changes=[*changes, Change(PROPOSED.name, done, Says.PART)], about={"proposed_id": row["proposed_id"]})


def _today(doing: Doing) -> str:
    return doing.keeper.now.date().isoformat()


def _returned(doing: Doing) -> Done:
    row = _held(doing)
    return Done(changes=[_goes_back(row, doing)], about={"proposed_id": row["proposed_id"]})


def _goes_back(row: Row, doing: Doing) -> Change:
    told = {"proposed_id": row["proposed_id"], "state": "returned", "reason": doing.values["reason"]}
    return Change(PROPOSED.name, told, Says.PART)


def _all_returned(column: str) -> Any:
    """All that waits and agrees with one in a column."""

    def do(doing: Doing) -> Done:
        row, about = _held(doing), {"proposed_id": doing.values["proposed_id"]}
        if row[column] is None:
            return Done(changes=[_goes_back(row, doing)], about=about)
        where = [Filter(column=n, operator="=", value=v) for n, v in (("state", "held"), (column, row[column]))]
        found = doing.reader.rows(PROPOSED.name, where=where).to_pylist()
        return Done(changes=[_goes_back(each, doing) for each in found], about=about)

    return do


PUBLISHED = Notice(
    name="project_published",
    subject="The project that you proposed is published",
    text="A steward has read what you proposed, and has published it: {title}. What others say of it will stand "
    "beside.",
)
RETURNED = Notice(
    name="project_returned",
    subject="The project that you proposed was returned",
    text="A steward has read what you proposed, and has not published it. The reason: {reason}. You can change it, and "
    "it waits again.",
)
PROPOSED_ID = PROPOSED.by_name["proposed_id"]
PROPOSE = Act(
    name="cooperation_project_propose",
    title="Propose a project",
    description="What is to be made or built, how far it is, what it costs, and where that can be seen. Once a steward "
    "has published it, each statement stands with its source, and everybody who may read here sees it.",
    parameters=CONTENT,
    table=PROPOSED.name,
    texts=("words",),
    role=Role.READER,
    by_anyone=True,
    do=_proposed,
)
CHANGE = Act(
    name="cooperation_project_change",
    title="Change",
    description="It waits for a steward again, as you say it now. What was published before stands until then.",
    parameters=(PROPOSED_ID, *(replace(f, nullable=True) for f in CONTENT)),
    table=PROPOSED.name,
    subject=("proposed_id",),
    texts=("words",),
    role=Role.READER,
    by_anyone=True,
    do=_changed,
)
WITHDRAW = Act(
    name="cooperation_project_withdraw",
    title="Withdraw",
    description="It waits no more. What was published of it stands no more; that it stood, and why it was withdrawn, "
    "stays in its history.",
    parameters=(PROPOSED_ID, REASON),
    table=PROPOSED.name,
    subject=("proposed_id",),
    role=Role.READER,
    by_anyone=True,
    forgets_address=True,
    do=_taken_back,
)
PUBLISH = Act(
    name="cooperation_project_publish",
    title="Publish",
    description="Each statement becomes a claim, which everybody who may read here sees, and not who sent it.",
    parameters=(PROPOSED_ID,),
    table=PROPOSED.name,
    subject=("proposed_id",),
    role=Role.STEWARD,
    tells=(PUBLISHED,),
    do=_published,
)
RETURN = Act(
    name="cooperation_project_return",
    title="Return",
    description="It goes back to its sender, with a reason.",
    parameters=(PROPOSED_ID, REASON),
    table=PROPOSED.name,
    subject=("proposed_id",),
    role=Role.STEWARD,
    tells=(RETURNED,),
    do=_returned,
)
RETURN_SAME = replace(
    RETURN,
    name="cooperation_project_return_alike",
    title="Return all that say the same",
    description="All that wait and say the same, but for numbers and links, go back with one reason.",
    do=_all_returned("alike"),
)
RETURN_FROM = replace(
    RETURN,
    name="cooperation_project_return_from",
    title="Return all from one place",
    description="All that wait and came from the same place go back with one reason.",
    do=_all_returned("sent_from"),
)
ACTS = (PROPOSE, CHANGE, WITHDRAW, PUBLISH, RETURN, RETURN_SAME, RETURN_FROM)
