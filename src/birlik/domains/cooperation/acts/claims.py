"""What stewards do: say something with its source, put another in its place, withdraw it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from birlik.domains.cooperation.events import CLAIM, SAID
from birlik.domains.cooperation.model.saying import checked, claim_of
from birlik.domains.cooperation.vocabulary.consent import is_person
from birlik.domains.cooperation.vocabulary.words import INVENTED, Kind, Status
from birlik.errors import BadRequest, Conflict, Refused
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Filter, Role, Type
from birlik.kernel.editing import standing
from birlik.said import Said

ASKED = tuple(
    f
    if f.name not in ("entity_id", "kind", "is_invented", "basis", "check", "source_kind")
    else replace(f, nullable=True)
    for f in SAID
    if f.name != "is_invented"
)
REASON = Field(name="reason", type=Type.TEXT, nullable=False, description="Why, in a sentence.")


def must_be_of_office(doing: Doing, said: Mapping[str, Any]) -> None:
    """What is public of a person is said of who holds an office. Raises Refused with the way out."""
    if not is_person(said["entity_id"]):
        return
    offices = [Filter(column=c, operator="=", value=v) for c, v in (("property", "office"), ("status", "published"))]
    if not doing.reader.rows(CLAIM.name, where=[of(said["entity_id"]), *offices], limit=1).num_rows:
        raise Refused(
            Said(
                "{name} holds no public office that is known here: a steward enters that first, by cooperation_office; "
                "who holds none presents themself, by cooperation_present",
                name=said["entity_id"],
            )
        )


def _said(doing: Doing) -> Done:
    """A claim begins; of an entity that is new the node makes the id."""
    said = checked(doing.values)
    if said["entity_id"] is None:
        if said["kind"] is None:
            raise BadRequest(Said("a value is needed"), parameter="kind")
        begins(doing, said)
    else:
        said["kind"] = kind_of(doing, said["entity_id"])
    must_be_of_office(doing, said)
    said["coder"] = said["coder"] or doing.by.name
    row = claim_of(f"claim:{doing.new_id()}", said)
    return Done(changes=[Change(CLAIM.name, row)], about={"claim_id": row["claim_id"]})


def begins(doing: Doing, said: dict[str, Any]) -> None:
    """The node makes an id for what is new. In a demo or a training it is invented, but for people: who types the name
    of somebody there types it all the same."""
    is_practice = doing.keeper.is_exercise and said["kind"] != Kind.PERSON
    said["entity_id"] = f"{INVENTED if is_practice else ''}{said['kind']}:{doing.new_id(1)}"
    said["is_invented"] = is_practice


def of(entity_id: str) -> Filter:
    """What is said of it."""
    return Filter(column="entity_id", operator="=", value=entity_id)


def kind_of(doing: Doing, entity_id: str, parameter: str = "entity_id") -> str:
    """What it is. Raises BadRequest where who acts sees nothing said of it."""
    found = doing.reader.rows(CLAIM.name, where=[of(entity_id)], columns=("kind",), limit=1).to_pylist()
    if not found:
        raise BadRequest(
            Said("nothing is known of {name}; leave it out for a new one", name=repr(entity_id)), parameter=parameter
        )
    return str(found[0]["kind"])


def _superseded(doing: Doing) -> Done:
    """Another claim takes the place of one that stands; the one before stays in its past, with why."""
    before = _published(doing)
    given = {name: value for name, value in doing.values.items() if name not in ("claim_id", "reason")}
    said = checked({**{f.name: before[f.name] for f in SAID}, **given})
    must_be_of_office(doing, said)
    row = claim_of(f"claim:{doing.new_id()}", said | {"coder": given.get("coder") or doing.by.name})
    ended = {
        "claim_id": before["claim_id"],
        "status": Status.SUPERSEDED.value,
        "superseded_by": row["claim_id"],
        "reason": doing.values["reason"],
    }
    return Done(
        changes=[Change(CLAIM.name, row), Change(CLAIM.name, ended, Says.PART)], about={"claim_id": row["claim_id"]}
    )


def _withdrawn(doing: Doing) -> Done:
    before = _published(doing)
    row = {"claim_id": before["claim_id"], "status": Status.WITHDRAWN.value, "reason": doing.values["reason"]}
    return Done(changes=[Change(CLAIM.name, row, Says.PART)], about={"claim_id": before["claim_id"]})


def _published(doing: Doing) -> Mapping[str, Any]:
    """Raises Conflict for a claim that doesn't stand any more."""
    before = standing(CLAIM, doing)
    if before["status"] != Status.PUBLISHED:
        raise Conflict(Said("the claim is {status} already", status=before["status"]))
    return before


CLAIM_ID = CLAIM.by_name["claim_id"]
SAY = Act(
    name="cooperation_say",
    title="Say something of it",
    description="Say something of an entity, with its source; who may see it is said by the form.",
    parameters=ASKED,
    table=CLAIM.name,
    texts=("value", "quote", "note"),
    role=Role.STEWARD,
    do=_said,
)
SUPERSEDE = Act(
    name="cooperation_supersede",
    title="Put another in its place",
    description="A claim is never edited: another takes its place, and the one before stays in the past, with why.",
    parameters=(CLAIM_ID, *(replace(f, nullable=True) for f in ASKED if f.name not in ("entity_id", "kind")), REASON),
    table=CLAIM.name,
    subject=("claim_id",),
    texts=("value", "quote", "note"),
    role=Role.STEWARD,
    do=_superseded,
)
WITHDRAW = Act(
    name="cooperation_withdraw",
    title="Withdraw",
    description="It stands no more, and why is said.",
    parameters=(CLAIM_ID, REASON),
    table=CLAIM.name,
    subject=("claim_id",),
    role=Role.STEWARD,
    do=_withdrawn,
)
ACTS = (SAY, SUPERSEDE, WITHDRAW)
